"""The child's prison, seen from inside and from outside. Nothing here is simulated: real children are started."""

import os
import signal
import subprocess
import sys
import tempfile
import textwrap
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from liuhen.engines.media import child_program, inspect_file, sandbox, thumbnail
from liuhen.engines.media.sandbox import Answer, Limits, bubblewrap_works, open_for_child, run
from liuhen.kernel.errors import Malformed, Unavailable

needs_bubblewrap = pytest.mark.skipif(not bubblewrap_works(), reason="本机没有可用的 bubblewrap")
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="换用户需要 root")
MODES = [pytest.param("bubblewrap", marks=needs_bubblewrap), "limited"]


@pytest.fixture
def source() -> Iterator[int]:
    with tempfile.TemporaryFile() as file:
        file.write(b"evidence")
        file.flush()
        yield file.fileno()


def inside(
    code: str, *, mode: str, source: int, monkeypatch: pytest.MonkeyPatch, limits: Limits | None = None
) -> Answer:
    """Run a line of our own in the very same child, after it has given up what it gives up."""
    start = f"""
        import os, sys, json; sys.path.insert(0, sys.argv.pop(1))
        from liuhen.engines.media import child
        task = json.loads(sys.argv[1])
        child.confine(task["limits"], drop_user=task["drop_user"])
        def answer():
        {textwrap.indent(textwrap.dedent(code), " " * 12).lstrip(" ")}
        child.say({{"seen": answer()}})
    """
    tidy = textwrap.dedent(start).replace("def answer():\n", "def answer():\n    ", 1)
    monkeypatch.setattr(child_program, "START", tidy)
    return run({"do": "test"}, source, limits=limits or Limits(), mode=mode)  # type: ignore[arg-type]


def seen(code: str, **how: object) -> object:
    answer = inside(code, **how)  # type: ignore[arg-type]
    assert answer.stopped == ""
    return answer.lines[-1]["seen"]


