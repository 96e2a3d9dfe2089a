"""What several pages show of watching: how recordings lie to each other, and the key segments in them."""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta

from liuhen.apps.access.watching import Watched, watched_in, watched_seconds
from liuhen.apps.casework import queries as casework
from liuhen.apps.casework.aligning import that_can_be_laid
from liuhen.apps.casework.models import Activity
from liuhen.apps.evidence import queries as evidence
from liuhen.apps.evidence.aligning import alignments_among
from liuhen.apps.evidence.models import Alignment, KeySegment, Recording
from liuhen.apps.evidence.segments import segments_of
from liuhen.apps.registry import queries as registry
from liuhen.interfaces.api.gate import Asking
from liuhen.interfaces.api.players import facts_of_file, stretches
from liuhen.interfaces.api.shapes import (
    Action,
    AlignmentShown,
    Fact,
    Link,
    SegmentShown,
    Track,
    WatchedShown,
)
from liuhen.interfaces.api.timelines import camera_of
from liuhen.interfaces.api.words import THIN
from liuhen.kernel.actors import Actor
from liuhen.kernel.clock import shown

SEGMENT_COLUMNS = ("音像编号", "起")
_NEAR = 0.02  # Seconds that nobody sees.


def laid(tracks: Sequence[Track], recordings: Sequence[Recording]) -> list[Track]:
    """The same tracks, each moved to where its alignment puts it; without one it stays where its believed clock does."""
    shifts = shifts_of(recordings)
    return [
        track.model_copy(update={"shift_seconds": shifts[track.id][0], "drift": shifts[track.id][1]})
        if track.id in shifts
        else track
        for track in tracks
    ]


def shifts_of(recordings: Sequence[Recording]) -> dict[str, tuple[float, float]]:
    """By which seconds each aligned recording begins later than its believed clock says, and how its clock drifts."""
    by_key = {row.pk: row for row in recordings}
    found = {}
    for key, row in alignments_among(by_key).items():
        ground, start = by_key[row.ground_id].started_at, by_key[key].started_at
        if ground and start:
            found[str(key)] = ((ground - start).total_seconds() + row.offset, row.drift)
    return found


def alignment_shown(
    asking: Asking, activity: Activity, recordings: Sequence[Recording]
) -> AlignmentShown | None:
    """None where there is nothing to lay on each other."""
    if len(that_can_be_laid(recordings)) < 2:
        return None
    rows, by_key = alignments_among(row.pk for row in recordings), {row.pk: row for row in recordings}
    shifts = shifts_of(recordings)
    actions = []
    if asking.may("recording.align", activity):
        actions.append(
            Action(
                key="align", label="重新对齐" if rows else "按声音对齐", method="POST", url=f"/activities/{activity.pk}/alignments",
                confirm="由系统比较各路音像的声音，找出彼此相差多少；结果另行登记，不改原件，也不改任何时钟。",
            )
        )  # fmt: skip
    if not rows:
        says = "尚未对齐：各路按各自所采信的时钟同放，可能相差几秒。"
        return AlignmentShown(says=says, rows=[], actions=actions)
    ground = by_key[next(iter(rows.values())).ground_id]
    return AlignmentShown(
        says=f"以 {camera_of(ground)}（{ground.number}）为准；{shown(max(row.at for row in rows.values()))} 对齐。",
        rows=[_row(by_key[key], row, shifts.get(str(key), (0.0, 0.0))[0]) for key, row in rows.items()],
        actions=actions,
    )


def _row(recording: Recording, row: Alignment, shift: float) -> Fact:
    way = f"{row.get_way_display()}对齐，误差不超过 {_seconds(row.error)}"
    drift = f"，每小时走差 {row.drift * 3600:+.2f} 秒" if abs(row.drift) * 3600 >= _NEAR else ""
    moved = (
        "与时钟所记一致"
        if abs(shift) < _NEAR
        else f"比时钟所记{'晚' if shift > 0 else '早'} {_seconds(abs(shift))}"
    )
    return Fact(
        label=recording.number,
        value=f"{camera_of(recording)}：{moved}",
        note=f"{way}{drift}",
        tone="plain" if row.way == "sound" else "due",
    )


