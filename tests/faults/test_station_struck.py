"""A station's day, ended at every call on its disk, its card and its line: nothing leaves the card without a receipt that the station
verified, and once it is simply started again everything is at the house once.

`STATION_POINTS` deaths and `STATION_ERRORS` errors are struck, `STATION_STATES` states of a cut disk are looked at (`make gates`, `make
gates-long` for more); the seed is printed. Each fault put into the station on purpose must be caught; every run tries some, the
gates all.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.faults.conftest import ROOT, Strike
from tests.faults.station_mutants import LIES, MUTANTS
from tests.live import House

pytestmark = pytest.mark.timeout(36_000)
SEED = int(os.environ.get("SEED", "20261121"))
KILLED = int(os.environ.get("STATION_POINTS", "8"))
FAILED = int(os.environ.get("STATION_ERRORS", "4"))
FAULTS = sorted(set(MUTANTS) - set(LIES))
TRIED = FAULTS if "STATION_POINTS" in os.environ else FAULTS[::4]
STATES = int(os.environ.get("STATION_STATES", "1400"))


@pytest.fixture(scope="module")
def struck() -> Iterator[Strike]:
    """Calls `station_striking.py` beside one live house; gives what it found."""
    if os.environ.get("LIUHEN_DATABASE"):
        pytest.skip("采集站不用数据库；逐次调用的断电在内置数据库的机关端旁边做")
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    folder = Path(tempfile.mkdtemp(prefix="liuhen-station-", dir=memory))
    house = House(folder)
    house.environment |= {
        "DJANGO_SETTINGS_MODULE": "liuhen.server.django_settings", "PYTHONPATH": os.pathsep.join(sys.path),
        "DESK": str(folder / "desk"), "LIUHEN_WORKERS": "0",
    }  # fmt: skip
    subprocess.run([sys.executable, "-m", "tests.faults.room_home", "2"], env=house.environment, check=True,
                   stdout=subprocess.DEVNULL, timeout=600)  # fmt: skip
    where = ["--agency", "BMZ", "--name", "一号站"]
    house.liuhen("enroll", "station", *where, "--unit", "ZF", "--to", str(folder / "station-template"))
    house.liuhen("enroll", "clearing", *where, "--allow")
    house.start()
    worker = subprocess.Popen([sys.executable, "-m", "tests.faults.quick_worker"], env=house.environment)

    def run(what: str, **options: Any) -> dict[str, Any]:
        told = [part for name, value in options.items() for part in (f"--{name}", str(value))]
        done = subprocess.run(
            [sys.executable, "-m", "tests.faults.station_striking", what, *told], cwd=ROOT, capture_output=True, text=True,
            timeout=36_000, check=False, env=house.environment,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr[-3000:]
        found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        return found

    try:
        yield run
    finally:
        worker.send_signal(signal.SIGKILL)
        worker.wait()
        house.kill()
        shutil.rmtree(folder, ignore_errors=True)


def test_death_at_any_call_loses_nothing_and_doubles_nothing(struck: Strike) -> None:
    found = struck("kill", points=KILLED, seed=SEED)
    print(f"种子 {SEED}：{found['calls']} 次调用，断在 {found['struck']} 处（试 {found['tried']} 次）")
    assert not found["broken"]
    # How often the house is asked differs from run to run: a call that a day did not come to is drawn anew.
    assert found["struck"] >= found["points"]
    assert found["calls"] > 200


def test_error_of_any_call_loses_nothing_and_doubles_nothing(struck: Strike) -> None:
    """EIO, ENOSPC, EDQUOT of the disk, a reset or silent line, once or from then on."""
    found = struck("error", points=FAILED, seed=SEED)
    print(f"种子 {SEED}：出错 {found['points']} 处")
    assert not found["broken"]


def test_power_cut_after_any_call_keeps_what_the_station_told(struck: Strike) -> None:
    found = struck("power", points=STATES, seed=SEED)
    print(f"种子 {SEED}：{found['steps']} 步，{found['states']} 种状态，其中 {found['different']} 种各不相同")
    assert not found["broken"]
    assert found["states"] > STATES * 8 // 10


@pytest.mark.parametrize("mutant", TRIED)
def test_station_that_forgets_a_step_is_caught(struck: Strike, mutant: str) -> None:
    found = struck("power", points=800, seed=SEED, mutant=mutant)
    assert found["broken"], f"“{mutant}”没有被查出"


@pytest.mark.parametrize("lie", sorted(LIES))
def test_sound_station_believes_no_line_that_lies(struck: Strike, lie: str) -> None:
    """The same lies as of the two mutants that believe them."""
    found = struck("power", points=200, seed=SEED, mutant=lie)
    assert not found["broken"]
