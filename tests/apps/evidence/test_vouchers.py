"""凭条: issued by who answers for the recording, with its line; printed again as it was; the paper is read back and fits the file."""

import re
from datetime import datetime
from pathlib import Path

import pikepdf
import pytest
from tests.apps.steps import last_line, received, refused
from tests.cast import Cast, as_actor
from tests.engines.dossier.test_verifiers import VERIFY

from liuhen.apps.evidence.models import Recording, Voucher
from liuhen.apps.evidence.vouchers import issue_voucher, print_voucher, recording_of, vouchers_of
from liuhen.apps.journal.keys import house_text
from liuhen.apps.journal.queries import verify_rows
from liuhen.apps.journal.sealing import seal
from liuhen.engines.ledger.slips import codes_of
from liuhen.interfaces.office import Office
from liuhen.kernel.errors import Unavailable

pytestmark = pytest.mark.django_db


@pytest.fixture
def recording(cast: Cast, office: Office, noon: datetime) -> Recording:
    return received(cast, office, b"film " * 500, at=noon)


def issued(cast: Cast, office: Office, recording: Recording, at: datetime) -> Voucher:
    return issue_voucher(
        recording, by=as_actor(cast.zhang), officer=cast.zhang, log=office.log, signer=office.signer, witnesses=office.witnesses, at=at
    )  # fmt: skip


def test_voucher_of_a_sealed_recording_is_sound_for_a_stranger(
    cast: Cast, office: Office, recording: Recording, noon: datetime, tmp_path: Path
) -> None:
    with pytest.raises(Unavailable, match="还没有封存"):
        issued(cast, office, recording, noon)
    seal(office.log, at=noon)
    made = issued(cast, office, recording, noon)
    assert last_line().verb == "voucher.issued"
    assert re.fullmatch(r".*凭条.*", made.number)
    assert vouchers_of(recording) == [made]
    assert list(verify_rows([Voucher])) == []
    scanned = "\n".join(codes_of(made.content.encode())).encode()
    trust = f"log {house_text(office.signer)}\nquorum none\n"
    path = str(office.vault.path(recording.digest))
    report = VERIFY.verified_voucher(VERIFY.voucher_in(scanned), trust, path)
    assert (report.verdict, report.package) == (
        "unanchored",
        recording.number,
    )  # Nobody witnesses this house.
    assert report.has("voucher.received", "voucher.original-fits")
    (tmp_path / "other").write_bytes(b"film " * 499)
    assert (
        VERIFY.verified_voucher(VERIFY.voucher_in(scanned), trust, str(tmp_path / "other")).verdict
        == "broken"
    )


def test_paper_is_one_page_with_the_digest_and_names_nobody(
    cast: Cast, office: Office, recording: Recording, noon: datetime, tmp_path: Path
) -> None:
    seal(office.log, at=noon)
    made = issued(cast, office, recording, noon)
    by = as_actor(cast.zhang)
    content = print_voucher(made.pk, by=by, forms=office.forms, at=noon)
    assert print_voucher(made.pk, by=by, forms=office.forms, at=noon) == content
    (tmp_path / "voucher.pdf").write_bytes(content)
    with pikepdf.open(tmp_path / "voucher.pdf") as printed:
        assert len(printed.pages) == 1
    assert cast.zhang.name not in made.content


def test_only_who_answers_for_the_recording_issues_and_prints(
    cast: Cast, office: Office, recording: Recording, noon: datetime
) -> None:
    seal(office.log, at=noon)
    made = issued(cast, office, recording, noon)
    assert recording_of(made.pk) == recording.pk
    refused(lambda: print_voucher(made.pk, by=as_actor(cast.sun), forms=office.forms, at=noon), says="权限")
    refused(
        lambda: issue_voucher(
            recording, by=as_actor(cast.sun), officer=cast.sun, log=office.log, signer=office.signer, witnesses=office.witnesses, at=noon
        ),
        says="权限",
    )  # fmt: skip
