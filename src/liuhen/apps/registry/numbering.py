"""Numbers of the office (音像编号, 案号): one running series an agency, kind and day, dense, given inside the act."""

from datetime import datetime

from django.db.models import F

from liuhen.apps.registry.models import Agency, Series
from liuhen.kernel.clock import BEIJING, aware


def next_number(agency: Agency, kind: str, *, at: datetime, digits: int = 4) -> str:
    """The next number of a series, such as `BMZ-音像-20240506-0001`. Call inside `act`: the row's lock keeps it dense."""
    day = aware(at).astimezone(BEIJING).strftime("%Y%m%d")
    key = f"{agency.code}-{kind}-{day}"
    series = Series.objects.filter(key=key)
    if not series.update(last=F("last") + 1):
        Series.objects.get_or_create(key=key)  # The first of the day.
        series.update(last=F("last") + 1)
    return f"{key}-{series.values_list('last', flat=True).get():0{digits}d}"
