"""A sample of the truth set in every run (`make media-truth` runs all of it): each fault once, each sound twin once."""

from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
from tests.engines.media import truth

from liuhen.engines.media import sight
from liuhen.engines.media.findings import TITLES
from liuhen.engines.media.looks import Look
from liuhen.engines.media.pieces import judge_pieces
from liuhen.engines.media.reading import Packets, Reading
from liuhen.engines.media.report import Progress, Track
from liuhen.engines.media.sight import _earlier, _judge_glare, _judge_rate, _judge_still, _later, _while
from liuhen.engines.media.sound import _heard, _judge_span
from liuhen.engines.media.stillness import Sizes

NOTHING = Sizes(Packets(np.zeros(1), np.ones(1, np.int64), np.ones(1, np.bool_)), 1, 100.0)


def sample() -> list[truth.Film]:
    """One film of each kind and of each kind of twin, strengths and codings in turn."""
    chosen: dict[tuple[str, str], list[truth.Film]] = {}
    for film in truth.films():
        chosen.setdefault((film.kind, film.twin_of), []).append(film)
    return [films[(5 * number) % len(films)] for number, films in enumerate(chosen.values())]


def test_set_is_large_and_every_fault_has_three_strengths() -> None:
    films = list(truth.films())
    assert len(films) > 200
    assert len({film.name for film in films}) == len(films)
    for kind in set(truth.KINDS) - {"no_audio_track"}:
        assert {film.strength for film in films if film.kind == kind} == {1, 2, 3}
    assert set(truth.KINDS) <= set(TITLES)


def test_every_fault_of_the_sample_is_found_and_no_sound_twin_is_blamed(tmp_path: Path) -> None:
    counts = truth.counted(sample(), tmp_path)
    print(truth.table(counts))
    assert {kind: one.missed for kind, one in counts.items() if one.missed} == {}
    assert {kind: one.wrong for kind, one in counts.items() if one.wrong} == {}


def look(time: float, *, glare: float = 0.0) -> Look:
    return Look(
        time, 0.5, is_dark=False, blocks=np.full((18, 32), 0.01 * time, np.float32), blur=None, glare=glare
    )


def test_stretch_of_samples_ends_with_the_film_or_the_next_sample() -> None:
    looks = [look(0), look(1, glare=0.9), look(2, glare=0.9), look(3), look(4, glare=0.9)]
    assert _while(looks, lambda one: one.glare > 0.5, 9.0) == ((1, 3), (4, 9))
    assert _while(looks[:4], lambda one: one.time == 0, 9.0) == ()


def test_white_page_that_does_not_stir_is_not_overexposed() -> None:
    reading = Reading()
    page = [
        Look(float(n), 1.0, is_dark=False, blocks=np.ones((18, 32), np.float32), blur=None, glare=0.9)
        for n in range(9)
    ]
    _judge_glare(reading, page, 9.0)
    assert reading.findings == []


def test_few_pictures_have_no_beat() -> None:
    reading = Reading()
    times = np.arange(5) / 10
    _judge_rate(Packets(times, np.ones(5, np.int64), np.ones(5, np.bool_)), reading)
    assert reading.findings == []


def test_stretch_that_stands_still_is_followed_no_further_than_the_film(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Same:
        def key_before(self, moment: float) -> float:
            return -1_000.0

        def look(self, moment: float, *, exact: bool) -> Look | None:
            return look(0) if moment < 3 else None

    assert _later(Same(), NOTHING, 1.0, look(0), 100.0) == 2.5  # type: ignore[arg-type]
    assert _later(Same(), NOTHING, 1.0, look(0), 2.0) == 1.5  # type: ignore[arg-type]
    assert _later(Same(), NOTHING, -90.0, look(0), 100.0) == -80.0  # type: ignore[arg-type]
    assert _earlier(Same(), NOTHING, 1.2, look(0)) == 0.0  # type: ignore[arg-type]
    assert _earlier(Same(), NOTHING, 2.9, look(300)) == 2.9  # type: ignore[arg-type]
    monkeypatch.setattr(sight, "_FURTHEST", 2)
    assert _earlier(Same(), NOTHING, 2.9, look(0)) == pytest.approx(1.9)  # type: ignore[arg-type]


def test_lens_that_is_covered_is_not_told_as_standing_still() -> None:
    class Cloth:
        def key_before(self, moment: float) -> float:
            return 0.0

        def look(self, moment: float, *, exact: bool) -> Look:
            return Look(
                moment, 0.4, is_dark=False, blocks=np.full((18, 32), 0.4, np.float32), blur=None, even=1.0
            )

        def several(self, moments: list[float]) -> list[Look]:
            return [self.look(moment, exact=True) for moment in moments]

    assert _judge_still(Cloth(), NOTHING, ((1.0, 5.0),), 9.0) == ([], ())  # type: ignore[arg-type]


def test_sound_whose_times_run_backwards_tells_no_hole(at: datetime) -> None:
    reading = Reading(kind="video", tracks=[Track("video", "h264", "avc1", duration=9.0)])
    backwards = np.array([[0.0, 5.0, 1, 1], [1.0, 2.0, 1, 1], [8.0, 9.0, 1, 1]])
    _judge_span(_heard(backwards, Progress(), 0), reading)
    assert reading.findings == []
    _judge_span(_heard(np.array([[0.0, 2.0, 1, 1], [5.0, 9.0, 1, 1]]), Progress(), 0), reading)
    assert reading.findings[0].spans == ((2.0, 5.0),)


def test_several_codings_in_one_film_and_a_wide_index_are_told(tmp_path: Path) -> None:
    box = truth._box
    wide = box(b"elst", bytes([1, 0, 0, 0]) + (2).to_bytes(4) + b"".join(
        length.to_bytes(8) + media.to_bytes(8, signed=True) + bytes([0, 1, 0, 0]) for length, media in ((500, -1), (1000, 0))
    ))  # fmt: skip
    mdhd = box(b"mdhd", bytes([1, 0, 0, 0]) + bytes(16) + (1000).to_bytes(4) + (4000).to_bytes(8))
    stsd = box(b"stsd", bytes(8) + box(b"avc1", b"") + box(b"avc1", b"x"))
    media = box(b"mdia", mdhd + box(b"hdlr", bytes(8) + b"vide") + box(b"minf", box(b"stbl", stsd)))
    head = box(b"mvhd", bytes([1, 0, 0, 0]) + bytes(16) + (1000).to_bytes(4) + (4000).to_bytes(8))
    reading = Reading()
    judge_pieces(head + box(b"trak", box(b"edts", wide) + media), reading)
    assert "2 种编码设置" in reading.findings[0].says
    assert "3.0 秒录下的画面被设为不播放" in reading.findings[0].says
    judge_pieces(head, reading)
    assert len(reading.findings) == 1


@pytest.mark.parametrize("level", [0.3, 0.6])
def test_lens_covered_is_even_all_over_and_lit(level: float) -> None:
    even = Look(0.0, level, is_dark=False, blocks=np.full((18, 32), level, np.float32), blur=None, even=1.0)
    assert even.is_covered
    lane = Look(0.0, level, is_dark=False, blocks=even.blocks, blur=None, even=0.98)
    assert not lane.is_covered
