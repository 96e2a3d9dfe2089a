"""tus 1.0 as its specification has it, and what we promise beyond: durable offsets, whole-file digests, receipts."""

import base64
import hashlib
import os
import socket
import threading
import time
from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
import requests
from tests.live import House
from tusclient.client import TusClient

from liuhen.engines.ledger import Receipt
from liuhen.kernel.digests import digest_of

OCTETS = "application/offset+octet-stream"


@pytest.fixture
def ask(house: House) -> Callable[..., requests.Response]:
    session = requests.Session()
    session.headers.update({"Tus-Resumable": "1.0.0", "Authorization": f"Bearer {house.token}"})

    def asked(method: str, path: str, **more: Any) -> requests.Response:
        return session.request(method, house.url + path, timeout=30, **more)

    return asked


def _metadata(**facts: str) -> str:
    return ",".join(f"{name} {base64.b64encode(value.encode()).decode()}" for name, value in facts.items())


def _begin(ask: Callable[..., requests.Response], size: int, **facts: str) -> str:
    headers = {"Upload-Length": str(size), "Upload-Metadata": _metadata(filename="a.bin", **facts)}
    created = ask("POST", "/files/", headers=headers)
    assert created.status_code == 201, created.text
    return str(created.headers["Location"])


def _patch(
    ask: Callable[..., requests.Response], where: str, offset: int, body: bytes, **headers: str
) -> requests.Response:
    told = {"Upload-Offset": str(offset), "Content-Type": OCTETS, **headers}
    return ask("PATCH", where, headers=told, data=body)


def _receipt(ask: Callable[..., requests.Response], where: str) -> dict[str, Any]:
    for _ in range(80):
        told: dict[str, Any] = ask("GET", f"{where}/receipt").json()
        if told.get("state") == "verified":
            return told
        time.sleep(0.25)
    pytest.fail(f"没有等到复核回执：{told}")


def test_upload_tells_what_was_declared_of_it(ask: Callable[..., requests.Response]) -> None:
    facts = {"nonlatin": "słońce", "number": "100", "path": "", "officer": "010001"}
    where = _begin(ask, 4, **facts)
    for offset in (0, 4):
        head = ask("HEAD", where)
        assert head.headers["Upload-Offset"] == str(offset)
        told = {pair.rstrip() for pair in head.headers["Upload-Metadata"].split(",")}
        assert told == {pair.rstrip() for pair in _metadata(filename="a.bin", **facts).split(",")}
        if not offset:
            assert _patch(ask, where, 0, b"clip").status_code == 204


def test_server_tells_what_it_can(ask: Callable[..., requests.Response]) -> None:
    told = ask("OPTIONS", "/files/")
    assert told.status_code == 204
    assert told.headers["Tus-Version"] == "1.0.0"
    assert set(told.headers["Tus-Extension"].split(",")) == {
        "creation", "creation-with-upload", "creation-defer-length", "concatenation", "checksum", "termination", "expiration",
    }  # fmt: skip
    assert "sha256" in told.headers["Tus-Checksum-Algorithm"]
    assert int(told.headers["Tus-Max-Size"]) > 1 << 30


def test_file_in_odd_pieces_gets_a_receipt_over_its_own_bytes(
    house: House, ask: Callable[..., requests.Response]
) -> None:
    content = os.urandom(2_500_003)
    digest = digest_of(content)
    where, offset = _begin(ask, len(content), sha256=digest.sha256, sm3=digest.sm3), 0
    for size in (1, 4095, 4097, 1_000_000, len(content)):
        piece = content[offset : offset + size]
        answer = _patch(ask, where, offset, piece)
        offset += len(piece)
        assert answer.status_code == 204, answer.text
        assert answer.headers["Upload-Offset"] == str(offset)
        assert "Upload-Expires" in answer.headers
    receipt = Receipt.opened(_receipt(ask, where), house.key)
    assert (receipt.state, receipt.digest, receipt.size) == ("verified", digest, len(content))
    stored = house.home / "vault/objects" / digest.sha256[:2] / digest.sha256[2:4] / digest.sha256
    assert stored.read_bytes() == content


