"""What recorders' file names say."""

import pytest

from liuhen.engines.media import NameFacts, parse_file_name
from liuhen.engines.media.names import PATTERNS


@pytest.mark.parametrize("pattern", PATTERNS, ids=lambda pattern: pattern.id)
def test_every_pattern_reads_its_own_example(pattern) -> None:
    assert parse_file_name(pattern.example).pattern == pattern.id


def test_published_example_gives_serial_officer_time_and_opaque_rest() -> None:
    assert parse_file_name("0000000_00000020180808114436_0020.MP4") == NameFacts(
        pattern="serial-officer-time",
        device="0000000",
        officer="000000",
        starts_at="2018-08-08T11:44:36",
        sequence="0020",
        important=False,
    )


def test_dcam_name_with_mark_is_important() -> None:
    facts = parse_file_name("DCAM_A10086_071234_20260506_160000_IMP.mp4")
    assert (facts.device, facts.officer, facts.important) == ("A10086", "071234", True)
    assert facts.starts_at == "2026-05-06T16:00:00"
    assert parse_file_name("DCAM_A10086_071234_20260506_160000.m4a").important is False


def test_older_mark_without_underscore_is_important() -> None:
    facts = parse_file_name("7700123_07123420260506160000_0003IMP.mp4")
    assert (facts.sequence, facts.important) == ("0003", True)


def test_bare_time_says_only_the_time() -> None:
    facts = parse_file_name("20260506160000.avi")
    assert facts == NameFacts(pattern="bare-time", starts_at="2026-05-06T16:00:00", important=False)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "VID_0001.mp4",
        "20261306160000.avi",
        "0000000_00000020180230114436_0020.MP4",
        "../0000000_00000020180808114436_0020.MP4",
        "２０２６０５０６１６００００.avi",
        "20260506160000.avi" + "x" * 300,
        "现场检查.mp4",
        "20260506160000\n.avi",
    ],
)
def test_unknown_or_impossible_names_say_nothing(name: str) -> None:
    assert parse_file_name(name) == NameFacts()
