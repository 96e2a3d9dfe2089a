"""`allow`: person x action x thing, decided in one function; `reach_of`: the same for lists, as a filter in the query.

A refusal has its own line in the journal. What may not be seen is answered as if it were not there: the interfaces
turn this room's refusal for an unseen thing into “没有这一项”.
"""

import functools
import operator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from liuhen.apps.journal.actions import act
from liuhen.apps.registry.models import Officer, RoleAssignment, Unit
from liuhen.apps.registry.places import Place as Place  # noqa: PLC0414  given on to every room
from liuhen.apps.registry.places import Placed as Placed  # noqa: PLC0414
from liuhen.apps.registry.policy import POLICY, WITHOUT_OFFICER, Reach
from liuhen.apps.search.words import Reader, Scope
from liuhen.kernel.actors import Actor
from liuhen.kernel.clock import now
from liuhen.kernel.errors import Refused
from liuhen.kernel.grants import Grant

KNOW = "recording.know"
"""To know, by one's post, that a recording exists of which a mark narrows who may."""


@dataclass(frozen=True, slots=True)
class Post:
    """A role held now: what, and over which part of the house."""

    role: str
    agency: UUID
    path: str


def posts_of(officer: UUID, *, at: datetime) -> list[Post]:
    """Roles in force at `at`. A suspended or departed officer holds none."""
    held = RoleAssignment.objects.filter(
        Q(until__isnull=True) | Q(until__gt=at),
        officer=officer,
        since__lte=at,
        officer__state=Officer.State.ACTIVE,
    ).select_related("unit")
    return [Post(p.role, p.unit.agency_id, p.unit.path) for p in held]


def allow(
    by: Actor, action: str, *, on: Placed | Place, at: datetime | None = None, grant: Grant | None = None
) -> None:
    """Return where `by` may do `action` on `on`; else write the refusal into the journal and raise `Refused`."""
    moment = at or now()
    place = on if isinstance(on, Place) else on.place()
    if may(by, action, on=place, at=moment, grant=grant):
        return
    note_refused(by, action, on=place, at=moment)
    raise Refused("您没有办理此事的权限", do="如工作需要，请向本部门负责人申请，或请有权限的同事办理。")


def note_refused(by: Actor, action: str, *, on: Place, at: datetime) -> None:
    """Somebody tried what he may not, or asked for what is withheld from him: that has its line."""
    with act("permission.refused", by=by, at=at, agency=on.agency) as line:
        line.note(action=action, thing=on.thing)


def may(by: Actor, action: str, *, on: Place, at: datetime, grant: Grant | None = None) -> bool:
    """The same question without a line: for a page that asks which buttons to show."""
    if by.kind != "officer":
        return action in WITHOUT_OFFICER.get(by.kind, frozenset())
    rule = POLICY.get(action, {})
    if any(_reaches(rule.get(post.role), post, by.id, on) for post in posts_of(by.id, at=at)):
        return True
    return bool(grant and on.thing and grant.covers(holder=by.id, action=action, thing=on.thing, at=at))


def _reaches(reach: Reach | None, post: Post, officer: UUID, place: Place) -> bool:
    if reach is None or post.agency != place.agency:
        return False
    if reach == "own":
        return officer in place.officers
    return reach == "agency" or place.path.startswith(post.path)


def reach_of(by: Actor, action: str, *, at: datetime, officers: str = "officer", through: str = "") -> Q:
    """A filter for lists: only rows on which `by` may do `action`. `officers` names the column of who takes part.

    It speaks of the row's own agency and unit, never of joined tables, so that a list of a million rows is read along
    its index. A small table about few of them names its way to their rows: `through="recording__"`.
    """
    if by.kind != "officer":
        return Q(pk__in=[]) if action not in WITHOUT_OFFICER.get(by.kind, frozenset()) else Q()
    rule = POLICY.get(action, {})
    held = [(rule.get(post.role), post) for post in posts_of(by.id, at=at)]
    whole = {post.agency for reach, post in held if reach == "agency"}
    units = {(post.agency, post.path) for reach, post in held if reach == "unit" and post.agency not in whole}
    own = {post.agency for reach, post in held if reach == "own" and post.agency not in whole}
    seen = [
        *(Q(**{f"{through}agency": agency}) for agency in whole),
        *_within(units, through),
        *(Q(**{f"{through}{officers}": by.id, f"{through}agency": a}) for a in own),
    ]
    return functools.reduce(operator.or_, seen) if seen else Q(pk__in=[])


def _within(places: set[tuple[UUID, str]], through: str) -> list[Q]:
    """Rows of these units and those below them. One unit of one agency is the rule, and is asked for as plainly."""
    units: dict[UUID, list[UUID]] = {}
    for agency, path in places:
        below = Unit.objects.filter(agency=agency, path__startswith=path).values_list("pk", flat=True)
        units.setdefault(agency, []).extend(below)
    return [
        Q(**{f"{through}unit": below[0]})
        if len(below) == 1
        else Q(**{f"{through}agency": agency, f"{through}unit__in": set(below)})
        for agency, below in units.items()
    ]


def reader_of(by: Actor, action: str, *, at: datetime) -> Reader:
    """The same filter as `reach_of` for the index, which has agency, path and officers in columns of its own."""
    posts = posts_of(by.id, at=at) if by.kind == "officer" else []
    return Reader(by.id, _scopes(by, action, posts), _scopes(by, KNOW, posts))


def _scopes(by: Actor, action: str, posts: list[Post]) -> tuple[Scope, ...]:
    rule, found = POLICY.get(action, {}), []
    for post in posts:
        reach = rule.get(post.role)
        if reach == "own":
            found.append(Scope(post.agency, officer=by.id))
        elif reach:
            found.append(Scope(post.agency, path=post.path if reach == "unit" else ""))
    return tuple(found)


def actions_of(by: Actor, *, at: datetime) -> frozenset[str]:
    """Every action `by` may do on something: which pages exist for this person."""
    roles = {post.role for post in posts_of(by.id, at=at)}
    return frozenset(action for action, rule in POLICY.items() if roles & rule.keys())
