"""Who must agree to what, in order: asked by approval, access and casework before anything is put on its way."""

from collections.abc import Collection

from liuhen.engines.rules.facts import PURPOSES, ROLES
from liuhen.engines.rules.kinds.approver_chain import ApproverChain, Step
from liuhen.engines.rules.packs import Rulebook
from liuhen.kernel.errors import Malformed


def _own(role: str, act: str) -> tuple[Step, ...]:
    return (Step(role=role, title=ROLES[role], act=act, clause=""),)


# 条文没有规定审批人时的底线：宁可多一级，不可不经任何人。说明和免予记录没有规定审批的，不加审批。
FLOOR: dict[str, tuple[Step, ...]] = {
    "interruption": (),
    "exemption": (),
    "view_own_unit": _own("unit_head", "批准"),
    "view_other_unit": _own("collecting_unit_head", "批准"),
    "superior_visit": _own("custodian", "登记"),
    "disclosure": _own("agency_head", "批准"),
}


def approver_chain(
    rulebook: Rulebook, *, purpose: str, circumstances: Collection[str] = ()
) -> tuple[Step, ...]:
    """The steps for `purpose`, in order; the house's own floor (steps without a clause) where no regulation speaks.

    Raises `Malformed` for a purpose that is none of `facts.PURPOSES`.
    """
    if purpose not in PURPOSES:
        raise Malformed(f"没有“{purpose}”这一审批事项", do=f"可用的有：{'、'.join(PURPOSES)}。")
    chain = rulebook.in_force.get(("approver_chain", (purpose, ())))
    return chain.steps(circumstances) if isinstance(chain, ApproverChain) else FLOOR[purpose]


def papers_asked(rulebook: Rulebook, *, purpose: str, circumstances: Collection[str]) -> bool:
    """Whether whoever wants it must show his identity and a legal document under these circumstances."""
    chain = rulebook.in_force.get(("approver_chain", (purpose, ())))
    return isinstance(chain, ApproverChain) and chain.papers in circumstances
