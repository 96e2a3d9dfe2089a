"""Sample tables of one MP4 track: how many bytes each picture takes, when it is shown, where it lies in the file.

Reads both forms, one table for the whole film (`stbl`) and one for each fragment (`moof`). Uniform samples (PCM)
are never expanded. Raises `Malformed` where tables contradict each other.
"""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from liuhen.engines.media.boxes import child, children, number
from liuhen.kernel.errors import Malformed

SAMPLE_LIMIT = 20_000_000
UNIFORM_LIMIT = 1_000_000

Ints = npt.NDArray[np.int64]


def _no_ints() -> Ints:
    return np.zeros(0, np.int64)


@dataclass(slots=True)
class Table:
    """`ticks` are decoding times, `delays` how much later each is shown, `length` the whole; in the track's scale.

    `starts`/`lengths` are the chunks' places in the file; `sizes` is empty where very many samples are all
    `uniform` bytes (PCM counts every sample of sound).
    """

    count: int = 0
    uniform: int = 0
    length: int = 0
    sizes: Ints = field(default_factory=_no_ints)
    ticks: Ints = field(default_factory=_no_ints)
    delays: Ints = field(default_factory=_no_ints)
    starts: Ints = field(default_factory=_no_ints)
    lengths: Ints = field(default_factory=_no_ints)
    keys: npt.NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, np.bool_))

    def present_share(self, file_size: int) -> float:
        """How much of the track's bytes lies inside the file, 0 to 1; 0 for a track without samples."""
        wanted = int(self.lengths.sum())
        if not wanted:
            return 0.0
        held = np.clip(file_size - self.starts, 0, self.lengths)
        return float(held.sum()) / wanted


def _array(payload: bytes, at: int, count: int, kind: str) -> npt.NDArray[Any]:
    wide = np.dtype(kind).itemsize
    if count < 0 or at + count * wide > len(payload):
        raise Malformed("索引表声称的项数多于实有")
    return np.frombuffer(payload, kind, count, at)


def _pairs(payload: bytes, width: int) -> Ints:
    table = _array(payload, 8, number(payload, 4) * width, ">u4") if payload else _no_ints()
    return table.astype(np.int64).reshape(-1, width)


def read_table(stbl: bytes) -> Table:
    """The sample table in `stbl`. Raises `Malformed` where its parts do not fit together."""
    stsz, table = child(stbl, b"stsz"), Table()
    if stsz:
        table.uniform, table.count = number(stsz, 4), number(stsz, 8)
        if not table.uniform:
            table.sizes = _array(stsz, 12, table.count, ">u4").astype(np.int64)
        elif table.count <= UNIFORM_LIMIT:
            table.sizes, table.uniform = np.full(table.count, table.uniform, np.int64), 0
    _read_times(stbl, table)
    _read_places(stbl, table)
    stss = child(stbl, b"stss")
    if not table.uniform:
        table.keys = np.full(table.count, not stss)
        at = _pairs(stss, 1)[:, 0] - 1
        table.keys[at[(at >= 0) & (at < table.count)]] = True
    return table


def _read_times(stbl: bytes, table: Table) -> None:
    runs = _pairs(child(stbl, b"stts"), 2)
    table.length = int((runs[:, 0] * runs[:, 1]).sum())
    if table.uniform or not table.count:
        return
    if int(runs[:, 0].sum()) < table.count or table.count > SAMPLE_LIMIT:
        raise Malformed("时间表与样本数不符")
    steps = _expand(runs, table.count)
    table.ticks = np.cumsum(steps) - steps
    ctts = _pairs(child(stbl, b"ctts"), 2)
    delays = (
        _expand(ctts, table.count).astype(np.int32).astype(np.int64)
    )  # signed in practice, in both versions
    table.delays = np.pad(delays, (0, table.count - len(delays)))


def _expand(runs: Ints, count: int) -> Ints:
    """Steps of the first `count` samples; a run may claim more than there are."""
    before = np.cumsum(runs[:, 0]) - runs[:, 0]
    times = np.clip(count - before, 0, runs[:, 0])
    return np.repeat(runs[:, 1], times)


def _read_places(stbl: bytes, table: Table) -> None:
    stco, co64 = child(stbl, b"stco"), child(stbl, b"co64")
    wide = _array(co64, 8, number(co64, 4), ">u8") if co64 else _pairs(stco, 1)[:, 0]
    chunks = wide.astype(np.int64)
    if not len(chunks) and not table.count:
        return
    per_chunk = _samples_per_chunk(_pairs(child(stbl, b"stsc"), 3), len(chunks))
    if int(per_chunk.sum()) < table.count or (chunks < 0).any():
        raise Malformed("分块表自相矛盾：块里装不下声称的样本")
    ends = np.minimum(np.cumsum(per_chunk), table.count)
    if table.uniform:
        bytes_until = ends * table.uniform
    else:
        bytes_until = np.concatenate([[0], np.cumsum(table.sizes)])[ends]
    table.starts, table.lengths = chunks, np.diff(bytes_until, prepend=0)


