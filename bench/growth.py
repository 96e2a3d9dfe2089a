"""What the pages cost at ten thousand and at a million recordings: `python bench/growth.py 10000 1000000 [--only absences,desk]`.

Each size has a home of its own (SQLite, in the temporary folder, removed at the end) with rows written directly: recordings with
an inspection each, nine in ten linked, an activity and a declaration for five, a finding for ten, a hand-out for fifty, a signed card list for a
hundred, a device log of forty lines for a thousand; fifty cameras, whose files are numbered. Then people open pages through the whole of
Django; the median of some openings is printed, with the number of queries. What grows with the size is a defect.
"""

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
_DEEP = 40
_ROUNDS = 9


def main() -> None:
    if "LIUHEN_HOME" not in os.environ:
        told = {}
        sizes = [size for size in sys.argv[1:] if size.isdecimal()]
        for size in sizes:
            home = Path(tempfile.mkdtemp(prefix="liuhen-growth-"))
            environment = {
                **os.environ, "LIUHEN_HOME": str(home / "home"), "PYTHONPATH": f"{ROOT}:{ROOT / 'src'}",
                "DJANGO_SETTINGS_MODULE": "liuhen.server.django_settings",
            }  # fmt: skip
            try:
                told[size] = json.loads(
                    subprocess.run([sys.executable, __file__, size, *sys.argv[len(sizes) + 1 :]], env=environment, stdout=subprocess.PIPE, check=True).stdout
                )  # fmt: skip
            finally:
                shutil.rmtree(home)
        _print(told)
        return
    print(json.dumps(_measure(int(sys.argv[1]))))


def _print(told: dict[str, dict[str, list[float]]]) -> None:
    print("| page | " + " | ".join(told) + " | growth |\n| --- |" + " --- |" * (len(told) + 1))
    for page in next(iter(told.values())):
        shown = [f"{t[page][0]:.1f} ms, {t[page][1]:.0f} queries" for t in told.values()]
        first, last = (list(told.values())[end][page][0] for end in (0, -1))
        print(f"| {page} | " + " | ".join(shown) + f" | {last / first:.2f} |")


def _measure(size: int) -> dict[str, list[float]]:
    from liuhen.server.home import prepare

    prepare(Path(os.environ["LIUHEN_HOME"]), log_name="liuhen/growth", is_demo=True)
    from liuhen.server.commands import set_up

    set_up(migrate=True)
    from django.db import connection
    from django.test.utils import CaptureQueriesContext
    from tests.cast import assemble
    from tests.interfaces.api.scene import Door, make_scene

    from liuhen.server.wiring import office

    scene = make_scene(office(), assemble(office()))
    fill(size)
    found: dict[str, list[float]] = {}
    wanted = sys.argv[3].split(",") if "--only" in sys.argv else [""]
    doors = {"李 officer": Door("li"), "张 head": Door("zhang"), "陈 reviewer": Door("chen")}
    for who, door in doors.items():
        deep = None
        for _ in range(_DEEP):
            deep = door.page("/recordings", **({"after": deep} if deep else {}))["next"] or deep
        pages: dict[str, tuple[str, dict[str, str]]] = {
            "desk": ("/workbench", {}), "recordings": ("/recordings", {}), "recordings, deep": ("/recordings", {"after": deep or ""}),
            "recordings, unlinked": ("/recordings", {"state": "unlinked"}), "recordings, mine": ("/recordings", {"view": "mine"}),
            "recordings, late": ("/recordings", {"view": "late"}), "activities": ("/activities", {}),
            "activities, missing": ("/activities", {"record": "missing"}), "a recording": (f"/recordings/{scene.recording.pk}", {}),
            "an activity": (f"/activities/{scene.activity.pk}", {}), "cases": ("/cases", {}), "devices": ("/devices", {}),
            "a case": (f"/cases/{scene.case.pk}", {}), "handed over": ("/handovers", {}),
            "rules": ("/rules", {}), "linking": ("/linking", {}), "linking, overdue": ("/linking", {"state": "overdue"}),
            "linking, linked": ("/linking", {"state": "linked"}), "shifts": ("/linking/shifts", {}), "documents": ("/documents", {}),
            "absences, 30 days": ("/absences", {}), "absences, 93 days": ("/absences", {"when": _quarter()}),
        }  # fmt: skip
        for name, (path, query) in pages.items():
            if not any(name.startswith(word) for word in wanted):
                continue
            times = []
            for _ in range(_ROUNDS):
                begun = time.perf_counter()
                answer = door.get(path, **query)
                times.append((time.perf_counter() - begun) * 1000)
                if times[-1] > 3000:
                    break
            if answer.status_code != 200:
                continue
            with CaptureQueriesContext(connection) as asked:
                door.get(path, **query)
            found[f"{who}: {name}"] = [statistics.median(times), len(asked)]
            print(who, name, round(statistics.median(times), 1), len(asked), file=sys.stderr, flush=True)
            if times[-1] > 500:
                worst = max(asked.captured_queries, key=lambda q: float(q["time"]))
                print("   ", worst["time"], worst["sql"][:1500], file=sys.stderr, flush=True)
    return found


