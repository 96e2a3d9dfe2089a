"""What a body recorder says of itself: the identity block of 89 bytes in GBK that recorders of this country carry.

Serial 7, officer number 6, officer name 32, unit number 12, unit name 32 bytes, each padded. Only serial and officer number
are always there. What cannot be read is empty, never guessed.
"""

from dataclasses import dataclass

from liuhen.kernel.errors import Malformed

_FIELDS = (("serial", 0, 7), ("officer", 7, 6), ("name", 13, 32), ("unit", 45, 12), ("unit_name", 57, 32))
LENGTH = 89


@dataclass(frozen=True, slots=True)
class Identity:
    """The device and who carries it, in its own words."""

    serial: str = ""
    officer: str = ""
    name: str = ""
    unit: str = ""
    unit_name: str = ""


def parse_identity(block: bytes) -> Identity:
    """Read a block. Raises `Malformed` for another length; bytes that are no GBK are kept readable."""
    if len(block) != LENGTH:
        raise Malformed(f"设备身份信息应为 {LENGTH} 字节，收到 {len(block)} 字节")
    return Identity(**{name: _text(block[start : start + length]) for name, start, length in _FIELDS})


def identity_block(identity: Identity) -> bytes:
    """The block of an identity. Raises `Malformed` for a field that is too long or has no GBK form."""
    block = b""
    for name, _start, length in _FIELDS:
        try:
            raw = str(getattr(identity, name)).encode("gbk")
        except UnicodeEncodeError as error:
            raise Malformed(f"“{getattr(identity, name)}”没有 GBK 编码") from error
        if len(raw) > length:
            raise Malformed(f"{name} 超过 {length} 字节")
        block += raw.ljust(length, b"\0")
    return block


def _text(raw: bytes) -> str:
    return raw.split(b"\0", 1)[0].decode("gbk", errors="backslashreplace").strip()
