"""A copy with parts hidden: inside nothing is left, outside every pixel and sample is the original's decode, and this is measured."""

import io
from datetime import datetime
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from liuhen.engines.media import masks as masking
from liuhen.engines.media import redact
from liuhen.engines.media.child import read
from liuhen.engines.media.masks import Mask, MaskList, Mute, Place, from_detections, tracked
from liuhen.engines.media.redact import hidden, write_redacted
from liuhen.engines.media.redaction import Proof, redacted
from liuhen.engines.media.synthetic import Clip, make_clip
from liuhen.kernel.errors import Malformed

FACE: dict[str, Any] = {
    "begins": 1, "ends": 3, "reason": "无关人员面部", "made": "drawn", "places": [[1, 0.1, 0.1, 0.2, 0.2], [3, 0.6, 0.5, 0.2, 0.2]],
}  # fmt: skip
NAME = {"begins": 2, "ends": 3, "reason": "说出住址"}
WANTED = {"masks": [FACE], "mutes": [NAME]}


def planes_of(path: Path) -> list[np.ndarray]:
    with av.open(str(path)) as opened:
        return [frame.to_ndarray() for frame in opened.decode(video=0)]


def samples_of(path: Path) -> np.ndarray:
    with av.open(str(path)) as opened:
        resampler = av.AudioResampler("s16", "mono", 16_000)
        return np.concatenate(
            [r.to_ndarray().ravel() for f in opened.decode(audio=0) for r in resampler.resample(f)]
        )


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory, at: datetime) -> Path:
    path = tmp_path_factory.mktemp("redact") / "a.mp4"
    make_clip(path, Clip(at, seconds=4, size=(320, 180), frames_per_second=5))
    return path


@pytest.fixture(scope="module")
def copied(original: Path) -> tuple[Path, Proof]:
    out = original.with_name("b.mp4")
    return out, redacted(original, out, masks=MaskList.from_json(WANTED, length=4))


def test_proof_counts_every_picture_and_sample_and_finds_nothing_amiss(copied: tuple[Path, Proof]) -> None:
    _, proof = copied
    assert proof.holds
    assert proof.pictures == 20
    assert proof.pixels_outside + proof.pixels_inside == 20 * 320 * 180 * 3 // 2
    assert proof.pixels_inside > 0
    assert proof.samples_muted == 16_000
    assert proof.converted_from == ""


def test_outside_the_box_every_pixel_is_the_originals_and_inside_is_black(
    original: Path, copied: tuple[Path, Proof]
) -> None:
    """Held by arithmetic of its own: where the box is at two seconds, nothing of redact.py is asked."""
    before, after = planes_of(original), planes_of(copied[0])
    assert len(before) == len(after)
    for number in (0, 4, 15, 19):
        assert np.array_equal(before[number], after[number])
    picture = after[10][:180]  # Two seconds: half way, left 0.35, top 0.3, a fifth wide and high.
    assert (picture[54:90, 112:176] == 16).all()
    outside = np.ones((180, 320), bool)
    outside[54:92, 112:178] = False
    assert np.array_equal(before[10][:180][outside], picture[outside])
    assert (before[10][:180][54:90, 112:176] != 16).any()


def test_muted_second_is_silent_and_all_other_sound_is_the_originals(
    original: Path, copied: tuple[Path, Proof]
) -> None:
    before, after = samples_of(original), samples_of(copied[0])
    assert (after[32_000:48_000] == 0).all()
    assert (before[32_000:48_000] != 0).any()
    assert np.array_equal(before[:32_000], after[:32_000])
    assert np.array_equal(before[48_000 : len(after)], after[48_000 : len(before)])


def made_of(path: Path, wanted: MaskList) -> dict[str, Any]:
    with path.open("rb") as source:
        return write_redacted(source, read(source, path.stat().st_size), io.BytesIO(), masks=wanted)


def film(
    path: Path,
    *,
    form: str = "yuv420p",
    size: tuple[int, int] = (64, 48),
    codec: str = "libx264",
    rotation: int = 0,
) -> Path:
    chance = np.random.default_rng(1)
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=5)
        stream.width, stream.height, stream.pix_fmt = *size, form
        for index in range(5):
            picture = chance.integers(0, 255, (size[1], size[0], 3)).astype(np.uint8)
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24").reformat(format=form)
            frame.pts = index
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def test_ten_bit_picture_is_turned_to_eight_first_and_the_proof_says_so(tmp_path: Path) -> None:
    path = film(tmp_path / "ten.mkv", form="yuv422p", codec="ffv1")
    told = made_of(
        path, MaskList.from_json({"masks": [{**FACE, "begins": 0, "ends": 1}], "mutes": []}, length=1)
    )
    assert told["proof"]["converted_from"] == "yuv422p"
    assert Proof.from_json(told["proof"]).holds
    assert told["proof"]["samples"] == 0


