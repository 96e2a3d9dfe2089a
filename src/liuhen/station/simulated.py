"""A simulated body recorder: an adapter over a folder, with a password, an identity block and a clock of its own.

It stands where a maker's library would; the tests of the station dock it, pull it out and set its clock wrong.
"""

from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import BinaryIO

from liuhen.kernel.clock import Clock, now
from liuhen.kernel.errors import Refused
from liuhen.station.card import Found, list_card
from liuhen.station.identity import Identity, parse_identity
from liuhen.station.source import Clocks, remove_durably


@dataclass
class SimulatedRecorder:
    """`fast` is how far its clock is ahead; `pulled` makes every access fail as an unplugged device does."""

    path: Path
    block: bytes
    password: str = ""
    told_password: str = ""
    fast: timedelta = timedelta()
    clock: Clock = now
    pulled: bool = field(default=False)

    @property
    def label(self) -> str:
        return f"模拟记录仪 {self.path.name}"

    def identity(self) -> Identity | None:
        self._reach()
        return parse_identity(self.block)

    def clocks(self) -> Clocks | None:
        self._reach()
        moment = self.clock()
        return Clocks(camera=moment + self.fast, station=moment)

    def files(self) -> list[Found]:
        self._reach()
        return list_card(self.path)

    def open(self, found: Found) -> BinaryIO:
        self._reach()
        return _Pullable(self, found.path.open("rb"))  # type: ignore[return-value]

    def remove(self, found: Found) -> None:
        self._reach()
        remove_durably(found.path)

    def _reach(self) -> None:
        if self.pulled:
            raise OSError(19, "设备已拔出")
        if self.password != self.told_password:
            raise Refused("记录仪的口令不对，存储没有打开", do="请核对设备口令后重新插入。")


class _Pullable:
    """A file on the device: reading fails once the device is pulled out."""

    def __init__(self, recorder: SimulatedRecorder, file: BinaryIO) -> None:
        self._recorder, self._file = recorder, file

    def read(self, size: int = -1) -> bytes:
        if self._recorder.pulled:
            raise OSError(19, "设备已拔出")
        return self._file.read(size)

    def seek(self, offset: int, whence: int = 0) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()

    def __enter__(self) -> "_Pullable":
        return self

    def __exit__(self, *_error: object) -> None:
        self._file.close()
