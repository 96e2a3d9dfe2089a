"""`python -m tests.faults.room_home CARDS`: the house of the simulated room in LIUHEN_HOME: the cast, and a camera for each card.

A process of its own, because Django belongs to one home a process.
"""

import os
import sys
from pathlib import Path

from liuhen.server.home import prepare


def serial_of(number: int) -> str:
    """The serial number of the camera of the card with this number; the first two belong to the cast."""
    return f"7{number:06d}"


def main() -> None:
    home = Path(os.environ["LIUHEN_HOME"])
    prepare(home, log_name="liuhen/room", is_demo=True)
    from liuhen.server.commands import set_up

    set_up(migrate=True)
    from tests.cast import LONG_AGO, assemble
    from tests.interfaces.api.scene import open_accounts

    from liuhen.apps.devices.actions import register_device
    from liuhen.kernel.actors import OPERATOR
    from liuhen.server.wiring import office

    cast = assemble(office())
    open_accounts(cast)
    for number in range(3, int(sys.argv[1]) + 1):
        register_device(
            cast.team, by=OPERATOR, number=f"执记-{number:02d}", serial=serial_of(number), device_type="body_recorder", at=LONG_AGO
        )  # fmt: skip


if __name__ == "__main__":
    main()
