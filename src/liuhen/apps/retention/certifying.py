"""销毁证明: what was done with a list, printed and entered in the journal, once nothing of it is left; and by which time it was judged."""

import base64
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from liuhen.apps.approval.models import Request
from liuhen.apps.evidence.queries import gone
from liuhen.apps.journal.actions import act
from liuhen.apps.journal.queries import checkpoints
from liuhen.apps.journal.witnessing import standing
from liuhen.apps.registry.numbering import next_number
from liuhen.apps.retention.disposal import DISPOSE, Outcome, Part, State
from liuhen.apps.retention.emptying import Stores
from liuhen.apps.retention.models import DisposalCertificate, DisposalItem, DisposalList
from liuhen.engines.forms import print_document
from liuhen.engines.forms.definition import load_form
from liuhen.engines.forms.filled import Filled, Signed
from liuhen.engines.ledger.policy import WitnessPolicy
from liuhen.kernel.actors import SYSTEM
from liuhen.kernel.clock import shown
from liuhen.kernel.digests import digest_of
from liuhen.kernel.errors import Unavailable

# A witness on the line answers within a day; one that is brought checkpoints by hand within a month and some days.
_ON_LINE, _BY_HAND = timedelta(hours=24), timedelta(days=35)
METHOD = "覆盖后删除（clear）"


def trusted_time(witnesses: WitnessPolicy, *, at: datetime) -> datetime:
    """The time disposal goes by: the last witnessed one; our own clock only where the house has chosen no witness.

    Raises `Unavailable` where the witnesses have been silent for too long.
    """
    if witnesses.is_none:
        return at
    known = standing(witnesses)
    by_line = bool(witnesses.on_line)
    if known is None or at - known.at > (_ON_LINE if by_line else _BY_HAND):
        raise Unavailable(
            "见证单位太久没有会签，现在不能销毁", do="请先恢复与见证单位的联络，取得会签后再办。"
        )
    return min(known.at, at)


def seed_now() -> str:
    """What the sample is drawn by: the root of the newest published checkpoint."""
    return next((point.root for point in checkpoints(most=1)), "")


def certify(
    row: DisposalList, stores: Stores, *, forms: Path, witnessed: bool, at: datetime
) -> DisposalCertificate | None:
    """Print and enter the certificate once nothing listed is left aside. Done once. Raises `Unavailable` while anything is."""
    if row.state != State.ASIDE:
        return None
    items = list(row.items.select_related("recording").order_by("until", "pk"))
    destroyed = [item for item in items if item.outcome == Outcome.DESTROYED]
    _check_nothing_left(destroyed, stores)
    made = DisposalCertificate(disposal=row, at=at)
    with act("disposal.certified", by=SYSTEM, at=at, agency=row.agency_id, approval=row.approval) as line:
        made.number = next_number(row.agency, "销毁证明", at=at)
        pdf = _printed(row, items, number=made.number, forms=forms, witnessed=witnessed, at=at)
        digest = digest_of(pdf)
        made.pdf = base64.b64encode(pdf).decode()
        made.sha256, made.sm3 = digest.sha256, digest.sm3
        made.save(force_insert=True)
        row.state, row.closed_at = State.DONE, at
        row.save(update_fields=["state", "closed_at"])
        line.about(made, sha256=made.sha256, sm3=made.sm3)
        line.about(row)
    return made


def print_of(certificate: DisposalCertificate) -> bytes:
    """The certificate as PDF."""
    return base64.b64decode(certificate.pdf)


def certificate_of(row: DisposalList) -> DisposalCertificate | None:
    return DisposalCertificate.objects.filter(disposal=row).first()


def _check_nothing_left(destroyed: Iterable[DisposalItem], stores: Stores) -> None:
    aside = {digest.sha256 for digest in stores.vault.aside()}
    waiting = set(gone().filter(destroyed_at=None).values_list("sha256", flat=True))
    left = [item for item in destroyed if item.sha256 in aside - waiting]
    if left:
        raise Unavailable(f"还有 {len(left)} 份原件没有销毁完", do="后台会接着办。")


def _printed(
    row: DisposalList, items: list[DisposalItem], *, number: str, forms: Path, witnessed: bool, at: datetime
) -> bytes:
    form = replace(load_form(forms / "house" / "disposal-certificate.form"), folder=forms)
    hands = list(row.hands.select_related("officer", "unit").order_by("at"))
    told = {
        "list": f"{row.number}，{shown(row.drawn_at)} 由 {row.drawn_by.name} 列出，届满早于 {shown(row.cutoff)}，共 {row.count} 段，"
        f"清单摘要 {row.sha256}",
        "asked": "\n".join(_opinions(row)),
        "hands": "\n".join(_hand(hand) for hand in hands if hand.part == Part.EXECUTE),
        "sample": "\n".join(f"{_hand(hand)}：{hand.note}" for hand in hands if hand.part == Part.SAMPLE) + _sampled(items),
        "method": f"{METHOD}。{shown(row.executed_at or at)} 移出证据库，{shown(at)} 销毁完毕；播放副本、缩略图和证据包一并销毁。"
        + ("时间以见证单位最近一次会签为准。" if witnessed else "本机关没有外部见证（未见证），时间为服务器时间。"),
        "destroyed": "\n".join(
            f"{item.recording.number}\t{item.size}\t{item.sha256}" for item in items if item.outcome == Outcome.DESTROYED
        ),
        "kept": "\n".join(f"{item.recording.number}\t{item.why}" for item in items if item.outcome != Outcome.DESTROYED),
    }  # fmt: skip
    signed = [
        Signed(role="executor", name=hand.officer.name, at=hand.at)
        for hand in hands
        if hand.part == Part.EXECUTE
    ]
    return print_document(
        Filled(form=form, number=number, agency=row.agency.name, made_at=at, values=told, signatures=signed)
    )


def _opinions(row: DisposalList) -> list[str]:
    request = Request.objects.filter(subject=row.pk, purpose=DISPOSE, number=row.approval).first()
    if request is None:
        return []
    given = request.opinions.select_related("officer").order_by("step")
    return [
        f"{request.chain[one.step]['title']} {one.officer.name} {shown(one.at)} {one.get_answer_display()}（{request.number}）"
        for one in given
    ]


def _hand(hand) -> str:  # type: ignore[no-untyped-def]
    outside = f"；上级机关到场：{hand.outside}" if hand.outside else ""
    return f"{hand.unit.name} {hand.officer.name} {shown(hand.at)}{outside}"


def _sampled(items: list[DisposalItem]) -> str:
    return f"\n抽中：{'、'.join(item.recording.number for item in items if item.in_sample)}"
