"""`python -m tests.stories.watching_home`: one activity of this morning, filmed by three cameras whose clocks differ, in LIUHEN_HOME.

A process of its own: Django belongs to one home. Prints the activity's id and when it began.
"""

import os
import tempfile
from datetime import timedelta
from pathlib import Path

from liuhen.server.home import prepare

# Seconds into the event at which each camera began, and how far its clock is ahead of the true time.
CAMERAS = ((0.0, 0.0), (3.0, 7.4), (5.5, -2.2))
SECONDS = 30.0


def main() -> None:
    prepare(Path(os.environ["LIUHEN_HOME"]), log_name="liuhen/story", is_demo=True)
    from liuhen.server.commands import set_up

    set_up(migrate=True)
    from tests.apps.steps import handed_out, named, planned
    from tests.cast import Cast, as_actor, assemble
    from tests.interfaces.api.scene import open_accounts, receive

    from liuhen.apps.casework.actions import link_recording, note_activity
    from liuhen.engines.media.synthetic import Clip, make_clip
    from liuhen.kernel.clock import BEIJING, now
    from liuhen.server.wiring import office
    from liuhen.server.worker import Worker

    cast: Cast = assemble(office())
    open_accounts(cast)
    start = (now() - timedelta(hours=2)).replace(microsecond=0)
    handed_out(cast, cast.li, at=start - timedelta(hours=1))
    row = planned(
        cast, cast.li, cast.wang, at=start, subject="占道经营联合检查", latitude=26.0761, longitude=119.2971
    )
    end = start + timedelta(seconds=SECONDS)
    note_activity(row, by=as_actor(cast.li), at=end, arrived_at=start, started_at=start, ended_at=end)
    for number, (begin, ahead) in enumerate(CAMERAS):
        with tempfile.TemporaryDirectory() as folder:
            path, true = Path(folder) / "clip.mp4", start + timedelta(seconds=begin)
            plan = Clip(
                true, seconds=SECONDS, size=(320, 180), frames_per_second=20, event=(11, begin), seed=number + 1, place=(26.0745, 119.2965),
                label=f"第 {number + 1} 路", clock_error=timedelta(seconds=ahead),
            )  # fmt: skip
            make_clip(path, plan)
            told = (true + timedelta(seconds=ahead)).astimezone(BEIJING)
            name = named(cast.camera, cast.li, f"{told:%Y%m%d%H%M%S}")
            made = receive(office(), cast, path.read_bytes(), name=name, at=end)
        link_recording(row, by=as_actor(cast.li), recording=made, reasons=[], at=end)
    Worker(office()).drain()
    print(row.pk, start.isoformat())


if __name__ == "__main__":
    main()
