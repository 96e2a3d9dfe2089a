"""南大港的一件许可申请，在浏览器里从收件走到送达，只补正一次；一件实名投诉不启动，告知了本人才办得下去。

`make walks` runs it; PICTURES names a folder for pictures of each step on a desk and on a phone.
"""

import json
import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from tests.stories.hands import at, chosen, opened, pictured, refused, submitted
from tests.stories.served import serving
from tests.stories.walking import Walk

pytestmark = [
    pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(1200),
    pytest.mark.skipif("WALKS" not in os.environ, reason="整案的浏览器故事由 make walks 走"),
]  # fmt: skip


@pytest.fixture(scope="module")
def walk(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[Walk]:
    folder: Path = tmp_path_factory.mktemp("home") / "home"
    with serving(folder, "tests.stories.field_home", "nandagang", "1") as (address, told):
        yield Walk(browser, address, datetime.fromisoformat(json.loads(told)["start"]))


def _came_in(walk: Walk, sort: str, subject: str, *, named: str = "") -> None:
    """受理登记：who came is asked for, and then he is entered."""
    walk.goes("/intakes")
    form = opened(walk.li, "受理登记")
    chosen(form, "种类", sort)
    chosen(form, "来源", "当面")
    form.get_by_label("事由").fill(subject)
    at(form, "收到时间", walk.start)
    if named:
        chosen(form, "实名（投诉举报）", named)
    form.locator(".el-dialog__footer .el-button--primary").click()
    expect(form).to_contain_text("没有写明申请人或者实名投诉举报人")
    form.get_by_label("来人").fill("钱某")
    submitted(walk.li, form)
    expect(walk.li.locator("h1")).to_contain_text(subject)


def test_an_application_is_supplemented_once_and_decided(walk: Walk) -> None:
    li = walk.li
    _came_in(walk, "申请", "申请设立旅馆")
    pictured(li, "nandagang-01-intake")
    form = opened(li, "启动执法事项")
    expect(form).to_contain_text("行政许可")
    submitted(li, form)
    walk.case = li.url
    walk.may_not_move("调查取证", "第八条", "书面凭证或者回执")
    pictured(li, "nandagang-02-opened")

    walk.papers("application", "receipt", "supplement-notice")
    walk.goes(walk.case)
    second = walk.desk.paper("supplement-notice", lock=False)
    walk.desk.signed(walk.desk.forms["supplement-notice"])
    form = opened(li, "定稿")
    refused(form, "一次性告知", "第八条")
    pictured(li, "nandagang-03-second-notice")
    _withdrawn(walk, second)
    walk.may_not_move("调查取证", "受理或者不予受理")
    walk.papers("acceptance")
    walk.moves("调查取证")

    visit = walk.activity("现场检查、勘验", "核查旅馆的出入口和监控", walk.start, where="海滨路 6 号")
    walk.may_not_move("审查决定", "第十七条")
    walk.links(1)
    walk.paper(visit, "inspection-record")
    walk.papers("rights-notice")
    walk.goes(walk.case)
    pictured(li, "nandagang-04-inspected")
    walk.moves("审查决定")
    walk.papers("proposal", "legal-review", "internal-approval", "decision")
    walk.moves("送达执行")
    walk.papers("service-receipt")
    walk.moves("终结")
    expect(li.locator("main")).to_contain_text("终结")
    pictured(li, "nandagang-05-concluded")


def test_a_real_name_complaint_is_not_started_only_after_its_author_was_told(walk: Walk) -> None:
    li = walk.li
    _came_in(walk, "投诉举报", "举报烧烤摊占道", named="是")
    form = opened(li, "启动执法事项")
    submitted(li, form)
    walk.case = li.url
    walk.may_not_move("不启动", "第九条", "处理决定", "告知记录")
    walk.goes(walk.case)
    walk.desk.paper(
        "complaint",
        {"处理决定": "不启动", "是否实名": "实名", "理由": "不属于本机关管辖，已告知其向城管部门反映"},
    )
    walk.may_not_move("不启动", "告知记录")
    walk.goes(walk.case)
    walk.desk.paper("complaint-notice", {"投诉举报人": "钱某", "告知方式": "当面告知"})
    pictured(li, "nandagang-06-complaint-told")
    walk.moves("不启动", note="不属于本机关管辖")
    expect(li.locator("main")).to_contain_text("不启动")
    expect(li.locator("main").get_by_role("button", name="转入下一环节")).to_have_count(0)
    pictured(li, "nandagang-07-not-started")


def _withdrawn(walk: Walk, address: str) -> None:
    """A draft that may not be issued stays a draft; nothing of it is lost."""
    walk.goes(address)
    expect(walk.li.locator("main")).to_contain_text("待签名")
