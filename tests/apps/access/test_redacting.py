"""A copy with parts hidden: one person draws, the worker makes and measures it, another looks and answers; it dies with its original."""

from datetime import datetime, timedelta

import pytest
from tests.apps.evidence.test_seeing import heard
from tests.apps.steps import last_line, received, refused, verbs
from tests.cast import Cast, as_actor

from liuhen.apps.access.models import Redaction
from liuhen.apps.access.redacting import (
    LASTS,
    RENDER,
    answer_redaction,
    draw_redaction,
    look_at_redaction,
    open_look,
    redactions_of,
)
from liuhen.apps.access.secrecy import mark_secret
from liuhen.apps.evidence.models import Derived, Recording, Tombstone
from liuhen.apps.journal.models import Job
from liuhen.interfaces.office import Office
from liuhen.kernel.errors import Malformed
from liuhen.server.works import works

MASKS = {
    "masks": [{"begins": 1, "ends": 20, "reason": "无关人员面部", "made": "drawn", "places": [[1, 0.2, 0.2, 0.3, 0.3], [9, 0.5, 0.5, 0.3, 0.3]]}],
    "mutes": [{"begins": 3, "ends": 5, "reason": "说出住址"}],
}  # fmt: skip


@pytest.fixture
def recording(cast: Cast, office: Office, noon: datetime) -> Recording:
    row = received(cast, office, heard(0.0), at=noon)
    works(office)["recording.inspect"](row.pk)
    row.refresh_from_db()
    return row


@pytest.mark.clause("NDG-37")
@pytest.mark.clause("SUB-25")
def test_copy_is_drawn_by_one_made_and_measured_and_approved_by_another(
    cast: Cast, office: Office, recording: Recording, noon: datetime
) -> None:
    li, zhang = as_actor(cast.li), as_actor(cast.zhang)
    drawn = {"officer": cast.li, "masks": MASKS, "purpose": "交当事人阅看", "at": noon}
    refused(
        lambda: draw_redaction(recording, by=as_actor(cast.sun), **{**drawn, "officer": cast.sun}),
        says="没有办理此事的权限",
    )
    refused(lambda: draw_redaction(recording, by=li, **{**drawn, "purpose": " "}), says="为何制作")
    nothing = {"masks": [], "mutes": []}
    refused(
        lambda: draw_redaction(recording, by=li, **{**drawn, "masks": nothing}), says="是空的", kind=Malformed
    )
    row = draw_redaction(recording, by=li, **drawn)
    assert last_line().verb == "redaction.proposed"
    assert Job.objects.filter(kind=RENDER, subject=row.pk).exists()
    refused(lambda: look_at_redaction(row, by=zhang, officer=cast.zhang, at=noon), says="还没有制成")
    refused(
        lambda: answer_redaction(row, by=zhang, officer=cast.zhang, agree=True, reason="", at=noon),
        says="没有可以审核的",
    )
    works(office)[RENDER](row.pk)
    works(office)[RENDER](row.pk)  # A second time makes nothing anew.
    assert verbs(1) == ["redaction.rendered"]
    row.refresh_from_db()
    assert row.derived is not None
    assert row.proof["differing_outside"] == row.proof["shown_inside"] == row.proof["heard_inside"] == 0
    assert row.proof["pictures"] == 50
    assert row.proof["sound_equal"] is True
    refused(
        lambda: answer_redaction(row, by=zhang, officer=cast.zhang, agree=True, reason="", at=noon),
        says="还没有看过",
    )
    look = look_at_redaction(row, by=zhang, officer=cast.zhang, at=noon)
    assert last_line().verb == "redaction.viewed"
    assert open_look(look.pk, by=zhang, at=noon) == look
    assert open_look(look.pk, by=zhang, at=noon + LASTS + timedelta(seconds=1)) is None
    assert open_look(look.pk, by=li, at=noon) is None
    look_at_redaction(row, by=li, officer=cast.li, at=noon)
    refused(
        lambda: answer_redaction(row, by=li, officer=cast.li, agree=True, reason="", at=noon),
        says="没有办理此事的权限",
    )
    refused(
        lambda: answer_redaction(row, by=zhang, officer=cast.zhang, agree=False, reason=" ", at=noon),
        says="退回须写明理由",
    )
    answer_redaction(row, by=zhang, officer=cast.zhang, agree=True, reason="", at=noon)
    assert last_line().verb == "redaction.approved"
    refused(
        lambda: answer_redaction(row, by=zhang, officer=cast.zhang, agree=False, reason="x", at=noon),
        says="已经审核",
    )
    assert [one.pk for one in redactions_of(recording.pk)] == [row.pk]
    Tombstone.objects.create(
        recording=recording,
        disposal="x",
        sha256="",
        sm3="",
        size=1,
        copies=[row.derived.sha256],
        set_aside_at=noon,
    )
    assert open_look(look.pk, by=zhang, at=noon) is None
    refused(lambda: look_at_redaction(row, by=zhang, officer=cast.zhang, at=noon), says="已列入销毁")


