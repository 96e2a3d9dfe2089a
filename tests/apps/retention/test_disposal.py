"""Disposal: a list, two who decide, two who execute, one who samples; what may not go falls out; the file or a tombstone, never neither."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from io import BytesIO
from types import SimpleNamespace
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from tests.apps.retention.house import DAY, House
from tests.apps.steps import last_line, opened_case, planned, refused
from tests.cast import LONG_AGO, Cast, as_actor
from tests.conftest import unlocked

from liuhen.apps.access.actions import view_recording
from liuhen.apps.approval.actions import decide
from liuhen.apps.casework.actions import link_recording
from liuhen.apps.evidence import actions as evidence
from liuhen.apps.evidence.models import Recording, Tombstone
from liuhen.apps.journal.models import Line
from liuhen.apps.registry import actions as registry
from liuhen.apps.registry.models import Officer
from liuhen.apps.retention import certifying, disposal, emptying
from liuhen.apps.retention.holds import Grounds, place_hold
from liuhen.apps.retention.models import DisposalCertificate, DisposalItem, KeepingPeriod
from liuhen.engines.ledger.cosignature import Cosigner
from liuhen.engines.ledger.policy import NOBODY, WitnessPolicy
from liuhen.interfaces.office import Office
from liuhen.kernel.actors import OPERATOR, SYSTEM
from liuhen.kernel.errors import Tampered, Unavailable
from liuhen.server.works import works


@pytest.fixture
def house(cast: Cast, office: Office, noon: datetime) -> House:
    return House(cast, office, noon)


def test_list_goes_its_whole_way_to_tombstones_and_a_certificate(house: House) -> None:
    one, two = house.due(b"one" * 5000, b"two" * 5000)
    office, cast = house.office, house.cast
    copy = office.copies.put(BytesIO(b"picture"))
    evidence.keep_derived(
        one, by=SYSTEM, kind="thumbnail", stored=copy, media_type="image/jpeg", how="x", at=house.noon
    )
    house.running()
    assert Recording.objects.count() == 2 and office.vault.holds(one.digest)
    house.execute()
    row = house.listed()
    assert (row.state, row.recover_until) == ("aside", house.noon + 7 * DAY)
    assert (
        not office.vault.holds(one.digest)
        and len(list(office.vault.aside())) == 2
        and len(list(office.copies.aside())) == 1
    )
    assert house.faults() == []
    refused(
        lambda: view_recording(one, by=as_actor(cast.zhang), officer=cast.zhang, at=house.noon),
        says="已列入销毁",
    )
    assert not house.finish(8)  # Nobody has looked at the sample.
    house.sampled()
    assert not house.finish(6)
    assert house.finish(8)
    assert list(office.vault.aside()) == list(office.copies.aside()) == []
    assert not office.vault.holds(one.digest) and not office.copies.holds(copy.digest)
    assert house.listed().state == "done" and house.faults() == []
    stones = {stone.recording_id: stone for stone in Tombstone.objects.all()}
    assert stones[two.pk].destroyed_at == house.noon + 8 * DAY
    leaves = [line.body for line in Line.objects.filter(verb="recording.disposed")]
    assert len(leaves) == 2 and all(
        any(r.sha256 in leaf and r.sm3 in leaf for leaf in leaves) for r in (one, two)
    )
    certificate = DisposalCertificate.objects.get()
    assert certificate.sha256 in last_line().body and certifying.print_of(certificate).startswith(b"%PDF-")
    refused(
        lambda: view_recording(one, by=as_actor(cast.zhang), officer=cast.zhang, at=house.noon),
        says="依规销毁",
    )
    assert not house.finish(9) and DisposalCertificate.objects.count() == 1
    refused(house.drawn, says="没有可以列入")


def _hold(house: House, row: Recording) -> None:
    place_hold(
        row,
        Grounds("litigation", "1", "法院", "x"),
        by=as_actor(house.cast.chen),
        officer=house.cast.chen,
        at=house.noon,
    )


def _lengthen(house: House, row: Recording) -> None:
    KeepingPeriod.objects.filter(recording=row).update(until=house.noon + 900 * DAY)


def _forever(house: House, row: Recording) -> None:
    KeepingPeriod.objects.filter(recording=row).update(rank="permanent", label="永久", until=None)


def _link(house: House, row: Recording) -> None:
    activity = planned(house.cast, at=house.noon, case=opened_case(house.cast, at=house.noon))
    link_recording(activity, by=as_actor(house.cast.li), recording=row, reasons=["x"], at=house.noon)


def _pack(house: House, row: Recording) -> None:
    from liuhen.apps.access.packages import Wish, ask_for_package
    from liuhen.apps.approval.actions import ChainStep

    li, wish = house.cast.li, Wish("court", "某法院", "1", is_evidence=True, is_sensitive=False)
    ask_for_package(
        row,
        wish,
        by=as_actor(li),
        requester=li,
        reason="调取",
        chain=[ChainStep("unit_head", "队长", "")],
        at=house.noon,
    )


def _damage(house: House, row: Recording) -> None:
    path = house.office.vault.path(row.digest)
    path.chmod(0o600)
    path.write_bytes(b"x" * row.size)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (_hold, "暂缓"),
        (_lengthen, "延长"),
        (_forever, "永久"),
        (_link, "关联有变动"),
        (_pack, "证据包"),
        (_damage, "重读原件不符"),
    ],
)
def test_what_changed_after_the_list_was_drawn_falls_out_and_is_told(
    house: House, change: Callable[[House, Recording], None], why: str
) -> None:
    one, two = house.due(b"one", b"two")
    house.running()
    change(house, one)
    house.execute()
    assert house.outcomes() == {one.number: "out", two.number: "aside"}
    assert why in DisposalItem.objects.get(recording=one).why
    assert (
        house.office.vault.path(one.digest).exists() and not Tombstone.objects.filter(recording=one).exists()
    )
    house.sampled()
    assert house.finish() and house.outcomes() == {one.number: "out", two.number: "destroyed"}
    assert house.office.vault.path(one.digest).exists()


def test_hold_placed_within_the_window_brings_the_original_back(house: House) -> None:
    one, two = house.due(b"one", b"two")
    house.running()
    house.execute()
    house.sampled()
    _hold(house, one)
    assert house.finish()
    assert house.outcomes() == {one.number: "back", two.number: "destroyed"}
    assert house.office.vault.reread(one.digest).size == 3 and house.faults() == []
    assert "暂缓" in DisposalItem.objects.get(recording=one).why


@pytest.mark.parametrize("how", ["call-off", "sample", "early"])
def test_list_called_off_puts_everything_back(house: House, how: str) -> None:
    one, _two = house.due(b"one", b"two")
    house.running()
    if how == "early":
        disposal.call_off(house.listed(), by=as_actor(house.tan), reason="清单有误", at=house.noon)
        house.execute()
    else:
        house.execute()
        if how == "sample":
            house.sampled(agrees=False)
        else:
            refused(
                lambda: disposal.call_off(house.listed(), by=as_actor(house.tan), reason=" ", at=house.noon),
                says="原因",
            )
            disposal.call_off(house.listed(), by=as_actor(house.tan), reason="清单有误", at=house.noon)
    assert disposal.overdue_lists(at=house.noon) == []  # The job of the act is still waiting.
    assert house.finish(0)
    assert (
        list(house.office.vault.aside()) == []
        and house.office.vault.holds(one.digest)
        and house.faults() == []
    )
    assert house.listed().state == "called_off" and house.listed().closed_at
    view_recording(one, by=as_actor(house.cast.zhang), officer=house.cast.zhang, at=house.noon)
    assert not DisposalCertificate.objects.exists()
    refused(
        lambda: disposal.call_off(house.listed(), by=as_actor(house.tan), reason="x", at=house.noon),
        says="已撤回",
    )


def test_nobody_does_two_parts_and_the_two_hands_are_of_two_units(house: House) -> None:
    house.due(b"one")
    cast = house.cast
    request = house.drawn()
    refused(lambda: house.stand_by(house.he), says="待核对批准")
    refused(
        lambda: decide(
            request, by=as_actor(house.he), officer=house.he, agree=True, reason="", at=house.noon
        ),
        says="本人提出",
    )
    for who in (cast.chen, house.liu):
        decide(request, by=as_actor(who), officer=who, agree=True, reason="", at=house.noon)
    disposal.decided(house.listed(), request=request, at=house.noon)
    registry.appoint(
        cast.chen, by=OPERATOR, role="archive_clerk", unit=cast.chen.unit, since=LONG_AGO, at=LONG_AGO
    )
    refused(lambda: house.stand_by(cast.chen), says="核对、批准")
    refused(lambda: house.stand_by(cast.li), says="权限")
    house.stand_by(house.he)
    refused(lambda: house.stand_by(house.he), says="须由两人")
    refused(lambda: house.stand_by(house.tan), says="不同部门")
    assert house.listed().state == "approved"
    house.stand_by(cast.zhao)
    house.execute()

    def check(who: Officer) -> None:
        disposal.check_sample(
            house.listed(), by=as_actor(who), officer=who, agrees=True, note="x", at=house.noon
        )

    registry.appoint(
        house.he, by=OPERATOR, role="archive_head", unit=house.he.unit, since=LONG_AGO, at=LONG_AGO
    )
    refused(lambda: check(house.he), says="自己办的")
    check(cast.zhou)
    refused(lambda: check(cast.chen), says="不待抽查")


def test_agency_of_one_unit_needs_somebody_of_the_superior(house: House) -> None:
    house.due(b"one")
    house.approved()
    Officer.objects.filter(unit__agency=house.cast.agency).exclude(unit=house.he.unit).update(state="left")
    house.stand_by(house.he)
    refused(lambda: house.stand_by(house.tan), says="上级机关")
    house.stand_by(house.tan, "区司法局 郑某 执法证 0001")
    assert house.listed().state == "running"


def test_returned_list_goes_nowhere_and_frees_what_it_listed(house: House) -> None:
    house.due(b"one")
    request = house.drawn()
    refused(house.drawn, says="没有可以列入")
    decide(
        request,
        by=as_actor(house.cast.chen),
        officer=house.cast.chen,
        agree=False,
        reason="有争议",
        at=house.noon,
    )
    disposal.decided(house.listed(), request=request, at=house.noon)
    assert house.listed().state == "returned"
    house.drawn()


def test_list_that_was_changed_after_approval_is_an_alarm(house: House) -> None:
    house.due(b"one")
    house.running()
    with unlocked():
        DisposalItem.objects.update(reason="改过")
    with pytest.raises(Tampered, match="与批准时不同"):
        house.execute()


def test_same_bytes_registered_twice_live_as_long_as_one_registration(house: House) -> None:
    one, two = house.due(b"same", b"same")
    _hold(house, two)
    house.running()
    house.execute()
    assert house.office.vault.holds(one.digest)
    house.sampled()
    assert house.finish() and house.outcomes() == {one.number: "destroyed"}
    assert house.office.vault.reread(two.digest).size == 4 and house.faults() == []


def test_one_of_two_registrations_put_back_keeps_the_bytes(house: House) -> None:
    one, two = house.due(b"same", b"same")
    house.running()
    house.execute()
    house.sampled()
    _hold(house, two)
    assert house.finish()
    assert house.outcomes() == {one.number: "destroyed", two.number: "back"}
    assert house.office.vault.reread(two.digest).size == 4 and house.faults() == []


def test_bytes_that_come_again_while_they_are_destroyed_are_never_registered_without_them(
    house: House,
) -> None:
    """Stored, but not registered yet, when the old ones are taken away: either they are brought back, or nothing is registered."""
    (one,) = house.due(b"same")
    arriving = house.office.vault.incoming("0" * 32)
    arriving.write(b"same")
    stored = arriving.commit()
    late = SimpleNamespace(commit=lambda _expect: stored, confirm=arriving.confirm)
    clip = evidence.Clip(unit=house.cast.team, name="b.mp4", officer_number=house.cast.li.number)
    house.running()
    house.execute()
    again = evidence.receive_recording(by=as_actor(house.cast.zhao), clip=clip, arriving=late, at=house.noon)
    assert house.office.vault.holds(again.digest)
    house.sampled()
    assert house.finish() and house.outcomes() == {one.number: "destroyed"}
    assert house.office.vault.reread(again.digest).size == 4
    house.office.vault.set_aside(again.digest)
    assert house.office.vault.condemn(again.digest)
    count = Recording.objects.count()
    with pytest.raises(Unavailable, match="正在销毁"):
        evidence.receive_recording(by=as_actor(house.cast.zhao), clip=clip, arriving=late, at=house.noon)
    assert Recording.objects.count() == count


def test_disposal_goes_by_witnessed_time_alone(house: House) -> None:
    assert certifying.trusted_time(NOBODY, at=house.noon) == house.noon
    cosigner = Cosigner("w.example", Ed25519PrivateKey.generate())
    policy = WitnessPolicy.parse(f"witness W {cosigner.verifier}\nquorum W")
    with pytest.raises(Unavailable, match="太久没有会签"):
        certifying.trusted_time(policy, at=house.noon)
    house.due(b"one")
    refused(
        lambda: disposal.draw_list(
            by=as_actor(house.he),
            officer=house.he,
            cutoff=house.noon,
            reason="x",
            trusted=house.noon - DAY,
            at=house.noon,
        ),
        says="见证的时间",
    )


def test_what_was_called_off_comes_back_though_no_witness_answers(house: House) -> None:
    (one,) = house.due(b"one")
    house.running()
    house.execute()
    cosigner = Cosigner("w.example", Ed25519PrivateKey.generate())
    silent = replace(house.office, witnesses=WitnessPolicy.parse(f"witness W {cosigner.verifier}\nquorum W"))
    finish = works(silent)["disposal.finish"]
    with pytest.raises(Unavailable, match="太久没有会签"):
        finish(house.listed().pk)
    disposal.call_off(house.listed(), by=as_actor(house.tan), reason="清单有误", at=house.noon)
    finish(house.listed().pk)
    assert house.office.vault.reread(one.digest).size == 3 and house.faults() == []


# ── 断点 ───────────────────────────────────────────────────


class Died(BaseException):
    """The process ended here."""


def _steps(house: House, monkeypatch: pytest.MonkeyPatch, die_at: int) -> Iterator[None]:
    """Every call that changes the disk, and every commit, counts; at the wanted one the process dies before it is made."""
    count = 0

    def counting(really: Callable[..., Any]) -> Callable[..., Any]:
        def call(*given: Any, **named: Any) -> Any:
            nonlocal count
            count += 1
            if count == die_at:
                raise Died
            return really(*given, **named)

        return call

    import os
    from pathlib import Path

    from liuhen.engines.vault import files

    with monkeypatch.context() as patched:
        patched.setattr(Path, "rename", counting(Path.rename))
        patched.setattr(Path, "unlink", counting(Path.unlink))
        patched.setattr(files.os, "pwrite", counting(os.pwrite))
        patched.setattr(files.os, "fsync", counting(os.fsync))
        for module in (emptying, certifying):
            patched.setattr(module, "act", counting(module.act))
        yield
    assert count


def test_death_at_any_step_leaves_the_file_or_a_tombstone_and_the_same_work_goes_on(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Dies at its first call, goes on, dies at the second, third and fourth, again and again, until it comes through."""
    held, *gone = house.due(b"held" * 999, b"one" * 999, b"two" * 999)
    house.running()
    deaths = _until_through(house, monkeypatch, house.execute)
    house.sampled()
    _hold(house, held)
    deaths += _until_through(house, monkeypatch, house.finish)
    assert deaths > 15
    assert (
        set(house.outcomes().values()) == {"back", "destroyed"} and DisposalCertificate.objects.count() == 1
    )
    assert house.office.vault.reread(held.digest).size == held.size and house.faults() == []
    assert Line.objects.filter(verb="recording.disposed").count() == len(gone)


def _until_through(house: House, monkeypatch: pytest.MonkeyPatch, work: Callable[[], Any]) -> int:
    for deaths in range(400):
        steps = _steps(house, monkeypatch, 1 + deaths % 4)
        next(steps)
        try:
            work()
        except Died:
            list(_ended(steps))
            _file_or_tombstone(house)
            continue
        list(_ended(steps))
        return deaths
    raise AssertionError("never came through")


def _ended(steps: Iterator[None]) -> Iterator[None]:
    yield from steps


def _file_or_tombstone(house: House) -> None:
    aside = {digest.sha256 for digest in house.office.vault.aside()}
    for row in Recording.objects.all():
        finished = row.tombstones.filter(destroyed_at__isnull=False).exists()
        assert finished or row.sha256 in aside or house.office.vault.holds(row.digest)


def test_last_day_of_a_period_still_belongs_to_it(house: House) -> None:
    """What ends this morning may be listed from tomorrow on, and not this evening."""
    (row,) = house.due(b"one")
    KeepingPeriod.objects.filter(recording=row).update(until=house.noon - timedelta(hours=4))
    refused(house.drawn, says="没有可以列入")
    house.noon += DAY
    house.drawn()
