"""Pictures of a room while it runs and at its end: the station's tiles on a desk and on a telephone.

Taken where `ROOM_PICTURES` names a folder; else nobody looks.
"""

import os
import time
from collections.abc import Callable
from pathlib import Path

from tests.faults.room import Room

_DESK, _PHONE = (1366, 768), (390, 844)
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
        from playwright.sync_api import sync_playwright

        with sync_playwright() as play:
            browser = play.chromium.launch(
                executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"]
            )
            for name, (width, height) in (("desk", _DESK), ("phone", _PHONE)):
                page = browser.new_page(viewport={"width": width, "height": height})
                page.goto(f"http://127.0.0.1:{self._room.view}/")
                page.wait_for_selector("li")
                page.screenshot(
                    path=str(self._folder / f"tiles-{self._room.form.cards}-{self._number:03d}-{name}.png")
                )
            browser.close()
