"""The tables of evidence: what was received, what was found out about it, what was seen in it."""

from liuhen.apps.evidence.models.heard import LiveCopy, Recognition
from liuhen.apps.evidence.models.known import Seclusion
from liuhen.apps.evidence.models.recordings import (
    CardList,
    Clearing,
    Derived,
    DeviceEvent,
    DeviceLog,
    ErasureNote,
    Inspection,
    LateNote,
    Recording,
    SourceAnswer,
    SourceStatement,
    Tombstone,
    Upload,
)
from liuhen.apps.evidence.models.seen import Alignment, KeySegment
from liuhen.apps.evidence.models.slices import JoinedSlice, ReceivedSlice
from liuhen.apps.evidence.models.vouchers import Voucher

__all__ = [
    "Alignment",
    "CardList",
    "Clearing",
    "Derived",
    "DeviceEvent",
    "DeviceLog",
    "ErasureNote",
    "Inspection",
    "JoinedSlice",
    "KeySegment",
    "LateNote",
    "LiveCopy",
    "ReceivedSlice",
    "Recognition",
    "Recording",
    "Seclusion",
    "SourceAnswer",
    "SourceStatement",
    "Tombstone",
    "Upload",
    "Voucher",
]
