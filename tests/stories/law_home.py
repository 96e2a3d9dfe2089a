"""`python -m tests.stories.law_home`: the small office with 李's day in it, and 许, head of the whole agency."""

import os
from pathlib import Path

from liuhen.server.home import prepare


def main() -> None:
    home = Path(os.environ["LIUHEN_HOME"])
    prepare(home, log_name="liuhen/story", is_demo=True)
    from liuhen.server.commands import set_up

    set_up(migrate=True)
    from tests.cast import LONG_AGO, assemble
    from tests.interfaces.api.scene import PASSWORD, make_scene

    from liuhen.apps.registry import actions
    from liuhen.kernel.actors import OPERATOR
    from liuhen.server.wiring import office

    cast = assemble(office())
    make_scene(office(), cast)
    top = cast.agency.units.get(parent__isnull=True)
    head = actions.add_officer(top, by=OPERATOR, person=actions.Person("许", "090001"), at=LONG_AGO)
    actions.appoint(head, by=OPERATOR, role="agency_head", unit=top, since=LONG_AGO, at=LONG_AGO)
    actions.open_account(head, by=OPERATOR, login="xu", password=PASSWORD)


if __name__ == "__main__":
    main()
