"""Who vouches from outside, as the page of proof shows it: how far, since when, what is in the way, and the sheet for paper."""

from datetime import datetime, timedelta

from liuhen.apps.journal.halts import standing_halt
from liuhen.apps.journal.models import Cosignature
from liuhen.apps.journal.stamping import newest_token
from liuhen.apps.journal.witnessing import (
    contact_with,
    cosignatures_under,
    first_covering,
    newest_of,
    submission_to,
)
from liuhen.engines.ledger.policy import Standing, Witness
from liuhen.engines.ledger.qr import drawn
from liuhen.engines.ledger.slips import codes_of
from liuhen.engines.ledger.submission import Submission
from liuhen.interfaces.api.answers import Gone
from liuhen.interfaces.api.gate import Asking
from liuhen.interfaces.api.shapes import Action, Fact, Link, State, Tone
from liuhen.interfaces.api.shapes import Witness as Vouching
from liuhen.interfaces.api.shapes_proof import SlipCode, SlipPage, WitnessRow
from liuhen.interfaces.office import Office
from liuhen.kernel.clock import shown, shown_length

_SOON = timedelta(hours=1)
_ON_LINE, _ON_PAPER = timedelta(hours=24), timedelta(days=35)


def standing_state(
    office: Office, last: int, sealed: int, witnessed: Standing | None, *, at: datetime
) -> State:
    """The one word over the page."""
    halt = standing_halt()
    if halt is not None:
        reason = f"{shown(halt.at)} 起不再签发检查点：{halt.get_why_display()}"
        if halt.witness:
            reason += f"（见证单位“{halt.witness}”持有与本机不符的检查点）"
        return State(label="封存已停止", tone="breach", reason=reason)
    word = "已封存" if sealed >= last else f"待封存 {last - sealed} 笔"
    if office.witnesses.is_none:
        reason = "本机关的见证策略是“无”：没有外部单位在检查点上签名"
        return State(label=f"{word}，未见证", tone="plain", reason=reason)
    if witnessed is None:
        return State(
            label=f"{word}，未见证", tone="due", reason=f"须有{office.witnesses.says}会签，还没有取得"
        )
    tone = _tone(office, sealed, witnessed, at)
    if tone == "proven":
        return State(label=f"{word}，已见证", tone=tone)
    age = _age(witnessed.at, at)
    return State(
        label=f"{word}，{sealed - witnessed.size} 笔未见证", tone=tone, reason=f"最近一次见证在{age}以前"
    )


def witnessed_fact(office: Office, sealed: int, witnessed: Standing | None, *, at: datetime) -> Fact:
    if office.witnesses.is_none:
        note = "请尽早与上级机关、司法行政机关或档案机构约定见证"
        return Fact(label="见证", value="未见证", tone="due", note=note)
    rule = f"见证策略：{office.witnesses.says}"
    if witnessed is None:
        return Fact(label="见证", value="未见证", tone="due", note=rule)
    value = f"已见证到第 {witnessed.size:,} 笔，{_age(witnessed.at, at)}以前"
    return Fact(label="见证", value=value, tone=_tone(office, sealed, witnessed, at), note=rule)


def rows(asking: Asking, sealed: int) -> list[WitnessRow]:
    """Every witness of the policy, and the time authority."""
    found = [_row(asking, witness, sealed) for witness in asking.office.witnesses.witnesses.values()]
    return [*found, _time_row(asking)] if asking.office.time_authority else found


def _time_row(asking: Asking) -> WitnessRow:
    name = asking.office.time_authority
    newest, contact = newest_token(name), contact_with(name)
    facts = [Fact(label="方式", value=name, mono=True)]
    if newest is not None:
        facts.append(
            Fact(
                label="时间戳",
                value=f"第 {newest.checkpoint_id:,} 笔，{shown(newest.at)}",
                note=f"编号 {newest.serial}，策略 {newest.policy}",
            )
        )
    if contact is not None and contact.trouble:
        facts.append(
            Fact(
                label="未能取得",
                value=contact.trouble,
                tone="due",
                note=f"{shown(contact.tried_at)} 最近一次联络",
            )
        )
    state = State(label="尚无时间戳", tone="due")
    if newest is not None:
        age = asking.at - newest.at
        tone: Tone = "breach" if age > _ON_LINE else "proven"
        state = State(label=f"有时间戳，{_age(newest.at, asking.at)}以前", tone=tone)
    size = newest.checkpoint_id if newest else 0
    downloads = [Link(label="下载时间戳", to=f"/api/v1/proof/checkpoints/{size}/token")] if size else []
    return WitnessRow(key="time", name="可信时间", state=state, facts=facts, downloads=downloads, actions=[])


def under(office: Office, size: int) -> list[Vouching]:
    """Who signed under this very checkpoint, by the names of the policy."""
    return [_vouching(office, row) for row in cosignatures_under(size)]


