"""`verify` names what is wrong, where. Every tamperer here has root's powers: the guards are open for him."""

import shutil
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from pathlib import Path

import pytest
from django.apps import apps
from django.db import connection, connections
from tests.apps.steps import handed_out, planned, received
from tests.cast import Cast, assemble
from tests.conftest import unlocked

from liuhen.apps.archive import fixity
from liuhen.apps.casework.models import Activity
from liuhen.apps.evidence.actions import keep_derived
from liuhen.apps.evidence.models import Derived, Recording
from liuhen.apps.journal.lines import commitment
from liuhen.apps.journal.models import About, Checkpoint, Head, Line, Recorded
from liuhen.apps.journal.queries import Fault, verify_log, verify_rows
from liuhen.apps.journal.sealing import seal
from liuhen.apps.registry.actions import Person, add_officer
from liuhen.apps.registry.models import Officer, Unit
from liuhen.engines.ledger import FileLogStore, Log, tiles
from liuhen.interfaces.office import Office
from liuhen.kernel.actors import OPERATOR, SYSTEM
from liuhen.kernel.clock import now
from liuhen.kernel.digests import digest_of
from liuhen.kernel.identifiers import new_id


@dataclass
class House:
    """A small office with two recordings, an activity and a loan, sealed; two lines are not sealed yet."""

    cast: Cast
    office: Office
    one: Recording
    two: Recording
    activity: Activity
    sealed: int

    def faults(self) -> list[str]:
        """Everything `liuhen verify` says; the log is opened anew, as a process of its own would."""
        models = [model for model in apps.get_models() if issubclass(model, Recorded)]
        log = Log(FileLogStore(self.office.home / "log"), signer=self.office.signer)
        found: list[Fault] = [
            *verify_log(log),
            *verify_rows(models),
            *fixity.verify_originals(self.office.vault),
            *fixity.verify_copies(self.office.copies),
        ]
        return [str(fault) for fault in found]

    def sql(self, statement: str, *values: object) -> None:
        with connection.cursor() as cursor:
            cursor.execute(statement, values)

    def line_of(self, thing: Recorded) -> int:
        """The newest line about a thing."""
        number: int = (
            About.objects.filter(thing=thing.pk).order_by("-line_id").values_list("line_id", flat=True)[0]
        )
        return number

    def original(self, recording: Recording) -> Path:
        path = self.office.vault.path(recording.digest)
        path.chmod(0o600)
        return path


@pytest.fixture
def house(cast: Cast, office: Office, noon: datetime) -> House:
    handed_out(cast, cast.li, at=noon)
    one = received(cast, office, b"one" * 3000, at=noon, device_serial=cast.camera.serial)
    two = received(cast, office, b"two" * 3000, at=noon, device_serial=cast.camera.serial)
    stored = office.copies.put(BytesIO(b"thumbnail"))
    keep_derived(one, by=SYSTEM, kind="thumbnail", stored=stored, media_type="image/jpeg", how="x", at=noon)
    seal(office.log, at=noon)
    sealed = office.log.latest().size
    activity = planned(cast, at=noon)
    planned(cast, at=noon)
    return House(cast, office, one, two, activity, sealed)


def test_sound_house_has_no_fault(house: House, noon: datetime) -> None:
    assert house.faults() == []
    seal(house.office.log, at=noon)
    assert house.faults() == []


# -- the medium --------------------------------------------------------------------------------------------------


def test_flipped_byte_in_an_original_names_its_recording(house: House) -> None:
    path = house.original(house.one)
    content = bytearray(path.read_bytes())
    content[4500] ^= 1
    path.write_bytes(content)
    (fault,) = house.faults()
    assert fault.startswith(f"原件 {house.one.number}（{house.one.sha256[:16]}…）：原件内容已改变")
    path.write_bytes(b"one" * 3000)
    assert ["可以写入" in fault for fault in house.faults()] == [
        True
    ]  # Whole again, but anybody of the house may change it.
    path.chmod(0o440)
    assert house.faults() == []


def test_removed_original_is_named(house: House) -> None:
    house.original(house.two).unlink()
    (fault,) = house.faults()
    assert f"原件 {house.two.number}" in fault
    assert "没有这个原件" in fault
    assert [str(f) for f in fixity.reconcile(house.office.vault)] == [
        f"音像资料 {house.two.number}：有登记而原件 {house.two.sha256[:16]}… 不在库"
    ]


