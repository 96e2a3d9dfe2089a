"""What the numbers in the file names of one device say about a day: numbers missing, files out of order. Pure.

A maker's count is known by its work alone: it is believed only where two files that follow each other in time have
numbers that follow each other. What is said here is a suspicion to be looked into, never a verdict: a number can be
missing because a card was formatted, and a clock can be set by the station.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Literal

from liuhen.engines.media.names import parse_file_name

WIDEST = 99
"""A jump over more numbers than this is no run of files that are missing: the maker counts otherwise, or began anew."""

Doubt = Literal["backdated", "inserted"]
DOUBTS: dict[Doubt, str] = {"backdated": "疑似补录", "inserted": "疑似插入"}
SELECTED = "疑似取舍"


@dataclass(frozen=True, slots=True, order=True)
class Numbered:
    """A file whose name tells device, time (the device's own clock, without zone) and number."""

    starts_at: datetime
    number: int
    name: str
    device: str
    pattern: str


@dataclass(frozen=True, slots=True)
class Gap:
    """Numbers that no file of the day bears, between two neighbours that came."""

    before: Numbered
    after: Numbered
    numbers: tuple[int, ...]

    @property
    def says(self) -> str:
        first, last = self.numbers[0], self.numbers[-1]
        which = f"{first:04d} " if first == last else f"{first:04d} 至 {last:04d}，共 {len(self.numbers)} 个"
        return (
            f"同一天内该设备逐个编号，{self.before.name} 之后是 {self.after.name}，编号 {which}没有来，"
            f"采集站的清单上也没有"
        )


@dataclass(frozen=True, slots=True)
class Misfit:
    """A file whose number contradicts its time, or its neighbours."""

    file: Numbered
    doubt: Doubt
    says: str


@dataclass(frozen=True, slots=True)
class Day:
    """What one device's files of one day say."""

    gaps: tuple[Gap, ...]
    misfits: tuple[Misfit, ...]


def numbered(name: str) -> Numbered | None:
    """The file as numbered by its maker; None where its name has no device, no time, or no decimal number."""
    told = parse_file_name(name)
    if not (told.device and told.starts_at and told.sequence and told.pattern and told.sequence.isdecimal()):
        return None
    return Numbered(
        datetime.fromisoformat(told.starts_at), int(told.sequence), name, told.device, told.pattern
    )


def days_of(names: Iterable[str]) -> dict[tuple[str, str], Day]:
    """What each device's files of each day say, by device and day (`yyyy-mm-dd` of the device's clock)."""
    runs: dict[tuple[str, str], set[Numbered]] = defaultdict(set)
    for name in names:
        file = numbered(name)
        if file is not None:
            runs[file.device, file.starts_at.date().isoformat()].add(file)
    return {key: _day(sorted(files)) for key, files in sorted(runs.items())}


def _day(files: list[Numbered]) -> Day:
    if not any(later.number == file.number + 1 for file, later in pairwise(files)):
        return Day((), ())
    gaps: list[Gap] = []
    misfits: list[Misfit] = []
    for run in _runs(files):
        kept = _rising(run)
        there = {file.number for file in run}
        for before, after in pairwise(kept):
            numbers = tuple(n for n in range(before.number + 1, after.number) if n not in there)
            if numbers and after.number - before.number - 1 <= WIDEST:
                gaps.append(Gap(before, after, numbers))
        misfits += [_misfit(file, kept) for file in run if file not in kept]
    makes = {file.pattern for file in files}
    if len(makes) > 1:
        misfits += _strangers(files, {one.file for one in misfits})
    return Day(tuple(gaps), tuple(misfits))


def _runs(files: list[Numbered]) -> list[list[Numbered]]:
    """The day cut where the count begins anew at 0 or 1 and goes on from there."""
    found: list[list[Numbered]] = [[files[0]]]
    for position, file in enumerate(files[1:], start=1):
        before = files[position - 1].number
        goes_on = position + 1 == len(files) or files[position + 1].number < before
        if file.number <= 1 < before and goes_on:
            found.append([])
        found[-1].append(file)
    return found


def _rising(files: list[Numbered]) -> list[Numbered]:
    """The longest part of the run whose numbers rise with its times: what contradicts nothing."""
    ends: list[int] = []
    last: list[int] = []
    back: list[int] = []
    for position, file in enumerate(files):
        place = bisect_left(ends, file.number)
        back.append(last[place - 1] if place else -1)
        ends[place : place + 1] = [file.number]
        last[place : place + 1] = [position]
    found, position = [], last[-1]
    while position >= 0:
        found.append(files[position])
        position = back[position]
    return found[::-1]


def _misfit(file: Numbered, kept: list[Numbered]) -> Misfit:
    same = next((one for one in kept if one.number == file.number), None)
    if same is not None:
        return Misfit(file, "inserted", f"编号 {file.number:04d} 与 {same.name} 相同，时间却不同")
    earlier = next(
        (one for one in kept if one.starts_at >= file.starts_at and one.number < file.number), None
    )
    if earlier is not None:
        return Misfit(
            file,
            "backdated",
            f"编号 {file.number:04d} 排在 {earlier.name} 之后，文件名写的时间却在它之前：编号次序与时间次序矛盾",
        )
    return Misfit(file, "inserted", f"编号 {file.number:04d} 小于时间在前的文件，与前后都接不上")


def _strangers(files: list[Numbered], known: set[Numbered]) -> list[Misfit]:
    """Files named in another way than most of the device's files that day."""
    ways = [file.pattern for file in files]
    most = max(sorted(set(ways)), key=ways.count)
    return [
        Misfit(file, "inserted", "文件名的写法与该设备当天其他文件不同")
        for file in files
        if file.pattern != most and file not in known
    ]
