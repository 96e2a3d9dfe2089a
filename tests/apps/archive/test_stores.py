"""同步存储: what must lie in the enforcement information system as well, is told once it does, and breached where it does not."""

from datetime import datetime

import pytest
from tests.apps.steps import HOUR, last_line, planned, received, refused
from tests.cast import Cast, as_actor, assemble

from liuhen.apps.archive.models import SecondStore
from liuhen.apps.archive.stores import enter_store, lay_down_matter, required_types
from liuhen.apps.casework.actions import link_recording
from liuhen.apps.evidence.models import Recording
from liuhen.apps.journal.models import Job
from liuhen.apps.oversight.models import Finding
from liuhen.interfaces.office import Office
from liuhen.server.works import works


@pytest.fixture
def city(db: None, office: Office) -> Cast:
    return assemble(office, pack="fuzhou")


@pytest.fixture
def recording(city: Cast, office: Office, noon: datetime) -> Recording:
    row = received(city, office, at=noon, device_serial=city.camera.serial)
    link_recording(
        planned(city, at=noon, kind="daily_inspection"),
        by=as_actor(city.li),
        recording=row,
        reasons=[],
        at=noon,
    )
    return row


@pytest.mark.clause("FZH-17.a")
def test_matter_that_needs_a_second_place_is_breached_until_it_is_there(
    city: Cast, office: Office, recording: Recording, noon: datetime
) -> None:
    judge = works(office)["recording.judge"]

    def verdict() -> str | None:
        judge(recording.pk)
        found = Finding.objects.filter(subject=recording.pk, clause="FZH-17.a").first()
        return found.verdict if found else None

    assert verdict() in (None, "不适用")
    chen = as_actor(city.chen)
    kind = planned(city, at=noon, kind="daily_inspection").activity_type
    lay_down_matter(city.agency, by=chen, activity_type=kind, required=True, why="市局清单", at=noon)
    assert Job.objects.filter(kind="agency.judge", line=last_line().number).exists()
    assert required_types(city.agency) == {kind}
    assert verdict() in ("未到期", "不符合")
    enter_store(
        recording,
        by=as_actor(city.li),
        system="市执法平台",
        reference="A-1",
        stored_at=noon + HOUR,
        at=noon + HOUR,
    )
    assert verdict() == "符合"


def test_what_is_laid_down_is_the_laws_and_what_is_entered_stands(
    city: Cast, recording: Recording, noon: datetime
) -> None:
    li, chen = as_actor(city.li), as_actor(city.chen)

    def lay_down(by: object, required: bool, why: str = "清单") -> None:
        lay_down_matter(city.agency, by=by, activity_type="x", required=required, why=why, at=noon)  # type: ignore[arg-type]

    def enter(by: object, at: datetime) -> None:
        enter_store(recording, by=by, system="平台", reference="1", stored_at=at, at=noon)  # type: ignore[arg-type]

    refused(lambda: lay_down(li, True), says="权限")
    refused(lambda: lay_down(chen, False), says="已经这样规定")
    refused(lambda: lay_down(chen, True, why=" "), says="没有写明依据")
    lay_down(chen, True)
    lay_down(chen, False)
    assert required_types(city.agency) == frozenset()
    refused(lambda: enter(as_actor(city.sun), noon), says="权限")
    refused(lambda: enter(li, noon + HOUR), says="晚于现在")
    enter(li, noon)
    refused(lambda: enter(li, noon), says="已经登记过")
    assert SecondStore.objects.get().system == "平台"
