"""Documents as pages: the list, and one document with its values, its signatures and what it still lacks."""

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q

from liuhen.apps.casework import queries as casework
from liuhen.apps.casework.models import Activity, Case, Interruption
from liuhen.apps.documents import queries
from liuhen.apps.documents.models import Document
from liuhen.apps.documents.signing import OWN, declined_of, marks_of, signed_of, unmarked
from liuhen.apps.evidence import queries as evidence
from liuhen.apps.evidence.models import Recording
from liuhen.apps.oversight import queries as oversight
from liuhen.apps.oversight.models import Finding
from liuhen.engines.forms import Form, lacking, load_forms
from liuhen.engines.forms.printing import drawn
from liuhen.engines.rules.facts import CAUSES
from liuhen.interfaces.api.demands import demand_of, seen_of
from liuhen.interfaces.api.gate import Asking
from liuhen.interfaces.api.lists import ListAsked, between, containing, page_of
from liuhen.interfaces.api.pages_seeing import jumps_of, segments_written
from liuhen.interfaces.api.papers import address_of, state_of
from liuhen.interfaces.api.rail import cite_of_finding, gravest, rail
from liuhen.interfaces.api.shapes import (
    Action,
    DocumentLine,
    DocumentPage,
    Due,
    Fact,
    Filter,
    Head,
    InkedName,
    Link,
    Listing,
    Option,
    PaperTable,
    SavedView,
    Teach,
)
from liuhen.interfaces.api.words import said, span_shown
from liuhen.interfaces.api.writing import may_change
from liuhen.kernel.clock import shown
from liuhen.kernel.errors import Malformed

_OPEN = (Document.State.DRAFT, Document.State.TO_SIGN)


@dataclass(frozen=True, slots=True)
class Matter:
    """What a document is about: its words, its page, who took part, how many must sign, on which article it rests."""

    words: str
    to: str
    officers: frozenset[UUID]
    least: int
    clause: str


def form_of(asking: Asking, form: str) -> Form:
    """The form of a document. Raises `Malformed` where its file is gone."""
    found = load_forms(asking.office.forms).get(form)
    if found is None:
        raise Malformed(f"文书格式“{form}”不在本机", do="请由系统管理员恢复 forms 文件夹。")
    return found


def matter_of(asking: Asking, row: Document) -> Matter:
    """The thing behind a document, with what the law in force asks of a paper about it."""
    law = asking.law_or_none
    if row.subject_kind == Interruption.kind():
        stop = casework.interruption(row.subject)
        if stop is not None:
            rule = next(iter(law.rules_of("interruption")), None) if law else None
            least = law.interruption.signatures if law and law.interruption else 1
            clause = str(rule.citation) if rule else ""
            words = f"{stop.activity.subject} {span_shown(stop.start, stop.end)} 记录中断"
            return Matter(words, f"/activities/{stop.activity_id}", stop.place().officers, least, clause)
    if row.subject_kind == Recording.kind():
        recording = evidence.recordings().filter(pk=row.subject).first()
        if recording is not None:
            return Matter(recording.number, f"/recordings/{recording.pk}", recording.place().officers, 1, "")
    if row.subject_kind == Document.kind():
        other = queries.documents().filter(pk=row.subject).first()
        if other is not None:
            return Matter(
                f"{other.number} {other.title}", address_of(other), matter_of(asking, other).officers, 1, ""
            )
    if row.subject_kind == Case.kind():
        case = casework.cases().filter(pk=row.subject).first()
        if case is not None:
            return Matter(
                f"{case.number} {case.cause}", f"/cases/{case.pk}", casework.officers_on(case), 1, ""
            )
    activity: Activity | None = casework.activities().filter(pk=row.subject).first()
    if activity is not None:
        return Matter(activity.subject, f"/activities/{activity.pk}", activity.place().officers, 1, "")
    return Matter("所涉事项", "/documents", frozenset({row.made_by_id}), 1, "")


def own_places(asking: Asking, row: Document, form: Form, matter: Matter) -> list[str]:
    """The places of the form that are this person's to sign and are not signed by him yet: an officer's where he took part or
    wrote it, a head's or a reviewer's where he is one; whoever handles the matter does not review it.
    """
    me = asking.officer.pk
    took_part, handles = me in matter.officers | {row.made_by_id}, me in matter.officers
    signed = {s.role for s in row.signatures.all() if s.officer_id == me}
    return [
        slot.role for slot in form.signature
        if slot.role in OWN and slot.role not in signed and (took_part or OWN[slot.role] != "document.sign") and asking.may(OWN[slot.role], row)
        and not (handles and slot.role == "legal")
    ]  # fmt: skip


