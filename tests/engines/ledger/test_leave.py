"""A leave to clear a file opens only as it was signed, by the key we trust, and only where its line is sealed."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from liuhen.engines.ledger import Receipt, Signer
from liuhen.engines.ledger.leave import Leave
from liuhen.kernel.digests import digest_of
from liuhen.kernel.errors import Malformed, Tampered

LOG = Signer("liuhen/test", Ed25519PrivateKey.generate())
IMPOSTOR = Signer("liuhen/test", Ed25519PrivateKey.generate())
LEAVE = Leave(
    recording="0190f0c0", digest=digest_of(b"clip"), size=4, station="0190f0c1", line=17, sealed=20,
    at=datetime(2026, 11, 16, 4, 0, tzinfo=UTC), log=LOG.name,
)  # fmt: skip


def test_leave_opens_also_after_a_walk_through_json() -> None:
    assert Leave.opened(json.loads(json.dumps(LEAVE.signed(LOG))), LOG.verifier) == LEAVE


@pytest.mark.parametrize("member", LEAVE.body())
def test_leave_with_any_member_changed_or_missing_is_refused(member: str) -> None:
    signed = LEAVE.signed(LOG)
    value = signed[member]
    others: dict[str, Any] = {"sha256": "0" * 64, "sm3": "0" * 64, "at": "2026-11-16T04:00:01.000000Z"}
    other = others.get(member, value + 1 if isinstance(value, int) else value + "x")
    with pytest.raises(Tampered):
        Leave.opened({**signed, member: other}, LOG.verifier)
    with pytest.raises(Malformed):
        Leave.opened({k: v for k, v in signed.items() if k != member}, LOG.verifier)


def test_leave_by_another_key_or_under_a_receipts_signature_is_refused() -> None:
    with pytest.raises(Tampered):
        Leave.opened(LEAVE.signed(IMPOSTOR), LOG.verifier)
    receipt = Receipt("verified", LEAVE.recording, LEAVE.digest, 4, 17, LEAVE.at, LOG.name).signed(LOG)
    with pytest.raises(Tampered):
        Leave.opened({**LEAVE.signed(LOG), "signature": receipt["signature"]}, LOG.verifier)


def test_leave_over_a_line_that_is_not_sealed_is_none() -> None:
    early = Leave(**{**_members(), "sealed": 16})
    with pytest.raises(Malformed, match="尚未封存"):
        Leave.opened(early.signed(LOG), LOG.verifier)


@pytest.mark.parametrize(
    "change", [{"signature": None}, {"size": "many"}, {"sealed": float("inf")}, {"line": None}]
)
def test_leave_of_the_wrong_shape_is_malformed(change: dict[str, Any]) -> None:
    with pytest.raises(Malformed):
        Leave.opened({**LEAVE.signed(LOG), **change}, LOG.verifier)


def _members() -> dict[str, Any]:
    return {name: getattr(LEAVE, name) for name in LEAVE.__slots__}
