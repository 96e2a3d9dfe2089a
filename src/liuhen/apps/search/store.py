"""Where the tokens lie: FTS5 without content on SQLite, a stored tsvector with GIN on PostgreSQL.

Both hold the same tokens (`tokens`); an entry's kind is a token too, so that the newest of one kind are found as
fast as the newest of all. Statements are constant; what differs from question to question is a parameter.
"""

from collections.abc import Iterable

from django.db import connection

from liuhen.apps.search.tokens import tokens_of

_KIND = "\ue000"  # Of the private area: no folded text has it.
_NEW = "INSERT INTO search_tokens(rowid, words) VALUES (%s, %s)"
_GONE = "INSERT INTO search_tokens(search_tokens, rowid, words) VALUES ('delete', %s, %s)"
_EMPTY = "INSERT INTO search_tokens(search_tokens) VALUES ('delete-all')"
_VOCABULARY = "CREATE VIRTUAL TABLE IF NOT EXISTS temp.search_vocabulary USING fts5vocab('main', 'search_tokens', 'instance')"
_SET = "UPDATE search_entry SET tokens = array_to_tsvector(%s::text[]) WHERE id = %s"


def is_sqlite() -> bool:
    return connection.vendor == "sqlite"


def kind_token(kind: str) -> str:
    return _KIND + kind.replace(".", _KIND)


def tokens_for(kind: str, folded: str) -> list[str]:
    return sorted({*tokens_of(folded), kind_token(kind)})


def put(entry: int, kind: str, folded: str) -> None:
    """Enter the tokens of a new entry, or of one whose old tokens were dropped."""
    tokens = tokens_for(kind, folded)
    with connection.cursor() as cursor:
        if is_sqlite():
            cursor.execute(_NEW, [entry, " ".join(tokens)])
        else:
            cursor.execute(_SET, [tokens, entry])


def drop(entry: int, kind: str, folded: str) -> None:
    """Take back what `put` entered: an index without content must be told what was there."""
    if is_sqlite():
        with connection.cursor() as cursor:
            cursor.execute(_GONE, [entry, " ".join(tokens_for(kind, folded))])


def empty() -> None:
    if is_sqlite():
        with connection.cursor() as cursor:
            cursor.execute(_EMPTY)


def matching(tokens: Iterable[str]) -> str:
    """All of the tokens, in the language of the database: each quoted, so that none is an operator."""
    mark, both = ('"', " AND ") if is_sqlite() else ("'", " & ")
    return both.join(mark + token.replace("\\", "\\\\").replace(mark, mark * 2) + mark for token in tokens)


def held() -> dict[int, set[str]]:
    """Which tokens the index has of which entry, read from the index itself: for checking it."""
    found: dict[int, set[str]] = {}
    with connection.cursor() as cursor:
        if is_sqlite():
            cursor.execute(_VOCABULARY)
            cursor.execute("SELECT doc, term FROM temp.search_vocabulary")
            for entry, term in cursor:
                found.setdefault(entry, set()).add(term)
        else:
            cursor.execute("SELECT id, tsvector_to_array(tokens) FROM search_entry")
            found = {entry: set(tokens or ()) for entry, tokens in cursor}
    return found
