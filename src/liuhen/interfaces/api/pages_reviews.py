"""待法制审核: the cases whose next step is the legal reviewer's opinion, on the desk of whoever may write it."""

from itertools import islice

from liuhen.apps.casework import queries as casework
from liuhen.apps.casework.facts import facts_of_case
from liuhen.apps.casework.models import Case
from liuhen.apps.documents.models import Document
from liuhen.engines.rules.guarding import overtaken
from liuhen.engines.rules.packs import Rulebook
from liuhen.interfaces.api.gate import Asking
from liuhen.interfaces.api.shapes import Action, DueItem, State

_SHOWN = 10
_PROPOSAL, _REVIEW = "proposal", "legal_review"


def desk_items(asking: Asking) -> list[DueItem]:
    """The oldest first; none that this person handles himself, and none before its turn has come."""
    if not asking.can("document.write-as-legal"):
        return []
    reviewed = Document.objects.filter(content__step=_REVIEW, state=Document.State.FINALISED).values(
        "subject"
    )
    rows = casework.cases_visible_to(asking.by, at=asking.at).filter(stage=Case.Stage.REVIEW)
    rows, law = rows.exclude(pk__in=reviewed).order_by("opened_at"), asking.law_or_none
    due = (row for row in rows if asking.officer.pk not in casework.officers_on(row) and _is_due(row, law))
    return [
        DueItem(
            key=f"review-{row.pk}", title="法制审核", what=f"{row.party}{row.cause}", number=row.number, deadline=None,
            state=State(label="待审核", tone="action"), cite=None, decides=True,
            action=Action(key="review", label="去审核", to=f"/cases/{row.pk}"),
        )
        for row in islice(due, _SHOWN)
    ]  # fmt: skip


def _is_due(row: Case, law: Rulebook | None) -> bool:
    told = facts_of_case(row)
    steps = told.steps or ()
    if _PROPOSAL not in steps or _REVIEW in steps:
        return False
    return law is None or overtaken(law, case=told, step=_REVIEW) is None
