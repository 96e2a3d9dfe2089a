"""Random histories of recordings, links, cases, holds, laws and disposal lists, beside a model that counts by itself.

Everything is done through the actions and jobs of the house, in any order, with jobs that wait, a witness that lags behind and a
process that dies between two calls of the vault. After every step it is asked: was something moved out or destroyed that the oracle
of `lawful` still keeps, is a hold lost, did a term become shorter by itself, is a file gone without its tombstone.
"""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from django.db import transaction
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from tests.apps.retention import lawful
from tests.apps.retention.house import DAY, House
from tests.apps.steps import opened_case, received, with_times
from tests.cast import as_actor
from tests.civil_code import may_go_from

from liuhen.apps.approval.actions import decide
from liuhen.apps.approval.models import Request
from liuhen.apps.casework.actions import Plan, link_recording, note_activity, plan_activity
from liuhen.apps.casework.linking import UNLINK, ask_to_unlink, link_to_case
from liuhen.apps.casework.models import Case, CaseLink, Link
from liuhen.apps.casework.stages import move_case
from liuhen.apps.evidence import actions as evidence
from liuhen.apps.evidence.models import Recording, Tombstone
from liuhen.apps.evidence.queries import gone
from liuhen.apps.journal.jobs import LEASE, run_next
from liuhen.apps.journal.models import Line
from liuhen.apps.retention import disposal, emptying
from liuhen.apps.retention.holds import RELEASE, Grounds, ask_for_release, holds_on, place_hold
from liuhen.apps.retention.models import DisposalCertificate, DisposalItem, DisposalList, Hold, KeepingPeriod
from liuhen.apps.retention.shortening import SHORTEN_ONE, decide_keeping, propose_shortening
from liuhen.engines.vault import Vault
from liuhen.kernel.actors import SYSTEM
from liuhen.kernel.errors import Refused, Unavailable
from liuhen.server import works

_TYPES = ("daily_inspection", "case_handling", "other", "simple_disposal")
_FLAGS = ("obstruction", "major", "complex", "sensitive")
_KINDS = (
    "recording.judge",
    "activity.judge",
    "case.judge",
    "approval.closed",
    "disposal.execute",
    "disposal.finish",
)
_WAY = ("investigation", "review", "service", "concluded")
_HOUR = timedelta(hours=1)
_MOST = 4
some = st.integers(0, 3)


class Died(BaseException):
    """The process ended here."""


class Dying:
    """A vault whose process dies before one of the calls that change it."""

    def __init__(self, vault: Vault, calls: list[int]) -> None:
        self._vault, self._calls = vault, calls

    def __getattr__(self, name: str) -> Any:
        really = getattr(self._vault, name)
        if name not in ("set_aside", "put_back", "condemn", "destroy"):
            return really

        def call(*given: Any, **named: Any) -> Any:
            self._calls[0] -= 1
            if self._calls[0] == 0:
                raise Died
            return really(*given, **named)

        return call


class Office:
    """What all histories share: the house, its laws of keeping alone, its clock, and what became of the things it did."""

    def __init__(
        self, house: House, laws: dict[str, Any], patch: Callable[[object, str, object], None]
    ) -> None:
        self.house, self.laws, self.at = house, laws, house.noon
        self.law, self.lag, self.calls = "nandagang", timedelta(), [0]
        self.wrong: list[BaseException] = []
        self.told = {"destroyed": 0, "dropped": 0, "back": 0, "died": 0}
        patch("liuhen.apps.journal.actions", "now", lambda: self.at)
        patch("liuhen.server.works", "now", lambda: self.at)
        patch("liuhen.server.works", "_law", lambda _office, _agency: self.laws[self.law])
        patch("liuhen.server.works", "stores_of", self._stores)
        table = works.works(house.office)
        self.table = {kind: partial(self._work, table[kind]) for kind in _KINDS}

    def _stores(self, *_: object, **__: object) -> emptying.Stores:
        return emptying.Stores(
            Dying(self.house.office.vault, self.calls), self.house.office.copies, self.judged_by, "root"
        )  # type: ignore[arg-type]

    @property
    def trusted(self) -> datetime:
        return self.at - self.lag

    @property
    def judged_by(self) -> datetime:
        """By which time the house carries a disposal on."""
        return self.trusted

    def _work(self, work: Callable[[UUID], None], key: UUID) -> None:
        try:
            work(key)
        except Unavailable:
            raise
        except Exception as error:
            self.wrong.append(error)
            raise


