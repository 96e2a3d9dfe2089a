"""`python -m tests.stories.full_home`: a small office in LIUHEN_HOME with one of each thing, for pages to be opened on.

Prints the addresses of the things as JSON on its last line. A process of its own: Django belongs to one home.
"""

import json
import os
from pathlib import Path

from liuhen.server.home import prepare


def main() -> None:
    home = Path(os.environ["LIUHEN_HOME"])
    prepare(home, log_name="liuhen/story", is_demo=True)
    from liuhen.server.commands import set_up

    set_up(migrate=True)
    from tests.cast import assemble
    from tests.interfaces.api.scene import make_scene, with_absences

    from liuhen.server.wiring import office

    scene = make_scene(office(), assemble(office()))
    with_absences(scene)
    assert scene.document
    things = {
        "cases": scene.case.pk, "activities": scene.activity.pk, "recordings": scene.recording.pk,
        "documents": scene.document.pk,
    }  # fmt: skip
    print(json.dumps({name: str(key) for name, key in things.items()}))


if __name__ == "__main__":
    main()
