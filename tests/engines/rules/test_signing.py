"""谁须在文书上签名：每个制度各有要求，几个制度同时施行的从严。"""

import pytest

from liuhen.engines.rules import combine_packs, load_pack
from liuhen.engines.rules.signing import least_signatures, signatures_asked
from liuhen.server.paths import data_folder


@pytest.mark.parametrize(
    ("pack", "form", "party", "declined", "least", "marks"),
    [
        ("subdistrict", "interview", 1, False, 1, True),
        ("subdistrict", "interview", 1, True, 2, True),
        ("subdistrict", "evidence_list", 1, True, 2, True),
        ("nandagang", "interview", 1, False, 1, False),
        ("nandagang", "interview", 1, True, 1, False),
        ("nandagang", "sampling_notice", 1, False, 1, False),
        ("nandagang", "decision", 0, False, 0, False),
        ("baimiaozi", "interview", 0, False, 0, False),
        ("tonghua", "interview", 0, False, 0, False),
        ("fuzhou", "interview", 0, False, 0, False),
    ],
)
def test_each_regulation_asks_for_its_own_signatures(
    pack: str, form: str, party: int, declined: bool, least: int, marks: bool
) -> None:
    law = combine_packs([load_pack(data_folder("rulepacks") / pack)])
    asked = signatures_asked(law, form=form)
    needed = least_signatures(asked, declined={"party"} if declined else ())
    assert (needed.get("party", 0), needed.get("officer", 0)) == (party, least)
    assert (asked is not None and asked.marks) == marks


def test_combined_regulations_ask_for_the_stricter_of_both() -> None:
    packs = [load_pack(data_folder("rulepacks") / name) for name in ("nandagang", "subdistrict")]
    asked = signatures_asked(combine_packs(packs), form="interview")
    assert asked is not None
    assert (asked.refusal, asked.marks) == ("two_officers", True)
