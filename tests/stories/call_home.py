"""`python -m tests.stories.call_home`: an office under Tonghua's rules on the evening of a 110 call with a suspect brought back.

The 110 system pushed the call twice, in other words the second time. 李's and 王's cameras ran a minute and a half at the scene; the
hall of the case area was checked and its camera runs on, the interview room was not checked. Prints the times as JSON on its last line.
"""

import json
import os
import tempfile
from datetime import timedelta
from pathlib import Path

from liuhen.server.home import prepare

LEAD, SECONDS = timedelta(seconds=15), 90.0
BROUGHT_IN = timedelta(seconds=60)
"""After the arrival: while both cameras still run."""


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
    from liuhen.engines.media.synthetic import Clip, make_clip
    from liuhen.kernel.actors import OPERATOR, Actor
    from liuhen.kernel.clock import BEIJING, now
    from liuhen.server.wiring import office
    from liuhen.server.worker import Worker

    cast: Cast = assemble(office(), pack="tonghua")
    open_accounts(cast)
    at = now().replace(microsecond=0)
    start = (at - timedelta(minutes=30)).replace(second=0)
    called = start - timedelta(minutes=8)
    system, _key = enroll_system(
        cast.team, by=OPERATOR, name="接处警平台", scopes=["incident", "steps"], webhook="", at=called
    )
    by = Actor("outside", system.pk, "外部系统 接处警平台")
    for content in ("两人在烧烤摊前推搡", "两人在烧烤摊前推搡，一人持酒瓶"):
        coming = Coming(
            "incident", "call", "烧烤摊前有人打架", called, content, "光明街 56 号", "钱某", "已留"
        )
        push(system, PushedIntake("110-0007", coming), by=by, at=called)
    push(system, PushedStep("110-0007", "1", "dispatched", "", called), by=by, at=called)
    for number, (officer, device) in enumerate(((cast.li, cast.camera), (cast.wang, cast.spare)), start=1):
        handed_out(cast, officer, at=start - timedelta(hours=1), device=device)
        true = start - LEAD
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "clip.mp4"
            make_clip(path, Clip(true, seconds=SECONDS, size=(160, 90), frames_per_second=4, seed=number))
            name = named(device, officer, f"{true.astimezone(BEIJING):%Y%m%d%H%M%S}")
            receive(office(), cast, path.read_bytes(), name=name, at=true + timedelta(minutes=5))
    _, camera = a_room(cast, "办案区大厅", "case_area", at)
    a_room(cast, "一号询问室", "interview", at, opened=False)
    Worker(office()).drain()
    row = receive(office(), cast, film() + b"\0", name=f"{camera.serial}.mp4", at=at)
    type(row).objects.filter(pk=row.pk).update(device=camera)
    row.refresh_from_db()
    Worker(office()).drain()
    with_times(row, start, at + timedelta(hours=1))
    Worker(office()).drain()
    print(json.dumps({"start": start.isoformat()}))


if __name__ == "__main__":
    main()
