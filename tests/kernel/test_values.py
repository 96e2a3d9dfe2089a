"""Actors, citations, grants and identifiers."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from liuhen.kernel.actors import NOBODY, OPERATOR, SYSTEM, Actor
from liuhen.kernel.citations import Citation
from liuhen.kernel.grants import Grant
from liuhen.kernel.identifiers import made_at, new_id

OPENS = datetime(2026, 11, 16, 4, 0, tzinfo=UTC)
HOLDER, CLIP, OTHER = new_id(), new_id(), new_id()
GRANT = Grant(HOLDER, "recording.play", frozenset({CLIP}), OPENS, OPENS + timedelta(days=3), "BMZ-审批-0001")


def test_citation_is_printed_as_lawyers_print_it() -> None:
    assert str(Citation("办法", "第八条#2", "SUB-8")) == "《办法》第八条#2"


def test_system_and_operator_are_nobody_in_particular() -> None:
    assert SYSTEM.id == OPERATOR.id == NOBODY == UUID(int=0)
    assert SYSTEM != OPERATOR
    assert Actor("officer", HOLDER).origin == ""


def test_grant_covers_exactly_its_person_action_thing_and_time() -> None:
    right = {"holder": HOLDER, "action": "recording.play", "thing": CLIP, "at": OPENS}
    assert GRANT.covers(**right)  # type: ignore[arg-type]
    for name, wrong in (
        ("holder", OTHER),
        ("action", "recording.copy"),
        ("thing", OTHER),
        ("at", OPENS - timedelta(microseconds=1)),
        ("at", OPENS + timedelta(days=3)),
    ):
        assert not GRANT.covers(**{**right, name: wrong})  # type: ignore[arg-type]


def test_identifier_tells_its_version_and_its_millisecond() -> None:
    one = new_id(OPENS)
    assert one.version == 7
    assert one.variant == "specified in RFC 4122"
    assert one.int >> 80 == int(OPENS.timestamp() * 1000)
    assert made_at(one) == OPENS


def test_identifiers_grow_with_time_and_never_repeat() -> None:
    made = [new_id(OPENS + timedelta(milliseconds=n)) for n in range(500)]
    assert made == sorted(made)
    assert len({new_id(OPENS) for _ in range(2000)}) == 2000
    assert new_id() != new_id()


def test_identifier_of_a_time_before_counting_began_is_still_one() -> None:
    assert new_id(datetime(1969, 12, 31, tzinfo=UTC)).version == 7


@pytest.mark.parametrize("moment", [datetime(1970, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC)])
def test_identifier_holds_the_whole_calendar(moment: datetime) -> None:
    assert new_id(moment).int >> 80 == int(moment.timestamp() * 1000)
