"""Routes of people: the roll and accounts (系统管理员), posts (安全管理员), and why somebody may see something."""

from datetime import date, timedelta
from typing import Annotated, Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import Query
from pydantic import StringConstraints

from liuhen.apps.registry import actions, factors, rights
from liuhen.apps.registry import queries as registry
from liuhen.apps.registry.models import Account, Officer, RoleAssignment, Unit
from liuhen.apps.registry.passwords import new_password
from liuhen.apps.registry.policy import ROLES
from liuhen.interfaces.api import fields, pages_people
from liuhen.interfaces.api.answers import Gone, WrongFields
from liuhen.interfaces.api.device_care import Blank
from liuhen.interfaces.api.gate import Asking, Routes, asked, require_fresh
from liuhen.interfaces.api.lists import Line, ListAsked, Moment, Told, Word
from liuhen.interfaces.api.rail import done
from liuhen.interfaces.api.shapes import Done, Form, Listing, Option
from liuhen.interfaces.api.shapes_people import PersonPage, PersonRow, PostsPage, RightsPage

routes = Routes("人员")
Name = Annotated[Line, StringConstraints(min_length=1, max_length=50)]
Number = Annotated[Line, StringConstraints(min_length=1, max_length=20)]
Card = Annotated[Line, StringConstraints(max_length=40)]


class NewPerson(Told):
    name: Name
    number: Number
    unit: UUID
    card: Card | None = None
    card_valid_until: Annotated[date | None, Blank] = None


class ChangedPerson(NewPerson):
    state: Literal["active", "suspended", "left"]


class NewUnit(Told):
    name: Annotated[Line, StringConstraints(min_length=1, max_length=100)]
    code: Annotated[Line, StringConstraints(pattern=r"^[A-Za-z0-9-]{1,20}$", max_length=20)]
    function: Literal["case", "legal", "inspectorate", "logistics", "archive", "comms", "office"]
    parent: UUID


class NewAccount(Told):
    login: Annotated[Line, StringConstraints(pattern=r"^[A-Za-z0-9._-]{2,50}$", max_length=50)]


class NewPost(Told):
    role: Word
    unit: UUID
    since: Moment | None = None


class Nothing(Told):
    """An act that needs nothing more said."""


class RightAsked(Told):
    officer: UUID
    number: Annotated[Line, StringConstraints(min_length=1, max_length=60)]


@routes.get("/people", policy="person.view", response=Listing[PersonRow])
def people(request: HttpRequest, listed: Query[ListAsked]) -> Listing[PersonRow]:
    return pages_people.people(asked(request), listed)


@routes.get("/people/{uuid:person}", policy="person.view", response=PersonPage)
def person_page(request: HttpRequest, person: UUID) -> PersonPage:
    asking = asked(request)
    return pages_people.person(asking, _person(asking, person))


@routes.get("/posts", policy="person.view", response=PostsPage)
def posts_page(request: HttpRequest) -> PostsPage:
    return pages_people.posts(asked(request))


# ── 名册：系统管理员 ──────────────────────────────────────


@routes.get("/forms/person", policy="account.manage", response=Form)
def person_form(request: HttpRequest) -> Form:
    asking = asked(request)
    return Form(
        title="登记人员", submit="登记", url="/people", intro="登记之后再开通账号；职务由安全管理员任命。",
        fields=_person_fields(asking, None),
    )  # fmt: skip


@routes.post("/people", policy="account.manage", response=Done)
def add_person(request: HttpRequest, told: NewPerson) -> Done:
    asking = asked(request)
    row = actions.add_officer(_unit(asking, told.unit), by=asking.by, person=_told(told), at=asking.at)
    return done(f"已登记 {row.name}", about=row.pk, to=f"/people/{row.pk}")


@routes.get("/people/{uuid:person}/change", policy="account.manage", response=Form)
def change_form(request: HttpRequest, person: UUID) -> Form:
    asking = asked(request)
    row = _person(asking, person)
    return Form(
        title=f"更正 {row.name}", submit="更正", url=f"/people/{person}/change",
        intro="调到别的机构、换证、暂停执法或者离岗。暂停和离岗的人下一次请求起就没有权限。旧的值仍在存证里。",
        fields=[*_person_fields(asking, row), fields.select("state", "状态", fields.options(dict(Officer.State.choices)), value=row.state)],
    )  # fmt: skip


