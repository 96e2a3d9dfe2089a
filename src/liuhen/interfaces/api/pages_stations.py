"""The docking stations: their last cards, what of each list came, the clocks measured, and the leave to clear."""

from datetime import datetime, timedelta
from uuid import UUID

from liuhen.apps.devices import queries
from liuhen.apps.devices.models import Station, StationReport, StationTerms
from liuhen.apps.evidence import queries as evidence
from liuhen.apps.evidence.knowing import untold_on
from liuhen.apps.evidence.models import CardList
from liuhen.apps.evidence.naming import never_came
from liuhen.interfaces.api.gate import Asking
from liuhen.interfaces.api.shapes import Action, DueItem, Link, State, Teach, Tone
from liuhen.interfaces.api.shapes_absences import CardShown, ReportShown, StationShown, StationsPage
from liuhen.kernel.clock import shown, shown_length

_CARDS, _MOST, _REPORTS = 8, 60, 10
_FRESH = timedelta(days=3)  # A report stays so long on the desk, and ever after on the page.
_TRUSTED = 5.0
_TEACH = Teach(
    title="这里放采集站",
    what_belongs="每个采集站最近接入的存储卡：清单列了多少、收到多少、还缺多少，设备时钟差多少。",
    how_it_gets_here="由系统管理员在服务器上用 liuhen enroll 登记；登记之后自动出现。",
)


def stations(asking: Asking) -> StationsPage:
    """Every station this person may know of; those out of service last."""
    rows = queries.stations_visible_to(asking.by, at=asking.at).order_by("name")[:_MOST]
    found = sorted(rows, key=lambda station: (station.revoked_at is not None, station.name))
    return StationsPage(stations=[_station(asking, row) for row in found], teach=None if found else _TEACH)


def desk_reports(asking: Asking) -> list[DueItem]:
    """What stations refused in the last days: one item a station, for those who keep the devices or oversee them."""
    if not (asking.can("device.keep") or asking.can("absence.explain")):
        return []
    seen = queries.stations_visible_to(asking.by, at=asking.at)
    rows = queries.reports_since(seen, since=asking.at - _FRESH)
    newest: dict[UUID, list[StationReport]] = {}
    for row in rows:
        newest.setdefault(row.station_id, []).append(row)
    return [
        DueItem(
            key=f"station-{key}", title=f"采集站报告：{told[0].get_what_display()}",
            what=told[0].detail + (f"（三天内另有 {len(told) - 1} 条）" if len(told) > 1 else ""), number=told[0].station.name,
            deadline=None, state=State(label="采集站已拒绝", tone="due"),
            action=Action(key=f"station-{key}", label="去采集站", to="/stations"), cite=None,
        )
        for key, told in newest.items()
    ]  # fmt: skip


def _station(asking: Asking, row: Station) -> StationShown:
    lists = evidence.card_lists(asking.by, at=asking.at).filter(station=row).order_by("-listed_at")[:_CARDS]
    cards = [_card(asking, one) for one in lists]
    missing = sum(card.missing for card in cards)
    measured = next((card.clock.label for card in cards if card.clock.label != "未测"), "")
    terms = queries.terms_of(row)
    return StationShown(
        id=str(row.pk), name=row.name, unit=row.unit.name, state=_state(row, terms), clearing=_clearing(row), cards=cards,
        way=_way(row, asking.at), lock=_lock(terms), reports=[_report(one) for one in queries.reports_of(row, most=_REPORTS)],
        clock=f"最近一次对接：设备时钟{measured}" if measured else "还没有测得设备时钟",
        missing=Link(label=f"所列清单中还缺 {missing} 个文件", to="/absences?kind=card") if missing else None,
        actions=_actions(asking, row, terms) if row.revoked_at is None else [],
    )  # fmt: skip


def _state(row: Station, terms: StationTerms) -> State:
    if row.revoked_at is None:
        return State(label="在用", tone="action")
    return State(
        label="已停用",
        tone="plain",
        reason=f"{shown(row.revoked_at)} 停用：{terms.revoked_reason or '未写明原因'}",
    )


