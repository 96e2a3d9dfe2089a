"""SIGKILL of server, worker and station at random moments of a sync: nothing receipted is lost or changed.

The seed is printed; `KILLS` sets how many (a few in every run, 200 and more by `make kills`).
"""

import json
import os
import random
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.live import House

from liuhen.engines.ledger import Receipt
from liuhen.engines.media.synthetic import Clip, make_clip
from liuhen.kernel.clock import now
from liuhen.kernel.digests import digest_of

KILLS = int(os.environ.get("KILLS", "4"))
SEED = int(os.environ.get("SEED", "20261121"))
# The long run also brings the reference recordings, where they are.
SAMPLES = Path(os.environ.get("LIUHEN_REFERENCE", Path(__file__).parents[3] / "shared")) / "samples"


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    found = House(tmp_path)
    found.found()
    _fill(found.card)
    yield found
    found.kill()


def _fill(card: Path) -> None:
    """Two real clips, and files of many sizes, some of them large enough to be cut in the middle."""
    (card / "DCIM").mkdir()
    for number in range(2):
        make_clip(
            card / "DCIM" / f"{number}.mp4", Clip(starts_at=now(), seconds=3, size=(320, 180), seed=number)
        )
    if KILLS >= 100 and SAMPLES.is_dir():
        for kind in ("media", "audio", "photos", "hostile"):
            shutil.copytree(SAMPLES / kind, card / "DCIM" / kind)
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
    files = [path for path in house.card.rglob("*") if path.is_file()]
    assert set(receipts) == {str(path.relative_to(house.card)) for path in files}
    for path in files:
        receipt = Receipt.opened(dict(receipts[str(path.relative_to(house.card))]), house.key)
        content = path.read_bytes()
        assert receipt.digest == digest_of(content)
        stored = house.home / "vault" / "objects" / receipt.digest.sha256[:2] / receipt.digest.sha256[2:4]
        assert (stored / receipt.digest.sha256).read_bytes() == content
