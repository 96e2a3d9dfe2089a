"""`python -m tests.stories.field_home PACK FILMS`: an office under one regulation whose officer has just come back from the field.

So many films of a minute and a half lie in 待关联, ten minutes apart; nothing else was entered. Prints when the first began, as JSON.
"""

import json
import os
import sys
import tempfile
from datetime import timedelta
from pathlib import Path

from liuhen.server.home import prepare

APART, LEAD, SECONDS = timedelta(minutes=10), timedelta(seconds=15), 90.0


def main(pack: str, films: int) -> None:
    prepare(Path(os.environ["LIUHEN_HOME"]), log_name="liuhen/story", is_demo=True)
    from liuhen.server.commands import set_up

    set_up(migrate=True)
    from tests.apps.steps import handed_out, named
    from tests.cast import LONG_AGO, assemble
    from tests.interfaces.api.scene import open_accounts, receive

    from liuhen.apps.registry import actions as registry
    from liuhen.engines.media.synthetic import Clip, make_clip
    from liuhen.kernel.actors import OPERATOR
    from liuhen.kernel.clock import BEIJING, now
    from liuhen.server.wiring import office
    from liuhen.server.worker import Worker

    cast = assemble(office(), pack=pack)
    open_accounts(cast)
    registry.appoint(cast.wang, by=OPERATOR, role="deputy_head", unit=cast.team, since=LONG_AGO, at=LONG_AGO)
    start = (now() - films * APART - timedelta(minutes=20)).replace(second=0, microsecond=0)
    handed_out(cast, cast.li, at=start - timedelta(hours=1))
    for number in range(films):
        true = start + number * APART - LEAD
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "clip.mp4"
            make_clip(path, Clip(true, seconds=SECONDS, size=(160, 90), frames_per_second=4, seed=number + 1))
            name = named(cast.camera, cast.li, f"{true.astimezone(BEIJING):%Y%m%d%H%M%S}")
            receive(office(), cast, path.read_bytes(), name=name, at=true + timedelta(minutes=5))
    Worker(office()).drain()
    print(json.dumps({"start": start.isoformat()}))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
