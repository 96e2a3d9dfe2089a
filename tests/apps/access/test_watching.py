"""What was really watched: told by the player, bound to one look and its one permission, held to what can be."""

from datetime import datetime, timedelta

import pytest
from tests.apps.steps import HOUR, last_line, received, refused, with_times
from tests.cast import Cast, as_actor

from liuhen.apps.access.actions import LASTS, view_recording
from liuhen.apps.access.models import Watching
from liuhen.apps.access.queries import PLAY, grant_for, open_viewing
from liuhen.apps.access.watching import joined, note_watched, watched_by, watched_in
from liuhen.apps.approval.actions import ChainStep, decide, request_approval
from liuhen.apps.evidence.models import Recording
from liuhen.interfaces.office import Office

MINUTE = timedelta(minutes=1)


@pytest.fixture
def recording(cast: Cast, office: Office, noon: datetime) -> Recording:
    """A film of two minutes."""
    row = received(cast, office, at=noon, device_serial=cast.camera.serial)
    return with_times(row, noon - 2 * MINUTE, noon)


def test_every_second_that_ran_is_kept_once_with_its_line(
    cast: Cast, recording: Recording, noon: datetime
) -> None:
    by = as_actor(cast.li)
    look = view_recording(recording, by=by, officer=cast.li, at=noon)
    note_watched(look.pk, by=by, spans=[(10, 20), (0, 4)], is_sound_only=False, at=noon + MINUTE)
    assert last_line().verb == "recording.watched"
    note_watched(look.pk, by=by, spans=[(15, 30)], is_sound_only=False, at=noon + MINUTE)
    note_watched(look.pk, by=by, spans=[(100, 110)], is_sound_only=True, at=noon + MINUTE)
    found = watched_in(recording)[0]
    assert (found.viewing, found.seen, found.heard) == (look, ((0, 4), (10, 30)), ((100, 110),))
    assert watched_by([recording.pk], cast.li.pk) == {recording.pk: [(0, 4), (10, 30)]}
    assert watched_by([recording.pk], cast.zhang.pk) == {}


def test_nobody_tells_for_another_nor_after_his_look_is_over(
    cast: Cast, recording: Recording, noon: datetime
) -> None:
    by = as_actor(cast.li)
    look = view_recording(recording, by=by, officer=cast.li, at=noon)

    def told(who: object, at: datetime) -> object:
        return note_watched(look.pk, by=as_actor(who), spans=[(0, 1)], is_sound_only=False, at=at)  # type: ignore[arg-type]

    assert told(cast.zhang, noon) is None
    assert told(cast.li, noon + LASTS + 3 * MINUTE) is None
    assert told(cast.li, noon + LASTS + MINUTE) is not None
    assert Watching.objects.count() == 1


@pytest.mark.parametrize(
    ("spans", "says"),
    [([(0, 140)], "不在这份音像之内"), ([(5, 5)], "不在这份音像之内"), ([(0, 121)], "还长")],
)
def test_player_is_not_believed_what_cannot_be(
    spans: list[tuple[int, int]], says: str, cast: Cast, recording: Recording, noon: datetime
) -> None:
    by = as_actor(cast.li)
    look = view_recording(recording, by=by, officer=cast.li, at=noon)
    refused(lambda: note_watched(look.pk, by=by, spans=spans, is_sound_only=False, at=noon), says=says)
    assert not Watching.objects.exists()


def test_what_was_told_before_counts_against_the_time_there_was(
    cast: Cast, recording: Recording, noon: datetime
) -> None:
    by = as_actor(cast.li)
    look = view_recording(recording, by=by, officer=cast.li, at=noon)
    note_watched(look.pk, by=by, spans=[(0, 100)], is_sound_only=False, at=noon)
    refused(lambda: note_watched(look.pk, by=by, spans=[(0, 100)], is_sound_only=False, at=noon), says="还长")


def test_look_rests_on_the_one_approval_it_was_opened_on(
    cast: Cast, recording: Recording, noon: datetime
) -> None:
    wang, by = cast.wang, as_actor(cast.wang)

    def approved(at: datetime) -> None:
        request = request_approval(
            recording, by=by, requester=wang, unit=cast.team, purpose=PLAY, reason="核对", at=at,
            chain=[ChainStep("unit_head", "队长", "SUB-21.b")],
        )  # fmt: skip
        decide(request, by=as_actor(cast.zhang), officer=cast.zhang, agree=True, reason="", at=at)

    approved(noon)
    first = view_recording(recording, by=by, officer=wang, at=noon, grant=grant_for(recording, by=by))
    approved(noon + HOUR)
    second = view_recording(recording, by=by, officer=wang, at=noon + HOUR, grant=grant_for(recording, by=by))
    assert first.approval != second.approval
    assert (
        open_viewing(first.pk, by=by, at=noon + HOUR) == first
    )  # The newer one takes nothing from the older.
    assert open_viewing(second.pk, by=by, at=noon + HOUR) == second
    over = noon + LASTS
    assert open_viewing(first.pk, by=by, at=over) is None
    assert open_viewing(second.pk, by=by, at=over) == second


def test_stretches_are_joined_in_order() -> None:
    assert joined([(5, 7), (0, 2), (2, 3), (6, 9), (4, 4)]) == [(0, 3), (5, 9)]
