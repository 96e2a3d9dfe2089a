"""What a docking station is let in by, and what it reports: certificates issued, taken into use, and tried after revocation.

The signing itself is done by whoever holds the authority; here stand the rows and the lines.
"""

from datetime import datetime

from liuhen.apps.devices.models import Station, StationCertificate, StationReport
from liuhen.apps.devices.queries import terms_of
from liuhen.apps.journal.actions import act
from liuhen.apps.registry.permission import allow
from liuhen.kernel.actors import Actor
from liuhen.kernel.errors import Refused


def let_station_certify(station: Station, *, by: Actor, until: datetime, at: datetime) -> None:
    """The system administrator's act: until then the station's token fetches a certificate, for the first time or anew."""
    allow(by, "station.enroll", on=station, at=at)
    with act("station.certificate-allowed", by=by, at=at, agency=station.agency_id) as line:
        terms = terms_of(station)
        terms.certifiable_until = until
        terms.save()
        line.about(terms)


def check_may_certify(station: Station, *, at: datetime) -> None:
    """Raises `Refused` where no administrator allowed the token to fetch a certificate, or no longer."""
    until = terms_of(station).certifiable_until
    if until is None or until < at:
        raise Refused(
            f"采集站“{station.name}”现在不能领取证书",
            do=f"请系统管理员在服务器上执行：liuhen enroll certify --name {station.name}",
        )


def issue_certificate(
    station: Station, *, by: Actor, fingerprint: str, until: datetime, at: datetime
) -> StationCertificate:
    """Enter a certificate that is about to be handed out. It comes into use by being used; the one before holds until then."""
    allow(by, "recording.receive", on=station, at=at)
    row = StationCertificate(station=station, fingerprint=fingerprint, issued_at=at, until=until)
    with act("station.certificate-issued", by=by, at=at, agency=station.agency_id) as line:
        row.save(force_insert=True)
        line.about(row)
    return row


def take_certificate_into_use(row: StationCertificate, *, by: Actor, at: datetime) -> None:
    """The station came with it for the first time: from now on with this one alone, and its token fetches no other."""
    with act("station.certified", by=by, at=at, agency=row.station.agency_id) as line:
        row.used_at = at
        row.save(update_fields=["used_at"])
        line.about(row)
        terms = terms_of(row.station)
        if terms.certifiable_until is not None:
            terms.certifiable_until = None
            terms.save(update_fields=["certifiable_until"])
            line.about(terms)


def note_refused_visit(station: Station, *, by: Actor, at: datetime) -> None:
    """A station that was shut out came all the same: who looks for it must see that."""
    with act("station.refused", by=by, at=at, agency=station.agency_id) as line:
        line.about(station)


def lock_station(station: Station, *, by: Actor, is_locked: bool, at: datetime) -> None:
    """Whether this station reads only cards of devices in the ledger. It is the keeper's to say."""
    allow(by, "device.keep", on=station, at=at)
    with act("station.lock-changed", by=by, at=at, agency=station.agency_id) as line:
        terms = terms_of(station)
        terms.is_locked = is_locked
        terms.save()
        line.about(terms)


def enter_report(
    station: Station, *, by: Actor, what: str, detail: str, noticed_at: datetime, at: datetime
) -> StationReport:
    """Keep what a station refused. Told again it is the row that is there."""
    allow(by, "recording.receive", on=station, at=at)
    known = StationReport.objects.filter(station=station, what=what, noticed_at=noticed_at).first()
    if known is not None:
        return known
    row = StationReport(
        agency_id=station.agency_id,
        station=station,
        what=what,
        detail=detail[:300],
        noticed_at=noticed_at,
        told_at=at,
    )
    with act("station.reported", by=by, at=at, agency=station.agency_id) as line:
        row.save(force_insert=True)
        line.about(row)
    return row
