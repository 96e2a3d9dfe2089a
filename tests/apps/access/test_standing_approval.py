"""Z5: whatever people do, nobody looks at anything without a right or a live approval for that person and that thing.

A walk of random steps over a model that knows nothing of the rooms: who asked, who answered, until when it holds. `STEPS` says how many,
`SEED` from where.
"""

import os
import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
from tests.apps.steps import received
from tests.cast import Cast, as_actor

from liuhen.apps.access.actions import LASTS, view_recording
from liuhen.apps.access.queries import PLAY, grant_for, open_viewing
from liuhen.apps.approval.actions import ChainStep, decide, request_approval, withdraw
from liuhen.apps.approval.models import Request
from liuhen.apps.registry import actions as registry
from liuhen.apps.registry.models import Officer, RoleAssignment
from liuhen.interfaces.office import Office
from liuhen.kernel.actors import OPERATOR
from liuhen.kernel.errors import Refused

SEED = int(os.environ.get("SEED", "20261128"))
STEPS = int(os.environ.get("STEPS", "300"))
HOLDS = timedelta(days=3)
CHAIN = [ChainStep("unit_head", "队长", ""), ChainStep("legal_reviewer", "法制", "")]


@dataclass
class Asked:
    """What the model knows of one request: whose, about what, who said yes, and how it ended."""

    row: Request
    by: Officer
    about: int
    agreed: list[Officer]
    state: str = "pending"
    closed: datetime | None = None


