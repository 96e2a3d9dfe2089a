"""The one tokeniser, the same for both databases: what is stored and what is asked go through here alone.

Text is folded (full-width to half-width, capitals to small, punctuation to a gap) and cut into runs of letters,
digits and Han characters. A run gives its single characters, its pairs of neighbours and, within letters and digits,
its threes. So a word of two Han characters, a plate, the end of a number are each found by one token or a few.
"""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby, pairwise

_WORDS, _RUN = 8, 40


def fold(text: str) -> str:
    """The runs of a text, small and half-width, with one space between them."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    return " ".join("".join(run) for is_word, run in groupby(plain, str.isalnum) if is_word)


def tokens_of(folded: str) -> set[str]:
    """Every token of a folded text, each once: an index without positions needs no more."""
    found: set[str] = set()
    for run in folded.split():
        found.update(run)
        found.update(map("".join, pairwise(run)))
        found.update(
            three for three in map("".join, zip(run, run[1:], run[2:], strict=False)) if three.isascii()
        )
    return found


@dataclass(frozen=True, slots=True)
class Wanted:
    """One word that was asked for. `tokens` must all be there; where they do not prove it, `folded` must stand in the text."""

    folded: str
    tokens: tuple[str, ...]
    is_proven: bool


def wanted(asked: str) -> list[Wanted]:
    """The words of a question, parted by blanks; a word of punctuation alone asks for nothing."""
    found = []
    for word in asked.split()[:_WORDS]:
        folded = fold(word)[:_RUN].strip()
        if folded:
            found.append(Wanted(folded, tuple(dict.fromkeys(_needed(folded))), _is_proven(folded)))
    return found


def _needed(folded: str) -> Iterator[str]:
    for run in folded.split():
        if len(run) <= 2:
            yield run
            continue
        for start in range(len(run) - 1):
            three = run[start : start + 3]
            if len(three) == 3 and three.isascii():
                yield three
            elif not run[max(start - 1, 0) : start + 2].isascii() or start == 0:
                yield run[start : start + 2]


def _is_proven(folded: str) -> bool:
    """Whether one token is the whole word: nothing is left to look for in the text."""
    return " " not in folded and (len(folded) <= 2 or (len(folded) == 3 and folded.isascii()))
