"""One function says who may: refused and allowed on the same set-up, and each refusal has its line."""

import json
from datetime import datetime, timedelta

import pytest
from tests.apps.steps import last_line, planned, received, refused
from tests.cast import LONG_AGO, Cast, as_actor

from liuhen.apps.casework.models import Activity
from liuhen.apps.evidence import queries as evidence
from liuhen.apps.journal.models import Line
from liuhen.apps.registry import actions
from liuhen.apps.registry.models import Officer, Unit
from liuhen.apps.registry.permission import Place, actions_of, allow, may, reach_of
from liuhen.apps.registry.policy import POLICY, ROLES, WITHOUT_OFFICER
from liuhen.interfaces.office import Office
from liuhen.kernel.actors import NOBODY, OPERATOR, SYSTEM, Actor
from liuhen.kernel.grants import Grant

STATION = Actor("station", NOBODY, "采集站 A-01")


def test_own_recording_plays_and_a_colleagues_does_not(cast: Cast, office: Office, noon: datetime) -> None:
    recording = received(cast, office, at=noon, by=as_actor(cast.li), device_serial=cast.camera.serial)
    before = Line.objects.count()
    allow(as_actor(cast.li), "recording.play", on=recording, at=noon)
    allow(as_actor(cast.zhang), "recording.play", on=recording, at=noon)
    assert Line.objects.count() == before
    refused(
        lambda: allow(as_actor(cast.wang), "recording.play", on=recording, at=noon), says="没有办理此事的权限"
    )
    line = last_line()
    told = json.loads(line.body)
    assert (line.verb, line.actor, line.agency) == ("permission.refused", cast.wang.pk, cast.agency.pk)
    assert told["facts"] == {"action": "recording.play", "thing": str(recording.pk)}


@pytest.mark.parametrize("action", sorted(POLICY))
def test_officer_of_another_agency_may_nothing_here(cast: Cast, noon: datetime, action: str) -> None:
    here = Place(cast.agency.pk, cast.team.path, frozenset({cast.sun.pk}), cast.camera.pk)
    assert not may(as_actor(cast.sun), action, on=here, at=noon)


def test_every_action_has_known_roles_and_reaches() -> None:
    for action, rule in POLICY.items():
        assert set(rule) <= set(ROLES), action
        assert set(rule.values()) <= {"own", "unit", "agency"}, action
        assert rule or action in WITHOUT_OFFICER["outside"], action


def test_unknown_action_is_refused_for_everybody(cast: Cast, noon: datetime) -> None:
    here = Place(cast.agency.pk, cast.team.path, frozenset({cast.zhang.pk}))
    for actor in (as_actor(cast.zhang), as_actor(cast.chen), OPERATOR, SYSTEM, STATION):
        assert not may(actor, "recording.delete", on=here, at=noon)


@pytest.mark.parametrize("kind", sorted(WITHOUT_OFFICER))
def test_machine_may_exactly_what_is_listed(cast: Cast, noon: datetime, kind: str) -> None:
    here, actor = Place(cast.agency.pk, cast.team.path), Actor(kind, NOBODY)  # type: ignore[arg-type]
    allowed = {action for action in {*POLICY, *WITHOUT_OFFICER[kind]} if may(actor, action, on=here, at=noon)}
    assert allowed == WITHOUT_OFFICER[kind]
    assert "recording.play" not in allowed
    told = evidence.Recording.objects.filter(reach_of(actor, "recording.list", at=noon))
    assert not told.exists()


# -- units -------------------------------------------------------------------------------------------------------


@pytest.fixture
def squads(cast: Cast) -> tuple[Unit, Unit]:
    """Two squads below the team, one with a code that begins like the other's."""
    one, two = (
        actions.add_unit(
            cast.agency, by=OPERATOR, name=code, code=code, function="case", parent=cast.team, at=LONG_AGO
        )
        for code in ("A", "A1")
    )
    return one, two


def test_head_reaches_the_units_below_and_not_beside(
    cast: Cast, squads: tuple[Unit, Unit], noon: datetime
) -> None:
    one, two = squads
    head = actions.add_officer(one, by=OPERATOR, person=actions.Person("何", "010098"), at=LONG_AGO)
    actions.appoint(head, by=OPERATOR, role="unit_head", unit=one, since=LONG_AGO, at=LONG_AGO)
    here, beside, above = (Place(cast.agency.pk, unit.path) for unit in (one, two, cast.team))
    assert may(as_actor(head), "recording.play", on=here, at=noon)
    assert not may(as_actor(head), "recording.play", on=beside, at=noon)
    assert not may(as_actor(head), "recording.play", on=above, at=noon)
    for place in (here, beside, above):
        assert may(as_actor(cast.zhang), "recording.play", on=place, at=noon)


