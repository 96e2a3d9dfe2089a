"""The witness's program as it runs: over HTTP, by commands, on paper; killed between keeping and answering."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from liuhen.engines.ledger.checkpoint import Checkpoint
from liuhen.engines.ledger.cosignature import cosigned_at
from liuhen.engines.ledger.slips import codes_of, content_of
from liuhen.engines.ledger.submission import SIZE_TYPE
from liuhen.witness import pages
from liuhen.witness.books import Books
from liuhen.witness.service import WitnessServer
from tests.witness.conftest import NOON, SIGNER, Desk, house


@pytest.fixture
def url(desk: Desk) -> Iterator[str]:
    said: list[str] = []
    server = WitnessServer(desk.books, "127.0.0.1", 0, say=said.append, clock=lambda: NOON)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()
    thread.join()


def post(url: str, body: bytes) -> requests.Response:
    return requests.post(f"{url}/add-checkpoint", data=body, timeout=10)


def test_exchange_over_http_is_that_of_the_specification(desk: Desk, url: str) -> None:
    hashed = f"{url}/{desk.trusted.folder}/checkpoint"
    assert requests.get(hashed, timeout=10).status_code == 404
    told = post(url, desk.house.grown_to(5).body(0))
    assert (told.status_code, told.text.startswith("— qu-sfj/w1 ")) == (200, True)
    served = requests.get(hashed, timeout=10)
    assert served.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert cosigned_at(served.text, desk.books.cosigner.verifier) == NOON
    assert Checkpoint.opened(served.text, SIGNER.verifier) == desk.house.log.latest()
    conflict = post(url, desk.house.body(3))
    assert (conflict.status_code, conflict.text, conflict.headers["Content-Type"]) == (409, "5\n", SIZE_TYPE)
    forger = house(b"z").grown_to(5)
    assert post(url, forger.body(5)).status_code == 422
    assert post(url, b"rubbish").status_code == 400
    assert requests.get(f"{url}/../witness.key", timeout=10).status_code == 404
    assert requests.get(f"{url}/{'0' * 64}/checkpoint", timeout=10).status_code == 404
    assert requests.post(f"{url}/other", data=b"", timeout=10).status_code == 404
    assert requests.post(f"{url}/add-checkpoint", data=b"x" * (200 << 10), timeout=10).status_code == 413
    assert requests.post(f"{url}/add-checkpoint", data=iter([b"x"]), timeout=10).status_code == 411


def test_connection_is_kept_for_the_next_checkpoint(desk: Desk, url: str) -> None:
    with requests.Session() as line:
        for size in range(1, 6):
            body = desk.house.grown_to(size).body(size - 1)
            assert line.post(f"{url}/add-checkpoint", data=body, timeout=10).status_code == 200
        pools = line.get_adapter(url).poolmanager.pools  # type: ignore[attr-defined]
        assert [pools[key].num_connections for key in pools.keys()] == [1]  # noqa: SIM118  no mapping


def test_who_only_holds_the_line_does_not_keep_others_out(desk: Desk, url: str) -> None:
    host, port = url.removeprefix("http://").split(":")
    idle = [socket.create_connection((host, int(port))) for _ in range(40)]
    assert post(url, desk.house.grown_to(5).body(0)).status_code == 200
    for line in idle:
        line.close()


def test_pages_say_in_chinese_what_was_checked_and_escape_what_came(desk: Desk, url: str) -> None:
    front = requests.get(url, timeout=10)
    assert "尚未会签" in front.text
    assert "default-src 'none'" in front.headers["Content-Security-Policy"]
    post(url, desk.house.grown_to(1234).body(0))
    front = requests.get(url, timeout=10)
    for words in ("清河街道办事处", "已会签到第 1,234 笔", "没有一笔被改、被删、被插入", "看不到内容"):
        assert words in front.text
    post(url, house(b"z").grown_to(1234).body(1234))
    assert "拒绝过 1 次" in requests.get(url, timeout=10).text
    bad = requests.post(f"{url}/paper", data={"codes": "<script>alert(1)</script>"}, timeout=10)
    assert "没有会签" in bad.text
    assert "<script" not in bad.text


def test_paper_goes_there_and_back(desk: Desk, url: str) -> None:
    """Printed there, scanned here in the wrong order; answered, printed here, scanned there: the same cosigned note."""
    assert "扫码枪" in requests.get(f"{url}/paper", timeout=10).text
    scanned = "\n".join(reversed(codes_of(desk.house.grown_to(700).body(0))))
    told = requests.post(f"{url}/paper", data={"codes": scanned}, timeout=10)
    assert "已会签" in told.text
    assert told.text.count("<svg") == len(codes_of(desk.books.note(desk.trusted).encode()))
    back = content_of("".join(codes_of(desk.books.note(desk.trusted).encode()))).decode()
    assert cosigned_at(back, desk.books.cosigner.verifier) == NOON
    again = requests.post(f"{url}/paper", data={"codes": scanned}, timeout=10)
    assert "从 0 笔接起" in again.text
    forked = "".join(codes_of(house(b"z").grown_to(700).body(700)))
    assert "记录被改动的证据" in requests.post(f"{url}/paper", data={"codes": forked}, timeout=10).text


def test_page_of_a_witness_without_logs_and_with_broken_books_says_what_to_do(desk: Desk) -> None:
    desk.offered(desk.house.grown_to(5).body(0))
    (desk.books.folder / desk.trusted.folder / "checkpoint").write_text("x")
    assert "不可信" in pages.front(desk.books, at=NOON)
    (desk.books.folder / "trusted").unlink()
    assert "liuhen witness trust" in pages.front(Books(desk.books.folder), at=NOON)


# -- commands ----------------------------------------------------------------------------------------------------


def run(folder: Path, *arguments: str, ok: int = 0) -> str:
    command = [sys.executable, "-m", "liuhen.server", "witness", *arguments]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == ok, done.stdout + done.stderr
    return done.stdout + done.stderr


def test_commands_from_founding_to_a_stick(tmp_path: Path) -> None:
    assert "qu-sfj/w1+" in run(tmp_path, "init", "qu-sfj/w1")
    run(tmp_path, "trust", str(SIGNER.verifier), "--title", "清河街道办事处")
    run(tmp_path, "trust", str(SIGNER.verifier), "--title", "又一次", ok=3)
    told = house().grown_to(40)
    (tmp_path / "to-witness.txt").write_bytes(told.body(0))
    assert "第 40 笔" in run(tmp_path, "sign", "to-witness.txt", "--to", "back.txt")
    key = Books(tmp_path / "witness").cosigner.verifier
    assert Checkpoint.opened((tmp_path / "back.txt").read_text(), SIGNER.verifier, key).size == 40
    run(tmp_path, "show")
    (tmp_path / "forked.txt").write_bytes(house(b"z").grown_to(40).body(40))
    assert "拒绝会签" in run(tmp_path, "sign", "forked.txt", "--to", "no.txt", ok=6)
    assert not (tmp_path / "no.txt").exists()
    assert "拒绝过 1 次" in run(tmp_path, "show", ok=1)


def test_witness_starts_without_django(tmp_path: Path) -> None:
    asked = "import sys; sys.modules['django']=None; from liuhen.server.main import main; main(['witness','--help'])"
    done = subprocess.run(
        [sys.executable, "-c", asked], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "会签" in done.stdout


# -- killed between keeping and answering ------------------------------------------------------------------------

_DIES = """
import os, signal, sys
from pathlib import Path
from liuhen.witness import judging
from liuhen.witness.books import Books
real = Books.keep
def keep(self, log, note, *, at):
    if when == "before": os.kill(os.getpid(), signal.SIGKILL)
    real(self, log, note, at=at)
    os.kill(os.getpid(), signal.SIGKILL)
