"""Much at once: who looks at more in a day than the limit is told of once a multiple, and the security administrator asks."""

from datetime import datetime, timedelta

import pytest
from tests.apps.steps import last_line, received, refused
from tests.cast import Cast, as_actor

from liuhen.apps.access.actions import view_recording
from liuhen.apps.access.bulk import answer_notice, notice_bulk, notices_visible_to, taken_by
from liuhen.apps.access.limits import BulkLimit
from liuhen.apps.access.models import BulkNotice
from liuhen.apps.evidence.models import Recording
from liuhen.apps.registry import actions as registry
from liuhen.apps.registry.models import Officer
from liuhen.interfaces.office import Office
from liuhen.kernel.actors import OPERATOR

DAY = timedelta(days=1)
THREE = BulkLimit(count=3, size=0)


@pytest.fixture
def recordings(cast: Cast, office: Office, noon: datetime) -> list[Recording]:
    return [
        received(cast, office, bytes([n]) * 10, at=noon, device_serial=cast.camera.serial) for n in range(6)
    ]


@pytest.fixture
def sec(cast: Cast, noon: datetime) -> Officer:
    who = registry.add_officer(cast.team, by=OPERATOR, person=registry.Person("安", "090001"), at=noon)
    registry.appoint(who, by=OPERATOR, role="security_admin", unit=cast.team, since=noon, at=noon)
    return who


def look(cast: Cast, row: Recording, at: datetime, limit: BulkLimit = THREE) -> BulkNotice | None:
    view_recording(row, by=as_actor(cast.zhang), officer=cast.zhang, at=at)
    return notice_bulk(cast.zhang.pk, agency=cast.agency.pk, limit=limit, at=at)


def test_each_original_counts_once_a_day_and_every_multiple_is_told_once(
    cast: Cast, recordings: list[Recording], noon: datetime
) -> None:
    told = [look(cast, row, noon) for row in (recordings[0], recordings[0], recordings[1])]
    assert told == [None, None, None], "the same film again is not another"
    first = look(cast, recordings[2], noon)
    assert first is not None
    assert (last_line().verb, first.count, first.size, first.level) == ("bulk.noticed", 3, 30, 1)
    assert look(cast, recordings[2], noon) is None
    assert [look(cast, row, noon) for row in recordings[3:5]] == [None, None]
    second = look(cast, recordings[5], noon)
    assert second is not None
    assert (second.count, second.level) == (6, 2)
    assert look(cast, recordings[0], noon + DAY) is None, "a new day counts anew"
    assert taken_by(cast.li.pk, at=noon).count == 0


@pytest.mark.parametrize(
    ("limit", "level"),
    [(BulkLimit(0, 20), 2), (BulkLimit(0, 0), None), (BulkLimit(5, 100), None), (BulkLimit(4, 41), 1)],
)
def test_bytes_count_beside_pieces_and_nought_means_never(
    cast: Cast, recordings: list[Recording], noon: datetime, limit: BulkLimit, level: int | None
) -> None:
    for row in recordings[:4]:
        view_recording(row, by=as_actor(cast.zhang), officer=cast.zhang, at=noon)
    notice = notice_bulk(cast.zhang.pk, agency=cast.agency.pk, limit=limit, at=noon)
    assert (notice.level if notice else None) == level


def test_security_administrator_answers_once_and_with_a_word_and_others_do_not_see_it(
    cast: Cast, recordings: list[Recording], sec: Officer, noon: datetime
) -> None:
    notice = look(cast, recordings[0], noon, BulkLimit(count=1))
    assert notice is not None
    seen = {
        who.name: notices_visible_to(as_actor(who), at=noon).count() for who in (sec, cast.zhou, cast.zhang)
    }
    assert seen == {"安": 1, cast.zhou.name: 1, cast.zhang.name: 0}
    by = as_actor(sec)
    refused(lambda: answer_notice(notice, by=by, officer=sec, says=" ", at=noon), says="核查情况")
    refused(lambda: answer_notice(notice, by=by, officer=cast.zhou, says="x", at=noon), says="他人名义")
    refused(
        lambda: answer_notice(notice, by=as_actor(cast.zhou), officer=cast.zhou, says="x", at=noon),
        says="权限",
    )
    answer_notice(notice, by=by, officer=sec, says="立卷核对，正常", at=noon)
    assert last_line().verb == "bulk.answered"
    refused(lambda: answer_notice(notice, by=by, officer=sec, says="x", at=noon), says="已经核查")
    own = BulkNotice.objects.create(
        agency=cast.agency, officer=sec, day=noon.date(), level=9, count=1, size=1, at=noon
    )
    refused(lambda: answer_notice(own, by=by, officer=sec, says="x", at=noon), says="本人")
