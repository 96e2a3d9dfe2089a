"""A real house at its doors (P5, P6, P8, Z5): names guessed, lines held open, a look that is broken off, and nobody called outside.

Minutes of one machine: `make rights` runs it (RIGHTS=full); `make test` runs what reads the traces alone.
"""

import contextlib
import os
import re
import signal
import socket
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from tests.interfaces.api.scene import film
from tests.live import House
from urllib3.exceptions import HTTPError

full = pytest.mark.skipif(os.environ.get("RIGHTS") != "full", reason="长测，见 make rights")
PASSWORD = "kxm7-qwe9-rty3-plm5"
# A street office of many: what an administrator would do on his pages in a week, done here at once.
PEOPLE = """
import django; django.setup()
import sys
from liuhen.apps.registry import actions
from liuhen.apps.registry.models import Unit
from liuhen.kernel.actors import OPERATOR
from liuhen.kernel.clock import now
top = Unit.objects.get(parent=None)
for n in range(int(sys.argv[1]), int(sys.argv[4])):
    one = actions.add_officer(top, by=OPERATOR, person=actions.Person(f"{n}号", f"{n:06d}"))
    actions.appoint(one, by=OPERATOR, role=sys.argv[2], unit=top, since=now())
    actions.open_account(one, by=OPERATOR, login=f"p{n:04d}", password=sys.argv[3])
"""
SHUT_OUT = """
import django; django.setup()
from liuhen.apps.registry.models import RoleAssignment
from liuhen.apps.registry.actions import end_role
from liuhen.kernel.actors import OPERATOR
from liuhen.kernel.clock import now
for post in RoleAssignment.objects.select_related("unit").filter(role="unit_head"):
    end_role(post, by=OPERATOR, at=now())
"""
VIEWED = """
import django; django.setup()
from liuhen.apps.evidence.models import Recording
print(Recording.objects.get().pk)
"""


class Knocker:
    """Somebody at the door with a browser's manners."""

    def __init__(self, house: House) -> None:
        self.url, self.line = house.url, requests.Session()
        self.line.trust_env = False
        self.line.get(f"{self.url}/api/v1/door", timeout=30)

    def post(self, path: str, **told: Any) -> requests.Response:
        token = self.line.cookies.get("csrftoken") or ""
        return self.line.post(
            f"{self.url}/api/v1{path}", json=told, headers={"X-CSRFToken": token}, timeout=60
        )


def tell(house: House, script: str, *told: str) -> str:
    settings = {"DJANGO_SETTINGS_MODULE": "liuhen.server.django_settings"}
    done = subprocess.run(
        [sys.executable, "-c", script, *told], env=house.environment | settings, cwd=house.folder, check=True, capture_output=True, text=True,
        timeout=600,
    )  # fmt: skip
    return done.stdout.strip()


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    found = House(tmp_path_factory.mktemp("doors"))
    found.found()
    found.environment["LIUHEN_SECOND_FACTOR"] = "offered"
    # Everybody has a password of his own here: what is measured is the door, not the first day.
    (found.home / "liuhen.toml").write_text(
        (found.home / "liuhen.toml").read_text().replace("demo = false", "demo = true")
    )
    tell(found, PEOPLE, "0", "unit_head", PASSWORD, "1")
    found.start()
    yield found
    found.stop()


@full
@pytest.mark.timeout(3600)
def test_neither_word_nor_time_tells_whether_a_name_exists(house: House) -> None:
    """P5: a thousand tries at 250 names that exist and 250 that do not, in turns; the sixth try at one name is shut, whoever it is."""
    tell(house, PEOPLE, "1", "officer", PASSWORD, "250")
    knocker, took, words = Knocker(house), {"p": [], "q": []}, {}
    before = house.verbs().count("account.log-in-failed")
    for turn in range(2):
        for n in range(250):
            for kind in ("p", "q"):
                begun = time.perf_counter()
                answer = knocker.post("/session", name=f"{kind}{n:04d}", password=f"falsch-falsch-{turn}")
                took[kind].append(time.perf_counter() - begun)
                words.setdefault(kind, set()).add((answer.status_code, answer.text))
    assert words["p"] == words["q"]
    apart = abs(statistics.median(took["p"]) - statistics.median(took["q"])) * 1000
    print(
        f"\n中位数 {statistics.median(took['p']) * 1000:.1f} 与 {statistics.median(took['q']) * 1000:.1f} 毫秒，相差 {apart:.2f} 毫秒"
    )
    assert apart < 5
    for name in ("p0249", "q0249"):
        answers = [
            knocker.post("/session", name=name, password="falsch-falsch-x").status_code for _ in range(4)
        ]
        assert answers == [403, 403, 429, 429], name
    assert knocker.post("/session", name="p0249", password=PASSWORD).status_code == 429
    assert house.verbs().count("account.log-in-failed") - before >= 1000, "each try has its line"


@full
@pytest.mark.timeout(600)
def test_thousand_lines_held_open_do_not_shut_the_door(house: House) -> None:
    """P6: each sends a few bytes of a request and no more; others are served as before."""
    held = []
    try:
        for _ in range(1000):
            line = socket.create_connection(("127.0.0.1", house.port), 10)
            line.sendall(b"GET /api/v1/door HTTP/1.1\r\nHost: localhost\r\nX-Slow: ")
            held.append(line)
        took = []
        for _ in range(100):
            begun = time.perf_counter()
            assert requests.get(f"{house.url}/api/v1/door", timeout=10).status_code == 200
            took.append(time.perf_counter() - begun)
        slowest = sorted(took)[94]
        print(f"\n一千条线占着，九成五在 {slowest * 1000:.0f} 毫秒之内")
        assert slowest < 1
    finally:
        for line in held:
            line.close()


