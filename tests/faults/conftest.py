"""A house of its own for the tests that strike it, on memory so that a thousand strikes take no minute."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from liuhen.server.home import prepare

ROOT = Path(__file__).parents[2]
Strike = Callable[..., dict[str, Any]]


@pytest.fixture(scope="module")
def strike() -> Iterator[Strike]:
    """Calls `striking.py` over one house; gives what it found."""
    if os.environ.get("LIUHEN_DATABASE"):
        pytest.skip(
            "逐次调用的断电在内置数据库上做；PostgreSQL 的落盘由其预写日志承担，整机断电见 test_kill.py"
        )
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    folder = Path(tempfile.mkdtemp(prefix="liuhen-strike-", dir=memory))
    home = folder / "home"
    prepare(home, log_name="liuhen/test", is_demo=True)

    def run(what: str, **options: Any) -> dict[str, Any]:
        told = [part for name, value in options.items() for part in (f"--{name}", str(value))]
        done = subprocess.run(
            [sys.executable, "-m", "tests.faults.striking", what, *told], cwd=ROOT, capture_output=True, text=True,
            timeout=36_000, check=False, env={"PATH": os.environ["PATH"], "LIUHEN_HOME": str(home)},
        )  # fmt: skip
        assert done.returncode == 0, done.stderr[-3000:]
        found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        return found

    run("found")
    yield run
    shutil.rmtree(folder)
