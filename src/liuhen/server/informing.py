"""The line to outside systems: tells the system that pushed an intake of each step taken here, signed, until it says 2xx.

Signature: HMAC-SHA-256 over `timestamp.body` with a secret of that system alone, derived from a key of the house that no table holds.
See docs/formats/intake.md.
"""

import hashlib
import hmac
import secrets
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import requests
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from liuhen.apps.casework.models import IntakeStep, OutsideSystem
from liuhen.apps.casework.pushing import note_told, notice_of, step_told
from liuhen.kernel.actors import SYSTEM
from liuhen.kernel.clock import Clock, now
from liuhen.server.home import make_secret_once

_PATIENCE = (3.05, 15.0)
_FIRST, _LONGEST = timedelta(seconds=30), timedelta(hours=6)
_GIVES_UP = 40  # 其间约九天。


def tell_system(keys: Path, step_id: UUID) -> None:
    """The worker's job: tell the system that pushed an intake what was done with it."""
    step = step_told(step_id)
    if step is not None:
        with requests.Session() as line:
            inform(step, line, keys=keys)


def inform(step: IntakeStep, line: requests.Session, *, keys: Path, clock: Clock = now) -> None:
    """One try. What was taken is not told again; what was not is tried again later, each time after longer."""
    system = step.intake.system
    if system is None or not system.webhook or system.revoked_at is not None:
        return
    if step.notices.filter(trouble="").exists():
        return
    trouble = _told(step, system, line, keys=keys, clock=clock)
    tries = step.notices.count()
    again = min(_FIRST * (1 << min(tries, 12)), _LONGEST) if trouble and tries < _GIVES_UP else None
    note_told(step, by=SYSTEM, trouble=trouble, at=clock(), again=again)


def secret_of(system: OutsideSystem, keys: Path) -> str:
    """The secret under which this system is told, in hexadecimal; the same for ever, and different from that of every other."""
    path = keys / "webhook.key"
    if not path.exists():
        make_secret_once(path, secrets.token_bytes(32))
    made = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"liuhen webhook/1 " + system.pk.bytes)
    return made.derive(path.read_bytes()).hex()


def signature(secret: str, timestamp: str, body: bytes) -> str:
    return hmac.new(bytes.fromhex(secret), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()


def _told(
    step: IntakeStep, system: OutsideSystem, line: requests.Session, *, keys: Path, clock: Clock
) -> str:
    """What went wrong; empty where it was taken."""
    body, timestamp = notice_of(step), str(int(clock().timestamp()))
    headers = {
        "Content-Type": "application/json", "Idempotency-Key": str(step.pk), "Liuhen-Timestamp": timestamp,
        "Liuhen-Signature": f"v1={signature(secret_of(system, keys), timestamp, body)}",
    }  # fmt: skip
    try:
        answer = line.post(
            system.webhook, data=body, headers=headers, timeout=_PATIENCE, allow_redirects=False, stream=True
        )
    except (requests.RequestException, OSError) as error:
        return f"连不上，或者没有等到回答：{type(error).__name__}"
    answer.close()
    return "" if answer.ok and answer.status_code < 300 else f"对方回答 {answer.status_code}"