def test_list_shows_what_allow_allows(
    cast: Cast, office: Office, squads: tuple[Unit, Unit], noon: datetime
) -> None:
    mine = received(cast, office, b"one", at=noon, device_serial=cast.camera.serial)
    below = received(cast, office, b"two", at=noon, unit=squads[0], by=STATION, device_serial=cast.spare.serial, officer_number="999999")  # fmt: skip
    foreign = received(cast, office, b"three", at=noon, unit=cast.sun.unit, by=as_actor(cast.sun))
    for officer in (cast.li, cast.wang, cast.zhang, cast.zhao, cast.chen, cast.zhou, cast.sun):
        seen = set(evidence.visible_to(as_actor(officer), at=noon))
        asked = {
            r
            for r in (mine, below, foreign)
            if may(as_actor(officer), "recording.list", on=r.place(), at=noon)
        }
        assert seen == asked
    assert set(evidence.visible_to(as_actor(cast.sun), at=noon)) == {foreign}
    assert set(evidence.visible_to(as_actor(cast.zhou), at=noon)) == {mine, below}


@pytest.mark.parametrize("action", ["activity.view", "activity.write", "recording.list", "recording.play"])
def test_filter_and_question_agree_for_everybody(cast: Cast, noon: datetime, action: str) -> None:
    activities = [planned(cast, cast.li, at=noon), planned(cast, cast.wang, at=noon)]
    for officer in (cast.li, cast.wang, cast.zhang, cast.zhao, cast.chen, cast.sun):
        seen = Activity.objects.filter(
            reach_of(as_actor(officer), action, at=noon, officers="members__officer")
        )
        asked = {a for a in activities if may(as_actor(officer), action, on=a.place(), at=noon)}
        assert set(seen) == asked


# -- dates -------------------------------------------------------------------------------------------------------


def test_role_works_from_its_date_to_its_end_and_not_a_moment_longer(cast: Cast, noon: datetime) -> None:
    here, by = Place(cast.agency.pk, cast.team.path), as_actor(cast.wang)
    assert not may(by, "device.keep", on=here, at=noon)
    post = actions.appoint(cast.wang, by=OPERATOR, role="device_keeper", unit=cast.team, since=noon, at=noon)
    moment = timedelta(microseconds=1)
    assert not may(by, "device.keep", on=here, at=noon - moment)
    assert may(by, "device.keep", on=here, at=noon)
    actions.end_role(post, by=OPERATOR, at=noon + timedelta(hours=1))
    assert may(by, "device.keep", on=here, at=noon + timedelta(hours=1) - moment)
    assert not may(by, "device.keep", on=here, at=noon + timedelta(hours=1))


@pytest.mark.parametrize("state", [Officer.State.SUSPENDED, Officer.State.LEFT])
def test_suspended_officer_may_nothing_at_once(cast: Cast, noon: datetime, state: str) -> None:
    assert "recording.play" in actions_of(as_actor(cast.zhang), at=noon)
    Officer.objects.filter(pk=cast.zhang.pk).update(state=state)
    assert actions_of(as_actor(cast.zhang), at=noon) == frozenset()


def test_grant_opens_what_the_role_does_not_and_only_that(cast: Cast, office: Office, noon: datetime) -> None:
    recording = received(cast, office, at=noon, device_serial=cast.camera.serial)
    by, hour = as_actor(cast.chen), timedelta(hours=1)
    grant = Grant(cast.chen.pk, "recording.play", frozenset({recording.pk}), noon, noon + hour, "BMZ-审批-1")
    refused(lambda: allow(by, "recording.play", on=recording, at=noon), says="权限")
    allow(by, "recording.play", on=recording, at=noon, grant=grant)
    for wrong in (
        lambda: allow(by, "recording.play", on=recording, at=noon + hour, grant=grant),
        lambda: allow(as_actor(cast.wang), "recording.play", on=recording, at=noon, grant=grant),
        lambda: allow(by, "recording.annotate", on=recording, at=noon, grant=grant),
        lambda: allow(by, "recording.play", on=Place(cast.agency.pk, cast.team.path), at=noon, grant=grant),
    ):
        refused(wrong, says="权限")
