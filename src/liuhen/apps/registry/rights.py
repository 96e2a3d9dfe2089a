"""Why a person may do something with a thing, or may not: the same table and posts as `allow`, told instead of enforced."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from liuhen.apps.registry.models import Officer, RoleAssignment
from liuhen.apps.registry.permission import Place, Placed, may, reach_of
from liuhen.apps.registry.policy import POLICY, ROLES
from liuhen.kernel.actors import Actor
from liuhen.kernel.clock import shown

_REACHES = {"own": "本人参加的", "unit": "本机构及下属机构的", "agency": "全机关的"}


@dataclass(frozen=True, slots=True)
class Right:
    """May he, and by which post; or what is lacking."""

    may: bool
    why: str


def right_of(officer: Officer, action: str, *, on: Placed | Place, at: datetime) -> Right:
    """Answers as `allow` would at `at`, without a grant, and says by which appointment."""
    place = on if isinstance(on, Place) else on.place()
    held = _held(officer, at=at)
    if officer.state != Officer.State.ACTIVE:
        return Right(may=False, why=f"{officer.get_state_display()}，没有任何权限")
    if not held:
        return Right(may=False, why="现在没有在任的职务")
    rule = POLICY.get(action, {})
    is_allowed = may(Actor("officer", officer.pk), action, on=place, at=at)
    fitting = [post for post in held if post.role in rule and _over(post, rule[post.role], place, officer.pk)]
    if is_allowed and fitting:
        post = fitting[0]
        return Right(
            may=True,
            why=f"任{ROLES[post.role]}（{post.unit.name}，自 {shown(post.since)}），可以办{_REACHES[rule[post.role]]}",
        )
    near = [post for post in held if post.role in rule]
    if near:
        reach = _REACHES[rule[near[0].role]]
        return Right(
            may=False, why=f"任{ROLES[near[0].role]}（{near[0].unit.name}），只可以办{reach}，这一件不在其中"
        )
    names = "、".join(ROLES[role] for role in ROLES if role in rule)
    return Right(may=False, why=f"所任职务没有这项权限；有的是：{names or '没有哪个职务'}")


def people_visible_to(viewer: Actor, *, at: datetime) -> QuerySet[Officer]:
    """The roll, as far as the viewer may know it."""
    return Officer.objects.select_related("unit", "account").filter(
        reach_of(viewer, "person.view", at=at, officers="pk")
    )


def appointments() -> QuerySet[RoleAssignment]:
    """Every appointment, with its person and unit."""
    return RoleAssignment.objects.select_related("officer__unit", "unit").order_by("since", "pk")


def standing_at(at: datetime) -> Q:
    """Appointments that have not ended at `at`; those that begin later are among them."""
    return Q(until__isnull=True) | Q(until__gt=at)


def _held(officer: Officer, *, at: datetime) -> list[RoleAssignment]:
    return list(officer.roles.filter(standing_at(at), since__lte=at).select_related("unit").order_by("since"))


def _over(post: RoleAssignment, reach: str, place: Place, officer: UUID) -> bool:
    if post.unit.agency_id != place.agency:
        return False
    if reach == "own":
        return officer in place.officers
    return reach == "agency" or place.path.startswith(post.unit.path)
