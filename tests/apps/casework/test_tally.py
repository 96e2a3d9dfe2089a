"""The desk's number of what is absent: counted by the worker, for those who may explain it, and as of when."""

from datetime import datetime, timedelta

from tests.apps.casework.test_completeness import declared
from tests.apps.steps import HOUR
from tests.cast import Cast, as_actor

from liuhen.apps.casework.completeness import absences, explain_absence
from liuhen.apps.casework.tally import open_absences, tally_absences
from liuhen.interfaces.office import Office
from liuhen.kernel.spans import Span
from liuhen.server.worker import sweep

DAY = timedelta(days=1)


def test_what_is_absent_is_counted_by_the_sweep_for_those_who_may_explain_it(
    cast: Cast, office: Office, noon: datetime
) -> None:
    declared(cast, noon)
    later = noon + 3 * DAY
    assert open_absences(as_actor(cast.zhang), at=later) is None
    sweep(office, at=later)
    assert open_absences(as_actor(cast.zhang), at=later) == (1, later)
    assert open_absences(as_actor(cast.zhou), at=later) == (1, later)
    for nobody in (cast.li, cast.chen, cast.sun):
        assert open_absences(as_actor(nobody), at=later) is None


def test_count_is_made_anew_each_hour_and_falls_at_once_with_an_explanation(
    cast: Cast, noon: datetime
) -> None:
    declared(cast, noon)
    later, by = noon + 3 * DAY, as_actor(cast.zhang)
    assert tally_absences(at=later)
    assert not tally_absences(at=later + HOUR / 2)
    [one] = absences(by, within=Span(noon - DAY, later), at=later)
    explain_absence(one, by=by, outcome="lost", reason="存储卡损坏", at=later)
    assert open_absences(by, at=later) is None
    assert tally_absences(at=later + HOUR)
    assert open_absences(by, at=later + HOUR) is None
