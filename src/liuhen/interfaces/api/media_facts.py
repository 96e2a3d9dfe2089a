"""What the inspection of a recording told, as its page shows it: the file's facts, its clocks, the passages that were found."""

from datetime import datetime, timedelta

from liuhen.apps.casework.models import Activity
from liuhen.apps.casework.suggestions import kilometres
from liuhen.apps.evidence.clocks import Reading, readings_of
from liuhen.apps.evidence.models import Inspection as InspectionRow
from liuhen.apps.evidence.models import Recording
from liuhen.engines.media import Inspection
from liuhen.engines.media.report import Track as FileTrack
from liuhen.interfaces.api import (
    players,
)
from liuhen.interfaces.api.shapes import (
    ClockReading,
    Clocks,
    Fact,
    Passage,
    State,
    Way,
    Waypoint,
)
from liuhen.interfaces.api.words import size_shown
from liuhen.kernel.clock import shown, shown_length


def media_facts(row: Recording, inspection: InspectionRow | None) -> list[Fact]:
    found = players.facts_of_file(inspection)
    if found is None or inspection is None:
        return [Fact(label="检查", value="正在检查，稍后重新载入即可看到")]
    facts = [
        Fact(label="格式", value=found.format or "未能识别"),
        Fact(label="大小", value=size_shown(row.size), note=f"{row.size:,} 字节"),
        Fact(label="时长", value=shown_seconds(found.duration) or "不明", note=_header_note(found)),
        *(_track_fact(track) for track in found.tracks if track.kind != "data"),
    ]
    if found.device:
        facts.append(Fact(label="文件所记设备", value=found.device))
    if found.place:
        where = f"{found.place.latitude:.5f}，{found.place.longitude:.5f}"
        facts.append(Fact(label="卫星定位", value=where, note="WGS-84，取自文件"))
    limited = inspection.sandbox == "limited"
    facts.append(
        Fact(
            label="检查", value=f"{shown(inspection.at)}{'' if found.complete else '，未完成'}",
            note="受限沙箱：本机没有安装隔离程序，检查在受限的子进程中进行" if limited else None,
            tone="plain" if found.complete else "due",
        )
    )  # fmt: skip
    facts += [Fact(label=one.title, value=one.says, tone="due") for one in found.findings if not one.spans]
    return facts


def way_of(inspection: InspectionRow | None, activity: Activity | None) -> Way | None:
    """Where the device was, second by second, held against the place that the activity gives."""
    found = players.facts_of_file(inspection)
    if found is None or found.place is None:
        return None
    points = [Waypoint(at_seconds=at, latitude=lat, longitude=lon, label="") for at, lat, lon in found.route]
    points = points or [
        Waypoint(at_seconds=None, latitude=found.place.latitude, longitude=found.place.longitude, label="")
    ]
    if activity is None or activity.latitude is None or activity.longitude is None:
        says = "关联的活动没有登记坐标，不能比对。" if activity else "还没有关联活动，不能比对地点。"
        return Way(says=f"取自文件的卫星定位（WGS-84）。{says}", points=points, places=[])
    place = Waypoint(
        at_seconds=None,
        latitude=activity.latitude,
        longitude=activity.longitude,
        label=activity.place_text or "活动地点",
    )
    away = min(kilometres(p.latitude, p.longitude, place.latitude, place.longitude) for p in points)
    told = f"{away * 1000:.0f} 米" if away < 1 else f"{away:.1f} 公里"
    return Way(
        says=f"取自文件的卫星定位（WGS-84）；离活动登记的地点最近时 {told}。", points=points, places=[place]
    )


def shown_seconds(seconds: float | None) -> str:
    return shown_length(timedelta(seconds=seconds)) if seconds is not None else ""


def _header_note(found: Inspection) -> str | None:
    if found.header_duration is None or found.duration is None:
        return None
    differs = abs(found.header_duration - found.duration) > 1
    return f"文件头写的是 {shown_seconds(found.header_duration)}" if differs else None


def _track_fact(track: FileTrack) -> Fact:
    if track.kind in ("video", "picture"):
        rate = f"，每秒 {track.frames_per_second:g} 帧" if track.frames_per_second else ""
        turned = f"，旋转 {track.rotation}°" if track.rotation else ""
        label = "画面" if track.kind == "video" else "照片"
        return Fact(label=label, value=f"{track.codec} {track.width}×{track.height}{rate}{turned}")
    return Fact(label="声音", value=f"{track.codec} {track.sample_rate} Hz，{track.channels} 声道")


def clocks(row: Recording, inspection: InspectionRow | None) -> Clocks:
    readings = readings_of(row, players.facts_of_file(inspection))
    believed = next(
        (r for r in readings if r.source == row.clock_believed and r.moment == row.started_at), None
    )
    shown_ones = [_clock(reading, row.started_at, believed=reading is believed) for reading in readings]
    shown_ones.append(
        ClockReading(
            source="服务器（入库）", reads=row.received_at, offset_seconds=None, believed=False,
            why="本机收到文件的时刻，与拍摄时刻无关",
        )
    )  # fmt: skip
    if believed is None:
        return Clocks(
            says="没有可以采信的时钟，起止时间不明；人可以补登，但不改动任何时钟。", readings=shown_ones
        )
    error = row.clock_error
    says = f"采信“{_source(believed.source)}”：{believed.why}。"
    if error:
        way = "快" if error > 0 else "慢"
        says += f"对接时测得设备时钟{way} {shown_seconds(abs(error))}，已据此换算；各时钟的读数原样保留。"
    return Clocks(says=says, readings=shown_ones)


def _clock(reading: Reading, base: datetime | None, *, believed: bool) -> ClockReading:
    offset = (reading.moment - base).total_seconds() if reading.moment and base else None
    return ClockReading(
        source=_source(reading.source), reads=reading.moment, offset_seconds=offset, believed=believed, why=reading.why
    )  # fmt: skip


def _source(source: str) -> str:
    return players.SOURCES.get(source, "文件内的时钟")


def passages(inspection: InspectionRow | None) -> list[Passage]:
    found = players.facts_of_file(inspection)
    return [
        Passage(
            kind=State(label=one.title, tone="due"), start_seconds=start, end_seconds=end, says=one.says
        )
        for one in (found.findings if found else ())
        for start, end in one.spans
    ]  # fmt: skip
