"""`python -m tests.stories.morning_home`: an office at eight in the morning: thirty cameras in the cupboard, thirty people before it."""

import os
from pathlib import Path

from liuhen.server.home import prepare


def main() -> None:
    home = Path(os.environ["LIUHEN_HOME"])
    prepare(home, log_name="liuhen/story", is_demo=True)
    from liuhen.server.commands import set_up

    set_up(migrate=True)
    from tests.cast import LONG_AGO, assemble
    from tests.interfaces.api.scene import open_accounts

    from liuhen.apps.devices.actions import register_device
    from liuhen.apps.registry import actions as registry
    from liuhen.kernel.actors import OPERATOR
    from liuhen.server.wiring import office

    cast = assemble(office())
    open_accounts(cast)
    for number in range(1, 31):
        person = registry.Person(f"队员{number:02d}", f"0300{number:02d}")
        officer = registry.add_officer(cast.team, by=OPERATOR, person=person, at=LONG_AGO)
        registry.appoint(officer, by=OPERATOR, role="officer", unit=cast.team, since=LONG_AGO, at=LONG_AGO)
        register_device(
            cast.team, by=OPERATOR, number=f"执记-1{number:02d}", serial=f"80000{number:02d}", device_type="body_recorder",
            model="测试型 A", at=LONG_AGO,
        )  # fmt: skip


if __name__ == "__main__":
    main()
