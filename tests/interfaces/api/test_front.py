"""Bytes sent by nginx once the house has said that they may go: every range is asked for, what is asked past the house is not there.

The configuration is the runbook's own text. `RANGES=seconds` measures 1 MiB ranges of nginx alone, of the house alone and of both.
"""

import asyncio
import os
import re
import shutil
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import pytest
import requests
import uvicorn
from django.db import connection
from granian.server import embed

from liuhen.apps.registry.models import Officer
from liuhen.interfaces.files.app import FilesApp
from liuhen.interfaces.files.unchanged import Answers, state
from liuhen.kernel.clock import now
from liuhen.kernel.errors import Malformed
from liuhen.server.settings import Settings
from tests.interfaces.api.scene import Door, Scene, film
from tests.interfaces.api.test_media import opened
from tests.live import free_port

T = TypeVar("T")

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not shutil.which("nginx", path="/usr/sbin:/usr/bin"), reason="本机没有 nginx"),
]
RUNBOOK = Path(__file__).parents[3] / "docs" / "runbook" / "README.md"


@contextmanager
def house(scene: Scene, *, front: str) -> Iterator[int]:
    """The plane of bulk bytes on a port of its own. Measured, it runs as the real server does; tested, by what ends in good order."""
    port, app = free_port(), FilesApp(replace(scene.office, front=front)).handle
    if "RANGES" in os.environ:
        fast = embed.Server(app, address="127.0.0.1", port=port, interface=embed.Interfaces.ASGI)
        threading.Thread(target=lambda: asyncio.run(fast.serve()), daemon=True).start()
        wait_for(port)
        yield port
        return
    server = uvicorn.Server(
        uvicorn.Config(app, port=port, log_level="error", lifespan="off", interface="asgi3")
    )
    thread = threading.Thread(target=server.run)
    thread.start()
    wait_for(port)
    try:
        yield port
    finally:
        server.should_exit = True
        thread.join(10)