def first_values(
    asking: Asking, form: Form, subject: Interruption | Recording | Activity | Document | Case
) -> dict[str, str]:
    """What a new document begins with, taken from the rows; everything may be changed before signing."""
    known = {name: value for name, value in _sources(asking, subject) if value}
    return {field.name: known[field.source] for field in form.field if field.source in known}


def _sources(
    asking: Asking, subject: Interruption | Recording | Activity | Document | Case
) -> Iterator[tuple[str, str]]:
    """What the rows tell, under the names that forms use for it."""
    if isinstance(subject, Interruption):
        causes = {c.code: c.label for c in asking.law.interruption.cause} if asking.law.interruption else {}
        yield "subject.title", "现场记录中断的说明"
        yield "interruption.span", span_shown(subject.start, subject.end)
        yield "interruption.cause", causes.get(subject.cause, CAUSES.get(subject.cause, ""))
        yield "activity.number", f"{subject.activity.number} {subject.activity.subject}"
    elif isinstance(subject, Recording):
        home = casework.homes_of([subject.pk]).get(subject.pk)
        yield "subject.title", f"{subject.number} 的说明"
        yield "activity.number", f"{home.number} {home.title}" if home else "尚未关联"
        when = span_shown(subject.started_at, subject.ended_at) if subject.started_at else "起止不明"
        yield "interruption.span", when
        yield "recording.number", subject.number
        yield "recording.officer", subject.officer.name if subject.officer else ""
        yield "recording.device", str(subject.device) if subject.device else ""
    elif isinstance(subject, Document):
        stated = subject.stated
        yield "subject.title", f"{subject.number}《{subject.title}》的说明"
        yield "activity.number", matter_of(asking, subject).words
        yield "interruption.span", span_shown(stated.start, stated.end) if stated else "未写起止"
    elif isinstance(subject, Case):
        yield "subject.title", f"{subject.number} 的说明"
        yield "activity.number", f"{subject.number} {subject.cause}"
        yield from _of_case(subject)
    else:
        yield from _of_activity(asking, subject)


def _of_activity(asking: Asking, row: Activity) -> Iterator[tuple[str, str]]:
    yield "subject.title", "未能记录的说明"
    yield "activity.number", f"{row.number} {row.subject}"
    yield "activity.segments", segments_written(row, reader=asking.by, at=asking.at)
    yield "activity.name", f"{row.number} {row.subject}"
    yield "interruption.span", span_shown(row.started_at, row.ended_at) if row.started_at else "未登记起止"
    yield "activity.begun", row.started_at.isoformat() if row.started_at else ""
    yield "activity.ended", row.ended_at.isoformat() if row.ended_at else ""
    yield "activity.place", row.place_text
    yield "activity.officers", "、".join(f"{o.name}（{o.number}）" for o in casework.officers_of(row.pk))
    if row.case:
        yield from _of_case(row.case)
    yield "case.place", row.place_text
    yield "case.officers", "、".join(f"{o.name}（{o.number}）" for o in casework.officers_of(row.pk))


def _of_case(row: Case) -> Iterator[tuple[str, str]]:
    yield "case.number", row.number
    yield "case.cause", row.cause
    yield "case.party", row.party
    yield "case.place", row.place_text
    officers = filter(None, (row.officer, row.second_officer))
    yield "case.officers", "、".join(f"{o.name}（{o.number}）" for o in officers)


# ── 列表 ───────────────────────────────────────────────────


def documents(asking: Asking, asked: ListAsked) -> Listing[DocumentLine]:
    """The documents this person may read, newest first."""
    visible = queries.visible_to(asking.by, at=asking.at)
    rows = page_of(visible.filter(_asked(asking, asked)), by="made_at", after=asked.after)
    return Listing[DocumentLine](
        rows=[_line(asking, row) for row in rows.rows],
        next=rows.next,
        count_label=rows.count_label,
        filters=[
            Filter(key="q", label="编号、名称、制作人", kind="text"),
            Filter(key="state", label="状态", kind="select",
                   options=[Option(value=v, label=w) for v, w in Document.State.choices]),
            Filter(key="when", label="制作", kind="dates"),
        ],
        views=[
            SavedView(key="all", label="全部", query={}), SavedView(key="mine", label="我制作的", query={"view": "mine"}),
            SavedView(key="open", label="未定稿", query={"view": "open"}),
        ],
        actions=[],
        teach=Teach(
            title="这里放文书", what_belongs="情况说明等文书：由谁制作、谁签了名、是否定稿；定稿后锁定并生成 PDF。",
            how_it_gets_here="在现场活动或音像资料的页面上填写，填写的内容自动带出已登记的事实。", action=None,
        ),
    )  # fmt: skip


