"""上报关联: recordings handed over to the platform of the superior organ, as a signed list, and the numbers it gives back.

The list says what there is and by which digest it is known; the footage itself does not leave by it. A list is made once and goes out
as it stands, as a file or over the line, as often as needed; the platform's first number for a recording stands.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import Min, QuerySet

from liuhen.apps.casework.linking import case_links_of, is_linked, links_of
from liuhen.apps.casework.models import (
    Case,
    CaseLink,
    Link,
    OutwardHandover,
    OutwardItem,
    OutwardReference,
    OutwardTry,
)
from liuhen.apps.evidence.knowing import known_to
from liuhen.apps.evidence.models import Recording
from liuhen.apps.evidence.queries import visible_to
from liuhen.apps.journal.actions import act
from liuhen.apps.registry.models import Agency
from liuhen.apps.registry.numbering import next_number
from liuhen.apps.registry.permission import allow, reach_of
from liuhen.engines.ledger import Signer
from liuhen.engines.ledger.statement import signed_statement
from liuhen.kernel.actors import Actor
from liuhen.kernel.canonical import canonical
from liuhen.kernel.clock import as_utc_text
from liuhen.kernel.errors import Malformed, Refused

CONTEXT = b"liuhen-handover-v1\n"
FORMAT = "liuhen-handover-1"
MOST = 500
SEND = "handover.send"


class Outcome(NamedTuple):
    """What came of the platform's numbers: new ones kept, and those that contradict an earlier one or belong to no line."""

    kept: int
    strange: tuple[str, ...]


def waiting_recordings(viewer: Actor, *, at: datetime) -> QuerySet[Recording]:
    """Linked, read again and equal, and not handed over yet: what this person may hand over."""
    rows = visible_to(viewer, at=at).filter(
        reach_of(viewer, "handover.make", at=at), quarantine="", verified_at__isnull=False
    )
    return rows.filter(is_linked(), outward=None)


def items_seen(viewer: Actor, *, at: datetime) -> QuerySet[OutwardItem]:
    """What was handed over, as far as this person may know of the recordings."""
    seen = Recording.objects.filter(reach_of(viewer, "handover.view", at=at) & known_to(viewer, at=at))
    return OutwardItem.objects.filter(recording__in=seen.values("pk")).select_related(
        "handover", "recording", "reference"
    )


def handover(key: UUID) -> OutwardHandover | None:
    return OutwardHandover.objects.filter(pk=key).first()


def outward_items_of(recordings: Iterable[UUID]) -> dict[UUID, OutwardItem]:
    """Where each of these stands outside the house."""
    rows = OutwardItem.objects.filter(recording__in=list(recordings)).select_related("handover", "reference")
    return {row.recording_id: row for row in rows}


def hand_over(
    recordings: Sequence[Recording], *, by: Actor, agency: Agency, platform: str, way: str, signer: Signer, at: datetime
) -> OutwardHandover:  # fmt: skip
    """Make the list and enter it. Over the line its sending follows by itself.

    Raises `Refused` for nothing, too much, what is not linked, or what was handed over before.
    """
    for row in recordings:
        allow(by, "handover.make", on=row, at=at)
    if not 0 < len(recordings) <= MOST:
        raise Refused(
            f"一份清单列 1 至 {MOST} 段音像，现有 {len(recordings)} 段",
            do="没有待上报的，请先关联；过多的分几次上报。",
        )
    made = OutwardHandover(agency=agency, platform=platform, way=way, count=len(recordings), at=at, by=by.id)
    with act("handover.listed", by=by, at=at, agency=agency.pk) as line:
        keys = [row.pk for row in recordings]
        held = Recording.objects.select_for_update(of=("self",)).filter(pk__in=keys, agency=agency)
        rows = list(held.select_related("unit", "device", "officer").order_by("number"))
        links = _links(keys)
        _check(rows, links)
        made.number = next_number(agency, "上报", at=at)
        items = [OutwardItem(handover=made, recording=row) for row in rows]
        body = _manifest(made, rows, links, agency=agency, at=at)
        made.manifest = canonical(signed_statement(CONTEXT, body, signer)).decode()
        made.save(force_insert=True)
        OutwardItem.objects.bulk_create(items)
        line.about(made)
        for item in items:
            line.about(item)
        if way == OutwardHandover.Way.LINE:
            line.schedule(SEND, made)
    return made


