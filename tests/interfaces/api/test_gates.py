"""The gates of rights and of the web (docs/gates-rights.md): spellings of an address, tokens, headers, three administrators, swapped keys.

What a run draws is drawn from `SEED`; `SWAPS` says how many keys are swapped.
"""

import itertools
import os
import random
import re
from collections.abc import Iterator
from uuid import UUID

import pytest

from liuhen.apps.journal.models import Line
from liuhen.apps.registry import actions
from liuhen.apps.registry.models import Officer, Unit
from liuhen.apps.registry.policy import ADMINISTRATORS, POLICY, PUBLIC, ROLES
from liuhen.interfaces.api.gate import Row, rows_of
from liuhen.interfaces.office import Office
from liuhen.kernel.actors import OPERATOR
from liuhen.kernel.clock import now
from liuhen.server import urls
from tests.cast import LONG_AGO
from tests.interfaces.api import test_policy as policy
from tests.interfaces.api.few import few
from tests.interfaces.api.scene import Door, Scene, with_papers

SEED = int(os.environ.get("SEED", "20261128"))
SWAPS = int(os.environ.get("SWAPS", "300"))
EVERY = 1 if SWAPS > 1000 else 7  # A seventh of the addresses in each run, all of them in `make rights`.
_ABSENT = "0190a0a0-0000-7000-8000-000000000000"
_SAFE = ("GET", "HEAD", "OPTIONS")


@pytest.fixture
def people(served: Office, db: None) -> dict[str, Officer]:
    return few()


def filled(path: str) -> str:
    return (
        re.sub(r"\{uuidstr:\w+\}", _ABSENT, re.sub(r"\{int:\w+\}", "1", path))
        .replace("{form}", "x")
        .replace("{key}", "x")
    )


def spellings(method: str, path: str) -> Iterator[tuple[str, str, dict[str, str]]]:
    """Other ways to write the same request, of which each has opened some other program."""
    first, _, rest = path.lstrip("/").partition("/")
    yield "HEAD", path, {}
    yield "OPTIONS", path, {}
    yield "TRACE", path, {}
    yield method.lower(), path, {}
    yield method, f"/{path}", {}
    yield method, f"{path}/", {}
    yield method, f"{path}/.", {}
    yield method, f"/./{path.lstrip('/')}", {}
    yield method, f"/session/..{path}", {}
    yield method, f"/{first.upper()}/{rest}".rstrip("/"), {}
    yield method, f"/%{ord(first[0]):02x}{first[1:]}/{rest}".rstrip("/"), {}
    yield method, f"{path}%00", {}
    yield method, f"{path};x=1", {}
    yield method, f"{path}.json", {}
    for header in ("X-HTTP-Method-Override", "X-Method-Override", "X-HTTP-Method"):
        yield ("POST" if method == "GET" else "GET"), path, {header: method}
    for header in ("X-Original-URL", "X-Rewrite-URL"):
        yield "GET", "/door", {header: f"/api/v1{path}"}


def test_no_spelling_of_an_address_opens_what_the_address_does_not(people: dict[str, Officer]) -> None:
    """Z1: nobody gets anywhere, and whoever may not gets no further by another way of writing it."""
    nobody, li = Door(), Door("li")
    may = {action for action, roles in POLICY.items() if "officer" in roles}
    open_to_li = {filled(row.path) for row in rows_of(urls.api) if row.method == "GET" and row.policy in may}
    before, wrong = Line.objects.exclude(verb="permission.refused").count(), []
    for number, row in enumerate(rows_of(urls.api)):
        if row.policy == PUBLIC or number % EVERY:
            continue
        for method, path, headers in spellings(row.method, filled(row.path)):
            for who, door in (("nobody", nobody), ("li", li)):
                if who == "li" and (row.policy in may or path in open_to_li):
                    continue
                answer = door.client.generic(
                    method, f"/api/v1{path}", b"{}", content_type="application/json", headers=headers
                )
                is_door = path == "/door"
                if answer.status_code < 400 and not is_door:
                    wrong.append(f"{who} {method} {path}: {answer.status_code}")
                assert not is_door or set(answer.json()) == {"agency", "banners", "hint", "ways"}
    assert not wrong, "\n".join(wrong[:20])
    assert Line.objects.exclude(verb="permission.refused").count() == before


