"""Rows of casework, evidence and approval as the facts the rules ask about. Unknown stays None; nothing is guessed."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from operator import itemgetter
from uuid import UUID

from django.db.models import Q

from liuhen.apps.casework.excuses import exemption_told, interruption_told, lost_in
from liuhen.apps.casework.linking import case_links_of, links_of, live_links, no_cases_of
from liuhen.apps.casework.models import (
    Activity,
    Case,
    CaseLink,
    ContentEntry,
    HandoverSignature,
    Interruption,
    Link,
)
from liuhen.apps.casework.outward import outward_of
from liuhen.apps.documents.models import Content, Document
from liuhen.apps.documents.queries import Underneath, contents_of, documents_about, underneath
from liuhen.apps.evidence.live import copies_counted_elsewhere
from liuhen.apps.evidence.models import Inspection, LateNote, Recording
from liuhen.apps.evidence.queries import newest_inspections
from liuhen.apps.evidence.sources import confirmed_statements, erasures_of, taken_with
from liuhen.engines.rules.facts import (
    FORMS,
    ActivityFacts,
    RecordingFacts,
)
from liuhen.engines.rules.office_facts import DOCUMENTS, SIGNERS, CaseFacts, DocumentFacts
from liuhen.engines.rules.recording_words import SIGNS
from liuhen.kernel.spans import Span, minus, union

Entry = ContentEntry.Answer
STEP = "step."  # A step of the decision among the contents that are entered.
_MINUTE = timedelta(seconds=60)  # 与起止的首尾容差相同：设备时钟差几秒，不算事后补录。


def facts_of_activity(activity: Activity, *, known: Q | None = None) -> ActivityFacts:
    """What is known of an activity and of what was recorded of it; with `known`, by those links alone."""
    counted = live_links().filter(known or Q(), activity=activity).exclude(part=Link.Part.CONTEXT)
    links = list(counted.select_related("recording", "span"))
    twice = copies_counted_elsewhere(link.recording_id for link in links)
    links = [link for link in links if link.recording_id not in twice]
    recordings = [link.recording for link in links]
    members = activity.members.count()
    declared = activity.declarations.exists()
    devices = {r.device_id for r in recordings if r.device_id}
    return ActivityFacts(
        type=activity.activity_type,
        flags=frozenset(activity.flags),
        acts=frozenset(activity.acts),
        arrived_at=activity.arrived_at,
        started_at=activity.started_at,
        ended_at=activity.ended_at,
        left_at=activity.left_at,
        suspect_brought_back=activity.suspect_brought_back,
        case_area_entry_at=activity.case_area_entry_at,
        case_area_left_at=activity.case_area_left_at,
        closed_at=activity.closed_at,
        officers=members,
        cameras=len(devices) if recordings or not declared else None,
        carriers=activity.carriers if activity.carriers is not None else _carriers(recordings),
        shortfall_reason=activity.shortfall_reason or None,
        declared=declared and not recordings,
        recorded=_recorded([one for one in links if one.recording.started_at and one.recording.ended_at]),
        interruptions=tuple(interruption_told(i) for i in activity.interruptions.order_by("start")),
        exemption=exemption_told(activity),
        not_recorded_reason=activity.not_recorded_reason or None,
        announced=activity.announced,
        not_announced_reason=activity.not_announced_reason or None,
        objected=activity.objected,
        objection_explained=activity.objection_explained,
        stopped_on_objection=activity.stopped_on_objection,
        checklist=frozenset(activity.checklist) if activity.checklist else None,
    )


def facts_of_recording(recording: Recording) -> RecordingFacts:
    """What is known of a recording, with what its activity and case say of it."""
    return facts_of_recordings([recording])[0]


def facts_of_recordings(recordings: Sequence[Recording]) -> list[RecordingFacts]:
    """The same for many, in a handful of queries whatever their number."""
    links, direct = links_of(recordings), case_links_of(recordings)
    notes = LateNote.objects.filter(recording__in=recordings).order_by("at")
    late = {note.recording_id: note for note in notes}
    keys = [recording.pk for recording in recordings]
    told, erased = confirmed_statements(keys), erasures_of(keys)
    without, outward, seen = no_cases_of(keys), outward_of(recordings), newest_inspections(keys)
    explained: dict[UUID, datetime] = {}
    for document in documents_about(keys):
        if document.finalised_at:
            explained[document.subject] = max(
                document.finalised_at, explained.get(document.subject, document.finalised_at)
            )
    return [
        replace(
            _recording_facts(
                r,
                links.get(r.pk, []),
                direct.get(r.pk, []),
                late.get(r.pk),
                seen.get(r.pk),
                explained.get(r.pk),
            ),
            no_case_at=without[r.pk].at
            if r.pk in without and r.pk not in links and r.pk not in direct
            else None,
            outward_due=outward[r.pk].is_due,
            outward_at=outward[r.pk].at,
            taken_with=taken_with(r, told.get(r.pk)),
            substitute=told[r.pk].substitute if r.pk in told else False,
            substitute_cleared_at=erased[r.pk].erased_at if r.pk in erased else None,
        )
        for r in recordings
    ]


def _recording_facts(
    recording: Recording,
    links: list[Link],
    direct: list[CaseLink],
    late: LateNote | None,
    inspection: Inspection | None,
    explained_at: datetime | None,
) -> RecordingFacts:
    activities, both = [link.activity for link in links], list[Link | CaseLink]([*links, *direct])
    cases = [*(a.case for a in activities if a.case), *(link.case for link in direct)]
    ends = [a.ended_at for a in activities if a.ended_at]
    return RecordingFacts(
        kind=recording.kind_of_scene,
        form=recording.form if recording.form in FORMS else None,
        started_at=recording.started_at,
        ended_at=recording.ended_at,
        stored_at=recording.received_at,
        linked_at=min((link.at for link in both), default=None),
        remote_duty=late.remote_duty if late else False,
        delay_reason=late.circumstance or None if late else None,
        delay_reported=late.reported if late else None,
        returned_at=late.returned_at if late else None,
        activity_type=activities[0].activity_type if activities else None,
        activity_ended_at=max(ends) if ends else None,
        flags=frozenset(flag for a in activities for flag in a.flags),
        is_evidence=any(link.is_evidence for link in both),
        case_category=cases[0].category if cases else None,
        in_case=bool(cases),
        case_closed_at=_closed_at(cases),
        keep_class="case" if cases else None,
        holds=frozenset(),
        case_archived_at=max((c.archived_at for c in cases if c.archived_at), default=None),
        device_type=recording.device.device_type if recording.device else None,
        index=_index(recording, activities, cases),
        signs=_signs(recording, inspection, max(ends) if ends else None),
        explained_at=explained_at,
    )


def facts_of_case(case: Case) -> CaseFacts:
    """What is known of a case: its way so far, and what its finished documents and its own entries tell."""
    changes = case.stage_changes.order_by("at", "id").values_list("after", flat=True)
    ends = [moment for moment in (case.concluded_at, case.archived_at) if moment]
    papers = papers_of_case(case)
    started, handed = _handovers(case)
    return CaseFacts(
        category=case.category,
        start_mode=case.start_mode,
        stage=case.stage,
        stages=(Case.Stage.INTAKE.value, *changes),
        concluded_at=case.concluded_at,
        archived_at=case.archived_at,
        ended_at=min(ends, default=None),
        documents=frozenset(sort_of(row) for row in papers) | _also(papers),
        recorded=contents_recorded(case, papers) | handed,
        occurred=occurrences(case, papers) | started,
        steps=_steps(case, papers),
        decided_at=max((_finished(row) for row in papers if row.form == "decision"), default=None),
    )


def _handovers(case: Case) -> tuple[frozenset[str], frozenset[str]]:
    """The points at which something was to be handed over, and those at which both sides signed; one that was refused did not occur."""
    refused = HandoverSignature.objects.filter(handover__case=case).exclude(refused="").values("handover")
    taken = HandoverSignature.objects.filter(
        handover__case=case, side=HandoverSignature.Side.RECEIVER, refused=""
    )
    done = set(taken.values_list("handover", flat=True))
    rows = list(case.handovers.exclude(pk__in=refused).values_list("point", "pk"))
    handed = frozenset(point for point, key in rows if key in done)
    return frozenset(point for point, _ in rows) | ({"handed_over"} if handed else frozenset()), handed


def papers_of_case(case: Case) -> list[Document]:
    """The finished documents about a case, its activities and their interruptions, in the order they were finished."""
    activities = list(case.activities.values_list("pk", flat=True))
    stops = Interruption.objects.filter(activity__in=activities).values_list("pk", flat=True)
    found = documents_about([case.pk, *activities, *stops])
    return sorted((row for row in found if row.finalised_at), key=_finished)


def contents_recorded(case: Case, papers: Sequence[Document]) -> frozenset[str]:
    """Contents that a finished document records, or that somebody entered as recorded or as not having occurred."""
    told = frozenset[str]().union(*(row.records for row in contents_of(row.pk for row in papers).values()))
    entered = entries_of(case)
    done = {code for code, row in entered.items() if row.answer in (Entry.RECORDED, Entry.ABSENT)}
    return (told | done) - {
        code for code, row in entered.items() if row.answer == Entry.OPEN and code not in told
    }


def occurrences(case: Case, papers: Sequence[Document]) -> frozenset[str]:
    """What occurred in a case: how it began, what its documents show, and what somebody entered."""
    told = frozenset[str]().union(*(row.shows for row in contents_of(row.pk for row in papers).values()))
    entered = {code for code, row in entries_of(case).items() if row.answer == Entry.OCCURRED}
    notices = sum(1 for row in papers if row.form == "supplement-notice")
    twice = {"second_supplement_notice"} if notices > 1 else set[str]()
    return frozenset({case.start_mode, *told, *entered, *twice})


def entries_of(case: Case) -> dict[str, ContentEntry]:
    """The newest entry of each content."""
    return {row.code: row for row in case.content_entries.order_by("at", "id")}


def _steps(case: Case, papers: Sequence[Document]) -> tuple[str, ...]:
    """The steps of the decision, each when a document first took it, or when somebody entered that it was taken elsewhere."""
    told = contents_of(row.pk for row in papers)
    taken = [(_finished(row), told[row.pk].step) for row in papers if row.pk in told and told[row.pk].step]
    entered = ((row.at, code) for code, row in entries_of(case).items() if row.answer == Entry.RECORDED)
    taken += [(at, code.removeprefix(STEP)) for at, code in entered if code.startswith(STEP)]
    return tuple(dict.fromkeys(code for _, code in sorted(taken, key=itemgetter(0))))


def _also(papers: Sequence[Document]) -> frozenset[str]:
    """A finished approval is a printed one: its PDF lies with the case."""
    return frozenset({"printed_approval"} if any(row.form == "internal-approval" for row in papers) else ())


def _finished(row: Document) -> datetime:
    if row.finalised_at is None:
        raise ValueError(row.number)
    return row.finalised_at


def facts_of_documents(
    documents: Sequence[Document], *, known: Q | None = None
) -> list[DocumentFacts | None]:
    """What is known of each document; None of one that was replaced or is void: nothing is asked of it any more.

    Of the recordings of its activity those count that ran while it says its event took place; all, where it does not say.
    """
    spans: dict[UUID, list[Span]] = {}
    links = (
        live_links()
        .filter(known or Q(), activity__in={row.subject for row in documents})
        .exclude(part=Link.Part.CONTEXT)
        .select_related("recording", "span")
    )
    for link in links:
        if link.recording.started_at and link.recording.ended_at:
            spans.setdefault(link.activity_id, []).append(span_of_link(link))
    keys = [row.pk for row in documents]
    explained = {row.subject for row in documents_about(keys) if row.finalised_at}
    under, contents = underneath(keys), contents_of(keys)
    return [
        _document_facts(
            row,
            spans.get(row.subject, []),
            under[row.pk],
            contents.get(row.pk),
            explained=row.pk in explained,
        )
        for row in documents
    ]


def _document_facts(
    row: Document, spans: list[Span], under: Underneath, content: Content | None, *, explained: bool
) -> DocumentFacts | None:
    if row.state in (Document.State.REPLACED, Document.State.VOID):
        return None
    stated = row.stated
    beside = [span for span in spans if stated is None or span.overlap(stated)]
    recorded = Span(min(s.start for s in beside), max(s.end for s in beside)) if beside else None
    return DocumentFacts(
        form=sort_of(row), finalised_at=row.finalised_at, stated=stated, recorded=recorded, times_explained=explained,
        officer_signatures=under.officers, signed=under.signed.intersection(SIGNERS), refused=under.refused.intersection(SIGNERS),
        refusal_noted=bool(under.refused), filmed=bool(beside), corrections=under.corrections,
        corrections_marked=under.marked, straddled=under.straddled, pages=content.pages if content else None,
        method=content.method or None if content else None,
        fields=frozenset(content.items) | _underneath_as_fields(under) if content else None,
    )  # fmt: skip


def _underneath_as_fields(under: Underneath) -> frozenset[str]:
    """Signatures and seals as items of the paper: a receipt is signed for, or says why not."""
    received = {"recipient_signature"} if "recipient" in under.signed | under.refused else set[str]()
    return frozenset(under.signed | received | ({"seal"} if under.sealed else set()))


def sort_of(row: Document) -> str:
    """Its kind in the words of the facts: a form is named after the kind of document it makes."""
    sort = row.form.replace("-", "_")
    return sort if sort in DOCUMENTS else "other"


def span_of(recording: Recording) -> Span:
    """When the recording ran, as believed."""
    if recording.started_at is None or recording.ended_at is None:
        raise ValueError(recording.pk)
    return Span(recording.started_at, recording.ended_at)


def _recorded(links: list[Link]) -> tuple[Span, ...]:
    """When there was a picture: what ran, without the stretches of which a file itself says that it has none."""
    seen = newest_inspections(one.recording_id for one in links)
    played = [
        minus((span_of_link(one),), lost_in(one.recording, seen.get(one.recording_id))) for one in links
    ]
    return union(span for spans in played for span in spans)


def span_of_link(link: Link) -> Span:
    """When the linked part of the recording ran: all of it, or the segment that was told."""
    whole, part = span_of(link.recording), getattr(link, "span", None)
    if part is None:
        return whole
    start, end = (whole.start + timedelta(seconds=seconds) for seconds in (part.begins, part.ends))
    return Span(min(start, whole.end), min(end, whole.end))


def _index(recording: Recording, activities: list[Activity], cases: list[Case]) -> frozenset[str]:
    """By what the recording can be found."""
    known = {
        "name": recording.number,
        "device": recording.device_id,
        "officer": recording.officer_id,
        "time": recording.started_at,
        "place": any(a.place_text for a in activities) or any(case.place_text for case in cases),
        "party": any(case.party for case in cases),
        "cause": any(case.cause for case in cases),
    }
    return frozenset(name for name, value in known.items() if value)


def _signs(
    recording: Recording, inspection: Inspection | None, ended_at: datetime | None
) -> frozenset[str] | None:
    """What the technical check noticed and a person should look at; None before the check."""
    if inspection is None:
        return None
    seen = {str(finding["code"]) for finding in inspection.findings} & SIGNS.keys()
    late = recording.started_at and ended_at and recording.started_at > ended_at + _MINUTE
    return frozenset(seen | ({"made_after"} if late else set()))


def _carriers(recordings: list[Recording]) -> int | None:
    return len({r.officer_id for r in recordings if r.officer_id}) or None


def _closed_at(cases: list[Case]):  # type: ignore[no-untyped-def]
    """Footage bound to several cases waits for the last of them; an open one leaves it open."""
    ends = [case.concluded_at for case in cases]
    return max(ends) if ends and all(ends) else None  # type: ignore[type-var]
