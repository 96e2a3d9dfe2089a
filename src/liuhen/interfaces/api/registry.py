"""Routes of the law in force, and of the choices forms offer from the registry."""

from django.http import HttpRequest

from liuhen.interfaces.api import pages_registry
from liuhen.interfaces.api.gate import Routes, asked
from liuhen.interfaces.api.shapes import RulesPage

routes = Routes("制度")


@routes.get("/rules", policy="law.view", response=RulesPage)
def rules(request: HttpRequest) -> RulesPage:
    return pages_registry.rules(asked(request))
