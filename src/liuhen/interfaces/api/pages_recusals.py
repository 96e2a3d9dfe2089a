"""回避 as the page of a case shows it: who, why, what was decided; and the two buttons."""

from liuhen.apps.casework.models import Case, Recusal
from liuhen.apps.casework.recusing import recusals_of
from liuhen.apps.registry import queries as registry
from liuhen.interfaces.api.gate import Asking
from liuhen.interfaces.api.shapes import Action, Explanation, State
from liuhen.kernel.clock import shown


def rows(asking: Asking, case: Case) -> list[Explanation]:
    found = recusals_of(case.pk)
    decisions = {row.pk: getattr(row, "decision", None) for row in found}
    names = registry.names_of([row.by for row in found] + [d.by for d in decisions.values() if d])
    told = []
    for row in found:
        decision = decisions[row.pk]
        state = State(label="待决定", tone="due")
        signed = f"{names.get(row.by, '')}提出，{shown(row.at)}"
        if decision is not None:
            state = State(label="已决定回避" if decision.agreed else "不需回避", tone="plain")
            signed += f"；{names.get(decision.by, '')}决定，{shown(decision.at)}（{decision.reason}）"
        told.append(
            Explanation(
                id=str(row.pk), title=f"回避：{row.officer.name}（{row.get_asked_display()}）", state=state, says=row.reason, signed=signed,
                to=None, actions=_decide(asking, row) if decision is None else [],
            )
        )  # fmt: skip
    return told


def ask(case: Case) -> Action:
    return Action(key="recuse", label="提出回避", form_url=f"/cases/{case.pk}/recusal")


def _decide(asking: Asking, row: Recusal) -> list[Action]:
    if asking.by.id in (row.officer_id, row.by) or not asking.may("recusal.decide", row):
        return []
    return [
        Action(key=f"decide-{row.pk}", label="决定回避", main=True, form_url=f"/recusals/{row.pk}/decision")
    ]
