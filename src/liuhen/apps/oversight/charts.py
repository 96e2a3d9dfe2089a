"""Charts of a part of the office over a period: each answers one question of one person, in bars of counted rows.

Every bar is an indicator of `statistics` over a smaller scope (a unit, a week), so that the bars of a chart add up to the figure.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from liuhen.apps.oversight.statistics import INDICATORS, Scope
from liuhen.apps.registry.models import Unit
from liuhen.kernel.clock import BEIJING

_WEEK = timedelta(days=7)
_MOST_WEEKS = 53


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: of so many so many."""

    label: str
    part: int
    whole: int

    @property
    def rate(self) -> float | None:
        return min(1.0, self.part / self.whole) if self.whole else None


@dataclass(frozen=True, slots=True)
class Chart:
    """A question, who asks it, what is counted. `is_rate`: each bar is a share of its own whole, else its length is the whole."""

    key: str
    question: str
    asker: str
    part: str
    whole: str
    bars: tuple[Bar, ...]
    is_rate: bool = True


# Which indicator; who asks; what; what its part and its whole are called.
_BY_UNIT = (
    ("timely-ingest", "分管领导", "哪个部门的记录没有及时入库？", "24 小时内入库", "入库"),
    ("linked", "部门负责人", "哪个部门的音像还没有对应到执法活动？", "已关联", "应当关联"),
    ("unrecorded", "机关负责人", "应录未录集中在哪个部门？", "应录未录", "结束的活动"),
    ("usage", "设备管理员", "领出去的记录仪，哪个部门没有用起来？", "留下音像", "领用"),
    ("passed", "法制审核人员", "检查评定的合格率，部门之间差多少？", "合格", "评定"),
)


def charts(scope: Scope) -> list[Chart]:
    """Every chart that has something to count."""
    found = [_weeks(scope), *(_by_unit(scope, *one) for one in _BY_UNIT)]
    return [chart for chart in found if any(bar.whole for bar in chart.bars)]


def _by_unit(scope: Scope, key: str, asker: str, question: str, part: str, whole: str) -> Chart:
    """The units right beneath, each with all of its own; what belongs to none of them stands under the scope's own unit."""
    units = list(Unit.objects.filter(agency=scope.agency, path__startswith=scope.path).order_by("path"))
    top = next(unit for unit in units if unit.path == scope.path)
    bars = [
        _bar(unit.name, key, replace(scope, path=unit.path)) for unit in units if unit.parent_id == top.pk
    ]
    all_ = _bar(top.name, key, scope)
    own = Bar(
        f"{top.name}（本级）" if bars else top.name,
        all_.part - sum(b.part for b in bars),
        all_.whole - sum(b.whole for b in bars),
    )
    return Chart(key, question, asker, part, whole, tuple([own, *bars] if own.whole or not bars else bars))


def _bar(label: str, key: str, scope: Scope) -> Bar:
    one = INDICATORS[key]
    return Bar(label, one.part(scope).count(), one.whole(scope).count() if one.whole else 0)


def _weeks(scope: Scope) -> Chart:
    """From Monday to Sunday, cut to the period."""
    bars, first = list[Bar](), scope.since
    late, came = INDICATORS["late-ingest"], INDICATORS["timely-ingest"].whole
    while first < min(scope.until, scope.at) and came is not None and len(bars) < _MOST_WEEKS:
        local = first.astimezone(BEIJING)
        midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
        end = min(midnight + _WEEK - timedelta(days=local.weekday()), scope.until)
        week = replace(scope, since=first, until=end)
        bars.append(Bar(f"{local:%m-%d} 起", late.part(week).count(), came(week).count()))
        first = end
    return Chart(
        "weeks", "每周入库多少，其中多少超过 24 小时？", "部门负责人", "超过 24 小时", "入库", tuple(bars), is_rate=False
    )  # fmt: skip


def total_of(bars: Sequence[Bar]) -> Bar:
    return Bar("合计", sum(bar.part for bar in bars), sum(bar.whole for bar in bars))
