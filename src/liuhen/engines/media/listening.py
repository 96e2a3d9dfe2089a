"""The parent's side of listening: asks the child for the shape of a recording's sound.

Called by the job that aligns recordings. What comes back is checked for its form; it can only be wrong, not harmful.
"""

import os
from pathlib import Path

from liuhen.engines.media.envelope import BANDS, LONGEST, RATE, Envelope
from liuhen.engines.media.inspection import made
from liuhen.engines.media.sandbox import Limits, Mode, open_for_child, run

_MOST = int(LONGEST * RATE * BANDS) + (1 << 20)


def listen(path: Path, *, limits: Limits | None = None, sandbox: Mode | None = None) -> Envelope:
    """How loud the recording is in each band, a hundred times a second.

    Raises `Malformed` where it has no sound or none can be decoded, `Unavailable` where file or child cannot be opened.
    """
    source = open_for_child(path)
    try:
        kept = os.memfd_create("envelope", os.MFD_CLOEXEC)
        try:
            limits = limits or Limits.for_reading(source.held, output=_MOST)
            made(run({"do": "envelope"}, source.descriptor, limits=limits, output=kept, mode=sandbox))
            return Envelope.of_bytes(os.pread(kept, _MOST, 0))
        finally:
            os.close(kept)
    finally:
        os.close(source.descriptor)
