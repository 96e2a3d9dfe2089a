"""A recorder with the faults of real ones, on FUSE: no false 完成, every file named on the list, and what did not come told of by name.

`RECORDER_FILES` is how many files the largest card has (some thousands in every run, 64,000 by `make gates`).
"""

import json
import os
import random
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.faults.fuse import content, is_possible, mounted
from tests.live import House

from liuhen.engines.media.sequences import days_of
from liuhen.kernel.digests import digest_of
from liuhen.station.config import Config, read_config
from liuhen.station.port import Port
from liuhen.station.source import Folder
from liuhen.station.sync import Docking, Outcome
from liuhen.station.watch import Watch

pytestmark = [pytest.mark.timeout(7200)]
MANY = int(os.environ.get("RECORDER_FILES", "6000"))
SEED = int(os.environ.get("SEED", "20261121"))
on_fuse = pytest.mark.skipif(not is_possible(), reason="此处不能挂载 FUSE（须有 /dev/fuse 和 root）")


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    found = House(tmp_path_factory.mktemp("house"))
    found.environment |= {
        "DJANGO_SETTINGS_MODULE": "liuhen.server.django_settings",
        "PYTHONPATH": os.pathsep.join(sys.path),
    }
    subprocess.run([sys.executable, "-m", "tests.faults.room_home", "2"], env=found.environment, check=True,
                   stdout=subprocess.DEVNULL, timeout=600)  # fmt: skip
    found.start()
    yield found
    found.kill()
    shutil.rmtree(found.folder, ignore_errors=True)


@pytest.fixture
def config(house: House, tmp_path: Path) -> Config:
    where = ["--agency", "BMZ", "--unit", "ZF", "--name", tmp_path.name]
    house.liuhen("enroll", "station", *where, "--to", str(tmp_path / "station"))
    return read_config(tmp_path / "station")


def row(tmp_path: Path, name: str | bytes, size: int = 300_000, **more: Any) -> dict[str, Any]:
    path = name.encode() if isinstance(name, str) else name
    return {"path": path, "size": size, "seed": f"{tmp_path.name}{path!r}", **more}


def dock(card: Path, config: Config) -> tuple[list[Outcome], Port]:
    port = Port(label="一号口")
    return list(Docking(Folder(card), config, 60, port=port).run()), port


def truth(house: House, station: str) -> tuple[dict[str, Any], set[str], set[str]]:
    """The recordings of one station by path, what its lists name, and what is told as absent."""
    asked = subprocess.run([sys.executable, "-m", "tests.faults.room_truth"], env=house.environment, capture_output=True,
                           text=True, timeout=600, check=True)  # fmt: skip
    found = json.loads(asked.stdout.splitlines()[-1])
    came = {one["path"]: one for one in found["recordings"] if one["station"] == station}
    listed = {path for one in found["lists"] if one["station"] == station for path in one["files"]}
    absent = {
        one["why"]
        for one in found["absent"]
        if one["cause"] == "card" and one["why"].startswith(f"{station} ")
    }
    return came, listed, {why.partition("列有 ")[2].partition("，至今没有入库")[0] for why in absent}


@on_fuse
def test_card_that_cannot_be_read_in_places_is_never_called_done(
    house: House, config: Config, tmp_path: Path
) -> None:
    """EIO at an offset, and a folder that cannot be listed: both told, the rest is brought."""
    files = [row(tmp_path, f"DCIM/{n}.mp4") for n in range(4)]
    files.append(row(tmp_path, "DCIM/torn.mp4", 3_000_000, fails_at=1_200_000))
    with mounted(tmp_path / "fuse" / "card", files, bad_folders=["LOST"]) as card:
        outcomes, port = dock(card, config)
    assert {o.file: o.state for o in outcomes if o.state != "完成"} == {
        "DCIM/torn.mp4": "异常",
        "LOST": "异常",
    }
    assert port.shown().state == "异常"
    came, listed, absent = truth(house, tmp_path.name)
    assert set(came) == {f"DCIM/{n}.mp4" for n in range(4)}
    assert listed - set(came) == absent == {"DCIM/torn.mp4", "LOST"}
    for n in range(4):
        assert came[f"DCIM/{n}.mp4"]["sha256"] == digest_of(content(files[n]["seed"], 0, 300_000)).sha256


@on_fuse
def test_card_that_vanishes_leaves_every_file_that_did_not_come_told_by_name(
    house: House, config: Config, tmp_path: Path
) -> None:
    files = [row(tmp_path, f"DCIM/{n:02d}.mp4") for n in range(12)]
    with mounted(tmp_path / "fuse" / "card", files, vanishes_after=9) as card:
        outcomes, port = dock(card, config)
    done = {o.file for o in outcomes if o.state == "完成"}
    came, listed, absent = truth(house, tmp_path.name)
    assert 0 < len(done) < 12
    assert done == set(came)
    assert len(listed) == 12
    assert absent == listed - done
    assert port.shown().state == "异常"


