"""The state of one port of the station as people see it: 空闲, 采集, 校验, 完成, 暂存, 异常, how far, how fast, and what to do.

Written by the docking's thread, read by the views; each figure is what happened, nothing is estimated but the rest of time.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

_MOST_SHOWN = 12


@dataclass(frozen=True, slots=True)
class Shown:
    """One port at one moment."""

    label: str
    state: str
    files: int
    done_files: int
    size: int
    done: int
    speed: float
    current: str
    problems: tuple[str, ...]
    do: str
    spooled: int = 0
    line: str = ""

    @property
    def seconds_left(self) -> float | None:
        """At the speed so far; None where nothing can be said."""
        return (self.size - self.done) / self.speed if self.speed and self.size > self.done else None


@dataclass(slots=True)
class Port:
    """One port. A `clock` in seconds may be given by tests."""

    label: str = ""
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _state: str = "空闲"
    _files: int = 0
    _done_files: int = 0
    _size: int = 0
    _done: int = 0
    _began: float = 0.0
    _current: str = ""
    _spooled: int = 0
    _late: list[str] = field(default_factory=list)
    _at_house: dict[str, int] = field(default_factory=dict)
    _awaited: dict[str, int] = field(default_factory=dict)
    _line: str = ""
    _problems: list[str] = field(default_factory=list)

    def lists(self, files: int, size: int) -> None:
        """The card was listed."""
        with self._lock:
            self._state, self._files, self._size = "采集", files, size
            self._done = self._done_files = self._spooled = 0
            self._awaited.clear()
            self._at_house.clear()
            self._problems.clear()
            self._late.clear()
            self._line = ""
            self._began = time.monotonic()

    def begins(self, name: str) -> None:
        with self._lock:
            self._state, self._current = "采集", name

    def reads(self, _size: int) -> None:
        """A piece was read for its digest: no progress of the sending, but a sign of life."""

    def sends(self, offset: int, _size: int) -> None:
        """So much of the current file is certainly at the server."""
        with self._lock:
            self._at_house[self._current] = offset

    def leaves_line(self, reason: str) -> None:
        """The line is left for this card, for this reason; what is left undone is done once it is back."""
        with self._lock:
            self._line = reason

    def awaits(self, key: str, size: int) -> None:
        """A file of this card is only in the spool; its receipt will be kept under this key."""
        with self._lock:
            self._awaited[key] = size

    def checks(self) -> None:
        with self._lock:
            self._state = "校验"

    def ends(self, name: str, state: str, reason: str, size: int) -> None:
        """A file ended, while others may be under way. What was only spooled, or failed, is not done: the house has not received it. A late receipt is no fault:
        the card waits for it."""
        with self._lock:
            self._at_house.pop(name, None)
            if state == "暂存":
                self._spooled += 1
                return
            if state != "异常":
                self._done, self._done_files = self._done + size, self._done_files + 1
            if state == "校验中":
                self._late.append(f"{name}：{reason}")
            elif state != "完成" or reason:
                self._problems.append(f"{name}：{reason or state}")

    def arrives(self, has_receipt: Callable[[str], bool]) -> None:
        """What was spooled and has its verified receipt by now is done; the rest still is not, whatever became of the spool."""
        with self._lock:
            for key in [key for key in self._awaited if has_receipt(key)]:
                self._done, self._done_files = self._done + self._awaited.pop(key), self._done_files + 1
                self._spooled -= 1
            if self._state == "暂存":
                self._state = self._end()

    def is_over(self, problems: list[str]) -> None:
        with self._lock:
            self._problems += problems
            self._state, self._current = self._end(), ""

    def fails(self, reason: str) -> None:
        """The card as a whole could not be read."""
        with self._lock:
            self._problems.append(reason)
            self._state = "异常"

    def shown(self) -> Shown:
        """As it is now."""
        with self._lock:
            passed = time.monotonic() - self._began
            done = self._done + sum(self._at_house.values())
            speed = done / passed if self._began and passed > 0 and self._state in ("采集", "校验") else 0.0
            return Shown(
                self.label, self._state, self._files, self._done_files, self._size, done, speed, self._current,
                _first_of([*self._problems, *self._late]), _WHAT_TO_DO[self._state], self._spooled, self._line,
            )  # fmt: skip

    def _end(self) -> str:
        if self._problems:
            return "异常"
        return "暂存" if self._spooled else "校验" if self._late else "完成"


def _first_of(problems: list[str]) -> tuple[str, ...]:
    """A card that was pulled out may fail a thousand times for one reason; a tile has room for some."""
    more = len(problems) - _MOST_SHOWN
    return (*problems[:_MOST_SHOWN], *([f"另有 {more} 项未列出"] if more > 0 else []))


_WHAT_TO_DO = {
    "空闲": "请插入设备或存储卡。",
    "采集": "正在采集，请勿拔出。",
    "校验": "正在等待服务器复核，请勿拔出。",
    "完成": "全部文件已有回执，可以取走。",
    "暂存": "文件已加密暂存在本站，尚未入库、没有回执。原件仍在卡上，请勿清除；线路好转后自动补传。",
    "异常": "有文件没有办妥，原件仍在卡上：请看下面的原因，处理后重新插入。",
}