@pytest.mark.parametrize("mode", MODES)
def test_child_has_no_environment_of_ours(mode: str, source: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIUHEN_SECRET", "1")
    names = seen("return sorted(os.environ)", mode=mode, source=source, monkeypatch=monkeypatch)
    assert set(names) <= {"LC_CTYPE", "PWD"}  # type: ignore[call-overload]


@pytest.mark.parametrize("mode", MODES)
def test_child_may_read_but_not_write_the_original(
    mode: str, source: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = tmp_path / "original"
    path.write_bytes(b"evidence")
    descriptor = open_for_child(path).descriptor
    code = """
        try:
            os.pwrite(task["input"], b"x", 0)
        except OSError:
            return os.pread(task["input"], 8, 0).decode()
        return "written"
    """
    assert seen(code, mode=mode, source=descriptor, monkeypatch=monkeypatch) == "evidence"
    os.close(descriptor)
    assert path.read_bytes() == b"evidence"


@needs_bubblewrap
def test_bubblewrap_shows_no_file_of_the_house(
    source: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    secret = tmp_path / "secret"
    secret.write_text("secret")
    code = f"return [os.path.exists(p) for p in ('/usr', {str(secret)!r}, '/etc/passwd', '/etc/shadow', '/home', '/proc/1')]"
    exists = seen(code, mode="bubblewrap", source=source, monkeypatch=monkeypatch)
    assert exists == [True, False, False, False, False, False]


@needs_bubblewrap
def test_bubblewrap_has_no_network(source: int, monkeypatch: pytest.MonkeyPatch) -> None:
    code = """
        import socket
        try:
            socket.create_connection(("127.0.0.1", task["port"]), 1)
        except OSError as error:
            return "refused"
        return "connected"
    """
    import_free = code.replace('task["port"]', "9")
    assert seen(import_free, mode="bubblewrap", source=source, monkeypatch=monkeypatch) == "refused"
    interfaces = seen(
        "import socket; return [n for _, n in socket.if_nameindex()]",
        mode="bubblewrap",
        source=source,
        monkeypatch=monkeypatch,
    )
    assert interfaces == ["lo"]


@needs_root
def test_limited_child_is_nobody(source: int, monkeypatch: pytest.MonkeyPatch) -> None:
    code = "return [os.getuid(), os.getgid(), os.getgroups(), os.access('/root', os.R_OK)]"
    assert seen(code, mode="limited", source=source, monkeypatch=monkeypatch) == [65534, 65534, [], False]


@pytest.mark.parametrize("mode", MODES)
def test_child_cannot_take_more_memory(mode: str, source: int, monkeypatch: pytest.MonkeyPatch) -> None:
    code = """
        try:
            return len(bytearray(2_000_000_000))
        except MemoryError:
            return "no more"
    """
    assert seen(code, mode=mode, source=source, monkeypatch=monkeypatch) == "no more"


@pytest.mark.parametrize("mode", MODES)
def test_child_that_runs_on_is_stopped_by_its_processor_time(
    mode: str, source: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = inside(
        "while True: pass", mode=mode, source=source, monkeypatch=monkeypatch, limits=Limits(cpu_seconds=1)
    )
    assert answer.stopped == "处理器时间用尽"


@pytest.mark.parametrize("mode", MODES)
def test_child_that_sleeps_is_stopped_by_the_clock(
    mode: str, source: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    began = time.monotonic()
    code = "import time; time.sleep(60)"
    answer = inside(code, mode=mode, source=source, monkeypatch=monkeypatch, limits=Limits(wall_seconds=1.0))
    assert answer.stopped == "超过 1 秒没有完成"
    assert time.monotonic() - began < 10


@pytest.mark.parametrize("mode", MODES)
def test_child_that_crashes_is_an_answer(mode: str, source: int, monkeypatch: pytest.MonkeyPatch) -> None:
    answer = inside("os.kill(os.getpid(), 11)", mode=mode, source=source, monkeypatch=monkeypatch)
    assert answer.stopped == "解码程序崩溃"
    answer = inside("os._exit(3)", mode=mode, source=source, monkeypatch=monkeypatch)
    assert answer.stopped == "检查程序异常退出（3）"


@pytest.mark.parametrize("mode", MODES)
def test_child_cannot_say_more_than_the_cap(mode: str, source: int, monkeypatch: pytest.MonkeyPatch) -> None:
    code = """
        try:
            while True:
                sys.stdout.write("x" * 100_000)
        except OSError:
            os._exit(0)
    """
    answer = inside(
        code, mode=mode, source=source, monkeypatch=monkeypatch, limits=replace(Limits(), output=1 << 20)
    )
    assert answer.lines == ()


@pytest.mark.parametrize("mode", MODES)
def test_nonsense_said_by_the_child_is_left_out(
    mode: str, source: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = """
        print("not json"); print("[1]"); print("[" * 100_000); print('{"report": 1}')
        print('{"cut', end=""); sys.stdout.flush(); os._exit(0)
    """
    answer = inside(code, mode=mode, source=source, monkeypatch=monkeypatch)
    assert answer.lines == ({"report": 1},)


def test_untrusted_report_is_an_incomplete_check(
    sound_clip: Path, at: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    say = "import sys; print('{{\"report\": {}}}'); print('{{\"done\": true}}')".replace("{{", "{").replace(
        "}}", "}"
    )
    monkeypatch.setattr(child_program, "START", say)
    found = inspect_file(sound_clip, at=at, sandbox="limited")
    assert not found.complete
    assert "不可信" in found.findings[-1].says


def test_child_that_breaks_off_is_an_incomplete_check(
    sound_clip: Path, at: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(child_program, "START", "pass")
    found = inspect_file(sound_clip, at=at, sandbox="limited")
    assert not found.complete
    assert found.size == sound_clip.stat().st_size
    assert found.findings[-1].code == "incomplete_check"
    assert "没有说完" in found.findings[-1].says


def test_child_dies_with_its_parent(tmp_path: Path) -> None:
    mark = tmp_path / "child"
    code = f"""
import os, sys, json
sys.path.insert(0, {str(child_program.ROOT)!r})
from liuhen.engines.media import child_program, sandbox
child_program.START = '''
import os, sys, json; sys.path.insert(0, sys.argv.pop(1))
from liuhen.engines.media import child
task = json.loads(sys.argv[1]); child.confine(task["limits"], drop_user=False)
os.write(task["output"], str(os.getpid()).encode())
import time; time.sleep(60)
'''
out = os.open({str(mark)!r}, os.O_RDWR | os.O_CREAT)
sandbox.run({{}}, 0, limits=sandbox.Limits(), output=out, mode="limited")
"""
    parent = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.DEVNULL)
    deadline = time.monotonic() + 20
    while not (mark.exists() and mark.read_text()) and time.monotonic() < deadline:
        time.sleep(0.05)
    child_pid = int(mark.read_text())
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    while _runs(child_pid) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not _runs(child_pid)


def _runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_without_bubblewrap_the_report_says_limited(
    sound_clip: Path, at: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sandbox, "_bubblewrap", lambda: "")
    sandbox.bubblewrap_works.cache_clear()
    try:
        assert not bubblewrap_works()
        assert inspect_file(sound_clip, at=at).sandbox == "limited"
    finally:
        sandbox.bubblewrap_works.cache_clear()


def test_child_that_cannot_be_started_is_unavailable(source: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandbox.sys, "executable", "/nowhere/python")
    with pytest.raises(Unavailable, match="启动不了"):
        run({"do": "ready"}, source, limits=Limits(), mode="limited")


def test_only_plain_files_are_opened(tmp_path: Path) -> None:
    plain = tmp_path / "plain"
    plain.write_bytes(b"12345")
    opened = open_for_child(plain)
    os.close(opened.descriptor)
    assert opened.size == 5
    os.truncate(plain, 1 << 34)
    hollow = open_for_child(plain)
    os.close(hollow.descriptor)
    assert hollow.size == 1 << 34
    assert Limits.for_reading(hollow.held).cpu_seconds == 20
    (tmp_path / "link").symlink_to(plain)
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(Unavailable):
        open_for_child(tmp_path / "link")
    with pytest.raises(Unavailable):
        open_for_child(tmp_path / "absent")
    for name in ("pipe", "."):
        with pytest.raises(Malformed):
            open_for_child(tmp_path / name)


def test_limits_grow_with_the_recording_and_end() -> None:
    small, large, huge = (Limits.for_reading(size) for size in (1, 10 << 30, 1 << 50))
    assert (small.cpu_seconds, large.cpu_seconds, huge.cpu_seconds) == (20, 320, 1_200)
    assert small.memory == huge.memory == 1_500_000_000
    assert Limits.for_proxy(1 << 30).output == 4 << 30


def test_interpreter_without_merged_folders_binds_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "is_symlink", lambda _self: False)
    assert "--symlink" not in sandbox._wrapper("bubblewrap")


def test_folder_inside_another_is_bound_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandbox.sys, "prefix", "/usr/lib/venv")
    assert "/usr/lib/venv" not in sandbox._program_folders()


@pytest.mark.parametrize("said", ['{"more": 1}', '{"made": {"kind": "picture"}}'])
def test_thumbnail_that_was_not_written_is_malformed(
    said: str, sound_clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(child_program, "START", f"print({said!r})")
    with pytest.raises(Malformed, match=r"没有生成|生成不全"):
        thumbnail(sound_clip, sandbox="limited")
