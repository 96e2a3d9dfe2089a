"""Rows of the device ledger, and who holds what office in a unit, as the facts the rules ask about."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Q

from liuhen.apps.devices.models import Device, Loan
from liuhen.apps.registry.models import Officer, RoleAssignment, Unit
from liuhen.engines.rules.kinds.lines import Line
from liuhen.engines.rules.office_facts import DeviceLoanFacts, UnitFacts

_USABLE = (Device.State.IN_STOCK, Device.State.ISSUED)
_FIXED = (Device.Kind.FIXED_CAMERA, Device.Kind.VEHICLE_RECORDER)


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


def facts_of_unit(unit: Unit, *, at: datetime) -> UnitFacts:
    """Who enforces in the unit, with how many devices that can be carried, and which offices are held there or above."""
    held = RoleAssignment.objects.filter(Q(until__isnull=True) | Q(until__gt=at), since__lte=at)
    held = held.filter(unit__agency=unit.agency_id, officer__state=Officer.State.ACTIVE)
    enforcing = held.filter(role="officer", officer__unit=unit).values("officer").distinct()
    here = [role for role, path in held.values_list("role", "unit__path") if unit.path.startswith(path)]
    devices = Device.objects.filter(unit=unit, state__in=_USABLE).exclude(device_type__in=_FIXED)
    return UnitFacts(officers=enforcing.count(), devices=devices.count(), roles=frozenset(here))
