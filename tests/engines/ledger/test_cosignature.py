"""Cosignatures and submissions: the published form to the byte, and nothing near it."""

import base64
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from liuhen.engines.ledger import Signer, Verifier
from liuhen.engines.ledger.checkpoint import Checkpoint
from liuhen.engines.ledger.cosignature import Cosigner, WitnessKey, cosigned_at, line_of
from liuhen.engines.ledger.note import open_note
from liuhen.engines.ledger.submission import MOST_BYTES, Submission
from liuhen.kernel.errors import Malformed, Tampered

LOG = Signer("liuhen/test", Ed25519PrivateKey.from_private_bytes(b"\1" * 32))
KEY = Ed25519PrivateKey.from_private_bytes(b"\2" * 32)
WITNESS = Cosigner("区司法局/w1", KEY)
AT = datetime(2026, 11, 16, 4, 0, 7, 900_000, tzinfo=UTC)
POINT = Checkpoint(LOG.name, 3, b"\7" * 32)
NOTE = POINT.signed(LOG)


def raw_of(line: str) -> bytes:
    return base64.b64decode(line.rstrip("\n").rpartition(" ")[2])


# -- cosignatures ------------------------------------------------------------------------------------------------


def test_cosignature_is_the_published_message_under_the_published_key_id() -> None:
    """Told from the specification by hand: header, time, text; key id over type 0x04; eight bytes of time before the signature."""
    line = WITNESS.cosign(POINT.text(), at=AT)
    assert line.startswith("— 区司法局/w1 ")
    assert line.endswith("\n")
    raw = raw_of(line)
    assert raw[:4] == WITNESS.verifier.key_id
    seconds = int.from_bytes(raw[4:12], "big")
    assert seconds == int(AT.timestamp())
    KEY.public_key().verify(raw[12:], f"cosignature/v1\ntime {seconds}\n{POINT.text()}".encode())
    assert str(WITNESS.verifier).startswith(f"区司法局/w1+{raw[:4].hex()}+BI")  # 0x04 and the key


def test_cosigned_note_opens_for_log_and_witness_and_tells_its_time() -> None:
    note = NOTE + WITNESS.cosign(POINT.text(), at=AT)
    assert open_note(note, LOG.verifier, WITNESS.verifier) == POINT.text()
    assert cosigned_at(note, WITNESS.verifier) == AT.replace(microsecond=0)
    assert line_of(note, WITNESS.verifier) == WITNESS.cosign(POINT.text(), at=AT)
    assert WitnessKey.parse(str(WITNESS.verifier)) == WITNESS.verifier


def test_of_two_cosignatures_the_earlier_counts() -> None:
    later = WITNESS.cosign(POINT.text(), at=AT + timedelta(days=1))
    note = NOTE + later + WITNESS.cosign(POINT.text(), at=AT)
    assert cosigned_at(note, WITNESS.verifier) == AT.replace(microsecond=0)
    assert line_of(note, WITNESS.verifier) != later


def test_key_of_a_log_is_no_key_of_a_witness() -> None:
    for text, kind in ((str(LOG.verifier), WitnessKey), (str(WITNESS.verifier), Verifier)):
        with pytest.raises(Malformed, match="算法"):
            kind.parse(text)


@pytest.mark.parametrize("place", [0, 3, 4, 11, 12, 40, 75])
def test_cosignature_with_any_byte_changed_is_none(place: int) -> None:
    raw = bytearray(raw_of(WITNESS.cosign(POINT.text(), at=AT)))
    raw[place] ^= 1
    with pytest.raises(Tampered):
        cosigned_at(f"{NOTE}— {WITNESS.name} {base64.b64encode(raw).decode()}\n", WITNESS.verifier)


@pytest.mark.parametrize("stamp", [b"", b"\0" * 8, b"\xff" * 8, b"\x7f" + b"\xff" * 7])
def test_cosignature_without_a_time_that_is_one_is_none(stamp: bytes) -> None:
    seconds = int.from_bytes(stamp, "big")
    raw = stamp + KEY.sign(f"cosignature/v1\ntime {seconds}\n{POINT.text()}".encode())
    line = f"— {WITNESS.name} {base64.b64encode(WITNESS.verifier.key_id + raw).decode()}\n"
    with pytest.raises(Tampered, match="格式"):
        cosigned_at(NOTE + line, WITNESS.verifier)


