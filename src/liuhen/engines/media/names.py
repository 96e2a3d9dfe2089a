"""What a recorder's file name says: device, officer, start, sequence, important mark. Pure text.

The patterns are data (`names.toml`). A name that fits none says nothing, and so does one whose figures are no
date: a name is a hint for linking, never evidence of time.
"""

import re
import tomllib
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path

NAME_LIMIT = 255


@dataclass(frozen=True, slots=True)
class NameFacts:
    """Each is None where the name does not say it. `starts_at` is `yyyy-mm-ddThh:mm:ss` on the device's own clock,

    without a zone; `sequence` is opaque text; `important` is the device's mark, not a person's.
    """

    pattern: str | None = None
    device: str | None = None
    officer: str | None = None
    starts_at: str | None = None
    sequence: str | None = None
    important: bool | None = None


@dataclass(frozen=True, slots=True)
class NamePattern:
    """One way of naming, with the example that must fit it."""

    id: str
    example: str
    says: str
    expression: re.Pattern[str]
    time_format: str


def _patterns() -> tuple[NamePattern, ...]:
    rows = tomllib.loads(Path(__file__).with_name("names.toml").read_text("utf-8"))["pattern"]
    return tuple(
        NamePattern(
            row["id"],
            row["example"],
            row["says"],
            re.compile(row["expression"], re.ASCII),
            row["time_format"],
        )
        for row in rows
    )


PATTERNS = _patterns()


@lru_cache(maxsize=1 << 15)  # The names of a month are asked again at each reading.
def parse_file_name(name: str) -> NameFacts:
    """The facts in a file name (without folder); all None for a name of no known form."""
    stem = name[: -len(suffix)] if (suffix := Path(name).suffix) else name
    if len(name) > NAME_LIMIT:
        return NameFacts()
    for pattern in PATTERNS:
        match = pattern.expression.fullmatch(stem)
        starts_at = _time(match["time"], pattern.time_format) if match else None
        if match and starts_at:
            groups = match.groupdict()
            return NameFacts(
                pattern=pattern.id,
                device=groups.get("device"),
                officer=groups.get("officer"),
                starts_at=starts_at,
                sequence=groups.get("sequence"),
                important=groups["important"] is not None,
            )
    return NameFacts()


def _time(text: str, form: str) -> str | None:
    try:
        return datetime.strptime(text, form).isoformat()  # noqa: DTZ007  a device's clock has no zone
    except ValueError:
        return None
