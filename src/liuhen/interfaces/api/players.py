"""What a player is given: which file, or why it cannot be played now and how to ask for it."""

from collections.abc import Iterable

from liuhen.apps.access.queries import playable
from liuhen.apps.access.watching import watched_by
from liuhen.apps.approval import queries as approval
from liuhen.apps.evidence import queries
from liuhen.apps.evidence.models import Derived, Recording
from liuhen.apps.evidence.models import Inspection as InspectionRow
from liuhen.engines.media import Inspection, browser_can_play
from liuhen.engines.media.clocks import NAMES
from liuhen.interfaces.api.answers import problem_of
from liuhen.interfaces.api.gate import Asking
from liuhen.interfaces.api.shapes import Problem, Stretch, Track
from liuhen.kernel.clock import shown
from liuhen.kernel.errors import Malformed, Refused, Unavailable

SOURCES = {**NAMES, "name": "文件名", "file": "文件系统"}
_FORM_KINDS = {"video": "video", "audio": "audio", "photo": "image"}


def facts_of_file(row: InspectionRow | None) -> Inspection | None:
    return Inspection.from_json(row.facts) if row else None


def address_of(recording: Recording, found: Inspection | None) -> str:
    """Which file a player is given: the original where browsers play it, else the copy.

    Raises `Unavailable` while the file is being looked at or copied, `Malformed` where nothing in it can be played.
    """
    if found is None:
        raise Unavailable("正在检查这份文件，稍后即可播放", do="请过几秒钟重新载入。", retry_seconds=5)
    if browser_can_play(found):
        return "original"
    if found.kind not in ("video", "audio"):
        raise Malformed("这份文件没有可以播放的内容", do="原件已原样保存；可查看“文件自述”中的检查所见。")
    if queries.derived_of(recording.pk, Derived.Kind.PROXY) is None:
        raise Unavailable(
            "浏览器不能直接播放这种编码，播放副本尚未转制好",
            do="请稍后重新载入；原件不受影响。",
            retry_seconds=30,
        )
    return "proxy"


def track_of(asking: Asking, recording: Recording, row: InspectionRow | None) -> Track | None:
    """One thing to play. Without a right the reason and the way to ask for it stand in its place."""
    found = facts_of_file(row)
    if recording.form not in _FORM_KINDS:
        return None
    kind = _FORM_KINDS[recording.form]
    note, unavailable = None, _may_not_play(asking, recording)
    if unavailable is None:
        try:
            if address_of(recording, found) == "proxy":
                note = "正在播放为浏览器转制的副本，原件未动。"
        except (Unavailable, Malformed) as error:
            unavailable = problem_of(error)
    rates = [t.frames_per_second for t in found.tracks_of("video")] if found else []
    watched = stretches(watched_by([recording.pk], asking.by.id).get(recording.pk, ()))
    seen = may_play(asking, recording) and queries.copies_of([recording.pk], Derived.Kind.THUMBNAIL)
    return Track.model_validate(
        {
            "id": str(recording.pk), "kind": kind, "mime": "", "url": None, "note": note, "unavailable": unavailable,
            "label": f"{recording.device.number if recording.device else recording.number}"
            f" · {recording.officer.name if recording.officer else '使用人不明'}",
            "open_url": None if unavailable else f"/recordings/{recording.pk}/viewings",
            "poster": f"/media/thumbnails/{recording.pk}" if seen else None,
            "started_at": recording.started_at or recording.received_at,
            "duration_seconds": (found.duration if found else None) or 0.0,
            "frame_rate": next((rate for rate in rates if rate), None),
            "clock": believed_clock(recording), "watched": watched if may_play(asking, recording) else [],
        }
    )  # fmt: skip


def believed_clock(recording: Recording) -> str:
    """Which clock the time on the picture comes from; empty where none is believed."""
    return SOURCES.get(recording.clock_believed, "文件内的时钟") if recording.clock_believed else ""


def stretches(spans: Iterable[tuple[int, int]]) -> list[Stretch]:
    return [Stretch(start_seconds=first, end_seconds=last) for first, last in spans]


def watermark(asking: Asking) -> str:
    """Who looks, when: written over the picture, so that a picture of the screen tells whose it was."""
    return f"{asking.officer.name} {asking.officer.number} {shown(asking.at)}"


def may_play(asking: Asking, recording: Recording) -> bool:
    """By post or by approval: the same question the plane of bulk bytes asks for every range."""
    return recording.pk in playable([recording], by=asking.by, at=asking.at)


def _may_not_play(asking: Asking, recording: Recording) -> Problem | None:
    if may_play(asking, recording):
        return None
    if approval.is_asked_by(asking.officer.pk, recording.pk):
        return problem_of(Refused("调阅申请正在审批", do="审批通过后，在批准的期限内可以播放。"))
    asks = asking.can("approval.request")
    way = "请用“申请调阅”写明事由，经审批后播放。" if asks else "请由办案部门的人员申请调阅。"
    return problem_of(Refused("您没有直接播放这段音像的权限", do=f"如工作需要，{way}"))
