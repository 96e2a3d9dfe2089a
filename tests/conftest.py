"""What every test may use: a frozen clock, an office in a temporary folder, the cast.

Tables are append-only also in tests; only the flush between transactional tests opens the locks.
"""

import functools
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.core.management.commands import flush
from django.db import connection
from hypothesis import settings
from pytest_django import DjangoDbBlocker

from liuhen.apps.journal.guards import removals, statements
from liuhen.apps.journal.models import Head
from liuhen.apps.search import store as search_store
from liuhen.interfaces.office import Office
from liuhen.server.sqlite import base as sqlite_backend
from tests.cast import Cast, assemble
from tests.offices import new_office
from tests.standing import stand_first
from tests.tables import lay_out, template

pytest_plugins: list[str] = []

# A slow machine is no fault of a property; which example failed is printed so that it can be run again.
settings.register_profile("house", deadline=None, print_blob=True)
settings.load_profile("house")


@contextmanager
def unlocked() -> Iterator[None]:
    """For a tester with root's powers: the guards of append-only tables are gone inside, and back afterwards."""
    guarded = _guarded()
    with sqlite_backend.maintenance(), connection.cursor() as cursor:
        for table, _ in guarded:
            for statement in removals(connection.vendor, table):
                cursor.execute(statement)
        try:
            yield
        finally:
            for table, columns in guarded:
                for statement in statements(connection.vendor, table, columns):
                    cursor.execute(statement)


@functools.cache
def _guarded() -> list[tuple[str, tuple[str, ...]]]:
    from django.db.migrations.loader import MigrationLoader

    from liuhen.apps.journal.guards import AppendOnly

    migrations = MigrationLoader(None).disk_migrations.values()
    guards = (o for m in migrations for o in m.operations if isinstance(o, AppendOnly))
    return list({(o.table, o.columns): None for o in guards})


class _Flush(flush.Command):
    """Django empties the tables after each transactional test; the journal's counter must be there again."""

    def handle(self, **options: object) -> None:
        with unlocked():
            super().handle(**options)
            search_store.empty()  # The index beside the tables is no table that a flush knows.
        Head.objects.get_or_create(pk=1, defaults={"number": 0})


flush.Command = _Flush  # type: ignore[misc]

# Files that take long however few tests they have.
_LONG = (
    "tests/faults/",
    "tests/stories/",
    "tests/engines/dossier/",
    "tests/station/",
    "tests/interfaces/api/test_policy.py",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The long files first: two workers end together, instead of one waiting for the last file of the other."""
    stand_first(items)
    items.sort(key=lambda item: not item.nodeid.startswith(_LONG))


@pytest.fixture(scope="session")
def django_db_keepdb(django_db_modify_db_settings: None) -> bool:
    """The tests' database begins as a copy of tables that lie ready, and is kept as it is: Django has nothing more to do to it."""
    told = connection.settings_dict["TEST"]
    if connection.vendor == "sqlite":
        lay_out(Path(told["NAME"]))
        return True
    told["TEMPLATE"] = template()
    return False


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """The tables are made by migrations, triggers included; then the guards are read by new connections.

    At the end the threads of the plane of bulk bytes still hold theirs, and PostgreSQL drops no database in use.
    """
    with django_db_blocker.unblock():
        connection.close()
    yield
    if connection.vendor == "postgresql":
        with django_db_blocker.unblock(), connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )


@pytest.fixture
def office(tmp_path: Path) -> Office:
    """An office with its own vault and log."""
    return new_office(tmp_path)


@pytest.fixture
def cast(db: None, office: Office) -> Cast:
    """李, 王, 张, 陈, 赵, 周, 孙 and the party 钱, at 白庙子镇 (and 孙 elsewhere)."""
    return assemble(office)


@pytest.fixture
def noon() -> datetime:
    """A Monday in November, at noon in Beijing."""
    return datetime(2026, 11, 16, 4, 0, tzinfo=UTC)


def pytest_unconfigure() -> None:
    import os

    shutil.rmtree(os.environ["LIUHEN_HOME"], ignore_errors=True)
