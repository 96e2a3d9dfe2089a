"""Hands on the pages: a form opened and filled field by field, a paper signed by everybody in whose place it is, pictures taken.

Everything goes through what a person sees; nothing is sent but by pressing.
"""

import contextlib
import os
import re
from collections.abc import Mapping
from datetime import datetime

from playwright.sync_api import Locator, Page, expect
from tests.stories.served import DESK, PHONE, settled

from liuhen.engines.forms import Form
from liuhen.kernel.clock import BEIJING

PICTURES = os.environ.get("PICTURES", "")
OWN = ("officer", "server", "giver", "head", "legal")
"""Places that somebody of the house signs by his own account; everybody else signs on the officer's screen."""


def opened(page: Page, button: str, *, within: str = "main") -> Locator:
    """The dialog behind a button."""
    page.locator(within).get_by_role("button", name=button, exact=True).first.click()
    form = page.locator(".el-overlay-dialog:visible")
    expect(form.locator(".el-dialog__footer")).to_be_visible()
    expect(form).not_to_contain_text("正在取表")
    return form


def submitted(page: Page, form: Locator) -> None:
    """The dialog's own button pressed, and the dialog gone: nothing was refused."""
    form.locator(".el-dialog__footer .el-button--primary").click()
    expect(page.locator(".el-overlay-dialog:visible")).to_have_count(0)
    settled(page)


def refused(form: Locator, *words: str) -> None:
    """The dialog's own button pressed, and told why not."""
    form.locator(".el-dialog__footer .el-button--primary").click()
    for word in words:
        expect(form).to_contain_text(word)
    form.get_by_role("button", name=re.compile("^(取消|先不办)$")).click()
    expect(form).to_have_count(0)


def chosen(form: Locator, label: str, option: str) -> None:
    """An option of a select, by its words."""
    field = form.locator(".field").filter(has=form.page.locator(f"label:has-text('{label}')")).first
    expect(form.page.locator(".el-select-dropdown__item:visible")).to_have_count(0)  # of the last one
    field.locator(".el-select").click()
    listed = form.page.locator(".el-select-dropdown__item:visible")
    listed.filter(has_text=option).first.click()
    if not field.locator(
        ".el-tag"
    ).count():  # A list of which only one is chosen closes by itself, on a slow machine not always.
        with contextlib.suppress(AssertionError):
            expect(listed).to_have_count(0, timeout=3000)
        if listed.count():
            form.locator("header").click()


def at(form: Locator, label: str, moment: datetime) -> None:
    field = form.get_by_label(label).first
    field.fill(f"{moment.astimezone(BEIJING):%Y-%m-%d %H:%M}")
    field.press("Enter")


def filled(form: Locator, answers: Mapping[str, str], *, moment: datetime) -> None:
    """Every field that must be filled and is not yet: by its answer where the story has one, else by what its kind asks for."""
    for field in form.locator(".field").all():
        label = field.locator("label").first.inner_text().removesuffix("必填").strip()
        _fill(field, answers.get(label), label, moment)


def _fill(field: Locator, answer: str | None, label: str, moment: datetime) -> None:
    must = field.locator(".must").count() > 0
    if answer is None and not must:
        return
    if field.locator(".el-select").count():
        if answer is not None or "请选择" in field.locator(".el-select").inner_text():
            expect(field.page.locator(".el-select-dropdown__item:visible")).to_have_count(
                0
            )  # of the last one
            field.locator(".el-select").click()
            options = field.page.locator(".el-select-dropdown__item:visible:not(.is-disabled)")
            (options.filter(has_text=answer) if answer else options).first.click()
    elif field.locator(".el-date-editor").count():
        box = field.locator("input")
        if answer is not None or not box.input_value():
            box.fill(f"{moment.astimezone(BEIJING):%Y-%m-%d %H:%M}")
            box.press("Enter")
    elif field.locator("table.rows").count():
        for place, box in enumerate(field.locator("table.rows tbody tr").first.locator("input").all()):
            if not box.input_value():
                box.fill((answer or "铁架|大|3|无").split("|")[place % 4])
    elif field.locator("svg.board").count():
        drawn(field)
    else:
        box = field.locator("textarea, input").first
        if answer is not None or not box.input_value():
            box.fill(answer or f"{label}：已查明")


def drawn(field: Locator) -> None:
    """A name, as a hand draws it."""
    board = field.locator("svg.board")
    board.scroll_into_view_if_needed()
    box = board.bounding_box()
    assert box
    mouse = field.page.mouse
    for stroke in ((0.2, 0.3, 0.5, 0.3), (0.35, 0.15, 0.3, 0.8), (0.6, 0.2, 0.85, 0.75)):
        mouse.move(box["x"] + stroke[0] * box["width"], box["y"] + stroke[1] * box["height"])
        mouse.down()
        mouse.move(box["x"] + stroke[2] * box["width"], box["y"] + stroke[3] * box["height"], steps=4)
        mouse.up()


