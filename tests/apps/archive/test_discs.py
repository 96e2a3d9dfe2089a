"""光盘：提出、映像、刻录、读回；一式两份分开放，标签缺项不能提出，读回不符要重刻；刻成才算附卷。"""

import runpy
import shutil
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pycdlib
import pytest
from tests.apps.archive.test_volumes import DAY, Filing, filing, law_of
from tests.apps.steps import HOUR, last_line, refused
from tests.cast import as_actor
from tests.conftest import unlocked

from liuhen.apps.access.models import Package
from liuhen.apps.archive import catalogue, discs, volumes
from liuhen.apps.archive.discs import Burned
from liuhen.apps.archive.dividing import divided
from liuhen.apps.archive.models import Disc, DiscCheck, DiscImage, DiscSet
from liuhen.apps.casework.actions import enter_interruption, note_activity
from liuhen.apps.casework.models import Activity
from liuhen.apps.evidence.models import Recording
from liuhen.apps.journal.sealing import seal
from liuhen.apps.oversight.subjects import facts_of
from liuhen.engines.rules import assess
from liuhen.engines.rules.packs import Rulebook
from liuhen.interfaces.cli.discs import burn as burned_at_the_machine
from liuhen.interfaces.cli.discs import mend_image, read_back
from liuhen.kernel.actors import OPERATOR
from liuhen.kernel.digests import Digest
from liuhen.kernel.errors import Refused, Unavailable
from liuhen.kernel.spans import Span
from liuhen.server.paths import data_folder
from liuhen.server.works import works

__all__ = ["filing"]


class Burning:
    """The discs of one case, step by step."""

    def __init__(self, case: Filing, pack: str) -> None:
        self.filing, self.law, self.noon = case, law_of(pack), case.noon
        self.li = case.cast.li

    def ordered(self, law: Rulebook | None = None) -> DiscSet:
        case = self.filing
        return discs.order_discs(
            case.case,
            [case.recording],
            by=as_actor(self.li),
            officer=self.li,
            law=law or self.law,
            at=self.noon,
        )

    def imaged(self) -> DiscSet:
        made = self.ordered()
        seal(self.filing.office.log, at=self.noon)
        works(self.filing.office)["disc.build"](made.pk)
        works(self.filing.office)["disc.build"](made.pk)  # Twice is once.
        return discs.disc_sets().get(pk=made.pk)

    def burned(self, made: DiscSet, copy: int, **told: Any) -> Disc:
        burn = Burned(**({"copy": copy, "medium": "bd_r", "shelf": f"{copy} 库 1 架"} | told))
        return discs.enter_disc(made, burn, by=as_actor(self.li), officer=self.li, at=self.noon)

    def checked(self, disc: Disc, found: str = "") -> bool:
        image = disc.disc_set.image.sha256
        row = discs.check_disc(
            disc, by=as_actor(self.filing.he), found=found or image.upper(), how="told", says="", at=self.noon
        )
        return row.good

    def verdict(self, rule: str) -> str:
        (told,) = facts_of("recording", [self.filing.recording], lines=(), at=self.noon)
        found = [one for one in assess(self.law, facts=told, now=self.noon + DAY) if one.rule_id == rule]
        return found[0].verdict.value if found else ""


@pytest.mark.clause("FZH-16.p2")
def test_two_discs_with_one_label_are_burned_read_back_and_lie_apart(filing: Filing) -> None:
    burning = Burning(filing, "fuzhou")
    assert burning.verdict("disc-label") == ""  # Nobody asks a label of what is on no disc.
    made = burning.imaged()
    assert (made.copies, last_line().verb) == (2, "disc.imaged")
    assert burning.verdict("disc-label") == "未到期"
    first = burning.burned(made, 1)
    assert (first.number, burning.checked(first)) == (f"{made.number}-1", True)
    assert not discs.is_done(made)
    refused(lambda: burning.burned(made, 2, shelf=first.shelf), says="放在同一处")
    refused(lambda: burning.burned(made, 3), says="没有第 3 份")
    refused(lambda: burning.burned(made, 2, shelf=" "), says="存放处")
    second = burning.burned(made, 2)
    assert not burning.checked(second, "0" * 64)
    assert (last_line().verb, discs.is_done(made)) == ("disc.checked", False)
    again = burning.burned(made, 2, shelf=first.shelf, same_place_why="只有一个防磁柜")
    assert (again.number, burning.checked(again), discs.is_done(made)) == (f"{made.number}-2-重1", True, True)
    assert burning.verdict("disc-label") == "符合"
    assert discs.print_label(made, forms=filing.office.forms).startswith(b"%PDF-")


