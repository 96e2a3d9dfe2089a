"""Three cameras of one event in headless Chromium: laid on each other, played in step, key content marked and printed."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.stories.served import serving, signed_in, until

pytestmark = [pytest.mark.browser, pytest.mark.slow]
_MARKS = ((2, "出示证件，表明身份"), (6, "告知检查事由"), (10, "当事人核对笔录"))


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    with serving(tmp_path_factory.mktemp("home") / "home", "tests.stories.watching_home") as found:
        yield found


def test_officer_lays_three_cameras_on_each_other_plays_them_in_step_and_marks_what_matters(
    home: tuple[str, str], browser: Browser
) -> None:
    address, activity = home
    li = signed_in(browser, address, "li")
    li.goto(f"/activities/{activity}")
    expect(li.locator(".alignment")).to_contain_text("尚未对齐")
    li.get_by_role("button", name="按声音对齐").click()
    li.get_by_role("dialog").get_by_role("button", name="按声音对齐").click()
    until(li, lambda: "为准" in li.locator(".alignment").inner_text())
    expect(li.locator(".alignment")).to_contain_text("按声音对齐，误差不超过 0.0")
    li.get_by_role("button", name="登记并打开全部 3 路").click()
    expect(li.locator("video")).to_have_count(3)
    _play_in_step(li)
    for second, says in _MARKS:
        _mark(li, second, says)
    expect(li.locator(".segments li")).to_have_count(3)
    li.get_by_role("button", name="写关键内容与时间段说明").click()
    form = li.get_by_role("dialog")
    expect(form).to_contain_text("关键内容")
    assert (
        form.locator("input, textarea")
        .evaluate_all("all => all.map(e => e.value).join('|')")
        .count("告知检查事由")
        == 1
    )
    form.get_by_role("button", name="起草", exact=True).click()
    expect(li.locator("h1")).to_contain_text("关键内容与时间段说明")
    expect(li.locator("main")).to_contain_text("当事人核对笔录")
    jump = li.get_by_role("link", name="00:06").first
    jump.click()
    expect(li).to_have_url(lambda url: "t=6" in url)


def _play_in_step(page: Page) -> None:
    """Three pictures, at the same moment of the event, are never forty milliseconds apart once they have found each other."""
    page.locator(".player").focus()
    page.wait_for_function("[...document.querySelectorAll('video')].every(v => v.readyState >= 3)")
    page.keyboard.press("Space")
    page.wait_for_timeout(7000)  # All three run from the sixth second of the event on.
    told = page.evaluate(
        """async () => {
            const found = []
            for (let i = 0; i < 40; i++) {
                await new Promise((done) => setTimeout(done, 50))
                const seen = document.querySelector('.apart')
                if (seen) found.push(Number(seen.dataset.apart))
            }
            return found
        }"""
    )
    page.keyboard.press("k")
    assert len(told) > 20
    assert sorted(told)[int(len(told) * 0.9)] < 40, told
    assert page.locator("video:not([muted])").count() >= 1


def _mark(page: Page, second: int, says: str) -> None:
    page.locator("input.seek").evaluate(
        "(e, s) => { e.value = Number(e.min) + s * 1000; e.dispatchEvent(new Event('input')) }", second
    )
    page.locator(".player").focus()
    page.keyboard.press("[")
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("]")
    form = page.get_by_role("dialog")
    form.locator(".field", has_text="内容").last.locator("input").fill(says)
    form.get_by_role("button", name="标记", exact=True).click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.locator(".segments")).to_contain_text(says)
