"""A case walked through the pages: started, moved from stage to stage, its activities entered, its films linked, its papers signed.

What the walks of the five regulations share; every step is what a person does at a page, and a refusal is read before it is mended.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from playwright.sync_api import Browser, expect
from tests.stories.hands import Desk, at, chosen, opened, refused, submitted
from tests.stories.served import settled, signed_in

from liuhen.engines.forms import load_forms
from liuhen.server.paths import data_folder

FORMS = load_forms(data_folder("forms"))
LONG = timedelta(minutes=1)


class Walk:
    """李 at her browser with the case she started; the others sign at theirs."""

    def __init__(
        self,
        browser: Browser,
        address: str,
        start: datetime,
        *,
        logins: tuple[str, ...] = ("li", "wang", "zhang", "chen"),
    ) -> None:
        people = {login: signed_in(browser, address, login) for login in logins}
        self.desk = Desk(people, FORMS, start)
        self.people, self.li, self.start, self.case = people, self.desk.li, start, ""

    def goes(self, where: str) -> None:
        self.li.goto(where)
        settled(self.li)

    def starts(self, category: str, cause: str, party: str = "钱某", *, mode: str = "依职权") -> None:
        """执法事项 of one's own motion, or as a form tells it that was opened already."""
        self.goes("/cases")
        form = opened(self.li, "启动执法事项")
        chosen(form, "类别", category)
        chosen(form, "启动方式", mode)
        form.get_by_label("案由").fill(cause)
        form.get_by_label("当事人").fill(party)
        submitted(self.li, form)
        self.case = self.li.url

    def moves(self, to: str, *, note: str = "") -> None:
        self.goes(self.case)
        form = opened(self.li, "转入下一环节")
        chosen(form, "转入", to)
        if note:
            form.get_by_label("说明").fill(note)
        submitted(self.li, form)

    def may_not_move(self, to: str, *words: str) -> None:
        self.goes(self.case)
        form = opened(self.li, "转入下一环节")
        chosen(form, "转入", to)
        refused(form, *words)

    def enters(self, note: str, *, absent: tuple[str, ...] = (), recorded: tuple[str, ...] = ()) -> None:
        """办案内容：逐项选，写明依据。"""
        self.goes(self.case)
        form = opened(self.li, "登记办案内容")
        for words, lines in (("没有发生", absent), ("已记录", recorded)):
            for line in lines:
                row = form.locator("table.checks tr").filter(has_text=line).first
                row.get_by_text(words, exact=True).click()
        form.get_by_label("说明").fill(note)
        submitted(self.li, form)

    def activity(
        self,
        kind: str,
        subject: str,
        moment: datetime,
        *,
        where: str = "三坊街 8 号",
        with_: str = "王",
        lasting: timedelta = LONG,
        announced: bool = True,
    ) -> str:
        """One activity of the case: registered, with its course, what was said and what was filmed; its address."""
        self.goes(self.case)
        form = opened(self.li, "登记活动")
        self.planned(kind, subject, moment, where=where, with_=with_)
        submitted(self.li, form)
        self.course(moment, moment + lasting)
        if announced:
            self.announced()
        self.carried(2)
        self.marks()
        return self.li.url

    def planned(self, kind: str, subject: str, moment: datetime, *, where: str, with_: str) -> None:
        """The form of an activity that is open, filled."""
        form = self.li.locator(".el-overlay-dialog:visible")
        chosen(form, "类型", kind)
        form.get_by_label("事由").fill(subject)
        form.get_by_label("地点").fill(where)
        at(form, "计划时间", moment)
        chosen(form, "参加人员", with_)
        form.locator("header").click()
        expect(form).to_contain_text(f"{with_}（")

    def course(self, start: datetime, end: datetime) -> None:
        form = opened(self.li, "登记经过")
        for label, when in (("到达现场", start), ("开始", start), ("结束", end), ("离开", end)):
            at(form, label, when)
        submitted(self.li, form)

    def announced(self) -> None:
        form = opened(self.li, "登记告知")
        chosen(form, "已告知正在记录", "是")
        chosen(form, "当事人提出异议", "否")
        submitted(self.li, form)

    def carried(self, count: int) -> None:
        form = opened(self.li, "登记设备情况")
        form.get_by_label("携带设备的人数").fill(str(count))
        submitted(self.li, form)

    def marks(self) -> None:
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
        self, activity: str, name: str, answers: Mapping[str, str] | None = None, *, refusing: str = ""
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

    def papers(self, *names: str) -> None:
        """Documents about the case itself, each filled, signed and locked."""
        self.goes(self.case)
        for name in names:
            self.desk.paper(name)
