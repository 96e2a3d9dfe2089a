"""What the stories share: one Chromium for all of them."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser
from tests.stories.served import chromium


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found
