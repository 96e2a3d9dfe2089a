"""The card's routes on the plane of bulk bytes: only a station is heard, only of what it brought itself."""

import asyncio
import json
from datetime import timedelta
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from liuhen.apps.devices.actions import enroll_station, let_station_clear, revoke_station
from liuhen.apps.evidence import actions as evidence
from liuhen.apps.evidence.cards import CONTEXT
from liuhen.apps.evidence.models import CardList, Clearing, Upload
from liuhen.apps.journal.models import Line
from liuhen.apps.journal.sealing import seal
from liuhen.engines.ledger import Signer
from liuhen.engines.ledger.leave import Leave
from liuhen.engines.ledger.statement import signed_statement
from liuhen.interfaces.files.app import FilesApp
from liuhen.kernel.actors import OPERATOR, SYSTEM, Actor
from liuhen.kernel.clock import as_utc_text, now
from liuhen.kernel.identifiers import new_id
from tests.cast import as_actor
from tests.interfaces.api.scene import Door, Scene

pytestmark = pytest.mark.django_db(transaction=True)
KEY = Signer("station", Ed25519PrivateKey.generate())


class Desk:
    """A station's way in: its token, or a person's cookie where that is tried."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.station, self.token = enroll_station(
            scene.cast.team, by=OPERATOR, name="一号站", key=str(KEY.verifier), at=now()
        )

    def ask(
        self, method: str, path: str, *, content: bytes = b"", cookie: str = "", token: str | None = None
    ) -> httpx.Response:
        headers = {} if cookie else {"Authorization": f"Bearer {self.token if token is None else token}"}

        async def asked() -> httpx.Response:
            transport = httpx.ASGITransport(app=FilesApp(self.scene.office).handle)
            cookies = {"session": cookie} if cookie else {}
            async with httpx.AsyncClient(
                transport=transport, base_url="http://127.0.0.1", cookies=cookies
            ) as client:
                return await client.request(method, path, content=content, headers=headers)

        return asyncio.run(asked())

    def brings(self, content: bytes = b"clip") -> Upload:
        """One file, uploaded and stored, of the scene's camera on loan."""
        cast, by = self.scene.cast, Actor("station", self.station.pk, "采集站")
        clip = evidence.Clip(
            unit=cast.team, name="a.mp4", path="DCIM/a.mp4", device_serial=cast.camera.serial, officer_number="010001", station=self.station
        )  # fmt: skip
        upload = evidence.open_upload(
            by=by, clip=clip, size=len(content), declared={}, expires_at=now() + timedelta(days=1), at=now()
        )
        arriving = self.scene.office.vault.incoming(upload.pk.hex)
        arriving.write(content)
        evidence.finish_upload(upload, by=by, clip=clip, arriving=arriving)
        return upload


@pytest.fixture
def desk(scene: Scene) -> Desk:
    return Desk(scene)


def signed_list() -> bytes:
    body: dict[str, Any] = {
        "station": "x",
        "listed_at": as_utc_text(now()),
        "device": "",
        "officer": "",
        "clock_error": None,
        "files": [],
    }
    return json.dumps(signed_statement(CONTEXT, body, KEY)).encode()


def test_list_is_taken_from_a_station_alone(desk: Desk) -> None:
    told = desk.ask("POST", "/files/cards", content=signed_list())
    assert told.status_code == 200, told.text
    assert told.json()["line"] == Line.objects.order_by("-number")[0].number
    assert CardList.objects.get().station == desk.station
    li = Door("li").client.cookies["session"].value
    assert desk.ask("POST", "/files/cards", content=signed_list(), cookie=li).status_code == 401
    assert desk.ask("POST", "/files/cards", content=signed_list(), token="x").status_code == 401
    for wrong in (b"", b"[]", b"{", b"[" * 100_000):
        assert desk.ask("POST", "/files/cards", content=wrong).status_code == 400
    assert desk.ask("POST", "/files/cards", content=b" " * (17 << 20)).status_code == 400
    revoke_station(desk.station, by=OPERATOR, at=now())
    assert desk.ask("POST", "/files/cards", content=signed_list()).status_code == 401


def test_leave_and_clearing_of_what_the_station_brought_and_of_nothing_else(desk: Desk, scene: Scene) -> None:
    upload, office = desk.brings(), scene.office
    leave, cleared = f"/files/{upload.pk}/leave", f"/files/{upload.pk}/cleared"
    assert desk.ask("GET", leave).status_code == 403
    let_station_clear(desk.station, by=as_actor(scene.cast.zhao), may_clear=True, at=now())
    assert desk.ask("GET", leave).status_code == 503
    recording = Upload.objects.get(pk=upload.pk).recording
    assert recording is not None
    evidence.note_verified(recording, by=SYSTEM, vault=office.vault)
    seal(office.log, at=now())
    given = Leave.opened(desk.ask("GET", leave).json(), office.signer.verifier)
    assert (given.recording, given.station) == (str(recording.pk), str(desk.station.pk))
    told = json.dumps({"path": "DCIM/a.mp4", "cleared_at": as_utc_text(now())}).encode()
    assert desk.ask("POST", cleared, content=told).status_code == 200
    assert Clearing.objects.get().recording == recording
    other = Desk(scene)
    for path in (leave, f"/files/{new_id()}/leave"):
        assert other.ask("GET", path).status_code == 404
    assert other.ask("POST", cleared, content=told).status_code == 404
    li = Door("li").client.cookies["session"].value
    assert desk.ask("GET", leave, cookie=li).status_code == 401
