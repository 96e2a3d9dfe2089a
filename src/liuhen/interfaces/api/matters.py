"""What an approval is about, in one sentence, for the one who decides it."""

from uuid import UUID

from liuhen.apps.access.copying import copies_of
from liuhen.apps.access.packages import PACKAGE, packages, terms_of
from liuhen.apps.access.packing import left_out_of, recordings_of
from liuhen.apps.access.queries import PLAY
from liuhen.apps.access.visiting import VISIT, visits
from liuhen.apps.approval.models import Request
from liuhen.apps.approval.queries import RequestView
from liuhen.apps.casework import linking
from liuhen.apps.casework import queries as casework
from liuhen.apps.casework.linking import UNLINK
from liuhen.apps.casework.models import CaseLink, Link
from liuhen.apps.devices import lending
from liuhen.apps.devices.compensating import COMPENSATE, compensation
from liuhen.apps.devices.lending import LEND
from liuhen.apps.evidence import queries as evidence
from liuhen.apps.registry import queries as registry
from liuhen.apps.registry.adopting import SHORTEN
from liuhen.apps.retention.disposal import DISPOSE, disposal
from liuhen.apps.retention.holds import RELEASE, hold_of
from liuhen.apps.retention.models import DisposalItem
from liuhen.apps.retention.shortening import SHORTEN_ONE, shortening
from liuhen.engines.rules.facts import CAUSES, EXEMPTIONS
from liuhen.engines.rules.keeping import RANK_LABELS
from liuhen.engines.rules.office_facts import DEVICE_ACTS
from liuhen.interfaces.api.gate import Asking
from liuhen.interfaces.api.words import size_shown, span_shown
from liuhen.kernel.clock import shown


def is_told(asking: Asking, row: Request | RequestView) -> bool:
    """Whether this person may know of every recording that a request is about."""
    away = frozenset(asking.withheld().values_list("recording", flat=True))
    return not (away and away & _recordings_behind(row))


def _recordings_behind(row: Request | RequestView) -> set[UUID]:
    """Whatever is asked about it: to look, to give it out, to take a link back, to release, shorten or destroy."""
    if row.purpose == PLAY:
        return {row.subject}
    if row.purpose == VISIT:
        return {visits().get(pk=row.subject).recording_id}
    if row.purpose == PACKAGE:
        return {one.pk for one in recordings_of(packages().get(pk=row.subject))}
    if row.purpose == DISPOSE:
        return set(DisposalItem.objects.filter(disposal=row.subject).values_list("recording", flat=True))
    found = {UNLINK: linking.link, SHORTEN_ONE: shortening}
    one = found[row.purpose](row.subject) if row.purpose in found else None
    hold = hold_of(row.subject) if row.purpose == RELEASE else None
    return ({one.recording_id} if one else set()) | ({hold.subject} if hold else set())


def matter_of(row: Request) -> str:
    given = {PLAY: _viewing, PACKAGE: _package, VISIT: _visit}.get(row.purpose)
    if given is not None:
        return given(row)
    if row.purpose == "interruption":
        stop = casework.interruption(row.subject)
        if stop is not None:
            cause = CAUSES.get(stop.cause, stop.cause)
            return f"活动“{stop.activity.subject}”{span_shown(stop.start, stop.end)} 因{cause}中断记录的说明"
    if row.purpose == "exemption":
        claim = casework.exemption(row.subject)
        if claim is not None:
            return f"活动“{claim.activity.subject}”不予记录：{EXEMPTIONS.get(claim.code, claim.code)}，{claim.reason}"
    if row.purpose == UNLINK:
        link = linking.link(row.subject)
        if link is not None:
            return f"解除音像资料 {link.recording.number} 与{_home(link)} 的关联"
    if row.purpose == SHORTEN:
        change = registry.law_change(row.subject)
        if change is not None:
            classes = "；".join(
                f"{c['class']}：现为“{c['before']}”，将为“{c['after']}”" for c in change.shortened
            )
            return f"{change.get_what_display()}“{change.key}{' ' + change.value if change.value else ''}”，自 {shown(change.since)} 起，将缩短 {len(change.shortened)} 类音像记录的保存期限（{classes}）"
    return _lent(row) or _kept(row) or "一件报批的事"


