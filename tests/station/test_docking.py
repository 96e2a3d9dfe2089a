"""A docked card from its list to the cleared card: what is cleared, what stays, and what a crash leaves."""

import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO, ClassVar

import pytest
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from liuhen.engines.ledger import Receipt, Signer
from liuhen.engines.ledger.leave import Leave
from liuhen.kernel.digests import digest_of
from liuhen.kernel.errors import Malformed, Refused, Tampered, Unavailable
from liuhen.server.settings import read_settings
from liuhen.station import clearing
from liuhen.station.card import Found, important_first, is_marked
from liuhen.station.config import Config
from liuhen.station.identity import Identity, identity_block, parse_identity
from liuhen.station.memory import Memory
from liuhen.station.port import Port
from liuhen.station.sending import send_spooled
from liuhen.station.simulated import SimulatedRecorder
from liuhen.station.source import Folder
from liuhen.station.sync import IN_FLIGHT, Docking, Outcome
from liuhen.station.upload import Server
from tests.live import House

WHEN = datetime(2026, 11, 16, tzinfo=UTC)
WHO = Identity(
    serial="7000001", officer="010001", name="李", unit="330001", unit_name="清河街道综合行政执法队"
)


@pytest.fixture
def card(tmp_path: Path) -> Path:
    """Three files that nobody else brings: the same bytes twice would be one object."""
    folder = tmp_path / "card"
    (folder / "DCIM").mkdir(parents=True)
    for name in ("a.mp4", "b.mp4", "c_IMP.mp4"):
        (folder / "DCIM" / name).write_bytes(f"{tmp_path} {name}".encode())
    return folder


def dock(source: Folder | SimulatedRecorder, config: Config, *, clears: bool = False) -> list[Outcome]:
    docking = Docking(source, config, 20, clears=clears)  # type: ignore[arg-type]
    return list(docking.run())


def permit(house: House, config: Config) -> None:
    house.liuhen("enroll", "clearing", "--name", config.name, "--allow")


def on(card: Path) -> set[str]:
    return {path.name for path in card.rglob("*") if path.is_file()}


def _sent_list(config: Config, recorder: SimulatedRecorder) -> dict[str, object]:
    """The list as it lies at the station while the server is away."""
    dock(recorder, replace(config, server="http://127.0.0.1:9"))
    (_key, entry), *_ = Memory(config.folder, "lists").entries()
    return dict(entry["list"])


# -- what is brought ---------------------------------------------------------------------------------------------


def test_station_that_was_shut_out_brings_nothing_from_its_next_request_on(
    house: House, config: Config, card: Path
) -> None:
    """Stolen or lost: the operator shuts it out while the house runs. Not spooled either, and all stays on the card."""
    told = house.liuhen("enroll", "revoke", "--name", config.name)
    assert "自下一次请求起无效" in told
    outcomes = dock(Folder(card), config)
    assert {(outcome.state, outcome.receipt) for outcome in outcomes} == {("异常", None)}
    assert on(card) == {"a.mp4", "b.mp4", "c_IMP.mp4"}


def test_marked_files_come_first_and_all_have_receipts(config: Config, card: Path) -> None:
    outcomes = dock(Folder(card), config)
    assert [o.file for o in outcomes] == ["DCIM/c_IMP.mp4", "DCIM/a.mp4", "DCIM/b.mp4"]
    for outcome in outcomes:
        assert (outcome.state, outcome.cleared) == ("完成", False)
        receipt = Receipt.opened(dict(outcome.receipt or {}), config.receipt_key)
        assert receipt.digest == digest_of((card / outcome.file).read_bytes())
    assert not list(Memory(config.folder, "lists").entries())


def test_list_waits_at_the_station_while_the_server_is_away(config: Config, card: Path) -> None:
    away = replace(config, server="http://127.0.0.1:9")
    assert {o.state for o in dock(Folder(card), away)} == {"暂存"}
    waiting = [entry["list"] for _key, entry in Memory(config.folder, "lists").entries()]
    assert [len(one["files"]) for one in waiting] == [3]
    assert {o.state for o in dock(Folder(card), config)} == {"完成"}
    assert not list(Memory(config.folder, "lists").entries())


def test_station_without_a_key_brings_files_and_no_list(config: Config, card: Path) -> None:
    assert {o.state for o in dock(Folder(card), replace(config, key=None))} == {"完成"}
    assert not (config.folder / "lists").exists()


def test_list_that_the_server_refuses_is_told_and_kept(config: Config, card: Path) -> None:
    wrong = replace(config, token="x" * 43)
    docking = Docking(Folder(card), wrong, 1)
    assert {o.state for o in docking.run()} == {"异常"}
    assert docking.port.shown().state == "异常"
    assert any("清单未被接受" in problem for problem in docking.port.shown().problems)
    assert list(Memory(config.folder, "lists").entries())


