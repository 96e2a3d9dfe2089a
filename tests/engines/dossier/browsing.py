"""verify.html in headless Chromium, opened from its file with the network off: many packages in one session."""

import base64
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Page
from tests.stories.served import chromium

Files = Mapping[str, bytes]

_KEEP = """(files) => {
  window.bytes = (told) => Uint8Array.from(atob(told), (char) => char.charCodeAt(0));
  window.base = new Map(Object.entries(files).map(([path, told]) => [path, new Blob([bytes(told)])]));
}"""
_RUN = """async (variants) => {
  const reports = [];
  for (const [changes, trust] of variants) {
    const files = new Map(base);
    for (const [path, told] of Object.entries(changes)) told === null ? files.delete(path) : files.set(path, new Blob([bytes(told)]));
    reports.push((await verified(files, trust)).told());
  }
  return reports;
}"""


@contextmanager
def offline(verifier: Path) -> Iterator[Page]:
    """The page, from a file:// address; anything it asked of a network would fail the test."""
    with chromium() as browser:
        context = browser.new_context(offline=True, locale="zh-CN", viewport={"width": 1366, "height": 768})
        page = context.new_page()
        faults: list[str] = []
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda told: faults.append(told.text) if told.type == "error" else None)
        page.on(
            "request",
            lambda asked: (
                None if asked.url.startswith(("file:", "blob:", "data:")) else faults.append(asked.url)
            ),
        )
        page.goto(verifier.as_uri())
        yield page
        assert faults == []


def reports_of(page: Page, base: Files, variants: Sequence[tuple[Files, str | None]]) -> list[Any]:
    """What the page says of each variant; only what differs from `base` goes over."""
    page.evaluate(_KEEP, {path: _told(content) for path, content in base.items()})
    told = [(_changes(base, files), trust) for files, trust in variants]
    return [report for at in range(0, len(told), 40) for report in page.evaluate(_RUN, told[at : at + 40])]


def _changes(base: Files, files: Files) -> dict[str, str | None]:
    gone: dict[str, str | None] = dict.fromkeys(base.keys() - files.keys())
    return gone | {path: _told(content) for path, content in files.items() if base.get(path) != content}


def _told(content: bytes) -> str:
    return base64.b64encode(content).decode()
