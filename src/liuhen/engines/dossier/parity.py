"""Repair data behind a disc image: what a scratch takes away is worked out again from what is left (docs/formats/disc.md).

The sectors of the image are laid in 64 layers of equal length; over each column of 64 stand eight sectors of a Cauchy code in GF(2^8). Any
eight layers of a column may be lost, wherever they lie; so a scratch may run over an eighth of the disc in one stretch. A table of CRC-32 tells
which sectors are bad. Header and table stand three times, far apart. The image before it is a plain ISO 9660 that needs none of this.
"""

import hashlib
import json
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO, cast

import numpy as np

from liuhen.kernel.canonical import canonical
from liuhen.kernel.errors import Tampered

SECTOR = 2048
_LAYERS, _PARITY = 64, 8
_MAGIC = b"LIUHEN-PARITY-1\n"
_COLUMNS = 64
_RUN = 512


@dataclass(frozen=True, slots=True)
class Mended:
    """How many sectors of the image and its repair data were bad. `sha256` is that of the image without the repair data, as it is now."""

    bad: int
    sectors: int
    sha256: str


def _tables() -> tuple[list[int], list[int]]:
    power, log, value = [0] * 510, [0] * 256, 1
    for at in range(255):
        power[at] = power[at + 255] = value
        log[value] = at
        value = value << 1 ^ (0x11D if value & 0x80 else 0)
    return power, log


_POWER, _LOG = _tables()


def _times(one: int, other: int) -> int:
    return _POWER[_LOG[one] + _LOG[other]] if one and other else 0


def _inverse(one: int) -> int:
    return _POWER[255 - _LOG[one]]


def _factor(row: int, layer: int) -> int:
    """What a byte of `layer` counts in parity row `row`: Cauchy, so that any eight rows and layers can be solved."""
    return _inverse(row ^ (_PARITY + layer))


def _rows_of(layer: int) -> Any:
    """For each byte of `layer`, its share in all eight parity rows at once: one word of eight bytes."""
    words = [[_times(_factor(row, layer), byte) for row in range(_PARITY)] for byte in range(256)]
    return np.array(words, dtype=np.uint8).view(np.uint64).reshape(256)


_WORDS = [_rows_of(layer) for layer in range(_LAYERS)]


