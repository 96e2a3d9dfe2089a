"""The written form of a line: canonical body, salted commitment, salted digests of fields. See docs/formats/journal.md.

Shared by the pen, by sealing and by verification, so that each says the same.
"""

import base64
import hashlib
from collections.abc import Mapping
from typing import Any

from liuhen.kernel.canonical import canonical

_LINE = b"liuhen-line-v1\n"
_FIELD = b"liuhen-field-v1\n"


def commitment(body: str, salt: str) -> bytes:
    """The log's entry for a line: it binds the body and tells nothing without the salt."""
    return hashlib.sha256(_LINE + bytes.fromhex(salt) + body.encode()).digest()


def field_digests(fields: Mapping[str, Any], salt: str) -> dict[str, str]:
    """A short salted digest for each field, so that a changed row is told by field."""
    salted = _FIELD + bytes.fromhex(salt)
    return {name: _short(salted + name.encode() + b"\0" + canonical(value)) for name, value in fields.items()}


def _short(content: bytes) -> str:
    return base64.b64encode(hashlib.sha256(content).digest()[:12]).decode()
