"""The parent's side of redaction: asks the child for a copy with parts hidden, and for the proof of it.

Called by the access room's jobs. A copy whose proof does not hold is taken away again.
"""

import os
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from liuhen.engines.media.inspection import made
from liuhen.engines.media.masks import MaskList
from liuhen.engines.media.sandbox import Limits, Mode, open_for_child, run
from liuhen.kernel.errors import Malformed


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What was measured when the copy was read back beside the original: counts of pictures, pixels and samples.

    `converted_from` names the original's pixel format where it is not 8-bit 4:2:0; outside is then compared after the
    same conversion. `heard_inside` counts samples that should be silent and are not, or should be disguised and are as they were.
    """

    pictures: int
    pixels_outside: int
    differing_outside: int
    pixels_inside: int
    shown_inside: int
    pictures_missing: int
    converted_from: str
    samples: int
    samples_muted: int
    samples_disguised: int
    heard_inside: int
    sound_equal: bool

    @property
    def holds(self) -> bool:
        """Whether all outside is the original's decode and nothing inside is left."""
        wrong = self.differing_outside, self.shown_inside, self.pictures_missing, self.heard_inside
        return not any(wrong) and self.sound_equal and bool(self.pictures or self.samples)

    @classmethod
    def from_json(cls, value: Any) -> "Proof":
        """Raises `Malformed` where the child told anything else."""
        kinds = {one.name: one.type for one in fields(cls)}
        if not isinstance(value, dict) or {key: type(told) for key, told in value.items()} != kinds:
            raise Malformed("制作程序没有给出证明")
        return cls(**value)


def _holding(proof: Proof) -> Proof:
    if not proof.holds:
        raise Malformed("副本读回来与原件不符，没有采用")
    return proof


def redacted(
    path: Path, out: Path, *, masks: MaskList, limits: Limits | None = None, sandbox: Mode | None = None
) -> Proof:
    """Write the copy to `out`, which must not exist, and measure it. `out` is removed where it fails or the proof does not hold.

    Raises `Malformed` where nothing can be hidden or the copy is not what it should be, `Unavailable` where file or
    child cannot be opened.
    """
    source = open_for_child(path)
    try:
        target = os.open(out, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            task = {"do": "redact", "masks": masks.to_json()}
            limits = limits or Limits.for_redaction(source.held)
            told = made(run(task, source.descriptor, limits=limits, output=target, mode=sandbox))
            return _holding(Proof.from_json(told.get("proof")))
        except BaseException:
            out.unlink()
            raise
        finally:
            os.close(target)
    finally:
        os.close(source.descriptor)
