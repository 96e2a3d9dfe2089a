"""Sealing: every line once, in order; nothing that was changed, lost or put back is signed over."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from tests.conftest import unlocked

from liuhen.apps.journal import queries
from liuhen.apps.journal.actions import act
from liuhen.apps.journal.lines import commitment
from liuhen.apps.journal.models import Checkpoint, Head, Line
from liuhen.apps.journal.sealing import check_not_rolled_back, seal
from liuhen.engines.ledger import Log
from liuhen.engines.ledger.checkpoint import Checkpoint as Signed
from liuhen.interfaces.office import Office
from liuhen.kernel.actors import SYSTEM
from liuhen.kernel.errors import Tampered

pytestmark = pytest.mark.django_db


def write(count: int, at: datetime) -> None:
    for number in range(count):
        with act("journal.heartbeat", by=SYSTEM, at=at + timedelta(seconds=number)):
            pass


def execute(statement: str) -> None:
    with unlocked(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_every_line_is_sealed_once_and_in_order(office: Office, noon: datetime) -> None:
    assert seal(office.log, at=noon) == 0
    assert not Checkpoint.objects.exists()
    for count in (3, 1, 300):
        write(count, noon)
        assert seal(office.log, at=noon) == count
        assert seal(office.log, at=noon) == 0
    entries = list(office.log.entries(0, 304))
    assert entries == [commitment(line.body, line.salt) for line in Line.objects.order_by("number")]
    kept = list(Checkpoint.objects.order_by("size"))
    assert [checkpoint.size for checkpoint in kept] == [3, 4, 304]
    assert [checkpoint.size for checkpoint in queries.checkpoints(most=2)] == [304, 4]
    for checkpoint in kept:
        signed = Signed.opened(checkpoint.note, office.signer.verifier)
        assert (signed.size, signed.root.hex()) == (checkpoint.size, checkpoint.root)
        assert office.log.root(checkpoint.size) == signed.root
    assert queries.sealed_size() == 304


def test_log_tells_nothing_of_the_lines(office: Office, noon: datetime) -> None:
    """Two acts that say the same are two different entries, because each has its salt."""
    write(2, noon)
    seal(office.log, at=noon)
    one, two = office.log.entries(0, 2)
    assert one != two
    assert len(one) == 32


def test_trail_says_what_is_sealed(office: Office, noon: datetime) -> None:
    write(2, noon)
    seal(office.log, at=noon)
    write(1, noon + timedelta(hours=1))
    assert [entry.sealed for entry in queries.trail_by(SYSTEM.id)] == [False, True, True]
    assert queries.last_line_at() == noon + timedelta(hours=1)
    found = queries.line(3)
    assert found is not None
    assert found.verb == "journal.heartbeat"
    assert queries.line(4) is None


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (
            "UPDATE journal_line SET body = replace(body, 'heartbeat', 'heartbeet') WHERE number = 5",
            "与其摘要不符",
        ),
        (
            "UPDATE journal_line SET salt = '00000000000000000000000000000000' WHERE number = 5",
            "与其摘要不符",
        ),
        ("UPDATE journal_line SET leaf = repeat_zero WHERE number = 5", "与其摘要不符"),
        ("DELETE FROM journal_line WHERE number = 5", "缺第 5 行"),
        ("UPDATE journal_line SET number = 15 WHERE number = 5", "缺第 5 行"),
        ("UPDATE journal_line SET body = 'x' WHERE number = 3", "第 3 行与已封存的不同"),
        ("DELETE FROM journal_line WHERE number > 2", "数据库被换成了旧的副本"),
        ("DELETE FROM journal_line WHERE number = 3", "第 3 行与已封存的不同"),
        ("DELETE FROM journal_line", "数据库被换成了旧的副本"),
    ],
)
def test_changed_journal_is_not_sealed(office: Office, noon: datetime, change: str, says: str) -> None:
    write(3, noon)
    seal(office.log, at=noon)
    write(4, noon)
    execute(change.replace("repeat_zero", "'" + "0" * 64 + "'"))
    with pytest.raises(Tampered, match=says) as caught:
        seal(office.log, at=noon)
    assert office.log.latest().size == 3
    assert Checkpoint.objects.count() == 1
    if "副本" in says:  # the runbook has a section on it
        assert "回滚处置" in caught.value.do


@pytest.mark.parametrize("written_since", [0, 1, 2, 3, 9])
def test_older_copy_is_found_also_after_it_went_on_being_written(
    office: Office, noon: datetime, written_since: int
) -> None:
    """Six lines were sealed; the copy of after the third is put back, and the office goes on."""
    write(6, noon)
    seal(office.log, at=noon)
    execute("DELETE FROM journal_line WHERE number > 3")
    Head.objects.update(number=3)
    write(written_since, noon)
    with pytest.raises(Tampered):
        check_not_rolled_back(office.log)
    with pytest.raises(Tampered):
        seal(office.log, at=noon)
    assert office.log.latest().size == 6


def test_checkpoint_that_the_database_lost_in_a_crash_is_entered_again(
    office: Office, noon: datetime
) -> None:
    """The log signs first; the row may be missing when the machine died between."""
    write(3, noon)
    seal(office.log, at=noon)
    execute("DELETE FROM journal_checkpoint")
    assert seal(office.log, at=noon) == 0
    assert Checkpoint.objects.get().size == 3


def test_journal_longer_than_one_round_is_sealed_whole(
    office: Office, noon: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("liuhen.apps.journal.sealing._ROUND", 2)
    write(5, noon)
    assert seal(office.log, at=noon) == 5
    assert Checkpoint.objects.count() == 3


@pytest.mark.parametrize("asks_again", [True, False])
def test_leaf_that_turned_over_on_its_way_to_the_log_is_not_signed(
    office: Office, noon: datetime, monkeypatch: pytest.MonkeyPatch, *, asks_again: bool
) -> None:
    """D7. The line is right and so was its leaf; what reached the log is not. A log that does not ask again (the deliberate fault) signs it."""
    write(4, noon)
    extend = Log.extend

    def turned(log: Log, entries: list[bytes], **more: Any) -> Signed:
        entries[2] = bytes([entries[2][0] ^ 1]) + entries[2][1:]
        return extend(log, entries, **(more if asks_again else {}))

    with monkeypatch.context() as patch:
        patch.setattr(Log, "extend", turned)
        if not asks_again:
            assert seal(office.log, at=noon) == 4
            assert [fault.where for fault in queries.verify_log(office.log)] == ["台账第 3 行"]
            return
        with pytest.raises(Tampered, match="第 2 条与写入的不同"):
            seal(office.log, at=noon)
    assert (office.log.latest().size, Checkpoint.objects.count()) == (0, 0)
    assert seal(office.log, at=noon) == 4
    assert list(queries.verify_log(office.log)) == []