def enter_reference(
    item: OutwardItem, *, by: Actor, reference: str, given_at: datetime, at: datetime
) -> OutwardReference:
    """登记平台编号. Raises `Refused` for a second one, one of another recording, none at all, or a time that cannot be."""
    allow(by, "handover.make", on=item, at=at)
    if not item.handover.at <= given_at <= at:
        raise Refused("平台给出编号的时间不在上报之后、现在之前", do="请照平台上显示的时间填写。")
    refused = _trouble(item, reference)
    if refused:
        raise Refused(refused, do="原登记保留，不能更改；平台换发编号的，请附情况说明。")
    row = OutwardReference(
        item=item,
        reference=reference.strip(),
        way=OutwardReference.Way.ENTERED,
        given_at=given_at,
        at=at,
        by=by.id,
    )
    with act("recording.reference-entered", by=by, at=at, agency=item.recording.agency_id) as line:
        row.save(force_insert=True)
        line.about(row)
        line.schedule("recording.judge", item.recording)
    return row


def keep_answer(made: OutwardHandover, *, by: Actor, references: Mapping[str, str], at: datetime) -> Outcome:
    """What the platform answered over the line, by the recording's number. Told again it changes nothing."""
    items = {item.recording.number: item for item in made.items.select_related("recording", "reference")}
    strange = [f"清单中没有 {number}" for number in references if number not in items]
    new: list[OutwardReference] = []
    given: set[str] = set()
    for number, reference in references.items():
        item, told = items.get(number), reference.strip()
        if item is None or reference_of(item) == told:
            continue
        trouble = _trouble(item, told) or (f"平台把 {told} 同时给了两段音像" if told in given else "")
        if trouble:
            strange.append(f"{number}：{trouble}")
            continue
        given.add(told)
        new.append(
            OutwardReference(
                item=item, reference=told, way=OutwardReference.Way.RECEIVED, given_at=at, at=at, by=by.id
            )
        )
    if new:
        with act("recording.reference-received", by=by, at=at, agency=made.agency_id) as line:
            for row in new:
                row.save(force_insert=True)
                line.about(row)
                line.schedule("recording.judge", row.item.recording)
    return Outcome(len(new), tuple(strange))


def note_try(
    made: OutwardHandover, *, by: Actor, trouble: str, at: datetime, again: Any = None
) -> OutwardTry:
    """How a sending ended; `again` is after how long it is tried once more."""
    row = OutwardTry(handover=made, trouble=trouble[:300], at=at)
    with act("handover.tried", by=by, at=at, agency=made.agency_id) as line:
        row.save(force_insert=True)
        line.about(row)
        if again is not None:
            line.schedule(SEND, made, after=again)
    return row


def tries_of(made: OutwardHandover) -> list[OutwardTry]:
    """The newest first."""
    return list(made.tries.order_by("-at", "-id"))


def is_answered(made: OutwardHandover) -> bool:
    """Whether every recording of the list has its number."""
    return not made.items.filter(reference=None).exists()


def reference_of(item: OutwardItem) -> str:
    row = getattr(item, "reference", None)
    return row.reference if row is not None else ""


class Standing(NamedTuple):
    """Whether a number of the superior's platform is owed for a recording, and since when it is there."""

    is_due: bool
    at: datetime | None


def outward_of(recordings: Sequence[Recording]) -> dict[UUID, Standing]:
    """Owed by what came in after the agency's first list, and by what stands on one."""
    agencies = {row.agency_id for row in recordings}
    begun = (
        OutwardHandover.objects.filter(agency__in=agencies)
        .order_by()
        .values("agency")
        .annotate(first=Min("at"))
    )
    first = {row["agency"]: row["first"] for row in begun}
    if not first:
        return {row.pk: Standing(is_due=False, at=None) for row in recordings}
    rows = OutwardItem.objects.filter(recording__in=[row.pk for row in recordings])
    given = dict(rows.values_list("recording", "reference__given_at"))
    return {
        row.pk: Standing(
            row.pk in given or (row.agency_id in first and row.received_at >= first[row.agency_id]),
            given.get(row.pk),
        )
        for row in recordings
    }