def test_unsafe_request_from_elsewhere_is_refused_whatever_it_brings(people: dict[str, Officer]) -> None:
    """P3: a session and no token of its own, a foreign page, a form that needs no leave of the browser."""
    li, before = Door("li"), Line.objects.count()
    token = li.client.cookies["csrftoken"].value
    json_, form = "application/json", "application/x-www-form-urlencoded"
    cases: list[tuple[str, dict[str, str]]] = [
        (json_, {"X-CSRFToken": "x" * len(token)}),
        (json_, {"X-CSRFToken": token[:-1]}),
        (json_, {"X-CSRFToken": token, "Origin": "https://evil.example"}),
        (json_, {"X-CSRFToken": token, "Origin": "null"}),
        (json_, {"X-CSRFToken": token, "Origin": "http://testserver.evil.example"}),
        (form, {}),
        ("text/plain", {}),
        ("multipart/form-data; boundary=x", {}),
    ]
    for number, row in enumerate(rows_of(urls.api)):
        if row.method in _SAFE or number % (EVERY // 2 or 1):
            continue
        for kind, headers in cases:
            answer = li.client.generic(
                row.method, f"/api/v1{filled(row.path)}", b"csrfmiddlewaretoken=x", content_type=kind, headers=headers
            )  # fmt: skip
            assert answer.status_code == 403, (row, kind, headers, answer.status_code)
    assert Line.objects.count() == before


def test_every_answer_carries_the_headers_of_the_house(people: dict[str, Officer]) -> None:
    """P7: also those that say no."""
    li = Door("li")
    for row, door in itertools.product(list(rows_of(urls.api))[:: EVERY // 2 or 1], (Door(), li)):
        answer = door.client.generic(
            row.method, f"/api/v1{filled(row.path)}", b"", content_type="application/json"
        )
        held = {name.lower(): value for name, value in answer.items()}
        told = (held.get("cache-control"), held.get("x-content-type-options"), held.get("x-frame-options"))
        assert told == ("no-store", "nosniff", "DENY"), (row, told)
        assert "default-src 'self'" in held["content-security-policy"], row
        assert "unsafe-eval" not in held["content-security-policy"]
        assert held["referrer-policy"] == "same-origin"


def test_three_administrators_share_no_power_and_see_no_footage() -> None:
    """Z6: what changes anything lies with one of them; each may look at the roll, and two at why somebody may."""
    everybody = {action for action, roles in POLICY.items() if set(roles) == set(ROLES)}
    own = {
        role: {action for action, roles in POLICY.items() if role in roles} - everybody
        for role in ADMINISTRATORS
    }
    looks = {"person.view", "right.explain"}  # Being told of much at once lies with one of them alone.
    for one, other in itertools.combinations(sorted(ADMINISTRATORS), 2):
        assert own[one] & own[other] <= looks, (one, other)
    footage = {
        action
        for action in POLICY
        if action.split(".")[0]
        in ("recording", "redaction", "segment", "package", "disc", "volume", "supply")
    }
    assert len(footage) > 20
    for role in ADMINISTRATORS:
        assert not own[role] & footage, role
        assert own[role] - looks, role


def test_one_person_holds_no_two_of_them_and_no_other_office(people: dict[str, Officer]) -> None:
    sec, top = Door("sec"), people["sys"].unit_id
    for who, role in (
        ("sys", "security_admin"),
        ("sys", "audit_admin"),
        ("sys", "officer"),
        ("li", "system_admin"),
    ):
        refused = sec.post(f"/people/{people[who].pk}/posts", role=role, unit=top)
        assert (refused.status_code, "不能兼任" in refused.json()["why"]) == (403, True), (who, role)


def test_nobody_stops_or_clears_the_journal_from_another_account(people: dict[str, Officer]) -> None:
    """Z6: there is no address at which anybody could; and what is asked for it is refused by the table itself."""
    spoken = [
        row.path
        for row in rows_of(urls.api)
        if re.search(r"(journal|audit|line|log)s?(/|$)", row.path) and row.method not in _SAFE
    ]
    assert spoken == []
    assert {row.method for row in rows_of(urls.api)} <= {"GET", "POST", "PATCH", "DELETE"}
    assert [row.path for row in rows_of(urls.api) if row.method == "DELETE"] == ["/session"]


def test_transfer_and_end_of_office_work_on_the_next_request(people: dict[str, Officer]) -> None:
    """Z7: 张 heads the street's office; then he heads a team that has nothing, then nothing, then he is suspended."""
    zhang, head = Door("zhang"), people["zhang"]
    top = Unit.objects.get(pk=head.unit_id)
    team = actions.add_unit(top.agency, by=OPERATOR, name="二队", code="Z2", function="case", at=LONG_AGO)
    seen = [row["name"] for row in zhang.page("/people")["rows"]]
    assert "李" in seen
    actions.end_role(head.roles.get(), by=OPERATOR, at=now())
    assert zhang.get("/people").status_code == 401, "his last office"
    actions.appoint(head, by=OPERATOR, role="unit_head", unit=team, since=now(), at=now())
    assert [row["name"] for row in zhang.page("/people")["rows"]] == []
    person = actions.Person(head.name, head.number)
    actions.change_officer(head, by=OPERATOR, person=person, unit=team, state="active")
    assert [row["name"] for row in zhang.page("/people")["rows"]] == ["张"]
    actions.change_officer(head, by=OPERATOR, person=person, unit=team, state="suspended")
    assert zhang.get("/people").status_code == 401


# ── Z3: keys swapped ───────────────────────────────────────


def test_no_swapped_key_opens_what_is_not_ones_own(scene: Scene) -> None:
    """Every address by everybody with every key in every place: open where the policy says so for that very thing, else as if absent."""
    with_papers(scene)
    draw = random.Random(SEED)
    rows = [row for row in policy._rows() if policy._thing(row)]
    own = {policy._thing(row): _key_in(policy._address(scene, row), row) for row in rows}
    pool = [
        *own.items(),
        *(("recording", str(one.pk)) for one in (scene.loose, scene.strange)),
        ("nothing", _ABSENT),
    ]
    doors, absent, tried, wrong = {login: Door(login) for login in scene.people}, {}, 0, []
    while tried < SWAPS:
        login, row, (kind, key) = draw.choice(list(doors)), draw.choice(rows), draw.choice(pool)
        thing = policy._thing(row)
        is_its_own = kind == thing and key == own[thing]
        expected = policy._expected(scene, login, row) if is_its_own else "absent"
        if (kind == thing and not is_its_own and login != "sun") or (
            expected == "open" and row.method not in _SAFE
        ):
            continue  # Another of the same kind may be his as well; and what he may do is not done here.
        tried += 1
        path = policy._address(scene, row)
        body = policy._body(scene, row)
        answer = doors[login].send(row.method, path.replace(own[thing], key, 1), body)
        if (login, row) not in absent:
            missing = doors[login].send(row.method, path.replace(own[thing], _ABSENT, 1), body)
            absent[login, row] = (missing.status_code, missing.content)
        if expected == "open":
            is_right = answer.status_code < 500
        elif expected == "refused" and is_its_own:
            is_right = answer.status_code == 403
        else:
            is_right = (answer.status_code, answer.content) == absent[login, row] and answer.status_code in (
                403,
                404,
            )
        if not is_right:
            wrong.append(f"{login} {row.method} {row.path} {kind}: {answer.status_code}, {expected}")
    assert not wrong, f"SEED={SEED}\n" + "\n".join(wrong[:20])


def _key_in(path: str, row: Row) -> str:
    found = re.search(r"[0-9a-f]{8}-[0-9a-f-]{27}", path)
    assert found is not None, (path, row)
    assert UUID(found[0])
    return found[0]
