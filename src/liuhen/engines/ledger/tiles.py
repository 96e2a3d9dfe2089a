"""Tiles of 256 hashes in the form of C2SP tlog-tiles: which tile holds which hash, and under which path."""

import re

WIDTH = 256
HEIGHT = 8
_PATH = re.compile(
    r"tile/(?:entries|[0-9]|[1-5][0-9]|6[0-3])/"
    r"(?:x(?!000)[0-9]{3}/(?:x[0-9]{3}/){0,4})?[0-9]{3}"
    r"(?:\.p/(?:[1-9][0-9]?|1[0-9]{2}|2[0-4][0-9]|25[0-5]))?"
)


def tile_path(level: int, index: int, width: int = WIDTH) -> str:
    """The path of the tile `index` at `level`; a partial one names its width."""
    return f"tile/{level}/{_number(index)}{_partial(width)}"


def entries_path(index: int, width: int = WIDTH) -> str:
    """The path of the bundle that holds the entries of tile `index` at level 0."""
    return f"tile/entries/{_number(index)}{_partial(width)}"


def widths(level: int, size: int) -> tuple[int, int]:
    """How many full tiles a tree of `size` leaves has at `level`, and how wide its partial one is."""
    return divmod(size >> HEIGHT * level, WIDTH)


def pack_entries(entries: list[bytes]) -> bytes:
    """An entry bundle: each entry with its length in two bytes before it."""
    return b"".join(len(entry).to_bytes(2, "big") + entry for entry in entries)


def unpack_entries(bundle: bytes) -> list[bytes]:
    """The entries of a bundle. Bytes that do not make whole entries are left out: the reader then misses one."""
    same = _of_one_length(bundle)
    if same:
        return same
    entries, at = list[bytes](), 0
    while at + 2 <= len(bundle):
        end = at + 2 + int.from_bytes(bundle[at : at + 2], "big")
        if end > len(bundle):
            break
        entries.append(bundle[at + 2 : end])
        at = end
    return entries


def _of_one_length(bundle: bytes) -> list[bytes]:
    """The entries where each is as long as the first, which those of this house are; else none."""
    step = 2 + int.from_bytes(bundle[:2], "big")
    if (
        len(bundle) % step
        or bundle[::step] != bundle[:1] * (len(bundle) // step)
        or bundle[1::step] != bundle[1:2] * (len(bundle) // step)
    ):
        return []
    return [bundle[at + 2 : at + step] for at in range(0, len(bundle), step)]


def partials_of(path: str) -> str:
    """The folder of the partial tiles beside a full one."""
    return f"{path}.p"


def is_tile_path(path: str) -> bool:
    """Whether this is the one way to write the path of some tile or bundle (no leading zeroes, no empty group)."""
    return _PATH.fullmatch(path) is not None


def _number(index: int) -> str:
    groups = [f"{index % 1000:03d}"]
    while index := index // 1000:
        groups.insert(0, f"x{index % 1000:03d}")
    return "/".join(groups)


def _partial(width: int) -> str:
    return f".p/{width}" if width < WIDTH else ""
