"""What a file is, told from its first bytes and never from its name.

The answer chooses the one demuxer that may open the file. What is not on the list is not opened at all: play
lists, web pages and archives under a media name are how a reader is made to open other files.
"""

from dataclasses import dataclass
from typing import Literal

HEAD = 4_096

Reader = Literal["iso", "av", "pillow", "heif"]


@dataclass(frozen=True, slots=True)
class Kind:
    """`format` is our name of the container; `demuxer` FFmpeg's, forced when it opens; `reader` who reads it."""

    format: str
    demuxer: str
    reader: Reader


_MAGIC: tuple[tuple[bytes, Kind], ...] = (
    (b"\x1aE\xdf\xa3", Kind("matroska", "matroska", "av")),
    (b"#!AMR", Kind("amr", "amr", "av")),
    (b"OggS", Kind("ogg", "ogg", "av")),
    (b"fLaC", Kind("flac", "flac", "av")),
    (b"FLV\x01", Kind("flv", "flv", "av")),
    (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", Kind("asf", "asf", "av")),
    (b"\x00\x00\x01\xba", Kind("mpeg", "mpeg", "av")),
    (b"DHAV", Kind("dhav", "dhav", "av")),
    (b"ID3", Kind("mp3", "mp3", "av")),
    (b"\xff\xd8\xff", Kind("jpeg", "JPEG", "pillow")),
    (b"\x89PNG\r\n\x1a\n", Kind("png", "PNG", "pillow")),
    (b"BM", Kind("bmp", "BMP", "pillow")),
)
_WEBM = Kind("webm", "matroska", "av")
_RIFF = {
    b"AVI ": Kind("avi", "avi", "av"),
    b"WAVE": Kind("wav", "wav", "av"),
    b"WEBP": Kind("webp", "WEBP", "pillow"),
}
_HEIF_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"mif1", b"hevc")
_ISO_FIRST = (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot", b"styp", b"uuid")
_DISGUISES = (
    (b"#extm3u", "播放列表"),
    (b"ffconcat", "拼接列表"),
    (b"<?xml", "XML 文本"),
    (b"<svg", "SVG 图"),
    (b"<mpd", "播放列表"),
    (b"<!doctype", "网页"),
    (b"<html", "网页"),
    (b"pk\x03\x04", "压缩包"),
    (b"%pdf", "PDF 文件"),
    (b"mz", "程序文件"),
    (b"\x7felf", "程序文件"),
)


def sniff(head: bytes) -> Kind | None:
    """The kind of a file that begins with `head`, or None where it is none of ours."""
    for magic, kind in _MAGIC:
        if head.startswith(magic):
            return _WEBM if kind.format == "matroska" and b"webm" in head[:64] else kind
    if head[:4] in (b"RIFF", b"RF64"):
        return _RIFF.get(head[8:12])
    return _iso(head) or _by_packets(head)


def disguise(head: bytes) -> str:
    """What a file that is not media plainly is instead (播放列表, 网页 …), or an empty text."""
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    return next((name for magic, name in _DISGUISES if start.startswith(magic)), "")


def _iso(head: bytes) -> Kind | None:
    if head[4:8] not in _ISO_FIRST:
        return None
    brand = head[8:12] if head[4:8] == b"ftyp" else b"qt  "
    if brand in _HEIF_BRANDS:
        return Kind("heic", "heif", "heif")
    if brand == b"qt  ":
        return Kind("mov", "mov", "iso")
    if brand[:3] in (b"3gp", b"3g2"):
        return Kind("3gp", "mov", "iso")
    return Kind("m4a" if brand[:3] in (b"M4A", b"M4B") else "mp4", "mov", "iso")


def _by_packets(head: bytes) -> Kind | None:
    """Formats without a head of their own: known by a sync mark that comes again where it should."""
    for start, step in ((0, 188), (4, 192)):
        marks = head[start : start + 5 * step : step]
        if len(marks) == 5 and set(marks) == {0x47}:
            return Kind("mpegts", "mpegts", "av")
    if len(head) > 4 and head[0] == 0xFF:
        if head[1] & 0xF6 == 0xF0:
            return Kind("aac", "aac", "av")
        if head[1] & 0xE0 == 0xE0 and head[1] & 0x06 and head[2] & 0xF0 not in (0, 0xF0):
            return Kind("mp3", "mp3", "av")
    return None
