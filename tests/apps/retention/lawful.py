"""What three regulations ask of a recording's keeping, told again by hand from their articles: the oracle of the random histories.

Nothing of the rule engine is used. A term is (rank, end): the ranks in ascending order, and an end for the first of them alone.
"""

from dataclasses import dataclass, field
from datetime import datetime

from tests.civil_code import ZONE, last_day

RANKS = ("until", "undecided", "held", "long_term", "permanent")
Term = tuple[str, datetime | None]


@dataclass(eq=False)
class Case:
    """One case of the model; `closed` is when it was concluded."""

    closed: datetime | None = None


@dataclass(eq=False)
class Activity:
    """One activity of the model."""

    type: str
    flags: set[str]
    case: Case | None


@dataclass(eq=False)
class Footage:
    """One recording of the model: when it ended, what it is linked to now and ever was, until when somebody decided to keep it."""

    ended: datetime
    links: dict[Activity | Case, bool] = field(
        default_factory=dict
    )  # With whether it is evidence there; the oldest first.
    ever: set[object] = field(default_factory=set)
    decided: datetime | None = None

    @property
    def activities(self) -> list[Activity]:
        return [thing for thing in self.links if isinstance(thing, Activity)]

    @property
    def cases(self) -> list[Case]:
        through = [one.case for one in self.activities if one.case]
        return [*through, *(thing for thing in self.links if isinstance(thing, Case))]

    @property
    def type(self) -> str | None:
        return self.activities[0].type if self.activities else None

    @property
    def flags(self) -> set[str]:
        return {flag for one in self.activities for flag in one.flags}

    @property
    def is_evidence(self) -> bool:
        return any(self.links.values())

    @property
    def closed(self) -> datetime | None:
        """When the last of its cases was concluded; None while one is open."""
        ends = [one.closed for one in self.cases]
        known = [end for end in ends if end]
        return max(known) if known and len(known) == len(ends) else None


def months_after(start: datetime, months: int) -> datetime:
    """The same hour of the last day of the period."""
    local = start.astimezone(ZONE)
    return datetime.combine(last_day(local.date(), months), local.timetz())


def term_of(one: Footage, law: str, *, is_held: bool) -> Term:
    """How long it must be kept at least under this law, as things stand."""
    found: list[Term] = [*_house(one), *_LAWS[law](one)]
    if is_held:
        found.append(("held", None))
    return longest(found)


def longest(terms: list[Term]) -> Term:
    rank = max((RANKS.index(rank) for rank, _ in terms), default=1)
    ends = [end for name, end in terms if name == "until" and end]
    return (RANKS[rank], max(ends) if rank == 0 else None)


def _house(one: Footage) -> list[Term]:
    """In every house: nothing of an open case runs out, nor before what somebody decided."""
    open_case: list[Term] = [("undecided", None)] if one.cases and one.closed is None else []
    return [*open_case, *(("until", end) for end in (one.closed, one.decided) if end)]


def _baimiaozi(one: Footage) -> list[Term]:
    found: list[Term] = []
    if one.type is None:  # What it belongs to is not known, so no class of it is.
        found.append(("undecided", None))
    if one.type in ("simple_disposal", "stop_question_check", "daily_inspection"):
        found.append(("until", months_after(one.ended, 3)))
    if one.cases and one.closed:
        found += [("until", months_after(one.ended, 6)), ("until", months_after(one.closed, 3))]
    if one.flags & {"major", "mass"}:
        found.append(("long_term", None))
    if one.type in ("case_handling", "coercive_measure", "other") and not one.cases:
        found.append(("until", months_after(one.ended, 3)) if one.decided else ("undecided", None))
    if "obstruction" in one.flags and not one.decided:
        found.append(("undecided", None))
    return found


def _nandagang(one: Footage) -> list[Term]:
    forever = one.is_evidence or one.flags & {"obstruction", "major", "mass", "complex"}
    return [("permanent", None)] if forever else [("until", months_after(one.ended, 6))]


def _fuzhou(one: Footage) -> list[Term]:
    """Every case of these histories is a penalty."""
    grave = {"obstruction", "refusal_of_inspection", "major", "mass", "complex"}
    forever = (one.is_evidence and one.cases) or one.flags & grave
    return [("permanent", None)] if forever else [("until", months_after(one.ended, 24))]


_LAWS = {"baimiaozi": _baimiaozi, "nandagang": _nandagang, "fuzhou": _fuzhou}
