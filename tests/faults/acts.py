"""What a house does in a day that must survive any cut, and what it had promised by then.

`live` does it, one act after another, and tells each promise in the moment in which the house would have given it to
somebody. `broken_promises` reads a house after the cut with the product's own means and names what was not kept.
"""

import json
import os
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.cast import as_actor

from liuhen.apps.approval import actions as approval
from liuhen.apps.approval.models import Request
from liuhen.apps.archive import fixity
from liuhen.apps.devices.actions import hand_out
from liuhen.apps.devices.models import Device, Loan
from liuhen.apps.evidence import actions as evidence
from liuhen.apps.evidence.actions import Clip
from liuhen.apps.evidence.models import Recording, Upload
from liuhen.apps.journal.queries import verify_log, verify_rows
from liuhen.apps.journal.sealing import seal
from liuhen.apps.registry.models import Officer
from liuhen.engines.ledger import store
from liuhen.engines.vault import arriving
from liuhen.interfaces.cli.verify import recorded_models
from liuhen.interfaces.office import Office
from liuhen.kernel.digests import Digest, digest_of
from liuhen.kernel.errors import LiuhenError
from liuhen.kernel.identifiers import new_id

NOON = datetime(2026, 11, 16, 4, 0, tzinfo=UTC)
FIRST = bytes(range(256)) * 37 + b"the first clip"
SECOND = b"a photograph, rather small"
Tell = Callable[..., None]


class InLine(Executor):
    """Work is done where it is given: every call of a run then has one order, and can be counted."""

    def submit(self, work: Callable[..., Any], /, *given: Any, **named: Any) -> "Future[Any]":
        done: Future[Any] = Future()
        done.set_result(work(*given, **named))
        return done


def in_one_thread() -> None:
    """For a process of its own: the pools of vault and log do their work where it is given to them."""
    arriving._DIGESTS = arriving._DISK = store._SYNCS = InLine()  # type: ignore[assignment]


def teller(promises: Path) -> Tell:
    """Promises are lines of a file outside the house: whoever holds them cannot be cut off with it."""
    descriptor = os.open(promises, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)

    def tell(kind: str, **facts: Any) -> None:
        os.write(descriptor, (json.dumps({"kind": kind} | facts) + "\n").encode())

    return tell


def live(office: Office, tell: Tell) -> None:
    """An upload in two pieces, a file with the same bytes, an approval, a hand-out, sealing twice, the re-reading."""
    who = {name: Officer.objects.get(name=name) for name in ("李", "张", "赵")}
    li, unit = who["李"], who["李"].unit
    upload = evidence.open_upload(
        by=as_actor(li), clip=Clip(unit=unit, name="a.mp4"), size=len(FIRST), declared={}, at=NOON,
        expires_at=NOON + timedelta(days=7),
    )  # fmt: skip
    incoming = office.vault.incoming(upload.pk.hex)
    incoming.write(FIRST[:5000])
    tell("offset", upload=upload.pk.hex, size=incoming.sync())
    incoming.write(FIRST[5000:])
    clip = Clip(unit=unit, name="a.mp4", expect=digest_of(FIRST))
    recording = evidence.finish_upload(upload, by=as_actor(li), clip=clip, arriving=incoming, at=NOON)
    tell_stored(tell, recording)
    tell_sealed(tell, office)
    for name, content in (("b.mp4", FIRST), ("c.jpg", SECOND)):
        coming = office.vault.incoming(new_id().hex)
        coming.write(content)
        tell_stored(
            tell,
            evidence.receive_recording(
                by=as_actor(li), clip=Clip(unit=unit, name=name), arriving=coming, at=NOON
            ),
        )
    evidence.note_verified(recording, by=as_actor(li), vault=office.vault, at=NOON)
    tell("verified", recording=recording.pk.hex)
    _give_and_approve(who, tell)
    tell_sealed(tell, office)


