"""Routes of activities and cases: lists, pages, and what is entered about them."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import Query
from pydantic import Field, StringConstraints

from liuhen.apps.casework import actions, queries, stages
from liuhen.apps.casework.models import Activity, Case, Exemption, Intake, Interruption
from liuhen.apps.casework.receiving import origin_of, start_of
from liuhen.apps.devices import queries as devices
from liuhen.apps.registry import queries as registry
from liuhen.apps.registry.models import Officer
from liuhen.engines.rules.facts import ACTS, FLAGS
from liuhen.interfaces.api import activity_rows, contents, fields, pages_casework
from liuhen.interfaces.api.answers import Gone, WrongFields, cite_of
from liuhen.interfaces.api.chains import chain_for
from liuhen.interfaces.api.gate import Asking, Routes, asked
from liuhen.interfaces.api.intakes import intake_seen
from liuhen.interfaces.api.lists import Line, ListAsked, Moment, Text, Told, Word
from liuhen.interfaces.api.rail import done
from liuhen.interfaces.api.shapes import (
    ActivityPage,
    ActivityRow,
    CasePage,
    CaseRow,
    Done,
    Form,
    FormField,
    Listing,
    Option,
)
from liuhen.kernel.errors import Malformed, Refused

routes = Routes("执法办案")
YesNo = Literal["yes", "no"]
_OPEN_CASES = 100


class NewActivity(Told):
    activity_type: Annotated[str, StringConstraints(max_length=60)]
    subject: Annotated[Line, StringConstraints(min_length=1)]
    place_text: Line | None = None
    planned_at: Moment
    officers: Annotated[list[UUID], Field(min_length=1, max_length=30)]
    case: UUID | None = None
    intake: UUID | None = None
    flags: Annotated[list[Word], Field(max_length=20)] | None = None
    acts: Annotated[list[Word], Field(max_length=20)] | None = None


class ActivityNote(Told):
    """Any of what may be entered about an activity; what is not sent stays as it is."""

    arrived_at: Moment | None = None
    started_at: Moment | None = None
    ended_at: Moment | None = None
    left_at: Moment | None = None
    suspect_brought_back: YesNo | None = None
    case_area_entry_at: Moment | None = None
    case_area_left_at: Moment | None = None
    announced: YesNo | None = None
    not_announced_reason: Annotated[Text, StringConstraints(max_length=500)] | None = None
    objected: YesNo | None = None
    objection_explained: YesNo | None = None
    stopped_on_objection: YesNo | None = None
    checklist: Annotated[list[Word], Field(max_length=60)] | None = None
    carriers: Annotated[int, Field(ge=0, le=200)] | None = None
    shortfall_reason: Annotated[Text, StringConstraints(max_length=500)] | None = None
    not_recorded_reason: Annotated[Text, StringConstraints(max_length=500)] | None = None
    flags: Annotated[list[Word], Field(max_length=20)] | None = None


class NewDeclaration(Told):
    device: UUID


class NewExemption(Told):
    code: Annotated[str, StringConstraints(max_length=40)]
    reason: Annotated[Text, StringConstraints(min_length=1)]
    basis: Annotated[Text, StringConstraints(min_length=1)]


class Wish(Told):
    reason: Annotated[Text, StringConstraints(min_length=1)]


class NewCase(Told):
    category: Literal["permit", "penalty", "coercion", "inspection", "charging", "other"]
    start_mode: Literal["ex_officio", "on_application", "on_complaint", "on_incident"]
    cause: Annotated[Line, StringConstraints(min_length=1)]
    second_officer: UUID | None = None
    place_text: Line | None = None
    party: Annotated[Line, StringConstraints(max_length=100)] | None = None
    intake: UUID | None = None


class Contents(Told):
    """What is entered about the contents of a case; what is not sent stays as it is."""

    contents: Annotated[dict[Word, Literal["recorded", "absent", "open"]], Field(max_length=60)] | None = None
    occurred: Annotated[list[Word], Field(max_length=40)] | None = None
    note: Annotated[Text, StringConstraints(max_length=500)] | None = None


class Move(Told):
    to: Literal[
        "intake", "investigation", "review", "service", "concluded", "archived", "not_started", "transferred"
    ]
    note: Annotated[Text, StringConstraints(max_length=500)] | None = None
    real_name: Literal["yes", "no"] | None = None


# ── 现场活动 ────────────────────────────────────────────────


@routes.get("/activities", policy="activity.view", response=Listing[ActivityRow])
def activities(request: HttpRequest, listed: Query[ListAsked]) -> Listing[ActivityRow]:
    return activity_rows.activities(asked(request), listed)


@routes.get("/activities/{uuid:activity}", policy="activity.view", response=ActivityPage)
def activity(request: HttpRequest, activity: UUID) -> ActivityPage:
    asking = asked(request)
    return pages_casework.activity(asking, _activity(asking, activity))


@routes.get("/forms/activity", policy="activity.write", response=Form)
def new_activity_form(request: HttpRequest, case: UUID | None = None, intake: UUID | None = None) -> Form:
    asking = asked(request)
    law = asking.law
    came = intake_seen(asking, intake) if intake else None
    types = [Option(value=t.code, label=t.label, hint=t.duty.label) for t in law.activity_types]
    return Form(
        title="登记现场活动", intro="出发前或到场时登记；应录什么、从何时到何时，按活动类型由制度得出。", submit="登记", url="/activities",
        fields=[
            fields.select("activity_type", "类型", types),
            fields.text("subject", "事由", value=came.subject if came else "", hint="如“餐饮油烟现场检查”。"),
            fields.text("place_text", "地点", value=came.place_text if came else "", required=False),
            fields.moment("planned_at", "计划时间", value=asking.at),
            fields.many("officers", "参加人员", fields.officers(asking.officer.agency_id), value=[str(asking.officer.pk)]),
            fields.select("case", "执法事项", _cases(asking), value=str(case) if case else None, required=False),
            fields.many("flags", "情形", fields.options(FLAGS), required=False, hint="有所列情形的选出；没有的不选。"),
            fields.many("acts", "须先告知的行为", fields.options(ACTS), required=False),
            *([_from_intake(came)] if came else []),
        ],
    )  # fmt: skip


@routes.post("/activities", policy="activity.write", response=Done)
def plan(request: HttpRequest, told: NewActivity) -> Done:
    asking = asked(request)
    flags, acts = told.flags or [], told.acts or []
    unknown = {*flags} - {*FLAGS} | {*acts} - {*ACTS}
    if unknown:
        raise Malformed("没有这种情形或行为", do="请从所列各项中选择。")
    made = actions.plan_activity(
        asking.officer.unit, by=asking.by, law=asking.law, at=asking.at,
        plan=actions.Plan(
            activity_type=told.activity_type, subject=told.subject, place_text=told.place_text or "",
            planned_at=told.planned_at, officers=_officers(asking, told.officers),
            case=_case(asking, told.case) if told.case else None, flags=flags, acts=acts,
            intake=intake_seen(asking, told.intake) if told.intake else None,
        ),
    )  # fmt: skip
    return done(f"已登记 {made.number}", about=made.pk, to=f"/activities/{made.pk}")


@routes.get("/activities/{uuid:activity}/times", policy="activity.write", response=Form)
def times_form(request: HttpRequest, activity: UUID) -> Form:
    asking = asked(request)
    row = _activity(asking, activity, to="activity.write")
    return _note_form(
        row, "登记经过", "按先后写明；没有发生的留空。时间以北京时间为准。",
        [
            fields.moment("arrived_at", "到达现场", value=row.arrived_at, required=False),
            fields.moment("started_at", "开始", value=row.started_at, required=False),
            fields.moment("ended_at", "结束", value=row.ended_at, required=False),
            fields.moment("left_at", "离开", value=row.left_at, required=False),
            fields.many("flags", "情形", fields.options(FLAGS), value=row.flags, required=False),
            fields.yes_no("suspect_brought_back", "带回违法嫌疑人", value=row.suspect_brought_back),
            fields.moment("case_area_entry_at", "进入办案区", value=row.case_area_entry_at, required=False),
            fields.moment("case_area_left_at", "离开办案区", value=row.case_area_left_at, required=False),
        ],
    )  # fmt: skip


@routes.get("/activities/{uuid:activity}/announcement", policy="activity.write", response=Form)
def announcement_form(request: HttpRequest, activity: UUID) -> Form:
    asking = asked(request)
    row, law = _activity(asking, activity, to="activity.write"), asking.law
    words = law.announcement
    fixed = "固定用语" if words and words.wording_fixed else "参考用语"
    intro = f"{fixed}：“{words.wording}”" if words else "登记是否告知当事人正在记录，以及当事人有无异议。"
    rule = next(iter(law.rules_of("announcement")), None)
    form = _note_form(
        row, "登记告知", intro,
        [
            fields.yes_no("announced", "已告知正在记录", value=row.announced),
            fields.text("not_announced_reason", "未告知的原因", value=row.not_announced_reason, required=False),
            fields.yes_no("objected", "当事人提出异议", value=row.objected),
            fields.yes_no("objection_explained", "已对异议作出说明", value=row.objection_explained),
            fields.yes_no("stopped_on_objection", "因异议停止了记录", value=row.stopped_on_objection),
        ],
    )  # fmt: skip
    return form.model_copy(update={"cite": cite_of(rule.citation) if rule else None})


@routes.get("/activities/{uuid:activity}/content", policy="activity.write", response=Form)
def content_form(request: HttpRequest, activity: UUID) -> Form:
    asking = asked(request)
    row, law = _activity(asking, activity, to="activity.write"), asking.law
    lines = {line.code: line.label for line in law.checklist}
    rule = next(iter(law.rules_of("content_checklist")), None)
    form = _note_form(
        row, "标记摄录内容", "选出音像中已经录到、或者已说明不适用的各项。",
        [fields.many("checklist", "摄录内容", fields.options(lines), value=row.checklist, required=False)],
    )  # fmt: skip
    return form.model_copy(update={"cite": cite_of(rule.citation) if rule else None})


@routes.get("/activities/{uuid:activity}/carrying", policy="activity.write", response=Form)
def carrying_form(request: HttpRequest, activity: UUID) -> Form:
    row = _activity(asked(request), activity, to="activity.write")
    return _note_form(
        row, "登记设备情况", "携带记录设备的人数；设备不足或根据实际不录的，写明理由。",
        [
            FormField(name="carriers", label="携带设备的人数", kind="number", required=False, value=row.carriers),
            fields.text("shortfall_reason", "设备不足的说明", value=row.shortfall_reason, required=False),
            fields.text("not_recorded_reason", "不录的说明", value=row.not_recorded_reason, required=False),
        ],
    )  # fmt: skip


def _note_form(row: Activity, title: str, intro: str, asked_: list[FormField]) -> Form:
    return Form(
        title=f"{title} · {row.subject}", intro=intro, fields=asked_, submit="登记", method="PATCH", url=f"/activities/{row.pk}"
    )  # fmt: skip


@routes.patch("/activities/{uuid:activity}", policy="activity.write", response=Done)
def note(request: HttpRequest, activity: UUID, told: ActivityNote) -> Done:
    asking = asked(request)
    row = _activity(asking, activity)
    asking.require("activity.write", row)
    changes = told.model_dump(exclude_unset=True)
    unknown = {*(changes.get("flags") or ())} - {*FLAGS}
    lines = {line.code for line in asking.law.checklist}
    if unknown or {*(changes.get("checklist") or ())} - lines:
        raise Malformed("没有这种情形或摄录内容", do="请从所列各项中选择。")
    if not changes:
        raise Malformed("没有填写任何内容", do="请填写后再提交。")
    actions.note_activity(row, by=asking.by, at=asking.at, **_as_stored(changes))
    return done("已登记，合规结论将重新判定", about=row.pk)


_TEXTS = ("not_announced_reason", "shortfall_reason", "not_recorded_reason")
_LISTS = ("checklist", "flags")


def _as_stored(changes: Mapping[str, Any]) -> dict[str, Any]:
    """Answers of the form as the row keeps them: yes and no as truth, empty texts and lists as empty."""
    answers = {"yes": True, "no": False}
    told = {
        name: answers.get(value, value) if isinstance(value, str) else value
        for name, value in changes.items()
    }
    empty: dict[str, Any] = {**dict.fromkeys(_TEXTS, ""), **{name: [] for name in _LISTS}}
    return {name: empty[name] if value is None and name in empty else value for name, value in told.items()}


@routes.post("/activities/{uuid:activity}/close", policy="activity.write", response=Done)
def close(request: HttpRequest, activity: UUID) -> Done:
    asking = asked(request)
    row = _activity(asking, activity)
    asking.require("activity.write", row)
    if row.state == Activity.State.CLOSED:
        raise Refused(f"活动 {row.number} 已经办结", do="无需重复办结。")
    actions.close_activity(row, by=asking.by, at=asking.at)
    return done(f"{row.number} 已办结", about=row.pk)


@routes.get("/activities/{uuid:activity}/declaration", policy="activity.write", response=Form)
def declaration_form(request: HttpRequest, activity: UUID) -> Form:
    asking = asked(request)
    row = _activity(asking, activity, to="activity.write")
    loans = devices.held_by(row.place().officers)
    told = [
        Option(value=str(loan.device_id), label=loan.device.number, hint=loan.officer.name) for loan in loans
    ]
    intro = (
        "声明正在用哪台设备记录；文件其后送到时据此认领。"
        if told
        else "参加人员现在都没有领用设备，请先办理领用。"
    )
    value = told[0].value if len(told) == 1 else None
    return Form(
        title="摄录申报", intro=intro, submit="申报", url=f"/activities/{activity}/declarations",
        fields=[fields.select("device", "设备", told, value=value)],
    )  # fmt: skip


@routes.post("/activities/{uuid:activity}/declarations", policy="activity.write", response=Done)
def declare(request: HttpRequest, activity: UUID, told: NewDeclaration) -> Done:
    asking = asked(request)
    row = _activity(asking, activity)
    asking.require("activity.write", row)
    loan = next((l for l in devices.held_by(row.place().officers) if l.device_id == told.device), None)  # noqa: E741
    if loan is None:
        raise WrongFields("这台设备不在参加人员手中", {"device": "请选择参加人员已经领用的设备。"})
    if any(d.device_id == told.device for d in queries.declarations_of([row.pk])):
        raise Refused(f"{loan.device.number} 已经申报", do="无需重复申报。")
    made = actions.declare_recording(
        row, by=asking.by, device=loan.device, officer=loan.officer, at=asking.at
    )
    return done(f"已申报 {loan.device.number}", about=made.pk)


# ── 中断与不予记录 ──────────────────────────────────────────


@routes.get("/activities/{uuid:activity}/exemption", policy="activity.write", response=Form)
def exemption_form(request: HttpRequest, activity: UUID) -> Form:
    asking = asked(request)
    row, law = _activity(asking, activity, to="activity.write"), asking.law
    rule = next(iter(law.rules_of("may_skip")), None)
    told = [
        Option(value=ground.code, label=ground.label, hint=law.cite(ground.clause).article)
        for ground in law.grounds
    ]
    intro = (
        "只有制度列明的情形可以主张；原因和依据都要写明。"
        if told
        else "本机关施行的制度没有列明可以不予记录的情形。"
    )
    return Form(
        title=f"主张不予记录 · {row.subject}", submit="登记", intro=intro, url=f"/activities/{activity}/exemptions",
        cite=cite_of(rule.citation) if rule else None,
        fields=[fields.select("code", "情形", told), fields.long("reason", "原因"), fields.long("basis", "依据")],
    )  # fmt: skip


@routes.post("/activities/{uuid:activity}/exemptions", policy="activity.write", response=Done)
def claim_exemption(request: HttpRequest, activity: UUID, told: NewExemption) -> Done:
    asking = asked(request)
    row = _activity(asking, activity)
    asking.require("activity.write", row)
    if queries.exemption_of(row.pk) is not None:
        raise Refused("这次活动已经主张过不予记录", do="请在活动页查看其审批情况。")
    made = actions.claim_exemption(
        row, by=asking.by, code=told.code, reason=told.reason, basis=told.basis, law=asking.law, at=asking.at
    )
    return done("已登记，合规结论将重新判定", about=made.pk)


@routes.get("/interruptions/{uuid:interruption}/approval-request", policy="approval.request", response=Form)
def interruption_approval_form(request: HttpRequest, interruption: UUID) -> Form:
    asking = asked(request)
    _interruption(asking, interruption)
    return _approval_form(
        asking, "interruption", f"/interruptions/{interruption}/approval-requests", "中断说明"
    )


@routes.post("/interruptions/{uuid:interruption}/approval-requests", policy="approval.request", response=Done)
def ask_about_interruption(request: HttpRequest, interruption: UUID, told: Wish) -> Done:
    asking = asked(request)
    return _ask(asking, _interruption(asking, interruption), "interruption", told.reason)


@routes.get("/exemptions/{uuid:exemption}/approval-request", policy="approval.request", response=Form)
def exemption_approval_form(request: HttpRequest, exemption: UUID) -> Form:
    asking = asked(request)
    _exemption(asking, exemption)
    return _approval_form(asking, "exemption", f"/exemptions/{exemption}/approval-requests", "不予记录")


@routes.post("/exemptions/{uuid:exemption}/approval-requests", policy="approval.request", response=Done)
def ask_about_exemption(request: HttpRequest, exemption: UUID, told: Wish) -> Done:
    asking = asked(request)
    return _ask(asking, _exemption(asking, exemption), "exemption", told.reason)


def _approval_form(asking: Asking, purpose: str, url: str, what: str) -> Form:
    way = " → ".join(step.title for step in chain_for(asking, purpose)) or "（制度没有规定审批人）"
    return Form(
        title=f"提交审批 · {what}", intro=f"审批次序：{way}。", submit="提交审批", url=url, fields=[fields.long("reason", "事由")]
    )  # fmt: skip


def _ask(asking: Asking, subject: Interruption | Exemption, purpose: str, reason: str) -> Done:
    made = actions.ask_for_approval(
        subject, by=asking.by, requester=asking.officer, reason=reason, chain=chain_for(asking, purpose), at=asking.at
    )  # fmt: skip
    return done(f"已提交审批 {made.number}", about=made.pk)


# ── 执法事项 ────────────────────────────────────────────────


@routes.get("/cases", policy="case.view", response=Listing[CaseRow])
def cases(request: HttpRequest, listed: Query[ListAsked]) -> Listing[CaseRow]:
    return activity_rows.cases(asked(request), listed)


@routes.get("/cases/{uuid:case}", policy="case.view", response=CasePage)
def case(request: HttpRequest, case: UUID) -> CasePage:
    asking = asked(request)
    return pages_casework.case(asking, _case(asking, case))


@routes.get("/forms/case", policy="case.write", response=Form)
def new_case_form(request: HttpRequest, intake: UUID | None = None) -> Form:
    asking = asked(request)
    came = intake_seen(asking, intake) if intake else None
    start = start_of(came) if came else None
    party = came.person if came and came.sort == Intake.Sort.APPLICATION else ""
    return Form(
        title="启动执法事项", intro="案号由系统给出；承办人为本人。", submit="启动", url="/cases",
        fields=[
            fields.select("category", "类别", fields.options(dict(Case.Category.choices)), value="permit" if party else "penalty"),
            fields.select("start_mode", "启动方式", [one for one in fields.options(dict(Case.Start.choices)) if start in (None, one.value)], value=start),
            fields.text("cause", "案由", value=came.subject if came else ""),
            fields.text("party", "当事人", value=party, required=False),
            fields.text("place_text", "地点", value=came.place_text if came else "", required=False),
            fields.select("second_officer", "协办", fields.officers(asking.officer.agency_id), required=False),
            *([_from_intake(came)] if came else []),
        ],
    )  # fmt: skip


@routes.post("/cases", policy="case.write", response=Done)
def open_case(request: HttpRequest, told: NewCase) -> Done:
    asking = asked(request)
    second = _officers(asking, [told.second_officer])[0] if told.second_officer else None
    made = actions.open_case(
        asking.officer.unit, by=asking.by, category=told.category, start_mode=told.start_mode, cause=told.cause,
        officer=asking.officer, second_officer=second, place_text=told.place_text or "", party=told.party or "", at=asking.at,
        intake=intake_seen(asking, told.intake) if told.intake else None,
    )  # fmt: skip
    return done(f"已启动 {made.number}", about=made.pk, to=f"/cases/{made.pk}")


@routes.get("/cases/{uuid:case}/stage", policy="case.write", response=Form)
def stage_form(request: HttpRequest, case: UUID) -> Form:
    asking = asked(request)
    row = _case(asking, case, to="case.write")
    told = [Option(value=stage, label=Case.Stage(stage).label) for stage in stages.next_stages(row)]
    intro = f"现处于“{row.get_stage_display()}”。" + ("" if told else "没有后续环节。")
    asks = _asks_for_name(row, [option.value for option in told])
    return Form(
        title=f"转入下一环节 {row.number}", intro=intro, submit="转入", url=f"/cases/{case}/stage",
        fields=[
            fields.select("to", "转入", told, value=told[0].value if told else None),
            *([fields.select("real_name", "投诉举报", _NAMED, required=False, hint="转入“不启动”的须选择")] if asks else []),
            fields.text("note", "说明", required=False),
        ],
    )  # fmt: skip


@routes.post("/cases/{uuid:case}/stage", policy="case.write", response=Done)
def move(request: HttpRequest, case: UUID, told: Move) -> Done:
    asking = asked(request)
    row = _case(asking, case)
    if told.real_name is None and _asks_for_name(row, [told.to]):
        raise WrongFields(
            "不启动的投诉举报，须说明是否实名", {"real_name": "实名投诉举报不启动的，要告知本人并书面记录。"}
        )
    row = stages.move_case(
        row, by=asking.by, to=told.to, note=told.note or "", law=asking.law_if_any, real_name=told.real_name == "yes", at=asking.at
    )  # fmt: skip
    return done(f"{row.number} 已转入“{row.get_stage_display()}”", about=row.pk)


_NAMED = [Option(value="yes", label="实名"), Option(value="no", label="匿名")]


def _asks_for_name(row: Case, stages_told: list[str]) -> bool:
    came = origin_of(row)
    if came is not None and came.real_name is not None:
        return False  # The intake has said so.
    return row.start_mode == Case.Start.ON_COMPLAINT and Case.Stage.NOT_STARTED in stages_told


@routes.get("/cases/{uuid:case}/contents", policy="case.write", response=Form)
def contents_form(request: HttpRequest, case: UUID) -> Form:
    """What the law in force wants written down of a case, with what its documents already prove left out."""
    asking = asked(request)
    row = _case(asking, case, to="case.write")
    return contents.form(asking, row)


@routes.patch("/cases/{uuid:case}/contents", policy="case.write", response=Done)
def enter_contents(request: HttpRequest, case: UUID, told: Contents) -> Done:
    asking = asked(request)
    row = _case(asking, case)
    answers = contents.answers(asking, row, told.contents, told.occurred)
    actions.enter_contents(row, by=asking.by, answers=answers, note=told.note or "", at=asking.at)
    return done(f"已登记 {row.number} 的办案内容", about=row.pk)


# ── 取行 ───────────────────────────────────────────────────


def _activity(asking: Asking, key: UUID, *, to: str = "") -> Activity:
    """The activity, if it may be read; `to` names what a form is asked for, which must be open to this person as well."""
    visible = queries.activities_visible_to(asking.by, at=asking.at)
    found: Activity = asking.found(visible, key, anyhow=queries.activities(), action="activity.view")
    asking.check_form(to, found)
    return found


def _case(asking: Asking, key: UUID, *, to: str = "") -> Case:
    visible = queries.cases_visible_to(asking.by, at=asking.at)
    found: Case = asking.found(visible, key, anyhow=queries.cases(), action="case.view")
    asking.check_form(to, found)
    return found


def _interruption(asking: Asking, key: UUID) -> Interruption:
    row = queries.interruption(key)
    if row is None:
        raise Gone
    _activity(asking, row.activity_id)
    return row


def _exemption(asking: Asking, key: UUID) -> Exemption:
    row = queries.exemption(key)
    if row is None:
        raise Gone
    _activity(asking, row.activity_id)
    return row


def _officers(asking: Asking, keys: list[UUID]) -> list[Officer]:
    """Colleagues of the same agency; anybody else is no choice."""
    found = [registry.officer(key) for key in dict.fromkeys(keys)]
    mine = [o for o in found if o is not None and o.agency_id == asking.officer.agency_id]
    if len(mine) != len(found):
        raise WrongFields("所选人员不在本机关名册中", {"officers": "请从名册中选择。"})
    return mine


def _cases(asking: Asking) -> list[Option]:
    rows = (
        queries.cases_visible_to(asking.by, at=asking.at)
        .filter(concluded_at__isnull=True)
        .order_by("-opened_at")
    )
    return [
        Option(value=str(c.pk), label=f"{c.cause}（{c.party or '当事人未填'}）", hint=c.number)
        for c in rows[:_OPEN_CASES]
    ]


def _from_intake(row: Intake) -> FormField:
    """The intake a case or an activity comes from; it cannot be exchanged on the form."""
    only = [Option(value=str(row.pk), label=f"{row.number} {row.subject}")]
    return fields.select("intake", "受理登记", only, value=str(row.pk))
