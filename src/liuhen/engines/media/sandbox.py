"""Starts the child that reads hostile files, in bubblewrap where that works, else as a child with limits.

In bubblewrap: no network, no file of the house but the program itself, an empty environment, a private /tmp. Else:
limits, an empty environment, and the user `nobody` where we are root. Either way the child gets the input as one
open read-only descriptor and the output, if any, as another: it is told no path.
"""

import json
import os
import shutil
import stat
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

from liuhen.engines.media import child_program
from liuhen.kernel.errors import Malformed, Unavailable

Mode = Literal["bubblewrap", "limited"]

ANSWER_LIMIT = 16 << 20
GB = 1 << 30
PRIVATE = "/tmp"  # noqa: S108  # nosec B108: made anew inside the sandbox, in memory


@dataclass(frozen=True, slots=True)
class Limits:
    """What one child may use: bytes of memory, processor and wall seconds, bytes written."""

    memory: int = 1_500_000_000
    cpu_seconds: int = 20
    wall_seconds: float = 60.0
    output: int = ANSWER_LIMIT

    @classmethod
    def for_reading(cls, size: int, *, output: int = ANSWER_LIMIT) -> "Limits":
        """Twenty seconds, and half a minute more for each gigabyte on the disk: long recordings are honest too."""
        cpu = min(20 + 30 * size // GB, 1_200)
        return cls(cpu_seconds=cpu, wall_seconds=3.0 * cpu, output=output)

    @classmethod
    def for_proxy(cls, size: int) -> "Limits":
        """Re-encoding runs at a few times real time: up to six hours of it."""
        return cls(cpu_seconds=21_600, wall_seconds=43_200, output=max(64 << 20, 4 * size))

    @classmethod
    def for_redaction(cls, size: int) -> "Limits":
        """The same, and a copy without loss is many times larger than what a camera wrote."""
        return cls(cpu_seconds=21_600, wall_seconds=43_200, output=(256 << 20) + 60 * size)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: the lines said, and why the child ended early (empty where it did not)."""

    mode: Mode
    lines: tuple[dict[str, Any], ...]
    stopped: str


def run(
    task: dict[str, Any],
    source: int,
    *,
    limits: Limits,
    output: int | None = None,
    mode: Mode | None = None,
    beside: int | None = None,
    program: str | None = None,
) -> Answer:
    """Run one task over the open file `source`, and another one `beside` it. Never raises for what a file does to the child.

    Raises `Unavailable` where no child can be started at all.
    """
    used: Mode = mode or ("bubblewrap" if bubblewrap_works() else "limited")
    told = task | {
        "input": source,
        "output": output,
        "beside": beside,
        "drop_user": used == "limited" and os.geteuid() == 0,
    }
    # Where the child keeps our own user its processes are counted with ours, and a small number would starve it.
    processes = 64 if used == "bubblewrap" or told["drop_user"] else 4_096
    told["limits"] = {
        "memory": limits.memory,
        "cpu_seconds": limits.cpu_seconds,
        "output": limits.output,
        "processes": processes,
    }
    command = [*_wrapper(used), *_program(program or child_program.START), json.dumps(told)]
    descriptors = tuple(one for one in (source, output, beside) if one is not None)
    with tempfile.TemporaryFile() as said:
        stopped = _run(command, descriptors, said.fileno(), limits.wall_seconds)
        said.seek(0)
        return Answer(used, _lines(said.read(ANSWER_LIMIT)), stopped)


def _run(command: list[str], descriptors: tuple[int, ...], said: int, wall_seconds: float) -> str:
    try:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=subprocess.DEVNULL,
            pass_fds=descriptors,
            env={},
            cwd="/",
            start_new_session=True,
        )
    except OSError as error:
        raise Unavailable(f"检查程序启动不了：{error.strerror}", retry_seconds=60) from error
    try:
        return _why_stopped(process.wait(wall_seconds))
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        return f"超过 {wall_seconds:.0f} 秒没有完成"


_SIGNALS = {9: "被系统终止，可能内存不足", 11: "解码程序崩溃", 6: "解码程序崩溃", 24: "处理器时间用尽"}


def _why_stopped(code: int) -> str:
    if code == 0:
        return ""
    number = -code if code < 0 else code - 128
    return _SIGNALS.get(number, f"检查程序异常退出（{code}）")


def _lines(said: bytes) -> tuple[dict[str, Any], ...]:
    """The whole lines that are JSON objects; a line cut by the end of the child is left out."""
    found = []
    for line in said.split(b"\n")[:-1]:
        try:
            value = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(value, dict):
            found.append(value)
    return tuple(found)


def _program(start: str) -> list[str]:
    return [sys.executable, "-I", "-X", "utf8", "-B", "-c", start, str(child_program.ROOT)]


def _wrapper(mode: Mode) -> list[str]:
    if mode == "limited":
        return []
    wrapper = [
        _bubblewrap(), "--unshare-all", "--die-with-parent", "--new-session", "--clearenv",
        "--uid", "65534", "--gid", "65534", "--cap-drop", "ALL", "--hostname", "sandbox",
        "--size", str(64 << 20), "--tmpfs", PRIVATE, "--dev", "/dev",
    ]  # fmt: skip
    for path in _program_folders():
        wrapper += ["--ro-bind", path, path]
    for name in ("/lib", "/lib64", "/lib32", "/libx32"):
        if Path(name).is_symlink():
            wrapper += ["--symlink", str(Path(name).readlink()), name]
        else:
            wrapper += ["--ro-bind-try", name, name]
    return [*wrapper, "--ro-bind-try", "/etc/ld.so.cache", "/etc/ld.so.cache", "--chdir", PRIVATE, "--"]


def _program_folders() -> list[str]:
    """The interpreter, its libraries and this package, and nothing else of the machine."""
    package = child_program.ROOT / "liuhen"
    interpreter = Path(sys.executable).resolve().parent.parent
    wanted = {Path("/usr"), Path(sys.prefix), Path(sys.base_prefix), interpreter, package}
    kept: list[Path] = []
    for path in sorted(wanted):
        if not any(path.is_relative_to(known) for known in kept):
            kept.append(path)
    return [str(path) for path in kept]


def _bubblewrap() -> str:
    return shutil.which("bwrap", path="/usr/bin:/bin:/usr/local/bin") or ""


@cache
def bubblewrap_works() -> bool:
    """Whether bubblewrap is here and may make its rooms; asked once in the life of the program."""
    if not _bubblewrap():
        return False
    with tempfile.TemporaryFile() as nothing:
        answer = run({"do": "ready"}, nothing.fileno(), limits=Limits(), mode="bubblewrap")
    return answer.lines == ({"ready": True},) and not answer.stopped


@dataclass(frozen=True, slots=True)
class Source:
    """An open original: its length, and how much of it the disk really holds (less where it has holes)."""

    descriptor: int
    size: int
    held: int


def open_for_child(path: Path) -> Source:
    """Open a plain file for reading. The caller closes the descriptor.

    Raises `Unavailable` where it cannot be opened, `Malformed` where it is a link, a pipe or a device.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise Unavailable(f"原件打不开：{error.strerror}", do="请管理员核对存储。") from error
    found = os.fstat(descriptor)
    if not stat.S_ISREG(found.st_mode):
        os.close(descriptor)
        raise Malformed("不是普通文件，不能检查")
    return Source(descriptor, found.st_size, min(found.st_size, found.st_blocks * 512))
