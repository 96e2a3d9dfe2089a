"""The gate before every route: CSRF, who is asking, and whether this person's roles know the route's action at all.

A route is made through `Routes`, which asks for its policy row; `check_routes` walks what was made and refuses to start
with one that has none. Whether the action may be done on the very thing is asked again by the room (`allow`), or by
its list (`visible_to`).
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar, cast
from uuid import UUID

from django.conf import settings
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.urls import URLPattern, URLResolver
from ninja import NinjaAPI, Router
from ninja.security import APIKeyCookie
from ninja.utils import check_csrf

from liuhen.apps.evidence.knowing import known_to, withheld_among, withheld_from
from liuhen.apps.registry import queries as registry
from liuhen.apps.registry.identities import still_holds
from liuhen.apps.registry.law import law_of
from liuhen.apps.registry.models import Account, Officer
from liuhen.apps.registry.permission import Place, Placed, actions_of, allow, may, note_refused
from liuhen.apps.registry.policy import POLICY, PUBLIC
from liuhen.apps.registry.sessions import is_fresh, must_choose, must_pair
from liuhen.engines.rules.packs import Rulebook
from liuhen.interfaces.api.answers import Gone, MustChoose, MustPair, Prove, Stale, Unknown
from liuhen.interfaces.office import Office
from liuhen.kernel.actors import Actor
from liuhen.kernel.clock import now
from liuhen.kernel.errors import Refused, Tampered

_SAFE = ("GET", "HEAD", "OPTIONS")
_F = TypeVar("_F", bound=Callable[..., Any])
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Asking:
    """Who asks, when, of which office: made once a request, handed to every page and act."""

    by: Actor
    officer: Officer
    at: datetime
    office: Office
    actions: frozenset[str]

    def may(self, action: str, on: Placed | Place) -> bool:
        """Whether a button is worth showing; the act itself asks `allow` again."""
        if action not in self.actions:
            return False
        return may(self.by, action, on=on if isinstance(on, Place) else on.place(), at=self.at)

    def can(self, action: str) -> bool:
        """Whether this person's roles know the action at all."""
        return action in self.actions

    def known(self, by: str) -> Q:
        """For a filter over rows that belong to a recording, `by` the column that names it: those of which this person may know."""
        return known_to(self.by, at=self.at, by=by)

    def withheld(self) -> QuerySet[Any, Any]:
        """For a filter: the recordings of which this person may not know."""
        return withheld_from(self.by, at=self.at)

    def knows(self, recording: UUID) -> bool:
        """Whether a mark does not withhold this recording from this person."""
        return not withheld_among([recording], self.by, at=self.at)

    @property
    def law(self) -> Rulebook:
        """The rulebook in force. Raises `Refused` before the first activation."""
        return law_of(self.officer.agency_id, packs=self.office.packs, at=self.at)

    @property
    def law_if_any(self) -> Rulebook | None:
        """For acts that the law may forbid: None where none is in force yet. A tampered law is never passed over."""
        try:
            return self.law
        except Refused:
            return None

    @property
    def law_or_none(self) -> Rulebook | None:
        """The same for pages, which say so instead of breaking."""
        try:
            return self.law
        except (Refused, Tampered):
            return None

    def found(self, visible: QuerySet[Any], key: UUID, *, anyhow: QuerySet[Any], action: str) -> Any:
        """The row, if this person may know of it; else `Gone`, and where it exists the refusal has its line."""
        row = visible.filter(pk=key).first()
        if row is None:
            hidden = anyhow.filter(pk=key).first()
            if hidden is not None:
                self._refuse(action, hidden)
            raise Gone
        return row

    def require(self, action: str, on: Placed) -> None:
        """Before a route looks closer at what was sent: the right comes first, and its refusal has its line."""
        allow(self.by, action, on=on, at=self.at)

    def check_form(self, action: str, on: Placed) -> None:
        """A form for what this person may not do on this thing is not there."""
        if action and not self.may(action, on):
            raise Gone

    def _refuse(self, action: str, hidden: Placed) -> None:
        try:
            allow(self.by, action, on=hidden, at=self.at)
        except Refused as error:
            raise Gone from error
        # His posts reach it, and a mark withholds it from him.
        note_refused(self.by, action, on=hidden.place(), at=self.at)


def origin_of(request: HttpRequest) -> str:
    """From where, as the line keeps it."""
    return f"网页 {request.META.get('REMOTE_ADDR', '')}".strip()


def asking_of(request: HttpRequest) -> Asking:
    """Raises `Unknown` where nobody is signed in, or the account was closed since."""
    account = request.user
    if not isinstance(account, Account) or not account.is_active or not still_holds(request.session):
        raise Unknown
    officer = registry.officer(account.officer_id)
    if officer is None:
        raise Unknown
    by, at = Actor("officer", officer.pk, origin_of(request)), now()
    office = cast("Office", request.office)  # type: ignore[attr-defined]
    actions = actions_of(by, at=at)
    if not actions:
        raise Unknown  # Whose last role has ended is out; the door tells him why.
    return Asking(by=by, officer=officer, at=at, office=office, actions=actions)