def test_cosignature_of_another_checkpoint_does_not_fit() -> None:
    line = WITNESS.cosign(Checkpoint(LOG.name, 4, b"\7" * 32).text(), at=AT)
    with pytest.raises(Tampered, match="不符"):
        cosigned_at(NOTE + line, WITNESS.verifier)


# -- submissions -------------------------------------------------------------------------------------------------

STEP = base64.b64encode(b"\5" * 32).decode()


def test_submission_of_the_specification_reads() -> None:
    """The example of C2SP tlog-witness: its signatures' keys are not published, its form is."""
    body = (
        "old 20852014\n"
        "PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=\n"
        "jrJZDmY8Y7SyJE0MWLpLozkIVMSMZcD5kvuKxPC3swk=\n"
        "5+pKlUdi2LeF/BcMHBn+Ku6yhPGNCswZZD1X/6QgPd8=\n"
        "/6WVhPs2CwSsb5rYBH5cjHV/wSmA79abXAwhXw3Kj/0=\n"
        "\n"
        "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
        "\n"
        "— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n"
    )
    found = Submission.parse(body.encode())
    assert (found.old, len(found.proof), found.claimed.size) == (20852014, 4, 20852163)
    assert found.body().decode() == body


@given(st.integers(0, 1 << 60), st.lists(st.binary(min_size=32, max_size=32), max_size=63))
def test_every_submission_reads_back(old: int, proof: list[bytes]) -> None:
    sent = Submission(old, tuple(proof), NOTE)
    assert Submission.parse(sent.body()) == sent


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"old 0\n",
        b"old 0\n\n",
        f"old 0\n\n{NOTE}".encode()[:-1],
        f"old 00\n\n{NOTE}".encode(),
        f"old -1\n\n{NOTE}".encode(),
        f"old 1 \n\n{NOTE}".encode(),
        f"Old 1\n\n{NOTE}".encode(),
        f"old １\n\n{NOTE}".encode(),
        f"old {'9' * 30}\n\n{NOTE}".encode(),
        f"old 1\r\n\n{NOTE}".encode(),
        f"old 1\n{STEP[:-1]}\n\n{NOTE}".encode(),
        f"old 1\n{STEP}=\n\n{NOTE}".encode(),
        f"old 1\nAAAA\n\n{NOTE}".encode(),
        f"old 1\n é\n\n{NOTE}".encode(),
        f"old 1\n{STEP[:-2]}V=\n\n{NOTE}".encode(),
        b"old 1\n" + f"{STEP}\n".encode() * 64 + f"\n{NOTE}".encode(),
        b"old 1\n\nno checkpoint\n",
        f"old 1\n\n{POINT.text()}".encode(),
        b"old 1\n\nx\n1\n!!!!\n\n" + f"— x {STEP}\n".encode(),
        b"\xff\xfe",
        b"old 0\n\n" + b"x" * MOST_BYTES,
    ],
)  # fmt: skip
def test_anything_else_is_no_submission(body: bytes) -> None:
    assert Submission.parse(f"old 1\n{STEP}\n\n{NOTE}".encode()).old == 1
    with pytest.raises(Malformed):
        Submission.parse(body)


@pytest.mark.parametrize(
    "text", ["\n1\nAAAA\n", f"{LOG.name}\n1\n{STEP}\n\nx\n", f"x\n01\n{STEP}\n", f"x\n1\n{STEP[4:]}\n"]
)
def test_checkpoint_out_of_form_is_not_read(text: str) -> None:
    lines = NOTE.rpartition("\n\n")[2]
    with pytest.raises(Tampered, match="检查点格式"):
        Checkpoint.read(f"{text}\n{lines}")


def test_extension_lines_are_part_of_what_is_signed() -> None:
    text = f"{POINT.text()}extension 1\n"
    note = text + "\n" + WITNESS.cosign(text, at=AT)
    assert Checkpoint.opened(note, WITNESS.verifier) == POINT
    with pytest.raises(Tampered):
        Checkpoint.opened(note.replace("extension 1", "extension 2"), WITNESS.verifier)
