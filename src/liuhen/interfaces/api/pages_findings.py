"""The rows behind a number of the law's page: findings on one clause in one month, each leading to what it is about."""

from collections.abc import Callable, Iterable
from typing import Any
from uuid import UUID

from liuhen.apps.casework import queries as casework
from liuhen.apps.casework.handing import handovers
from liuhen.apps.devices import queries as devices
from liuhen.apps.devices.rooms import rooms
from liuhen.apps.documents import queries as documents
from liuhen.apps.evidence import queries as evidence
from liuhen.apps.oversight import queries as oversight
from liuhen.apps.oversight.models import Finding
from liuhen.apps.oversight.reasons import told_facts
from liuhen.apps.oversight.reasons import why as why_of
from liuhen.apps.registry import queries as registry
from liuhen.engines.rules.explaining import Explanation
from liuhen.interfaces.api.gate import Asking
from liuhen.interfaces.api.lists import page_of
from liuhen.interfaces.api.own import where_is
from liuhen.interfaces.api.pages_registry import month_of
from liuhen.interfaces.api.shapes import Cite, Fact, Filter, Listing, Option, Teach, Why
from liuhen.interfaces.api.shapes_law import FindingRow
from liuhen.interfaces.api.words import fact_of, verdict
from liuhen.kernel.clock import shown
from liuhen.kernel.errors import Malformed

VERDICTS = ("不符合", "无法判定", "未到期", "依规免除", "符合")


def findings(asking: Asking, *, clause: str, answer: str, month: str, after: str) -> Listing[FindingRow]:
    """Newest judgement first. Raises `Malformed` for a verdict there is not."""
    if answer and answer not in VERDICTS:
        raise Malformed(f"没有“{answer}”这种结论", do="请从所列各项中选择。")
    span = month_of(month, at=asking.at)
    rows = oversight.findings_of_clause(
        asking.by, at=asking.at, clause=clause, verdict=answer, since=span.since, until=span.until
    )
    page = page_of(rows, by="judged_at", after=after)
    names = _names(page.rows)
    return Listing(
        rows=[_row(finding, names) for finding in page.rows], next=page.next, count_label=page.count_label,
        filters=[Filter(key="verdict", label="结论", kind="select", options=[Option(value=v, label=v) for v in VERDICTS])],
        views=[], actions=[],
        teach=Teach(
            title="没有这样的结论", what_belongs="这里列出某一条款在某一个月里的各项结论。",
            how_it_gets_here="结论由制度对每段音像、每次活动和每件案件得出；可换一个月份，或者换一种结论。",
        ),
    )  # fmt: skip


def why(asking: Asking, key: UUID) -> Why:
    """The chain behind one finding; absent for whoever may not read it."""
    row = asking.found(
        oversight.visible_to(asking.by, at=asking.at), key, anyhow=oversight.findings(), action="finding.view"
    )
    law = asking.law_or_none
    found = why_of(row, law=law, viewer=asking.by, now=asking.at) if law else None
    chain = found.chain if found else None
    if chain is None or found is None:
        silent = "依现行制度和现在的事实，这一条不再适用；以上是判定时记下的，下次判定时撤回。"
        return Why(steps=_kept(asking, row), note=silent)
    note = (
        None
        if found.is_as_kept
        else "判定之后事实或者制度有变，以上是按现在的推出的；这项结论将随之重新判定。"
    )
    return Why(steps=_steps(chain), note=note)


def _steps(chain: Explanation) -> list[Fact]:
    """What was asked, what was known, what was tried, what came of it, when it turns, how it is mended."""
    told = [Fact(label="条文", value=chain.article), Fact(label="要求", value=chain.asks)]
    told += [
        Fact(label="事实", value=fact, tone="due" if fact.endswith("不知道") else "plain")
        for fact in chain.facts
    ]
    told += [Fact(label="宽限免除", value=tried) for tried in chain.tried]
    told.append(Fact(label="结论", value=chain.result))
    told += [Fact(label="何时变", value=chain.turns)] if chain.turns else []
    return told + ([Fact(label="怎样补救", value=chain.mend)] if chain.mend else [])


def _kept(asking: Asking, row: Finding) -> list[Fact]:
    told = [
        Fact(label="条文", value=f"《{row.regulation}》{row.article}（规则 {row.rule}，{row.pack}）"),
        Fact(label="要求", value=f"{row.asks}。"),
    ]
    facts = (fact_of(path, value) for path, value in told_facts(row, viewer=asking.by, at=asking.at).items())
    told += [Fact(label="事实", value=f"{fact.label}：{fact.value}") for fact in facts]
    return [*told, Fact(label="结论", value=f"{row.verdict}。{row.reason}")]


def _row(finding: Finding, names: dict[UUID, tuple[str, str]]) -> FindingRow:
    number, subject = names.get(finding.subject, ("", "已不在可见范围"))
    return FindingRow(
        id=str(finding.pk), verdict=verdict(finding.verdict), number=number, subject=subject,
        to=where_is([finding]).get(finding.subject, "/rules"),
        cite=Cite(regulation=finding.regulation, article=finding.article, clause=finding.clause),
        reason=finding.reason, judged_at=finding.judged_at,
    )  # fmt: skip


# Of each kind of subject: its rows by their keys, its number, and what it is called.
_NAMED: dict[str, tuple[Callable[[set[UUID]], Iterable[Any]], Callable[[Any], tuple[str, str]]]] = {
    "evidence.recording": (lambda keys: evidence.recordings().filter(pk__in=keys), lambda x: (x.number, f"音像 {x.source_name}")),
    "casework.activity": (lambda keys: casework.activities().filter(pk__in=keys), lambda x: (x.number, f"活动 {x.subject}")),
    "casework.case": (lambda keys: casework.cases().filter(pk__in=keys), lambda x: (x.number, f"案件 {x.cause}")),
    "casework.casehandover": (lambda keys: handovers().filter(pk__in=keys), lambda x: (x.number, f"交接 {x.get_point_display()}")),
    "documents.document": (lambda keys: documents.documents().filter(pk__in=keys), lambda x: (x.number, f"文书 {x.title}")),
    "oversight.examination": (lambda keys: oversight.examinations().filter(pk__in=keys), lambda x: (x.number, f"监督检查 {x.title}")),
    "oversight.liabilityfact": (lambda keys: oversight.liability_facts().filter(pk__in=keys), lambda x: (x.number, "责任事实")),
    "devices.loan": (devices.loans, lambda x: (x.device.number, f"领用 {x.officer.name}，{shown(x.out_at)}")),
    "devices.device": (lambda keys: devices.devices().filter(pk__in=keys), lambda x: (x.number, f"设备 {x.get_device_type_display()}")),
    "devices.room": (lambda keys: rooms().filter(pk__in=keys), lambda x: (x.name, f"场所 {x.get_room_kind_display()}")),
    "registry.unit": (registry.units, lambda x: (x.code, f"机构 {x.name}")),
}  # fmt: skip


def _names(rows: Iterable[Finding]) -> dict[UUID, tuple[str, str]]:
    """Number and name of each subject, kind by kind."""
    wanted: dict[str, set[UUID]] = {}
    for row in rows:
        wanted.setdefault(row.subject_kind, set()).add(row.subject)
    found: dict[UUID, tuple[str, str]] = {}
    for kind, keys in wanted.items():
        fetch, name = _NAMED[kind]
        found |= {thing.pk: name(thing) for thing in fetch(keys)}
    return found
