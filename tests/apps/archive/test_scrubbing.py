"""定期重读: every original within thirty days, an hour's share at a time; what was found wrong is told, kept aside and put right from a backup."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from tests.apps.archive.test_backup import DAY, KEY, Set
from tests.apps.steps import received
from tests.cast import Cast

from liuhen.apps.archive import backup, scrubbing
from liuhen.apps.archive.backup import Carrying
from liuhen.apps.archive.models import FixityFault, FixityRepair, FixityRun
from liuhen.apps.evidence.models import Recording
from liuhen.apps.journal.models import Job, Line
from liuhen.engines.vault import FileVault
from liuhen.interfaces.api.pages_session import banners
from liuhen.interfaces.cli import backup as acts
from liuhen.interfaces.office import Office
from liuhen.kernel.actors import OPERATOR
from liuhen.kernel.errors import Tampered

HOUR = timedelta(hours=1)


def spoiled(office: Office, row: Recording) -> Path:
    """One bit of the object as a bad disk leaves it."""
    path = office.vault.path(row.digest)
    path.chmod(0o600)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    return path


def test_every_original_is_read_within_thirty_days_and_the_share_says_so(
    cast: Cast, office: Office, noon: datetime
) -> None:
    rows = [received(cast, office, bytes([n]) * 2000, at=noon, name=f"{n}.bin") for n in range(1, 8)]
    received(cast, office, bytes([1]) * 2000, at=noon, name="again.bin")
    scrubbing.begin_if_idle(at=noon)
    assert not Job.objects.filter(kind=scrubbing.READ).exists(), "what came just now was read on its way in"
    scrubbing.begin_if_idle(at=noon + 2 * HOUR)
    scrubbing.begin_if_idle(at=noon + 2 * HOUR)
    assert Job.objects.filter(kind=scrubbing.READ).count() == 1
    assert scrubbing.coverage(at=noon + 2 * HOUR).percent == 0
    seen = [scrubbing.read_on(office.vault, at=noon + (3 + n) * HOUR) for n in range(7)]
    assert [run.objects_read for run in seen] == [1] * 7
    assert len({run.through for run in seen}) == 7
    full = scrubbing.coverage(at=noon + 10 * HOUR)
    assert (full.objects, full.read, full.percent, full.faults) == (8, 8, 100, 0)
    again = scrubbing.read_on(office.vault, at=noon + 11 * HOUR)
    assert again.through == min(row.sha256 for row in rows), "after the last address from the first"
    assert scrubbing.coverage(at=noon + timedelta(days=32)).percent == 0
    assert Line.objects.filter(verb="fixity.checked").count() == 8
    assert Job.objects.filter(kind=scrubbing.READ).count() == 9
    Job.objects.all().delete()
    scrubbing.begin_if_idle(at=noon + 12 * HOUR)
    assert not Job.objects.exists(), "the last batch was an hour ago"
    scrubbing.begin_if_idle(at=noon + 14 * HOUR)
    assert FixityRun.objects.order_by("-at")[0].through == again.through, "it goes on where it was"


def test_slow_disk_reads_what_it_can(
    cast: Cast, office: Office, noon: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    for n in range(1, 4):
        received(cast, office, bytes([n]) * 2000, at=noon, name=f"{n}.bin")
    monkeypatch.setattr(scrubbing, "_LONGEST_SECONDS", -1.0)
    assert scrubbing.read_on(office.vault, at=noon).objects_read == 0


def test_damage_is_told_everywhere_and_put_right_from_the_backup(
    cast: Cast, office: Office, noon: datetime, tmp_path: Path
) -> None:
    made = Set(cast, office, noon, tmp_path)
    backup.run_backup(
        made.sources, Carrying(made.folder, "市档案馆", "赵"), by=OPERATOR, clock=lambda: noon + DAY
    )
    at = noon + 2 * DAY
    good = {row.pk: office.vault.path(row.digest).read_bytes() for row in made.rows}
    spoiled(office, made.rows[0])
    office.vault.path(made.rows[1].digest).unlink()
    spoiled(office, made.rows[2])
    for n in range(3):
        scrubbing.read_on(office.vault, at=at + n * HOUR)
    assert scrubbing.open_faults().count() == 3
    assert [banner.key for banner in banners(office)][:1] == ["fixity"]
    assert scrubbing.coverage(at=at + DAY).faults == 3
    for n in range(3):
        scrubbing.read_on(office.vault, at=at + DAY + n * HOUR)
    assert (FixityFault.objects.count(), scrubbing.open_faults().count()) == (6, 3), (
        "each object is told once"
    )

    assert isinstance(office.vault, FileVault)
    fault = scrubbing.open_faults()[0]
    with pytest.raises(Tampered, match="申报的摘要"):
        scrubbing.repair(fault, office.vault, source="x", pieces=[b"something else"], by=OPERATOR, at=at)
    last = office.vault.path(made.rows[2].digest)
    last.write_bytes(good[made.rows[2].pk])  # The cable was put back: what was unreadable is whole again.
    told = list(acts.repair(office, made.folder, key=KEY, verifier=office.signer.verifier))
    assert [done for _, done in told] == [True] * 3
    assert sorted("相符" in says for says, _ in told) == [False, False, True]
    assert {row.pk: office.vault.path(row.digest).read_bytes() for row in made.rows} == good
    assert len(list((tmp_path / "vault" / "damaged").iterdir())) == 1, (
        "what was bad is kept; what was gone left nothing"
    )
    assert FixityRepair.objects.filter(source__startswith="备份").count() == 4, "two objects, each told twice"
    assert scrubbing.open_faults().count() == 0
    assert [banner.key for banner in banners(office)] == ["demo"]
    assert Line.objects.filter(verb="fixity.repaired").count() == 3


def test_what_no_backup_holds_stays_told(cast: Cast, office: Office, noon: datetime, tmp_path: Path) -> None:
    made = Set(cast, office, noon, tmp_path)
    backup.run_backup(
        made.sources, Carrying(made.folder, "市档案馆", "赵"), by=OPERATOR, clock=lambda: noon + DAY
    )
    late = received(cast, office, b"later" * 1000, at=noon + DAY, name="later.bin")
    spoiled(office, late)
    spoiled(office, made.rows[0])
    for n in range(4):
        scrubbing.read_on(office.vault, at=noon + 2 * DAY + n * HOUR)
    for path in (made.folder / "liuhen-backup" / "objects").glob(f"*/{made.rows[0].sha256}.sealed"):
        path.write_bytes(b"x" * 200)
    told = dict(list(acts.repair(office, made.folder, key=KEY, verifier=office.signer.verifier)))
    assert list(told.values()) == [False, False]
    assert any("不在这份备份里" in says for says in told)
    assert any("没有修复" in says for says in told)
    assert scrubbing.open_faults().count() == 2
