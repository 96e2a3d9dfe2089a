"""Who must agree to what, in order: asked by approval, access and casework before anything is put on its way."""

from collections.abc import Collection

from liuhen.engines.rules.facts import PURPOSES
from liuhen.engines.rules.kinds.approver_chain import ApproverChain, Step
from liuhen.engines.rules.packs import Rulebook
from liuhen.kernel.errors import Malformed


def approver_chain(
    rulebook: Rulebook, *, purpose: str, circumstances: Collection[str] = ()
) -> tuple[Step, ...]:
    """The steps for `purpose`, in order; empty where every regulation in force lets it pass without approval.

    Raises `Malformed` for a purpose that is none of `facts.PURPOSES`.
    """
    if purpose not in PURPOSES:
        raise Malformed(f"没有“{purpose}”这一审批事项", do=f"可用的有：{'、'.join(PURPOSES)}。")
    chain = rulebook.in_force.get(("approver_chain", (purpose, ())))
    return chain.steps(circumstances) if isinstance(chain, ApproverChain) else ()