@contextmanager
def nginx(folder: Path, home: Path, behind: int) -> Iterator[int]:
    """nginx with what the runbook says, without TLS and on this test's ports."""
    port = free_port()
    section = RUNBOOK.read_text("utf-8").split("\n## Behind nginx\n")[1].split("\n## ")[0]
    site, pieces = re.findall(r"```nginx\n(.*?)```", section, re.DOTALL)
    for said, here in (
        ("listen 443 ssl;", f"listen 127.0.0.1:{port};"), (r"(?m)^\s+ssl_certificate.*$", ""), ("127.0.0.1:8000", f"127.0.0.1:{behind}"),
        ("LIUHEN_HOME", str(home)), ("include liuhen-media.conf", f"include {folder}/liuhen-media.conf"),
    ):  # fmt: skip
        site = re.sub(said, here, site)
    (folder / "liuhen-media.conf").write_text(pieces, "utf-8")
    user = "user root;" if os.geteuid() == 0 else ""
    temporary = " ".join(
        f"{kind}_temp_path {folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    plain = f"location = /plain {{ alias {folder}/plain; }}"
    (folder / "nginx.conf").write_text(
        f"daemon off; {user} worker_processes 1; pid {folder}/pid; error_log {folder}/error.log; events {{}}\n"
        f"http {{ access_log off; sendfile on; tcp_nopush on; keepalive_requests 1000000; {temporary}\n{site.replace('location / {', plain + ' location / {')} }}",
        "utf-8",
    )
    process = subprocess.Popen(
        ["/usr/sbin/nginx", "-c", f"{folder}/nginx.conf", "-p", str(folder), "-e", f"{folder}/error.log"]
    )
    try:
        wait_for(port)
        yield port
    finally:
        process.terminate()
        process.wait(10)


def wait_for(port: int) -> None:
    for _ in range(200):
        try:
            requests.get(f"http://127.0.0.1:{port}/nothing", timeout=2)
        except requests.ConnectionError:
            time.sleep(0.05)
        else:
            return
    pytest.fail("没有在十秒内答应")


def test_nginx_sends_what_the_house_lets_go_and_nothing_past_it(scene: Scene, tmp_path: Path) -> None:
    folder = tmp_path / "front"
    folder.mkdir()
    li = Door("li")
    url = opened(li, scene.recording).json()["url"]
    cookies = {"session": li.client.cookies["session"].value}
    with house(scene, front="nginx") as behind, nginx(folder, scene.office.home, behind) as port:
        base = f"http://127.0.0.1:{port}"

        def ask(first: int, last: int, **more: str) -> requests.Response:
            return requests.get(
                f"{base}{url}", headers={"Range": f"bytes={first}-{last}"}, cookies=cookies | more, timeout=9
            )

        part = ask(10, 99)
        assert (part.status_code, part.content) == (206, film()[10:100]), (folder / "error.log").read_text()
        assert part.headers["Content-Range"] == f"bytes 10-99/{len(film())}"
        told = {
            name: part.headers.get(name)
            for name in ("Content-Type", "Cache-Control", "X-Content-Type-Options", "Content-Security-Policy")
        }
        assert told == {
            "Content-Type": "video/mp4",
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
            "Content-Security-Policy": "default-src 'none'; sandbox",
        }
        assert "X-Accel-Redirect" not in part.headers
        whole = requests.get(f"{base}{url}", cookies=cookies, timeout=9)
        assert whole.content == film()
        assert requests.get(f"{base}{url}", timeout=9).status_code == 401
        where = scene.office.vault.path(scene.recording.digest).relative_to(scene.office.home)
        for path in (
            f"/_liuhen/{where}",
            f"/_liuhen/vault/../{where}",
            f"/_LIUHEN/{where}",
            "/_liuhen/keys/log.key",
        ):
            assert requests.get(f"{base}{path}", cookies=cookies, timeout=9).status_code == 404, path
        scene.people["li"].roles.update(until=now())
        assert ask(100, 199).status_code == 404


@pytest.mark.skipif("RANGES" not in os.environ, reason="量一兆的区段：RANGES=秒数")
def test_ranges_are_measured_beside_nginx(scene: Scene, tmp_path: Path) -> None:
    """wrk, eight connections, random ranges of a mebibyte of 256: nginx alone, the house alone, nginx asking the house."""
    seconds, size = os.environ["RANGES"], 256 << 20
    folder = tmp_path / "front"
    folder.mkdir()
    path = scene.office.vault.path(scene.recording.digest)
    path.chmod(0o600)
    with path.open("r+b") as file:  # larger on the disk alone; nothing reads its digest here
        file.truncate(size)
    shutil.copyfile(path, folder / "plain")
    li = Door("li")
    url = opened(li, scene.recording).json()["url"]
    script = folder / "range.lua"
    script.write_text(
        f"request = function() local a = math.random(0, {(size >> 12) - 257}) * 4096 wrk.headers['Range'] = 'bytes=' .. a .. '-' .. (a + 1048575) "
        f"wrk.headers['Cookie'] = 'session={li.client.cookies['session'].value}' return wrk.format('GET', wrk.path) end"
    )

    def rate(port: int, address: str) -> str:
        told = subprocess.run(
            [
                "wrk",
                "-t1",
                "-c8",
                f"-d{seconds}s",
                "--latency",
                "-s",
                str(script),
                f"http://127.0.0.1:{port}{address}",
            ],
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        return " ".join(
            line.strip()
            for line in told.splitlines()
            if re.search("Transfer/sec|Requests/sec|99%|Non-2xx", line)
        )

    with (
        house(scene, front="") as alone,
        house(scene, front="nginx") as behind,
        nginx(folder, scene.office.home, behind) as port,
    ):
        for _ in range(3):
            print("nginx alone     ", rate(port, "/plain"))
            print("the house alone ", rate(alone, url))
            print("nginx and house ", rate(port, url))


def test_answer_stands_while_nothing_is_written_and_not_for_long(scene: Scene) -> None:
    asked, answers, brief = list[int](), Answers[int](lasts=30), Answers[int](lasts=0.05)

    def ask() -> int:
        asked.append(1)
        return len(asked)

    def often(question: str) -> int:
        (told,) = undisturbed(lambda: {answers.answer(question, ask) for _ in range(5)})
        return told

    first = often("a")
    assert often("b") > first
    scene.people["wang"].roles.update(until=now())  # whatever it is, and whoever wrote it
    second = answers.answer("a", ask)
    assert second > first
    other = threading.Thread(target=elsewhere, args=(scene,))
    other.start()
    other.join()
    assert often("a") > second
    one = brief.answer("a", ask)
    time.sleep(0.06)
    assert brief.answer("a", ask) > one
    for _ in range(2):
        with pytest.raises(Malformed):
            answers.answer("c", refuse)
    assert [answers.answer("d", lambda: write(scene)) for _ in range(3)] == [1, 1, 1]
    assert Officer.objects.get(pk=scene.people["wang"].pk).name == "三"


def undisturbed(work: Callable[[], T]) -> T:
    """As it goes where nobody writes: on PostgreSQL another house of the same server may, and then it is done again."""
    for _ in range(100):
        before, told = state(), work()
        if state() == before:
            return told
    pytest.fail("一直有人在写")


def elsewhere(scene: Scene) -> None:
    """A write by another connection, as another process would."""
    scene.people["chen"].roles.update(until=now())
    connection.close()


def refuse() -> int:
    raise Malformed("不行")


def write(scene: Scene) -> int:
    """Asking that writes is asked each time: its third time is seen."""
    row = Officer.objects.get(pk=scene.people["wang"].pk)
    names = ["一", "二", "三"]
    row.name = names[min(names.index(row.name) + 1, 2)] if row.name in names else "一"
    row.save(update_fields=["name"])
    return 1


def test_front_is_nginx_on_loopback_or_nothing(tmp_path: Path) -> None:
    assert Settings(home=tmp_path).sends_by == ""
    assert Settings(home=tmp_path, front="nginx").sends_by == "nginx"
    for wrong in ({"front": "apache"}, {"front": "nginx", "host": "0.0.0.0"}):
        with pytest.raises(Malformed):
            _ = Settings(home=tmp_path, **wrong).sends_by  # type: ignore[arg-type]
