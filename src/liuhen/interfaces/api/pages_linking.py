"""The queue of recordings that wait for their activity: each ends as linked, as belonging to none with a reason, or overdue.

The clock is the rulebook's own: a recording is overdue where the finding on its linking says so, and not otherwise.
"""

from collections import defaultdict
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from liuhen.apps.access.queries import playable
from liuhen.apps.casework import linking
from liuhen.apps.casework import queries as casework
from liuhen.apps.casework.models import Case, CaseLink, NoCase
from liuhen.apps.casework.models import Link as LinkRow
from liuhen.apps.casework.suggestions import Suggestion, suggestions_of
from liuhen.apps.evidence import queries as evidence
from liuhen.apps.evidence.models import Derived, Recording
from liuhen.apps.evidence.sources import lacks_second_person
from liuhen.apps.oversight import queries as oversight
from liuhen.apps.oversight.models import Finding
from liuhen.apps.registry import queries as registry
from liuhen.apps.registry.permission import reach_of
from liuhen.engines.rules.packs import Rulebook
from liuhen.interfaces.api.gate import Asking
from liuhen.interfaces.api.lists import ListAsked, between, containing, day_of, page_of
from liuhen.interfaces.api.rail import deadline_of
from liuhen.interfaces.api.shapes import (
    Action,
    Deadline,
    Filter,
    Link,
    LinkShown,
    Listing,
    MediaSpan,
    Option,
    SaidReason,
    SavedView,
    State,
    Teach,
)
from liuhen.interfaces.api.shapes_linking import BestGuess, LinkingRow, SheetLine, Shift, Shifts, ShiftSheet
from liuhen.interfaces.api.words import span_shown
from liuhen.kernel.clock import BEIJING, shown
from liuhen.kernel.errors import Malformed

MOST = 60
_MOST_SHIFTS = 500
_STATES = {"open": "待办", "overdue": "超期", "no-case": "无案", "linked": "已关联"}
_FILTERS = [
    Filter(key="q", label="编号、文件名、人员、设备", kind="text"),
    Filter(key="state", label="状态", kind="select", options=[Option(value=v, label=w) for v, w in _STATES.items()]),
    Filter(key="when", label="入库", kind="dates"),
]  # fmt: skip
_VIEWS = [
    SavedView(key="open", label="待办", query={}),
    SavedView(key="mine", label="我录的", query={"view": "mine"}),
    SavedView(key="overdue", label="超期", query={"state": "overdue"}),
    SavedView(key="no-case", label="无案", query={"state": "no-case"}),
    SavedView(key="linked", label="已关联", query={"state": "linked"}),
]
_TEACH = Teach(
    title="没有待关联的音像",
    what_belongs="这里列出还没有关联到现场活动或者执法事项的音像。每一段最后只有三种去处：已关联、写明理由的无案、超期。",
    how_it_gets_here="入库之后自动列入；系统按使用人、设备、时间和地点排出可能的活动，由人确认。",
)


def queue(asking: Asking) -> QuerySet[Recording]:
    """What this person may link and nobody has: neither linked nor said to belong nowhere."""
    return _mine_to_link(asking).filter(linking.awaits_link())


def overdue(asking: Asking, rows: QuerySet[Recording]) -> QuerySet[Recording]:
    """Of these, the ones whose clock has run out by the rulebook in force."""
    late = oversight.findings().filter(rule__in=_clocks(asking.law_or_none), verdict="不符合")
    return rows.filter(pk__in=late.values("subject"))


def page(asking: Asking, asked: ListAsked) -> Listing[LinkingRow]:
    if asked.state not in ("", *_STATES) or asked.view not in ("", "mine"):
        raise Malformed("没有这种筛选", do="请清除筛选后重新选择。")
    found = _of_state(asking, asked.state)
    if asked.view == "mine":
        found = found.filter(officer=asking.officer.pk)
    words = containing(asked.q, ("number", "source_name", "officer__name", "device__number", "device_serial"))
    rows = page_of(
        found.filter(words & between(asked.when, "received_at")), by="received_at", after=asked.after
    )
    return Listing[LinkingRow](
        rows=_rows(asking, rows.rows), next=rows.next, count_label=rows.count_label, filters=_FILTERS, views=_VIEWS,
        actions=[], teach=_TEACH,
    )  # fmt: skip


def shifts(asking: Asking) -> Shifts:
    """The queue by who recorded on which day, the longest waiting first."""
    waiting = queue(asking)
    late = set(overdue(asking, waiting).values_list("pk", flat=True)[:_MOST_SHIFTS])
    held: dict[tuple[str, UUID], list[Recording]] = defaultdict(list)
    for row in waiting.exclude(officer=None).order_by("received_at")[:_MOST_SHIFTS]:
        if row.officer_id is not None:
            held[_day(row), row.officer_id].append(row)
    found = [
        Shift(
            key=f"{day}-{officer}", officer=rows[0].officer.name if rows[0].officer else "", day=day, count=len(rows),
            overdue=sum(row.pk in late for row in rows), sheet_url=f"/linking/sheet?officer={officer}&day={day}",
        )
        for (day, officer), rows in sorted(held.items(), key=lambda item: item[0][0])
    ]  # fmt: skip
    total = sum(shift.count for shift in found)
    says = f"待关联 {total} 段，按执法人员和日期分班。" if found else ""
    return Shifts(says=says, shifts=found)


