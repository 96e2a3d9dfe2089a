"""The pages of one activity and one case: what had to be recorded, what was, what explains the rest."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from liuhen.apps.approval import queries as approval
from liuhen.apps.approval.queries import RequestView
from liuhen.apps.archive import volumes
from liuhen.apps.casework import queries
from liuhen.apps.casework.handing import handovers_of
from liuhen.apps.casework.models import Activity, Case, Exemption, Interruption
from liuhen.apps.casework.receiving import origin_of
from liuhen.apps.casework.recusing import recusals_of
from liuhen.apps.casework.stages import next_stages
from liuhen.apps.casework.stays import has_left, stays_of
from liuhen.apps.evidence import queries as evidence
from liuhen.apps.oversight import queries as oversight
from liuhen.apps.oversight.models import Finding as FindingRow
from liuhen.apps.registry import queries as registry
from liuhen.engines.rules import approver_chain
from liuhen.engines.rules.facts import ACTS, CAUSES, FLAGS
from liuhen.engines.rules.packs import Rulebook
from liuhen.engines.rules.timelines import Timeline
from liuhen.interfaces.api import (
    contents,
    pages_clocks,
    pages_handing,
    pages_interruptions,
    pages_linking,
    pages_packages,
    pages_recusals,
    pages_seeing,
    papers,
    parties,
    timelines,
)
from liuhen.interfaces.api.activity_rows import (
    activity_rows,
    activity_state,
    conductors,
    record_state,
    types_of,
)
from liuhen.interfaces.api.gate import Asking
from liuhen.interfaces.api.pages_gates import gates
from liuhen.interfaces.api.players import track_of
from liuhen.interfaces.api.rail import cite_of_finding, deadline_of, gravest, rail
from liuhen.interfaces.api.recording_rows import rows_shown
from liuhen.interfaces.api.shapes import (
    Action,
    ActivityPage,
    CasePage,
    CaseStage,
    Due,
    Explanation,
    Fact,
    Head,
    Link,
    State,
)
from liuhen.interfaces.api.words import said, span_shown
from liuhen.kernel.clock import shown, shown_length
from liuhen.kernel.spans import minus

_MISSING_MENDS = ("must_record", "start_stop", "interruption")


# ── 现场活动 ────────────────────────────────────────────────


def activity(asking: Asking, row: Activity) -> ActivityPage:
    """Everything about one activity."""
    law = asking.law_or_none
    truth = timelines.truth_of(row, law=law, at=asking.at) if law else None
    links = queries.links_seen([row.pk], viewer=asking.by, at=asking.at)
    recordings = [link.recording for link in links]
    inspections = evidence.newest_inspections(r.pk for r in recordings)
    stops, claim = queries.interruptions_of(row.pk), queries.exemption_of(row.pk)
    findings = oversight.findings_about([row.pk])
    line = _drawn(asking, [(row, truth)], law) if law and truth else None
    tracks = [track_of(asking, r, inspections.get(r.pk)) for r in recordings if r.started_at and r.ended_at]
    segments = pages_seeing.segments_shown(asking, recordings)
    desk, packages = _Desk(asking, row, law, truth, findings), pages_packages.shelf(asking, row)
    return ActivityPage(
        head=desk.head(),
        facts=_facts(row, law),
        timeline=line,
        timeline_says=timelines.says(truth, line) if truth else "本机关尚未启用制度，不能算出应录的时段。",
        tracks=pages_seeing.laid([track for track in tracks if track], recordings),
        alignment=pages_seeing.alignment_shown(asking, row, recordings),
        segments=segments,
        recordings=rows_shown(asking, recordings),
        explanations=[*(_stop(desk, stop) for stop in stops), *([_claim(desk, claim)] if claim else []), *papers.statements_about(row.pk)],
        packages=packages,
        rail=rail(
            asking, findings=findings, law=law, mends=desk.mends,
            guidance="activity" if row.state != Activity.State.CLOSED else "",
            things=[row.pk, *(x.pk for x in stops), *([claim.pk] if claim else []), *(link.pk for link in links), *(UUID(one.id) for one in segments), *(UUID(one.id) for one in packages.rows)],
        ),
    )  # fmt: skip


def _drawn(asking: Asking, told: list[tuple[Activity, Timeline]], law: Rulebook):  # type: ignore[no-untyped-def]
    keys = [row.pk for row, _ in told]
    return timelines.drawn(
        told, links=queries.links_seen(keys, viewer=asking.by, at=asking.at), declarations=queries.declarations_of(keys),
        signings=_signings(keys), law=law,
    )  # fmt: skip


def _signings(activities: Iterable[UUID]) -> list[tuple[datetime, str]]:
    keys = list(activities)
    return papers.signings_about(
        [*keys, *(stop.pk for key in keys for stop in queries.interruptions_of(key))]
    )


class _Desk:
    """What may be done about one activity by one person, and what must be done first."""

    def __init__(
        self, asking: Asking, row: Activity, law: Rulebook | None, truth: Timeline | None, findings: list[FindingRow]
    ) -> None:  # fmt: skip
        self.asking, self.row, self.law, self.truth, self.findings = asking, row, law, truth, findings
        self.may_write = asking.may("activity.write", row)
        self.is_open = self.may_write and row.state != Activity.State.CLOSED
        self.candidates = (
            evidence.unlinked_within(
                asking.by,
                officers=row.place().officers,
                window=truth.window,
                linked=queries.linked_recordings(),
                at=asking.at,
            )
            if truth and truth.window and self.may_write
            else []
        )

    def act(self, key: str, label: str, path: str) -> Action:
        return Action(key=key, label=label, form_url=f"/activities/{self.row.pk}/{path}")

    def head(self) -> Head:
        row = self.row
        return Head(
            id=str(row.pk), number=row.number, title=f"{row.subject} · {row.place_text or '地点未填'}",
            state=activity_state(row), due=self.due(), actions=self.actions(),
            crumbs=[Link(label="现场活动", to="/activities"),
                    *([Link(label=row.case.number, to=f"/cases/{row.case_id}")] if row.case else [])],
        )  # fmt: skip

    def actions(self) -> list[Action]:
        if not self.is_open:
            return []
        found = [
            self.act("times", "登记经过", "times"),
            self.act("announcement", "登记告知", "announcement"),
            self.act("content", "标记摄录内容", "content"),
            self.act("carrying", "登记设备情况", "carrying"),
            self.act("stay", "登记入区", "stay"),
        ]
        found += papers.offers(self.asking, "activity", f"/activities/{self.row.pk}/records")
        if self.row.state != Activity.State.ENDED:
            found.append(self.act("declare", "摄录申报", "declaration"))
        if self.law and self.law.interruption and self.has_gaps():
            found.append(self.act("interruption", "登记中断", "interruption"))
        if self.law and self.law.grounds and queries.exemption_of(self.row.pk) is None:
            found.append(self.act("exemption", "主张不予记录", "exemption"))
        if self.row.state == Activity.State.ENDED:
            found.append(self.close())
        return found

    def close(self) -> Action:
        open_ = [f for f in self.findings if f.verdict in ("不符合", "未到期", "无法判定")]
        warn = f"还有 {len(open_)} 项没有办妥；" if open_ else ""
        return Action(
            key="close", label="办结", method="POST", url=f"/activities/{self.row.pk}/close",
            confirm=f"{warn}办结后各项登记不能再改，只能另附情况说明。",
        )  # fmt: skip

    def due(self) -> Due | None:
        row = self.row
        if self.is_open and row.arrived_at is None and row.started_at is None:
            if row.planned_at > self.asking.at:
                return Due(
                    says=f"计划 {shown(row.planned_at)} 开始；到场后请申报摄录",
                    action=self.act("declare", "摄录申报", "declaration"),
                )
            return Due(
                says="请登记到达和开始的时间", tone="due", action=self.act("times", "登记经过", "times")
            )
        if self.is_open and row.ended_at is None:
            return Due(says="活动结束后，请登记结束的时间", action=self.act("times", "登记经过", "times"))
        worst = gravest(self.findings)
        if worst is not None and worst.verdict in ("不符合", "无法判定", "未到期"):
            asked = self._due_for(worst)
            # With neither a time nor a step of his it is not due: what only runs on stands in the rail.
            return asked if worst.verdict == "不符合" or asked.deadline or asked.action else None
        if self.is_open:
            return Due(says="记录情况已核对完毕，可以办结", action=self.close())
        return None

    def _due_for(self, worst: FindingRow) -> Due:
        mends = self.mends(worst)
        return Due(
            says=said(worst.reason, beside=worst.article), tone="breach" if worst.verdict == "不符合" else "due",
            deadline=deadline_of(worst, law=self.law, at=self.asking.at), action=mends[0] if mends else None,
            cite=cite_of_finding(worst),
        )  # fmt: skip

    def mends(self, finding: FindingRow) -> list[Action]:
        """How a finding about this activity is answered."""
        if not self.may_write:
            return []
        found = []
        if finding.rule_kind in _MISSING_MENDS and self._is_missing():
            found += [
                Action(key=f"link-{r.pk}", label=f"关联 {r.number}", to=f"/recordings/{r.pk}")
                for r in self.candidates[:2]
            ]
        if finding.rule_kind in _MISSING_MENDS and self.law and self.law.interruption and self.has_gaps():
            found.append(self.act("interruption", "登记中断", "interruption"))
        if self.is_open:
            found += self._notes(finding.rule_kind, finding.verdict)
        if finding.rule_kind in ("must_record", "start_stop", "device_count") and finding.verdict == "不符合":
            stop = next(
                (one for one in queries.interruptions_of(self.row.pk) if one.statement_id is None), None
            )
            # An interruption that was filed is explained by its own statement, not by another one beside it.
            found += (
                papers.actions_about(stop) if stop else [self.act("statement", "填写情况说明", "statement")]
            )
        return found

    def _is_missing(self) -> bool:
        return bool(self.truth and self.truth.missing)

    def has_gaps(self) -> bool:
        """Whether a stretch is missing for which nothing was filed yet."""
        stops = [stop.span for stop in queries.interruptions_of(self.row.pk)]
        return bool(self.truth and minus(self.truth.missing, stops))

    def _notes(self, kind: str, verdict: str) -> list[Action]:
        offered = {
            "device_count": ("carrying", "登记设备情况", "carrying"),
            "announcement": ("announcement", "登记告知", "announcement"),
            "objection": ("announcement", "登记告知和异议", "announcement"),
            "content_checklist": ("content", "标记摄录内容", "content"),
        }
        if kind in offered:
            return [self.act(*offered[kind])]
        if verdict == "无法判定":
            return [self.act("times", "登记经过", "times")]
        if kind in ("must_record", "may_skip") and self.law and self.law.grounds:
            return [self.act("exemption", "主张不予记录", "exemption")] if not self._claimed() else []
        return []

    def _claimed(self) -> bool:
        return queries.exemption_of(self.row.pk) is not None


def _stop(desk: _Desk, row: Interruption) -> Explanation:
    requests = approval.requests_about(row.pk)
    told = [f"{span_shown(row.start, row.end)}，{shown_length(row.span.length)}"]
    told += pages_interruptions.told_of(desk.asking, row)
    actions = pages_interruptions.completing(desk.asking, row)
    actions += [*pages_interruptions.lacking(row), *papers.actions_about(row)] if desk.may_write else []
    url = (
        f"/interruptions/{row.pk}/approval-request"
        if row.resumed is False or row.voice_explained is False
        else ""
    )
    actions += _approval(desk, row.pk, "interruption", requests, url)
    return Explanation(
        id=str(row.pk), title=f"记录中断：{CAUSES.get(row.cause, row.cause)}", state=_approved(requests),
        says="，".join(told) + "。", signed=_entered(row.entered_by, row.entered_at) + _steps(desk, requests),
        to=papers.page_of(row.statement), actions=actions,
    )  # fmt: skip


def _claim(desk: _Desk, row: Exemption) -> Explanation:
    requests = approval.requests_about(row.pk)
    labels = {ground.code: ground.label for ground in desk.law.grounds} if desk.law else {}
    return Explanation(
        id=str(row.pk), title=f"不予记录：{labels.get(row.code, row.code)}", state=_approved(requests),
        says=f"原因：{row.reason}。依据：{row.basis}。", to=None,
        signed=_entered(row.entered_by, row.entered_at) + _steps(desk, requests),
        actions=_approval(desk, row.pk, "exemption", requests, f"/exemptions/{row.pk}/approval-request"),
    )  # fmt: skip


def _entered(by: UUID, at: datetime) -> str:
    return f"{registry.names_of([by]).get(by, '')}登记，{shown(at)}"


def _steps(desk: _Desk, requests: list[RequestView]) -> str:
    told = [
        f"；{step.title}{step.officer}{step.answer}，{shown(step.at)}{f'（{step.reason}）' if step.reason else ''}"
        for request in requests for step in request.steps if step.at
    ]  # fmt: skip
    turns = [approval.turn_of(request.id, at=desk.asking.at) for request in requests[-1:]]
    return "".join([*told, *(f"；{turn}" for turn in turns if turn)])


def _approved(requests: list[RequestView]) -> State:
    if not requests:
        return State(label="已登记", tone="plain")
    last = requests[-1]
    tones = {"pending": "due", "approved": "plain", "returned": "breach", "withdrawn": "plain"}
    return State.model_validate({"label": last.state_label, "tone": tones.get(last.state, "plain")})


def _approval(
    desk: _Desk, subject: UUID, purpose: str, requests: list[RequestView], url: str
) -> list[Action]:
    """Asking (at `url`) where the pack wants approval and none is running; deciding where it is this person's turn."""
    found = []
    running = requests and requests[-1].state in ("pending", "approved")
    wanted = bool(url and desk.law and approver_chain(desk.law, purpose=purpose))
    if wanted and not running and desk.may_write:
        found.append(Action(key=f"ask-{subject}", label="提交审批", form_url=url))
    for request in requests[-1:]:
        row = approval.request(request.id)
        if row is not None and approval.is_due_for(row, desk.asking.by, at=desk.asking.at):
            found.append(
                Action(
                    key=f"decide-{subject}",
                    label="审批",
                    main=True,
                    form_url=f"/approvals/{request.id}/decision",
                )
            )
        if request.state == "pending" and row is not None and row.requester_id == desk.asking.officer.pk:
            found.append(
                Action(key=f"withdraw-{subject}", label="撤回申请", method="POST", url=f"/approvals/{request.id}/withdrawal",
                       confirm="撤回后如仍需要，请重新提交。")
            )  # fmt: skip
    return found


