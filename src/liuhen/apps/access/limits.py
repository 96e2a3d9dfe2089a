"""From how much on a day of looks is told: a value of the settings, without tables, so that the office can hold it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class BulkLimit:
    """How much of one person's day is told: originals, and their bytes. 0: never by that."""

    count: int = 20
    size: int = 20 * 10**9

    def level(self, count: int, size: int) -> int:
        """How many times over the limit this is."""
        by_count = count // self.count if self.count else 0
        by_size = size // self.size if self.size else 0
        return max(by_count, by_size)


USUAL = BulkLimit()
