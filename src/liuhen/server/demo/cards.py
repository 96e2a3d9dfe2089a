"""One docking station of an agency in the demonstration, and the signed list of one card of which a file never came."""

from datetime import timedelta

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from liuhen.apps.devices.actions import enroll_station
from liuhen.apps.evidence.cards import CONTEXT, enter_card_list
from liuhen.apps.evidence.models import Recording
from liuhen.apps.registry.models import Unit
from liuhen.engines.ledger import Signer
from liuhen.engines.ledger.statement import signed_statement
from liuhen.kernel.actors import OPERATOR, Actor
from liuhen.kernel.clock import BEIJING, as_utc_text

_NEVER_CAME = 1_283_457


def dock(unit: Unit, recordings: list[Recording]) -> None:
    """The card of the camera that made these recordings, listed as the last of them came in."""
    last = max(recordings, key=lambda row: row.received_at)
    signer = Signer("station", Ed25519PrivateKey.generate())
    enrolled = last.received_at - timedelta(days=20)
    station, _ = enroll_station(unit, by=OPERATOR, name="一号采集站", at=enrolled, key=str(signer.verifier))
    written = last.file_time or last.received_at
    lost = f"DCAM_{last.device_serial}_{last.officer_number}_{written.astimezone(BEIJING):%Y%m%d_%H%M%S}.mp4"
    files = [(row.source_path, row.size, row.file_time or row.received_at) for row in recordings]
    files.append((f"DCIM/{written.astimezone(BEIJING):%Y%m%d}/{lost}", _NEVER_CAME, written))
    listed_at = last.received_at - timedelta(minutes=10)
    body = {
        "station": str(station.pk), "listed_at": as_utc_text(listed_at), "device": last.device_serial,
        "officer": last.officer_number, "clock_error": 3.0,
        "files": [
            {"path": path, "size": size, "modified": as_utc_text(moment), "problem": ""}
            for path, size, moment in files
        ],
    }  # fmt: skip
    told = signed_statement(CONTEXT, body, signer)
    enter_card_list(station, by=Actor("station", station.pk, "演示采集站"), told=told, at=listed_at)
