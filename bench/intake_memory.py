"""How much memory the stations' port needs while it receives: `python bench/intake_memory.py [GIB …]` (1 and 8 unless told).

A real house over TLS, a station with its certificate, a card with one file of that size; the receiving process is watched, its highest resident
set is printed, at rest and after each file. The file is made of few repeating bytes and takes no room on the card; the house keeps it whole.
"""

import os
import shutil
import sys
import tempfile
import time
from pathlib import Path

from tests.live import House, free_port

from liuhen.station.config import read_config
from liuhen.station.source import Folder
from liuhen.station.sync import Docking


def main(sizes: list[int]) -> None:
    with tempfile.TemporaryDirectory(dir=os.environ.get("PERF_DIR", "/var/tmp")) as folder:
        house = House(Path(folder) / "house")
        house.environment |= {"LIUHEN_INTAKE_PORT": str(free_port()), "LIUHEN_STATION_TOKENS": "false"}
        house.found()
        keys = house.home / "keys"
        house.environment |= {
            "LIUHEN_CERTIFICATE": str(keys / "site.crt"),
            "LIUHEN_CERTIFICATE_KEY": str(keys / "site.key"),
        }
        house.url, house.trusts = f"https://127.0.0.1:{house.port}", str(keys / "root.crt")
        house.start()
        try:
            house.station = Path(folder) / "certified"
            house.liuhen("enroll", "station", "--unit", "0", "--name", "二号站", "--to", str(house.station))
            shutil.copy(keys / "root.crt", house.station / "root.crt")
            bring(house, 1 << 20, "0.mp4")
            process = intake_of(house)
            print(f"at rest: {highest(process)} MB")
            for gib in sizes:
                started = time.monotonic()
                outcome = bring(house, gib << 30, f"{gib}.mp4")
                print(
                    f"{gib} GiB: highest {highest(process)} MB, {time.monotonic() - started:.0f} s, {outcome}",
                    flush=True,
                )
        finally:
            house.stop()


def bring(house: House, size: int, name: str) -> str:
    path = house.card / name
    with path.open("wb") as file:
        file.write(name.encode())
        file.truncate(size)
    (outcome,) = Docking(Folder(house.card), read_config(house.station), 60).run()
    path.unlink()
    return outcome.state


def intake_of(house: House) -> int:
    """The process of this house that was started as `intake`."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            words = (entry / "cmdline").read_bytes().split(b"\0")
            if (
                b"intake" in words
                and f"LIUHEN_HOME={house.home}".encode() in (entry / "environ").read_bytes()
            ):
                return int(entry.name)
    raise LookupError("no intake")


def highest(process: int) -> int:
    """Megabytes."""
    told = Path(f"/proc/{process}/status").read_text().split("VmHWM:")[1].split()[0]
    return int(told) // 1024


main([int(one) for one in sys.argv[1:]] or [1, 8])
