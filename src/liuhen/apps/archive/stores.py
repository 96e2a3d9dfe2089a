"""同步存储: which matters must lie in the enforcement information system as well (FZH-17.a), and what was put there."""

from datetime import datetime

from django.db.models import QuerySet

from liuhen.apps.archive.models import SecondStore, SyncMatter
from liuhen.apps.evidence.models import Recording
from liuhen.apps.journal.actions import act
from liuhen.apps.registry.models import Agency
from liuhen.apps.registry.permission import Place, allow
from liuhen.kernel.actors import Actor
from liuhen.kernel.errors import Refused


def lay_down_matter(
    agency: Agency, *, by: Actor, activity_type: str, required: bool, why: str, at: datetime
) -> SyncMatter:
    """Say whether activities of a type must lie in the other system as well; the newest word on a type counts.

    Everything of the agency is judged again. Raises `Refused` where nothing would change, or no reason is given.
    """
    allow(by, "store.lay-down", on=Place(agency.pk, "/"), at=at)
    if not why.strip():
        raise Refused("没有写明依据", do="请写明由哪份清单或者通知规定。")
    if (activity_type in required_types(agency)) == required:
        raise Refused("已经这样规定", do="无需重复登记。")
    row = SyncMatter(
        agency=agency, activity_type=activity_type, required=required, why=why.strip(), at=at, by=by.id
    )
    with act("store.required", by=by, at=at, agency=agency.pk) as line:
        row.save(force_insert=True)
        line.about(row)
        line.schedule("agency.judge", agency)
    return row


def required_types(agency: Agency) -> frozenset[str]:
    """The types of activity that must lie in the other system as well, as of now."""
    asked: set[str] = set()
    for row in SyncMatter.objects.filter(agency=agency).order_by("at", "pk"):
        (asked.add if row.required else asked.discard)(row.activity_type)
    return frozenset(asked)


def enter_store(
    recording: Recording, *, by: Actor, system: str, reference: str, stored_at: datetime, at: datetime
) -> SecondStore:
    """Where a recording was put besides, under which number. Raises `Refused` for a second time, and for a time that lies ahead."""
    allow(by, "store.enter", on=recording, at=at)
    if second_store(recording) is not None:
        raise Refused(f"{recording.number} 已经登记过同步存储", do="登记不能更改；写错了的，请另作情况说明。")
    if stored_at > at:
        raise Refused("存入时间晚于现在", do="请核对时间。")
    row = SecondStore(
        recording=recording, system=system.strip(), reference=reference.strip(), stored_at=stored_at, at=at, by=by.id
    )  # fmt: skip
    with act("store.entered", by=by, at=at, agency=recording.agency_id) as line:
        row.save(force_insert=True)
        line.about(row)
        line.about(recording)
        line.schedule("recording.judge", recording)
    return row


def second_store(recording: Recording) -> SecondStore | None:
    return SecondStore.objects.filter(recording=recording).first()


def matters(agency: Agency) -> QuerySet[SyncMatter]:
    """Every word that was ever laid down, the newest first."""
    return SyncMatter.objects.filter(agency=agency).order_by("-at", "-pk")