def test_official_client_uploads_and_resumes(house: House) -> None:
    content = os.urandom(3_000_001)
    client = TusClient(f"{house.url}/files/", headers={"Authorization": f"Bearer {house.token}"})
    first = client.uploader(
        file_stream=BytesIO(content),
        chunk_size=700_000,
        metadata={"filename": "clip.mp4"},
        upload_checksum=True,
    )
    first.upload(stop_at=1_400_000)
    again = client.uploader(file_stream=BytesIO(content), chunk_size=700_000, url=first.url)
    assert again.offset == 1_400_000
    again.upload()
    digest = digest_of(content).sha256
    assert (house.home / "vault/objects" / digest[:2] / digest[2:4] / digest).read_bytes() == content


def test_empty_file_is_taken_at_creation(ask: Callable[..., requests.Response]) -> None:
    where = _begin(ask, 0)
    assert _receipt(ask, where)["size"] == 0


def test_wrong_offset_changes_nothing(ask: Callable[..., requests.Response]) -> None:
    where = _begin(ask, 10)
    assert _patch(ask, where, 0, b"12345").status_code == 204
    assert _patch(ask, where, 0, b"12345").status_code == 409
    assert _patch(ask, where, 7, b"890").status_code == 409
    assert ask("HEAD", where).headers["Upload-Offset"] == "5"
    assert _patch(ask, where, 5, b"67890").status_code == 204


@pytest.mark.parametrize("algorithm", ["sha1", "sha256", "sm3"])
def test_piece_with_a_wrong_checksum_is_forgotten(
    ask: Callable[..., requests.Response], algorithm: str
) -> None:
    content = os.urandom(100_000)
    where = _begin(ask, len(content))
    half = content[:50_000]
    right = base64.b64encode(hashlib.new(algorithm, half).digest()).decode()
    wrong = base64.b64encode(hashlib.new(algorithm, b"other").digest()).decode()
    assert _patch(ask, where, 0, half, **{"Upload-Checksum": f"{algorithm} {wrong}"}).status_code == 460
    assert ask("HEAD", where).headers["Upload-Offset"] == "0"
    assert _patch(ask, where, 0, half, **{"Upload-Checksum": f"{algorithm} {right}"}).status_code == 204
    assert _patch(ask, where, 50_000, content[50_000:]).status_code == 204
    assert _receipt(ask, where)["sha256"] == digest_of(content).sha256


def test_unknown_checksum_algorithm_is_told(ask: Callable[..., requests.Response]) -> None:
    where = _begin(ask, 4)
    answer = _patch(ask, where, 0, b"abcd", **{"Upload-Checksum": "md5 AAAA"})
    assert answer.status_code == 400
    assert "md5" in answer.json()["why"]


def test_whole_file_that_differs_from_its_digest_is_not_stored(
    house: House, ask: Callable[..., requests.Response]
) -> None:
    where = _begin(ask, 4, sha256=digest_of(b"abcd").sha256)
    answer = _patch(ask, where, 0, b"abce")
    assert answer.status_code == 460
    assert "摘要不符" in answer.json()["why"]
    assert ask("HEAD", where).status_code == 404
    other = digest_of(b"abce").sha256
    assert not (house.home / "vault/objects" / other[:2] / other[2:4] / other).exists()


def test_more_bytes_than_declared_are_refused(ask: Callable[..., requests.Response]) -> None:
    where = _begin(ask, 4)
    assert _patch(ask, where, 0, b"abcdef").status_code == 400
    assert _patch(ask, where, int(ask("HEAD", where).headers["Upload-Offset"]), b"").status_code in (204, 409)


def test_terminated_upload_is_gone(ask: Callable[..., requests.Response]) -> None:
    where = _begin(ask, 4)
    assert _patch(ask, where, 0, b"ab").status_code == 204
    assert ask("DELETE", where).status_code == 204
    assert ask("HEAD", where).status_code == 404
    assert _patch(ask, where, 2, b"cd").status_code == 404


def test_stored_recording_cannot_be_terminated(ask: Callable[..., requests.Response]) -> None:
    where = _begin(ask, 2)
    _patch(ask, where, 0, b"ab")
    assert ask("DELETE", where).status_code == 403
    assert ask("HEAD", where).headers["Upload-Offset"] == "2"
    assert _receipt(ask, where)["size"] == 2


