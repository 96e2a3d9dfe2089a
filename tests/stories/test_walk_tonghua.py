"""通化的一起 110 警情，在浏览器里走一遍：两名民警两台记录仪，嫌疑人带入办案区；没有检查过的询问室不能问，检查过的才能问。

`make walks` runs it; PICTURES names a folder for pictures of each step on a desk and on a phone.
"""

import json
import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.stories.call_home import BROUGHT_IN
from tests.stories.hands import at, chosen, opened, pictured, submitted
from tests.stories.served import serving, settled, until
from tests.stories.walking import Walk

pytestmark = [
    pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(1200),
    pytest.mark.skipif("WALKS" not in os.environ, reason="整案的浏览器故事由 make walks 走"),
]  # fmt: skip


@pytest.fixture(scope="module")
def walk(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[Walk]:
    folder: Path = tmp_path_factory.mktemp("home") / "home"
    with serving(folder, "tests.stories.call_home") as (address, told):
        start = datetime.fromisoformat(json.loads(told)["start"])
        yield Walk(browser, address, start, logins=("li", "wang", "zhang", "zhao", "chen"))


def test_a_call_with_two_cameras_and_a_suspect_in_the_case_area(walk: Walk) -> None:
    li = walk.li
    call = _taken(walk)
    form = opened(li, "登记现场活动")
    walk.planned("接报警和处警", "烧烤摊前有人打架", walk.start, where="光明街 56 号", with_="王")
    submitted(li, form)
    scene = li.url
    _course(walk)
    walk.announced()
    walk.carried(2)
    walk.marks()

    walk.links(1)
    walk.goes(scene)
    until(li, lambda: "第十一条" in li.locator("main").inner_text())
    expect(li.locator("main")).to_contain_text("应不少于 2，实为 1")
    pictured(li, "tonghua-01-one-camera")
    _links_own(walk.people["wang"], "王")
    walk.goes(scene)
    until(li, lambda: "实为 1" not in li.locator("main").inner_text())
    pictured(li, "tonghua-02-two-cameras")

    stay = _brought_in(walk)
    _questioned(walk, stay)
    walk.goes(scene)
    until(li, lambda: "办案区停留" in li.locator("main").inner_text())
    pictured(li, "tonghua-05-scene-after-the-stay")

    walk.goes(call)
    form = opened(li, "启动执法事项")
    submitted(li, form)
    walk.case = li.url
    expect(li.locator("main")).to_contain_text("来自")
    walk.goes(call)
    expect(li.locator("main")).to_contain_text("已有去向")
    pictured(li, "tonghua-06-call-answered")


def _taken(walk: Walk) -> str:
    """The call as the 110 system told it, twice; which telling holds is entered, and the arrival."""
    li = walk.li
    walk.goes("/intakes?state=changed")
    li.locator("tbody tr").filter(has_text="烧烤摊前有人打架").locator("a.open").click()
    settled(li)
    form = opened(li, "核对来文变更")
    form.locator("textarea").fill("以后来的为准，接警员补记")
    submitted(li, form)
    form = opened(li, "登记一步")
    chosen(form, "哪一步", "到达")
    at(form, "时间", walk.start)
    submitted(li, form)
    return li.url


def _course(walk: Walk) -> None:
    """登记经过：带回了嫌疑人，录到带入办案区为止。"""
    form = opened(walk.li, "登记经过")
    for label in ("到达现场", "开始"):
        at(form, label, walk.start)
    for label in ("结束", "离开"):
        at(form, label, walk.start + BROUGHT_IN)
    chosen(form, "带回违法嫌疑人", "是")
    submitted(walk.li, form)


def _links_own(page: Page, who: str) -> None:
    page.goto("/linking")
    settled(page)
    page.locator("main").get_by_text(f"核对 {who}").first.click()
    sheet = page.get_by_role("dialog")
    expect(sheet.locator("li.line").first).to_be_visible()
    sheet.locator("li.line").first.locator(".el-checkbox").click()
    sheet.get_by_role("button", name="关联勾选的 1 段").click()
    expect(sheet.get_by_role("status")).to_have_text("已关联 1 段。")


def _brought_in(walk: Walk) -> str:
    form = opened(walk.li, "登记入区")
    form.get_by_label("被带入的人").fill("孙某")
    chosen(form, "在哪一间", "办案区大厅")
    at(form, "入区时间", walk.start + BROUGHT_IN)
    submitted(walk.li, form)
    expect(walk.li.locator("h1")).to_contain_text("孙某 · 办案区停留")
    pictured(walk.li, "tonghua-03-brought-in")
    return walk.li.url


def _questioned(walk: Walk, stay: str) -> None:
    """询问：in a room nobody checked it is refused; 赵 checks it, and it begins; then he leaves."""
    li = walk.li
    form = opened(li, "登记下一步")
    chosen(form, "哪一步", "询问、讯问")
    chosen(form, "在哪一间", "一号询问室")
    form.locator(".el-dialog__footer .el-button--primary").click()
    expect(form).to_contain_text("不能在一号询问室开始询问、讯问：使用之前没有检查过")
    form.get_by_role("button", name="取消").click()
    _checked(walk.people["zhao"])
    walk.goes(stay)
    form = opened(li, "登记下一步")
    chosen(form, "哪一步", "询问、讯问")
    chosen(form, "在哪一间", "一号询问室")
    submitted(li, form)
    form = opened(li, "登记下一步")
    chosen(form, "哪一步", "离区")
    submitted(li, form)
    expect(li.locator("main")).to_contain_text("询问、讯问")
    pictured(li, "tonghua-04-left")


def _checked(keeper: Page) -> None:
    """记录场所使用前检查：every line of it, and the room is opened."""
    keeper.goto("/equipment")
    settled(keeper)
    row = keeper.locator("tr").filter(has_text="一号询问室").first
    row.get_by_role("button", name="检查").click()
    form = keeper.locator(".el-overlay-dialog:visible")
    expect(form.locator(".el-dialog__footer")).to_be_visible()
    for line in form.locator("table.checks tbody tr").all():
        line.get_by_text("合格", exact=True).click()
    pictured(keeper, "tonghua-04a-room-check")
    submitted(keeper, form)