def test_swapped_originals_are_both_named(house: House) -> None:
    one, two = house.original(house.one), house.original(house.two)
    aside = one.with_name("aside")
    one.rename(aside)
    two.rename(one)
    aside.rename(two)
    faults = house.faults()
    assert len(faults) == 2
    assert {house.one.number, house.two.number} == {
        fault.split("（")[0].removeprefix("原件 ") for fault in faults
    }


def test_unreadable_original_is_named_and_the_rest_is_still_read(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    really_open = Path.open

    def broken(path: Path, *given: object, **named: object) -> object:
        if path.name == house.one.sha256:
            raise OSError(5, "Input/output error")
        return really_open(path, *given, **named)  # type: ignore[call-overload]

    house.original(house.two).write_bytes(b"changed")
    monkeypatch.setattr(Path, "open", broken)
    faults = house.faults()
    assert len(faults) == 2
    assert any("读不出来" in fault and house.one.number in fault for fault in faults)


def test_changed_copy_is_named_as_a_copy(house: House) -> None:
    path = house.office.copies.path(Derived.objects.get().digest)
    path.chmod(0o600)
    path.write_bytes(b"thumbnaiL")
    (fault,) = house.faults()
    assert fault.startswith(f"派生件 {house.one.number}")


def test_object_no_row_knows_is_reported_and_kept(house: House) -> None:
    stray = house.office.vault.put(BytesIO(b"stray"))
    half = house.office.vault.incoming("0123456789abcdef")
    half.write(b"half")
    half.sync()
    assert house.faults() == []
    told = [str(fault) for fault in fixity.reconcile(house.office.vault)]
    assert told == [
        f"原件 {stray.digest.sha256}：在库而没有登记（入库中途断电所致），原样保留",
        "上传 0123456789abcdef：尚未收完，可从断点继续",
    ]
    assert house.office.vault.holds(stray.digest)
    half.discard()


# -- rows --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("received_at", "2026-11-15 04:00:00+00:00"),
        ("source_name", "b.mp4"),
        ("size", 1),
        ("number", "BMZ-音像-20261116-0009"),
        ("officer_id", None),
        ("quarantine", "x"),
        ("clock_error", 3.5),
    ],
)
def test_edited_row_is_named_with_its_field_and_line(house: House, column: str, value: object) -> None:
    with unlocked():
        house.sql(f"UPDATE evidence_recording SET {column} = %s WHERE number = %s", value, house.one.number)
    faults = [fault for fault in house.faults() if not fault.startswith("原件")]
    assert faults == [
        f"evidence.recording {house.one.pk}：字段“{column}”与台账第 {house.line_of(house.one)} 行登记的不符"
    ]


@pytest.mark.parametrize("value", ["0" * 64, "not a digest", ""])
def test_edited_digest_is_named_and_stops_nothing(house: House, value: str) -> None:
    with unlocked():
        house.sql("UPDATE evidence_recording SET sha256 = %s WHERE number = %s", value, house.one.number)
    faults = house.faults()
    assert any("字段“sha256”" in fault and str(house.one.pk) in fault for fault in faults)
    assert any(fault.startswith(f"原件 {house.one.number}") for fault in faults)


def test_deleted_row_is_named(house: House) -> None:
    with unlocked():
        house.sql("DELETE FROM evidence_derived")
    (fault,) = house.faults()
    assert fault.startswith("evidence.derived ")
    assert "登记过，现已不在" in fault


def test_forged_row_is_named(house: House) -> None:
    Officer.objects.create(
        pk=new_id(), agency=house.cast.agency, unit=house.cast.team, name="冒", number="999"
    )
    (fault,) = house.faults()
    assert "没有任何台账记录，来历不明" in fault
    assert fault.startswith("registry.officer ")


def test_forged_row_with_a_forged_trail_is_named(house: House) -> None:
    forged = Officer.objects.create(agency=house.cast.agency, unit=house.cast.team, name="冒", number="999")
    About.objects.create(line_id=3, kind=forged.kind(), thing=forged.pk)
    told = house.faults()
    assert f"registry.officer {forged.pk}：没有任何台账记录，来历不明" in told
    assert "台账第 3 行：“about”栏与正文不符" in told


