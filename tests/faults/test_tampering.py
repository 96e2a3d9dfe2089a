"""T1 on the live store: as root, by statement and by file. What is guaranteed is found and placed every time; what cannot be found is printed.

`INSTANCES` says how often each kind strikes (some kinds once here, twenty by `make tampering`); `TAMPERING_TABLE` where the table of kinds and messages is written.
"""

import os
import random
import shutil
from collections.abc import Iterator
from datetime import timedelta
from itertools import chain
from pathlib import Path

import pytest
from django.db import connection, transaction
from tests.cast import as_actor, assemble
from tests.faults.tampering import KINDS, Hand, Kind, put_back, seeded
from tests.interfaces.api.scene import Scene, make_scene, receive

from liuhen.apps.access.packages import Wish, ask_for_package
from liuhen.apps.approval.actions import ChainStep
from liuhen.apps.archive import fixity
from liuhen.apps.journal.sealing import check_not_rolled_back, seal
from liuhen.apps.journal.soundness import silences
from liuhen.apps.retention.holds import Grounds, place_hold
from liuhen.interfaces.api.pages_journal import PROMISES_NOT
from liuhen.interfaces.cli.verify import checks
from liuhen.interfaces.office import Office
from liuhen.kernel.clock import now
from liuhen.kernel.errors import Tampered

pytestmark = [pytest.mark.django_db, pytest.mark.slow, pytest.mark.timeout(7200)]
INSTANCES = int(os.environ.get("INSTANCES", "0"))
FEW = 14  # kinds that strike once where nobody asked for more
SEED = int(os.environ.get("SEED", str(random.randrange(10**9))))


@pytest.fixture
def house(office: Office) -> Scene:
    """An office with a day's work in it, sealed three times; files to put back beside it."""
    scene = make_scene(office, assemble(office))
    dice = random.Random(7)
    for number in range(4):
        receive(office, scene.cast, dice.randbytes(20_000 + number), name=f"{number}.mp4", at=now())
    seal(office.log, at=now())
    place_hold(
        scene.recording,
        Grounds("petition", "信访-7", "清河街道信访办", "异议"),
        by=as_actor(scene.cast.zhang),
        officer=scene.cast.zhang,
        at=now(),
    )
    seal(office.log, at=now())
    ask_for_package(
        scene.activity, Wish("court", "清河区人民法院", "1", is_evidence=True, is_sensitive=False), by=as_actor(scene.cast.li),
        requester=scene.cast.li, reason="调取", chain=[ChainStep("unit_head", "队长", "")], at=now(),
    )  # fmt: skip
    seal(office.log, at=now())
    return scene


def said(hand: Hand) -> Iterator[str]:
    """Everything the house says of itself now, and what somebody says who holds its last checkpoint from before."""
    office = hand.scene.office
    found = chain.from_iterable(faults for _, faults in checks(office, quick=False, time=None))
    yield from (f"{fault.where}：{fault.what}" for fault in found)
    yield from (f"{fault.where}：{fault.what}" for fault in fixity.reconcile(office.vault))
    yield from (
        f"静默：第 {one.line} 行之前"
        for one in silences(since=now() - timedelta(days=3))
        if one.line > hand.witnessed.size
    )
    for prefix, check in (
        ("封存", lambda: check_not_rolled_back(office.log)),
        ("见证", lambda: office.log.check(hand.witnessed)),
    ):
        try:
            check()
        except Tampered as error:
            yield f"{prefix}：{error.why}"


def struck(kind: Kind, hand: Hand) -> tuple[str | None, list[str]]:
    """One instance, and what is said after it; the house is as before afterwards."""
    whole = transaction.atomic()
    whole._from_testcase = True  # type: ignore[attr-defined]  # As the test's own: acts inside may be durable ones.
    with whole:
        expected = kind.strike(hand)
        heard = list(said(hand))
        transaction.set_rollback(True)
    return expected, heard


def test_whatever_root_does_to_the_live_store_is_found_and_placed_or_printed(
    house: Scene, tmp_path: Path
) -> None:
    print(f"SEED={SEED}")
    office, kept = house.office, tmp_path / "kept"
    for name in ("vault", "log"):
        shutil.copytree(office.home / name, kept / name, symlinks=True)
    hand = Hand(house, seeded(SEED), office.log.latest())
    assert list(said(hand)) == []
    missed, table = [], []
    for kind in KINDS if INSTANCES else random.Random(SEED).sample(KINDS, FEW):
        if kind.only_sqlite and connection.vendor != "sqlite":
            continue
        messages: list[str] = []
        for instance in range(INSTANCES or 1):
            try:
                expected, heard = struck(kind, hand)
            except Exception as error:  # noqa: BLE001  A strike that did not come about is told with the others.
                expected, heard = f"{error!r}", []
            if (expected is None) != (heard == []) or (
                expected and not any(expected in one for one in heard)
            ):
                missed.append((kind.group, kind.name, instance, expected, heard[:4]))
            messages += [one for one in heard if expected and expected in one][:1]
            for name in ("vault", "log"):
                put_back(office.home / name, kept / name)
        table.append((kind.group, kind.name, messages[0] if messages else "（不能发现，见“不能保证的”）"))
    for one in missed:
        print(one)
    assert missed == []
    assert list(said(hand)) == []
    write_table(table)


def write_table(table: list[tuple[str, str, str]]) -> None:
    if target := os.environ.get("TAMPERING_TABLE"):
        rows = "".join(f"| {group} | {name} | {told} |\n" for group, name, told in table)
        Path(target).write_text(f"| 对象 | 改动 | 核验时说的（一例） |\n| --- | --- | --- |\n{rows}", "utf-8")


@pytest.mark.parametrize("words", ["最高权限", "换掉", "首次入库之前", "没有外部见证", "旧的副本", "回执"])
def test_what_cannot_be_found_is_printed_on_the_proof_page(words: str) -> None:
    assert any(words in said for said in PROMISES_NOT)
