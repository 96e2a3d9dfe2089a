"""SIGKILL of server, worker and station at random moments of a sync: nothing receipted is lost or changed.

The seed is printed; `KILLS` sets how many (a few in every run, 200 and more by `make kills`).
"""

import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from liuhen.engines.ledger import Receipt, Verifier
from liuhen.engines.media.synthetic import Clip, make_clip
from liuhen.kernel.clock import now
from liuhen.kernel.digests import digest_of

KILLS = int(os.environ.get("KILLS", "4"))
SEED = int(os.environ.get("SEED", "20261121"))


class House:
    """A real `liuhen serve` over a home of its own, and a station beside it."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.home, self.card = folder, folder / "home", folder / "card"
        self.port = _free_port()
        self.environment = {
            "PATH": os.environ["PATH"],
            "LIUHEN_HOME": str(self.home),
            "LIUHEN_PORT": str(self.port),
            **({"LIUHEN_DATABASE": os.environ["LIUHEN_DATABASE"]} if "LIUHEN_DATABASE" in os.environ else {}),
        }
        self.server: subprocess.Popen[bytes] | None = None

    def liuhen(self, *arguments: str, ok: tuple[int, ...] = (0,)) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "liuhen.server", *arguments], env=self.environment, capture_output=True, text=True,
            cwd=self.folder, timeout=120, check=False,
        )  # fmt: skip
        assert done.returncode in ok, f"{arguments}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def start(self) -> None:
        self.server = subprocess.Popen(
            [sys.executable, "-m", "liuhen.server", "serve"], env=self.environment, cwd=self.folder,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
        until = time.monotonic() + 30
        while time.monotonic() < until:
            try:
                requests.options(f"http://127.0.0.1:{self.port}/files/", timeout=2)
                return
            except requests.RequestException:
                time.sleep(0.1)
        pytest.fail("服务器没有在 30 秒内启动")

    def kill(self) -> None:
        """The whole process group at once, as a power cut would."""
        if self.server is not None:
            os.killpg(self.server.pid, signal.SIGKILL)
            self.server.wait()
            self.server = None

    def sync(self) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "liuhen.server", "station", "sync", str(self.card), "--station",
             str(self.folder / "station"), "--json", "--patience", "3"],
            env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, start_new_session=True,
        )  # fmt: skip


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    found = House(tmp_path)
    if "LIUHEN_DATABASE" in os.environ:
        pytest.skip("在 SQLite 与本机磁盘上验证；PostgreSQL 的断电由其自身的预写日志保证，另有写入测试")
    admins = [a for who in ("甲:sys", "乙:sec", "丙:aud") for a in ("--admin", who)]
    found.liuhen(
        "init",
        "--agency",
        "清河街道办事处",
        "--code",
        "QH",
        "--type",
        "subdistrict",
        "--pack",
        "subdistrict",
        *admins,
    )
    found.liuhen("enroll", "station", "--unit", "0", "--name", "一号站", "--to", str(tmp_path / "station"))
    _fill(found.card)
    yield found
    found.kill()


def _fill(card: Path) -> None:
    """Two real clips, and files of many sizes, some of them large enough to be cut in the middle."""
    (card / "DCIM").mkdir(parents=True)
    for number in range(2):
        make_clip(
            card / "DCIM" / f"{number}.mp4", Clip(starts_at=now(), seconds=3, size=(320, 180), seed=number)
        )
    chance = random.Random(SEED)
    for number in range(22):
        size = chance.choice([0, 1, 4095, 4096, 70_000, 1 << 20, 5_000_003, 12_000_000])
        (card / "DCIM" / f"file-{number:02d}.bin").write_bytes(chance.randbytes(size))


def test_kills_at_random_moments_lose_nothing_that_was_receipted(house: House) -> None:
    print(f"种子 {SEED}，共 {KILLS} 次")
    chance = random.Random(SEED)
    receipts: dict[str, dict[str, object]] = {}
    house.start()
    for number in range(KILLS):
        if number and number % 12 == 0:
            _refresh(house, chance, number)
        station = house.sync()
        time.sleep(chance.uniform(0.3, 2.2))
        if chance.random() < 0.6:
            house.kill()
            os.killpg(station.pid, signal.SIGKILL)
            _keep(station, receipts)
            house.start()
        else:
            os.killpg(station.pid, signal.SIGKILL)
            _keep(station, receipts)
    for _ in range(4):
        station = house.sync()
        _keep(station, receipts)
        if station.returncode == 0 and all(r["state"] == "verified" for r in receipts.values()):
            break
    _check(house, receipts)
    house.kill()
    house.liuhen("verify")


def _refresh(house: House, chance: random.Random, number: int) -> None:
    """New bytes on the card, so that late kills have something to strike."""
    for index in range(8):
        path = house.card / "DCIM" / f"again-{number}-{index}.bin"
        path.write_bytes(chance.randbytes(chance.choice([3, 600_000, 9_000_001])))


def _keep(station: subprocess.Popen[str], receipts: dict[str, dict[str, object]]) -> None:
    out, _ = station.communicate(timeout=180)
    for line in out.splitlines():
        try:
            told = json.loads(line)
        except ValueError:
            continue
        if told.get("receipt"):
            receipts[told["file"]] = told["receipt"]


def _check(house: House, receipts: dict[str, dict[str, object]]) -> None:
    key = Verifier.parse(json.loads((house.folder / "station" / "station.json").read_text())["receipt_key"])
    files = [path for path in house.card.rglob("*") if path.is_file()]
    assert set(receipts) == {str(path.relative_to(house.card)) for path in files}
    for path in files:
        receipt = Receipt.opened(dict(receipts[str(path.relative_to(house.card))]), key)
        content = path.read_bytes()
        assert receipt.digest == digest_of(content)
        stored = house.home / "vault" / "objects" / receipt.digest.sha256[:2] / receipt.digest.sha256[2:4]
        assert (stored / receipt.digest.sha256).read_bytes() == content


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