def _trouble(item: OutwardItem, reference: str) -> str:
    """Why this number cannot be kept; empty where it can."""
    told = reference.strip()
    if not told or len(told) > 100:
        return "平台编号为空，或者超过 100 个字"
    known = reference_of(item)
    if known:
        return f"{item.recording.number} 已有平台编号 {known}，又来了 {told}"
    same = OutwardReference.objects.filter(reference=told, item__handover__agency=item.handover.agency_id)
    other = (
        same.filter(item__handover__platform=item.handover.platform).select_related("item__recording").first()
    )
    return f"{told} 已是 {other.item.recording.number} 的平台编号" if other else ""


def _links(keys: Sequence[UUID]) -> dict[UUID, list[Link | CaseLink]]:
    through, straight = links_of(keys), case_links_of(keys)
    found = {key: list[Link | CaseLink]([*through[key], *straight[key]]) for key in keys}
    return {key: links for key, links in found.items() if links}


def _case_of(link: Link | CaseLink) -> Case | None:
    return link.case if isinstance(link, CaseLink) else link.activity.case


def _check(rows: Sequence[Recording], links: Mapping[UUID, list[Link | CaseLink]]) -> None:
    for row in rows:
        if row.pk not in links:
            raise Refused(f"{row.number} 还没有关联", do="请先关联到现场活动或者执法事项，再上报。")
        if row.verified_at is None:
            raise Refused(f"{row.number} 尚未复核", do="复核完成后再上报，一般只需片刻。")
    done = (
        OutwardItem.objects.filter(recording__in=[row.pk for row in rows])
        .select_related("recording", "handover")
        .first()
    )
    if done is not None:
        raise Refused(
            f"{done.recording.number} 已列入 {done.handover.number}",
            do="同一份清单可以再次下载或者发送，不必另做。",
        )


def _manifest(
    made: OutwardHandover, rows: Sequence[Recording], links: Mapping[UUID, list[Link | CaseLink]], *, agency: Agency, at: datetime
) -> dict[str, Any]:  # fmt: skip
    return {
        "format": FORMAT, "handover": made.number, "agency": agency.code, "agency_name": agency.name, "platform": made.platform,
        "made_at": as_utc_text(at), "items": [_line(row, links[row.pk]) for row in rows],
    }  # fmt: skip


def _line(row: Recording, links: Sequence[Link | CaseLink]) -> dict[str, Any]:
    cases = sorted({case.number for link in links if (case := _case_of(link))})
    return {
        "recording": row.number, "name": row.source_name, "sha256": row.sha256, "sm3": row.sm3, "size": row.size, "form": row.form,
        "started_at": as_utc_text(row.started_at) if row.started_at else None,
        "ended_at": as_utc_text(row.ended_at) if row.ended_at else None,
        "stored_at": as_utc_text(row.received_at), "unit": row.unit.name,
        "device": row.device.number if row.device else "", "officer": row.officer.number if row.officer else "",
        "activities": [link.activity.number for link in links if isinstance(link, Link)], "cases": cases,
    }  # fmt: skip


def opened(made: OutwardHandover) -> dict[str, Any]:
    """The list as it stands. Raises `Malformed` where the row is no list of ours."""
    body = json.loads(made.manifest)
    if not isinstance(body, dict) or body.get("format") != FORMAT:
        raise Malformed("这份清单不合格式", do="请核验存证，找出这一行何时被改。")
    return body


def outward_waiting(viewer: Actor, *, at: datetime) -> QuerySet[OutwardItem]:
    """Handed over, and no number has come yet."""
    return items_seen(viewer, at=at).filter(reference=None)
