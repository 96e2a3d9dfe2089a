"""The statistics of a period on paper and in pictures: the same charts for the page and for the PDF.

What leaves the house goes out in an edition of its own, in which small numbers, and what would give them away, are not told.
"""

from dataclasses import dataclass, replace

from liuhen.apps.oversight import charts, statistics
from liuhen.apps.oversight.charts import Bar, Chart
from liuhen.apps.oversight.statistics import Scope, Told
from liuhen.apps.oversight.suppressing import LEAST, Hidden, hidden_parts, is_small
from liuhen.engines.forms import print_document
from liuhen.engines.forms.definition import load_form
from liuhen.engines.forms.filled import Filled
from liuhen.interfaces.api.gate import Asking
from liuhen.interfaces.api.shapes_oversight import BarShown, ChartShown
from liuhen.kernel.clock import shown

HIDDEN = "不列明"
_NONE = Hidden(frozenset())


@dataclass(frozen=True, slots=True)
class Edition:
    """For whom it is printed: those of the house, or anybody outside it."""

    unit: str
    basis: str
    outside: bool
    groups: dict[str, str]


def charts_of(scope: Scope, *, outside: bool = False) -> list[ChartShown]:
    return [_chart(chart, outside=outside) for chart in charts.charts(scope)]


def _chart(chart: Chart, *, outside: bool) -> ChartShown:
    rows = [(bar.part, bar.whole) for bar in chart.bars]
    parts, wholes = hidden_parts(rows) if outside else (_NONE, _NONE)
    longest = max(bar.whole for bar in chart.bars)
    bars = [
        _bar(bar, chart, longest, part=place in parts.places, whole=place in wholes.places)
        for place, bar in enumerate(chart.bars)
    ]
    total = charts.total_of(chart.bars)
    last = _bar(total, replace(chart, is_rate=True), longest, part=parts.total, whole=wholes.total)
    return ChartShown(
        key=chart.key, question=chart.question, asker=chart.asker, part=chart.part, whole=chart.whole, is_rate=chart.is_rate,
        bars=bars, total=last,
    )  # fmt: skip


def _bar(bar: Bar, chart: Chart, longest: int, *, part: bool, whole: bool) -> BarShown:
    """`part` and `whole`: what is not told. The picture tells no more than the numbers beneath it."""
    rate = bar.rate
    told = not (part or whole)
    long = 1.0 if chart.is_rate else bar.whole / longest if longest else 0.0
    filled = (rate or 0.0) * long
    return BarShown(
        label=bar.label, part=HIDDEN if part else f"{bar.part}", whole=HIDDEN if whole else f"{bar.whole}",
        rate=HIDDEN if not told else "" if rate is None else f"{rate:.1%}", long=round(long, 4) if told else None,
        filled=round(filled, 4) if told else None,
    )  # fmt: skip


def printed(asking: Asking, scope: Scope, edition: Edition) -> bytes:
    """The report as PDF."""
    folder = asking.office.forms
    form = replace(load_form(folder / "house" / "statistics.form"), folder=folder)
    shown_ = charts_of(scope, outside=edition.outside)
    by = f"{asking.officer.unit.name} {asking.officer.name}"
    limits = (
        f"对外版：少于 {LEAST} 的数，以及能由其他数推出它的数，不列明。"
        if edition.outside
        else "内部版：不得对外提供，对外请用对外版。"
    )
    values = {
        "scope": f"{edition.unit}，{shown(scope.since)} 至 {shown(scope.until)}，按 {shown(scope.at)} 所见计。",
        "says": f"{edition.basis}。{limits}每个数都由台账里的行数出来，可以在统计页逐行打开。{by}打印。",
        "figures": "\n".join(_figure(one, edition) for one in statistics.told(scope)),
        "charts": "\n".join(
            _line(c.key, c.question, c.asker, c.part, c.whole, "是" if c.is_rate else "否") for c in shown_
        ),
        "bars": "\n".join(_bar_line(c, bar) for c in shown_ for bar in (*c.bars, c.total)),
    }
    number = f"{scope.since:%Y%m%d}-{scope.until:%Y%m%d}{'（对外）' if edition.outside else ''}"
    return print_document(
        Filled(
            form=form,
            number=number,
            agency=asking.officer.agency.name,
            made_at=asking.at,
            values=values,
            signatures=(),
        )
    )


def _figure(one: Told, edition: Edition) -> str:
    small = edition.outside and (
        is_small(one.part) or is_small(one.whole or 0) or is_small((one.whole or one.part) - one.part)
    )
    part, whole = (
        (HIDDEN if small else f"{one.part}"),
        "" if one.whole is None else HIDDEN if small else f"{one.whole}",
    )
    rate = (
        "没有可算的"
        if one.whole is not None and one.rate is None
        else part
        if one.rate is None
        else HIDDEN
        if small
        else f"{one.rate:.1%}"
    )
    told = one.indicator
    return _line(edition.groups[told.key], told.label, rate, part, whole, f"{told.formula}。{told.excluded}")


def _bar_line(chart: ChartShown, bar: BarShown) -> str:
    long, filled = ("" if value is None else f"{value}" for value in (bar.long, bar.filled))
    return _line(chart.key, bar.label, bar.part, bar.whole, bar.rate, long, filled)


def _line(*cells: str) -> str:
    return "\t".join(" ".join(cell.split()) for cell in cells)
