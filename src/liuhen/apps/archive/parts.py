"""Keys in two parts, each worthless alone: kept by two people away from the house, brought together to restore.

The private half of the backup's key is never on the house's disk. With it go the keys the house signs and opens with, so that a new
machine can go on under the same name.
"""

import json
import secrets
from collections.abc import Mapping
from typing import Any

from liuhen.kernel.errors import Malformed

FORMAT = "liuhen-key-part-1"
_FORMATS = {FORMAT: 1}


def split(keys: Mapping[str, bytes], *, log: str) -> tuple[str, str]:
    """Two texts; either alone tells nothing but the lengths of the keys."""
    pads = {name: secrets.token_bytes(len(content)) for name, content in keys.items()}
    others = {name: _xor(content, pads[name]) for name, content in keys.items()}
    of = secrets.token_hex(8)
    return _part(1, of, log, pads), _part(2, of, log, others)


def join(one: str, other: str) -> dict[str, bytes]:
    """The keys again. Raises `Malformed` where the two are not the two parts of one."""
    first, second = _read(one), _read(other)
    if first["of"] != second["of"] or {first["part"], second["part"]} != {1, 2}:
        raise Malformed("这不是同一套密钥的两份", do="请由两名保管人各交出自己的一份。")
    try:
        return {
            name: _xor(bytes.fromhex(told), bytes.fromhex(second["keys"][name]))
            for name, told in first["keys"].items()
        }
    except (KeyError, ValueError) as error:
        raise Malformed("密钥文件已损坏", do="请换用保管人手中的另一个副本。") from error


def log_of(part: str) -> str:
    """The name of the log the keys belong to."""
    return str(_read(part)["log"])


def _part(number: int, of: str, log: str, keys: Mapping[str, bytes]) -> str:
    told = {name: content.hex() for name, content in keys.items()}
    return json.dumps({"format": FORMAT, "part": number, "of": of, "log": log, "keys": told}, indent=1) + "\n"


def _read(text: str) -> dict[str, Any]:
    try:
        told: dict[str, Any] = json.loads(text)
        return {
            "format": _FORMATS[told["format"]],
            "keys": dict(told["keys"]),
            "part": told["part"],
            "of": told["of"],
            "log": told["log"],
        }
    except (ValueError, KeyError, TypeError) as error:
        raise Malformed("这不是密钥的一份", do="请给出 liuhen backup keys 写出的文件。") from error


def _xor(one: bytes, other: bytes) -> bytes:
    if len(one) != len(other):
        raise ValueError("长短不一")
    return bytes(a ^ b for a, b in zip(one, other, strict=True))
