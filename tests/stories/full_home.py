"""`python -m tests.stories.full_home`: a small office in LIUHEN_HOME with one of each thing, for pages to be opened on.

Prints the addresses of the things as JSON on its last line. A process of its own: Django belongs to one home.
"""

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

from liuhen.server.home import prepare

if TYPE_CHECKING:
    from tests.interfaces.api.scene import Scene


def main() -> None:
    home = Path(os.environ["LIUHEN_HOME"])
    prepare(home, log_name="liuhen/story", is_demo=True)
    from liuhen.server.commands import set_up

    set_up(migrate=True)
    from tests.cast import as_actor, assemble
    from tests.interfaces.api.scene import make_scene, with_absences, with_oversight

    from liuhen.apps.access.redacting import draw_redaction
    from liuhen.server.wiring import office

    scene = make_scene(office(), assemble(office()))
    with_absences(scene)
    assert scene.document and scene.disposal
    package = with_packages(scene)
    with_equipment(scene)
    overseen = with_oversight(scene)
    long, witness = with_long_names(scene), with_a_witness(home)
    assert scene.intake and scene.stay and scene.volume
    li, mute = scene.cast.li, {"begins": 1, "ends": 2, "reason": "说出住址"}
    redaction = draw_redaction(
        scene.recording, by=as_actor(li), officer=li, masks={"masks": [], "mutes": [mute]}, purpose="交当事人阅看", at=scene.start
    )  # fmt: skip
    things = {
        "intakes": scene.intake.pk, "stays": scene.stay.pk, "cases": scene.case.pk, "activities": scene.activity.pk, "recordings": scene.recording.pk,
        "documents": scene.document.pk, "proof": witness, "devices": scene.device.pk, "disposals": scene.disposal.pk, "volumes": scene.volume.pk,
        "inspections": overseen["examination"].pk, "liability": overseen["fact"].pk, "registers": "recordings",
        "redactions": redaction.pk, "packages": package, "people": scene.cast.li.pk, "number": scene.recording.number,
    }  # fmt: skip
    with_volume(scene)
    told = {name: str(key) for name, key in things.items()}
    print(json.dumps(told | {"long": " ".join(long)}))


def with_volume(scene: "Scene") -> None:
    """A sheet and a remark in the volume, and a set of discs of its case that was burned and read back."""
    from tests.cast import as_actor

    from liuhen.apps.archive import discs, volumes
    from liuhen.apps.archive.models import DiscImage, DiscSet, VolumeEntry
    from liuhen.apps.casework.models import Case
    from liuhen.kernel.clock import now

    li, at = scene.cast.li, now()
    assert scene.volume is not None
    for entry in (
        VolumeEntry(sort="sheet", title="现场勘验图（手绘，附当事人指认的位置说明）", pages=3),
        VolumeEntry(sort="remark", code="recordings", says="书面审查，没有现场活动"),
    ):
        volumes.enter(scene.volume, entry, by=as_actor(li), at=at)
    made = DiscSet.objects.create(
        agency=scene.cast.agency, unit=scene.cast.team, case=Case.objects.get(pk=scene.volume.case_id), number="光盘-2", title="占用道路 音像证据 1 段",
        copies=2, label={"body": "清河街道办事处", "maker": "李", "place": ""}, officer=li, at=at,
    )  # fmt: skip
    DiscImage.objects.create(disc_set=made, sha256="0" * 64, sm3="0" * 64, size=1 << 30, parity=0, at=at)
    disc = discs.enter_disc(made, discs.Burned(1, "bd_r", "一库 1 架"), by=as_actor(li), officer=li, at=at)
    discs.check_disc(disc, by=as_actor(scene.people["he"]), found="0" * 64, how="told", says="", at=at)