# -- the recorder ------------------------------------------------------------------------------------------------


def test_identity_block_is_read_back_and_bad_ones_are_told() -> None:
    block = identity_block(WHO)
    assert (len(block), parse_identity(block)) == (89, WHO)
    assert parse_identity(b"\xff" * 89).name == "\\xff" * 32
    with pytest.raises(Malformed, match="89"):
        parse_identity(block[:-1])
    with pytest.raises(Malformed, match="超过"):
        identity_block(Identity(serial="12345678"))
    with pytest.raises(Malformed, match="GBK"):
        identity_block(Identity(name="𠮷"))


def test_recorder_tells_who_it_is_and_how_wrong_its_clock_goes(config: Config, card: Path) -> None:
    recorder = SimulatedRecorder(card, identity_block(WHO), fast=timedelta(seconds=95))
    signed = _sent_list(config, recorder)
    assert (signed["device"], signed["officer"]) == ("7000001", "010001")
    assert signed["clock_error"] == pytest.approx(95, abs=0.01)
    assert {o.state for o in dock(recorder, config)} == {"完成"}


def test_recorder_that_does_not_open_is_told_before_anything_is_read(config: Config, card: Path) -> None:
    with pytest.raises(Refused, match="口令"):
        dock(SimulatedRecorder(card, identity_block(WHO), password="123456"), config)


def test_recorder_pulled_out_midway_goes_on_at_the_next_docking(config: Config, card: Path) -> None:
    """What was sent before is brought, though its receipt comes after the pull; what was not stays on the card, with the reason."""
    recorder = SimulatedRecorder(card, identity_block(WHO))

    class Pulls(Port):
        def begins(self, name: str) -> None:
            super().begins(name)
            recorder.pulled = name == "DCIM/b.mp4"

    outcomes = {o.file: o for o in Docking(recorder, config, 20, port=Pulls()).run()}
    assert {name: o.state for name, o in outcomes.items()} == {
        "DCIM/c_IMP.mp4": "完成",
        "DCIM/a.mp4": "完成",
        "DCIM/b.mp4": "异常",
    }
    assert "原件保留在卡上" in outcomes["DCIM/b.mp4"].reason
    recorder.pulled = False
    assert {o.state for o in dock(recorder, config)} == {"完成"}


