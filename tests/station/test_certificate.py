"""The station's client certificate: fetched with a key made at the station, tied to each request, renewed, and revoked at once."""

import json
import shutil
import socket
import ssl
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import requests

from liuhen.engines.ledger import Receipt
from liuhen.kernel.digests import digest_of
from liuhen.kernel.errors import Refused, Unavailable
from liuhen.station import contact
from liuhen.station.config import Config, read_config, with_told
from liuhen.station.contact import certified_until, certify, keep_in_touch
from liuhen.station.source import Folder
from liuhen.station.sync import Docking, Outcome
from liuhen.station.upload import Server
from tests.live import House, free_port


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """As served to other machines: TLS with the house's own root, tokens alone let nobody in, an intake by certificate."""
    found = House(tmp_path_factory.mktemp("house"))
    found.environment |= {"LIUHEN_INTAKE_PORT": str(free_port()), "LIUHEN_STATION_TOKENS": "false"}
    found.found()
    root = found.home / "keys" / "root.crt"
    site = {
        "LIUHEN_CERTIFICATE": str(root.with_name("site.crt")),
        "LIUHEN_CERTIFICATE_KEY": str(root.with_name("site.key")),
    }
    found.environment |= site
    found.url, found.trusts = f"https://127.0.0.1:{found.port}", str(root)
    found.start()
    yield found
    found.stop()
    found.kill()


def enrolled(house: House, folder: Path) -> Config:
    house.liuhen("enroll", "station", "--unit", "0", "--name", folder.parent.name, "--to", str(folder))
    shutil.copy(house.home / "keys" / "root.crt", folder / "root.crt")
    return read_config(folder)


@pytest.fixture
def config(house: House, tmp_path: Path) -> Config:
    return enrolled(house, tmp_path / "station")


@pytest.fixture
def card(tmp_path: Path) -> Path:
    folder = tmp_path / "card"
    folder.mkdir()
    for name in ("a.mp4", "b.mp4"):
        (folder / name).write_bytes(f"{tmp_path} {name}".encode() * 5000)
    return folder


def dock(card: Path, config: Config) -> list[Outcome]:
    return list(Docking(Folder(card), config, 20).run())


def test_station_makes_its_key_fetches_its_certificate_and_brings_a_card_with_it(
    house: House, config: Config, card: Path
) -> None:
    assert not config.comes_by_certificate
    outcomes = dock(card, config)
    assert {(o.state, o.reason) for o in outcomes} == {("完成", "")}
    known = read_config(config.folder)
    assert known.comes_by_certificate
    assert known.line == f"https://127.0.0.1:{house.environment['LIUHEN_INTAKE_PORT']}"
    assert (known.pem.stat().st_mode & 0o777) == 0o600
    assert b"PRIVATE KEY" in known.pem.read_bytes()
    assert "PRIVATE KEY" not in (house.home / "keys" / "root.crt").read_text()
    for outcome in outcomes:
        receipt = Receipt.opened(dict(outcome.receipt or {}), config.receipt_key)
        assert receipt.digest == digest_of((card / outcome.file).read_bytes())
    assert house.verbs()[-20:].count("station.certified") == 1
    house.liuhen("verify")


def test_token_alone_opens_nothing_but_its_certificate(house: House, config: Config) -> None:
    head = {"Authorization": f"Bearer {config.token}", "Tus-Resumable": "1.0.0", "Upload-Length": "3"}
    answer = requests.post(f"{house.url}/files/", headers=head, timeout=20, verify=str(house.trusts))
    assert answer.status_code == 403
    assert "只凭令牌" in answer.json()["why"]
    for path in ("cards", "contact"):
        told = requests.post(
            f"{house.url}/files/{path}", headers=head, json={}, timeout=20, verify=str(house.trusts)
        )
        assert told.status_code == 403


def test_intake_lets_in_nobody_without_a_certificate_of_this_house(
    house: House, config: Config, tmp_path: Path
) -> None:
    intake = f"https://127.0.0.1:{house.environment['LIUHEN_INTAKE_PORT']}/files/"
    with pytest.raises(requests.exceptions.RequestException):
        requests.options(intake, timeout=20, verify=str(house.trusts))
    forged = tmp_path / "forged.pem"  # A certificate of the house's own web root is none of a station.
    keys = house.home / "keys"
    forged.write_bytes((keys / "site.key").read_bytes() + (keys / "site.crt").read_bytes())
    with pytest.raises(requests.exceptions.RequestException):
        requests.options(intake, timeout=20, verify=str(house.trusts), cert=str(forged))
    old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    old.load_verify_locations(str(house.trusts))
    old.maximum_version = ssl.TLSVersion.TLSv1_2
    port = int(house.environment["LIUHEN_INTAKE_PORT"])
    with socket.create_connection(("127.0.0.1", port), timeout=20) as line, pytest.raises(ssl.SSLError):
        old.wrap_socket(line, server_hostname="127.0.0.1")
    assert keep_in_touch(config).comes_by_certificate


def test_certificate_takes_the_place_of_the_token_and_of_a_session(house: House, config: Config) -> None:
    known = keep_in_touch(config)
    intake = known.line
    other = {
        "Authorization": "Bearer x",
        "Cookie": "__Host-session=x",
        "Tus-Resumable": "1.0.0",
        "Upload-Length": "3",
    }
    answer = requests.post(
        f"{intake}/files/", headers=other, timeout=20, verify=str(house.trusts), cert=str(known.pem)
    )
    assert answer.status_code == 201
    for path in ("/api/v1/session", "/", "/media/01939999-0000-7000-8000-000000000000/original"):
        assert (
            requests.get(intake + path, timeout=20, verify=str(house.trusts), cert=str(known.pem)).status_code
            == 404
        )
    with pytest.raises(Refused, match="不能领取证书"):  # The token has done its work.
        certify(replace(known, folder=_bare(known.folder), intake=""))


