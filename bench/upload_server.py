"""Our upload server for a side-by-side run: `python bench/upload_server.py PORT DIR`.

The whole path is on: log-in by a station token, permission, row, journal line, both digests, durable bytes, receipt. The
usual clients of such benches send no token, so a small wrapper adds the header of a station enrolled here.
"""

import os
import secrets
import subprocess
import sys
import tempfile
from pathlib import Path

PORT, WHERE = sys.argv[1], Path(sys.argv[2])


def main() -> None:
    WHERE.mkdir(parents=True, exist_ok=True)
    home = WHERE / "home"
    environment = {
        **os.environ,
        "LIUHEN_HOME": str(home),
        "LIUHEN_PORT": PORT,
        "BENCH_TOKEN_FILE": str(WHERE / "token"),
    }
    program = Path(sys.executable).with_name("liuhen")
    admins = [part for who in ("甲:a", "乙:b", "丙:c") for part in ("--admin", who)]
    subprocess.run(
        [program, "init", "--agency", "甲街道", "--code", "JD", "--type", "subdistrict", "--pack", "subdistrict", *admins],
        env=environment, check=True, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    folder = Path(tempfile.mkdtemp(dir=WHERE)) / secrets.token_hex(4)
    subprocess.run(
        [program, "enroll", "station", "--unit", "0", "--name", "测速", "--to", str(folder)],
        env=environment, check=True, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    (WHERE / "token").write_text(str(folder / "station.json"))
    root = Path(__file__).parents[1]
    environment["PYTHONPATH"] = os.pathsep.join((str(root), str(root / "src")))
    os.execve(
        sys.executable,
        [sys.executable, "-m", "granian", "--interface", "asgi", "--host", "127.0.0.1", "--port", PORT, "--workers", "1",
         "--no-ws", "--loop", "uvloop", "--log-level", "warning", "bench.upload_app:application"],
        environment,
    )  # fmt: skip


main()
