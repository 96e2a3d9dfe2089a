"""Which clock to believe of a recording, and why. All clocks stay as they were read; nothing is corrected here.

Order of belief: satellite time in the file, the time the device wrote into its file name, the container's time, the
file system's. A device clock error measured at docking is taken off the device's own clocks.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from liuhen.apps.evidence.models import Recording
from liuhen.engines.media import Inspection, parse_file_name
from liuhen.kernel.clock import BEIJING, aware

_SATELLITE = ("exif.gps", "gpmf.gps")
_DOUBTFUL = ("clock_suspicious",)


@dataclass(frozen=True, slots=True)
class Reading:
    """One clock as the page shows it. `moment` is when the recording began by this clock, corrected only for the

    measured error of the device; `why` says what it is worth.
    """

    source: str
    raw: str
    moment: datetime | None
    why: str


def readings_of(recording: Recording, inspection: Inspection | None) -> list[Reading]:
    """Every clock that speaks of this recording's beginning, best first."""
    error = timedelta(seconds=recording.clock_error or 0)
    found = [*_from_file(inspection, error), *_from_name(recording, error)]
    if recording.file_time is not None:
        length = timedelta(seconds=inspection.duration or 0) if inspection else timedelta()
        found.append(
            Reading(
                "file",
                recording.file_time.isoformat(),
                recording.file_time - length - error,
                "文件系统记的最后写入时间，减去时长",
            )
        )
    return sorted(found, key=_rank)


def believed(recording: Recording, inspection: Inspection) -> Reading | None:
    """The best clock that gives a moment and is not doubtful."""
    doubtful = any(inspection.found(code) for code in _DOUBTFUL)
    for reading in readings_of(recording, inspection):
        if reading.moment is None or reading.source == "file":
            continue
        if doubtful and not reading.source.startswith(_SATELLITE) and reading.source != "name":
            continue
        return reading
    return None


def end_of(start: datetime, seconds: float | None) -> datetime | None:
    """When a recording that began at `start` ended; unknown where its length is."""
    return None if seconds is None else start + timedelta(seconds=seconds)


def _from_file(inspection: Inspection | None, error: timedelta) -> list[Reading]:
    found = []
    for clock in inspection.clocks if inspection else ():
        satellite = clock.source.startswith(_SATELLITE)
        moment = clock.moment
        if moment is None and len(clock.local) == len("yyyy-mm-ddThh:mm:ss"):
            moment = aware(datetime.fromisoformat(clock.local).replace(tzinfo=BEIJING))
        if moment is not None and not satellite:
            moment -= error
        why = "卫星时间，不受设备时钟影响" if satellite else "设备写在文件里的时间"
        found.append(Reading(clock.source, clock.raw, moment, why))
    return found


def _from_name(recording: Recording, error: timedelta) -> list[Reading]:
    named = parse_file_name(recording.source_name).starts_at
    if named is None:
        return []
    moment = aware(datetime.fromisoformat(named).replace(tzinfo=BEIJING)) - error
    return [Reading("name", recording.source_name, moment, "设备写在文件名里的开始时间，按北京时间")]


def _rank(reading: Reading) -> tuple[int, str]:
    if reading.source.startswith(_SATELLITE):
        return (0, reading.source)
    order = {"name": 1, "file": 9}
    return (order.get(reading.source, 2), reading.source)