def _facts(row: Activity, law: Rulebook | None) -> list[Fact]:
    told = types_of(law)
    names = queries.members_of([row.pk]).get(row.pk, [])
    yes = {True: "是", False: "否", None: "未登记"}
    facts = [
        Fact(label="类型", value=told.get(row.activity_type, row.activity_type)),
        Fact(label="地点", value=row.place_text or "未填"),
        Fact(label="执法人员", value="、".join(names)),
        Fact(label="计划", value=shown(row.planned_at)),
        Fact(label="到达", value=shown(row.arrived_at) if row.arrived_at else "未登记"),
        Fact(label="起止", value=span_shown(row.started_at, row.ended_at) if row.started_at else "未登记"),
        Fact(label="已告知", value=yes[row.announced], note=row.not_announced_reason or None),
        Fact(label="当事人异议", value=yes[row.objected]),
    ]
    if row.case:
        facts.append(Fact(label="执法事项", value=row.case.number, to=f"/cases/{row.case_id}"))
    facts += [
        Fact(
            label="办案区停留", value=f"{stay.number} {stay.person}", to=f"/stays/{stay.pk}",
            note="已离区" if has_left(stay) else "在区内",
        )
        for stay in stays_of(row.pk)
    ]  # fmt: skip
    if row.flags:
        facts.append(Fact(label="情形", value="、".join(FLAGS.get(flag, flag) for flag in row.flags)))
    if row.acts:
        facts.append(Fact(label="须先告知的行为", value="、".join(ACTS.get(act, act) for act in row.acts)))
    if row.carriers is not None:
        facts.append(Fact(label="携带设备", value=f"{row.carriers} 人", note=row.shortfall_reason or None))
    if row.checklist and law:
        marked = [line.label for line in law.checklist if line.code in row.checklist]
        facts.append(Fact(label="摄录内容", value="、".join(marked)))
    if row.not_recorded_reason:
        facts.append(Fact(label="不录的说明", value=row.not_recorded_reason))
    return facts


