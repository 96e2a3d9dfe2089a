"""The program of the sandboxed child: reads one open file, answers in lines of JSON, and ends.

It is started by `sandbox`, imports everything it needs, then gives up what it does not need (memory, processor,
new processes, its user) and only then reads the first byte. Each line is a whole report, richer than the line
before: where a later step kills the child, the facts of the earlier steps stand.
"""

import _strptime  # type: ignore[import-not-found]  # noqa: F401  needed when the house is shut already
import codecs
import contextlib
import ctypes
import json
import os
import resource
import signal
import struct
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, BinaryIO, TypeVar

import av
import numpy as np
from av.video.frame import VideoFrame
from PIL import Image, ImageFile, WebPImagePlugin  # noqa: F401  the plugin registers itself

from liuhen.engines.media.clocks import judge_clocks
from liuhen.engines.media.container import read_container
from liuhen.engines.media.derive import thumbnail_bytes, write_proxy
from liuhen.engines.media.glances import MOST as GLANCES
from liuhen.engines.media.glances import write_glances
from liuhen.engines.media.hearing import write_envelope
from liuhen.engines.media.looks import Viewer, look_at
from liuhen.engines.media.masks import MaskList
from liuhen.engines.media.motion import propose_motion
from liuhen.engines.media.movie import read_movie
from liuhen.engines.media.pictures import TooLargeError, read_picture
from liuhen.engines.media.reading import Reading
from liuhen.engines.media.redact import write_redacted
from liuhen.engines.media.report import Inspection, Progress
from liuhen.engines.media.riff import read_riff
from liuhen.engines.media.sight import SEEN, judge_photograph, judge_sight
from liuhen.engines.media.sniff import HEAD, disguise, sniff
from liuhen.engines.media.sound import judge_sound
from liuhen.kernel.clock import from_text
from liuhen.kernel.errors import Malformed

NOBODY = 65_534

# What readers and decoders raise for files that are not what they say.
_BROKEN = (
    av.FFmpegError, OSError, ValueError, SyntaxError, ArithmeticError, LookupError, struct.error, RuntimeError,
    AttributeError, TypeError,  # the library gives None for what it does not know
)  # fmt: skip

# What libraries would import on first use is fetched now: later this process may not read the house.
codecs.lookup("gb18030")
Image.preinit()

_PR_SET_PDEATHSIG, _PR_SET_NO_NEW_PRIVS = 1, 38


def main() -> None:  # pragma: no cover  runs in the child only; tests ask the child itself
    """Entry: one JSON argument says what to do; file descriptors are inherited."""
    task = json.loads(sys.argv[1])
    confine(task["limits"], drop_user=task["drop_user"])
    with os.fdopen(task["input"], "rb") as source:
        try:
            answer(task, source, say)
        except MemoryError:
            say({"failed": "内存用尽"})
        except Malformed as error:
            say({"failed": error.why})
        except _BROKEN as error:
            say({"failed": f"解码出错（{type(error).__name__}）"})


def say(line: dict[str, Any]) -> None:
    """One line on standard output, at once."""
    sys.stdout.write(json.dumps(line, ensure_ascii=False, allow_nan=False) + "\n")
    sys.stdout.flush()


def confine(limits: dict[str, int], *, drop_user: bool) -> None:  # pragma: no cover  the same
    """Give up memory, time, new processes and, where asked, the user; nothing of it can be taken back."""
    for kind, most in (
        (resource.RLIMIT_AS, limits["memory"]),
        (resource.RLIMIT_CPU, limits["cpu_seconds"]),
        (resource.RLIMIT_FSIZE, limits["output"]),
        (resource.RLIMIT_NOFILE, 64),
        (resource.RLIMIT_CORE, 0),
    ):
        # Beyond the processor time comes a signal that tells why, and some seconds later one that cannot be held.
        resource.setrlimit(kind, (most, most + 5 if kind == resource.RLIMIT_CPU else most))
    if drop_user:
        os.setgroups([])
        os.setgid(NOBODY)
        os.setuid(NOBODY)
    resource.setrlimit(resource.RLIMIT_NPROC, (limits["processes"], limits["processes"]))
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def answer(task: dict[str, Any], source: BinaryIO, tell: Callable[[dict[str, Any]], None]) -> None:
    """Do the task: `ready`, `inspect`, `motion`, `thumbnail`, `envelope`, `glances`, `redact` or `proxy`. Raises `Malformed` where it cannot be done."""
    size = os.fstat(source.fileno()).st_size
    if task["do"] == "ready":
        tell({"ready": True})
        return
    if task["do"] == "inspect":
        before = Inspection.from_json(task["before"]) if task.get("before") else None
        budget = float(task["limits"]["cpu_seconds"])
        for report in inspect(source, size, at=task["at"], budget=budget, before=before):
            tell({"report": report.to_json()})
        tell({"done": True})
        return
    reading = read(source, size)
    if task["do"] == "motion":
        tell({"made": propose_motion(source, reading, begins=task["begins"], ends=task["ends"])})
        return
    with os.fdopen(task["output"], "w+b") as output:
        if task["do"] == "thumbnail":
            second, form = task["second"], task["form"]
            output.write(thumbnail_bytes(source, reading, side=task["side"], second=second, form=form))
            tell({"made": {"kind": "picture"}})
        elif task["do"] == "redact":
            masks = MaskList.from_json(task["masks"], length=reading.duration or 0.0)
            tell({"made": write_redacted(source, reading, output, masks=masks)})
        elif task["do"] == "glances":
            tell({"made": write_glances(_glances(source, reading), output)})
        elif task["do"] == "envelope":
            tell({"made": write_envelope(source, reading, output)})
        else:
            tell({"made": write_proxy(source, reading, output, short_side=task["short_side"])})


