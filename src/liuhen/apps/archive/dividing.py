"""What a blank disc holds, and how recordings that one disc does not hold are laid on several. Originals are never cut."""

from collections.abc import Sequence

from liuhen.apps.evidence.models import Recording
from liuhen.kernel.errors import Refused

CAPACITY = {"cd_r": 736_966_656, "dvd_r": 4_700_372_992, "bd_r": 25_025_314_816}
_BESIDE = 24 << 20  # What stands on a disc beside the originals: papers, lines, proofs, programs.


def divided(recordings: Sequence[Recording], *, medium: str) -> list[list[Recording]]:
    """The recordings of each disc of this kind, in the order of their time; one disc for all where the kind has no size of its own.

    Raises `Refused` for an original that no such disc holds.
    """
    held = CAPACITY.get(medium)
    if held is None:
        return [list(recordings)]
    room = held * 8 // 9 - _BESIDE  # An eighth of the image stands behind it as repair data.
    laid: list[list[Recording]] = []
    left = 0
    for row in sorted(recordings, key=lambda one: (str(one.started_at or "~"), one.number)):
        if row.size > room:
            raise Refused(
                f"{row.number} 有 {row.size} 字节，一张这种盘片装不下", do="原件不切开：请选容量更大的盘片。"
            )
        if row.size > left:
            laid, left = [*laid, []], room
        laid[-1].append(row)
        left -= row.size
    return laid
