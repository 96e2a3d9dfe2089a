"""The stations' own port, by client certificate: `python -m bench.intake [MIB] [COUNT]`.

One real house under TLS 1.3, one enrolled station; a file of MIB and COUNT files of 8 MiB, four at a time, all different, go through
`liuhen intake` as the station's program sends them. Told: bytes a second, the port's own processor time a gigabyte and a file, its peak memory.
"""

import os
import shutil
import sys
import tempfile
import threading
import time
from io import BytesIO
from pathlib import Path

from tests.live import House, free_port

from liuhen.station.config import Config, read_config
from liuhen.station.contact import certify
from liuhen.station.upload import Server

MIB = int(sys.argv[1]) if len(sys.argv) > 1 else 256
COUNT = int(sys.argv[2]) if len(sys.argv) > 2 else 40
EIGHT = 8 << 20
_TICK = os.sysconf("SC_CLK_TCK")


def main() -> None:
    folder = Path(tempfile.mkdtemp(prefix="liuhen-bench-"))
    house = _house(folder)
    try:
        config = _enrolled(house, folder / "station")
        port = _process(house)
        _send(Server(config), os.urandom(1 << 20))  # The first request takes the certificate into use.
        for what, sizes, hands in (("one file", [MIB << 20], 1), ("files of 8 MiB", [EIGHT] * COUNT, 4)):
            began, cpu = time.perf_counter(), _cpu(port)
            _send_all(config, sizes, hands=hands)
            seconds, spent, whole = time.perf_counter() - began, _cpu(port) - cpu, sum(sizes)
            print(
                f"{what}: {len(sizes)}, {whole / seconds / 1e6:.0f} MB/s, {spent / whole * 1e9:.2f} CPU-s/GB, "
                f"{spent / len(sizes) * 1e3:.1f} ms of CPU a file, peak {_peak(port) / 1e6:.0f} MB"
            )
    finally:
        house.kill()
        shutil.rmtree(folder, ignore_errors=True)


def _house(folder: Path) -> House:
    house = House(folder / "house")
    house.environment |= {
        "LIUHEN_INTAKE_PORT": str(free_port()), "LIUHEN_STATION_TOKENS": "false", "LIUHEN_WORKERS": "0",
    }  # fmt: skip
    house.found()
    keys = house.home / "keys"
    house.environment |= {
        "LIUHEN_CERTIFICATE": str(keys / "site.crt"), "LIUHEN_CERTIFICATE_KEY": str(keys / "site.key"),
    }  # fmt: skip
    house.url, house.trusts = f"https://127.0.0.1:{house.port}", str(keys / "root.crt")
    house.start()
    return house


def _enrolled(house: House, folder: Path) -> Config:
    house.liuhen("enroll", "station", "--unit", "0", "--name", "测速", "--to", str(folder))
    shutil.copy(house.home / "keys" / "root.crt", folder / "root.crt")
    return certify(read_config(folder))


def _send_all(config: Config, sizes: list[int], *, hands: int) -> None:
    left = list(sizes)

    def work() -> None:
        server = Server(
            config
        )  # One a docking, as the station has it: its handshake serves every file of a card.
        while left:
            _send(server, os.urandom(1 << 16) * (left.pop() >> 16))

    threads = [threading.Thread(target=work) for _ in range(hands)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _send(server: Server, content: bytes) -> None:
    upload = server.begin(len(content), {"filename": "clip.mp4"})
    server.send(upload, BytesIO(content), size=len(content), progress=lambda _done, _size: None)


def _process(house: House) -> int:
    """The process of the stations' port."""
    assert house.server
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                told = (entry / "cmdline").read_bytes().split(b"\0")
                parent = (entry / "stat").read_text().rpartition(")")[2].split()[1]
            except OSError:
                continue
            if b"intake" in told and int(parent) == house.server.pid:
                return int(entry.name)
    raise SystemExit("no process of the stations' port was found")


def _cpu(process: int) -> float:
    told = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(told[11]) + int(told[12])) / _TICK


def _peak(process: int) -> int:
    told = Path(f"/proc/{process}/status").read_text()
    return next(int(line.split()[1]) * 1024 for line in told.splitlines() if line.startswith("VmHWM"))


if __name__ == "__main__":
    main()
