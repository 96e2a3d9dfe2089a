"""Changes of the registry: founding an agency, units, officers, roles with dates, accounts, packs in force, settings."""

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db.models import Q

from liuhen.apps.journal.actions import Pen, act
from liuhen.apps.registry.adopting import change_law
from liuhen.apps.registry.law import Change
from liuhen.apps.registry.models import Account, Agency, GivenPassword, Officer, RoleAssignment, Unit
from liuhen.apps.registry.permission import Place, allow
from liuhen.apps.registry.policy import ADMINISTRATORS, ROLES
from liuhen.apps.search.actions import keep
from liuhen.kernel.actors import NOBODY, Actor
from liuhen.kernel.clock import now
from liuhen.kernel.errors import Malformed, Refused


@dataclass(frozen=True, slots=True)
class Person:
    """What is entered of a new officer."""

    name: str
    number: str
    card: str = ""
    card_valid_until: date | None = None


def found_agency(*, by: Actor, name: str, code: str, agency_type: str, at: datetime | None = None) -> Agency:
    """A new agency with its top unit of the same name. Only at the machine itself."""
    agency = Agency(name=name, code=code, agency_type=agency_type)
    allow(by, "agency.found", on=Place(agency.pk, "/"))
    if Agency.objects.filter(code=code).exists():
        raise Refused(f"代码为“{code}”的机关已经建立", do="请换一个代码，或直接使用已有的机关。")
    with act("agency.founded", by=by, at=at, agency=agency.pk) as line:
        agency.save(force_insert=True)
        unit = Unit(agency=agency, name=name, code="0", function=Unit.Function.OFFICE, path=f"/{code}/")
        unit.save(force_insert=True)
        line.about(agency)
        line.about(unit)
    return agency


def add_unit(
    agency: Agency,
    *,
    by: Actor,
    name: str,
    code: str,
    function: str,
    parent: Unit | None = None,
    at: datetime | None = None,
) -> Unit:
    """A unit under `parent`, or under the agency's top unit."""
    above = parent or agency.units.get(parent__isnull=True)
    allow(by, "account.manage", on=Place(agency.pk, above.path))
    if agency.units.filter(code=code).exists():
        raise Refused(f"代码为“{code}”的机构已经有了", do="请换一个代码。")
    unit = Unit(
        agency=agency, parent=above, name=name, code=code, function=function, path=f"{above.path}{code}/"
    )
    with act("unit.added", by=by, at=at, agency=agency.pk) as line:
        unit.save(force_insert=True)
        line.about(unit)
    return unit


def add_officer(unit: Unit, *, by: Actor, person: Person, at: datetime | None = None) -> Officer:
    """Raises `Refused` where the number is taken."""
    allow(by, "account.manage", on=Place(unit.agency_id, unit.path))
    if Officer.objects.filter(agency=unit.agency_id, number=person.number).exists():
        raise Refused(f"警号或工号 {person.number} 已有人使用", do="请核对号码。")
    officer = Officer(
        agency_id=unit.agency_id,
        unit=unit,
        name=person.name,
        number=person.number,
        card=person.card,
        card_valid_until=person.card_valid_until,
    )
    with act("officer.added", by=by, at=at, agency=unit.agency_id) as line:
        officer.save(force_insert=True)
        line.about(officer)
        keep(officer)
    return officer


def appoint(
    officer: Officer, *, by: Actor, role: str, unit: Unit, since: datetime, at: datetime | None = None
) -> RoleAssignment:
    """Give a role. The three administrators are three persons, and none holds any other role (三员分立)."""
    allow(by, "role.appoint", on=Place(unit.agency_id, unit.path))
    if role not in ROLES:
        raise Malformed(f"没有“{role}”这个职务", do=f"可用的有：{'、'.join(ROLES)}。")
    if officer.agency_id != unit.agency_id:
        raise Refused(f"{officer.name}不是本机关人员，不能在本机关任职", do="请先在本机关登记人员。")
    still = Q(until__isnull=True) | Q(until__gt=since)  # An office that ends later is held until then.
    held = set(officer.roles.filter(still).values_list("role", flat=True))
    if (role in ADMINISTRATORS and held - {role}) or (role not in ADMINISTRATORS and held & ADMINISTRATORS):
        raise Refused(
            f"{officer.name}已任{'、'.join(ROLES[r] for r in sorted(held))}，不能兼任{ROLES[role]}",
            do="系统、安全、审计三种管理员须由不同的人担任，且不兼执法职务。",
        )
    assignment = RoleAssignment(officer=officer, unit=unit, role=role, since=since, appointed_by=by.id)
    with act("role.appointed", by=by, at=at, agency=unit.agency_id) as line:
        assignment.save(force_insert=True)
        line.about(assignment)
        line.schedule("unit.judge", unit)
    return assignment


def end_role(assignment: RoleAssignment, *, by: Actor, at: datetime) -> None:
    """End a role; it takes effect on the person's next request."""
    allow(by, "role.appoint", on=Place(assignment.unit.agency_id, assignment.unit.path))
    with act("role.ended", by=by, at=at, agency=assignment.unit.agency_id) as line:
        assignment.until = at
        assignment.save(update_fields=["until"])
        line.about(assignment)
        line.schedule("unit.judge", assignment.unit)


