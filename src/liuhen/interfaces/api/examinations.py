"""Routes of examinations: planning each kind of check, scoring, remarks and their answers, the end, the sample file."""

from datetime import timedelta
from typing import Annotated, Literal
from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse
from ninja import Query
from pydantic import Field, StringConstraints

from liuhen.apps.oversight import examining, queries
from liuhen.apps.oversight.drawing import sample_file
from liuhen.apps.oversight.examining import Opinion, Scope
from liuhen.apps.oversight.models import Drawn, Examination, Remark, Reply, Score
from liuhen.apps.registry import queries as registry
from liuhen.apps.registry.models import Unit
from liuhen.interfaces.api import fields, pages_examinations
from liuhen.interfaces.api.answers import Gone, WrongFields
from liuhen.interfaces.api.gate import Asking, Routes, asked
from liuhen.interfaces.api.lists import Line, ListAsked, Moment, Text, Told
from liuhen.interfaces.api.rail import done
from liuhen.interfaces.api.score_sheets import places_of, rests_on, sheet_of
from liuhen.interfaces.api.shapes import Done, Form, FormField, Listing, Option
from liuhen.interfaces.api.shapes_oversight import ExaminationPage, ExaminationRow
from liuhen.kernel.errors import Malformed, Refused

routes = Routes("监督检查")
Of = Literal["recording", "activity", "case", "document"]
Filled = Annotated[Text, StringConstraints(min_length=1)]
_TERM = timedelta(days=30)
_PATHS = {
    "inspection": "inspections",
    "correction": "inspections",
    "supervision": "supervisions",
    "assessment": "assessments",
}


class NewCheck(Told):
    unit: UUID
    of: Of
    title: Annotated[Line, StringConstraints(min_length=1)]
    since: Moment
    until: Moment
    due_at: Moment
    size: Annotated[int, Field(ge=1, le=examining.MOST_DRAWN)] | None = None
    chosen: Annotated[Text, StringConstraints(max_length=20_000)] | None = None
    reason: Text | None = None


class NewInspection(NewCheck):
    kind: Literal["inspection", "correction"] = "inspection"


class NewScores(Told):
    answers: dict[Annotated[str, StringConstraints(max_length=40)], Literal["pass", "fail", "absent"]]
    note: Annotated[Line, StringConstraints(max_length=500)] | None = None


class NewRemark(Told):
    sort: Literal["problem", "praise"]
    says: Filled
    drawn: UUID | None = None
    second: Annotated[str, StringConstraints(max_length=20)] | None = None
    clause: Annotated[str, StringConstraints(max_length=40)] | None = None
    due_at: Moment | None = None


class NewAnswer(Told):
    sort: Literal["answered", "appealed"]
    says: Filled


class NewRuling(Told):
    sort: Literal["accepted", "returned", "lifted"]
    says: Filled


class NewEnd(Told):
    entered: list[Annotated[str, StringConstraints(max_length=40)]] = Field(default_factory=list)
    summary: Filled


@routes.get("/inspections", policy="examination.view", response=Listing[ExaminationRow])
def listed(request: HttpRequest, listed: Query[ListAsked]) -> Listing[ExaminationRow]:
    return pages_examinations.listing(asked(request), listed)


@routes.get("/inspections/{uuid:examination}", policy="examination.view", response=ExaminationPage)
def page(request: HttpRequest, examination: UUID) -> ExaminationPage:
    asking = asked(request)
    return pages_examinations.page(asking, _row(asking, examination))


@routes.get("/forms/inspection", policy="examination.write", response=Form)
def inspection_form(request: HttpRequest) -> Form:
    kinds = [Option(value=k, label=Examination.Kind(k).label) for k in ("inspection", "correction")]
    return _form(asked(request), "inspection", [fields.select("kind", "种类", kinds, value="inspection")])


@routes.get("/forms/supervision", policy="examination.write", response=Form)
def supervision_form(request: HttpRequest) -> Form:
    return _form(asked(request), "supervision", [])


