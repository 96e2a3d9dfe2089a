"""Outside systems at a live house: a key that opens one door, a folder read twice, a webhook that is signed and tried again."""

import hashlib
import hmac
import json
import re
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import requests
from tests.apps.casework.test_intakes import call, opened
from tests.apps.steps import HOUR
from tests.cast import Cast
from tests.live import House

from liuhen.apps.casework.models import Intake, IntakeStep
from liuhen.apps.casework.pushing import enroll_system, push, revoke_system
from liuhen.apps.journal.models import Job
from liuhen.interfaces.cli.systems import read_folder, system_named
from liuhen.kernel.actors import OPERATOR, Actor
from liuhen.kernel.clock import now
from liuhen.kernel.errors import Refused
from liuhen.server.informing import inform, secret_of, tell_system

CALL = {
    "format": "liuhen-intake/1", "number": "110-1", "sort": "incident", "channel": "call", "subject": "打架", "place": "胜利路",
    "received_at": "2026-11-16T12:00:00+08:00",
}  # fmt: skip
STEP = {
    "format": "liuhen-intake-step/1",
    "number": "110-1",
    "key": "a",
    "step": "dispatched",
    "happened_at": "2026-11-16T12:01:00+08:00",
}


def test_system_pushes_by_its_key_until_it_is_revoked(tmp_path: Path) -> None:
    house = House(tmp_path)
    house.found()
    told = house.liuhen(
        "systems", "enroll", "--unit", "0", "--name", "接处警", "--scope", "incident", "--scope", "steps", "--webhook", "https://office.invalid/hook"
    )  # fmt: skip
    key = re.search(r"只显示这一次）：(\S+)", told)
    assert key
    house.start()
    try:
        post = _poster(house, key[1])
        assert post(STEP).status_code == 503  # Its call has not come yet.
        assert [post(CALL).status_code for _ in range(2)] == [201, 200]
        assert post(CALL | {"subject": "持械"}).status_code == 202
        assert post(STEP).json()["outcome"] == "new"
        assert post(CALL | {"sort": "complaint", "real_name": False}).status_code == 403
        assert post(CALL | {"wer": 1}).json()["why"] == "不认识的字段“wer”"
        assert post({"x": "x" * 70_000}).status_code == 400
        assert _poster(house, "x" * 43)(CALL).status_code == 401
        house.liuhen("systems", "revoke", "--name", "接处警")
        assert post(CALL).status_code == 401
    finally:
        house.stop()
    assert house.home.joinpath("keys", "webhook.key").stat().st_mode & 0o077 == 0
    assert key[1].encode() not in b"".join(path.read_bytes() for path in house.home.glob("*.sqlite3*"))


def _poster(house: House, key: str):  # type: ignore[no-untyped-def]
    headers = {"Authorization": f"Bearer {key}"}
    return lambda body: requests.post(f"{house.url}/files/messages", json=body, headers=headers, timeout=20)


def test_folder_read_twice_is_read_once_and_a_step_waits_in_it_for_its_call(
    cast: Cast, tmp_path: Path
) -> None:
    system, _key = enroll_system(
        cast.team, by=OPERATOR, name="接处警", scopes=["incident", "steps"], webhook="", at=now()
    )
    files = {
        "1.json": STEP,
        "2.json": CALL,
        "3.json": STEP | {"number": "110-3"},
        "4.json": CALL | {"sort": "lead"},
    }
    for name, message in files.items():
        (tmp_path / name).write_text(json.dumps(message))
    (tmp_path / "5.json").write_text("{")
    (tmp_path / "6.json").symlink_to("/etc/hostname")
    assert read_folder(system, tmp_path) == {"new": 2, "waiting": 1, "refused": 3}
    assert read_folder(system, tmp_path) == {"waiting": 1}
    assert (tmp_path / "refused" / "5.txt").read_text().startswith("内容不是 JSON")
    assert "不能推送" in (tmp_path / "refused" / "4.txt").read_text()
    assert sorted(path.name for path in (tmp_path / "done").iterdir()) == ["1.json", "2.json"]
    (tmp_path / "1.json").write_text(json.dumps(STEP))
    assert read_folder(system, tmp_path)["known"] == 1
    assert (tmp_path / "done" / "1-1.json").exists()
    revoke_system(system_named("BMZ", "接处警"), by=OPERATOR, at=now())
    with pytest.raises(Refused, match="已经停用"):
        read_folder(system_named("BMZ", "接处警"), tmp_path)
    with pytest.raises(Refused, match="没有名为"):
        system_named("BMZ", "丙")


