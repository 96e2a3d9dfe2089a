"""The witness under C2SP tlog-witness: the exact status of each case, published vectors, and no cosignature that contradicts another."""

import os
import random
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from liuhen.engines.ledger import FileLogStore, Signer, Verifier
from liuhen.engines.ledger.checkpoint import Checkpoint
from liuhen.engines.ledger.cosignature import cosigned_at
from liuhen.engines.ledger.submission import SIZE_TYPE, Submission
from liuhen.engines.ledger.tree import EMPTY_ROOT
from liuhen.kernel.errors import Malformed, Refused, Tampered, Unavailable
from liuhen.witness import books as books_module
from liuhen.witness import judging
from liuhen.witness.books import Books, TrustedLog, make_books
from liuhen.witness.judging import add_checkpoint
from tests.witness.conftest import NOON, SIGNER, Desk, house, made_desk

STRANGER = Signer(SIGNER.name, Ed25519PrivateKey.from_private_bytes(b"\3" * 32))
OTHER = Signer("liuhen/other", Ed25519PrivateKey.from_private_bytes(b"\4" * 32))

# -- what continues is cosigned ----------------------------------------------------------------------------------


def test_log_that_grows_is_cosigned_each_time_and_kept_first(desk: Desk) -> None:
    old = 0
    for size in (1, 2, 7, 8, 255, 256, 300, 300):
        answer = desk.offered(desk.house.grown_to(size).body(old))
        assert answer.status == 200
        note = desk.house.log.note() + answer.body
        assert cosigned_at(note, desk.books.cosigner.verifier) == NOON
        assert desk.books.note(desk.trusted) == note == answer.note
        assert desk.books.latest(desk.trusted) == desk.house.log.latest()
        old = size
    assert (
        len(list((desk.books.folder / desk.trusted.folder / "history").rglob("*"))) == 2
    )  # one day, one hour


def test_signatures_of_others_are_neither_asked_for_nor_passed_on(desk: Desk) -> None:
    note = desk.house.grown_to(3).log.note()
    body = Submission(0, (), note + OTHER.verifier.name.join(["— ", " AAAABBBB\n"])).body()
    assert desk.offered(body).note.startswith(note)
    assert "liuhen/other" not in desk.books.note(desk.trusted)


# -- each refusal has its status ---------------------------------------------------------------------------------


def forged(
    size: int, *, root: bytes | None = None, signer: Signer = SIGNER, origin: str = SIGNER.name
) -> str:
    return Checkpoint(origin, size, root or b"\7" * 32).signed(signer)


def test_statuses_are_those_of_the_specification(desk: Desk) -> None:
    assert desk.offered(desk.house.grown_to(5).body(0)).status == 200
    good = desk.house.grown_to(9).submission(5)
    cases = {
        "no form": (b"old 5\n", 400),
        "old above the size": (Submission(10, (), good.note).body(), 400),
        "old above the size, of a stranger": (Submission(10, (), forged(9, signer=STRANGER)).body(), 403),
        "unknown log": (Submission(0, (), forged(9, signer=OTHER, origin="liuhen/other")).body(), 404),
        "unknown log, wrongly signed": (Submission(0, (), forged(9, origin="liuhen/other")).body(), 404),
        "other key": (Submission(5, good.proof, forged(9, signer=STRANGER)).body(), 403),
        "bad beside good": (Submission(5, good.proof, good.note + good.note.rpartition("\n\n")[2][:-9] + "AAAAAAA=\n").body(), 403),
        "not from where we are": (Submission(4, good.proof, good.note).body(), 409),
        "from nothing": (Submission(0, (), good.note).body(), 409),
        "without proof": (Submission(5, (), good.note).body(), 422),
        "with another proof": (Submission(5, good.proof[::-1], good.note).body(), 422),
        "with a step too many": (Submission(5, (*good.proof, b"\1" * 32), good.note).body(), 422),
        "another root of the same size": (Submission(5, (), forged(5)).body(), 422),
        "another history": (Submission(5, good.proof, forged(9)).body(), 422),
    }  # fmt: skip
    for name, (body, status) in cases.items():
        answer = desk.offered(body)
        assert answer.status == status, name
        assert not answer.note, name
        assert (answer.type == SIZE_TYPE and answer.body == "5\n") is (status == 409), name
        assert desk.books.latest(desk.trusted) == Checkpoint(SIGNER.name, 5, desk.house.log.root(5)), name
    assert desk.offered(good.body()).status == 200


