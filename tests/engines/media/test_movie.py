"""The box walk: what it reads from real boxes, and how little it believes."""

import io
import random
import struct
from pathlib import Path

import pytest

from liuhen.engines.media.boxes import children, lay_out, number
from liuhen.engines.media.movie import read_movie
from liuhen.engines.media.reading import Reading
from liuhen.engines.media.samples import read_defaults, read_fragments, read_table
from liuhen.kernel.errors import Malformed


def box(kind: bytes, *parts: bytes) -> bytes:
    payload = b"".join(parts)
    return struct.pack(">I4s", 8 + len(payload), kind) + payload


def full(kind: bytes, *parts: bytes, version: int = 0, flags: int = 0) -> bytes:
    return box(kind, struct.pack(">I", version << 24 | flags), *parts)


def words(*values: int) -> bytes:
    return struct.pack(f">{len(values)}I", *values)


def mvhd(scale: int = 1_000, duration: int = 2_000, created: int = 0) -> bytes:
    return full(b"mvhd", words(created, 0, scale, duration), b"\0" * 80)


VIDEO = bytes(24) + struct.pack(">2H", 640, 360) + bytes(50)
SOUND = bytes(16) + struct.pack(">2H", 2, 16) + bytes(4) + struct.pack(">2H", 48_000, 0)
MATRICES = {0: (1, 0), 90: (0, 1), 180: (-1, 0), 270: (0, -1)}


def trak(
    handler: bytes = b"vide",
    *,
    entry: bytes | None = None,
    tables: bytes | None = None,
    scale: int = 1_000,
    rotation: int = 0,
    number_: int = 1,
    edits: bytes = b"",
    wide: bool = False,
) -> bytes:
    across, down = MATRICES[rotation]
    matrix = struct.pack(">2i", across << 16, down << 16) + bytes(28)
    times = bytes(16) if wide else bytes(8)
    rest = bytes(12) if wide else bytes(8)
    tkhd = full(b"tkhd", times, words(number_), rest, bytes(16), matrix, bytes(8), version=int(wide))
    entry = box(b"avc1", VIDEO) if entry is None else entry
    stbl = box(b"stbl", full(b"stsd", words(1), entry), stbl_tables() if tables is None else tables)
    mdhd = full(b"mdhd", words(0, 0, scale, 2_000), bytes(4))
    if wide:
        mdhd = full(b"mdhd", struct.pack(">QQIQ", 0, 0, scale, 2_000), bytes(4), version=1)
    hdlr = full(b"hdlr", bytes(4), handler, bytes(13))
    return box(b"trak", tkhd, edits, box(b"mdia", mdhd, hdlr, box(b"minf", stbl)))


