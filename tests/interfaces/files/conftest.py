"""One live server for the tests of the bulk bytes."""

from collections.abc import Iterator

import pytest
from tests.live import House


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    found = House(tmp_path_factory.mktemp("house"))
    found.found()
    found.start()
    yield found
    found.stop()
    found.kill()
