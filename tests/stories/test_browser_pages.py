"""Every page of the router, as several people, over real things: nothing breaks, nothing is cut, everyone can read it.

For each page: a heading, no error in the console, no sideways scroll on a desk or a phone, nothing serious from axe,
and the keyboard's way in. A new route fails here until it is given a thing to be opened on.
"""

import json
import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from playwright.sync_api import Browser, CDPSession, Locator, Page, expect
from playwright.sync_api import TimeoutError as NeverCame
from tests.stories.served import DESK, PHONE, ROOT, serving, settled, signed_in

pytestmark = [pytest.mark.browser, pytest.mark.slow]

_ROUTES = re.findall(r"\{ path: '([^']+)'", (ROOT / "frontend/src/router.ts").read_text("utf-8"))
_AXE = (ROOT / "frontend/node_modules/axe-core/axe.min.js").read_text("utf-8")
_RUN = (
    "axe.run(document, {resultTypes: ['violations']}).then(r => JSON.stringify(r.violations"
    ".filter(v => v.impact === 'serious' || v.impact === 'critical')"
    ".map(v => [v.id, v.nodes.slice(0, 3).map(n => n.target.join(' '))])))"
)
_NOWHERE = "/no-such-page"
_STANDING = {
    "/login": "/login?to=/",
    "/unreachable": "/unreachable?to=/",
    "/:rest(.*)*": _NOWHERE,
    "/search": "/search?q=清河",
    "/rights/:officer/:number": "/rights/{people}/{number}",
    "/statistics/rows": "/statistics/rows?figure=timely-ingest",
    "/rules/comparison": "/rules/comparison?one=subdistrict&other=fuzhou",
    "/rules/trial": "/rules/trial?kind=activate&key=fuzhou",
}
# Administrators have no lists, and few may try another law: what stands there instead must read as well as the page.
_CLOSED = {
    "li": (
        "/window",
        "/bulk-notices",
        "/rules/trial",
        "/handovers",
        "/inspections",
        "/statistics",
        "/keeping",
        "/disposals",
        "/backups",
        "/hand-out",
        "/device-imports",
        "/supply-requests",
        "/people",
        "/posts",
        "/rights",
    ),
    "zhao": (
        "/window",
        "/bulk-notices",
        "/linking",
        "/rules/trial",
        "/handovers",
        "/liability",
        "/statistics",
        "/backups",
        "/supply-requests",
        "/redactions",
        "/people",
        "/posts",
        "/rights",
    ),
    "zhou2": ("/window", "/linking", "/hand-out", "/device-imports", "/supply-requests"),
    "sys": (
        "/window",
        "/bulk-notices",
        "/packages",
        "/intakes",
        "/stays",
        "/cases",
        "/volumes",
        "/activities",
        "/recordings",
        "/redactions",
        "/linking",
        "/handovers",
        "/keeping",
        "/holds",
        "/disposals",
        "/backups",
        "/absences",
        "/documents",
        "/devices",
        "/hand-out",
        "/device-imports",
        "/supply-requests",
        "/equipment",
        "/stations",
        "/inspections",
        "/liability",
        "/registers",
        "/statistics",
        "/rules/rows",
        "/rules/trial",
        "/rights",
    ),
}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, dict[str, str]]]:
    with serving(tmp_path_factory.mktemp("home") / "home", "tests.stories.full_home") as (address, told):
        yield address, json.loads(told)


@pytest.mark.parametrize(
    ("login", "scheme"), [("li", "light"), ("zhao", "dark"), ("zhou2", "light"), ("sys", "dark")]
)
def test_every_page_stands(
    home: tuple[str, dict[str, str]], browser: Browser, login: str, scheme: str
) -> None:
    address, things = home
    page = signed_in(browser, address, login, color_scheme=scheme)
    told: list[str] = []
    page.on("console", lambda m: told.append(m.text) if m.type == "error" else None)
    page.on("pageerror", lambda error: told.append(str(error)))
    axe = page.context.new_cdp_session(page)
    wrong: dict[str, list[str]] = {}
    for path in _addresses(things):
        told.clear()
        found = _faults(page, axe, path)
        if not path.startswith(_CLOSED[login]):
            found += told
        if found:
            wrong[path] = found
    assert not wrong, json.dumps(wrong, ensure_ascii=False, indent=1)


