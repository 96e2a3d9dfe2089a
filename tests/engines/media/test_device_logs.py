"""What a recorder's log says, and that nothing else is read out of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liuhen.engines.media.device_logs import (
    FORMS,
    LOG_LIMIT,
    MOST_LINES,
    LogForm,
    forms_of,
    is_log_name,
    off_times,
    read_log,
    stretches,
)
from liuhen.kernel.errors import Malformed

OWN = """
[[form]]
id          = "own"
example     = "ON;06.05.2026 09:12"
says        = "事件；日期"
expression  = '(?P<event>[A-Z]+);(?P<time>[0-9.]+ [0-9:]+)'
time_format = "%d.%m.%Y %H:%M"
events      = { power_on = ["ON"], power_off = ["OFF"] }
"""


def log(*lines: str) -> bytes:
    return "\r\n".join(f"2026-05-06 {line}" for line in lines).encode()


def told(found: list) -> list[tuple[str, str | None]]:
    return [(f"{one.start.at:%H:%M}", f"{one.end.at:%H:%M}" if one.end else None) for one in found]


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.id)
def test_every_form_reads_its_own_example(form: LogForm) -> None:
    found = read_log(form.example.encode())
    assert found.form == form.id and found.unread == 0
    [event] = found.events
    assert (event.what, event.at.isoformat()) == ("video_start", "2026-05-06T09:12:03")
    assert event.file.endswith("_0001.MP4")


def test_device_and_officer_are_read_where_a_line_tells_them() -> None:
    [event] = read_log(b"20260506091203 4 7700123 071234 a.MP4").events
    assert (event.device, event.officer) == ("7700123", "071234")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_chinese_log_is_read_in_each_encoding_recorders_use(encoding: str) -> None:
    found = read_log("2026-05-06 09:00:00 开机\n2026-05-06 09:12:00 开始录像 甲.MP4\n".encode(encoding))
    assert [event.what for event in found.events] == ["power_on", "video_start"]
    assert found.events[1].file == "甲.MP4"


def test_unknown_word_is_kept_as_it_stands_and_lines_without_time_are_counted() -> None:
    found = read_log(
        log("09:00:00 开机", "09:01:00 佩戴确认", "09:02:00 关机") + b"\n-- end --\n2026-13-45 09:00:00 x"
    )
    assert [(event.what, event.word) for event in found.events][1] == ("other", "佩戴确认")
    assert found.unread == 2


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x00\x01\x02" * 99,
        b"hello\nworld\n",
        b"2026-05-06 09:00:00 BOOT\nx\ny\nz\n",
        b"2026-99-06 09:00:00,4\n",
        b"2026-05-06 09:00:00,4" + b"," + b"x" * 2000,
        b"2026-05-06 09:00:00 \xff\xff\xff",
        b"2026-05-06 09:00:00 unknown\n",
    ],
)
def test_log_of_no_known_form_says_nothing_and_stops_nothing(content: bytes) -> None:
    found = read_log(content)
    assert (found.form, found.events) == ("", ())


@given(st.binary(max_size=400))
def test_no_bytes_make_the_reader_fail(content: bytes) -> None:
    read_log(content)


def test_long_log_is_read_up_to_its_limit_and_the_rest_is_said_to_be_unread() -> None:
    found = read_log(b"2026-05-06 09:00:00,2\n" * (MOST_LINES + 7))
    assert (len(found.events), found.unread) == (MOST_LINES, 7)
    assert read_log(b"2026-05-06 09:00:00,2\n" + b" " * LOG_LIMIT + b"\nx").unread == 0


def test_clock_that_goes_backwards_is_counted() -> None:
    assert read_log(log("09:00:00,2", "08:00:00,4", "08:30:00,7")).backward == 1


def test_recording_runs_from_its_start_to_its_stop_or_to_switching_off() -> None:
    events = read_log(
        log("09:00:00,2", "09:12:00,4,a.MP4", "09:40:00,7", "09:50:00,4,b.MP4", "10:00:00,1", "10:30:00,2")
    ).events
    assert told(stretches(events)) == [("09:12", "09:40"), ("09:50", "10:00")]
    assert told(off_times(events)) == [("10:00", "10:30")]


def test_start_without_an_end_has_none() -> None:
    events = read_log(log("09:12:00,4", "09:40:00,4", "09:45:00,5", "09:50:00,7", "10:00:00,3")).events
    assert told(stretches(events)) == [("09:12", None), ("09:40", "09:50"), ("09:45", None)]
    assert told(off_times(read_log(log("09:00:00,1", "09:01:00,1")).events)) == [("09:00", None)]
    assert off_times([]) == []


@pytest.mark.parametrize(
    ("name", "is_one"),
    [("20260506.log", True), ("LOG.TXT", True), ("a.csv", True), ("a.mp4", False), ("log", False)],
)
def test_log_is_known_by_its_suffix(name: str, is_one: bool) -> None:
    assert is_log_name(name) is is_one


def test_office_can_add_its_own_form() -> None:
    own = forms_of(OWN, where="device-logs.toml")
    found = read_log(b"ON;06.05.2026 09:12\nOFF;06.05.2026 10:12", forms=(*own, *FORMS))
    assert found.form == "own" and [event.what for event in found.events] == ["power_on", "power_off"]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (("says ", "sagt "), "sagt"),
        (('power_on = ["ON"]', 'swimming = ["ON"]'), "不认识的事件"),
        (("events      = {", "events      = 3 #"), "不认识的事件"),
        (("(?P<event>[A-Z]+)", "(?P<event>[A-Z]+"), "正则"),
        (("ON;06.05.2026 09:12", "ON;66.05.2026 09:12"), "示例"),
        (("(?P<event>", "(?P<other>"), "示例"),
        (('id          = "own"', "id = "), "读不懂"),
    ],
)
def test_form_with_a_mistake_is_refused_by_name(change: tuple[str, str], says: str) -> None:
    with pytest.raises(Malformed, match=says) as caught:
        forms_of(OWN.replace(*change), where="device-logs.toml")
    assert "device-logs.toml" in str(caught.value) and caught.value.do
