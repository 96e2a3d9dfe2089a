"""What another law would change, told on the real rows before anyone adopts it; nothing is written by asking."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from tests.apps.registry.test_law import set_to, version_2
from tests.apps.steps import planned, received, with_times
from tests.cast import Cast

from liuhen.apps.casework import facts
from liuhen.apps.evidence.models import Recording
from liuhen.apps.journal.models import Line
from liuhen.apps.oversight.simulation import Place, RowChange, trial_of
from liuhen.apps.registry.adopting import activation
from liuhen.apps.registry.law import Change, law_of
from liuhen.apps.retention.actions import derive_keeping
from liuhen.engines.rules import keep_until
from liuhen.interfaces.office import Office
from liuhen.kernel.actors import SYSTEM

DAY = timedelta(days=1)


@pytest.fixture
def late(cast: Cast, office: Office, noon: datetime) -> list[Recording]:
    """Three recordings that came in 23 and a half hours after their end."""
    found = [received(cast, office, at=noon, content=f"clip {n}".encode()) for n in range(3)]
    for recording in found:
        with_times(recording, noon - timedelta(hours=24), noon - timedelta(hours=23, minutes=30))
    planned(cast, cast.li, at=noon)
    return found


def simulated(cast: Cast, change: Change, packs: Path, *, at: datetime, size: int = 2) -> list[RowChange]:
    trial, place, found, compared = trial_of(cast.agency.pk, change, packs=packs), Place(), [], 0
    while place is not None:
        part = trial.part(place, at=at, size=size)
        found += part.changes
        compared += part.compared
        place = part.next  # type: ignore[assignment]
    assert compared == trial.total()
    return found


def test_new_version_is_tried_to_the_row_and_writes_nothing(
    cast: Cast, office: Office, late: list[Recording], tmp_path: Path, noon: datetime
) -> None:
    packs = version_2(office, tmp_path)
    lines = Line.objects.count()
    found = simulated(cast, activation(packs / "subdistrict", since=noon), packs, at=noon)
    assert Line.objects.count() == lines
    assert {row.number for row in found} == {r.number for r in late}
    turns = [turn for row in found for turn in row.outcome.turns]
    assert {(str(t.before.value), str(t.after.value)) for t in turns if t.before and t.after} == {
        ("符合", "不符合")
    }


def test_second_pack_beside_changes_no_verdict_of_the_first(
    cast: Cast, office: Office, late: list[Recording], noon: datetime
) -> None:
    found = simulated(cast, activation(office.packs / "fuzhou", since=noon), office.packs, at=noon)
    assert all(turn.before is None for row in found for turn in row.outcome.turns)
    assert not [row for row in found if row.outcome.shift and row.outcome.shift.is_shortened]


def test_setting_that_shortens_is_told_row_by_row(
    cast: Cast, office: Office, late: list[Recording], noon: datetime
) -> None:
    set_to(cast, office, "24m", at=noon)
    change = Change(kind="set", key="keep-ordinary", value="6m", since=noon + DAY)
    found = simulated(cast, change, office.packs, at=noon + DAY)
    shifts = [row.outcome.shift for row in found if row.outcome.shift]
    assert len(shifts) == 3
    assert all(shift.is_shortened for shift in shifts)


def test_term_already_promised_counts_though_the_rules_forgot_it(
    cast: Cast, office: Office, late: list[Recording], noon: datetime
) -> None:
    set_to(cast, office, "24m", at=noon)
    law = law_of(cast.agency.pk, packs=office.packs, at=noon)
    told = facts.facts_of_recording(late[0])
    derive_keeping(late[0], by=SYSTEM, keeping=keep_until(law, recording=told), packs="x", at=noon)
    end = Change(kind="end", key="subdistrict", since=noon + DAY)
    found = simulated(cast, end, office.packs, at=noon + DAY)
    promised = [row for row in found if row.outcome.shift and row.outcome.shift.promised]
    assert [row.id for row in promised] == [late[0].pk]
