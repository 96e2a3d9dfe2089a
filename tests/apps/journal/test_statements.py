"""Statements whose words are made once: the rows are those that Django would write, the answer is today's."""

from datetime import datetime, timedelta
from uuid import uuid4

from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests.cast import Cast

from liuhen.apps.devices import queries
from liuhen.apps.devices.actions import enroll_station, let_station_clear, revoke_station
from liuhen.apps.devices.models import Station
from liuhen.apps.evidence.models import Upload
from liuhen.apps.evidence.queries import state_of
from liuhen.apps.journal import statements
from liuhen.apps.journal.models import Job, Line
from liuhen.apps.journal.statements import Question, insert
from liuhen.apps.registry.models import Unit
from liuhen.kernel.actors import OPERATOR


def _lines(first: int, at: datetime) -> list[Line]:
    return [
        Line(
            number=first + n, at=at, verb="station.enrolled", actor_kind="officer", actor=uuid4(),
            agency=uuid4() if n else None, body='{"为":"\\u0000 % %s"}', salt="0" * 32, leaf="f" * 64,
        )
        for n in range(3)
    ]  # fmt: skip


def test_rows_are_written_as_django_writes_them(cast: Cast, noon: datetime) -> None:
    ours, its = _lines(900, noon), _lines(910, noon)
    insert(ours)
    Line.objects.bulk_create(its)
    for row in (*ours, *its):
        read = Line.objects.get(pk=row.pk)
        assert {f.attname: getattr(read, f.attname) for f in Line._meta.concrete_fields} == {
            f.attname: getattr(row, f.attname) for f in Line._meta.concrete_fields
        }
    insert([Job(kind="recording.judge", subject=uuid4(), run_after=noon, line=900)])
    assert Job.objects.get(line=900).state == Job._meta.get_field("state").default
    with CaptureQueriesContext(connection) as asked:
        insert([])
    assert not asked.captured_queries


def test_answer_is_todays_and_the_object_is_made_once(cast: Cast, noon: datetime) -> None:
    station, token = enroll_station(cast.team, by=OPERATOR, name="A-01", at=noon)

    def opened() -> Station:
        found = queries.station_of(token)
        assert found is not None
        return found[0]

    first = opened()
    with CaptureQueriesContext(connection) as asked:
        again = opened()
        assert again == first
        assert again is not first
        assert again.unit.agency.name  # joined, not asked for
    assert len(asked) == 1
    again.name, again.revoked_at = "changed and not saved", noon
    assert (opened().name, opened().revoked_at) == ("A-01", None)
    let_station_clear(Station.objects.get(), by=OPERATOR, may_clear=True, at=noon)
    assert opened().may_clear
    Unit.objects.filter(pk=station.unit_id).update(path="/moved/")  # what is joined counts as well
    assert opened().unit.path == "/moved/"
    revoke_station(station, by=OPERATOR, at=noon + timedelta(minutes=5))
    assert queries.station_of(token) is None


def test_row_that_goes_between_the_two_questions_is_not_there(cast: Cast, noon: datetime) -> None:
    enroll_station(cast.team, by=OPERATOR, name="A-01", at=noon)
    asked: list[str] = []

    def rows(key: str):  # type: ignore[no-untyped-def]
        asked.append(key)
        return Station.objects.filter(name=key) if len(asked) == 1 else Station.objects.none()

    assert Question(rows).asked("A-01") is None


def test_memory_of_answers_has_a_limit(cast: Cast, noon: datetime, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr(statements, "_MOST", 2)
    question = Question(lambda key: Station.objects.filter(name=key))
    for name in ("A-01", "A-02", "A-03"):
        enroll_station(cast.team, by=OPERATOR, name=name, at=noon)
        assert question.asked(name) == Station.objects.get(name=name)
    assert len(question._known) == 1


def test_row_that_was_added_is_there_and_is_not_added_again(cast: Cast, noon: datetime) -> None:
    upload = Upload(
        agency=cast.agency, unit=cast.team, opened_by=cast.li.pk, opened_at=noon, expires_at=noon, size=7, clip={"名": "一"},
    )  # fmt: skip
    insert([upload])
    upload.state = Upload.State.ENDED
    upload.save()
    assert [(row.state, row.clip) for row in Upload.objects.all()] == [(Upload.State.ENDED, {"名": "一"})]
    assert state_of(upload) == Upload.State.ENDED
