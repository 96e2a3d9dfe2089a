"""Hard cuts: where doubt comes from, how it is settled, and what is no cut."""

from pathlib import Path

import numpy as np
import pytest
from tests.engines.media import truth

from liuhen.engines.media import cuts
from liuhen.engines.media.child import read
from liuhen.engines.media.cuts import doubtful, hidden, is_cut, judge_cuts, likeness
from liuhen.engines.media.looks import Look, Viewer
from liuhen.engines.media.reading import Packets, Reading

CHANCE = np.random.default_rng(3)
HERE, THERE = (CHANCE.random((18, 32), np.float32) for _ in range(2))


def look(time: float, blocks: np.ndarray, *, dark: bool = False, glare: float = 0.0) -> Look:
    return Look(time, 0.5, is_dark=dark, blocks=blocks.astype(np.float32), blur=None, glare=glare)


def row(*places: np.ndarray, **more: float) -> list[Look]:
    return [look(n / 10, place, **more) for n, place in enumerate(places)]  # type: ignore[arg-type]


def test_two_places_that_each_stay_are_a_cut_whatever_the_light() -> None:
    assert is_cut(row(HERE, HERE, THERE, THERE))
    assert is_cut(row(HERE, HERE * 0.5, THERE * 0.7, THERE))
    assert not is_cut(row(HERE, HERE * 0.6, HERE * 0.6, HERE))


@pytest.mark.parametrize(
    "looks",
    [
        row(HERE, THERE, HERE, THERE),
        row(HERE, HERE, THERE, HERE),
        row(HERE, HERE, THERE, THERE, dark=True),
        row(HERE, HERE, THERE, THERE, glare=0.9),
        row(*(np.full((18, 32), level) for level in (0.1, 0.1, 0.9, 0.9))),
    ],
)
def test_flicker_dark_glare_and_empty_walls_are_none(looks: list[Look]) -> None:
    assert not is_cut(looks)


def test_sky_over_ground_is_common_to_every_place_and_counts_for_nothing() -> None:
    sky = np.linspace(1, 0, 18)[:, None]
    assert likeness(sky + 0.1 * HERE, sky + 0.1 * THERE) < 0.3
    assert likeness(sky + 0 * HERE, sky + 0 * THERE) == 1.0


def packets(sizes: list[int], keys: list[int]) -> Packets:
    marks = np.zeros(len(sizes), np.bool_)
    marks[keys] = True
    return Packets(np.arange(len(sizes)) / 10, np.array(sizes, np.int64), marks)


def test_doubt_comes_from_sizes_and_from_key_pictures_out_of_turn() -> None:
    spike = [1000, *[100] * 9, 1000, *[100] * 4, 800, *[100] * 4]
    assert doubtful(packets(spike, [0, 10])) == [1.5]
    turns = [1000 if n in (0, 10, 20, 24, 34) else 100 for n in range(40)]
    assert doubtful(packets(turns, [0, 10, 20, 24, 34])) == [2.4]
    assert doubtful(packets([100] * 5 + [150] * 5, list(range(10)))) == [0.5]
    assert doubtful(packets([100] * 9 + [900], [])) == [0.9]


class Screens:
    """A film of which every second picture cannot be decoded, or none."""

    def __init__(self, *, broken: bool) -> None:
        self.broken = broken

    def look(self, moment: float, *, exact: bool) -> Look | None:
        return None if self.broken else look(moment, HERE if moment < 2.25 else THERE)


def test_cut_that_no_size_betrays_is_sought_by_halving() -> None:
    still = packets([1000] + [100] * 39, [0])
    ends = [look(0, HERE), look(3, THERE)]
    assert hidden(Screens(broken=False), still, ends) == [2.3]  # type: ignore[arg-type]
    assert hidden(Screens(broken=True), still, ends) == []  # type: ignore[arg-type]
    assert hidden(Screens(broken=False), still, [look(0, HERE), look(3, HERE)]) == []  # type: ignore[arg-type]
    wall = np.full((18, 32), 0.5)
    assert hidden(Screens(broken=False), still, [look(0, wall), look(3, HERE)]) == []  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("moment", "is_settled"), [(0.5, True), (1.5, False), (2.0, False), (9.0, False), (0.0, False)]
)
def test_doubt_between_samples_of_the_same_place_is_settled_without_a_picture(
    moment: float, is_settled: bool
) -> None:
    looks = [look(0, HERE), look(1, HERE), look(2, THERE)]
    assert cuts._same_place(moment, looks) is is_settled


def test_picture_at_the_very_edge_has_no_neighbours_to_be_held_against() -> None:
    reading = Reading()
    judge_cuts(Screens(broken=True), packets([100] * 9 + [900], []), reading)  # type: ignore[arg-type]
    assert reading.findings == []


def test_cut_is_told_with_its_place_and_a_damaged_film_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    film = next(one for one in truth.films() if one.kind == "cut")
    truth.write(tmp_path / "cut.mp4", film)
    found = truth.looked_at(tmp_path / "cut.mp4").found("cut")
    assert found is not None
    assert found.spans == ((5.9, 6.0),)
    with (tmp_path / "cut.mp4").open("rb") as source:
        sound = read(source, (tmp_path / "cut.mp4").stat().st_size)
        assert sound.packets is not None
        with Viewer(source, sound.demuxer, sound.packets, budget=200) as viewer:
            assert [one.time for one in viewer.between(11.6, 99.0)] == [11.6, 11.7, 11.8, 11.9]
    whole = bytearray((tmp_path / "cut.mp4").read_bytes())
    at = whole.index(b"mdat") + 4
    whole[at : at + (len(whole) - at) // 2] = b"\xff" * ((len(whole) - at) // 2)
    (tmp_path / "cut.mp4").write_bytes(whole)
    with (tmp_path / "cut.mp4").open("rb") as source:
        reading = read(source, len(whole))
        assert reading.packets is not None
        with Viewer(source, reading.demuxer, reading.packets, budget=50) as viewer:
            viewer.between(0.0, 3.0)
            assert viewer.broken
            monkeypatch.setattr(cuts, "doubtful", lambda _: [1.0])
            judge_cuts(viewer, reading.packets, reading)
        with Viewer(source, reading.demuxer, reading.packets, budget=0) as viewer:
            assert viewer.between(9.0, 9.3) == []
    assert reading.findings == []
