"""Making documents: draft, fill, finalise; `signing` is what people put under them. A finalised document is locked and printed
once; a later change is a new version.

What must be signed comes from the form, raised where the regulation in force asks for more (`least`).
"""

from collections.abc import Mapping
from datetime import datetime

from liuhen.apps.documents.models import Document, Print, Voiding
from liuhen.apps.documents.signing import content_of, declined_of, filled_of, locked, unmarked
from liuhen.apps.journal.actions import act
from liuhen.apps.journal.models import Recorded
from liuhen.apps.registry.models import Officer, Unit
from liuhen.apps.registry.numbering import next_number
from liuhen.apps.registry.permission import allow
from liuhen.apps.search.actions import keep
from liuhen.engines.forms import Form, lacking, print_document
from liuhen.engines.forms.definition import moment_of
from liuhen.kernel.actors import Actor
from liuhen.kernel.digests import digest_of
from liuhen.kernel.errors import Malformed, Refused

WRITES = {"": "document.write", "legal": "document.write-as-legal"}
"""Who writes a document, by what its form says of the writer."""
_OPEN = (Document.State.DRAFT, Document.State.TO_SIGN)


def draft_document(
    subject: Recorded,
    *,
    by: Actor,
    officer: Officer,
    unit: Unit,
    form: Form,
    values: Mapping[str, str],
    at: datetime,
) -> Document:
    """Begin a document about `subject`. Raises `Malformed` for a value the form does not have."""
    document = Document(
        agency_id=unit.agency_id, unit=unit, form=form.id, form_version=form.version, title=form.title,
        subject_kind=subject.kind(), subject=subject.pk, values=_values(form, values), made_by=officer, made_at=at,
    )  # fmt: skip
    allow(by, WRITES[form.writer], on=document, at=at)
    with act("document.drafted", by=by, at=at, agency=document.agency_id) as line:
        document.number = next_number(unit.agency, "文书", at=at)
        document.save(force_insert=True)
        line.about(document)
        line.about(content_of(document, form))
        keep(document)
        line.schedule("document.judge", document)
    return document


def fill_document(
    document: Document, *, by: Actor, form: Form, values: Mapping[str, str], at: datetime
) -> None:
    """Change a draft. Once somebody has signed, a change needs a new version."""
    allow(by, WRITES[form.writer], on=document, at=at)
    if document.state != Document.State.DRAFT:
        raise Refused(
            f"文书 {document.number} 已有签名或已定稿，不能再改内容", do="请另立新版本，原签名随之作废。"
        )
    with act("document.filled", by=by, at=at, agency=document.agency_id) as line:
        locked(document, Document.State.DRAFT)  # Nobody has put his name under it meanwhile.
        document.values = _values(form, values)
        document.save(update_fields=["values"])
        line.about(document)
        line.about(content_of(document, form))
        keep(document)
        line.schedule("document.judge", document)


def finalise_document(
    document: Document,
    *,
    by: Actor,
    form: Form,
    least: Mapping[str, int],
    clause: str,
    at: datetime,
    marks: bool = False,
    may_decline: bool = True,
) -> Document:
    """Lock and print. With `marks` corrections and page edges must bear theirs; without `may_decline` a refusal that was noted
    replaces no signature. Raises `Refused` with all that is missing.
    """
    allow(by, WRITES[form.writer], on=document, at=at)
    if document.state not in _OPEN:
        raise Refused(
            f"文书 {document.number} 已{document.get_state_display()}", do="请刷新页面查看最新状态。"
        )
    filled = filled_of(document, form, clause=clause, at=at)
    declined = declined_of(document) if may_decline else frozenset[str]()
    missing = lacking(form, document.values, filled.signatures, least=least, declined=declined)
    missing += unmarked(document) if marks else []
    if missing:
        raise Refused(f"尚不能定稿：{'、'.join(missing)}", do="请补全后再定稿。")
    content = print_document(filled)
    digest = digest_of(content)
    with act("document.finalised", by=by, at=at, agency=document.agency_id) as line:
        locked(document)
        if filled_of(document, form, clause=clause, at=at) != filled:
            raise Refused("定稿的同时又有人签名或者捺印", do="请刷新页面，核对之后再定稿。")
        document.state, document.finalised_at = Document.State.FINALISED, at
        document.sha256, document.sm3 = digest.sha256, digest.sm3
        document.save(update_fields=["state", "finalised_at", "sha256", "sm3"])
        Print.objects.create(document=document, content=content)
        line.about(content_of(document, form, counts_pages=True))
        line.about(document, sha256=digest.sha256, sm3=digest.sm3)
        line.schedule("document.judge", document)
        if document.subject_kind == Document.kind():  # What is said of another document counts for that one.
            line.schedule("document.judge", Document.objects.get(pk=document.subject))
    return document


