"""The index over real rows: found by any part, only within one's scope, never ahead of the rows nor behind them."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection
from pytest_django import DjangoDbBlocker
from tests.cast import LONG_AGO, as_actor, assemble
from tests.interfaces.api.scene import Scene, make_scene, with_papers
from tests.offices import new_office
from tests.standing import Standing, standing

from liuhen.apps.casework import actions as casework
from liuhen.apps.evidence import actions as evidence
from liuhen.apps.journal.actions import act
from liuhen.apps.registry import actions as registry
from liuhen.apps.registry.permission import reader_of
from liuhen.apps.search import queries, store
from liuhen.apps.search.actions import enter, keep
from liuhen.apps.search.models import Entry, Share
from liuhen.apps.search.tokens import fold, wanted
from liuhen.apps.search.words import Reader, Scope
from liuhen.interfaces.cli.search import findable_rows, lies, rebuild
from liuhen.kernel.actors import OPERATOR, Actor
from liuhen.kernel.clock import now
from liuhen.kernel.errors import Refused


@pytest.fixture(scope="module")
def standing_scene(
    tmp_path_factory: pytest.TempPathFactory, django_db_setup: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[Standing]:
    with standing(tmp_path_factory.mktemp("scene"), django_db_blocker, then=with_papers) as made:
        yield made


@pytest.fixture
def scene(request: pytest.FixtureRequest, db: None, tmp_path: Path) -> Scene:
    if "standing_scene" in request.fixturenames:
        made: Standing = request.getfixturevalue("standing_scene")
        return made.copied(tmp_path)
    office = new_office(tmp_path)
    return with_papers(make_scene(office, assemble(office)))


def found(scene: Scene, asked: str, kind: str = "casework.activity", path: str = "") -> list[str]:
    scope = Scope(scene.cast.agency.pk, path)
    hits = queries.newest(wanted(asked), kind=kind, reader=Reader(scene.cast.li.pk, (scope,)), most=50)
    assert queries.count(wanted(asked), kind=kind, reader=Reader(scene.cast.li.pk, (scope,))) == len(hits)
    return [hit.number for hit in hits]


@pytest.mark.parametrize(
    ("asked", "kind"),
    [
        ("占道", "casework.activity"), ("道", "casework.activity"), ("占道经营巡查", "casework.activity"), ("清河 占道", "casework.activity"),
        ("占用道路", "casework.case"), ("李", "casework.case"), ("7000001", "evidence.recording"), ("DCAM_7000001", "evidence.recording"),
        ("ｄｃａｍ", "evidence.recording"), ("执记-01", "devices.device"), ("010001", "registry.officer"), ("0001", "registry.officer"),
        ("设备故障", "documents.document"), ("故障", "documents.document"),
    ],
)  # fmt: skip
def test_thing_is_found_by_any_part_of_it(scene: Scene, asked: str, kind: str) -> None:
    assert found(scene, asked, kind)
    assert found(scene, f"{asked} 绝无此词", kind) == []


def test_two_words_of_one_text_do_not_make_a_third(scene: Scene) -> None:
    """Pairs that all stand somewhere are not yet the word: it must stand in the text itself."""
    _plan(scene, "经营占道，道经")
    assert found(scene, "占道经营") == [scene.activity.number]


def test_newest_comes_first_and_pages_follow_without_loss_or_double(scene: Scene) -> None:
    made = [_plan(scene, f"渣土清运检查第{n}次").number for n in range(7)]
    scope, words, told, before = Scope(scene.cast.agency.pk), wanted("渣土"), [], None
    while True:
        page = queries.newest(
            words, kind="casework.activity", reader=Reader(scene.cast.li.pk, (scope,)), most=3, before=before
        )
        if not page:
            break
        told += [hit.number for hit in page]
        before = page[-1].entry
    assert told == made[::-1]


def test_counting_ends_where_it_is_told(scene: Scene) -> None:
    for n in range(3):
        _plan(scene, f"渣土清运检查第{n}次")
    scope = Scope(scene.cast.agency.pk)
    assert (
        queries.count(
            wanted("渣土"), kind="casework.activity", reader=Reader(scene.cast.li.pk, (scope,)), most=2
        )
        == 2
    )


def test_changed_row_is_found_by_its_new_words_and_no_longer_by_the_old(scene: Scene) -> None:
    row, by = scene.strange, as_actor(scene.cast.zhao)
    assert found(scene, "不在本机关台账中", "evidence.recording") == [row.number]
    evidence.identify_recording(row, by=by, device=scene.cast.spare, officer=scene.cast.li, at=now())
    assert found(scene, "不在本机关台账中", "evidence.recording") == []
    assert row.number in found(scene, scene.cast.spare.number, "evidence.recording")
    assert list(lies()) == []


def test_notes_are_found(scene: Scene) -> None:
    by = as_actor(scene.cast.li)
    casework.note_activity(scene.activity, by=by, at=now(), not_announced_reason="群众情绪激动，先行劝离")
    evidence.note_late(scene.recording, by=by, lateness=evidence.Lateness("桥面结冰封路"), at=now())
    assert found(scene, "劝离") == [scene.activity.number]
    assert found(scene, "结冰", "evidence.recording") == [scene.recording.number]


def test_what_did_not_happen_is_not_found(scene: Scene) -> None:
    with pytest.raises(Refused):
        casework.open_case(
            scene.cast.team, by=as_actor(scene.cast.zhao), category="penalty", start_mode="ex_officio", cause="越权案由",
            officer=scene.cast.li, at=now(),
        )  # fmt: skip
    with pytest.raises(ZeroDivisionError), act("case.opened", by=OPERATOR):
        scene.case.cause = "中途失败"
        keep(scene.case)
        raise ZeroDivisionError
    assert found(scene, "越权", "casework.case") == found(scene, "中途失败", "casework.case") == []


@pytest.mark.django_db(transaction=True)
def test_entry_outside_an_act_is_refused(scene: Scene) -> None:
    with pytest.raises(RuntimeError):
        keep(scene.case)
    with pytest.raises(RuntimeError):
        enter(scene.case.words())


# ── 范围 ───────────────────────────────────────────────────


def test_scope_is_the_agency_the_unit_and_below_or_ones_own(scene: Scene) -> None:
    cast, words = scene.cast, wanted("占道")
    other = registry.found_agency(by=OPERATOR, name="邻区", code="LQ", agency_type="subdistrict", at=LONG_AGO)

    def numbers(*scopes: Scope) -> list[str]:
        return [
            hit.number
            for hit in queries.newest(
                words, kind="casework.activity", reader=Reader(cast.li.pk, scopes), most=9
            )
        ]

    mine = [scene.activity.number]
    assert numbers(Scope(cast.agency.pk)) == numbers(Scope(cast.agency.pk, cast.team.path)) == mine
    assert numbers(Scope(cast.agency.pk, officer=cast.wang.pk)) == mine
    assert numbers(Scope(cast.agency.pk, officer=cast.zhang.pk)) == []
    assert (
        numbers(Scope(cast.agency.pk, f"{cast.team.path}9/")) == numbers(Scope(other.pk)) == numbers() == []
    )
    assert numbers(Scope(other.pk), Scope(cast.agency.pk, officer=cast.li.pk)) == mine


def test_posts_that_have_ended_and_actors_that_are_no_officers_have_no_scope(scene: Scene) -> None:
    at = now()
    li, whole = scene.cast.li, Scope(scene.cast.agency.pk)
    assert reader_of(as_actor(li), "activity.view", at=at) == Reader(
        li.pk, (Scope(scene.cast.agency.pk, scene.cast.team.path),)
    )
    assert reader_of(as_actor(scene.cast.chen), "activity.view", at=at) == Reader(
        scene.cast.chen.pk, (whole,), (whole,)
    )
    own = (Scope(scene.cast.agency.pk, officer=li.pk),)
    assert reader_of(as_actor(li), "recording.play", at=at).scopes == own
    assert reader_of(as_actor(li), "account.manage", at=at).scopes == ()
    assert reader_of(Actor("station", li.pk, ""), "recording.receive", at=at).scopes == ()
    li.roles.update(until=at - timedelta(seconds=1))
    assert reader_of(as_actor(li), "activity.view", at=at).scopes == ()


# ── 索引不说谎 ─────────────────────────────────────────────


def test_index_says_what_the_rows_say(scene: Scene) -> None:
    assert list(lies()) == []
    assert Entry.objects.count() == sum(1 for _ in findable_rows())


def test_rebuilt_index_is_the_same_index(scene: Scene) -> None:
    before = [
        found(scene, asked, kind)
        for asked, kind in (("占道", "casework.activity"), ("700", "evidence.recording"))
    ]
    assert rebuild() == Entry.objects.count()
    assert list(lies()) == []
    after = [
        found(scene, asked, kind)
        for asked, kind in (("占道", "casework.activity"), ("700", "evidence.recording"))
    ]
    assert [sorted(one) for one in after] == [sorted(one) for one in before]


def test_each_lie_is_named(scene: Scene) -> None:
    entry = Entry.objects.get(thing=scene.activity.pk)
    Entry.objects.filter(pk=entry.pk).update(title="改过的事由")
    assert [str(lie) for lie in lies()] == [
        f"casework.activity {scene.activity.pk}：检索条目的“title”与原行不符"
    ]
    Entry.objects.filter(pk=entry.pk).update(title=entry.title)
    Share.objects.filter(entry=entry, officer=scene.cast.li.pk).delete()
    assert [lie.what for lie in lies()] == ["检索范围与原行不符"]
    rebuild()
    entry = Entry.objects.get(thing=scene.activity.pk)
    store.drop(entry.pk, entry.kind, entry.folded)
    store.put(entry.pk, entry.kind, fold("别的字词"))
    assert [lie.what for lie in lies()] == ["索引中的字词与检索条目不符"]
    assert found(scene, "占道") == []
    rebuild()
    entry = Entry.objects.get(thing=scene.activity.pk)
    Share.objects.filter(entry=entry).delete()
    Entry.objects.filter(pk=entry.pk).delete()
    assert "没有检索条目" in [lie.what for lie in lies()]
    rebuild()
    assert list(lies()) == []


def test_entry_of_a_row_that_is_gone_is_named(scene: Scene) -> None:
    rows = [row for row in findable_rows() if row.words().thing != scene.activity.pk]
    assert [lie.what for lie in queries.verify(rows)] == ["原行已不在，检索条目还在"]


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL 的字词与条目同在一行")
def test_tokens_without_an_entry_are_named(scene: Scene) -> None:
    store.put(10**6, "casework.case", "无主")
    assert [lie.what for lie in lies()] == ["有字词而没有检索条目"]


def _plan(scene: Scene, subject: str):  # type: ignore[no-untyped-def]
    plan = casework.Plan(
        activity_type="onsite_enforcement",
        subject=subject,
        place_text="",
        planned_at=now(),
        officers=[scene.cast.li],
    )
    return casework.plan_activity(
        scene.cast.team, by=as_actor(scene.cast.li), plan=plan, law=scene.cast.law, at=now()
    )
