"""Search over a million short texts through the product's own room: the newest 50, the count, the size.

Run by hand: `python bench/search.py [COUNT]`; SQLite by itself, PostgreSQL where LIUHEN_DATABASE names one. Words are
rare, medium, frequent and absent; every count is held against a scan of the texts in Python.
"""

import os
import random
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import accumulate
from pathlib import Path
from uuid import UUID

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "src"))

COUNT = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
AGENCY = UUID(int=7)
KINDS = ("casework.activity", "evidence.recording", "documents.document", "casework.case")
NOW = datetime(2026, 5, 7, tzinfo=UTC)
ROUNDS = 300


def texts() -> list[str]:
    """Sentences of two-character words whose frequency falls with their rank, a comma and a number in each."""
    dice = random.Random(20260507)
    han = [chr(0x4E00 + n) for n in range(0, 9000, 3)]
    words = ["".join(dice.choices(han, k=2)) for _ in range(14_000)]
    weights = list(accumulate(1 / rank**0.9 for rank in range(1, len(words) + 1)))
    found = []
    for number in range(COUNT):
        picked = dice.choices(words, cum_weights=weights, k=dice.randint(6, 15))
        picked.insert(len(picked) // 2, "，")
        found.append("".join(picked) + str(number % 9973))
    return found


def fill(told: list[str]) -> float:
    """Enter everything with the room's own tokens; seconds it took."""
    from django.db import connection, transaction

    from liuhen.apps.search import store
    from liuhen.apps.search.models import Entry
    from liuhen.apps.search.tokens import fold

    began = time.perf_counter()
    for start in range(0, COUNT, 20_000):
        rows = [
            Entry(
                pk=n + 1, kind=KINDS[n % 4], thing=UUID(int=n), page=UUID(int=n), agency=AGENCY, path="/ZF/", at=NOW,
                number=f"BC-{n:07d}", title=text, text="", folded=fold(text),
            )
            for n, text in enumerate(told[start : start + 20_000], start)
        ]  # fmt: skip
        with transaction.atomic(), connection.cursor() as cursor:
            Entry.objects.bulk_create(rows, batch_size=500)
            tokens = [(row.pk, store.tokens_for(row.kind, row.folded)) for row in rows]
            if store.is_sqlite():
                cursor.executemany(
                    "INSERT INTO search_tokens(rowid, words) VALUES (%s, %s)",
                    [(pk, " ".join(t)) for pk, t in tokens],
                )
            else:
                cursor.executemany(
                    "UPDATE search_entry SET tokens = array_to_tsvector(%s::text[]) WHERE id = %s",
                    [(t, pk) for pk, t in tokens],
                )
    took = time.perf_counter() - began
    with connection.cursor() as cursor:
        if not store.is_sqlite():
            cursor.execute("VACUUM (ANALYZE) search_entry")
    return took


def sizes() -> tuple[float, float]:
    """The texts as a table alone, and what the index takes beside them, in MB."""
    from django.db import connection

    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(
                "SELECT sum(pgsize) FROM dbstat WHERE name IN ('search_entry', 'entry_once', 'sqlite_autoindex_search_entry_1')"
            )
            table = cursor.fetchone()[0]
            cursor.execute("SELECT sum(pgsize) FROM dbstat WHERE name LIKE 'search_tokens%%'", [])
            return table / 1e6, cursor.fetchone()[0] / 1e6
        cursor.execute(
            "SELECT pg_table_size('search_entry'), pg_relation_size('search_tokens'), sum(pg_column_size(tokens)) FROM search_entry"
        )
        whole, gin, column = cursor.fetchone()
        return (whole - column) / 1e6, (gin + column) / 1e6


def timed(what: Callable[[], object], rounds: int) -> list[float]:
    found = []
    for _ in range(rounds):
        began = time.perf_counter()
        what()
        found.append((time.perf_counter() - began) * 1000)
    return sorted(found)


def processor(what: Callable[[], object], rounds: int) -> float:
    """Milliseconds of this process's processor a round: what it costs where others share the machine (SQLite alone)."""
    began = time.process_time()
    for _ in range(rounds):
        what()
    return (time.process_time() - began) * 1000 / rounds


def chosen(counted: Counter[str]) -> Iterator[tuple[str, str]]:
    for name, share in (("frequent", 8), ("medium", 200), ("rare", 20_000)):
        target = max(3, COUNT // share)
        yield name, min(counted, key=lambda word: abs(counted[word] - target))
    yield "absent", "龘靐"


def measure(told: list[str]) -> None:
    from liuhen.apps.search import queries
    from liuhen.apps.search.tokens import wanted
    from liuhen.apps.search.words import Reader, Scope

    pairs: Counter[str] = Counter()
    for text in told:
        pairs.update({text[n : n + 2] for n in range(len(text) - 1)})
    han = Counter({pair: n for pair, n in pairs.items() if all("\u4e00" <= c <= "\u9fff" for c in pair)})
    reader = Reader(UUID(int=0), (Scope(AGENCY),))
    kind = KINDS[0]
    for name, word in chosen(han):
        asked = wanted(word)
        hits = timed(lambda a=asked: queries.newest(a, kind=kind, reader=reader, most=50), ROUNDS)
        cpu = processor(lambda a=asked: queries.newest(a, kind=kind, reader=reader, most=50), 100)
        capped = timed(lambda a=asked: queries.count(a, kind=kind, reader=reader), 20)
        exact = sum(queries.count(asked, kind=k, reader=reader, most=COUNT) for k in KINDS)
        scanned = sum(word in text for text in told)
        print(
            f"{name:9s} {word} {scanned:7d} hits, counted {exact:7d} {'exact' if exact == scanned else 'WRONG'}: newest 50 "
            f"p50 {hits[ROUNDS // 2]:.2f} p99 {hits[int(ROUNDS * 0.99) - 1]:.2f} ms, processor {cpu:.2f} ms; shown count {statistics.median(capped):.2f} ms"
        )
    long = told[COUNT // 2][:4]
    asked = wanted(long)
    hits = timed(lambda: queries.newest(asked, kind=kind, reader=reader, most=50), 50)
    print(f"four characters {long}: newest 50 p50 {hits[25]:.2f} p99 {hits[48]:.2f} ms")


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "liuhen.server.django_settings")
    with tempfile.TemporaryDirectory(prefix="liuhen-bench-") as folder:
        os.environ["LIUHEN_HOME"] = str(Path(folder) / "home")
        from liuhen.server.home import prepare

        prepare(Path(folder) / "home", log_name="liuhen/bench", is_demo=True)
        from liuhen.server.commands import set_up

        set_up(migrate=True)
        told = texts()
        took = fill(told)
        table, index = sizes()
        print(
            f"{COUNT} texts entered in {took:.0f} s; table {table:.0f} MB, index {index:.0f} MB, {index / table:.2f} of the table"
        )
        measure(told)


if __name__ == "__main__":
    main()
