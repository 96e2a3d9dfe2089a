"""What people put under a document: their own signature, that of a party taken on the spot, a refusal, marks on the paper.

The first of these locks the content; a change then needs a new version.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError

from liuhen.apps.documents.models import Content, Document, Mark, Refusal, Signature
from liuhen.apps.journal.actions import act
from liuhen.apps.registry.models import Officer
from liuhen.apps.registry.permission import allow
from liuhen.engines.forms import Filled, Form, Signed, lacking
from liuhen.engines.forms.filled import Declined, Marked
from liuhen.engines.forms.printing import drawn, pages_of
from liuhen.kernel.actors import Actor
from liuhen.kernel.errors import Refused

_OPEN = (Document.State.DRAFT, Document.State.TO_SIGN)
# Roles signed by one's own account, and the permission each takes; every other role signs on the officer's screen.
OWN = {
    "officer": "document.sign",
    "server": "document.sign",
    "giver": "document.sign",
    "head": "document.sign-as-head",
    "legal": "document.sign-as-legal",
}
AGENCY = "agency"


@dataclass(frozen=True, slots=True)
class Hand:
    """What somebody without an account puts on the paper: his name, how (sign, seal, fingerprint), and what it looks like."""

    name: str
    means: str = Signature.Means.SIGN
    image: str = ""


def sign_document(
    document: Document, *, by: Actor, officer: Officer, role: str, form: Form, at: datetime, image: str = ""
) -> Signature:
    """One's own signature in a role of the form; nobody signs for another, nobody twice."""
    allow(by, OWN.get(role, "document.sign"), on=document, at=at)
    if by.id != officer.pk:
        raise Refused("不能代他人签名", do="请由本人登录后签名。")
    _check_ready(document, form, role)
    if role not in OWN:
        raise Refused("执法人员不能在他人的签名处签名", do="请由其本人在屏幕上签名。")
    return _put(
        Signature(document=document, role=role, officer=officer, name=officer.name, image=image, at=at),
        by,
        form,
    )


def sign_by_hand(
    document: Document, *, by: Actor, role: str, form: Form, hand: Hand, at: datetime
) -> Signature:
    """A party, a witness or a seal on the officer's screen. The line names the officer before whom it was done.

    Raises `Refused` for a role that officers sign by their own account, for a second time, and where nothing was drawn:
    a name typed by an officer is no signature of a party. Only the agency's own seal may stand on the paper alone.
    """
    allow(by, "document.sign", on=document, at=at)
    _check_ready(document, form, role)
    if role in OWN:
        raise Refused("执法人员以本人账户签名", do="请由本人登录后签名。")
    name = hand.name.strip()
    if not name:
        raise Refused("没有写明签名的人", do="请写明姓名或者印章名称。")
    if not hand.image and (role, hand.means) != (AGENCY, Signature.Means.SEAL):
        raise Refused("没有笔迹、指印或者印章", do="请在签名框内签名，或者附上图片；不愿签的，请注明拒签。")
    return _put(
        Signature(document=document, role=role, officer=None, name=name, means=hand.means, image=hand.image, at=at), by, form
    )  # fmt: skip


def note_refusal(
    document: Document,
    *,
    by: Actor,
    officer: Officer,
    role: str,
    name: str,
    reason: str,
    form: Form,
    at: datetime,
) -> Refusal:
    """注明拒签：the reason stands on the paper in place of the signature."""
    allow(by, "document.sign", on=document, at=at)
    _check_ready(document, form, role)
    if role in OWN:
        raise Refused("执法人员不能以注明代替签名", do="请由本人登录后签名。")
    if not name.strip() or not reason.strip():
        raise Refused("须写明拒签的人和原因", do="请写明姓名、原因和当时的情形。")
    refusal = Refusal(
        document=document, role=role, name=name.strip(), reason=reason.strip(), officer=officer, at=at
    )
    with act("document.refusal-noted", by=by, at=at, agency=document.agency_id) as line:
        _check_unanswered(document, refusal.role, refusal.name)
        refusal.save(force_insert=True)
        line.about(refusal)
        _to_sign(document)
        line.about(document)
        line.about(content_of(document, form, counts_pages=True))
        line.schedule("document.judge", document)
    return refusal


def mark_paper(
    document: Document, *, by: Actor, officer: Officer, form: Form, says: str, hand: Hand | None, at: datetime,
    answers: Mark | None = None,
) -> Mark:  # fmt: skip
    """A mark at a correction (`says` tells what was changed), or over the edges of all pages where `says` is empty.

    A correction found without its mark is entered with no hand; the mark that is put there later answers it.
    Like a signature it stands for what is written, so that the content is locked by it.
    """
    allow(by, "document.sign", on=document, at=at)
    _check_filled(document, form)
    sort = Mark.Sort.CORRECTION if says.strip() or answers else Mark.Sort.STRADDLE
    if sort == Mark.Sort.STRADDLE and (hand is None or not hand.image):
        raise Refused("骑缝印须有笔迹、指印或者印章", do="请在框内签名，或者附上指印、印章图片。")
    if answers is not None and (hand is None or not hand.image):
        raise Refused("没有捺印或者盖章", do="请由本人在改动处捺印。")
    if answers is not None and not _is_bare(document, answers):
        raise Refused("这处改动已经捺印，或者不在这份文书上", do="请刷新页面查看。")
    drawn(hand.image if hand else "")
    mark = Mark(
        document=document, sort=sort, says=answers.says if answers else says.strip(), means=hand.means if hand else "",
        name=hand.name.strip() if hand else "", image=hand.image if hand else "", answers=answers, officer=officer, at=at,
    )  # fmt: skip
    with act("document.marked", by=by, at=at, agency=document.agency_id) as line:
        locked(document)
        try:
            mark.save(force_insert=True)
        except IntegrityError as error:  # The one column with a rule of its own is the answer.
            raise Refused("这处改动已经捺印", do="请刷新页面查看。") from error
        line.about(mark)
        _to_sign(document)
        line.about(document)
        line.about(content_of(document, form, counts_pages=True))
        line.schedule("document.judge", document)
    return mark


