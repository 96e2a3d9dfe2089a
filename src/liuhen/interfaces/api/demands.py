"""What must stand under a paper before it is locked, and that nobody signs what was changed after he read it."""

from dataclasses import dataclass

from liuhen.apps.casework.facts import sort_of
from liuhen.apps.documents.models import Document
from liuhen.apps.documents.signing import declined_of
from liuhen.engines.rules.signing import least_signatures, signatures_asked
from liuhen.interfaces.api.gate import Asking
from liuhen.kernel.canonical import canonical
from liuhen.kernel.digests import digest_of
from liuhen.kernel.errors import Refused


@dataclass(frozen=True, slots=True)
class Demand:
    """What must stand under a paper before it is locked: signatures by role, marks, and whether a refusal may stand for one."""

    least: dict[str, int]
    marks: bool
    may_decline: bool


def demand_of(asking: Asking, row: Document, least: int) -> Demand:
    """By what the law in force asks of this kind of paper, and at least `least` officers for the sake of its matter."""
    law = asking.law_or_none
    asked = signatures_asked(law, form=sort_of(row)) if law else None
    wanted = least_signatures(asked, declined=declined_of(row))
    return Demand(
        {**wanted, "officer": max(least, wanted.get("officer", 0))},
        marks=asked is not None and asked.marks,
        may_decline=asked is None or asked.refusal != "never",
    )


def seen_of(row: Document) -> str:
    """What the paper says, in short: whoever signs tells it back, so that nobody signs what was changed after he read it."""
    return digest_of(canonical(row.values)).sha256[:16]


def check_seen(row: Document, seen: str) -> None:
    """Raises `Refused` where the page the person read says something else than the paper does now."""
    if seen and seen != seen_of(row):
        raise Refused("您打开之后，文书的内容改过", do="请刷新页面，看过现在的内容再签。")