def _home(link: Link | CaseLink) -> str:
    if isinstance(link, CaseLink):
        return f"执法事项 {link.case.number} {link.case.cause}"
    return f"活动 {link.activity.number} {link.activity.subject}"


def _kept(row: Request) -> str:
    """What is asked about holds and terms; empty where it is something else."""
    hold = hold_of(row.subject) if row.purpose == RELEASE else None
    if hold is not None:
        return f"终结暂缓处置 {hold.number}：{hold.get_matter_display()} {hold.reference}（{hold.authority}），对象 {hold.subject_number}"
    change = shortening(row.subject) if row.purpose == SHORTEN_ONE else None
    if change is not None:
        labels = {str(rank): label for rank, label in RANK_LABELS.items()}
        before = f"至 {shown(change.before_until)}" if change.before_until else labels[change.before_rank]
        return f"缩短音像资料 {change.recording.number} 的保存期限：现保存{before}，将缩短至 {shown(change.until)}"
    listed = disposal(row.subject) if row.purpose == DISPOSE else None
    if listed is not None:
        return f"销毁清单 {listed.number}：{shown(listed.cutoff)} 之前届满的 {listed.count} 段音像，共 {size_shown(listed.size)}"
    return ""


def _viewing(row: Request) -> str:
    recording = evidence.recordings().filter(pk=row.subject).first()
    who = recording.officer.name if recording and recording.officer else "使用人不明"
    return f"调阅音像资料 {recording.number}（{who}）" if recording else "调阅音像资料"


def _package(row: Request) -> str:
    package = packages().get(pk=row.subject)
    terms = terms_of(package)
    if terms is not None:
        numbers = "、".join(one.redaction.number for one in copies_of(package))
        back = f"，{terms.due_back.isoformat()} 以前归还" if terms.due_back else ""
        return (
            f"向{package.recipient}（{package.get_recipient_kind_display()}）提供遮挡副本 {numbers}，用于{terms.get_use_display()}，"
            f"{terms.get_wrapping_display()}{back}（{package.number}，{package.title}，不含原件）"
        )
    told = "作为证据" if package.is_evidence else "不作为证据"
    count, left = len(recordings_of(package)), left_out_of(package)
    told += f"；另有 {left} 段限制申请人知悉，不在其中" if left else ""
    return f"向{package.recipient}提供证据包 {package.number}（{package.title}，音像 {count} 段；案号 {package.case_number}，{told}）"


def _visit(row: Request) -> str:
    visit = visits().get(pk=row.subject)
    what = f"遮挡副本 {visit.redaction.number}" if visit.redaction else "原件"
    who = f"{visit.organ}{visit.visitor}（{visit.get_sort_display()}，{visit.paper} {visit.paper_number}）"
    return f"让{who}在窗口看音像资料 {visit.recording.number} 的{what}，一次最多 {visit.minutes} 分钟，不交出文件"


def _lent(row: Request) -> str:
    """What is asked about a device: to lend it outside, to have its holder pay for it; empty where it is something else."""
    loan = lending.outside_loans().filter(pk=row.subject).first() if row.purpose == LEND else None
    if loan is not None:
        return f"把设备 {loan.device.number} 外借给{loan.borrower}，用于{loan.purpose}，{shown(loan.due_at)} 以前归还"
    owed = compensation(row.subject) if row.purpose == COMPENSATE else None
    if owed is not None:
        return f"设备 {owed.act.device.number} {shown(owed.act.happened_at)} {DEVICE_ACTS[owed.act.act]}，认定{owed.get_cause_display()}，由当时的持有人{owed.officer.name}照原价赔偿 {owed.amount:,.2f} 元（{owed.number}）"
    return ""
