"""Why a finding is what it is: its rule asked once more of the thing, as of the moment it was judged.

Called by the pages. The same facts, moment and version give the same verdict for ever; so where the answer is another one, the facts
or the law have changed since, and that is said.
"""

from datetime import datetime
from typing import Any, NamedTuple

from liuhen.apps.casework.facts import facts_of_activity, facts_of_documents
from liuhen.apps.casework.models import Link
from liuhen.apps.evidence.knowing import closed_recordings, known_to
from liuhen.apps.oversight.actions import compared, group_of
from liuhen.apps.oversight.models import Finding
from liuhen.apps.oversight.subjects import facts_of, row_of, unit_of
from liuhen.engines.rules import assess
from liuhen.engines.rules.explaining import Explanation, explain
from liuhen.engines.rules.facts import FactPath, Facts, plain_fact
from liuhen.engines.rules.packs import Rulebook
from liuhen.kernel.actors import Actor
from liuhen.kernel.canonical import plain

_OF_RECORDINGS = frozenset(
    {
        "activity.recorded",
        "activity.cameras",
        "activity.carriers",
        "activity.declared",
        "document.recorded",
        "document.filmed",
    }
)


class Why(NamedTuple):
    """The chain from facts to verdict; None where the rule is silent by now. `is_as_kept`: it leads to what is kept."""

    chain: Explanation | None
    is_as_kept: bool


def told_facts(finding: Finding, *, viewer: Actor, at: datetime) -> dict[str, Any]:
    """The facts a finding used. What they tell of recordings is told anew where some are withheld from this person: the verdict is that of
    all, and by what it was reached is named as far as he may know.
    """
    kept: dict[str, Any] = finding.facts if isinstance(finding.facts, dict) else {}
    paths = kept.keys() & _OF_RECORDINGS
    facts = _as_told(finding, viewer, at) if paths else None
    if facts is None:
        return kept
    return kept | {path: plain(plain_fact(FactPath(*path.split(".")).of(facts))) for path in paths}


def _as_told(finding: Finding, viewer: Actor, at: datetime) -> Facts | None:
    """The facts by the recordings of which this person may know; None where none is withheld from him."""
    kind, known = finding.subject_kind.rpartition(".")[2], known_to(viewer, at=at, by="recording")
    if kind not in ("activity", "document") or not closed_recordings().exists():
        return None
    row: Any = row_of(kind, finding.subject)
    if (
        not Link.objects.filter(activity=row.pk if kind == "activity" else row.subject)
        .exclude(known)
        .exists()
    ):
        return None
    if kind == "activity":
        return Facts(activity=facts_of_activity(row, known=known))
    return Facts(document=facts_of_documents([row], known=known)[0])


def why(finding: Finding, *, law: Rulebook, viewer: Actor, now: datetime) -> Why:
    """The chain behind a finding, by the law in force and the facts as they are, named as far as this person may know of them."""
    kind, at = finding.subject_kind.rpartition(".")[2], finding.judged_at
    row = row_of(kind, finding.subject)
    (facts,) = facts_of(kind, [row], lines=law.check_lines, at=at)
    group = group_of(finding.pack, finding.rule)
    for judgement in assess(law, facts=facts, now=at):
        if group_of(judgement.pack, judgement.rule_id) == group:
            _, changed, _ = compared(row, unit_of(row), [finding], [judgement], at)
            return Why(_told(explain(judgement), finding, law, viewer, now), is_as_kept=not changed)
    return Why(None, is_as_kept=False)


def _told(chain: Explanation, finding: Finding, law: Rulebook, viewer: Actor, now: datetime) -> Explanation:
    facts, group = _as_told(finding, viewer, now), group_of(finding.pack, finding.rule)
    if facts is None:
        return chain
    same = [
        one
        for one in assess(law, facts=facts, now=finding.judged_at)
        if group_of(one.pack, one.rule_id) == group
    ]
    return chain._replace(facts=explain(same[0]).facts if same else ())
