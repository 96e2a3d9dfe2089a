"""`python -m tests.faults.quick_worker`: re-reads and seals the moment there is something, with the house's own jobs and pen.

The house's worker rests between its rounds and looks into each file; a station that is struck a thousand times waits for neither.
"""

import os
import time

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "liuhen.server.django_settings")


def main() -> None:
    import django

    django.setup()
    from liuhen.apps.journal.jobs import run_next
    from liuhen.server.wiring import office
    from liuhen.server.worker import seal_now
    from liuhen.server.works import works

    here = office()
    verify = {"recording.verify": works(here)["recording.verify"]}
    while os.getppid() != 1:
        while run_next(verify):
            pass
        seal_now(here)
        time.sleep(0.01)


if __name__ == "__main__":
    main()