def _seconds(value: float) -> str:
    return f"{value:.2f}{THIN}秒" if value < 10 else f"{value:.1f}{THIN}秒"


def segments_shown(asking: Asking, recordings: Sequence[Recording]) -> list[SegmentShown]:
    """The key segments that stand in these recordings."""
    by_key, shifts = {row.pk: row for row in recordings}, shifts_of(recordings)
    rows = segments_of(by_key)
    names = registry.names_of(row.by for row in rows)
    return [
        SegmentShown(
            id=str(row.pk), recording=Link(label=row.recording.number, to=f"/recordings/{row.recording_id}?t={row.begins:g}"),
            start_seconds=row.begins, end_seconds=row.ends, at=_moment(row, shifts), says=row.says,
            by=f"{names.get(row.by, '')} {shown(row.at)}", actions=_withdrawal(asking, row),
        )
        for row in rows
    ]  # fmt: skip


def _moment(row: KeySegment, shifts: dict[str, tuple[float, float]]) -> datetime | None:
    start = row.recording.started_at
    shift, drift = shifts.get(str(row.recording_id), (0.0, 0.0))
    return start + timedelta(seconds=shift + row.begins * (1 + drift)) if start else None


def _withdrawal(asking: Asking, row: KeySegment) -> list[Action]:
    if not asking.may("segment.mark", row):
        return []
    return [Action(key=f"withdraw-{row.pk}", label="撤回", form_url=f"/segments/{row.pk}/withdrawal")]


def watched_shown(row: Recording) -> list[WatchedShown]:
    """Who watched which seconds, look by look."""
    found = facts_of_file(evidence.newest_inspection(row.pk))
    return [_watched(one, (found.duration if found else None) or 0.0) for one in watched_in(row)]


def _watched(one: Watched, length: float) -> WatchedShown:
    seen, heard = watched_seconds(one.seen), watched_seconds(one.heard)
    share = f"，占全长 {min(1.0, seen / length):.0%}" if length >= 1 and seen else ""
    told = [f"看了 {seen}{THIN}秒{share}" if seen else "", f"只听了 {heard}{THIN}秒" if heard else ""]
    approval = f"（{one.viewing.approval}）" if one.viewing.approval else ""
    return WatchedShown(
        who=one.viewing.officer.name, opened_at=one.viewing.opened_at, basis=f"{one.viewing.basis}{approval}",
        says="，".join(filter(None, told)) or "打开了，没有播放", tone="plain" if seen or heard else "due",
        seen=stretches(one.seen), heard=stretches(one.heard),
    )  # fmt: skip


def segments_written(activity: Activity, *, reader: Actor, at: datetime) -> str:
    """The same as rows of a table in a document: number, from, to, what; of the recordings this person may know of."""
    known = casework.links_seen([activity.pk], viewer=reader, at=at)
    recordings = [link.recording for link in known]
    return "\n".join(
        "\t".join([row.recording.number, place_in(row.begins), place_in(row.ends), row.says])
        for row in segments_of(row.pk for row in recordings)
    )


def place_in(seconds: float) -> str:
    """A place in a recording as players show it: 1:02:03.5."""
    whole, tenth = divmod(round(seconds * 10), 10)
    hours, rest = divmod(whole, 3600)
    return f"{hours}:{rest // 60:02d}:{rest % 60:02d}.{tenth}"


def jumps_of(asking: Asking, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Where each row of a document's table leads: the second of the recording it names; empty where none is known to the reader."""
    if columns[:2] != SEGMENT_COLUMNS:
        return []
    numbers = {row[0] for row in rows}
    seen = evidence.visible_to(asking.by, at=asking.at).filter(number__in=numbers)
    keys = dict(seen.values_list("number", "pk"))
    return [
        f"/recordings/{keys[row[0]]}?t={seconds:g}"
        if row[0] in keys and (seconds := _seconds_at(row[1])) is not None
        else ""
        for row in rows
    ]


def _seconds_at(place: str) -> float | None:
    found = re.fullmatch(r"(\d{1,3}):(\d\d):(\d\d(?:\.\d)?)", place)
    return int(found[1]) * 3600 + int(found[2]) * 60 + float(found[3]) if found else None