def stbl_tables(
    sizes: tuple[int, ...] = (10, 2, 2, 2),
    step: int = 500,
    start: int = 0,
    *,
    stsc: tuple[int, ...] = (1, 4, 1),
) -> bytes:
    return (
        full(b"stts", words(1, len(sizes), step))
        + full(b"stsz", words(0, len(sizes), *sizes))
        + full(b"stsc", words(len(stsc) // 3, *stsc))
        + full(b"stco", words(1, start))
        + full(b"stss", words(1, 1))
    )


def film(*parts: bytes, tail: bytes = b"x" * 64) -> Reading:
    whole = box(b"ftyp", b"isom", bytes(4)) + box(b"moov", *parts) + box(b"mdat", tail)
    return read_movie(io.BytesIO(whole), len(whole))


def codes(reading: Reading) -> list[str]:
    return [finding.code for finding in reading.findings]


def test_sound_film_is_read_without_a_decoder() -> None:
    reading = film(mvhd(), trak(), trak(b"soun", entry=box(b"mp4a", SOUND), number_=2))
    assert (reading.kind, reading.duration, reading.header_duration) == ("video", 2.0, 2.0)
    assert [(track.codec, track.width, track.channels) for track in reading.tracks] == [
        ("h264", 640, 0),
        ("aac", 0, 2),
    ]
    assert reading.tracks[1].sample_rate == 48_000
    assert codes(reading) == []
    assert reading.packets is not None
    assert reading.packets.times.tolist() == [0.0, 0.5, 1.0, 1.5]
    assert reading.packets.keys.tolist() == [True, False, False, False]


@pytest.mark.parametrize("turn", MATRICES)
@pytest.mark.parametrize("wide", [False, True])
def test_rotation_is_the_clockwise_turn(turn: int, wide: bool) -> None:
    assert film(mvhd(), trak(rotation=turn, wide=wide)).tracks[0].rotation == turn


def test_edits_hide_and_delay() -> None:
    edits = box(b"edts", full(b"elst", words(2, 500, 0xFFFFFFFF, 1 << 16, 1_000, 500, 1 << 16)))
    reading = film(mvhd(), trak(edits=edits))
    assert reading.duration == 1.5
    assert reading.packets is not None
    assert reading.packets.times[1] == pytest.approx(0.5)


def test_index_beyond_the_file_is_header_without_data() -> None:
    reading = film(mvhd(), trak(tables=stbl_tables(start=100_000)))
    assert codes(reading) == ["header_without_data"]
    assert not reading.decodable


def test_partly_missing_samples_are_truncated() -> None:
    reading = film(mvhd(), trak(tables=stbl_tables(sizes=(4, 4, 4, 100_000), start=100)), tail=b"x" * 5_000)
    assert codes(reading) == ["truncated"]
    assert "秒的内容不在文件里" in reading.findings[0].says


def test_data_box_longer_than_file_is_named() -> None:
    whole = box(b"ftyp", b"isom", bytes(4)) + box(b"moov", mvhd(), trak()) + words(500) + b"mdat" + b"x" * 40
    assert codes(read_movie(io.BytesIO(whole), len(whole))) == ["data_box_longer_than_file"]


@pytest.mark.parametrize(("claim", "part"), [(60_000, "只有 2.0 秒"), (10, "有 2.0 秒")])
def test_header_that_lies_about_its_length_is_named(claim: int, part: str) -> None:
    reading = film(mvhd(duration=claim), trak(tables=stbl_tables(step=500)))
    reading_long = film(mvhd(duration=claim), trak(tables=stbl_tables(step=5_000)))
    told = reading if claim > 2_000 else reading_long
    assert codes(told) == ["header_duration_wrong"]
    assert part.replace("2.0", f"{told.duration:.1f}") in told.findings[0].says


def test_length_may_stand_in_the_track_only() -> None:
    assert film(mvhd(duration=0), trak()).header_duration == 2.0


def test_recording_cut_off_before_its_index_is_not_finished() -> None:
    whole = box(b"ftyp", b"isom", bytes(4)) + box(b"mdat", b"x" * 100)
    assert codes(read_movie(io.BytesIO(whole), len(whole))) == ["not_finished", "unreadable"]


def test_type_box_alone_is_no_media() -> None:
    whole = box(b"ftyp", b"qt  ", bytes(4)) + box(b"wide") + b"\0\0\0"
    assert codes(read_movie(io.BytesIO(whole), len(whole))) == ["no_media"]


def test_unknown_boxes_are_unreadable() -> None:
    whole = box(b"pnot", b"x") + box(b"junk", b"y") + b"\xff" * 20
    assert codes(read_movie(io.BytesIO(whole), len(whole))) == ["unreadable"]


def test_film_with_side_tracks_only_has_no_media() -> None:
    reading = film(mvhd(), trak(b"meta", entry=box(b"mebx", bytes(20))))
    assert codes(reading) == ["no_media"]
    assert reading.tracks[0].codec == "mebx"


def test_index_without_tracks_is_malformed() -> None:
    with pytest.raises(Malformed, match="没有一条完整的轨道"):
        film(mvhd())


@pytest.mark.parametrize(
    "stsc", [(2, 4, 1), (1, 4, 1, 9, 4, 1), (1, 4, 1, 1, 4, 1), (1, 0, 1), (1, 2, 1), ()]
)
def test_contradicting_chunk_tables_are_malformed(stsc: tuple[int, ...]) -> None:
    assert film(mvhd(), trak(tables=stbl_tables(stsc=(1, 4, 1)))).decodable
    with pytest.raises(Malformed, match="自相矛盾"):
        film(mvhd(), trak(tables=stbl_tables(stsc=stsc)))


def test_time_table_too_short_is_malformed() -> None:
    tables = full(b"stts", words(1, 2, 500)) + stbl_tables()[24:]
    with pytest.raises(Malformed, match="时间表"):
        film(mvhd(), trak(tables=tables))


@pytest.mark.parametrize("count", [5, 0xFFFFFFFF])
def test_table_that_claims_more_rows_than_it_has_is_malformed(count: int) -> None:
    tables = full(b"stsz", words(0, count, 1, 2, 3, 4)) + full(b"stts", words(1, count, 1))
    with pytest.raises(Malformed, match="多于实有"):
        read_table(tables)


def test_uniform_samples_beyond_counting_are_not_expanded() -> None:
    count = 2_000_000_000
    tables = full(b"stsz", words(4, count)) + full(b"stts", words(1, count, 1))
    tables += full(b"stsc", words(1, 1, count, 1)) + full(b"stco", words(1, 0))
    table = read_table(tables)
    assert (table.count, table.length, len(table.sizes)) == (count, count, 0)
    assert table.present_share(4_000_000_000) == pytest.approx(0.5)


def test_wide_chunk_places_are_read() -> None:
    tables = full(b"stsz", words(3, 2)) + full(b"stts", words(1, 2, 1)) + full(b"stsc", words(1, 1, 2, 1))
    table = read_table(tables + full(b"co64", words(1), struct.pack(">Q", 1 << 33)))
    assert table.starts.tolist() == [1 << 33]
    assert table.sizes.tolist() == [3, 3]
    assert table.keys.tolist() == [True, True]
    with pytest.raises(Malformed):
        read_table(tables + full(b"co64", words(1), b"\xff" * 8))


def fragments(*trafs: bytes) -> list[tuple[int, bytes]]:
    return [(1_000 * index, box(b"traf", traf)) for index, traf in enumerate(trafs)]


TREX = box(b"mvex", full(b"trex", words(1, 1, 100, 7, 0x10000)))


def test_fragments_are_summed_and_jumps_are_seen() -> None:
    first = full(b"tfhd", words(1)) + full(b"tfdt", words(5_000)) + full(b"trun", words(2, 64, 0), flags=0x5)
    later = full(b"tfhd", words(1)) + full(b"tfdt", words(5_900)) + full(b"trun", words(1), flags=0)
    plain = full(b"tfhd", words(1)) + full(b"trun", words(1))
    table = read_fragments(fragments(first, later, plain), read_defaults(TREX))[1]
    assert table.ticks.tolist() == [0, 100, 900, 1_000]
    assert (table.length, table.sizes.tolist(), table.keys.tolist()) == (
        400,
        [7] * 4,
        [True, False, False, False],
    )
    assert table.starts.tolist() == [64, 1_000, 2_000]


def test_fragments_may_say_everything_themselves() -> None:
    tfhd = full(b"tfhd", words(1), struct.pack(">Q", 9_000), words(1, 50, 3, 0), flags=0x3B)
    trun = full(b"trun", words(2, 40, 11, 0x10000, 1, 41, 12, 0, 2), flags=0xF00)
    wide = full(b"tfdt", struct.pack(">Q", 0), version=1)
    table = read_fragments(fragments(tfhd + wide + trun + full(b"trun", words(1))), read_defaults(TREX))[1]
    assert table.sizes.tolist() == [11, 12, 3]
    assert table.length == 131
    assert table.keys.tolist() == [False, True, True]
    assert table.starts.tolist() == [9_000, 9_000]


def test_fragments_first_without_time_and_of_strange_tracks_are_left() -> None:
    stranger = full(b"tfhd", words(9)) + full(b"trun", words(1))
    own = full(b"tfhd", words(1)) + full(b"trun", words(1))
    assert list(read_fragments(fragments(stranger, own), read_defaults(TREX))) == [1]
    assert read_fragments(fragments(stranger), {}) == {}


def test_fragment_of_too_many_samples_is_malformed() -> None:
    run = full(b"tfhd", words(1)) + full(b"trun", words(0xFFFFFFFF))
    with pytest.raises(Malformed, match="片段表"):
        read_fragments(fragments(run), read_defaults(TREX))


def test_fragmented_film_is_as_long_as_its_fragments() -> None:
    empty = (
        full(b"stts", words(0))
        + full(b"stsz", words(0, 0))
        + full(b"stsc", words(0))
        + full(b"stco", words(0))
    )
    mehd = full(b"mehd", words(60_000))
    moov = box(b"moov", mvhd(duration=0), trak(tables=empty), box(b"mvex", mehd, TREX[8:]))
    moof = box(b"moof", box(b"traf", full(b"tfhd", words(1)), full(b"trun", words(4))))
    whole = box(b"ftyp", b"isom", bytes(4)) + moov + moof + box(b"mdat", b"x" * 99)
    reading = read_movie(io.BytesIO(whole), len(whole))
    assert (reading.duration, reading.header_duration) == (0.4, 60.0)
    assert codes(reading) == ["header_duration_wrong"]


def sound_entry(tag: bytes, *inner: bytes, version: int = 0) -> bytes:
    head = SOUND[:8] + struct.pack(">H", version) + SOUND[10:]
    return box(tag, head, bytes({1: 16, 2: 36}.get(version, 0)), *inner)


def esds(kind: int, setup: bytes, *, flags: int = 0) -> bytes:
    extra = (bytes(2) if flags & 0x80 else b"") + (bytes(2) if flags & 0x20 else b"")
    specific = bytes([5, len(setup)]) + setup
    config = bytes([4, 13 + len(specific), kind]) + bytes(12) + specific
    return full(
        b"esds", bytes([3, 3 + len(extra) + len(config)]) + bytes(2) + bytes([flags]) + extra + config
    )


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        (sound_entry(b"mp4a", esds(0x40, b"\x12\x08")), ("aac", 44_100, 1)),
        (sound_entry(b"mp4a", esds(0x40, b"\x15\x90", flags=0xA0)), ("aac", 8_000, 2)),
        (sound_entry(b"mp4a", esds(0x40, b"\x17\xb8"), version=1), ("aac", 48_000, 8)),
        (sound_entry(b"mp4a", esds(0x40, b"")), ("aac", 48_000, 2)),
        (sound_entry(b"mp4a", esds(0x6B, b"")), ("mp3", 48_000, 2)),
        (sound_entry(b"mp4a", full(b"esds", b"\x09\x01\x00")), ("aac", 48_000, 2)),
        (sound_entry(b"mp4a", full(b"esds", b"\x09\x81\x00\x00")), ("aac", 48_000, 2)),
        (sound_entry(b"mp4a", full(b"esds", b"\x06\x00" * 20)), ("aac", 48_000, 2)),
        (sound_entry(b"mp4a", box(b"wave", esds(0x40, b"\x12\x10")), version=2), ("aac", 44_100, 2)),
        (sound_entry(b"mp4a", full(b"esds", b"\x09\x80\x80\x80\x80\x05\x00")), ("aac", 48_000, 2)),
        (sound_entry(b"samr"), ("amr_nb", 8_000, 1)),
        (sound_entry(b"sawb"), ("amr_wb", 16_000, 1)),
        (sound_entry(b"xyz!"), ("xyz!", 48_000, 2)),
        (box(b"sowt", b"short"), ("pcm_s16le", 0, 0)),
    ],
)
def test_sound_tracks_say_codec_rate_and_channels(entry: bytes, expected: tuple[str, int, int]) -> None:
    track = film(mvhd(), trak(b"soun", entry=entry)).tracks[0]
    assert (track.codec, track.sample_rate, track.channels) == expected


