"""Tiles of 256 hashes in the form of C2SP tlog-tiles: which tile holds which hash, and under which path."""

WIDTH = 256
HEIGHT = 8


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
    entries, at = list[bytes](), 0
    while at + 2 <= len(bundle):
        end = at + 2 + int.from_bytes(bundle[at : at + 2], "big")
        if end > len(bundle):
            break
        entries.append(bundle[at + 2 : end])
        at = end
    return entries


def _number(index: int) -> str:
    groups = [f"{index % 1000:03d}"]
    while index := index // 1000:
        groups.insert(0, f"x{index % 1000:03d}")
    return "/".join(groups)


def _partial(width: int) -> str:
    return f".p/{width}" if width < WIDTH else ""
