"""Receipts: the signed promise about a recording, made from its row and line; the same each time it is asked for."""

from typing import Any

from liuhen.apps.evidence.models import Recording
from liuhen.apps.journal.queries import first_line
from liuhen.engines.ledger import Receipt, Signer


def receipt_of(recording: Recording, *, signer: Signer, log_name: str) -> dict[str, Any]:
    """`verified` once the object was re-read and equal, else `stored`; signed, as JSON."""
    state: Any = "stored" if recording.verified_at is None else "verified"
    receipt = Receipt(
        state=state,
        recording=str(recording.pk),
        digest=recording.digest,
        size=recording.size,
        line=first_line(recording.pk) or 0,
        at=recording.verified_at or recording.received_at,
        log=log_name,
    )
    return receipt.signed(signer)
