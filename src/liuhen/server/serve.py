"""`liuhen serve`: one process group. The web server and the workers are children; if one dies it is started again,
and if the parent is told to stop all stop in order.
"""

import os
import resource
import signal
import subprocess
import sys
import time
from types import FrameType

from liuhen.server.django_settings import SETTINGS
from liuhen.server.tls import certificate_of, install_sheet, intake_certificate

_RESTART_AFTER = 1.0
_PATIENCE = 20.0
# So many lines at once, and so many files open: whoever holds a thousand lines open and says nothing must not shut the door for others.
_LINES, _FILES = 4096, 16384


class Group:
    """The children by name, and how to start each again."""

    def __init__(self) -> None:
        self._commands = {"web": _web(), **{f"worker-{n}": _own("worker") for n in range(SETTINGS.workers)}}
        if SETTINGS.intake:
            self._commands["intake"] = _own("intake")
        self._children: dict[str, subprocess.Popen[bytes]] = {}
        self._stopping = False

    def run(self) -> None:
        signal.signal(signal.SIGTERM, self._stop)
        signal.signal(signal.SIGINT, self._stop)
        for name in self._commands:
            self._start(name)
        while not self._stopping:
            for name, child in list(self._children.items()):
                if child.poll() is not None and not self._stopping:
                    print(f"{name} 已退出（{child.returncode}），重新启动", file=sys.stderr)  # noqa: T201
                    time.sleep(_RESTART_AFTER)
                    self._start(name)
            time.sleep(0.2)
        self._end()

    def _start(self, name: str) -> None:
        environment = {**os.environ, "LIUHEN_HOME": str(SETTINGS.home)}
        self._children[name] = subprocess.Popen(self._commands[name], env=environment)

    def _stop(self, _signal: int, _frame: FrameType | None) -> None:
        self._stopping = True

    def _end(self) -> None:
        for child in self._children.values():
            child.terminate()
        until = time.monotonic() + _PATIENCE
        for child in self._children.values():
            try:
                child.wait(max(0.1, until - time.monotonic()))
            except subprocess.TimeoutExpired:
                child.kill()


def run() -> None:
    """Serve until told to stop."""
    scheme = "https" if certificate_of(SETTINGS) else "http"
    print(f"留痕 已启动：{scheme}://{SETTINGS.host}:{SETTINGS.port}/  数据目录 {SETTINGS.home}", flush=True)  # noqa: T201
    if SETTINGS.intake:
        intake_certificate(SETTINGS)  # Made once here, before two children look for it.
        print(f"采集站接入：https://{SETTINGS.host}:{SETTINGS.intake}/（只认证书）", flush=True)  # noqa: T201
    if scheme == "https" and not SETTINGS.certificate:
        sheet = SETTINGS.home / "root-install.txt"
        sheet.write_text(install_sheet(SETTINGS))
        print(f"本机自建根证书的安装说明（请打印核对）：{sheet}", flush=True)  # noqa: T201
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if 0 <= soft < _FILES:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard if 0 <= hard < _FILES else _FILES, hard))
    Group().run()


def _web() -> list[str]:
    command = [
        sys.executable, "-m", "granian", "--interface", "asgi", "--host", SETTINGS.host, "--port", str(SETTINGS.port),
        "--workers", "1", "--no-ws", "--backpressure", str(_LINES), "--http1-header-read-timeout", "5000", "--http", "auto", "--log-level", "warning",
        "--loop", "uvloop", "liuhen.server.asgi:application",
    ]  # fmt: skip
    certificate = certificate_of(SETTINGS)
    if certificate:
        command[-1:-1] = ["--ssl-certificate", str(certificate[0]), "--ssl-keyfile", str(certificate[1])]
    return command


def _own(command: str) -> list[str]:
    """One of our own programs."""
    return [sys.executable, "-m", "liuhen.server", command]
