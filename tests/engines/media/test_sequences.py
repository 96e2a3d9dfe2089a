"""Numbers in file names: what is missing, what is out of order, and when nothing may be said."""

import pytest

from liuhen.engines.media.sequences import Day, days_of, numbered


def name(clock: str, number: str, *, device: str = "7700123") -> str:
    return f"{device}_07123420260506{clock}_{number}.MP4"


def day(*files: tuple[str, str]) -> Day:
    [found] = days_of(name(clock, number) for clock, number in files).values()
    return found


def test_missing_number_between_neighbours_that_came_is_named() -> None:
    found = day(("090000", "0001"), ("091000", "0002"), ("093000", "0005"))
    assert [gap.numbers for gap in found.gaps] == [(3, 4)]
    assert "0003 至 0004，共 2 个" in found.gaps[0].says
    assert found.misfits == ()


def test_single_missing_number_is_said_without_a_range() -> None:
    found = day(("090000", "0001"), ("091000", "0002"), ("093000", "0004"))
    assert "编号 0003 没有来" in found.gaps[0].says


@pytest.mark.parametrize(
    "files",
    [
        [("090000", "0001"), ("091000", "0002"), ("092000", "0003")],
        [("090000", "0020"), ("091000", "0040")],
        [("090000", "0000"), ("091000", "0000")],
        [("090000", "0007")],
        [("090000", "0001"), ("091000", "0002"), ("092000", "0900")],
        [("090000", "0008"), ("091000", "0009"), ("092000", "0001"), ("093000", "0002")],
        [("090000", "0008"), ("091000", "0009"), ("092000", "0001")],
    ],
    ids=[
        "whole",
        "does not count",
        "always nought",
        "one file",
        "a leap",
        "began anew",
        "began anew at the end",
    ],
)
def test_nothing_is_said_where_nothing_is_known(files: list[tuple[str, str]]) -> None:
    assert day(*files) == Day((), ())


def test_number_after_its_neighbours_with_a_time_before_them_may_have_been_made_later() -> None:
    found = day(
        ("090000", "0001"), ("091000", "0002"), ("091500", "0009"), ("092000", "0003"), ("093000", "0004")
    )
    assert [(one.file.number, one.doubt) for one in found.misfits] == [(9, "backdated")]
    assert "编号次序与时间次序矛盾" in found.misfits[0].says
    assert found.gaps == ()


def test_number_below_its_neighbours_does_not_fit() -> None:
    found = day(("090000", "0005"), ("091000", "0006"), ("092000", "0001"), ("093000", "0007"))
    assert [(one.file.number, one.doubt) for one in found.misfits] == [(1, "inserted")]


def test_same_number_twice_does_not_fit() -> None:
    found = day(("090000", "0001"), ("091000", "0002"), ("092000", "0002"), ("093000", "0003"))
    assert [(one.file.number, one.doubt) for one in found.misfits] == [(2, "inserted")]
    assert "相同" in found.misfits[0].says


def test_name_of_another_make_among_the_days_files_does_not_fit() -> None:
    names = [name("090000", "0001"), name("091000", "0002"), "_7700123_071234_20260506092000_0003.MP4"]
    [found] = days_of(names).values()
    assert [one.file.name for one in found.misfits] == [names[2]]
    assert "写法" in found.misfits[0].says


def test_days_and_devices_are_judged_apart() -> None:
    names = [name("090000", "0001"), name("091000", "0009", device="7700124")]
    assert set(days_of(names)) == {("7700123", "2026-05-06"), ("7700124", "2026-05-06")}


@pytest.mark.parametrize(
    "told",
    [
        "DCAM_A1_071234_20260506_160000.mp4",
        "20260506160000.avi",
        "7700123_07123420260506090000_00A1.MP4",
        "a.mp4",
    ],
)
def test_name_without_a_decimal_number_says_nothing(told: str) -> None:
    assert numbered(told) is None
    assert days_of([told]) == {}