def locked(document: Document, *states: str) -> None:
    """Behind the row's lock, inside an act: raises `Refused` where the document is no longer in one of the states (open ones by default),
    or says something else than the one who acts has read."""
    held = Document.objects.select_for_update().get(pk=document.pk)
    if held.state not in (states or _OPEN) or held.values != document.values:
        raise Refused(
            f"文书 {held.number} 刚被他人更改或者签名（现为{held.get_state_display()}）",
            do="请刷新页面，看过现在的内容再办。",
        )


def content_of(document: Document, form: Form, *, counts_pages: bool = False) -> Content:
    """What the filled document tells in the words of the law; kept beside it, inside the act that filled it."""
    content = Content.objects.filter(document=document).first() or Content(document=document)
    content.items = sorted(form.items(document.values))
    content.records, content.shows, content.step = sorted(form.records), sorted(form.shows), form.step
    methods = [f.name for f in form.field if f.name == "method" and f.options]
    content.method = document.values.get(methods[0], "") if methods else ""
    if counts_pages:  # Each signature may need another page.
        content.pages = pages_of(filled_of(document, form, clause="", at=document.made_at))
    content.save()
    return content


def filled_of(document: Document, form: Form, *, clause: str, at: datetime) -> Filled:
    """The document as the form engine takes it, with everything people put under it."""
    refusals = document.refusals.select_related("officer").order_by("at")
    return Filled(
        form=form, number=document.number, agency=document.agency.name, made_at=at, values=document.values,
        signatures=signed_of(document), clause=clause,
        declined=[Declined(r.role, r.name, r.reason, r.officer.name, r.at) for r in refusals],
        marks=[Marked(m.says, m.name, m.at, m.image) for m in marks_of(document)],
    )  # fmt: skip


def signed_of(document: Document) -> list[Signed]:
    """The signatures as the form engine takes them."""
    return [Signed(s.role, s.name, s.at, s.image) for s in document.signatures.order_by("at")]


def declined_of(document: Document) -> frozenset[str]:
    """The roles in which somebody refused, noted."""
    return frozenset(document.refusals.values_list("role", flat=True))


def marks_of(document: Document) -> list[Mark]:
    """The marks on the paper; a correction that was answered later stands with its answer alone."""
    return list(document.marks.filter(answered_by__isnull=True).order_by("at"))


def unmarked(document: Document) -> list[str]:
    """The marks that are still wanting where the law asks for them: at corrections, over the edges of several pages."""
    marks = marks_of(document)
    bare = [m for m in marks if m.sort == Mark.Sort.CORRECTION and not m.means]
    pages = Content.objects.filter(document=document).values_list("pages", flat=True).first() or 1
    straddled = any(m.sort == Mark.Sort.STRADDLE for m in marks)
    return [
        *([f"{len(bare)} 处改动尚未捺印或者盖章"] if bare else []),
        *([f"共 {pages} 页，尚无骑缝印"] if pages > 1 and not straddled else []),
    ]


def _check_ready(document: Document, form: Form, role: str) -> None:
    if role not in {slot.role for slot in form.signature}:
        raise Refused(f"《{form.title}》没有这一签名处", do="请核对签名身份。")
    _check_filled(document, form)


def _check_filled(document: Document, form: Form) -> None:
    if document.state not in _OPEN:
        raise Refused(
            f"文书 {document.number} 已{document.get_state_display()}，不能再签名", do="请核对文书编号。"
        )
    empty = lacking(form, document.values, (), least={slot.role: 0 for slot in form.signature})
    unfilled = [text for text in empty if not text.startswith("需 ")]
    if unfilled:
        raise Refused(f"内容尚不完整：{'、'.join(unfilled)}", do="请填写完整后再签名。")


def _check_unanswered(document: Document, role: str, name: str) -> None:
    """Behind the lock: two hands at once make one answer, and none comes after the paper was locked."""
    locked(document)
    if document.signatures.filter(role=role, name=name).exists():
        raise Refused(f"{name}已在此签名", do="无需重复签名。")
    if document.refusals.filter(role=role, name=name).exists():
        raise Refused(f"已注明{name}拒签", do="如其后同意签名，请另立新版本。")


def _is_bare(document: Document, mark: Mark) -> bool:
    """Whether this is a correction of this very paper that still wants its mark."""
    return mark.document_id == document.pk and mark.sort == Mark.Sort.CORRECTION and not mark.means


def _to_sign(document: Document) -> None:
    """Somebody stands for what is written: it is not changed any more."""
    document.state = Document.State.TO_SIGN
    document.save(update_fields=["state"])


def _put(signature: Signature, by: Actor, form: Form) -> Signature:
    """One signature in the ledger, and the pages as they are with it."""
    document = signature.document
    drawn(signature.image)
    with act("document.signed", by=by, at=signature.at, agency=document.agency_id) as line:
        _check_unanswered(document, signature.role, signature.name)
        signature.save(force_insert=True)
        _to_sign(document)
        line.about(signature)
        line.about(document)
        line.about(content_of(document, form, counts_pages=True))
        line.schedule("document.judge", document)
    return signature
