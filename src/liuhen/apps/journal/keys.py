"""The house's keys as the journal tells them: since which line it signs with SM2 as well, so that a signature struck out is missed."""

import json
from datetime import datetime
from typing import NamedTuple

from liuhen.apps.journal.actions import act
from liuhen.apps.journal.models import Line
from liuhen.engines.ledger import Signer
from liuhen.engines.ledger.national import Sm2Verifier
from liuhen.kernel.actors import SYSTEM
from liuhen.kernel.clock import as_utc_text
from liuhen.kernel.errors import Malformed


class Twin(NamedTuple):
    """A second key, the line that names it, and since when; `key` is None where the house put it away."""

    line: int
    since: datetime
    key: Sm2Verifier | None


def note_keys(signer: Signer, *, at: datetime) -> bool:
    """A line where the second key is another than it was. At start, before anything is signed with it."""
    told = twins()
    now = signer.twin.verifier if signer.twin else None
    if (told[-1].key if told else None) == now:
        return False
    with act("log.keys-changed", by=SYSTEM, at=at) as line:
        line.note(ed25519=str(signer.verifier), sm2=str(now or ""))
    return True


def twins() -> list[Twin]:
    """Every change of the second key, the first one first. A line that tells no key tells of none."""
    return [
        Twin(row.number, row.at, _key_in(row.body))
        for row in Line.objects.filter(verb="log.keys-changed").order_by("number")
    ]


def house_text(signer: Signer) -> str:
    """The house's key as a trust root has it after `log`; with each second key the journal names, since when."""
    also = [f"# liuhen: also {one.key} {as_utc_text(one.since)}" for one in twins() if one.key]
    return "\n".join([str(signer.verifier), *also])


def _key_in(body: str) -> Sm2Verifier | None:
    try:
        return Sm2Verifier.parse(json.loads(body)["facts"]["sm2"])
    except (Malformed, ValueError, KeyError, TypeError, AttributeError):
        return None