class Walk:
    """One house, its people and three recordings; each step is somebody's."""

    def __init__(self, cast: Cast, office: Office, noon: datetime) -> None:
        self.cast, self.at, self.draw = cast, noon, random.Random(SEED)
        self.people = [cast.li, cast.wang, cast.zhang, cast.chen, cast.zhao, cast.zhou, cast.sun]
        self.things = [
            received(cast, office, bytes([n]), at=noon, device_serial=cast.camera.serial) for n in range(3)
        ]
        self.asked: list[Asked] = []
        self.looks: list[tuple[Any, Officer, int, datetime, Asked | None]] = []
        self.done: dict[str, int] = {}

    def step(self) -> None:
        kinds = [
            self.ask,
            self.answer,
            self.take_back,
            self.look,
            self.look_on,
            self.change_office,
            self.wait,
        ]
        kind = self.draw.choices(kinds, weights=[4, 8, 1, 6, 6, 1, 1])[0]
        outcome = kind()
        self.done[f"{kind.__name__} {outcome}"] = self.done.get(f"{kind.__name__} {outcome}", 0) + 1

    def ask(self) -> str:
        who, n = self.draw.choice(self.people), self.draw.randrange(3)
        wanted = self.draw.choice(self.people) if self.draw.random() < 0.2 else who
        try:
            row = request_approval(
                self.things[n], by=as_actor(who), requester=wanted, unit=self.cast.team, purpose=PLAY, reason="x", chain=CHAIN, at=self.at
            )  # fmt: skip
        except Refused:
            return "refused"
        assert wanted == who, "nobody asks in another's name"
        assert who != self.cast.sun
        self.asked.append(Asked(row, who, n, []))
        return "done"

    def answer(self) -> str:
        if not self.asked:
            return "nothing"
        one, who = self.draw.choice(self.asked[-12:]), self.draw.choice(self.people)
        if one.state == "pending" and self.draw.random() < 0.5:  # Half of them go the way they should.
            who = (self.cast.zhang, self.cast.chen)[len(one.agreed)]
        agree = self.draw.random() < 0.8
        role = CHAIN[len(one.agreed)].role if one.state == "pending" else ""
        may = bool(role) and who != one.by and who not in one.agreed and self.holds(who, role)
        try:
            decide(
                Request.objects.get(pk=one.row.pk),
                by=as_actor(who),
                officer=who,
                agree=agree,
                reason="x",
                at=self.at,
            )
        except Refused:
            assert not may, "whoever is due may"
            return "refused"
        assert may, f"{who.name} answered {one.row.number}"
        if agree:
            one.agreed.append(who)
        if not agree or len(one.agreed) == len(CHAIN):
            one.state, one.closed = ("approved" if agree else "returned"), self.at
        return one.state

    def take_back(self) -> str:
        if not self.asked:
            return "nothing"
        one, who = self.draw.choice(self.asked[-12:]), self.draw.choice(self.people)
        try:
            withdraw(Request.objects.get(pk=one.row.pk), by=as_actor(who), at=self.at)
        except Refused:
            return "refused"
        assert (who, one.state) == (one.by, "pending")
        one.state, one.closed = "withdrawn", self.at
        return "done"

    def look(self) -> str:
        who, n = self.draw.choice(self.people), self.draw.randrange(3)
        given = [one for one in self.asked if one.state == "approved"][-4:]
        if given and self.draw.random() < 0.4:
            chosen = self.draw.choice(given)
            who, n = chosen.by, chosen.about
        thing = self.things[n]
        live = self.live(who, n)
        by_right = self.by_right(who)
        try:
            row = view_recording(
                thing, by=as_actor(who), officer=who, at=self.at, grant=grant_for(thing, by=as_actor(who))
            )
        except Refused:
            assert not by_right
            assert live is None, f"{who.name} has a live approval and was refused"
            return "refused"
        assert by_right or live is not None, f"{who.name} looked without right or approval (SEED={SEED})"
        self.looks.append((row.pk, who, n, self.at, None if by_right else live))
        return "by right" if by_right else "by approval"

    def look_on(self) -> str:
        """A range of a look that was opened, by its owner or by somebody else."""
        if not self.looks:
            return "nothing"
        key, owner, _n, begun, rests_on = self.draw.choice(self.looks[-20:])
        who = owner if self.draw.random() < 0.7 else self.draw.choice(self.people)
        found = open_viewing(key, by=as_actor(who), at=self.at)
        stands = (
            rests_on is not None
            and rests_on.closed is not None
            and self.at < rests_on.closed + HOLDS
            and self.is_on_duty(who)
        )
        may = who == owner and self.at < begun + LASTS and (stands if rests_on else self.by_right(who))
        if found is not None:
            assert may, f"{who.name} goes on looking (SEED={SEED})"
            return "shown"
        return "refused"

    def change_office(self) -> str:
        """A head loses his office or has it back: what rested on it ends with the next question."""
        zhang = self.cast.zhang
        posts = RoleAssignment.objects.filter(officer=zhang, role="unit_head", until__isnull=True)
        if posts:
            registry.end_role(posts[0], by=OPERATOR, at=self.at)
            return "ended"
        registry.appoint(zhang, by=OPERATOR, role="unit_head", unit=self.cast.team, since=self.at, at=self.at)
        return "back"

    def wait(self) -> str:
        self.at += timedelta(minutes=self.draw.choice([1, 30, 300, 2000]))
        return "done"

    def holds(self, who: Officer, role: str) -> bool:
        held = RoleAssignment.objects.filter(officer=who, role=role, until__isnull=True)
        return any(self.cast.team.path.startswith(one.unit.path) for one in held.select_related("unit"))

    def is_on_duty(self, who: Officer) -> bool:
        return RoleAssignment.objects.filter(officer=who, until__isnull=True).exists()

    def by_right(self, who: Officer) -> bool:
        """李 made the films; the head and the keeper of the team answer for them."""
        return (
            who == self.cast.li
            or self.holds(who, "unit_head")
            or (self.holds(who, "custodian") and who == self.cast.zhao)
        )

    def live(self, who: Officer, n: int) -> Asked | None:
        """The newest approval decides; an earlier one that still stands does as well."""
        for one in reversed(self.asked):
            if (
                (one.by, one.about, one.state) == (who, n, "approved")
                and one.closed
                and self.at < one.closed + HOLDS
            ):
                return one
        return None


@pytest.mark.timeout(7200)
def test_nobody_looks_without_a_right_or_an_approval_that_stands(
    cast: Cast, office: Office, noon: datetime
) -> None:
    walk = Walk(cast, office, noon)
    for _ in range(STEPS):
        walk.step()
    for needed in (
        "look by right",
        "look by approval",
        "look refused",
        "look_on shown",
        "look_on refused",
        "answer approved",
        "answer refused",
    ):
        assert walk.done.get(needed), (needed, walk.done)
