"""Who has to sign a kind of document under the law in force: what a page asks for before anybody locks the paper."""

from collections.abc import Collection
from functools import reduce

from liuhen.engines.rules.conditions import all_hold
from liuhen.engines.rules.facts import Facts
from liuhen.engines.rules.kinds.signatures import Signatures
from liuhen.engines.rules.office_facts import DocumentFacts
from liuhen.engines.rules.packs import Rulebook


def signatures_asked(rulebook: Rulebook, *, form: str) -> Signatures | None:
    """What all rules about signatures ask together of documents of this kind; None where none speaks of it."""
    facts = Facts(document=DocumentFacts(form=form))
    found = [
        rule.judge
        for rule in rulebook.rules_of("signatures")
        if isinstance(rule.judge, Signatures) and all_hold(rule.when, facts)
    ]
    return reduce(Signatures.combine, found) if found else None


def least_signatures(asked: Signatures | None, *, declined: Collection[str]) -> dict[str, int]:
    """How many must sign in each role. Where a refusal takes two officers, they are counted once somebody declined."""
    if asked is None:
        return {}
    officers = 2 if declined and asked.refusal == "two_officers" else asked.officers
    return {**dict.fromkeys(asked.who, 1), **({"officer": officers} if officers else {})}
