"""Secrets and privacy: pointed out by whoever took part, marked by whoever may, seen by those named alone, lifted by another."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from tests.apps.steps import last_line, received, refused
from tests.cast import Cast, as_actor

from liuhen.apps.access.actions import glimpse_recording, view_recording
from liuhen.apps.access.queries import open_viewing, playable
from liuhen.apps.access.secrecy import lift_mark, mark_secret, point_out
from liuhen.apps.oversight.models import Finding
from liuhen.interfaces.office import Office
from liuhen.server.works import works

MINUTE = timedelta(minutes=1)


@pytest.mark.clause("FZH-22", "NDG-37.p3", "SUB-25.p2")
def test_marked_recording_is_seen_by_those_named_alone_and_an_open_look_ends(
    cast: Cast, office: Office, noon: datetime
) -> None:
    recording = received(cast, office, at=noon)
    li, zhang, chen = as_actor(cast.li), as_actor(cast.zhang), as_actor(cast.chen)
    told: dict[str, Any] = {"secret": "privacy", "at": noon}
    look = view_recording(recording, by=zhang, officer=cast.zhang, at=noon)
    assert open_viewing(look.pk, by=zhang, at=noon) == look
    refused(lambda: point_out(recording, by=as_actor(cast.wang), says="x", **told), says="权限")
    point_out(recording, by=li, says="三分处有当事人病历", **told)
    works(office)["recording.judge"](recording.pk)
    found = Finding.objects.get(rule="secrets-marked", subject=recording.pk)
    assert found.verdict == "不符合"
    assert open_viewing(look.pk, by=zhang, at=noon) == look
    refused(lambda: mark_secret(recording, by=li, persons=[cast.li], says="x", **told), says="权限")
    refused(lambda: mark_secret(recording, by=chen, persons=[], says="x", **told), says="知悉范围")
    refused(lambda: mark_secret(recording, by=chen, persons=[cast.sun], says="x", **told), says="外单位")
    refused(lambda: mark_secret(recording, by=chen, persons=[cast.li], says=" ", **told), says="理由")
    refused(
        lambda: mark_secret(recording, by=chen, persons=[cast.li], says="x", secret="gossip", at=noon),
        says="种类",
    )
    mark_secret(recording, by=chen, persons=[cast.li], says="当事人病历", **told)
    assert last_line().verb == "recording.secrecy-noted"
    works(office)["recording.judge"](recording.pk)
    found.refresh_from_db()
    assert found.verdict == "符合"
    assert open_viewing(look.pk, by=zhang, at=noon) is None
    assert playable([recording], by=zhang, at=noon) == frozenset()
    assert playable([recording], by=li, at=noon) == {recording.pk}
    with pytest.raises(Exception, match="不在知悉范围"):
        view_recording(recording, by=zhang, officer=cast.zhang, at=noon)
    assert last_line().verb == "recording.secret-refused"
    with pytest.raises(Exception, match="不在知悉范围"):
        glimpse_recording(recording, by=zhang, at=noon)
    assert view_recording(recording, by=li, officer=cast.li, at=noon).officer == cast.li
    refused(lambda: lift_mark(recording, by=chen, says="x", **told), says="本人作出")
    later = told | {"at": noon + MINUTE}
    lift_mark(recording, by=zhang, says="病历已由当事人公开", **later)
    refused(lambda: lift_mark(recording, by=zhang, says="x", **later), says="没有这一标记")
    assert view_recording(recording, by=zhang, officer=cast.zhang, at=noon + MINUTE).officer == cast.zhang
