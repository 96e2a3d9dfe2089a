"""The evidence packages of an activity or a recording: how far each has come, and what may be done about it now."""

from liuhen.apps.access import packages
from liuhen.apps.access.delivering import delivery_of
from liuhen.apps.access.models import Package
from liuhen.apps.access.packages import GOOD_FOR, Subject
from liuhen.apps.approval import queries as approval
from liuhen.apps.evidence.models import Recording
from liuhen.interfaces.api.gate import Asking
from liuhen.interfaces.api.shapes import Action, Link, PackageLine, PackageShelf, State
from liuhen.interfaces.api.words import size_shown
from liuhen.kernel.clock import shown


def shelf(asking: Asking, subject: Subject) -> PackageShelf:
    """What this person may know of; those who may not know of packages see none."""
    rows = (
        packages.packages_about(subject, viewer=asking.by, at=asking.at) if asking.can("package.view") else []
    )
    return PackageShelf(
        ask=_ask(asking, subject),
        ask_copies=_ask_copies(asking, subject),
        rows=[_line(asking, row) for row in rows if asking.may("package.view", row)],
    )


def _ask(asking: Asking, subject: Subject) -> Action | None:
    if not asking.may("package.ask", subject):
        return None
    return Action(key="ask-package", label="申请证据包", form_url=f"{address_of(subject)}/package-request")


def _ask_copies(asking: Asking, subject: Subject) -> Action | None:
    if not asking.may("package.ask", subject):
        return None
    return Action(
        key="ask-copies", label="申请对外提供遮挡副本", form_url=f"{address_of(subject)}/copy-request"
    )


def address_of(subject: Subject) -> str:
    return f"/{'recordings' if isinstance(subject, Recording) else 'activities'}/{subject.pk}"


def _line(asking: Asking, row: Package) -> PackageLine:
    return PackageLine(
        id=str(row.pk), number=row.number, to=f"/packages/{row.pk}", state=_now(asking, row), says=_says(row) + _turn(asking, row), digest=row.sha256,
        download=download(asking, row), actions=actions(asking, row),
    )  # fmt: skip


def _turn(asking: Asking, row: Package) -> str:
    """Whose turn it is while the chain is walked."""
    turns = (approval.turn_of(one.id, at=asking.at) for one in approval.requests_about(row.pk))
    return "".join(f"；{turn}" for turn in turns if turn)


def _says(row: Package) -> str:
    terms = packages.terms_of(row)
    what = f"遮挡副本，用于{terms.get_use_display()}" if terms else "原件"
    case = f"，案号 {row.case_number}" if row.case_number else ""
    told = f"{what}；给{row.recipient}（{row.get_recipient_kind_display()}）{case}；{row.asked_by.name}于 {shown(row.asked_at)} 申请"
    if row.size is not None and row.made_at is not None:
        told += f"，{shown(row.made_at)} 制成，{size_shown(row.size)}"
    return told


def _now(asking: Asking, row: Package) -> State:
    """As the shelf tells it: once it was handed over, that."""
    delivery = delivery_of(row)
    if delivery is None:
        return state_of(asking, row)
    return State(label="已交付", tone="proven", reason=f"{shown(delivery.handed_at)} {delivery.receiver}签收")


def state_of(asking: Asking, row: Package) -> State:
    if row.made_at is not None:
        is_over = asking.at > row.made_at + GOOD_FOR
        return State(label="已过取用期" if is_over else "已制成", tone="plain" if is_over else "proven")
    if row.ordered_at is not None:
        trouble = packages.trouble_of(row)
        if trouble is not None:
            return State(label="没有制成", tone="breach", reason=trouble.partition(": ")[2] or trouble)
        return State(
            label="正在制作", tone="plain", reason=packages.waiting_for(row) or "由后台作业制作，可以离开本页"
        )
    if packages.approval_of(row) is not None:
        return State(label="待制作", tone="due", reason="已经批准；由保管人、档案员或者法制审核人员制作")
    return next(
        (_asked(one.state, one.state_label) for one in approval.requests_about(row.pk)),
        State(label="待报批", tone="due"),
    )


def _asked(state: str, label: str) -> State:
    return State(label=label, tone="due" if state == "pending" else "plain")


def actions(asking: Asking, row: Package) -> list[Action]:
    waits = row.made_at is None and not packages.is_being_made(row) and packages.approval_of(row) is not None
    if not waits or row.asked_by_id == asking.officer.pk or not asking.may("package.make", row):
        return []
    label = "制作" if row.ordered_at is None else "再制作一次"
    return [
        Action(
            key=f"make-{row.pk}", label=label, main=True, method="POST", url=f"/packages/{row.pk}/order",
            confirm=f"将依审批{_made_of(row)}，交{row.recipient}。制作和每次下载都写入存证台账。",
        )
    ]  # fmt: skip


def _made_of(row: Package) -> str:
    if packages.terms_of(row) is not None:
        return f"把“{row.title}”连同说明打包，不含原件"
    return f"把“{row.title}”的原件和记录制成证据包"


def download(asking: Asking, row: Package) -> Link | None:
    is_open = row.made_at is not None and asking.at <= row.made_at + GOOD_FOR
    if not is_open or not packages.is_for(row, asking.by) or not asking.may("package.fetch", row):
        return None
    terms = packages.terms_of(row)
    has_verifier = terms is None or terms.wrapping == terms.Wrapping.BAG
    return Link(
        label="下载证据包" if has_verifier else "下载副本",
        to=f"/files/packages/{row.pk}",
        note="zip，内附核验程序" if has_verifier else "zip，内有副本、说明和签名",
    )
