"""T5: somebody of the house deletes one recording and hides it. Each way ends in a finding with its place, or in what is printed as not promised.

`INSIDER=all` plays every way (`make insider`); else three, drawn anew each time.
"""

import json
import os
import random
import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection, transaction
from tests.faults.tampering import Hand, log_made_anew, put_back, seeded, written_over
from tests.faults.test_tampering import house, said
from tests.interfaces.api.scene import Scene, receive

from liuhen.apps.evidence.models import Recording
from liuhen.apps.journal.lines import commitment
from liuhen.apps.journal.models import About, Line
from liuhen.apps.journal.sealing import seal
from liuhen.interfaces.api.pages_journal import PROMISES_NOT
from liuhen.kernel.canonical import canonical
from liuhen.kernel.clock import now

__all__ = ["house"]
pytestmark = [pytest.mark.django_db, pytest.mark.slow, pytest.mark.timeout(1200)]
SEED = int(os.environ.get("SEED", str(random.randrange(10**9))))


def file_gone(hand: Hand, row: Recording) -> None:
    path = hand.scene.office.vault.path(row.digest)
    path.chmod(0o640)
    path.unlink()


def row_gone(hand: Hand, row: Recording) -> None:
    file_gone(hand, row)
    if connection.vendor == "sqlite":
        hand.sql("PRAGMA defer_foreign_keys = ON")
    hand.sql("DELETE FROM evidence_recording WHERE id = %s", row.pk.hex)


def lines_of(row: Recording) -> list[int]:
    return list(About.objects.filter(thing=row.pk).values_list("line_id", flat=True).order_by("line_id"))


def by_file(hand: Hand, row: Recording) -> str:
    file_gone(hand, row)
    return f"（{row.sha256[:16]}…）：证据库中没有"


def by_row(hand: Hand, row: Recording) -> str:
    row_gone(hand, row)
    return f"evidence.recording {row.pk}：台账第"


def by_lines(hand: Hand, row: Recording) -> str:
    """File, row, and every line that speaks of it."""
    lines = lines_of(row)
    row_gone(hand, row)
    for number in lines:
        hand.sql("DELETE FROM journal_about WHERE line_id = %s", number)
        hand.sql("DELETE FROM journal_line WHERE number = %s", number)
    return f"台账第 {lines[0]} 行：缺失"


def lines_blanked(hand: Hand, row: Recording) -> int:
    """Each line about it made a heartbeat, consistent in itself."""
    lines = lines_of(row)
    row_gone(hand, row)
    for line in Line.objects.filter(number__in=lines):
        body = json.loads(line.body) | {"verb": "journal.heartbeat", "about": [], "facts": {}}
        text = canonical(body).decode()
        hand.sql("DELETE FROM journal_about WHERE line_id = %s", line.number)
        hand.sql("UPDATE journal_line SET body = %s, leaf = %s, verb = %s WHERE number = %s", text, commitment(text, line.salt).hex(), "journal.heartbeat", line.number)  # fmt: skip
    return lines[0]


def by_heartbeats(hand: Hand, row: Recording) -> str:
    return f"台账第 {lines_blanked(hand, row)} 行：内容已改变"


def by_stolen_key(hand: Hand, row: Recording) -> str:
    """The same, then the whole log made anew and signed with the house's own key: only who holds an earlier checkpoint sees it."""
    lines_blanked(hand, row)
    log_made_anew(hand)
    return "见证：日志的前"


def by_other_film(hand: Hand, row: Recording) -> str:
    """Another film in its place, and the row's digest made to fit."""
    file_gone(hand, row)
    written_over_at = hand.scene.office.vault.path(row.digest)
    written_over_at.write_bytes(b"")
    written_over(written_over_at, hand.dice.randbytes(row.size))
    hand.sql(
        "UPDATE evidence_recording SET sha256 = %s WHERE id = %s", hand.dice.randbytes(32).hex(), row.pk.hex
    )
    return f"evidence.recording {row.pk}：字段“sha256”"