def test_endless_descriptor_length_is_malformed() -> None:
    with pytest.raises(Malformed):
        film(mvhd(), trak(b"soun", entry=sound_entry(b"mp4a", full(b"esds", b"\x09"))))


def test_short_picture_entry_has_no_size() -> None:
    assert film(mvhd(), trak(entry=box(b"avc1", b"x"))).tracks[0].width == 0


def test_film_whose_samples_take_no_time_has_no_rate() -> None:
    track = film(mvhd(), trak(tables=stbl_tables(step=0))).tracks[0]
    assert track.frames_per_second is None


def label(kind: bytes, text: bytes) -> bytes:
    return box(kind, struct.pack(">2H", len(text), 0x15C7), text)


def apple(*pairs: tuple[str, str], iso: bool) -> bytes:
    keys = full(b"keys", words(len(pairs)), *(box(b"mdta", key.encode()) for key, _ in pairs))
    rows = (
        box(struct.pack(">I", index), box(b"data", bytes(8), text.encode()))
        for index, (_, text) in enumerate(pairs, 1)
    )
    hdlr = full(b"hdlr", bytes(4), b"mdta", bytes(13))
    body = hdlr + keys + box(b"ilst", *rows, box(words(99), b""))
    return full(b"meta", body) if iso else box(b"meta", body)