@on_fuse
def test_card_that_vanished_before_it_was_listed_is_no_empty_card(config: Config, tmp_path: Path) -> None:
    with mounted(tmp_path / "ports" / "card", [row(tmp_path, "a.mp4")]) as card:
        station = Watch([card.parent], config=config, patience=5, clears=False)
        port = Port(label="一号口")
    card.rmdir()
    station._read(card, port)
    assert port.shown().state == "异常"
    assert "原件保留在卡上" in port.shown().problems[0]


@on_fuse
def test_file_that_grows_while_it_is_read_is_not_called_done_before_it_is_whole(
    house: House, config: Config, tmp_path: Path
) -> None:
    with mounted(tmp_path / "fuse" / "card", [row(tmp_path, "DCIM/live.mp4", 200_000, grows=True)]) as card:
        (first,), _port = dock(card, config)
        assert first.state == "异常"
        assert "变了" in first.reason
        outcomes = first
        for _ in range(40):
            (outcomes,), _port = dock(card, config)
            if outcomes.state == "完成":
                break
    assert outcomes.state == "完成"
    came, _listed, _absent = truth(house, tmp_path.name)
    seed = row(tmp_path, "DCIM/live.mp4")["seed"]
    assert {one["sha256"] for one in came.values()} == {digest_of(content(seed, 0, 1 << 20)).sha256}


@on_fuse
def test_names_that_are_no_text_and_names_that_read_alike_are_all_listed_and_brought(
    house: House, config: Config, tmp_path: Path
) -> None:
    alike = ["现场".encode(), "现场".encode("gb18030")]
    names = [
        *(b"DCIM/" + one + b".mp4" for one in alike),
        b"DCIM/\xff\xfe.mp4",
        b"DCIM/a\nb.mp4",
        b"DCIM/" + b"n" * 251 + b".mp4",
    ]
    with mounted(tmp_path / "fuse" / "card", [row(tmp_path, name, 5000) for name in names]) as card:
        outcomes, _port = dock(card, config)
    assert [o.state for o in outcomes] == ["完成"] * len(names)
    came, listed, absent = truth(house, tmp_path.name)
    assert set(came) == listed
    assert len(listed) == len(names)
    assert not absent


@on_fuse
@pytest.mark.parametrize("years", [-10, 10, 30_000, -30_000])
def test_clock_that_is_years_off_hinders_nothing_and_stays_as_it_was(
    house: House, config: Config, tmp_path: Path, years: int
) -> None:
    modified = 1_795_000_000 + years * 31_556_952
    files = [row(tmp_path, f"DCIM/{n}.mp4", modified=modified) for n in range(2)]
    with mounted(tmp_path / "fuse" / "card", files) as card:
        outcomes, _port = dock(card, config)
    assert [o.state for o in outcomes] == ["完成"] * 2
    came, _listed, _absent = truth(house, tmp_path.name)
    for one in came.values():
        said = datetime.fromisoformat(one["file_time"]).timestamp()
        assert said == modified if abs(years) == 10 else said == pytest.approx(modified, abs=abs(modified))


@on_fuse
def test_card_of_many_files_is_listed_whole_and_what_never_came_is_told(
    house: House, config: Config, tmp_path: Path
) -> None:
    files = [row(tmp_path, f"DCIM/{n // 1000:03d}/{n:06d}.mp4", 100) for n in range(MANY)]
    with mounted(tmp_path / "fuse" / "card", files, vanishes_after=9) as card:
        outcomes, port = dock(card, config)
    done = {o.file for o in outcomes if o.state == "完成"}
    assert len(outcomes) == MANY
    assert len(done) < 9
    came, listed, absent = truth(house, tmp_path.name)
    assert set(came) == done
    assert len(listed) == MANY
    assert len(port.shown().problems) < 20
    assert len(absent) + len(done) == MANY


def test_every_number_that_is_missing_among_a_days_names_is_told() -> None:
    """Two thousand days of one device each, with numbers taken away at random."""
    chance = random.Random(SEED)
    for _ in range(2000):
        start, count = chance.randrange(1, 9000), chance.randrange(5, 60)
        numbers = list(range(start, start + count))
        gone = set(chance.sample(numbers[3:-1], chance.randrange(0, (count - 3) // 2)))
        begun = datetime(2026, 3, 4, 6, tzinfo=UTC) + timedelta(seconds=chance.randrange(3600))
        names = [
            f"7000001_010001{begun + timedelta(minutes=5 * place):%Y%m%d%H%M%S}_{number:04d}.MP4"
            for place, number in enumerate(numbers) if number not in gone
        ]  # fmt: skip
        chance.shuffle(names)
        told = {n for day in days_of(names).values() for gap in day.gaps for n in gap.numbers}
        assert told == gone
