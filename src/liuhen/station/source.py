"""Where files come from: a mounted card, or a maker's own interface. The station treats every source alike.

An adapter is one class that keeps `Source`; the simulated camera beside this file shows how, and tests use it.
"""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Protocol

from liuhen.station.card import Found, list_card
from liuhen.station.identity import Identity
from liuhen.station.memory import make_durable


@dataclass(frozen=True, slots=True)
class Clocks:
    """Both clocks at one moment of docking, before anything is corrected; their difference is evidence."""

    camera: datetime
    station: datetime

    @property
    def error(self) -> float:
        """Seconds by which the camera is fast."""
        return (self.camera - self.station).total_seconds()


class Source(Protocol):
    """One docked thing. Nothing here writes to it but `remove`, which is called with a leave in hand."""

    @property
    def label(self) -> str:
        """What the keeper sees of it: a mount point, a port."""

    def identity(self) -> Identity | None:
        """What it says of itself; None where it does not say."""

    def clocks(self) -> Clocks | None:
        """Its clock beside ours, read now; None where its clock cannot be read."""

    def files(self) -> list[Found]:
        """Every file, read once, before anything else."""

    def open(self, found: Found) -> BinaryIO:
        """The bytes of one file. Raises `OSError` where the card is gone."""

    def remove(self, found: Found) -> None:
        """Remove one file, durably. Raises `OSError` where that failed."""


@dataclass(frozen=True, slots=True)
class Folder:
    """A mounted card or any folder. Clock and identity are what the keeper says, where he says it."""

    path: Path
    said: Identity | None = None

    @property
    def label(self) -> str:
        return str(self.path)

    def identity(self) -> Identity | None:
        return self.said

    def clocks(self) -> Clocks | None:
        return None

    def files(self) -> list[Found]:
        return list_card(self.path)

    def open(self, found: Found) -> BinaryIO:
        return found.path.open("rb")

    def remove(self, found: Found) -> None:
        remove_durably(found.path)


def remove_durably(path: Path) -> None:
    """Remove a file and make that durable in its folder."""
    path.unlink()
    make_durable(path.parent)
