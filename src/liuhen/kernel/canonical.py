"""Canonical bytes of values: RFC 8785 JSON. The one form in which anything is hashed or signed."""

import json
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID

import rfc8785

from liuhen.kernel.clock import as_utc_text
from liuhen.kernel.errors import Malformed

_TEXT = json.JSONEncoder(ensure_ascii=False).encode
_SORTED = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode
_EXACT = 2**53  # Beyond it a number of JSON is not every whole number.


def canonical(value: Any) -> bytes:
    """RFC 8785 bytes of `value`. Times become UTC text, ids and decimals text.

    Raises `Malformed` for a value that has no canonical form (NaN, a naive time, a set, half a surrogate pair).
    """
    if (
        type(value) is UUID
    ):  # Most of what is digested are single short words: the standard library writes them alike, much faster.
        return b'"%b"' % str(value).encode()
    if value is None:
        return b"null"
    try:
        if type(value) is str:
            return _TEXT(value).encode()
        told = plain(value)
        return _SORTED(told).encode() if _is_common(told) else rfc8785.dumps(told)
    except (rfc8785.CanonicalizationError, UnicodeEncodeError) as error:
        raise Malformed(f"此值没有规范表示：{error}") from error


def _is_common(told: Any) -> bool:
    """Whether the standard library writes it as RFC 8785 wants: no fractions, no number too large, keys whose order is the same in any coding."""
    kind = type(told)
    if kind is str or told is None or kind is bool:
        return True
    if kind is int:
        return bool(-_EXACT < told < _EXACT)
    if kind is dict:
        return all(key.isascii() and _is_common(entry) for key, entry in told.items())
    return kind is list and all(map(_is_common, told))


def plain(value: Any) -> Any:  # noqa: PLR0911  one line a kind of value
    """`value` as JSON's own kinds."""
    if value is None or isinstance(value, str | bool | int | float):
        return value.value if isinstance(value, Enum) else value
    if isinstance(value, Enum):
        return plain(value.value)
    if isinstance(value, datetime):
        return as_utc_text(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, UUID | Decimal):
        return str(value)
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, Mapping):
        told = {str(k): plain(v) for k, v in value.items()}
        if len(told) != len(value):
            raise Malformed("此值没有规范表示：两个键写出来相同")
        return told
    if isinstance(value, list | tuple):
        return [plain(v) for v in value]
    raise Malformed(f"此值没有规范表示：{type(value).__name__}")
