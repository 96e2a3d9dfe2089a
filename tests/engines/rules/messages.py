"""What a jurist is told who writes a pack or attaches a text: every message, each for one slip, in the order of the slips.

Written to messages.txt (`python -m tests.engines.rules.messages`) and read by whoever reviews the wording; a test holds it
current, so that no message changes unseen.
"""

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.engines.rules import printed, test_loading, test_manuscripts, test_proofreading, test_reviewing
from tests.engines.rules.conftest import HEAD, RULE

from liuhen.engines.rules import load_pack, review
from liuhen.engines.rules.manuscripts import read_manuscript
from liuhen.engines.rules.packs import Pack
from liuhen.engines.rules.proofreading import proofread
from liuhen.engines.rules.splitting import split_text
from liuhen.kernel.errors import Malformed

FILE = Path(__file__).parent / "messages.txt"
# Texts with what is odd in them: numbers missing, twice and out of turn; items that skip; broken lines; annexes.
TEXTS = (
    printed.TOWN,
    "某规定\n第二章 总则\n第三条 甲。\n第六条 乙。\n第六条 丙。\n第二条 丁。",
    "第一条 有下列情形：\n（一）甲；\n（三）乙；\n（一）丙。\n第二十条 丁。",
    "第一编 通则\n第三章 甲\n第一条 一。\n第一章 乙\n第二条 二。\n第十地章 丙\n第三条 三。",
    "第一条 甲。\n附件一\n巡查清单\n附件二\n序号\t事项\n1\t河道",
    "总的说明\n第一章 总则\n本章的说明\n第一条 甲。",
)
TYPE = test_reviewing.TYPE
SETTING = test_loading.SETTING


def lines() -> list[str]:
    with tempfile.TemporaryDirectory() as place:
        return [line.replace(place, "") for line in _lines(Path(place))]


def _lines(place: Path) -> Iterator[str]:
    for slip, _ in test_loading.SLIPS:
        yield from _refused(lambda slip=slip: _pack(place, RULE.replace(*slip)))  # type: ignore[misc]
    for head, _ in test_loading.HEADS:
        yield from _refused(lambda head=head: _pack(place, "", head))  # type: ignore[misc]
    yield from _refused(lambda: load_pack(place / "none"))
    for pack in _reviewed(place):
        yield from (str(problem) for problem in review(pack, existing=test_reviewing.EXISTING).problems)
    for content, _ in (*test_manuscripts.UNREADABLE, *test_manuscripts.HOSTILE):
        yield from _refused(lambda content=content: read_manuscript(content))  # type: ignore[misc]
    yield from _refused(lambda: split_text(read_manuscript("没有条的文字。\n只有两行。".encode())))
    for text in TEXTS:
        yield from (str(odd) for odd in split_text(read_manuscript(text.encode())).oddities)
    town = split_text(read_manuscript(printed.TOWN.encode()))
    for number, rule in enumerate((("48h", "按时入库"), ("24h", "两名人员三十日内入库"), ("61s", "半年"))):
        (place / str(number)).mkdir()
        pack = test_proofreading.pack_of(place / str(number), test_proofreading.deadline(*rule))
        yield from (str(slip) for slip in proofread(pack, town))


def _reviewed(place: Path) -> Iterator[Pack]:
    """Packs that load and are still wrong."""
    yield _pack(place, RULE)
    yield _pack(place, RULE, HEAD.replace("DEM-1", "XXX-1"))
    yield _pack(place, RULE.replace("第二条", "第三条"))
    yield _pack(place, RULE + TYPE)
    yield _pack(place, RULE + '[[not_encoded]]\nclause = "DEM-2"\nreason = "目的"\n')
    yield _pack(place, RULE + SETTING.replace("24h", "soon"))
    for rule, _ in test_reviewing.WORDS:
        yield _pack(place, test_reviewing.RULE_HEAD + rule)
    for carrier in ("permission recording.plays", "form zzz", "paper statement", "form"):
        yield _pack(
            place, RULE, HEAD.replace('says = "应当记录"', f'says = "应当记录"\ncarrier = ["{carrier}"]')
        )


def _pack(place: Path, body: str, head: str = HEAD) -> Pack:
    folder = place / "demo"
    folder.mkdir(exist_ok=True)
    (folder / "pack.toml").write_text(head + body, encoding="utf-8")
    return load_pack(folder)


def _refused(attempt: Callable[[], object]) -> Iterator[str]:
    try:
        attempt()
    except Malformed as error:
        yield str(error).replace("\n", " ")
    else:
        yield "（没有拒绝）"


if __name__ == "__main__":
    FILE.write_text("\n".join(lines()) + "\n", encoding="utf-8")
