"""How strongly a pack asks that an activity be recorded, and what an activity type says of it."""

from dataclasses import dataclass
from enum import Enum
from typing import Literal


class Duty(Enum):
    """记录要求的强度，由弱到强。"""

    NONE = "none"
    OPTIONAL = "optional"
    ASK = "ask"
    MANDATORY = "mandatory"
    MANDATORY_FULL = "mandatory_full"

    @property
    def label(self) -> str:
        return _LABELS[self]

    @property
    def strength(self) -> int:
        return _STRENGTH[self]


_LABELS = {
    Duty.NONE: "不要求记录",
    Duty.OPTIONAL: "可以记录",
    Duty.ASK: "根据实际记录，不录须说明",
    Duty.MANDATORY: "应当记录",
    Duty.MANDATORY_FULL: "应当全程记录",
}
_STRENGTH = {duty: n for n, duty in enumerate(Duty)}


def strongest(duties: tuple[Duty, ...]) -> Duty:
    """The union of duties: the strongest binds."""
    return max(duties, key=lambda duty: duty.strength, default=Duty.NONE)


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivityType:
    """A kind of activity the office meets, as the regulation's list or annex names it."""

    code: str
    label: str
    clause: str
    duty: Duty
    place: Literal["scene", "case_area", "reception", "hearing", "elsewhere"] = "scene"
    place_label: str = ""
    recorder: str = ""
    start: Literal["arrive", "enter_place", "enter_case_area"] = "arrive"
    start_label: str = ""
    end: Literal["activity_end", "leave_place", "leave_case_area", "step_end"] = "activity_end"
    end_label: str = ""
    process_label: str = ""
    record_class: Literal["", "scene", "interview", "confirmation"] = ""
    record_class_label: str = ""
    category: str = ""
    flags: tuple[str, ...] = ()
    needs_description: bool = False
