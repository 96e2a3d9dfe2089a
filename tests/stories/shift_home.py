"""`python -m tests.stories.shift_home`: yesterday's shift of one officer in LIUHEN_HOME, taken in and linked by nobody.

Three activities, two films of each, and one film of the morning's try-out. A process of its own: Django belongs to one home.
"""

import os
from datetime import datetime, timedelta
from pathlib import Path

from liuhen.server.home import prepare

ACTIVITIES = ((9, "清河路占道经营巡查"), (11, "永安里油烟检查"), (15, "东湖小区垃圾分类检查"))


def main() -> None:
    prepare(Path(os.environ["LIUHEN_HOME"]), log_name="liuhen/story", is_demo=True)
    from liuhen.server.commands import set_up

    set_up(migrate=True)
    from tests.apps.steps import handed_out, named, planned
    from tests.cast import Cast, as_actor, assemble
    from tests.interfaces.api.scene import film, open_accounts, receive

    from liuhen.apps.casework.actions import note_activity
    from liuhen.kernel.clock import BEIJING, aware, now
    from liuhen.server.wiring import office
    from liuhen.server.worker import Worker

    cast: Cast = assemble(office())
    open_accounts(cast)
    day = now().astimezone(BEIJING) - timedelta(days=1)

    def at(hour: int, minute: int = 0) -> datetime:
        return aware(datetime(day.year, day.month, day.day, hour, minute, tzinfo=BEIJING))

    handed_out(cast, cast.li, at=at(7))
    starts = [at(7, 10)]
    for hour, subject in ACTIVITIES:
        row = planned(cast, cast.li, cast.wang, at=at(hour), subject=subject)
        end = at(hour, 30)
        note_activity(
            row, by=as_actor(cast.li), at=end, arrived_at=at(hour), started_at=at(hour), ended_at=end
        )
        starts += [at(hour, 2), at(hour, 16)]
    for start in starts:
        told = f"{start.astimezone(BEIJING):%Y%m%d%H%M%S}"
        receive(office(), cast, film(), name=named(cast.camera, cast.li, told), at=at(17))
    Worker(office()).drain()


if __name__ == "__main__":
    main()
