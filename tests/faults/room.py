"""The simulated room: many cards at once into one station of one house, everything real, and what goes wrong in a room.

Each camera says who it is and what its clock shows. One card is pulled out midway, one camera's clock is wrong (it comes by a second station, where the keeper measured it), one device is
in no ledger, one card lacks a number among its names, and the line is cut twice. `Room.run` plays it and keeps what it measured.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import requests
from tests.faults.line import Line
from tests.faults.room_home import serial_of
from tests.live import House, free_port

from liuhen.engines.media.synthetic import Clip, make_clip
from liuhen.kernel.clock import BEIJING, now
from liuhen.kernel.digests import Digest, Hasher

FAST = timedelta(days=3, hours=4)
"""How far the wrong clock is ahead."""
MISSING = 3
"""The number that no file of one card bears."""
STRANGER = "9999999"
MEGA = 1 << 20
_NOT_ALL = 5


@dataclass(frozen=True, slots=True)
class Form:
    """How large a room: cards, files on each, bytes a file, and one further file of `large` bytes on the first card."""

    cards: int
    files: int
    size: int
    large: int = 0
    rate: float = 0
    cuts: tuple[float, float] = (2.0, 3.0)


@dataclass(slots=True)
class Card:
    """One card as it was made: what lies on it, and what its camera says of itself."""

    folder: Path
    serial: str
    officer: str
    fast: timedelta = timedelta()
    without: int = 0
    digests: dict[str, Digest] = field(default_factory=dict)
    sizes: dict[str, int] = field(default_factory=dict)
    times: dict[str, datetime] = field(default_factory=dict)

    @property
    def left(self) -> set[str]:
        """What still lies on it."""
        return {str(path.relative_to(self.folder)) for path in self.folder.rglob("*") if path.is_file()}


@dataclass(slots=True)
class Figures:
    """What was measured; `sent` are the bytes that went towards the house, whatever they were."""

    files: int = 0
    size: int = 0
    seconds: float = 0.0
    sent: int = 0
    cuts: int = 0
    station: int = 0
    house: int = 0
    tiles: list[dict[str, Any]] = field(default_factory=list)

    def told(self) -> str:
        return (
            f"{self.files} 件，{self.size:,} 字节，{self.seconds:.1f} 秒，{self.size / self.seconds / 1e6:.1f} MB/秒；断线 {self.cuts} 次，"
            f"过线 {self.sent:,} 字节（多 {self.sent - self.size:,}，含报头与清单）；"
            f"内存峰值：采集站 {self.station / 1e6:.0f} MB，机关端 {self.house / 1e6:.0f} MB"
        )


class Room:
    """One run. `while_it_runs` is called again and again with the address of the tiles, for whoever wants to look."""

    def __init__(self, folder: Path, form: Form) -> None:
        self.folder, self.form = folder, form
        self.house, self._intake = House(folder / "house"), free_port()
        self.ports, self.pulled_to = folder / "ports", folder / "pulled"
        self.cards: dict[str, Card] = {}
        self.figures, self.seen = Figures(), dict[str, list[str]]()
        self.view = free_port()
        self.line: Line | None = None

    # -- what is there before ----------------------------------------------------------------------------------

    def prepare(self) -> None:
        self._found()
        for number in range(1, self.form.cards + 1):
            card = self._plan(number)
            self.cards[card.folder.name] = card
        for number, card in enumerate(self.cards.values(), start=1):
            for place in range(1, self.form.files * (2 if card is self.pulled else 1) + 1):
                if place != card.without:
                    self._film(card, number, place, self.form.size)
        if self.form.large:
            self._film(self._card(1), 1, self.form.files + 1, self.form.large)

    def _plan(self, number: int) -> Card:
        """The last four cards are the odd ones."""
        odd = number - self.form.cards
        root = self.folder / "desk" if odd == -2 else self.ports
        card = Card(
            root / f"{number:02d}号口", STRANGER if odd == -1 else serial_of(number), f"01000{1 + number % 2}"
        )
        card.fast = FAST if odd == -2 else timedelta(seconds=number)
        card.without = MISSING if odd == 0 else 0
        (card.folder / "DCIM").mkdir(parents=True)
        return card

    def _card(self, number: int) -> Card:
        return self.cards[f"{number:02d}号口"]

    @property
    def pulled(self) -> Card:
        return self._card(self.form.cards - 3)

    @property
    def wrong_clock(self) -> Card:
        return self._card(self.form.cards - 2)

    @property
    def stranger(self) -> Card:
        return self._card(self.form.cards - 1)

    @property
    def gapped(self) -> Card:
        return self._card(self.form.cards)

    def _film(self, card: Card, number: int, place: int, size: int) -> None:
        """A real clip that tells its time, filled up to `size` with a box that no other file has."""
        morning = (now().astimezone(BEIJING) - timedelta(days=1)).replace(
            hour=9, minute=0, second=0, microsecond=0
        )
        starts = morning + timedelta(minutes=10 * place, seconds=number)
        by_camera = starts + card.fast
        name = f"{card.serial}_{card.officer}{by_camera:%Y%m%d%H%M%S}_{place:04d}.MP4"
        path = card.folder / "DCIM" / name
        film = Clip(
            starts_at=starts,
            seconds=3,
            size=(160, 90),
            frames_per_second=5,
            clock_error=card.fast,
            seed=number * 100 + place,
        )
        make_clip(path, film)  # fmt: skip
        _fill(path, size, f"{number}/{place}")
        ended = (by_camera + timedelta(seconds=3)).timestamp()
        os.utime(path, (ended, ended))
        inside = f"DCIM/{name}"
        card.digests[inside], card.sizes[inside] = _digest(path), path.stat().st_size
        card.times[inside] = by_camera + timedelta(seconds=3)

    def _found(self) -> None:
        """As served to other machines: the stations come by certificate at a port of their own, tokens alone let nobody in."""
        self.house.environment |= {
            "LIUHEN_INTAKE_PORT": str(self._intake), "LIUHEN_STATION_TOKENS": "false", "LIUHEN_NAMES": f"localhost,127.0.0.1,{Line.HOST}",
        }  # fmt: skip
        maker = [sys.executable, "-m", "tests.faults.room_home", str(self.form.cards)]
        subprocess.run(maker, env=self._inside, check=True, stdout=subprocess.DEVNULL, timeout=600)
        for name, folder in (("一号站", self.house.station), ("二号站", self.folder / "second")):
            where = ["--agency", "BMZ", "--name", name]
            self.house.liuhen("enroll", "station", *where, "--unit", "ZF", "--to", str(folder))
            self.house.liuhen("enroll", "clearing", *where, "--allow")
        root = self.house.home / "keys" / "root.crt"
        self.house.environment |= {
            "LIUHEN_CERTIFICATE": str(root.with_name("site.crt")), "LIUHEN_CERTIFICATE_KEY": str(root.with_name("site.key")),
        }  # fmt: skip
        self.house.url, self.house.trusts = f"https://127.0.0.1:{self.house.port}", str(root)
        for folder in (self.house.station, self.folder / "second"):
            shutil.copy(root, folder / "root.crt")

    @property
    def _inside(self) -> dict[str, str]:
        """For processes of the tests that look at the house from within."""
        settings = {"DJANGO_SETTINGS_MODULE": "liuhen.server.django_settings"}
        return {**self.house.environment, **settings, "PYTHONPATH": os.pathsep.join(sys.path)}

    # -- the run -------------------------------------------------------------------------------------------------

    def run(self, *, while_it_runs: Callable[[], None] = lambda: None) -> Figures:
        self.house.start()
        self.line = Line(self.house.port, rate=self.form.rate, beside=(self._intake,))
        whole = sum(size for card in self.cards.values() for size in card.sizes.values())
        first, second = self.form.cuts
        self.line.plan((whole // 4, first), (whole // 2, second))
        for folder in (self.house.station, self.folder / "second"):
            _reroute(folder, self.line.port)
        began = time.monotonic()
        watch, sync = self._watch(), [self._sync()]
        memory = threading.Event()
        measuring = threading.Thread(target=self._measure, args=(watch.pid, memory), daemon=True)
        measuring.start()
        try:
            self._look_until_over(watch, sync, while_it_runs)
            self.figures.seconds = time.monotonic() - began
            while_it_runs()
        finally:
            memory.set()
            measuring.join()
            for process in (watch, *sync):
                process.send_signal(signal.SIGTERM)
                process.wait(timeout=60)
            self.line.close()
        self.figures.sent, self.figures.cuts = self.line.sent, self.line.cuts
        sizes = {path: size for card in self.cards.values() for path, size in card.sizes.items()}
        came = [sizes[entry["file"]] for entry in self.receipts()]
        self.figures.files, self.figures.size = len(came), sum(came)
        return self.figures

    def _watch(self) -> subprocess.Popen[bytes]:
        said = {
            name: {"serial": card.serial, "officer": card.officer, "fast": card.fast.total_seconds()}
            for name, card in self.cards.items()
        }
        (self.folder / "recorders.json").write_text(json.dumps(said))
        told = [str(self.ports), str(self.house.station), str(self.view)]
        return self._started("watch", [sys.executable, "-m", "tests.faults.room_station", *told])

    def _sync(self) -> subprocess.Popen[bytes]:
        """The keeper docks the camera with the wrong clock himself, and says how wrong he found it."""
        error = str(FAST.total_seconds())
        return self._station(
            "sync", str(self.wrong_clock.folder), "--clock-error", error, folder=self.folder / "second"
        )

    def _station(self, *arguments: str, folder: Path) -> subprocess.Popen[bytes]:
        command = [
            sys.executable,
            "-m",
            "liuhen.server",
            "station",
            *arguments,
            "--station",
            str(folder),
            "--patience",
            "60",
            "--clear",
        ]
        return self._started(arguments[0], command)

    def _started(self, name: str, command: list[str]) -> subprocess.Popen[bytes]:
        where = {**self.house.environment, "PYTHONPATH": os.pathsep.join(sys.path)}
        with (self.folder / f"{name}.log").open("ab") as log:
            return subprocess.Popen(command, env=where, stdout=log, stderr=subprocess.STDOUT)

    def _look_until_over(
        self,
        watch: subprocess.Popen[bytes],
        sync: list[subprocess.Popen[bytes]],
        while_it_runs: Callable[[], None],
    ) -> None:
        until = time.monotonic() + (3600 if self.form.size > 10 * MEGA else 90)
        while not self._is_over() or sync[0].poll() is None or self._untold(self.folder / "second"):
            assert watch.poll() is None, (self.folder / "watch.log").read_text()
            assert time.monotonic() < until, self.figures.tiles
            self._pull_when_it_runs()
            while_it_runs()
            ended = sync[0].poll()
            if ended == _NOT_ALL or (ended == 0 and self._untold(self.folder / "second")):
                # As the keeper does it who was told that something is left: once more.
                sync[0] = self._sync()
            time.sleep(0.05)

    def _tiles(self) -> list[dict[str, Any]]:
        try:
            return list(requests.get(f"http://127.0.0.1:{self.view}/ports.json", timeout=5).json())
        except requests.RequestException:
            return []

    def _is_over(self) -> bool:
        self.figures.tiles = tiles = self._tiles()
        for tile in tiles:
            states = self.seen.setdefault(tile["label"], [])
            if not states or states[-1] != tile["state"]:
                states.append(tile["state"])
        there = {tile["label"] for tile in tiles}
        ports = {name for name, card in self.cards.items() if card is not self.wrong_clock}
        waits = any((self.house.station / "spool").glob("*.sealed")) or self._untold(self.house.station)
        return ports <= there and not waits and all(t["state"] in ("完成", "异常") for t in tiles)

    def _untold(self, station: Path) -> bool:
        """Whether the station has cleared something that the house has not heard of, from a card that is still in."""
        kept = [json.loads(path.read_bytes()) for path in (station / "clearings").glob("*.json")]
        return any(one["card"] != self.pulled.serial and not one.get("refused") for one in kept)

    def _pull_when_it_runs(self) -> None:
        name = self.pulled.folder.name
        tile = next((one for one in self.figures.tiles if one["label"] == name), None)
        if tile and tile["done_files"] >= 1 and self.pulled.folder.parent == self.ports:
            self.pulled_to.mkdir()
            self.pulled.folder = self.pulled.folder.rename(self.pulled_to / name)

    def _measure(self, station: int, over: threading.Event) -> None:
        assert self.house.server
        while not over.wait(0.3):
            self.figures.station = max(self.figures.station, _memory(station))
            self.figures.house = max(self.figures.house, _memory(self.house.server.pid))

    # -- what came of it ---------------------------------------------------------------------------------------------

    def truth(self) -> dict[str, Any]:
        """What the house holds, once its worker has re-read everything."""
        until = time.monotonic() + 600
        while True:
            asked = subprocess.run([sys.executable, "-m", "tests.faults.room_truth"], env=self._inside, capture_output=True,
                                   text=True, timeout=300, check=True)  # fmt: skip
            found: dict[str, Any] = json.loads(asked.stdout.splitlines()[-1])
            if all(one["verified"] for one in found["recordings"]) or time.monotonic() > until:
                return found
            time.sleep(1)

    def receipts(self) -> Iterator[dict[str, Any]]:
        """Every receipt that the stations keep, with the file it is for."""
        for folder in (self.house.station, self.folder / "second"):
            for path in (folder / "files").glob("*.json"):
                entry = json.loads(path.read_bytes())
                if "receipt" in entry:  # Else it was begun, and the card was gone.
                    yield entry

    def clear_away(self) -> None:
        self.house.kill()
        shutil.rmtree(self.folder, ignore_errors=True)


def _fill(path: Path, size: int, mark: str) -> None:
    """Boxes that players pass over, up to about `size` bytes; every megabyte of them differs from every other."""
    noise = os.urandom(MEGA - 72)
    with path.open("ab", buffering=0) as file:
        for number in range(max(1, round((size - file.tell()) / MEGA))):
            told = f"{mark}/{number}".encode().ljust(64)
            file.write(MEGA.to_bytes(4, "big") + b"free" + told + noise)


def _digest(path: Path) -> Digest:
    hasher = Hasher()
    with path.open("rb") as file:
        while piece := file.read(MEGA):
            hasher.update(piece)
    return hasher.digest()


def _reroute(station: Path, port: int) -> None:
    """The station knows the house by the line's address."""
    path = station / "station.json"
    told = json.loads(path.read_text())
    path.write_text(json.dumps(told | {"server": f"https://{Line.HOST}:{port}"}))


def _memory(root: int) -> int:
    """Bytes in memory of a process and all that came of it."""
    parents: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                told = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            parents.setdefault(int(told[1]), []).append(int(entry.name))
    family, found = [root], 0
    while family:
        one = family.pop()
        family += parents.get(one, [])
        try:
            found += int(Path(f"/proc/{one}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
        except OSError:
            continue
    return found