def test_first_checkpoint_needs_no_proof_and_bears_none(desk: Desk) -> None:
    desk.house.grown_to(4)
    assert desk.offered(Submission(0, (b"\1" * 32,), desk.house.log.note()).body()).status == 422
    assert desk.offered(Submission(1, (), desk.house.log.note()).body()).body == "0\n"
    assert desk.offered(desk.house.body(0)).status == 200


def test_empty_log_has_the_empty_root(desk: Desk) -> None:
    assert desk.offered(Submission(0, (), forged(0)).body()).status == 422
    assert desk.offered(Submission(0, (), forged(0, root=EMPTY_ROOT)).body()).status == 200
    assert desk.offered(desk.house.grown_to(4).body(0)).status == 200


# -- published vectors -------------------------------------------------------------------------------------------

SIGSUM = "sigsum.org/v1/tree/4d6d8825a6bb689d459628312889dfbb0bcd41b5211d9e1ce768b0ff0309e562"
SIGSUM_KEY = "ffdc2d4d98e4124d3feaf788c0c2f9abfd796083d1f0495437f302ec79cf100f"
ONE, THREE = "KgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", "RcCI1Nk56ZcSmIEfIn0SleqtV7uvrlXNccFx595Iwl0="
STEPS = "KgEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\nKgIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"
SIGNED_ONE = "UgIom7fPZTqpxWWhyjWduBvTvGVqsokMbqTArsQilegKoFBJQjUFAmQ0+YeSPM3wfUQMFSzVnnNuWRTYrajXpNUbIQY="
SIGNED_THREE = "UgIom2VbtIcdFbwFAy1n7s6IkAxIY6J/GQOTuZF2ORV39d75cbAj2aQYwyJre36kezNobZs4SUUdrcawfAB8WVrx6go="


def test_published_requests_of_another_witness_get_the_published_answers(tmp_path: Path) -> None:
    """The requests of litewitness's own test (its unknown log answers 404 here, as the specification now says)."""
    key = Verifier(SIGSUM, Ed25519PublicKey.from_public_bytes(bytes.fromhex(SIGSUM_KEY)))
    books = make_books(tmp_path / "w", "example.com/witness")
    books.trust(TrustedLog(key, "sigsum"))

    def status(old: int, steps: str, size: int, root: str, signed: str, origin: str = SIGSUM) -> int:
        body = f"old {old}\n{steps}\n{origin}\n{size}\n{root}\n\n— {origin} {signed}\n"
        return add_checkpoint(books, body.encode(), clock=lambda: NOON).status

    assert status(0, "", 1, ONE, SIGNED_ONE) == 200
    assert status(1, STEPS, 3, THREE, SIGNED_THREE.replace("x6go=", "x6gx=")) == 403
    assert status(1, STEPS, 3, THREE, SIGNED_THREE, origin=SIGSUM[:-1] + "3") == 404
    assert status(1, "", 3, THREE, SIGNED_THREE) == 422
    assert status(1, STEPS.replace("AAA=\n", "ABA=\n"), 3, THREE, SIGNED_THREE) == 422
    assert status(1, STEPS, 3, THREE, SIGNED_THREE) == 200


# -- the fork drill ----------------------------------------------------------------------------------------------


