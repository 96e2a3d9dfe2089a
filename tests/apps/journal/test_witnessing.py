"""Witnessing from the house's side: what it keeps, what it refuses, how far it says the record is witnessed, and what stops it."""

import dataclasses
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import requests
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.db import connection
from tests.conftest import unlocked

from liuhen.apps.journal import witnessing
from liuhen.apps.journal.actions import act
from liuhen.apps.journal.halts import Forked, standing_halt
from liuhen.apps.journal.models import Cosignature, Line
from liuhen.apps.journal.queries import sealed_size
from liuhen.apps.journal.sealing import seal
from liuhen.engines.ledger import Log, MemoryLogStore
from liuhen.engines.ledger.cosignature import Cosigner
from liuhen.engines.ledger.policy import Witness, WitnessPolicy
from liuhen.engines.ledger.slips import codes_of
from liuhen.engines.ledger.submission import MOST_BYTES
from liuhen.interfaces.office import Office
from liuhen.kernel.actors import OPERATOR, SYSTEM
from liuhen.kernel.errors import Malformed, Refused, Tampered
from liuhen.server.courier import Courier, ask, carry, confirmed
from liuhen.server.worker import Worker, seal_now
from liuhen.witness.books import Books, TrustedLog, make_books
from liuhen.witness.service import WitnessServer

pytestmark = pytest.mark.django_db(transaction=True)


def write(count: int, at: datetime) -> None:
    for _ in range(count):
        with act("journal.heartbeat", by=SYSTEM, at=at):
            pass


@dataclasses.dataclass
class Running:
    """A real witness on a port of its own."""

    books: Books
    server: WitnessServer

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}"


@contextmanager
def running(
    folder: Path, name: str, office: Office, at: datetime, *, trusts: bool = True
) -> Iterator[Running]:
    books = make_books(folder, name) if not folder.exists() else Books(folder)
    if trusts and not books.trusted():
        books.trust(TrustedLog(office.signer.verifier, "清河"))
    server = WitnessServer(books, "127.0.0.1", 0, say=lambda _: None, clock=lambda: at)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield Running(books, server)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def policy(rule: str, **witnesses: tuple[Books, str]) -> WitnessPolicy:
    lines = [f"witness {name} {books.cosigner.verifier} {url}" for name, (books, url) in witnesses.items()]
    return WitnessPolicy.parse("\n".join([*lines, rule.replace("/", "\n")]))


def witness_of(office: Office) -> Witness:
    return next(iter(office.witnesses.witnesses.values()))


@pytest.fixture
def bureau(office: Office, noon: datetime, tmp_path: Path) -> Iterator[tuple[Office, Running]]:
    """The office with one witness on line, which its policy asks for."""
    with running(tmp_path / "w1", "sfj/w1", office, noon) as found:
        yield (
            dataclasses.replace(office, witnesses=policy("quorum 司法局", 司法局=(found.books, found.url))),
            found,
        )


def carried(office: Office, at: datetime) -> bool:
    with requests.Session() as line:
        return carry(office.log.apart(), witness_of(office), line, clock=lambda: at)


# -- on line -----------------------------------------------------------------------------------------------------


def test_each_sealing_is_witnessed_and_the_record_with_it(
    bureau: tuple[Office, Running], noon: datetime
) -> None:
    office, witness = bureau
    assert carried(office, noon)  # nothing sealed yet: nothing to carry
    assert witnessing.standing(office.witnesses) is None
    for count in (3, 1, 300):
        write(count, noon)
        seal(office.log, at=noon)
        assert carried(office, noon)
        assert witnessing.standing(office.witnesses) == (sealed_size(), noon)
    assert [row.checkpoint_id for row in Cosignature.objects.order_by("checkpoint")] == [3, 4, 304]
    row = witnessing.first_covering(witness_of(office).key, 4)
    assert row is not None
    assert row.checkpoint_id == 4
    assert carried(office, noon)  # the same again changes nothing
    assert Cosignature.objects.count() == 3
    assert not Line.objects.exclude(verb="journal.heartbeat").exists()  # or sealing would never end
    contact = witnessing.contact_with(str(witness_of(office).key))
    assert contact is not None
    assert contact.trouble == ""
    assert witness.books.note(witness.books.trusted()[0]).startswith(office.log.note())


