"""The routes of the first page and of the daily list: everything that waits for a person, to be read or printed."""

from django.http import HttpRequest

from liuhen.interfaces.api import desk, pages_workbench
from liuhen.interfaces.api.gate import Routes, asked
from liuhen.interfaces.api.shapes import Teach, WorkbenchPage
from liuhen.interfaces.api.shapes_oversight import AlertsPage

routes = Routes("工作台")


@routes.get("/workbench", policy="desk.view", response=WorkbenchPage)
def workbench(request: HttpRequest) -> WorkbenchPage:
    return pages_workbench.workbench(asked(request))


@routes.get("/alerts", policy="desk.view", response=AlertsPage)
def alerts(request: HttpRequest) -> AlertsPage:
    asking = asked(request)
    items = pages_workbench.waiting_items(asking)
    late = sum(item.state.tone == "breach" for item in items)
    return AlertsPage(
        says=f"{asking.officer.name}，{asking.officer.unit.name}：共 {len(items)} 件等您办理，其中 {late} 件已经逾期或者不符合。",
        agency=asking.officer.agency.name, made_at=asking.at, groups=desk.groups(asking, items),
        teach=Teach(title="今天没有等您办理的", what_belongs="临近或者超过期限的、不符合的、待关联、待审批、待整改、待申辩的，都在这里，最急的在最上面。",
                    how_it_gets_here="由登记、期限和检查自动列出，办完即去；过了期限没有办的，报给上级。每天上班可以打印一份。"),
    )  # fmt: skip
