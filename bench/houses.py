"""A scratch house with many recordings, for what is measured among many: made in the temporary folder, removed afterwards.

Its rows are written straight into SQLite: recordings, one finding and one keeping period each, and a clock (a waiting job) for
every tenth. One process has one house. Used by `rejudgement.py`, `rounds.py` and `due.py`.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

THEN = datetime(2026, 1, 5, 1, 0, tzinfo=UTC)


@contextmanager
def filled_house(count: int, *, until: str | None = None, settled: bool = False) -> Iterator[Any]:
    """The cast of a house with `count` recordings; with `until`, which says in SQL when each one's keeping ends, without the rest."""
    home = Path(tempfile.mkdtemp(prefix="liuhen-bench-")) / "home"
    os.environ |= {"LIUHEN_HOME": str(home), "DJANGO_SETTINGS_MODULE": "liuhen.server.django_settings"}
    from liuhen.server.home import prepare

    prepare(home, log_name="liuhen/bench", is_demo=True)
    try:
        import django

        django.setup()
        from django.db import connection
        from tests.cast import assemble

        from liuhen.server.database import bring_up_to_date
        from liuhen.server.wiring import office

        bring_up_to_date()
        cast = assemble(office())
        if settled:  # What the adoption of a law sets going is done before there is anything to go over.
            from liuhen.apps.journal.jobs import run_next
            from liuhen.server.works import works

            table = works(office())
            while run_next(table):
                pass
        fill(connection, count, cast, until)
        yield cast
    finally:
        shutil.rmtree(home.parent)


def fill(connection: Any, count: int, cast: Any, until: str | None) -> None:
    """Rows as the product writes them, without its pen: what is measured is reading among many."""
    from liuhen.apps.evidence.models import Recording
    from liuhen.apps.journal.models import Job
    from liuhen.apps.oversight.models import Finding

    now, soon = THEN + timedelta(days=300), THEN + timedelta(days=36500)
    agency, unit = cast.agency.pk.hex, cast.team.pk.hex
    one = Recording(
        agency=cast.agency, unit=cast.team, size=1, started_at=now - timedelta(hours=30),
        ended_at=now - timedelta(hours=29), received_at=now - timedelta(hours=1), received_by=cast.li.pk,
    )  # fmt: skip
    key = "printf('%%032x', i)"
    with connection.cursor() as cursor:
        own = {
            "id": key,
            "number": "'音-' || i",
            "sha256": "printf('%%064x', i)",
            "sm3": "printf('%%064x', i)",
        }
        insert(cursor, one, own, "n", count)
        if until:  # Only what is kept and until when: ten millions of rows must fit.
            _keep(cursor, key, until, now, count)
            return
        finding = Finding(
            agency_id=cast.agency.pk, unit_id=cast.team.pk, subject_kind="evidence.recording", rule="old", rule_kind="deadline",
            pack="old@1", clause="X-1", regulation="x", article="x", verdict="不适用", asks="x", reason="x", facts={}, judged_at=now,
        )  # fmt: skip
        insert(cursor, finding, {"id": key, "subject": key}, "n", count)
        _keep(cursor, key, f"'{soon:%Y-%m-%d %H:%M:%S}'", now, count)
        job = Job(kind="recording.judge", run_after=soon, line=1, rank=3)
        insert(cursor, job, {"id": key, "subject": key}, "n", count // 10)
    assert Recording.objects.filter(agency=agency, unit=unit).exists()


def _keep(cursor: Any, key: str, until: str, now: datetime, count: int) -> None:
    """A keeping period for every recording, and the statistics the planner goes by."""
    from liuhen.apps.retention.models import KeepingPeriod

    keeping = KeepingPeriod(
        rank="until",
        label="定期",
        reason="x",
        pack="x",
        derived_at=now,
        promised_rank="until",
        promised_until=now,
    )
    insert(cursor, keeping, {"id": key, "recording_id": key, "until": until}, "n", count)
    cursor.execute("ANALYZE")


def insert(cursor: Any, row: Any, own: dict[str, str], name: str, count: int) -> None:
    """`count` copies of a row; `own` says in SQL what differs from one to the next."""
    fields = row._meta.concrete_fields  # noqa: SLF001  the columns as Django knows them
    values, given = [], []
    for field in fields:
        if field.column in own:
            values.append(own[field.column])
        else:
            values.append("%s")
            given.append(field.get_db_prep_save(getattr(row, field.attname), cursor.db))
    columns = ", ".join(f'"{field.column}"' for field in fields)
    table = row._meta.db_table  # noqa: SLF001
    cursor.execute(
        f"WITH RECURSIVE {name}(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM {name} WHERE i < {int(count)}) "  # noqa: S608
        f'INSERT INTO "{table}" ({columns}) SELECT {", ".join(values)} FROM {name}',
        given,
    )


def multiply(cursor: Any, times: int) -> None:
    """Every recording `times` times, each with what was found of it and how long it is kept, as the product wrote that once."""
    from liuhen.apps.evidence.models import Recording
    from liuhen.apps.oversight.models import Finding
    from liuhen.apps.retention.models import KeepingPeriod

    cursor.execute(
        "CREATE TEMP TABLE copy AS SELECT r.id AS old, k.value AS k, printf('%032x', r.i + k.value * n.c) AS new, r.i + k.value * n.c AS i "
        "FROM (SELECT id, row_number() OVER (ORDER BY id) AS i FROM evidence_recording) r, (SELECT count(*) AS c FROM evidence_recording) n, "
        "(WITH RECURSIVE k(value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM k WHERE value < %s - 1) SELECT value FROM k) k",
        [times],
    )
    digest = "printf('%%064x', copy.i)"
    for model, key, own in (
        (Recording, "id", {"id": "copy.new", "number": "'音-' || copy.i", "sha256": digest, "sm3": digest}),
        (Finding, "subject", {"id": "lower(hex(randomblob(16)))", "subject": "copy.new"}),
        (
            KeepingPeriod,
            "recording_id",
            {"id": "lower(hex(randomblob(16)))", "recording_id": "copy.new"},
        ),
    ):
        table = model._meta.db_table  # noqa: SLF001
        columns = [field.column for field in model._meta.concrete_fields]  # noqa: SLF001  the columns as Django knows them
        names, values = (
            ", ".join(f'"{c}"' for c in columns),
            ", ".join(own.get(c, f't."{c}"') for c in columns),
        )
        statement = f'INSERT INTO "{table}" ({names}) SELECT {values} FROM copy JOIN "{table}" t ON t."{key}" = copy.old'  # noqa: S608
        cursor.execute(statement, [])
    cursor.execute("ANALYZE")
