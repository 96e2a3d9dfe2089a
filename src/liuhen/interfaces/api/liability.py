"""责任事实: its register, one fact with its steps, and the acts on it. The words keep to what is stated; nobody is judged here."""

from typing import Annotated, Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import Query
from pydantic import Field, StringConstraints

from liuhen.apps.oversight import liability, queries
from liuhen.apps.oversight.liability import ANSWERS, PARTS, Statement
from liuhen.apps.oversight.models import LiabilityFact, LiabilityStep
from liuhen.apps.registry import queries as registry
from liuhen.engines.rules.office_facts import CONDUCTS
from liuhen.interfaces.api import fields
from liuhen.interfaces.api.answers import WrongFields
from liuhen.interfaces.api.gate import Asking, Routes, asked
from liuhen.interfaces.api.lists import ListAsked, Text, Told, between, containing, page_of
from liuhen.interfaces.api.rail import done, rail
from liuhen.interfaces.api.shapes import (
    Action,
    Done,
    Fact,
    Filter,
    Form,
    Head,
    Link,
    Listing,
    Option,
    Rail,
    State,
    Teach,
    Tone,
)
from liuhen.interfaces.api.shapes_oversight import LiabilityPage, LiabilityRow
from liuhen.kernel.clock import shown
from liuhen.kernel.errors import Malformed

routes = Routes("责任事实")
Filled = Annotated[Text, StringConstraints(min_length=1)]
_TONES: dict[str, Tone] = {"stated": "action", "answered": "action", "referred": "due", "closed": "plain"}
_FILTERS = [
    Filter(key="q", label="编号或者事实", kind="text"),
    Filter(key="state", label="状态", kind="select", options=[Option(value=v, label=w) for v, w in LiabilityFact.State.choices]),
    Filter(key="when", label="登记", kind="dates"),
]  # fmt: skip
_TEACH = Teach(
    title="没有责任事实", what_belongs="有人陈述或者检查查明的、制度列为应当追责的情形：事实、人员、证据、条款和办到哪一步。",
    how_it_gets_here="由部门负责人、法制或者督察人员登记；所列的人看得到自己的，可以申辩。这里只列事实，是否追责由有权的部门认定。",
)  # fmt: skip


class NewFact(Told):
    acts: Annotated[list[Annotated[str, StringConstraints(max_length=40)]], Field(min_length=1, max_length=8)]
    says: Filled
    officer: UUID | None = None
    deliberate: Literal["yes", "no"] | None = None
    consequence: Literal["yes", "no"] | None = None


class NewPart(Told):
    part: Annotated[str, StringConstraints(max_length=20)]
    answer: Literal["yes", "no"] | None = None
    says: Filled


class NewWords(Told):
    says: Filled


@routes.get("/liability", policy="liability.view", response=Listing[LiabilityRow])
def listed(request: HttpRequest, listed: Query[ListAsked]) -> Listing[LiabilityRow]:
    asking = asked(request)
    if listed.state not in ("", *LiabilityFact.State.values):
        raise Malformed("没有这种筛选", do="请清除筛选后重新选择。")
    rows = queries.liability_seen(asking.by, at=asking.at)
    rows = rows.filter(state=listed.state) if listed.state else rows
    found = containing(listed.q, ("number", "says")) & between(listed.when, "stated_at")
    page = page_of(rows.filter(found), by="stated_at", after=listed.after)
    new = Action(key="state", label="登记责任事实", main=True, form_url="/forms/liability")
    return Listing[LiabilityRow](
        rows=[_row(row) for row in page.rows], next=page.next, count_label=page.count_label, filters=_FILTERS, views=[],
        actions=[new] if asking.can("liability.state") else [], teach=_TEACH,
    )  # fmt: skip


@routes.get("/liability/{uuid:fact}", policy="liability.view", response=LiabilityPage)
def page(request: HttpRequest, fact: UUID) -> LiabilityPage:
    asking = asked(request)
    row = _fact(asking, fact)
    steps = list(row.steps.order_by("at", "pk"))
    names = registry.names_of([row.stated_by, *(step.by for step in steps)])
    head = Head(
        id=str(row.pk), number=row.number, title=_acts(row), state=_state(row), due=None, actions=_actions(asking, row),
        crumbs=[Link(label="责任事实", to="/liability")],
    )  # fmt: skip
    return LiabilityPage(
        head=head, says="这里只列事实和条款，不是认定；是否追责由有权的部门依规决定。", facts=_facts(row, names),
        steps=[Fact(label=_step_label(step), value=step.says, note=f"{names.get(step.by, '')}，{shown(step.at)}") for step in steps],
        rail=_rail(asking, row, steps),
    )  # fmt: skip


