"""What comes in, in headless Chromium: a 110 call told twice, two cameras at the scene, a suspect in the case area; and a real-name
complaint that is not started.

PICTURES names a folder for pictures of each step on a desk and on a phone.
"""

import json
import os
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from tests.stories.served import DESK, PHONE, serving, signed_in

from liuhen.kernel.clock import BEIJING

pytestmark = [pytest.mark.browser, pytest.mark.slow]
_PICTURES = os.environ.get("PICTURES", "")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, datetime]]:
    with serving(tmp_path_factory.mktemp("home") / "home", "tests.stories.ways_home") as (address, told):
        yield address, datetime.fromisoformat(json.loads(told)["start"])


def test_call_leads_to_the_scene_its_footage_and_the_case_area(
    home: tuple[str, datetime], browser: Browser
) -> None:
    address, start = home
    li = signed_in(browser, address, "li")
    li.goto("/intakes?state=changed")
    li.locator("tbody tr").filter(has_text="烧烤摊前有人打架").locator("a.open").click()
    expect(li.locator("h1")).to_contain_text("烧烤摊前有人打架")
    expect(li.locator("body")).to_contain_text("推搡 → 两人在烧烤摊前推搡，一人持酒瓶")
    expect(li.locator("#near h3").first).to_have_text("前后半小时之内，拍摄地点不明")
    expect(li.locator("#near .card")).to_have_count(3)  # Two at the scene, and the hall that ran soon after.
    call = li.url
    _picture(li, "intake")
    form = _opened(li, "核对来文变更")
    form.locator("textarea").fill("以后来的为准，接警员补记")
    form.get_by_role("button", name="核对", exact=True).click()
    expect(li.locator("body")).to_contain_text("已核对")
    form = _opened(li, "登记现场活动")
    expect(form.get_by_label("事由")).to_have_value("烧烤摊前有人打架")
    _chosen(li, form, "类型", "接报警和处警")
    _at(form, "计划时间", start)
    form.get_by_role("button", name="登记", exact=True).click()
    expect(li.locator("h1")).to_contain_text("清河路 12 号")
    _stay(li, start)
    li.goto(call)
    expect(li.locator("body")).to_contain_text("登记现场活动")


def _stay(li: Page, start: datetime) -> None:
    form = _opened(li, "登记入区")
    form.get_by_label("被带入的人").fill("孙某")
    _chosen(li, form, "在哪一间", "办案区大厅")
    _at(form, "入区时间", start + timedelta(minutes=25))
    form.get_by_role("button", name="登记", exact=True).click()
    expect(li.locator("h1")).to_contain_text("孙某 · 办案区停留")
    form = _opened(li, "登记下一步")
    _chosen(li, form, "哪一步", "询问、讯问")
    _chosen(li, form, "在哪一间", "一号询问室")
    form.get_by_role("button", name="登记", exact=True).click()
    expect(form).to_contain_text("不能在一号询问室开始询问、讯问：使用之前没有检查过")
    expect(form).to_contain_text("请先检查这一间并投入使用")
    _chosen(li, form, "哪一步", "候问看管")
    _chosen(li, form, "在哪一间", "办案区大厅")
    form.get_by_role("button", name="登记", exact=True).click()
    expect(li.locator(".el-overlay-dialog:visible")).to_have_count(0)
    expect(li.locator(".step")).to_have_count(2)
    expect(li.locator(".step").first).to_contain_text("没有录到")
    expect(li.locator("body")).to_contain_text("办案区内自嫌疑人进入起，至离开止")
    _picture(li, "stay")


def test_real_name_complaint_is_not_started_without_telling_who_complained(
    home: tuple[str, datetime], browser: Browser
) -> None:
    address, start = home
    li = signed_in(browser, address, "li")
    li.goto("/intakes")
    form = _opened(li, "受理登记")
    _chosen(li, form, "种类", "投诉举报")
    _chosen(li, form, "来源", "电话")
    form.get_by_label("事由").fill("烧烤摊夜间噪声")
    _at(form, "收到时间", start)
    form.get_by_label("来人").fill("钱某")
    form.get_by_role("button", name="登记", exact=True).click()
    expect(form).to_contain_text("没有写明是不是实名")
    _chosen(li, form, "实名（投诉举报）", "是")
    form.get_by_role("button", name="登记", exact=True).click()
    expect(li.locator("h1")).to_contain_text("烧烤摊夜间噪声")
    form = _opened(li, "启动执法事项")
    form.get_by_role("button", name="启动", exact=True).click()
    expect(li.locator("body")).to_contain_text("来自")
    form = _opened(li, "转入下一环节")
    _chosen(li, form, "转入", "不启动")
    form.get_by_label("说明").fill("不属于本机关职责")
    form.get_by_role("button", name="转入", exact=True).click()
    expect(form).to_contain_text("告知记录")
    expect(form).to_contain_text("第九条")
    _picture(li, "not-started")


def _opened(page: Page, button: str) -> Locator:
    page.locator("main").get_by_role("button", name=button, exact=True).first.click()
    form = page.locator(".el-overlay-dialog:visible")
    expect(form).to_be_visible()
    return form


def _chosen(page: Page, form: Locator, label: str, option: str) -> None:
    field = form.locator(".field").filter(has=page.locator(f"label:has-text('{label}')")).first
    field.locator(".el-select").click()
    page.locator(".el-select-dropdown__item:visible").filter(has_text=option).first.click()


def _at(form: Locator, label: str, moment: datetime) -> None:
    field = form.get_by_label(label)
    field.fill(f"{moment.astimezone(BEIJING):%Y-%m-%d %H:%M}")
    field.press("Enter")


def _picture(page: Page, name: str) -> None:
    if not _PICTURES:
        return
    for label, size in (("desk", DESK), ("phone", PHONE)):
        page.set_viewport_size(size)  # type: ignore[arg-type]
        page.wait_for_timeout(400)
        page.screenshot(path=f"{_PICTURES}/{name}-{label}.png", full_page=True)
    page.set_viewport_size(DESK)  # type: ignore[arg-type]