def _give_and_approve(who: dict[str, Officer], tell: Tell) -> None:
    camera = Device.objects.get(number="执记-01")
    loan = hand_out(
        camera, by=as_actor(who["赵"]), to=who["李"], purpose="巡查", check={}, required=[], cite=None,
        due_at=NOON + timedelta(hours=8), at=NOON,
    )  # fmt: skip
    tell("loan", loan=loan.pk.hex)
    request = approval.request_approval(
        camera, by=as_actor(who["李"]), requester=who["李"], unit=who["李"].unit, purpose="interruption",
        reason="没电", chain=[approval.ChainStep("unit_head", "队长", "SUB-21")], at=NOON,
    )  # fmt: skip
    tell("asked", request=request.pk.hex)
    approval.decide(
        request,
        by=as_actor(who["张"]),
        officer=who["张"],
        agree=True,
        reason="",
        at=NOON + timedelta(minutes=1),
    )
    tell("approved", request=request.pk.hex)


def tell_stored(tell: Tell, recording: Recording) -> None:
    tell("stored", recording=recording.pk.hex, sha256=recording.sha256, size=recording.size)


def tell_sealed(tell: Tell, office: Office) -> None:
    seal(office.log, at=NOON)
    latest = office.log.latest()
    tell("sealed", size=latest.size, root=latest.root.hex())


def broken_promises(office: Office, promises: list[dict[str, Any]]) -> list[str]:
    """Everything that is wrong with the house after a cut; empty where each promise is kept and it can go on."""
    try:
        found = [*_faults(office), *(line for told in promises for line in _broken(office, told))]
        seal(office.log, at=NOON + timedelta(hours=1))
        return found + [f"续封之后：{fault}" for fault in verify_log(office.log)]
    except (LiuhenError, OSError, ValueError) as error:
        return [f"{type(error).__name__}: {error}"]


def _faults(office: Office) -> Iterator[str]:
    yield from (str(fault) for fault in verify_log(office.log))
    yield from (str(fault) for fault in verify_rows(recorded_models()))
    yield from (str(fault) for fault in fixity.verify_originals(office.vault))


def _broken(office: Office, told: dict[str, Any]) -> Iterator[str]:
    kept = KEPT[told["kind"]]
    if not kept(office, told):
        yield f"没有守住承诺：{json.dumps(told)}"


def _offset_kept(office: Office, told: dict[str, Any]) -> bool:
    upload = Upload.objects.filter(pk=told["upload"]).first()
    if upload is None:
        return False
    if upload.state == Upload.State.STORED or office.vault.holds(digest_of(FIRST)):
        return True  # The whole object is at its address; only its row may still be missing.
    incoming = office.vault.incoming(told["upload"])
    try:
        return incoming.received >= int(told["size"])
    finally:
        incoming.close()


def _stored_kept(office: Office, told: dict[str, Any]) -> bool:
    recording = Recording.objects.filter(pk=told["recording"]).first()
    if recording is None or (recording.sha256, recording.size) != (told["sha256"], told["size"]):
        return False
    return office.vault.reread(Digest(told["sha256"])).size == told["size"]


def _sealed_kept(office: Office, told: dict[str, Any]) -> bool:
    """Neither a shorter log nor another one of the same length may ever be signed."""
    return office.log.latest().size >= told["size"] and office.log.root(told["size"]).hex() == told["root"]


KEPT: dict[str, Callable[[Office, dict[str, Any]], bool]] = {
    "offset": _offset_kept,
    "stored": _stored_kept,
    "sealed": _sealed_kept,
    "verified": lambda _, told: Recording.objects.get(pk=told["recording"]).verified_at is not None,
    "loan": lambda _, told: Loan.objects.filter(pk=told["loan"]).exists(),
    "asked": lambda _, told: Request.objects.filter(pk=told["request"]).exists(),
    "approved": lambda _, told: Request.objects.get(pk=told["request"]).state == Request.State.APPROVED,
}
