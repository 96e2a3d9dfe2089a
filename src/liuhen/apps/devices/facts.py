"""Rows of the device ledger as the facts the rules ask about."""

from collections.abc import Iterable

from liuhen.apps.devices.models import Loan
from liuhen.engines.rules.kinds.lines import Line
from liuhen.engines.rules.office_facts import DeviceLoanFacts


def facts_of_loan(loan: Loan, *, lines: Iterable[Line]) -> DeviceLoanFacts:
    """What is known of a hand-out. `lines` are the check's lines in force: the ledger keeps their labels."""
    lines = tuple(lines)
    return DeviceLoanFacts(
        out_at=loan.out_at,
        passed=frozenset(line.code for line in lines if loan.check_lines.get(line.label)),
        failed=frozenset(line.code for line in lines if loan.check_lines.get(line.label) is False),
        due_at=loan.due_at,
        returned_at=loan.returned_at,
        register=_register(loan),
    )


def _register(loan: Loan) -> frozenset[str]:
    entered = {
        "user": loan.officer_id,
        "giver": loan.out_by,
        "out_at": loan.out_at,
        "purpose": loan.purpose,
        "returned_at": loan.returned_at,
        "content": loan.content,
    }
    return frozenset(name for name, value in entered.items() if value)
