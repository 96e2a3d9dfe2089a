"""The whole page of one recording: player, clocks, passages, links, digests and rail."""

from dataclasses import dataclass
from uuid import UUID

from liuhen.apps.approval import queries as approval
from liuhen.apps.archive.queries import archive_number
from liuhen.apps.archive.stores import second_store
from liuhen.apps.casework import linking
from liuhen.apps.casework import queries as casework
from liuhen.apps.casework.models import NoCase
from liuhen.apps.casework.suggestions import Suggestion as SuggestionRow
from liuhen.apps.casework.suggestions import suggestions_for
from liuhen.apps.evidence import queries
from liuhen.apps.evidence.models import Recording
from liuhen.apps.evidence.segments import segments_of
from liuhen.apps.evidence.sources import waiting_statement
from liuhen.apps.oversight import queries as oversight
from liuhen.apps.oversight.models import Finding as FindingRow
from liuhen.apps.retention.queries import keeping_of
from liuhen.engines.rules.facts import DELAY_REASONS
from liuhen.engines.rules.packs import Rulebook
from liuhen.interfaces.api import (
    pages_hearing,
    pages_keeping,
    pages_linking,
    pages_packages,
    pages_redacting,
    pages_seeing,
    pages_sources,
    papers,
    secrecy,
    visits,
    vouchers,
)
from liuhen.interfaces.api.device_logs import device_log_shown
from liuhen.interfaces.api.gate import Asking
from liuhen.interfaces.api.media_facts import clocks, media_facts, passages, way_of
from liuhen.interfaces.api.pages_custody import custody, digests
from liuhen.interfaces.api.players import may_play, track_of
from liuhen.interfaces.api.rail import asks_for, gravest, rail
from liuhen.interfaces.api.recording_rows import gone_state, state_of
from liuhen.interfaces.api.shapes import (
    Action,
    Cite,
    Due,
    Fact,
    Head,
    Link,
    RecordingPage,
    SaidReason,
    State,
    Suggestion,
    Tone,
)
from liuhen.interfaces.api.words import said, seconds_shown, short, span_shown
from liuhen.kernel.clock import shown


@dataclass(frozen=True, slots=True)
class _Ends:
    """How the recording's wait for its activity or case ended so far: a link, or the note that it belongs to none."""

    home: casework.Home | None
    note: NoCase | None

    @property
    def is_open(self) -> bool:
        return self.home is None and self.note is None


def _wants_link(row: Recording, ends: _Ends) -> bool:
    return ends.is_open and row.form != Recording.Form.LOG


def recording(asking: Asking, row: Recording) -> RecordingPage:
    """Everything about one recording."""
    law = asking.law_or_none
    inspection = queries.newest_inspection(row.pk)
    home = casework.homes_of([row.pk]).get(row.pk)
    findings = oversight.findings_about([row.pk])
    ends = _Ends(home, linking.no_cases_of([row.pk]).get(row.pk))
    suggested = suggestions_for(row) if _wants_link(row, ends) and not row.quarantine else []
    requests = approval.requests_about(row.pk)
    packages = pages_packages.shelf(asking, row)
    things = [
        row.pk,
        *(s.pk for s in segments_of([row.pk])),
        *(r.id for r in requests),
        *(UUID(one.id) for one in packages.rows),
    ]
    return RecordingPage(
        head=_head(asking, row, ends, findings, suggested, law), track=track_of(asking, row, inspection),
        facts=_facts(row, home, law), media_facts=media_facts(row, inspection),
        clocks=clocks(row, inspection), passages=passages(inspection), way=way_of(inspection, home.activity if home else None),
        segments=pages_seeing.segments_shown(asking, [row]), speech=pages_hearing.speech_shown(asking, row), live=pages_hearing.live_shown(asking, row),
        redactions=pages_redacting.rows_shown(asking, row),
        watched=pages_seeing.watched_shown(row), vouchers=vouchers.links(asking, row),
        doubts=secrecy.doubts(asking, row),
        device_log=device_log_shown(row),
        links=pages_linking.links_shown(asking, row),
        suggestions=[_suggestion(asking, row, one, law, best=n == 0) for n, one in enumerate(suggested)],
        suggestions_says=_suggestions_say(row, ends, suggested),
        custody=custody(row),
        digests=digests(row), packages=packages,
        rail=rail(
            asking, findings=findings, law=law, things=things, mends=lambda f: _mends(asking, row, f, law), guidance="recording",
            deadlines=pages_keeping.keeping_deadline(row),
        ),
    )  # fmt: skip


