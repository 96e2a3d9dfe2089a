"""How long a session lasts: the same limits on the pages' plane and on the plane of bulk bytes.

Idle for half an hour (administrators a quarter) ends it; twelve hours end it in any case.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from liuhen.kernel.clock import from_text

IDLE = timedelta(minutes=30)
IDLE_ADMIN = timedelta(minutes=15)
ABSOLUTE = timedelta(hours=12)
FRESH = timedelta(minutes=15)


def is_over(session: Mapping[str, Any], *, at: datetime) -> bool:
    """Whether the session's own moments (`seen`, `since`) say that it has ended.

    Django counts a session's age anew at each change; the moment of the log-in stays.
    """
    seen, since = session.get("seen"), session.get("since")
    idle = IDLE_ADMIN if session.get("admin") else IDLE
    is_idle = seen is not None and at - from_text(seen) > idle
    return is_idle or (since is not None and at - from_text(since) > ABSOLUTE)


def is_fresh(session: Mapping[str, Any], *, at: datetime) -> bool:
    """Whether the person proved lately that it is himself (`proved`): before what cannot be undone or gives something away."""
    proved = session.get("proved")
    return proved is not None and at - from_text(proved) <= FRESH


def must_choose(session: Mapping[str, Any]) -> bool:
    """Whether the password is one that another gave out, and is to be changed first."""
    return bool(session.get("choosing"))


def must_pair(session: Mapping[str, Any]) -> bool:
    """Whether a second factor is to be bound first, which a role of this person asks for."""
    return bool(session.get("pairing"))


def must_secure(session: Mapping[str, Any]) -> bool:
    """Whether this session may do nothing yet but make its own account safe."""
    return must_choose(session) or must_pair(session)