def sheet(asking: Asking, officer: UUID, day: datetime) -> ShiftSheet:
    """One shift with its first suggestions, nothing ticked."""
    since, until = day_of(day)
    when = Q(started_at__gte=since, started_at__lt=until)
    when |= Q(started_at=None, received_at__gte=since, received_at__lt=until)
    rows = list(queue(asking).filter(when, officer=officer).order_by("started_at", "received_at")[:MOST])
    name = (
        rows[0].officer.name if rows and rows[0].officer else "这名执法人员"
    )  # Whose sheet is empty is not named.
    pictures = evidence.copies_of([row.pk for row in rows], Derived.Kind.THUMBNAIL)
    may_see, guesses = playable(rows, by=asking.by, at=asking.at), suggestions_of(rows)
    return ShiftSheet(
        title=f"核对 {name} {day.astimezone(BEIJING):%Y-%m-%d} 的音像",
        intro="逐段看依据，认可的勾上；没有勾的仍在待办。每一段各写一行存证，关联有误的须另一人同意才能解除。",
        url="/linking/confirmations",
        lines=[
            _line(
                asking,
                row,
                next(iter(guesses[row.pk]), None),
                has_picture=row.pk in pictures and row.pk in may_see,
            )
            for row in rows
        ],
    )


def links_shown(asking: Asking, row: Recording) -> list[LinkShown]:
    """Every link of a recording: standing ones first, with what may be done; those taken back after them."""
    links: list[LinkRow | CaseLink] = [*linking.links_about(row.pk), *linking.case_links_about(row.pk)]
    asked = linking.waiting_unlinkings(link.pk for link in links)
    names = registry.names_of({link.by for link in links})
    may = asking.may("recording.link", row)
    shown_ones = [_link(link, names, may=may, waits=link.pk in asked) for link in links]
    return sorted(shown_ones, key=lambda one: one.ended is not None)


def _link(row: LinkRow | CaseLink, names: dict[UUID, str], *, may: bool, waits: bool) -> LinkShown:
    activity, case = (None, row.case) if isinstance(row, CaseLink) else (row.activity, row.activity.case)
    ended, span = getattr(row, "unlinking", None), _span(row)
    act = Action(
        key="unlink", label="解除关联", form_url=f"/links/{row.pk}/unlinking",
        unavailable="已经提出解除，正等第二人审批" if waits else None,
    )  # fmt: skip
    told = [
        f"{names.get(row.by, '系统')}，{shown(row.at)}",
        *row.reasons,
        *(["作为证据"] if row.is_evidence else []),
    ]
    return LinkShown(
        id=str(row.pk),
        activity=Link(label=activity.subject, to=f"/activities/{activity.pk}", note=activity.number)
        if activity
        else None,
        case=Link(label=case.number, to=f"/cases/{case.pk}", note=case.cause) if case else None,
        part=State(label=row.get_part_display(), tone="plain" if ended else "action"),
        span=span,
        says="；".join(told),
        ended=f"{shown(ended.at)} 解除（{ended.approval}）：{ended.reason}" if ended else None,
        actions=[act] if may and not ended else [],
    )


def _span(row: LinkRow | CaseLink) -> MediaSpan | None:
    part = row if isinstance(row, CaseLink) else getattr(row, "span", None)
    if part is None or part.begins is None or part.ends is None:
        return None
    return MediaSpan(start_seconds=part.begins, end_seconds=part.ends)


def guess_of(one: Suggestion | None) -> BestGuess | None:
    if one is None:
        return None
    activity = one.activity
    start = activity.arrived_at or activity.started_at or activity.planned_at
    return BestGuess(
        activity=Link(label=activity.subject, to=f"/activities/{activity.pk}"), number=activity.number,
        when=span_shown(start, activity.ended_at),
        likelihood=State(label=one.likelihood, tone="action" if one.likelihood == "很可能" else "plain"),
        reasons=[SaidReason(says=r.says, tone="due" if r.weight < 0 else "plain") for r in one.reasons],
    )  # fmt: skip


def _mine_to_link(asking: Asking) -> QuerySet[Recording]:
    return evidence.visible_to(asking.by, at=asking.at).filter(
        reach_of(asking.by, "recording.link", at=asking.at)
    )


def _linked() -> Q:
    return linking.is_linked()


def _said() -> Q:
    return Q(pk__in=linking.without_case().values("recording"))


def _of_state(asking: Asking, state: str) -> QuerySet[Recording]:
    if state == "linked":
        return _mine_to_link(asking).filter(_linked())
    if state == "no-case":
        return _mine_to_link(asking).filter(~_linked(), _said())
    waiting = queue(asking)
    return overdue(asking, waiting) if state == "overdue" else waiting


def _clocks(law: Rulebook | None) -> list[str]:
    """The rules whose clock waits for the link."""
    rules = law.rules_of("deadline") if law else ()
    return [rule.id for rule in rules if str(getattr(rule.judge, "until", "")) == "recording.linked_at"]


