"""Errors of the house as HTTP answers: a status, and a body people can read. No English text reaches a person.

`Gone` stands for what is absent and what may not be seen: the two look the same.
"""

import logging

from django.http import HttpRequest, JsonResponse
from ninja.errors import HttpError, ValidationError

from liuhen.interfaces.api.shapes import Cite, Problem
from liuhen.interfaces.pace import TooOften
from liuhen.kernel.citations import Citation
from liuhen.kernel.errors import LiuhenError, Malformed, Refused, Tampered, Unavailable

_LOGGER = logging.getLogger(__name__)


class Unknown(Refused):
    """Nobody is signed in."""

    def __init__(self) -> None:
        super().__init__("尚未登录，或登录已失效", do="请重新登录。")


class Gone(Refused):
    """No such thing, for this person."""

    def __init__(self) -> None:
        super().__init__(
            "没有这一项", do="请返回列表刷新后再打开；如工作需要而看不到，请向本部门负责人申请。"
        )


class Stale(Refused):
    """An unsafe request without its token: the page is older than the session."""

    def __init__(self) -> None:
        super().__init__("页面已过期，请求未被接受", do="请刷新页面后重试。")


class MustChoose(Refused):
    """The password is one that another gave out."""

    def __init__(self) -> None:
        super().__init__(
            "您的口令是别人给定的，须先换成自己的，才能办理业务",
            do="请到“账号安全”更改口令；给定的口令只用来第一次登录。",
        )


class MustPair(Refused):
    """A role of this person asks for a second factor, and none is bound yet."""

    def __init__(self) -> None:
        super().__init__(
            "您的职务须先绑定动态码，才能办理业务",
            do="请到“账号安全”用手机上的身份验证器扫码绑定，一分钟即可。",
        )


class Prove(Refused):
    """Before what cannot be undone: it was too long ago that the person proved to be himself."""

    def __init__(self) -> None:
        super().__init__(
            "请再次证明是您本人", do="对外提供和销毁之前须再输一次动态码或者口令，十五分钟之内有效。"
        )


class WrongFields(Malformed):
    """What was filled in is wrong, field by field; `fields` maps a field's name to its words."""

    def __init__(self, why: str, fields: dict[str, str], *, do: str = "请更正标出的各栏后再提交。") -> None:
        super().__init__(why, do=do)
        self.fields = fields


def cite_of(citation: Citation | None) -> Cite | None:
    if citation is None:
        return None
    return Cite(regulation=citation.regulation, article=citation.article, clause=citation.clause)


def problem_of(error: LiuhenError) -> Problem:
    """The body of an error; also used inside pages for what cannot be done now."""
    return Problem(
        status=_status(error),
        why=error.why,
        do=error.do,
        cite=cite_of(error.cite),
        fields=error.fields if isinstance(error, WrongFields) else None,
        retry_seconds=error.retry_seconds if isinstance(error, Unavailable) else None,
    )


def _status(error: LiuhenError) -> int:
    if isinstance(error, TooOften):
        return 429
    if isinstance(error, Unavailable):
        return 507 if "空间" in error.why else 503
    kinds = (
        (Unknown, 401), (Gone, 404), (Stale, 403), (Prove, 428), (Refused, 403), (WrongFields, 422), (Malformed, 400), (Tampered, 500),
    )  # fmt: skip
    return next((status for kind, status in kinds if isinstance(error, kind)), 500)


def answered(problem: Problem) -> JsonResponse:
    response = JsonResponse(
        problem.model_dump(), status=problem.status, json_dumps_params={"ensure_ascii": False}
    )
    if problem.retry_seconds:
        response["Retry-After"] = str(problem.retry_seconds)
    return response


def of_the_house(_request: HttpRequest, error: LiuhenError) -> JsonResponse:
    if isinstance(error, Tampered):
        _LOGGER.critical("%s", error)
    return answered(problem_of(error))


def of_fields(_request: HttpRequest, error: ValidationError) -> JsonResponse:
    """What the schema refused, in the words of the office beside each field."""
    fields: dict[str, str] = {}
    for one in error.errors:
        where = [
            str(part) for part in one.get("loc", ()) if part not in ("body", "told", "query", "path", "asked")
        ]
        fields[where[0] if where else ""] = _words(str(one.get("type", "")), one.get("ctx") or {})
    problem = Problem(status=422, why="填写的内容不合要求", do="请更正标出的各栏后再提交。", fields=fields)
    return answered(problem)


_WRONG = {
    "missing": "此项必填。",
    "extra_forbidden": "没有这一栏。",
    "string_too_short": "此项必填。",
    "enum": "请从所列各项中选择。",
    "literal_error": "请从所列各项中选择。",
    "datetime_from_date_parsing": "请写明日期和时间。",
    "datetime_parsing": "请写明日期和时间。",
    "timezone_aware": "时间须带时区。",
    "uuid_parsing": "请从列表中选择。",
    "json_invalid": "内容不是有效的 JSON。",
}


def _words(kind: str, context: dict[str, object]) -> str:
    is_text = kind.startswith("string_") or context.get("field_type") == "Value"
    if kind in ("string_too_long", "too_long") and is_text:
        return f"不能超过 {context.get('max_length')} 个字。"
    if kind == "too_short" and is_text:
        return _WRONG["missing"]
    if kind == "too_long":
        return f"不能超过 {context.get('max_length')} 项。"
    if kind == "too_short":
        return "请至少选择一项。"
    if kind in ("greater_than_equal", "less_than_equal"):
        return f"数值须在范围之内（{context.get('ge', context.get('le'))}）。"
    return _WRONG.get(kind, "请核对此项的写法。")


def of_http(_request: HttpRequest, error: HttpError) -> JsonResponse:
    """What the framework refused before any of ours was asked: a body that is no JSON, mostly."""
    return answered(Problem(status=error.status_code, why="请求无法读取", do="请刷新页面后重试。"))


def of_anything(_request: HttpRequest, error: Exception) -> JsonResponse:
    """A fault of ours: the log gets all of it, the person a plain sentence."""
    _LOGGER.error("unhandled", exc_info=error)
    return answered(
        Problem(
            status=500,
            why="服务器内部出错，这次操作没有办成",
            do="请稍后重试；仍不行请告知系统管理员当时的时间和操作。",
        )
    )
