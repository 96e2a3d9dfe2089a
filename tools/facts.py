"""Writes docs/formats/facts.md from the schema of facts; with --check says whether it is current."""

import sys
from dataclasses import fields
from pathlib import Path

from liuhen.engines.rules.facts import SCHEMA, SUBJECTS, ExemptionFacts, InterruptionFacts

DOCUMENT = Path(__file__).parents[1] / "docs/formats/facts.md"
HEAD = """# Facts

Written by `tools/facts.py` from the schema in `liuhen.engines.rules.facts`; a test holds it current. Do not edit by hand.

What a rule may ask about, by path. The rooms fill the facts from their rows (`facts.py` of a room). None means 不知道, an empty
set or list means 查明没有; `activity.exemption` is None where no claim was made. Times carry their zone.

**filled** says whether a room of the running product sets the fact. A rule that needs a fact marked `not yet` is tested by its
cases and left out of the running product, because it could only answer 无法判定; its clauses count as planned.

Where no vocabulary is given, the words of a set, list or text are the codes the packs use.
"""


def document() -> str:
    """The whole document."""
    parts = [HEAD]
    for subject, shape in SUBJECTS.items():
        parts.append(f"## `{subject}`\n\n{_first_line(shape)}\n\n{_table(subject, shape)}")
    for name, shape in (("interruption", InterruptionFacts), ("exemption", ExemptionFacts)):
        parts.append(f"## Each `{name}` of an activity\n\n{_first_line(shape)}\n\n{_parts(shape)}")
    return "\n".join(parts)


def _first_line(shape: type) -> str:
    return (shape.__doc__ or "").strip().splitlines()[0]


def _table(subject: str, shape: type) -> str:
    rows = ["| fact | type | meaning | filled | vocabulary |", "| --- | --- | --- | --- | --- |"]
    for field in fields(shape):
        path = f"{subject}.{field.name}"
        fact = SCHEMA[path]
        filled = "yes" if fact.filled else "not yet"
        rows.append(f"| `{path}` | {fact.type} | {fact.says} | {filled} | {_words(fact.words)} |")
    return "\n".join(rows) + "\n"


def _parts(shape: type) -> str:
    rows = ["| part | meaning | vocabulary |", "| --- | --- | --- |"]
    for field in fields(shape):
        says = field.metadata.get("says", "中断的时段")
        rows.append(f"| `{field.name}` | {says} | {_words(field.metadata.get('words', {}))} |")
    return "\n".join(rows) + "\n"


def _words(words: dict[str, str]) -> str:
    return " · ".join(f"`{word}` {label}" for word, label in words.items())


if __name__ == "__main__":
    if "--check" in sys.argv:
        sys.exit(
            0
            if DOCUMENT.read_text("utf-8") == document()
            else f"{DOCUMENT.name} 不是最新的：请运行 tools/facts.py"
        )
    DOCUMENT.write_text(document(), encoding="utf-8")
