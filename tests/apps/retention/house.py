"""The cast with an archivist and a head, and the steps of a disposal list, each through its action."""

from datetime import datetime, timedelta
from typing import Any

from tests.apps.steps import received
from tests.cast import LONG_AGO, Cast, as_actor

from liuhen.apps.approval.actions import decide
from liuhen.apps.approval.models import Request
from liuhen.apps.archive import fixity
from liuhen.apps.evidence import actions as evidence
from liuhen.apps.evidence.models import Recording
from liuhen.apps.registry import actions as registry
from liuhen.apps.registry.models import Officer
from liuhen.apps.retention import certifying, disposal, emptying
from liuhen.apps.retention.models import DisposalItem, DisposalList, KeepingPeriod
from liuhen.engines.vault import FileVault
from liuhen.interfaces.office import Office
from liuhen.kernel.actors import OPERATOR, SYSTEM

DAY = timedelta(days=1)


class House:
    """The cast with an archivist and a head, recordings long due, and the steps of a list."""

    def __init__(self, cast: Cast, office: Office, noon: datetime) -> None:
        self.cast, self.office, self.noon = cast, office, noon
        top = cast.agency.units.get(parent=None)
        self.he = self._person(top, "何", "010020", "archive_clerk")
        self.liu = self._person(top, "刘", "010021", "agency_head")
        self.tan = self._person(top, "谭", "010022", "archive_head")

    def _person(self, unit: Any, name: str, number: str, role: str) -> Officer:
        officer = registry.add_officer(unit, by=OPERATOR, person=registry.Person(name, number), at=LONG_AGO)
        registry.appoint(officer, by=OPERATOR, role=role, unit=unit, since=LONG_AGO, at=LONG_AGO)
        return officer

    def due(self, *contents: bytes) -> list[Recording]:
        return [self._due(content) for content in contents]

    def _due(self, content: bytes) -> Recording:
        row = received(self.cast, self.office, content, at=self.noon - 200 * DAY)
        evidence.note_verified(row, by=SYSTEM, vault=self.office.vault)
        KeepingPeriod.objects.create(
            recording=row, rank="until", label="定期", until=self.noon - DAY, reason="一般记录（第二十五条）", pack="x", derived_at=self.noon,
            promised_rank="until", promised_until=self.noon - DAY,
        )  # fmt: skip
        return row

    def drawn(self) -> Request:
        return disposal.draw_list(
            by=as_actor(self.he),
            officer=self.he,
            cutoff=self.noon,
            reason="期满",
            trusted=self.noon,
            at=self.noon,
        )

    def approved(self) -> DisposalList:
        request = self.drawn()
        for who in (self.cast.chen, self.liu):
            decide(request, by=as_actor(who), officer=who, agree=True, reason="", at=self.noon)
        disposal.decided(self.listed(), request=request, at=self.noon)
        return self.listed()

    def stand_by(self, who: Officer, outside: str = "") -> None:
        disposal.stand_by(self.listed(), by=as_actor(who), officer=who, outside=outside, at=self.noon)

    def running(self) -> DisposalList:
        self.approved()
        self.stand_by(self.he)
        self.stand_by(self.cast.zhang)
        return self.listed()

    def listed(self) -> DisposalList:
        return DisposalList.objects.order_by("-drawn_at", "-id")[0]

    def stores(self, at: datetime) -> emptying.Stores:
        return emptying.Stores(self.office.vault, self.office.copies, at, "root")

    def execute(self) -> None:
        emptying.execute(self.listed(), self.stores(self.noon), at=self.noon)

    def sampled(self, *, agrees: bool = True) -> None:
        disposal.check_sample(
            self.listed(),
            by=as_actor(self.cast.zhou),
            officer=self.cast.zhou,
            agrees=agrees,
            note="核对两段摘要",
            at=self.noon,
        )

    def finish(self, days: int = 8) -> bool:
        at, row = self.noon + days * DAY, self.listed()
        settled = emptying.finish(row, self.stores(at), at=at)
        if settled:
            certifying.certify(row, self.stores(at), forms=self.office.forms, witnessed=False, at=at)
        return settled

    def faults(self) -> list[str]:
        found = [*fixity.verify_originals(self.office.vault), *fixity.verify_copies(self.office.copies)]
        assert isinstance(self.office.vault, FileVault)
        return [str(one) for one in (*found, *fixity.reconcile(self.office.vault))]

    def outcomes(self) -> dict[str, str]:
        return {
            item.recording.number: item.outcome for item in DisposalItem.objects.select_related("recording")
        }
