"""tus 1.0 beyond one piece after another: bytes with the creation, a length told later, slices joined; as its specification has it."""

import base64
import hashlib
import json
import os
import subprocess
import threading
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import requests
from tests.live import House
from tusclient.client import TusClient

from liuhen.engines.ledger import Receipt
from liuhen.kernel.digests import digest_of

ROOT = Path(__file__).parents[3]
OCTETS = "application/offset+octet-stream"


class Client:
    """A client of the house, by the token of its station."""

    def __init__(self, house: House, token: str = "") -> None:
        self._house, self._session = house, requests.Session()
        self._session.headers.update(
            {"Tus-Resumable": "1.0.0", "Authorization": f"Bearer {token or house.token}"}
        )

    def ask(self, method: str, where: str = "/files/", body: bytes = b"", **more: Any) -> requests.Response:
        headers = {name.replace("_", "-"): str(value) for name, value in more.items()}
        return self._session.request(method, self._house.url + where, headers=headers, data=body, timeout=60)

    def begins(self, size: int | None, **more: Any) -> str:
        length = {"Upload_Defer_Length": 1} if size is None else {"Upload_Length": size}
        created = self.ask("POST", **length, **more)
        assert created.status_code == 201, created.text
        return str(created.headers["Location"])

    def sends(self, where: str, offset: int, body: bytes, **more: Any) -> requests.Response:
        return self.ask("PATCH", where, body, Upload_Offset=offset, Content_Type=OCTETS, **more)

    def slice(self, content: bytes) -> str:
        where = self.begins(len(content), Upload_Concat="partial")
        if content:
            assert self.sends(where, 0, content).status_code == 204
        return where

    def joins(self, slices: list[str], **facts: str) -> requests.Response:
        return self.ask("POST", Upload_Concat="final;" + " ".join(slices), Upload_Metadata=metadata(**facts))

    def head(self, where: str) -> Mapping[str, str]:
        answer = self.ask("HEAD", where)
        assert answer.status_code == 200, answer.status_code
        return answer.headers

    def receipt(self, where: str) -> dict[str, Any]:
        for _ in range(80):
            told: dict[str, Any] = self.ask("GET", f"{where}/receipt").json()
            if told.get("state") == "verified":
                return told
            time.sleep(0.25)
        pytest.fail(f"没有等到复核回执：{told}")


def metadata(**facts: str) -> str:
    return ",".join(f"{name} {base64.b64encode(value.encode()).decode()}" for name, value in facts.items())


@pytest.fixture
def client(house: House) -> Client:
    return Client(house)


# -- bytes with the creation ---------------------------------------------------------------------------------------


def test_file_that_comes_with_its_creation_is_stored_at_once(client: Client, house: House) -> None:
    content = os.urandom(300_001)
    answer = client.ask("POST", body=content, Upload_Length=len(content), Content_Type=OCTETS)
    assert (answer.status_code, answer.headers["Upload-Offset"]) == (201, str(len(content)))
    assert answer.headers["Liuhen-Recording"]
    receipt = Receipt.opened(client.receipt(answer.headers["Location"]), house.key)
    assert receipt.digest == digest_of(content)


def test_beginning_that_comes_with_the_creation_is_gone_on_from(client: Client) -> None:
    content = os.urandom(200_000)
    answer = client.ask("POST", body=content[:70_001], Upload_Length=len(content), Content_Type=OCTETS)
    assert (answer.status_code, answer.headers["Upload-Offset"]) == (201, "70001")
    assert "Upload-Expires" in answer.headers and "Liuhen-Recording" not in answer.headers
    where = answer.headers["Location"]
    assert client.sends(where, 70_001, content[70_001:]).status_code == 204
    assert client.receipt(where)["sha256"] == digest_of(content).sha256


@pytest.mark.parametrize(
    ("more", "status"),
    [
        ({"Upload_Length": 3}, 400),
        ({"Upload_Length": 9, "Upload_Checksum": f"sha256 {base64.b64encode(bytes(32)).decode()}"}, 460),
    ],
)
def test_bytes_that_do_not_fit_leave_an_upload_that_can_go_on(
    client: Client, more: dict[str, Any], status: int
) -> None:
    answer = client.ask("POST", body=b"abcdef", Content_Type=OCTETS, **more)
    assert answer.status_code == status
    where = answer.headers["Location"]
    assert client.head(where)["Upload-Length"] == str(more["Upload_Length"])
    assert client.ask("DELETE", where).status_code == 204


