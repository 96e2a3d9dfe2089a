"""What a reader learned about one file, before it is judged.

Each reader (box walk, decoder library, pictures) fills one `Reading`; the judges (clocks, picture, sound) add
findings to it; the child turns it into an `Inspection`.
"""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from liuhen.engines.media.findings import Confidence, Finding, Spans
from liuhen.engines.media.report import ClockReading, FileKind, Place, Route, Track

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Packets:
    """The coded pictures of the main video track in file order: when (seconds), how many bytes, key or not."""

    times: Floats
    sizes: npt.NDArray[np.int64]
    keys: npt.NDArray[np.bool_]


@dataclass(slots=True)
class Reading:
    """`decodable` is True where there is something the decoder may be asked for."""

    format: str = ""
    demuxer: str = ""
    kind: FileKind = "unknown"
    duration: float | None = None
    header_duration: float | None = None
    tracks: list[Track] = field(default_factory=list)
    clocks: list[ClockReading] = field(default_factory=list)
    place: Place | None = None
    route: Route = ()
    device: str = ""
    findings: list[Finding] = field(default_factory=list)
    packets: Packets | None = None
    decodable: bool = False

    def note(
        self,
        code: str,
        says: str,
        *,
        spans: Spans = (),
        measure: float | None = None,
        confidence: Confidence = "high",
    ) -> None:
        """Add a finding; figures are rounded to what can be known."""
        rounded = tuple((round(start, 3), round(end, 3)) for start, end in spans)
        known = None if measure is None else round(measure, 3)
        self.findings.append(Finding(code, says, rounded, known, confidence))

    def settle_kind(self) -> None:
        """Video before audio; pictures are set by their reader."""
        kinds = {track.kind for track in self.tracks}
        self.kind = "video" if "video" in kinds else "audio" if "audio" in kinds else self.kind


def plain_text(raw: bytes | str) -> str:
    """Metadata as text: UTF-8, else GB18030, else escaped; no control characters, at most 200 characters."""
    if isinstance(raw, str):
        raw = raw.encode("utf-8", "surrogateescape")
    for encoding in ("utf-8", "gb18030"):
        try:
            text = raw.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    else:
        text = raw.decode("ascii", "backslashreplace")
    return "".join(char for char in text if char.isprintable()).strip()[:200]
