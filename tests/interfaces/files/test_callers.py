"""The session on the plane of bulk bytes: it ends when it ends on the pages, and work there keeps it awake."""

from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from starlette.requests import Request
from tests.cast import Cast

from liuhen.apps.registry.actions import close_account, open_account
from liuhen.apps.registry.models import Account
from liuhen.interfaces.files.callers import Unknown, caller_of
from liuhen.kernel.actors import OPERATOR
from liuhen.kernel.clock import as_utc_text, from_text, now


@pytest.fixture
def account(cast: Cast) -> Account:
    return open_account(cast.li, by=OPERATOR, login="li", password="kuaile-gongzuo-2026")


def _session(account: Account, *, seen: timedelta, since: timedelta) -> SessionStore:
    session = SessionStore()
    session[SESSION_KEY] = str(account.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[-1]
    session[HASH_SESSION_KEY] = account.get_session_auth_hash()
    session["seen"], session["since"] = as_utc_text(now() - seen), as_utc_text(now() - since)
    session.create()
    return session


def _request(session: SessionStore) -> Request:
    cookie = f"{settings.SESSION_COOKIE_NAME}={session.session_key}".encode()
    scope: dict[str, Any] = {
        "type": "http",
        "headers": [(b"cookie", cookie)],
        "client": ("127.0.0.1", 1),
        "path": "/",
    }
    return Request(scope)


def test_working_session_is_known_and_kept_awake(account: Account) -> None:
    session = _session(account, seen=timedelta(minutes=20), since=timedelta(hours=2))
    caller = caller_of(_request(session))
    assert caller.actor.id == account.officer_id
    assert now() - from_text(SessionStore(session.session_key)["seen"]) < timedelta(seconds=30)


@pytest.mark.parametrize(
    ("seen", "since"),
    [(timedelta(minutes=31), timedelta(hours=1)), (timedelta(minutes=1), timedelta(hours=12, minutes=1))],
)
def test_idle_or_old_session_is_nobody(account: Account, seen: timedelta, since: timedelta) -> None:
    with pytest.raises(Unknown):
        caller_of(_request(_session(account, seen=seen, since=since)))


def test_closed_account_is_nobody_on_the_next_request(account: Account) -> None:
    session = _session(account, seen=timedelta(), since=timedelta(hours=1))
    assert caller_of(_request(session)).actor.kind == "officer"
    close_account(account, by=OPERATOR)
    with pytest.raises(Unknown):
        caller_of(_request(session))
