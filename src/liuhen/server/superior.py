"""The line to the superior's platform: sends a list until every recording on it has its number. See docs/formats/handover.md.

The list's own number is the key: however often it is sent, the platform holds it once. Nothing the platform says changes anything here but
the numbers it gives, and of these the first one stands.
"""

import json
import time
from datetime import timedelta
from typing import Any

import requests
from urllib3.exceptions import HTTPError

from liuhen.apps.casework import outward
from liuhen.apps.casework.models import OutwardHandover
from liuhen.interfaces.office import Superior
from liuhen.kernel.actors import SYSTEM
from liuhen.kernel.clock import Clock, now

_PATIENCE = (3.05, 30.0)
_FIRST, _LONGEST = timedelta(seconds=30), timedelta(hours=6)
_MOST_BYTES = 4 << 20
_WHOLE = 60.0


class _Unanswered(Exception):
    """The platform did not take the list, or did not say so."""


def send(
    made: OutwardHandover, superior: Superior | None, line: requests.Session, *, clock: Clock = now
) -> None:
    """One try. What did not end well is tried again, later each time; it never ends by itself without every number."""
    if outward.is_answered(made):
        return
    try:
        told = _posted(made, superior, line)
        outcome = outward.keep_answer(made, by=SYSTEM, references=told, at=clock())
        trouble = "；".join(outcome.strange)
        if not trouble and not outward.is_answered(made):
            trouble = "平台已收下，还没有给出全部编号"
    except _Unanswered as error:
        trouble = str(error)
    again = None if outward.is_answered(made) else _pause(made)
    outward.note_try(made, by=SYSTEM, trouble=trouble, at=clock(), again=again)


def _pause(made: OutwardHandover) -> timedelta:
    count = min(made.tries.count(), 12)
    return min(_FIRST * (1 << count), _LONGEST)


def _posted(made: OutwardHandover, superior: Superior | None, line: requests.Session) -> dict[str, str]:
    if superior is None or not superior.url:
        raise _Unanswered("没有设置上级平台的地址（superior_url）")
    headers = {"Content-Type": "application/json", "Idempotency-Key": str(made.pk)}
    if superior.token:
        headers["Authorization"] = f"Bearer {superior.token}"
    try:
        answer = line.post(
            f"{superior.url.rstrip('/')}/handovers", data=made.manifest.encode(), headers=headers, timeout=_PATIENCE,
            allow_redirects=False, stream=True,
        )  # fmt: skip
        content = _read(answer)
    except (requests.RequestException, HTTPError, OSError) as error:
        raise _Unanswered(f"连不上上级平台，或者没有等到回答：{type(error).__name__}") from error
    if answer.status_code not in (200, 201, 202):
        raise _Unanswered(f"上级平台回答 {answer.status_code}")
    return _references(made, content)


def _read(answer: requests.Response) -> bytes:
    """The whole answer, within a minute: one that trickles for ever must not hold whoever else waits for the worker."""
    content, until = b"", time.monotonic() + _WHOLE
    while piece := answer.raw.read1(1 << 16, decode_content=True):
        content += piece
        if len(content) > _MOST_BYTES:
            raise _Unanswered("上级平台的回答过长")
        if time.monotonic() > until:
            raise _Unanswered("上级平台的回答太慢，没有等完")
    return content


def _references(made: OutwardHandover, content: bytes) -> dict[str, str]:
    told = _json(content)
    if not isinstance(told, dict) or told.get("handover") != outward.opened(made)["handover"]:
        raise _Unanswered("上级平台的回答不是对这份清单的")
    rows = told.get("references", {})
    if not isinstance(rows, dict) or not all(isinstance(v, str) and v.strip() for v in rows.values()):
        raise _Unanswered("上级平台的回答不合格式")
    return {str(key): value for key, value in rows.items()}


def _json(content: bytes) -> Any:
    try:
        return json.loads(content)
    except (ValueError, RecursionError) as error:
        raise _Unanswered("上级平台的回答不是 JSON") from error
