"""Routes of the law: the pages, trials, and what the legal reviewer does about it."""

import base64
import binascii
from typing import Annotated
from uuid import UUID

from django.http import HttpRequest
from pydantic import StringConstraints

from liuhen.apps.approval.actions import ChainStep, request_approval
from liuhen.apps.registry import queries, statutes
from liuhen.apps.registry.adopting import SHORTEN, change_law, propose_change, shortens
from liuhen.apps.registry.law import Change
from liuhen.apps.registry.policy import ROLES
from liuhen.engines.rules.packs import AgencySetting
from liuhen.interfaces.api import (
    fields,
    pages_findings,
    pages_registry,
    pages_shelf,
    pages_trials,
)
from liuhen.interfaces.api.answers import Gone, WrongFields, cite_of
from liuhen.interfaces.api.gate import Asking, Routes, asked
from liuhen.interfaces.api.law_words import setting_word
from liuhen.interfaces.api.lists import Line, Text, Told, Word
from liuhen.interfaces.api.pages_trials import Question
from liuhen.interfaces.api.rail import done
from liuhen.interfaces.api.shapes import Done, Form, FormField, Listing, Option, Why
from liuhen.interfaces.api.shapes_law import (
    ComparisonPage,
    FindingRow,
    PassageShown,
    RulesPage,
    ShelfPage,
    TrialPage,
    TrialPart,
)
from liuhen.interfaces.office import shelf_of
from liuhen.kernel.clock import BEIJING, shown
from liuhen.kernel.errors import Malformed
from liuhen.kernel.months import Period

routes = Routes("制度")
_LARGEST = 2_400_000  # of Base64: what one request may carry; larger files go through `liuhen pack text`.
Clause = Annotated[str, StringConstraints(max_length=60)]


class NewText(Told):
    key: Word
    version: Word
    name: Line
    content: Annotated[str, StringConstraints(min_length=1, max_length=_LARGEST)]


class Activation(Told):
    key: Word
    since: Annotated[str, StringConstraints(max_length=40)]
    replaces: list[Word] | None = None
    reason: Text | None = None


class Ending(Told):
    key: Word
    since: Annotated[str, StringConstraints(max_length=40)]
    reason: Text | None = None


class NewSetting(Told):
    key: Word
    value: Annotated[str, StringConstraints(min_length=1, max_length=40, strip_whitespace=True)]
    since: Annotated[str, StringConstraints(max_length=40)]
    reason: Text | None = None


# ── 页面 ───────────────────────────────────────────────────


@routes.get("/rules", policy="law.view", response=RulesPage)
def rules(request: HttpRequest, pack: Word = "", month: Word = "") -> RulesPage:
    return pages_registry.rules(asked(request), pack=pack, month=month)


@routes.get("/rules/rows", policy="finding.view", response=Listing[FindingRow])
def rows(
    request: HttpRequest, clause: Clause = "", verdict: Word = "", month: Word = "", pack: Word = "",
    after: Annotated[str, StringConstraints(max_length=120)] = "",
) -> Listing[FindingRow]:  # fmt: skip
    """The findings behind one number. `pack` stands in the address for the way back."""
    return pages_findings.findings(asked(request), clause=clause, answer=verdict, month=month, after=after)


@routes.get("/findings/{uuid:finding}/why", policy="finding.view", response=Why)
def why(request: HttpRequest, finding: UUID) -> Why:
    return pages_findings.why(asked(request), finding)


@routes.get("/rules/passage", policy="law.view", response=PassageShown)
def passage(request: HttpRequest, clause: Clause) -> PassageShown:
    return pages_registry.passage(asked(request), clause)


@routes.get("/rules/shelf", policy="law.view", response=ShelfPage)
def shelf(request: HttpRequest) -> ShelfPage:
    return pages_shelf.shelf(asked(request))


@routes.get("/rules/comparison", policy="law.view", response=ComparisonPage)
def comparison(request: HttpRequest, one: Word = "", other: Word = "") -> ComparisonPage:
    return pages_shelf.comparison(asked(request), one, other)


@routes.get("/rules/trial", policy="law.simulate", response=TrialPage)
def trial(
    request: HttpRequest,
    kind: Word,
    key: Word,
    value: Word = "",
    replaces: Line = "",
    since: Word = "",
) -> TrialPage:
    return pages_trials.trial(asked(request), Question(kind, key, value, replaces, since))


