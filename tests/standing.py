"""A scene that stands for the tests of a whole file: made once, and each test begins from it as it was made.

Its rows lie in a transaction around those of the tests, which only ever roll back to it. Its folder is copied for each test, and so is what the tests hold in hand.
"""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from django.test import TestCase
from pytest_django import DjangoDbBlocker

from tests.cast import assemble
from tests.interfaces.api.scene import Scene, make_scene
from tests.offices import new_office, office_in


@dataclass(frozen=True)
class Standing:
    """What was made, and where its files lie."""

    folder: Path
    scene: Scene

    def copied(self, folder: Path) -> Scene:
        """For one test: nothing that it changes is there for the next."""
        shutil.copytree(self.folder, folder, dirs_exist_ok=True)
        first = self.scene.office
        office = office_in(folder, signer=first.signer, opening_key=first.opening_key)
        law = self.scene.cast.law
        return deepcopy(replace(self.scene, office=office), {id(office): office, id(law): law})


@contextmanager
def standing(
    folder: Path, blocker: DjangoDbBlocker, then: Callable[[Scene], object] = lambda _: None
) -> Iterator[Standing]:
    """A scene in `folder`, with what `then` adds; gone at the end, rows and all."""
    office = new_office(folder)
    with blocker.unblock():
        around = (
            TestCase._enter_atomics()
        )  # As Django's own tests of one class share what was set up for all of them.
        try:
            scene = make_scene(office, assemble(office))
            then(scene)
            with blocker.block():
                yield Standing(folder, scene)
        finally:
            TestCase._rollback_atomics(around)


def stand_first(items: list[pytest.Item]) -> None:
    """Tests that ask for a scene stand on one that is made for their file, unless their rows are to be committed; those without one come before them."""
    for item in items:
        names: list[str] = getattr(item, "fixturenames", [])
        if "scene" in names and not _commits(item) and "standing_scene" not in names:
            names.insert(0, "standing_scene")
    items.sort(key=_place(items))


def _commits(item: pytest.Item) -> bool:
    mark = item.get_closest_marker("django_db")
    return bool(mark and mark.kwargs.get("transaction"))


def _place(items: list[pytest.Item]) -> Callable[[pytest.Item], tuple[int, bool]]:
    files: dict[Path, int] = {}
    for item in items:
        files.setdefault(item.path, len(files))
    return lambda item: (files[item.path], "standing_scene" in getattr(item, "fixturenames", []))
