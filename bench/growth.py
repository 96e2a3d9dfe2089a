"""What the pages cost at ten thousand and at a million recordings: `python bench/growth.py 10000 1000000`.

Each size has a home of its own (SQLite, in the temporary folder, removed at the end) with rows written directly: recordings with
an inspection each, nine in ten linked, an activity for five, a finding for ten. Then people open pages through the whole of
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
        for size in sys.argv[1:]:
            home = Path(tempfile.mkdtemp(prefix="liuhen-growth-"))
            environment = {
                **os.environ, "LIUHEN_HOME": str(home / "home"), "PYTHONPATH": f"{ROOT}:{ROOT / 'src'}",
                "DJANGO_SETTINGS_MODULE": "liuhen.server.django_settings",
            }  # fmt: skip
            try:
                told[size] = json.loads(
                    subprocess.run([sys.executable, __file__, size], env=environment, stdout=subprocess.PIPE, check=True).stdout
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
            "rules": ("/rules", {}), "linking": ("/linking", {}), "linking, overdue": ("/linking", {"state": "overdue"}),
            "linking, linked": ("/linking", {"state": "linked"}), "shifts": ("/linking/shifts", {}), "documents": ("/documents", {}),
        }  # fmt: skip
        for name, (path, query) in pages.items():
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

    from liuhen.apps.casework.models import Activity, Link, Member
    from liuhen.apps.devices.models import Device
    from liuhen.apps.evidence.models import Inspection, Recording
    from liuhen.apps.oversight.models import Finding
    from liuhen.apps.registry.models import Officer
    from liuhen.kernel.clock import now
    from liuhen.kernel.identifiers import new_id

    people = [
        *Officer.objects.select_related("unit__agency").filter(number__startswith="0100")[:4],
        *_hundreds(),
    ]
    camera, end, step = Device.objects.all()[0], now(), timedelta(minutes=4)
    connection.cursor().execute("PRAGMA synchronous=OFF")

    def batches() -> Iterator[range]:
        for begun in range(0, size, 5000):
            yield range(begun, min(begun + 5000, size))

    for numbers in batches():
        recordings, inspections, activities, members, links, findings = [], [], [], [], [], []
        for n in numbers:
            officer, at = people[n % len(people)], end - step * (size - n)
            unit = officer.unit
            if n % 5 == 0:
                activity = Activity(
                    id=new_id(), agency=unit.agency, unit=unit, number=f"活{n}", activity_type="onsite_enforcement", subject=f"占道经营巡查{n}",
                    place_text="清河东路", state="closed", planned_at=at, arrived_at=at, started_at=at, ended_at=at + step, closed_at=at + step,
                )  # fmt: skip
                activities.append(activity)
                members.append(Member(activity=activity, officer=officer))
            recording = Recording(
                id=new_id(), agency=unit.agency, number=f"音{n}", source_name=f"DCAM_{n}.mp4", size=1 << 20, sha256=f"{n:064x}", sm3=f"{n:064x}",
                received_at=at + 2 * step, received_by=officer.pk, unit=unit, device=camera, officer=officer, verified_at=at + 2 * step,
                form="video", started_at=at, ended_at=at + step,
            )  # fmt: skip
            recordings.append(recording)
            inspections.append(
                Inspection(recording=recording, at=at + 2 * step, program="media/1", sandbox="bubblewrap", facts={"duration": 240.0}, findings=[])
            )  # fmt: skip
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
        for rows in (activities, members, recordings, inspections, links, findings):
            if rows:
                type(rows[0]).objects.bulk_create(rows)
        if numbers.stop % 100_000 == 0:
            print(numbers.stop, file=sys.stderr, flush=True)
    connection.cursor().execute("ANALYZE")


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
