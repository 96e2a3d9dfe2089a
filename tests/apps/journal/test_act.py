"""The one pen: rows, line and jobs are there together or not at all; numbers are dense and in the order of commits."""

import threading
from datetime import datetime

import pytest
from django.db import DatabaseError, connection, transaction
from tests.conftest import unlocked

from liuhen.apps.journal.actions import act
from liuhen.apps.journal.models import About, Job, Line
from liuhen.apps.registry.models import Agency
from liuhen.kernel.actors import SYSTEM


def _agency(code: str = "JG") -> Agency:
    return Agency(name="甲机关", code=code, agency_type="township")


@pytest.mark.django_db
def test_finished_act_leaves_row_line_and_job(noon: datetime) -> None:
    agency = _agency()
    with act("agency.founded", by=SYSTEM, at=noon) as line:
        agency.save(force_insert=True)
        line.about(agency)
        line.schedule("agency.judge", agency)
    written = Line.objects.get(number=line.number)
    assert (written.verb, written.at) == ("agency.founded", noon)
    assert About.objects.get(line=written).thing == agency.pk
    assert Job.objects.get(subject=agency.pk).line == line.number
    assert agency.name not in written.body


@pytest.mark.django_db
def test_act_that_fails_leaves_nothing(noon: datetime) -> None:
    before = Line.objects.count()
    with pytest.raises(RuntimeError), act("agency.founded", by=SYSTEM, at=noon) as line:
        agency = _agency()
        agency.save(force_insert=True)
        line.about(agency)
        raise RuntimeError
    assert Line.objects.count() == before
    assert not Agency.objects.exists()
    assert not Job.objects.exists()


@pytest.mark.django_db
def test_lines_cannot_be_changed_or_removed(noon: datetime) -> None:
    with act("journal.heartbeat", by=SYSTEM, at=noon):
        pass
    for attempt in (
        lambda: Line.objects.update(verb="nothing.happened"),
        lambda: Line.objects.all()._raw_delete("default"),
        lambda: _sql("DELETE FROM journal_line"),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            attempt()
    assert Line.objects.get().verb == "journal.heartbeat"


@pytest.mark.django_db
def test_replace_does_not_pass_the_guard(noon: datetime) -> None:
    if connection.vendor != "sqlite":
        return  # PostgreSQL knows no REPLACE; its upsert is an UPDATE and meets the same trigger.
    with act("journal.heartbeat", by=SYSTEM, at=noon):
        pass
    with pytest.raises(DatabaseError), transaction.atomic():
        _sql(
            "REPLACE INTO journal_line SELECT number, at, 'x', actor_kind, actor, agency, body, salt, leaf FROM journal_line"
        )
    assert Line.objects.get().verb == "journal.heartbeat"


@pytest.mark.django_db(transaction=True)
def test_eight_writers_get_dense_numbers_in_commit_order(noon: datetime) -> None:
    each, writers = 12, 8
    errors: list[BaseException] = []

    def write() -> None:
        try:
            for _ in range(each):
                with act("journal.heartbeat", by=SYSTEM):
                    pass
        except BaseException as error:  # noqa: BLE001
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=write) for _ in range(writers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors
    numbers = list(Line.objects.order_by("number").values_list("number", flat=True))
    assert numbers == list(range(1, each * writers + 1))


@pytest.mark.django_db(transaction=True)
def test_guards_are_back_after_the_tester_had_them_open(noon: datetime) -> None:
    with act("journal.heartbeat", by=SYSTEM, at=noon):
        pass
    with unlocked():
        _sql("UPDATE journal_line SET verb = 'x'")
    with pytest.raises(DatabaseError), transaction.atomic():
        _sql("UPDATE journal_line SET verb = 'y'")


def _sql(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)