@pytest.mark.clause("NDG-36.p3b", "TNH-17")
def test_evidence_on_a_disc_lets_the_volume_close_and_stands_in_its_catalogue(filing: Filing) -> None:
    burning = Burning(filing, "nandagang")
    filing.opened(burning.law)
    made = burning.imaged()
    assert made.copies == 1
    disc = burning.burned(made, 1)
    burning.checked(disc)
    assert "evidence-on-disc" not in {
        one.rule_id for one in volumes.obstacles(filing.fresh(), law=burning.law, at=filing.noon)
    }
    step = volumes.close_volume(
        filing.fresh(), by=as_actor(burning.li), officer=burning.li, law=None, note="", at=filing.noon
    )
    assert (step.counts["disc"], step.volume.items.get(sort="disc").number) == (1, disc.number)


@pytest.mark.clause("SUB-26.p2")
def test_label_without_a_place_is_not_ordered(filing: Filing) -> None:
    burning = Burning(filing, "subdistrict")
    with unlocked():
        Activity.objects.filter(pk=filing.activity.pk).update(place_text="")
    error = refused(burning.ordered, says="光盘标签缺：地点")
    assert error.cite is not None and error.cite.clause == "SUB-26.p2"
    assert not DiscSet.objects.exists()


def test_image_is_the_package_with_its_verifier_and_the_verifier_finds_nothing_altered(
    filing: Filing, tmp_path: Path
) -> None:
    made = Burning(filing, "subdistrict").imaged()
    package = Package.objects.get(subject=made.pk)
    assert (package.sha256, package.number) == (made.image.sha256, made.number)
    image = BytesIO(filing.office.copies.path(_digest(made)).read_bytes())
    disc = pycdlib.PyCdlib()
    disc.open_fp(image)
    for folder, _, names in disc.walk(joliet_path="/"):
        target = tmp_path / "disc" / folder.strip("/")
        target.mkdir(parents=True, exist_ok=True)
        for name in names:
            disc.get_file_from_iso(str(target / name), joliet_path=f"{folder.rstrip('/')}/{name}")
    disc.close()
    assert (tmp_path / "disc/data/originals/001.mp4").read_bytes() == b"clip"
    program = runpy.run_path(str(data_folder("verifier") / "verify.py"), run_name="verify")
    assert (
        program["main"]([str(tmp_path / "disc")]) == 3
    )  # Nothing differs; the root of trust is to be got elsewhere.
    (tmp_path / "disc/data/originals/001.mp4").write_bytes(b"clap")
    assert program["main"]([str(tmp_path / "disc")]) == 1


def _digest(made: DiscSet) -> Any:
    return Digest(made.image.sha256, made.image.sm3)


def test_who_may_order_and_who_may_check(filing: Filing) -> None:
    burning, cast = Burning(filing, "subdistrict"), filing.cast
    refused(
        lambda: discs.order_discs(
            filing.case, [], by=as_actor(cast.li), officer=cast.li, law=None, at=filing.noon
        ),
        says="没有选择",
    )
    refused(
        lambda: discs.order_discs(filing.case, [filing.recording], by=as_actor(cast.zhou), officer=cast.zhou, law=None, at=filing.noon),
        says="权限",
    )  # fmt: skip
    made = burning.ordered()
    refused(lambda: burning.burned(made, 1), says="映像还没有制成")
    seal(filing.office.log, at=filing.noon)
    works(filing.office)["disc.build"](made.pk)
    disc = burning.burned(discs.disc_sets().get(pk=made.pk), 1)
    refused(
        lambda: discs.check_disc(disc, by=as_actor(cast.li), found="", how="told", says="", at=filing.noon),
        says="权限",
    )
    assert discs.check_disc(
        disc, by=OPERATOR, found=made.image.sha256, how="read", says="", at=filing.noon
    ).good


@pytest.mark.clause("NDG-13.p2d")
def test_recording_that_is_not_whole_says_so_in_the_catalogue_and_on_the_disc(filing: Filing) -> None:
    noon = filing.noon
    by = as_actor(filing.cast.li)
    note_activity(filing.activity, by=by, at=noon, arrived_at=noon - 3 * HOUR, ended_at=noon)
    enter_interruption(
        filing.activity, by=as_actor(filing.cast.li), span=Span(noon - 2 * HOUR, noon - HOUR), cause="device_fault", at=noon, law=filing.cast.law
    )  # fmt: skip
    volume = filing.opened()
    (entry,) = [one for one in catalogue.entries_of(volume) if one.sort == "recording"]
    assert entry.note.startswith("记录不全：2026-11-16 10:00 至")
    made = Burning(filing, "nandagang").imaged()
    image = filing.office.copies.path(_digest(made)).read_bytes()
    assert "记录不全：2026-11-16 10:00 至".encode() in image  # In the leaflet of the disc.


