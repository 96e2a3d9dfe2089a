"""`python -m tests.stories.case_home PACK`: an office under one regulation, with a case that was started and its activity filmed.

Prints what the story needs as JSON on its last line.
"""

import json
import os
import sys
from pathlib import Path

from liuhen.server.home import prepare

_ACTIVITIES = {
    "subdistrict": "onsite_enforcement",
    "fuzhou": "penalty_site_inspection",
    "nandagang": "site_inspection",
    "baimiaozi": "daily_inspection",
    "tonghua": "dispatch_response",
}
"""What was filmed, in the words of each regulation."""


def main(pack: str) -> None:
    prepare(Path(os.environ["LIUHEN_HOME"]), log_name="liuhen/story", is_demo=True)
    from liuhen.server.commands import set_up

    set_up(migrate=True)
    from tests.cast import LONG_AGO, assemble
    from tests.interfaces.api.scene import make_scene

    from liuhen.apps.registry import actions as registry
    from liuhen.kernel.actors import OPERATOR
    from liuhen.server.wiring import office
    from liuhen.server.worker import Worker

    scene = make_scene(office(), assemble(office(), pack=pack), activity_type=_ACTIVITIES[pack])
    registry.appoint(
        scene.cast.wang, by=OPERATOR, role="deputy_head", unit=scene.cast.team, since=LONG_AGO, at=LONG_AGO
    )
    Worker(office()).drain()
    told = {"case": str(scene.case.pk), "activity": str(scene.activity.pk), "recording": str(scene.recording.pk),
            "start": scene.start.isoformat()}  # fmt: skip
    print(json.dumps(told))


if __name__ == "__main__":
    main(sys.argv[1])
