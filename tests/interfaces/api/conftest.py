"""The scenes of the API's tests, behind the product's own middleware."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django import DjangoDbBlocker

from liuhen.apps.registry.models import Officer
from liuhen.interfaces.office import Office
from tests.cast import Cast, assemble
from tests.interfaces.api.scene import Scene, make_scene, open_accounts
from tests.offices import new_office
from tests.standing import Standing, standing


@pytest.fixture(scope="module")
def standing_scene(
    tmp_path_factory: pytest.TempPathFactory, django_db_setup: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[Standing]:
    """李's day, made once for a file."""
    with standing(tmp_path_factory.mktemp("scene"), django_db_blocker) as made:
        yield made


@pytest.fixture
def own_scene(request: pytest.FixtureRequest, tmp_path: Path) -> Scene | None:
    """The scene that stands, for this test alone; None where the test asks for none, or commits."""
    if "standing_scene" not in request.fixturenames:
        return None
    made: Standing = request.getfixturevalue("standing_scene")
    return made.copied(tmp_path)


@pytest.fixture
def office(own_scene: Scene | None, tmp_path: Path) -> Office:
    """An office with its own vault and log."""
    return own_scene.office if own_scene else new_office(tmp_path)


@pytest.fixture
def cast(db: None, own_scene: Scene | None, office: Office) -> Cast:
    """李, 王, 张, 陈, 赵, 周, 孙 and the party 钱, at 白庙子镇 (and 孙 elsewhere)."""
    return own_scene.cast if own_scene else assemble(office)


@pytest.fixture
def served(office: Office, monkeypatch: pytest.MonkeyPatch) -> Office:
    """The office of the test is the one the requests are served by."""
    monkeypatch.setattr("liuhen.server.middleware.office", lambda: office)
    return office


@pytest.fixture
def people(served: Office, cast: Cast, own_scene: Scene | None) -> dict[str, Officer]:
    """The cast with accounts, and nothing done yet."""
    return own_scene.people if own_scene else open_accounts(cast)


@pytest.fixture
def scene(served: Office, cast: Cast, own_scene: Scene | None) -> Scene:
    """李's day: see `make_scene`."""
    return own_scene or make_scene(served, cast)
