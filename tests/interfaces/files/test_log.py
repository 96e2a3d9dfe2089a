"""The log over HTTP: a stranger with nothing but the published form and the key rebuilds every root; and nothing else is told."""

import base64
import hashlib
import json

import pytest
import requests
from tests.engines.ledger.trees import mth
from tests.live import House

from liuhen.engines.ledger import Verifier
from liuhen.engines.ledger.checkpoint import Checkpoint
from liuhen.engines.ledger.tiles import unpack_entries


def ask(house: House, path: str, method: str = "GET") -> requests.Response:
    return requests.request(method, f"{house.url}/log/{path}", timeout=10)


@pytest.fixture(scope="module")
def sealed(house: House) -> House:
    house.liuhen("seal")
    return house


def entries_of(house: House, size: int) -> list[bytes]:
    """As any client of tlog-tiles reads them: full bundles, then the partial one."""
    found: list[bytes] = []
    for index in range(size // 256):
        found += unpack_entries(ask(house, f"tile/entries/{index:03d}").content)
    if size % 256:
        found += unpack_entries(ask(house, f"tile/entries/{size // 256:03d}.p/{size % 256}").content)
    return found


def test_stranger_rebuilds_the_root_from_what_is_served(sealed: House) -> None:
    told = ask(sealed, "checkpoint")
    assert told.status_code == 200
    assert told.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert "no-cache" in told.headers["Cache-Control"]
    key = json.loads((sealed.station / "station.json").read_text())["receipt_key"]
    point = Checkpoint.opened(told.text, Verifier.parse(key))
    entries = entries_of(sealed, point.size)
    assert len(entries) == point.size > 5
    assert mth(entries) == point.root
    tile = ask(sealed, f"tile/0/000.p/{point.size}")
    assert tile.headers["Content-Type"] == "application/octet-stream"
    assert "immutable" in tile.headers["Cache-Control"]
    assert tile.content == b"".join(hashlib.sha256(b"\0" + entry).digest() for entry in entries)


def test_log_tells_no_name_and_no_text(sealed: House) -> None:
    """An entry is 32 bytes of a salted digest: of two like acts, two that differ; no name of the founding is in any file."""
    size = int(ask(sealed, "checkpoint").text.split("\n")[1])
    entries = entries_of(sealed, size)
    assert {len(entry) for entry in entries} == {32}
    assert len(set(entries)) == len(entries)
    served = ask(sealed, "checkpoint").content + b"".join(entries)
    for word in ("清河", "甲", "sys", "街道", "QH-"):
        assert word.encode() not in served
        assert base64.b64encode(word.encode()) not in served


@pytest.mark.parametrize(
    "path",
    ["", "tile", "tile/0/999", "tile/0/1", "tile/64/000", ".lock", "tile/../checkpoint", "tile/%2e%2e/checkpoint",
     "tile/entries/../../../liuhen.toml", "tile/0/000.p/256", "CHECKPOINT"],
)  # fmt: skip
def test_whatever_is_not_of_the_published_form_is_not_there(sealed: House, path: str) -> None:
    prepared = requests.Request("GET", f"{sealed.url}/log/").prepare()
    prepared.url = f"{sealed.url}/log/{path}"  # as it is: requests would tidy it
    with requests.Session() as session:
        assert session.send(prepared, timeout=10).status_code == 404


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_log_is_only_read(sealed: House, method: str) -> None:
    assert ask(sealed, "checkpoint", method).status_code == 405
    assert ask(sealed, "checkpoint", "HEAD").status_code == 200