@routes.post("/people/{uuid:person}/change", policy="account.manage", response=Done)
def change_person(request: HttpRequest, person: UUID, told: ChangedPerson) -> Done:
    asking = asked(request)
    row = _person(asking, person)
    actions.change_officer(
        row, by=asking.by, person=_told(told), unit=_unit(asking, told.unit), state=told.state, at=asking.at
    )
    return done("已更正", about=row.pk)


@routes.get("/forms/unit", policy="account.manage", response=Form)
def unit_form(request: HttpRequest) -> Form:
    asking = asked(request)
    return Form(
        title="设立机构", submit="设立", url="/units", intro="机构是权限的边界：部门负责人看得到本机构和下属机构的。代码一经设立不能更改。",
        fields=[
            fields.text("name", "名称"), fields.text("code", "代码", hint="字母、数字、短横，如 ZF2；编号里会用到。"),
            fields.select("function", "职能", fields.options(dict(Unit.Function.choices))),
            fields.select("parent", "上级机构", _units(asking)),
        ],
    )  # fmt: skip


@routes.post("/units", policy="account.manage", response=Done)
def add_unit(request: HttpRequest, told: NewUnit) -> Done:
    asking = asked(request)
    row = actions.add_unit(
        asking.officer.agency, by=asking.by, name=told.name, code=told.code, function=told.function,
        parent=_unit(asking, told.parent, field="parent"), at=asking.at,
    )  # fmt: skip
    return done(f"已设立 {row.name}", about=row.pk)


@routes.get("/people/{uuid:person}/account", policy="account.manage", response=Form)
def account_form(request: HttpRequest, person: UUID) -> Form:
    row = _person(asked(request), person)
    return Form(
        title=f"为 {row.name} 开通账号", submit="开通", url=f"/people/{person}/accounts", intro="口令由系统给出，只显示一次，请当面交给本人。",
        fields=[fields.text("login", "登录名", hint="字母、数字、点、横线，2 到 50 个。")],
    )  # fmt: skip


@routes.post("/people/{uuid:person}/accounts", policy="account.manage", response=Done)
def open_account(request: HttpRequest, person: UUID, told: NewAccount) -> Done:
    asking = asked(request)
    row, password = _person(asking, person), new_password()
    if registry.account_of(row.pk) is not None:
        raise WrongFields(f"{row.name} 已有账号", {"login": "一个人一个账号。"})
    account = actions.open_account(row, by=asking.by, login=told.login, password=password, at=asking.at)
    return done("账号已开通", about=account.pk).model_copy(update={"once": password})


@routes.post("/people/{uuid:person}/account/password", policy="account.manage", response=Done)
def reset_password(request: HttpRequest, person: UUID, told: Nothing) -> Done:
    asking = asked(request)
    require_fresh(request)
    account, password = _account(asking, person), new_password()
    actions.change_password(account, by=asking.by, password=password, at=asking.at)
    return done("口令已重置", about=account.pk).model_copy(update={"once": password})


@routes.post("/people/{uuid:person}/account/end", policy="account.manage", response=Done)
def close_account(request: HttpRequest, person: UUID, told: Nothing) -> Done:
    asking = asked(request)
    account = _account(asking, person)
    actions.close_account(account, by=asking.by, at=asking.at)
    return done("账号已停用", about=account.pk)


@routes.post("/people/{uuid:person}/account/factor/end", policy="role.appoint", response=Done)
def end_factor(request: HttpRequest, person: UUID, told: Nothing) -> Done:
    asking = asked(request)
    require_fresh(request)
    account = _account(asking, person)
    factors.reset(account, by=asking.by, at=asking.at)
    return done("第二要素已解除", about=account.pk)


# ── 职务：安全管理员 ──────────────────────────────────────


@routes.get("/people/{uuid:person}/post", policy="role.appoint", response=Form)
def post_form(request: HttpRequest, person: UUID) -> Form:
    asking = asked(request)
    row = _person(asking, person)
    return Form(
        title=f"任命 {row.name}", submit="任命", url=f"/people/{person}/posts",
        intro="权限随职务和机构而来；系统、安全、审计三种管理员由不同的人担任，且不兼执法职务。",
        fields=[
            fields.select("role", "职务", fields.options(dict(ROLES))),
            fields.select("unit", "机构", _units(asking), value=str(row.unit_id), hint="权限及于这个机构和它的下属机构。"),
            fields.moment("since", "自", required=False, hint="留空为即时；可以写以后的时间，不能写已过去的。"),
        ],
    )  # fmt: skip


