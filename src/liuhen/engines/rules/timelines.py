"""The truth behind the page's timeline: the window that must be recorded, cut into what was and what was not.

Called by casework and the pages. Uses the same arithmetic as the rule that judges, so the two never disagree.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from functools import reduce

from liuhen.engines.rules.conditions import all_hold
from liuhen.engines.rules.duties import Duty
from liuhen.engines.rules.facts import CAUSES, ActivityFacts, Facts, InterruptionFacts
from liuhen.engines.rules.kinds.may_skip import Standing
from liuhen.engines.rules.kinds.start_stop import StartStop
from liuhen.engines.rules.packs import Rulebook
from liuhen.engines.rules.verdicts import Told
from liuhen.kernel.citations import Citation
from liuhen.kernel.spans import Span, minus, total, union, within


class State(Enum):
    """一段时间在时间轴上的状态。"""

    RECORDED = "已记录"
    EXCEPTED = "依规不记"
    EXPLAINED = "已说明"
    MISSING = "缺失"
    NOT_ASKED = "不要求"


@dataclass(frozen=True, slots=True)
class Piece:
    """One stretch with its state. `says` tells what it rests on, or what it still lacks."""

    span: Span
    state: State
    says: str = ""


@dataclass(frozen=True, slots=True)
class Timeline:
    """The window and its pieces in order, without overlap. No window where the start is not known: `reason` says why."""

    window: Span | None
    pieces: tuple[Piece, ...]
    duty: Duty | None
    is_open: bool
    reason: str
    cite: Citation | None

    def spans(self, state: State) -> tuple[Span, ...]:
        return tuple(piece.span for piece in self.pieces if piece.state is state)

    @property
    def missing(self) -> tuple[Span, ...]:
        return self.spans(State.MISSING)

    @property
    def missing_time(self) -> timedelta:
        return total(self.missing)

    @property
    def is_whole(self) -> bool:
        """True where the window is closed and nothing of it is missing."""
        return self.window is not None and not self.is_open and not self.missing


def timeline(rulebook: Rulebook, *, activity: ActivityFacts, now: datetime) -> Timeline:
    """The activity's window cut into pieces. An activity still under way is drawn up to `now`."""
    facts, duty = rulebook.with_type_flags(Facts(activity=activity)), rulebook.duty_of(activity)
    rules = [r for r in rulebook.rules_of("start_stop") if all_hold(r.when, facts)]
    kinds: list[StartStop] = [r.judge for r in rules]  # type: ignore[misc]
    if not kinds:
        return Timeline(None, (), duty, is_open=False, reason="没有适用的起止规定。", cite=None)
    cite = rules[0].citation
    starts = [t for kind in kinds if (t := kind.starts(facts))]
    if not starts:
        return Timeline(None, (), duty, is_open=False, reason="缺少到达时间，无从起算。", cite=cite)
    ends = [kind.stops(facts)[0] for kind in kinds]
    known = [end for end in ends if end]
    is_open = len(known) < len(ends)
    window = Span(min(starts), max(min(starts), now if is_open else max(known)))
    reason = str(Told("应录 {}。", (window,)))
    pieces = tuple(_pieces(kinds, activity, window, duty))
    return Timeline(window, pieces, duty, is_open=is_open, reason=reason, cite=cite)


def _pieces(kinds: list[StartStop], activity: ActivityFacts, window: Span, duty: Duty | None) -> list[Piece]:
    """Excepted or explained is only what every regulation in force accepts as such."""
    strict = reduce(StartStop.combine, kinds)
    recorded = _with_splits(strict, within(activity.recorded or (), window), window)
    excepted = (window,) if all(_is_excepted(kind, activity) for kind in kinds) else ()
    unexplained = [minus((window,), kind.explained(activity)) for kind in kinds]
    left = minus((window,), (*recorded, *excepted))
    explained = minus(left, (span for spans in unexplained for span in spans))
    is_asked = duty is Duty.MANDATORY_FULL or (duty is Duty.MANDATORY and not recorded)
    pieces = [
        *_all(recorded, State.RECORDED),
        *_all(minus(excepted, recorded), State.EXCEPTED),
        *_stops(explained, State.EXPLAINED, activity),
        *_stops(minus(left, explained), State.MISSING if is_asked else State.NOT_ASKED, activity),
    ]
    return sorted(pieces, key=lambda piece: piece.span)


def _with_splits(kind: StartStop, recorded: tuple[Span, ...], window: Span) -> tuple[Span, ...]:
    """What was recorded, with the gaps the tolerances forgive joined to it."""
    if not recorded:
        return ()
    forgiven = minus(minus((window,), recorded), kind.uncovered(window, recorded))
    return union((*recorded, *forgiven))


def _is_excepted(kind: StartStop, activity: ActivityFacts) -> bool:
    return kind.skip is not None and kind.skip.standing(activity) is Standing.ADMITTED


def _all(spans: Iterable[Span], state: State) -> Iterator[Piece]:
    return (Piece(span, state) for span in spans)


def _stops(spans: Iterable[Span], state: State, activity: ActivityFacts) -> Iterator[Piece]:
    """Stretches nobody recorded, cut where an interruption begins or ends, each with what was entered about it."""
    spans = tuple(spans)
    stops = activity.interruptions or ()
    for stop in stops:
        for span in within(spans, stop.span):
            yield Piece(span, state, _about(stop))
    yield from _all(minus(spans, (stop.span for stop in stops)), state)


def _about(stop: InterruptionFacts) -> str:
    return CAUSES[stop.cause] if stop.cause else "未登记原因"