def _way(row: Station, at: datetime) -> State:
    """By what it comes, and how long that is good for."""
    held = queries.certificate_of(row)
    if held is None:
        return State(label="凭令牌", tone="plain", reason="只能从服务器本机接入；从别的机器接入须先领取证书")
    if held.until <= at:
        return State(label="证书已过期", tone="due", reason="须由系统管理员准许后重新领取")
    return State(label="凭证书", tone="plain", reason=f"证书有效期至 {shown(held.until)}，到期前自动换发")


def _lock(terms: StationTerms) -> State:
    if terms.is_locked:
        return State(
            label="只采已登记设备", tone="plain", reason="台账中没有的设备和介质，本站不读取，并报告"
        )
    return State(label="未登记的也采", tone="plain", reason="台账中没有的设备也采，入库后列为来源待查明")


def _report(row: StationReport) -> ReportShown:
    return ReportShown(
        id=str(row.pk),
        what=State(label=row.get_what_display(), tone="due"),
        detail=row.detail,
        noticed_at=row.noticed_at,
    )


def _actions(asking: Asking, row: Station, terms: StationTerms) -> list[Action]:
    found = [_change(row), _change_lock(row, terms)] if asking.may("device.keep", row) else []
    if asking.may("station.revoke", row):
        found.append(Action(key="revoke", label="停用", form_url=f"/stations/{row.pk}/revocation"))
    return found


def _change_lock(row: Station, terms: StationTerms) -> Action:
    wanted = not terms.is_locked
    return Action(
        key="lock", label="只采已登记设备" if wanted else "未登记的也采", method="POST", url=f"/stations/{row.pk}/lock",
        body={"is_locked": wanted},
        confirm=f"{row.name} 今后不读取台账中没有的设备和介质，当场拒绝并报告；要采的，请先登记设备。"
        if wanted
        else f"{row.name} 今后也采台账中没有的设备，入库后列为来源待查明。",
    )  # fmt: skip


def _clearing(row: Station) -> State:
    if row.may_clear:
        return State(
            label="获准清卡", tone="due", reason="文件复核一致、封存并由本系统签发许可后，采集站才从卡上清除"
        )
    return State(label="不清卡", tone="plain", reason="原件留在卡上")


def _change(row: Station) -> Action:
    if row.may_clear:
        return Action(
            key="clearing", label="收回清卡许可", method="POST", url=f"/stations/{row.pk}/clearing", body={"may_clear": False},
            confirm=f"收回之后，{row.name} 不再从存储卡上清除任何文件；已经签发的单个文件许可在采集站手上的，可能仍会用掉。",
        )  # fmt: skip
    return Action(
        key="clearing", label="准许清卡", method="POST", url=f"/stations/{row.pk}/clearing", body={"may_clear": True},
        confirm=f"准许之后，{row.name} 可以从存储卡上永久清除文件。只清除已入库、重读一致、台账已封存且来源查明的文件；"
        "每清除一个都写入存证。清除之后，本系统的原件就是唯一的一份。",
    )  # fmt: skip


def _card(asking: Asking, row: CardList) -> CardShown:
    untold, bytes_ = untold_on(row, asking.by, at=asking.at)
    missing = len(never_came(row))
    state = State(label=f"缺 {missing}", tone="due") if missing else State(label="齐全", tone="plain")
    return CardShown(
        id=str(row.pk), listed_at=row.listed_at, device=row.device_serial or "未标明", officer=row.officer_number or "未标明",
        listed=row.count - untold, received=row.count - missing - untold, missing=missing, size_bytes=row.size - bytes_, clock=_clock(row),
        state=state,
    )  # fmt: skip


def _clock(row: CardList) -> State:
    error = row.clock_error
    if error is None:
        return State(label="未测")
    if abs(error) < 0.5:
        return State(label="准")
    way = "快" if error > 0 else "慢"
    tone: Tone = "due" if abs(error) > _TRUSTED else "plain"
    return State(
        label=f"{way} {shown_length(timedelta(seconds=error))}",
        tone=tone,
        reason=f"{shown(row.listed_at)} 对接时测得",
    )
