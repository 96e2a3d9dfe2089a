"""Recordings of one event laid on each other: by sound to the hundredth, else by what the clocks say, with an honest bar."""

import io
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import av
import numpy as np
import pytest

from liuhen.engines.media import alignment, hearing, listening
from liuhen.engines.media.alignment import Fit, Take, arranged, by_clock, by_satellite, by_sound, joined
from liuhen.engines.media.child import read
from liuhen.engines.media.envelope import BANDS, SOUND_RATE, Envelope, Listener, envelope_of
from liuhen.engines.media.hearing import write_envelope
from liuhen.engines.media.synthetic import Clip, event_sound, make_clip
from liuhen.kernel.errors import Malformed


def heard(
    event: int, begin: float, seconds: float, *, noise: float = 0.006, gain: float = 1.0, seed: int = 1
) -> Envelope:
    hiss = np.random.default_rng(seed).standard_normal(round(seconds * SOUND_RATE)) * noise
    return envelope_of((gain * event_sound(event, begin, seconds) + hiss).astype(np.float32))


def drifting(event: int, begin: float, seconds: float, drift: float) -> Envelope:
    """The same, by a camera that gains `drift` seconds a second on the other."""
    wave = event_sound(event, begin, seconds * (1 + abs(drift)) + 1)
    at = np.arange(round(seconds * SOUND_RATE)) * (1 + drift)
    return envelope_of(np.interp(at, np.arange(len(wave)), wave).astype(np.float32))


@pytest.fixture(scope="module")
def two_cameras(tmp_path_factory: pytest.TempPathFactory, at: datetime) -> tuple[Path, Path]:
    """One event filmed by two cameras: the second begins 7.4 seconds later, hears it through its own noise."""
    folder = tmp_path_factory.mktemp("event")
    plan = Clip(at, seconds=30, size=(160, 90), frames_per_second=4, event=(3, 0.0))
    make_clip(folder / "a.mp4", plan)
    make_clip(folder / "b.mp4", replace(plan, seed=9, event=(3, 7.4)))
    return folder / "a.mp4", folder / "b.mp4"


def test_two_films_of_one_event_are_aligned_within_forty_milliseconds(two_cameras: tuple[Path, Path]) -> None:
    first, second = (listening.listen(path) for path in two_cameras)
    fit = by_sound(first, second)
    assert fit is not None
    assert fit.offset == pytest.approx(7.4, abs=0.04)
    assert 0 < fit.error < 0.04
    assert fit.drift == 0.0  # Half a minute is too short to see one.


@pytest.mark.parametrize(("offset", "noise"), [(-13.0, 0.03), (0.0, 0.08), (7.4, 0.08), (61.27, 0.004)])
def test_sound_tells_the_offset_through_noise_and_another_gain(offset: float, noise: float) -> None:
    first = heard(5, 20.0, 80.0, noise=noise)
    fit = by_sound(first, heard(5, 20.0 + offset, 80.0, noise=noise / 2, gain=0.4, seed=2))
    assert fit is not None
    assert fit.offset == pytest.approx(offset, abs=0.02)
    assert abs(fit.offset - offset) <= fit.error


@pytest.mark.parametrize("drift", [-120e-6, 60e-6])
def test_drift_of_two_clocks_is_told_over_minutes(drift: float) -> None:
    fit = by_sound(heard(7, 0.0, 240.0), drifting(7, 7.4, 220.0, drift))
    assert fit is not None
    assert fit.drift == pytest.approx(drift, abs=25e-6)
    for second in (0.0, 110.0, 219.0):
        assert fit.place(second) == pytest.approx(7.4 + second * (1 + drift), abs=0.02)


def test_sounds_of_different_events_are_not_laid_on_each_other() -> None:
    claimed = [by_sound(heard(seed, 0, 40), heard(seed + 100, 0, 40, seed=3)) for seed in range(10)]
    assert claimed == [None] * 10


def test_sound_that_repeats_itself_says_nothing() -> None:
    beat = np.tile(event_sound(1, 0.0, 2.0), 20)
    assert by_sound(envelope_of(beat), envelope_of(beat[SOUND_RATE * 4 :])) is None


def test_sound_that_fits_at_two_places_is_laid_on_neither() -> None:
    once, between = event_sound(1, 0.0, 15.0), event_sound(2, 0.0, 30.0)
    assert by_sound(envelope_of(np.concatenate([once, between, once])), envelope_of(once)) is None


def test_too_little_in_common_or_nothing_to_hear_gives_no_fit() -> None:
    long = heard(5, 0, 20)
    assert by_sound(long, heard(5, 17, 20, seed=4)) is None  # Three seconds in common.
    assert by_sound(long, heard(5, 0, 3)) is None
    assert by_sound(long, Envelope(np.zeros((0, BANDS), np.uint8))) is None
    assert by_sound(long, Envelope(np.zeros((2000, BANDS), np.uint8))) is None


def test_pieces_that_do_not_agree_give_no_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alignment, "_PIECE_LEAST", 2.0)
    assert by_sound(heard(5, 0, 20), heard(5, 0, 20, seed=4)) is None


