"""Django's URLs: the API alone. Every address has its policy row, or the server does not start."""

from collections.abc import Iterable

from axes.helpers import get_cool_off
from django.http import HttpRequest, JsonResponse
from django.urls import URLPattern, URLResolver, path

from liuhen.interfaces.api.answers import Gone, Stale, answered, problem_of
from liuhen.interfaces.api.gate import check_routes, patterns_of, rows_of
from liuhen.interfaces.api.root import make_api
from liuhen.interfaces.api.shapes import Problem
from liuhen.server.bulk import FILES

api = make_api()
_addresses, _app, _namespace = api.urls
# Ninja adds a root that answers nothing; every address of ours is a route with its row.
_routes = [one for one in _addresses if getattr(one, "name", "") != "api-root"]
urlpatterns: list[URLPattern | URLResolver] = [path("api/v1/", (_routes, _app, _namespace))]
handler400 = "liuhen.server.urls.bad_request"
handler404 = "liuhen.server.urls.not_found"
handler500 = "liuhen.server.urls.failed"


def check_every_route(named: Iterable[str]) -> None:
    """Raise `Refused` for an address without a policy row; `named` are the routes of the plane of bulk bytes."""
    check_routes(rows_of(api), patterns=patterns_of(urlpatterns), files=FILES, named=named)


def csrf_failure(_request: HttpRequest, reason: str = "") -> JsonResponse:
    """An unsafe request without its token."""
    return answered(problem_of(Stale()))


def locked_out(_request: HttpRequest, _answer: object = None, _credentials: object = None) -> JsonResponse:
    """Too many failures under one name: the same words whether the name exists or not."""
    wait = get_cool_off()
    seconds = int(wait.total_seconds()) if wait else 900
    return answered(
        Problem(
            status=429, why="连续输错次数过多，账号已锁定", retry_seconds=seconds,
            do=f"请在 {seconds // 60} 分钟后再试；急需使用的，请找系统管理员。",
        )
    )  # fmt: skip


def not_found(_request: HttpRequest, exception: Exception | None = None) -> JsonResponse:
    return answered(problem_of(Gone()))


def bad_request(_request: HttpRequest, exception: Exception | None = None) -> JsonResponse:
    return answered(Problem(status=400, why="请求无法读取", do="请刷新页面后重试。"))


def failed(_request: HttpRequest) -> JsonResponse:
    return answered(
        Problem(status=500, why="服务器内部出错，这次操作没有办成", do="请稍后重试；仍不行请告知系统管理员。")
    )