def test_witness_that_knows_less_or_already_more_is_taken_from_where_it_is(
    bureau: tuple[Office, Running], noon: datetime
) -> None:
    """It was restored from a copy, or its answer was lost on the way: its 409 tells where it stands."""
    office, witness = bureau
    write(3, noon)
    seal(office.log, at=noon)
    assert carried(office, noon)
    log = witness.books.trusted()[0]
    older = witness.books.note(log)
    write(3, noon)
    seal(office.log, at=noon)
    assert carried(office, noon)
    witness.books.keep(log, older, at=noon)
    write(3, noon)
    seal(office.log, at=noon)
    assert carried(office, noon)
    assert sealed_size() == 9
    assert witnessing.covered_by(witness_of(office).key) == 9


def test_two_of_three_suffice_and_one_does_not(office: Office, noon: datetime, tmp_path: Path) -> None:
    with running(tmp_path / "a", "w/a", office, noon) as a, running(tmp_path / "b", "w/b", office, noon) as b:
        c = make_books(tmp_path / "c", "w/c")
        rule = "group G 2 A B C/quorum G"
        away = dataclasses.replace(
            office,
            witnesses=policy(rule, A=(a.books, a.url), B=(b.books, b.url), C=(c, "http://127.0.0.1:9")),
        )
        write(5, noon)
        seal(office.log, at=noon)
        hands = list(away.witnesses.witnesses.values())
        with requests.Session() as line:
            log = office.log.apart()
            assert carry(log, hands[0], line, clock=lambda: noon)
            assert witnessing.standing(away.witnesses) is None
            assert not carry(log, hands[2], line, clock=lambda: noon)
            assert witnessing.standing(away.witnesses) is None
            assert carry(log, hands[1], line, clock=lambda: noon)
        assert witnessing.standing(away.witnesses) == (5, noon)
        contact = witnessing.contact_with(str(hands[2].key))
        assert contact is not None
        assert "连不上" in contact.trouble
        assert confirmed(away, clock=lambda: noon)  # two of three answered
    assert not confirmed(away, clock=lambda: noon)


@pytest.mark.parametrize(("trusts", "says"), [(False, "404")])
def test_witness_that_does_not_know_us_is_told_on_the_page(
    office: Office, noon: datetime, tmp_path: Path, *, trusts: bool, says: str
) -> None:
    with running(tmp_path / "w", "w/1", office, noon, trusts=trusts) as found:
        mine = dataclasses.replace(office, witnesses=policy("quorum W", W=(found.books, found.url)))
        write(1, noon)
        seal(office.log, at=noon)
        assert not carried(mine, noon)
        contact = witnessing.contact_with(str(witness_of(mine).key))
        assert contact is not None
        assert says in contact.trouble
        assert confirmed(mine, clock=lambda: noon)  # it was heard, and holds nothing contrary


def test_courier_does_it_by_itself_in_the_background(bureau: tuple[Office, Running], noon: datetime) -> None:
    office, _ = bureau
    write(2, noon)
    seal(office.log, at=noon)
    courier, second = Courier(office), Courier(office)
    courier.start()
    second.start()
    for _ in range(100):
        if Cosignature.objects.exists():
            break
        threading.Event().wait(0.1)
    courier.stop()
    second.stop()
    assert Cosignature.objects.count() == 1


# -- a house that was put back -----------------------------------------------------------------------------------


def test_house_that_was_put_back_whole_learns_it_from_the_witness_and_never_signs(
    bureau: tuple[Office, Running], noon: datetime
) -> None:
    """Database and log both older: nothing in the house can tell. The first thing after a start is to ask."""
    office, _ = bureau
    write(9, noon)
    seal(office.log, at=noon)
    assert carried(office, noon)
    older = dataclasses.replace(office, log=Log(MemoryLogStore(), signer=office.signer))
    _forget_everything()
    worker = Worker(older)
    assert not worker._may_seal(1.0)
    found = standing_halt()
    assert found is not None
    assert (found.why, found.witness) == ("rollback", "司法局")
    assert office.log.opened(found.note).size == 9
    write(20, noon)
    assert seal_now(older) == 0
    assert older.log.latest().size == 0


