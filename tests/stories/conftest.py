"""What the stories share: a Chromium, one a file; a longer life would leave its event loop to tests that have their own."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser
from tests.stories.served import chromium


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found
