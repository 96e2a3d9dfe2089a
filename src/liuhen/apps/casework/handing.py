"""交接：a list of what is handed over, signed by both sides; between the two signatures it is on its way.

Responsibility moves with the second signature and not before: a case whose officer changes stays with the old one until the new one signs.
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError
from django.db.models import Exists, OuterRef, Q, QuerySet

from liuhen.apps.casework.linking import in_case
from liuhen.apps.casework.models import Case, CaseHandover, CaseLink, HandoverSignature, Link
from liuhen.apps.casework.recusing import check_not_recused, is_recused
from liuhen.apps.documents.queries import documents_about
from liuhen.apps.evidence.knowing import known_to, withheld_from
from liuhen.apps.evidence.models import Recording
from liuhen.apps.journal.actions import act
from liuhen.apps.registry.models import Officer
from liuhen.apps.registry.numbering import next_number
from liuhen.apps.registry.permission import allow
from liuhen.apps.search.actions import keep
from liuhen.engines.rules.office_facts import HandoverFacts
from liuhen.kernel.actors import Actor
from liuhen.kernel.canonical import canonical
from liuhen.kernel.digests import digest_of
from liuhen.kernel.errors import Refused

Point = CaseHandover.Point
Side = HandoverSignature.Side
_OUTSIDE = frozenset({Point.EXTERNAL, Point.WITH_PARTY})
_WHOLE = frozenset({Point.DISPATCH, Point.OFFICER_CHANGE})


@dataclass(frozen=True, slots=True)
class Thing:
    """One line of the list: what it is, what it is called, and its digest where there is one."""

    sort: str
    name: str
    key: str = ""
    sha256: str = ""
    sm3: str = ""


def prepare_handover(
    case: Case, *, by: Actor, point: str, giver: Officer, receiver: Officer | None, outside: str, things: Sequence[Thing],
    note: str, at: datetime,
) -> CaseHandover:  # fmt: skip
    """Draw up the list. Nothing has changed hands yet.

    Raises `Refused` where it is not said who receives, where the kind of handover asks for another sort of receiver, and where
    nothing is on the list.
    """
    allow(by, "case.write", on=case, at=at)
    if point != Point.OFFICER_CHANGE:
        check_not_recused(case, by)
    outside = outside.strip()
    if (receiver is None) == (outside == ""):
        raise Refused("接收的一方须写明一个", do="本机关内部的，选接收人；外单位和当事人，写明名称。")
    if (point in _OUTSIDE) != (receiver is None):
        what = "外单位或者当事人的名称" if point in _OUTSIDE else "本机关的接收人"
        raise Refused(f"“{Point(point).label}”的交接须写明{what}", do="请核对交接环节和接收的一方。")
    if receiver is not None and (receiver.agency_id != case.agency_id or receiver.pk == giver.pk):
        raise Refused("接收人须是本机关的另一人", do="请从名册中选择。")
    if receiver is not None and is_recused(case, receiver.pk):
        raise Refused(f"{receiver.name}在本事项中已决定回避，不能接收", do="请选择另一位接收人。")
    if point == Point.OFFICER_CHANGE and giver.pk not in (case.officer_id, case.second_officer_id):
        raise Refused("移交人不是本事项的承办人", do="承办责任由现在的承办人移交。")
    if not things and point not in _WHOLE:
        raise Refused("清单是空的", do="请选择文书、音像，或者写明物品和材料。")
    listed = [asdict(one) for one in things] or [asdict(Thing("whole", "本事项的全部材料和承办责任"))]
    row = CaseHandover(
        case=case, point=point, giver=giver, receiver=receiver, outside=outside, things=listed, note=note.strip(), at=at, by=by.id
    )  # fmt: skip
    with act("case.handover-prepared", by=by, at=at, agency=case.agency_id) as line:
        row.number = next_number(case.agency, "交接", at=at)
        row.save(force_insert=True)
        line.about(row)
        line.about(case)
        line.schedule("handover.judge", row)
    return row


def sign_handover(
    row: CaseHandover, *, by: Actor, officer: Officer, seen: str, at: datetime
) -> HandoverSignature:
    """One's own signature: the giver first, then the receiver, each under the list he has seen."""
    allow(by, "handover.sign", on=row, at=at)
    if by.id != officer.pk or officer.pk not in (row.giver_id, row.receiver_id):
        raise Refused("不能代他人签名", do="请由清单上写明的移交人、接收人本人登录后签名。")
    side = Side.GIVER if officer.pk == row.giver_id else Side.RECEIVER
    return _put(
        HandoverSignature(
            handover=row, side=side, officer=officer, name=officer.name, seen=seen, at=at, by=by.id
        ),
        by,
    )