def test_long_recordings_are_first_compared_coarsely(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alignment, "_LARGEST", 1_000)
    fit = by_sound(heard(5, 0, 60), heard(5, 7.4, 60, seed=2))
    assert fit is not None
    assert fit.offset == pytest.approx(7.4, abs=0.02)


def test_top_between_two_rows_lies_where_the_parabola_says() -> None:
    values = np.array([0.0, 1.0, 1.0, 0.0])
    assert alignment._between(values, 1) == pytest.approx(0.5)
    assert alignment._between(values, 0) == 0.0
    assert alignment._between(np.ones(3), 1) == 0.0


def test_cameras_out_of_earshot_are_joined_by_one_that_hears_both() -> None:
    start = 1_000_000.0
    takes = {
        "gate": Take(start, 40, 2.0, sound=heard(5, 0, 40)),
        "yard": Take(start + 90, 60, 2.0, sound=heard(5, 62.5, 60, seed=2)),
        "walk": Take(start + 33, 70, 2.0, sound=heard(5, 30.25, 70, seed=3)),
        "sky": Take(start + 50, 20, 2.0),
    }
    ground, fits = arranged(takes)
    assert ground == "walk"
    assert fits["gate"].offset == pytest.approx(-30.25, abs=0.02)
    assert fits["yard"].offset == pytest.approx(32.25, abs=0.02)
    assert fits["sky"] == Fit("clock", 17.0, 4.0)
    chain = joined(fits["yard"], joined(by_sound_of(takes), by_clock(0.0, 1.0, error=0.5)))
    assert chain.way == "clock"
    assert chain.error > 0.5


def by_sound_of(takes: dict[str, Take]) -> Fit:
    found = by_sound(takes["walk"].sound, takes["yard"].sound)  # type: ignore[arg-type]
    assert found
    return found


def test_chain_of_sound_reaches_a_camera_that_the_ground_cannot_hear() -> None:
    takes = {
        "ground": Take(0.0, 100, 2.0, sound=heard(5, 0, 40)),
        "bridge": Take(0.0, 60, 2.0, sound=heard(5, 25, 60, seed=2)),
        "far": Take(0.0, 50, 2.0, sound=heard(5, 65, 50, seed=3)),
    }
    ground, fits = arranged(takes)
    assert ground == "ground"
    assert fits["far"].offset == pytest.approx(65, abs=0.03)
    assert fits["far"].error > fits["bridge"].error


def test_satellite_time_goes_before_other_clocks() -> None:
    takes = {"a": Take(0.0, 10, 60.0, satellite=5.0), "b": Take(3.0, 9, 60.0, satellite=7.0)}
    ground, fits = arranged(takes)
    assert (ground, fits["b"]) == ("a", by_satellite(5.0, 7.0))
    assert fits["b"].error == 1.0


def test_hole_in_the_sound_stays_a_hole() -> None:
    listener, wave = Listener(), event_sound(1, 0.0, 2.0)
    listener.hear(wave, at=0)
    listener.hear(wave, at=5 * SOUND_RATE)
    shape = listener.told()
    assert shape.seconds == pytest.approx(7.0, abs=0.05)
    assert shape.levels[250:450].max() == 0
    assert len(Listener().told().levels) == 0


def test_envelope_of_half_a_row_is_refused(sound_clip: Path, faulty_clip: Path) -> None:
    with pytest.raises(Malformed, match="不完整"):
        Envelope.of_bytes(b"abc")
    assert listening.listen(sound_clip).seconds == pytest.approx(6.0, abs=0.2)


def test_film_without_sound_cannot_be_heard(tmp_path: Path, at: datetime) -> None:
    make_clip(tmp_path / "mute.mp4", Clip(at, seconds=1, size=(160, 90), with_sound=False))
    with pytest.raises(Malformed, match="没有声音"):
        listening.listen(tmp_path / "mute.mp4")
    with pytest.raises(Malformed, match="没有声音"):
        heard_in(tmp_path / "mute.mp4")


def heard_in(path: Path) -> dict[str, object]:
    with path.open("rb") as source:
        return write_envelope(source, read(source, path.stat().st_size), io.BytesIO())


def test_damaged_pieces_of_sound_are_passed_over(tmp_path: Path, two_cameras: tuple[Path, Path]) -> None:
    content = bytearray(two_cameras[0].read_bytes())
    with av.open(str(two_cameras[0])) as opened:
        pieces = [(packet.pos, packet.size) for packet in opened.demux(audio=0) if packet.size]
    for begin, size in pieces[10:14]:
        content[begin : begin + size] = b"\xff" * size
    (tmp_path / "damaged.mp4").write_bytes(content)
    told = heard_in(tmp_path / "damaged.mp4")
    assert told["kind"] == "envelope"
    assert told["broken"]


def test_listening_ends_where_no_shift_is_so_long(
    two_cameras: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hearing, "LONGEST", 2.0)
    assert heard_in(two_cameras[0])["broken"] == 0


def test_sound_that_does_not_decode_gives_no_shape(
    two_cameras: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Listener, "hear", lambda *_, **__: None)
    with pytest.raises(Malformed, match="解不出声音"):
        heard_in(two_cameras[0])