def machine_of(office: Office) -> type[RuleBasedStateMachine]:  # noqa: C901  one class whose rules share a house
    house, cast = office.house, office.house.cast

    class Histories(RuleBasedStateMachine):
        """The model: recordings, activities and cases as `lawful` knows them, holds that stand, terms that were promised."""

        @initialize(law=st.sampled_from(sorted(office.laws)), age=st.sampled_from([0, 200, 200, 800, 800]))
        def begin(self, law: str, age: int) -> None:
            """Two recordings; of most histories they are old enough to go, as far as the ordinary term says."""
            self.block = transaction.atomic()
            self.block._from_testcase = True  # type: ignore[attr-defined]  # Acts may open their own within it.
            self.block.__enter__()
            office.at, office.law, office.lag, office.calls[0] = house.noon, law, timedelta(), 0
            self.rows, self.model = list[Recording](), list[lawful.Footage]()
            self.things, self.twins = list[Any](), list[Any]()
            self.holds = dict[UUID, object]()
            self.promised = dict[UUID, tuple[int, datetime | None]]()
            self.out, self.round_due = set[UUID](), False
            self.take_in(0)
            self.take_in(1)
            self.time_goes_on(age, 0)
            self.work(8, 0)

        def teardown(self) -> None:
            if hasattr(self, "block"):
                try:
                    if not office.wrong:
                        self.come_to_an_end()
                finally:
                    transaction.set_rollback(True)
                    self.block.__exit__(None, None, None)

        # ── what people do ─────────────────────────────────────

        @precondition(lambda self: len(self.rows) < _MOST)
        @rule(hours=some)
        def take_in(self, hours: int) -> None:
            ended = office.at - (1 + hours) * _HOUR
            content = f"{len(self.rows)} {office.at} {Line.objects.count()}".encode()
            row = received(cast, house.office, content, at=office.at)
            evidence.note_verified(row, by=SYSTEM, vault=house.office.vault)
            with_times(row, ended - _HOUR, ended)
            self.rows.append(row)
            self.model.append(lawful.Footage(ended))

        @precondition(lambda self: len(self.things) < _MOST)
        @rule(kind=some, flags=st.sets(st.sampled_from(_FLAGS), max_size=1), within=st.booleans())
        def begin_activity(self, kind: int, flags: set[str], within: bool) -> None:
            cases = [n for n, one in enumerate(self.twins) if isinstance(one, lawful.Case)]
            case = cases[0] if within and cases else None
            plan = Plan(
                activity_type=_TYPES[kind], subject="检查", place_text="清河路 12 号", planned_at=office.at, officers=(cast.li,),
                case=None if case is None else self.things[case], flags=sorted(flags),
            )  # fmt: skip
            row = plan_activity(
                cast.team, by=as_actor(cast.li), plan=plan, law=office.laws["baimiaozi"], at=office.at
            )
            self._add(row, lawful.Activity(_TYPES[kind], flags, None if case is None else self.twins[case]))

        @precondition(lambda self: len(self.things) < _MOST)
        @rule()
        def begin_case(self) -> None:
            self._add(opened_case(cast, at=office.at), lawful.Case())

        def _add(self, row: Any, twin: object) -> None:
            self.things.append(row)
            self.twins.append(twin)

        @precondition(lambda self: self.things)
        @rule(which=some, thing=some, is_evidence=st.booleans())
        def link(self, which: int, thing: int, is_evidence: bool) -> None:
            row, one = self._recording(which)
            thing %= len(self.things)
            target, twin = self.things[thing], self.twins[thing]
            with suppress(Refused):
                if isinstance(target, Case):
                    link_to_case(
                        target,
                        by=as_actor(cast.li),
                        recording=row,
                        reasons=[],
                        at=office.at,
                        is_evidence=is_evidence,
                    )
                else:
                    link_recording(
                        target,
                        by=as_actor(cast.li),
                        recording=row,
                        reasons=[],
                        at=office.at,
                        is_evidence=is_evidence,
                    )
                one.links[twin] = is_evidence
                one.ever.add(twin)

        @precondition(lambda self: any(one.links for one in self.model))
        @rule(which=some)
        def ask_to_unlink_one(self, which: int) -> None:
            row, _ = self._recording(which)
            found = [
                *Link.objects.filter(recording=row, unlinking=None),
                *CaseLink.objects.filter(recording=row, unlinking=None),
            ]
            with suppress(Refused):
                if found:
                    ask_to_unlink(
                        found[0],
                        by=as_actor(cast.li),
                        requester=cast.li,
                        reason="误关联",
                        law=None,
                        at=office.at,
                    )

        @precondition(lambda self: self.things)
        @rule(thing=some, flags=st.sets(st.sampled_from(_FLAGS), max_size=2))
        def note_flags(self, thing: int, flags: set[str]) -> None:
            thing %= len(self.things)
            if isinstance(self.twins[thing], lawful.Activity):
                note_activity(self.things[thing], by=as_actor(cast.li), at=office.at, flags=sorted(flags))
                self.twins[thing].flags = flags

        @precondition(lambda self: self.things)
        @rule(thing=some)
        def conclude(self, thing: int) -> None:
            thing %= len(self.things)
            if isinstance(self.twins[thing], lawful.Case) and self.twins[thing].closed is None:
                for stage in _WAY:
                    move_case(
                        self.things[thing], by=as_actor(cast.li), to=stage, note="", law=None, at=office.at
                    )
                self.twins[thing].closed = office.at

        @rule(which=some, hours=st.integers(-2000, 2000))
        def find_another_time(self, which: int, hours: int) -> None:
            """Another inspection believes another clock."""
            row, one = self._recording(which)
            one.ended = min(one.ended + hours * _HOUR, office.at)
            with_times(row, one.ended - _HOUR, one.ended)

        @rule(which=some, thing=st.integers(0, 7))
        def hold(self, which: int, thing: int) -> None:
            subject, twin = self._recording(which)
            if thing < len(self.things):
                subject, twin = self.things[thing], self.twins[thing]
            made = place_hold(
                subject,
                Grounds("litigation", "1", "法院", "起诉"),
                by=as_actor(cast.chen),
                officer=cast.chen,
                at=office.at,
            )
            self.holds[made.pk] = twin

        @precondition(lambda self: self.holds)
        @rule(which=some)
        def ask_to_release(self, which: int) -> None:
            key = list(self.holds)[which % len(self.holds)]
            with suppress(Refused):
                ask_for_release(
                    Hold.objects.get(pk=key),
                    by=as_actor(cast.chen),
                    officer=cast.chen,
                    reason="撤诉",
                    at=office.at,
                )

        @rule(which=some, days=st.integers(1, 900))
        def decide_term(self, which: int, days: int) -> None:
            row, one = self._recording(which)
            with suppress(Refused):
                until = office.at + days * DAY
                decide_keeping(
                    row, by=as_actor(cast.zhang), officer=cast.zhang, until=until, reason="x", at=office.at
                )
                one.decided = max(until, one.decided or until)

        @rule(which=some)
        def propose_shorter(self, which: int) -> None:
            with suppress(Refused):
                propose_shortening(
                    self._recording(which)[0],
                    by=as_actor(cast.chen),
                    officer=cast.chen,
                    reason="误标",
                    at=office.at,
                )

        @rule(law=st.sampled_from(sorted(office.laws)))
        def change_law(self, law: str) -> None:
            office.law, self.round_due = law, law != office.law or self.round_due

        @precondition(lambda self: self.round_due)
        @rule()
        def judge_everything_again(self) -> None:
            works.derive_anew(house.office, Recording.objects.filter(pk__in=[row.pk for row in self.rows]))
            self.round_due = False

        @rule(agree=st.sampled_from([True, True, True, False]))
        def decide_everything(self, agree: bool) -> None:
            for key in Request.objects.filter(state=Request.State.PENDING).order_by("made_at", "number"):
                for who in (cast.zhang, cast.chen, house.tan, house.liu):
                    with suppress(Refused):
                        request = Request.objects.get(pk=key.pk)
                        decide(request, by=as_actor(who), officer=who, agree=agree, reason="x", at=office.at)

        # ── disposal ───────────────────────────────────────────

        @rule()
        def draw(self) -> None:
            house.noon = office.at
            with suppress(Refused):
                disposal.draw_list(
                    by=as_actor(house.he),
                    officer=house.he,
                    cutoff=office.trusted,
                    reason="期满",
                    trusted=office.trusted,
                    at=office.at,
                )

        @rule(agrees=st.sampled_from([True, True, True, False]))
        def go_on_with_lists(self, agrees: bool) -> None:
            """Whoever has a part in the newest list does it, where it is his turn."""
            for row in DisposalList.objects.order_by("number"):
                with suppress(Refused):
                    disposal.stand_by(row, by=as_actor(house.he), officer=house.he, outside="", at=office.at)
                with suppress(Refused):
                    disposal.stand_by(
                        disposal.disposal(row.pk) or row,
                        by=as_actor(cast.zhang),
                        officer=cast.zhang,
                        outside="",
                        at=office.at,
                    )
                with suppress(Refused):
                    disposal.check_sample(
                        row, by=as_actor(cast.zhou), officer=cast.zhou, agrees=agrees, note="x", at=office.at
                    )

        @rule(really=st.sampled_from([True, False, False]))
        def call_off(self, really: bool) -> None:
            row = DisposalList.objects.order_by("-number").first()
            if row is not None and really:
                with suppress(Refused):
                    disposal.call_off(row, by=as_actor(house.tan), reason="x", at=office.at)

        @rule(
            stages=st.integers(2, 9), days=st.sampled_from([8, 8, 8, 1]), dies=st.sampled_from([0, 0, 1, 2])
        )
        def carry_a_list(self, stages: int, days: int, dies: int) -> None:
            """Step by step, as an office does it that is not in anybody's way; it may stop anywhere."""
            way: list[Callable[[], object]] = [
                self.draw, lambda: self.decide_everything(agree=True), lambda: self.work(12, 0), lambda: self.go_on_with_lists(agrees=True),
                lambda: self.work(12, dies), lambda: self.go_on_with_lists(agrees=True), lambda: self.time_goes_on(days, 0),
                lambda: self.work(12, dies), lambda: self.work(12, 0),
            ]  # fmt: skip
            for step in way[:stages]:
                step()

        # ── time and work ──────────────────────────────────────

        @rule(days=st.sampled_from([0, 1, 8, 8, 31, 92, 185, 800]), lag=st.sampled_from([0, 0, 0, 2, 20]))
        def time_goes_on(self, days: int, lag: int) -> None:
            """The witness lags behind by so many days; its time never goes back."""
            trusted = office.trusted
            office.at += days * DAY + LEASE + _HOUR
            office.lag = min(lag * DAY, office.at - trusted)
            for row in disposal.overdue_lists(at=office.at):
                disposal.resume(row, at=office.at)

        @rule(jobs=st.integers(1, 12), dies=st.sampled_from([0, 0, 0, 1, 2, 3]))
        def work(self, jobs: int, dies: int) -> None:
            """So many jobs are done; at a call of the vault the worker may die."""
            office.calls[0] = dies
            for _ in range(jobs):
                if not self._one_job():
                    break
            office.calls[0] = 0

        def _one_job(self) -> bool:
            try:
                went_on = run_next(office.table, clock=lambda: office.at)
            except Died:
                office.told["died"] += 1
                went_on = False
            self._note_what_was_decided()
            self._look_at_what_went()
            self._look_at_terms()
            return went_on

        def _note_what_was_decided(self) -> None:
            """What two people decided and the worker has carried out, as the model has it: links taken back, holds ended."""
            for key in [
                key for key in self.holds if Hold.objects.filter(pk=key, release__isnull=False).exists()
            ]:
                asked = Request.objects.filter(purpose=RELEASE, subject=key, state=Request.State.APPROVED)
                assert asked.exists(), "a hold ended without its own approval"
                del self.holds[key]
            for row, one in zip(self.rows, self.model, strict=True):
                for twin in list(one.links):
                    if not self._is_linked(row, self.things[self.twins.index(twin)]):
                        assert Request.objects.filter(purpose=UNLINK, state=Request.State.APPROVED).exists()
                        del one.links[twin]

        def _is_linked(self, row: Recording, thing: Any) -> bool:
            rows = (
                CaseLink.objects.filter(case=thing)
                if isinstance(thing, Case)
                else Link.objects.filter(activity=thing)
            )
            return rows.filter(recording=row, unlinking=None).exists()

        def _look_at_what_went(self) -> None:
            stones = {stone.recording_id: stone for stone in gone()}
            for row, one in zip(self.rows, self.model, strict=True):
                stone = stones.get(row.pk)
                step = None if stone is None else "destroyed" if stone.destroyed_at else "aside"
                if step is not None and (row.pk, step) not in self.out:
                    self._may_go(row, one)
                    office.told["destroyed"] += step == "destroyed"
                self.out = {one for one in self.out if one[0] != row.pk} | (
                    {(row.pk, step)} if step else set()
                )  # type: ignore[index,assignment]

        def _may_go(self, row: Recording, one: lawful.Footage) -> None:
            rank, end = lawful.term_of(one, office.law, is_held=self._is_held(one))
            assert rank == "until", f"{row.number} went, and the law says {rank}"
            assert end is not None
            assert may_go_from(end) <= office.trusted, f"{row.number} went before its term was over: {end}"
            promised = self.promised[row.pk]
            assert promised[0] == 0, f"{row.number} went, and {lawful.RANKS[promised[0]]} was promised"
            assert promised[1] is not None
            assert may_go_from(promised[1]) <= office.trusted, (
                f"{row.number} went before what was promised: {promised[1]}"
            )

        def _is_held(self, one: lawful.Footage) -> bool:
            through = {twin.case for twin in one.ever if isinstance(twin, lawful.Activity) and twin.case}
            return any(twin is one or twin in one.ever or twin in through for twin in self.holds.values())

        def _look_at_terms(self) -> None:
            """What was promised binds until two people shorten it."""
            for held in KeepingPeriod.objects.filter(recording__in=self.rows):
                if held.promised_rank not in ("until", "long_term", "permanent"):
                    continue
                told = (lawful.RANKS.index(held.promised_rank), held.promised_until)
                before = self.promised.get(held.recording_id, told)
                if told[0] < before[0] or (told[0] == before[0] == 0 and told[1] < before[1]):  # type: ignore[operator]
                    by_two = Request.objects.filter(
                        purpose=SHORTEN_ONE, state=Request.State.APPROVED, opinions__isnull=False
                    )
                    assert by_two.exists(), f"a term became shorter by itself: {before} {told}"
                    assert before[0] != lawful.RANKS.index("permanent"), "what was permanent was shortened"
                self.promised[held.recording_id] = told

        def _recording(self, which: int) -> tuple[Recording, lawful.Footage]:
            which %= len(self.rows)
            return self.rows[which], self.model[which]

        # ── what holds always ──────────────────────────────────

        @invariant()
        def nothing_is_lost(self) -> None:
            if not hasattr(self, "rows"):
                return
            assert not office.wrong, office.wrong[0]
            held = holds_on(row.pk for row in self.rows)
            aside = {digest.sha256 for digest in house.office.vault.aside()}
            destroyed = set(
                Tombstone.objects.filter(destroyed_at__isnull=False).values_list("recording", flat=True)
            )
            for row, one in zip(self.rows, self.model, strict=True):
                assert bool(held.get(row.pk)) == self._is_held(one), (
                    f"the holds on {row.number} are not those that were placed"
                )
                assert row.pk in destroyed or row.sha256 in aside or house.office.vault.holds(row.digest), (
                    f"{row.number} is gone"
                )

        def come_to_an_end(self) -> None:
            """All work is done: every term is what the oracle says, and every list that came to its end has its certificate."""
            for _ in range(3):
                self.time_goes_on(40, 0)
                for _ in range(60):
                    if not self._one_job():
                        break
            if self.round_due:
                self.judge_everything_again()
            self.nothing_is_lost()
            for row, one in zip(self.rows, self.model, strict=True):
                self._look_at_term(row, one)
            for listed in DisposalList.objects.filter(state="done"):
                assert DisposalCertificate.objects.filter(disposal=listed).count() == 1
            items = DisposalItem.objects.values_list("outcome", flat=True)
            office.told["dropped"] += sum(one == "out" for one in items)
            office.told["back"] += sum(one == "back" for one in items)

        def _look_at_term(self, row: Recording, one: lawful.Footage) -> None:
            held = KeepingPeriod.objects.get(recording=row)
            rank, end = lawful.term_of(one, office.law, is_held=self._is_held(one))
            if rank in ("held", "undecided"):
                assert held.rank == rank, (row.number, held.rank, rank)
                return
            told, wanted = lawful.RANKS.index(held.rank), lawful.RANKS.index(rank)
            assert told >= wanted, (row.number, held.rank, rank)
            if told == wanted == 0:
                assert held.until is not None
                assert end is not None
                assert held.until >= end, (row.number, held.until, end)

    return Histories
