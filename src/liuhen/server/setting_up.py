"""What a command needs before it can begin: where the home is, Django over it, and the office of this process."""

import os
from pathlib import Path

from liuhen.interfaces.office import Office
from liuhen.server import home


def home_path() -> Path:
    return Path(os.environ.get("LIUHEN_HOME", "home")).resolve()


def set_up(*, migrate: bool = False) -> None:
    """Django over the home that is there. Raises `Unavailable` where there is none."""
    import django

    from liuhen.server.django_settings import SETTINGS

    home.check_safe(SETTINGS.home, witness_policy=SETTINGS.witness_policy)
    home.add_opening_key(SETTINGS.home)
    django.setup()
    if migrate:
        from liuhen.server.database import bring_up_to_date

        bring_up_to_date()
        from liuhen.apps.access.secrecy import settle_circles
        from liuhen.interfaces.cli.search import fill_if_empty
        from liuhen.kernel.clock import now

        fill_if_empty()
        settle_circles(at=now())


def the_office() -> Office:
    from liuhen.server.wiring import office

    return office()