# ── 执法事项 ────────────────────────────────────────────────

_WAY = (
    Case.Stage.INTAKE, Case.Stage.INVESTIGATION, Case.Stage.REVIEW, Case.Stage.SERVICE, Case.Stage.CONCLUDED,
    Case.Stage.ARCHIVED,
)  # fmt: skip


def case(asking: Asking, row: Case) -> CasePage:
    """Everything about one case."""
    law = asking.law_or_none
    keys = queries.activities_of_cases([row.pk]).get(row.pk, [])
    visible = queries.activities_visible_to(asking.by, at=asking.at).filter(pk__in=keys)
    shown_ones = list(visible.order_by("planned_at"))
    told = [(one, timelines.truth_of(one, law=law, at=asking.at)) for one in shown_ones] if law else []
    handed = [*(one.pk for one in handovers_of(row.pk)), *(one.pk for one in recusals_of(row.pk))]
    findings = oversight.findings_about([row.pk, *handed])
    changes, clocks = queries.stages_of(row.pk), pages_clocks.clocks(asking, row)
    written = papers.rows_about([row.pk, *(one.pk for one in shown_ones)])
    may_write = asking.may("document.write", row) and asking.may("case.write", row) and row.stage not in _ENDS
    return CasePage(
        head=_case_head(asking, row, findings, law),
        stages=_stages(row),
        gates=gates(asking, row, law),
        facts=[
            Fact(label="案由", value=row.cause), Fact(label="类别", value=row.get_category_display()),
            Fact(label="启动方式", value=row.get_start_mode_display()), Fact(label="承办", value=conductors(row)),
            Fact(label="部门", value=row.unit.name), Fact(label="地点", value=row.place_text or "未填"),
            *_came_from(row),
        ],
        parties=parties.shown(row, may_write=asking.may("case.write", row) and row.stage not in _ENDS),
        party_actions=[parties.enter_action(row)] if asking.may("case.write", row) and row.stage not in _ENDS else [],
        activities=activity_rows(shown_ones, law=law),
        recordings=rows_shown(asking, pages_linking.straight_to(asking, row)),
        documents=written,
        shelf=papers.shelf_of(asking, row, written, handles=may_write),
        contents=contents.page(asking, row),
        handovers=[*pages_recusals.rows(asking, row), *pages_handing.rows(asking, row)],
        clocks=pages_clocks.explained(asking, clocks),
        timeline=_drawn(asking, told, law) if law else None,
        rail=rail(
            asking, findings=findings, law=law, deadlines=pages_clocks.running(clocks, at=asking.at) if row.stage not in _ENDS else [],
            things=[row.pk, *(change.pk for change in changes), *handed],
            mends=lambda finding: _case_mends(row, finding) if asking.may("case.write", row) and row.stage not in _ENDS else [],
            guidance="case" if row.stage not in _ENDS else "",
        ),
    )  # fmt: skip