@pytest.mark.parametrize("iso", [True, False])
def test_apple_keys_give_time_place_and_device(iso: bool) -> None:
    reading = film(
        mvhd(),
        trak(),
        apple(
            ("com.apple.quicktime.creationdate", "2026-05-06T16:00:00+0800"),
            ("com.apple.quicktime.location.ISO6709", "+26.0745+119.2965+012.5/"),
            ("com.apple.quicktime.make", "Apple"),
            ("com.apple.quicktime.model", "iPhone"),
            iso=iso,
        ),
    )
    assert reading.device == "Apple iPhone"
    assert reading.place is not None
    assert (reading.place.latitude, reading.place.altitude, reading.place.source) == (26.0745, 12.5, "apple")
    assert [clock.source for clock in reading.clocks] == ["apple"]


def test_user_data_gives_place_and_model() -> None:
    udta = box(
        b"udta",
        label(b"\xa9xyz", b"+26.0745+119.2965/"),
        label(b"\xa9mod", "记录仪".encode("gb18030")),
        box(b"\xa9too"),
    )
    reading = film(mvhd(), trak(), udta)
    assert reading.device == "记录仪"
    assert reading.place is not None
    assert (reading.place.source, reading.place.altitude) == ("udta", None)
    assert film(mvhd(), trak(), box(b"udta", box(b"FIRM", b"HD5.02"))).device == "HD5.02"


