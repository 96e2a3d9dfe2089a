"""After the law has changed everything is judged again, in batches; a worker that dies loses nothing."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from tests.apps.registry.test_law import adopt, version_2
from tests.apps.steps import last_line, planned, received, verbs, with_times
from tests.cast import Cast, as_actor

from liuhen.apps.casework import actions as casework
from liuhen.apps.evidence.models import Recording
from liuhen.apps.journal.models import Job, Line
from liuhen.apps.oversight import rounds
from liuhen.apps.oversight.models import Finding, Round
from liuhen.apps.registry.adopting import activation, change_law
from liuhen.apps.registry.law import law_of
from liuhen.interfaces.office import Office
from liuhen.kernel.actors import SYSTEM
from liuhen.kernel.clock import now
from liuhen.server.works import works

DAY = timedelta(days=1)


@pytest.fixture
def three(cast: Cast, office: Office, noon: datetime) -> list[Recording]:
    """Three recordings and an activity, judged by nobody yet."""
    found = [received(cast, office, at=noon, content=f"clip {n}".encode()) for n in range(3)]
    for recording in found:
        with_times(recording, noon - DAY, noon - DAY + timedelta(minutes=5))
    planned(cast, cast.li, at=noon)
    return found


def test_round_judges_every_row_and_says_how_far_it_is(
    cast: Cast, office: Office, three: list[Recording], noon: datetime
) -> None:
    row = rounds.begin_round(cast.agency, by=SYSTEM, at=noon)
    assert (row.total, row.done, row.finished_at) == (8, 0, None)
    assert last_line().verb == "round.started"
    steps = []
    while row.finished_at is None:
        rounds.go_on(row, by=SYSTEM, law=cast.law, packs="x", at=noon, size=2)
        steps.append((row.part, row.done))
    assert steps == [
        ("recording", 2), ("activity", 3), ("case", 4), ("document", 4), ("handover", 4), ("loan", 4), ("device", 4), ("device", 6),
        ("room", 6), ("unit", 6), ("unit", 8), ("examination", 8), ("liabilityfact", 8), ("liabilityfact", 8),
    ]  # fmt: skip
    assert {f.subject for f in Finding.objects.all()} >= {r.pk for r in three}
    assert rounds.newest_round(cast.agency.pk) == row
    assert rounds.go_on(row, by=SYSTEM, law=cast.law, packs="x", at=noon) == 0


def test_batch_is_one_act_with_its_findings_and_the_job_that_follows(
    cast: Cast, three: list[Recording], noon: datetime
) -> None:
    row = rounds.begin_round(cast.agency, by=SYSTEM, at=noon)
    before = Line.objects.count()
    changed = rounds.go_on(row, by=SYSTEM, law=cast.law, packs="x", at=noon, size=3)
    written = Line.objects.filter(verb="round.advanced").get()
    assert written.number > before
    assert written.abouts.filter(kind="oversight.finding").count() == changed > 0
    assert Job.objects.filter(kind="round.go-on", subject=row.pk).count() == 2


def test_second_round_that_finds_nothing_new_writes_no_finding(
    cast: Cast, three: list[Recording], noon: datetime
) -> None:
    for _ in range(2):
        row = rounds.begin_round(cast.agency, by=SYSTEM, at=noon)
        changed = 0
        while row.finished_at is None:
            changed += rounds.go_on(row, by=SYSTEM, law=cast.law, packs="x", at=noon, size=2)
    assert changed == 0


def test_batch_that_dies_is_done_again_as_a_whole(
    cast: Cast, three: list[Recording], noon: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = rounds.begin_round(cast.agency, by=SYSTEM, at=noon)
    with monkeypatch.context() as patch:
        patch.setattr(rounds, "_advance", lambda *_, **__: (_ for _ in ()).throw(OSError("电断")))
        with pytest.raises(OSError, match="电断"):
            rounds.go_on(row, by=SYSTEM, law=cast.law, packs="x", at=noon)
    assert not Finding.objects.exists()
    row.refresh_from_db()
    assert (row.done, row.after) == (0, None)
    rounds.go_on(row, by=SYSTEM, law=cast.law, packs="x", at=noon)
    assert Finding.objects.exists()


def test_law_that_changes_in_the_middle_starts_the_round_anew(
    cast: Cast, three: list[Recording], noon: datetime
) -> None:
    row = rounds.begin_round(cast.agency, by=SYSTEM, at=noon)
    rounds.go_on(row, by=SYSTEM, law=cast.law, packs="x", at=noon, size=1)
    again = rounds.begin_round(cast.agency, by=SYSTEM, at=noon + DAY)
    assert (again.pk, again.done, again.after) == (row.pk, 0, None)
    assert Round.objects.count() == 1


def test_without_a_law_nothing_is_judged_and_the_round_ends(
    cast: Cast, three: list[Recording], noon: datetime
) -> None:
    row = rounds.begin_round(cast.agency, by=SYSTEM, at=noon)
    rounds.go_on(row, by=SYSTEM, law=None, packs="", at=noon)
    assert row.finished_at == noon
    assert not Finding.objects.exists()


def test_adoption_leads_to_a_round_by_itself(
    cast: Cast, office: Office, three: list[Recording], tmp_path: Path
) -> None:
    """From the act of the legal reviewer to the findings under the new version, with no further hand."""
    adopt(cast, version_2(office, tmp_path), since=now())
    table = works(office)
    job = Job.objects.filter(kind="agency.judge").latest("run_after")
    table["agency.judge"](job.subject)
    row = Round.objects.get()
    while row.finished_at is None:
        table["round.go-on"](row.pk)
        row.refresh_from_db()
    assert set(Finding.objects.exclude(verdict="不适用").values_list("pack", flat=True)) == {"subdistrict@2"}
    assert verbs(1) == ["round.advanced"]
    found = rounds.confirmed_by(cast.agency.pk)
    assert found is not None
    assert (found.packs, found.line) == ("subdistrict@2", last_line().number)


def test_second_pack_is_judged_beside_the_first(
    cast: Cast, office: Office, three: list[Recording], noon: datetime
) -> None:
    change = activation(office.packs / "fuzhou", since=noon)
    change_law(cast.agency, change, by=as_actor(cast.chen), packs=office.packs, at=noon)
    law = law_of(cast.agency.pk, packs=office.packs, at=noon)
    row = rounds.begin_round(cast.agency, by=SYSTEM, at=noon)
    rounds.go_on(row, by=SYSTEM, law=law, packs="x", at=noon)
    assert set(Finding.objects.values_list("pack", flat=True)) == {"subdistrict@1", "fuzhou@1"}
    casework.open_case(
        cast.team, by=as_actor(cast.li), category="penalty", start_mode="ex_officio", cause="x", officer=cast.li, at=noon
    )  # fmt: skip


def test_finished_round_vouches_for_what_was_judged_before_it_and_names_the_packs(
    cast: Cast, three: list[Recording], noon: datetime
) -> None:
    assert rounds.confirmed_by(cast.agency.pk) is None
    row = rounds.begin_round(cast.agency, by=SYSTEM, at=noon)
    rounds.go_on(row, by=SYSTEM, law=cast.law, packs="x@1", at=noon)
    assert rounds.confirmed_by(cast.agency.pk) is None  # Not while it is under way.
    while row.finished_at is None:
        rounds.go_on(row, by=SYSTEM, law=cast.law, packs="x@1", at=noon + DAY)
    found = rounds.confirmed_by(cast.agency.pk)
    assert found is not None
    assert (found.packs, found.begun_at, found.finished_at) == ("x@1", noon, noon + DAY)
    assert found.covers(noon)
    assert not found.covers(noon + timedelta(seconds=1))
    assert last_line().number == found.line


def test_round_without_a_law_vouches_for_nothing(cast: Cast, three: list[Recording], noon: datetime) -> None:
    row = rounds.begin_round(cast.agency, by=SYSTEM, at=noon)
    rounds.go_on(row, by=SYSTEM, law=None, packs="", at=noon)
    assert rounds.confirmed_by(cast.agency.pk) is None


def test_round_is_of_one_law_throughout(cast: Cast, three: list[Recording], noon: datetime) -> None:
    """A version that comes into force between two batches: what the first judged is judged again."""
    row = rounds.begin_round(cast.agency, by=SYSTEM, at=noon)
    rounds.go_on(row, by=SYSTEM, law=cast.law, packs="x@1", at=noon, size=2)
    assert row.done == 2
    rounds.go_on(row, by=SYSTEM, law=cast.law, packs="x@2", at=noon + DAY, size=2)
    assert (row.done, row.begun_at) == (2, noon + DAY)
    rounds.go_on(row, by=SYSTEM, law=cast.law, packs="x@2", at=noon + DAY, size=2)
    assert row.done == 3