def test_mark_that_makes_no_sense_begins_nothing(client: Client, house: House) -> None:
    before = house.count("Upload")
    answer = client.ask("POST", body=b"a", Upload_Length=1, Content_Type=OCTETS, Upload_Checksum="md5 AA==")
    assert (answer.status_code, house.count("Upload")) == (400, before)


# -- a length told later -------------------------------------------------------------------------------------------


def test_length_is_told_with_the_last_piece(client: Client) -> None:
    content = os.urandom(150_000)
    where = client.begins(None)
    for at in (0, 60_000):
        assert "Upload-Length" not in client.head(where)
        assert client.head(where)["Upload-Defer-Length"] == "1"
        assert client.sends(where, at, content[at : at + 60_000]).status_code == 204
    done = client.sends(where, 120_000, content[120_000:], Upload_Length=len(content))
    assert done.headers["Liuhen-Recording"]
    head = client.head(where)
    assert (head["Upload-Length"], head["Upload-Offset"]) == ("150000", "150000")
    assert "Upload-Defer-Length" not in head
    assert client.receipt(where)["sha256"] == digest_of(content).sha256


def test_length_that_was_told_is_not_changed(client: Client, house: House) -> None:
    where = client.begins(None)
    assert client.sends(where, 0, b"four").status_code == 204
    assert client.sends(where, 4, b"", Upload_Length=3).status_code == 400
    assert client.sends(where, 3, b"", Upload_Length=4).status_code == 409
    assert client.sends(where, 4, b"", Upload_Length=1 << 50).status_code == 413
    assert client.head(where)["Upload-Defer-Length"] == "1"
    assert client.sends(where, 4, b"", Upload_Length=6).status_code == 204
    assert client.sends(where, 4, b"", Upload_Length=7).status_code == 400
    assert client.sends(where, 4, b"56", Upload_Length=6).status_code == 204
    assert client.receipt(where)["size"] == 6
    assert house.verbs().count("upload.measured") >= 1
    empty = client.begins(None)
    assert client.sends(empty, 0, b"", Upload_Length=0).headers["Liuhen-Recording"]


@pytest.mark.parametrize(
    "more",
    [
        {"Upload_Defer_Length": 2},
        {"Upload_Defer_Length": 1, "Upload_Length": 5},
        {"Upload_Defer_Length": 1, "Upload_Metadata": metadata(sealed="x", sha256="0" * 64)},
        {"Upload_Length": 5, "Upload_Concat": "partial", "Upload_Metadata": metadata(sealed="x")},
        {"Upload_Length": 5, "Upload_Concat": "whole"},
        {"Upload_Length": 5, "Upload_Metadata": "a,a"},
        {"Upload_Concat": "final;"},
        {"Upload_Concat": "final;/files/nowhere"},
        {"Upload_Concat": f"final;/files/{'0' * 8}-0000-0000-0000-{'0' * 12}", "Upload_Length": 5},
        {"Upload_Concat": "final;" + " ".join(["/files/x"] * 101)},
    ],
)
def test_creation_that_makes_no_sense_is_told_why(client: Client, more: dict[str, Any]) -> None:
    answer = client.ask("POST", **more)
    assert answer.status_code == 400 and answer.json()["why"]


# -- slices --------------------------------------------------------------------------------------------------------