_SESSION = """
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from liuhen.apps.registry.models import Account
from liuhen.interfaces.backend import PATH
from liuhen.kernel.clock import as_utc_text, now
account = Account.objects.get(login="010088")
session = SessionStore()
session[SESSION_KEY], session[BACKEND_SESSION_KEY] = str(account.pk), PATH
session[HASH_SESSION_KEY] = account.get_session_auth_hash()
session["seen"] = session["since"] = as_utc_text(now())
session.create()
print(session.session_key)
"""


def test_officer_gives_the_address_of_what_is_stored_back_and_the_recording_stays(house: House) -> None:
    person = ["--login", "010088", "--name", "周", "--number", "010088"]
    house.liuhen("user", "add", "--unit", "0", *person, "--role", "officer")
    session = requests.Session()
    session.headers["Tus-Resumable"] = "1.0.0"
    session.cookies.set("session", house.told(_SESSION).strip())

    def ask(method: str, path: str, **more: Any) -> requests.Response:
        return session.request(method, house.url + path, timeout=30, **more)

    before = house.count("Recording")
    where = _begin(ask, 4)
    assert _patch(ask, where, 0, b"clip").status_code == 204
    assert ask("GET", f"{where}/receipt").json()["size"] == 4
    assert ask("DELETE", where).status_code == 204
    assert [ask(method, where).status_code for method in ("HEAD", "GET", "DELETE")] == [404, 404, 404]
    assert _patch(ask, where, 4, b"").status_code == 404
    assert house.count("Recording") == before + 1
    assert "upload.released" in house.verbs()
    house.liuhen("verify")


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 400),
        ({"Upload-Length": "many"}, 400),
        ({"Upload-Length": "-1"}, 400),
        ({"Upload-Length": str(1 << 50)}, 413),
        ({"Upload-Length": "3", "Upload-Metadata": "filename !!"}, 400),
        ({"Upload-Length": "3", "Upload-Metadata": _metadata(sha256="abc")}, 400),
        ({"Upload-Length": "3", "Upload-Metadata": _metadata(modified="yesterday")}, 400),
        ({"Upload-Length": "3", "Upload-Metadata": _metadata(clock_error="fast")}, 400),
        ({"Upload-Length": "3", "Upload-Metadata": "x" * 9000}, 400),
    ],
)
def test_creation_that_makes_no_sense_is_told_why(
    ask: Callable[..., requests.Response], headers: dict[str, str], status: int
) -> None:
    answer = ask("POST", "/files/", headers=headers)
    assert answer.status_code == status
    if status == 400:
        assert answer.json()["why"]


def test_strangers_get_nothing(house: House, ask: Callable[..., requests.Response]) -> None:
    where = _begin(ask, 4)
    for headers in (
        {},
        {"Authorization": "Bearer wrong"},
        {"Authorization": "Basic eDp4"},
        {"Cookie": "session=x"},
    ):
        tus = {"Tus-Resumable": "1.0.0", **headers}
        assert (
            requests.post(f"{house.url}/files/", headers={**tus, "Upload-Length": "1"}, timeout=9).status_code
            == 401
        )
        assert requests.head(house.url + where, headers=tus, timeout=9).status_code == 401
        assert requests.get(f"{house.url}{where}/receipt", headers=headers, timeout=9).status_code == 401
    assert (
        requests.head(
            house.url + where, headers={"Authorization": f"Bearer {house.token}"}, timeout=9
        ).status_code
        == 412
    )


def test_client_of_another_protocol_is_told_ours(house: House) -> None:
    answer = requests.post(f"{house.url}/files/", headers={"Tus-Resumable": "0.2.2"}, timeout=9)
    assert (answer.status_code, answer.headers["Tus-Version"]) == (412, "1.0.0")


def test_patch_needs_its_content_type(ask: Callable[..., requests.Response]) -> None:
    where = _begin(ask, 4)
    told = {"Upload-Offset": "0", "Content-Type": "application/json"}
    assert ask("PATCH", where, headers=told, data=b"abcd").status_code == 415


