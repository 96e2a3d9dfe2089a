"""`python -m tests.faults.room_truth`: what the house of LIUHEN_HOME holds and says, as JSON, for the room to be checked by.

What is absent is asked as of three hours from now: a card that was listed may take two hours to be brought.
"""

import json
import os
from datetime import timedelta
from typing import Any


def truth() -> dict[str, Any]:
    from tests.cast import as_actor

    from liuhen.apps.casework.completeness import absences
    from liuhen.apps.evidence.models import CardList, Clearing, Recording
    from liuhen.apps.journal.queries import line_of
    from liuhen.apps.registry.models import Officer
    from liuhen.kernel.clock import now
    from liuhen.kernel.spans import Span

    later = now() + timedelta(hours=3)
    keeper = as_actor(Officer.objects.get(name="赵"))
    absent = absences(keeper, within=Span(later - timedelta(days=30), later), at=later)
    return {
        "recordings": [
            {
                "id": str(row.pk), "path": row.source_path, "size": row.size, "sha256": row.sha256, "sm3": row.sm3,
                "verified": row.verified_at is not None, "quarantine": row.quarantine, "clock_error": row.clock_error,
                "file_time": row.file_time and row.file_time.isoformat(), "serial": row.device_serial,
                "station": row.station and row.station.name,
            } for row in Recording.objects.select_related("station")
        ],
        "clearings": [
            {"recording": str(row.recording_id), "path": row.path, "line": row.leave_line,
             "verified_line": line_of(row.recording_id, verb="recording.verified")} for row in Clearing.objects.all()
        ],
        "lists": [
            {"station": row.station.name, "count": row.count, "clock_error": row.clock_error, "device": row.device_serial,
             "files": [file["path"] for file in json.loads(row.body)["files"]]}
            for row in CardList.objects.select_related("station")
        ],
        "absent": [{"cause": one.cause, "what": one.what, "why": one.why, "about": one.about} for one in absent],
    }  # fmt: skip


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "liuhen.server.django_settings")
    import django

    django.setup()
    print(json.dumps(truth(), ensure_ascii=False))
