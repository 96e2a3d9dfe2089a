"""凭条 for a party: issued by who answers for the recording, each with its line; it shows nothing of the recording and names nobody."""

from dataclasses import replace
from datetime import datetime
from pathlib import Path
from uuid import UUID

from liuhen.apps.evidence.models import Recording, Voucher
from liuhen.apps.journal.actions import act
from liuhen.apps.journal.keys import house_text
from liuhen.apps.journal.opening import opened_lines, provable_point
from liuhen.apps.journal.queries import first_line
from liuhen.apps.registry.models import Officer
from liuhen.apps.registry.numbering import next_number
from liuhen.apps.registry.permission import allow
from liuhen.engines.forms import Filled, load_form, print_document
from liuhen.engines.ledger import Log, Signer
from liuhen.engines.ledger.policy import WitnessPolicy
from liuhen.engines.ledger.qr import drawn
from liuhen.engines.ledger.slips import codes_of
from liuhen.engines.ledger.voucher import Voucher as Signed
from liuhen.kernel.actors import Actor
from liuhen.kernel.clock import shown
from liuhen.kernel.errors import Unavailable


def issue_voucher(
    recording: Recording, *, by: Actor, officer: Officer, log: Log, signer: Signer, witnesses: WitnessPolicy, at: datetime
) -> Voucher:  # fmt: skip
    """Raises `Unavailable` while the line of its coming in is not sealed and, where the policy asks for it, witnessed."""
    allow(by, "voucher.issue", on=recording, at=at)
    number = first_line(recording.pk)
    if number is None:
        raise Unavailable("这段音像还没有台账", do="请稍后再试。")
    point = provable_point(log, witnesses, covers=number)
    opened = next(iter(opened_lines({number}, log=log, point=point)))
    signed = Signed(
        recording.number, recording.digest, recording.size, number, opened.body, opened.salt, opened.proof, point.note,
        house_text(signer), at,
    ).signed(signer)  # fmt: skip
    made = Voucher(recording=recording, officer=officer, content=signed.decode(), at=at)
    with act("voucher.issued", by=by, at=at, agency=recording.agency_id) as line:
        made.number = next_number(recording.agency, "凭条", at=at)
        made.save(force_insert=True)
        line.about(made)
    return made


def recording_of(voucher: UUID) -> UUID | None:
    """Whose voucher this is."""
    return Voucher.objects.filter(pk=voucher).values_list("recording_id", flat=True).first()


def print_voucher(key: UUID, *, by: Actor, forms: Path, at: datetime) -> bytes:
    """The paper, for who may issue one: what it says in words, and the codes that hold the whole of it."""
    made = Voucher.objects.select_related("recording__agency", "recording__unit").get(pk=key)
    allow(by, "voucher.issue", on=made.recording, at=at)
    form = replace(load_form(forms / "house" / "voucher.form"), folder=forms)
    recording = made.recording
    lines = {
        "音像编号": recording.number, "入库时间": f"{shown(recording.received_at)}（北京时间）", "字节数": f"{recording.size}",
        "SHA-256": recording.sha256, "SM3": recording.sm3,
    }  # fmt: skip
    told = {
        "voucher": "\n".join(f"{name}\t{value}" for name, value in lines.items()),
        "codes": "\n".join(
            f"{code.side}\t{code.path}" for code in map(drawn, codes_of(made.content.encode()))
        ),
    }
    return print_document(
        Filled(
            form=form,
            number=made.number,
            agency=recording.agency.name,
            made_at=made.at,
            values=told,
            signatures=[],
        )
    )


def vouchers_of(recording: Recording) -> list[Voucher]:
    return list(Voucher.objects.filter(recording=recording).select_related("officer").order_by("-at"))
