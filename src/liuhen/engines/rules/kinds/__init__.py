"""The kinds of rule: each a small frozen value that judges facts and combines with its like.

A pack names a kind by the key below. A new kind is one file and one line here, and its paragraph in
docs/formats/rulepack.md.
"""

from datetime import datetime
from typing import Any, Protocol, Self

from liuhen.engines.rules.facts import FactPath, Facts
from liuhen.engines.rules.kinds.announcement import Announcement, Objection
from liuhen.engines.rules.kinds.approver_chain import ApproverChain
from liuhen.engines.rules.kinds.deadline import Deadline
from liuhen.engines.rules.kinds.device_count import DeviceCount
from liuhen.engines.rules.kinds.guidance import Guidance
from liuhen.engines.rules.kinds.interruption import Interruption
from liuhen.engines.rules.kinds.keeping_period import KeepingPeriod
from liuhen.engines.rules.kinds.lines import ContentChecklist, PreUseCheck
from liuhen.engines.rules.kinds.may_skip import MaySkip
from liuhen.engines.rules.kinds.must_record import MustRecord
from liuhen.engines.rules.kinds.prohibition import Prohibition
from liuhen.engines.rules.kinds.required import Required
from liuhen.engines.rules.kinds.same_times import SameTimes
from liuhen.engines.rules.kinds.sequence import Sequence
from liuhen.engines.rules.kinds.signatures import Signatures
from liuhen.engines.rules.kinds.start_stop import StartStop
from liuhen.engines.rules.verdicts import Finding

# 这几种规则由产品径直采用（问审批次序、问保存期限、领用前逐项核对、在页面上提示），不靠事后的结论。
ASKED = frozenset({"approver_chain", "keeping_period", "pre_use_check", "guidance"})


class Kind(Protocol):
    """What every kind promises. `subject` says about whom it speaks, `reads` which facts it looks at.

    `judge` answers None where the rule has nothing to say about these facts. `combine` joins two rules of the same
    kind and `slot` from two regulations in force together: the stricter binds.
    """

    @property
    def subject(self) -> str: ...
    @property
    def slot(self) -> tuple[object, ...]: ...
    @property
    def reads(self) -> tuple[FactPath, ...]: ...
    def judge(self, facts: Facts, *, now: datetime) -> Finding | None: ...
    def combine(self, other: Self) -> Self: ...


KINDS: dict[str, type[Any]] = {
    "must_record": MustRecord,
    "may_skip": MaySkip,
    "start_stop": StartStop,
    "interruption": Interruption,
    "deadline": Deadline,
    "device_count": DeviceCount,
    "pre_use_check": PreUseCheck,
    "content_checklist": ContentChecklist,
    "announcement": Announcement,
    "objection": Objection,
    "keeping_period": KeepingPeriod,
    "approver_chain": ApproverChain,
    "required": Required,
    "signatures": Signatures,
    "sequence": Sequence,
    "prohibition": Prohibition,
    "same_times": SameTimes,
    "guidance": Guidance,
}