@routes.get("/forms/liability", policy="liability.state", response=Form)
def form(request: HttpRequest) -> Form:
    asking = asked(request)
    return Form(
        title="登记责任事实", submit="登记", url="/liability",
        intro="写明看到的、查到的事实，不写评价。不知道是否故意、有无后果的，留空，查明之后再补充。一个人一件。登记之后写入存证，不能更改。",
        fields=[
            fields.many("acts", "情形", fields.options(CONDUCTS)),
            fields.long("says", "事实", hint="何时、何地、何事、怎样查明。"),
            fields.select("officer", "人员", fields.officers(asking.officer.agency_id), required=False, hint="还不知道是谁的，留空，以后补充。"),
            fields.yes_no("deliberate", ANSWERS["deliberate"], value=None),
            fields.yes_no("consequence", ANSWERS["consequence"], value=None),
        ],
    )  # fmt: skip


@routes.post("/liability", policy="liability.state", response=Done)
def state(request: HttpRequest, told: NewFact) -> Done:
    asking = asked(request)
    officer = registry.officer(told.officer) if told.officer else None
    if told.officer and (officer is None or officer.agency_id != asking.officer.agency_id):
        raise WrongFields("人员不在本机关名册中", {"officer": "请从名册中选择，或者留空。"})
    statement = Statement(told.acts, told.says, officer, _said(told.deliberate), _said(told.consequence))
    unit = officer.unit if officer else asking.officer.unit
    row = liability.state_fact(unit, statement, by=asking.by, at=asking.at)
    return done(f"{row.number} 已登记", about=row.pk, to=f"/liability/{row.pk}")


@routes.get("/liability/{uuid:fact}/part", policy="liability.state", response=Form)
def part_form(request: HttpRequest, fact: UUID) -> Form:
    row = _fact(asked(request), fact, to="liability.state")
    return Form(
        title=f"补充 {row.number}", submit="补充", url=f"/liability/{fact}/parts",
        intro="补充证据、依据、处理结果等；“出于故意”和“造成后果”须答是或者否。同一项补充几次的，以最后一次为准。",
        fields=[
            fields.select("part", "哪一项", fields.options({**PARTS, **ANSWERS})),
            fields.yes_no("answer", "是否（故意、后果两项）", value=None),
            fields.long("says", "内容"),
        ],
    )  # fmt: skip


@routes.post("/liability/{uuid:fact}/parts", policy="liability.state", response=Done)
def add_part(request: HttpRequest, fact: UUID, told: NewPart) -> Done:
    asking = asked(request)
    row = _fact(asking, fact)
    liability.add_part(
        row, by=asking.by, part=told.part, says=told.says, answer=_said(told.answer), at=asking.at
    )
    return done("已补充", about=row.pk)


@routes.get("/liability/{uuid:fact}/answer", policy="liability.answer", response=Form)
def answer_form(request: HttpRequest, fact: UUID) -> Form:
    row = _fact(asked(request), fact, to="liability.answer")
    return _words_form(row, "申辩", "answers", "写明您的意见和依据；写入存证，办结的人必须看到。")


@routes.post("/liability/{uuid:fact}/answers", policy="liability.answer", response=Done)
def answer(request: HttpRequest, fact: UUID, told: NewWords) -> Done:
    asking = asked(request)
    row = _fact(asking, fact)
    liability.answer_fact(row, by=asking.by, says=told.says, at=asking.at)
    return done("申辩已登记", about=row.pk)


@routes.get("/liability/{uuid:fact}/referral", policy="liability.decide", response=Form)
def referral_form(request: HttpRequest, fact: UUID) -> Form:
    row = _fact(asked(request), fact, to="liability.decide")
    return _words_form(row, "移送", "referrals", "写明移送哪个有权的部门、凭什么文书。")


@routes.post("/liability/{uuid:fact}/referrals", policy="liability.decide", response=Done)
def refer(request: HttpRequest, fact: UUID, told: NewWords) -> Done:
    asking = asked(request)
    row = _fact(asking, fact)
    liability.refer_fact(row, by=asking.by, says=told.says, at=asking.at)
    return done("移送已登记", about=row.pk)


@routes.get("/liability/{uuid:fact}/end", policy="liability.decide", response=Form)
def end_form(request: HttpRequest, fact: UUID) -> Form:
    row = _fact(asked(request), fact, to="liability.decide")
    return _words_form(
        row,
        "办结",
        "ends",
        "写明有权的部门怎样认定和处理。陈述人和所列人员不能办结；制度要求写明而没有写明的，办结之后列为不符合。",
    )