def with_equipment(scene: "Scene") -> None:
    """The camera on loan is bought, its model checked, maintenance due; the spare one is broken; a stock check found one missing."""
    from datetime import date, timedelta
    from decimal import Decimal

    from tests.cast import as_actor

    from liuhen.apps.devices import entries, faults, rooms, upkeep
    from liuhen.apps.devices.models import Device
    from liuhen.apps.evidence.models import CardList
    from liuhen.kernel.clock import now

    cast, at = scene.cast, now()
    kept = {"by": as_actor(cast.zhao), "at": at}
    told = entries.Particulars(
        bought_on=date(2026, 3, 2),
        price=Decimal("1850.00"),
        location="一号柜",
        capabilities=("gps", "sync_av"),
    )
    entries.enter_particulars(scene.device, told, **kept)  # type: ignore[arg-type]
    points = ["resolution", "battery", "smooth"]
    entries.check_model(
        cast.team,
        name="测试型 A",
        standard="GA/T 947-2015",
        points=points,
        tested_until=date(2026, 1, 1),
        says="说明书",
        **kept,
    )  # type: ignore[arg-type]
    upkeep.plan_maintenance(scene.device, says="季度保养", due_at=at - timedelta(days=1), **kept)  # type: ignore[arg-type]
    spare = Device.objects.get(pk=cast.spare.pk)
    faults.report_fault(spare, by=as_actor(cast.li), found_by=cast.li, found_at=at, says="开机黑屏", at=at)
    assert scene.room
    rooms.check_room(scene.room, passed=["works", "picture"], facilities=["sign"], opens=False, **kept)  # type: ignore[arg-type]
    seen = {device.pk: device.pk != scene.device.pk for device in upkeep.to_be_counted(cast.team)}
    upkeep.check_stock(cast.team, seen=seen, says="", **kept)  # type: ignore[arg-type]
    for days, error in enumerate((2.0, 4.5, 41.0, -3.0)):
        when = at - timedelta(days=9 - days)
        CardList.objects.create(
            agency=cast.agency, unit=cast.team, station=scene.station, device_serial=scene.device.serial, listed_at=when,
            received_at=when, clock_error=error, count=0, size=0, body='{"files": []}', signature={},
        )  # fmt: skip


def with_packages(scene: "Scene") -> UUID:
    """Of the activity's packages one is made, one waits to be made, one to be approved."""
    from tests.cast import as_actor

    from liuhen.apps.access.models import Package
    from liuhen.apps.access.packages import Wish, ask_for_package, order_package
    from liuhen.apps.approval.actions import ChainStep, decide
    from liuhen.apps.journal.sealing import seal
    from liuhen.kernel.clock import now
    from liuhen.server.works import works

    cast, chain = scene.cast, [ChainStep("unit_head", "队长", "")]
    for name in ("清河区人民检察院", "清河区人民法院"):
        wish = Wish("court", name, "（2026）清行初字第 1 号", is_evidence=True, is_sensitive=False)
        asked = ask_for_package(
            scene.activity,
            wish,
            by=as_actor(cast.li),
            requester=cast.li,
            reason="调取",
            chain=chain,
            at=now(),
        )
        decide(asked, by=as_actor(cast.zhang), officer=cast.zhang, agree=True, reason="", at=now())
    package = Package.objects.get(pk=asked.subject)
    order_package(package, by=as_actor(cast.chen), at=now())
    seal(scene.office.log, at=now())
    works(scene.office)["package.build"](package.pk)
    return package.pk


def with_a_witness(home: Path) -> int:
    """A witness without a line, so that there is a sheet to print for it; its number, as the address has it."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from liuhen.engines.ledger.cosignature import Cosigner

    key = str(Cosigner("qu-dag/w1", Ed25519PrivateKey.generate()).verifier)
    (home / "witness.policy").write_text(f"witness 档案馆 {key}\nquorum 档案馆\n")
    settings = home / "liuhen.toml"
    settings.write_text(settings.read_text().replace('"none"', '"witness.policy"'))
    return int(key.split("+")[1], 16)


def with_long_names(scene: "Scene") -> list[str]:
    """A case, an activity and a recording with names as long as their fields hold, with and without places to break them."""
    from tests.cast import as_actor
    from tests.interfaces.api.scene import film, receive

    from liuhen.apps.casework import actions as casework

    by, at = as_actor(scene.cast.li), scene.start
    case = casework.open_case(
        scene.cast.team, by=by, category="penalty", start_mode="ex_officio", officer=scene.cast.li, at=at,
        cause="未经批准擅自占用城市道路堆放建筑材料并拒不改正" * 7, party="清河建筑装饰工程股份" * 9, place_text="Q" * 180,
    )  # fmt: skip
    plan = casework.Plan(
        activity_type="onsite_enforcement", subject="夜间施工噪声联合检查" * 19, place_text="QINGHE-EAST-ROAD" * 12,
        planned_at=at, officers=[scene.cast.li, scene.cast.wang], case=case,
    )  # fmt: skip
    activity = casework.plan_activity(scene.cast.team, by=by, plan=plan, law=scene.cast.law, at=at)
    recording = receive(scene.office, scene.cast, film(), name="执法现场" * 30 + "A" * 100 + ".mp4", at=at)
    return [f"/cases/{case.pk}", f"/activities/{activity.pk}", f"/recordings/{recording.pk}"]


if __name__ == "__main__":
    main()
