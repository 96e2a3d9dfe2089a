"""A witness in a folder of its own, a log beside it, and a clock that stands."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from liuhen.engines.ledger import Log, MemoryLogStore, Signer
from liuhen.engines.ledger.submission import Submission
from liuhen.witness.books import Books, TrustedLog, make_books
from liuhen.witness.judging import Answer, add_checkpoint

NOON = datetime(2026, 11, 16, 4, tzinfo=UTC)
SIGNER = Signer("liuhen/qh", Ed25519PrivateKey.from_private_bytes(b"\1" * 32))


def entries(start: int, end: int, mark: bytes = b"a") -> list[bytes]:
    return [mark + n.to_bytes(31, "big") for n in range(start, end)]


@dataclass
class House:
    """A log that is witnessed: it grows, and says what it would submit from any size on."""

    log: Log
    mark: bytes = b"a"

    def grown_to(self, size: int) -> "House":
        self.log.extend(entries(self.log.latest().size, size, self.mark))
        return self

    def submission(self, old: int) -> Submission:
        return Submission(old, tuple(self.log.consistency(old, self.log.latest().size)), self.log.note())

    def body(self, old: int) -> bytes:
        return self.submission(old).body()


def house(mark: bytes = b"a", signer: Signer = SIGNER) -> House:
    return House(Log(MemoryLogStore(), signer=signer), mark)


@dataclass
class Desk:
    """The witness and the log it trusts."""

    books: Books
    house: House

    @property
    def trusted(self) -> TrustedLog:
        return self.books.trusted()[0]

    def offered(self, body: bytes) -> Answer:
        return add_checkpoint(self.books, body, clock=lambda: NOON)


def made_desk(folder: Path) -> Desk:
    books = make_books(folder / "witness", "qu-sfj/w1")
    books.trust(TrustedLog(SIGNER.verifier, "清河街道办事处"))
    return Desk(books, house())


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return made_desk(tmp_path)
