"""Numbers of the office (音像编号, 案号): one running series an agency, kind and day, dense, given inside the act."""

from datetime import datetime

from django.db import connection

from liuhen.apps.registry.models import Agency, Series
from liuhen.kernel.clock import BEIJING, aware

_NEXT = "UPDATE registry_series SET last = last + 1 WHERE key = %s RETURNING last"


def next_number(agency: Agency, kind: str, *, at: datetime, digits: int = 4) -> str:
    """The next number of a series, such as `BMZ-音像-20240506-0001`. Call inside `act`: the row's lock keeps it dense."""
    day = aware(at).astimezone(BEIJING).strftime("%Y%m%d")
    key = f"{agency.code}-{kind}-{day}"
    number = _one_more(key)
    if number is None:
        Series.objects.get_or_create(key=key)  # The first of the day.
        number = _one_more(key)
    return f"{key}-{number:0{digits}d}"


def _one_more(key: str) -> int | None:
    with connection.cursor() as cursor:
        cursor.execute(_NEXT, [key])
        told = cursor.fetchone()
    return int(told[0]) if told else None
