"""当时当地的音像：from the minute and place somebody tells of to the recordings that ran then and there.

What was filmed elsewhere is left out only where its place is known; what ran then and whose place nobody knows stays, after what is known to be near.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from django.db.models import QuerySet

from liuhen.apps.casework.linking import live_case_links, live_links
from liuhen.apps.casework.models import Intake
from liuhen.apps.casework.suggestions import kilometres
from liuhen.apps.evidence.models import Recording
from liuhen.apps.evidence.queries import newest_inspections

AROUND = timedelta(minutes=30)
_HERE = 1.0  # 千米
_MOST = 200


class Near(NamedTuple):
    """A recording, how it fits in words, and how well (the greater the better)."""

    recording: Recording
    says: str
    fit: int


class Around(NamedTuple):
    """What ran then: near or of unknown place, best first; and how many were filmed elsewhere."""

    near: list[Near]
    elsewhere: int


def recordings_around(row: Intake, seen: QuerySet[Recording]) -> Around:
    """Of the recordings `seen` may be told of, those that ran within half an hour of the moment the intake tells of."""
    moment = row.happened_at or row.received_at
    ran = seen.filter(agency=row.agency_id, started_at__lte=moment + AROUND, ended_at__gte=moment - AROUND)
    rows = list(ran.exclude(form=Recording.Form.LOG).order_by("started_at", "pk")[:_MOST])
    places = _places(rows)
    told = [_judged(one, row, moment, places[one.pk]) for one in rows]
    near = sorted((one for one in told if one.fit >= 0), key=lambda one: -one.fit)
    return Around(near, len(told) - len(near))


class _Place(NamedTuple):
    names: frozenset[str]
    filmed: tuple[float, float] | None


def _places(rows: Sequence[Recording]) -> dict[UUID, _Place]:
    keys = [row.pk for row in rows]
    names: dict[UUID, set[str]] = {key: set() for key in keys}
    for link in live_links().filter(recording__in=keys).select_related("activity"):
        names[link.recording_id].add(link.activity.place_text.strip())
    for straight in live_case_links().filter(recording__in=keys).select_related("case"):
        names[straight.recording_id].add(straight.case.place_text.strip())
    looks = newest_inspections(keys)
    found = {key: look.facts.get("place") for key, look in looks.items()}
    return {
        key: _Place(frozenset(names[key] - {""}), (p["latitude"], p["longitude"]) if (p := found.get(key)) else None)
        for key in keys
    }  # fmt: skip


def _judged(one: Recording, row: Intake, moment: datetime, place: _Place) -> Near:
    running = (
        one.started_at is not None and one.ended_at is not None and one.started_at <= moment <= one.ended_at
    )
    when = "当时正在录" if running else "前后半小时之内"
    if place.filmed and row.latitude is not None and row.longitude is not None:
        away = kilometres(*place.filmed, row.latitude, row.longitude)
        where, fit = f"拍摄地点相距 {away:.1f} 千米", 4 if away <= _HERE else -1
    elif place.names and row.place_text:
        same = any(name in row.place_text or row.place_text in name for name in place.names)
        where, fit = f"关联的活动在{'、'.join(sorted(place.names))}", 4 if same else -1
    else:
        where, fit = "拍摄地点不明", 0
    return Near(one, f"{when}，{where}", fit + (2 if running else 0) if fit >= 0 else fit)
