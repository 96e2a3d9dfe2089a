"""Where a recording has lain: the card until it was cleared, the station, the vault; what nobody said has no end."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from tests.apps.steps import HOUR, an_origin, received
from tests.cast import Cast, as_actor

from liuhen.apps.devices.actions import enroll_station
from liuhen.apps.devices.models import Station
from liuhen.apps.evidence import actions, sources
from liuhen.apps.evidence.custody import custody_of
from liuhen.apps.evidence.models import CardList, Clearing, Upload
from liuhen.interfaces.office import Office
from liuhen.kernel.actors import OPERATOR, SYSTEM
from liuhen.kernel.canonical import canonical
from liuhen.kernel.clock import as_utc_text


@pytest.fixture
def station(cast: Cast, noon: datetime) -> Station:
    return enroll_station(cast.team, by=OPERATOR, name="A-01", at=noon - HOUR)[0]


def listed(cast: Cast, station: Station, at: datetime, *files: tuple[str, int]) -> CardList:
    rows: list[dict[str, Any]] = [
        {"path": path, "size": size, "modified": as_utc_text(at - HOUR), "problem": ""}
        for path, size in files
    ]
    return CardList.objects.create(
        agency=cast.agency, unit=cast.team, station=station, listed_at=at, received_at=at, count=len(rows), size=1,
        body=canonical({"files": rows}).decode(), signature={},
    )  # fmt: skip


def test_film_from_a_card_is_followed_from_the_card_to_the_vault(
    cast: Cast, office: Office, noon: datetime, station: Station
) -> None:
    listed(cast, station, noon - timedelta(minutes=9), ("DCIM/b.mp4", 4))
    listed(cast, station, noon - timedelta(minutes=5), ("DCIM/b.mp4", 4), ("DCIM/a.mp4", 4))
    film = received(cast, office, at=noon, station=station, path="DCIM/a.mp4")
    card, docked, vault = custody_of(film)
    assert (card.place, card.since, card.until) == ("存储卡（执记-01）", noon - timedelta(minutes=65), None)
    assert (docked.place, docked.since, docked.until) == ("采集站 A-01", noon - timedelta(minutes=5), noon)
    assert (docked.digest, docked.checked) == ("上传时没有申报摘要", None)
    assert (vault.since, vault.checked, vault.is_still_there) == (noon, None, True)
    actions.note_verified(film, by=SYSTEM, vault=office.vault, at=noon)
    film.refresh_from_db()
    Clearing.objects.create(
        recording=film,
        station=station,
        path="DCIM/a.mp4",
        cleared_at=noon + HOUR,
        told_at=noon + HOUR,
        leave_line=1,
    )
    card, _, vault = custody_of(film)
    assert (card.until, vault.checked) == (noon + HOUR, film.verified_at)


def test_file_on_no_list_says_so(cast: Cast, office: Office, noon: datetime, station: Station) -> None:
    listed(cast, station, noon, ("DCIM/a.mp4", 5))
    film = received(cast, office, at=noon, station=station, path="DCIM/a.mp4")
    docked, _ = custody_of(film)
    assert (docked.since, docked.how) == (None, "没有找到列出这个文件的清单")


def test_station_is_said_to_have_compared_only_what_it_declared(
    cast: Cast, office: Office, noon: datetime, station: Station
) -> None:
    for content, is_declared in ((b"told", True), (b"untold", False)):
        film = received(cast, office, content, at=noon, station=station, path="DCIM/a.mp4")
        Upload.objects.create(
            agency=cast.agency, unit=cast.team, station=station, opened_by=station.pk, opened_at=noon, expires_at=noon, size=4,
            clip={"sha256": film.sha256.upper()} if is_declared else {}, state=Upload.State.STORED, recording=film,
        )  # fmt: skip
        assert custody_of(film)[0].checked == (noon if is_declared else None)


def test_film_from_elsewhere_begins_where_its_statement_says(
    cast: Cast, office: Office, noon: datetime
) -> None:
    hand, _ = custody_of(received(cast, office, at=noon))
    assert (hand.place, hand.how, hand.checked) == ("执记-01", "手工导入，没有采集站的清单", None)
    film = received(cast, office, b"phone", at=noon, name="VID_1.mp4", by=as_actor(cast.li))
    assert custody_of(film)[0].place == "来源未说明"
    sources.state_source(film, by=as_actor(cast.li), origin=an_origin(cast, noon), law=cast.law, at=noon)
    phone, _ = custody_of(film)
    doubtful = "来源说明（尚未经第二人核实）：李交赵"
    assert (phone.place, phone.how, phone.since) == ("手机（某牌手机）", doubtful, noon - HOUR)
    (told,) = sources.statements_about(film.pk)
    sources.answer_source(told, by=as_actor(cast.zhao), answer="return", reason="机身号不符", at=noon)
    assert custody_of(film)[0].place == "来源未说明"
    sources.state_source(film, by=as_actor(cast.li), origin=an_origin(cast, noon), law=cast.law, at=noon)
    again = next(one for one in sources.statements_about(film.pk) if one.pk != told.pk)
    sources.answer_source(again, by=as_actor(cast.zhao), answer="confirm", reason="", at=noon)
    assert custody_of(film)[0].how == "来源说明：李交赵"