def vouching(office: Office, number: int) -> list[Vouching]:
    """Who vouches for line `number`: for each witness of the policy, its first cosignature that covers it."""
    found = (first_covering(witness.key, number) for witness in office.witnesses.witnesses.values())
    return [_vouching(office, row) for row in found if row is not None]


def actions(asking: Asking) -> list[Action]:
    if office_is_alone(asking.office) or not asking.can("proof.carry"):
        return []
    return [Action(key="cosignatures", label="收下带回的会签", form_url="/proof/cosignatures")]


def office_is_alone(office: Office) -> bool:
    return not office.witnesses.witnesses


def witness_of(office: Office, key_id: int) -> Witness:
    """The witness with this key id (the four bytes as a number). Raises `Gone`."""
    for witness in office.witnesses.witnesses.values():
        if _number(witness) == key_id:
            return witness
    raise Gone


def submission(office: Office, witness: Witness) -> Submission:
    return submission_to(office.log.apart(), witness.key)


def slip(office: Office, witness: Witness) -> SlipPage:
    """The sheet to print."""
    sent = submission(office, witness)
    codes = codes_of(sent.body())
    drawings = [drawn(code) for code in codes]
    return SlipPage(
        title=f"送“{witness.name}”会签",
        says=f"请把本页交给见证单位，在其见证页面上扫描下面 {len(codes)} 个二维码。扫过、会签之后，对方会打印一页同样的二维码；"
        "带回后在“存证”页点“收下带回的会签”，扫描即可。",
        facts=[
            Fact(label="日志名称", value=office.log.origin, mono=True),
            Fact(label="笔数", value=f"{sent.claimed.size:,}"),
            Fact(label="接自", value=f"第 {sent.old:,} 笔"),
            Fact(label="树根", value=sent.claimed.root.hex(), mono=True),
        ],
        codes=[
            SlipCode(label=f"第 {n} 个，共 {len(codes)} 个", side=drawing.side, path=drawing.path)
            for n, drawing in enumerate(drawings, 1)
        ],
        download=Link(label="改用文件", to=f"/api/v1/proof/witnesses/{_number(witness)}/submission"),
    )


def _row(asking: Asking, witness: Witness, sealed: int) -> WitnessRow:
    newest, contact = newest_of(witness.key), contact_with(str(witness.key))
    facts = [Fact(label="方式", value=witness.url or "纸面或 U 盘", mono=bool(witness.url))]
    if newest is not None:
        facts.append(Fact(label="会签到", value=f"第 {newest.checkpoint_id:,} 笔，{shown(newest.at)}"))
    if contact is not None and contact.trouble:
        facts.append(
            Fact(
                label="未能会签",
                value=contact.trouble,
                tone="due",
                note=f"{shown(contact.tried_at)} 最近一次联络",
            )
        )
    facts.append(Fact(label="公钥", value=str(witness.key), mono=True))
    number = _number(witness)
    return WitnessRow(
        key=str(number),
        name=witness.name,
        state=_row_state(newest, sealed, asking.at, _ON_LINE if witness.url else _ON_PAPER),
        facts=facts,
        downloads=[Link(label="送签文件", to=f"/api/v1/proof/witnesses/{number}/submission")],
        actions=[Action(key="slip", label="打印二维码", to=f"/proof/witnesses/{number}")],
    )


def _row_state(newest: Cosignature | None, sealed: int, at: datetime, term: timedelta) -> State:
    if newest is None:
        return State(label="未见证", tone="due")
    if newest.checkpoint_id >= sealed:
        return State(label=f"已见证，{_age(newest.at, at)}以前", tone="proven")
    tone: Tone = "breach" if at - newest.at > term else "due" if at - newest.at > _SOON else "plain"
    return State(
        label=f"已见证，{_age(newest.at, at)}以前；其后还有 {sealed - newest.checkpoint_id:,} 笔", tone=tone
    )


def _tone(office: Office, sealed: int, witnessed: Standing, at: datetime) -> Tone:
    """Green while all that is sealed is witnessed; amber after an hour, red after the policy's term."""
    if witnessed.size >= sealed:
        return "proven"
    age = at - witnessed.at
    term = _ON_PAPER if office.witnesses.needs_paper else _ON_LINE
    return "breach" if age > term else "due" if age > _SOON else "plain"


def _vouching(office: Office, row: Cosignature) -> Vouching:
    names = {str(witness.key): witness.name for witness in office.witnesses.witnesses.values()}
    state = State(label="已见证", tone="proven") if row.key in names else State(label="策略外的会签")
    return Vouching(name=names.get(row.key, row.witness), state=state, at=row.at)


def _age(since: datetime, at: datetime) -> str:
    return shown_length(max(at - since, timedelta()))


def _number(witness: Witness) -> int:
    return int.from_bytes(witness.key.key_id, "big")
