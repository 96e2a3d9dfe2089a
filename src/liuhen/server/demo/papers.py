"""Records written at the scene of the demonstration: 检查笔录 and 询问笔录, signed by two officers, or left as a draft."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from liuhen.apps.casework.models import Activity
from liuhen.apps.documents import actions as documents
from liuhen.apps.documents import signing
from liuhen.apps.documents.models import Content, Document
from liuhen.apps.registry.models import Officer
from liuhen.engines.forms import load_forms
from liuhen.interfaces.office import Office
from liuhen.kernel.actors import Actor
from liuhen.kernel.spans import Span

STROKES = "M 30 60 Q 50 20 70 55 Q 90 85 110 40 L 130 70 Q 160 20 190 60 L 230 35"
_QUESTIONS = "penalty_questioning", "evidence_gathering"
_SAID = {
    "inspection-record": "现场营业中，店前堆放物料约三平方米，占用人行道。已测量、拍照，并当场要求自行清理。",
    "interview": "问：物料是什么时候放在这里的？\n答：今天早上卸货后还没有搬完。\n问：是否办理过占用手续？\n答：没有办理，马上搬走。",
}


def write_record(
    office: Office,
    activity: Activity,
    *,
    officers: Sequence[Officer],
    took: Span,
    is_signed: bool,
    at: datetime,
) -> Document:
    """What two officers wrote about an activity: from when to when it went, what they saw, who was there."""
    sort = "interview" if activity.activity_type in _QUESTIONS else "inspection-record"
    form, by = load_forms(office.forms)[sort], Actor("officer", officers[0].pk, "演示")
    party = activity.case.party if activity.case else "某店负责人"
    values = {
        "activity": f"{activity.number} {activity.subject}", "begun": took.start.isoformat(), "ended": took.end.isoformat(),
        "place": activity.place_text, "party": party, "officers": "、".join(f"{o.name}（{o.number}）" for o in officers),
        "notice": "已出示执法证件，告知事由、权利和义务。", "findings": _SAID[sort], "content": _SAID[sort],
        "answer": "看过，与所说的一致。",
    }  # fmt: skip
    names = {field.name for field in form.field}
    told = {name: value for name, value in values.items() if name in names}
    document = documents.draft_document(
        activity, by=by, officer=officers[0], unit=activity.unit, form=form, values=told, at=at
    )
    if not is_signed:
        return document
    for minute, officer in enumerate(officers, start=1):
        signer, signed_at = Actor("officer", officer.pk, "演示"), at + timedelta(minutes=minute)
        signing.sign_document(
            document, by=signer, officer=officer, role="officer", form=form, at=signed_at, image=STROKES
        )
    later = at + timedelta(minutes=4)
    signing.sign_by_hand(
        document, by=by, role="party", form=form, hand=signing.Hand(party, image=STROKES), at=later
    )
    if Content.objects.get(document=document).pages != 1:
        hand = signing.Hand(party, image=STROKES)
        signing.mark_paper(document, by=by, officer=officers[0], form=form, says="", hand=hand, at=later)
    return documents.finalise_document(
        document, by=by, form=form, least={}, clause="", at=at + timedelta(minutes=5)
    )