def _came_from(row: Case) -> list[Fact]:
    came = origin_of(row)
    return (
        [Fact(label="来自", value=f"{came.number} {came.subject}", to=f"/intakes/{came.pk}")] if came else []
    )


_ENDS = (Case.Stage.ARCHIVED, Case.Stage.NOT_STARTED, Case.Stage.TRANSFERRED)


def _filing(asking: Asking, row: Case) -> list[Action]:
    """The case's volume: opened once the case is concluded, then a way to it."""
    volume = volumes.volume_of(row.pk) if row.concluded_at and asking.may("volume.view", row) else None
    if volume is not None:
        return [Action(key="volume", label="打开案卷", to=f"/volumes/{volume.pk}")]
    if row.concluded_at is None or not asking.may("volume.make", row):
        return []
    return [
        Action(
            key="volume", label="立卷", main=True, method="POST", url=f"/cases/{row.pk}/volumes",
            confirm="为这件执法事项立卷：文书、音像、光盘列入同一目录。",
        )
    ]  # fmt: skip


def _case_head(asking: Asking, row: Case, findings: list[FindingRow], law: Rulebook | None) -> Head:
    may = asking.may("case.write", row)
    actions = (
        [_move(row), _contents(row), _hand_over(row), pages_recusals.ask(row)]
        if may and row.stage not in _ENDS
        else []
    )
    actions = [one for one in actions if one.key != "move" or next_stages(row)]
    actions += (
        [Action(key="plan", label="登记活动", form_url=f"/forms/activity?case={row.pk}")]
        if may and actions
        else []
    )
    filing = _filing(asking, row)
    actions = [
        *filing,
        *actions,
        *(
            [pages_linking.case_recording_action(row)]
            if next_stages(row) and asking.may("recording.link", row)
            else []
        ),
    ]
    due = _case_due(asking, gravest(findings), law)
    if due is None and filing:
        due = Due(says="已经终结，请立卷归档")
    if due is None and actions:
        due = Due(says=f"现在是“{row.get_stage_display()}”环节，办完后转入下一环节")
    if due is not None and actions:
        due = due.model_copy(update={"action": actions[0]})
    title = f"{row.party}{row.cause}" if row.party else row.cause
    return Head(
        id=str(row.pk), number=row.number, title=title, due=due, actions=actions,
        state=State(label=row.get_stage_display(), tone="action" if row.stage not in _ENDS else "plain"),
        crumbs=[Link(label="执法事项", to="/cases")],
    )  # fmt: skip


