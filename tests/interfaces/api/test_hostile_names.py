"""Five hundred names no honest camera gives: each kept as it came, stored by its digest, shown as text and nothing else."""

import base64
import csv
import io
import random
import re
import zipfile
from xml.etree import ElementTree as ET

import pytest

from liuhen.apps.evidence.models import Recording
from liuhen.interfaces.files.callers import Caller
from liuhen.interfaces.files.declaring import as_metadata, clip_of, creation_of
from liuhen.kernel.clock import now
from tests.apps.steps import received
from tests.cast import as_actor
from tests.interfaces.api.scene import Door, Scene

_SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
PARTS = (
    "../", "..\\", "/etc/passwd", "C:\\Windows\\", "\0", "\r\n", "\u202e", "\ud800", "\udfff", "-rf", "--", "'", '"', "`id`", "$(id)", ";", "|", "&", "<", ">",
    "<script>alert(1)</script>", "{{7*7}}", "{% x %}", "${x}", "%00", "%2e%2e%2f", "%n", "=1+1", "+1", "@SUM(A1)", "\t", "\x1b[31m", "\x7f", "\u2028", "\ufeff", "\u200b",
    "𠮷", "名", "é", "e\u0301", "CON", "NUL", ".", "..", "~", "*", "?", ":", "#", ",", "＝１", "\x01", "\ufffe", "a" * 260, "名" * 100, " ", "\u3000", "'; DROP TABLE x;--",
)  # fmt: skip


def names(count: int, *, seed: int = 3) -> list[str]:
    chance = random.Random(seed)
    alone = [*PARTS, *(f"{part}.mp4" for part in PARTS), *(f"a{part}b.mp4" for part in PARTS)]
    mixed = ("".join(chance.choices(PARTS, k=chance.randint(2, 5))) + ".mp4" for _ in range(count))
    return list(dict.fromkeys([*alone, *mixed]))[:count]


@pytest.fixture
def kept(scene: Scene) -> list[str]:
    """What was declared over the wire, in UTF-8 or in whatever bytes the card had, and received."""
    found = []
    caller = Caller(as_actor(scene.cast.li), scene.cast.team)
    for number, name in enumerate(names(510)):
        raw = (
            name.encode("gb18030", "backslashreplace")
            if number % 5 == 0
            else name.encode("utf-8", "surrogatepass")
        )
        header = as_metadata({}) or f"filename {_base64(raw)}"
        clip = clip_of(creation_of({"upload-length": "1", "upload-metadata": header}).declared, caller)
        row = received(scene.cast, scene.office, b"x", at=now(), name=clip.name, by=caller.actor)
        found.append(row.source_name)
    return found


def _base64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def test_hostile_names_are_kept_stored_by_digest_and_shown_as_text(scene: Scene, kept: list[str]) -> None:
    assert len(kept) >= 500
    rows = Recording.objects.filter(size=1)
    assert [row.source_name for row in rows.order_by("number")] == kept
    assert len({row.sha256 for row in rows}) == 1
    for stored in scene.office.vault.walk():
        assert re.fullmatch("[0-9a-f]{64}", scene.office.vault.path(stored).name)
    door = Door("li")
    shown, after = [], None
    while True:
        page = door.page("/recordings", **({"after": after} if after else {}))
        shown += page["rows"]
        after = page.get("next")
        if not after:
            break
    assert len(shown) >= 500
    for row in rows[:40]:
        facts = door.page(f"/recordings/{row.pk}")
        assert row.source_name in str(facts.values()) or repr(row.source_name)[1:-1] in str(facts)

    for form in ("csv", "xlsx"):
        answer = Door("zhao").get("/registers/recordings/table", form=form)
        assert answer.status_code == 200
        assert re.fullmatch(r'attachment; filename="[\w.-]+"', answer["Content-Disposition"])
        cells = _cells(answer.content, form)
        assert len({len(row) for row in cells}) == 1
        assert len(cells) > len(kept)
        assert not any(one.startswith(("=", "+", "-", "@", "\t", "\r", "＝")) for row in cells for one in row)


def _cells(content: bytes, form: str) -> list[list[str]]:
    if form == "csv":
        return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        sheet = ET.fromstring(book.read("xl/worksheets/sheet1.xml"))  # noqa: S314  our own writer's
    assert not list(sheet.iter(f"{_SHEET}f"))
    return [["".join(cell.itertext()) for cell in row] for row in sheet.iter(f"{_SHEET}row")]
