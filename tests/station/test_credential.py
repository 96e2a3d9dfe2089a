"""A station's credential only adds: it opens nothing on the pages' plane or the bulk plane that lists, reads or deletes what is kept."""

import json
import re
from pathlib import Path

import requests

from liuhen.station.config import Config
from tests.live import House

_SOME = "01939999-0000-7000-8000-000000000000"


def routes() -> list[tuple[str, str]]:
    """Every method and path of the bulk bytes and of the pages' plane, from the tables the server routes by."""
    told = json.loads((Path(__file__).parents[2] / "docs/api/openapi.json").read_text())
    pages = [
        (method.upper(), path)
        for path, ways in told["paths"].items()
        for method in ways
        if method in _METHODS
    ]
    return [
        *pages,
        ("GET", "/files/"),
        ("DELETE", "/files/"),
        ("GET", f"/files/{_SOME}"),
        ("GET", "/files/cards"),
        ("GET", f"/media/{_SOME}"),
    ]


_METHODS = ("get", "post", "put", "patch", "delete")


def test_station_credential_lists_reads_and_deletes_nothing(house: House, config: Config) -> None:
    head = {"Authorization": f"Bearer {config.token}", "Tus-Resumable": "1.0.0"}
    assert (
        requests.post(f"{house.url}/files/", headers=head | {"Upload-Length": "4"}, timeout=20).status_code
        == 201
    )
    tried = routes()
    assert len(tried) > 50
    for method, path in tried:
        filled = re.sub(r"\{[^}]+\}", _SOME, path)
        answer = requests.request(
            method, house.url + filled, headers=head, json={}, timeout=20, allow_redirects=False
        )
        if answer.status_code < 400:  # Only what is open to anybody without a credential.
            nobody = requests.request(method, house.url + filled, json={}, timeout=20, allow_redirects=False)
            assert nobody.status_code == answer.status_code, f"{method} {path}: {answer.status_code}"