def sign_for_outside(
    row: CaseHandover, *, by: Actor, name: str, image: str, seen: str, at: datetime
) -> HandoverSignature:
    """Somebody of the outside body, or the party, on the giver's screen; a name without a hand is no signature."""
    _check_outside(row, by, at)
    if not name.strip() or not image:
        raise Refused("没有写明接收人或者没有笔迹", do="请接收的人在签名框内签名，并写明姓名。")
    return _put(
        HandoverSignature(
            handover=row, side=Side.RECEIVER, name=name.strip(), image=image, seen=seen, at=at, by=by.id
        ),
        by,
    )


def refuse_handover(
    row: CaseHandover, *, by: Actor, officer: Officer, name: str, reason: str, seen: str, at: datetime
) -> HandoverSignature:
    """不予接收：with the reason. What was to be handed over stays where it was."""
    if row.receiver_id is None:
        _check_outside(row, by, at)
    else:
        allow(by, "handover.sign", on=row, at=at)
        if officer.pk != row.receiver_id or by.id != officer.pk:
            raise Refused("只有接收人本人可以不予接收", do="请由接收人登录后办理。")
    if not reason.strip() or not name.strip():
        raise Refused("不予接收须写明是谁、什么理由", do="请写明姓名和理由，如清单与实物不符之处。")
    own = officer if row.receiver_id else None
    return _put(
        HandoverSignature(
            handover=row, side=Side.RECEIVER, officer=own, name=name.strip(), seen=seen, refused=reason.strip(), at=at, by=by.id
        ), by,
    )  # fmt: skip


def seen_of(row: CaseHandover) -> str:
    """SHA-256 of the list as it stands, in canonical JSON: what both sides sign."""
    told = {
        "number": row.number, "case": row.case.number, "point": row.point, "giver": str(row.giver_id), "receiver": str(row.receiver_id or ""),
        "outside": row.outside, "things": row.things, "note": row.note,
    }  # fmt: skip
    return digest_of(canonical(told)).sha256


def offered(case: Case, *, viewer: Actor, at: datetime) -> list[Thing]:
    """What of a case this person may list with its digest: locked documents, and linked recordings of which he may know."""
    activities = list(case.activities.values_list("pk", flat=True))
    papers = [row for row in documents_about([case.pk, *activities]) if row.finalised_at]
    recordings = Recording.objects.filter(in_case(case), known_to(viewer, at=at)).order_by("number")
    return [
        *(Thing("document", f"{row.number} {row.title}", str(row.pk), row.sha256) for row in papers),
        *(Thing("recording", row.number, str(row.pk), row.sha256, row.sm3) for row in recordings),
    ]


def closed_lists(viewer: Actor, *, at: datetime) -> list[UUID]:
    """Lists that name a recording of which this person may not know: a list is signed as a whole and shown as a whole, or not."""
    withheld = withheld_from(viewer, at=at)
    keys = {str(key) for key in withheld.values_list("recording", flat=True)}
    through, direct = (
        Link.objects.filter(recording__in=withheld),
        CaseLink.objects.filter(recording__in=withheld),
    )
    cases = Q(case__in=through.values("activity__case")) | Q(case__in=direct.values("case"))
    rows = CaseHandover.objects.filter(cases).values_list("pk", "things") if keys else ()
    return [key for key, things in rows if keys & {thing["key"] for thing in things}]


def handovers_of(case: UUID) -> list[CaseHandover]:
    """The handovers of a case, oldest first."""
    rows = CaseHandover.objects.filter(case=case).select_related("giver", "receiver", "case__unit")
    return list(rows.prefetch_related("signatures").order_by("at", "pk"))