def add_parity(file: BinaryIO) -> int:
    """Append the repair data to the image in `file`, filling it to whole sectors first. Returns how many bytes the repair data have."""
    size = file.seek(0, 2)
    file.write(bytes(-size % SECTOR))
    sectors = -(-size // SECTOR)
    digest, checks = hashlib.sha256(), []
    file.seek(0)
    while piece := file.read(SECTOR * _RUN):
        digest.update(piece)
        checks += [zlib.crc32(one) for one in _each(piece)]
    columns = -(-sectors // _LAYERS)
    rows = [bytearray() for _ in range(_PARITY)]
    for first in range(0, columns, _COLUMNS):
        count = min(_COLUMNS, columns - first)
        made = _shares(file, sectors, columns, first, count).view(np.uint8).reshape(-1, _PARITY)
        for row in range(_PARITY):
            rows[row] += made[:, row].tobytes()
    for held in rows:
        checks += [zlib.crc32(one) for one in _each(bytes(held))]
    table = np.array(checks, dtype="<u4").tobytes()
    told = {"layers": _LAYERS, "parity": _PARITY, "sectors": sectors, "sha256": digest.hexdigest(), "table": hashlib.sha256(table).hexdigest()}  # fmt: skip
    guard = _header(told) + table + bytes(-len(table) % SECTOR)
    half = _PARITY // 2
    file.seek(0, 2)
    file.writelines((guard, *rows[:half], guard, *rows[half:], guard))
    return file.tell() - sectors * SECTOR


def mend(file: BinaryIO) -> Mended:
    """Repair the image in `file` in place, its repair data too. Raises `Tampered` where more is bad than can be worked out again."""
    told, table = _guard_of(file)
    sectors, columns = told["sectors"], -(-told["sectors"] // _LAYERS)
    guard = SECTOR + len(table) + -len(table) % SECTOR
    checks = np.frombuffer(table, dtype="<u4")
    starts = [_row_at(sectors, columns, guard, row) for row in range(_PARITY)]
    bad = _bad(file, 0, checks[:sectors])
    lost = [
        _bad(file, start, checks[sectors + row * columns :][:columns]) for row, start in enumerate(starts)
    ]
    by_column: dict[int, list[int]] = {}
    for one in bad:
        by_column.setdefault(one % columns, []).append(one // columns)
    for column, layers in by_column.items():
        rows = [row for row in range(_PARITY) if column not in lost[row]][: len(layers)]
        if len(rows) < len(layers):
            raise Tampered(f"光盘损坏过多：第 {column + layers[0] * columns} 扇区一带无法由修复数据恢复")
        _solve(file, sectors, columns, column, layers, {row: starts[row] for row in rows})
    file.truncate(sectors * SECTOR)
    add_parity(file)
    digest = _sha256(file, sectors)
    if digest != told["sha256"]:
        raise Tampered("光盘映像的每个扇区都与校验表相符，合起来却不是刻录的那一份")
    return Mended(len(bad) + sum(len(one) for one in lost), sectors, digest)


def _sha256(file: BinaryIO, sectors: int) -> str:
    digest, left = hashlib.sha256(), sectors
    file.seek(0)
    while left:
        run = min(left, _RUN)
        digest.update(file.read(run * SECTOR))
        left -= run
    return digest.hexdigest()


def _row_at(sectors: int, columns: int, guard: int, row: int) -> int:
    return sectors * SECTOR + guard * (1 if row < _PARITY // 2 else 2) + row * columns * SECTOR


def _each(piece: bytes) -> Iterator[bytes]:
    return (piece[at : at + SECTOR] for at in range(0, len(piece), SECTOR))


def _header(told: dict[str, Any]) -> bytes:
    text = _MAGIC + canonical(told) + b"\n"
    return (text + hashlib.sha256(text).hexdigest().encode() + b"\n").ljust(SECTOR, b"\0")


def _guard_of(file: BinaryIO) -> tuple[dict[str, Any], bytes]:
    """The first header with its table of which nothing is damaged, wherever it stands."""
    file.seek(0)
    at = 0
    while piece := file.read(SECTOR * _RUN):
        found = piece.find(_MAGIC)
        while found >= 0:
            told = _told(piece[found - found % SECTOR :][:SECTOR]) if found % SECTOR == 0 else None
            if told is not None and (at + found) // SECTOR in _header_places(told["sectors"]):
                file.seek(at + found + SECTOR)
                table = file.read(_table_size(told["sectors"]))
                if hashlib.sha256(table).hexdigest() == told["table"]:
                    return told, table
            found = piece.find(_MAGIC, found + 1)
        at += len(piece)
        file.seek(at)
    raise Tampered("没有修复数据，或者三处校验表都已损坏")


def _table_size(sectors: int) -> int:
    return 4 * (sectors + _PARITY * -(-sectors // _LAYERS))


def _header_places(sectors: int) -> tuple[int, int, int]:
    """In which sectors the headers of an image stand: one elsewhere is that of an image within the image."""
    rows, guard = _PARITY // 2 * -(-sectors // _LAYERS), 1 + -(-_table_size(sectors) // SECTOR)
    return sectors, sectors + guard + rows, sectors + 2 * (guard + rows)


def _told(sector: bytes) -> dict[str, Any] | None:
    """What a header says. Bytes that only look like one (an original may hold anything) are none, for they do not bear their own digest."""
    lines = sector.split(b"\n")
    if len(lines) < 4 or hashlib.sha256(b"\n".join(lines[:2]) + b"\n").hexdigest().encode() != lines[2]:
        return None
    return cast("dict[str, Any]", json.loads(lines[1]))


def _bad(file: BinaryIO, start: int, checks: Any) -> list[int]:
    """Which sectors from `start` on are not what the table says."""
    file.seek(start)
    found, at = [], 0
    while at < len(checks):
        run = min(_RUN, len(checks) - at)
        piece = file.read(run * SECTOR).ljust(run * SECTOR, b"\0")
        found += [at + turn for turn, one in enumerate(_each(piece)) if zlib.crc32(one) != checks[at + turn]]
        at += run
    return found


def _shares(
    file: BinaryIO, sectors: int, columns: int, first: int, count: int, without: Sequence[int] = ()
) -> Any:
    """The eight parity rows of `count` columns, byte by byte in one word, over all layers but those `without`."""
    held = np.zeros(count * SECTOR, dtype=np.uint64)
    for layer in range(_LAYERS):
        at = layer * columns + first
        there = max(0, min(count, sectors - at)) if layer not in without else 0
        if there:
            file.seek(at * SECTOR)
            held[: there * SECTOR] ^= _WORDS[layer][np.frombuffer(file.read(there * SECTOR), dtype=np.uint8)]
    return held


def _solve(
    file: BinaryIO, sectors: int, columns: int, column: int, layers: list[int], rows: dict[int, int]
) -> None:
    """Work out the sectors of `layers` in `column` from the layers that are whole and the parity `rows`."""
    known = _shares(file, sectors, columns, column, 1, layers).view(np.uint8).reshape(SECTOR, _PARITY)
    wanted = []
    for row, start in rows.items():
        file.seek(start + column * SECTOR)
        wanted.append(np.frombuffer(file.read(SECTOR), dtype=np.uint8) ^ known[:, row])
    matrix = _inverted([[_factor(row, layer) for layer in layers] for row in rows])
    for layer, factors in zip(layers, matrix, strict=True):
        made = np.zeros(SECTOR, dtype=np.uint8)
        for factor, part in zip(factors, wanted, strict=True):
            made ^= np.array([_times(factor, byte) for byte in range(256)], dtype=np.uint8)[part]
        file.seek((layer * columns + column) * SECTOR)
        file.write(made.tobytes())


def _inverted(matrix: list[list[int]]) -> list[list[int]]:
    """Gauss and Jordan in GF(2^8). The first entry of what is left is never nothing: every minor of a Cauchy matrix can be solved."""
    size = len(matrix)
    rows = [row + [int(at == turn) for at in range(size)] for turn, row in enumerate(matrix)]
    for turn in range(size):
        lead = _inverse(rows[turn][turn])
        rows[turn] = [_times(lead, one) for one in rows[turn]]
        for other in range(size):
            factor = rows[other][turn]
            if other != turn:
                rows[other] = [
                    one ^ _times(factor, own) for one, own in zip(rows[other], rows[turn], strict=True)
                ]
    return [row[size:] for row in rows]