class Listener:
    """The 110 system's end of the line: keeps what it was told, and answers with the codes it was given."""

    def __init__(self) -> None:
        self.told: list[tuple[dict[str, str], bytes]] = []
        self.codes: list[int] = []
        listener = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                listener.told.append((dict(self.headers.items()), body))
                self.send_response(listener.codes.pop(0) if listener.codes else 204)
                self.send_header("Location", "http://office.invalid/")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Silent."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/hook"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def listener() -> Iterator[Listener]:
    one = Listener()
    yield one
    one.close()


def test_system_is_told_signed_and_again_until_it_takes_it(
    cast: Cast, listener: Listener, noon: datetime, tmp_path: Path
) -> None:
    system, _key = enroll_system(
        cast.team, by=OPERATOR, name="接处警", scopes=["incident"], webhook=listener.url, at=noon
    )
    push(system, call("110-1", noon), by=Actor("outside", system.pk), at=noon)
    opened(cast, Intake.objects.get(), noon)
    step = IntakeStep.objects.select_related("intake__system", "case").get()
    listener.codes = [500, 302]
    for minute in range(4):  # The fourth finds that it was taken.
        with requests.Session() as line:
            inform(step, line, keys=tmp_path, clock=lambda at=noon + timedelta(minutes=minute): at)  # type: ignore[misc]
    assert [row.trouble for row in step.notices.order_by("at")] == ["对方回答 500", "对方回答 302", ""]
    assert len(listener.told) == 3
    assert (
        Job.objects.filter(kind="intake.tell", subject=step.pk).count() == 3
    )  # Its own, and two tries more.
    tell_system(tmp_path, step.pk)  # As the worker does it: taken already, so nothing is told.
    assert len(listener.told) == 3
    headers, body = listener.told[-1]
    secret = bytes.fromhex(secret_of(system, tmp_path))
    proof = hmac.new(secret, headers["Liuhen-Timestamp"].encode() + b"." + body, hashlib.sha256).hexdigest()
    assert headers["Liuhen-Signature"] == f"v1={proof}"
    assert {told["Idempotency-Key"] for told, _ in listener.told} == {str(step.pk)}
    assert json.loads(body)["number"] == "110-1"
    assert secret.hex() != secret_of(
        enroll_system(cast.team, by=OPERATOR, name="乙", scopes=["lead"], webhook="", at=noon)[0], tmp_path
    )


def test_nobody_is_told_after_the_key_was_revoked_and_a_silent_line_is_tried_again(
    cast: Cast, noon: datetime, tmp_path: Path
) -> None:
    system, _key = enroll_system(
        cast.team, by=OPERATOR, name="接处警", scopes=["incident"], webhook="http://127.0.0.1:9/hook", at=noon
    )
    push(system, call("110-1", noon), by=Actor("outside", system.pk), at=noon)
    opened(cast, Intake.objects.get(), noon)
    step = IntakeStep.objects.select_related("intake__system", "case").get()
    with requests.Session() as line:
        inform(step, line, keys=tmp_path, clock=lambda: noon + HOUR)
        assert step.notices.get().trouble.startswith("连不上")
        revoke_system(step.intake.system, by=OPERATOR, at=noon)  # type: ignore[arg-type]
        inform(step, line, keys=tmp_path, clock=lambda: noon + HOUR)
    assert step.notices.count() == 1