def _samples_per_chunk(runs: Ints, chunks: int) -> Ints:
    firsts = runs[:, 0] - 1
    wrong = not len(runs) or firsts[0] != 0 or firsts[-1] >= chunks or (np.diff(firsts) <= 0).any()
    if wrong or (runs[:, 1] <= 0).any():
        raise Malformed("分块表自相矛盾：STSC 与 STCO 对不上")
    return np.repeat(runs[:, 1], np.diff(firsts, append=chunks))


@dataclass(frozen=True, slots=True)
class Defaults:
    """`trex`: what a fragment means where it says nothing."""

    duration: int = 0
    size: int = 0
    flags: int = 0


def read_defaults(moov: bytes) -> dict[int, Defaults]:
    """The defaults of each track, by track number; empty where the film is not fragmented."""
    found = {}
    for kind, payload in children(child(moov, b"mvex")):
        if kind == b"trex":
            found[number(payload, 4)] = Defaults(
                number(payload, 12), number(payload, 16), number(payload, 20)
            )
    return found


@dataclass(slots=True)
class Fragments:
    """Collects the runs of one track over all fragments."""

    defaults: Defaults
    sizes: list[int] = field(default_factory=list)
    steps: list[int] = field(default_factory=list)
    jumps: list[int] = field(default_factory=list)
    delays: list[int] = field(default_factory=list)
    keys: list[bool] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)
    lengths: list[int] = field(default_factory=list)
    first: int | None = None
    elapsed: int = 0

    def table(self) -> Table:
        """The runs as one table."""
        steps = np.array(self.steps, np.int64)
        ticks = np.cumsum(steps) - steps + np.array(self.jumps, np.int64)
        return Table(
            count=len(self.sizes),
            length=self.elapsed,
            sizes=np.array(self.sizes, np.int64),
            ticks=ticks,
            delays=np.array(self.delays, np.int64),
            starts=np.array(self.starts, np.int64),
            lengths=np.array(self.lengths, np.int64),
            keys=np.array(self.keys, np.bool_),
        )


def read_fragments(moofs: list[tuple[int, bytes]], defaults: dict[int, Defaults]) -> dict[int, Table]:
    """One table for each track that has fragments."""
    tracks = {track: Fragments(default) for track, default in defaults.items()}
    for start, moof in moofs:
        for kind, traf in children(moof):
            if kind == b"traf" and (track := tracks.get(number(child(traf, b"tfhd"), 4))):
                _read_traf(traf, start, track)
    return {number_: track.table() for number_, track in tracks.items() if track.sizes}


def _read_traf(traf: bytes, moof_start: int, track: Fragments) -> None:
    tfhd = child(traf, b"tfhd")
    flags, at = number(tfhd, 1, 3), 8
    base, duration, size, sample_flags = (
        moof_start,
        track.defaults.duration,
        track.defaults.size,
        track.defaults.flags,
    )
    if flags & 0x1:
        base, at = number(tfhd, at, 8), at + 8
    at += 4 if flags & 0x2 else 0
    if flags & 0x8:
        duration, at = number(tfhd, at), at + 4
    if flags & 0x10:
        size, at = number(tfhd, at), at + 4
    if flags & 0x20:
        sample_flags = number(tfhd, at)
    usual = Defaults(duration, size, sample_flags)
    jump = _jump(child(traf, b"tfdt"), track)
    for kind, trun in children(traf):
        if kind == b"trun":
            _read_trun(trun, base, usual, jump, track)


def _jump(tfdt: bytes, track: Fragments) -> int:
    """How far the fragment's own time runs ahead of the sum of what came before."""
    if not tfdt:
        return track.jumps[-1] if track.jumps else 0
    said = number(tfdt, 4, 8 if tfdt[0] else 4)
    if track.first is None:
        track.first = said  # a film may begin at any time; that is no gap
    return min(max(said - track.first - track.elapsed, 0), 1 << 50)


def _read_trun(trun: bytes, base: int, usual: Defaults, jump: int, track: Fragments) -> None:
    flags, count, at = number(trun, 1, 3), number(trun, 4), 8
    if count + len(track.sizes) > SAMPLE_LIMIT // 10:
        raise Malformed("片段表声称的样本数超出可信的大小")
    place = base
    if flags & 0x1:
        place, at = base + number(trun, at, signed=True), at + 4
    first_flags = None
    if flags & 0x4:
        first_flags, at = number(trun, at), at + 4
    wide = [bit for bit in (0x100, 0x200, 0x400, 0x800) if flags & bit]
    rows = _array(trun, at, count * len(wide), ">u4").astype(np.int64).reshape(count, len(wide))
    column = {bit: rows[:, index] for index, bit in enumerate(wide)}
    sizes = column.get(0x200, np.full(count, usual.size))
    marks = column.get(0x400, np.full(count, usual.flags)).copy()
    if first_flags is not None and count:
        marks[0] = first_flags
    track.sizes += sizes.tolist()
    steps = column.get(0x100, np.full(count, usual.duration))
    track.steps += steps.tolist()
    track.elapsed += int(steps.sum())
    track.jumps += [jump] * count
    track.delays += column.get(0x800, np.zeros(count, np.int64)).astype(np.int32).tolist()
    track.keys += ((marks & 0x10000) == 0).tolist()
    track.starts.append(place)
    track.lengths.append(int(sizes.sum()))
