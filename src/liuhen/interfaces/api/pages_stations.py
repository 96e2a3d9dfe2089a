"""The docking stations: their last cards, what of each list came, the clocks measured, and the leave to clear."""

from datetime import timedelta

from liuhen.apps.devices import queries
from liuhen.apps.devices.models import Station
from liuhen.apps.evidence import queries as evidence
from liuhen.apps.evidence.models import CardList
from liuhen.apps.evidence.naming import never_came
from liuhen.interfaces.api.gate import Asking
from liuhen.interfaces.api.shapes import Action, Link, State, Teach, Tone
from liuhen.interfaces.api.shapes_absences import CardShown, StationShown, StationsPage
from liuhen.kernel.clock import shown, shown_length

_CARDS, _MOST = 8, 60
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


def _station(asking: Asking, row: Station) -> StationShown:
    lists = evidence.card_lists(asking.by, at=asking.at).filter(station=row).order_by("-listed_at")[:_CARDS]
    cards = [_card(one) for one in lists]
    missing = sum(card.missing for card in cards)
    measured = next((card.clock.label for card in cards if card.clock.label != "未测"), "")
    revoked = row.revoked_at is not None
    state = State(label="已停用", tone="plain") if revoked else State(label="在用", tone="action")
    return StationShown(
        id=str(row.pk), name=row.name, unit=row.unit.name, state=state, clearing=_clearing(row), cards=cards,
        clock=f"最近一次对接：设备时钟{measured}" if measured else "还没有测得设备时钟",
        missing=Link(label=f"所列清单中还缺 {missing} 个文件", to="/absences?kind=card") if missing else None,
        actions=[_change(row)] if not revoked and asking.may("device.keep", row) else [],
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


def _card(row: CardList) -> CardShown:
    missing = len(never_came(row))
    state = State(label=f"缺 {missing}", tone="due") if missing else State(label="齐全", tone="plain")
    return CardShown(
        id=str(row.pk), listed_at=row.listed_at, device=row.device_serial or "未标明", officer=row.officer_number or "未标明",
        listed=row.count, received=row.count - missing, missing=missing, size_bytes=row.size, clock=_clock(row),
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
