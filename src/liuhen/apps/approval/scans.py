"""A paper that was scanned in: a PDF, PNG or JPEG of a sane size, as the page sends it. Used wherever a signed paper comes in."""

import base64
import binascii
import hashlib
from dataclasses import dataclass

from liuhen.kernel.errors import Malformed

LARGEST = 4 << 20
_SCANS = {b"%PDF-": "application/pdf", b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg"}


@dataclass(frozen=True, slots=True)
class Scan:
    """What it is and its SHA-256; both empty where nothing was scanned in."""

    type: str
    sha256: str


def scan_in(told: str) -> Scan:
    """What the Base64 holds. Raises `Malformed` for anything but a PDF, PNG or JPEG of a sane size."""
    if not told:
        return Scan("", "")
    try:
        content = base64.b64decode(told, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Malformed("扫描件没有传完整", do="请重新选择文件。") from error
    kind = next((kind for head, kind in _SCANS.items() if content.startswith(head)), "")
    if not kind or len(content) > LARGEST:
        raise Malformed("扫描件应是不大于 4 MB 的 PDF、PNG 或者 JPEG 文件", do="请重新扫描或者压缩后再传。")
    return Scan(kind, hashlib.sha256(content).hexdigest())
