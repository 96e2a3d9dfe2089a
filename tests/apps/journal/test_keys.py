"""The second key of the house: told by a line once, and from then on a checkpoint without its signature is named."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from django.db import connection
from tests.conftest import unlocked
from tests.national import national_signer

from liuhen.apps.journal.actions import act
from liuhen.apps.journal.keys import house_text, note_keys, twins
from liuhen.apps.journal.models import Checkpoint, Line
from liuhen.apps.journal.queries import verify_log
from liuhen.apps.journal.sealing import seal
from liuhen.engines.ledger import FileLogStore, Log, Signer
from liuhen.interfaces.office import Office
from liuhen.kernel.actors import SYSTEM
from liuhen.kernel.clock import as_utc_text

pytestmark = pytest.mark.django_db


def write(at: datetime) -> None:
    with act("journal.heartbeat", by=SYSTEM, at=at):
        pass


def with_twin(office: Office, number: int = 7) -> Office:
    """The same house with an SM2 key beside its own."""
    signer = Signer(office.signer.name, office.signer.key, national_signer(office.signer.name, number))
    return replace(office, signer=signer, log=Log(FileLogStore(office.home / "log"), signer=signer))


def test_second_key_has_its_line_once_and_again_when_it_is_another(office: Office, noon: datetime) -> None:
    both, other = with_twin(office), with_twin(office, 8)
    for house, changed in ((office, False), (both, True), (both, False), (other, True), (office, True)):
        assert note_keys(house.signer, at=noon) is changed
    assert [one.key for one in twins()] == [both.signer.twin.verifier, other.signer.twin.verifier, None]  # type: ignore[union-attr]
    assert Line.objects.filter(verb="log.keys-changed").count() == 3


def test_trust_root_names_the_second_key_and_since_when(office: Office, noon: datetime) -> None:
    assert house_text(office.signer) == str(office.signer.verifier)
    both = with_twin(office)
    note_keys(both.signer, at=noon)
    assert both.signer.twin is not None
    also = f"# liuhen: also {both.signer.twin.verifier} {as_utc_text(noon)}"
    assert house_text(both.signer) == f"{both.signer.verifier}\n{also}"


def test_checkpoint_without_its_second_signature_is_named(office: Office, noon: datetime) -> None:
    write(noon)
    seal(office.log, at=noon)  # Before the second key: one signature is enough.
    both = with_twin(office)
    note_keys(both.signer, at=noon)
    seal(both.log, at=noon)
    write(noon + timedelta(minutes=1))
    seal(both.log, at=noon)
    assert list(verify_log(office.log)) == []
    kept = Checkpoint.objects.order_by("-size")[0]
    bare = "".join(kept.note.splitlines(keepends=True)[:-1])
    with unlocked(), connection.cursor() as cursor:
        cursor.execute("UPDATE journal_checkpoint SET note = %s WHERE size = %s", [bare, kept.size])
    found = list(verify_log(office.log))
    assert [fault.where for fault in found] == [f"检查点 {kept.size}"]
    assert "缺少" in found[0].what
