"""Documents as other pages show them: signing times on a timeline, rows in a case, what may be written about a thing."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from liuhen.apps.casework.models import Interruption
from liuhen.apps.documents.models import Document
from liuhen.interfaces.api.gate import Asking
from liuhen.interfaces.api.shapes import Action, DocumentRow


def signings_about(_subject: UUID) -> list[tuple[datetime, str]]:
    """When documents about a thing were signed."""
    return []


def rows_about(_subjects: Iterable[UUID]) -> list[DocumentRow]:
    """The documents about some things."""
    return []


def actions_about(_asking: Asking, _row: Interruption) -> list[Action]:
    """What may be written about an interruption."""
    return []


def page_of(_document: Document | None) -> str | None:
    """Where a document is read."""
    return None
