"""Strikes a station at every call it makes on its disk, its card and its line: `python -m tests.faults.station_striking …`.

The house beside it is a real one (HOUSE_ADDRESS, LIUHEN_HOME) and stays up; its files, the verifying job and the sealing are the product's own.
A fork lives one day (station_acts.py) under strace; then the station is simply started again, and the house is asked what came.
"""

import argparse
import json
import os
import random
import shutil
import signal
import sys
from pathlib import Path
from typing import Any

from tests.faults.striking import STRUCK, Striker, cut, strike

NETWORK = "socket,connect,sendto,recvfrom"


class StationStriker(Striker):
    """One station and one card beside a live house. `fixed` keeps every round's files the same, for a day that is written down."""

    struck, repeats = f"{STRUCK},{NETWORK}", True

    def __init__(self, desk: Path, mutant: str, *, fixed: bool) -> None:
        import django

        django.setup()
        import requests  # noqa: F401  loaded once, before the forks
        from tests.faults.station_mutants import MUTANTS

        self._mutate = MUTANTS[mutant] if mutant else lambda: None
        self.home, self.template = desk, desk.with_name("station-template")
        self.promises = desk.with_name("promises")
        self._fixed, self.round_ = fixed, os.urandom(6).hex()

    def renew(self) -> None:
        from tests.faults.station_acts import lay_card

        if not self._fixed:
            self.round_ = os.urandom(6).hex()
        shutil.rmtree(self.home, ignore_errors=True)
        shutil.copytree(self.template, self.home / "station")
        lay_card(self.home / "card", self.round_)
        self.promises.unlink(missing_ok=True)

    def _live(self) -> None:
        from tests.faults.acts import teller
        from tests.faults.station_acts import live

        live(self.home, teller(self.promises))

    def broken(self, promises: list[dict[str, Any]]) -> list[str]:
        from tests.faults.station_acts import broken

        return broken(self.home, self.round_, promises)

    def afterwards(self) -> list[str]:
        """Start the station again, unstruck, and ask the house."""
        from tests.faults.station_acts import hurry, start_again, unfinished

        child = os.fork()
        if not child:
            hurry()
            try:
                start_again(self.home)
            except BaseException as error:  # noqa: BLE001  told below by what is unfinished
                sys.stderr.write(f"{type(error).__name__}: {error}\n")
            os._exit(0)
        os.waitpid(child, 0)
        found = list(unfinished(self.home, self.round_))
        from django.db import connections

        connections.close_all()
        return found


def _run(told: argparse.Namespace) -> dict[str, Any]:
    striker = StationStriker(Path(os.environ["DESK"]), told.mutant, fixed=told.what == "power")
    if told.what == "power":
        return cut(striker, states=told.points, seed=told.seed, without_syncs=told.mutant == "eatmydata",
                   first_only=bool(told.mutant))  # fmt: skip
    return strike(
        striker, points=told.points, seed=told.seed, error=told.what == "error", first_only=bool(told.mutant)
    )


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=["kill", "error", "power"])
    parser.add_argument("--points", type=int, default=50)
    parser.add_argument("--seed", type=int, default=20261121)
    parser.add_argument("--mutant", default="")
    return parser.parse_args()


if __name__ == "__main__":
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    random.seed(0)
    print(json.dumps(_run(_options()), ensure_ascii=False))
