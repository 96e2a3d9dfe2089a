"""One package as a page: to whom, by which approval, what is in it, who fetched it, who took it outside, and whether it came back."""

from datetime import timedelta

from liuhen.apps.access import delivering
from liuhen.apps.access.copying import copies_of, given_out
from liuhen.apps.access.models import Package, PackageDelivery, PackageReturn
from liuhen.apps.access.packages import is_for, terms_of
from liuhen.apps.approval import queries as approval
from liuhen.apps.approval.queries import RequestView
from liuhen.apps.evidence.models import Recording
from liuhen.interfaces.api import pages_packages, pages_superiors, warrants
from liuhen.interfaces.api.gate import Asking
from liuhen.interfaces.api.pages_redacting import state_of
from liuhen.interfaces.api.rail import rail, tone_of_deadline
from liuhen.interfaces.api.shapes import (
    Action,
    Custody,
    Deadline,
    Due,
    DueItem,
    Fact,
    Head,
    Link,
    PackagePage,
    RedactionRow,
    State,
)
from liuhen.interfaces.api.words import size_shown
from liuhen.kernel.clock import BEIJING, shown

_PLACES = {Recording.kind(): ("/recordings", "音像资料"), "casework.activity": ("/activities", "现场活动")}
_HAND_OVER_WITHIN = timedelta(days=30)


def page(asking: Asking, row: Package) -> PackagePage:
    delivery, back = delivering.delivery_of(row), delivering.return_of(row)
    requests = approval.requests_about(row.pk)
    things = [
        row.pk,
        *(one.id for one in requests),
        *pages_superiors.things(row.pk),
        *([delivery.pk] if delivery else []),
        *([back.pk] if back else []),
    ]
    return PackagePage(
        head=_head(asking, row, delivery, back), says=_says(row), facts=_facts(asking, row), copies=_copies(asking, row),
        download=pages_packages.download(asking, row), papers=_papers(asking, row, delivery), handed=_handed(delivery, back),
        rail=rail(asking, findings=[], law=asking.law_or_none, things=things),
    )  # fmt: skip


def _head(asking: Asking, row: Package, delivery: PackageDelivery | None, back: PackageReturn | None) -> Head:
    actions = [
        *pages_packages.actions(asking, row),
        *pages_superiors.actions(asking, row.pk),
        *_own(asking, row, delivery, back),
    ]
    place, label = _PLACES.get(row.subject_kind, ("", ""))
    due = _due(asking, row, delivery, back, actions)
    said = due.action.key if due and due.action else ""  # What is due stands in its banner, once.
    return Head(
        id=str(row.pk), number=row.number, title=f"给{row.recipient} · {row.title}", state=_state(asking, row, delivery, back),
        due=due, actions=[one for one in actions if one.key != said],
        crumbs=[Link(label="对外提供登记", to="/registers/disclosures"), *([Link(label=label, to=f"{place}/{row.subject}")] if place else [])],
    )  # fmt: skip


def _own(
    asking: Asking, row: Package, delivery: PackageDelivery | None, back: PackageReturn | None
) -> list[Action]:
    """Handing over and taking back, for whoever asked for it or made it."""
    if row.made_at is None or not is_for(row, asking.by) or not asking.may("package.deliver", row):
        return []
    if delivery is None:
        return [Action(key="deliver", label="登记交付", main=True, form_url=f"/packages/{row.pk}/delivery")]
    if back is None:
        return [Action(key="close", label="登记收回", form_url=f"/packages/{row.pk}/return")]
    return []


def _state(
    asking: Asking, row: Package, delivery: PackageDelivery | None, back: PackageReturn | None
) -> State:
    if back is not None:
        return State(label=back.get_outcome_display(), tone="proven")
    if delivery is not None:
        return State(
            label="已交付", tone="proven", reason=f"{shown(delivery.handed_at)} {delivery.receiver}签收"
        )
    return pages_packages.state_of(asking, row)


def _due(
    asking: Asking, row: Package, delivery: PackageDelivery | None, back: PackageReturn | None, actions: list[Action]
) -> Due | None:  # fmt: skip
    main = next((one for one in actions if one.main), None)
    if delivery is None:
        if row.made_at is None:
            return (
                Due(says=pages_superiors.says(main) or "批准以后由另一人制作", tone="action", action=main)
                if main
                else None
            )
        return Due(says="下载、交付，双方在交接单上签名，登记签收", tone="due", action=main)
    terms = terms_of(row)
    if back is None and terms is not None and terms.due_back is not None:
        is_late = terms.due_back < asking.at.astimezone(BEIJING).date()
        says = f"应于 {terms.due_back.isoformat()} 以前归还或者销毁" + ("，已经逾期" if is_late else "")
        return Due(says=says, tone="breach" if is_late else "due", action=next(iter(actions), None))
    return None


def _says(row: Package) -> str:
    if terms_of(row) is None:
        return "交出的是原件，连同台账、文书、查看记录和核验程序。"
    return "交出的是遮挡副本，没有原件：附遮挡清单和每处的理由、第二人的意见、原件和副本的摘要、与原件比对的结果。"


