"""Why something was not recorded, as the facts the rules ask about: interruptions, exemptions, and what a file itself lacks.

Called by `facts`. What was spoken on resuming counts by the mark that somebody set on the film; a mark that was taken
back counts no more.
"""

from datetime import timedelta

from liuhen.apps.approval.models import Opinion, Request
from liuhen.apps.casework.models import Activity, Exemption, Interruption
from liuhen.apps.evidence.models import Inspection, Recording
from liuhen.engines.rules.facts import ExemptionFacts, InterruptionFacts
from liuhen.kernel.spans import Span


def lost_in(recording: Recording, inspection: Inspection | None) -> list[Span]:
    """The stretches inside a recording that have no picture, as its inspection found them."""
    start = recording.started_at
    if inspection is None or start is None:
        return []
    found = [one for one in inspection.findings if one["code"] == "gap"]
    return [
        Span(start + timedelta(seconds=begins), start + timedelta(seconds=ends))
        for one in found for begins, ends in one.get("spans", ())
    ]  # fmt: skip


def _is_marked(row: Interruption) -> bool:
    return row.voice_marks.filter(segment__withdrawn_at=None).exists()


def interruption_told(row: Interruption) -> InterruptionFacts:
    statement = row.statement
    return InterruptionFacts(
        span=row.span,
        cause=row.cause,
        resumed=row.resumed,
        voice_explained=True if _is_marked(row) else row.voice_explained,
        reported_at=row.reported_at,
        statement_at=statement.finalised_at if statement else None,
        signatures=statement.signatures.count() if statement else 0,
        approved=_approved(row, "interruption"),
        rejected=_rejected(row, "interruption"),
        fault_confirmed=row.fault_confirmed,
    )


def exemption_told(activity: Activity) -> ExemptionFacts | None:
    row = Exemption.objects.filter(activity=activity).first()
    if row is None:
        return None
    return ExemptionFacts(
        code=row.code,
        reason=row.reason,
        basis=row.basis,
        document_at=row.entered_at,
        approved=_approved(row, "exemption"),
        rejected=_rejected(row, "exemption"),
    )


def _approved(row: Interruption | Exemption, purpose: str) -> tuple[str, ...]:
    agreed = Opinion.objects.filter(
        request__subject=row.pk, request__purpose=purpose, answer=Opinion.Answer.AGREE
    )
    return tuple(agreed.order_by("request__made_at", "step").values_list("role", flat=True))


def _rejected(row: Interruption | Exemption, purpose: str) -> bool:
    last = Request.objects.filter(subject=row.pk, purpose=purpose).order_by("-made_at").first()
    return last is not None and last.state == Request.State.RETURNED