def test_whoever_drew_it_does_not_answer_and_a_copy_can_be_returned(
    cast: Cast, office: Office, recording: Recording, noon: datetime
) -> None:
    zhang, chen = as_actor(cast.zhang), as_actor(cast.chen)
    row = draw_redaction(recording, by=zhang, officer=cast.zhang, masks=MASKS, purpose="公开", at=noon)
    works(office)[RENDER](row.pk)
    row.refresh_from_db()
    look_at_redaction(row, by=zhang, officer=cast.zhang, at=noon)
    refused(
        lambda: answer_redaction(row, by=zhang, officer=cast.zhang, agree=True, reason="", at=noon),
        says="本人制作",
    )
    look_at_redaction(row, by=chen, officer=cast.chen, at=noon)
    answer_redaction(row, by=chen, officer=cast.chen, agree=False, reason="第 9 秒没有遮住", at=noon)
    assert last_line().verb == "redaction.returned"
    assert Derived.objects.filter(recording=recording, kind_of_copy="redacted").count() == 1


def test_secret_recording_is_closed_in_its_copies_too(
    cast: Cast, office: Office, recording: Recording, noon: datetime
) -> None:
    li, zhang = as_actor(cast.li), as_actor(cast.zhang)
    row = draw_redaction(recording, by=li, officer=cast.li, masks=MASKS, purpose="公开", at=noon)
    works(office)[RENDER](row.pk)
    row.refresh_from_db()
    look = look_at_redaction(row, by=li, officer=cast.li, at=noon)
    mark_secret(recording, by=zhang, secret="privacy", persons=[cast.zhang], says="x", at=noon)
    assert open_look(look.pk, by=li, at=noon) is None
    with pytest.raises(Exception, match="知悉"):
        draw_redaction(recording, by=li, officer=cast.li, masks=MASKS, purpose="公开", at=noon)


def test_recording_that_cannot_be_decoded_gives_no_copy_and_says_why(
    cast: Cast, office: Office, noon: datetime
) -> None:
    row = received(cast, office, b"no film at all", at=noon)
    refused(
        lambda: draw_redaction(row, by=as_actor(cast.li), officer=cast.li, masks=MASKS, purpose="x", at=noon),
        says="还没有检查完",
    )
    still = Redaction.objects.count()
    works(office)["recording.inspect"](row.pk)
    refused(
        lambda: draw_redaction(row, by=as_actor(cast.li), officer=cast.li, masks=MASKS, purpose="x", at=noon),
        says="还没有检查完",
    )
    assert Redaction.objects.count() == still


def test_copy_that_does_not_come_out_is_told_with_its_reason(
    cast: Cast, office: Office, recording: Recording, noon: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(*_: object, **__: object) -> None:
        raise Malformed("画面宽高为 65×48，不是偶数")

    row = draw_redaction(
        recording, by=as_actor(cast.li), officer=cast.li, masks=MASKS, purpose="公开", at=noon
    )
    monkeypatch.setattr("liuhen.server.media_works.redacted", failing)
    works(office)[RENDER](row.pk)
    row.refresh_from_db()
    assert (row.state, row.trouble) == ("failed", "画面宽高为 65×48，不是偶数")
    assert last_line().verb == "redaction.failed"
