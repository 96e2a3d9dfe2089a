"""Trusted time over checkpoints, by a real authority (`openssl ts`) behind HTTP: kept beside the checkpoint, or not at all."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from tests.conftest import unlocked
from tests.engines.ledger.stamping import OpenSslAuthority

from liuhen.apps.journal.actions import act
from liuhen.apps.journal.models import TimeToken
from liuhen.apps.journal.sealing import seal
from liuhen.apps.journal.stamping import token_over, verify_tokens
from liuhen.apps.journal.witnessing import contact_with
from liuhen.engines.ledger.timestamp import TimeAuthority, check_token
from liuhen.interfaces.office import Office
from liuhen.kernel.actors import SYSTEM
from liuhen.kernel.errors import Refused
from liuhen.server.settings import Settings
from liuhen.server.stamper import Stamper, Stamping, stamp, stamping_of

pytestmark = pytest.mark.django_db(transaction=True)


@contextmanager
def answering(reply: Callable[[bytes], tuple[int, bytes]]) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            assert self.headers["Content-Type"] == "application/timestamp-query"
            status, body = reply(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(status)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_args: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(scope="module")
def openssl(tmp_path_factory: pytest.TempPathFactory) -> OpenSslAuthority:
    return OpenSslAuthority(tmp_path_factory.mktemp("tsa"), algorithm="ec")


def by(openssl: OpenSslAuthority, url: str) -> Stamping:
    return Stamping(TimeAuthority("时间机构", (openssl.root,), "1.2.3.4.1"), url, timedelta(hours=1))


def sealed(office: Office, at: datetime) -> int:
    with act("journal.heartbeat", by=SYSTEM, at=at):
        pass
    seal(office.log, at=at)
    return office.log.latest().size


def test_newest_checkpoint_is_stamped_each_hour_and_the_token_stands_beside_it(
    office: Office, openssl: OpenSslAuthority
) -> None:
    start = datetime.now(UTC)
    with answering(lambda asked: (200, openssl.reply(asked))) as url:
        stamping = by(openssl, url)
        assert stamp(stamping)
        assert not TimeToken.objects.exists()  # nothing sealed yet
        first = sealed(office, start)
        for minutes, tokens in ((0, 1), (1, 1), (61, 2)):
            sealed(office, start)
            assert stamp(stamping, clock=lambda m=minutes: start + timedelta(minutes=m))  # type: ignore[misc]
            assert TimeToken.objects.count() == tokens
    kept = token_over(first + 1)
    assert kept is not None
    stamped = check_token(bytes(kept.token), office_note(first + 1), stamping.authority)
    assert (kept.at, kept.policy, kept.serial) == (stamped.at, "1.2.3.4.1", str(stamped.serial))
    contact = contact_with("时间机构")
    assert contact is not None
    assert contact.trouble == ""


def office_note(size: int) -> bytes:
    from liuhen.apps.journal.queries import checkpoint

    found = checkpoint(size)
    assert found is not None
    return found.note.encode()


def test_token_that_does_not_hold_is_not_kept_and_the_page_is_told(
    office: Office, openssl: OpenSslAuthority, tmp_path: Path
) -> None:
    other = OpenSslAuthority(tmp_path / "other", algorithm="ec")
    old: list[bytes] = []

    def replayed(asked: bytes) -> tuple[int, bytes]:
        old.append(openssl.reply(asked))
        return 200, old[0]

    sealed(office, datetime.now(UTC))
    cases: list[tuple[Callable[[bytes], tuple[int, bytes]], str]] = [
        (lambda asked: (200, other.reply(asked)), "不到本机关信任"),
        (lambda _: (200, b"<html>"), "不是 RFC 3161"),
        (lambda _: (200, b"x" * (200 << 10)), "过长"),
        (lambda _: (503, b""), "503"),
    ]
    for reply, says in cases:
        with answering(reply) as url:
            assert not stamp(by(openssl, url))
        contact = contact_with("时间机构")
        assert contact is not None
        assert says in contact.trouble
    assert not TimeToken.objects.exists()
    with answering(replayed) as url:
        assert stamp(by(openssl, url))
        sealed(office, datetime.now(UTC))
        assert not stamp(by(openssl, url), clock=lambda: datetime.now(UTC) + timedelta(hours=2))
    assert TimeToken.objects.count() == 1
    assert not stamp(by(openssl, "http://127.0.0.1:9"), clock=lambda: datetime.now(UTC) + timedelta(hours=2))


def test_verify_reads_every_token_again_and_names_what_was_changed(
    office: Office, openssl: OpenSslAuthority, tmp_path: Path
) -> None:
    start = datetime.now(UTC)
    sealed(office, start)
    with answering(lambda asked: (200, openssl.reply(asked))) as url:
        stamping = by(openssl, url)
        assert stamp(stamping)
    trusted = stamping.authority
    assert list(verify_tokens(trusted)) == []
    assert (
        list(verify_tokens(replace(trusted, name="后来的机构", policy="1.2.3.4.5"))) == []
    )  # Its policy binds its own alone.
    (fault,) = verify_tokens(None)
    assert "有 1 枚时间戳" in fault.what
    stranger = OpenSslAuthority(tmp_path / "other", algorithm="ec")
    (fault,) = verify_tokens(TimeAuthority("时间机构", (stranger.root,), ""))
    assert "不到本机关信任的根证书" in fault.what
    kept = TimeToken.objects.get()
    with unlocked():
        TimeToken.objects.update(at=kept.at - timedelta(days=1))
    (fault,) = verify_tokens(trusted)
    assert (fault.where, fault.what) == (
        f"检查点 {kept.checkpoint_id} 的时间戳",
        "登记的时间、序号或策略与时间戳中的不符",
    )
    sealed(office, start)
    with unlocked():
        TimeToken.objects.update(at=kept.at, checkpoint=kept.checkpoint_id + 1)
    (fault,) = verify_tokens(trusted)
    assert "盖的不是这份内容" in fault.what


def test_settings_name_authority_and_roots_or_nobody(tmp_path: Path, openssl: OpenSslAuthority) -> None:
    assert stamping_of(Settings(tmp_path)) is None
    Stamper(None).start()
    with pytest.raises(Refused, match="根证书"):
        stamping_of(Settings(tmp_path, time_authority="http://127.0.0.1:9"))
    roots = str(openssl.folder / "root.pem")
    found = stamping_of(
        Settings(tmp_path, time_authority="http://127.0.0.1:9", time_roots=roots, time_policy="1.2.3")
    )
    assert found is not None
    assert (found.authority.policy, found.authority.roots, found.every) == (
        "1.2.3",
        (openssl.root,),
        timedelta(hours=1),
    )
