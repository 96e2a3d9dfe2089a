"""Formats are known by content; what is not on the list is not opened."""

import pytest

from liuhen.engines.media.sniff import disguise, sniff

KNOWN = {
    b"\0\0\0\x18ftypisom": ("mp4", "mov"),
    b"\0\0\0\x18ftypqt  ": ("mov", "mov"),
    b"\0\0\0\x18ftyp3gp5": ("3gp", "mov"),
    b"\0\0\0\x18ftypM4A ": ("m4a", "mov"),
    b"\0\0\0\x18ftypheic": ("heic", "heif"),
    b"\0\0\0\x08wide\0\0\0\0mdat": ("mov", "mov"),
    b"RIFF\0\0\0\0AVI LIST": ("avi", "avi"),
    b"RIFF\0\0\0\0WAVEfmt ": ("wav", "wav"),
    b"RIFF\0\0\0\0WEBPVP8 ": ("webp", "WEBP"),
    b"\x1aE\xdf\xa3\x9fB\x86\x81\x01B\x82\x84webm": ("webm", "matroska"),
    b"\x1aE\xdf\xa3\x9fB\x82\x88matroska": ("matroska", "matroska"),
    b"#!AMR\n": ("amr", "amr"),
    b"OggS\0": ("ogg", "ogg"),
    b"fLaC\0": ("flac", "flac"),
    b"ID3\x03": ("mp3", "mp3"),
    b"\xff\xfb\x90\x64\0": ("mp3", "mp3"),
    b"\xff\xf1\x50\x80\0": ("aac", "aac"),
    b"\xff\xd8\xff\xe1": ("jpeg", "JPEG"),
    b"\x89PNG\r\n\x1a\n": ("png", "PNG"),
    b"DHAV\xf1": ("dhav", "dhav"),
    (b"G" + b"\0" * 187) * 6: ("mpegts", "mpegts"),
    b"\0\0\0\0" + (b"G" + b"\0" * 191) * 6: ("mpegts", "mpegts"),
}


@pytest.mark.parametrize(("head", "expected"), KNOWN.items(), ids=lambda value: repr(value)[:24])
def test_known_beginning_names_format_and_demuxer(head: bytes, expected: tuple[str, str]) -> None:
    kind = sniff(head)
    assert kind is not None
    assert (kind.format, kind.demuxer) == expected


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"\xff",
        b"\xff\x08s\xea\xd2p",
        b"\xff\xff\xff\xff\xff",
        b"RIFF\0\0\0\0ACON",
        b"#EXTM3U\n",
        b"G" * 100,
        b"hello",
    ],
)
def test_other_beginnings_are_nothing(head: bytes) -> None:
    assert sniff(head) is None


@pytest.mark.parametrize(
    ("head", "name"),
    [
        (b"#EXTM3U\n", "播放列表"),
        (b"\xef\xbb\xbf  #extm3u", "播放列表"),
        (b"ffconcat version 1.0", "拼接列表"),
        (b"<SVG xmlns", "SVG 图"),
        (b"PK\x03\x04", "压缩包"),
        (b"plain", ""),
    ],
)
def test_disguises_are_named(head: bytes, name: str) -> None:
    assert disguise(head) == name