@routes.get("/rules/trial/part", policy="law.simulate", response=TrialPart)
def trial_part(
    request: HttpRequest, kind: Word, key: Word, value: Word = "", replaces: Line = "",
    since: Word = "", place: Clause = "",
) -> TrialPart:  # fmt: skip
    return pages_trials.part(asked(request), Question(kind, key, value, replaces, since), place)


# ── 原文 ───────────────────────────────────────────────────


@routes.post("/rules/texts", policy="statute.attach", response=Done)
def attach(request: HttpRequest, told: NewText) -> Done:
    asking = asked(request)
    try:
        content = base64.b64decode(told.content, validate=True)
    except binascii.Error as error:
        raise Malformed("文件没有完整传到", do="请重新选择文件。") from error
    row = statutes.attach_text(
        pages_trials.agency_of(asking), by=asking.by, key=told.key, version=told.version, name=told.name, content=content,
        at=asking.at,
    )  # fmt: skip
    return done(f"已附上《{row.name}》", about=row.pk)


# ── 启用、终止、设定 ───────────────────────────────────────

_REASON_HINT = "不缩短保存期限的，当场施行，可以不填；会缩短的，报机关负责人批准，须写明事由。"


@routes.get("/rules/activation", policy="pack.activate", response=Form)
def activation_form(request: HttpRequest, key: Word, replaces: Line = "") -> Form:
    asking = asked(request)
    _, pack = pages_shelf.loaded(asking, key)
    law = asking.law_or_none
    others = [p.head for p in law.packs if p.head.key != key] if law else []
    options = [Option(value=head.key, label=f"《{head.title}》") for head in others]
    chosen = [name for name in replaces.split(",") if name in {head.key for head in others}]
    replacing = [
        fields.many(
            "replaces",
            "同时终止",
            options,
            value=chosen,
            required=False,
            hint="不选的，与它同时施行，从严适用。",
        )
    ]
    return Form(
        title=f"启用《{pack.head.title}》", submit="启用", url="/rules/activations",
        intro=f"规则包 {pack.head.key}@{pack.head.version}。自所选之日起施行，不溯及以前；同一规则包的旧版本同时终止。",
        fields=[_fixed("key", "规则包", key, pack.head.title), _since(asking), *(replacing if options else []), _reason()],
    )  # fmt: skip


@routes.post("/rules/activations", policy="pack.activate", response=Done)
def activate(request: HttpRequest, told: Activation) -> Done:
    asking = asked(request)
    question = Question("activate", told.key, replaces=",".join(told.replaces or []), since=told.since)
    return _change(asking, question, told.reason)


@routes.get("/rules/ending", policy="pack.activate", response=Form)
def ending_form(request: HttpRequest, key: Word) -> Form:
    asking = asked(request)
    row = next(
        (r for r in queries.packs_in_force(asking.officer.agency_id, at=asking.at) if r.key == key), None
    )
    if row is None:
        raise Gone
    return Form(
        title=f"终止施行 {row.key}@{row.version}", submit="终止", url="/rules/endings",
        intro="自所选之日起不再据以判断；此前的结论和已定的保存期限不变。",
        fields=[_fixed("key", "规则包", key, f"{row.key}@{row.version}"), _since(asking), _reason()],
    )  # fmt: skip


@routes.post("/rules/endings", policy="pack.activate", response=Done)
def end(request: HttpRequest, told: Ending) -> Done:
    return _change(asked(request), Question("end", told.key, since=told.since), told.reason)


@routes.get("/rules/setting", policy="setting.write", response=Form)
def setting_form(request: HttpRequest, key: Word, pack: Word = "", value: Word = "") -> Form:
    """The dialog of one setting; `pack` stands in the address for the way back."""
    asking = asked(request)
    setting, citation = _setting(asking, key)
    own = queries.settings_in_force(asking.officer.agency_id, at=asking.at).get(key)
    default = setting_word(setting.default) if setting.default is not None else "尚未确定"
    return Form(
        title=f"更改：{setting.label}", submit="定为此值", url="/rules/settings", cite=cite_of(citation),
        intro=f"{setting.why} 默认：{default}。{f'建议：{setting_word(setting.proposal)}。' if setting.proposal else ''}",
        fields=[
            _fixed("key", "设定", key, setting.label),
            _value_field(setting, str(value or own or setting.default or setting.proposal or "")),
            _since(asking), _reason(),
        ],
    )  # fmt: skip


