"""The small steps of the stories, each through its action; and what the journal says of them."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.cast import Cast, as_actor

from liuhen.apps.casework import actions as casework
from liuhen.apps.casework.models import Activity, Case
from liuhen.apps.devices.actions import hand_out
from liuhen.apps.devices.models import Device, Loan
from liuhen.apps.evidence import actions as evidence
from liuhen.apps.evidence.actions import Clip, receive_recording
from liuhen.apps.evidence.models import Inspection, Recording
from liuhen.apps.evidence.sources import Origin
from liuhen.apps.journal.models import Line
from liuhen.apps.registry.models import Officer
from liuhen.interfaces.office import Office
from liuhen.kernel.actors import SYSTEM, Actor
from liuhen.kernel.errors import LiuhenError, Refused
from liuhen.kernel.identifiers import new_id

HOUR = timedelta(hours=1)


def last_line() -> Line:
    line = Line.objects.order_by("number").last()
    assert line is not None
    return line


def verbs(count: int) -> list[str]:
    """The newest verbs, oldest of them first."""
    return list(Line.objects.order_by("-number").values_list("verb", flat=True)[:count])[::-1]


def refused(work: Callable[[], Any], *, says: str, kind: type[LiuhenError] = Refused) -> LiuhenError:
    """`work` is refused with these words, tells what to do, and changes nothing but the line of a refusal."""
    before = Line.objects.count()
    with pytest.raises(kind, match=says) as caught:
        work()
    new = list(Line.objects.order_by("number").values_list("verb", flat=True)[before:])
    assert new in ([], ["permission.refused"])
    assert caught.value.do or kind is not Refused
    return caught.value


def handed_out(cast: Cast, to: Officer, *, at: datetime, device: Device | None = None) -> Loan:
    """赵 checks a camera and hands it out for the day."""
    lines = [line.label for line in cast.law.check_lines]
    return hand_out(
        Device.objects.get(pk=(device or cast.camera).pk), by=as_actor(cast.zhao), to=to, purpose="上午巡查",
        check=dict.fromkeys(lines, True), required=lines, cite=None, due_at=at + 8 * HOUR, at=at,
    )  # fmt: skip


def planned(
    cast: Cast, *officers: Officer, at: datetime, kind: str = "onsite_enforcement", **more: Any
) -> Activity:
    told = {"subject": "占道经营检查", "place_text": "清河路 12 号"} | more
    plan = casework.Plan(activity_type=kind, planned_at=at, officers=officers or (cast.li,), **told)
    return casework.plan_activity(
        cast.team, by=as_actor((officers or (cast.li,))[0]), plan=plan, law=cast.law, at=at
    )


def opened_case(cast: Cast, *, at: datetime) -> Case:
    return casework.open_case(
        cast.team, by=as_actor(cast.li), category="penalty", start_mode="ex_officio", cause="占道经营", officer=cast.li,
        second_officer=cast.wang, at=at,
    )  # fmt: skip


def received(
    cast: Cast,
    office: Office,
    content: bytes | Path = b"clip",
    *,
    at: datetime,
    name: str = "a.mp4",
    by: Actor | None = None,
    **more: Any,
) -> Recording:
    """A file of 李's that 赵 brings, or by whom `by` says; under its usual name it is said to be of the first camera."""
    if by is None:
        more.setdefault("officer_number", cast.li.number)
        if name == "a.mp4":
            more.setdefault("device_serial", cast.camera.serial)
    arriving = office.vault.incoming(new_id().hex)
    arriving.write(content if isinstance(content, bytes) else content.read_bytes())
    clip = Clip(unit=more.pop("unit", cast.team), name=name, **more)
    return receive_recording(by=by or as_actor(cast.zhao), clip=clip, arriving=arriving, at=at)


def an_origin(cast: Cast, at: datetime, **more: Any) -> Origin:
    """李 went on with his phone when the camera's battery was empty."""
    told: dict[str, Any] = {
        "source": "phone", "maker": "某牌手机", "officer": cast.li, "taken_by": "李", "taken_at": at - HOUR,
        "taken_where": "清河路", "why": "电量耗尽", "handed_by": "李", "handed_to": "赵",
    }  # fmt: skip
    return Origin(**told | more)


def named(device: Device, officer: Officer, local: str) -> str:
    """A file name as the recorder gives it; `local` is yyyymmddhhmmss on its own clock."""
    return f"DCAM_{device.serial}_{officer.number}_{local[:8]}_{local[8:]}.mp4"


def with_times(recording: Recording, start: datetime, end: datetime) -> Recording:
    """What an inspection would have found of its time."""
    row = Inspection(at=end, program="test", sandbox="none", facts={}, findings=[])
    believed = evidence.Believed(form="video", started_at=start, ended_at=end, clock="name")
    evidence.note_inspection(recording, by=SYSTEM, inspection=row, believed=believed, at=end)
    return recording