@routes.get("/forms/assessment", policy="examination.write", response=Form)
def assessment_form(request: HttpRequest) -> Form:
    return _form(asked(request), "assessment", [])


@routes.post("/inspections", policy="examination.write", response=Done)
def inspect(request: HttpRequest, told: NewInspection) -> Done:
    return _plan(asked(request), told, told.kind)


@routes.post("/supervisions", policy="examination.write", response=Done)
def supervise(request: HttpRequest, told: NewCheck) -> Done:
    return _plan(asked(request), told, "supervision")


@routes.post("/assessments", policy="examination.write", response=Done)
def assess(request: HttpRequest, told: NewCheck) -> Done:
    return _plan(asked(request), told, "assessment")


@routes.get("/inspections/{uuid:examination}/sample", policy="examination.view", response=dict)
def sample(request: HttpRequest, examination: UUID) -> HttpResponse:
    asking = asked(request)
    row = queries.examinations().get(pk=_row(asking, examination).pk)
    answer = JsonResponse(sample_file(row, log=asking.office.log), json_dumps_params={"ensure_ascii": False})
    answer["Content-Disposition"] = f'attachment; filename="sample-{row.pk}.json"'
    return answer


@routes.get("/drawn/{uuid:drawn}/score", policy="examination.write", response=Form)
def score_form(request: HttpRequest, drawn: UUID) -> Form:
    asking = asked(request)
    one = _drawn(asking, drawn, to="examination.write")
    kind = one.examination.kind_of_check
    cites = "、".join(rule.cite for rule in rests_on(asking.law_or_none, kind))
    sheet = FormField(
        name="answers", label="评分表", kind="checks", choices=fields.options(dict(Score.Answer.choices)),
        options=fields.options(sheet_of(asking.law_or_none, kind)),
    )  # fmt: skip
    return Form(
        title=f"评定第 {one.order} 件", submit="登记", url=f"/drawn/{drawn}/scores",
        intro=f"逐项评定{f'（{cites}）' if cites else '（现行制度没有规定评分项，用本系统的通用项）'}。再评一次的，以后一次为准，前一次仍在存证里。",
        fields=[sheet, fields.text("note", "说明", required=False)],
    )  # fmt: skip


@routes.post("/drawn/{uuid:drawn}/scores", policy="examination.write", response=Done)
def score(request: HttpRequest, drawn: UUID, told: NewScores) -> Done:
    asking = asked(request)
    one = _drawn(asking, drawn)
    labels = sheet_of(asking.law_or_none, one.examination.kind_of_check)
    strange = [code for code in told.answers if code not in labels]
    if strange or not told.answers:
        raise WrongFields("评分项不在评分表上", {"answers": "请逐项评定；刷新后重试。"})
    examining.score_drawn(
        one, by=asking.by, answers=told.answers, labels=labels, note=told.note or "", at=asking.at
    )
    return done(f"第 {one.order} 件已评定", about=one.scores.latest("at").pk)


@routes.get("/inspections/{uuid:examination}/remark", policy="examination.write", response=Form)
def remark_form(request: HttpRequest, examination: UUID) -> Form:
    asking = asked(request)
    row = _row(asking, examination, to="examination.write")
    seen = queries.drawn_seen(asking.by, at=asking.at).filter(examination=row).order_by("order")
    numbers = pages_examinations.numbers_of_drawn(row, seen)
    things = [
        Option(value=str(one.pk), label=f"第 {one.order} 件 {numbers.get(one.subject, '')}") for one in seen
    ]
    return Form(
        title="检查意见", submit="提出", url=f"/inspections/{examination}/remarks",
        intro="指出问题的，写明哪一件、第几秒、依据哪一条、何时之前改正；表扬的，写明哪一件。提出之后写入存证，不能更改。",
        fields=[
            fields.select("sort", "性质", fields.options(dict(Remark.Sort.choices)), value="problem"),
            fields.long("says", "意见"),
            fields.select("drawn", "哪一件", things, required=False),
            fields.text("second", "音像的第几秒", required=False, hint="按播放器上的时间写，如 12:30。"),
            fields.select("clause", "依据的条文", _clauses(asking), required=False, hint="问题必填。"),
            fields.moment("due_at", "整改期限", value=asking.at + _TERM, required=False, hint="问题必填。"),
        ],
    )  # fmt: skip


