"""The n-th I/O of SQLite fails, for every n, in the transaction scripts of the product: all or nothing, and never corrupt.

The statements are those that the actions really send; they are replayed through a file system that fails on purpose.
`POINTS` says how many faults at most (a bounded number in every run, all of them by `make kills`).
"""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import apsw
import pytest
from django.db import connection
from tests.cast import Cast, as_actor

from liuhen.apps.casework.actions import Plan, plan_activity
from liuhen.apps.devices.actions import hand_out
from liuhen.apps.evidence.actions import Clip, receive_recording
from liuhen.interfaces.office import Office
from liuhen.kernel.identifiers import new_id
from liuhen.server.sqlite.base import PRAGMAS

POINTS = int(os.environ.get("POINTS", "900"))
Script = list[tuple[str, tuple[Any, ...]]]


class _Failing:
    """Counts writes, syncs and truncations; the one it was told to fails, and all after it (the disk is gone)."""

    def __init__(self) -> None:
        self.at, self.count = 0, 0

    def strike(self) -> None:
        self.count += 1
        if self.at and self.count >= self.at:
            raise apsw.IOError("测试中的磁盘错误")


_FAULT = _Failing()


class _File(apsw.VFSFile):
    def __init__(self, name: Any, flags: Any) -> None:
        super().__init__("", name, flags)

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802
        _FAULT.strike()
        super().xWrite(data, offset)

    def xSync(self, flags: int) -> None:  # noqa: N802
        _FAULT.strike()
        super().xSync(flags)

    def xTruncate(self, newsize: int) -> None:  # noqa: N802
        _FAULT.strike()
        super().xTruncate(newsize)


class _Disk(apsw.VFS):
    def __init__(self) -> None:
        super().__init__("failing", "")

    def xOpen(self, name: Any, flags: Any) -> apsw.VFSFile:  # noqa: N802
        return _File(name, flags)


_DISK = _Disk()


@pytest.mark.django_db
def test_any_failed_write_leaves_all_or_nothing(
    cast: Cast, office: Office, noon: datetime, tmp_path: Path
) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("SQLite 的故障注入；PostgreSQL 由其预写日志保证")
    struck = 0
    for name, work in _works(cast, office, noon):
        base = _copy(tmp_path / f"{name}.sqlite3")
        script = _captured(work)
        struck += _replay(base, script, tmp_path / "struck.sqlite3", most=POINTS // 3)
    print(f"注入 {struck} 处")
    assert struck >= 60


def _works(cast: Cast, office: Office, noon: datetime) -> Iterator[tuple[str, Callable[[], object]]]:
    def receive() -> object:
        arriving = office.vault.incoming(new_id().hex)
        arriving.write(BytesIO(b"clip").read())
        clip = Clip(unit=cast.team, name="DCAM_7000001_010001_20261116_120000.mp4")
        return receive_recording(by=as_actor(cast.li), clip=clip, arriving=arriving, at=noon)

    def give() -> object:
        check = dict.fromkeys([line.label for line in cast.law.check_lines], True)
        return hand_out(
            cast.camera, by=as_actor(cast.zhao), to=cast.li, purpose="巡查", check=check, required=list(check), cite=None,
            due_at=noon + timedelta(hours=8), at=noon,
        )  # fmt: skip

    def plan() -> object:
        told = Plan("onsite_enforcement", "巡查", "某路", noon, [cast.li, cast.wang])
        return plan_activity(cast.team, by=as_actor(cast.li), plan=told, law=cast.law, at=noon)

    yield from (("receive", receive), ("hand-out", give), ("plan", plan))


def _copy(path: Path) -> Path:
    """The database as it is now, as a file of its own."""
    path.write_bytes(connection.connection.serialize())
    return path


@contextmanager
def _listening(script: Script) -> Iterator[None]:
    def hear(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if not sql.startswith(("SAVEPOINT", "RELEASE", "ROLLBACK")):
            rows = params if many else [params]
            script.extend((sql.replace("%s", "?").replace("%%", "%"), tuple(row or ())) for row in rows)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(hear):
        yield


def _captured(work: Callable[[], object]) -> Script:
    script: Script = []
    with _listening(script):
        work()
    assert any("journal_line" in sql for sql, _ in script)
    return script


def _replay(base: Path, script: Script, path: Path, *, most: int) -> int:
    """Fail at the first write, then at the second, until the script goes through; returns how many times it was struck."""
    before, after = _state(base), _finished(base, script, path)
    assert before != after
    for point in range(1, most + 1):
        for leftover in path.parent.glob(f"{path.name}*"):
            leftover.unlink()
        shutil.copy(base, path)
        acked = _run(path, script, fail_at=point)
        found = _state(path)
        assert found == (after if acked else before) or (not acked and found == after), f"第 {point} 处"
        if acked:
            return point - 1
    return most


def _run(path: Path, script: Script, *, fail_at: int) -> bool:
    """Whether the script was acknowledged."""
    _FAULT.at, _FAULT.count = fail_at, 0
    try:
        database = apsw.Connection(str(path), vfs="failing")
        try:
            for name, value in PRAGMAS.items():
                database.execute(f"PRAGMA {name}={value}")
            database.execute("BEGIN IMMEDIATE")
            for sql, params in script:
                database.execute(sql, params)
            database.execute("COMMIT")
        finally:
            database.close()
    except apsw.Error:
        return False
    finally:
        _FAULT.at = 0
    return True


def _finished(base: Path, script: Script, path: Path) -> tuple[int, ...]:
    shutil.copy(base, path)
    assert _run(path, script, fail_at=0)
    return _state(path)


def _state(path: Path) -> tuple[int, ...]:
    """What is there after a restart: sound, and this many rows."""
    database = apsw.Connection(str(path))
    try:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        tables = (
            "journal_line",
            "journal_about",
            "journal_job",
            "evidence_recording",
            "devices_loan",
            "casework_activity",
        )
        return tuple(database.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in tables)
    finally:
        database.close()