def _facts(asking: Asking, row: Package) -> list[Fact]:
    terms = terms_of(row)
    facts = [
        Fact(label="接收方", value=row.recipient, note=row.get_recipient_kind_display()),
        Fact(label="案号", value=row.case_number or "没有写"),
        *(
            [
                Fact(label="用途", value=terms.get_use_display(), note=terms.get_wrapping_display()),
                Fact(label="归还期限", value=terms.due_back.isoformat() if terms.due_back else "不需要归还"),
            ]
            if terms
            else [Fact(label="作为证据", value="是" if row.is_evidence else "否")]
        ),
        Fact(label="内容敏感", value="是" if row.is_sensitive else "否"),
        Fact(label="申请", value=f"{row.asked_by.name}，{shown(row.asked_at)}"),
    ]
    facts += [
        Fact(label="审批", value=f"{one.number} {one.state_label}", note=_walked(asking, one) or None)
        for one in approval.requests_about(row.pk)
    ]  # fmt: skip
    facts += [*warrants.facts(row), *pages_superiors.facts(row.pk)]
    if row.made_at is not None and row.size is not None:
        facts += [
            Fact(label="制成", value=shown(row.made_at), note=size_shown(row.size)),
            Fact(label="SHA-256", value=row.sha256, mono=True),
        ]
    return facts


def _walked(asking: Asking, one: RequestView) -> str:
    told = [f"{step.title}{step.officer}{step.answer}" for step in one.steps if step.at]
    return "；".join(filter(None, [*told, approval.turn_of(one.id, at=asking.at)]))


def _copies(asking: Asking, row: Package) -> list[RedactionRow]:
    return [
        RedactionRow(
            id=str(one.redaction_id), number=one.redaction.number, purpose=one.redaction.purpose,
            who=f"由 {one.redaction.recording.number} 制成，{size_shown(one.size)}", state=state_of(one.redaction),
            to=f"/redactions/{one.redaction_id}" if asking.may("redaction.view", one.redaction) else "",
        )
        for one in copies_of(row)
    ]  # fmt: skip


def _papers(asking: Asking, row: Package, delivery: PackageDelivery | None) -> list[Link]:
    superior = [*warrants.scans(row), *pages_superiors.scans(asking, row.pk)]
    if row.made_at is None or not asking.may("package.deliver", row):
        return superior
    note = "打印两份，双方签名，各执一份" if delivery is None else "按登记的内容"
    links = [*superior, Link(label="交接单（PDF）", to=f"/api/v1/packages/{row.pk}/note", note=note)]
    if delivery is not None and delivery.scan:
        links.append(Link(label="签过名的交接单（扫描件）", to=f"/api/v1/packages/{row.pk}/scan", note=f"SHA-256 {delivery.sha256[:16]}…"))  # fmt: skip
    return links


def _handed(delivery: PackageDelivery | None, back: PackageReturn | None) -> list[Fact]:
    if delivery is None:
        return []
    facts = [
        Fact(label="接收人", value=delivery.receiver, note=delivery.post or None),
        Fact(label="证件", value=f"{delivery.paper} {delivery.paper_number}"),
        Fact(label="交付", value=f"{delivery.handed_by.name}，{shown(delivery.handed_at)}"),
        Fact(label="签名", value=delivery.get_means_display(), note=delivery.kept_where or None),
    ]
    if delivery.legal_document:
        facts.append(Fact(label="法律文书", value=delivery.legal_document))
    if back is not None:
        facts.append(Fact(label="收回", value=f"{back.get_outcome_display()}，{shown(back.happened_at)}", note=f"{back.says}（{back.by.name}登记）"))  # fmt: skip
    return facts


def copies_outside(row: Recording) -> list[Custody]:
    """Where copies of this recording went; the original stayed."""
    found = []
    for one in given_out([row.pk]):
        delivery, package = one.package.delivery, one.package
        back = delivering.return_of(package)
        until = f"至 {shown(back.happened_at)}（{back.get_outcome_display()}）" if back else "起"
        found.append(
            Custody(
                place=f"遮挡副本在外：{package.recipient}", span=f"{shown(delivery.handed_at)} {until}", who=delivery.receiver,
                how=f"{one.redaction.number} 随 {package.number} 交付，原件没有交出",
                digest=State(label="副本摘要已登记", tone="plain", reason=f"SHA-256 {one.sha256}"),
            )
        )  # fmt: skip
    return found


def desk_items(asking: Asking) -> list[DueItem]:
    """What this person asked for: made and not handed over, or due to come back."""
    if not asking.can("package.deliver"):
        return []
    return [
        *(_hand_over(asking, row) for row in delivering.not_handed_over(asking.by)[:10]),
        *(_take_back(asking, row) for row in delivering.not_returned(asking.by, at=asking.at)[:10]),
    ]


def _hand_over(asking: Asking, row: Package) -> DueItem:
    due = (row.made_at or asking.at) + _HAND_OVER_WITHIN
    return _item(
        row,
        "交付并登记签收",
        State(label="待交付", tone="due"),
        Deadline(label="取用期", due_at=due, tone=tone_of_deadline(due, asking.at)),
    )


def _take_back(asking: Asking, row: Package) -> DueItem:
    terms = terms_of(row)
    says = f"应于 {terms.due_back.isoformat()} 以前归还或者销毁" if terms and terms.due_back else ""
    return _item(row, "收回对外提供的副本", State(label="到期", tone="breach", reason=says), None)


def _item(row: Package, title: str, state: State, deadline: Deadline | None) -> DueItem:
    return DueItem(
        key=f"package-{row.pk}", title=title, what=f"给{row.recipient}：{row.title}", number=row.number, deadline=deadline, state=state,
        action=Action(key=f"package-{row.pk}", label="办理", to=f"/packages/{row.pk}"), cite=None,
    )  # fmt: skip
