"""A speech model that an agency supplies: its files, and which spoken duties its words may be. See docs/formats/speech.md.

Read by the parent. The model itself is a foreign file like any other: only the sandboxed child opens it. What comes of it are hints, times with
a confidence, that send a person to a second; nothing is ever judged by them.
"""

import hashlib
import os
import tomllib
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from liuhen.engines.media import child_program
from liuhen.engines.media.inspection import made
from liuhen.engines.media.sandbox import ANSWER_LIMIT, Limits, Mode, open_for_child, run
from liuhen.kernel.errors import Malformed

FOLDER, ABOUT = "speech", "speech.toml"
LARGEST, MOST_TOKENS = 2 << 30, 50_000
DUTIES = {"notice": "告知记录", "resumed": "恢复记录的原因", "identity": "出示证件"}
_KEYS, _MAY = {"name", "file", "sha256", "tokens"}, {"phrases"}
# What is usually said at each; an agency's own come beside these, and for the notice the words its regulation gives.
USUAL: Mapping[str, tuple[str, ...]] = {
    "notice": ("现在使用音像记录设备进行记录", "本次执法全程录音录像", "全程录音录像"),
    "resumed": ("现在恢复记录", "恢复录像", "刚才记录中断的原因是", "因为设备没电中断"),
    "identity": ("这是我的执法证", "这是我们的执法证件", "请看我的证件", "向你出示执法证件"),
}
LEAST, FURTHEST, SHORTEST = 0.35, 0.3, 4
_MARK = "\u2581"

Duty = Literal["notice", "resumed", "identity"]


@dataclass(frozen=True, slots=True)
class SpeechModel:
    """`words` is what each number of the model's answer is written as, the last of them the blank."""

    name: str
    path: Path
    sha256: str
    words: tuple[str, ...]
    phrases: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Word:
    """One token: when it was heard, how it is written, how sure the model was, from 0 to 1."""

    at: float
    text: str
    sure: float


@dataclass(frozen=True, slots=True)
class Hint:
    """A spoken duty that may be there: where, how sure, and what was really heard. Never a finding."""

    duty: str
    begins: float
    ends: float
    sure: float
    heard: str


