"""街道行政处罚的全过程，在浏览器里走一遍：每个环节先被拒绝，办妥再进；改动捺印、骑缝、拒签和两名执法人员、集体讨论各有一次。

`make walks` runs it; PICTURES names a folder for pictures of each step on a desk and on a phone.
"""

import json
import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.stories.hands import Desk, chosen, drawn, opened, pictured, refused, submitted
from tests.stories.served import serving, settled, signed_in

from liuhen.engines.forms import load_forms
from liuhen.server.paths import data_folder

pytestmark = [
    pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(1200),
    pytest.mark.skipif("WALKS" not in os.environ, reason="整案的浏览器故事由 make walks 走"),
]  # fmt: skip
FORMS = load_forms(data_folder("forms"))


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, dict[str, str]]]:
    folder: Path = tmp_path_factory.mktemp("home") / "home"
    with serving(folder, "tests.stories.case_home", "subdistrict") as (address, told):
        yield address, json.loads(told)


def moves(page: Page, to: str) -> None:
    form = opened(page, "转入下一环节")
    chosen(form, "转入", to)
    submitted(page, form)


def may_not_move(page: Page, to: str, *words: str) -> None:
    form = opened(page, "转入下一环节")
    chosen(form, "转入", to)
    refused(form, *words)


def enters(
    page: Page, note: str, *, absent: tuple[str, ...] = (), recorded: tuple[str, ...] = (), occurred: str = ""
) -> None:
    """要素登记：逐项选，写明依据。"""
    form = opened(page, "登记办案内容")
    for words, lines in (("没有发生", absent), ("已记录", recorded)):
        for line in lines:
            row = form.locator("table.checks tr").filter(has_text=line).first
            row.get_by_text(words, exact=True).click()
    if occurred:
        chosen(form, "发生的情形", occurred)
        form.locator("header").click()
    if note:
        form.get_by_label("说明").fill(note)
    submitted(page, form)


def test_a_penalty_goes_its_whole_way(home: tuple[str, dict[str, str]], browser: Browser) -> None:
    address, told = home
    people = {login: signed_in(browser, address, login) for login in ("li", "wang", "zhang", "chen")}
    desk, li, case = (
        Desk(people, FORMS, datetime.fromisoformat(told["start"])),
        people["li"],
        f"/cases/{told['case']}",
    )
    li.goto(case)
    settled(li)

    may_not_move(li, "调查取证", "第")
    pictured(li, "penalty-01-started")
    desk.paper("start-approval")
    moves(li, "调查取证")

    _interview(desk, f"/activities/{told['activity']}")
    li.goto(case)
    settled(li)
    may_not_move(li, "审查决定", "第")
    enters(
        li,
        "见调查报告",
        recorded=("现场检查", "调取书证"),
        absent=("抽样取证", "检验", "证据保全", "行政强制措施", "听证", "其他调查取证"),
    )
    desk.paper("rights-notice")
    _accounts_for_gaps(desk, f"/activities/{told['activity']}", case)
    pictured(li, "penalty-03-investigated")
    moves(li, "审查决定")

    may_not_move(li, "送达执行", "第")
    for name in ("proposal", "intended-decision", "legal-review"):
        desk.paper(name)
    enters(li, "", occurred="重大")
    approval = desk.paper("internal-approval", lock=False)
    desk.signed(FORMS["internal-approval"])
    early = opened(li, "定稿")
    early.get_by_role("button", name="定稿", exact=True).click()
    expect(early).to_contain_text("集体讨论")
    pictured(li, "penalty-04-not-before-discussion")
    li.goto(case)
    settled(li)
    desk.paper("discussion")
    li.goto(approval)
    settled(li)
    desk.locked()
    li.goto(case)
    settled(li)
    enters(li, "见决定书", absent=("其他决定内容",))
    _decision(desk)
    li.goto(case)
    settled(li)
    pictured(li, "penalty-05-decided")
    moves(li, "送达执行")

    may_not_move(li, "终结", "第")
    _served_by_leaving(desk)
    li.goto(case)
    settled(li)
    desk.paper("performance")
    enters(li, "见履行记录", absent=("其他执行内容",))
    moves(li, "终结")
    expect(li.locator("main")).to_contain_text("终结")
    pictured(li, "penalty-07-concluded")


def _interview(desk: Desk, activity: str) -> None:
    """询问笔录：改动处捺印；当事人拒签，两名执法人员签名并注明。"""
    li = desk.li
    li.goto(activity)
    settled(li)
    li.locator("main").get_by_role("button", name="写询问笔录").first.click()
    desk.write({"内容": "问：占用多少？答：二平方米。"})
    form = opened(li, "捺印（改动处、骑缝）")
    form.get_by_label("改动了什么").fill("“三平方米”改为“二平方米”")
    form.get_by_label("何人").fill("钱某")
    chosen(form, "方式", "捺指印")
    drawn(form)
    submitted(li, form)
    form = opened(li, "注明拒签")
    form.get_by_label("姓名").fill("钱某")
    form.get_by_label("原因和当时的情形").fill("阅后拒绝签名，未说明理由")
    submitted(li, form)
    form_of = FORMS["interview"]
    desk.signed(form_of, but=tuple(slot.role for slot in form_of.signature if slot.role == "party"))
    pictured(li, "penalty-02-interview")
    desk.locked()


def _accounts_for_gaps(desk: Desk, activity: str, case: str) -> None:
    """What the scene left unrecorded is accounted for by a statement about its activity."""
    li = desk.li
    li.goto(activity)
    settled(li)
    write = li.locator("main").get_by_role("button", name="写情况说明")
    if write.count():
        write.first.click()
        desk.write({})
        desk.signed(FORMS["statement"])
        desk.locked()
    li.goto(case)
    settled(li)


def _decision(desk: Desk) -> None:
    """决定书：骑缝处盖章。"""
    li = desk.li
    desk.paper("decision", lock=False)
    desk.signed(FORMS["decision"])
    form = opened(li, "捺印（改动处、骑缝）")
    chosen(form, "何种印记", "骑缝")
    form.get_by_label("何人").fill("清河街道办事处")
    chosen(form, "方式", "盖章")
    drawn(form)
    submitted(li, form)
    desk.locked()


def _served_by_leaving(desk: Desk) -> None:
    """送达：受送达人拒收，注明；见证人和在场人签名。"""
    li = desk.li
    form_of = FORMS["service-receipt"]
    desk.paper(
        "service-receipt",
        {"送达方式": "留置送达", "留置情况的说明": "当事人拒绝签收，留置于其住所，全程录像"},
        lock=False,
    )
    form = opened(li, "注明拒签")
    form.get_by_label("姓名").fill("钱某")
    form.get_by_label("原因和当时的情形").fill("拒绝签收，留置送达，全程录像")
    submitted(li, form)
    desk.signed(form_of, but=("recipient",))
    pictured(li, "penalty-06-service")
    desk.locked()