def loci(longitude: float, latitude: float) -> bytes:
    packed = struct.pack(">3i", round(longitude * 65_536), round(latitude * 65_536), 0)
    return box(b"udta", full(b"loci", b"\x15\xc7", b"\0", b"\0", packed, b"earth\0\0"))


def test_location_box_of_phones_gives_the_place() -> None:
    place = film(mvhd(), trak(), loci(119.2965, 26.0745)).place
    assert place is not None
    assert (place.latitude, place.longitude) == (26.0745, 119.2965)


@pytest.mark.parametrize(
    "udta",
    [
        loci(200, 10),
        box(b"udta", full(b"loci", b"\0\0no end")),
        box(b"udta", label(b"\xa9xyz", b"+99.0+10.0/")),
    ],
)
def test_places_not_on_earth_are_left_out(udta: bytes) -> None:
    assert film(mvhd(), trak(), udta).place is None


def test_time_code_track_is_a_clock() -> None:
    entry = box(b"tmcd", bytes(12), words(0, 30_000, 1_001), b"\x1e\0")
    header = len(box(b"ftyp", b"isom", bytes(4)))
    parts = [mvhd(created=3_860_899_200), trak(), b""]
    for start in (0, None):
        place = header + 8 + sum(map(len, parts)) + 8 if start is None else 0
        parts[2] = trak(b"tmcd", entry=entry, tables=stbl_tables(sizes=(4,), stsc=(1, 1, 1), start=place))
    reading = film(*parts, tail=struct.pack(">I", 2_100_244) + b"x" * 60)
    assert [clock.raw for clock in reading.clocks if clock.source == "timecode"] == ["19:26:48:04"]
    assert reading.clocks[0].source == "container"
    empty = box(b"tmcd", bytes(12), words(0, 30_000, 0), b"\x1e\0")
    assert film(mvhd(), trak(), trak(b"tmcd", entry=empty)).clocks == []
    nothing = full(b"stts", words(0)) + full(b"stsz", words(0, 0))
    assert film(mvhd(), trak(), trak(b"tmcd", entry=entry, tables=nothing)).clocks == []


