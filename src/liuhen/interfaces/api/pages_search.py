"""The page of what was found: grouped by kind, the newest first, each with the words where they stand.

Which right opens which kind stands here as data; within it the index filters by the reader's scopes. What a reader
may not know of changes neither a hit nor a count.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from liuhen.apps.registry.permission import reader_of
from liuhen.apps.search import queries
from liuhen.apps.search.tokens import Wanted, fold, wanted
from liuhen.interfaces.api.gate import Asking
from liuhen.interfaces.api.shapes import Part, SearchGroup, SearchHit, SearchPage
from liuhen.interfaces.api.words import count_label
from liuhen.kernel.errors import Malformed

_FEW, _PAGE, _AROUND = 5, 30, 72


@dataclass(frozen=True, slots=True)
class _Kind:
    """A group: what it holds, which right opens it, where a hit leads; `needs` a right the page beyond asks for."""

    key: str
    label: str
    row: str
    policy: str
    to: str
    needs: str = ""


_KINDS = (
    _Kind("intakes", "受理登记", "casework.intake", "intake.view", "/intakes/{page}"),
    _Kind("cases", "执法事项", "casework.case", "case.view", "/cases/{page}"),
    _Kind("activities", "现场活动", "casework.activity", "activity.view", "/activities/{page}"),
    _Kind("recordings", "音像资料", "evidence.recording", "recording.list", "/recordings/{page}"),
    _Kind("case-links", "案件关联", "casework.caselink", "recording.list", "/recordings/{page}"),
    _Kind("documents", "文书", "documents.document", "document.view", "/documents/{page}"),
    _Kind("volumes", "案卷", "archive.volume", "volume.view", "/volumes/{page}"),
    _Kind("archive", "档案编号", "archive.archivenumber", "recording.list", "/recordings/{page}"),
    _Kind("devices", "设备", "devices.device", "device.view", "/devices?q={number}"),
    _Kind(
        "officers", "人员", "registry.officer", "roster.view", "/recordings?q={title}", needs="recording.list"
    ),
)


def found(asking: Asking, question: str, *, kind: str, after: int | None) -> SearchPage:
    """Every group with its newest few; one group alone by pages."""
    kinds = [one for one in _KINDS if not kind or one.key == kind]
    if not kinds:
        raise Malformed("没有这一类", do="请回到全部结果重新选择。")
    words = wanted(question)
    groups = [_group(asking, one, words, most=_PAGE if kind else _FEW, after=after) for one in kinds]
    there = [group for group in groups if group.hits]
    return SearchPage(says=_says(question, words, there), groups=there)


def _says(question: str, words: Sequence[Wanted], groups: Sequence[SearchGroup]) -> str:
    if not words:
        return "请输入编号、姓名、设备、地点或文书里的词句；几个词之间空一格，须同时出现。"
    if not groups:
        return f"在您可以查阅的范围内，没有找到“{question.strip()}”。可以少输几个字，或只输编号的后几位。"
    told = "，".join(f"{group.label} {group.count_label.removeprefix('共 ')}" for group in groups)
    return f"在您可以查阅的范围内找到：{told}。"


def _group(
    asking: Asking, one: _Kind, words: Sequence[Wanted], *, most: int, after: int | None
) -> SearchGroup:
    reader = reader_of(asking.by, one.policy, at=asking.at)
    hits = queries.newest(words, kind=one.row, reader=reader, most=most + 1, before=after)
    counted = queries.count(words, kind=one.row, reader=reader) if hits else 0
    return SearchGroup(
        key=one.key,
        label=one.label,
        count_label=count_label(counted),
        hits=[_hit(asking, one, hit, words) for hit in hits[:most]],
        next=str(hits[most - 1].entry) if len(hits) > most else None,
    )


def _hit(asking: Asking, one: _Kind, hit: queries.Hit, words: Sequence[Wanted]) -> SearchHit:
    to = one.to.format(page=hit.page, number=hit.number, title=hit.title)
    return SearchHit(
        id=f"{one.key}-{hit.thing}",
        number=marked(hit.number, words),
        title=marked(hit.title, words),
        text=snippet(hit.text, words),
        at=hit.at,
        to=to if not one.needs or asking.can(one.needs) else None,
    )


# ── 词句所在 ────────────────────────────────────────────────


def marked(text: str, words: Sequence[Wanted]) -> list[Part]:
    """The text in pieces, those that were asked for marked."""
    edges = sorted({0, len(text), *(edge for span in _spans(text, words) for edge in span)})
    hits = _spans(text, words)
    return [
        Part(text=text[start:end], hit=any(a <= start and end <= b for a, b in hits))
        for start, end in pairwise(edges)
    ]


def snippet(text: str, words: Sequence[Wanted]) -> list[Part]:
    """A stretch of the text around the first word found in it; its beginning where none is."""
    spans = _spans(text, words)
    first = min((start for start, _ in spans), default=0)
    start = 0 if len(text) <= _AROUND else max(0, min(first - _AROUND // 4, len(text) - _AROUND))
    end = min(len(text), start + _AROUND)
    before, after = ("…" if start else ""), ("…" if end < len(text) else "")
    parts = marked(text[start:end], words)
    return [
        *([Part(text=before, hit=False)] if before else []), *parts, *([Part(text=after, hit=False)] if after else []),
    ]  # fmt: skip


def _spans(text: str, words: Sequence[Wanted]) -> list[tuple[int, int]]:
    """Where the words stand in the text as it was written: punctuation, width and capitals aside."""
    letters = [(letter, at) for at, char in enumerate(text) for letter in fold(char).replace(" ", "")]
    plain = "".join(letter for letter, _ in letters)
    found = []
    for word in words:
        bare = word.folded.replace(" ", "")
        at = plain.find(bare)
        while at >= 0:
            found.append((letters[at][1], letters[at + len(bare) - 1][1] + 1))
            at = plain.find(bare, at + len(bare))
    return found
