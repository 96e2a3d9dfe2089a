"""Reading evidence. Rows are reached only through `visible_to`."""

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet

from liuhen.apps.evidence.knowing import known_to
from liuhen.apps.evidence.models import (
    CardList,
    Derived,
    Inspection,
    JoinedSlice,
    LateNote,
    Recording,
    Tombstone,
    Upload,
)
from liuhen.apps.registry.models import Agency, Unit
from liuhen.apps.registry.permission import reach_of
from liuhen.kernel.actors import Actor
from liuhen.kernel.clock import shown
from liuhen.kernel.errors import Refused
from liuhen.kernel.spans import Span

_KEY, _AT_ONCE = re.compile(r"[0-9a-f]{32}"), 500  # The key of an upload is its identifier in hexadecimal.


def visible_to(viewer: Actor, *, at: datetime) -> QuerySet[Recording]:
    """Recordings whose existence this person may know of: within the reach of his posts, and withheld by no mark."""
    seen = reach_of(viewer, "recording.list", at=at) & known_to(viewer, at=at)
    return Recording.objects.filter(seen).select_related("unit", "device", "officer")


_STATE = "SELECT state FROM evidence_upload WHERE id = %s"
_UPLOAD = "SELECT * FROM evidence_upload WHERE id = %s AND opened_by = %s"


def upload_of(upload_id: UUID, *, opened_by: UUID, unit: Unit | None = None) -> Upload | None:
    """An upload, for the one who opened it and nobody else. `unit` is one that is at hand: mostly it is the upload's."""
    found = next(iter(Upload.objects.raw(_UPLOAD, [upload_id.hex, opened_by.hex])), None)
    if found is not None and unit is not None and found.unit_id == unit.pk:
        found.unit = unit
    return found


def state_of(upload: Upload) -> str:
    """What the database says of it now."""
    with connection.cursor() as cursor:
        cursor.execute(_STATE, [upload.pk.hex])
        (state,) = cursor.fetchone()
    return str(state)


def expired_uploads(*, at: datetime) -> list[Upload]:
    """What its client did not finish in time; slices wait for the upload that is joining them."""
    rows = Upload.objects.select_related("unit").filter(state__in=Upload.UNFINISHED, expires_at__lt=at)
    joining = JoinedSlice.objects.filter(upload__state=Upload.State.JOINING)
    return list(rows.exclude(pk__in=joining.values("part")))


def uploads_by_key(keys: Iterable[str]) -> dict[str, Upload]:
    """The uploads whose bytes lie in the vault under these keys, as far as a row knows of them."""
    known = [UUID(hex=key) for key in keys if _KEY.fullmatch(key)]
    return {
        row.pk.hex: row
        for at in range(0, len(known), _AT_ONCE)
        for row in Upload.objects.filter(pk__in=known[at : at + _AT_ONCE])
    }


def newest_inspection(recording: UUID) -> Inspection | None:
    return Inspection.objects.filter(recording=recording).order_by("-at", "-id").first()


def derived_of(recording: UUID, kind: str) -> Derived | None:
    return Derived.objects.filter(recording=recording, kind_of_copy=kind).order_by("-made_at").first()


def recordings() -> QuerySet[Recording]:
    return Recording.objects.select_related("unit", "device", "officer", "agency")


def newest_inspections(recordings: Iterable[UUID]) -> dict[UUID, Inspection]:
    """The inspection that counts of each recording, in one query."""
    rows = Inspection.objects.filter(recording__in=list(recordings)).order_by("at", "id")
    return {row.recording_id: row for row in rows}


def copies_of(recordings: Iterable[UUID], kind: str) -> frozenset[UUID]:
    """Which of the recordings have a derived copy of this kind."""
    rows = Derived.objects.filter(recording__in=list(recordings), kind_of_copy=kind)
    return frozenset(rows.values_list("recording", flat=True))


def late_note_of(recording: UUID) -> LateNote | None:
    return LateNote.objects.filter(recording=recording).order_by("-at").first()


def unlinked_within(
    viewer: Actor, *, officers: Iterable[UUID], window: Span, linked: QuerySet[Any], at: datetime
) -> list[Recording]:
    """Recordings of these people that ran in the window and are not among the `linked`."""
    rows = visible_to(viewer, at=at).filter(officer__in=list(officers), quarantine="")
    rows = rows.filter(started_at__lt=window.end, ended_at__gt=window.start)
    return list(rows.exclude(pk__in=linked.values("recording")).order_by("started_at")[:10])


def card_lists(viewer: Actor, *, at: datetime) -> QuerySet[CardList]:
    """Lists of cards in the part of the house whose recordings this person may know of."""
    seen = CardList.objects.filter(reach_of(viewer, "recording.list", at=at, officers="pk"))
    return seen.select_related("station", "unit")


def gone() -> QuerySet[Tombstone]:
    """For a filter: originals that were set aside or destroyed and not put back."""
    return Tombstone.objects.filter(put_back_at=None)


def tombstones_of(recordings: Iterable[UUID]) -> dict[UUID, Tombstone]:
    """Of these, what became of the originals that are no longer in reach."""
    return {row.recording_id: row for row in gone().filter(recording__in=list(recordings))}


def check_in_reach(recordings: Iterable[UUID]) -> None:
    """Raises `Refused` where an original is no longer there to be read, by the list it went by."""
    row = next(iter(tombstones_of(recordings).values()), None)
    if row is None:
        return
    when = f"已于 {shown(row.destroyed_at)} 依规销毁" if row.destroyed_at else "已列入销毁，原件已移出证据库"
    raise Refused(
        f"{row.recording.number} {when}（清单 {row.disposal}）",
        do="登记、摘要和台账仍在；原件在恢复期内的，可由档案机构负责人撤回清单。",
    )


def agencies_at_rest(agency: UUID) -> None:
    """Within a transaction: who places a hold and who carries a disposal on wait for each other.

    Nobody else does: rows that merely refer to the agency are not held up.
    """
    Agency.objects.select_for_update(no_key=True).values_list("pk", flat=True).get(pk=agency)
