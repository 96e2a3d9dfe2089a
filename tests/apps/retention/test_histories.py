"""Whatever happens in whatever order: nothing goes before its time, under a hold, or without a tombstone; and each deliberate fault is found.

`HISTORIES` is how many random histories of fifty steps are played (a few in every run, five hundred by `make retention`), `SEED` repeats a run.
"""

import os
import random
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

import pytest
from django.db.models import QuerySet
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test
from tests.apps.retention.histories import Office as Histories
from tests.apps.retention.histories import machine_of
from tests.apps.retention.house import House
from tests.cast import Cast

from liuhen.apps.casework.models import CaseLink, Link
from liuhen.apps.oversight import subjects
from liuhen.apps.retention import actions, disposal, emptying, holds
from liuhen.apps.retention.models import DisposalItem, Hold
from liuhen.engines.rules import combine_packs, load_pack
from liuhen.interfaces.office import Office
from liuhen.server import works

RUNS = int(os.environ.get("HISTORIES", "8"))
SEED = int(os.environ.get("SEED", str(random.randrange(1 << 30))))
STEPS = 50
pytestmark = pytest.mark.timeout(36_000)


@pytest.fixture
def histories(cast: Cast, office: Office, noon: datetime, monkeypatch: pytest.MonkeyPatch) -> Histories:
    laws = {}
    for key in ("baimiaozi", "nandagang", "fuzhou"):
        pack = load_pack(office.packs / key)
        laws[key] = combine_packs(
            [replace(pack, rules=tuple(r for r in pack.rules if r.kind == "keeping_period"))]
        )
    return Histories(
        House(cast, office, noon),
        laws,
        lambda where, name, value: monkeypatch.setattr(f"{where}.{name}", value),
    )


def _play(histories: Histories, runs: int, *phases: Phase) -> None:
    print(f"SEED={SEED}")
    played = seed(SEED)(machine_of(histories))
    given: dict[str, Any] = {"phases": phases} if phases else {}
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        played,
        settings=settings(
            max_examples=runs,
            stateful_step_count=STEPS,
            deadline=None,
            database=None,
            report_multiple_bugs=False,
            suppress_health_check=list(HealthCheck),
            **given,
        ),
    )
    print(histories.told)


def test_nothing_goes_early_under_a_hold_or_without_a_trace_whatever_happens(histories: Histories) -> None:
    _play(histories, RUNS, Phase.generate)
    if RUNS >= 200:
        assert min(histories.told.values()) > 0, "the histories came to no end"


# ── 有意的错误，每一种都要被查出 ─────────────────────────────

_FAULTS: dict[str, Callable[[pytest.MonkeyPatch], None]] = {
    "what changed after the list was drawn does not fall out": lambda m: m.setattr(
        emptying, "falls_out", lambda *_a, **_k: ""
    ),
    "a hold is not looked at when something is moved out or destroyed": lambda m: (
        m.setattr(emptying, "holds_on", lambda _keys: {}),
        m.setattr(subjects, "holds_on", lambda _keys: {}),  # Either alone is made good by the other.
    )[0],
    "a link taken back lifts the hold": lambda m: m.setattr(holds, "subjects_of", _live_alone),
    "the release of one hold ends the others": lambda m: m.setattr(
        holds, "live_holds", _none_released_beside
    ),
    "a term becomes shorter by itself": lambda m: m.setattr(
        actions, "_is_shorter", lambda _fresh, _held: False
    ),
    "the last day of a term does not belong to it": lambda m: (
        m.setattr(emptying, "over_from", lambda end: end),
        m.setattr(disposal, "day_of", lambda moment: moment),
    )[0],
    "an activity that says more does not reach its recordings": lambda m: m.setattr(
        works, "derive_anew", lambda *_a: None
    ),
    "the house's own clock counts where the witness is behind": lambda m: m.setattr(
        Histories, "judged_by", property(lambda self: self.at)
    ),
    "the file goes before its tombstone": lambda m: m.setattr(emptying, "_move_out", _without_a_trace),
}
FAULTS = list(_FAULTS)[: int(os.environ.get("FAULTS", "1"))]


@pytest.mark.parametrize("fault", FAULTS)
def test_every_deliberate_fault_is_found(
    histories: Histories, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    _FAULTS[fault](monkeypatch)
    with pytest.raises(AssertionError) as caught:
        _play(histories, 400, Phase.generate)
    print(f"{fault}: {caught.value}")


def _live_alone(recordings: Iterable[UUID]) -> dict[UUID, set[UUID]]:
    found: dict[UUID, set[UUID]] = {}
    for key in recordings:
        links = Link.objects.filter(recording=key, unlinking=None)
        straight = CaseLink.objects.filter(recording=key, unlinking=None)
        found[key] = {
            key, *links.values_list("activity", flat=True), *links.exclude(activity__case=None).values_list("activity__case", flat=True),
            *straight.values_list("case", flat=True),
        }  # fmt: skip
    return found


def _none_released_beside() -> QuerySet[Hold]:
    released = Hold.objects.filter(release__isnull=False).values("subject")
    return Hold.objects.filter(release=None).exclude(subject__in=released)


def _without_a_trace(item: DisposalItem, stores: emptying.Stores) -> None:
    stores.vault.set_aside(item.recording.digest)
    stores.vault.condemn(item.recording.digest)
    stores.vault.destroy(item.recording.digest)
