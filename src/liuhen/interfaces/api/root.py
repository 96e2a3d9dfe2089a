"""The API put together: one NinjaAPI at /api/v1, every error in the house's one shape."""

from typing import Any

from django.http import Http404
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError

from liuhen import __version__
from liuhen.interfaces.api import (
    absences,
    account,
    answers,
    approval,
    backups,
    bulk,
    case_linking,
    casework,
    device_care,
    device_import,
    devices,
    disclosing,
    discs,
    disposals,
    documents,
    equipment,
    evidence,
    examinations,
    handing,
    identities,
    intakes,
    interruptions,
    journal,
    keeping,
    lending,
    liability,
    linking,
    outward,
    packages,
    parties,
    people,
    recusing,
    redacting,
    registers,
    registry,
    search,
    second_stores,
    secrecy,
    seeing,
    session,
    signing,
    sources,
    stations,
    statistics,
    stays,
    superiors,
    supplying,
    viewing_requests,
    visits,
    volumes,
    vouchers,
    warrants,
    workbench,
)
from liuhen.interfaces.api.answers import Gone
from liuhen.kernel.errors import LiuhenError

ROOMS = (
    session,
    account,
    people,
    identities,
    workbench,
    case_linking,
    casework,
    intakes,
    interruptions,
    stays,
    recusing,
    parties,
    evidence,
    viewing_requests,
    linking,
    outward,
    sources,
    absences,
    documents,
    signing,
    handing,
    devices,
    device_care,
    device_import,
    lending,
    equipment,
    stations,
    approval,
    packages,
    disclosing,
    secrecy,
    second_stores,
    seeing,
    redacting,
    superiors,
    supplying,
    visits,
    warrants,
    bulk,
    keeping,
    disposals,
    backups,
    volumes,
    vouchers,
    discs,
    journal,
    registry,
    search,
    examinations,
    liability,
    registers,
    statistics,
)


def make_api() -> NinjaAPI:
    """A fresh API; made once by the server, and once by the tool that writes its description."""
    api = NinjaAPI(
        title="留痕", version=__version__, description="行政执法全过程记录：网页所用的全部接口。", docs_url=None, openapi_url=None,
        urls_namespace="api",
    )  # fmt: skip
    for room in ROOMS:
        api.add_router("", room.routes.router)
    # Ninja types the error as "an error or its class"; it hands over the error.
    handlers: tuple[tuple[type[Exception], Any], ...] = (
        (LiuhenError, answers.of_the_house),
        (ValidationError, answers.of_fields),
        (HttpError, answers.of_http),
        (Http404, lambda request, _: answers.of_the_house(request, Gone())),
        (Exception, answers.of_anything),
    )
    for kind, handler in handlers:
        api.add_exception_handler(kind, handler)
    return api