def _head(
    asking: Asking, row: Recording, ends: _Ends, findings: list[FindingRow], suggested: list[SuggestionRow],
    law: Rulebook | None,
) -> Head:  # fmt: skip
    who = row.officer.name if row.officer else "使用人不明"
    when = shown(row.started_at) if row.started_at else "起时不明"
    stone = queries.tombstones_of([row.pk]).get(row.pk)
    return Head(
        id=str(row.pk),
        number=row.number,
        title=f"{row.get_form_display()} · {who} · {when}",
        state=gone_state(stone)
        if stone
        else state_of(
            row,
            is_linked=ends.home is not None,
            waits=row.quarantine != "" and waiting_statement(row.pk) is not None,
            note=ends.note,
        ),
        due=_due(asking, row, ends, findings, suggested, law),
        actions=[
            *_actions(asking, row, ends, law),
            *secrecy.actions(asking, row),
            *pages_redacting.actions(asking, row),
            *vouchers.actions(asking, row),
            *visits.actions(asking, row),
        ],
        crumbs=[Link(label="音像资料", to="/recordings")],
    )


def _due(
    asking: Asking, row: Recording, ends: _Ends, findings: list[FindingRow], suggested: list[SuggestionRow],
    law: Rulebook | None,
) -> Due | None:  # fmt: skip
    if queries.tombstones_of([row.pk]):
        return None  # What is set aside or destroyed asks nothing of anybody any more.
    is_left = ends.home is None and ends.note is not None  # Its source and its link are no question any more.
    source = None if is_left else pages_sources.due_of(asking, row)
    if source is not None:
        return source
    if row.quarantine and not is_left:
        act = _identify(row) if asking.may("recording.identify", row) else None
        return Due(says=f"来源待查：{row.quarantine}", tone="due", action=act)
    worst = gravest(f for f in findings if not (is_left and asks_for(f, law) == "recording.linked_at"))
    if _wants_link(row, ends) and asking.may("recording.link", row):
        best = suggested[0] if suggested else None
        act = _link_at_once(row, best) if best else _link_by_hand(row)
        return Due(says="请把这段音像关联到现场活动或者执法事项", tone="due", action=act)
    if worst is not None and worst.verdict == "不符合" and queries.late_note_of(row.pk) is None:
        mends = _mends(asking, row, worst, law)
        cite = Cite(regulation=worst.regulation, article=worst.article, clause=worst.clause)
        return Due(
            says=said(worst.reason, beside=worst.article),
            tone="breach",
            action=mends[0] if mends else None,
            cite=cite,
        )
    return None


def _numbers(law: Rulebook | None) -> bool:
    """Whether the law in force asks for numbering at all."""
    rules = law.rules_of("deadline") if law else ()
    return any(str(getattr(rule.judge, "until", "")) == "recording.numbered_at" for rule in rules)


def _actions(asking: Asking, row: Recording, ends: _Ends, law: Rulebook | None) -> list[Action]:
    found = pages_sources.actions_of(asking, row)
    if asking.may("recording.link", row):
        if not row.quarantine:
            found += [_link_by_hand(row), pages_linking.case_action(row)]
        if _wants_link(row, ends):
            found.append(pages_linking.no_case_action(row))
    if row.quarantine and asking.may("recording.identify", row):
        own = row.station_id is None and row.received_by == asking.by.id
        why = "这段音像由您导入，须由另一人查明" if own else None
        found.append(_identify(row).model_copy(update={"unavailable": why}))
    if asking.may("recording.annotate", row):
        found.append(_late_note(row))
        found += papers.offers(asking, "recording", f"/recordings/{row.pk}/papers")
    if (
        _numbers(law)
        and ends.home is not None
        and asking.may("recording.number", row)
        and archive_number(row.pk) is None
    ):
        found.append(_number(row))
    asks = asking.can("approval.request") and asking.can("recording.list")
    if asks and not may_play(asking, row) and not approval.is_asked_by(asking.officer.pk, row.pk):
        url = f"/recordings/{row.pk}/viewing-request"
        found.append(Action(key="request", label="申请调阅", form_url=url))
    return found


def _mends(asking: Asking, row: Recording, finding: FindingRow, law: Rulebook | None) -> list[Action]:
    """How a deadline is met, or its breach explained."""
    wanted = asks_for(finding, law)
    if wanted == "recording.linked_at" and not row.quarantine and asking.may("recording.link", row):
        return [_link_by_hand(row)]
    if wanted == "recording.numbered_at" and asking.may("recording.number", row):
        return [_number(row)] if archive_number(row.pk) is None else []
    if wanted == "recording.second_stored_at" and asking.may("store.enter", row):
        return (
            [Action(key="second-store", label="登记同步存储", form_url=f"/recordings/{row.pk}/second-store")]
            if second_store(row) is None
            else []
        )
    if wanted == "recording.stored_at" and finding.verdict == "不符合":
        statement = Action(key="statement", label="填写情况说明", form_url=f"/recordings/{row.pk}/statement")
        return [_late_note(row), statement] if asking.may("recording.annotate", row) else []
    return []