def test_broken_line_loses_only_what_never_came(house: House, ask: Callable[..., requests.Response]) -> None:
    content = os.urandom(5_000_000)
    where = _begin(ask, len(content))
    _cut(house, where, content, sent=3_200_000)
    for _ in range(50):
        head = ask("HEAD", where)
        if head.status_code == 200 and int(head.headers["Upload-Offset"]) > 0:
            break
        time.sleep(0.1)
    offset = int(head.headers["Upload-Offset"])
    assert 0 < offset <= 3_200_000
    assert _patch(ask, where, offset, content[offset:]).status_code == 204
    assert _receipt(ask, where)["sha256"] == digest_of(content).sha256


def test_second_writer_waits_its_turn(house: House, ask: Callable[..., requests.Response]) -> None:
    content = os.urandom(1_000_000)
    where = _begin(ask, len(content))
    slow = _open_patch(house, where, len(content))
    slow.sendall(content[:1000])
    time.sleep(0.3)
    assert _patch(ask, where, 0, content).status_code == 423
    slow.sendall(content[1000:])
    assert b"204" in slow.recv(4096)
    slow.close()
    assert _receipt(ask, where)["sha256"] == digest_of(content).sha256


def test_silent_writer_is_told_to_go_when_another_comes(
    house: House, ask: Callable[..., requests.Response]
) -> None:
    content = os.urandom(300_000)
    where = _begin(ask, len(content))
    dead = _open_patch(house, where, len(content))
    dead.sendall(content[:100_000])
    time.sleep(6)
    head = ask("HEAD", where)
    assert head.status_code == 200
    offset = int(head.headers["Upload-Offset"])
    assert offset == 100_000
    assert _patch(ask, where, offset, content[offset:]).status_code == 204
    dead.close()


def test_same_bytes_twice_are_one_object_and_two_entries(
    house: House, ask: Callable[..., requests.Response]
) -> None:
    content = os.urandom(10_000)
    receipts = []
    for _ in range(2):
        where = _begin(ask, len(content))
        _patch(ask, where, 0, content)
        receipts.append(_receipt(ask, where))
    assert receipts[0]["sha256"] == receipts[1]["sha256"]
    assert receipts[0]["recording"] != receipts[1]["recording"]
    assert receipts[0]["line"] != receipts[1]["line"]


def test_twelve_uploads_side_by_side_are_all_whole(ask: Callable[..., requests.Response]) -> None:
    failed: list[str] = []

    def send() -> None:
        content = os.urandom(700_001)
        where = _begin(ask, len(content), sha256=digest_of(content).sha256)
        answers = [
            _patch(ask, where, at, content[at : at + 250_000]) for at in range(0, len(content), 250_000)
        ]
        failed.extend(where for answer in answers if answer.status_code != 204)

    threads = [threading.Thread(target=send) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []


def test_hostile_names_are_data(ask: Callable[..., requests.Response]) -> None:
    for name in (
        "../../etc/passwd",
        "a\0b",
        "a\r\nSet-Cookie: x",
        "\u202egpj.exe",
        "-rf",
        "名" * 300,
        "'; DROP TABLE",
    ):
        where = _begin(ask, 1, path=f"DCIM/{name}")
        headers = {"Upload-Length": "1", "Upload-Metadata": _metadata(filename=name)}
        where = ask("POST", "/files/", headers=headers).headers["Location"]
        assert _patch(ask, where, 0, b"x").status_code == 204
        assert _receipt(ask, where)["size"] == 1


def _open_patch(house: House, where: str, size: int) -> socket.socket:
    wire = socket.create_connection(("127.0.0.1", house.port), timeout=20)
    head = (
        f"PATCH {where} HTTP/1.1\r\nHost: 127.0.0.1:{house.port}\r\nTus-Resumable: 1.0.0\r\nAuthorization: Bearer {house.token}\r\n"
        f"Upload-Offset: 0\r\nContent-Type: {OCTETS}\r\nContent-Length: {size}\r\n\r\n"
    )
    wire.sendall(head.encode())
    return wire


def _cut(house: House, where: str, content: bytes, *, sent: int) -> None:
    """Send a part and break the connection hard."""
    wire = _open_patch(house, where, len(content))
    wire.sendall(content[:sent])
    time.sleep(0.5)
    wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    wire.close()
