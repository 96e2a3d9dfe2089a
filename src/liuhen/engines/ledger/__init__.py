"""The ledger: an append-only Merkle log in the published C2SP forms, its signed checkpoints, its proofs.

It holds commitments, never names or content. Who reads the tiles with standard tools needs nothing of ours.
"""

from liuhen.engines.ledger.log import Log
from liuhen.engines.ledger.note import Signer, Verifier
from liuhen.engines.ledger.receipt import Receipt
from liuhen.engines.ledger.store import FileLogStore, LogStore, MemoryLogStore

__all__ = ["FileLogStore", "Log", "LogStore", "MemoryLogStore", "Receipt", "Signer", "Verifier"]