def _asked(asking: Asking, asked: ListAsked) -> Q:
    found = containing(asked.q, ("number", "title", "made_by__name")) & between(asked.when, "made_at")
    views = {"": Q(), "mine": Q(made_by=asking.officer.pk), "open": Q(state__in=_OPEN)}
    if asked.view not in views:
        raise Malformed("没有这种筛选", do="请清除筛选后重新选择。")
    found &= views[asked.view]
    return found & Q(state=asked.state) if asked.state else found


def _line(asking: Asking, row: Document) -> DocumentLine:
    matter = matter_of(asking, row)
    return DocumentLine(
        id=str(row.pk), number=row.number, title=row.title, about=Link(label=matter.words, to=matter.to),
        made_by=row.made_by.name, made_at=row.made_at, state=state_of(row),
    )  # fmt: skip


# ── 一份文书 ────────────────────────────────────────────────


def document(asking: Asking, row: Document) -> DocumentPage:
    """Everything about one document."""
    form, matter = form_of(asking, row.form), matter_of(asking, row)
    missing = _missing(asking, row, form, matter) if row.state in _OPEN else []
    printed = (
        Link(label="打开定稿的 PDF", to=f"/api/v1/documents/{row.pk}/print")
        if row.state == "finalised"
        else None
    )
    findings = oversight.findings_about([row.pk])
    return DocumentPage(
        head=_head(asking, row, matter, missing, findings),
        values=[
            Fact(label=f.label, value=f.shown(row.values.get(f.name, "")) or "未填")
            for f in form.field
            if not f.columns
        ],
        tables=[
            PaperTable(
                label=f.label, columns=list(f.columns), rows=rows, jumps=jumps_of(asking, f.columns, rows)
            )
            for f in form.field
            if f.columns
            for rows in [f.rows(row.values.get(f.name, ""))]
        ],
        signatures=_signatures(form, row),
        marks=[
            InkedName(
                label=m.says or m.get_sort_display(),
                name=m.name or "尚未捺印",
                note=shown(m.at),
                ink=drawn(m.image),
            )
            for m in marks_of(row)
        ],
        lacking=missing,
        print=printed,
        facts=_facts(row, form, matter),
        rail=rail(
            asking,
            findings=findings,
            law=asking.law_or_none,
            things=[row.pk],
            mends=lambda _: _mends(asking, row),
            guidance="document" if row.state in _OPEN else "",
        ),
    )


def _missing(asking: Asking, row: Document, form: Form, matter: Matter) -> list[str]:
    demand = demand_of(asking, row, matter.least)
    declined = declined_of(row) if demand.may_decline else frozenset[str]()
    missing = lacking(form, row.values, signed_of(row), least=demand.least, declined=declined)
    return missing + (unmarked(row) if demand.marks else [])


def _signatures(form: Form, row: Document) -> list[InkedName]:
    told = [
        InkedName(label=_role(form, s.role), name=s.name, note=shown(s.at), ink=drawn(s.image))
        for s in row.signatures.all()
    ]
    return told + [
        InkedName(label=_role(form, r.role), name=r.name, ink="", declined=True,
                  note=f"未签名：{r.reason}（{r.officer.name} {shown(r.at)} 注明）")
        for r in row.refusals.select_related("officer")
    ]  # fmt: skip


def _mends(asking: Asking, row: Document) -> list[Action]:
    """How a finding about a document is answered: corrected before it is signed, explained afterwards."""
    is_draft = row.state == Document.State.DRAFT
    if not (
        may_change(asking, form_of(asking, row.form), row) if is_draft else asking.may("document.write", row)
    ):
        return []
    if is_draft:
        return [Action(key="fill", label="更改内容", form_url=f"{address_of(row)}/content")]
    return [Action(key="statement", label="填写情况说明", form_url=f"{address_of(row)}/statement")]


