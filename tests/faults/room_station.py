"""`python -m tests.faults.room_station PORTS STATION VIEW`: what `liuhen station watch --folders --clear` does, with recorders in the ports that say who
they are and what their clock says. `recorders.json` beside the ports tells which stands in which.
"""

import json
import sys
from datetime import timedelta
from pathlib import Path

from liuhen.station.config import read_config
from liuhen.station.identity import Identity, identity_block
from liuhen.station.simulated import SimulatedRecorder
from liuhen.station.tiles import serve_tiles, terminal_view
from liuhen.station.watch import Watch


def recorder(port: Path) -> SimulatedRecorder:
    """The camera in this port."""
    said = json.loads((port.parent.parent / "recorders.json").read_text())[port.name]
    block = identity_block(Identity(serial=said["serial"], officer=said["officer"]))
    return SimulatedRecorder(port, block, fast=timedelta(seconds=said["fast"]))


def main() -> None:
    ports, folder, view = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
    watch = Watch(
        [ports], config=read_config(folder), patience=60, clears=True, any_folder=True, opens=recorder
    )
    with serve_tiles(watch.shown, port=view):
        for shown in watch.run():
            print(terminal_view(shown), flush=True)


if __name__ == "__main__":
    main()