@routes.post("/liability/{uuid:fact}/ends", policy="liability.decide", response=Done)
def end(request: HttpRequest, fact: UUID, told: NewWords) -> Done:
    asking = asked(request)
    row = _fact(asking, fact)
    liability.close_fact(row, by=asking.by, says=told.says, at=asking.at)
    return done(f"{row.number} 已办结", about=row.pk)


def _said(answer: str | None) -> bool | None:
    return None if answer is None else answer == "yes"


def _words_form(row: LiabilityFact, title: str, path: str, intro: str) -> Form:
    return Form(
        title=f"{title} {row.number}", submit=title, url=f"/liability/{row.pk}/{path}", intro=intro,
        fields=[fields.long("says", "内容")],
    )  # fmt: skip


def _rail(asking: Asking, row: LiabilityFact, steps: list[LiabilityStep]) -> Rail:
    """The rail of a fact tells under which articles its conduct is listed, in words that judge nobody."""
    found = [
        one
        for one in queries.findings_about([row.pk])
        if one.rule_kind != "prohibition" or one.verdict != "符合"
    ]
    made = rail(asking, findings=found, law=asking.law_or_none, things=[row.pk, *(step.pk for step in steps)])
    conduct = {str(one.pk) for one in found if one.rule_kind == "prohibition" and one.verdict == "不符合"}
    listed = State(
        label="属所列情形", tone="due", reason="条文列有这种情形；是否成立、怎样处理，由有权的部门认定"
    )
    told = [
        one.model_copy(update={"title": "条文所列", "verdict": listed}) if one.id in conduct else one
        for one in made.findings
    ]
    return made.model_copy(update={"findings": told})


def _fact(asking: Asking, key: UUID, *, to: str = "") -> LiabilityFact:
    visible = queries.liability_seen(asking.by, at=asking.at)
    row: LiabilityFact = asking.found(visible, key, anyhow=queries.liability_facts(), action="liability.view")
    asking.check_form(to, row)
    return row


def _acts(row: LiabilityFact) -> str:
    return "、".join(CONDUCTS[code] for code in row.acts)


def _state(row: LiabilityFact) -> State:
    return State(label=row.get_state_display(), tone=_TONES[row.state])


def _row(row: LiabilityFact) -> LiabilityRow:
    return LiabilityRow(
        id=str(row.pk), number=row.number, acts=_acts(row), officer=row.officer.name if row.officer else "未写明", unit=row.unit.name,
        stated_at=row.stated_at, state=_state(row),
    )  # fmt: skip


def _facts(row: LiabilityFact, names: dict[UUID, str]) -> list[Fact]:
    known = {True: "是", False: "否", None: "不知道"}
    told = [
        Fact(label="事实", value=row.says), Fact(label="人员", value=row.officer.name if row.officer else "未写明"),
        Fact(label="部门", value=row.unit.name), Fact(label="出于故意", value=known[row.deliberate], note="登记时"),
        Fact(label="造成后果", value=known[row.consequence], note="登记时"), Fact(label="来源", value=row.get_source_display()),
        Fact(label="登记", value=f"{names.get(row.stated_by, '')}，{shown(row.stated_at)}"),
    ]  # fmt: skip
    if row.remark is not None:
        told.append(
            Fact(label="检查意见", value=row.remark.says, to=f"/inspections/{row.remark.examination_id}")
        )
    return told


def _step_label(step: LiabilityStep) -> str:
    part = {**PARTS, **ANSWERS}.get(step.part, "")
    answer = {True: "：是", False: "：否", None: ""}[step.answer]
    return f"{step.get_sort_display()}{part}{answer}"


def _actions(asking: Asking, row: LiabilityFact) -> list[Action]:
    if row.state == LiabilityFact.State.CLOSED:
        return []
    at, is_named = f"/liability/{row.pk}", row.officer_id == asking.by.id
    offered = [
        ("answer", "申辩", f"{at}/answer", is_named and asking.may("liability.answer", row)),
        ("part", "补充", f"{at}/part", asking.may("liability.state", row)),
        ("refer", "移送", f"{at}/referral", asking.may("liability.decide", row)),
        ("end", "办结", f"{at}/end", asking.may("liability.decide", row) and not is_named and row.stated_by != asking.by.id),
    ]  # fmt: skip
    return [
        Action(key=key, label=label, form_url=url, main=key == "answer")
        for key, label, url, may in offered
        if may
    ]