def inspect(
    source: BinaryIO, size: int, *, at: str, budget: float, before: Inspection | None = None
) -> Iterator[Inspection]:
    """The report after each step. With `before`, steps that were finished then are not done again."""
    moment, reading = from_text(at), Reading()
    done = (before.progress if before else None) or Progress()
    progress: Progress | None = done

    def report() -> Inspection:
        return Inspection(
            size=size,
            inspected_at=moment,
            sandbox="none",
            complete=True,
            kind=reading.kind,
            format=reading.format,
            duration=reading.duration,
            header_duration=reading.header_duration,
            tracks=tuple(reading.tracks),
            clocks=tuple(reading.clocks[:50]),
            place=reading.place,
            device=reading.device,
            findings=tuple(reading.findings),
            progress=progress,
            route=reading.route,
        )

    try:
        reading = read(source, size)
    except Malformed as error:
        kind = sniff(_head(source))
        reading.format = kind.format if kind else ""
        reading.note(*_refusal(source, error.why))
    judge_clocks(reading, at=moment)
    if not reading.decodable:
        progress = None
        yield report()
        return
    if done.seen and before:
        reading.findings += [one for one in before.findings if one.code in SEEN]
    yield report()
    if not done.seen:
        _step(reading, "画面", lambda: _see(source, reading))
        progress = replace(done, seen=True)
        yield report()
    heard = _step(reading, "声音", lambda: judge_sound(source, reading, budget=budget * 0.5, before=done))
    progress = replace(heard, seen=True) if heard else None
    yield report()


T = TypeVar("T")


def _step(reading: Reading, name: str, step: Callable[[], T]) -> T | None:
    try:
        return step()
    except (Malformed, *_BROKEN) as error:
        reading.note("decode_errors", f"{name}解码出错，未能检查：{type(error).__name__}。")
        return None


def _refusal(source: BinaryIO, why: str) -> tuple[str, str]:
    head = _head(source)
    told = disguise(head)
    if told:
        return "disguised", f"文件内容是{told}，不是音像资料；没有按其内容打开任何其他文件。"
    if sniff(head) is None:
        return "no_media", "认不出文件里有声音或画面。"
    return "unreadable", f"文件无法读取：{why}。"


def _head(source: BinaryIO) -> bytes:
    source.seek(0)
    return source.read(HEAD)


def read(source: BinaryIO, size: int) -> Reading:
    """What the file says, by the one reader its first bytes ask for. Raises `Malformed`."""
    kind = sniff(_head(source))
    if kind is None:
        raise Malformed("认不出的格式")
    try:
        if kind.reader == "iso":
            reading = _read_iso(source, size)
            reading.format = kind.format
            return reading
        reading = Reading(format=kind.format, demuxer=kind.demuxer)
        if kind.reader == "av":
            read_container(source, reading)
        else:
            read_picture(source, reading)
        if kind.format in ("avi", "wav"):
            read_riff(source, size, reading)
    except _BROKEN as error:
        why = str(error) if isinstance(error, TooLargeError) else f"解码库不认（{type(error).__name__}）"
        raise Malformed(why) from error
    return reading


def _read_iso(source: BinaryIO, size: int) -> Reading:
    """By the box walk; where that loses its way, by the decoder library, if it finds anything to play."""
    try:
        return read_movie(source, size)
    except (Malformed, *_BROKEN) as error:
        reading = Reading(demuxer="mov")
        with contextlib.suppress(av.FFmpegError):
            read_container(source, reading)
        if reading.decodable:
            return reading
        raise error if isinstance(error, Malformed) else Malformed("索引自相矛盾") from error


def _glances(source: BinaryIO, reading: Reading) -> list[tuple[float, Any]]:
    """Key pictures over the whole film, as many as are asked for. Raises `Malformed` where there is no film."""
    packets = reading.packets
    if packets is None or not packets.keys.any():
        raise Malformed("文件里没有画面，不能按画面比对")
    keys = np.unique(packets.times[packets.keys])
    chosen = keys[np.unique(np.linspace(0, len(keys) - 1, min(len(keys), GLANCES)).round().astype(int))]
    with Viewer(source, reading.demuxer, packets, budget=2 * GLANCES) as viewer:
        looks = [viewer.look(float(moment)) for moment in chosen]
    return [(look.time, look.blocks) for look in looks if look is not None]


def _see(source: BinaryIO, reading: Reading) -> None:
    if reading.kind != "picture":
        judge_sight(source, reading)
        return
    picture = read_picture(source, Reading(reading.format, reading.demuxer))
    picture.draft("RGB", (1440, 1440))
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    try:
        picture.load()
    except OSError:
        reading.note("truncated", "图片数据不完整，只能看到一部分。")
        return
    frame = VideoFrame.from_image(picture.convert("RGB"))  # type: ignore[no-untyped-call]
    judge_photograph(look_at(frame, 0.0, sharpness=True), reading)
