"""Signed notes, checkpoints and receipts: the published form, and nothing else passes."""

import base64
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from liuhen.engines.ledger import Receipt, Signer, Verifier
from liuhen.engines.ledger.checkpoint import Checkpoint
from liuhen.engines.ledger.note import open_note, sign_note
from liuhen.kernel.digests import digest_of
from liuhen.kernel.errors import LiuhenError, Malformed, Tampered

# The example of the Go package that first described the form (golang.org/x/mod/sumdb/note).
GO_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
GO_TEXT = (
    "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
)
GO_NOTE = (
    GO_TEXT
    + "\n— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)

LOG = Signer("liuhen/清河", Ed25519PrivateKey.from_private_bytes(b"\1" * 32))
WITNESS = Signer("witness/司法局", Ed25519PrivateKey.from_private_bytes(b"\2" * 32))
IMPOSTOR = Signer(LOG.name, Ed25519PrivateKey.from_private_bytes(b"\3" * 32))
TEXT = "liuhen/清河\n3\n2g==\n"
ROOT = b"\7" * 32
_CONTROL = "".join(chr(n) for n in range(32) if chr(n) != "\n")


# -- notes -------------------------------------------------------------------------------------------------------


def test_note_of_the_published_example_opens() -> None:
    verifier = Verifier.parse(GO_KEY)
    assert str(verifier) == GO_KEY
    assert open_note(GO_NOTE, verifier) == GO_TEXT


def test_note_of_the_specification_opens() -> None:
    """The example of C2SP signed-note."""
    verifier = Verifier.parse("example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k")
    line = "— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM="
    text = "This is an example message.\n"
    assert open_note(f"{text}\n{line}\n", verifier) == text


def test_note_signed_by_two_opens_for_each_and_for_both() -> None:
    note = sign_note(TEXT, LOG, WITNESS)
    for verifiers in ([LOG.verifier], [WITNESS.verifier], [LOG.verifier, WITNESS.verifier]):
        assert open_note(note, *verifiers) == TEXT
    lines = note.split("\n")
    assert lines[3] == ""
    assert lines[4].startswith("— liuhen/清河 ")
    assert base64.b64decode(lines[4].split(" ")[2])[:4] == LOG.verifier.key_id


def test_signature_lines_of_others_are_passed_over() -> None:
    note = sign_note(TEXT, LOG)
    unknown = "— other.example/key bm90IGEgc2lnbmF0dXJl\n— liuhen/清河 %%%\n— liuhen/清河 A\ufffd==\nno signature line\n"
    assert open_note(note + unknown, LOG.verifier) == TEXT
    assert open_note(TEXT + "\n" + unknown + note.rpartition("\n\n")[2], LOG.verifier) == TEXT


@pytest.mark.parametrize(
    "change",
    [
        lambda note: note.replace("\n3\n", "\n4\n"),
        lambda note: note.replace("\n\n", "\n"),
        lambda note: note.rpartition("\n\n")[0] + "\n\n",
        lambda note: note[:-6] + ("AAAA" if note[-6:-2] != "AAAA" else "BBBB") + note[-2:],
        lambda note: (
            f"{note[:-3]}{chr(ord(note[-3]) + 1)}{note[-2:]}"
        ),  # Bits left over behind the last byte of the signature.
        lambda note: note.replace("— ", "- "),
        lambda note: "",
        lambda note: "x" + note,
        lambda note: note.replace("liuhen/清河 ", "liuhen/石桥 "),
    ],
)
def test_note_changed_in_any_way_is_tampered(change: Any) -> None:
    note = sign_note(TEXT, LOG)
    assert open_note(note, LOG.verifier) == TEXT
    with pytest.raises(Tampered):
        open_note(change(note), LOG.verifier)


def test_note_by_another_key_of_the_same_name_is_tampered() -> None:
    with pytest.raises(Tampered, match="缺少"):
        open_note(sign_note(TEXT, IMPOSTOR), LOG.verifier)
    forged = base64.b64encode(LOG.verifier.key_id + IMPOSTOR.sign(TEXT.encode())).decode()
    with pytest.raises(Tampered, match="不符"):
        open_note(f"{TEXT}\n— {LOG.name} {forged}\n", LOG.verifier)


def test_note_is_trusted_by_no_one_without_a_key() -> None:
    with pytest.raises(Tampered, match="公钥"):
        open_note(sign_note(TEXT, LOG))


def test_text_without_final_newline_is_not_signed() -> None:
    with pytest.raises(Malformed):
        sign_note("no newline", LOG)


@pytest.mark.parametrize("control", ["\r", "\t", "\0", "\x1f", "\ud800"])
def test_control_characters_are_neither_signed_nor_opened(control: str) -> None:
    with pytest.raises(Malformed, match="控制字符"):
        sign_note(f"a{control}b\n", LOG)
    lines = sign_note(TEXT, LOG).rpartition("\n\n")[2]
    with pytest.raises(Tampered, match="控制字符"):
        open_note(f"{TEXT}\n{lines}— other.example/x {control}AAAA\n", LOG.verifier)


def test_every_signature_under_a_known_key_must_fit() -> None:
    """signed-note: the one that fails spoils the note, also beside one that fits."""
    forged = base64.b64encode(LOG.verifier.key_id + IMPOSTOR.sign(TEXT.encode())).decode()
    note = sign_note(TEXT, LOG)
    assert open_note(note + note.rpartition("\n\n")[2], LOG.verifier) == TEXT
    with pytest.raises(Tampered, match="不符"):
        open_note(f"{note}— {LOG.name} {forged}\n", LOG.verifier)


def test_note_with_hundreds_of_signatures_is_not_read() -> None:
    note = sign_note(TEXT, LOG)
    assert open_note(note + "— other.example/x AAAA\n" * 99, LOG.verifier) == TEXT
    with pytest.raises(Tampered, match="签名过多"):
        open_note(note + "— other.example/x AAAA\n" * 100, LOG.verifier)


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters=_CONTROL), max_size=80))
def test_any_text_signed_opens_as_it_was(text: str) -> None:
    assert open_note(sign_note(text + "\n", LOG), LOG.verifier) == text + "\n"


