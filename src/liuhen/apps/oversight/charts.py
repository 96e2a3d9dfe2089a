"""Charts of a part of the office over a period: each answers one question of one person, in bars of counted rows.

Every bar counts the rows of an indicator of `statistics` that fall into it (a unit, a week), so that the bars of a chart add up to the figure.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Count, QuerySet
from django.db.models.functions import TruncWeek

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

# Where the rows of an indicator have their unit, if not in their own column.
_UNIT_OF = {"usage": "device__unit__path", "passed": "drawn__examination__unit__path"}


def charts(scope: Scope) -> list[Chart]:
    """Every chart that has something to count."""
    found = [_weeks(scope), *(_by_unit(scope, *one) for one in _BY_UNIT)]
    return [chart for chart in found if any(bar.whole for bar in chart.bars)]


def _by_unit(scope: Scope, key: str, asker: str, question: str, part: str, whole: str) -> Chart:
    """The units right beneath, each with all of its own; what belongs to none of them stands under the scope's own unit."""
    units = list(Unit.objects.filter(agency=scope.agency, path__startswith=scope.path).order_by("path"))
    top = next(unit for unit in units if unit.path == scope.path)
    beneath = [unit for unit in units if unit.parent_id == top.pk]
    one, column = INDICATORS[key], _UNIT_OF.get(key, "unit__path")
    parts, wholes = _counted(one.part(scope), column), _counted(one.whole(scope), column) if one.whole else {}
    bars = [Bar(unit.name, _under(unit.path, parts), _under(unit.path, wholes)) for unit in beneath]
    own = Bar(
        f"{top.name}（本级）" if bars else top.name,
        sum(parts.values()) - sum(b.part for b in bars),
        sum(wholes.values()) - sum(b.whole for b in bars),
    )
    return Chart(key, question, asker, part, whole, tuple([own, *bars] if own.whole or not bars else bars))


def _counted(rows: QuerySet[Any], column: str) -> dict[str, int]:
    """How many rows there are under each path, in one question however many units there are."""
    return dict(rows.order_by().values_list(column).annotate(count=Count("pk")))


def _under(path: str, counted: Mapping[str, int]) -> int:
    return sum(count for unit, count in counted.items() if unit.startswith(path))


def _weeks(scope: Scope) -> Chart:
    """From Monday to Sunday, cut to the period."""
    bars, first = list[Bar](), scope.since
    late, came = _by_week(INDICATORS["late-ingest"].part(scope)), Counter[date]()
    if (whole := INDICATORS["timely-ingest"].whole) is not None:
        came = _by_week(whole(scope))
    while first < min(scope.until, scope.at) and len(bars) < _MOST_WEEKS:
        local = first.astimezone(BEIJING)
        midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
        monday = midnight - timedelta(days=local.weekday())
        bars.append(Bar(f"{local:%m-%d} 起", late[monday.date()], came[monday.date()]))
        first = monday + _WEEK
    return Chart(
        "weeks", "每周入库多少，其中多少超过 24 小时？", "部门负责人", "超过 24 小时", "入库", tuple(bars), is_rate=False
    )  # fmt: skip


def _by_week(rows: QuerySet[Any]) -> Counter[date]:
    """By the Monday of their week in Beijing, in one question however long the period is."""
    week = TruncWeek("received_at", tzinfo=BEIJING)
    told = rows.order_by().annotate(week=week).values_list("week").annotate(count=Count("pk"))
    return Counter({moment.astimezone(BEIJING).date(): count for moment, count in told})


def total_of(bars: Sequence[Bar]) -> Bar:
    return Bar("合计", sum(bar.part for bar in bars), sum(bar.whole for bar in bars))