def test_row_put_back_to_an_earlier_state_is_named_also_without_its_trail(house: House) -> None:
    """The camera was handed out; the forger makes it lie in stock again, and removes the trail of the loan."""
    camera, newest = house.cast.camera, house.line_of(house.cast.camera)
    with unlocked():
        house.sql("UPDATE devices_device SET state = 'in_stock' WHERE number = %s", camera.number)
        told = house.faults()
        assert told == [f"devices.device {camera.pk}：字段“state”与台账第 {newest} 行登记的不符"]
        About.objects.filter(line=newest, kind="devices.device")._raw_delete("default")
        assert house.faults() == [f"台账第 {newest} 行：“about”栏与正文不符"]


# -- lines -------------------------------------------------------------------------------------------------------


def test_dropped_line_is_named(house: House) -> None:
    with unlocked():
        house.sql("DELETE FROM journal_about WHERE line_id = 4")
        house.sql("DELETE FROM journal_line WHERE number = 4")
    assert "台账第 4 行：缺失" in house.faults()
    assert not any("第 5 行" in fault for fault in house.faults())


@pytest.mark.parametrize("edit", ["replace(body, 'officer', 'offizer')", "'{}'", "'[]'", "'not json'", "''"])
def test_edited_line_is_named(house: House, edit: str) -> None:
    with unlocked():
        house.sql(f"UPDATE journal_line SET body = {edit} WHERE number = 4")
    told = house.faults()
    assert "台账第 4 行：内容已改变，与封存的日志不符" in told
    assert not any(fault.startswith("台账第") and "第 4 行" not in fault for fault in told)


@pytest.mark.parametrize(
    ("column", "value"),
    [("verb", "nothing.happened"), ("at", "2020-01-01 00:00:00+00:00"), ("actor_kind", "system"), ("agency", None), ("actor", "00000000000070008000000000000007")],
)  # fmt: skip
def test_edited_column_beside_the_line_is_named(house: House, column: str, value: object) -> None:
    with unlocked():
        house.sql(f"UPDATE journal_line SET {column} = %s WHERE number = 4", value)
    assert house.faults() == [f"台账第 4 行：“{column}”栏与正文不符"]


def test_edited_line_with_its_digest_made_to_fit_is_named(house: House) -> None:
    _rewrite(house, 4, "officer", "offizer")
    assert "台账第 4 行：内容已改变，与封存的日志不符" in house.faults()


def test_edited_line_with_digest_and_log_entry_made_to_fit_is_named(house: House) -> None:
    """Root rewrites the line, its digest and the entry in the log; only the tiles still remember."""
    entry = _rewrite(house, 4, "officer", "offizer")
    path = house.office.home / "log" / tiles.entries_path(0, house.sealed)
    entries = tiles.unpack_entries(path.read_bytes())
    path.write_bytes(tiles.pack_entries([*entries[:3], entry, *entries[4:]]))
    assert "台账第 4 行：第 3 条的叶摘要与条目不符" in house.faults()


def _rewrite(house: House, number: int, old: str, new: str) -> bytes:
    line = Line.objects.get(number=number)
    body = line.body.replace(old, new)
    assert body != line.body
    entry = commitment(body, line.salt)
    with unlocked():
        house.sql("UPDATE journal_line SET body = %s, leaf = %s WHERE number = %s", body, entry.hex(), number)
    return entry


def test_edited_line_that_is_not_sealed_yet_is_named(house: House) -> None:
    number = house.line_of(house.activity)
    assert number > house.sealed
    with unlocked():
        house.sql("UPDATE journal_line SET salt = %s WHERE number = %s", "00" * 16, number)
    assert f"台账第 {number} 行：内容与其摘要不符" in house.faults()


@pytest.mark.parametrize("to", [900, 10**12])
def test_renumbered_line_is_named_at_both_places(house: House, to: int) -> None:
    with unlocked():
        house.sql("DELETE FROM journal_about WHERE line_id = 4")
        house.sql("UPDATE journal_line SET number = %s WHERE number = 4", to)
    told = house.faults()
    assert "台账第 4 行：缺失" in told
    assert f"台账第 {to} 行：“number”栏与正文不符" in told
    assert len(told) < 2000