@pytest.mark.skipif(shutil.which("xorriso") is None, reason="这台机器没有 xorriso")
def test_disc_is_burned_by_the_burner_read_back_whole_and_repaired_after_a_scratch(
    filing: Filing, tmp_path: Path
) -> None:
    burning, burner = Burning(filing, "subdistrict"), tmp_path / "disc.img"
    made = burning.imaged()
    burner.touch()

    def burn(copy: int, shelf: str, medium: str = "other", officer: str = burning.li.number) -> Disc:
        return burned_at_the_machine(
            filing.office,
            Burned(copy, medium, shelf),
            number=made.number,
            officer=officer,
            device=f"stdio:{burner}",
        )

    def read(number: str, source: Path = burner, target: Path | None = None) -> tuple[bool, str]:
        return read_back(filing.office, number=number, source=str(source), target=target)

    disc = burn(1, "甲库")
    good, says = read(disc.number)
    assert good and "SHA-256 相符" in says
    whole = filing.office.copies.path(_digest(made)).read_bytes()
    assert (burner.read_bytes()[: len(whole)], DiscCheck.objects.get().how) == (whole, "read")
    assert (last_line().verb, made.image.parity % 2048, made.image.parity > 0) == ("disc.checked", 0, True)

    at = whole.index(b"clip")  # A scratch over the original, one over the directory.
    scratched, mended = tmp_path / "scratched.img", tmp_path / "mended.iso"
    scratched.write_bytes(whole[:32768] + bytes(4096) + whole[36864:at] + b"clap" + whole[at + 4 :])
    good, says = read(disc.number, scratched, mended)
    assert not good and "目录已经损坏" in says and "重刻" in says
    assert mended.read_bytes() == whole
    scratched.write_bytes(whole[:at] + b"clap" + whole[at + 4 : -4096])
    good, says = read(disc.number, scratched)
    assert (
        not good
        and "受损文件：data/originals/001.mp4" in says
        and "2 个扇区读不出" in says
        and "--to" in says
    )
    assert "1 个扇区由修复数据算回" in mend_image(str(_cut(tmp_path, whole, at)), tmp_path / "again.iso")
    assert (tmp_path / "again.iso").read_bytes() == whole
    scratched.write_bytes(bytes(len(whole)))
    assert "不能修复" in read(disc.number, scratched)[1]
    with pytest.raises(Unavailable, match="打不开"):
        read(disc.number, tmp_path / "none")
    with pytest.raises(Unavailable, match="没有刻成"):
        burned_at_the_machine(
            filing.office,
            Burned(1, "other", "x"),
            number=made.number,
            officer=burning.li.number,
            device="stdio:/none/x",
        )
    refused(lambda: read(disc.number, burner, mended), says="已经存在")
    refused(lambda: read("X-9"), says="没有光盘 X-9")
    refused(lambda: burn(1, "甲库", officer="000"), says="没有警号")


def _cut(tmp_path: Path, whole: bytes, at: int) -> Path:
    held = tmp_path / "cut.img"
    held.write_bytes(whole[:at] + b"clap" + whole[at + 4 :])
    return held


def test_what_one_disc_does_not_hold_is_laid_on_several_and_no_original_is_cut() -> None:
    noon = datetime(2026, 11, 16, 4, tzinfo=UTC)
    films = [
        Recording(number=f"R-{turn}", size=size << 20, started_at=noon + timedelta(hours=hour))
        for turn, size, hour in [(1, 300, 2), (2, 400, 0), (3, 300, 1), (4, 10, 3)]
    ]
    laid = [[one.number for one in disc] for disc in divided(films, medium="cd_r")]
    assert laid == [["R-2"], ["R-3", "R-1"], ["R-4"]]
    assert [[one.number for one in disc] for disc in divided(films, medium="other")] == [
        ["R-1", "R-2", "R-3", "R-4"]
    ]
    assert len(divided(films, medium="dvd_r")) == 1
    with pytest.raises(Refused, match="装不下"):
        divided([Recording(number="R-5", size=5 << 30)], medium="dvd_r")


def test_image_larger_than_its_medium_is_not_entered_and_what_is_due_to_be_read_is_told(
    filing: Filing,
) -> None:
    burning = Burning(filing, "subdistrict")
    made = burning.imaged()
    with unlocked():
        DiscImage.objects.update(size=800 << 20)
    refused(lambda: burning.burned(made, 1, medium="cd_r"), says="只装 736966656 字节")
    disc = burning.burned(made, 1, medium="dvd_r")

    def due(days: int) -> list[str]:
        return [one.number for one in discs.overdue_discs(as_actor(filing.he), at=filing.noon + days * DAY)]

    assert due(0) == [disc.number]  # Never read back.
    assert burning.checked(disc)
    assert (due(729), due(731)) == ([], [disc.number])
    assert not burning.checked(disc, "0" * 64)
    assert due(0) == [disc.number]
    again = burning.burned(made, 1)
    assert due(0) == [again.number]  # Of one copy the newest counts.
