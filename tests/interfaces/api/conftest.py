"""The scenes of the API's tests, behind the product's own middleware."""

import pytest

from liuhen.apps.registry.models import Officer
from liuhen.interfaces.office import Office
from tests.cast import Cast
from tests.interfaces.api.scene import Scene, make_scene, open_accounts


@pytest.fixture
def served(office: Office, monkeypatch: pytest.MonkeyPatch) -> Office:
    """The office of the test is the one the requests are served by."""
    monkeypatch.setattr("liuhen.server.middleware.office", lambda: office)
    return office


@pytest.fixture
def people(served: Office, cast: Cast) -> dict[str, Officer]:
    """The cast with accounts, and nothing done yet."""
    return open_accounts(cast)


@pytest.fixture
def scene(served: Office, cast: Cast) -> Scene:
    """李's day: see `make_scene`."""
    return make_scene(served, cast)
