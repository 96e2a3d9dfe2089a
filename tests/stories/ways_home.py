"""`python -m tests.stories.ways_home`: an office under Nandagang's rules with a 110 system that pushed a call, and a case area.

Two cameras ran at the scene; the hall of the case area was checked this morning and its camera runs, the interview room was not.
Prints the addresses of the things as JSON on its last line.
"""

import json
import os
from datetime import timedelta
from pathlib import Path

from liuhen.server.home import prepare


def main() -> None:
    prepare(Path(os.environ["LIUHEN_HOME"]), log_name="liuhen/story", is_demo=True)
    from liuhen.server.commands import set_up

    set_up(migrate=True)
    from tests.apps.casework.test_stays import a_room
    from tests.apps.steps import handed_out, named, with_times
    from tests.cast import Cast, assemble
    from tests.interfaces.api.scene import film, open_accounts, receive

    from liuhen.apps.casework.messages import PushedIntake, PushedStep
    from liuhen.apps.casework.pushing import enroll_system, push
    from liuhen.apps.casework.receiving import Coming
    from liuhen.kernel.actors import OPERATOR, Actor
    from liuhen.kernel.clock import BEIJING, now
    from liuhen.server.wiring import office
    from liuhen.server.worker import Worker

    cast: Cast = assemble(office(), pack="nandagang")
    open_accounts(cast)
    at = now().replace(microsecond=0)
    start = at - timedelta(minutes=50)
    system, _key = enroll_system(
        cast.team, by=OPERATOR, name="接处警平台", scopes=["incident", "steps"], webhook="", at=start
    )
    by = Actor("outside", system.pk, "外部系统 接处警平台")
    for content in ("两人在烧烤摊前推搡", "两人在烧烤摊前推搡，一人持酒瓶"):
        coming = Coming(
            "incident", "call", "烧烤摊前有人打架", start, content, "清河路 12 号", "钱某", "已留"
        )
        push(system, PushedIntake("110-0007", coming), by=by, at=start)
    push(system, PushedStep("110-0007", "1", "dispatched", "", start), by=by, at=start)
    for officer, device in ((cast.li, cast.camera), (cast.wang, cast.spare)):
        handed_out(cast, officer, at=start - timedelta(hours=1), device=device)
        told = f"{(start + timedelta(minutes=4)).astimezone(BEIJING):%Y%m%d%H%M%S}"
        receive(office(), cast, film(), name=named(device, officer, told), at=start + timedelta(minutes=20))
    hall, camera = a_room(cast, "办案区大厅", "case_area", at)
    a_room(cast, "一号询问室", "interview", at, opened=False)
    Worker(office()).drain()
    row = receive(office(), cast, film() + b"\0", name=f"{camera.serial}.mp4", at=at)
    type(row).objects.filter(pk=row.pk).update(device=camera)
    row.refresh_from_db()
    Worker(office()).drain()
    with_times(row, start + timedelta(minutes=20), at - timedelta(minutes=8))
    Worker(office()).drain()
    print(json.dumps({"start": start.isoformat(), "hall": hall.name}))


if __name__ == "__main__":
    main()