def load_speech(home: Path) -> SpeechModel | None:
    """What lies in the home's folder `speech`; None where nothing does.

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
    if not found.path.is_file() or found.path.is_symlink() or found.path.stat().st_size > LARGEST:
        raise Malformed(f"没有识别模型 {found.path.name}，或者大于 2 GB", do="请系统管理员核对。")
    with found.path.open("rb") as model:
        if hashlib.file_digest(model, "sha256").hexdigest() != found.sha256:
            raise Malformed(
                f"识别模型 {found.path.name} 的 SHA-256 与说明里写的不同", do="请系统管理员查明文件从哪里来。"
            )
    return found


def _described(told: dict[str, Any], folder: Path) -> SpeechModel:
    if not _KEYS <= set(told) <= _KEYS | _MAY:
        raise Malformed(
            f"{FOLDER}/{ABOUT} 应有 {'、'.join(sorted(_KEYS))}，可有 phrases", do="请系统管理员核对。"
        )
    files, phrases = (told["file"], told["tokens"]), told.get("phrases", {})
    fits = (
        isinstance(told["name"], str) and 0 < len(told["name"]) <= 60 and isinstance(told["sha256"], str)
        and all(isinstance(one, str) and Path(one).name == one != "" for one in files)
        and isinstance(phrases, dict) and set(phrases) <= set(DUTIES)
        and all(isinstance(one, list) and len(one) <= 50 and all(_is_phrase(text) for text in one) for one in phrases.values())
    )  # fmt: skip
    if not fits:
        raise Malformed(f"{FOLDER}/{ABOUT} 里有一项不合要求", do="请对照 docs/formats/speech.md 核对。")
    own = {duty: (*USUAL[duty], *phrases.get(duty, ())) for duty in DUTIES}
    return SpeechModel(told["name"], folder / files[0], told["sha256"], _words(folder / files[1]), own)


def _is_phrase(text: object) -> bool:
    return isinstance(text, str) and len(text) <= 60 and len(plain(text)) >= SHORTEST


def _words(path: Path) -> tuple[str, ...]:
    """`tokens.txt`: a token and its number a line, from 0 on without a hole, the blank last."""
    try:
        rows = [line.rsplit(" ", 1) for line in path.read_text("utf-8").splitlines() if line.strip()]
        numbers = [int(number) for _, number in rows]
    except (OSError, UnicodeDecodeError, ValueError) as error:
        raise Malformed(f"词表 {path.name} 读不懂", do="每行应是一个字和它的号码。") from error
    if not 1 < len(rows) <= MOST_TOKENS or numbers != list(range(len(rows))):
        raise Malformed(
            f"词表 {path.name} 的号码应从 0 起连续，末一项是空白", do="请核对词表与模型是不是一套。"
        )
    return tuple(token for token, _ in rows)


def with_wording(model: SpeechModel, wording: str) -> SpeechModel:
    """The same, looking for the words a regulation gives for the notice too."""
    if not _is_phrase(wording[:60]):
        return model
    return replace(model, phrases={**model.phrases, "notice": (*model.phrases["notice"], wording[:60])})


def recognized(
    path: Path,
    model: SpeechModel,
    *,
    seconds: float,
    limits: Limits | None = None,
    sandbox: Mode | None = None,
) -> tuple[Word, ...]:
    """What the model hears in the recording, token by token in order. `seconds` is its length, for the time it may take.

    Raises `Malformed` where there is no sound or the model is none, `Unavailable` where a file cannot be opened.
    """
    source = open_for_child(path)
    try:
        beside = open_for_child(model.path)
        try:
            answer = run(
                {"tokens": len(model.words)}, source.descriptor, limits=limits or _limits(seconds, beside.size), mode=sandbox,
                beside=beside.descriptor, program=child_program.RECOGNIZE,
            )  # fmt: skip
        finally:
            os.close(beside.descriptor)
    finally:
        os.close(source.descriptor)
    made(answer)
    return tuple(_word(one, model) for line in answer.lines for one in line.get("heard", ()))


def _limits(seconds: float, model: int) -> Limits:
    """Twice real time of one processor; the weights lie in memory several times over while they are read."""
    cpu = 60 + int(2 * min(seconds, 43_200.0))
    return Limits(
        memory=2_000_000_000 + 4 * model, cpu_seconds=cpu, wall_seconds=3.0 * cpu, output=ANSWER_LIMIT
    )


def _word(one: Any, model: SpeechModel) -> Word:
    try:
        at, number, sure = one
        return Word(float(at), model.words[int(number)], min(max(float(sure), 0.0), 1.0))
    except (TypeError, ValueError, IndexError) as error:
        raise Malformed("识别程序的回答不可信") from error


def hints(words: Sequence[Word], phrases: Mapping[str, Sequence[str]]) -> tuple[Hint, ...]:
    """Where one of the phrases may have been said: at most three in ten characters may differ, and what overlaps counts once."""
    letters = [(word, letter) for word in words for letter in plain(word.text)]
    text = [letter for _, letter in letters]
    found = []
    for duty, told in phrases.items():
        mine = sorted(
            (one for phrase in told for one in _nearest(text, letters, plain(phrase), duty)),
            key=lambda one: (-one.sure, one.begins),
        )
        kept: list[Hint] = []
        for one in mine:
            if all(one.ends <= other.begins or other.ends <= one.begins for other in kept):
                kept.append(one)
        found += kept
    return tuple(sorted(found, key=lambda one: (one.begins, one.duty)))


def plain(text: str) -> str:
    """Letters and digits alone, in one width and case: a model writes no commas, and some mark where a word begins."""
    return "".join(one for one in unicodedata.normalize("NFKC", text).lower() if one.isalnum())


def _nearest(text: list[str], letters: list[tuple[Word, str]], phrase: str, duty: str) -> list[Hint]:
    """Sellers' way: for each place at which the phrase may end, the fewest letters to change, and where it then began."""
    most, found = int(FURTHEST * len(phrase)), []
    costs, begins = list(range(len(phrase) + 1)), [0] * (len(phrase) + 1)
    for at, letter in enumerate(text):
        before, began = costs, begins
        costs, begins = [0], [at + 1]
        for n, wanted in enumerate(phrase, 1):
            best = min(
                (before[n - 1] + (wanted != letter), began[n - 1]), (before[n] + 1, began[n]), (costs[n - 1] + 1, begins[n - 1]),
                key=lambda one: one[0],
            )  # fmt: skip
            costs.append(best[0])
            begins.append(best[1])
        first = begins[-1]
        if costs[-1] <= most and first <= at:
            inside = list(dict.fromkeys(word for word, _ in letters[first : at + 1]))
            sure = sum(word.sure for word in inside) / len(inside) * (1 - costs[-1] / len(phrase))
            if sure >= LEAST:
                heard = "".join(word.text for word in inside).replace(_MARK, " ").strip()
                found.append(Hint(duty, inside[0].at, inside[-1].at + 0.3, round(sure, 3), heard[:80]))
    return found


__all__ = [
    "DUTIES",
    "Hint",
    "SpeechModel",
    "Word",
    "hints",
    "load_speech",
    "plain",
    "recognized",
    "with_wording",
]
