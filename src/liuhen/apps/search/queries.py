"""Reading the index: the newest hits and how many, only within the scopes the reader brings.

What lies outside a scope is not fetched and hidden but never found: hits, counts and snippets alike. A kind that is
not among the scopes does not exist for this reader.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import UUIDField

from liuhen.apps.search import store
from liuhen.apps.search.actions import circle_text, folded_of
from liuhen.apps.search.models import Closed, Entry, Share
from liuhen.apps.search.tokens import Wanted
from liuhen.apps.search.words import Findable, Reader, Scope

COUNTED = 1001
# Below this share of the table it is cheaper to take all hits from the index than to walk the entries, newest first.
_RARE = 5000
_COLUMNS = "e.id, e.kind, e.thing, e.page, e.at, e.number, e.title, e.text"


@dataclass(frozen=True, slots=True)
class Hit:
    """One thing that was found. `entry` is the key for the next page."""

    entry: int
    kind: str
    thing: UUID
    page: UUID
    at: datetime
    number: str
    title: str
    text: str


def newest(
    asked: Sequence[Wanted], *, kind: str, reader: Reader, most: int, before: int | None = None
) -> list[Hit]:
    """The newest `most` things of a kind that have every word, within the reader's scopes."""
    where, told = _where(asked, kind, reader, before)
    if not asked or not where:
        return []
    if store.is_sqlite():
        sql = f"SELECT {_COLUMNS} {_FROM_FTS} {where} ORDER BY t.rowid DESC LIMIT %s"
        return _hits(sql, [store.matching(_tokens(asked, kind)), *told, most])
    return _newest_postgresql(asked, kind, where, told, most)


def count(asked: Sequence[Wanted], *, kind: str, reader: Reader, most: int = COUNTED) -> int:
    """How many things of a kind have every word, within the reader's scopes; counting ends at `most`."""
    where, told = _where(asked, kind, reader, None)
    if not asked or not where:
        return 0
    source = _FROM_FTS if store.is_sqlite() else _FROM_ENTRY
    with connection.cursor() as cursor:
        cursor.execute(
            f"{_COUNTED} {source} {where} LIMIT %s) AS found",
            [store.matching(_tokens(asked, kind)), *told, most],
        )
        found: int = cursor.fetchone()[0]
    return found


# CROSS JOIN keeps the order: the other way round every entry would be looked up in the index.
_FROM_FTS = (
    "FROM search_tokens AS t CROSS JOIN search_entry AS e ON e.id = t.rowid WHERE t.search_tokens MATCH %s"
)
_COUNTED = "SELECT count(*) FROM (SELECT 1 AS one"
_OPEN_SQLITE = (
    "NOT EXISTS (SELECT 1 FROM search_closed AS c WHERE c.page = e.page AND instr(c.persons, %s) = 0)"
)
_OPEN_POSTGRESQL = (
    "NOT EXISTS (SELECT 1 FROM search_closed AS c WHERE c.page = e.page AND strpos(c.persons, %s) = 0)"
)
_ALL_FIRST = "WITH found AS MATERIALIZED (SELECT id FROM search_entry WHERE tokens @@ %s::tsquery)"
_FROM_FOUND = "FROM found JOIN search_entry AS e ON e.id = found.id WHERE true"
_FROM_ENTRY = "FROM search_entry AS e WHERE e.tokens @@ %s::tsquery"


def _tokens(asked: Sequence[Wanted], kind: str) -> list[str]:
    return [store.kind_token(kind), *dict.fromkeys(token for word in asked for token in word.tokens)]


def _where(asked: Sequence[Wanted], kind: str, reader: Reader, before: int | None) -> tuple[str, list[Any]]:
    """Everything beyond the tokens; empty where nothing may be seen."""
    if not reader.scopes:
        return "", []
    parts = ["AND e.kind = %s"]
    told: list[Any] = [kind]
    if before is not None:
        parts.append("AND e.id < %s")
        told.append(before)
    for conditions in ([_within(scope) for scope in reader.scopes], _known(reader)):
        parts.append(f"AND ({' OR '.join(words for words, _ in conditions)})")
        told += [value for _, values in conditions for value in values]
    holds = "instr(e.folded, %s) > 0" if store.is_sqlite() else "strpos(e.folded, %s) > 0"
    for word in asked:
        if not word.is_proven:
            parts.append(f"AND {holds}")
            told.append(word.folded)
    return " ".join(parts), told


def _within(scope: Scope) -> tuple[str, list[Any]]:
    words, told = ["e.agency = %s"], [_key(scope.agency)]
    if scope.path:
        words.append("substr(e.path, 1, %s) = %s")
        told += [len(scope.path), scope.path]
    if scope.officer is not None:
        words.append("EXISTS (SELECT 1 FROM search_share AS s WHERE s.entry_id = e.id AND s.officer = %s)")
        told.append(_key(scope.officer))
    return f"({' AND '.join(words)})", told


