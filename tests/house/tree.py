"""The tree as the house tests see it: source files, and every text file of the repository."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
HOUSE = ROOT / "src" / "liuhen"
SOURCES = sorted(
    p for p in HOUSE.rglob("*.py") if "migrations" not in p.parts and "__pycache__" not in p.parts
)


def below(path: Path) -> str:
    return path.relative_to(HOUSE).as_posix()


def texts() -> Iterator[tuple[str, str]]:
    """Every text file under version control, or, in a copy without history, every file beside the sources."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False, timeout=60)
    names = listed.stdout.decode().split("\0") if listed.returncode == 0 else _walked()
    for name in filter(None, names):
        path = ROOT / name
        if not path.is_file() or path.is_symlink():
            continue
        try:
            yield name, path.read_text("utf-8")
        except UnicodeDecodeError:
            continue


def _walked() -> list[str]:
    kept = ("src", "tests", "docs", "rulepacks", "forms", "tools", "bench", "requirements")
    return [p.relative_to(ROOT).as_posix() for top in kept for p in (ROOT / top).rglob("*") if p.is_file()]
