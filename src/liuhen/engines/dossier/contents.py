"""What goes into an evidence package, as values: made by the access room from rows, written by `bag`. See docs/formats/package.md.

Bytes of originals are not here: `Taken` says how to open them, and they are read piece by piece.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, BinaryIO
from uuid import UUID

from liuhen.kernel.canonical import canonical
from liuhen.kernel.clock import as_utc_text
from liuhen.kernel.digests import Digest

FORMAT = "liuhen-package-v1"
WITH_COPIES = "liuhen-package-v2"


@dataclass(frozen=True, slots=True)
class OpenedLine:
    """One line of the journal with the salt that opens its commitment, and the path of that commitment in the log."""

    number: int
    salt: str
    body: str
    entry: str
    proof: Sequence[bytes]


@dataclass(frozen=True, slots=True)
class RecordRow:
    """A row as line `line` tells it, field by field; of the fields `withheld` only the digests in the line are given."""

    kind: str
    id: UUID
    line: int
    fields: Mapping[str, Any]
    withheld: Sequence[str] = ()

    def told(self) -> dict[str, Any]:
        """Each value as its canonical text: that is what the digest in the line is of."""
        shown = {
            name: canonical(value).decode()
            for name, value in self.fields.items()
            if name not in self.withheld
        }
        return {
            "kind": self.kind, "id": self.id, "line": self.line, "fields": shown, "withheld": sorted(self.withheld),
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Holding:
    """One place where the original lay, as the house tells it; moments that nobody told are empty."""

    place: str
    since: datetime | None
    until: datetime | None
    who: str
    how: str
    digest: str
    checked: datetime | None

    def told(self) -> dict[str, str]:
        moments = {"since": self.since, "until": self.until, "checked": self.checked}
        words = {"place": self.place, "who": self.who, "how": self.how, "digest": self.digest}
        return {**words, **{name: as_utc_text(moment) if moment else "" for name, moment in moments.items()}}


@dataclass(frozen=True, slots=True)
class Taken:
    """One recording: its original by digest, how to open it, its receipt, the signed card list (by row), what must be marked on it."""

    id: UUID
    number: str
    title: str
    suffix: str
    digest: Digest
    size: int
    open: Callable[[], BinaryIO]
    receipt: Mapping[str, Any]
    card_list: UUID | None = None
    custody: Sequence[Holding] = ()
    marks: Sequence[str] = ()

    @property
    def called(self) -> str:
        return f"音像资料 {self.number} 的原件与入库时"


@dataclass(frozen=True, slots=True)
class CopyOut:
    """A copy with parts hidden that goes out in place of its original: rows that answer for it, its bytes, and whose copy it is."""

    id: UUID
    number: str
    derived: UUID
    answer: UUID
    suffix: str
    digest: Digest
    size: int
    open: Callable[[], BinaryIO]
    original_number: str
    original: Digest

    @property
    def called(self) -> str:
        return f"遮挡副本 {self.number} 与制成时"

    def told(self, path: str) -> dict[str, Any]:
        return {
            "id": self.id, "number": self.number, "path": path, "derived": self.derived, "answer": self.answer,
            "original": {"number": self.original_number, "sha256": self.original.sha256, "sm3": self.original.sm3},
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Explained:
    """What is said of the copies of one package: as data (canonical JSON) and as a paper (PDF)."""

    statement: bytes
    paper: bytes


@dataclass(frozen=True, slots=True)
class Paper:
    """One finalised document and its PDF."""

    id: UUID
    number: str
    title: str
    content: bytes


@dataclass(frozen=True, slots=True)
class TimeStamp:
    """An RFC 3161 token over an earlier checkpoint, and the proof that this one is the beginning of the package's."""

    token: bytes
    note: str
    proof: Sequence[bytes]
    authority: str


@dataclass(frozen=True, slots=True)
class Contents:
    """A whole package. `house` is the key as a trust root has it after `log`, with the lines that name its SM2 key; `checkpoint` is the signed note with the witnesses' lines; `basis` says in words who approved; `policy_line` tells under which line the policy stands (0: never told)."""

    number: str
    agency: str
    made_at: datetime
    subject_kind: str
    subject: UUID
    title: str
    order: UUID
    house: str
    policy: str
    policy_line: int
    checkpoint: str
    lines: Sequence[OpenedLine]
    rows: Sequence[RecordRow]
    recordings: Sequence[Taken] = ()
    documents: Sequence[Paper] = ()
    looks: Sequence[tuple[str, UUID]] = ()
    stamps: Sequence[TimeStamp] = ()
    verifiers: Mapping[str, bytes] = field(default_factory=dict)
    copies: Sequence[CopyOut] = ()
    explained: Explained | None = None
    basis: Sequence[str] = ()

    @property
    def format(self) -> str:
        """The second version is the first with copies in it."""
        return WITH_COPIES if self.copies else FORMAT
