"""白庙子的一次简单检查，在浏览器里走完：记录仪坏了修不好，缺口就音像登记，书面报告签名、队长先退后准，缺口照实留着，检查办得下去。

`make walks` runs it; PICTURES names a folder for pictures of each step on a desk and on a phone.
"""

import json
import os
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.stories.hands import chosen, opened, pictured, refused, submitted
from tests.stories.served import serving, settled, until
from tests.stories.walking import FORMS, Walk

pytestmark = [
    pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(1200),
    pytest.mark.skipif("WALKS" not in os.environ, reason="整案的浏览器故事由 make walks 走"),
]  # fmt: skip
LASTING = timedelta(minutes=10)
"""The film ends after a minute and a quarter; the inspection goes on for ten."""


@pytest.fixture(scope="module")
def walk(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[Walk]:
    folder: Path = tmp_path_factory.mktemp("home") / "home"
    with serving(folder, "tests.stories.field_home", "baimiaozi", "1") as (address, told):
        yield Walk(browser, address, datetime.fromisoformat(json.loads(told)["start"]))


def test_an_inspection_whose_camera_failed_goes_on_when_the_report_was_signed_and_approved(
    walk: Walk,
) -> None:
    li = walk.li
    walk.starts("行政检查", "检查采石场安全", "钱某采石场")
    walk.moves("调查取证")
    visit = walk.activity(
        "日常监督检查", "检查采石场", walk.start, where="青石村采石场", lasting=LASTING, announced=False
    )
    walk.may_not_move("审查决定", "第九条")
    walk.links(1)
    walk.may_not_move("审查决定", "第九条")
    walk.goes(visit)
    pictured(li, "baimiaozi-01-gap")

    _filed(walk)
    walk.goes(visit)
    until(li, lambda: "尚缺书面报告" in li.locator("main").inner_text())
    pictured(li, "baimiaozi-02-filed")
    walk.may_not_move("审查决定", "第九条")

    walk.goes(visit)
    opened(li, "填写情况说明", within="main li.one")  # of the interruption, not of the whole activity
    walk.desk.write({"情况": "记录仪死机，重启三次无效，随身没有备用设备"})
    walk.desk.signed(FORMS["statement"])
    walk.desk.locked()
    pictured(li, "baimiaozi-03-statement")
    walk.may_not_move("审查决定", "第九条")

    _asked(walk, visit)
    expect(li.locator("main")).to_contain_text("现由队长审批：综合行政执法队张")
    expect(li.locator("main").get_by_role("button", name="审批", exact=True)).to_have_count(0)
    _decided(walk.people["zhang"], "退回", "没有写明几点几分死机")
    walk.goes(visit)
    expect(li.locator("main")).to_contain_text("没有写明几点几分死机")
    pictured(li, "baimiaozi-04-returned")
    walk.may_not_move("审查决定", "第九条")
    _asked(walk, visit)
    _decided(walk.people["zhang"], "同意", "")
    walk.goes(visit)
    until(li, lambda: re.search(r"记录中断\s*依规免除", li.locator("main").inner_text()) is not None)
    expect(li.locator("main")).to_contain_text("已说明 8 分 45 秒")
    expect(li.locator("main")).to_contain_text("没有写明几点几分死机")  # 退回过，照实留着
    pictured(li, "baimiaozi-05-approved")
    walk.moves("审查决定")
    walk.moves("送达执行")
    walk.moves("终结")
    expect(li.locator("main")).to_contain_text("终结")
    pictured(li, "baimiaozi-06-concluded")


def _filed(walk: Walk) -> None:
    """登记中断：an end that the films do not show is refused; what they show is filed."""
    form = opened(walk.li, "登记中断")
    chosen(form, "原因", "技术问题")
    chosen(form, "后来恢复了记录", "是")
    refused(form, "这个缺口之后没有音像")
    form = opened(walk.li, "登记中断")
    chosen(form, "原因", "技术问题")
    chosen(form, "采取的措施", "现场排除故障")
    form.locator("header").click()
    form.get_by_label("措施的说明").fill("重启三次无效")
    chosen(form, "后来恢复了记录", "否")
    submitted(walk.li, form)


def _asked(walk: Walk, visit: str) -> None:
    walk.goes(visit)
    form = opened(walk.li, "提交审批")
    expect(form).to_contain_text("审批次序：队长")
    form.get_by_label("事由").fill("记录仪死机，现场不能排除")
    submitted(walk.li, form)


def _decided(head: Page, answer: str, reason: str) -> None:
    """The head at his own desk; a return says why."""
    head.goto("/")
    settled(head)
    form = opened(head, "审批")
    chosen(form, "意见", answer)
    if reason:
        form.locator(".el-dialog__footer .el-button--primary").click()
        expect(form).to_contain_text("退回需写明理由")
        form.get_by_label("理由").fill(reason)
    submitted(head, form)