def by_other_unit(hand: Hand, row: Recording) -> str:
    """Not deleted, put where nobody of the unit sees it."""
    other = hand.scene.cast.team.agency.units.exclude(pk=row.unit_id).first()
    assert other
    hand.sql("UPDATE evidence_recording SET unit_id = %s WHERE id = %s", other.pk.hex, row.pk.hex)
    return f"evidence.recording {row.pk}：字段“unit_id”"


def by_index(hand: Hand, row: Recording) -> str:
    """Not deleted, taken out of what the search finds."""
    hand.sql(
        "DELETE FROM search_share WHERE entry_id IN (SELECT id FROM search_entry WHERE thing = %s)",
        row.pk.hex,
    )
    hand.sql("DELETE FROM search_entry WHERE thing = %s", row.pk.hex)
    return "检索"


def restored(hand: Hand, *, seen: bool) -> None:
    """A snapshot of everything, disk and database, from before the recording came; `seen` says whether a witness had seen it come."""
    office = hand.scene.office
    kept = office.home.parent / "snapshot"
    shutil.rmtree(kept, ignore_errors=True)
    for name in ("vault", "log"):
        shutil.copytree(office.home / name, kept / name, symlinks=True)
    inner = transaction.atomic()
    inner._from_testcase = True  # type: ignore[attr-defined]
    with inner:
        receive(
            office, hand.scene.cast, hand.dice.randbytes(9000), name="新.mp4", at=now() + timedelta(seconds=1)
        )
        seal(office.log, at=now() + timedelta(seconds=2))
        if seen:
            hand.witnessed = office.log.latest()
        transaction.set_rollback(True)
    for name in ("vault", "log"):
        put_back(office.home / name, kept / name)


def by_snapshot(hand: Hand, _: Recording) -> str:
    restored(hand, seen=True)
    return "见证：日志"


def by_snapshot_unseen(hand: Hand, _: Recording) -> None:
    restored(hand, seen=False)


def by_program(_: Hand, __: Recording) -> None:
    """A program that leaves it out of everything it says: nothing here changes, and other programs must be asked."""


WAYS: list[tuple[str, Callable[[Hand, Recording], str | None], str]] = [
    ("删掉文件", by_file, ""), ("删掉文件和登记", by_row, ""), ("删掉文件、登记和有关台账", by_lines, ""),
    ("有关台账改成心跳，自洽", by_heartbeats, ""), ("同上，再用盗得的日志密钥全部重做重签", by_stolen_key, ""),
    ("换成别的片子，登记摘要也改", by_other_film, ""), ("登记移到别的部门，使人看不到", by_other_unit, ""), ("从检索里拿掉，使人找不到", by_index, ""),
    ("整机换回入库以前的快照，见证单位见过入库", by_snapshot, ""),
    ("整机换回入库以前的快照，见证单位没有见过", by_snapshot_unseen, "没有外部见证时"), ("换掉程序，使它不说", by_program, "换掉程序本身"),
]  # fmt: skip


def test_whoever_deletes_a_recording_and_hides_it_is_found_or_was_never_promised_to_be(
    house: Scene, tmp_path: Path
) -> None:
    print(f"SEED={SEED}")
    office, kept, dice = house.office, tmp_path / "kept", seeded(SEED)
    for name in ("vault", "log"):
        shutil.copytree(office.home / name, kept / name, symlinks=True)
    missed, table = [], []
    for told, way, promise in WAYS if os.environ.get("INSIDER") else dice.sample(WAYS, 3):
        hand = Hand(house, dice, office.log.latest())
        whole = transaction.atomic()
        whole._from_testcase = True  # type: ignore[attr-defined]
        with whole:
            expected = way(hand, hand.a_recording())
            heard = list(said(hand))
            transaction.set_rollback(True)
        for name in ("vault", "log"):
            put_back(office.home / name, kept / name)
        found = next((one for one in heard if expected and expected in one), "")
        if (expected is None) != (heard == []) or (expected and not found):
            missed.append((told, expected, heard[:6]))
        assert not promise or any(promise in one for one in PROMISES_NOT)
        table.append(f"| {told} | {found or '（不能发现，见“不能保证的”：' + promise + '）'} |\n")
    assert missed == []
    if target := os.environ.get("INSIDER_TABLE"):
        Path(target).write_text(f"| 做法 | 核验时说的 |\n| --- | --- |\n{''.join(table)}", "utf-8")