@pytest.mark.parametrize("login", ["li", "zhao"])
def test_every_dialog_can_be_read(home: tuple[str, dict[str, str]], browser: Browser, login: str) -> None:
    """Whatever a page's own buttons open: nothing serious from axe, nothing cut on a phone, Escape closes it."""
    address, things = home
    page = signed_in(browser, address, login)
    axe, opened = page.context.new_cdp_session(page), 0
    wrong: dict[str, list[str]] = {}
    for path in _addresses(things | {"long": ""}):  # Long names are looked at on the pages themselves.
        if "login" in path or "unreachable" in path:
            continue
        page.set_viewport_size(DESK)  # type: ignore[arg-type]
        page.goto(path)
        settled(page)
        for name in _offered(page):
            dialog = page.locator("[role=dialog][aria-modal=true]").filter(visible=True)
            page.get_by_role("main").get_by_role("button", name=name, exact=True).first.click()
            if not _opened(dialog):
                continue
            settled(page)
            opened += 1
            found = _unreadable(axe)
            page.set_viewport_size(PHONE)  # type: ignore[arg-type]
            page.wait_for_timeout(120)
            found += _sideways(page, "手机")
            page.set_viewport_size(DESK)  # type: ignore[arg-type]
            page.keyboard.press("Escape")
            expect(dialog).to_have_count(0)
            if found:
                wrong[f"{path} {name}"] = found
    assert opened > 3
    assert not wrong, json.dumps(wrong, ensure_ascii=False, indent=1)


def test_keyboard_alone_reaches_every_main_job(home: tuple[str, dict[str, str]], browser: Browser) -> None:
    """Tab passes the skip link, the sections and the page's own button; focus is seen on each; Enter opens the form."""
    address, _ = home
    page = signed_in(browser, address, "li")
    for path, job in (("/cases", "启动执法事项"), ("/activities", "登记活动"), ("/recordings", "上传")):
        page.goto(path)
        button = page.get_by_role("button", name=job, exact=True)
        expect(button).to_be_visible()
        page.locator("body").press("Home")
        for _ in range(45):
            page.keyboard.press("Tab")
            focused = page.locator(":focus")
            assert focused.count() == 1, path
            assert _is_seen(focused), (
                f"{path}：看不出焦点在哪里：{focused.evaluate('e => e.outerHTML')[:200]}"
            )
            if focused.inner_text().strip() == job:
                break
        else:
            pytest.fail(f"{path}：用键盘到不了“{job}”")
        page.keyboard.press("Enter")
        dialog = page.locator("[role=dialog][aria-modal=true]").filter(visible=True)
        expect(dialog).to_be_visible()
        page.keyboard.press("Escape")
        expect(dialog).to_have_count(0)


def test_list_row_opens_from_the_keyboard(home: tuple[str, dict[str, str]], browser: Browser) -> None:
    address, things = home
    page = signed_in(browser, address, "li")
    page.goto("/activities")
    settled(page)
    page.locator(f"td a[href='/activities/{things['activities']}']").press("Enter")
    expect(page).to_have_url(re.compile(things["activities"]))
    page.locator(".canvas").focus()
    before = page.locator(".canvas").get_attribute("aria-valuetext")
    page.keyboard.press("ArrowRight")
    expect(page.locator(".canvas")).not_to_have_attribute("aria-valuetext", before or "")


