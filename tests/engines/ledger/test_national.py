"""SM2 beside Ed25519: both stand under notes, checkpoints and receipts, each named, neither in the place of the other."""

import base64
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from tests.national import national_signer

from liuhen.engines.ledger import Log, MemoryLogStore, Receipt, Signer
from liuhen.engines.ledger.checkpoint import Checkpoint
from liuhen.engines.ledger.leave import Leave
from liuhen.engines.ledger.national import Sm2Signer, Sm2Verifier
from liuhen.engines.ledger.note import open_note, sign_note
from liuhen.kernel.digests import digest_of
from liuhen.kernel.errors import Malformed, Tampered

KEY = Ed25519PrivateKey.from_private_bytes(b"\1" * 32)
TWIN = national_signer("liuhen/清河", 42)
OTHER = national_signer("liuhen/清河", 43)
HOUSE = Signer("liuhen/清河", KEY, TWIN)
PLAIN = Signer("liuhen/清河", KEY)
RECEIPT = Receipt(
    "verified", "r-1", digest_of(b"film"), 4, 3, datetime(2026, 11, 20, 4, tzinfo=UTC), HOUSE.name
)


def test_written_key_is_read_back_and_names_its_algorithm() -> None:
    verifier = TWIN.verifier
    assert Sm2Verifier.parse(str(verifier)) == verifier
    assert base64.b64decode(str(verifier).split("+", 2)[2]).startswith(b"\xffliuhen/sm2-with-sm3\n")


@pytest.mark.parametrize(
    "text",
    [
        "", "a+b", str(TWIN.verifier).replace("liuhen", "\ud800"), "liuhen/x+00000000+%%%", f"{PLAIN.verifier}", str(TWIN.verifier).replace("+", "+0", 1),
        "x+00000000+" + base64.b64encode(Sm2Verifier.kind + b"\4" + b"\1" * 64).decode(),
    ],
)  # fmt: skip
def test_what_is_no_key_of_sm2_is_refused(text: str) -> None:
    with pytest.raises(Malformed):
        Sm2Verifier.parse(text)


def test_note_is_signed_by_both_and_opens_for_each() -> None:
    note = sign_note("一\n", HOUSE)
    assert open_note(note, PLAIN.verifier) == open_note(note, TWIN.verifier) == "一\n"
    assert open_note(note, PLAIN.verifier, TWIN.verifier) == "一\n"
    with pytest.raises(Tampered, match="缺少"):
        open_note(note, OTHER.verifier)
    with pytest.raises(Tampered, match="缺少"):
        open_note(sign_note("一\n", PLAIN), TWIN.verifier)
    with pytest.raises(Tampered, match="SM2 签名与内容不符"):
        open_note(note.replace("一\n", "二\n"), TWIN.verifier)


def test_checkpoint_is_signed_by_both_and_one_without_the_second_is_told() -> None:
    log = Log(MemoryLogStore(), signer=HOUSE)
    log.extend([b"a", b"b"])
    assert Checkpoint.opened(log.note(), PLAIN.verifier, TWIN.verifier).size == 2
    log.check_twin(log.note())
    with pytest.raises(Tampered):
        log.check_twin(log.latest().signed(PLAIN))
    Log(MemoryLogStore(), signer=PLAIN).check_twin("anything: this house has one algorithm")


def test_receipt_bears_both_and_each_is_checked() -> None:
    signed = RECEIPT.signed(HOUSE)
    assert signed["signature"]["algorithm"] == "Ed25519"
    assert signed["signature"]["also"]["algorithm"] == "SM2-with-SM3"
    assert Receipt.opened(signed, HOUSE.verifier) == RECEIPT  # Who knows the first alone is not held up.
    assert Receipt.opened(signed, HOUSE.verifier, also=TWIN.verifier) == RECEIPT


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (None, "缺少"), ({"algorithm": "Ed25519"}, "不受承认"), ({"value": "%"}, "格式不对"), ({"value": base64.b64encode(b"\1" * 64).decode()}, "不符"),
    ],
)  # fmt: skip
def test_receipt_without_a_second_signature_that_fits_is_refused(
    change: dict[str, str] | None, why: str
) -> None:
    signed = RECEIPT.signed(HOUSE)
    signature = {name: told for name, told in signed["signature"].items() if name != "also"}
    if change is not None:
        signature["also"] = {**signed["signature"]["also"], **change}
    with pytest.raises((Tampered, Malformed), match=why):
        Receipt.opened({**signed, "signature": signature}, HOUSE.verifier, also=TWIN.verifier)


def test_signature_that_does_not_fit_is_never_given_out() -> None:
    """A library that signs wrongly is found before anybody else finds it."""
    broken = Sm2Signer(TWIN.name, TWIN.raw, lambda _: b"\1" * 64)
    with pytest.raises(Tampered):
        sign_note("一\n", Signer("liuhen/清河", KEY, broken))


def test_leave_to_clear_bears_both_where_both_are_asked() -> None:
    leave = Leave(
        "r-1", digest_of(b"film"), 4, "s-1", 3, 5, datetime(2026, 11, 20, 4, tzinfo=UTC), HOUSE.name
    )
    assert Leave.opened(leave.signed(HOUSE), PLAIN.verifier, also=TWIN.verifier) == leave
    with pytest.raises(Tampered, match="缺少"):
        Leave.opened(leave.signed(PLAIN), PLAIN.verifier, also=TWIN.verifier)
    with pytest.raises(Tampered, match="SM2 签名与内容不符"):
        Leave.opened(leave.signed(Signer(HOUSE.name, KEY, OTHER)), PLAIN.verifier, also=TWIN.verifier)