def _late_note(row: Recording) -> Action:
    return Action(key="late-note", label="登记迟交说明", form_url=f"/recordings/{row.pk}/late-note")


def _identify(row: Recording) -> Action:
    return Action(key="identify", label="查明来源", form_url=f"/recordings/{row.pk}/identification")


def _link_by_hand(row: Recording) -> Action:
    return Action(key="link", label="关联其他活动", form_url=f"/recordings/{row.pk}/link")


def _number(row: Recording) -> Action:
    return Action(
        key="number", label="编号存档", method="POST", url=f"/recordings/{row.pk}/archive-number",
        confirm="由档案机构给这段音像编号存档；编号不能更改。",
    )  # fmt: skip


def _link_at_once(row: Recording, one: SuggestionRow) -> Action:
    return Action(
        key="link-best", label=f"关联到 {short(one.activity.subject)}", method="POST", url=f"/recordings/{row.pk}/links",
        body={"activity": str(one.activity.pk)},
        confirm=f"关联后，这段音像计入活动 {one.activity.number} 的应录时段；关联写入存证，不能悄悄更改。",
    )  # fmt: skip


def _suggestion(
    asking: Asking, row: Recording, one: SuggestionRow, law: Rulebook | None, *, best: bool
) -> Suggestion:
    activity = one.activity
    tone: Tone = "action" if one.likelihood == "很可能" else "plain"
    start = activity.arrived_at or activity.started_at or activity.planned_at
    act = _link_at_once(row, one)
    label = "关联"
    unavailable = None if asking.may("recording.link", row) else "只有使用人、部门负责人或关联专人可以关联"
    return Suggestion(
        activity=Link(label=activity.subject, to=f"/activities/{activity.pk}"),
        number=activity.number,
        when=span_shown(start, activity.ended_at),
        place=activity.place_text or "地点未填",
        likelihood=State(label=one.likelihood, tone=tone),
        reasons=[SaidReason(says=r.says, tone="due" if r.weight < 0 else "plain") for r in one.reasons],
        action=act.model_copy(update={"label": label, "main": best, "unavailable": unavailable}),
    )


def _suggestions_say(row: Recording, ends: _Ends, suggested: list[SuggestionRow]) -> str:
    if ends.home is not None:
        return ""
    if ends.note is not None:
        why = ends.note.get_why_display()
        return f"无案：{why}，{ends.note.reason}（{shown(ends.note.at)}）。发现有对应活动的，仍可关联。"
    if row.quarantine:
        return "来源查明之后才能关联。"
    if suggested:
        return "按使用人、设备领用、时间和地点排出的可能；由人确认后才关联。"
    if row.started_at is None and row.file_time is None:
        return "起止时间不明，排不出活动的建议；可以手工关联，或者归到执法事项（那里按人和来源另有建议）。"
    return "前后半天内没有合适的活动；可以先登记活动、手工关联，或者归到执法事项（那里另有建议）。"


def _facts(row: Recording, home: casework.Home | None, law: Rulebook | None) -> list[Fact]:
    keeping, note = keeping_of(row.pk), queries.late_note_of(row.pk)
    number = archive_number(row.pk)
    facts = [
        Fact(label="使用人", value=row.officer.name if row.officer else "不明",
             note=f"申报的警号 {row.officer_number}" if row.officer_number else None),
        Fact(label="设备", value=row.device.number if row.device else "不明",
             note=f"申报的序号 {row.device_serial}" if row.device_serial else None),
        Fact(label="采集部门", value=row.unit.name),
        Fact(label="原文件名", value=row.source_name, mono=True),
        Fact(label="入库", value=seconds_shown(row.received_at)),
        Fact(label="种类", value=row.get_kind_of_scene_display()),
        *pages_sources.facts_of(row),
    ]  # fmt: skip
    if row.source_path and row.source_path != row.source_name:
        facts.append(Fact(label="来源路径", value=row.source_path, mono=True))
    if note is not None:
        circumstance = DELAY_REASONS.get(note.circumstance, "")
        facts.append(
            Fact(label="迟交说明", value="，".join(filter(None, [circumstance, note.reason])),
                 note=f"返回单位 {shown(note.returned_at)}" if note.returned_at else None)
        )  # fmt: skip
    if keeping is not None:
        facts.append(
            Fact(label="保存期限", value=f"{keeping.label}{f'，至 {shown(keeping.until)}' if keeping.until else ''}",
                 note=keeping.reason)
        )  # fmt: skip
    if number is not None:
        facts.append(Fact(label="档案编号", value=number.number, note=shown(number.at)))
    return facts
