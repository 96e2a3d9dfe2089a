"""Slips as pictures: QR codes drawn for paper, and read again from a photograph or a scan.

Apart from `slips`, because only those who print or photograph need the library. The house and the witness use it, the station does not.
"""

import re
from pathlib import Path
from typing import NamedTuple

import zxingcpp
from PIL import Image, UnidentifiedImageError

from liuhen.kernel.errors import Malformed

_MOST_BYTES = 30 << 20
_MOST_PIXELS = 60_000_000
_PATH = re.compile(r'<svg width="(\d+)" height="\1".*?<path d="([^"]+)"/>', re.DOTALL)


class Drawing(NamedTuple):
    """The dark modules of a code as an SVG path, within a square of `side` modules, quiet zone included."""

    side: int
    path: str

    @property
    def svg(self) -> str:
        """Black on white, as large as the place it is given."""
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {self.side} {self.side}" role="img" aria-label="二维码">'
            f'<rect width="{self.side}" height="{self.side}" fill="#fff"/><path d="{self.path}"/></svg>'
        )


def drawn(code: str) -> Drawing:
    """One code as a drawing."""
    told = zxingcpp.create_barcode(code, zxingcpp.BarcodeFormat.QRCode, ec_level="M").to_svg()
    found = _PATH.search(told)
    if found is None:
        raise Malformed("二维码没有画成")
    return Drawing(int(found[1]), found[2])


def codes_in(photo: Path) -> str:
    """Every code in a photograph, one a line. Raises `Malformed` where it is no picture, is too large, or holds none."""
    if photo.stat().st_size > _MOST_BYTES:
        raise Malformed(f"图片 {photo.name} 超过 {_MOST_BYTES >> 20} MB")
    try:
        with Image.open(photo, formats=("JPEG", "PNG")) as picture:
            if picture.width * picture.height > _MOST_PIXELS:
                raise Malformed(f"图片 {photo.name} 的像素过多")
            grey = picture.convert("L")
    except (UnidentifiedImageError, OSError, Image.DecompressionBombError) as error:
        raise Malformed(f"{photo.name} 不是 JPEG 或 PNG 图片，或者已损坏") from error
    found = zxingcpp.read_barcodes(grey, formats=zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode))
    if not found:
        raise Malformed(f"图片 {photo.name} 中没有读到二维码", do="请对正、补光，离近一些重拍。")
    return "\n".join(one.text for one in found)
