"""A house and its witnesses as they run: one on line, one reached on paper; the auditor prints, the witness scans, the auditor scans back."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from playwright.sync_api import Page, expect
from tests.live import House, free_port
from tests.stories.served import DESK, PHONE, choose_own, chromium

from liuhen.engines.ledger.checkpoint import Checkpoint
from liuhen.engines.ledger.slips import codes_of
from liuhen.witness.books import Books, TrustedLog, make_books

pytestmark = pytest.mark.browser
_PICTURES = os.environ.get("PICTURES", "")


class Neighbours:
    """The house, a witness on line (司法局) and one on paper (档案馆), each a process and a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.house = House(folder / "house")
        admins = [part for who in ("甲:sys", "乙:sec", "丙:aud") for part in ("--admin", who)]
        names = [
            "--agency",
            "清河街道办事处",
            "--code",
            "QH",
            "--type",
            "subdistrict",
            "--pack",
            "subdistrict",
        ]
        said = self.house.liuhen("init", *names, *admins)
        self.password = re.findall(r"登录名 aud，密码 (\S+?)（", said)[0]
        key = re.findall(r"log_name = \"(.+)\"", (self.house.home / "liuhen.toml").read_text())[0]
        assert key == "liuhen/qh"
        self.ports = {name: free_port() for name in ("sfj", "dag")}
        self.books = {name: make_books(folder / name, f"qu-{name}/w1") for name in self.ports}
        lines = [
            f"witness 司法局 {self.books['sfj'].cosigner.verifier} http://127.0.0.1:{self.ports['sfj']}",
            f"witness 档案馆 {self.books['dag'].cosigner.verifier}",
            "group 两家 any 司法局 档案馆",
            "quorum 两家",
        ]
        (self.house.home / "witness.policy").write_text("\n".join(lines))
        settings = self.house.home / "liuhen.toml"
        settings.write_text(
            settings.read_text().replace('"none"', '"witness.policy"') + 'second_factor = "offered"\n'
        )
        self.programs = [self._serve(name) for name in self.ports]

    def _serve(self, name: str) -> subprocess.Popen[bytes]:
        folder, port = self.books[name].folder, self.ports[name]
        command = [
            sys.executable,
            "-m",
            "liuhen.server",
            "witness",
            "serve",
            "--folder",
            str(folder),
            "--port",
            str(port),
        ]
        return subprocess.Popen(command, stdout=subprocess.DEVNULL)

    def trust(self) -> None:
        """Both witnesses enter the key that stands on the house's page."""
        note = self.house.liuhen("seal")
        assert "检查点大小" in note
        key = self.house.told(
            "from liuhen.server.wiring import office; print(office().signer.verifier)"
        ).strip()
        from liuhen.engines.ledger import Verifier

        for books in self.books.values():
            books.trust(TrustedLog(Verifier.parse(key), "清河街道办事处"))

    def witness_url(self, name: str) -> str:
        return f"http://127.0.0.1:{self.ports[name]}"

    def held(self, name: str) -> int:
        books = Books(self.books[name].folder)
        latest = books.latest(books.trusted()[0])
        return latest.size if latest else 0

    def close(self) -> None:
        self.house.stop()
        for program in self.programs:
            program.terminate()
            program.wait(10)


@pytest.fixture(scope="module")
def neighbours(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Neighbours]:
    found = Neighbours(tmp_path_factory.mktemp("neighbours"))
    found.trust()
    found.house.start()
    yield found
    found.close()


def picture(page: Page, name: str) -> None:
    if _PICTURES:
        for label, size in (("desk", DESK), ("phone", PHONE)):
            page.set_viewport_size(size)  # type: ignore[arg-type]
            page.wait_for_timeout(400)
            page.screenshot(path=f"{_PICTURES}/{name}-{label}.png", full_page=True)
        page.set_viewport_size(DESK)  # type: ignore[arg-type]


def test_record_is_witnessed_on_line_and_on_paper_and_the_page_says_so(neighbours: Neighbours) -> None:
    end = time.monotonic() + 60
    while neighbours.held("sfj") == 0 and time.monotonic() < end:
        time.sleep(0.5)
    assert neighbours.held("sfj") > 3
    with chromium() as browser:
        page = browser.new_context(base_url=neighbours.house.url, locale="zh-CN", viewport=DESK).new_page()  # type: ignore[arg-type]
        page.set_default_timeout(20_000)
        page.goto("/login")
        page.fill("#name", "aud")
        page.fill("#password", neighbours.password)
        page.get_by_role("button", name="登录").click()
        choose_own(page, neighbours.password, "东门外三棵老槐树下-2026")
        page.goto("/proof")
        expect(page.get_by_text("见证与可信时间")).to_be_visible()
        expect(page.get_by_text("司法局").first).to_be_visible()
        page.wait_for_timeout(6000)
        page.reload()
        expect(page.get_by_text("已见证").first).to_be_visible()
        picture(page, "proof")

        page.get_by_role("button", name="打印二维码").last.click()
        expect(page.get_by_role("heading", name="送“档案馆”会签")).to_be_visible()
        assert page.locator("figure svg").count() >= 1
        picture(page, "slip")
        sent = page.request.get(page.locator("a[download]").get_attribute("href") or "").body()

        there = browser.new_context(locale="zh-CN", viewport=DESK).new_page()  # type: ignore[arg-type]
        there.goto(f"{neighbours.witness_url('dag')}/paper")
        there.fill("#codes", "\n".join(reversed(codes_of(sent))))
        there.get_by_role("button", name="核对并会签").click()
        expect(there.get_by_role("heading", name="已会签", exact=True)).to_be_visible()
        picture(there, "witness-paper")
        there.goto(neighbours.witness_url("sfj"))
        expect(there.get_by_text("清河街道办事处")).to_be_visible()
        picture(there, "witness-front")

        books = Books(neighbours.books["dag"].folder)
        back = codes_of(books.note(books.trusted()[0]).encode())
        page.goto("/proof")
        page.get_by_role("button", name="收下带回的会签").click()
        expect(page.get_by_role("dialog")).to_be_visible()
        picture(page, "taking")
        page.get_by_role("dialog").locator("textarea").fill("\n".join(back))
        page.get_by_role("button", name="核对并收下").click()
        expect(
            page.get_by_text(f"已收下qu-dag/w1的会签，至第 {neighbours.held('dag')} 笔").first
        ).to_be_visible()
    told = neighbours.house.liuhen("witnessing", "status", ok=(0, 1))
    assert f"档案馆　纸面或 U 盘　会签到第 {neighbours.held('dag')} 笔" in told


def test_stick_goes_there_and_back_by_command(neighbours: Neighbours, tmp_path: Path) -> None:
    sent, back = tmp_path / "to-witness.txt", tmp_path / "back.txt"
    neighbours.house.liuhen("seal")
    neighbours.house.liuhen("witnessing", "export", "--witness", "档案馆", "--to", str(sent))
    folder = str(neighbours.books["dag"].folder)
    neighbours.house.liuhen("witness", "sign", str(sent), "--to", str(back), "--folder", folder)
    told = neighbours.house.liuhen("witnessing", "import", str(back))
    assert f"至第 {Checkpoint.read(back.read_text()).size} 笔" in told
    neighbours.house.liuhen("witnessing", "export", "--to", str(sent), ok=(3,))
    assert requests.get(f"{neighbours.house.url}/log/checkpoint", timeout=10).status_code == 200