@routes.post("/rules/settings", policy="setting.write", response=Done)
def set_value(request: HttpRequest, told: NewSetting) -> Done:
    asking = asked(request)
    setting, _ = _setting(asking, told.key)
    _check_value(setting, told.value)
    return _change(asking, Question("set", told.key, value=told.value, since=told.since), told.reason)


def _change(asking: Asking, question: Question, reason: str | None) -> Done:
    """Carry out at once what one person may; what shortens is laid before the head of the agency."""
    change, agency = pages_trials.change_of(asking, question), pages_trials.agency_of(asking)
    packs = shelf_of(asking.office, change.key)
    if not shortens(agency, change, packs=packs):
        change_law(agency, change, by=asking.by, packs=packs, at=asking.at)
        return done(_said(change), about=_newest(asking, change))
    if not (reason or "").strip():
        told = "这项变动会缩短保存期限，须报机关负责人批准；请写明事由。"
        raise WrongFields("会缩短保存期限，须经另一人批准", {"reason": told})
    row = propose_change(agency, change, by=asking.by, packs=packs, at=asking.at)
    head = ChainStep(role="agency_head", title=ROLES["agency_head"], clause="")
    request_approval(
        row, by=asking.by, requester=asking.officer, unit=agency.units.get(parent__isnull=True), purpose=SHORTEN,
        reason=reason or "", chain=[head], at=asking.at,
    )  # fmt: skip
    return done("会缩短保存期限，已报机关负责人批准；批准之前不生效", about=row.pk)


def _said(change: Change) -> str:
    what = {"activate": "启用", "end": "终止", "set": "定为"}[change.kind]
    value = f" {setting_word(change.value)}" if change.kind == "set" else ""
    return f"{change.key} 自 {shown(change.since)} 起{what}{value}"


def _newest(asking: Asking, change: Change) -> UUID:
    """The row a change has left, for its proof."""
    agency = asking.officer.agency_id
    if change.kind == "set":
        return queries.setting_history(agency)[change.key][0].pk
    return queries.newest_pack_row(agency, change.key).pk


# ── 栏位 ───────────────────────────────────────────────────


def _fixed(name: str, label: str, value: str, told: str) -> FormField:
    return fields.select(name, label, [Option(value=value, label=told)], value=value)


def _since(asking: Asking) -> FormField:
    today = asking.at.astimezone(BEIJING).replace(hour=0, minute=0, second=0, microsecond=0)
    return fields.moment("since", "自何日起", value=today, hint="只看日期；选今天的，即时起施行。")


def _reason() -> FormField:
    return fields.long("reason", "事由", required=False, hint=_REASON_HINT)


def _setting(asking: Asking, key: str):  # type: ignore[no-untyped-def]
    law = asking.law
    for pack in law.packs:
        for setting in pack.settings:
            if setting.key == key:
                return setting, pack.cite(setting.clause)
    raise Gone


def _value_field(setting: AgencySetting, value: str) -> FormField:
    if setting.choices:
        return fields.select(
            "value", "值", [Option(value=c, label=setting_word(c)) for c in setting.choices], value=value
        )
    hint = "期限写作 24h、30d、6m、2y（小时、日、月、年）。" if not value.isdecimal() else "填整数。"
    return fields.text("value", "值", value=value, hint=hint)


def _check_value(setting: AgencySetting, value: str) -> None:
    """A value the rule could not take would stop the law; it is refused beside its field."""
    if setting.choices:
        if value not in setting.choices:
            raise WrongFields("填写的内容不合要求", {"value": "请从所列各项中选择。"})
        return
    is_count = (setting.default or "").isdecimal()
    try:
        fits = value.isdecimal() if is_count else bool(Period.parse(value))
    except Malformed as error:
        raise WrongFields("填写的内容不合要求", {"value": f"{error.why}。"}) from error
    if not fits:
        raise WrongFields("填写的内容不合要求", {"value": "请填整数。"})