@routes.post("/people/{uuid:person}/posts", policy="role.appoint", response=Done)
def appoint(request: HttpRequest, person: UUID, told: NewPost) -> Done:
    asking = asked(request)
    row, since = _person(asking, person), told.since or asking.at
    if since < asking.at - timedelta(minutes=1):
        raise WrongFields("任职不能自过去起", {"since": "职务不能追溯；请留空，或者写以后的时间。"})
    post = actions.appoint(
        row, by=asking.by, role=told.role, unit=_unit(asking, told.unit), since=since, at=asking.at
    )
    return done(f"已任命{ROLES[post.role]}", about=post.pk)


@routes.post("/posts/{uuid:post}/end", policy="role.appoint", response=Done)
def end_post(request: HttpRequest, post: UUID, told: Nothing) -> Done:
    asking = asked(request)
    row = RoleAssignment.objects.select_related("unit").filter(pk=post).first()
    if row is None or row.unit.agency_id != asking.officer.agency_id:
        raise Gone
    actions.end_role(row, by=asking.by, at=asking.at)
    return done("已免去", about=row.pk)


# ── 为什么能看 ─────────────────────────────────────────────


@routes.get("/forms/right", policy="right.explain", response=Form)
def right_form(request: HttpRequest) -> Form:
    asking = asked(request)
    return Form(
        title="为什么能看", submit="回答", url="/rights", intro="选一个人，输一件事的编号：他现在能办什么、凭哪次任命、缺什么，逐项回答。",
        fields=[
            fields.select("officer", "人员", fields.officers(asking.officer.agency_id)),
            fields.text("number", "编号", hint="音像、活动、案件、文书或者设备的完整编号。"),
        ],
    )  # fmt: skip


@routes.post("/rights", policy="right.explain", response=Done)
def ask_right(request: HttpRequest, told: RightAsked) -> Done:
    asking = asked(request)
    pages_people.explained(asking, _colleague(asking, told.officer), told.number)
    return Done(said="已回答", to=f"/rights/{told.officer}/{told.number}")


@routes.get("/rights/{uuid:officer}/{str:number}", policy="right.explain", response=RightsPage)
def rights_page(request: HttpRequest, officer: UUID, number: str) -> RightsPage:
    asking = asked(request)
    try:
        return pages_people.explained(asking, _colleague(asking, officer), number)
    except WrongFields as error:
        raise Gone from error


def _colleague(asking: Asking, key: UUID) -> Officer:
    found = registry.officer(key)
    if found is None or found.agency_id != asking.officer.agency_id:
        raise Gone
    return found


def _person(asking: Asking, key: UUID) -> Officer:
    visible = rights.people_visible_to(asking.by, at=asking.at)
    row: Officer = asking.found(
        visible, key, anyhow=Officer.objects.select_related("unit"), action="person.view"
    )
    return row


def _account(asking: Asking, key: UUID) -> Account:
    account = registry.account_of(_person(asking, key).pk)
    if account is None:
        raise Gone
    return account


def _unit(asking: Asking, key: UUID, *, field: str = "unit") -> Unit:
    found = next((unit for unit in registry.units_of(asking.officer.agency_id) if unit.pk == key), None)
    if found is None:
        raise WrongFields("没有这个机构", {field: "请从本机关的机构中选择。"})
    return found


def _units(asking: Asking) -> list[Option]:
    return [
        Option(value=str(unit.pk), label=unit.name) for unit in registry.units_of(asking.officer.agency_id)
    ]


def _told(told: NewPerson) -> actions.Person:
    return actions.Person(told.name, told.number, told.card or "", told.card_valid_until)


def _person_fields(asking: Asking, row: Officer | None):  # type: ignore[no-untyped-def]
    return [
        fields.text("name", "姓名", value=row.name if row else ""),
        fields.text("number", "警号或工号", value=row.number if row else "", hint="执法仪文件名里的号码按它对人。"),
        fields.select("unit", "机构", _units(asking), value=str(row.unit_id) if row else None),
        fields.text("card", "执法证号", value=row.card if row else "", required=False),
        fields.text("card_valid_until", "执法证有效期至", value=str(row.card_valid_until or "") if row else "", required=False, hint="如 2028-12-31。"),
    ]  # fmt: skip
