"""The line to the superior's platform, with a platform that loses answers, repeats them, is away, and gives what nobody asked for."""

import contextlib
import json
import threading
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import requests
from tests.apps.casework.test_outward import handed, linked
from tests.apps.steps import HOUR
from tests.cast import Cast

from liuhen.apps.casework import outward
from liuhen.apps.casework.models import OutwardHandover, OutwardReference
from liuhen.apps.journal.models import Job
from liuhen.interfaces.office import Office, Superior
from liuhen.kernel.errors import Malformed
from liuhen.server import superior
from liuhen.server.settings import Settings
from liuhen.server.superior import send
from liuhen.server.wiring import superior_of


class Platform:
    """A platform as they are: it keeps each list once by its key, numbers recordings in order, and behaves as the next word says."""

    def __init__(self) -> None:
        self.lists: dict[str, dict[str, str]] = {}
        self.asked: list[dict[str, str]] = []
        self.moods: list[str] = []
        platform = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                platform.answer(self, body)

            def log_message(self, *_: object) -> None:
                """Silent."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/api"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def answer(self, line: BaseHTTPRequestHandler, body: bytes) -> None:
        mood = self.moods.pop(0) if self.moods else "good"
        self.asked.append({**dict(line.headers.items()), "path": line.path})
        if mood == "away":
            self.say(line, 503, b"")
            return
        told, key = json.loads(body), line.headers["Idempotency-Key"]
        given = self.lists.setdefault(key, {})
        known = sum(len(numbers) for numbers in self.lists.values())
        wanted = [item["recording"] for item in told["items"] if item["recording"] not in given]
        for n, number in enumerate(wanted[:1] if mood == "part" else wanted):
            given[number] = f"SX-{known + n + 1:04d}"
        if mood == "lost":  # Taken in and kept, and the answer never comes.
            line.connection.close()
            return
        if mood in ("cut", "trickle"):  # An answer that ends in the middle, or hardly comes at all.
            self.half(line, slowly=mood == "trickle")
            return
        answers = {
            "deep": b"[" * 200_000, "rubbish": b"<html>", "other": json.dumps({"handover": "x", "references": given}).encode(), "list": b"[]",
            "numbers": json.dumps({"handover": told["handover"], "references": {"a": 1}}).encode(),
            "stranger": json.dumps({"handover": told["handover"], "references": {"别的": "SX-9999"}}).encode(),
            "long": b"x" * (5 << 20), "redirect": b"",
        }  # fmt: skip
        good = json.dumps({"handover": told["handover"], "references": given}).encode()
        self.say(line, 302 if mood == "redirect" else 200, answers.get(mood, good))

    @staticmethod
    def half(line: BaseHTTPRequestHandler, *, slowly: bool) -> None:
        line.send_response(200)
        line.send_header("Content-Length", "5000")
        line.end_headers()
        for _ in range(40 if slowly else 1):
            with contextlib.suppress(OSError):
                line.wfile.write(b"{")
                line.wfile.flush()
            time.sleep(0.05 if slowly else 0)
        line.close_connection = True

    @staticmethod
    def say(line: BaseHTTPRequestHandler, code: int, body: bytes) -> None:
        line.send_response(code)
        line.send_header("Location", "http://office.invalid/")
        line.send_header("Content-Length", str(len(body)))
        line.end_headers()
        line.wfile.write(body)

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def platform() -> Iterator[Platform]:
    one = Platform()
    yield one
    one.close()


@pytest.fixture
def made(cast: Cast, office: Office, noon: datetime) -> OutwardHandover:
    rows = [linked(cast, office, noon, content) for content in (b"a", b"b", b"c")]
    return handed(cast, office, *rows, at=noon + HOUR, way="line")


def tried(made: OutwardHandover, platform: Platform | None, noon: datetime, *, minutes: int = 0) -> str:
    """One sending; what went wrong."""
    told = Superior("省厅平台", platform.url, "口令".encode().hex()) if platform else None
    with requests.Session() as line:
        send(made, told, line, clock=lambda: noon + 2 * HOUR + timedelta(minutes=minutes))
    return outward.tries_of(made)[0].trouble


def waiting_jobs(made: OutwardHandover) -> int:
    return Job.objects.filter(kind=outward.SEND, subject=made.pk, state=Job.State.WAITING).count()


@pytest.mark.clause("TNH-6.e")
def test_list_is_kept_once_and_every_number_arrives_though_the_line_loses_answers(
    made: OutwardHandover, platform: Platform, noon: datetime
) -> None:
    """TNH-6.e: the platform is away, loses its answer, gives a part, repeats itself; each recording ends with one number."""
    platform.moods = ["away", "lost", "lost", "part"]
    assert "503" in tried(made, platform, noon)
    assert "没有等到回答" in tried(made, platform, noon, minutes=1)
    assert "没有等到回答" in tried(made, platform, noon, minutes=2)
    assert OutwardReference.objects.count() == 0
    assert tried(made, platform, noon, minutes=3) == ""
    assert list(platform.lists) == [str(made.pk)]
    kept = dict(OutwardReference.objects.values_list("item__recording__number", "reference"))
    assert kept == platform.lists[str(made.pk)] and len(set(kept.values())) == 3
    assert outward.is_answered(made)
    asked = len(platform.asked)
    tried(made, platform, noon, minutes=4)
    assert len(platform.asked) == asked  # Nothing is asked once all is answered.
    assert platform.asked[0]["path"] == "/api/handovers"
    assert platform.asked[0]["Authorization"].startswith("Bearer ")


def test_part_of_the_numbers_is_kept_and_the_rest_is_asked_for_again(
    made: OutwardHandover, platform: Platform, noon: datetime
) -> None:
    platform.moods = ["part"]
    assert "没有给出全部编号" in tried(made, platform, noon)
    assert OutwardReference.objects.count() == 1
    assert tried(made, platform, noon, minutes=1) == ""
    assert OutwardReference.objects.count() == 3


@pytest.mark.parametrize(
    ("mood", "says"),
    [("rubbish", "JSON"), ("list", "不是对这份"), ("other", "不是对这份"), ("numbers", "不合格式"), ("stranger", "清单中没有 别的"),
     ("long", "过长"), ("redirect", "302"), ("deep", "不是 JSON"), ("cut", "没有等到回答"), ("trickle", "太慢")],
)  # fmt: skip
def test_answer_that_is_none_changes_nothing_and_is_told(
    made: OutwardHandover,
    platform: Platform,
    noon: datetime,
    mood: str,
    says: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(superior, "_WHOLE", 0.5)
    platform.moods = [mood]
    assert says in tried(made, platform, noon)
    assert OutwardReference.objects.count() == 0
    assert tried(made, platform, noon, minutes=1) == ""


def test_each_failure_leaves_the_next_try_and_an_answer_leaves_none(
    made: OutwardHandover, platform: Platform, noon: datetime
) -> None:
    assert waiting_jobs(made) == 1
    assert "没有设置" in tried(made, None, noon)
    first = Job.objects.filter(kind=outward.SEND).latest("run_after").run_after
    assert waiting_jobs(made) == 2
    platform.moods = ["away"]
    tried(made, platform, noon)
    assert Job.objects.filter(kind=outward.SEND).latest("run_after").run_after > first
    tried(made, platform, noon)
    assert waiting_jobs(made) == 3


def test_settings_name_the_platform_and_carry_nothing_in_the_clear(tmp_path: Path) -> None:
    assert superior_of(Settings(tmp_path)) is None
    token = tmp_path / "token"
    token.write_text("abc\n")
    told = {
        "superior_name": "省厅平台",
        "superior_url": "https://office.invalid/api",
        "superior_token": str(token),
    }
    assert superior_of(Settings(tmp_path, **told)) == Superior(
        "省厅平台", "https://office.invalid/api", "abc"
    )
    assert superior_of(Settings(tmp_path, superior_name="省厅平台")) == Superior("省厅平台")
    with pytest.raises(Malformed, match="https"):
        superior_of(Settings(tmp_path, superior_name="x", superior_url="http://office.invalid/"))
    with pytest.raises(Malformed, match="名称"):
        superior_of(Settings(tmp_path, superior_url="https://office.invalid/"))
