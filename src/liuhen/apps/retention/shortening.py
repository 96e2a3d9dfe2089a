"""A keeping period is shortened by two people and never by itself; what no regulation fixes is decided by the head of the unit.

Derivation notes that the facts would allow a shorter term. Here one person proposes exactly that date, another approves, and it is
applied only if the facts still say the same. 永久 is never shortened; 长期 only with the head of the archive as well.
"""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db.models import Max

from liuhen.apps.approval.actions import ChainStep, request_approval
from liuhen.apps.approval.models import Request
from liuhen.apps.evidence.models import Recording
from liuhen.apps.journal.actions import act
from liuhen.apps.registry import queries as registry
from liuhen.apps.registry.models import Officer
from liuhen.apps.registry.permission import allow
from liuhen.apps.registry.policy import ROLES
from liuhen.apps.retention.holds import head_step
from liuhen.apps.retention.models import KeepingDecision, KeepingPeriod, Shortening
from liuhen.engines.rules.keeping import RANK_LABELS
from liuhen.kernel.actors import SYSTEM, Actor
from liuhen.kernel.errors import Refused

SHORTEN_ONE = "keeping.shorten"


def propose_shortening(
    recording: Recording, *, by: Actor, officer: Officer, reason: str, at: datetime
) -> Request:
    """Lay the noted shorter term before the head. Raises `Refused` where none is noted, or the recording is kept for ever."""
    allow(by, "keeping.shorten", on=recording, at=at)
    held = KeepingPeriod.objects.filter(recording=recording).first()
    if held is None or held.shorter_until is None:
        raise Refused(f"{recording.number} 依现有事实没有可以缩短的期限", do="事实有误的，请先更正事实。")
    if held.promised_rank == "permanent":
        raise Refused(f"{recording.number} 已确定永久保存，不能缩短", do="永久保存的不列入销毁。")
    if not reason.strip():
        raise Refused("缩短保存期限须写明事由", do="请写明哪一项事实改变了、凭什么。")
    if waiting_shortenings([recording.pk]):
        raise Refused(f"缩短 {recording.number} 的期限已经提出，正等审批", do="请等审批。")
    row = Shortening(
        recording=recording, before_rank=held.promised_rank, before_until=held.promised_until, until=held.shorter_until,
        reason=reason.strip(), proposed_by=officer, proposed_at=at,
    )  # fmt: skip
    chain = _chain(recording, held, asker=officer.pk, at=at)
    with act("keeping.shortening-proposed", by=by, at=at, agency=recording.agency_id) as line:
        row.save(force_insert=True)
        line.about(row)
        line.about(recording)
    return request_approval(
        row, by=by, requester=officer, unit=recording.unit, purpose=SHORTEN_ONE, reason=reason, chain=chain, at=at
    )  # fmt: skip


def _chain(recording: Recording, held: KeepingPeriod, *, asker: UUID, at: datetime) -> list[ChainStep]:
    head = head_step(recording.unit, asker=asker, at=at)
    if held.promised_rank != "long_term":
        return [head]
    archive = registry.holders(recording.agency_id, "archive_head", at=at, path=recording.unit.path)
    if not any(officer.pk != asker for officer in archive):
        raise Refused("长期保存的须由档案机构负责人会同决定", do="请由安全管理员任命档案机构负责人。")
    return [ChainStep(role="archive_head", title=ROLES["archive_head"], clause=""), head]


def apply_shortening(row: Shortening, *, request: Request, at: datetime) -> bool:
    """The second person's approval shortens the term; False where the facts no longer say the same. Runs once."""
    if request.state != Request.State.APPROVED or row.applied_at is not None:
        return False
    recording = row.recording
    with act(
        "keeping.shortened", by=SYSTEM, at=at, agency=recording.agency_id, approval=request.number
    ) as line:
        held = KeepingPeriod.objects.select_for_update().get(recording=recording)
        same = (held.shorter_until, held.promised_rank, held.promised_until)
        if same != (row.until, row.before_rank, row.before_until):
            line.note(applied=False)
            line.about(row)
            return False
        held.promised_rank, held.promised_until, held.shorter_until = "until", row.until, None
        if held.rank not in ("undecided", "held"):
            held.rank, held.until, held.label = "until", row.until, RANK_LABELS["until"]
            held.reason, held.regulation, held.article = f"依审批 {request.number} 缩短。", "", ""
        held.derived_at = at
        held.save(force_update=True)
        row.approval, row.applied_at = request.number, at
        row.save(update_fields=["approval", "applied_at"])
        line.about(held)
        line.about(row)
        line.schedule("recording.judge", recording)
    return True


def waiting_shortenings(recordings: Iterable[UUID]) -> frozenset[UUID]:
    """Of these, those whose shortening was proposed and is not decided."""
    rows = Shortening.objects.filter(recording__in=list(recordings), applied_at=None)
    pending = Request.objects.filter(purpose=SHORTEN_ONE, state=Request.State.PENDING)
    return frozenset(rows.filter(pk__in=pending.values("subject")).values_list("recording", flat=True))


def shortening(key: UUID) -> Shortening | None:
    return Shortening.objects.select_related("recording__unit", "recording__agency").filter(pk=key).first()


# ── 逐件决定 ────────────────────────────────────────────────


def decide_keeping(
    recording: Recording, *, by: Actor, officer: Officer, until: datetime, reason: str, at: datetime
) -> KeepingDecision:
    """决定一段未定期限的音像保存到何时。Raises `Refused` where it is not undecided, for a past day, or without a reason."""
    allow(by, "keeping.decide", on=recording, at=at)
    held = KeepingPeriod.objects.filter(recording=recording).first()
    if held is None or held.rank != "undecided":
        raise Refused(
            f"{recording.number} 的期限不待决定", do="期限由制度和事实得出；要延长的，请登记暂缓处置。"
        )
    if until <= at:
        raise Refused("保存期限不能早于今天", do="请填写今后的日期。")
    if not reason.strip():
        raise Refused("决定保存期限须写明理由", do="请写明依据什么、为何是这个期限。")
    row = KeepingDecision(recording=recording, until=until, reason=reason.strip(), by=officer, at=at)
    with act("keeping.decided", by=by, at=at, agency=recording.agency_id) as line:
        row.save(force_insert=True)
        line.about(row)
        line.about(recording)
        line.schedule("recording.judge", recording)
    return row


def decided_until(recordings: Iterable[UUID]) -> dict[UUID, datetime]:
    """The latest day ever decided for each: a later decision cannot shorten an earlier one."""
    rows = KeepingDecision.objects.filter(recording__in=list(recordings)).values("recording")
    return {row["recording"]: row["last"] for row in rows.annotate(last=Max("until"))}
