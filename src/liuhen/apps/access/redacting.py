"""Copies with parts hidden: drawn by one person, made and measured by the worker, looked at and approved by another.

The original is only read. A copy is a derived thing of its recording: it is out of reach as soon as the original is, and is
destroyed with it.
"""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from liuhen.apps.access.models import Redaction, RedactionAnswer, RedactionLook
from liuhen.apps.access.secrecy import check_open_to, is_closed_to
from liuhen.apps.evidence.models import Derived, Recording
from liuhen.apps.evidence.queries import check_in_reach, newest_inspection, tombstones_of
from liuhen.apps.journal.actions import act
from liuhen.apps.registry.models import Officer
from liuhen.apps.registry.numbering import next_number
from liuhen.apps.registry.permission import allow, may
from liuhen.engines.media.masks import MaskList
from liuhen.engines.media.redaction import Proof
from liuhen.engines.vault import Stored
from liuhen.kernel.actors import Actor
from liuhen.kernel.errors import Refused

RENDER = "redaction.render"
LASTS = timedelta(hours=4)


def draw_redaction(
    recording: Recording, *, by: Actor, officer: Officer, masks: object, purpose: str, at: datetime
) -> Redaction:
    """提出一份遮挡副本。Raises `Refused` without a right or a purpose, `Malformed` for a list that hides nothing or has no reasons."""
    check_drawable(recording, by=by, at=at)
    if not purpose.strip():
        raise Refused("没有写明为何制作遮挡副本", do="请写明交给谁、做什么用。")
    wanted = MaskList.from_json(masks, length=length_of(recording))
    row = Redaction(
        agency_id=recording.agency_id, recording=recording, purpose=purpose.strip(), masks=wanted.to_json(), drawn_by=officer, drawn_at=at,
    )  # fmt: skip
    with act("redaction.proposed", by=by, at=at, agency=recording.agency_id) as line:
        row.number = next_number(recording.agency, "遮挡副本", at=at)
        row.save(force_insert=True)
        line.about(row)
        line.about(recording)
        line.schedule(RENDER, row, rank=6)
    return row


def check_drawable(recording: Recording, *, by: Actor, at: datetime) -> None:
    """Whether this person may hide parts of it now. Raises `Refused` without a right, or where the recording is out of reach."""
    allow(by, "redaction.draw", on=recording, at=at)
    check_in_reach([recording.pk])
    check_open_to(recording, by=by, at=at)


def length_of(recording: Recording) -> float:
    """Seconds of the recording as inspected. Raises `Refused` where nobody has looked into it yet."""
    found = newest_inspection(recording.pk)
    length = found.facts.get("duration") if found else None
    if not isinstance(length, int | float):
        raise Refused("这段音像还没有检查完，不能遮挡", do="请等检查完成后再制作。")
    return float(length)


def note_rendered(
    row: Redaction, *, by: Actor, stored: Stored, proof: Proof, media_type: str, at: datetime
) -> None:
    """The copy is made and its proof holds: what remains is a second person's look."""
    derived = Derived(
        recording=row.recording, kind_of_copy=Derived.Kind.REDACTED, media_type=media_type, size=stored.size,
        sha256=stored.digest.sha256, sm3=stored.digest.sm3, made_at=at, made_how=f"依 {row.number} 遮挡，无损重新编码并逐幅比对",
    )  # fmt: skip
    with act("redaction.rendered", by=by, at=at, agency=row.agency_id) as line:
        derived.save(force_insert=True)
        row.derived, row.proof, row.state = derived, _told(proof), Redaction.State.RENDERED
        row.save(update_fields=["derived", "proof", "state"])
        line.about(derived, original=row.recording.sha256)
        line.about(row)


def _told(proof: Proof) -> dict[str, Any]:
    return {name: getattr(proof, name) for name in Proof.__slots__}


def note_failed(row: Redaction, *, by: Actor, why: str, at: datetime) -> None:
    """No copy came of it, and why."""
    with act("redaction.failed", by=by, at=at, agency=row.agency_id) as line:
        row.state, row.trouble = Redaction.State.FAILED, why[:300]
        row.save(update_fields=["state", "trouble"])
        line.about(row)


def answer_redaction(
    row: Redaction, *, by: Actor, officer: Officer, agree: bool, reason: str, at: datetime
) -> RedactionAnswer:
    """审核遮挡副本：不能由制作的人审核，看过副本才能审核。"""
    allow(by, "redaction.check", on=row, at=at)
    if row.drawn_by_id == officer.pk:
        raise Refused(
            "不能审核本人制作的遮挡副本", do="请由部门负责人、保管人或者法制审核人员中的另一人审核。"
        )
    if row.state != Redaction.State.RENDERED:
        raise Refused("遮挡副本还没有制成，没有可以审核的", do="请等制成后再审核。")
    if not agree and not reason.strip():
        raise Refused("退回须写明理由", do="请写明哪一处没有遮好。")
    if not RedactionLook.objects.filter(redaction=row, officer=officer).exists():
        raise Refused("还没有看过这份副本", do="请先打开副本看过，再签意见。")
    answer = RedactionAnswer(
        redaction=row, answer="approved" if agree else "returned", reason=reason.strip(), at=at, by=officer
    )
    verb = "redaction.approved" if agree else "redaction.returned"
    with act(verb, by=by, at=at, agency=row.agency_id) as line:
        Redaction.objects.select_for_update(of=("self",)).get(pk=row.pk)
        if RedactionAnswer.objects.filter(redaction=row).exists():
            raise Refused("这份副本已经审核", do="无需再次审核；要改，请另画一份。")
        answer.save(force_insert=True)
        line.about(answer)
        line.about(row)
    return answer


def look_at_redaction(row: Redaction, *, by: Actor, officer: Officer, at: datetime) -> RedactionLook:
    """Open a look at the copy, with its line, before anything plays."""
    allow(by, "redaction.view", on=row, at=at)
    check_in_reach([row.recording_id])
    check_open_to(row.recording, by=by, at=at)
    if row.derived_id is None:
        raise Refused("遮挡副本还没有制成", do="请稍后重新载入。")
    look = RedactionLook(redaction=row, officer=officer, opened_at=at, closes_at=at + LASTS)
    with act("redaction.viewed", by=by, at=at, agency=row.agency_id) as line:
        look.save(force_insert=True)
        line.about(look)
        line.about(row)
    return look


def open_look(key: UUID, *, by: Actor, at: datetime) -> RedactionLook | None:
    """The look, if it is this person's, still open, and the right still stands: asked on every range."""
    look = (
        RedactionLook.objects.select_related("redaction__recording__unit", "redaction__derived")
        .filter(pk=key, officer=by.id, closes_at__gt=at)
        .first()
    )
    if look is None or tombstones_of([look.redaction.recording_id]):
        return None
    still = may(by, "redaction.view", on=look.redaction.place(), at=at)
    return look if still and not is_closed_to(look.redaction.recording_id, by.id) else None


def redactions() -> QuerySet[Redaction]:
    return Redaction.objects.select_related(
        "recording__unit", "recording__agency", "drawn_by", "derived", "answered__by"
    )


def redactions_of(recording: UUID) -> list[Redaction]:
    """The copies of a recording, newest first."""
    return list(redactions().filter(recording=recording).order_by("-drawn_at", "-id"))