def _case_due(asking: Asking, worst: FindingRow | None, law: Rulebook | None) -> Due | None:
    """A breach, or a clock that runs; what waits for something else to happen first is not due."""
    if worst is None or worst.verdict not in ("不符合", "未到期"):
        return None
    clock = deadline_of(worst, law=law, at=asking.at)
    if worst.verdict == "未到期" and clock is None:
        return None
    return Due(
        says=said(worst.reason, beside=worst.article), tone="breach" if worst.verdict == "不符合" else "due",
        deadline=clock, cite=cite_of_finding(worst),
    )  # fmt: skip


def _case_mends(row: Case, finding: FindingRow) -> list[Action]:
    """What is missing of the contents is entered or written; anything else goes on with the next stage."""
    if finding.rule_kind in ("required", "sequence"):
        return [_contents(row)]
    return [_move(row)] if next_stages(row) else []


def _contents(row: Case) -> Action:
    return Action(key="contents", label="登记办案内容", form_url=f"/cases/{row.pk}/contents")


def _hand_over(row: Case) -> Action:
    return Action(key="hand-over", label="制作交接清单", form_url=f"/cases/{row.pk}/handover")


def _move(row: Case) -> Action:
    return Action(key="move", label="转入下一环节", form_url=f"/cases/{row.pk}/stage")


def _stages(row: Case) -> list[CaseStage]:
    """The way of a case; one that was not started ends at its first stage."""
    reached = {change.after: change for change in queries.stages_of(row.pk)}
    names = registry.names_of(change.by for change in reached.values())
    if row.stage in (Case.Stage.NOT_STARTED, Case.Stage.TRANSFERRED):
        way = (
            *(stage for stage in _WAY if stage == Case.Stage.INTAKE or stage in reached),
            Case.Stage(row.stage),
        )
    else:
        way = _WAY
    at = way.index(Case.Stage(row.stage))
    stages = []
    for number, stage in enumerate(way):
        change = reached.get(stage)
        state = "done" if number < at else "current" if number == at else "ahead"
        told = row.get_start_mode_display() if stage == Case.Stage.INTAKE else ""
        if change is not None and number <= at:
            told = "，".join(filter(None, [names.get(change.by, ""), change.note]))
        moment = (
            row.opened_at if stage == Case.Stage.INTAKE else change.at if change and number <= at else None
        )
        stages.append(
            CaseStage.model_validate(
                {"key": stage, "label": stage.label, "state": state, "at": moment, "says": told}
            )
        )
    return stages


__all__ = ["activity", "case", "record_state"]