def fill(size: int) -> None:
    """The rows."""
    from django.db import connection

    from liuhen.apps.casework.models import Activity, Declaration, Link, Member
    from liuhen.apps.devices.actions import enroll_station
    from liuhen.apps.devices.models import Device, Loan
    from liuhen.apps.evidence.models import CardList, DeviceEvent, DeviceLog, Inspection, Recording
    from liuhen.apps.oversight.models import Finding
    from liuhen.apps.registry.models import Officer
    from liuhen.kernel.actors import OPERATOR
    from liuhen.kernel.clock import BEIJING, now
    from liuhen.kernel.identifiers import new_id

    people = [
        *Officer.objects.select_related("unit__agency").filter(number__startswith="0100")[:4],
        *_hundreds(),
    ]
    first, end, step = Device.objects.select_related("unit")[0], now(), timedelta(minutes=4)
    cameras = [
        Device(id=new_id(), agency_id=first.agency_id, unit=first.unit, number=f"量{n}", serial=f"81{n:05d}") for n in range(50)
    ]  # fmt: skip
    Device.objects.bulk_create(cameras)
    station, _token = enroll_station(first.unit, by=OPERATOR, name="量站", at=end)
    connection.cursor().execute("PRAGMA synchronous=OFF")

    def batches() -> Iterator[range]:
        for begun in range(0, size, 5000):
            yield range(begun, min(begun + 5000, size))

    for numbers in batches():
        recordings, inspections, activities, members, links, findings = [], [], [], [], [], []
        declarations, promised = [], []
        names: list[str] = []
        for n in numbers:
            officer, at = people[n % len(people)], end - step * (size - n)
            unit, camera = officer.unit, cameras[n % 50]
            names.append(
                f"{camera.serial}_{officer.number}{at.astimezone(BEIJING):%Y%m%d%H%M%S}_{n // 50 % 9000:04d}.MP4"
            )
            if n % 5 == 0:
                activity = Activity(
                    id=new_id(), agency=unit.agency, unit=unit, number=f"活{n}", activity_type="onsite_enforcement", subject=f"占道经营巡查{n}",
                    place_text="清河东路", state="closed", planned_at=at, arrived_at=at, started_at=at, ended_at=at + step, closed_at=at + step,
                )  # fmt: skip
                activities.append(activity)
                members.append(Member(activity=activity, officer=officer))
                declarations.append(Declaration(activity=activity, device=camera, officer=officer, at=at))
            recording = Recording(
                id=new_id(), agency=unit.agency, number=f"音{n}", source_name=names[-1], size=1 << 20, sha256=f"{n:064x}", sm3=f"{n:064x}",
                received_at=at + 2 * step, received_by=officer.pk, unit=unit, device=camera, officer=officer, verified_at=at + 2 * step,
                form="video", started_at=at, ended_at=at + step,
            )  # fmt: skip
            recordings.append(recording)
            inspections.append(
                Inspection(recording=recording, at=at + 2 * step, program="media/1", sandbox="bubblewrap", facts={"duration": 240.0}, findings=[])
            )  # fmt: skip
            promised += _promised(n, recording, names, station)
            if n % 10 and n < size - 30:
                links.append(
                    Link(
                        activity=activity,
                        recording=recording,
                        reasons=["同一人"],
                        at=at + 3 * step,
                        by=officer.pk,
                    )
                )
            if n % 10 == 1:
                findings.append(_finding(Finding, recording, unit, at, "符合" if n % 100 != 1 else "不符合"))
                findings.append(_finding(Finding, activity, unit, at, "符合" if n % 100 != 1 else "不符合"))
        loans, lists, logs, events = (
            [row for row in promised if type(row) is kind]
            for kind in (Loan, CardList, DeviceLog, DeviceEvent)
        )
        for rows in (
            activities,
            members,
            recordings,
            inspections,
            links,
            findings,
            declarations,
            loans,
            lists,
            logs,
            events,
        ):
            if rows:
                type(rows[0]).objects.bulk_create(rows)
        if numbers.stop % 100_000 == 0:
            print(numbers.stop, file=sys.stderr, flush=True)
    connection.cursor().execute("ANALYZE")


