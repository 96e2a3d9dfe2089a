"""Witnessing 见证: what is sent to a witness, and what becomes of its answer; how far the record is witnessed.

How the bytes travel is the caller's business: by a line, on a stick, on paper. What is kept was checked here first.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Min

from liuhen.apps.journal.actions import act
from liuhen.apps.journal.halts import check_holds
from liuhen.apps.journal.models import Checkpoint, Cosignature, Line, OutsideContact
from liuhen.apps.journal.queries import Fault
from liuhen.engines.ledger import Log
from liuhen.engines.ledger.checkpoint import Checkpoint as Signed
from liuhen.engines.ledger.cosignature import WitnessKey, cosigned_at, line_of
from liuhen.engines.ledger.note import signatures_under, split_note
from liuhen.engines.ledger.policy import NOBODY_TEXT, Cover, Standing, WitnessPolicy
from liuhen.engines.ledger.slips import content_of
from liuhen.engines.ledger.submission import Submission
from liuhen.kernel.actors import SYSTEM, Actor
from liuhen.kernel.digests import digest_of
from liuhen.kernel.errors import Malformed, Refused, Tampered

_FAST = timedelta(minutes=5)


def submission_to(log: Log, key: WitnessKey, *, old: int | None = None) -> Submission:
    """The newest checkpoint for this witness, from where it stands (as we know it, or as it said)."""
    note = log.offered()
    size = log.opened(note).size
    start = covered_by(key) if old is None else old
    return Submission(start, tuple(log.consistency(start, size)), note)


def covered_by(key: WitnessKey) -> int:
    """The largest size this witness has cosigned, as far as we know."""
    newest = Cosignature.objects.filter(key=str(key)).order_by("-checkpoint_id").first()
    return newest.checkpoint_id if newest else 0


def keep_cosignature(
    log: Log, key: WitnessKey, note: str, *, at: datetime, on_paper: bool = False
) -> Cosignature:
    """Keep the witness's line under one of our checkpoints; the same again changes nothing.

    Raises `Tampered` where log or witness did not sign, or where the note shows another history; `Refused` for a time that is not yet.
    """
    signed = log.opened(note)
    told = cosigned_at(note, key)
    check_holds(log, signed)
    if told > at + _FAST:
        raise Refused(
            f"见证单位“{key.name}”的时钟快 {round((told - at).total_seconds())} 秒，会签没有收下",
            do="请核对两边的时钟，再送一次。",
        )
    with transaction.atomic():
        point = Checkpoint.objects.filter(size=signed.size).first()
        if point is None:
            raise Refused(f"没有登记过大小为 {signed.size} 的检查点，会签没有收下")
        kept, _ = Cosignature.objects.get_or_create(
            checkpoint=point, key=str(key),
            defaults={"witness": key.name, "line": line_of(note, key), "at": told, "received_at": at, "on_paper": on_paper},
        )  # fmt: skip
    return kept


def take_back(log: Log, policy: WitnessPolicy, note: str, *, by: Actor, at: datetime) -> list[Cosignature]:
    """What a person brings back on a stick or on paper: a cosigned checkpoint, with one line of the journal. At least one known witness."""
    lines = split_note(note)[1]
    signers = [one.key for one in policy.witnesses.values() if signatures_under(one.key, lines)]
    kept = [keep_cosignature(log, key, note, at=at, on_paper=True) for key in signers]
    if not kept:
        raise Malformed(
            "材料上没有见证策略中任何一家的会签",
            do="请确认带回的是见证单位的会签，且其公钥与见证策略中的一致。",
        )
    with act("checkpoint.cosigned", by=by, at=at) as line:
        line.note(size=kept[0].checkpoint_id, keys=[one.key.split("+")[1] for one in kept])
    return kept


def note_of(brought: str) -> str:
    """The cosigned checkpoint in what was scanned or pasted: codes, or the note itself. Raises `Malformed`."""
    if "LH1:" in brought.upper():
        try:
            note = content_of(brought).decode()
        except UnicodeDecodeError as error:
            raise Malformed("二维码里不是会签") from error
    else:
        note = brought.replace("\r\n", "\n").strip() + "\n"
    try:
        Signed.read(note)
    except Tampered as error:
        raise Malformed("这不是会签过的检查点", do="请扫描或粘贴见证单位交回的材料，全部内容。") from error
    return note


def standing(policy: WitnessPolicy) -> Standing | None:
    """How far the record is witnessed under this policy, and since when; None where it is not, or where nobody is asked."""
    if policy.is_none:
        return None
    keys = [str(witness.key) for witness in policy.witnesses.values()]
    sizes = {covered_by(witness.key) for witness in policy.witnesses.values()} - {0}
    covers: dict[str, list[Cover]] = {key: [] for key in keys}
    for key in keys:
        for size in sizes:
            first = Cosignature.objects.filter(key=key, checkpoint__gte=size).aggregate(at=Min("at"))["at"]
            if first is not None:
                covers[key].append(Cover(size, first))
    return policy.standing(covers)


def cosignatures_under(size: int) -> list[Cosignature]:
    """Who cosigned exactly this checkpoint."""
    return list(Cosignature.objects.filter(checkpoint=size).order_by("at"))


def newest_of(key: WitnessKey) -> Cosignature | None:
    return Cosignature.objects.filter(key=str(key)).order_by("-checkpoint_id").first()


def first_covering(key: WitnessKey, number: int) -> Cosignature | None:
    """The witness's first cosignature over a checkpoint that holds line `number`."""
    found = Cosignature.objects.filter(key=str(key), checkpoint__gte=number)
    return found.order_by("checkpoint_id").first()


def verify_cosignatures() -> Iterator[Fault]:
    """Every kept cosignature against its checkpoint and the key it names; what was changed since is told."""
    for row in (
        Cosignature.objects.select_related("checkpoint")
        .order_by("checkpoint", "key")
        .iterator(chunk_size=2000)
    ):
        where = f"检查点 {row.checkpoint_id} 的会签“{row.witness}”"
        try:
            key = WitnessKey.parse(row.key)
            told = cosigned_at(row.checkpoint.note + row.line, key)
        except (Malformed, Tampered) as error:
            yield Fault(where, error.why)
            continue
        if (told, key.name) != (row.at, row.witness):
            yield Fault(where, "登记的时间或名称与签名中的不符")


def note_contact(key: str, *, at: datetime, trouble: str = "") -> None:
    """How the last try went: for the page."""
    OutsideContact.objects.update_or_create(key=key, defaults={"tried_at": at, "trouble": trouble[:500]})


def contact_with(key: str) -> OutsideContact | None:
    return OutsideContact.objects.filter(key=key).first()


def note_policy(text: str, *, at: datetime) -> bool:
    """A line where the policy is another than it was: a witness that was struck out is told by the journal itself."""
    digest = digest_of(text.encode()).sha256
    last = Line.objects.filter(verb="witness.policy-changed").order_by("-number").first()
    if f'"sha256":"{digest}"' in last.body if last else text == NOBODY_TEXT:
        return False
    with act("witness.policy-changed", by=SYSTEM, at=at) as line:
        line.note(sha256=digest)
    return True
