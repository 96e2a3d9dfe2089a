"""A live server, and stations enrolled at it; each test has a station folder and cards of its own."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from liuhen.station.config import Config, read_config
from tests.live import House
from tests.station.spooling import SIZES


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    found = House(tmp_path_factory.mktemp("house"))
    found.found()
    found.start()
    yield found
    found.stop()
    found.kill()


@pytest.fixture
def config(house: House, tmp_path: Path) -> Config:
    """A station of this test alone, which may not clear yet."""
    folder = tmp_path / "station"
    house.liuhen("enroll", "station", "--unit", "0", "--name", tmp_path.name, "--to", str(folder))
    return read_config(folder)


@pytest.fixture
def card(tmp_path: Path) -> Path:
    folder = tmp_path / "card"
    folder.mkdir()
    for name, size in SIZES.items():
        (folder / name).write_bytes(os.urandom(size))
    return folder
