"""Contents of a case: what the law wants written down at each stage, what documents prove of it, what people enter."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from liuhen.apps.casework import facts
from liuhen.apps.casework.models import Case, ContentEntry
from liuhen.apps.documents.queries import contents_of
from liuhen.engines.rules.conditions import all_hold
from liuhen.engines.rules.facts import Facts
from liuhen.engines.rules.kinds.lines import Need
from liuhen.engines.rules.kinds.required import Required
from liuhen.engines.rules.kinds.sequence import Sequence
from liuhen.engines.rules.office_facts import OCCURRENCES, START_MODES
from liuhen.engines.rules.packs import Rule, Rulebook
from liuhen.interfaces.api import fields
from liuhen.interfaces.api.answers import WrongFields
from liuhen.interfaces.api.gate import Asking
from liuhen.interfaces.api.shapes import Fact, Form, FormField, Option, Tone

_FROM_PAPERS = frozenset({"investigated", "approved", "decided", "served", "explained", "handed_over"})
_ANSWERS = [Option(value="open", label="待登记"), Option(value="recorded", label="已记录"), Option(value="absent", label="没有发生")]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Wanted:
    """One content the law wants: its code and label, the article, and whether it is wanted in this case."""

    code: str
    label: str
    article: str
    applies: bool


def wanted(law: Rulebook | None, case: Case) -> list[Wanted]:
    """The contents all packs in force ask of a case, each once, in the order of the packs."""
    if law is None:
        return []
    told, found = facts.facts_of_case(case), dict[str, Wanted]()
    for rule, line in _lines(law):
        applies = all_hold(rule.when, Facts(case=told)) is not False
        applies = applies and (not line.only or line.only in (told.occurred or ()))
        held = found.get(line.code)
        if held is None or (applies and not held.applies):
            cite = law.cite(line.clause) if line.clause else rule.citation
            found[line.code] = Wanted(line.code, line.label, cite.article, applies)
    return list(found.values())


def _lines(law: Rulebook) -> Iterable[tuple[Rule, Need]]:
    """The contents, and then the steps of the decision, which are entered under a name of their own."""
    for rule in law.rules_of("required"):
        if isinstance(rule.judge, Required) and str(rule.judge.found) == "case.recorded":
            yield from ((rule, line) for line in rule.judge.line)
    for rule in law.rules_of("sequence"):
        if isinstance(rule.judge, Sequence) and str(rule.judge.done) == "case.steps":
            yield from ((rule, replace(line, code=f"{facts.STEP}{line.code}")) for line in rule.judge.step)


def by_papers(case: Case) -> dict[str, str]:
    """Which content or step which finished document proves: code to the number of the document."""
    papers = facts.papers_of_case(case)
    told, proved = contents_of(row.pk for row in papers), dict[str, str]()
    for row in papers:
        if row.pk in told:
            steps = [f"{facts.STEP}{told[row.pk].step}"] if told[row.pk].step else []
            proved.update(dict.fromkeys([*told[row.pk].records, *steps], row.number))
    return proved


def page(asking: Asking, case: Case) -> list[Fact]:
    """Line by line: what is wanted in this case, and by what it is there."""
    papers, entered, lines = by_papers(case), facts.entries_of(case), []
    for one in wanted(asking.law_or_none, case):
        entry = entered.get(one.code)
        answered = entry is not None and entry.answer in (
            ContentEntry.Answer.RECORDED,
            ContentEntry.Answer.ABSENT,
        )
        if not one.applies and one.code not in papers and not answered:
            continue
        note = entry.note if entry is not None and answered else ""
        value = papers.get(one.code) or (
            entry.get_answer_display() if entry is not None and answered else "待登记"
        )
        tone: Tone = "plain" if one.code in papers or answered else "due"
        lines.append(
            Fact(label=one.label, value=value, note="，".join(filter(None, [note, one.article])), tone=tone)
        )
    return lines


def form(asking: Asking, case: Case) -> Form:
    """What may be entered: contents that are wanted in this case and no document proves, and what occurred."""
    law, papers, entered = asking.law_or_none, by_papers(case), facts.entries_of(case)
    lines = [
        one for one in wanted(law, case) if one.code not in papers and (one.applies or one.code in entered)
    ]
    told = {one.code: entered[one.code].answer if one.code in entered else "open" for one in lines}
    occurred = [code for code, row in entered.items() if row.answer == ContentEntry.Answer.OCCURRED]
    made = []
    if lines:
        options = [Option(value=one.code, label=one.label, hint=one.article) for one in lines]
        made.append(
            FormField(
                name="contents",
                label="办案内容",
                kind="checks",
                options=options,
                choices=_ANSWERS,
                value=told,
            )
        )
    words = _occurrences(law)
    if words:
        made.append(fields.many("occurred", "发生的情形", fields.options(words), value=occurred, required=False,
                                hint="文书已经表明的情形不用登记"))  # fmt: skip
    return Form(
        title=f"登记办案内容 {case.number}", submit="登记", method="PATCH", url=f"/cases/{case.pk}/contents",
        intro="已有文书的内容自动记入；其余的逐项登记：已在别处记录的写明在哪里，没有发生的注明。",
        fields=[*made, fields.long("note", "说明", required=False, hint="登记“已记录”“没有发生”的，须写明依据或者所在的案卷页次")],
    )  # fmt: skip


def answers(
    asking: Asking, case: Case, told: Mapping[str, str] | None, occurred: list[str] | None
) -> dict[str, str]:
    """The answers to enter, checked against what the law in force knows. Raises `WrongFields` for anything else."""
    law, made = asking.law_or_none, dict[str, str]()
    known = {one.code for one in wanted(law, case)}
    strange = (told or {}).keys() - known
    if strange:
        raise WrongFields(
            "没有这些办案内容", {"contents": f"制度没有“{'、'.join(sorted(strange))}”，请刷新页面。"}
        )
    if any(answer == "absent" and code.startswith(facts.STEP) for code, answer in (told or {}).items()):
        raise WrongFields(
            "审查决定的各步不能注明没有发生", {"contents": "已在别处办理的，登记“已记录”并写明所在。"}
        )
    made.update(told or {})
    if occurred is not None:
        words = _occurrences(law)
        if set(occurred) - words.keys():
            raise WrongFields("没有这些情形", {"occurred": "请从所列的情形中选择。"})
        held = {
            code for code, row in facts.entries_of(case).items() if row.answer == ContentEntry.Answer.OCCURRED
        }
        made.update(dict.fromkeys(occurred, "occurred"))
        made.update(dict.fromkeys(held - set(occurred), "open"))
    return made


def _occurrences(law: Rulebook | None) -> dict[str, str]:
    """The words of the law about what occurred that people tell, and no document or start of the case does."""
    if law is None:
        return {}
    used = {
        line.only for rule in (*law.rules_of("required"), *law.rules_of("sequence")) for line in _needs(rule)
    }
    used |= {word for rule in law.rules_of("required") for c in rule.when if str(c.fact) == "case.occurred" for word in c.has_any or ()}  # fmt: skip
    return {
        word: label for word, label in OCCURRENCES.items() if word in used - START_MODES.keys() - _FROM_PAPERS
    }


def _needs(rule: Rule) -> tuple[Need, ...]:
    judge = rule.judge
    if isinstance(judge, Required) and str(judge.given) == "case.occurred":
        return judge.line
    return judge.step if isinstance(judge, Sequence) and str(judge.given) == "case.occurred" else ()
