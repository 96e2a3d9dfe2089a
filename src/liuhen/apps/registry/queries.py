"""Reading the registry: who, where, under which pack."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q

from liuhen.apps.registry.models import (
    Account,
    Agency,
    AgencySetting,
    LawChange,
    Officer,
    PackInForce,
    Unit,
)
from liuhen.apps.registry.permission import posts_of
from liuhen.apps.registry.policy import ROLES
from liuhen.apps.registry.seats import seats_over
from liuhen.kernel.actors import Actor


@dataclass(frozen=True, slots=True)
class OfficerLabel:
    """A person as pages name him."""

    id: UUID
    name: str
    number: str
    unit: str


def officer(officer_id: UUID) -> Officer | None:
    return Officer.objects.select_related("unit", "agency").filter(pk=officer_id).first()


def officer_by_number(agency: UUID, number: str) -> Officer | None:
    """By 警号 or 工号; leading zeros of a shorter or longer device field do not matter."""
    officers, bare = Officer.objects.filter(agency=agency), number.lstrip("0")
    exact = officers.filter(number=number).first()
    if exact is not None or not bare:
        return exact
    alike = [o for o in officers.filter(number__endswith=bare) if o.number.lstrip("0") == bare]
    return alike[0] if len(alike) == 1 else None  # Two that fit are no answer.


def names_of(officers: Iterable[UUID]) -> dict[UUID, str]:
    """Names for a trail or a list, in one query."""
    return dict(Officer.objects.filter(pk__in=set(officers)).values_list("pk", "name"))


def officers_of(unit: Unit) -> list[OfficerLabel]:
    found = (
        Officer.objects.filter(unit=unit, state=Officer.State.ACTIVE)
        .select_related("unit")
        .order_by("number")
    )
    return [OfficerLabel(o.pk, o.name, o.number, o.unit.name) for o in found]


def roles_of(by: Actor, *, at: datetime) -> list[str]:
    """The titles a person holds now, for the top bar."""
    return sorted({ROLES[post.role] for post in posts_of(by.id, at=at)})


def holders(agency: UUID, role: str, *, at: datetime, path: str = "/") -> list[Officer]:
    """Who may decide as `role` for the unit at `path`, the nearest first: the same seats as an approval's step asks for."""
    return [seat.officer for seat in seats_over(agency, path, role, at=at)]


def packs_in_force(agency: UUID, *, at: datetime) -> list[PackInForce]:
    """Which versions judge what happens at `at`; none before the first activation."""
    return list(
        PackInForce.objects.filter(Q(until__isnull=True) | Q(until__gt=at), agency=agency, since__lte=at)
    )


def packs_to_come(agency: UUID, *, at: datetime) -> list[PackInForce]:
    """Versions whose day has not come yet."""
    return list(PackInForce.objects.filter(agency=agency, since__gt=at).order_by("since"))


def packs_past(agency: UUID, *, at: datetime) -> list[PackInForce]:
    """Versions whose time is over, the last one first."""
    return list(PackInForce.objects.filter(agency=agency, until__lte=at).order_by("-until"))


def newest_pack_row(agency: UUID, key: str) -> PackInForce:
    """The row of a pack's newest adoption."""
    return PackInForce.objects.filter(agency=agency, key=key).order_by("-since")[0]


def setting_history(agency: UUID) -> dict[str, list[AgencySetting]]:
    """Every value ever entered, the newest of each first."""
    found: dict[str, list[AgencySetting]] = {}
    for row in AgencySetting.objects.filter(agency=agency).order_by("-since"):
        found.setdefault(row.key, []).append(row)
    return found


def law_change(change: UUID) -> LawChange | None:
    return LawChange.objects.filter(pk=change).first()


def changes_waiting(agency: UUID) -> list[LawChange]:
    """Changes of the law that were proposed and not carried out, the newest first."""
    return list(LawChange.objects.filter(agency=agency, carried_out_at__isnull=True).order_by("-proposed_at"))


def settings_in_force(agency: UUID, *, at: datetime) -> dict[str, Any]:
    """The agency's own values, the newest of each."""
    rows = AgencySetting.objects.filter(agency=agency, since__lte=at).order_by("since")
    return {row.key: row.value for row in rows}


def agency(agency_id: UUID) -> Agency | None:
    return Agency.objects.filter(pk=agency_id).first()


def account_by_login(login: str) -> Account | None:
    return Account.objects.filter(login=login).select_related("officer__agency").first()


def account_of(officer: UUID) -> Account | None:
    return Account.objects.filter(officer=officer).select_related("officer__unit").first()


def agencies() -> list[Agency]:
    """Every agency of this house, for the door."""
    return list(Agency.objects.order_by("code"))


def colleagues(agency: UUID) -> list[OfficerLabel]:
    """Everybody on duty in an agency, for choosing a person."""
    found = Officer.objects.filter(agency=agency, state=Officer.State.ACTIVE)
    rows = found.select_related("unit").order_by("unit__path", "number")
    return [OfficerLabel(o.pk, o.name, o.number, o.unit.name) for o in rows]


def units_of(agency: UUID) -> list[Unit]:
    return list(Unit.objects.filter(agency=agency).order_by("path"))


def units(keys: Iterable[UUID]) -> list[Unit]:
    """Some units."""
    return list(Unit.objects.filter(pk__in=list(keys)))


def top_of(agency: UUID) -> Unit:
    """The unit everything of the agency stands under."""
    return Unit.objects.select_related("agency").get(agency=agency, parent=None)


def has_one_unit(agency: UUID) -> bool:
    """Whether everybody on duty belongs to one unit, so that no second unit can look on."""
    on_duty = Officer.objects.filter(unit__agency=agency, state=Officer.State.ACTIVE)
    return on_duty.values("unit").distinct().count() < 2
