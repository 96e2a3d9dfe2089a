"""Registers of documents: all of them, and what those of one sort say: evidence, measures, confiscated goods, service."""

from datetime import datetime

from django.db.models import QuerySet

from liuhen.apps.documents import queries as documents
from liuhen.apps.documents.models import Document
from liuhen.apps.oversight.registers.cells import rows_said, said
from liuhen.apps.oversight.registers.definition import Register, Rows
from liuhen.engines.rules.office_facts import DOCUMENTS, SERVICE_METHODS
from liuhen.kernel.actors import Actor

_MEASURES = {
    "seal_up": "查封",
    "seize": "扣押",
    "freeze": "冻结",
    "restrict": "限制人身自由",
    "other": "其他",
}


def _of(*forms: str) -> Rows:
    """Documents of some forms that stand: replaced and void ones are history."""

    def rows(by: Actor, at: datetime) -> QuerySet[Document]:
        gone = (Document.State.REPLACED, Document.State.VOID)
        return documents.visible_to(by, at=at).filter(form__in=forms).exclude(state__in=gone)

    return rows


def _sort(row: Document) -> str:
    """The sort of document in the words of the regulations; an agency's own form is another."""
    return DOCUMENTS.get(row.form.replace("-", "_"), DOCUMENTS["other"])


def _told(row: Document, *fields: str) -> str:
    """The first of these fields that is filled in."""
    return next((value for field in fields if (value := row.values.get(field, "").strip())), "")


PAPERS: tuple[Register, ...] = (
    Register(
        key="documents", title="文书登记", group="办案", says="每份文书的名称、制作人和办到哪一步。", action="document.view",
        columns=("文书编号", "名称", "制度中的文书", "制作人", "制作", "定稿", "状态"), when="made_at", words=("number", "title"),
        rows=lambda by, at: documents.visible_to(by, at=at).select_related("unit", "made_by"), to=lambda d: f"/documents/{d.pk}",
        cells=lambda d: (d.number, d.title, _sort(d), d.made_by.name, said(d.made_at), said(d.finalised_at), d.get_state_display()),
    ),
    Register(
        key="evidence-items", title="证据和保存登记", group="办案", says="调取、抽样、先行登记保存了哪些物品，从谁那里、何时、在哪里。", action="document.view",
        columns=("文书编号", "文书", "案号", "持有人", "物品", "时间", "地点", "状态"), when="made_at", words=("number", "title"),
        rows=_of("evidence-list", "evidence-notice", "preservation", "sampling-notice", "item-list", "appraisal"), to=lambda d: f"/documents/{d.pk}",
        cells=lambda d: (d.number, d.title, _told(d, "case"), _told(d, "holder", "party"), rows_said(_told(d, "items", "object", "samples")),
                         _told(d, "taken", "time", "from_at", "begun"), _told(d, "place"), d.get_state_display()),
    ),
    Register(
        key="measures", title="强制措施和没收财物登记", group="办案", says="对谁、对什么采取了哪种措施，自何时至何时；没收的财物怎样处理。", action="document.view",
        columns=("文书编号", "文书", "案号", "当事人", "措施", "对象", "自", "至", "状态"), when="made_at", words=("number", "title"),
        rows=_of("measure", "confiscated-goods", "compulsory"), to=lambda d: f"/documents/{d.pk}",
        cells=lambda d: (d.number, d.title, _told(d, "case"), _told(d, "party"), _MEASURES.get(_told(d, "kind"), _told(d, "kind", "way", "method")),
                         rows_said(_told(d, "object", "items", "goods")), _told(d, "from_at", "begun", "time"), _told(d, "until", "ended"),
                         d.get_state_display()),
    ),
    Register(
        key="service", title="送达登记", group="办案", says="什么文书送给谁、何时何地、用哪种方式；留置和公告的另有说明。", action="document.view",
        columns=("文书编号", "案号", "送达的文书", "受送达人", "时间", "地点", "方式", "凭据和说明", "状态"), when="made_at", words=("number",),
        rows=_of("service-receipt"), to=lambda d: f"/documents/{d.pk}",
        cells=lambda d: (d.number, _told(d, "case"), _told(d, "document_name"), _told(d, "recipient"), _told(d, "time"), _told(d, "place"),
                         SERVICE_METHODS.get(_told(d, "method"), ""), _told(d, "post_slip", "notice", "explanation", "reason"), d.get_state_display()),
    ),
)  # fmt: skip