def _known(reader: Reader) -> list[tuple[str, list[Any]]]:
    """That a thing whose circle is narrowed is found by those in it, and where this person knows of it by his post."""
    closed = _OPEN_SQLITE if store.is_sqlite() else _OPEN_POSTGRESQL
    return [(closed, [str(reader.officer)]), *(_within(scope) for scope in reader.knows)]


def _key(value: UUID) -> Any:
    """A key as the database keeps it."""
    return UUIDField().get_db_prep_value(value, connection)


def _hits(sql: str, told: list[Any]) -> list[Hit]:
    """Rows as values, without the cost of a model for each."""
    with connection.cursor() as cursor:
        cursor.execute(sql, told)
        return [
            Hit(entry, kind, _uuid(thing), _uuid(page), _moment(at), number, title, text)
            for entry, kind, thing, page, at, number, title, text in cursor.fetchall()
        ]


def _uuid(kept: UUID | str) -> UUID:
    return kept if isinstance(kept, UUID) else UUID(kept)


def _moment(kept: datetime | str) -> datetime:
    """SQLite keeps the time of UTC without saying so."""
    told = datetime.fromisoformat(kept) if isinstance(kept, str) else kept
    return told if told.tzinfo else told.replace(tzinfo=UTC)


def _newest_postgresql(
    asked: Sequence[Wanted], kind: str, where: str, told: list[Any], most: int
) -> list[Hit]:
    """Two ways, chosen by the planner's own estimate: left alone it walks the whole table for a word that is not there."""
    query = store.matching(_tokens(asked, kind))
    if _estimate(query) <= _RARE:
        sql = f"{_ALL_FIRST} SELECT {_COLUMNS} {_FROM_FOUND} {where} ORDER BY e.id DESC LIMIT %s"
        return _hits(sql, [query, *told, most])
    sql = f"SELECT {_COLUMNS} {_FROM_ENTRY} {where} ORDER BY e.id DESC LIMIT %s"
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_bitmapscan = off")
        cursor.execute("SET LOCAL enable_seqscan = off")
        return _hits(sql, [query, *told, most])


def _estimate(query: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "EXPLAIN (FORMAT JSON) SELECT 1 FROM search_entry WHERE tokens @@ %s::tsquery", [query]
        )
        told = cursor.fetchone()[0]
    plan = json.loads(told) if isinstance(told, str) else told
    return int(plan[0]["Plan"]["Plan Rows"])


def has_entries(kind: str) -> bool:
    return Entry.objects.filter(kind=kind).exists()


# ── 核对 ───────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Lie:
    """Where the index does not say what the rows say."""

    where: str
    what: str

    def __str__(self) -> str:
        return f"{self.where}：{self.what}"


def verify(rows: Iterable[Findable]) -> Iterator[Lie]:
    """The entries against the rows, the tokens against the entries; nothing is changed."""
    tokens = store.held()
    known = {(entry.kind, entry.thing): entry for entry in Entry.objects.iterator(chunk_size=2000)}
    shares: dict[int, set[UUID]] = {}
    for entry_id, officer in Share.objects.values_list("entry", "officer"):
        shares.setdefault(entry_id, set()).add(officer)
    closed = {row.page: row.persons for row in Closed.objects.iterator(chunk_size=2000)}
    for row in rows:
        words = row.words()
        where = f"{words.kind} {words.thing}"
        entry = known.pop((words.kind, words.thing), None)
        if entry is None:
            yield Lie(where, "没有检索条目")
            continue
        told = {
            "page": words.page or words.thing, "agency": words.agency, "path": words.path, "at": words.at,
            "number": words.number, "title": words.title, "text": words.text, "folded": folded_of(words),
        }  # fmt: skip
        yield from (
            Lie(where, f"检索条目的“{name}”与原行不符")
            for name, value in told.items()
            if getattr(entry, name) != value
        )
        if shares.get(entry.pk, set()) != words.officers:
            yield Lie(where, "检索范围与原行不符")
        if tokens.pop(entry.pk, set()) != set(store.tokens_for(entry.kind, entry.folded)):
            yield Lie(where, "索引中的字词与检索条目不符")
        if words.page in (None, words.thing):
            told_circle = None if words.circle is None else circle_text(words.circle)
            if closed.pop(words.thing, None) != told_circle:
                yield Lie(where, "限制知悉的范围与原行不符")
    yield from (Lie(f"{page}", "限制知悉的条目没有原行") for page in closed)
    yield from (Lie(f"{kind} {thing}", "原行已不在，检索条目还在") for kind, thing in known)
    left = {entry.pk for entry in known.values()}
    yield from (Lie(f"索引 {entry}", "有字词而没有检索条目") for entry in tokens if entry not in left)
