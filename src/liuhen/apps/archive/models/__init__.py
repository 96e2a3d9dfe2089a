"""Tables of the archive: numbers and backups, volumes, discs, and what was read again."""

from liuhen.apps.archive.models.discs import Disc, DiscCheck, DiscImage, DiscItem, DiscSet
from liuhen.apps.archive.models.fixity import FixityFault, FixityRepair, FixityRun
from liuhen.apps.archive.models.numbers import ArchiveNumber, BackupRun, RestoreDrill
from liuhen.apps.archive.models.stores import SecondStore, SyncMatter
from liuhen.apps.archive.models.volumes import (
    PropertyReport,
    Volume,
    VolumeEntry,
    VolumeItem,
    VolumeStep,
)

__all__ = [
    "ArchiveNumber", "BackupRun", "Disc", "DiscCheck", "DiscImage", "DiscItem", "DiscSet", "FixityFault", "FixityRepair", "FixityRun",
    "PropertyReport", "RestoreDrill", "SecondStore", "SyncMatter", "Volume", "VolumeEntry", "VolumeItem", "VolumeStep",
]  # fmt: skip
