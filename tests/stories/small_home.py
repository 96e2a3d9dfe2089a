"""`python -m tests.stories.small_home`: a small office in LIUHEN_HOME for the browser to work in.

A process of its own, because Django belongs to one home a process. The people are the cast, with accounts.
"""

import os
from pathlib import Path

from liuhen.server.home import prepare


def main() -> None:
    home = Path(os.environ["LIUHEN_HOME"])
    prepare(home, log_name="liuhen/story", is_demo=True)
    from liuhen.server.commands import set_up

    set_up(migrate=True)
    from tests.cast import assemble
    from tests.interfaces.api.scene import open_accounts

    from liuhen.server.wiring import office

    open_accounts(assemble(office()))


if __name__ == "__main__":
    main()