def test_house_that_may_not_sign_yet_gives_signs_of_life(
    bureau: tuple[Office, Running], noon: datetime
) -> None:
    """No witness has answered since the start: nothing is sealed, and yet the journal does not fall silent."""
    office, _ = bureau
    write(2, noon)
    worker = Worker(office)
    worker._asked_at = time.monotonic()
    worker.turn()
    assert Line.objects.order_by("-number")[0].verb == "journal.heartbeat"
    assert office.log.latest().size == 0


def test_house_that_signed_another_history_is_stopped_by_the_evidence(
    bureau: tuple[Office, Running], noon: datetime
) -> None:
    """As large, signed with the same key, and not what the witness has seen."""
    office, witness = bureau
    write(9, noon)
    seal(office.log, at=noon)
    assert carried(office, noon)
    _forget_everything()
    forked = dataclasses.replace(office, log=Log(MemoryLogStore(), signer=office.signer))
    write(9, noon)
    seal(forked.log, at=noon)
    assert not carried(forked, noon)
    found = standing_halt()
    assert found is not None
    assert found.why == "fork"
    assert witness.books.conflicts(witness.books.trusted()[0])
    with pytest.raises(Tampered, match="已停止"):
        seal(forked.log, at=noon)


def _forget_everything() -> None:
    """The database of before the first act, as an old copy has it."""
    from liuhen.apps.journal.models import Head

    with unlocked(), connection.cursor() as cursor:
        for table in ("cosignature", "checkpoint", "about", "line"):
            cursor.execute(f"DELETE FROM journal_{table}")
    Head.objects.update(number=0)


# -- a witness that lies -----------------------------------------------------------------------------------------


class Lying(BaseHTTPRequestHandler):
    """Answers what the test told it to."""

    post: tuple[int, str, bytes] = (200, "text/plain", b"")
    get: bytes = b""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self._say(*self.post)

    def do_GET(self) -> None:
        self._say(200 if self.get else 404, "text/plain", self.get)

    def _say(self, status: int, kind: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args: object) -> None:
        """Nothing."""


@pytest.mark.parametrize(
    ("post", "get", "says"),
    [
        ((409, "text/x.tlog.size", b"99999\n"), b"", "不是签名文本"),
        ((409, "text/x.tlog.size", b"99999\n"), b"liuhen/test\n99999\n" + b"A" * 43 + b"=\n\n\xe2\x80\x94 liuhen/test AAAAAAAA\n", "缺少"),
        ((409, "text/plain", b"5\n"), b"", "不合规范"),
        ((409, "text/x.tlog.size", b"x\n"), b"", "不合规范"),
        ((422, "text/plain", b"no\n"), b"", "不是签名文本"),
        ((200, "text/plain", b""), b"", "缺少"),
        ((200, "text/plain", "— w/1 AAAA\n".encode()), b"", "缺少"),
        ((200, "text/plain", b"x" * (MOST_BYTES + 1)), b"", "过长"),
        ((302, "text/plain", b""), b"", "302"),
        ((500, "text/plain", b""), b"", "500"),
        ((403, "text/plain", b""), b"", "公钥"),
    ],
)  # fmt: skip
def test_what_a_witness_merely_says_is_a_trouble_and_stops_nothing(
    office: Office, noon: datetime, post: tuple[int, str, bytes], get: bytes, says: str
) -> None:
    handler = type("Told", (Lying,), {"post": post, "get": get})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    key = Cosigner("w/1", Ed25519PrivateKey.generate()).verifier
    mine = dataclasses.replace(
        office,
        witnesses=WitnessPolicy.parse(
            f"witness W {key} http://127.0.0.1:{server.server_address[1]}\nquorum W"
        ),
    )
    write(3, noon)
    seal(office.log, at=noon)
    with requests.Session() as line:
        outcome = ask(office.log.apart(), witness_of(mine), line, clock=lambda: noon)
    server.shutdown()
    server.server_close()
    thread.join()
    assert says in outcome.trouble
    assert standing_halt() is None
    assert not Cosignature.objects.exists()
    write(1, noon)
    assert seal_now(mine) >= 1


# -- on paper ----------------------------------------------------------------------------------------------------


def cosigned(office: Office, cosigner: Cosigner, at: datetime) -> str:
    note = office.log.note()
    return note + cosigner.cosign(note.rpartition("\n\n")[0] + "\n", at=at)


