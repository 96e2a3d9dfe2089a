"""The route of the first page."""

from django.http import HttpRequest

from liuhen.interfaces.api import pages_workbench
from liuhen.interfaces.api.gate import Routes, asked
from liuhen.interfaces.api.shapes import WorkbenchPage

routes = Routes("工作台")


@routes.get("/workbench", policy="desk.view", response=WorkbenchPage)
def workbench(request: HttpRequest) -> WorkbenchPage:
    return pages_workbench.workbench(asked(request))