def test_dropped_tail_is_named(house: House) -> None:
    last = Head.objects.get().number
    with unlocked():
        for table, column in (("journal_about", "line_id"), ("journal_line", "number")):
            house.sql(f"DELETE FROM {table} WHERE {column} >= %s", last - 3)
    told = house.faults()
    assert {f"台账第 {number} 行：缺失" for number in range(last - 3, last + 1)} <= set(told)


def test_counter_put_back_is_named(house: House) -> None:
    Head.objects.update(number=3)
    assert house.faults() == [f"台账计数：记到第 3 行，实有第 {Line.objects.count()} 行"]


# -- the log -----------------------------------------------------------------------------------------------------


def test_log_is_missing(house: House) -> None:
    shutil.rmtree(house.office.home / "log")
    told = house.faults()
    assert any(fault.startswith("检查点") for fault in told)


def test_checkpoint_of_another_key_is_named(house: House) -> None:
    path = house.office.home / "log" / "checkpoint"
    path.write_text(path.read_text().replace("\n\n— ", "\n\n— other"))
    assert house.faults()[0].startswith("日志检查点：")


@pytest.mark.parametrize("what", ["root", "note"])
def test_kept_checkpoint_that_was_edited_is_named(house: House, what: str) -> None:
    kept = Checkpoint.objects.get()
    with unlocked():
        value = "0" * 64 if what == "root" else kept.note.replace(str(kept.size), str(kept.size + 1), 1)
        house.sql(f"UPDATE journal_checkpoint SET {what} = %s", value)
    (fault,) = house.faults()
    assert fault.startswith(f"检查点 {kept.size}：")


@pytest.mark.parametrize("damage", [Path.unlink, lambda path: path.write_bytes(path.read_bytes()[:-1])])
@pytest.mark.parametrize("what", ["entries", "tile"])
def test_damaged_log_file_is_named(house: House, damage: Callable[[Path], None], what: str) -> None:
    name = tiles.entries_path(0, house.sealed) if what == "entries" else tiles.tile_path(0, 0, house.sealed)
    damage(house.office.home / "log" / name)
    told = house.faults()
    assert any(name in fault for fault in told)


# -- an older copy -----------------------------------------------------------------------------------------------


def test_older_copy_of_the_database_is_named(house: House, noon: datetime) -> None:
    """The rows and lines of three hours ago; the log, on another disk, remembers."""
    seal(house.office.log, at=noon)
    size = house.office.log.latest().size
    back = size - 4
    with unlocked():
        house.sql("DELETE FROM journal_checkpoint")
        for table, column in (("journal_about", "line_id"), ("journal_line", "number")):
            house.sql(f"DELETE FROM {table} WHERE {column} > %s", back)
        Head.objects.update(number=back)
    told = house.faults()
    assert {f"台账第 {number} 行：缺失" for number in range(back + 1, size + 1)} <= set(told)


def test_bytes_of_an_original_tell_more_than_its_row(house: House) -> None:
    """Two rows over one object: one edited row does not hide the other's."""
    assert house.one.digest == digest_of(b"one" * 3000)
    house.original(house.one).write_bytes(b"")
    assert any(house.one.number in fault for fault in house.faults())


@pytest.mark.django_db(transaction=True)
def test_verification_of_a_working_office_accuses_nobody(office: Office) -> None:
    """Lines are written and sealed while it reads; it sees one moment and finds no fault in it."""
    cast, done = assemble(office), threading.Event()

    def work() -> None:
        try:
            for number in range(400):
                person = Person(f"测{number}", f"9{number:05d}")
                add_officer(cast.team, by=OPERATOR, person=person)
                seal(office.log, at=now())
                if done.is_set():
                    return
        finally:
            connections.close_all()

    worker = threading.Thread(target=work)
    worker.start()
    try:
        for _ in range(4):
            log = Log(FileLogStore(office.home / "log"), signer=office.signer)
            assert [str(fault) for fault in (*verify_log(log), *verify_rows([Officer, Unit]))] == []
    finally:
        done.set()
        worker.join()
