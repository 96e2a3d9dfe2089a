"""Django's URLs: the API alone."""

from django.http import HttpRequest, JsonResponse
from django.urls import URLPattern, URLResolver

urlpatterns: list[URLPattern | URLResolver] = []


def csrf_failure(_request: HttpRequest, reason: str = "") -> JsonResponse:
    """An unsafe request without its token."""
    return JsonResponse(
        {"why": "页面已过期，请求未被接受", "do": "请刷新页面后重试。", "cite": ""}, status=403
    )