def test_timeline_reads_as_a_table_and_prints_without_colour(
    home: tuple[str, dict[str, str]], browser: Browser, tmp_path: Path
) -> None:
    address, things = home
    page = signed_in(browser, address, "li")
    page.goto(f"/activities/{things['activities']}")
    page.get_by_text("以表格查看").click()
    rows = page.locator(".timeline table tbody tr")
    expect(rows.filter(has_text="已录").first).to_be_visible()
    expect(rows.filter(has_text="缺失").first).to_contain_text("分")
    page.emulate_media(media="print")
    picture = page.locator(".canvas svg")
    kinds = picture.evaluate(
        "s => [...s.querySelectorAll('rect.bar')].map(r => [r.getAttribute('class'), getComputedStyle(r).fill])"
    )
    fills = {name.split()[-1]: fill for name, fill in kinds}
    assert {"recorded", "missing"} <= fills.keys()
    assert len(set(fills.values())) == len(fills), "黑白打印时各种时段须以纹样分辨"
    page.screenshot(path=tmp_path / "print.png")


# ── hands ──────────────────────────────────────────────────────────────────────────────────────────────────────


def _addresses(things: dict[str, str]) -> list[str]:
    """One address for each route; a route with a part that names a thing is opened on one, and on one with long names."""
    found = things["long"].split()
    for route in _ROUTES:
        if route in _STANDING:
            found.append(_STANDING[route].format(**things))
        elif ":id" in route:
            found.append(route.replace(":id", things[route.split("/")[1]]))
        else:
            assert ":" not in route, f"请为新地址 {route} 给出一个可以打开的例子"
            found.append(route)
    return found


def _offered(page: Page) -> list[str]:
    """The buttons that say they open a dialog and may be pressed now."""
    buttons = page.get_by_role("main").locator("[data-opens=dialog] button:visible:not([aria-disabled=true])")
    return list(dict.fromkeys(text.strip() for text in buttons.all_inner_texts() if text.strip()))


def _opened(dialog: Locator) -> bool:
    """Whether a dialog comes; one fades in, and is read when it stands."""
    with suppress(NeverCame):
        dialog.first.wait_for(timeout=1500)
    if dialog.count() == 0:
        return False
    dialog.first.evaluate(  # An animation that another takes the place of is never finished.
        "e => Promise.allSettled(e.closest('.el-overlay').getAnimations({subtree: true}).map(a => a.finished))"
    )
    return True


def _faults(page: Page, axe: CDPSession, path: str) -> list[str]:
    page.set_viewport_size(DESK)  # type: ignore[arg-type]
    page.goto(path)
    settled(page)
    found = [] if page.locator("h1").count() == 1 or page.locator("[role=alert]").count() else ["没有标题"]
    if path != _NOWHERE and page.get_by_role("heading", name="没有这一页").count():
        found.append("这个地址没有页面")
    found += _sideways(page, "桌面") + _unreadable(axe)
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    page.wait_for_timeout(120)
    return found + _sideways(page, "手机")


def _unreadable(axe: CDPSession) -> list[str]:
    axe.send("Runtime.evaluate", {"expression": _AXE})
    told = axe.send("Runtime.evaluate", {"expression": _RUN, "awaitPromise": True, "returnByValue": True})
    return [f"{rule}：{'；'.join(where)}" for rule, where in json.loads(told["result"]["value"])]


def _sideways(page: Page, where: str) -> list[str]:
    over = page.locator("html").evaluate("e => e.scrollWidth - e.clientWidth")
    return [f"{where}上要横向滚动 {over} 像素"] if over > 0 else []


def _is_seen(focused) -> bool:  # type: ignore[no-untyped-def]
    """An outline, a shadow or a border of the focused thing, or of the frame that Element Plus draws around it."""
    drawn = (
        "e => { const box = e.closest('.el-input__wrapper, .el-select__wrapper, .el-date-editor') ?? e;"
        " const s = getComputedStyle(e), b = getComputedStyle(box);"
        " return (s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) > 0) || b.boxShadow !== 'none'; }"
    )
    return bool(focused.evaluate(drawn))