def test_telemetry_without_a_fix_is_passed_over() -> None:
    reading = film(mvhd(), trak(), trak(b"meta", entry=box(b"gpmd", bytes(8))))
    assert reading.place is None


def test_telemetry_gives_place_and_satellite_time() -> None:
    scale, place = (
        struct.pack(">3i", 10_000_000, 10_000_000, 1_000),
        struct.pack(">5i", 260_745_000, 1_192_965_000, 9_000, 0, 0),
    )
    stream = (
        b"SCALl\x04\0\x03"
        + scale
        + b"GPSFL\x04\0\x01\0\0\0\x03GPSUU\x10\0\x01260506080000.000"
        + b"GPS5l\x14\0\x01"
        + place
    )
    strm = b"STRM\0\x04" + struct.pack(">H", len(stream) // 4) + stream
    telemetry = b"DEVC\0\x04" + struct.pack(">H", len(strm) // 4) + strm
    parts = [mvhd(), trak(), b""]
    for start in (0, None):
        at = len(box(b"ftyp", b"isom", bytes(4))) + 8 + sum(map(len, parts)) + 8 if start is None else 0
        tables = stbl_tables(sizes=(len(telemetry),), stsc=(1, 1, 1), start=at)
        parts[2] = trak(b"meta", entry=box(b"gpmd", bytes(8)), tables=tables)
    reading = film(*parts, tail=telemetry)
    assert reading.place is not None
    assert (reading.place.latitude, reading.place.source) == (26.0745, "gpmf")
    assert [(clock.source, clock.raw) for clock in reading.clocks] == [("gpmf.gps", "2026-05-06T08:00:00Z")]


def test_header_without_a_matrix_is_not_turned() -> None:
    whole = trak()
    short = full(b"tkhd", bytes(8), words(1), bytes(8))
    tkhd = struct.unpack_from(">I", whole, 8)[0]
    assert film(mvhd(), box(b"trak", short, whole[8 + tkhd :])).tracks[0].rotation == 0


def test_pictures_shown_later_than_decoded_are_put_in_their_place() -> None:
    ctts = full(b"ctts", words(3, 1, 0, 1, 500, 1, 0xFFFFFE0C))
    reading = film(mvhd(), trak(tables=stbl_tables() + ctts))
    assert reading.packets is not None
    assert reading.packets.times.tolist() == [0.0, 1.0, 0.5, 1.5]


def test_boxes_of_every_length_form_are_walked() -> None:
    wide = struct.pack(">I4sQ", 1, b"wide", 16 + 4) + b"abcd"
    last = struct.pack(">I4s", 0, b"last") + b"to the end"
    assert list(children(wide + last)) == [(b"wide", b"abcd"), (b"last", b"to the end")]
    assert list(children(box(b"good", b"1") + words(99) + b"long")) == [(b"good", b"1")]
    assert list(children(words(3) + b"tiny")) == []
    layout = lay_out(io.BytesIO(wide + last), len(wide + last))
    assert [found.kind for found in layout.boxes] == [b"wide", b"last"]


def test_number_beyond_the_box_is_malformed() -> None:
    assert number(b"\0\0\0\7", 0) == 7
    with pytest.raises(Malformed):
        number(b"\0\0\0\7", 1)


def test_index_larger_than_any_honest_one_is_malformed() -> None:
    with pytest.raises(Malformed, match="超出可信的大小"):
        lay_out(io.BytesIO(struct.pack(">I4sQ", 1, b"moov", 1 << 62)), 1 << 63)


def test_shuffled_bytes_end_in_a_reading_or_a_refusal(sound_clip: Path) -> None:
    whole = sound_clip.read_bytes()
    index = whole.rfind(b"moov") - 4
    for seed in range(300):
        chance = random.Random(seed)
        changed = bytearray(whole)
        for _ in range(chance.randint(1, 12)):
            changed[chance.randrange(index, len(whole))] = chance.choice(
                (0, 1, 0x7F, 0xFF, chance.randrange(256))
            )
        try:
            read_movie(io.BytesIO(changed), len(changed))
        except (Malformed, ValueError, ArithmeticError, LookupError):
            continue
