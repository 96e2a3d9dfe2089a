"""The stations' port alone: it holds nothing of the pages in memory, and no route of it is without its policy."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from liuhen.kernel.errors import Refused
from liuhen.server.bulk import FILES, check_files

PAGES = ("ninja", "pydantic", "numpy", "fido2", "liuhen.server.urls", "liuhen.interfaces.api")


def test_intake_holds_nothing_of_the_pages(tmp_path: Path) -> None:
    asked = f"import liuhen.server.intake, sys; print(*[name for name in {PAGES} if name in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", asked], env={**os.environ, "LIUHEN_HOME": str(tmp_path / "home")}, capture_output=True,
        text=True, check=True,
    )  # fmt: skip
    assert done.stdout.split() == []


def test_route_of_bulk_bytes_without_a_policy_does_not_start() -> None:
    check_files(FILES)
    with pytest.raises(Refused, match="media-secret"):
        check_files([*FILES, "media-secret"])
