"""Why a finding is what it is: its rule asked once more of the thing, as of the moment it was judged.

Called by the pages. The same facts, moment and version give the same verdict for ever; so where the answer is another one, the facts
or the law have changed since, and that is said.
"""

from typing import NamedTuple

from liuhen.apps.oversight.actions import compared, group_of
from liuhen.apps.oversight.models import Finding
from liuhen.apps.oversight.subjects import facts_of, row_of, unit_of
from liuhen.engines.rules import assess
from liuhen.engines.rules.explaining import Explanation, explain
from liuhen.engines.rules.packs import Rulebook


class Why(NamedTuple):
    """The chain from facts to verdict; None where the rule is silent by now. `is_as_kept`: it leads to what is kept."""

    chain: Explanation | None
    is_as_kept: bool


def why(finding: Finding, *, law: Rulebook) -> Why:
    """The chain behind a finding, by the law in force and the facts as they are."""
    kind, at = finding.subject_kind.rpartition(".")[2], finding.judged_at
    row = row_of(kind, finding.subject)
    (facts,) = facts_of(kind, [row], lines=law.check_lines, at=at)
    group = group_of(finding.pack, finding.rule)
    for judgement in assess(law, facts=facts, now=at):
        if group_of(judgement.pack, judgement.rule_id) == group:
            _, changed, _ = compared(row, unit_of(row), [finding], [judgement], at)
            return Why(explain(judgement), is_as_kept=not changed)
    return Why(None, is_as_kept=False)