when = sys.argv[2]
Books.keep = keep
judging.add_checkpoint(Books(Path(sys.argv[1])), sys.stdin.buffer.read())
"""


@pytest.mark.parametrize(("when", "held"), [("before", "5\n"), ("after", "9\n")])
def test_death_between_keeping_and_answering_leaves_nothing_that_can_be_contradicted(
    desk: Desk, when: str, held: str
) -> None:
    """The log got no answer and asks again: it is told where the witness stands, and a fork is refused from there."""
    desk.offered(desk.house.grown_to(5).body(0))
    body = desk.house.grown_to(9).body(5)
    command = [sys.executable, "-c", _DIES, str(desk.books.folder), when]
    died = subprocess.run(command, input=body, capture_output=True, timeout=60, check=False)
    assert died.returncode == -signal.SIGKILL, died.stderr
    forger = house(b"z").grown_to(int(held))
    assert desk.offered(forger.body(int(held))).status == 422
    desk.house.grown_to(12)
    answer = desk.offered(desk.house.body(3))
    assert (answer.status, answer.body) == (409, held)
    assert desk.offered(desk.house.body(int(held))).status == 200


@pytest.mark.slow
def test_witness_killed_at_random_under_load_never_contradicts_itself(desk: Desk) -> None:
    """A real server, killed again and again while it answers: whatever was cosigned, the log's tree holds it, in order."""
    folder = desk.books.folder
    sizes: list[int] = []
    for _ in range(int(os.environ.get("KILLS", "8"))):
        command = [
            sys.executable,
            "-m",
            "liuhen.server",
            "witness",
            "serve",
            "--folder",
            str(folder),
            "--port",
            "0",
        ]
        server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert server.stdout is not None
        port = server.stdout.readline().split("127.0.0.1:")[1].split("\u3000")[0]
        url = f"http://127.0.0.1:{port}"
        killer = threading.Timer(0.02 + 0.05 * len(sizes) % 0.4, server.kill)
        killer.start()
        until = time.monotonic() + 20
        try:
            while time.monotonic() < until:
                old = (desk.books.latest(desk.trusted) or Checkpoint("", 0, b"")).size
                told = post(url, desk.house.grown_to(desk.house.log.latest().size + 1).body(old))
                if told.status_code == 200:
                    note = desk.house.log.note() + told.text
                    cosigned_at(note, desk.books.cosigner.verifier)
                    sizes.append(Checkpoint.read(note).size)
                    held = desk.books.latest(desk.trusted)
                    assert held is not None
                    assert held.size >= sizes[-1]
        except requests.ConnectionError:
            pass
        killer.join()
        server.wait(10)
        server.stdout.close()
    assert sizes == sorted(sizes)
    latest = desk.books.latest(desk.trusted)
    assert latest is not None
    assert desk.house.log.root(latest.size) == latest.root