def _role(form: Form, role: str) -> str:
    return next((slot.label for slot in form.signature if slot.role == role), role)


def _facts(row: Document, form: Form, matter: Matter) -> list[Fact]:
    facts = [
        Fact(label="关于", value=matter.words, to=matter.to),
        Fact(label="制作", value=f"{row.made_by.name}，{shown(row.made_at)}"),
        Fact(label="格式", value=f"{form.title}（格式第 {row.form_version} 版）", note=form.says),
        Fact(label="版本", value=f"第 {row.version} 版"),
    ]
    if row.state == Document.State.VOID:
        voided = row.voided
        facts.append(
            Fact(
                label="作废",
                value=f"{voided.reason}（{voided.officer.name}，{shown(voided.at)}）",
                tone="due",
            )
        )
    if row.finalised_at:
        facts += [
            Fact(label="定稿", value=shown(row.finalised_at), tone="proven"),
            Fact(label="SHA-256", value=row.sha256, mono=True),
            Fact(label="SM3", value=row.sm3, mono=True),
        ]
    return facts


def _head(asking: Asking, row: Document, matter: Matter, missing: list[str], findings: list[Finding]) -> Head:
    actions = actions_on(asking, row, matter, missing)
    due, worst = None, gravest(findings)
    is_wrong = worst is not None and worst.verdict == "不符合"
    if worst is not None and is_wrong and row.state in (*_OPEN, Document.State.FINALISED):
        mends = _mends(asking, row)  # Before anybody signs what would have to be explained afterwards.
        due = Due(says=said(worst.reason, beside=worst.article), tone="breach", action=mends[0] if mends else None,
                  cite=cite_of_finding(worst))  # fmt: skip
    elif row.state in _OPEN:
        says = f"还缺：{'、'.join(missing)}" if missing else "内容和签名已齐，可以定稿"
        due = Due(says=says, tone="due" if missing else "action", action=_next(actions, whole=not missing))
    return Head(
        id=str(row.pk), number=row.number, title=f"{row.title} · {matter.words}", state=state_of(row), due=due,
        actions=actions, crumbs=[Link(label="文书", to="/documents")],
    )  # fmt: skip


def _next(actions: list[Action], *, whole: bool) -> Action | None:
    by_key = {action.key: action for action in actions}
    order = ("finalise",) if whole else ("sign", "hand", "fill")
    return next((by_key[key] for key in order if key in by_key), None)


def actions_on(asking: Asking, row: Document, matter: Matter, missing: list[str]) -> list[Action]:
    """What this person may do with the document as it stands."""
    form, is_open, found = form_of(asking, row.form), row.state in _OPEN, list[Action]()
    writes, path = may_change(asking, form, row), address_of(row)
    if writes and row.state == Document.State.DRAFT:
        found.append(Action(key="fill", label="更改内容", form_url=f"{path}/content"))
    if is_open and (places := own_places(asking, row, form, matter)):
        found.append(
            Action(key="sign", label="签名", method="POST", url=f"{path}/signatures?seen={seen_of(row)}&place={places[0]}",
                   confirm=f"以本人名义在“{_role(form, places[0])}”处签名；签名后内容不能再改，签名写入存证。")
        )  # fmt: skip
    if is_open and asking.may("document.sign", row):
        others = [slot.label for slot in form.signature if slot.role not in OWN]
        if others:
            found += [
                Action(key="hand", label=f"请{'、'.join(others)}签名", form_url=f"{path}/hand"),
                Action(key="refusal", label="注明拒签", form_url=f"{path}/refusal"),
                Action(key="mark", label="捺印（改动处、骑缝）", form_url=f"{path}/mark"),
            ]
    if writes and is_open and not missing:
        found.append(
            Action(key="finalise", label="定稿", method="POST", url=f"{path}/finalisation",
                   confirm="定稿后锁定并生成 PDF；以后只能另立新版本。")
        )  # fmt: skip
    if writes and row.state in (Document.State.TO_SIGN, Document.State.FINALISED):
        found.append(
            Action(key="version", label="另立新版本", method="POST", url=f"{path}/versions",
                   confirm="原版本保留并标为“已被新版本取代”，新版本须重新签名。")
        )  # fmt: skip
    if writes and is_open:
        found.append(Action(key="void", label="作废", form_url=f"{path}/voiding"))
    return found
