"""Lists: pages by key (time, id), filters in the query, no exact totals above a thousand.

The key of the next page is opaque to the client and believed by nobody: a wrong one is refused in words.
"""

import base64
import binascii
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Annotated, Any, Generic, TypeVar
from uuid import UUID

from django.db.models import Model, Q, QuerySet
from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, StringConstraints

from liuhen.interfaces.api.words import count_label
from liuhen.kernel.clock import BEIJING, as_utc_text, aware, from_text
from liuhen.kernel.errors import Malformed

PAGE = 30
M = TypeVar("M", bound=Model)
T = TypeVar("T")


def _printable(text: str) -> str:
    """No NUL: one database cannot hold it, and nobody means it."""
    if "\0" in text:
        raise ValueError("NUL")
    return text


def _sensible(moment: datetime) -> datetime:
    """Years in which this office can have worked: others are slips of the hand, and overflow in arithmetic."""
    if not 2000 <= moment.year <= 2100:
        raise ValueError("year")
    return moment


Moment = Annotated[AwareDatetime, AfterValidator(_sensible)]
Word = Annotated[str, StringConstraints(max_length=40), AfterValidator(_printable)]
Line = Annotated[str, StringConstraints(max_length=200, strip_whitespace=True), AfterValidator(_printable)]
Text = Annotated[str, StringConstraints(max_length=2000, strip_whitespace=True), AfterValidator(_printable)]
Paper = Annotated[
    str, StringConstraints(max_length=20_000, strip_whitespace=True), AfterValidator(_printable)
]


class Told(BaseModel):
    """What a client sends: closed, every text with its limit."""

    model_config = ConfigDict(extra="forbid")


class ListAsked(Told):
    """The query of a list. `q` words, `when` two dates `2026-11-01..2026-11-30`, `after` the key of the next page."""

    q: Line = ""
    when: Word = ""
    view: Word = ""
    state: Word = ""
    kind: Word = ""
    record: Word = ""
    after: Annotated[str, StringConstraints(max_length=120)] = ""


@dataclass(frozen=True, slots=True)
class Keyed(Generic[M]):
    """One page of rows and the key of the next."""

    rows: list[M]
    next: str | None
    count_label: str


def page_of(rows: QuerySet[M], *, by: str, after: str) -> Keyed[M]:
    """The newest first by the column `by`; `after` is the key the page before gave."""
    label = count_label(rows.order_by()[:1001].count())
    if after:
        moment, key = _unpacked(after)
        # The bound by itself lets the database begin at the right place of its index, however deep.
        rows = rows.filter(Q(**{f"{by}__lt": moment}) | Q(pk__lt=key), **{f"{by}__lte": moment})
    # The keys first, along one index and without a join; then their rows with all that belongs to them.
    keys = list(rows.order_by(f"-{by}", "-pk").values_list("pk", flat=True)[: PAGE + 1])
    found: list[M] = list(rows.filter(pk__in=keys[:PAGE]).order_by(f"-{by}", "-pk"))
    more = found[-1] if len(keys) > PAGE and found else None
    return Keyed(found, _packed(more, by) if more is not None else None, label)


def part_of(
    rows: Sequence[T], *, key: Callable[[T], tuple[datetime, UUID]], after: str
) -> tuple[list[T], str | None]:
    """The same for rows that no table keeps, already newest first: one page and the key of the next."""
    bound = _unpacked(after) if after else None
    left = [row for row in rows if bound is None or key(row) < bound]
    found = left[:PAGE]
    return found, _told(*key(found[-1])) if len(left) > PAGE else None


def _packed(row: Any, by: str) -> str:
    return _told(getattr(row, by), row.pk)


def _told(moment: datetime, key: UUID) -> str:
    return base64.urlsafe_b64encode(f"{as_utc_text(moment)}|{key}".encode()).decode()


def _unpacked(key: str) -> tuple[datetime, UUID]:
    try:
        moment, _, pk = base64.urlsafe_b64decode(key.encode()).decode().partition("|")
        return from_text(moment), UUID(pk)
    except (ValueError, binascii.Error, Malformed) as error:
        raise Malformed("续页的标记无效", do="请回到第一页重新打开列表。") from error


def between(when: str, column: str) -> Q:
    """Rows of the days `from..to`, both included, by the Beijing calendar."""
    if not when:
        return Q()
    first, separator, last = when.partition("..")
    try:
        start, end = date.fromisoformat(first), date.fromisoformat(last if separator else first)
        return Q(**{f"{column}__gte": _midnight(start), f"{column}__lt": _midnight(end + timedelta(days=1))})
    except (ValueError, OverflowError) as error:
        raise Malformed("日期应写作 2026-11-01..2026-11-30", do="请重新选择日期。") from error


def containing(words: str, columns: Iterable[str]) -> Q:
    """Every word somewhere in the columns."""
    found = Q()
    for word in words.split()[:8]:
        any_of = Q()
        for column in columns:
            any_of |= Q(**{f"{column}__icontains": word})
        found &= any_of
    return found


def day_of(moment: datetime) -> tuple[datetime, datetime]:
    """The Beijing day a moment lies in: its first moment, and that of the next."""
    day = moment.astimezone(BEIJING).date()
    return _midnight(day), _midnight(day + timedelta(days=1))


def _midnight(day: date) -> datetime:
    _sensible(datetime(day.year, day.month, day.day, tzinfo=BEIJING))
    return aware(datetime(day.year, day.month, day.day, tzinfo=BEIJING))
