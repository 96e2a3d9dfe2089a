"""A recording from elsewhere: stated by one, checked by another, counted as of its grade, erased where it came from."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.apps.steps import HOUR, an_origin, handed_out, last_line, planned, received, refused, with_times
from tests.cast import Cast, as_actor, assemble

from liuhen.apps.casework.actions import link_recording
from liuhen.apps.casework.facts import facts_of_recording
from liuhen.apps.devices.actions import enroll_station
from liuhen.apps.evidence import actions, sources
from liuhen.apps.evidence.models import Recording
from liuhen.apps.journal.models import Job
from liuhen.engines.rules import assess, combine_packs, load_pack
from liuhen.engines.rules.facts import Facts
from liuhen.interfaces.office import Office
from liuhen.kernel.actors import OPERATOR, SYSTEM
from liuhen.kernel.errors import Malformed

LATER = datetime(2030, 1, 1, tzinfo=UTC)


def brought(cast: Cast, office: Office, at: datetime, content: bytes = b"phone") -> Recording:
    """李 brings a film from his phone."""
    return received(cast, office, content, at=at, name="VID_0001.mp4", by=as_actor(cast.li))


def test_film_from_a_phone_counts_only_when_a_second_person_has_checked_it(
    cast: Cast, office: Office, noon: datetime
) -> None:
    film, li, at = brought(cast, office, noon), as_actor(cast.li), noon + HOUR
    assert last_line().verb == "recording.quarantined"
    activity = planned(cast, cast.li, at=noon)

    def link() -> None:
        link_recording(activity, by=li, recording=film, reasons=["本人摄录"], at=at)

    assert (sources.grade_of(film), sources.needs_statement(film)) == ("other", True)
    refused(link, says="来源待查")
    told = sources.state_source(film, by=li, origin=an_origin(cast, noon), law=cast.law, at=at)
    assert last_line().verb == "recording.source-stated"
    refused(link, says="来源待查")
    refused(
        lambda: sources.state_source(film, by=li, origin=an_origin(cast, noon), law=cast.law, at=at),
        says="等第二人",
    )
    sources.answer_source(told, by=as_actor(cast.zhao), answer="confirm", reason="看过手机", at=at)
    assert last_line().verb == "recording.source-confirmed"
    assert Job.objects.filter(kind="recording.judge", line=last_line().number).exists()
    film.refresh_from_db()
    assert (film.quarantine, film.officer, sources.grade_of(film)) == ("", cast.li, "other")
    link()


def test_nobody_checks_what_he_took_brought_or_stated(cast: Cast, office: Office, noon: datetime) -> None:
    film = received(cast, office, b"1", at=noon, name="x.mp4", by=as_actor(cast.zhao), officer_number="")
    told = sources.state_source(
        film, by=as_actor(cast.wang), origin=an_origin(cast, noon, officer=cast.zhang), law=cast.law, at=noon
    )

    def check(who: Any, answer: str = "confirm", reason: str = "") -> None:
        sources.answer_source(told, by=as_actor(who), answer=answer, reason=reason, at=noon)

    refused(lambda: check(cast.zhao), says="本人")
    refused(lambda: check(cast.zhang), says="本人")
    for stranger in (cast.wang, cast.zhou, cast.sun):
        refused(lambda who=stranger: check(who), says="权限")
    refused(lambda: check(cast.chen, "maybe"), says="没有这种意见", kind=Malformed)
    refused(lambda: check(cast.chen, "return", " "), says="写明理由")
    check(cast.chen, "return", "拍摄时间与手机所记不符")
    refused(lambda: check(cast.chen), says="已经核实过")
    film.refresh_from_db()
    assert film.quarantine
    again = sources.state_source(film, by=as_actor(cast.wang), origin=an_origin(cast, noon, officer=None, taken_by="围观群众"), law=cast.law, at=noon)  # fmt: skip
    assert sources.waiting_statement(film.pk) == again
    assert [one.answered.answer if hasattr(one, "answered") else "" for one in sources.statements_about(film.pk)].count("return") == 1  # fmt: skip


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"maker": " "}, "厂牌型号"), ({"taken_where": ""}, "摄录地点"), ({"why": ""}, "原因"), ({"handed_by": ""}, "交出人"),
        ({"source": "agency"}, "移送文号"), ({"taken_at": LATER}, "将来"), ({"source": "drone"}, "没有这种来源"),
    ],
)  # fmt: skip
def test_statement_names_what_it_lacks(
    cast: Cast, office: Office, noon: datetime, more: dict[str, Any], says: str
) -> None:
    film = brought(cast, office, noon)
    kind = {"kind": Malformed} if more.get("source") == "drone" else {}
    origin = an_origin(cast, noon, **more)
    refused(
        lambda: sources.state_source(film, by=as_actor(cast.li), origin=origin, law=None, at=noon),
        says=says,
        **kind,
    )
    stranger = an_origin(cast, noon, officer=cast.sun)
    refused(
        lambda: sources.state_source(film, by=as_actor(cast.li), origin=stranger, law=None, at=noon),
        says="名册",
    )


def test_station_and_known_camera_need_no_statement(cast: Cast, office: Office, noon: datetime) -> None:
    known = received(cast, office, at=noon)
    assert (sources.grade_of(known), known.quarantine) == ("hand", "")
    refused(
        lambda: sources.state_source(
            known, by=as_actor(cast.li), origin=an_origin(cast, noon), law=None, at=noon
        ),
        says="没有疑问",
    )
    station, _ = enroll_station(cast.team, by=OPERATOR, name="A-01", at=noon)
    docked = received(cast, office, b"2", at=noon, station=station)
    assert sources.grade_of(docked) == "station"


def test_keeper_does_not_release_by_himself_what_he_brought(
    cast: Cast, office: Office, noon: datetime
) -> None:
    film = received(cast, office, at=noon, name="x.mp4", by=as_actor(cast.zhao), device_serial="9999999")
    told: dict[str, Any] = {"device": cast.spare, "officer": cast.li, "at": noon}
    refused(lambda: actions.identify_recording(film, by=as_actor(cast.zhao), **told), says="本人导入")
    other = received(cast, office, b"2", at=noon, name="x.mp4", by=as_actor(cast.li), device_serial="9999999")
    refused(lambda: actions.identify_recording(other, by=as_actor(cast.zhao), **told | {"device": None}), says="不是本机关设备")  # fmt: skip
    actions.identify_recording(other, by=as_actor(cast.zhao), **told)


def test_officer_links_what_he_brought_only_where_the_ledger_says_he_held_the_camera(
    cast: Cast, office: Office, noon: datetime
) -> None:
    activity, li = planned(cast, cast.li, at=noon), as_actor(cast.li)
    mine = received(cast, office, at=noon, by=li, device_serial=cast.camera.serial)
    with_times(mine, noon, noon + HOUR)

    def link(recording: Recording, who: Any) -> None:
        link_recording(activity, by=who, recording=recording, reasons=["本人摄录"], at=noon + HOUR)

    refused(lambda: link(mine, li), says="不能由您本人关联")
    link(mine, as_actor(cast.zhang))
    handed_out(cast, cast.li, at=noon)
    other = received(cast, office, b"2", at=noon, by=li, device_serial=cast.camera.serial)
    link(with_times(other, noon + HOUR, noon + 2 * HOUR), li)


@pytest.mark.parametrize(("seconds", "may"), [(1, True), (60, True), (61, False)])
def test_camera_switched_on_while_the_keeper_still_writes_is_no_doubt(
    cast: Cast, office: Office, noon: datetime, seconds: int, may: bool
) -> None:
    """A film that ends before the hand-out and a minute has no ledger behind it."""
    activity, li = planned(cast, cast.li, at=noon), as_actor(cast.li)
    handed_out(cast, cast.li, at=noon)
    film = received(cast, office, at=noon, by=li, device_serial=cast.camera.serial)
    with_times(film, noon - timedelta(seconds=seconds + 5), noon - timedelta(seconds=seconds))
    assert sources.lacks_second_person(film, cast.li.pk) is not may
    if may:
        link_recording(activity, by=li, recording=film, reasons=["本人摄录"], at=noon + HOUR)


@pytest.mark.django_db
@pytest.mark.clause("BMZ-15.c", "C-06")
def test_law_that_accepts_no_other_device_refuses_the_officers_phone_and_says_what_to_do(
    office: Office, noon: datetime
) -> None:
    cast = assemble(office, pack="baimiaozi", code="BM")
    film, li = brought(cast, office, noon), as_actor(cast.li)
    error = refused(
        lambda: sources.state_source(film, by=li, origin=an_origin(cast, noon), law=cast.law, at=noon),
        says="不接受用手机替代执法记录仪",
    )
    assert "第十五条" in str(error)
    assert "登记记录中断" in error.do
    assert sources.substitutes_of(cast.law) == {}
    passer_by = an_origin(cast, noon, officer=None, taken_by="围观群众")
    told = sources.state_source(film, by=li, origin=passer_by, law=cast.law, at=noon)
    sources.answer_source(told, by=as_actor(cast.zhao), answer="confirm", reason="", at=noon)
    film.refresh_from_db()
    assert facts_of_recording(film).taken_with == "elsewhere"


@pytest.mark.django_db
@pytest.mark.clause("TNH-13", "TNH-14.c")
def test_phone_used_as_substitute_is_marked_and_its_private_copy_is_to_be_erased(
    office: Office, noon: datetime
) -> None:
    cast = assemble(office, pack="tonghua", code="TH")
    film, li = brought(cast, office, noon), as_actor(cast.li)
    told = sources.state_source(film, by=li, origin=an_origin(cast, noon), law=cast.law, at=noon)
    assert (told.substitute, told.allowed_by) == (True, "改用手机记录")
    sources.answer_source(told, by=as_actor(cast.zhao), answer="confirm", reason="", at=noon)
    film.refresh_from_db()
    rulebook = combine_packs([load_pack(office.packs / "tonghua")])

    def verdict(at: datetime) -> str:
        facts = Facts(recording=facts_of_recording(film))
        return next(
            j.finding.verdict.value
            for j in assess(rulebook, facts=facts, now=at)
            if j.rule.id == "clear-substitute"
        )

    assert verdict(noon + HOUR) == "未到期"
    assert verdict(noon + timedelta(days=4)) == "不符合"

    def erase(at: datetime, says: str = "当面删除，赵在场") -> None:
        sources.note_erasure(film, by=li, says=says, erased_at=at, at=noon + 2 * HOUR)

    refused(lambda: erase(noon + HOUR), says="尚未复核")
    actions.note_verified(film, by=SYSTEM, vault=office.vault, at=noon + HOUR)
    film.refresh_from_db()
    refused(lambda: erase(noon), says="复核之后")
    refused(lambda: erase(noon + HOUR, " "), says="在场")
    erase(noon + HOUR)
    assert last_line().verb == "recording.substitute-cleared"
    refused(lambda: erase(noon + HOUR), says="已经确认过")
    assert verdict(noon + timedelta(days=4)) == "符合"


def test_law_that_names_no_other_device_offers_none(cast: Cast, office: Office, noon: datetime) -> None:
    assert sources.substitutes_of(cast.law) == {}
    assert sources.substitutes_of(None) == {}
    known = received(cast, office, at=noon)
    refused(
        lambda: sources.note_erasure(known, by=as_actor(cast.li), says="x", erased_at=noon, at=noon),
        says="不是由替代设备",
    )