def test_next_files_are_sent_while_receipts_are_awaited_and_each_is_cleared_by_its_own(
    config: Config, tmp_path: Path, cleared: Callable[[], list[Outcome]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Never more under way than is allowed; the marked one first in everything; nothing taken from the card before its own receipt."""
    card, order, under_way = tmp_path / "many", list[str](), list[int]()
    card.mkdir()
    names = [f"{number:04d}.mp4" for number in range(IN_FLIGHT + 8)]
    for name in [*names, "zz_IMP.mp4"]:
        (card / name).write_bytes(f"{tmp_path} {name}".encode())
    send, removed = Server.send, Folder.remove

    def sends(self: Server, upload: str, *given: Any, **more: Any) -> None:
        send(self, upload, *given, **more)
        order.append(upload)
        kept = [one for _key, one in Memory(config.folder).entries()]
        under_way.append(sum(one.get("receipt", {}).get("state") != "verified" for one in kept))

    def removes(self: Folder, found: Found) -> None:
        (kept,) = [one for _key, one in Memory(config.folder).entries() if one["file"] == found.inside]
        assert kept["receipt"]["state"] == "verified"
        removed(self, found)

    monkeypatch.setattr(Server, "send", sends)
    monkeypatch.setattr(Folder, "remove", removes)
    outcomes = dock(Folder(card), config, clears=True)
    assert [o.file for o in outcomes] == ["zz_IMP.mp4", *names]
    assert all(o.cleared for o in outcomes)
    assert (on(card), len(order)) == (set(), len(names) + 1)
    assert 1 < max(under_way) <= IN_FLIGHT + 1


def test_line_that_goes_before_the_receipt_came_leaves_sealed_copies_and_the_card_untouched(
    config: Config, card: Path, cleared: Callable[[], list[Outcome]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*_given: object, **_more: object) -> dict[str, Any]:
        raise Unavailable("连接服务器失败")

    with monkeypatch.context() as cut:
        cut.setattr(Server, "receipt", gone)
        outcomes = cleared()
    assert [o.state for o in outcomes] == ["暂存"] * 3
    assert len(on(card)) == 3
    assert {o.state for o in send_spooled(config, patience=20)} == {"完成"}
    port = Port()
    with monkeypatch.context() as cut:
        cut.setattr(Server, "leave", gone)
        told = list(Docking(Folder(card), config, 20, clears=True, port=port).run())
    assert {(o.state, o.cleared, o.waits) for o in told} == {("完成", False, True)}
    assert (port.shown().state, bool(port.shown().line)) == (
        "校验",
        True,
    )  # Docked again by itself: no fault.
    assert all(o.cleared for o in cleared())


def test_card_that_fails_while_a_file_is_sent_is_not_called_a_dead_line(config: Config, card: Path) -> None:
    class Failing:
        def __init__(self, file: BinaryIO) -> None:
            self._file = file

        def read(self, size: int = -1) -> bytes:
            raise OSError(5, "输入输出错误")

        def seek(self, offset: int, whence: int = 0) -> int:
            return self._file.seek(offset, whence)

        def tell(self) -> int:
            return self._file.tell()

    server = Server(config)
    upload = server.begin(4, {"filename": "x"})
    with (card / "DCIM" / "a.mp4").open("rb") as file, pytest.raises(OSError, match="输入输出错误"):
        server.send(upload, Failing(file), size=4, progress=lambda _done, _size: None)  # type: ignore[arg-type]


# -- clearing ----------------------------------------------------------------------------------------------------


def test_nothing_is_cleared_without_the_keepers_permission(config: Config, card: Path) -> None:
    outcomes = dock(Folder(card), config, clears=True)
    assert {o.state for o in outcomes} == {"完成"}
    assert all("未获准" in o.reason for o in outcomes)
    assert on(card) == {"a.mp4", "b.mp4", "c_IMP.mp4"}


def test_what_came_from_an_unknown_device_stays_on_the_card(house: House, config: Config, card: Path) -> None:
    permit(house, config)
    outcomes = dock(Folder(card), config, clears=True)
    assert all("来源待查明" in o.reason and not o.cleared for o in outcomes)
    assert on(card) == {"a.mp4", "b.mp4", "c_IMP.mp4"}


@pytest.fixture
def cleared(
    house: House, config: Config, card: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[], list[Outcome]]:
    """Docks the card for clearing at a permitted station, with a leave as the server would sign it for a known device."""
    permit(house, config)
    settings = read_settings(house.environment)
    signer = Signer(
        config.receipt_key.name, load_pem_private_key((settings.keys / "log.key").read_bytes(), password=None)
    )

    def leave(self: Server, upload: str, *, patience: float) -> dict[str, object]:
        told = self.receipt(upload, patience=patience)
        receipt = Receipt.opened(told, config.receipt_key)
        return Leave(
            receipt.recording,
            receipt.digest,
            receipt.size,
            config.id,
            receipt.line,
            receipt.line,
            receipt.at,
            receipt.log,
        ).signed(signer)

    monkeypatch.setattr(Server, "leave", leave)
    return lambda: dock(Folder(card), config, clears=True)


def test_file_with_receipt_and_leave_is_cleared_and_the_server_is_told(
    house: House, config: Config, card: Path, cleared: Callable[[], list[Outcome]]
) -> None:
    outcomes = cleared()
    assert {(o.state, o.cleared, o.reason) for o in outcomes} == {("完成", True, "")}
    assert on(card) == set()
    assert not list(Memory(config.folder, "clearings").entries())
    assert cleared() == []
    house.liuhen("verify")


def test_leave_that_does_not_fit_clears_nothing(
    config: Config, card: Path, cleared: Callable[[], list[Outcome]], monkeypatch: pytest.MonkeyPatch
) -> None:
    good = Server.leave
    forged: list[Callable[[dict[str, object]], dict[str, object]]] = [
        lambda told: told | {"size": 3},
        lambda told: told | {"signature": None},
        lambda told: told | {"station": "other"},
    ]
    for change in forged:
        monkeypatch.setattr(Server, "leave", lambda *a, change=change, **k: change(good(*a, **k)))
        assert not any(o.cleared for o in cleared())
    other = replace(config, id="another")
    monkeypatch.setattr(Server, "leave", good)
    outcomes = dock(Folder(card), other, clears=True)
    assert all("不符" in o.reason for o in outcomes)
    assert on(card) == {"a.mp4", "b.mp4", "c_IMP.mp4"}


def test_file_that_changed_after_it_was_received_is_not_cleared(
    config: Config, card: Path, cleared: Callable[[], list[Outcome]]
) -> None:
    class Changing(Folder):
        opened: ClassVar[Counter[str]] = Counter()

        def open(self, found: Found) -> BinaryIO:
            Changing.opened[found.inside] += 1
            is_third = Changing.opened[found.inside] == 3  # digest, send, and once more before it is cleared
            if is_third and is_marked(found.inside):
                found.path.write_bytes(b"another")
            return super().open(found)

    outcomes = list(Docking(Changing(card), config, 20, clears=True).run())
    assert "又变了" in outcomes[0].reason
    assert [o.cleared for o in outcomes] == [False, True, True]
    assert on(card) == {"c_IMP.mp4"}


def test_crash_before_the_removal_leaves_the_file_and_after_it_the_knowledge(
    config: Config, card: Path, cleared: Callable[[], list[Outcome]], monkeypatch: pytest.MonkeyPatch
) -> None:
    class PowerCut(BaseException):
        pass

    def cut(*_given: object, **_more: object) -> None:
        raise PowerCut

    with monkeypatch.context() as crash:
        crash.setattr(Folder, "remove", cut)
        with pytest.raises(PowerCut):
            cleared()
    assert on(card) == {"a.mp4", "b.mp4", "c_IMP.mp4"}
    with monkeypatch.context() as crash:
        crash.setattr(clearing, "_tell", cut)
        with pytest.raises(PowerCut):
            cleared()
    assert on(card) == {"a.mp4", "b.mp4"}
    assert len(list(Memory(config.folder, "clearings").entries())) == 1
    told: list[str] = []
    monkeypatch.setattr(Server, "tell_cleared", lambda _self, _upload, *, path, cleared_at: told.append(path))
    assert {o.file for o in cleared()} == {"DCIM/a.mp4", "DCIM/b.mp4"}
    assert told == ["DCIM/c_IMP.mp4", "DCIM/a.mp4", "DCIM/b.mp4"]
    assert not list(Memory(config.folder, "clearings").entries())


def test_clearing_is_told_later_where_the_line_is_dead_and_kept_where_it_is_refused(
    config: Config, card: Path, cleared: Callable[[], list[Outcome]], monkeypatch: pytest.MonkeyPatch
) -> None:
    for error in (Unavailable("断线"), Tampered("尚未复核")):

        def fail(*_given: object, error: Exception = error, **_more: object) -> None:
            raise error

        monkeypatch.setattr(Server, "tell_cleared", fail)
        cleared()
    assert on(card) == set()
    entries = [entry for _key, entry in Memory(config.folder, "clearings").entries()]
    assert len(entries) == 3
    assert all(entry.get("refused") for entry in entries)


def test_clearing_that_the_line_kept_back_is_told_before_the_card_is_called_done(
    config: Config, card: Path, cleared: Callable[[], list[Outcome]], monkeypatch: pytest.MonkeyPatch
) -> None:
    told = list[str]()

    def tell(_self: Server, _upload: str, *, path: str, cleared_at: str) -> None:
        if path == "DCIM/a.mp4" and path not in tries:
            tries.append(path)
            raise Unavailable("断线")
        told.append(path)

    tries = list[str]()
    monkeypatch.setattr(Server, "tell_cleared", tell)
    assert all(outcome.cleared for outcome in cleared())
    assert sorted(told) == ["DCIM/a.mp4", "DCIM/b.mp4", "DCIM/c_IMP.mp4"]
    assert not list(Memory(config.folder, "clearings").entries())


def test_receipt_that_is_not_verified_clears_nothing(config: Config, card: Path) -> None:
    found = Found(card / "DCIM" / "a.mp4", "a.mp4", "DCIM/a.mp4", 1, WHEN)
    receipt = Receipt("stored", "r", digest_of(b"x"), 1, 1, WHEN, "x")
    brought = clearing.Brought(found, digest_of(b"x"), "/files/x", receipt)
    with pytest.raises(Refused, match="尚未复核"):
        clearing.clear(
            brought, source=Folder(card), card="x", server=Server(config), config=config,
            memory=Memory(config.folder, "clearings"), patience=1,
        )  # fmt: skip


def test_marks_are_read_from_names_and_folders() -> None:
    assert is_marked("DCIM/DCAM_1_2_20260101_080000_IMP.mp4")
    assert is_marked("20260101080000IMP")
    assert is_marked("重点/a.mp4")
    assert not is_marked("DCIM/IMPORTANT.mp4")
    assert important_first([]) == []


# -- two programs over one station folder ------------------------------------------------------------------------------


def test_card_docked_by_two_programs_at_once_is_brought_once(
    house: House, config: Config, card: Path
) -> None:
    before, ended = house.count("Recording"), list[list[Outcome]]()
    both = [threading.Thread(target=lambda: ended.append(dock(Folder(card), config))) for _ in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert [{outcome.state for outcome in outcomes} for outcomes in ended] == [{"完成"}, {"完成"}]
    assert house.count("Recording") - before == 3
    assert {path.suffix for path in (config.folder / "files").iterdir()} == {".json"}
