"""Around the lines: guards and columns as the migrations made them, silence told, and a leap of the clock has its line."""

from datetime import datetime, timedelta

import pytest
from django.db import connection
from tests.apps.steps import last_line

from liuhen.apps.journal.actions import act
from liuhen.apps.journal.models import Line
from liuhen.apps.journal.soundness import Silence, first_beat, guarded_tables, silences, verify_tables
from liuhen.interfaces.office import Office
from liuhen.kernel.actors import SYSTEM
from liuhen.server import worker
from liuhen.server.sqlite.base import maintenance
from liuhen.server.worker import Worker

pytestmark = pytest.mark.django_db


def write(at: datetime) -> None:
    with act("journal.heartbeat", by=SYSTEM, at=at):
        pass


def test_tables_are_as_the_migrations_made_them() -> None:
    assert list(verify_tables()) == []
    assert {"evidence_recording", "journal_line", "access_packageremoval"} <= set(guarded_tables())


def test_guard_that_was_switched_off_or_exchanged_is_named() -> None:
    table = "evidence_voucher"
    with maintenance(), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(f'ALTER TABLE "{table}" DISABLE TRIGGER "{table}_frozen"')
        else:
            cursor.execute(f'DROP TRIGGER "{table}_frozen"')
    assert [(fault.where, table in fault.what) for fault in verify_tables()] == [(f"数据表 {table}", True)]


def test_stretch_without_a_line_is_told_and_heartbeats_are_none(noon: datetime) -> None:
    for minutes in (0, 5, 10, 40, 45):
        write(noon + timedelta(minutes=minutes))
    last = Line.objects.order_by("-number")[1].number
    found = silences(since=noon - timedelta(days=1))
    assert found == [Silence(last, noon + timedelta(minutes=10), noon + timedelta(minutes=40))]
    assert silences(since=noon + timedelta(minutes=42)) == []


def test_lines_from_before_the_service_first_ran_are_no_silence(noon: datetime) -> None:
    """A house that is set up, or filled with a week of a demonstration, has lines days apart and was never stopped."""
    for days in (0, 1, 4):
        with act("permission.refused", by=SYSTEM, at=noon + timedelta(days=days)):
            pass
    assert (first_beat(), silences(since=noon - timedelta(days=1))) == (None, [])
    for minutes in (0, 5, 30):
        write(noon + timedelta(days=9, minutes=minutes))
    last = Line.objects.order_by("-number")[0].number
    assert first_beat() == last - 2
    assert [one.line for one in silences(since=noon - timedelta(days=1))] == [last]


@pytest.mark.parametrize(
    ("leap", "told"), [(0, None), (1, None), (3, 3), (-3600, -3600), (86400 * 3650, 86400 * 3650)]
)
def test_leap_of_the_clock_has_its_line(
    office: Office, noon: datetime, monkeypatch: pytest.MonkeyPatch, leap: int, told: int | None
) -> None:
    moments = iter([noon, noon + timedelta(seconds=1 + leap)])
    ran = iter([100.0, 101.0])
    monkeypatch.setattr(worker, "now", lambda: next(moments))
    monkeypatch.setattr(worker.time, "clock_gettime", lambda _: next(ran))
    Worker(office)._mind_the_clock()
    lines = Line.objects.filter(verb="clock.changed")
    assert [f'"seconds":{told}' in line.body for line in lines] == ([True] if told is not None else [])
    assert told is None or last_line().verb == "clock.changed"
