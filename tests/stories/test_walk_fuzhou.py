"""福州的一件处罚，在浏览器里从现场检查走到送达：附件第 3、4、5、7、13 行各有一次活动，各有音像；询问和送达两次拒签，各有录像。

`make walks` runs it; PICTURES names a folder for pictures of each step on a desk and on a phone.
"""

import json
import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from tests.stories.field_home import APART
from tests.stories.hands import pictured
from tests.stories.served import serving
from tests.stories.walking import Walk

pytestmark = [
    pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(1200),
    pytest.mark.skipif("WALKS" not in os.environ, reason="整案的浏览器故事由 make walks 走"),
]  # fmt: skip
ROWS = (
    ("现场检查（勘验）", "检查历史建筑外墙"),
    ("证据先行登记保存", "登记保存拆下的构件"),
    ("询问（调查）", "询问当事人"),
    ("陈述、申辩", "听取陈述申辩"),
    ("文书送达当事人或有关人员拒绝签字或盖章", "送达处罚决定书"),
)
"""附件第 3、4、5、7、13 行，按办理先后。"""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, dict[str, str]]]:
    folder: Path = tmp_path_factory.mktemp("home") / "home"
    with serving(folder, "tests.stories.field_home", "fuzhou", str(len(ROWS))) as (address, told):
        yield address, json.loads(told)


def test_a_penalty_goes_from_the_inspection_to_a_service_refused(
    home: tuple[str, dict[str, str]], browser: Browser
) -> None:
    address, told = home
    walk = Walk(browser, address, datetime.fromisoformat(told["start"]))
    walk.starts("行政处罚", "擅自拆改历史建筑外墙")
    walk.moves("调查取证")
    inspection, preservation, questioning, defence = (
        walk.activity(*ROWS[row], walk.start + row * APART) for row in range(4)
    )

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

    walk.papers("proposal", "legal-review", "internal-approval", "decision")
    walk.moves("送达执行")

    service = walk.activity(*ROWS[4], walk.start + 4 * APART)
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
