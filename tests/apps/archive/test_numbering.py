"""编号存档: given once, to what is linked, by the archive, with body, date, object and link."""

from datetime import datetime

import pytest
from tests.apps.steps import HOUR, last_line, planned, received, refused
from tests.cast import LONG_AGO, Cast, as_actor

from liuhen.apps.archive.actions import number_recording
from liuhen.apps.casework.actions import link_recording
from liuhen.apps.evidence.models import Recording
from liuhen.apps.journal.models import Job
from liuhen.apps.registry import actions as registry
from liuhen.interfaces.office import Office
from liuhen.kernel.actors import OPERATOR, Actor


@pytest.fixture
def archivist(cast: Cast) -> Actor:
    officer = registry.add_officer(
        cast.chen.unit, by=OPERATOR, person=registry.Person("何", "010096"), at=LONG_AGO
    )
    registry.appoint(
        officer, by=OPERATOR, role="archive_clerk", unit=cast.chen.unit, since=LONG_AGO, at=LONG_AGO
    )
    return as_actor(officer)


@pytest.fixture
def recording(cast: Cast, office: Office, noon: datetime) -> Recording:
    return received(cast, office, at=noon, device_serial=cast.camera.serial)


def test_linked_recording_gets_its_number_once(
    cast: Cast, recording: Recording, archivist: Actor, noon: datetime
) -> None:
    refused(lambda: number_recording(recording, by=archivist, at=noon), says="尚未关联")
    link_recording(planned(cast, at=noon), by=as_actor(cast.li), recording=recording, reasons=[], at=noon)
    given = number_recording(recording, by=archivist, at=noon + HOUR)
    assert given.number == "BMZ-档-20261116-0001"
    assert given.parts == {
        "body": cast.agency.name, "date": "2026-11-16", "object": "占道经营检查", "link": "onsite_enforcement",
    }  # fmt: skip
    assert last_line().verb == "recording.numbered"
    assert Job.objects.filter(kind="recording.judge", subject=recording.pk, line=last_line().number).exists()
    refused(lambda: number_recording(recording, by=archivist, at=noon + HOUR), says="已经编号")


def test_number_is_the_archives_to_give(
    cast: Cast, recording: Recording, archivist: Actor, noon: datetime
) -> None:
    link_recording(planned(cast, at=noon), by=as_actor(cast.li), recording=recording, reasons=[], at=noon)
    for stranger in (cast.wang, cast.zhou, cast.sun):
        refused(lambda who=stranger: number_recording(recording, by=as_actor(who), at=noon), says="权限")
    number_recording(recording, by=archivist, at=noon)
