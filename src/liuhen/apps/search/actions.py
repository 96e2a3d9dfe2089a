"""Writing the index: always inside the act that changed the row, so that both are there or neither."""

from collections.abc import Iterable, Iterator
from uuid import UUID

from django.db import connection, transaction

from liuhen.apps.journal.statements import insert
from liuhen.apps.search import store
from liuhen.apps.search.models import Closed, Entry, Share
from liuhen.apps.search.tokens import fold
from liuhen.apps.search.words import Findable, Words


def keep(row: Findable) -> None:
    """Enter what a row says now, in the transaction of the act that changed it."""
    _check_in_act()
    _keep(row.words())


def enter(words: Words) -> None:
    """Enter what a row says that this act makes: nothing is asked of what was said of it before."""
    _check_in_act()
    _enter(words)


def rebuild(rows: Iterable[Findable]) -> int:
    """Make the whole index anew from the rows, in one transaction: readers see the old one until the new one is there.

    Returns how many entries there are. The rows come oldest first, so that the newest keeps the greatest key.
    """
    count = 0
    with transaction.atomic():
        store.empty()
        Share.objects.all().delete()
        Closed.objects.all().delete()
        Entry.objects.all().delete()
        for words in _once(rows):
            _enter(words)
            count += 1
    return count


def _check_in_act() -> None:
    if not connection.in_atomic_block:
        raise RuntimeError("检索条目须在变更它的那一笔之内写入")


def _once(rows: Iterable[Findable]) -> Iterator[Words]:
    yield from sorted(
        (row.words() for row in rows), key=lambda words: (words.at, words.kind, str(words.thing))
    )


def _keep(words: Words) -> None:
    old = Entry.objects.filter(kind=words.kind, thing=words.thing).first()
    if old is None:
        _enter(words)
        return
    store.drop(old.pk, old.kind, old.folded)
    Share.objects.filter(entry=old).delete()
    entry = _entry(words)
    entry.pk = old.pk
    entry.save(force_update=True)
    if entry.page == entry.thing:
        Closed.objects.filter(page=entry.page).delete()
    _put(entry, words)


def _enter(words: Words) -> None:
    entry = _entry(words)
    entry.save(force_insert=True)
    _put(entry, words)


def _put(entry: Entry, words: Words) -> None:
    insert([Share(entry=entry, officer=officer) for officer in sorted(words.officers)])
    store.put(entry.pk, entry.kind, entry.folded)
    if words.circle is not None:
        Closed.objects.create(page=entry.page, persons=circle_text(words.circle))


def circle_text(persons: Iterable[UUID]) -> str:
    """A circle as one text, in which a person is looked for."""
    return "\n".join(sorted(str(person) for person in persons))


def _entry(words: Words) -> Entry:
    return Entry(
        kind=words.kind, thing=words.thing, page=words.page or words.thing, agency=words.agency, path=words.path,
        at=words.at, number=words.number, title=words.title, text=words.text, folded=folded_of(words),
    )  # fmt: skip


def folded_of(words: Words) -> str:
    """Everything to be found of it, folded once; the parts stay apart."""
    return " ".join(filter(None, (fold(words.number), fold(words.title), fold(words.text))))
