"""法定期限 of a case as its page shows them: on the rail what runs, and below how each was counted, line by line."""

from datetime import datetime

from liuhen.apps.casework.clocks import Clock, Days, clocks_of, days_of
from liuhen.apps.casework.models import Case
from liuhen.interfaces.api.gate import Asking
from liuhen.interfaces.api.rail import tone_of_deadline
from liuhen.interfaces.api.shapes import Cite, Deadline, Explanation, State
from liuhen.kernel.clock import shown
from liuhen.kernel.errors import Malformed

OWN = "calendar.toml"


def clocks(asking: Asking, case: Case) -> list[Clock]:
    """The clocks of a case that have begun."""
    return clocks_of(case, _days(asking)[0])


def running(told: list[Clock], *, at: datetime) -> list[Deadline]:
    return [
        Deadline(
            label=one.label, due_at=one.due_at, tone=tone_of_deadline(one.due_at, at),
            cite=Cite(regulation=one.regulation, article=one.article),
        )
        for one in told if one.due_at is not None and one.done_at is None
    ]  # fmt: skip


def explained(asking: Asking, told: list[Clock]) -> list[Explanation]:
    """Each clock with how it was counted; before them what is wrong with the office's own calendar."""
    at, trouble = asking.at, _days(asking)[1]
    wrong = State(label="没有采用", tone="breach")
    own = [
        Explanation(
            id="calendar",
            title="本机关的节假日文件",
            state=wrong,
            says=trouble,
            signed=OWN,
            to=None,
            actions=[],
        )
    ]
    return (own if trouble else []) + [
        Explanation(
            id=f"clock-{number}", title=one.label, state=_state(one, at), says="；".join(one.lines) + "。", signed=f"{one.regulation}{one.article}",
            to=None, actions=[],
        )
        for number, one in enumerate(told)
    ]  # fmt: skip


def _state(one: Clock, at: datetime) -> State:
    if one.done_at is not None:
        late = one.due_at is not None and one.done_at >= one.due_at
        return State(label="超期办到" if late else "已办到", tone="breach" if late else "plain")
    if one.due_at is None:
        return State(label="不能推算", tone="due", reason=one.lines[-1])
    return State(
        label="已超期" if one.due_at <= at else f"至 {shown(one.due_at)}",
        tone=tone_of_deadline(one.due_at, at),
    )


def _days(asking: Asking) -> tuple[Days, str]:
    """The house's calendar with the office's own, and what is wrong with the own one: then the built-in stands alone, and the page says so."""
    own = asking.office.home / OWN
    try:
        return (days_of(own.read_text("utf-8"), where=OWN) if own.is_file() else days_of()), ""
    except Malformed as error:
        return days_of(), f"{error.why}。{error.do}期限暂按内置的节假日推算。"
    except UnicodeDecodeError:
        return days_of(), "不是 UTF-8 文本。期限暂按内置的节假日推算。"