def _promised(n: int, recording: Any, names: list[str], station: Any) -> list[Any]:
    """What a hand-out, a card list and a log promise about this recording and those before it."""
    from liuhen.apps.devices.models import Loan
    from liuhen.apps.evidence.models import CardList, DeviceEvent, DeviceLog
    from liuhen.kernel.clock import as_utc_text
    from liuhen.kernel.identifiers import new_id

    at, step, camera = recording.started_at, timedelta(minutes=4), recording.device
    if n % 50 == 7:
        return [
            Loan(agency_id=recording.agency_id, device=camera, officer=recording.officer, purpose="巡查", check_lines={}, out_at=at,
                 out_by=recording.received_by, due_at=at + step, returned_at=at + step, returned_by=recording.received_by)
        ]  # fmt: skip
    if n % 1000 == 999:
        log = DeviceLog(
            id=new_id(), recording=recording, form="time-code-file", encoding="utf-8-sig", count=40, unread=0, backward=0, sha256="0" * 64, at=at
        )  # fmt: skip
        events = [
            DeviceEvent(log=log, device=camera, device_serial=camera.serial, line=k, told_at=at - k * step, moment=at - k * step,
                        what=("video_stop", "video_start")[k % 2], word="4")
            for k in range(40)
        ]  # fmt: skip
        return [log, *events]
    if n % 100 == 99:
        told = [
            {"path": f"DCIM/{name}", "size": 1 << 20, "modified": as_utc_text(at), "problem": ""}
            for name in names[-100:]
        ]
        return [
            CardList(agency_id=recording.agency_id, unit=station.unit, station=station, device_serial=camera.serial, listed_at=at, received_at=at,
                     count=100, size=100 << 20, body=json.dumps({"files": told}), signature={})
        ]  # fmt: skip
    return []


def _quarter() -> str:
    from liuhen.kernel.clock import BEIJING, now

    today = now().astimezone(BEIJING).date()
    return f"{today - timedelta(days=92)}..{today}"


def _hundreds() -> list[Any]:
    """Two hundred officers in ten squads of 李's team: a bureau in which a person has some thousands of recordings."""
    from liuhen.apps.registry.actions import Person, add_officer, add_unit
    from liuhen.apps.registry.models import Unit
    from liuhen.kernel.actors import OPERATOR

    team = Unit.objects.select_related("agency").get(code="ZF")
    squads = [
        add_unit(team.agency, by=OPERATOR, name=f"第{n}中队", code=f"ZD{n}", function="case", parent=team)
        for n in range(10)
    ]
    return [
        add_officer(squads[n % 10], by=OPERATOR, person=Person(f"测{n}", f"03{n:04d}")) for n in range(200)
    ]


def _finding(shape: Any, subject: Any, unit: Any, at: Any, verdict: str) -> Any:
    return shape(
        agency=unit.agency, unit=unit, subject_kind=subject.kind(), subject=subject.pk, rule="store-within-24h", rule_kind="deadline",
        pack="subdistrict", clause="SUB-21", regulation="办法", article="第二十一条", verdict=verdict, asks="24 小时内存入",
        reason="存入", facts={}, judged_at=at,
    )  # fmt: skip


main()
