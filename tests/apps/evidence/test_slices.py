"""A file comes in slices: each by itself is nothing, together they are one recording, and only for the one who brought them all."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from tests.apps.steps import HOUR, last_line, refused, verbs
from tests.cast import Cast, as_actor

from liuhen.apps.archive.fixity import reconcile
from liuhen.apps.devices.actions import enroll_station
from liuhen.apps.evidence import actions, slices
from liuhen.apps.evidence.actions import Clip
from liuhen.apps.evidence.custody import custody_of
from liuhen.apps.evidence.models import JoinedSlice, ReceivedSlice, Recording, Upload
from liuhen.apps.journal.models import Line
from liuhen.apps.journal.queries import verify_rows
from liuhen.interfaces.cli.verify import recorded_models
from liuhen.interfaces.office import Office
from liuhen.kernel.actors import OPERATOR, Actor
from liuhen.kernel.digests import digest_of
from liuhen.kernel.errors import Malformed, Tampered
from liuhen.server.worker import sweep

WHOLE = bytes(range(256)) * 40
DAY = timedelta(days=1)


@dataclass
class Sender:
    """李 at his desk: begins slices, fills them, joins them."""

    cast: Cast
    office: Office
    at: datetime
    by: Actor
    clip: Clip

    def begins(self, size: int | None) -> Upload:
        return actions.open_upload(
            by=self.by, clip=self.clip, size=size, declared={}, expires_at=self.at + DAY, at=self.at, is_slice=True
        )  # fmt: skip

    def fills(self, part: Upload, content: bytes) -> Upload:
        arriving = self.office.vault.incoming(part.pk.hex)
        arriving.write(content)
        slices.note_whole(part, by=self.by, arriving=arriving, at=self.at)
        arriving.close()
        return part

    def brings(self, *contents: bytes) -> list[Upload]:
        return [self.fills(self.begins(len(content)), content) for content in contents]

    def asks(self, parts: list[Upload], **declared: object) -> Upload:
        told = [f"/files/{part.pk}" for part in parts]
        return slices.open_joining(
            parts, by=self.by, clip=self.clip, told=told, declared=declared, expires_at=self.at + 2 * DAY, at=self.at
        )  # fmt: skip

    def joins(self, upload: Upload, **more: Any) -> Recording:
        arriving, parts = self.office.vault.incoming(upload.pk.hex), slices.slices_of(upload)
        try:
            for _ in slices.pour(parts, into=arriving, vault=self.office.vault):
                continue
        except Tampered:
            arriving.discard()
            raise
        clip = replace(self.clip, **more)
        return actions.finish_upload(
            upload, by=self.by, clip=clip, arriving=arriving, at=self.at, joined=parts
        )


@pytest.fixture
def li(cast: Cast, office: Office, noon: datetime) -> Sender:
    clip = Clip(unit=cast.team, name="a.mp4", device_serial=cast.camera.serial)
    return Sender(cast, office, noon, as_actor(cast.li), clip)


def states(*uploads: Upload) -> list[str]:
    return [Upload.objects.get(pk=upload.pk).state for upload in uploads]


def faults() -> list[str]:
    return [str(fault) for fault in verify_rows(recorded_models())]


def test_slices_are_one_recording_in_the_order_that_was_told(li: Sender) -> None:
    one, two, none = li.brings(WHOLE[5000:], WHOLE[:5000], b"")
    assert verbs(2) == ["upload.opened", "slice.received"]
    assert not Recording.objects.exists()
    assert [row.sha256 for row in ReceivedSlice.objects.filter(upload=one)] == [
        digest_of(WHOLE[5000:]).sha256
    ]
    upload = li.asks([two, none, one])
    recording = li.joins(upload, expect=digest_of(WHOLE))
    assert (recording.digest, recording.size, Recording.objects.count()) == (digest_of(WHOLE), 10_240, 1)
    assert states(upload, one, two, none) == ["stored", "joined", "joined", "joined"]
    assert last_line().verb == "recording.received"
    assert "分 3 片接收" in custody_of(recording)[-1].how
    assert slices.told_of(upload.pk) == [f"/files/{part.pk}" for part in (two, none, one)]
    assert faults() == []


def test_slice_is_whole_only_when_all_of_it_is_there(li: Sender) -> None:
    part = li.begins(10)
    refused(lambda: li.fills(part, b"nine byte"), says="只收到 9 字节", kind=slices.NotWhole)
    assert states(part) == ["slice"] and not ReceivedSlice.objects.exists()
    refused(lambda: li.asks([part]), says="没有收完", kind=slices.NotWhole)


def test_length_is_told_once(li: Sender) -> None:
    part = li.begins(None)
    actions.measure_upload(part, by=li.by, size=4, at=li.at)
    assert last_line().verb == "upload.measured"
    stale = Upload.objects.get(pk=part.pk)
    refused(lambda: actions.measure_upload(stale, by=li.by, size=5, at=li.at), says="不能再改")
    assert Upload.objects.get(pk=part.pk).size == 4
    li.fills(part, b"clip")
    assert faults() == []


def test_address_of_what_is_stored_is_given_back_and_the_recording_stays(li: Sender) -> None:
    one, two = li.brings(b"one", b"two")
    refused(lambda: actions.release_address(one, by=li.by, at=li.at), says="没有办结")
    upload = li.asks([one, two])
    recording = li.joins(upload)
    for row in (one, upload, upload):  # Asked twice it is the same.
        actions.release_address(row, by=li.by, at=li.at)
        assert last_line().verb == "upload.released"
    assert states(one, two, upload) == ["released", "joined", "released"]
    assert Recording.objects.get().digest == recording.digest
    assert li.office.vault.reread(recording.digest).size == 6
    assert slices.joined_before([one, two], declared=upload.clip) == upload  # They make no second file.
    assert slices.joined_to(two) == upload
    assert faults() == []


def test_lost_answer_is_given_again_and_no_slice_goes_in_two_files(li: Sender) -> None:
    one, two, three = li.brings(b"one", b"two", b"three")
    upload = li.asks([one, two], filename="a.mp4")
    assert slices.joined_before([one, two], declared={"filename": "a.mp4"}) == upload
    for parts, declared in (
        ([two, one], "a.mp4"),
        ([one, two], "b.mp4"),
        ([one], "a.mp4"),
        ([three], "a.mp4"),
    ):
        assert slices.joined_before(parts, declared={"filename": declared}) is None
    refused(lambda: li.asks([three, one]), says="另行合并", kind=slices.NotWhole)
    li.joins(upload)
    assert slices.joined_before([one, two], declared={"filename": "a.mp4"}) == upload
    joined = Upload.objects.get(pk=one.pk)
    refused(lambda: li.asks([joined, three]), says="已并入另一份")
    assert li.joins(li.asks([three])).size == 5


@pytest.mark.parametrize(
    ("of", "says"),
    [
        (lambda one, _: [], "1 到 100 个"),
        (lambda one, _: [one] * 101, "1 到 100 个"),
        (lambda one, two: [one, two, one], "写了两次"),
        (lambda one, two: [one, actions.open_upload(**two)], "不是分片"),
    ],
)
def test_list_that_is_none_is_told(li: Sender, of: Callable[..., list[Upload]], says: str) -> None:
    (one,) = li.brings(b"one")
    plain = {"by": li.by, "clip": li.clip, "size": 1, "declared": {}, "expires_at": li.at + DAY, "at": li.at}
    other = plain if says == "不是分片" else li.begins(3)
    parts = of(one, other)
    lines = Line.objects.count()
    with pytest.raises(Malformed, match=says):
        li.asks(parts)
    assert (Line.objects.count(), JoinedSlice.objects.count()) == (lines, 0)


def test_slices_are_joined_by_who_brought_them_at_his_post_and_from_his_station(
    li: Sender, cast: Cast
) -> None:
    parts = li.brings(b"one", b"two")
    station, _ = enroll_station(cast.team, by=OPERATOR, name="一号站", at=li.at)
    root = cast.agency.units.get(parent=None)
    others = (
        replace(li, by=as_actor(cast.wang)),
        replace(li, clip=replace(li.clip, unit=root)),
        replace(li, clip=replace(li.clip, station=station)),
        replace(li, by=Actor("station", station.pk, "采集站"), clip=replace(li.clip, station=station)),
    )
    for other in others:
        refused(lambda who=other: who.asks(parts), says="不能合并")
    assert li.joins(li.asks(parts)).size == 6


def test_wrong_digest_of_the_whole_is_no_word_against_its_slices(li: Sender) -> None:
    parts = li.brings(b"one", b"two")
    upload = li.asks(parts)
    with pytest.raises(Tampered, match="申报"):
        li.joins(upload, expect=digest_of(b"twoone"))
    assert states(upload, *parts) == ["refused", "whole", "whole"]
    assert not Recording.objects.exists()
    again = li.asks(parts)
    assert li.joins(again, expect=digest_of(b"onetwo")).size == 6
    assert faults() == []


def test_slice_that_changed_on_the_disk_stops_the_joining_and_is_refused_alone(li: Sender) -> None:
    one, two = li.brings(b"one", b"two")
    upload = li.asks([one, two])
    path = next((li.office.home / "vault/incoming").glob(f"{two.pk.hex}.part"))
    path.write_bytes(b"tw0")
    with pytest.raises(slices.Changed, match="第 2 个分片") as found:
        li.joins(upload)
    slices.refuse_changed(upload, found.value, by=li.by, at=li.at)
    assert states(upload, one, two) == ["refused", "whole", "refused"]
    assert not Recording.objects.exists() and not li.office.vault.holds(digest_of(b"onetw0"))
    (anew,) = li.brings(b"two")
    assert li.joins(li.asks([one, anew])).digest == digest_of(b"onetwo")
    path.unlink()
    (third,) = li.brings(b"x")
    li.office.vault.forget(third.pk.hex)
    with pytest.raises(slices.Changed):  # One that is gone is no shorter file.
        li.joins(li.asks([third]))


def test_nobody_ends_a_slice_that_is_being_joined(li: Sender) -> None:
    parts = li.brings(b"one", b"two")
    upload = li.asks(parts)
    end: dict[str, Any] = {"by": li.by, "state": Upload.State.ENDED, "reason": "x", "at": li.at}
    refused(lambda: actions.close_upload(parts[0], **end), says="正在合并")
    actions.close_upload(upload, **end)
    actions.close_upload(parts[0], **end)
    refused(lambda: actions.close_upload(parts[0], **end), says="已经办结")
    refused(lambda: li.asks(parts), says="已经终止", kind=Malformed)
    assert states(*parts) == ["ended", "whole"]


def test_sweep_takes_slices_only_when_no_file_is_made_of_them(li: Sender) -> None:
    vault = li.office.vault
    one, two, alone, stored = li.brings(b"one", b"two", b"alone", b"stored")
    unfinished, unknown = li.begins(9), vault.incoming("0123456789abcdef")
    vault.incoming(unfinished.pk.hex).close()
    unknown.sync()
    upload = li.asks([one, two])
    li.joins(li.asks([stored]))
    told = {str(fault).partition("：")[2] for fault in reconcile(vault)}
    assert {"分片已收完，还没有合并", "上传已经终止或者并入，后台会清除", "尚未收完，可从断点继续"} <= told
    assert sweep(li.office, at=li.at + DAY + HOUR) == 2
    assert states(one, two, alone, unfinished, stored, upload) == [
        "whole", "whole", "ended", "ended", "joined", "joining",
    ]  # fmt: skip
    assert set(vault.left_over()) == {one.pk.hex, two.pk.hex, "0123456789abcdef"}
    assert li.joins(Upload.objects.get(pk=upload.pk)).digest == digest_of(b"onetwo")
    sweep(li.office, at=li.at + 3 * DAY)
    assert list(vault.left_over()) == ["0123456789abcdef"]
    left = li.asks(li.brings(b"left"))
    assert (
        sweep(li.office, at=li.at + 3 * DAY) == 1
    )  # First the file that was to be, then what it was to be made of.
    assert states(left, *slices.slices_of(left)) == ["ended", "whole"]
    assert sweep(li.office, at=li.at + 3 * DAY) == 1
    assert faults() == []
    unknown.discard()