@routes.post("/inspections/{uuid:examination}/remarks", policy="examination.write", response=Done)
def enter_remark(request: HttpRequest, examination: UUID, told: NewRemark) -> Done:
    asking = asked(request)
    row = _row(asking, examination)
    asking.require("examination.write", row)
    seen = queries.drawn_seen(asking.by, at=asking.at).filter(examination=row)
    drawn = seen.filter(pk=told.drawn).first() if told.drawn else None
    law = asking.law_or_none
    known = law is not None and any(told.clause in pack.articles for pack in law.packs)
    if told.clause and not known:
        raise WrongFields("条文不在现行制度中", {"clause": "请从所列条文中选择。"})
    opinion = Opinion(
        told.sort, told.says, drawn, fields.seconds_of(told.second, field="second"), law.cite(told.clause) if law and told.clause else None,
        told.due_at if told.sort == "problem" else None,
    )  # fmt: skip
    made = examining.enter_remark(row, opinion, by=asking.by, at=asking.at)
    return done("检查意见已提出", about=made.pk)


@routes.get("/remarks/{uuid:remark}/answer", policy="examination.answer", response=Form)
def answer_form(request: HttpRequest, remark: UUID) -> Form:
    one = _remark(asked(request), remark, to="examination.answer")
    return _reply_form(asked(request), one, "answer", "写明做了什么、由谁、何时；申诉写明理由和依据。")


@routes.post("/remarks/{uuid:remark}/answers", policy="examination.answer", response=Done)
def answer(request: HttpRequest, remark: UUID, told: NewAnswer) -> Done:
    return _reply(asked(request), remark, told)


@routes.get("/remarks/{uuid:remark}/ruling", policy="examination.write", response=Form)
def ruling_form(request: HttpRequest, remark: UUID) -> Form:
    one = _remark(asked(request), remark, to="examination.write")
    return _reply_form(asked(request), one, "ruling", "写明认可、退回或者撤销的理由。")


@routes.post("/remarks/{uuid:remark}/rulings", policy="examination.write", response=Done)
def rule_on(request: HttpRequest, remark: UUID, told: NewRuling) -> Done:
    return _reply(asked(request), remark, told)


@routes.get("/inspections/{uuid:examination}/end", policy="examination.write", response=Form)
def end_form(request: HttpRequest, examination: UUID) -> Form:
    asking = asked(request)
    row = _row(asking, examination, to="examination.write")
    places = fields.options(places_of(asking.law_or_none, row.kind_of_check))
    return Form(
        title=f"办结 {row.number}", submit="办结", url=f"/inspections/{examination}/ends",
        intro="写明结果，勾选结果已记入何处。制度要求记入而没有勾选的，办结之后列为不符合。办结之后不能再评定、提意见；答复仍可办理。",
        fields=[fields.long("summary", "结果"), fields.many("entered", "已记入", places, required=False)],
    )  # fmt: skip


@routes.post("/inspections/{uuid:examination}/ends", policy="examination.write", response=Done)
def end(request: HttpRequest, examination: UUID, told: NewEnd) -> Done:
    asking = asked(request)
    row = _row(asking, examination)
    examining.close_examination(row, by=asking.by, entered=told.entered, summary=told.summary, at=asking.at)
    return done(f"{row.number} 已办结", about=row.pk)