def replace_document(document: Document, *, by: Actor, form: Form, at: datetime) -> Document:
    """A new version with the same values and no signatures; the earlier one stays, marked as replaced."""
    allow(by, WRITES[form.writer], on=document, at=at)
    if document.state in (Document.State.REPLACED, Document.State.VOID):
        raise Refused(f"文书 {document.number} 已{document.get_state_display()}", do="请在最新版本上更改。")
    fresh = Document(
        agency_id=document.agency_id, unit_id=document.unit_id, form=document.form, form_version=document.form_version,
        title=document.title, subject_kind=document.subject_kind, subject=document.subject, values=document.values,
        version=document.version + 1, earlier=document, made_by_id=document.made_by_id, made_at=at,
    )  # fmt: skip
    with act("document.replaced", by=by, at=at, agency=document.agency_id) as line:
        fresh.number = next_number(document.agency, "文书", at=at)
        fresh.save(force_insert=True)
        line.about(content_of(fresh, form))
        document.state = Document.State.REPLACED
        document.save(update_fields=["state"])
        line.about(fresh)
        keep(fresh)
        line.about(document)
        line.schedule("document.judge", document)
        line.schedule("document.judge", fresh)
    return fresh


def void_document(
    document: Document, *, by: Actor, officer: Officer, form: Form, reason: str, at: datetime
) -> Voiding:
    """作废：a document that was never locked is not to be used; it stays as it is, with who said so and why.

    Raises `Refused` without a reason, and for one that is locked: that is corrected by a new version.
    """
    allow(by, WRITES[form.writer], on=document, at=at)
    if not reason.strip():
        raise Refused("作废须写明原因", do="请写明为什么不再用这份文书。")
    if document.state not in _OPEN:
        raise Refused(
            f"文书 {document.number} 已{document.get_state_display()}，不能作废",
            do="内容有误的，请另立新版本。",
        )
    if document.earlier is not None and document.earlier.finalised_at is not None:
        raise Refused(
            f"{document.number} 取代了已定稿的 {document.earlier.number}，作废以后就没有一份有效的了",
            do="请把这一版改对、定稿；不再适用的，另附情况说明。",
        )
    voiding = Voiding(document=document, reason=reason.strip(), officer=officer, at=at)
    with act("document.voided", by=by, at=at, agency=document.agency_id) as line:
        locked(document)
        voiding.save(force_insert=True)
        line.about(voiding)
        document.state = Document.State.VOID
        document.save(update_fields=["state"])
        line.about(document)
        line.schedule("document.judge", document)
    return voiding


def _values(form: Form, values: Mapping[str, str]) -> dict[str, str]:
    known = {f.name: f for f in form.field}
    strange = values.keys() - known.keys()
    if strange:
        raise Malformed(
            f"《{form.title}》没有“{'、'.join(sorted(strange))}”这些栏目", do="请刷新页面后重填。"
        )
    told = {name: str(value).strip() for name, value in values.items()}
    for name, value in told.items():
        if len(value) > known[name].limit:
            raise Malformed(
                f"“{known[name].label}”最多 {known[name].limit} 字，现有 {len(value)} 字",
                do="请删减，或者另写一份。",
            )
        options = {one.code for one in known[name].options}
        if options and value and value not in options:
            raise Malformed(f"“{known[name].label}”没有这一选项", do="请从所列的选项中选择。")
        if known[name].kind == "moment" and value and moment_of(value) is None:
            raise Malformed(f"“{known[name].label}”不是一个时间：{value[:40]}", do="请用日期时间控件重选。")
    return told