def handovers() -> QuerySet[CaseHandover]:
    return CaseHandover.objects.select_related(
        "giver", "receiver", "case__unit", "case__agency"
    ).prefetch_related("signatures")


def handovers_with(officer: UUID) -> QuerySet[CaseHandover]:
    """The lists on which this officer gives or receives."""
    return handovers().filter(Q(giver=officer) | Q(receiver=officer))


def awaited_of(officer: UUID) -> QuerySet[CaseHandover]:
    """What waits for this officer's signature: his own lists first to be signed, and lists on their way to him."""
    given = HandoverSignature.objects.filter(handover=OuterRef("pk"), side=Side.GIVER)
    taken = HandoverSignature.objects.filter(handover=OuterRef("pk"), side=Side.RECEIVER)
    rows = CaseHandover.objects.select_related("giver", "receiver", "case").order_by("at")
    return rows.filter(~Exists(given), giver=officer) | rows.filter(
        Exists(given), ~Exists(taken), receiver=officer
    )


def state_of(row: CaseHandover) -> str:
    """待移交人签名、在途、已交接 or 不予接收, as the signatures tell."""
    sides = {one.side: one for one in row.signatures.all()}
    if Side.RECEIVER in sides:
        return "refused" if sides[Side.RECEIVER].refused else "done"
    return "on_its_way" if Side.GIVER in sides else "prepared"


def facts_of_handovers(rows: Iterable[CaseHandover]) -> list[HandoverFacts | None]:
    """What the rules may know of each handover; None of one that was refused: it did not take place."""
    return [_facts(row) for row in rows]


def _facts(row: CaseHandover) -> HandoverFacts | None:
    sides = {one.side: one for one in row.signatures.all()}
    taken = sides.get(Side.RECEIVER)
    if taken is not None and taken.refused:
        return None
    fields = frozenset({"time"} if taken else ())
    return HandoverFacts(
        point=row.point, fields=fields, signed=frozenset(sides), handed_at=taken.at if taken else None
    )


def _check_outside(row: CaseHandover, by: Actor, at: datetime) -> None:
    allow(by, "handover.sign", on=row, at=at)
    if row.receiver_id is not None or by.id != row.giver_id:
        raise Refused("由移交经办人当面请外单位人员或者当事人签名", do="请由移交经办人登录后办理。")


def _put(signature: HandoverSignature, by: Actor) -> HandoverSignature:
    row, side = signature.handover, signature.side
    if signature.seen != seen_of(row):
        raise Refused("您看到的清单不是现在这一份", do="请刷新页面，看过清单再签。")
    verb = "case.handover-given" if side == Side.GIVER else "case.handover-taken"
    if signature.refused:
        verb = "case.handover-refused"
    with act(verb, by=by, at=signature.at, agency=row.case.agency_id) as line:
        case = Case.objects.select_for_update().get(pk=row.case_id)
        sides = set(HandoverSignature.objects.filter(handover=row).values_list("side", flat=True))
        if side == Side.RECEIVER and Side.GIVER not in sides:
            raise Refused("移交经办人还没有签名", do="请移交经办人先在清单上签名。")
        try:
            signature.save(force_insert=True)
        except IntegrityError as error:
            raise Refused("这一方已经签过", do="请刷新页面查看。") from error
        line.about(signature)
        line.about(row)
        if side == Side.RECEIVER and not signature.refused and row.point == Point.OFFICER_CHANGE:
            _take_over(case, row)
            line.about(case)
        line.schedule("handover.judge", row)
        line.schedule("case.judge", case)
    return signature


def _take_over(case: Case, row: CaseHandover) -> None:
    """The receiver stands where the giver stood."""
    if case.officer_id == row.giver_id:
        case.officer = row.receiver  # type: ignore[assignment]  # A change of officer always has a receiver of the house.
    elif case.second_officer_id == row.giver_id:
        case.second_officer = row.receiver
    else:
        raise Refused("移交人已经不是承办人", do="请刷新页面，按现在的承办人重新交接。")
    case.save(update_fields=["officer", "second_officer"])
    keep(case)