def _form(asking: Asking, kind: str, first: list[FormField]) -> Form:
    at = asking.at
    units = [
        Option(value=str(unit.pk), label=unit.name) for unit in registry.units_of(asking.officer.agency_id)
    ]
    label = Examination.Kind(kind).label
    return Form(
        title=f"立项{label}", submit="立项", url=f"/{_PATHS[kind]}",
        intro="立项时把可抽的全部各件写入存证；随机抽取的种子是其后第一个检查点，几秒之后自动抽取，谁也不能挑选，任何人都能重抽。"
        "确需指定查看的，写明编号和理由。",
        fields=[
            *first,
            fields.text("title", "事由"),
            fields.select("unit", "查哪个部门", units, hint="含其下级部门。"),
            fields.select("of", "查什么", fields.options(dict(Examination.Of.choices)), value="recording"),
            fields.moment("since", "自", value=at - _TERM),
            fields.moment("until", "至", value=at),
            fields.moment("due_at", "应办结时间", value=at + _TERM),
            FormField(name="size", label="随机抽取几件", kind="number", required=False, value=10, hint="指定查看的留空。"),
            fields.long("chosen", "指定查看的编号", required=False, hint="一行一个，或者用空格隔开；随机抽取的留空。"),
            fields.long("reason", "指定查看的理由", required=False),
        ],
    )  # fmt: skip


def _plan(asking: Asking, told: NewCheck, kind: str) -> Done:
    unit = _unit(asking, told.unit)
    chosen = pages_examinations.keys_of(asking, told.of, (told.chosen or "").split())
    if not chosen and told.size is None:
        raise WrongFields("没有写明抽取几件", {"size": "随机抽取的填件数，指定查看的填编号。"})
    scope = Scope(
        kind=kind, of=told.of, title=told.title, since=told.since, until=told.until, due_at=told.due_at, size=told.size or 0,
        reason=told.reason or "", chosen=chosen,
    )  # fmt: skip
    row = examining.plan_examination(unit, scope, by=asking.by, at=asking.at)
    return done(f"{row.number} 已立项", about=row.pk, to=f"/inspections/{row.pk}")


def _unit(asking: Asking, key: UUID) -> Unit:
    found = next((unit for unit in registry.units_of(asking.officer.agency_id) if unit.pk == key), None)
    if found is None:
        raise Malformed("没有这个部门", do="请从名单中选择。")
    return found


def _clauses(asking: Asking) -> list[Option]:
    law = asking.law_or_none
    return [
        Option(value=clause.id, label=f"{clause.article} {clause.says}")
        for pack in (law.packs if law else ())
        for clause in pack.clauses
    ]


def _row(asking: Asking, key: UUID, *, to: str = "") -> Examination:
    visible = queries.examinations_seen(asking.by, at=asking.at)
    found: Examination = asking.found(visible, key, anyhow=queries.examinations(), action="examination.view")
    asking.check_form(to, found)
    return found


def _drawn(asking: Asking, key: UUID, *, to: str = "") -> Drawn:
    one = queries.drawn_seen(asking.by, at=asking.at).filter(pk=key).first()
    if one is None:
        raise Gone
    one.examination = _row(asking, one.examination_id, to=to)
    return one


def _remark(asking: Asking, key: UUID, *, to: str = "") -> Remark:
    one = queries.remarks_seen(asking.by, at=asking.at).filter(pk=key).first()
    if one is None:
        raise Gone
    one.examination = _row(asking, one.examination_id, to=to)
    return one


def _reply_form(asking: Asking, one: Remark, side: str, hint: str) -> Form:
    ways = [Option(value=s, label=Reply.Sort(s).label) for s in pages_examinations.ways_of(asking, one)]
    if not ways:
        raise Refused("这条意见现在没有您要办的", do="请刷新页面，看它办到哪一步、轮到谁。")
    return Form(
        title="办理检查意见", submit="提交", url=f"/remarks/{one.pk}/{side}s", intro=f"{one.says}（{one.article or '表扬'}）",
        fields=[fields.select("sort", "办法", ways, value=ways[0].value), fields.long("says", "内容", hint=hint)],
    )  # fmt: skip


def _reply(asking: Asking, key: UUID, told: NewAnswer | NewRuling) -> Done:
    made = examining.reply(_remark(asking, key), by=asking.by, sort=told.sort, says=told.says, at=asking.at)
    return done(f"{Reply.Sort(told.sort).label}已登记", about=made.pk)
