"""The 24-hour rule of each regulation on two thousand timelines, against an oracle that knows the clauses and not the packs.

The oracle counts seconds and is written from what the articles say: from what the time runs, what must be done by its end, who may
have it begin at the return to the unit instead, and on what condition. `SEED` sets the timelines; it is printed where one disagrees.
"""

import os
import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import pytest
from tests.laws.cases import rulebook

from liuhen.engines.rules import assess
from liuhen.engines.rules.facts import Facts, RecordingFacts

SEED = int(os.environ.get("SEED", "20261121"))
EACH = 400
DAY = 24 * 3600
BEGAN = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
REASONS = ("continuous", "elsewhere", "remote", "water", "hard_to_reach", "weather", "other_special")


class Law(NamedTuple):
    """One regulation: `runs_from`, `must_be` done; `eased` are the circumstances in which the day begins at the return."""

    rule: str
    runs_from: str
    must_be: str
    eased: frozenset[str] = frozenset()
    must_report: bool = False
    eased_must_be: str = ""


LAWS = {
    # NDG-35: the recording's end, to the keeper; no exception.
    "nandagang": Law("store-within-24h", "recording", "stored"),
    # SUB-21, 21.a: the recording's end; continuous, elsewhere, remote, on water, hard to reach.
    "subdistrict": Law("store-within-24h", "recording", "stored",
                       frozenset({"continuous", "elsewhere", "remote", "water", "hard_to_reach"}), False, "stored"),
    # BMZ-14.1: the activity's end; no exception.
    "baimiaozi": Law("store-within-24h", "activity", "stored"),
    # TNH-14.a, 14.b: associated within a day; continuous, elsewhere, remote, hard to reach.
    "tonghua": Law("link-within-24h", "activity", "linked",
                   frozenset({"continuous", "elsewhere", "remote", "hard_to_reach"}), False, "linked"),
    # FZH-16, 17: the archive number within a day; continuous work, traffic, weather, other special factors, and reported to the head;
    # then into the dedicated store within a day of the return.
    "fuzhou": Law("number-within-24h", "activity", "numbered",
                  frozenset({"continuous", "hard_to_reach", "weather", "other_special"}), True, "stored"),
}  # fmt: skip


@dataclass(frozen=True)
class Line:
    """One timeline, in seconds from the beginning of the recording; None is what never happened or is not known."""

    moments: dict[str, int | None]
    claimed: bool | None
    reason: str | None
    reported: bool | None
    now: int

    def __getitem__(self, what: str) -> int | None:
        return self.moments[what]


def oracle(law: Law, line: Line) -> str:
    start, done = line[law.runs_from], line[law.must_be]
    if start is None:
        return "无法判定"
    if done is not None and done <= start + DAY:
        return "符合"
    is_eased = (
        bool(line.claimed) and line.reason in law.eased and (bool(line.reported) or not law.must_report)
    )
    if not is_eased:
        return _by(start + DAY, done, line.now)
    back = line["returned"]
    eased = "无法判定" if back is None else _by(back + DAY, line[law.eased_must_be], line.now)
    # An easing only eases: while the plain day still runs, neither an early return nor one not told ends it.
    plain = _by(start + DAY, done, line.now)
    return plain if plain == "未到期" and eased != "符合" else eased


def _by(end: int, done: int | None, now: int) -> str:
    if done is None:
        return "未到期" if now <= end else "不符合"
    return "符合" if done <= end else "不符合"


def a_line(chance: random.Random) -> Line:
    """Anything may have happened around the ends of the two days; nothing after `now`."""
    recording = chance.randrange(60, 6 * 3600)
    activity = recording + chance.choice([0, 1, 600, chance.randrange(10 * 3600)])
    returned = activity + chance.choice([-3600, 0, 3600, DAY, 3 * DAY, chance.randrange(6 * DAY)])
    ends = [recording + DAY, activity + DAY, returned + DAY]

    def around() -> int:
        return max(
            recording, chance.choice(ends) + chance.choice([-1, 0, 1, chance.randrange(-2 * DAY, 2 * DAY)])
        )

    now = around() if chance.random() < 0.4 else 20 * DAY
    told = {"recording": recording, "activity": activity, "returned": returned} | {
        what: around() for what in ("stored", "linked", "numbered")
    }
    lacks = {
        "recording": 0.02,
        "activity": 0.02,
        "returned": 0.2,
        "stored": 0.15,
        "linked": 0.15,
        "numbered": 0.15,
    }
    moments = {
        what: None if chance.random() < lacks[what] or moment > now else moment
        for what, moment in told.items()
    }
    claimed = chance.choice([True, True, True, False, None])
    return Line(
        moments, claimed, chance.choice([*REASONS, None]), chance.choice([True, True, False, None]), now
    )


def as_facts(line: Line) -> Facts:
    def at(what: str) -> datetime | None:
        seconds = line[what]
        return None if seconds is None else BEGAN + timedelta(seconds=seconds)

    return Facts(
        recording=RecordingFacts(
            started_at=BEGAN, ended_at=at("recording"), activity_ended_at=at("activity"), returned_at=at("returned"),
            stored_at=at("stored"), linked_at=at("linked"), numbered_at=at("numbered"), remote_duty=line.claimed,
            delay_reason=line.reason, delay_reported=line.reported,
        )
    )  # fmt: skip


@pytest.mark.parametrize("pack", sorted(LAWS))
def test_day_rule_is_judged_as_the_articles_say(pack: str) -> None:
    law, chance, seen = LAWS[pack], random.Random(f"{SEED}{pack}"), set[str]()
    for number in range(EACH):
        line = a_line(chance)
        judged = assess(rulebook(pack), facts=as_facts(line), now=BEGAN + timedelta(seconds=line.now))
        (mine,) = [one for one in judged if one.rule_id == law.rule]
        assert mine.verdict.value == oracle(law, line), (SEED, number, line, mine.reason)
        seen.add(mine.verdict.value)
    assert seen == {"符合", "不符合", "未到期", "无法判定"}