def _bare(folder: Path) -> Path:
    """A thief's copy of what was enrolled, without the key that never left the station."""
    other = folder.with_name("thief")
    other.mkdir()
    for name in ("station.json", "root.crt"):
        shutil.copy(folder / name, other / name)
    return other


def test_station_that_was_shut_out_is_refused_on_its_open_connection_and_that_has_a_line(
    house: House, config: Config, card: Path
) -> None:
    known = keep_in_touch(config)
    server = Server(known)
    upload = server.begin(4, {"filename": "x"})
    assert server.offset(upload) == 0
    house.liuhen("enroll", "revoke", "--name", config.name, "--reason", "被盗")
    with pytest.raises(Refused):
        server.offset(upload)  # The same connection, the next request.
    assert {(o.state, o.receipt) for o in dock(card, known)} == {("异常", None)}
    assert house.verbs().count("station.refused") == 1
    assert house.verbs()[-1] == "station.refused"


def test_certificate_is_renewed_in_time_and_the_old_one_holds_until_the_new_one_is_used(
    house: House, config: Config, card: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = keep_in_touch(config)
    first, old = certified_until(known), known.pem.read_bytes()
    assert first is not None
    monkeypatch.setattr(contact, "_RENEWS_BEFORE", timedelta(days=365))
    monkeypatch.setattr(
        contact, "_replace", _lost
    )  # The answer never arrives: the old one must go on to open.
    with pytest.raises(PowerCutError):
        keep_in_touch(known)
    monkeypatch.undo()
    assert Server(known).offset(Server(known).begin(4, {"filename": "x"})) == 0
    monkeypatch.setattr(contact, "_RENEWS_BEFORE", timedelta(days=365))
    renewed = keep_in_touch(known)
    assert renewed.pem.read_bytes() != old
    assert {o.state for o in dock(card, renewed)} == {"完成"}
    stolen = renewed.folder.with_name("copy")
    stolen.mkdir()
    (stolen / "station.pem").write_bytes(old)
    shutil.copy(known.folder / "root.crt", stolen / "root.crt")
    with pytest.raises(Refused):
        Server(replace(renewed, folder=stolen)).begin(4, {"filename": "x"})


def test_station_ends_nothing_not_even_its_own_unfinished_upload(house: House, config: Config) -> None:
    server = Server(keep_in_touch(config))
    upload = server.begin(4, {"filename": "x"})
    answer = server._ask("DELETE", upload)
    assert (answer.status_code, answer.json()["why"]) == (403, "采集站不能终止上传")
    assert server.offset(upload) == 0
    for path in ("/files/", upload, "/files/cards"):
        assert server._ask("GET", path).status_code in (403, 404, 405)


def test_station_joins_slices_it_brought_and_ends_none(house: House, config: Config) -> None:
    server = Server(keep_in_touch(config))
    slices = []
    for content in (b"one", b"two"):
        headers = {
            "Upload-Length": "3",
            "Upload-Concat": "partial",
            "Content-Type": "application/offset+octet-stream",
        }
        created = server._ask("POST", "/files/", headers=headers, data=content)
        assert (created.status_code, created.headers["Upload-Offset"]) == (201, "3")
        slices.append(created.headers["Location"])
        assert server._ask("DELETE", slices[-1]).status_code == 403
    told = {"Upload-Concat": "final;" + " ".join(slices)}
    joined = server._ask("POST", "/files/", headers=told)
    assert joined.status_code == 201
    assert server._ask("DELETE", joined.headers["Location"]).status_code == 403
    receipt = Receipt.opened(server.receipt(joined.headers["Location"], patience=20), config.receipt_key)
    assert receipt.digest == digest_of(b"onetwo")


class PowerCutError(Exception):
    """As kill -9: nothing after it runs."""


def _lost(*_given: object) -> None:
    raise PowerCutError


def test_lost_certificate_is_fetched_anew_only_after_the_administrators_act(
    house: House, config: Config
) -> None:
    known = keep_in_touch(config)
    known.pem.unlink()
    with pytest.raises(Refused, match="不能领取证书"):
        keep_in_touch(known)
    told = house.liuhen("enroll", "certify", "--name", config.name)
    assert "领取证书" in told
    assert keep_in_touch(known).comes_by_certificate
    assert "自动领取" in house.liuhen("enroll", "certify", "--all")


def test_station_enrolled_before_gets_spool_key_and_certificate_at_its_next_contact(
    house: House, config: Config, card: Path
) -> None:
    path = config.folder / "station.json"
    before = json.loads(path.read_text())
    del before["house_key"]
    path.write_text(json.dumps(before))
    old = read_config(config.folder)
    assert not old.house_key
    assert keep_in_touch(old).house_key == config.house_key
    assert {o.state for o in dock(card, read_config(config.folder))} == {"完成"}
    assert with_told(old).house_key == config.house_key


def test_request_for_a_certificate_must_be_one(house: House, config: Config) -> None:
    with pytest.raises(Exception, match="证书申请"):
        Server(config).certificate({"nonce": "0" * 32, "request": "not a request"})
    with pytest.raises(Exception, match="nonce"):
        Server(keep_in_touch(config)).contact({"nonce": "x"})


def test_intake_that_is_away_is_a_dead_line(house: House, config: Config, card: Path) -> None:
    known = keep_in_touch(config)
    away = replace(known, intake=f"https://127.0.0.1:{free_port()}")
    with pytest.raises(Unavailable):
        Server(away).begin(4, {"filename": "x"})
