"""A look at footage: by right or by grant, on one person, for some hours, asked again on every range."""

from datetime import datetime, timedelta

import pytest
from tests.apps.steps import HOUR, last_line, received, refused
from tests.cast import Cast, as_actor

from liuhen.apps.access.actions import LASTS, glimpse_recording, view_recording
from liuhen.apps.access.models import Glimpse, Viewing
from liuhen.apps.access.queries import PLAY, grant_for, open_viewing
from liuhen.apps.approval.actions import ChainStep, decide, request_approval
from liuhen.apps.evidence.models import Recording
from liuhen.apps.registry import actions as registry
from liuhen.interfaces.office import Office
from liuhen.kernel.actors import OPERATOR

DAY = timedelta(days=1)


@pytest.fixture
def recording(cast: Cast, office: Office, noon: datetime) -> Recording:
    return received(cast, office, at=noon, device_serial=cast.camera.serial)


def test_look_has_its_line_before_anything_plays(cast: Cast, recording: Recording, noon: datetime) -> None:
    viewing = view_recording(recording, by=as_actor(cast.li), officer=cast.li, at=noon)
    assert (last_line().verb, viewing.basis, viewing.closes_at) == (
        "recording.viewed",
        "本人职务",
        noon + LASTS,
    )
    assert open_viewing(viewing.pk, by=as_actor(cast.li), at=noon + HOUR) == viewing
    refused(
        lambda: view_recording(recording, by=as_actor(cast.wang), officer=cast.wang, at=noon), says="权限"
    )
    assert last_line().verb == "permission.refused"


def test_look_is_over_for_others_after_its_time_and_when_the_right_ends(
    cast: Cast, recording: Recording, noon: datetime
) -> None:
    viewing = view_recording(recording, by=as_actor(cast.zhang), officer=cast.zhang, at=noon)
    assert open_viewing(viewing.pk, by=as_actor(cast.zhang), at=noon) == viewing
    assert open_viewing(viewing.pk, by=as_actor(cast.li), at=noon) is None
    assert open_viewing(viewing.pk, by=as_actor(cast.zhang), at=noon + LASTS) is None
    registry.end_role(cast.zhang.roles.get(role="unit_head"), by=OPERATOR, at=noon + HOUR)
    assert open_viewing(viewing.pk, by=as_actor(cast.zhang), at=noon + HOUR) is None


def test_nobody_looks_in_anothers_name(cast: Cast, recording: Recording, noon: datetime) -> None:
    refused(
        lambda: view_recording(recording, by=as_actor(cast.li), officer=cast.zhang, at=noon), says="他人名义"
    )
    assert not Viewing.objects.exists()


def test_approved_request_opens_one_recording_for_one_person_for_three_days(
    cast: Cast, office: Office, recording: Recording, noon: datetime
) -> None:
    wang, by = cast.wang, as_actor(cast.wang)
    other = received(cast, office, b"other", at=noon, device_serial=cast.camera.serial)
    request = request_approval(
        recording, by=by, requester=wang, unit=cast.team, purpose=PLAY, reason="核对当事人陈述", at=noon,
        chain=[ChainStep("unit_head", "队长", "SUB-21.b")],
    )  # fmt: skip
    assert grant_for(recording, by=by) is None
    decide(request, by=as_actor(cast.zhang), officer=cast.zhang, agree=True, reason="", at=noon + HOUR)
    grant = grant_for(recording, by=by)
    assert grant is not None
    viewing = view_recording(recording, by=by, officer=wang, at=noon + 2 * HOUR, grant=grant)
    assert (viewing.basis, viewing.approval) == ("审批", request.number)
    assert f'"approval":"{request.number}"' in last_line().body
    assert open_viewing(viewing.pk, by=by, at=noon + 2 * HOUR) == viewing
    for wrong in (
        lambda: view_recording(other, by=by, officer=wang, at=noon + 2 * HOUR, grant=grant),
        lambda: view_recording(recording, by=by, officer=wang, at=noon, grant=grant),
        lambda: view_recording(recording, by=by, officer=wang, at=noon + HOUR + 3 * DAY, grant=grant),
        lambda: view_recording(
            recording, by=as_actor(cast.chen), officer=cast.chen, at=noon + 2 * HOUR, grant=grant
        ),
    ):
        refused(wrong, says="权限")
    assert grant_for(recording, by=as_actor(cast.chen)) is None


def test_look_by_grant_ends_with_the_grant(cast: Cast, recording: Recording, noon: datetime) -> None:
    wang, by = cast.wang, as_actor(cast.wang)
    request = request_approval(
        recording, by=by, requester=wang, unit=cast.team, purpose=PLAY, reason="核对", at=noon,
        chain=[ChainStep("unit_head", "队长", "SUB-21.b")],
    )  # fmt: skip
    decide(request, by=as_actor(cast.zhang), officer=cast.zhang, agree=True, reason="", at=noon)
    late = noon + 3 * DAY - HOUR
    viewing = view_recording(recording, by=by, officer=wang, at=late, grant=grant_for(recording, by=by))
    assert viewing.closes_at == noon + 3 * DAY


def test_first_glimpse_of_a_day_has_its_line_also_when_two_are_asked_at_once(
    cast: Cast, recording: Recording, noon: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    glimpse_recording(recording, by=as_actor(cast.li), at=noon)
    assert (last_line().verb, last_line().actor) == ("recording.glimpsed", cast.li.pk)
    first = last_line().number
    glimpse_recording(recording, by=as_actor(cast.li), at=noon + HOUR)
    with monkeypatch.context() as blind:  # The other request had not committed when this one looked.
        blind.setattr("django.db.models.query.QuerySet.exists", lambda _self: False)
        glimpse_recording(recording, by=as_actor(cast.li), at=noon + HOUR)
    assert last_line().number == first
    glimpse_recording(recording, by=as_actor(cast.li), at=noon + DAY)
    assert last_line().number == first + 1
    refused(lambda: glimpse_recording(recording, by=as_actor(cast.wang), at=noon), says="权限")
    assert Glimpse.objects.count() == 2
