"""Slips: what was printed comes back from paper whole, or says which code to scan again. Read by the library's own eyes."""

import os
from itertools import permutations
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw, ImageFilter

from liuhen.engines.ledger import qr
from liuhen.engines.ledger.slips import PART, codes_of, content_of
from liuhen.kernel.errors import Malformed

LONG = bytes(range(256)) + os.urandom(800)


@given(st.binary(max_size=3000))
def test_what_was_printed_comes_back(content: bytes) -> None:
    assert content_of("\n".join(codes_of(content))) == content


def test_codes_come_back_in_any_order_twice_and_as_a_keyboard_garbles_them() -> None:
    codes = codes_of(LONG)
    assert len(codes) == 4
    for order in permutations(codes):
        assert content_of("".join(order)) == LONG
    garbled = "，".join(codes + codes[:1]).lower().replace(":", "：").replace("/", "／")
    assert content_of(f"扫描：{garbled[:50]}\r\n{garbled[50:]}") == LONG
    assert all(len(code) <= PART + 20 and code.isascii() and code == code.upper() for code in codes)


def test_missing_mixed_and_misread_codes_are_told() -> None:
    codes, other = codes_of(LONG), codes_of(b"x" + LONG)
    with pytest.raises(Malformed, match="还缺第 2、4 个二维码，共 4 个"):
        content_of(codes[0] + codes[2])
    with pytest.raises(Malformed, match="不是同一张"):
        content_of("".join(codes[:3]) + other[3])
    with pytest.raises(Malformed, match="没有读到"):
        content_of("LH1: nothing")
    swapped = [codes[0], codes[1][:-1] + ("A" if codes[1][-1] != "A" else "B"), *codes[2:]]
    with pytest.raises(Malformed, match="读错"):
        content_of("".join(swapped))
    with pytest.raises(Malformed, match="读错"):
        content_of("LH1:AAAAAAAA:1/1:AAAAAAAAA")


def test_slip_that_would_unfold_without_end_is_not_unfolded() -> None:
    with pytest.raises(Malformed, match="太长"):
        codes_of(b"\0" * (65 << 10))
    with pytest.raises(Malformed, match="太长"):
        codes_of(os.urandom(30_000))
    import base64
    import zlib

    bomb = base64.b32encode(zlib.compress(b"\0" * (1 << 20), 9)).decode().rstrip("=")
    with pytest.raises(Malformed, match="读错"):
        content_of(f"LH1:AAAAAAAA:1/1:{bomb}")


# -- pictures ----------------------------------------------------------------------------------------------------


def sheet(codes: list[str], path: Path, *, turned: float = 0, blurred: float = 0) -> Path:
    """The codes beside each other on white paper, as a camera sees them."""
    side = 420
    paper = Image.new("L", (side * len(codes), side), 255)
    draw = ImageDraw.Draw(paper)
    for number, code in enumerate(codes):
        drawing = qr.drawn(code)
        scale = side // drawing.side
        assert f'd="{drawing.path}"' in drawing.svg
        for command in drawing.path.split("M")[1:]:
            x, y, width, height = (
                int(n)
                for n in command.replace("h", " ")
                .replace("v", " ")
                .replace("-", " -")
                .replace("Z", "")
                .split()[:4]
            )
            draw.rectangle(((number * side + x * scale, y * scale), (number * side + (x + width) * scale - 1, (y + height) * scale - 1)), fill=0)  # fmt: skip
    seen = paper.rotate(turned, expand=True, fillcolor=255).filter(ImageFilter.GaussianBlur(blurred))
    seen.save(path)
    return path


@pytest.mark.parametrize(("turned", "blurred"), [(0, 0), (90, 0), (7, 0.8)])
def test_codes_are_read_from_a_photograph_of_the_sheet(tmp_path: Path, turned: float, blurred: float) -> None:
    codes = codes_of(LONG)
    photo = sheet(codes, tmp_path / "a.png", turned=turned, blurred=blurred)
    assert content_of(qr.codes_in(photo)) == LONG


def test_what_is_no_photograph_of_codes_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    blank = tmp_path / "blank.png"
    Image.new("L", (50, 50), 255).save(blank)
    with pytest.raises(Malformed, match="没有读到二维码"):
        qr.codes_in(blank)
    text = tmp_path / "text.png"
    text.write_bytes(b"GIF89a nothing")
    with pytest.raises(Malformed, match="不是 JPEG"):
        qr.codes_in(text)
    monkeypatch.setattr(qr, "_MOST_PIXELS", 2000)
    with pytest.raises(Malformed, match="像素过多"):
        qr.codes_in(blank)
    monkeypatch.setattr(qr, "_MOST_BYTES", 10)
    with pytest.raises(Malformed, match="超过"):
        qr.codes_in(blank)


def test_library_that_draws_otherwise_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(qr, "_PATH", __import__("re").compile("nothing"))
    with pytest.raises(Malformed, match="没有画成"):
        qr.drawn("LH1:A")