class Desk:
    """Several people at their own browsers, and the papers they make together."""

    def __init__(self, people: Mapping[str, Page], forms: Mapping[str, Form], moment: datetime) -> None:
        self.people, self.forms, self.moment = people, forms, moment
        self.li = people["li"]

    def paper(self, name: str, answers: Mapping[str, str] | None = None, *, lock: bool = True) -> str:
        """Written from the shelf of the page 李 is at, signed by everybody and locked; its address."""
        form, li = self.forms[name], self.li
        back, author = li.url, self.people["chen"] if form.writer else li
        if author != li:
            author.goto(back)
            settled(author)
        fill = author.get_by_role("button", name="填写", include_hidden=True)
        line = (
            author.locator("li.line")
            .filter(has=author.locator(f"b:text-is('{form.title}')"))
            .filter(has=fill)
        )
        if not line.is_visible():
            line.locator("xpath=ancestor::details").locator("summary").click()
        line.get_by_role("button", name="填写").click()
        self.write(answers or {}, by=author)
        address = author.url
        li.goto(address)
        if lock:
            self.signed(form)
            self.locked(by=author)
        if lock:
            li.goto(back)
            settled(li)
        return address

    def write(self, answers: Mapping[str, str], *, by: Page | None = None) -> None:
        """The form that is open, filled and kept as a draft."""
        page = by or self.li
        dialog = page.locator(".el-overlay-dialog:visible")
        expect(dialog.locator(".el-dialog__footer .el-button--primary")).to_be_visible()
        filled(dialog, answers, moment=self.moment)
        dialog.locator(".el-dialog__footer .el-button--primary").click()
        page.wait_for_url("**/documents/*")
        settled(page)

    def signed(self, form: Form, *, but: tuple[str, ...] = ()) -> None:
        """The paper at which 李 stands, signed in every place of the form but these."""
        address = self.li.url
        for slot in form.signature:
            if slot.role in but:
                continue
            if slot.role in OWN:
                self._by_account(slot.role, address)
            else:
                self.by_hand(slot.label, f"钱某{slot.label}"[:10], seal=slot.role == "agency")
        self.li.goto(address)
        settled(self.li)

    def _by_account(self, role: str, address: str) -> None:
        who = {
            "officer": ("li", "wang"),
            "server": ("li",),
            "giver": ("li",),
            "head": ("zhang", "wang"),
            "legal": ("chen",),
        }
        for login in who[role]:
            page = self.people[login]
            page.goto(address)
            settled(page)
            for _ in range(2):  # Whoever has two places signs in both.
                sign = page.locator("main").get_by_role("button", name="签名", exact=True)
                if sign.count():
                    sign.first.click()
                    form = page.locator(".el-overlay-dialog:visible")
                    form.get_by_role("button", name="签名", exact=True).click()
                    expect(form).to_have_count(0)
                    settled(page)

    def by_hand(self, label: str, name: str, *, seal: bool = False) -> None:
        """Somebody signs on the officer's screen."""
        li = self.li
        li.locator("main").get_by_role("button", name="请").filter(has_text="签名").first.click()
        form = li.locator(".el-overlay-dialog:visible")
        expect(form.locator("svg.board")).to_be_visible()
        chosen(form, "签名处", label)
        form.get_by_label("姓名").fill(name)
        if seal:
            chosen(form, "方式", "盖章")
        drawn(form)
        submitted(li, form)

    def locked(self, *, by: Page | None = None) -> None:
        page = by or self.li
        page.goto(self.li.url)
        settled(page)
        form = opened(page, "定稿")
        form.get_by_role("button", name="定稿", exact=True).click()
        expect(page.locator("div.title, main h1").first).to_be_visible()
        expect(page.locator(".el-overlay-dialog:visible")).to_have_count(0)
        settled(page)
        expect(page.locator("main")).to_contain_text("已定稿")


def pictured(page: Page, name: str) -> None:
    """A picture of the page on a desk and on a phone, where PICTURES names a folder."""
    if not PICTURES:
        return
    for label, size in (("desk", DESK), ("phone", PHONE)):
        page.set_viewport_size(size)  # type: ignore[arg-type]
        page.wait_for_timeout(400)
        page.screenshot(path=f"{PICTURES}/{name}-{label}.png", full_page=True)
    page.set_viewport_size(DESK)  # type: ignore[arg-type]
