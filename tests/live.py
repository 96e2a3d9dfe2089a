"""A real `liuhen serve` in a home of its own, with an office, a station and a card beside it; for tests that need the whole."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import requests

from liuhen.engines.ledger import Verifier
from tests.tables import no_tables, tables_for


class House:
    """Started and killed at will. On PostgreSQL it has a database of its own.

    Its tables lie ready, unless it is to make them itself.
    """

    def __init__(self, folder: Path, *, makes_tables: bool = False) -> None:
        self.folder, self.home, self.card, self.station = (
            folder,
            folder / "home",
            folder / "card",
            folder / "station",
        )
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.environment = {
            "PATH": os.environ["PATH"],
            "LIUHEN_HOME": str(self.home),
            "LIUHEN_PORT": str(self.port),
        }
        self.environment |= no_tables() if makes_tables else tables_for(self.home)
        self.trusts: str | bool = True
        self.server: subprocess.Popen[bytes] | None = None
        self.card.mkdir(parents=True)

    def found(self, pack: str = "subdistrict") -> None:
        """`liuhen init` and one enrolled station."""
        admins = [part for who in ("甲:sys", "乙:sec", "丙:aud") for part in ("--admin", who)]
        names = ["--agency", "清河街道办事处", "--code", "QH", "--type", "subdistrict", "--pack", pack]
        self.liuhen("init", *names, *admins)
        self.liuhen("enroll", "station", "--unit", "0", "--name", "一号站", "--to", str(self.station))

    def liuhen(
        self, *arguments: str, ok: tuple[int, ...] = (0,), stdin: str = "", within: float = 120
    ) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "liuhen.server", *arguments], env=self.environment, capture_output=True, text=True,
            cwd=self.folder, timeout=within, check=False, input=stdin,
        )  # fmt: skip
        assert done.returncode in ok, f"{arguments}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done.stdout + done.stderr

    def count(self, model: str) -> int:
        """How many rows of evidence of this kind the house holds, on whichever database."""
        return int(
            self.told(f"from liuhen.apps.evidence import models; print(models.{model}.objects.count())")
        )

    def verbs(self) -> list[str]:
        """The verbs of its journal in order, on whichever database."""
        asked = "Line.objects.order_by('number').values_list('verb', flat=True)"
        return self.told(f"from liuhen.apps.journal.models import Line; print(*{asked})").split()

    def told(self, asked: str) -> str:
        """What a few lines of Python print within the house."""
        settings = {"DJANGO_SETTINGS_MODULE": "liuhen.server.django_settings"}
        done = subprocess.run(
            [sys.executable, "-c", f"import django; django.setup(); {asked}"], env=self.environment | settings,
            capture_output=True, text=True, cwd=self.folder, timeout=120, check=True,
        )  # fmt: skip
        return done.stdout

    @property
    def token(self) -> str:
        return str(json.loads((self.station / "station.json").read_text())["token"])

    @property
    def key(self) -> Verifier:
        return Verifier.parse(json.loads((self.station / "station.json").read_text())["receipt_key"])

    def start(self) -> None:
        self.server = subprocess.Popen(
            [sys.executable, "-m", "liuhen.server", "serve"], env=self.environment, cwd=self.folder,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
        until = time.monotonic() + 40
        while not self.answers():
            assert time.monotonic() < until, "服务器没有在 40 秒内启动"
            time.sleep(0.1)

    def answers(self) -> bool:
        try:
            requests.options(f"{self.url}/files/", timeout=2, verify=self.trusts)
        except requests.RequestException:
            return False
        return True

    def stop(self) -> None:
        """In good order."""
        if self.server is not None:
            self.server.terminate()
            self.server.wait(timeout=30)
            self.server = None

    def kill(self) -> None:
        """The whole process group at once, as a power cut would."""
        if self.server is not None:
            os.killpg(self.server.pid, signal.SIGKILL)
            self.server.wait()
            self.server = None

    def sync(self, *, patience: str = "3") -> subprocess.Popen[str]:
        command = [
            "station",
            "sync",
            str(self.card),
            "--station",
            str(self.station),
            "--json",
            "--patience",
            patience,
        ]
        return subprocess.Popen(
            [sys.executable, "-m", "liuhen.server", *command], env=self.environment, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, text=True, start_new_session=True,
        )  # fmt: skip


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
