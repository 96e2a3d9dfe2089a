"""销毁 with the vault: listed originals are set aside, lie through their recovery window, and are then destroyed under a tombstone.

At every step the row comes before the file: a crash leaves either the file, in reach or aside, or a finished tombstone, and the same work
run again goes on. What is held, newly linked, lengthened, packed or changed falls out at either step and is told.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from liuhen.apps.access.models import Package, PackageCopy
from liuhen.apps.casework.linking import count_links, live_links
from liuhen.apps.evidence.models import Derived, Recording, Tombstone
from liuhen.apps.evidence.queries import agencies_at_rest, gone
from liuhen.apps.journal.actions import Pen, act, hold_the_pen
from liuhen.apps.journal.queries import is_work_due
from liuhen.apps.retention.disposal import Outcome, Part, State, digest_of_items, in_unfinished_package
from liuhen.apps.retention.holds import holds_on, subjects_of
from liuhen.apps.retention.models import DisposalItem, DisposalList, KeepingPeriod
from liuhen.engines.vault import Vault
from liuhen.kernel.actors import SYSTEM
from liuhen.kernel.digests import Digest
from liuhen.kernel.errors import Tampered, Unavailable
from liuhen.kernel.months import over_from

_GB = 10**9
# How long what was set aside can be brought back: the more there is, the longer.
WINDOWS = ((100 * _GB, timedelta(days=7)), (1000 * _GB, timedelta(days=14)))
_LONGEST = timedelta(days=30)
_JUDGED = ("recording.judge", "activity.judge", "case.judge")
_SAMPLE = (20, 20)  # One in twenty, at least one, at most twenty.


@dataclass(frozen=True, slots=True)
class Stores:
    """Where originals and derived copies lie, and by which time it is judged: the last witnessed one."""

    vault: Vault
    copies: Vault
    trusted: datetime
    seed: str


def window_of(size: int) -> timedelta:
    """The recovery window of a list of so many bytes."""
    return next((days for most, days in WINDOWS if size <= most), _LONGEST)


def execute(row: DisposalList, stores: Stores, *, at: datetime) -> None:
    """Check the frozen list again and set aside what stands. May run again at any point. Raises `Tampered` where the list was changed."""
    if row.state != State.RUNNING:
        return
    items = list(row.items.select_related("recording").order_by("pk"))
    if digest_of_items(items) != row.sha256:
        raise Tampered(
            f"销毁清单 {row.number} 与批准时不同", do="请停止执行，报告负责人并运行 liuhen verify。"
        )
    for item in items:
        if item.outcome == Outcome.LISTED:
            _set_aside(row, item, stores, at=at)
        if item.outcome == Outcome.ASIDE:
            _move_out(item, stores)
    _begin_window(row, stores, at=at)


def finish(row: DisposalList, stores: Stores, *, at: datetime) -> bool:
    """After the window and the sample check destroy what is aside; of a list called off put everything back. True once all is settled."""
    if row.state == State.CALLED_OFF:
        for item in row.items.select_related("recording").exclude(outcome=Outcome.OUT):
            _put_back(row, item, row.called_off, stores, at=at)
        _note_closed(row, at=at)
        return True
    if row.state != State.ASIDE or not _may_finish(row, at=at, trusted=stores.trusted):
        return False
    for item in row.items.select_related("recording").order_by("pk"):
        if item.outcome == Outcome.ASIDE:
            _bury(row, item, stores, at=at)
    # Every row is settled before the first file: of two registrations of the same bytes one may live.
    for item in row.items.select_related("recording").order_by("pk"):
        if item.outcome == Outcome.DESTROYED:
            _destroy_files(item, stores)
        elif item.outcome == Outcome.BACK:
            _move_back(item, stores)
    return True


def falls_out(item: DisposalItem, *, trusted: datetime, at: datetime) -> str:
    """Why the recording may not be disposed of now; empty where it may."""
    held = holds_on([item.recording_id])
    if held:
        return f"有未终结的暂缓：{'、'.join(hold.number for hold in held[item.recording_id])}"
    keeping = KeepingPeriod.objects.get(recording=item.recording_id)
    if keeping.rank != "until" or keeping.until is None or keeping.until > item.until:
        return f"保存期限已变为{keeping.label}" if keeping.rank != "until" else "保存期限已经延长"
    if over_from(item.until) > trusted:
        return "以最近一次见证的时间计，保存期限未满"
    if count_links([item.recording_id]).get(item.recording_id, 0) != item.links:
        return "列入之后关联有变动"
    if Recording.objects.filter(in_unfinished_package(at), pk=item.recording_id).exists():
        return "有证据包正在办理或者可供下载"
    return ""


def _check_settled(item: DisposalItem, *, at: datetime) -> None:
    """Raises `Unavailable` while something was changed from which its keeping has not been derived anew."""
    things = {item.recording_id, *subjects_of([item.recording_id])[item.recording_id]}
    if is_work_due(things, kinds=_JUDGED, at=at):
        raise Unavailable(
            f"{item.recording.number} 的保存期限正在重新计算", do="后台算完以后会接着办，请稍候。"
        )


def _lock(row: DisposalList, state: str) -> None:
    """Within an act: no hold is placed and the list is not called off in between. Raises `Unavailable` where it was."""
    agencies_at_rest(row.agency_id)
    if DisposalList.objects.select_for_update().get(pk=row.pk).state != state:
        raise Unavailable(f"清单 {row.number} 已不在这一步", do="请刷新页面，看清单现在的状态。")


# ── 移出 ───────────────────────────────────────────────────


def _set_aside(row: DisposalList, item: DisposalItem, stores: Stores, *, at: datetime) -> None:
    recording = item.recording
    damage = _damage(recording, stores.vault)
    with act("recording.moved-out", by=SYSTEM, at=at, agency=row.agency_id, approval=row.approval) as line:
        _lock(row, State.RUNNING)
        why = damage or falls_out(item, trusted=stores.trusted, at=at)
        if why:
            verb = "disposal.item-dropped"
            line.verb = verb
            _note(line, item, Outcome.OUT, why)
            return
        _check_settled(item, at=at)
        _note(line, item, Outcome.ASIDE, "")
        stone = Tombstone(
            recording=recording, disposal=row.number, sha256=item.sha256, sm3=item.sm3, size=item.size, copies=_copies(recording),
            set_aside_at=at,
        )  # fmt: skip
        stone.save(force_insert=True)
        line.about(stone, sha256=item.sha256, sm3=item.sm3)
        line.about(recording)


def _damage(recording: Recording, vault: Vault) -> str:
    try:
        vault.reread(recording.digest)
    except Tampered as error:
        return f"重读原件不符，冻结待查：{error.why}"
    return ""


def _move_out(item: DisposalItem, stores: Stores) -> None:
    stone = _stone(item)
    with transaction.atomic():
        hold_the_pen()
        if not _is_shared(item.sha256):
            stores.vault.set_aside(stone.digest)
    for address in _own_copies(stone):
        stores.copies.set_aside(Digest(address))


def _begin_window(row: DisposalList, stores: Stores, *, at: datetime) -> None:
    aside = list(row.items.filter(outcome=Outcome.ASIDE).order_by("pk"))
    sample = _sample(aside, stores.seed, row.sha256)
    window = window_of(sum(item.size for item in aside))
    with act("disposal.executed", by=SYSTEM, at=at, agency=row.agency_id, approval=row.approval) as line:
        _lock(row, State.RUNNING)
        for item in sample:
            item.in_sample = True
            item.save(update_fields=["in_sample"])
            line.about(item)
        row.state, row.executed_at = (State.ASIDE if aside else State.CALLED_OFF), at
        row.recover_until = at + window if aside else None
        row.called_off = "" if aside else "复核时全部落下"
        row.save(update_fields=["state", "executed_at", "recover_until", "called_off"])
        line.about(row)
        line.note(seed=stores.seed)


def _sample(items: list[DisposalItem], seed: str, digest: str) -> list[DisposalItem]:
    """Drawn by a published checkpoint: anybody can draw it again, and nobody could choose it."""
    share, most = _SAMPLE
    count = min(len(items), max(1, min(most, -(-len(items) // share))))

    def rank(item: DisposalItem) -> str:
        return hashlib.sha256(f"{seed}\n{digest}\n{item.recording_id}".encode()).hexdigest()

    return sorted(items, key=rank)[:count]


# ── 销毁和放回 ──────────────────────────────────────────────


def _may_finish(row: DisposalList, *, at: datetime, trusted: datetime) -> bool:
    checked = row.hands.filter(part=Part.SAMPLE, agrees=True).exists()
    return checked and row.recover_until is not None and min(at, trusted) >= row.recover_until


def _bury(row: DisposalList, item: DisposalItem, stores: Stores, *, at: datetime) -> None:
    """The tombstone before the file: its line is the leaf that tells for ever what was destroyed."""
    stone = _stone(item)
    with act("recording.disposed", by=SYSTEM, at=at, agency=row.agency_id, approval=row.approval) as line:
        _lock(row, State.ASIDE)
        why = falls_out(item, trusted=stores.trusted, at=at)
        if why:
            verb = "recording.put-back"
            line.verb = verb
            _back(line, item, stone, why, at)
            return
        _check_settled(item, at=at)
        _note(line, item, Outcome.DESTROYED, "")
        stone.destroyed_at = stores.trusted
        stone.save(update_fields=["destroyed_at"])
        line.about(stone, sha256=item.sha256, sm3=item.sm3)
        line.about(item.recording)
        line.schedule("recording.judge", item.recording)


def _put_back(row: DisposalList, item: DisposalItem, why: str, stores: Stores, *, at: datetime) -> None:
    if item.outcome == Outcome.ASIDE:
        with act("recording.put-back", by=SYSTEM, at=at, agency=row.agency_id, approval=row.approval) as line:
            _back(line, item, _stone(item), why, at)
    if item.outcome == Outcome.BACK:
        _move_back(item, stores)


def _back(line: Pen, item: DisposalItem, stone: Tombstone, why: str, at: datetime) -> None:
    _note(line, item, Outcome.BACK, why)
    stone.put_back_at = at
    stone.save(update_fields=["put_back_at"])
    line.about(stone)
    line.about(item.recording)
    line.schedule("recording.judge", item.recording)


def _move_back(item: DisposalItem, stores: Stores) -> None:
    stone = Tombstone.objects.filter(recording=item.recording_id, disposal=item.disposal.number).latest(
        "set_aside_at"
    )
    stores.vault.put_back(stone.digest)
    for address in stone.copies:
        stores.copies.put_back(Digest(address))


def _destroy_files(item: DisposalItem, stores: Stores) -> None:
    """Only what nobody needs any more: the same bytes may have come in again, or lie aside for another list."""
    stone = _stone(item)
    while _is_condemned(item, stone, stores):
        stores.vault.destroy(stone.digest)
    waiting = Derived.objects.filter(recording__in=gone().filter(destroyed_at=None).values("recording"))
    needed = set(waiting.filter(sha256__in=stone.copies).values_list("sha256", flat=True))
    for address in _own_copies(stone):
        if address not in needed and stores.copies.condemn(Digest(address)):
            stores.copies.destroy(Digest(address))


def _is_condemned(item: DisposalItem, stone: Tombstone, stores: Stores) -> bool:
    """Whether the bytes may be overwritten now. Decided while nobody registers the same bytes; who comes a moment later is told to come again."""
    with transaction.atomic():
        hold_the_pen()
        if _is_shared(item.sha256):
            stores.vault.put_back(stone.digest)
            return False
        if gone().filter(sha256=item.sha256, destroyed_at=None).exists():
            return False
        if not stores.vault.condemn(stone.digest) and stores.vault.holds(stone.digest):
            stores.vault.set_aside(stone.digest)  # A restored house has it at its address again.
        return stores.vault.condemn(stone.digest)


def _note_closed(row: DisposalList, *, at: datetime) -> None:
    if row.closed_at is not None:
        return
    with act("disposal.closed", by=SYSTEM, at=at, agency=row.agency_id, approval=row.approval) as line:
        row.closed_at = at
        row.save(update_fields=["closed_at"])
        line.about(row)


def _note(line: Pen, item: DisposalItem, outcome: str, why: str) -> None:
    item.outcome, item.why = outcome, why
    item.save(update_fields=["outcome", "why"])
    line.about(item)


def _stone(item: DisposalItem) -> Tombstone:
    return gone().get(recording=item.recording_id)


def _is_shared(sha256: str) -> bool:
    """Whether another registration of the same bytes is still kept."""
    return Recording.objects.filter(sha256=sha256).exclude(pk__in=gone().values("recording")).exists()


def _copies(recording: Recording) -> list[str]:
    """What was derived from it: thumbnails, playable copies, and packages whose time is over."""
    about = {recording.pk, *live_links().filter(recording=recording).values_list("activity", flat=True)}
    given = PackageCopy.objects.filter(redaction__recording=recording).values("package")
    packages = Package.objects.filter(Q(subject__in=about) | Q(pk__in=given), made_at__isnull=False)
    made = Derived.objects.filter(recording=recording)
    return sorted({*made.values_list("sha256", flat=True), *packages.values_list("sha256", flat=True)})


def _own_copies(stone: Tombstone) -> list[str]:
    """Those no living recording derived as well: a picture of one colour looks the same for many."""
    living = Derived.objects.filter(sha256__in=stone.copies).exclude(recording__in=gone().values("recording"))
    return sorted(set(stone.copies) - set(living.values_list("sha256", flat=True)))