def test_slices_side_by_side_are_one_recording_with_both_digests(client: Client, house: House) -> None:
    content = os.urandom(5_000_003)
    cuts, before = [0, 1_700_000, 1_700_000, 4_100_001, len(content)], house.count("Recording")
    slices = [""] * 4

    def send(number: int) -> None:
        slices[number] = Client(house).slice(content[cuts[number] : cuts[number + 1]])

    threads = [threading.Thread(target=send, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert house.count("Recording") == before  # Slices alone are nothing.
    head = client.head(slices[0])
    assert (head["Upload-Concat"], head["Upload-Offset"], head["Upload-Length"]) == (
        "partial", "1700000", "1700000",
    )  # fmt: skip
    told = [slices[0], house.url + slices[1], *slices[2:]]
    digest = digest_of(content)
    facts = {"filename": "a.bin", "sha256": digest.sha256, "sm3": digest.sm3}
    with ThreadPoolExecutor(
        3
    ) as askers:  # Three at once, and one whose answer was lost: it is the same upload.
        answers = list(askers.map(lambda _: Client(house).joins(told, **facts), range(3)))
    answers.append(client.joins(told, **facts))
    assert {answer.status_code for answer in answers} == {201}, [answer.text for answer in answers]
    (where,) = {answer.headers["Location"] for answer in answers}
    assert len({answer.headers["Liuhen-Recording"] for answer in answers}) == 1
    head = client.head(where)
    assert head["Upload-Offset"] == head["Upload-Length"] == str(len(content))
    assert head["Upload-Concat"] == "final;" + " ".join(told)
    receipt = Receipt.opened(client.receipt(where), house.key)
    assert (receipt.digest, receipt.size) == (digest, len(content))
    assert house.count("Recording") == before + 1
    assert not any((house.home / "vault/incoming").glob("*.part"))
    for one in slices:
        assert client.head(one)["Upload-Offset"] == client.head(one)["Upload-Length"]
        assert client.ask("DELETE", one).status_code == 403
        assert client.sends(one, int(client.head(one)["Upload-Offset"]), b"").status_code == 409
    assert client.sends(where, len(content), b"").status_code == 403
    assert client.ask("DELETE", where).status_code == 403
    assert client.joins(slices[:2]).status_code == 403


def test_slices_that_are_not_all_there_are_not_joined(client: Client) -> None:
    one, two = client.slice(b"one"), client.begins(3, Upload_Concat="partial")
    assert client.joins([one, two]).status_code == 409
    assert client.sends(two, 0, b"t").status_code == 204
    assert client.joins([one, two]).status_code == 409
    assert client.joins([one, one]).status_code == 400
    told = {"Upload_Concat": f"final;{one}", "Content_Type": OCTETS}
    assert client.ask("POST", body=b"more", **told).status_code == 400
    assert client.sends(two, 1, b"wo").status_code == 204
    assert client.sends(two, 3, b"").status_code == 409
    assert client.ask("DELETE", one).status_code == 204
    assert client.joins([one, two]).status_code == 404
    assert client.joins([two]).status_code == 201


def test_another_station_finds_no_slices_to_join(client: Client, house: House) -> None:
    house.liuhen("enroll", "station", "--unit", "0", "--name", "二号站", "--to", str(house.folder / "other"))
    stranger = Client(house, json.loads((house.folder / "other/station.json").read_text())["token"])
    one, two = client.slice(b"one"), client.slice(b"two")
    assert stranger.joins([one, two]).status_code == 404
    assert stranger.ask("HEAD", one).status_code == 404
    assert client.joins([one, two]).status_code == 201


def test_whole_that_differs_from_its_digest_is_not_stored_and_its_slices_stay(
    client: Client, house: House
) -> None:
    content = os.urandom(50_000)
    slices = [client.slice(content[:20_000]), client.slice(content[20_000:])]
    wrong = client.joins(slices[::-1], sha256=digest_of(content).sha256)
    assert wrong.status_code == 460 and "摘要不符" in wrong.json()["why"]
    swapped = digest_of(content[20_000:] + content[:20_000]).sha256
    assert not (house.home / "vault/objects" / swapped[:2] / swapped[2:4] / swapped).exists()
    right = client.joins(slices, sha256=digest_of(content).sha256)
    assert right.status_code == 201
    assert client.receipt(right.headers["Location"])["size"] == 50_000


def test_slice_that_changed_on_the_disk_stops_the_joining(client: Client, house: House) -> None:
    slices = [client.slice(b"one" * 9000), client.slice(b"two" * 9000)]
    part = house.home / "vault/incoming" / f"{slices[1].rsplit('/')[-1].replace('-', '')}.part"
    with part.open("r+b") as file:
        file.write(b"x")
    answer = client.joins(slices)
    assert answer.status_code == 460 and "第 2 个分片" in answer.json()["why"]
    assert client.ask("HEAD", slices[1]).status_code == 404
    assert client.head(slices[0])["Upload-Offset"] == "27000"
    anew = client.joins([slices[0], client.slice(b"two" * 9000)])
    assert (
        client.receipt(anew.headers["Location"])["sha256"] == digest_of(b"one" * 9000 + b"two" * 9000).sha256
    )


def test_method_that_the_line_does_not_let_through_is_told_in_a_header(client: Client) -> None:
    where = client.begins(4)
    told = {"Upload_Offset": 0, "Content_Type": OCTETS, "X_HTTP_Method_Override": "PATCH"}
    assert client.ask("POST", where, b"clip", **told).status_code == 204
    assert client.receipt(where)["size"] == 4
    assert client.ask("POST", where, X_HTTP_Method_Override="DELETE").status_code == 403
    for meant in ("GET", "PUT", "POST"):
        assert client.ask("POST", where, X_HTTP_Method_Override=meant).status_code == 405
    assert client.ask("POST", where).status_code == 405


def test_station_reads_nothing_back(client: Client) -> None:
    where = client.ask("POST", body=b"clip", Upload_Length=4, Content_Type=OCTETS).headers["Location"]
    assert client.ask("GET", where).status_code == 403


# -- the house stops in the middle ---------------------------------------------------------------------------------


def test_what_had_come_when_the_house_stopped_is_brought_to_its_end(client: Client, house: House) -> None:
    """All bytes durable and the end not reached: an asking client is told the end, not only the offset."""
    contents = {name: os.urandom(9000) for name in ("plain", "slice")}
    where = {"plain": client.begins(9000), "slice": client.begins(9000, Upload_Concat="partial")}
    for name, content in contents.items():
        assert client.sends(where[name], 0, content[:8000]).status_code == 204
    other = client.slice(b"other")
    house.kill()
    for name, content in contents.items():
        part = house.home / "vault/incoming" / f"{where[name].rsplit('/')[-1].replace('-', '')}.part"
        with part.open("r+b") as file:
            file.seek(8000)
            file.write(content[8000:])
        part.with_suffix(".durable").write_text('{"durable": 9000}')
    house.start()
    assert client.head(where["plain"])["Upload-Offset"] == "9000"
    assert client.receipt(where["plain"])["sha256"] == digest_of(contents["plain"]).sha256
    joined = client.joins([where["slice"], other])
    assert joined.status_code == 201, joined.text
    assert client.receipt(joined.headers["Location"])["size"] == 9005


def test_house_killed_while_it_joins_joins_once(client: Client, house: House) -> None:
    content = os.urandom(1 << 20) * 24
    slices = [client.slice(content[:12_000_000]), client.slice(content[12_000_000:])]
    before = house.count("Recording")
    asked: list[Any] = []

    def join() -> None:
        try:
            asked.append(Client(house).joins(slices).status_code)
        except requests.RequestException as error:
            asked.append(error)

    thread = threading.Thread(target=join)
    thread.start()
    time.sleep(0.12)
    house.kill()
    thread.join()
    house.start()
    answer = client.joins(slices)
    assert answer.status_code == 201, answer.text
    assert client.receipt(answer.headers["Location"])["sha256"] == hashlib.sha256(content).hexdigest()
    assert house.count("Recording") == before + 1
    house.liuhen("verify")


# -- the official clients -------------------------------------------------------------------------------------------


def test_official_client_of_browsers_can_do_all_it_offers(
    client: Client, house: House, tmp_path: Path
) -> None:
    content = os.urandom(1_000_003)
    (tmp_path / "clip.mp4").write_bytes(content)
    before = house.count("Recording")
    told = {
        "HOUSE": house.url, "TOKEN": house.token, "CONTENT": str(tmp_path / "clip.mp4"), "PAGES": str(ROOT / "frontend"),
        "PATH": os.environ["PATH"],
    }  # fmt: skip
    script = str(Path(__file__).with_name("official.mjs"))
    done = subprocess.run(
        ["node", script], env=told, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    ways = json.loads(done.stdout)
    assert ways.pop("terminated") == 404
    assert house.count("Recording") == before + len(ways) == before + 9
    for way, url in ways.items():
        whole = content[:3] if way == "parallel_tiny" else content
        receipt = client.receipt(url.removeprefix(house.url))
        assert receipt["sha256"] == digest_of(whole).sha256, way
        assert client.head(url.removeprefix(house.url))["Upload-Metadata"].count(",") == 1


def test_official_client_goes_on_with_what_another_began_with_its_creation(
    client: Client, house: House
) -> None:
    content = os.urandom(900_001)
    begun = client.ask("POST", body=content[:300_000], Upload_Length=len(content), Content_Type=OCTETS)
    where = begun.headers["Location"]
    official = TusClient(f"{house.url}/files/", headers={"Authorization": f"Bearer {house.token}"})
    uploader = official.uploader(
        file_stream=BytesIO(content), chunk_size=200_000, url=house.url + where, upload_checksum=True
    )
    assert uploader.offset == 300_000
    uploader.upload()
    assert client.receipt(where)["sha256"] == digest_of(content).sha256
