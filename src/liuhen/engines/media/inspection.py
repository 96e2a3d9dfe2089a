"""The parent's side: opens the file, starts the child, checks what it answers, and never passes on its failures.

Called by the evidence room's jobs. Knows no decoder: the libraries are imported in the child only.
"""

import os
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from liuhen.engines.media.findings import Finding
from liuhen.engines.media.report import Inspection
from liuhen.engines.media.sandbox import Answer, Limits, Mode, open_for_child, run
from liuhen.kernel.clock import as_utc_text
from liuhen.kernel.errors import Malformed

_MAGIC = {"jpeg": (b"\xff\xd8\xff", 0), "webp": (b"WEBP", 8)}
THUMBNAIL_LIMIT = 4 << 20


def inspect_file(
    path: Path,
    *,
    at: datetime,
    before: Inspection | None = None,
    limits: Limits | None = None,
    sandbox: Mode | None = None,
) -> Inspection:
    """What the file says of itself, and what is wrong with it. `at` is the moment of the inspection.

    `before` is a report that was stopped: what it had finished is taken over, and the check goes on from there.

    `sandbox` forces one mode; by default bubblewrap where it works. A child that is stopped or crashes gives a
    report with `complete` False and a finding `incomplete_check`. Raises `Unavailable` where the file or the
    child cannot be opened, `Malformed` where `path` is no plain file.
    """
    source = open_for_child(path)
    try:
        if not source.size:
            return replace(_nothing(0, at), findings=(Finding("empty_file", "文件长度为零，没有任何内容。"),))
        task = {"do": "inspect", "at": as_utc_text(at), "before": _to_go_on(before)}
        answer = run(task, source.descriptor, limits=limits or Limits.for_reading(source.held), mode=sandbox)
    finally:
        os.close(source.descriptor)
    return _report_of(answer, source.size, at)


def _to_go_on(before: Inspection | None) -> dict[str, Any] | None:
    return before.to_json() if before and before.progress else None


def _nothing(size: int, at: datetime) -> Inspection:
    return Inspection(
        size=size,
        inspected_at=at,
        sandbox="none",
        complete=True,
        kind="unknown",
        format="",
        duration=None,
        header_duration=None,
        tracks=(),
        clocks=(),
        place=None,
        device="",
        findings=(),
    )


def _report_of(answer: Answer, size: int, at: datetime) -> Inspection:
    """The last whole report; the child cannot change what we know ourselves."""
    report, why = _nothing(size, at), answer.stopped
    try:
        told = [line["report"] for line in answer.lines if "report" in line]
        report = Inspection.from_json(told[-1]) if told else report
    except Malformed:
        why = why or "检查程序的回答不可信"
    why = why or next((str(line["failed"])[:80] for line in answer.lines if "failed" in line), "")
    if not why and answer.lines[-1:] != ({"done": True},):
        why = "检查程序没有说完"
    report = replace(
        report, size=size, inspected_at=at, sandbox=answer.mode, complete=not why and not report.progress
    )
    if not why:
        return report
    finding = Finding("incomplete_check", f"检查未完成：{why}。原件不受影响，做完的不再重做。")
    return replace(report, findings=(*report.findings, finding))


def thumbnail(
    path: Path,
    *,
    side: int = 480,
    second: float | None = None,
    form: Literal["jpeg", "webp"] = "jpeg",
    limits: Limits | None = None,
    sandbox: Mode | None = None,
) -> bytes:
    """A small upright picture, no wider and no higher than `side` pixels, as JPEG or WebP.

    `second` chooses the moment of a film; by default the first that is not dark. Raises `Malformed` where the
    file gives no picture, `Unavailable` where file or child cannot be opened.
    """
    source = open_for_child(path)
    try:
        task = {"do": "thumbnail", "side": side, "second": second, "form": form}
        kept = os.memfd_create("thumbnail", os.MFD_CLOEXEC)
        try:
            made(
                run(
                    task,
                    source.descriptor,
                    limits=limits or Limits.for_reading(source.held),
                    output=kept,
                    mode=sandbox,
                )
            )
            picture = os.pread(kept, THUMBNAIL_LIMIT, 0)
        finally:
            os.close(kept)
    finally:
        os.close(source.descriptor)
    magic, at = _MAGIC[form]
    if picture[at : at + len(magic)] != magic:
        raise Malformed("缩略图生成不全")
    return picture


def made(answer: Answer) -> dict[str, Any]:
    """What the child says it made. Raises `Malformed` with its reason where it made nothing."""
    for line in answer.lines:
        if isinstance(line.get("made"), dict) and not answer.stopped:
            told: dict[str, Any] = line["made"]
            return told
        if "failed" in line:
            raise Malformed(str(line["failed"])[:200])
    raise Malformed(f"没有生成：{answer.stopped or '处理程序没有说完'}")


@dataclass(frozen=True, slots=True)
class Proxy:
    """A playable copy that was made: `kind` video or audio, its media type, its size in bytes."""

    kind: Literal["video", "audio"]
    media_type: str
    size: int


def proxy(
    path: Path,
    out: Path,
    *,
    short_side: int = 720,
    limits: Limits | None = None,
    sandbox: Mode | None = None,
) -> Proxy:
    """Write a copy any browser plays to `out`, which must not exist: H.264 and AAC in MP4, or AAC alone.

    Upright, its short side at most `short_side` pixels, the index in front. `out` is removed where it fails.
    Raises `Malformed` where nothing can be played, `Unavailable` where file or child cannot be opened,
    `FileExistsError` where `out` is there already.
    """
    source = open_for_child(path)
    try:
        target = os.open(out, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            task = {"do": "proxy", "short_side": short_side}
            told = made(
                run(
                    task,
                    source.descriptor,
                    limits=limits or Limits.for_proxy(source.held),
                    output=target,
                    mode=sandbox,
                )
            )
            written = os.fstat(target).st_size
        except BaseException:
            out.unlink()
            raise
        finally:
            os.close(target)
    finally:
        os.close(source.descriptor)
    kind: Literal["video", "audio"] = "video" if told.get("kind") == "video" else "audio"
    return Proxy(kind, f"{kind}/mp4", written)
