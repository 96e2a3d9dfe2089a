"""A marked recording does not exist for whoever may not know of it: every route answers as in a house without it.

The house is walked before the recording came, after it came, and after it was marked: the first and the last walk are equal. The
middle one shows that the walk sees it wherever it would stand.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from uuid import UUID

import pytest

from liuhen.apps.oversight.registers import REGISTERS
from liuhen.apps.oversight.statistics import INDICATORS
from liuhen.apps.registry.policy import PUBLIC
from liuhen.interfaces.api.gate import rows_of
from liuhen.kernel.clock import now
from liuhen.server import urls
from liuhen.server.worker import Worker
from tests.interfaces.api.scene import Door, Scene, with_oversight, with_papers
from tests.interfaces.api.secret import SLOW, Secret, bring_in, mark
from tests.interfaces.api.test_policy import (
    _address,
    _body,
    _finding,
    _knows,
    _redaction,
    _rows,
    _segment,
    _thing,
    _voucher,
)

# 李 made it, 王 was there, 周 inspects, 姜 is deputy head, 钱 links, 季 rates, 方 supervises, 安 keeps the posts: none is in the circle.
STRANGERS = ("li", "wang", "zhou", "jiang", "qian")
# Heads, legal, keepers and archive know by their post, 谷 by name.
KNOWING = ("zhang", "chen", "zhao", "he", "tan", "zhou2", "gu")
ABSENT = UUID("0190a0a0-0000-7000-8000-000000000000")
# The journal counts all that is done in the house, whoever does it: its length says that something was done, and not what.
LENGTH = re.compile(
    r'\{"(?:label|key)": "(?:台账|已封存|sealed|三十天内静默)"[^}]*\}|"journal_number": \d+|待封存 \d+ 笔'
)


@pytest.fixture
def whole(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> Scene:
    """The scene with all its papers, an hour from now: the clock of the requests stands."""
    with_papers(scene)
    with_oversight(scene)
    for made in (_finding, _segment, _redaction, _voucher):
        made(scene)
    Worker(scene.office).drain(leave=SLOW)
    moment = now() + timedelta(minutes=30)
    monkeypatch.setattr("liuhen.interfaces.api.gate.now", lambda: moment)
    return scene


@pytest.mark.timeout(600)
def test_whoever_may_not_know_of_a_recording_finds_a_house_without_it(whole: Scene) -> None:
    doors = {login: Door(login) for login in (*STRANGERS, *KNOWING)}
    asked = {login: list(paths(whole, login)) for login in STRANGERS}
    before = {login: dict(walk(doors[login], asked[login])) for login in STRANGERS}
    secret = bring_in(whole, now())
    known = {}
    for login in ("zhou", "li"):
        known |= differing(before[login], walk(doors[login], asked[login]))
    mark(whole, secret, now())
    left = {login: differing(before[login], walk(doors[login], asked[login])) for login in STRANGERS}
    told = "\n".join(
        f"{login} {path}: {what}" for login, paths in left.items() for path, what in paths.items()
    )
    assert not told, told
    # The same walk saw it in all these places before it was marked.
    places = {path.split("?")[0] for path in known}
    assert len(places) > 60, sorted(places)
    for login in KNOWING:
        answer = doors[login].get(f"/recordings/{secret.recording.pk}")
        assert answer.status_code == 200, login
    _addresses_are_those_of_nothing(whole, doors, secret)


def _addresses_are_those_of_nothing(whole: Scene, doors: dict[str, Door], secret: Secret) -> None:
    """Asked for by its address, and everything of it by theirs, it is what never was."""
    wrong = []
    for row in rows_of(urls.api):
        thing = _thing(row)
        if row.policy == PUBLIC or thing not in {"recording", *secret.things}:
            continue
        key = (secret.recording if thing == "recording" else secret.things[thing]).pk
        for login in STRANGERS:
            answers = [
                doors[login].send(row.method, re.sub(r"\{uuidstr:\w+\}", str(one), row.path).replace("{form}", "evidence-note"), _body(whole, row))
                for one in (key, ABSENT)
            ]  # fmt: skip
            first, second = ((a.status_code, a.content) for a in answers)
            if first != second:
                wrong.append(f"{login} {row.method} {row.path}: {first} {second}")
    for login in STRANGERS:
        rights = [
            doors[login].get(f"/rights/{whole.cast.li.pk}/{number}")
            for number in (secret.recording.number, "X")
        ]
        assert len({(answer.status_code, answer.content) for answer in rights}) == 1
    told = [(login, number) for number in secret.lines for login in STRANGERS if _reads(doors[login], number)]
    assert not told
    assert not wrong, "\n".join(wrong)


def _reads(door: Door, number: int) -> bool:
    return bool(door.get(f"/receipts/{number}").status_code != 404)


# ── the walk ────────────────────────────────────────────────────────────────────────────────────────────────


def walk(door: Door, asked: Iterable[str]) -> Iterator[tuple[str, str]]:
    """What this person is told at each address."""
    for path in asked:
        answer = door.get(path)
        told = answer.content.decode(errors="replace")
        if answer["Content-Type"].startswith("application/json"):
            told = json.dumps(json.loads(told), ensure_ascii=False)
        yield path, f"{answer.status_code} {LENGTH.sub('', told)}"


def paths(scene: Scene, login: str) -> Iterator[str]:
    """Every page and file of the house that a post of this person's knows at all, with what may be asked of it."""
    for row in _rows():
        if row.method != "GET" or not _knows(scene, login, row.policy):
            continue
        path = _address(scene, row)
        if "/registers/" in path:
            yield from (path.replace("training", key) for key in REGISTERS)
            continue
        yield from (f"{path}{query}" for query in _QUERIES.get(row.path, ("",)))
    for key in INDICATORS if _knows(scene, login, "statistics.view") else ():
        yield from (f"/statistics/rows?figure={key}&side={side}" for side in ("part", "whole"))
    yield f"/linking/sheet?officer={scene.cast.li.pk}&day={scene.start:%Y-%m-%d}"


_QUERIES: dict[str, tuple[str, ...]] = {
    "/search": ("?q=_7000001_", "?q=绝密往来", "?q=李", "?q=销毁", "?q=7000001"),
    "/recordings": ("", "?state=linked", "?state=quarantined", "?view=mine", "?view=late", "?view=due-today", "?q=_7000001_", "?kind=video"),
    "/linking": ("", "?state=linked", "?state=overdue"),
    "/activities": ("", "?record=missing", "?record=whole"),
    "/documents": ("", "?view=open", "?q=说明"),
    "/keeping": ("", "?state=soon", "?state=held"),
    "/holds": ("", "?state=open"),
    "/handovers": ("", "?state=open", "?state=waiting"),
    "/rules/rows": ("", "?clause=SUB-21", "?verdict=符合"),
}  # fmt: skip


def differing(one: Mapping[str, str], other: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Where two walks were told different things, and the first place of it."""
    return {path: _first(one[path], body) for path, body in other if one[path] != body}


def _first(one: str, other: str) -> str:
    at = next(
        (n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other))
    )
    return f"{one[max(0, at - 120) : at + 160]} ≠ {other[max(0, at - 20) : at + 160]}"
