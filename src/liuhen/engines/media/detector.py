"""A detector that an agency supplies: its file, what it takes, what its classes are called. See docs/formats/detector.md.

Read by the parent. The model itself is a foreign file like any other: only the sandboxed child opens it.
"""

import hashlib
import importlib.util
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from liuhen.kernel.errors import Malformed

FOLDER, ABOUT = "detector", "detector.toml"
LARGEST = 512 << 20
_KEYS = {"name", "file", "sha256", "width", "height", "threshold", "classes"}


@dataclass(frozen=True, slots=True)
class Detector:
    """`path` is the model, `classes` the Chinese word for each number that is to be proposed; other numbers are left out."""

    name: str
    path: Path
    width: int
    height: int
    threshold: float
    classes: dict[int, str]


def has_engine() -> bool:
    """Whether the library that runs models is installed (`liuhen[detector]`)."""
    return importlib.util.find_spec("onnxruntime") is not None


def load_detector(home: Path) -> Detector | None:
    """What lies in the home's folder `detector`; None where nothing does.

    Raises `Malformed` where it is described wrongly or the file is not the one described.
    """
    about = home / FOLDER / ABOUT
    if not about.is_file():
        return None
    try:
        told = tomllib.loads(about.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Malformed(f"{FOLDER}/{ABOUT} 读不懂：{error}", do="请系统管理员核对。") from error
    found = _described(told, about.parent)
    _check_file(found.path, str(told["sha256"]))
    return found


def _described(told: dict[str, Any], folder: Path) -> Detector:
    if set(told) != _KEYS:
        raise Malformed(f"{FOLDER}/{ABOUT} 应恰有 {'、'.join(sorted(_KEYS))}", do="请系统管理员核对。")
    name, file, classes = told["name"], told["file"], told["classes"]
    sizes, threshold = (told["width"], told["height"]), told["threshold"]
    fits = (
        isinstance(name, str) and 0 < len(name) <= 60 and isinstance(file, str) and Path(file).name == file != ""
        and all(type(one) is int and 16 <= one <= 4096 for one in sizes)
        and isinstance(threshold, float) and 0 < threshold < 1
        and isinstance(classes, dict) and 0 < len(classes) <= 100
        and all(re.fullmatch("[0-9]{1,4}", key) and isinstance(word, str) and 0 < len(word) <= 20 for key, word in classes.items())
    )  # fmt: skip
    if not fits:
        raise Malformed(f"{FOLDER}/{ABOUT} 里有一项不合要求", do="请对照 docs/formats/detector.md 核对。")
    return Detector(name, folder / file, *sizes, threshold, {int(key): word for key, word in classes.items()})


def _check_file(path: Path, wanted: str) -> None:
    if not path.is_file() or path.is_symlink() or path.stat().st_size > LARGEST:
        raise Malformed(f"没有检测模型 {path.name}，或者大于 512 MB", do="请系统管理员核对。")
    with path.open("rb") as model:
        found = hashlib.file_digest(model, "sha256").hexdigest()
    if found != wanted:
        raise Malformed(
            f"检测模型 {path.name} 的 SHA-256 与说明里写的不同", do="请系统管理员查明文件从哪里来。"
        )
