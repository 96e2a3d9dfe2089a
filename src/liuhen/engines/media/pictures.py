"""Reads photographs: JPEG, PNG, WebP, BMP with Pillow, HEIC with pillow-heif; size, turn, EXIF clocks and place.

Runs only in the child. The format is forced by what was sniffed; a picture larger than `PIXEL_LIMIT` is described
but not decoded.
"""

from fractions import Fraction
from typing import Any, BinaryIO

import pillow_heif
from PIL import ExifTags, Image

from liuhen.engines.media.clocks import from_written
from liuhen.engines.media.reading import Reading, plain_text
from liuhen.engines.media.report import Place, Track

PIXEL_LIMIT = 120_000_000
_TURNS = {3: 180, 4: 180, 5: 90, 6: 90, 7: 270, 8: 270}

# One thread: the child may not start any. Its own limits stay on.
pillow_heif.options.DECODE_THREADS = 1
# Decompression bombs are refused by `open_picture`, with a sentence instead of a warning.
Image.MAX_IMAGE_PIXELS = None


class TooLargeError(ValueError):
    """The picture would take more memory than the child is given."""


def open_picture(source: BinaryIO, demuxer: str) -> Image.Image:
    """The picture, not decoded yet. Raises `OSError` or `ValueError` where it cannot be read."""
    source.seek(0)
    if demuxer == "heif":
        heif = pillow_heif.open_heif(source, convert_hdr_to_8bit=True)
        _refuse_large(heif.size)
        picture: Image.Image = heif.to_pillow()
        return picture
    opened = Image.open(source, formats=[demuxer])
    _refuse_large(opened.size)
    return opened


def _refuse_large(size: tuple[int, int]) -> None:
    if size[0] * size[1] > PIXEL_LIMIT:
        raise TooLargeError(f"图片声称有 {size[0]}×{size[1]} 像素，超出可解码的大小")


def read_picture(source: BinaryIO, reading: Reading) -> Image.Image:
    """Fill `reading` from the head of the picture; the picture itself is for the judge."""
    picture = open_picture(source, reading.demuxer)
    exif = picture.getexif()
    turn = 0 if reading.demuxer == "heif" else _TURNS.get(exif.get(ExifTags.Base.Orientation, 1), 0)
    codec = "hevc" if reading.demuxer == "heif" else reading.format
    reading.kind = "picture"
    reading.tracks = [Track("picture", codec, width=picture.width, height=picture.height, rotation=turn)]
    names = (exif.get(ExifTags.Base.Make), exif.get(ExifTags.Base.Model))
    reading.device = " ".join(plain_text(str(name)) for name in names if name)
    _read_times(exif.get_ifd(ExifTags.IFD.Exif), reading)
    _read_gps(exif.get_ifd(ExifTags.IFD.GPSInfo), reading)
    reading.decodable = True
    return picture


def _read_times(exif: dict[int, Any], reading: Reading) -> None:
    written = exif.get(ExifTags.Base.DateTimeOriginal)
    zone = exif.get(ExifTags.Base.OffsetTimeOriginal) or exif.get(ExifTags.Base.OffsetTime) or ""
    if isinstance(written, str):
        clock = from_written(written, "exif", zone=plain_text(str(zone)))
        reading.clocks += [clock] if clock else []


def _read_gps(gps: dict[int, Any], reading: Reading) -> None:
    tags = ExifTags.GPS
    latitude = _degrees(gps.get(tags.GPSLatitude), gps.get(tags.GPSLatitudeRef), "S", 90)
    longitude = _degrees(gps.get(tags.GPSLongitude), gps.get(tags.GPSLongitudeRef), "W", 180)
    if latitude is not None and longitude is not None:
        height = _number(gps.get(tags.GPSAltitude))
        reading.place = Place(latitude, longitude, height, "exif")
    day, parts = gps.get(tags.GPSDateStamp), [_number(part) for part in _triple(gps.get(tags.GPSTimeStamp))]
    if isinstance(day, str) and None not in parts and len(parts) == 3:
        hour, minute, second = (part or 0.0 for part in parts)
        written = f"{plain_text(day).replace(':', '-')} {hour:02.0f}:{minute:02.0f}:{second:05.2f}"
        clock = from_written(written, "exif.gps", zone="+00:00")
        reading.clocks += [clock] if clock else []


def _triple(value: Any) -> tuple[Any, ...]:
    return value if isinstance(value, tuple) and len(value) == 3 else ()


def _degrees(value: Any, side: Any, negative: str, limit: int) -> float | None:
    parts = [_number(part) for part in _triple(value)]
    if not parts or None in parts:
        return None
    whole, minutes, seconds = (part or 0.0 for part in parts)
    degrees = whole + minutes / 60 + seconds / 3600
    signed = -degrees if side == negative else degrees
    return round(signed, 6) if abs(signed) <= limit else None


def _number(value: Any) -> float | None:
    """An EXIF rational; None for a zero denominator and for anything that is no number."""
    try:
        return float(Fraction(value.numerator, value.denominator))
    except (AttributeError, ZeroDivisionError, TypeError, ValueError):
        return None
