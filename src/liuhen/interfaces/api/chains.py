"""Who must agree, as the approval room takes it: the pack's chain with roles of this house and titles of the agency."""

from collections.abc import Collection

from liuhen.apps.approval.actions import ChainStep
from liuhen.apps.registry.policy import ROLES
from liuhen.engines.rules import approver_chain
from liuhen.interfaces.api.gate import Asking

# The approval room decides over the unit of the thing itself, so the head of the collecting unit is its unit's head.
_HERE = {"collecting_unit_head": "unit_head"}


def chain_for(asking: Asking, purpose: str, *, circumstances: Collection[str] = ()) -> list[ChainStep]:
    """The steps for `purpose` under these circumstances. Raises `Refused` where no pack is in force."""
    law = asking.law
    steps = approver_chain(law, purpose=purpose, circumstances=circumstances)
    return [
        ChainStep(
            role=_HERE.get(step.role, step.role),
            title=step.title or _title(law.term(step.role), step.role),
            clause=step.clause,
            seat=step.seat,
        )
        for step in steps
    ]


def _title(term: str, role: str) -> str:
    """The pack's own word for the role, else ours."""
    return term if term != role else ROLES.get(_HERE.get(role, role), role)