def change_officer(
    officer: Officer,
    *,
    by: Actor,
    person: Person,
    unit: Unit,
    state: str,
    at: datetime | None = None,
) -> None:
    """Correct the roll: another unit, another card, suspended or left. Roles of who is not active end with his next request.

    Raises `Refused` for a unit of another agency, a number that somebody else has, and oneself suspended by oneself.
    """
    allow(by, "account.manage", on=Place(officer.agency_id, officer.unit.path))
    if unit.agency_id != officer.agency_id:
        raise Refused(f"{unit.name}不是本机关的机构", do="请从本机关的机构中选择。")
    taken = Officer.objects.filter(agency=officer.agency_id, number=person.number).exclude(pk=officer.pk)
    if taken.exists():
        raise Refused(f"警号或工号 {person.number} 已有人使用", do="请核对号码。")
    if by.id == officer.pk and state != Officer.State.ACTIVE:
        raise Refused("不能把自己改为离岗或者暂停", do="请由接任的系统管理员办理。")
    new = {
        "name": person.name, "number": person.number, "card": person.card, "card_valid_until": person.card_valid_until,
        "unit": unit, "state": state,
    }  # fmt: skip
    with act("officer.changed", by=by, at=at, agency=officer.agency_id) as line:
        for name, value in new.items():
            setattr(officer, name, value)
        officer.save(update_fields=list(new))
        line.about(officer)
        line.schedule("unit.judge", unit)
        keep(officer)


def open_account(
    officer: Officer, *, by: Actor, login: str, password: str, at: datetime | None = None
) -> Account:
    """Raises `Refused` for a taken name or a password that does not meet the rules."""
    allow(by, "account.manage", on=Place(officer.agency_id, officer.unit.path))
    if Account.objects.filter(login=login).exists():
        raise Refused(f"登录名“{login}”已有人使用", do="请换一个登录名。")
    account = Account(officer=officer, login=login)
    _set_password(account, password)
    with act("account.opened", by=by, at=at, agency=officer.agency_id) as line:
        account.save(force_insert=True)
        line.about(account)
        _note_given(account, line, by=by, at=at)
    return account


def change_password(account: Account, *, by: Actor, password: str, at: datetime | None = None) -> None:
    """One's own, or set anew by the administrator of accounts."""
    if by.id != account.officer_id:
        allow(by, "account.manage", on=Place(account.officer.agency_id, account.officer.unit.path))
    _set_password(account, password)
    with act("account.password-changed", by=by, at=at, agency=account.officer.agency_id) as line:
        account.save(update_fields=["password"])
        line.about(account)
        _note_given(account, line, by=by, at=at)


def _note_given(account: Account, line: Pen, *, by: Actor, at: datetime | None) -> None:
    """What another knows as well is to be changed by the person; what he chose himself ends that."""
    moment = at or now()
    for known in account.given_passwords.filter(replaced_at__isnull=True):
        known.replaced_at = moment
        known.save(update_fields=["replaced_at"])
        line.about(known)
    if by.id != account.officer_id:
        given = GivenPassword(account=account, at=moment)
        given.save(force_insert=True)
        line.about(given)


def close_account(account: Account, *, by: Actor, at: datetime | None = None) -> None:
    """Closed accounts stay; nothing that a person did loses its name."""
    allow(by, "account.manage", on=Place(account.officer.agency_id, account.officer.unit.path))
    with act("account.closed", by=by, at=at, agency=account.officer.agency_id) as line:
        account.is_active = False
        account.save(update_fields=["is_active"])
        line.about(account)


def note_login(account: Account, *, origin: str, succeeded: bool, at: datetime | None = None) -> None:
    """Each log-in, and each failed one on a known account, has its line."""
    verb = "account.logged-in" if succeeded else "account.log-in-failed"
    actor = Actor("officer", account.officer_id, origin)
    with act(verb, by=actor, at=at, agency=account.officer.agency_id) as line:
        line.note(account=account.pk)


def note_proof(account: Account, *, origin: str, at: datetime | None = None) -> None:
    """That a person proved himself once more within a session."""
    with act(
        "account.proved",
        by=Actor("officer", account.officer_id, origin),
        at=at,
        agency=account.officer.agency_id,
    ) as line:
        line.note(account=account.pk)


def note_stranger(*, origin: str, at: datetime | None = None) -> None:
    """A failed log-in under a name nobody has: its line too, so that neither the answer nor its time tells."""
    with act("account.log-in-failed", by=Actor("officer", NOBODY, origin), at=at) as line:
        line.note(account=None)


def note_logout(account: Account, *, origin: str) -> None:
    with act(
        "account.logged-out",
        by=Actor("officer", account.officer_id, origin),
        agency=account.officer.agency_id,
    ) as line:
        line.note(account=account.pk)


def activate_pack(
    agency: Agency,
    *,
    by: Actor,
    key: str,
    version: str,
    digest: str,
    since: datetime,
    at: datetime | None = None,
    packs: Path | None = None,
) -> None:
    """From `since` on the agency is judged by this version. Nothing before it is. See `adopting.change_law`."""
    change = Change(kind="activate", key=key, version=version, digest=digest, since=since)
    change_law(agency, change, by=by, packs=packs, at=at)


def set_value(
    agency: Agency,
    *,
    by: Actor,
    key: str,
    value: Any,
    since: datetime,
    at: datetime | None = None,
    packs: Path | None = None,
) -> None:
    """A value the regulation leaves to the agency. Earlier values stay; the newest one in force counts.

    Raises `Refused` where it would shorten a keeping period: that takes two people (`adopting.propose_change`).
    """
    change = Change(kind="set", key=key, value=str(value), since=since)
    change_law(agency, change, by=by, packs=packs, at=at)


def _set_password(account: Account, password: str) -> None:
    try:
        validate_password(password)
    except ValidationError as error:
        raise Refused(
            "密码不合要求：" + "；".join(error.messages), do="请换一个不少于 12 位的密码。"
        ) from error
    account.set_password(password)
