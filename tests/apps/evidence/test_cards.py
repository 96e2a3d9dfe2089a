"""Cards: nothing is cleared before it is verified, sealed, known and permitted; what was listed and never came is missing by name."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from tests.apps.steps import HOUR, last_line, received, refused
from tests.cast import Cast, as_actor

from liuhen.apps.devices.actions import enroll_station, let_station_clear
from liuhen.apps.devices.models import Station
from liuhen.apps.evidence import actions as evidence
from liuhen.apps.evidence import cards
from liuhen.apps.evidence.models import CardList, Clearing, Recording
from liuhen.apps.journal.sealing import seal
from liuhen.engines.ledger import Signer
from liuhen.engines.ledger.leave import Leave
from liuhen.engines.ledger.statement import signed_statement
from liuhen.interfaces.office import Office
from liuhen.kernel.actors import OPERATOR, SYSTEM, Actor
from liuhen.kernel.clock import as_utc_text
from liuhen.kernel.errors import LiuhenError, Malformed, Refused, Tampered, Unavailable

KEY = Signer("station", Ed25519PrivateKey.generate())
OTHER = Signer("station", Ed25519PrivateKey.generate())


@pytest.fixture
def station(cast: Cast, noon: datetime) -> Station:
    found, _token = enroll_station(cast.team, by=OPERATOR, name="一号站", key=str(KEY.verifier), at=noon)
    return found


def by(station: Station) -> Actor:
    return Actor("station", station.pk, "采集站")


def listed(noon: datetime, *files: tuple[str, int], signer: Signer = KEY, **more: Any) -> dict[str, Any]:
    body: dict[str, Any] = {
        "station": "x", "listed_at": as_utc_text(noon), "device": "7000001", "officer": "010001", "clock_error": 2.5,
        "files": [{"path": path, "size": size, "modified": as_utc_text(noon), "problem": ""} for path, size in files],
    }  # fmt: skip
    return signed_statement(cards.CONTEXT, body | more, signer)


def brought(
    cast: Cast, office: Office, station: Station, noon: datetime, *, path: str = "DCIM/a.mp4"
) -> Recording:
    return received(
        cast, office, b"clip", at=noon, by=by(station), device_serial=cast.camera.serial, officer_number="010001", station=station,
        path=path,
    )  # fmt: skip


# -- the list ----------------------------------------------------------------------------------------------------


def test_list_is_kept_as_it_was_signed_and_only_once(station: Station, noon: datetime) -> None:
    told = listed(noon, ("DCIM/a.mp4", 4), ("DCIM/b.mp4", 9))
    row = cards.enter_card_list(station, by=by(station), told=told, at=noon)
    assert (row.count, row.size, row.device_serial, row.clock_error) == (2, 13, "7000001", 2.5)
    assert (last_line().verb, json.loads(row.body)["files"][1]["path"]) == ("card.listed", "DCIM/b.mp4")
    assert cards.enter_card_list(station, by=by(station), told=told, at=noon + HOUR) == row
    assert CardList.objects.count() == 1


def test_what_was_listed_and_never_came_is_missing_by_name(
    cast: Cast, office: Office, station: Station, noon: datetime
) -> None:
    brought(cast, office, station, noon)
    files = [("DCIM/a.mp4", 4), ("DCIM/b.mp4", 9), *((f"DCIM/{n}.bin", n) for n in range(1200))]
    row = cards.enter_card_list(station, by=by(station), told=listed(noon, *files), at=noon)
    missing = cards.missing_of(row)
    assert len(missing) == 1201
    assert (missing[0].path, missing[0].size) == ("DCIM/b.mp4", 9)


@pytest.mark.parametrize(
    ("change", "error"),
    [
        (lambda told: told | {"device": "7000002"}, Tampered),
        (lambda told: told | {"files": told["files"] + told["files"]}, Tampered),
        (lambda told: told | {"signature": {**told["signature"], "algorithm": "none"}}, Tampered),
        (lambda told: told | {"signature": None}, Malformed),
        (lambda told: {}, Malformed),
    ],
    ids=["another device", "another file", "another algorithm", "no signature", "nothing"],
)
def test_list_that_is_not_what_was_signed_is_not_kept(
    station: Station,
    noon: datetime,
    change: Callable[[dict[str, Any]], dict[str, Any]],
    error: type[LiuhenError],
) -> None:
    with pytest.raises(error):
        cards.enter_card_list(station, by=by(station), told=change(listed(noon, ("a", 1))), at=noon)
    assert not CardList.objects.exists()


def test_list_of_another_station_or_of_one_without_a_key_is_not_kept(
    cast: Cast, station: Station, noon: datetime
) -> None:
    with pytest.raises(Tampered):
        cards.enter_card_list(station, by=by(station), told=listed(noon, ("a", 1), signer=OTHER), at=noon)
    bare, _token = enroll_station(cast.team, by=OPERATOR, name="旧站", at=noon)
    refused(lambda: cards.enter_card_list(bare, by=by(bare), told=listed(noon), at=noon), says="没有登记公钥")


@pytest.mark.parametrize(
    "wrong",
    [
        {"files": None}, {"files": [{}]}, {"files": [None]}, {"listed_at": "gestern"}, {"listed_at": None},
        {"files": [{"path": "a", "size": -1, "modified": "2026-01-01T00:00:00Z", "problem": ""}]},
        {"files": [{"path": "a", "size": True, "modified": "2026-01-01T00:00:00Z", "problem": ""}]},
        {"files": [{"path": "a", "size": 1, "modified": "heute", "problem": ""}]},
    ],
    ids=str,
)  # fmt: skip
def test_signed_list_of_the_wrong_shape_is_malformed(
    station: Station, noon: datetime, wrong: dict[str, Any]
) -> None:
    with pytest.raises(Malformed):
        cards.enter_card_list(station, by=by(station), told=listed(noon, **wrong), at=noon)


# -- the leave and the clearing ----------------------------------------------------------------------------------


def leave(recording: Recording, station: Station, office: Office, at: datetime) -> Leave:
    told = cards.leave_to_clear(recording, station=station, signer=office.signer, log_name="x", at=at)
    return Leave.opened(told, office.signer.verifier)


def test_leave_is_given_after_the_keeper_the_reread_and_the_seal_and_not_before(
    cast: Cast, office: Office, station: Station, noon: datetime
) -> None:
    recording = brought(cast, office, station, noon)
    refused(lambda: leave(recording, station, office, noon), says="未获准")
    let_station_clear(station, by=as_actor(cast.zhao), may_clear=True, at=noon)
    assert last_line().verb == "station.clearing-changed"
    with pytest.raises(Unavailable, match="尚未复核"):
        leave(recording, station, office, noon)
    evidence.note_verified(recording, by=SYSTEM, vault=office.vault)
    verified = last_line().number
    with pytest.raises(Unavailable, match="尚未封存"):
        leave(recording, station, office, noon)
    seal(office.log, at=noon)
    given = leave(recording, station, office, noon)
    assert (given.digest, given.size, given.station) == (recording.digest, 4, str(station.pk))
    assert given.line == verified <= given.sealed
    let_station_clear(station, by=as_actor(cast.zhao), may_clear=False, at=noon)
    refused(lambda: leave(recording, station, office, noon), says="未获准")
    with pytest.raises(Refused):
        let_station_clear(station, by=as_actor(cast.li), may_clear=True, at=noon)


def test_what_came_from_nobody_knows_where_stays_on_its_card(
    cast: Cast, office: Office, station: Station, noon: datetime
) -> None:
    strange = received(
        cast, office, b"strange", at=noon, by=by(station), device_serial="9999999", station=station
    )
    let_station_clear(station, by=as_actor(cast.zhao), may_clear=True, at=noon)
    evidence.note_verified(strange, by=SYSTEM, vault=office.vault)
    seal(office.log, at=noon)
    refused(lambda: leave(strange, station, office, noon), says="来源待查明")


def test_clearing_is_entered_once_under_the_line_it_rests_on(
    cast: Cast, office: Office, station: Station, noon: datetime
) -> None:
    recording = brought(cast, office, station, noon)
    told = {"path": "DCIM/a.mp4", "cleared_at": as_utc_text(noon)}

    def tell(told: dict[str, Any] = told) -> None:
        cards.note_cleared(recording, by=by(station), station=station, told=told, at=noon + HOUR)

    with pytest.raises(Tampered, match="尚未复核"):
        tell()
    evidence.note_verified(recording, by=SYSTEM, vault=office.vault)
    verified = last_line().number
    tell()
    assert (last_line().verb, Clearing.objects.get().leave_line) == ("recording.card-cleared", verified)
    tell()
    assert Clearing.objects.count() == 1
    with pytest.raises(Malformed, match="将来"):
        tell(told | {"cleared_at": as_utc_text(noon + timedelta(days=3))})
    with pytest.raises(Malformed, match="cleared_at"):
        tell({"path": "a"})


def test_card_is_unwanted_where_neither_it_nor_its_names_tell_of_a_device_of_the_agency(
    station: Station, noon: datetime
) -> None:
    def said(device: str, *names: str) -> str:
        told = listed(noon, *((name, 4) for name in names), device=device)
        return cards.unwanted(cards.enter_card_list(station, by=by(station), told=told, at=noon))

    assert said("7000001", "a.mp4") == ""
    assert said("", "DCIM/7000001_01000120261116120000_0001.MP4", "DCIM/readme.txt") == ""
    assert "9999999" in said("9999999", "a.mp4")
    assert "9999998" in said("", "9999998_01000120261116120000_0001.MP4")
    assert "没有一个文件出自记录仪" in said("", "论文.docx")