def _day(row: Recording) -> str:
    return (row.started_at or row.received_at).astimezone(BEIJING).date().isoformat()


def _rows(asking: Asking, rows: list[Recording]) -> list[LinkingRow]:
    keys = [row.pk for row in rows]
    homes, notes = casework.homes_of(keys), linking.no_cases_of(keys)
    law = asking.law_or_none
    clocks = _clocks(law)
    findings = {
        key: next((f for f in found if f.rule in clocks), None)
        for key, found in oversight.findings_by_subject(keys).items()
    }
    open_ones = [row for row in rows if row.pk not in homes and row.pk not in notes]
    guesses = {key: next(iter(found), None) for key, found in suggestions_of(open_ones).items()}
    return [
        _row(asking, row, homes.get(row.pk), notes.get(row.pk), findings.get(row.pk), guesses.get(row.pk), law)
        for row in rows
    ]  # fmt: skip


def _row(
    asking: Asking, row: Recording, home: casework.Home | None, note: NoCase | None, finding: Finding | None,
    guess: Suggestion | None, law: Rulebook | None,
) -> LinkingRow:  # fmt: skip
    is_open = home is None and note is None
    return LinkingRow(
        id=str(row.pk),
        number=row.number,
        started_at=row.started_at,
        officer=row.officer.name if row.officer else row.officer_number or "不明",
        device=row.device.number if row.device else row.device_serial or "不明",
        end=_end(home, note, finding),
        deadline=_clock(finding, law, asking.at) if is_open else None,
        guess=guess_of(guess),
        says=_says(home, note, finding, guess),
        actions=_actions(asking, row, guess) if is_open else [],
    )


def _end(home: casework.Home | None, note: NoCase | None, finding: Finding | None) -> State:
    if home is not None:
        return State(label="已关联", tone="plain")
    if note is not None:
        return State(label="无案", tone="plain", reason=note.get_why_display())
    if finding is not None and finding.verdict == "不符合":
        return State(label="超期", tone="breach", reason=finding.reason)
    return State(label="待关联", tone="due")


def _clock(finding: Finding | None, law: Rulebook | None, at: datetime) -> Deadline | None:
    return deadline_of(finding, law=law, at=at) if finding else None


def _says(
    home: casework.Home | None, note: NoCase | None, finding: Finding | None, guess: Suggestion | None
) -> str:
    if home is not None:
        return f"{home.number} {home.title}"
    if note is not None:
        return f"{note.get_why_display()}：{note.reason}"
    if finding is not None and finding.verdict == "不符合":
        return finding.reason
    return "" if guess else "前后半天内没有合适的活动"


def _actions(asking: Asking, row: Recording, guess: Suggestion | None) -> list[Action]:
    own = _own_only(asking, row)
    found = []
    if guess is not None:
        found.append(
            Action(
                key="link", label="关联", method="POST", url=f"/recordings/{row.pk}/links", main=True, unavailable=own,
                body={"activity": str(guess.activity.pk)}, confirm=f"关联到 {guess.activity.number} {guess.activity.subject}。",
            )
        )  # fmt: skip
    other = Action(key="other", label="其他活动", form_url=f"/recordings/{row.pk}/link", unavailable=own)
    return [*found, other, case_action(row, own), no_case_action(row)]


def case_action(row: Recording, unavailable: str | None = None) -> Action:
    """For what belongs to a case and to none of its activities."""
    return Action(
        key="link-case",
        label="关联执法事项",
        form_url=f"/recordings/{row.pk}/case-link",
        unavailable=unavailable,
    )


def no_case_action(row: Recording) -> Action:
    return Action(key="no-case", label="无案说明", form_url=f"/recordings/{row.pk}/no-case")


def case_recording_action(case: Case) -> Action:
    return Action(key="link-recording", label="关联音像", form_url=f"/cases/{case.pk}/recording-link")


def straight_to(asking: Asking, case: Case) -> list[Recording]:
    """The recordings of a case that belong to none of its activities, as far as this person may know of them."""
    seen = evidence.visible_to(asking.by, at=asking.at)
    links = [link.recording_id for link in casework.straight_to(case.pk)]
    return list(seen.filter(pk__in=links).order_by("started_at", "received_at"))


def _own_only(asking: Asking, row: Recording) -> str | None:
    alone = lacks_second_person(row, asking.by.id)
    return "由您手工导入，当时没有您的领用登记，须由部门负责人或者关联专人关联" if alone else None


def _line(asking: Asking, row: Recording, guess: Suggestion | None, *, has_picture: bool) -> SheetLine:
    why = _own_only(asking, row) or (None if guess else "前后半天内没有合适的活动，请逐段办理")
    return SheetLine(
        recording=str(row.pk), number=row.number,
        when=span_shown(row.started_at, row.ended_at) if row.started_at else "起时不明",
        thumbnail=f"/media/thumbnails/{row.pk}" if has_picture else None,
        activity=str(guess.activity.pk) if guess else None, guess=guess_of(guess), unavailable=why,
    )  # fmt: skip