@pytest.mark.parametrize("way", ["file", "windows", "codes"])
def test_what_is_brought_back_is_checked_kept_and_written_down(
    office: Office, noon: datetime, way: str
) -> None:
    cosigner = Cosigner("档案馆/w1", Ed25519PrivateKey.generate())
    rule = WitnessPolicy.parse(f"witness 档案馆 {cosigner.verifier}\nquorum 档案馆")
    write(3, noon)
    seal(office.log, at=noon)
    note = cosigned(office, cosigner, noon)
    brought = {
        "file": note,
        "windows": note.replace("\n", "\r\n"),
        "codes": "\n".join(codes_of(note.encode())),
    }[way]
    kept = witnessing.take_back(office.log, rule, witnessing.note_of(brought), by=OPERATOR, at=noon)
    assert [(one.witness, one.on_paper) for one in kept] == [("档案馆/w1", True)]
    assert witnessing.standing(rule) == (3, noon)
    line = Line.objects.get(verb="checkpoint.cosigned")
    assert '"size":3' in line.body
    assert "档案馆" not in line.body


def test_what_does_not_fit_is_not_taken(office: Office, noon: datetime) -> None:
    cosigner = Cosigner("w/1", Ed25519PrivateKey.generate())
    stranger = Cosigner("w/1", Ed25519PrivateKey.generate())
    rule = WitnessPolicy.parse(f"witness W {cosigner.verifier}\nquorum W")
    write(3, noon)
    seal(office.log, at=noon)

    def take(note: str) -> None:
        witnessing.take_back(office.log, rule, note, by=OPERATOR, at=noon)

    with pytest.raises(Malformed, match="没有见证策略中任何一家"):
        take(cosigned(office, stranger, noon))
    with pytest.raises(Malformed, match="没有见证策略中任何一家"):
        take(office.log.note())
    with pytest.raises(Refused, match="时钟快 360 秒"):
        take(cosigned(office, cosigner, noon + timedelta(seconds=360)))
    other = Log(MemoryLogStore(), signer=office.signer)
    other.extend([b"x" * 32] * 3)
    forked = dataclasses.replace(office, log=other)
    with pytest.raises(Forked):
        take(cosigned(forked, cosigner, noon))
    with pytest.raises(Malformed):
        witnessing.note_of("LH1:")
    with pytest.raises(Malformed, match="不是会签过的检查点"):
        witnessing.note_of("x")
    with pytest.raises(Malformed, match="不是会签"):
        witnessing.note_of("".join(codes_of(b"\xff\xfe")))
    with pytest.raises(Refused, match="没有登记过"):
        empty = Log(MemoryLogStore(), signer=office.signer).offered()
        take(empty + cosigner.cosign(empty.rpartition("\n\n")[0] + "\n", at=noon))
    assert not Cosignature.objects.exists()
    assert not Line.objects.filter(verb="checkpoint.cosigned").exists()


@pytest.mark.parametrize(
    "change",
    [
        "line = replace(line, '— ', '- ')",
        "key = 'x'",
        "witness = 'y'",
        "at = '2020-01-01 00:00:00+00:00'",
        "checkpoint_id = 5",
    ],
)
def test_cosignature_that_was_changed_is_named_by_verify(office: Office, noon: datetime, change: str) -> None:
    cosigner = Cosigner("w/1", Ed25519PrivateKey.generate())
    rule = WitnessPolicy.parse(f"witness W {cosigner.verifier}\nquorum W")
    write(3, noon)
    seal(office.log, at=noon)
    witnessing.take_back(office.log, rule, cosigned(office, cosigner, noon), by=OPERATOR, at=noon)
    seal(office.log, at=noon)
    write(1, noon)
    seal(office.log, at=noon)
    assert list(witnessing.verify_cosignatures()) == []
    with unlocked(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE journal_cosignature SET {change}")
    assert len(list(witnessing.verify_cosignatures())) == 1


# -- the policy --------------------------------------------------------------------------------------------------


def test_policy_that_is_another_than_it_was_has_its_line(noon: datetime) -> None:
    assert not witnessing.note_policy("quorum none\n", at=noon)
    for text, changed in (
        ("quorum A", True),
        ("quorum A", False),
        ("quorum B", True),
        ("quorum none\n", True),
    ):
        assert witnessing.note_policy(text, at=noon) is changed
    assert Line.objects.filter(verb="witness.policy-changed").count() == 3