class Gate(APIKeyCookie):
    """Before the body is read: the token of unsafe methods, then the person, then the roles.

    A route whose action no role of this person knows does not exist for him to read (404); to act there is refused
    with its line (403), the same whether the thing exists or not.
    """

    param_name: str = settings.SESSION_COOKIE_NAME

    def __init__(self, policy: str, *, unpaired: bool = False) -> None:
        super().__init__(csrf=True)
        self.policy, self.unpaired = policy, unpaired

    def __call__(self, request: HttpRequest) -> Asking | bool:
        if check_csrf(request):
            raise Stale
        return self.authenticate(request, None)

    def authenticate(self, request: HttpRequest, key: str | None) -> Asking | bool:
        if self.policy == PUBLIC:
            return True
        asking = asking_of(request)
        if must_choose(request.session) and not self.unpaired:
            raise MustChoose
        if must_pair(request.session) and not self.unpaired:
            raise MustPair
        if self.policy not in asking.actions:
            if request.method in _SAFE:
                raise Gone
            top = Place(asking.officer.agency_id, "/")
            allow(asking.by, self.policy, on=top, at=asking.at)
        return asking


class Routes:
    """A router that asks each route for its policy row."""

    def __init__(self, tag: str) -> None:
        self.router = Router(tags=[tag])

    def get(self, path: str, *, policy: str, response: Any, unpaired: bool = False) -> Callable[[_F], _F]:
        """`unpaired`: also for a session that must first choose its own password or bind its second factor."""
        return self._made("GET", path, policy, response, unpaired=unpaired)

    def post(self, path: str, *, policy: str, response: Any, unpaired: bool = False) -> Callable[[_F], _F]:
        return self._made("POST", path, policy, response, unpaired=unpaired)

    def patch(self, path: str, *, policy: str, response: Any) -> Callable[[_F], _F]:
        return self._made("PATCH", path, policy, response)

    def delete(self, path: str, *, policy: str, response: Any) -> Callable[[_F], _F]:
        return self._made("DELETE", path, policy, response)

    def _made(
        self, method: str, path: str, policy: str, response: Any, *, unpaired: bool = False
    ) -> Callable[[_F], _F]:
        if policy != PUBLIC and policy not in POLICY:
            raise Refused(f"路由 {method} {path} 的权限“{policy}”不在权限表中，拒绝启动")
        return self.router.api_operation(
            [method], path, auth=Gate(policy, unpaired=unpaired), response=response
        )


def asked(request: HttpRequest) -> Asking:
    """What the gate found out about this request."""
    return cast("Asking", request.auth)  # type: ignore[attr-defined]


def require_fresh(request: HttpRequest) -> None:
    """Before what gives something away or cannot be undone. Raises `Prove` where the person did not prove himself lately."""
    if not is_fresh(request.session, at=now()):
        raise Prove


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the route table."""

    method: str
    path: str
    policy: str


def rows_of(api: NinjaAPI) -> Iterator[Row]:
    """Every operation of the API with its policy; empty where it has none."""
    for prefix, router in api._routers:  # noqa: SLF001  Ninja has no public walk over its routes
        for path, view in router.path_operations.items():
            for operation in view.operations:
                gates = [auth for auth in operation.auth_callbacks if isinstance(auth, Gate)]
                policy = gates[0].policy if gates else ""
                for method in operation.methods:
                    yield Row(method, f"{prefix}{path}", policy)


def check_routes(
    rows: Iterable[Row], *, patterns: Iterable[str], files: Mapping[str, str], named: Iterable[str]
) -> None:
    """Raise `Refused` for any address without a policy row: of the API, of Django, of the plane of bulk bytes."""
    rows = list(rows)
    known = {_plain(row.path) for row in rows}
    bare = [f"{row.method} {row.path}" for row in rows if row.policy != PUBLIC and row.policy not in POLICY]
    bare += [path for path in patterns if _plain(path) not in known]
    bare += [name for name in named if files.get(name) not in POLICY and files.get(name) != PUBLIC]
    if bare:
        raise Refused(
            f"这些地址没有权限行，拒绝启动：{'、'.join(sorted(bare))}", do="请在权限表中为每个地址写明权限。"
        )


def patterns_of(resolvers: Iterable[URLPattern | URLResolver], prefix: str = "") -> Iterator[str]:
    """Every address Django answers, as written in its patterns."""
    for one in resolvers:
        path = prefix + str(one.pattern)
        if isinstance(one, URLResolver):
            yield from patterns_of(one.url_patterns, path)
        else:
            yield path


def _plain(path: str) -> str:
    """One spelling for Ninja's `{uuid:id}` and Django's `<uuid:id>`."""
    return path.replace("{", "<").replace("}", ">").strip("/").removeprefix("api/v1").strip("/")
