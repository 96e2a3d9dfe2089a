"""The route of the search: one question over everything this person may know of."""

from typing import Annotated

from django.http import HttpRequest
from ninja import Query
from pydantic import Field

from liuhen.interfaces.api import pages_search
from liuhen.interfaces.api.gate import Routes, asked
from liuhen.interfaces.api.lists import Line, Told, Word
from liuhen.interfaces.api.shapes import SearchPage

routes = Routes("检索")


class Question(Told):
    """`q` words, `kind` one group alone, `after` the key of its next page."""

    q: Line = ""
    kind: Word = ""
    after: Annotated[int, Field(ge=1, le=2**62)] | None = None


@routes.get("/search", policy="desk.view", response=SearchPage)
def search(request: HttpRequest, told: Query[Question]) -> SearchPage:
    return pages_search.found(asked(request), told.q, kind=told.kind, after=told.after)
