"""The house's answer to a station: it opens with the house's key and over the station's own nonce, and with nothing else."""

from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from liuhen.engines.ledger import Signer
from liuhen.engines.ledger.contact import Contact
from liuhen.kernel.errors import Malformed, Tampered

HOUSE = Signer("liuhen/test", Ed25519PrivateKey.generate())
SAID = Contact(
    "s-1", "n" * 32, "2026-11-16T04:00:00.000000Z", b"k" * 32, 8001, is_locked=True, certificate="PEM"
)


def test_answer_opens_with_the_key_of_the_house() -> None:
    assert Contact.opened(SAID.signed(HOUSE), HOUSE.verifier, nonce="n" * 32) == SAID


def test_answer_of_another_house_or_to_another_question_does_not() -> None:
    other = Signer("liuhen/test", Ed25519PrivateKey.generate())
    with pytest.raises(Tampered):
        Contact.opened(SAID.signed(other), HOUSE.verifier, nonce="n" * 32)
    with pytest.raises(Tampered, match="不是对这次询问"):
        Contact.opened(SAID.signed(HOUSE), HOUSE.verifier, nonce="m" * 32)


@pytest.mark.parametrize(
    "change", [{"is_locked": False}, {"house_key": "AAAA"}, {"intake_port": 1}, {"certificate": ""}]
)
def test_changed_word_does_not_open(change: dict[str, object]) -> None:
    with pytest.raises(Tampered):
        Contact.opened(SAID.signed(HOUSE) | change, HOUSE.verifier, nonce="n" * 32)


def test_what_is_no_answer_is_malformed() -> None:
    for wrong in ({}, SAID.signed(HOUSE) | {"house_key": "?"}, SAID.signed(HOUSE) | {"intake_port": "x"}):
        with pytest.raises(Malformed):
            Contact.opened(dict(wrong), HOUSE.verifier, nonce="n" * 32)
    assert replace(SAID, certificate="").signed(HOUSE)["certificate"] == ""