# -- keys --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "",
        "name",
        "name+00000000",
        "name+c74f20a3+%%%",
        GO_KEY.replace("c74f20a3", "c74f20a4"),
        GO_KEY.replace("PeterNeumann", "Peter Neumann"),
        "PeterNeumann+c74f20a3+AhpcMQ==",
        "PeterNeumann+c74f20a3+" + base64.b64encode(b"\1" + b"short").decode(),
        GO_KEY.replace("PeterNeumann", ""),
    ],
)
def test_text_that_is_no_key_is_malformed(text: str) -> None:
    with pytest.raises(Malformed):
        Verifier.parse(text)


@pytest.mark.parametrize("name", ["", "a b", "a\nb", "a+b", "a\u3000b", "a\udfff"])
def test_name_that_would_break_the_form_is_malformed(name: str) -> None:
    with pytest.raises(Malformed):
        _ = Signer(name, LOG.key).verifier


def test_key_written_reads_back() -> None:
    assert str(Verifier.parse(f" {LOG.verifier}\n")) == str(LOG.verifier)


# -- checkpoints -------------------------------------------------------------------------------------------------


def test_checkpoint_signed_opens() -> None:
    checkpoint = Checkpoint(LOG.name, 3, ROOT)
    assert checkpoint.text() == f"{LOG.name}\n3\n{base64.b64encode(ROOT).decode()}\n"
    assert Checkpoint.opened(checkpoint.signed(LOG, WITNESS), LOG.verifier, WITNESS.verifier) == checkpoint


def test_extension_lines_are_passed_over() -> None:
    text = Checkpoint(LOG.name, 3, ROOT).text() + "later extension\n"
    assert Checkpoint.opened(sign_note(text, LOG), LOG.verifier).size == 3


