"""福州的一件处罚，在浏览器里从现场检查走到送达：附件第 3、4、5、7、13 行各有一次活动，各有音像；询问和送达两次拒签，各有录像。

`make walks` runs it; PICTURES names a folder for pictures of each step on a desk and on a phone.
"""

import json
import os
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from tests.stories.field_home import APART
from tests.stories.hands import Desk, at, chosen, opened, pictured, refused, submitted
from tests.stories.served import serving, settled, signed_in

from liuhen.engines.forms import load_forms
from liuhen.server.paths import data_folder

pytestmark = [
    pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(1200),
    pytest.mark.skipif("WALKS" not in os.environ, reason="整案的浏览器故事由 make walks 走"),
]  # fmt: skip
FORMS = load_forms(data_folder("forms"))
ROWS = (
    ("现场检查（勘验）", "检查历史建筑外墙"),
    ("证据先行登记保存", "登记保存拆下的构件"),
    ("询问（调查）", "询问当事人"),
    ("陈述、申辩", "听取陈述申辩"),
    ("文书送达当事人或有关人员拒绝签字或盖章", "送达处罚决定书"),
)
"""附件第 3、4、5、7、13 行，按办理先后。"""
LONG = timedelta(minutes=1)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, dict[str, str]]]:
    folder: Path = tmp_path_factory.mktemp("home") / "home"
    with serving(folder, "tests.stories.field_home", "fuzhou", str(len(ROWS))) as (address, told):
        yield address, json.loads(told)


class Walk:
    """李 at her browser with the case she started; the others sign at theirs."""

    def __init__(self, browser: Browser, address: str, start: datetime) -> None:
        self.desk = Desk(
            {login: signed_in(browser, address, login) for login in ("li", "wang", "zhang", "chen")},
            FORMS,
            start,
        )
        self.li, self.start, self.case = self.desk.li, start, ""

    def goes(self, where: str) -> None:
        self.li.goto(where)
        settled(self.li)

    def starts(self) -> None:
        self.goes("/cases")
        form = opened(self.li, "启动执法事项")
        chosen(form, "类别", "行政处罚")
        chosen(form, "启动方式", "依职权")
        form.get_by_label("案由").fill("擅自拆改历史建筑外墙")
        form.get_by_label("当事人").fill("钱某")
        submitted(self.li, form)
        self.case = self.li.url

    def moves(self, to: str) -> None:
        self.goes(self.case)
        form = opened(self.li, "转入下一环节")
        chosen(form, "转入", to)
        submitted(self.li, form)

    def may_not_move(self, to: str, *words: str) -> None:
        self.goes(self.case)
        form = opened(self.li, "转入下一环节")
        chosen(form, "转入", to)
        refused(form, *words)

    def activity(self, row: int) -> str:
        """One row of the annex: registered, with its course, what was said and what was filmed; its address."""
        kind, subject = ROWS[row]
        moment = self.start + row * APART
        self.goes(self.case)
        form = opened(self.li, "登记活动")
        chosen(form, "类型", kind)
        form.get_by_label("事由").fill(subject)
        form.get_by_label("地点").fill("三坊街 8 号")
        at(form, "计划时间", moment)
        chosen(form, "参加人员", "王")
        form.locator("header").click()
        expect(form).to_contain_text("王（")
        submitted(self.li, form)
        self._course(moment)
        form = opened(self.li, "登记告知")
        chosen(form, "已告知正在记录", "是")
        chosen(form, "当事人提出异议", "否")
        submitted(self.li, form)
        form = opened(self.li, "登记设备情况")
        form.get_by_label("携带设备的人数").fill("2")
        submitted(self.li, form)
        self._marks()
        return self.li.url

    def _course(self, moment: datetime) -> None:
        form = opened(self.li, "登记经过")
        for label, when in (
            ("到达现场", moment),
            ("开始", moment),
            ("结束", moment + LONG),
            ("离开", moment + LONG),
        ):
            at(form, label, when)
        submitted(self.li, form)

    def _marks(self) -> None:
        """摄录内容：逐项选上。"""
        form = opened(self.li, "标记摄录内容")
        form.locator(".field .el-select").first.click()
        options = self.li.locator(".el-select-dropdown__item:visible")
        expect(options.first).to_be_visible()
        for option in options.all():
            option.click()
        form.locator("header").click()
        submitted(self.li, form)

    def links(self, count: int) -> None:
        """待关联：一张单子上逐段认可。"""
        self.goes("/linking")
        self.li.locator("main").get_by_text("核对 李").first.click()
        sheet = self.li.get_by_role("dialog")
        lines = sheet.locator("li.line")
        expect(lines.first).to_be_visible()
        for number in range(count):
            lines.nth(number).locator(".el-checkbox").click()
        sheet.get_by_role("button", name=f"关联勾选的 {count} 段").click()
        expect(sheet.get_by_role("status")).to_have_text(f"已关联 {count} 段。")
        sheet.get_by_role("button", name="关闭", exact=True).click()
        settled(self.li)

    def paper(
        self, activity: str, name: str, answers: dict[str, str] | None = None, *, refusing: str = ""
    ) -> None:
        """A document about an activity; whoever refuses to sign is noted, and everybody else signs."""
        form = FORMS[name]
        self.goes(activity)
        opened(self.li, f"写{form.title}")
        self.desk.write(answers or {})
        if refusing:
            note = opened(self.li, "注明拒签")
            note.get_by_label("姓名").fill("钱某")
            note.get_by_label("原因和当时的情形").fill(refusing)
            submitted(self.li, note)
        self.desk.signed(form, but=("party", "recipient") if refusing else ())
        self.desk.locked()


def test_a_penalty_goes_from_the_inspection_to_a_service_refused(
    home: tuple[str, dict[str, str]], browser: Browser
) -> None:
    address, told = home
    walk = Walk(browser, address, datetime.fromisoformat(told["start"]))
    walk.starts()
    walk.moves("调查取证")
    inspection, preservation, questioning, defence = (walk.activity(row) for row in range(4))

    walk.may_not_move("审查决定", "附件 行政执法音像记录事项清单")
    walk.links(4)
    pictured(walk.li, "fuzhou-01-linked")
    walk.paper(inspection, "inspection-record")
    walk.paper(preservation, "preservation")
    walk.paper(preservation, "evidence-list")
    walk.paper(
        questioning,
        "interview",
        {"内容": "问：拆了什么？答：一面外墙。"},
        refusing="阅后拒绝签名，未说明理由，有录像",
    )
    pictured(walk.li, "fuzhou-02-refused-interview")
    walk.paper(defence, "defence-record")
    walk.goes(walk.case)
    pictured(walk.li, "fuzhou-03-investigated")
    walk.moves("审查决定")

    for name in ("proposal", "legal-review", "internal-approval", "decision"):
        walk.desk.paper(name)
    walk.moves("送达执行")

    service = walk.activity(4)
    walk.paper(
        service,
        "service-receipt",
        {"送达方式": "直接送达", "送达的文书": "行政处理决定书"},
        refusing="拒绝签收，全程录像",
    )
    pictured(walk.li, "fuzhou-04-service-refused")
    walk.may_not_move("终结", "序号13")
    walk.links(1)
    walk.moves("终结")
    expect(walk.li.locator("main")).to_contain_text("终结")
    pictured(walk.li, "fuzhou-05-concluded")
