"""The database of a house on PostgreSQL as one file of a backup, and back into an empty database.

`pg_dump` takes it as of one moment while the office goes on; what it wrote is read through once before it counts. Both programs are those
of the machine and must not be older than the server. A password never stands on a command line.
"""

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from liuhen.kernel.errors import Refused, Tampered, Unavailable

NAME = "liuhen.pgdump"
_LONGEST = 6 * 3600
_INSTALLED = Path("/usr/lib/postgresql")
_TOLD = {"HOST": "PGHOST", "PORT": "PGPORT", "USER": "PGUSER", "PASSWORD": "PGPASSWORD", "NAME": "PGDATABASE"}


def dump(settings: Mapping[str, Any], target: Path) -> None:
    """Write the whole database, and read what was written through. Raises `Unavailable` where either fails."""
    _run(["pg_dump", "--format=custom", "--no-owner", "--no-privileges", f"--file={target}"], settings)
    target.chmod(0o600)
    try:
        _run(["pg_restore", "--file=/dev/null", str(target)], settings)
    except Unavailable as error:
        raise Tampered("数据库的转储写入之后读不出来", do="请检查磁盘，再备份一次。") from error


def load(settings: Mapping[str, Any], source: Path) -> None:
    """Everything of a dump into an empty database, or nothing of it."""
    more = ["--exit-on-error", "--single-transaction", "--no-owner", "--no-privileges"]
    _run(["pg_restore", *more, f"--dbname={settings['NAME']}", str(source)], settings)


def check_empty(tables: Sequence[str], name: str) -> None:
    """Raises `Refused` for a database that holds anything: nothing is written over."""
    if tables:
        raise Refused(
            f"数据库 {name} 不是空的，不覆盖",
            do="请新建一个空的数据库，用 LIUHEN_DATABASE 写明它的地址，再恢复一次。",
        )


def _run(command: list[str], settings: Mapping[str, Any]) -> None:
    told = {variable: str(settings[name]) for name, variable in _TOLD.items() if settings.get(name)}
    environment = {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C.UTF-8", **told}
    try:
        done = subprocess.run(
            [_program(command[0]), *command[1:]], env=environment, capture_output=True, text=True, timeout=_LONGEST, check=False
        )  # fmt: skip
    except subprocess.TimeoutExpired as error:
        raise Unavailable(f"{command[0]} 六小时没有做完", do="请检查数据库和磁盘。") from error
    if done.returncode != 0:
        raise Unavailable(
            f"{command[0]} 没有做成：{done.stderr.strip()[:500]}", do="请照提示处理后再来一次。"
        )


def _program(name: str) -> str:
    """On the path, else the newest that Debian installed beside the server."""
    found = shutil.which(name)
    if found is None:
        versions = sorted(_INSTALLED.glob(f"*/bin/{name}"), key=lambda path: int(path.parts[-3]))
        found = str(versions[-1]) if versions else None
    if found is None:
        raise Unavailable(f"没有找到 {name}", do="请安装与数据库同一版本的 postgresql-client。")
    return found
