"""What cannot be read is named by table, row and column, and the checks that came upon it go on with the next."""

from datetime import datetime

import pytest
from django.db import connection
from tests.cast import Cast
from tests.conftest import unlocked

from liuhen.apps.journal.legibility import damaged_pages, unreadable_values
from liuhen.apps.journal.sealing import seal
from liuhen.interfaces.cli.verify import checks
from liuhen.interfaces.office import Office
from liuhen.server.sqlite.base import maintenance

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL keeps no value that is none of its type"),
]  # fmt: skip


def put(statement: str) -> None:
    with unlocked(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_house_that_can_be_read_says_nothing(cast: Cast) -> None:
    assert [*damaged_pages(), *unreadable_values()] == []


@pytest.mark.parametrize(
    ("statement", "says"),
    [
        ("UPDATE registry_officer SET card_valid_until = '2026-13-45' WHERE number = '010003'", "registry.officer 第 {} 行：字段“card_valid_until”读不出来"),
        ("UPDATE registry_officer SET name = CAST(X'e5ff' AS TEXT) WHERE number = '010003'", "registry.officer 第 {} 行：字段“name”读不出来"),
        ("UPDATE journal_line SET at = '2026-99-16 04:00:00' WHERE number = 3", "journal.line 第 3 行：字段“at”读不出来"),
    ],
)  # fmt: skip
def test_value_that_is_none_is_placed_and_every_other_check_is_made(
    office: Office, cast: Cast, noon: datetime, statement: str, says: str
) -> None:
    seal(office.log, at=noon)
    put(statement)
    with connection.cursor() as cursor:
        cursor.execute("SELECT rowid FROM registry_officer WHERE number = '010003'")
        (row,) = cursor.fetchone()
    told = {title: [str(fault) for fault in found] for title, found in checks(office, quick=False, time=None)}
    said = [fault for found in told.values() for fault in found]
    assert says.format(row) in said
    assert said.count(says.format(row)) == 1
    assert len(told) == 10
    assert told["派生件"] == []


def test_index_that_disagrees_with_its_table_is_named(cast: Cast) -> None:
    """An index is told to be another one's: what SQLite's own check finds, in our words."""
    with maintenance(), connection.cursor() as cursor:
        cursor.execute("PRAGMA writable_schema = 1")
        cursor.execute("UPDATE sqlite_master SET sql = replace(sql, '(\"agency_id\")', '(\"unit_id\")') WHERE name LIKE 'registry_officer_agency%%'")  # fmt: skip
        cursor.execute("PRAGMA writable_schema = RESET")
        found = [str(fault) for fault in damaged_pages()]
    assert any("registry_officer_agency" in one for one in found), found
