"""Secrets and privacy: pointed out by whoever took part, marked by whoever may, seen by those named alone, lifted by another."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from tests.apps.steps import last_line, planned, received, refused
from tests.cast import Cast, as_actor

from liuhen.apps.access.actions import glimpse_recording, view_recording
from liuhen.apps.access.models import Package, SecrecyMark
from liuhen.apps.access.packages import Wish, ask_for_package
from liuhen.apps.access.packages import visible_to as packages_seen
from liuhen.apps.access.packing import left_out_of, recordings_of
from liuhen.apps.access.queries import open_viewing, playable
from liuhen.apps.access.secrecy import lift_mark, mark_secret, point_out, settle_circles
from liuhen.apps.approval.actions import ChainStep
from liuhen.apps.casework import actions as casework
from liuhen.apps.evidence.knowing import withheld_among
from liuhen.apps.evidence.models import Recording, Seclusion
from liuhen.apps.evidence.queries import visible_to
from liuhen.apps.journal.queries import verify_rows
from liuhen.apps.oversight.models import Finding
from liuhen.apps.registry.models import Officer
from liuhen.interfaces.cli.search import lies
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


# ── 谁知道有这一段 ──────────────────────────────────────────


def known(recording: Recording, *officers: Officer, at: datetime) -> list[bool]:
    """Whether each finds it in his list."""
    return [visible_to(as_actor(who), at=at).filter(pk=recording.pk).exists() for who in officers]


@pytest.mark.clause("FZH-22", "NDG-37.p3", "SUB-25.p2")
def test_marked_recording_is_known_to_its_circle_and_to_whose_post_it_is(
    cast: Cast, office: Office, noon: datetime
) -> None:
    recording = received(cast, office, at=noon)
    everybody = (cast.li, cast.wang, cast.zhou, cast.zhang, cast.chen, cast.zhao)
    assert known(recording, *everybody, at=noon) == [True] * 6
    chen, told = as_actor(cast.chen), {"says": "x", "at": noon}
    point_out(recording, by=as_actor(cast.li), secret="privacy", **told)
    assert known(recording, *everybody, at=noon) == [True] * 6
    mark_secret(recording, by=chen, secret="privacy", persons=[cast.li, cast.zhou], **told)
    assert known(recording, *everybody, at=noon) == [True, False, True, True, True, True]
    mark_secret(recording, by=chen, secret="state_secret", persons=[cast.zhou, cast.wang], **told)
    assert known(recording, *everybody, at=noon) == [False, False, True, True, True, True]
    lift_mark(recording, by=as_actor(cast.zhang), secret="privacy", says="x", at=noon + MINUTE)
    assert known(recording, *everybody, at=noon) == [False, True, True, True, True, True]
    lift_mark(recording, by=as_actor(cast.zhang), secret="state_secret", says="x", at=noon + MINUTE)
    assert known(recording, *everybody, at=noon) == [True] * 6
    assert list(verify_rows([Seclusion])) == list(lies()) == []


def test_mark_of_before_gets_its_circle_when_the_house_is_brought_up_to_date(
    cast: Cast, office: Office, noon: datetime
) -> None:
    recording = received(cast, office, at=noon)
    told = {"step": "marked", "says": "x", "at": noon, "by": cast.chen.pk}
    SecrecyMark.objects.create(recording=recording, secret="privacy", persons=[str(cast.li.pk)], **told)
    assert known(recording, cast.wang, at=noon) == [True]
    assert (settle_circles(at=noon), last_line().verb) == (1, "recording.circle-settled")
    assert known(recording, cast.li, cast.wang, at=noon) == [True, False]
    assert settle_circles(at=noon) == 0
    assert withheld_among([recording.pk], as_actor(cast.wang), at=noon) == {recording.pk}


def test_package_of_an_activity_holds_what_its_asker_might_know_of(
    cast: Cast, office: Office, noon: datetime
) -> None:
    activity = planned(cast, cast.li, cast.wang, at=noon)
    films = [
        received(cast, office, content, at=noon, name=name, device_serial=cast.camera.serial)
        for content, name in ((b"1", "b.mp4"), (b"2", "c.mp4"))
    ]
    for film in films:
        casework.link_recording(activity, by=as_actor(cast.zhang), recording=film, reasons=[], at=noon)
    mark_secret(films[1], by=as_actor(cast.chen), secret="privacy", persons=[cast.zhang], says="x", at=noon)
    wish = Wish("court", "法院", "1", is_evidence=True, is_sensitive=False)
    packages = []
    for who in (cast.li, cast.zhang):
        chain = [ChainStep("legal_reviewer", "法制", "")]
        asked = ask_for_package(
            activity, wish, by=as_actor(who), requester=who, reason="x", chain=chain, at=noon + MINUTE
        )
        packages.append(Package.objects.get(pk=asked.subject))
    assert [({one.pk for one in recordings_of(row)}, left_out_of(row)) for row in packages] == [
        ({films[0].pk}, 1), ({films[0].pk, films[1].pk}, 0),
    ]  # fmt: skip
    seen = [{row.pk for row in packages_seen(as_actor(who), at=noon)} for who in (cast.li, cast.zhang)]
    assert seen == [{packages[0].pk}, {row.pk for row in packages}]