@full
@pytest.mark.timeout(600)
def test_look_that_is_under_way_is_broken_off_within_ten_seconds(house: House, tmp_path: Path) -> None:
    """Z5: one request of a whole film, read slowly; the office ends, and so does the film."""
    with (tmp_path / "film.mp4").open(
        "wb"
    ) as file:  # A film of twenty seconds, and a free box of 300 MiB behind it.
        file.write(film() + (300 << 20).to_bytes(4) + b"free" + bytes((300 << 20) - 8))
    house.liuhen("ingest", str(tmp_path), "--officer", "000000", within=300)
    knocker = Knocker(house)
    told = knocker.post("/session", name="p0000", password=PASSWORD)
    assert told.status_code == 200, told.text
    key, until = tell(house, VIEWED), time.monotonic() + 120
    while (opened := knocker.post(f"/recordings/{key}/viewings")).status_code == 503:
        assert time.monotonic() < until, "the worker has not looked into it"
        time.sleep(1)
    assert opened.status_code == 200, opened.text
    answer = knocker.line.get(f"{house.url}{opened.json()['url']}", stream=True, timeout=60)
    assert answer.status_code == 200
    ended: dict[str, float] = {}

    def read() -> None:
        got = 0
        with contextlib.suppress(requests.RequestException, OSError, HTTPError):  # However the line ends.
            while part := answer.raw.read(1 << 18):
                got += len(part)
                time.sleep(0.05)
        ended.update(at=time.monotonic(), got=got)

    reader = threading.Thread(target=read)
    reader.start()
    time.sleep(4)
    assert not ended, "it runs"
    begun = time.monotonic()
    tell(house, SHUT_OUT)
    since = time.monotonic()
    reader.join(60)
    print(
        f"\n免职之后 {ended['at'] - since:.1f} 秒断开（命令本身 {since - begun:.1f} 秒），读到 {ended['got'] / 2**20:.0f} MiB"
    )
    assert ended["at"] - since <= 10
    assert ended["got"] < 300 << 20


# ── P8: nobody outside is called ───────────────────────────

_INSIDE = re.compile(
    r"sa_family=AF_(UNIX|NETLINK|UNSPEC)|inet_addr\(\"127\.|inet_pton\(AF_INET6, \"::1\"|sin6_addr=\"::1\""
)


def outside(trace: str) -> list[str]:
    """The lines of a trace that speak to somebody who is not on this machine."""
    return [
        line
        for line in trace.splitlines()
        if re.search(r"\b(connect|sendto)\(\d+,.*sa_family=", line) and not _INSIDE.search(line)
    ]


def test_trace_of_somebody_who_calls_outside_is_known() -> None:
    told = '7 connect(3, {sa_family=AF_INET, sin_port=htons(443), sin_addr=inet_addr("203.0.113.7")}, 16) = 0'
    own = '7 connect(3, {sa_family=AF_INET, sin_port=htons(80), sin_addr=inet_addr("127.0.0.1")}, 16) = 0'
    six = '7 connect(3, {sa_family=AF_INET6, sin6_port=htons(443), inet_pton(AF_INET6, "2001:db8::1", &sin6_addr)}, 28) = 0'
    unix = '7 connect(3, {sa_family=AF_UNIX, sun_path="/run/x"}, 110) = 0'
    assert outside("\n".join([told, own, six, unix])) == [told, six]


def _children(process: int) -> list[int]:
    told = Path(f"/proc/{process}/task/{process}/children").read_text()
    return [int(child) for child in told.split()]


@full
@pytest.mark.timeout(600)
def test_house_at_its_work_calls_nobody_outside(tmp_path: Path) -> None:
    """P8: founded, served, logged in, a card taken in and worked on, under strace."""
    found = House(tmp_path / "house")
    found.found()
    trace = tmp_path / "trace"
    found.environment["LIUHEN_SECOND_FACTOR"] = "offered"
    server = subprocess.Popen(
        ["strace", "-f", "-qq", "-e", "trace=connect,sendto", "-o", str(trace), sys.executable, "-m", "liuhen.server", "serve"],
        env=found.environment, cwd=found.folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        until = time.monotonic() + 90
        while not found.answers():
            assert time.monotonic() < until
            time.sleep(0.5)
        (found.card / "a.mp4").write_bytes(os.urandom(5000))
        with found.sync(patience="20") as docked:
            assert docked.wait(120) in (0, 1)
        knocker = Knocker(found)
        assert knocker.post("/session", name="sys", password="falsch").status_code == 403
        for path in ("/", "/login", "/api/v1/door", "/log/checkpoint"):
            requests.get(f"{found.url}{path}", timeout=30)
        time.sleep(5)
    finally:
        for traced in _children(
            server.pid
        ):  # The house itself: strace ends with what it follows, and a signal to it alone does neither.
            os.kill(traced, signal.SIGTERM)
        server.wait(120)
    told = trace.read_text(errors="replace")
    print(f"\n{len(told.splitlines())} 次呼叫，向外 {len(outside(told))} 次")
    assert outside(told) == []
