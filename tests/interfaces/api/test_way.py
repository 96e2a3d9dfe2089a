"""Where the device was, as the page of a recording tells it: from the file, held against the activity's place."""

from datetime import UTC, datetime

import pytest

from liuhen.apps.casework.models import Activity
from liuhen.apps.evidence.models import Inspection as InspectionRow
from liuhen.engines.media.report import Inspection, Place
from liuhen.interfaces.api.media_facts import way_of

AT = datetime(2026, 5, 6, tzinfo=UTC)
HERE = Place(26.0745, 119.2965, None, "udta")


def inspected(place: Place | None, route: tuple[tuple[float, float, float], ...] = ()) -> InspectionRow:
    told = Inspection(
        1, AT, "limited", complete=True, kind="video", format="mp4", duration=9.0, header_duration=9.0, tracks=(), clocks=(),
        place=place, device="", findings=(), route=route,
    )  # fmt: skip
    return InspectionRow(at=AT, facts=told.to_json())


def test_file_without_a_place_has_no_map() -> None:
    assert way_of(None, None) is None
    assert way_of(inspected(None), None) is None


@pytest.mark.parametrize(
    ("activity", "says"),
    [
        (None, "还没有关联活动"),
        (Activity(), "没有登记坐标"),
        (Activity(latitude=26.0746, longitude=119.2965), "最近时 11 米"),
        (Activity(latitude=26.1745, longitude=119.2965), "最近时 11.1 公里"),
    ],
)
def test_place_is_held_against_the_activity_or_it_is_said_why_not(
    activity: Activity | None, says: str
) -> None:
    way = way_of(inspected(HERE), activity)
    assert way is not None
    assert says in way.says
    assert [one.at_seconds for one in way.points] == [None]
    assert len(way.places) == (activity is not None and activity.latitude is not None)


def test_way_is_shown_second_by_second_and_the_nearest_second_counts() -> None:
    route = ((0.0, 26.07, 119.2965), (1.0, 26.0745, 119.2965))
    way = way_of(inspected(HERE, route), Activity(latitude=26.0745, longitude=119.2965, place_text="清河路"))
    assert way is not None
    assert [one.at_seconds for one in way.points] == [0.0, 1.0]
    assert (way.places[0].label, "最近时 0 米" in way.says) == ("清河路", True)
