"""Registers of filing and keeping: volumes, discs, holds, disposals, backups."""

from datetime import datetime

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, UUIDField, Value

from liuhen.apps.archive import discs, volumes
from liuhen.apps.archive.catalogue import counts_of, items_of, known_items, withheld_lines
from liuhen.apps.archive.models import BackupRun, Disc, RestoreDrill, Volume, VolumeItem, VolumeStep
from liuhen.apps.oversight.registers.cells import said
from liuhen.apps.oversight.registers.definition import Register
from liuhen.apps.retention import disposal, holds
from liuhen.apps.retention.models import DisposalItem, DisposalList, Hold
from liuhen.kernel.actors import Actor
from liuhen.kernel.clock import now


def _volumes(by: Actor, at: datetime) -> QuerySet[Volume]:
    """Each with whom it is told to: its counts leave out what he may not know of."""
    untold = VolumeItem.objects.filter(withheld_lines(by, at=at), volume=OuterRef("pk"))
    return volumes.volumes_visible_to(by, at=at).annotate(
        partly=Exists(untold), told_to=Value(by.id, output_field=UUIDField())
    )


def _counted(row: Volume) -> tuple[object, ...]:
    closed, filed = (
        volumes.last_of(row, VolumeStep.Step.CLOSED),
        volumes.last_of(row, VolumeStep.Step.ACCEPTED),
    )
    counts = closed.counts if closed else {}
    if closed and row.partly:  # type: ignore[attr-defined]
        viewer = Actor("officer", row.told_to)  # type: ignore[attr-defined]
        counts = counts_of(known_items(items_of(row, closed.edition), viewer=viewer, at=now()))
    told = (counts.get(key, "") for key in ("document", "pages", "recording", "disc"))
    return (*told, said(filed.at) if filed else "")


def _read_back(row: Disc) -> tuple[str, str, str]:
    check = discs.last_check(row)
    return (
        (said(check.at), "相符" if check.good else "不符", said(check.next_at))
        if check
        else ("", "没有核对", "")
    )


def _disposals(by: Actor, at: datetime) -> QuerySet[DisposalList]:
    gone = Count("items", filter=Q(items__outcome=DisposalItem.Outcome.DESTROYED), distinct=True)
    return (
        disposal.disposals_visible_to(by, at=at)
        .annotate(destroyed=gone)
        .select_related("certificate")
        .prefetch_related("hands__officer")
    )


def _certified(row: DisposalList) -> str:
    made = getattr(row, "certificate", None)
    return made.number if made else ""


def _released(row: Hold) -> tuple[str, str]:
    end = getattr(row, "release", None)
    return (said(end.at), end.reason) if end else ("仍在暂缓", "")


def _drilled(row: BackupRun) -> str:
    drill = RestoreDrill.objects.filter(run=row.number).order_by("-at").first()
    return f"{said(drill.at)} 取出 {drill.sampled} 份，相符 {drill.good} 份" if drill else ""


FILING: tuple[Register, ...] = (
    Register(
        key="volumes", title="案卷登记", group="归档", says="每件案卷何时立卷、封卷、移交、接收，卷内多少，应于何时归档。", action="volume.view",
        columns=("案卷号", "题名", "案号", "立卷", "应归档", "现况", "文书", "页数", "音像", "光盘", "归档"), when="at",
        words=("number", "title", "case__number"), rows=_volumes, to=lambda x: f"/volumes/{x.pk}",
        cells=lambda x: (x.number, x.title, x.case.number, said(x.at), said(volumes.due_of(x)), volumes.STATES[volumes.state_of(x)], *_counted(x)),
    ),
    Register(
        key="discs", title="光盘登记", group="归档", says="每张光盘刻了什么、放在哪里、读回是否相符、下次何时核对。", action="disc.view",
        columns=("光盘编号", "第几份", "内容", "案号", "盘片", "存放处", "刻录", "制作人", "核对", "结果", "下次核对"), when="at",
        unit="disc_set__unit__path", words=("number", "shelf", "disc_set__case__number"), rows=lambda by, at: discs.discs_visible_to(by, at=at),
        cells=lambda x: (x.number, x.copy, x.disc_set.title, x.disc_set.case.number, x.get_medium_display(), x.shelf, said(x.at), x.officer.name,
                         *_read_back(x)),
    ),
    Register(
        key="holds", title="暂缓处置登记", group="归档", says="哪段音像、哪次活动、哪件案因何不得销毁，何时终结、依哪份审批。", action="hold.view",
        columns=("暂缓编号", "对象", "事项", "案号或者登记号", "决定或者受理的机关", "登记人", "登记", "终结", "终结的事由"), when="placed_at",
        words=("number", "subject_number", "reference"), rows=lambda by, at: holds.holds_visible_to(by, at=at), to=lambda _row: "/keeping",
        cells=lambda h: (h.number, h.subject_number, h.get_matter_display(), h.reference, h.authority, h.placed_by.name, said(h.placed_at), *_released(h)),
    ),
    Register(
        key="disposals", title="销毁登记", group="归档", says="每份销毁清单几段、谁列、谁批、谁到场、销毁了几段、哪份证明。", action="disposal.view",
        columns=("清单编号", "届满早于", "段数", "列清单", "列入", "审批", "到场", "移出", "恢复期至", "已销毁", "现况", "证明"), when="drawn_at", words=("number",),
        rows=_disposals, to=lambda x: f"/disposals/{x.pk}",
        cells=lambda x: (x.number, said(x.cutoff), x.count, x.drawn_by.name, said(x.drawn_at), x.approval, "、".join(h.officer.name for h in x.hands.all()),
                         said(x.executed_at), said(x.recover_until), x.destroyed, x.get_state_display(), _certified(x)),
    ),
    Register(
        key="backups", title="异地备份登记", group="归档", says="每次备份备到哪里、谁带去、多少份，何时重读核对完毕，有没有演练过恢复。", action="backup.view",
        columns=("备份编号", "异地存放处", "带去的人", "介质", "原件份数", "本次新增", "截至", "重读核对完毕", "恢复演练"), when="at", unit="", words=("number", "place"),
        rows=lambda _by, _at_: BackupRun.objects.all(), to=lambda _row: "/backups",
        cells=lambda b: (b.number, b.place, b.carried_by, b.medium, b.originals, b.added, said(b.covers), said(b.at), _drilled(b)),
    ),
)  # fmt: skip
