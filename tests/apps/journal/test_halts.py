"""Halts: what went back or forked stops the sealing with a line; nothing is signed until a person has set it right."""

import shutil
from datetime import datetime
from pathlib import Path

import pytest
from django.db import connection
from tests.conftest import unlocked

from liuhen.apps.journal.actions import act
from liuhen.apps.journal.halts import Forked, RolledBack, halt, lift_halt, standing_halt
from liuhen.apps.journal.models import Checkpoint, Halt, Head, Line
from liuhen.apps.journal.sealing import check_not_rolled_back, seal
from liuhen.engines.ledger import Log, MemoryLogStore
from liuhen.interfaces.cli.verify import resume_sealing
from liuhen.interfaces.office import Office
from liuhen.kernel.actors import OPERATOR, SYSTEM
from liuhen.kernel.errors import Refused, Tampered
from liuhen.server.worker import seal_now

pytestmark = pytest.mark.django_db(transaction=True)


def write(count: int, at: datetime) -> None:
    for _ in range(count):
        with act("journal.heartbeat", by=SYSTEM, at=at):
            pass


def kept_aside(office: Office, tmp_path: Path) -> Path:
    """A copy of the log's folder, as somebody's backup has it."""
    return Path(shutil.copytree(office.home / "log", tmp_path / "aside"))


def put_back(office: Office, aside: Path) -> None:
    shutil.rmtree(office.home / "log")
    shutil.copytree(aside, office.home / "log")


def test_older_folder_of_the_log_stops_the_sealing_with_a_line(
    office: Office, noon: datetime, tmp_path: Path
) -> None:
    write(3, noon)
    assert seal_now(office) >= 3
    older = kept_aside(office, tmp_path)
    write(4, noon)
    seal_now(office)
    newer = Path(shutil.copytree(office.home / "log", tmp_path / "newer"))
    size = office.log.latest().size

    put_back(office, older)
    assert seal_now(office) == 0
    assert seal_now(office) == 0
    found = standing_halt()
    assert found is not None
    assert (found.why, found.size) == ("rollback", size)
    assert Halt.objects.count() == Line.objects.filter(verb="log.halted").count() == 1
    assert office.log.note() == (older / "checkpoint").read_text()
    with pytest.raises(Tampered, match="已停止"):
        seal(office.log, at=noon)
    write(1, noon)  # The office goes on; only nothing is signed.

    with pytest.raises(RolledBack):
        resume_sealing(office)
    put_back(office, newer)
    assert "已恢复" in resume_sealing(office)
    assert standing_halt() is None
    assert seal_now(office) >= 3
    assert Line.objects.get(verb="log.resumed").actor == OPERATOR.id
    with pytest.raises(Refused, match="没有停止"):
        resume_sealing(office)


def test_older_database_is_never_signed_over_also_when_it_went_on(office: Office, noon: datetime) -> None:
    write(6, noon)
    seal_now(office)
    signed = office.log.note()
    with unlocked(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM journal_line WHERE number > 3")
        cursor.execute("DELETE FROM journal_checkpoint")
    Head.objects.update(number=3)
    write(9, noon)
    assert seal_now(office) == 0
    found = standing_halt()
    assert found is not None
    assert (found.why, found.size, found.root) == ("rollback", 0, "")
    with pytest.raises(Tampered):
        resume_sealing(office)
    assert office.log.note() == signed


def test_folder_of_another_history_is_a_fork(office: Office, noon: datetime, tmp_path: Path) -> None:
    """Another log under the same key: as large, and not the one whose checkpoints the database keeps."""
    write(3, noon)
    seal_now(office)
    other = Log(MemoryLogStore(), signer=office.signer)
    other.extend([b"x" * 32] * 9)
    for path, content in other._store.files.items():  # type: ignore[attr-defined]
        (office.home / "log" / path).parent.mkdir(parents=True, exist_ok=True)
        (office.home / "log" / path).write_bytes(content)
    with pytest.raises(Forked):
        check_not_rolled_back(office.log)
    assert seal_now(office) == 0
    found = standing_halt()
    assert found is not None
    assert found.why == "fork"


def test_line_that_was_changed_before_sealing_stops_it_too(office: Office, noon: datetime) -> None:
    write(2, noon)
    with unlocked(), connection.cursor() as cursor:
        cursor.execute("UPDATE journal_line SET body = 'x' WHERE number = 1")
    assert seal_now(office) == 0
    found = standing_halt()
    assert found is not None
    assert found.why == "altered"
    with pytest.raises(Tampered, match="仍有不符"):
        resume_sealing(office)


@pytest.mark.parametrize("grown", [False, True])
def test_contrary_checkpoint_of_a_witness_must_be_part_of_the_log_before_it_goes_on(
    office: Office, noon: datetime, *, grown: bool
) -> None:
    write(3, noon)
    seal(office.log, at=noon)
    other = Log(MemoryLogStore(), signer=office.signer)
    other.extend([b"x" * 32] * (2 if grown else 9))
    halt(Forked("x"), at=noon, log=office.log, note=other.note(), witness="w")
    with pytest.raises(Forked if grown else RolledBack):
        lift_halt(office.log, by=OPERATOR, at=noon)
    assert standing_halt() is not None
    assert Checkpoint.objects.count() == 1


def test_contrary_checkpoint_that_is_our_own_after_all_lets_the_sealing_go_on(
    office: Office, noon: datetime
) -> None:
    write(3, noon)
    seal(office.log, at=noon)
    halt(RolledBack("x"), at=noon, log=office.log, note=office.log.note(), witness="w")
    assert lift_halt(office.log, by=OPERATOR, at=noon).why == "rollback"
    assert seal_now(office) == 3  # the halt, its end, and a heartbeat
