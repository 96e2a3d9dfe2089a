"""Identifiers of rows: 128 bits, time first (UUID version 7), so that indexes grow at one end."""

import os
from datetime import UTC, datetime, timedelta
from uuid import UUID

from liuhen.kernel.clock import now


def new_id(at: datetime | None = None) -> UUID:
    """A new identifier; its first 48 bits are the milliseconds of `at`."""
    milliseconds = int((at or now()).timestamp() * 1000)
    random = int.from_bytes(os.urandom(10), "big")
    value = (milliseconds & (1 << 48) - 1) << 80 | random
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    return UUID(int=value)


def made_at(key: UUID) -> datetime:
    """When an identifier was made, to the millisecond."""
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=key.int >> 80)
