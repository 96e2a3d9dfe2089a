"""转入下一环节之前：what the law wants done before a case goes on, line by line, each with its article, its person and its button."""

from uuid import UUID

from liuhen.apps.casework import queries
from liuhen.apps.casework.models import Activity, Case
from liuhen.apps.casework.stages import Obstacle, is_taken_over, next_stages, obstacles
from liuhen.apps.documents import queries as documents
from liuhen.apps.documents.models import Document
from liuhen.engines.rules.packs import Rulebook
from liuhen.interfaces.api.activity_rows import conductors
from liuhen.interfaces.api.gate import Asking
from liuhen.interfaces.api.papers import page_of
from liuhen.interfaces.api.shapes import Action, Cite, GateLine, StageGate
from liuhen.interfaces.api.words import said


def gates(asking: Asking, row: Case, law: Rulebook | None) -> list[StageGate]:
    """Of each stage that may come next: what is still to be done; a stage nothing guards has no lines. A transfer begins with its list."""
    ways = [to for to in next_stages(row) if to != Case.Stage.TRANSFERRED or is_taken_over(row)]
    found = {to: obstacles(row, to=to, law=law, at=asking.at) for to in ways}
    writers = _Writers(asking, row, [one for told in found.values() for one in told])
    return [
        StageGate(label=Case.Stage(to).label, lines=[writers.line(one) for one in told])
        for to, told in found.items()
    ]


class _Writers:
    """Whose each thing is, and where he mends it; asked once for all lines."""

    def __init__(self, asking: Asking, row: Case, told: list[Obstacle]) -> None:
        self.row, self.may = row, asking.may("case.write", row)
        things = {one.thing for one in told}
        seen = queries.activities_visible_to(asking.by, at=asking.at).filter(pk__in=things)
        self.members = queries.members_of(seen.values_list("pk", flat=True))
        papers_seen = documents.visible_to(asking.by, at=asking.at).filter(pk__in=things)
        self.papers = {paper.pk: paper for paper in papers_seen.select_related("made_by")}

    def line(self, one: Obstacle) -> GateLine:
        cite = one.judgement.cite
        who, action, is_seen = self._whose(one.kind, one.thing)
        told = f"{one.judgement.finding.told}。" if is_seen else "您无权查看的一项活动或者文书没有办妥。"
        return GateLine(
            says=said(told), who=who, action=action,
            cite=Cite(regulation=cite.regulation, article=cite.article, clause=cite.clause),
        )  # fmt: skip

    def _whose(self, kind: str, thing: UUID) -> tuple[str, Action | None, bool]:
        """Whose it is, where he mends it, and whether this person may know of it."""
        if kind == Activity.kind():
            members = self.members.get(thing, [])
            where = Action(key=f"open-{thing}", label="打开活动", to=f"/activities/{thing}")
            return "、".join(members), where if members else None, bool(members)
        if kind == Document.kind():
            paper = self.papers.get(thing)
            where = Action(key=f"open-{thing}", label="打开文书", to=page_of(paper))
            return (paper.made_by.name, where, True) if paper else ("", None, False)
        enter = Action(
            key="contents-of-gate", label="登记办案内容", form_url=f"/cases/{self.row.pk}/contents"
        )
        return conductors(self.row), enter if self.may else None, True