def test_two_trees_of_one_size_are_not_both_cosigned_and_the_second_is_kept_as_evidence(desk: Desk) -> None:
    """Whoever holds the log's key and redoes the record: the witness has seen the first, and keeps the second with its signature."""
    assert desk.offered(desk.house.grown_to(300).body(0)).status == 200
    forger = house(b"z").grown_to(300)
    for old in (0, 150, 300, 300):
        assert desk.offered(forger.body(old)).status == (422 if old == 300 else 409)
    assert desk.offered(forger.grown_to(400).body(300)).status == 422
    kept = desk.books.conflicts(desk.trusted)
    assert [Checkpoint.opened(path.read_text(), SIGNER.verifier).size for path in kept] == [300, 400]
    assert desk.books.latest(desk.trusted) == desk.house.log.latest()
    assert desk.offered(desk.house.grown_to(301).body(300)).status == 200


def test_forger_with_the_key_cannot_fill_the_disk(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(books_module, "MOST_CONFLICTS", 3)
    assert desk.offered(desk.house.grown_to(5).body(0)).status == 200
    for number in range(9):
        assert desk.offered(Submission(5, (), forged(5, root=bytes([number]) * 32)).body()).status == 422
    assert len(desk.books.conflicts(desk.trusted)) == 3


def races(desk: Desk, turns: int) -> int:
    """The race of tlog-witness: two continuations of what is held come at once, each by itself lawful. How often both were cosigned.

    Pauses of chance where the witness looks and where it keeps make each turn another interleaving.
    """
    dice, notes, both, held = random.Random(1), {0: ""}, 0, 0
    latest, keep = desk.books.latest, desk.books.keep

    def paused(log: TrustedLog) -> Checkpoint | None:
        found = latest(log)
        time.sleep(dice.random() / 4000)
        return found

    def kept(log: TrustedLog, note: str, *, at: datetime) -> None:
        time.sleep(dice.random() / 4000)
        keep(log, note, at=at)

    desk.books.latest, desk.books.keep = paused, kept  # type: ignore[method-assign]
    with ThreadPoolExecutor(2) as hands:
        for _ in range(turns):
            for size in range(len(notes), held + 3):
                notes[size] = desk.house.grown_to(size).log.note()
            bodies = [
                Submission(held, tuple(desk.house.log.consistency(held, size)), notes[size]).body()
                for size in dice.sample((held + 1, held + 2), 2)
            ]
            answers = list(hands.map(desk.offered, bodies))
            assert {answer.status for answer in answers} <= {200, 409}
            cosigned = [Checkpoint.read(answer.note).size for answer in answers if answer.status == 200]
            both += len(cosigned) > 1
            now_held = latest(desk.trusted)
            assert now_held is not None
            assert now_held.size in cosigned
            held = now_held.size
    return both


@pytest.fixture
def desk_in_memory() -> Iterator[Desk]:
    """Books where syncing costs nothing: a thousand races are then seconds."""
    with tempfile.TemporaryDirectory(dir="/dev/shm" if os.access("/dev/shm", os.W_OK) else None) as folder:
        yield made_desk(Path(folder))


def test_the_race_of_the_specification_never_rolls_back(desk_in_memory: Desk) -> None:
    """A thousand interleavings: one of the two is cosigned, the other is told where the witness stands."""
    assert races(desk_in_memory, 1000) == 0


def test_witness_that_looks_and_keeps_without_being_alone_is_caught(desk_in_memory: Desk) -> None:
    desk = desk_in_memory
    desk.books.alone = nullcontext  # type: ignore[method-assign,assignment]
    assert races(desk, 60) > 0


Witnessed = Callable[[Desk], None]
FAULTS: dict[str, tuple[Any, str, Any, Witnessed]] = {
    "the proof is not looked at": (judging, "check_consistency", lambda *_, **__: None, test_statuses_are_those_of_the_specification),
    "whoever signed is believed": (judging.Checkpoint, "opened", lambda note, *_: Checkpoint.read(note), test_statuses_are_those_of_the_specification),
    "what was held is forgotten": (Books, "latest", lambda *_: None, test_statuses_are_those_of_the_specification),
    "answered and not kept": (Books, "keep", lambda *_, **__: None, test_log_that_grows_is_cosigned_each_time_and_kept_first),
    "a conflict is not kept": (Books, "keep_conflict", lambda *_: None, test_two_trees_of_one_size_are_not_both_cosigned_and_the_second_is_kept_as_evidence),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_witness_with_a_fault_is_caught(desk: Desk, monkeypatch: pytest.MonkeyPatch, fault: str) -> None:
    room, name, wrong, gate = FAULTS[fault]
    monkeypatch.setattr(room, name, wrong)
    with pytest.raises(AssertionError):
        gate(desk)


# -- the books ---------------------------------------------------------------------------------------------------


def test_books_are_made_once_and_trust_is_given_once(desk: Desk, tmp_path: Path) -> None:
    folder = desk.books.folder
    with pytest.raises(Refused, match="已经是"):
        make_books(folder, "other")
    with pytest.raises(Refused, match="没有改动"):
        desk.books.trust(TrustedLog(STRANGER.verifier, "冒名"))
    assert [log.title for log in Books(folder).trusted()] == ["清河街道办事处"]
    with pytest.raises(Malformed, match="名称"):
        make_books(tmp_path / "x", "a b")
    assert not (tmp_path / "x").exists()
    assert (folder / "witness.key").stat().st_mode & 0o777 == 0o600


def test_books_that_do_not_fit_stop_everything(desk: Desk, tmp_path: Path) -> None:
    assert desk.offered(desk.house.grown_to(5).body(0)).status == 200
    path = desk.books.folder / desk.trusted.folder / "checkpoint"
    path.write_text(path.read_text().replace("\n5\n", "\n4\n"))
    with pytest.raises(Tampered):
        desk.offered(desk.house.body(5))
    (desk.books.folder / "trusted").write_text("rubbish\n")
    with pytest.raises(Tampered, match="trusted"):
        desk.offered(desk.house.body(5))
    (desk.books.folder / "witness.key").chmod(0o644)
    with pytest.raises(Refused, match="chmod"):
        Books(desk.books.folder)
    (desk.books.folder / "witness.json").write_text("[]")
    with pytest.raises(Malformed):
        Books(desk.books.folder)
    with pytest.raises(Unavailable, match="init"):
        Books(tmp_path / "nowhere")


def test_restored_older_books_refuse_rather_than_go_back(desk: Desk) -> None:
    """A witness put back from a copy holds less; the log continues from there, and nothing contrary is ever signed."""
    store = FileLogStore(desk.books.folder)
    desk.offered(desk.house.grown_to(5).body(0))
    older = store.read(f"{desk.trusted.folder}/checkpoint")
    assert older is not None
    desk.offered(desk.house.grown_to(9).body(5))
    store.write(f"{desk.trusted.folder}/checkpoint", older)
    answer = desk.offered(desk.house.grown_to(12).body(9))
    assert (answer.status, answer.body) == (409, "5\n")
    assert desk.offered(desk.house.body(5)).status == 200


def test_one_checkpoint_an_hour_is_kept_as_history(desk: Desk) -> None:
    for minute, size in ((0, 1), (10, 2), (70, 3)):
        at = NOON + timedelta(minutes=minute)
        body = desk.house.grown_to(size).body(size - 1)
        assert add_checkpoint(desk.books, body, clock=lambda at=at: at).status == 200  # type: ignore[misc]
    kept = sorted((desk.books.folder / desk.trusted.folder / "history/2026-11-16").iterdir())
    assert [path.name for path in kept] == ["12", "13"]
    assert [Checkpoint.read(path.read_text()).size for path in kept] == [1, 3]
