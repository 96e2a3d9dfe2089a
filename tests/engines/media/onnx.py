"""A detector of red squares as an ONNX file, written byte by byte: the format is protobuf, and four operators suffice.

Each cell of a grid is one box; its score is how much redder than green and blue the cell is. No library of models is asked.
"""

import struct
from collections.abc import Iterable, Sequence

CELLS, SIDE = 8, 64  # Eight by eight cells over a picture of 64 by 64.


def _number(value: int) -> bytes:
    found = b""
    while value > 127:
        found, value = found + bytes([value & 127 | 128]), value >> 7
    return found + bytes([value])


def _int(field: int, value: int) -> bytes:
    return _number(field << 3) + _number(value)


def _bytes(field: int, content: bytes | str) -> bytes:
    told = content.encode() if isinstance(content, str) else content
    return _number(field << 3 | 2) + _number(len(told)) + told


def _floats(name: str, shape: Sequence[int], values: Iterable[float]) -> bytes:
    """A tensor of numbers with a name."""
    told = b"".join(_int(1, one) for one in shape) + _int(2, 1) + _bytes(8, name)
    return told + _bytes(9, b"".join(struct.pack("<f", one) for one in values))


def _whole(name: str, values: Sequence[int]) -> bytes:
    return (
        _int(1, len(values))
        + _int(2, 7)
        + _bytes(8, name)
        + _bytes(9, struct.pack(f"<{len(values)}q", *values))
    )


def _node(kind: str, takes: Sequence[str], gives: str, *attributes: bytes) -> bytes:
    told = b"".join(_bytes(1, one) for one in takes) + _bytes(2, gives) + _bytes(4, kind)
    return told + b"".join(_bytes(5, one) for one in attributes)


def _ints(name: str, values: Sequence[int]) -> bytes:
    return _bytes(1, name) + b"".join(_int(8, one) for one in values) + _int(20, 7)


def _one(name: str, value: int) -> bytes:
    return _bytes(1, name) + _int(3, value) + _int(20, 2)


def _value(name: str, shape: Sequence[int]) -> bytes:
    dims = b"".join(_bytes(1, _int(1, one)) for one in shape)
    return _bytes(1, name) + _bytes(2, _bytes(1, _int(1, 1) + _bytes(2, dims)))


def red_squares(*, side: int = SIDE, columns: int = 7) -> bytes:
    """The file. `columns` other than 7 makes one whose answer has a wrong shape."""
    cell, count = side // CELLS, CELLS * CELLS
    area = cell * cell
    weights = [share / area for share in (1.0, -0.5, -0.5) for _ in range(area)]
    places = [
        (x / CELLS, y / CELLS, (x + 1) / CELLS, (y + 1) / CELLS) for y in range(CELLS) for x in range(CELLS)
    ]
    lists = [
        _floats("weights", (1, 3, cell, cell), weights), _whole("row", (1, 1, count, 1)),
        _floats("head", (1, 1, count, 2), [number for _ in places for number in (0.0, 1.0)]),
        _floats("places", (1, 1, count, columns - 3), [number for place in places for number in place[: columns - 3]]),
    ]  # fmt: skip
    nodes = [
        _node("Conv", ("image", "weights"), "heat", _ints("kernel_shape", (cell, cell)), _ints("strides", (cell, cell))),
        _node("Reshape", ("heat", "row"), "score"), _node("Concat", ("head", "score", "places"), "boxes", _one("axis", 3)),
    ]  # fmt: skip
    graph = (
        b"".join(_bytes(1, one) for one in nodes)
        + _bytes(2, "red")
        + b"".join(_bytes(5, one) for one in lists)
    )
    graph += _bytes(11, _value("image", (1, 3, side, side))) + _bytes(
        12, _value("boxes", (1, 1, count, columns))
    )
    return _int(1, 8) + _bytes(7, graph) + _bytes(8, _bytes(1, "") + _int(2, 13))
