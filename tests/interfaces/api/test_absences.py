"""应有未有 and 采集站 as pages: who reads them, what a row says, how it is explained, how a station gets its leave."""

from datetime import timedelta
from typing import Any

import pytest

from liuhen.apps.casework.models import AbsenceNote
from liuhen.apps.devices.models import Station
from liuhen.apps.devices.stations import enter_report, issue_certificate, take_certificate_into_use
from liuhen.apps.evidence.models import CardList
from liuhen.apps.journal.models import Line
from liuhen.kernel.actors import SYSTEM
from liuhen.kernel.clock import now
from tests.interfaces.api.scene import Door, Scene, with_absences


@pytest.fixture
def listed(scene: Scene) -> CardList:
    """A station listed three files yesterday; none came. A camera's day lacks a number."""
    return with_absences(scene)


def rows(door: Door, **query: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = door.page("/absences", **query)["rows"]
    return found


def test_row_says_what_why_since_when_and_what_next(listed: CardList) -> None:
    told = rows(Door("zhang"), kind="card")
    assert {row["what"] for row in told} == {f"{n}.MP4（{n} 字节）" for n in (1, 2, 3)}
    assert all("一号站" in row["why"] and row["do"] and row["since"] for row in told)
    assert all(row["explained"] is None and [a["label"] for a in row["actions"]] == ["说明"] for row in told)


def test_officer_reads_and_may_not_explain(listed: CardList) -> None:
    li = Door("li")
    [row, *_] = rows(li, kind="card")
    assert row["actions"] == []
    day = row["since"][:10]
    assert li.get("/forms/absence-note", absence=row["id"], day=day).status_code == 404
    answer = li.post(f"/absences/notes?absence={row['id']}&day={day}", outcome="lost", reason="x")
    assert answer.status_code == 403
    assert AbsenceNote.objects.count() == 0


def test_head_of_the_unit_explains_once_and_the_reason_stays(listed: CardList) -> None:
    zhang = Door("zhang")
    row = rows(zhang, kind="card", q="2.MP4")[0]
    form = zhang.page(row["actions"][0]["form_url"])
    given = {"outcome": "lost", "reason": "存储卡损坏"}
    assert {field["name"] for field in form["fields"]} == set(given)
    lines = Line.objects.filter(verb="absence.explained")
    assert zhang.post(form["url"], **given).status_code == 200
    assert lines.count() == 1
    [told] = rows(zhang, state="explained")
    assert "确已缺失：存储卡损坏" in told["explained"] and told["actions"] == []
    assert len(rows(zhang, state="open", kind="card")) == 2
    assert zhang.post(form["url"], **given).status_code == 403
    assert lines.count() == 1


def test_nothing_is_explained_that_is_not_absent(listed: CardList) -> None:
    absent = "/absences/notes?absence=0190a0a0-0000-7000-8000-000000000000&day=2026-11-01"
    assert Door("zhang").post(absent, outcome="lost", reason="x").status_code == 404


def test_list_goes_on_page_by_page(listed: CardList, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("liuhen.interfaces.api.lists.PAGE", 2)
    zhang = Door("zhang")
    first = zhang.page("/absences", kind="card")
    second = zhang.page("/absences", kind="card", after=first["next"])
    assert len(first["rows"]) == 2 and len(second["rows"]) == 1 and second["next"] is None
    assert len({row["id"] for row in [*first["rows"], *second["rows"]]}) == 3


@pytest.mark.parametrize("when", ["2026-01-01..2026-12-31", "x", "2026-02-02..2026-02-01", "0001-01-01"])
def test_dates_that_are_none_or_too_many_are_told_so(listed: CardList, when: str) -> None:
    assert Door("zhang").get("/absences", when=when).status_code == 400
    assert Door("zhang").get("/absences", kind="x").status_code == 400


def test_other_agency_sees_neither_stations_nor_absences(listed: CardList) -> None:
    assert Door("sun").get("/absences").status_code in (200, 404)
    assert "MP4" not in Door("sun").get("/absences").content.decode()
    assert "一号站" not in Door("sun").get("/stations").content.decode()


def test_missing_number_leads_to_its_neighbour_whose_page_says_why(listed: CardList) -> None:
    li = Door("li")
    [row] = rows(li, kind="sequence")
    assert row["cause"]["label"] == "疑似取舍" and "0003" in row["why"]
    [doubt] = li.page(row["to"])["doubts"]
    assert doubt["label"] == "疑似取舍" and doubt["tone"] == "due" and "0003" in doubt["reason"]


# ── 采集站 ─────────────────────────────────────────────────


def test_station_shows_its_cards_with_what_came_and_the_clock_measured(listed: CardList) -> None:
    [station] = Door("zhao").page("/stations")["stations"]
    [card] = station["cards"]
    assert (card["listed"], card["received"], card["missing"]) == (3, 0, 3)
    assert card["clock"]["label"] == "慢 47 秒" and card["clock"]["tone"] == "due"
    assert station["missing"]["to"] == "/absences?kind=card"


def test_keeper_gives_and_withdraws_the_leave_to_clear_each_with_its_line(listed: CardList) -> None:
    zhao = Door("zhao")
    for label, after in (("准许清卡", True), ("收回清卡许可", False)):
        [station] = zhao.page("/stations")["stations"]
        [action] = [one for one in station["actions"] if one["key"] == "clearing"]
        assert action["label"] == label and action["confirm"]
        assert zhao.post(action["url"], **action["body"]).status_code == 200
        assert Station.objects.get(pk=station["id"]).may_clear is after
    assert Line.objects.filter(verb="station.clearing-changed").count() == 2
    [station] = Door("li").page("/stations")["stations"]
    assert station["actions"] == []


def test_revoked_station_gets_no_leave(listed: CardList) -> None:
    Station.objects.update(revoked_at=now())
    zhao = Door("zhao")
    [station] = zhao.page("/stations")["stations"]
    assert station["actions"] == [] and station["state"]["label"] == "已停用"
    assert zhao.post(f"/stations/{station['id']}/clearing", may_clear=True).status_code == 403


def test_keeper_lets_a_station_read_registered_devices_alone_or_others_too(listed: CardList) -> None:
    zhao = Door("zhao")
    for before, after in (("未登记的也采", "只采已登记设备"), ("只采已登记设备", "未登记的也采")):
        [station] = zhao.page("/stations")["stations"]
        [action] = [one for one in station["actions"] if one["key"] == "lock"]
        assert (station["lock"]["label"], action["label"]) == (before, after) and action["confirm"]
        assert zhao.post(action["url"], **action["body"]).status_code == 200
    assert Line.objects.filter(verb="station.lock-changed").count() == 2
    assert Door("li").post(action["url"], is_locked=True).status_code == 403


def test_keeper_shuts_a_station_out_with_a_reason_and_nobody_else_does(listed: CardList) -> None:
    zhao, li = Door("zhao"), Door("li")
    [station] = zhao.page("/stations")["stations"]
    [action] = [one for one in station["actions"] if one["key"] == "revoke"]
    way = action["form_url"]
    assert li.get(way).status_code == 404
    assert li.post(way, reason="x").status_code == 403
    form = zhao.page(way)
    assert "不能恢复" in form["intro"]
    assert zhao.post(form["url"], reason=" ").status_code == 422
    assert zhao.post(form["url"], reason="夜里被盗").status_code == 200
    assert Line.objects.order_by("-number")[0].verb == "station.revoked"
    [station] = zhao.page("/stations")["stations"]
    assert (station["state"]["label"], station["actions"]) == ("已停用", [])
    assert "夜里被盗" in station["state"]["reason"]
    assert zhao.post(form["url"], reason="再来").status_code == 403


def test_what_a_station_refused_stands_on_its_page(listed: CardList, scene: Scene) -> None:
    row = Station.objects.get(pk=listed.station_id)
    enter_report(
        row,
        by=SYSTEM,
        what="unknown_server",
        detail="10.0.0.9 不是本机关的服务器",
        noticed_at=now(),
        at=now(),
    )
    [station] = Door("zhao").page("/stations")["stations"]
    [report] = station["reports"]
    assert (report["what"]["label"], report["detail"]) == ("服务器身份不符", "10.0.0.9 不是本机关的服务器")


def test_way_of_a_station_says_how_long_its_certificate_is_good(listed: CardList) -> None:
    row, zhao = Station.objects.get(pk=listed.station_id), Door("zhao")
    assert zhao.page("/stations")["stations"][0]["way"]["label"] == "凭令牌"
    for until, label in (
        (now() + timedelta(days=9), "凭证书"),
        (now() + timedelta(seconds=-1), "证书已过期"),
    ):
        held = issue_certificate(row, by=SYSTEM, fingerprint=label, until=until, at=now())
        take_certificate_into_use(held, by=SYSTEM, at=now())
        assert zhao.page("/stations")["stations"][0]["way"]["label"] == label
