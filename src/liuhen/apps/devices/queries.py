"""Reading the device ledger: the board, who had which device when, which station a token belongs to."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from liuhen.apps.devices.actions import token_digest
from liuhen.apps.devices.models import (
    Device,
    DeviceEntry,
    DeviceModel,
    Loan,
    LoanReturn,
    Station,
    StationCertificate,
    StationReport,
    StationTerms,
    StockCheck,
)
from liuhen.apps.journal.statements import Question
from liuhen.apps.registry.permission import reach_of
from liuhen.kernel.actors import Actor
from liuhen.kernel.spans import Span


def visible_to(viewer: Actor, *, at: datetime) -> QuerySet[Device]:
    return Device.objects.filter(reach_of(viewer, "device.view", at=at)).select_related("unit")


def device_by_serial(agency: UUID, serial: str) -> Device | None:
    """By the number the device itself tells: serial or ledger number, leading zeros aside."""
    if not serial:
        return None
    devices = Device.objects.filter(agency=agency).select_related("unit")
    for told in (Q(serial=serial), Q(number=serial)):
        exact = devices.filter(told).first()
        if exact is not None:
            return exact
    bare = serial.lstrip("0")
    alike = [d for d in devices.filter(serial__endswith=bare) if bare and d.serial.lstrip("0") == bare]
    return alike[0] if len(alike) == 1 else None  # Two that fit are no answer.


def devices_by_serials(told: Iterable[tuple[UUID, str]]) -> dict[tuple[UUID, str], UUID]:
    """The same of many, each by its agency and what the device tells; those that are nobody's are left out."""
    asked = {(agency, serial) for agency, serial in told if serial}
    rows = Device.objects.filter(agency__in={agency for agency, _ in asked}).values_list(
        "agency", "serial", "number", "pk"
    )
    by_number, by_serial = {}, {}
    for agency, serial, number, key in rows:
        by_number[agency, number], by_serial[agency, serial] = key, key
    found = {
        which: which_key for which in asked if (which_key := by_serial.get(which) or by_number.get(which))
    }
    for which in asked - found.keys():
        device = device_by_serial(*which)
        if device is not None:
            found[which] = device.pk
    return found


def loan_at(device: UUID, moment: datetime) -> Loan | None:
    """Who had the device at that moment."""
    out = Loan.objects.filter(
        Q(returned_at__isnull=True) | Q(returned_at__gte=moment), device=device, out_at__lte=moment
    )
    return out.select_related("officer", "device").order_by("-out_at").first()


def loans_during(devices: Iterable[UUID], span: Span) -> dict[UUID, list[Loan]]:
    """The hand-outs of some devices that touch the span, the newest of each device first."""
    rows = Loan.objects.filter(
        Q(returned_at__isnull=True) | Q(returned_at__gte=span.start),
        device__in=list(devices),
        out_at__lte=span.end,
    )
    found: dict[UUID, list[Loan]] = {}
    for loan in rows.select_related("officer", "device").order_by("-out_at"):
        found.setdefault(loan.device_id, []).append(loan)
    return found


def held_during(device: UUID, officer: UUID, span: Span) -> bool:
    """Whether this person had the device on loan at any time of the span."""
    theirs = Loan.objects.filter(device=device, officer=officer, out_at__lte=span.end)
    return theirs.filter(Q(returned_at__isnull=True) | Q(returned_at__gte=span.start)).exists()


def open_loans(devices: QuerySet[Device]) -> list[Loan]:
    return list(
        Loan.objects.filter(device__in=devices, returned_at__isnull=True).select_related("officer", "device")
    )


def station_of(token: str) -> tuple[Station, bool] | None:
    """The station whose token this is, unless it was revoked; and whether it comes by certificate by now. One question, because
    every request asks it.
    """
    found = _BY_TOKEN.asked(token_digest(token))
    return (found, bool(found.certified)) if found else None  # type: ignore[attr-defined]


def _by_token(digest: str) -> QuerySet[Station]:
    certified = Exists(StationCertificate.objects.filter(station=OuterRef("pk")).exclude(used_at=None))
    known = Station.objects.select_related("unit__agency").annotate(certified=certified)
    return known.filter(token_digest=digest, revoked_at=None)


def revoked_station_of(*, token: str = "", fingerprint: str = "") -> Station | None:
    """The station that was shut out and comes all the same, so that it can be told of."""
    theirs = Q(certificates__fingerprint=fingerprint) if fingerprint else Q(token_digest=token_digest(token))
    return stations().filter(theirs, revoked_at__isnull=False).first()