@pytest.mark.parametrize(
    "text",
    [
        "\n",
        "log\n3\n",
        "log\n\nAAAA\n",
        "log\nthree\n" + base64.b64encode(ROOT).decode() + "\n",
        "log\n-1\n" + base64.b64encode(ROOT).decode() + "\n",
        "log\n03\n" + base64.b64encode(ROOT).decode() + "\n",
        "log\n+3\n" + base64.b64encode(ROOT).decode() + "\n",
        "log\n３\n" + base64.b64encode(ROOT).decode() + "\n",
        "log\n3\n%%%\n",
        "log\n3\nAAAA\n",
    ],
)
def test_malformed_checkpoint_is_refused_although_signed(text: str) -> None:
    with pytest.raises(Tampered, match="格式"):
        Checkpoint.opened(sign_note(text, LOG), LOG.verifier)


# -- receipts ----------------------------------------------------------------------------------------------------

RECEIPT = Receipt(
    state="stored",
    recording="0190f0c0-0000-7000-8000-000000000001",
    digest=digest_of(b"clip"),
    size=4,
    line=17,
    at=datetime(2026, 11, 16, 4, 0, tzinfo=UTC),
    log=LOG.name,
)


def test_receipt_signed_opens_also_after_a_walk_through_json() -> None:
    signed = json.loads(json.dumps(RECEIPT.signed(LOG)))
    assert Receipt.opened(signed, LOG.verifier) == RECEIPT
    assert signed["signature"]["algorithm"] == "Ed25519"
    assert Verifier.parse(signed["signature"]["key"]).name == LOG.name


@pytest.mark.parametrize("field", RECEIPT.body())
def test_receipt_with_any_field_changed_is_refused(field: str) -> None:
    signed = RECEIPT.signed(LOG)
    value = signed[field]
    others: dict[str, Any] = {
        "state": "verified", "sha256": "0" * 64, "sm3": "0" * 64, "at": "2026-11-16T04:00:01.000000Z",
    }  # fmt: skip
    other = others.get(field, value + 1 if isinstance(value, int) else value + "x")
    with pytest.raises(Tampered):
        Receipt.opened({**signed, field: other}, LOG.verifier)
    missing = {k: v for k, v in signed.items() if k != field}
    with pytest.raises(Malformed):
        Receipt.opened(missing, LOG.verifier)


def test_receipt_by_another_key_is_refused_although_it_brings_that_key() -> None:
    with pytest.raises(Tampered):
        Receipt.opened(RECEIPT.signed(IMPOSTOR), LOG.verifier)


def test_receipt_signature_is_for_receipts_alone() -> None:
    """The same bytes signed as a note are not a receipt: the context separates them."""
    signed = RECEIPT.signed(LOG)
    from_note = base64.b64encode(LOG.sign(json.dumps(RECEIPT.body()).encode())).decode()
    with pytest.raises(Tampered):
        Receipt.opened({**signed, "signature": {**signed["signature"], "value": from_note}}, LOG.verifier)


@pytest.mark.parametrize(
    "change",
    [
        {"signature": None},
        {"signature": "text"},
        {"signature": {}},
        {"size": "many"},
        {"size": float("inf")},
        {"size": None},
        {"at": "yesterday"},
        {"at": 5},
        {"sha256": 5},
        {"sha256": "x"},
        {"line": 1 << 60},
    ],
)
def test_receipt_of_the_wrong_shape_is_malformed(change: dict[str, Any]) -> None:
    with pytest.raises(Malformed):
        Receipt.opened({**RECEIPT.signed(LOG), **change}, LOG.verifier)


@pytest.mark.parametrize("change", [{"algorithm": "none"}, {"algorithm": "SM2"}])
def test_receipt_with_an_algorithm_we_do_not_know_is_refused(change: dict[str, Any]) -> None:
    signed = RECEIPT.signed(LOG)
    with pytest.raises(Tampered, match="不受承认"):
        Receipt.opened({**signed, "signature": {**signed["signature"], **change}}, LOG.verifier)


def test_receipt_with_a_state_we_do_not_know_is_refused() -> None:
    with pytest.raises(Tampered, match="不受承认"):
        Receipt.opened({**RECEIPT.signed(LOG), "state": "lost"}, LOG.verifier)


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5), lambda v: st.dictionaries(st.sampled_from([*RECEIPT.body(), "signature", "value", "algorithm"]), v), max_leaves=8))  # fmt: skip
def test_nothing_that_is_no_receipt_opens(signed: Any) -> None:
    with pytest.raises(LiuhenError):
        Receipt.opened(signed, LOG.verifier)
