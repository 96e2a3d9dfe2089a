"""What the station refused, kept until the house has heard of it: an unknown server, another way out, a medium that is not ours.

The same thing seen again within the hour is one report; reports are few and small, and wait in the station's own folder.
"""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from liuhen.kernel.clock import as_utc_text, from_text, now
from liuhen.station.memory import Memory

UNKNOWN_SERVER, OTHER_NETWORK, FOREIGN_MEDIUM = "unknown_server", "other_network", "foreign_medium"
_AGAIN = timedelta(hours=1)
_MOST = 200


class Reports:
    """The reports of one station."""

    def __init__(self, folder: Path) -> None:
        self._waiting = Memory(folder, "reports")
        self._seen = Memory(folder, "reported")

    def add(self, what: str, detail: str, *, at: datetime | None = None) -> None:
        """Keep it, unless the same was kept within the hour."""
        moment, key = at or now(), f"{what}|{detail}"
        last = self._seen.recall(key).get("at")
        if last is not None and moment - from_text(last) < _AGAIN:
            return
        self._waiting.keep(
            f"{as_utc_text(moment)}|{key}", what=what, detail=detail[:300], noticed_at=as_utc_text(moment)
        )
        self._seen.keep(key, at=as_utc_text(moment))

    def waiting(self) -> list[dict[str, Any]]:
        """What the house has not heard, the oldest first."""
        found = [entry for _key, entry in self._waiting.entries()]
        return sorted(found, key=lambda entry: str(entry["noticed_at"]))[:_MOST]

    def forget(self, told: list[dict[str, Any]]) -> None:
        for entry in told:
            self._waiting.forget(str(entry["key"]))
