"""Pictures of a room while it runs and at its end: the station's tiles on a desk and on a telephone.

Taken where `ROOM_PICTURES` names a folder; else nobody looks.
"""

import os
import time
from collections.abc import Callable
from pathlib import Path

from tests.faults.room import Room

SIZES = {"desk": (1366, 768), "phone": (390, 844)}
_EVERY = 5.0


def watcher(room: Room) -> Callable[[], None]:
    """To be called again and again while the room runs."""
    where = os.environ.get("ROOM_PICTURES")
    if not where:
        return lambda: None
    folder = Path(where)
    folder.mkdir(parents=True, exist_ok=True)
    return _Camera(room, folder).look


class _Camera:
    def __init__(self, room: Room, folder: Path) -> None:
        self._room, self._folder = room, folder
        self._next, self._number = 0.0, 0

    def look(self) -> None:
        if time.monotonic() < self._next or not self._room.figures.tiles:
            return
        self._next = time.monotonic() + _EVERY
        self._number += 1
        from tests.stories.served import chromium

        form = f"{self._room.form.cards}-{self._number:03d}"
        with chromium() as browser:
            for name, (width, height) in SIZES.items():
                page = browser.new_page(viewport={"width": width, "height": height})
                page.goto(f"http://127.0.0.1:{self._room.view}/")
                page.wait_for_selector("li")
                page.screenshot(path=str(self._folder / f"tiles-{form}-{name}.png"))


def pages(room: Room) -> None:
    """The house's own pages of the room, as its keeper sees them, where somebody wants to look."""
    where = os.environ.get("ROOM_PICTURES")
    if not where:
        return
    from tests.stories.served import chromium, signed_in

    with chromium() as browser:
        page = signed_in(browser, room.house.url, "zhao")
        for path in ("stations", "absences"):
            page.goto(f"/{path}")
            page.wait_for_load_state("networkidle")
            for name, (width, height) in SIZES.items():
                page.set_viewport_size({"width": width, "height": height})
                page.wait_for_timeout(400)
                shot = Path(where) / f"{path}-{room.form.cards}-{name}.png"
                page.screenshot(path=str(shot), full_page=True)
