"""Where who decides may sit: in the unit that asks, in a unit above it, or in the unit of the agency that has this function.

A 法制机构 stands beside the units it reviews, not above them. So a post in the unit of a role's own function decides for everything
under the unit which that one belongs to: a branch's for the branch, the agency's for the agency. Everywhere else a post decides for
its own unit and those below it, whatever its role: a legal reviewer among the patrols does not review the neighbours.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from uuid import UUID

from django.db.models import Q

from liuhen.apps.registry.models import Officer, RoleAssignment, Unit

UNIT, LINE, FUNCTION = "unit", "line", "function"
"""The unit itself; it or one above it; the same, or the agency's unit of the role's function."""

FUNCTION_OF: Mapping[str, str] = MappingProxyType(
    {
        "legal_reviewer": Unit.Function.LEGAL,
        "archive_head": Unit.Function.ARCHIVE,
        "archive_clerk": Unit.Function.ARCHIVE,
        "custodian": Unit.Function.ARCHIVE,
        "inspector": Unit.Function.INSPECTORATE,
        "logistics": Unit.Function.LOGISTICS,
        "comms": Unit.Function.COMMS,
        "agency_head": Unit.Function.OFFICE,
    }
)
"""分管领导 is not here: he decides for the units he was put in charge of, and for no others."""


@dataclass(frozen=True, slots=True)
class Seat:
    """A role held now as a chain asks for it: whose, in which unit, and for which part of the house its function makes it decide.

    A `permission.Post` is the same appointment as the table of permissions asks for it, which knows its own reaches.
    """

    officer: Officer
    role: str
    unit: Unit
    wide: str

    def decides_for(self, agency: UUID, path: str, seat: str = "") -> bool:
        """Whether it decides for the unit at `path`, where the chain says `seat`; where it says nothing, by its role."""
        if self.unit.agency_id != agency:
            return False
        rule = seat or seat_of(self.role)
        if rule == UNIT:
            return self.unit.path == path
        return path.startswith(self.wide if rule == FUNCTION else self.unit.path)


def seat_of(role: str) -> str:
    """Where a holder of this role may sit, where nothing else was said."""
    return FUNCTION if role in FUNCTION_OF else LINE


def seats_of(officer: UUID, *, at: datetime) -> list[Seat]:
    """Every seat this person has at `at`; none for whoever is suspended or gone."""
    return _seats(Q(officer=officer), at)


def seats_over(agency: UUID, path: str, role: str, *, seat: str = "", at: datetime) -> list[Seat]:
    """Who may decide in this role for the unit at `path` (`/` is any), the nearest first."""
    held = _seats(Q(unit__agency=agency, role=role), at)
    over = [one for one in held if path == "/" or one.decides_for(agency, path, seat)]
    return sorted(over, key=lambda one: (-len(one.wide), -len(one.unit.path)))


def _seats(whose: Q, at: datetime) -> list[Seat]:
    held = RoleAssignment.objects.filter(
        whose, Q(until__isnull=True) | Q(until__gt=at), since__lte=at, officer__state=Officer.State.ACTIVE
    ).select_related("officer", "unit__parent")
    held = held.order_by("since", "pk")
    return [Seat(post.officer, post.role, post.unit, _wide(post.role, post.unit)) for post in held]


def _wide(role: str, unit: Unit) -> str:
    """The part of the house that the function of a role's unit is for: all under the unit it belongs to."""
    if FUNCTION_OF.get(role) != unit.function or unit.parent is None:
        return unit.path
    above = unit.parent
    while above.parent is not None and above.function == unit.function:  # a section of the 法制机构
        above = above.parent
    return above.path