def certificate_by(fingerprint: str, *, at: datetime) -> tuple[StationCertificate, datetime | None] | None:
    """The certificate that opens: of a station in service, not run out, and no later one of the same station in use. With it since when
    the station comes by certificate; None where this would be its first. One question, because every request asks it.
    """
    found = _BY_FINGERPRINT.asked(fingerprint)
    if found is None or found.until <= at:
        return None
    return found, found.since  # type: ignore[attr-defined]


def _by_fingerprint(fingerprint: str) -> QuerySet[StationCertificate]:
    used = StationCertificate.objects.filter(station=OuterRef("station")).exclude(used_at=None)
    rows = StationCertificate.objects.select_related("station__unit__agency").annotate(
        since=Subquery(used.order_by("used_at").values("used_at")[:1])
    )
    opens = rows.filter(fingerprint=fingerprint, station__revoked_at=None)
    return opens.exclude(Exists(used.filter(issued_at__gt=OuterRef("issued_at"))))


_BY_TOKEN, _BY_FINGERPRINT = Question(_by_token), Question(_by_fingerprint)


def certificate_of(station: Station) -> StationCertificate | None:
    """What the station comes with: the newest in use. None for one that comes by its token."""
    return station.certificates.exclude(used_at=None).order_by("-issued_at").first()


def terms_of(station: Station) -> StationTerms:
    """What the office laid down for the station; an unsaved row where it laid down nothing."""
    return StationTerms.objects.filter(station=station).first() or StationTerms(station=station)


def reports_of(station: Station, *, most: int) -> list[StationReport]:
    """What the station refused, the newest first."""
    return list(station.reports.order_by("-noticed_at")[:most])


def reports_since(stations: QuerySet[Station], *, since: datetime) -> list[StationReport]:
    """What these stations refused since then, the newest first."""
    rows = StationReport.objects.filter(station__in=stations.values("pk"), noticed_at__gte=since)
    return list(rows.select_related("station").order_by("-noticed_at")[:200])


def devices() -> QuerySet[Device]:
    return Device.objects.select_related("unit", "agency")


def open_loan_of(device: UUID) -> Loan | None:
    return (
        Loan.objects.filter(device=device, returned_at__isnull=True)
        .select_related("officer", "device__unit")
        .first()
    )


def held_by(officers: Iterable[UUID]) -> list[Loan]:
    """What these people have out now."""
    loans = Loan.objects.filter(officer__in=list(officers), returned_at__isnull=True)
    return list(loans.select_related("officer", "device__unit").order_by("out_at"))


def loans(keys: Iterable[UUID]) -> list[Loan]:
    """Some hand-outs, with device and officer."""
    return list(Loan.objects.filter(pk__in=list(keys)).select_related("device", "officer"))


def stations() -> QuerySet[Station]:
    return Station.objects.select_related("unit", "agency")


def stations_visible_to(viewer: Actor, *, at: datetime) -> QuerySet[Station]:
    """Docking stations in the part of the house whose devices this person may know of."""
    return stations().filter(reach_of(viewer, "device.view", at=at, officers="pk"))


def loans_of(device: UUID, *, most: int) -> list[Loan]:
    """The hand-outs of a device, the newest first."""
    rows = Loan.objects.filter(device=device).select_related("officer", "device__unit")
    return list(rows.order_by("-out_at")[:most])


def return_of(loan: UUID) -> LoanReturn | None:
    """What was declared when it came back; None where nothing was."""
    return LoanReturn.objects.filter(loan=loan).first()


def entry_of(device: UUID) -> DeviceEntry | None:
    """What stands of purchase and place now."""
    rows = DeviceEntry.objects.filter(device=device).select_related("vehicle", "room")
    return rows.order_by("-entered_at").first()


def model_of(device: Device) -> DeviceModel | None:
    """The newest check of the device's model."""
    rows = DeviceModel.objects.filter(agency=device.agency_id, name=device.model)
    return rows.order_by("-checked_at").first() if device.model else None


def stock_checks_visible_to(viewer: Actor, *, at: datetime) -> QuerySet[StockCheck]:
    rows = StockCheck.objects.filter(reach_of(viewer, "device.view", at=at, officers="pk"))
    return rows.select_related("unit")


def recent_purposes(devices: QuerySet[Device]) -> list[str]:
    """What these devices were taken for of late, the commonest first."""
    told = Loan.objects.filter(device__in=devices).order_by("-out_at").values_list("purpose", flat=True)[:200]
    return [purpose for purpose, _ in Counter(told).most_common(6)]