def test_film_that_lies_on_its_side_is_masked_upright(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = film(tmp_path / "side.mp4")
    monkeypatch.setattr(redact, "_turn_of", lambda reading: 90)
    told = made_of(
        path,
        MaskList.from_json(
            {"masks": [{**FACE, "begins": 0, "ends": 1, "places": [[0, 0, 0, 0.5, 0.25]]}], "mutes": []},
            length=1,
        ),
    )
    assert Proof.from_json(told["proof"]).holds
    assert told["proof"]["pixels_inside"] == 5 * 24 * 16 * 3 // 2  # Of 48 by 64, not of 64 by 48.


def test_sound_alone_is_muted(tmp_path: Path) -> None:
    path, wave = (
        tmp_path / "a.wav",
        np.random.default_rng(1).integers(-9000, 9000, (1, 32_000)).astype(np.int16),
    )
    with av.open(str(path), "w") as container:
        stream = container.add_stream("pcm_s16le", rate=16_000, layout="mono")
        frame = av.AudioFrame.from_ndarray(wave, format="s16", layout="mono")
        frame.sample_rate = 16_000
        container.mux(stream.encode(frame))
    told = made_of(
        path, MaskList.from_json({"masks": [], "mutes": [{**NAME, "begins": 1, "ends": 9}]}, length=9)
    )
    assert told["kind"] == "audio"
    assert told["proof"]["samples_muted"] == 16_000
    assert Proof.from_json(told["proof"]).holds


def test_hole_in_the_sound_becomes_silence_of_its_length(tmp_path: Path) -> None:
    path = tmp_path / "hole.mkv"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("pcm_s16le", rate=8_000, layout="mono")
        for start in (0, 16_000):
            frame = av.AudioFrame.from_ndarray(
                np.full((1, 8_000), 900, np.int16), format="s16", layout="mono"
            )
            frame.sample_rate, frame.pts = 8_000, start
            container.mux(stream.encode(frame))
    told = made_of(
        path, MaskList.from_json({"masks": [], "mutes": [{**NAME, "begins": 0, "ends": 0.5}]}, length=3)
    )
    assert told["proof"]["samples"] == 24_000
    assert Proof.from_json(told["proof"]).holds


def test_copy_that_is_not_the_original_outside_is_taken_away(
    original: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each fault is put in on purpose where the copy is written; the measuring finds it."""
    wanted = MaskList.from_json(WANTED, length=4)
    with original.open("rb") as source:
        reading = read(source, original.stat().st_size)
        output = io.BytesIO()
        write_redacted(source, reading, output, masks=wanted)
        more = MaskList((*wanted.masks, Mask(0, 4, (Place(0, 0.9, 0.9, 0.05, 0.05),), "x")), wanted.mutes)
        fewer = MaskList((), (Mute(2, 3.5, "x"),))
        left = redact._prove(source, reading, output, more)
        assert left["shown_inside"] > 0
        assert not Proof.from_json(left).holds
        other = redact._prove(source, reading, output, fewer)
        assert other["differing_outside"] > 0
        assert other["heard_inside"] > 0
        assert not other["sound_equal"]
        short = io.BytesIO()
        with av.open(short, "w", format="mp4") as copy:
            stream = copy.add_stream("libx264", rate=5)
            stream.width, stream.height = 64, 48
            copy.mux(stream.encode(av.VideoFrame(64, 48, "yuv420p")))
            copy.mux(stream.encode(None))
        told = redact._prove(source, reading, short, wanted)
        assert told["pictures_missing"] == 19
        assert told["differing_outside"] > 0
        assert not told["sound_equal"]


def test_broken_packets_are_left_out_of_copy_and_proof_alike(tmp_path: Path) -> None:
    path = film(tmp_path / "broken.avi", form="yuvj420p", codec="mjpeg")
    with av.open(str(path)) as opened:
        second = [packet for packet in opened.demux(video=0) if packet.size][1]
        begin, size = second.pos + 8, second.size
    content = bytearray(path.read_bytes())
    content[begin : begin + size - 8] = bytes(size - 8)
    path.write_bytes(content)
    told = made_of(path, MaskList.from_json({**WANTED, "mutes": []}, length=4))
    assert told["proof"]["pictures"] == 4
    assert Proof.from_json(told["proof"]).holds


def test_picture_that_does_not_move_time_forward_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "twice.mkv"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("ffv1", rate=5)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for when in (0, 1, 1, 2):
            frame = av.VideoFrame(64, 48, "yuv420p")
            frame.pts = when
            for packet in stream.encode(frame):
                packet.pts = packet.dts = when
                container.mux(packet)
    told = made_of(path, MaskList.from_json({**WANTED, "mutes": []}, length=4))
    assert told["proof"]["pictures"] == 3
    assert Proof.from_json(told["proof"]).holds


def test_what_cannot_be_hidden_without_loss_is_refused(
    tmp_path: Path, at: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    odd = film(tmp_path / "odd.mkv", form="yuv444p", size=(65, 48), codec="ffv1")
    wanted = MaskList.from_json(WANTED, length=4)
    with pytest.raises(Malformed, match="不是偶数"):
        made_of(odd, wanted)
    still = tmp_path / "a.png"
    av.VideoFrame.from_ndarray(np.zeros((48, 64, 3), np.uint8)).to_image().save(still)
    with pytest.raises(Malformed, match="没有可以遮挡"):
        made_of(still, wanted)
    monkeypatch.setattr(redact._Film, "frames", lambda self, frame: iter(()))
    with pytest.raises(Malformed, match="解不出来"):
        made_of(film(tmp_path / "none.mp4"), wanted)


def test_parent_keeps_no_copy_whose_proof_does_not_hold(
    original: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out, wanted = tmp_path / "b.mp4", MaskList.from_json(WANTED, length=4)
    monkeypatch.setattr(Proof, "holds", False)
    with pytest.raises(Malformed, match="没有采用"):
        redacted(original, out, masks=wanted)
    assert not out.exists()
    with pytest.raises(Malformed, match="没有给出证明"):
        Proof.from_json({"pictures": 1})


@pytest.mark.parametrize(
    ("wanted", "says"),
    [
        ({"masks": [], "mutes": []}, "是空的"),
        ([], "写法不对"),
        ({"masks": 1, "mutes": []}, "列表"),
        ({"masks": [{**FACE, "made": "x"}], "mutes": []}, "来历"),
        ({"masks": [{**FACE, "places": []}], "mutes": []}, "先后"),
        ({"masks": [{**FACE, "places": [[1, 0, 0, 1, 1], [1, 0, 0, 1, 1]]}], "mutes": []}, "先后"),
        ({"masks": [{**FACE, "places": [[1, 0, 0, 1]]}], "mutes": []}, "五个数"),
        ({"masks": [{**FACE, "places": [[1, 0, 0, 1, True]]}], "mutes": []}, "五个数"),
        ({"masks": [{**FACE, "places": [[1, 0.5, 0, 0.6, 1]]}], "mutes": []}, "画面之内"),
        ({"masks": [{**FACE, "places": [[-1, 0.5, 0, 0.1, 1]]}], "mutes": []}, "画面之内"),
        ({"masks": [{**FACE, "ends": 99}], "mutes": []}, "音像之内"),
        ({"masks": [{**FACE, "begins": "1"}], "mutes": []}, "音像之内"),
        ({"masks": [{**FACE, "reason": " "}], "mutes": []}, "没有写明理由"),
        ({"masks": [], "mutes": [{**NAME, "reason": 5}]}, "没有写明理由"),
        ({"masks": [FACE] * 201, "mutes": []}, "不超过"),
    ],
)
def test_list_of_masks_that_cannot_be_meant_is_refused_in_words(wanted: object, says: str) -> None:
    with pytest.raises(Malformed, match=says):
        MaskList.from_json(wanted, length=4)


def test_list_of_masks_comes_back_as_it_was_told() -> None:
    told = MaskList.from_json(WANTED, length=4)
    assert MaskList.from_json(told.to_json(), length=4) == told
    assert told.rectangles(0.5, width=320, height=180) == []
    assert told.rectangles(1.0, width=320, height=180) == [(32, 18, 96, 54)]
    sliver = MaskList((Mask(0, 1, (Place(0, 0.999, 0.999, 0.0001, 0.0001),), "x"),), ())
    assert sliver.rectangles(0, width=3, height=3) == [(2, 2, 3, 3)]
    beyond = MaskList((Mask(0, 1, (Place(0, 1.0, 1.0, 0.1, 0.1),), "x"),), ())
    assert beyond.rectangles(0, width=4, height=4) == []
    assert hidden(np.full((6, 4), 200, np.uint8), [(0, 0, 2, 2)])[0].tolist() == [16, 16, 200, 200]


def test_detector_file_becomes_things_that_move() -> None:
    boxes = [[n / 5, 0.1 + n / 100, 0.2, 0.1, 0.1] for n in range(10)] + [
        [1.0, 0.7, 0.7, 0.1, 0.1],
        [99, 0, 0, 0.1, 0.1],
    ]
    told = {"format": "liuhen-detections-v1", "boxes": boxes}
    found = from_detections(told, length=4, reason="面部")
    assert sorted(len(mask.places) for mask in found) == [1, 10]
    assert {mask.made for mask in found} == {"detector"}
    walker = max(found, key=lambda mask: len(mask.places))
    assert walker.begins == 0.0
    place = walker.place_at(0.9)
    assert place is not None
    assert place.left == pytest.approx(0.135, abs=0.002)  # A tenth wider on each side than what was detected.
    assert from_detections(told | {"boxes": []}, length=4, reason="x") == ()
    with pytest.raises(Malformed, match="格式应为"):
        from_detections(told | {"format": "x"}, length=4, reason="x")


def test_more_things_than_anybody_can_check_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(masking, "MOST_MASKS", 1)
    apart = [Place(0, 0, 0, 0.1, 0.1), Place(0.1, 0.8, 0.8, 0.1, 0.1)]
    with pytest.raises(Malformed, match="超过"):
        tracked(apart, length=4, reason="x", made="motion")
