"""Every bar of every chart is its indicator over that unit or that week alone; and more units ask nothing more of the database."""

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests.apps.steps import HOUR, handed_out, planned, received, with_times
from tests.cast import LONG_AGO, Cast, as_actor

from liuhen.apps.casework import actions as casework
from liuhen.apps.evidence.models import Recording
from liuhen.apps.oversight.charts import charts
from liuhen.apps.oversight.statistics import INDICATORS, Scope
from liuhen.apps.registry import actions as registry
from liuhen.apps.registry.models import Unit
from liuhen.interfaces.office import Office
from liuhen.kernel.actors import OPERATOR

DAY = timedelta(days=1)


@pytest.fixture
def scope(cast: Cast, office: Office, noon: datetime) -> Scope:
    """Two groups under the team, one of them with a post of its own beneath; films over three weeks, two of them at the turn of one."""
    first = registry.add_unit(
        cast.agency, parent=cast.team, by=OPERATOR, name="一组", code="ZF1", function="case", at=LONG_AGO
    )
    registry.add_unit(
        cast.agency, parent=cast.team, by=OPERATOR, name="二组", code="ZF2", function="case", at=LONG_AGO
    )
    post = registry.add_unit(
        cast.agency, parent=first, by=OPERATOR, name="一组驻点", code="ZF11", function="case", at=LONG_AGO
    )
    monday = noon - 12 * HOUR  # 00:00 in Beijing
    came = [noon - 3 * DAY, monday - HOUR / 3600, monday, noon, noon + DAY, noon + 8 * DAY]
    units = [cast.team, first, post, first, post, cast.team]
    for number, (at, unit) in enumerate(zip(came, units, strict=True)):
        row = received(cast, office, f"{number}".encode(), at=at, name=f"{number}.mp4")
        with_times(row, at - 3 * HOUR, at - (HOUR if number % 2 else 2 * DAY))
        Recording.objects.filter(pk=row.pk).update(unit=unit, quarantine="")
    handed_out(cast, cast.li, at=noon - HOUR)
    activity = planned(cast, cast.li, at=noon - HOUR)
    casework.note_activity(activity, by=as_actor(cast.li), at=noon, arrived_at=noon - HOUR, ended_at=noon)
    top = cast.agency.units.get(parent=None)
    return Scope(cast.agency.pk, top.path, noon - 5 * DAY, noon + 9 * DAY, noon + 9 * DAY)


@pytest.mark.parametrize("name", ["top", "team"])
def test_each_bar_is_the_indicator_of_its_own_unit(cast: Cast, scope: Scope, name: str) -> None:
    above = cast.team if name == "team" else cast.agency.units.get(parent=None)
    scope = replace(scope, path=above.path)
    told = {one.key: one for one in charts(scope)}
    assert {"timely-ingest", "linked", "usage", "unrecorded"} <= told.keys()
    for key, chart in told.items():
        one, bars = INDICATORS.get(key), {bar.label.partition("（")[0]: bar for bar in chart.bars}
        for unit in Unit.objects.filter(parent=above) if one else ():
            within, bar = replace(scope, path=unit.path), bars[unit.name]
            assert one.whole
            assert (bar.part, bar.whole) == (one.part(within).count(), one.whole(within).count()), (key, unit)
        if one and one.whole:
            total = (sum(bar.part for bar in chart.bars), sum(bar.whole for bar in chart.bars))
            assert total == (one.part(scope).count(), one.whole(scope).count()), key


def test_each_week_is_counted_from_monday_in_beijing(scope: Scope, noon: datetime) -> None:
    (weeks,) = [one for one in charts(scope) if one.key == "weeks"]
    monday = noon - 12 * HOUR
    edges = [scope.since, monday, monday + 7 * DAY, scope.until]
    late, came = INDICATORS["late-ingest"].part, INDICATORS["timely-ingest"].whole
    assert came
    spans = [replace(scope, since=a, until=b) for a, b in pairwise(edges)]
    assert [(bar.part, bar.whole) for bar in weeks.bars] == [
        (late(s).count(), came(s).count()) for s in spans
    ]
    assert [bar.whole for bar in weeks.bars] == [2, 3, 1]
    assert [bar.label for bar in weeks.bars] == ["11-11 起", "11-16 起", "11-23 起"]


def test_more_units_and_more_weeks_ask_no_more_questions(cast: Cast, scope: Scope) -> None:
    with CaptureQueriesContext(connection) as few:
        charts(replace(scope, path=cast.team.path))
    for number in range(12):
        registry.add_unit(
            cast.agency,
            parent=cast.team,
            by=OPERATOR,
            name=f"组{number}",
            code=f"G{number}",
            function="case",
            at=LONG_AGO,
        )
    with CaptureQueriesContext(connection) as many:
        charts(replace(scope, path=cast.team.path, since=scope.since - 200 * DAY))
    assert len(many) == len(few)
