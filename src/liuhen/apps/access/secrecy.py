"""Secrets and privacy in a recording: who points them out, who marks them, who alone may then see a frame of it or know of it.

A mark narrows every other right to play, of posts and approvals alike, and who may know that the recording exists
(`evidence.knowing`). It counts from the next request on, also for a look that is open. The newest word on each kind of secret counts; none is changed.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from liuhen.apps.access.models import SecrecyMark
from liuhen.apps.documents.queries import documents_on_recording
from liuhen.apps.evidence.knowing import narrow
from liuhen.apps.evidence.models import Recording
from liuhen.apps.journal.actions import Pen, act
from liuhen.apps.registry.models import Officer
from liuhen.apps.registry.permission import KNOW, allow, may
from liuhen.apps.search.actions import keep
from liuhen.engines.rules.recording_words import SECRETS
from liuhen.kernel.actors import SYSTEM, Actor
from liuhen.kernel.errors import Refused


@dataclass(slots=True)
class Secrecy:
    """How it stands with one recording: the kinds pointed out, those marked, and who may know."""

    told: set[str] = field(default_factory=set)
    marked: dict[str, SecrecyMark] = field(default_factory=dict)

    @property
    def circle(self) -> frozenset[UUID] | None:
        """Those in the circle of every mark; None where none stands."""
        circles = [frozenset(map(UUID, mark.persons)) for mark in self.marked.values()]
        return frozenset.intersection(*circles) if circles else None

    def admits(self, officer: UUID) -> bool:
        """Whether this person is in the circle of every mark."""
        return all(str(officer) in mark.persons for mark in self.marked.values())


def secrecy_of(recordings: Iterable[UUID], *, at: datetime | None = None) -> dict[UUID, Secrecy]:
    """By recording, as it stood before that moment or stands now; one of which nobody said anything is left out."""
    found: dict[UUID, Secrecy] = defaultdict(Secrecy)
    rows = SecrecyMark.objects.filter(recording__in=list(recordings))
    for row in (rows.filter(at__lt=at) if at else rows).order_by("at", "pk"):
        one = found[row.recording_id]
        if row.step == SecrecyMark.Step.LIFTED:
            one.told.discard(row.secret)
            one.marked.pop(row.secret, None)
            continue
        one.told.add(row.secret)
        if row.step == SecrecyMark.Step.MARKED:
            one.marked[row.secret] = row
    return dict(found)


def is_closed_to(recording: UUID, officer: UUID) -> bool:
    """Whether a mark keeps this person out."""
    found = secrecy_of([recording]).get(recording)
    return found is not None and not found.admits(officer)


def closed_to(recordings: Iterable[UUID], officer: UUID) -> frozenset[UUID]:
    """Which of these a mark keeps this person out of."""
    return frozenset(key for key, one in secrecy_of(recordings).items() if not one.admits(officer))


def unknown_then(recordings: Iterable[Recording], *, officer: UUID, at: datetime) -> frozenset[UUID]:
    """Of which of these this person might not know at that moment: neither in the circle nor by his post."""
    rows = {row.pk: row for row in recordings}
    closed = {key for key, one in secrecy_of(rows, at=at).items() if not one.admits(officer)}
    who = Actor("officer", officer, "")
    return frozenset(key for key in closed if not may(who, KNOW, on=rows[key].place(), at=at))


def check_open_to(recording: Recording, *, by: Actor, at: datetime) -> None:
    """Raise `Refused` where a mark keeps this person out; that he tried has its line."""
    if not is_closed_to(recording.pk, by.id):
        return
    with act("recording.secret-refused", by=by, at=at, agency=recording.agency_id) as line:
        line.about(recording)
    raise Refused(
        f"{recording.number} 作了保密标记，您不在知悉范围内",
        do="确需查看的，请作出标记的人把您列入知悉范围；是谁、何时标记的，见这份音像的轨迹。",
    )


def point_out(recording: Recording, *, by: Actor, secret: str, says: str, at: datetime) -> SecrecyMark:
    """指出涉及秘密或者隐私：whoever took part may say so; whoever may mark then decides."""
    return _entered(recording, by, "recording.annotate", secret, SecrecyMark.Step.TOLD, says, (), at)


def mark_secret(
    recording: Recording, *, by: Actor, secret: str, persons: Sequence[Officer], says: str, at: datetime
) -> SecrecyMark:
    """作出保密标记：from now on only these persons see it. Raises `Refused` for an empty circle, or for a stranger in it."""
    if not persons:
        raise Refused("没有指定知悉范围", do="请至少写明一名可以查看的人。")
    if any(person.agency_id != recording.agency_id for person in persons):
        raise Refused("知悉范围里有外单位的人", do="对外提供另行报批，不列入知悉范围。")
    return _entered(recording, by, "recording.mark", secret, SecrecyMark.Step.MARKED, says, persons, at)


def lift_mark(recording: Recording, *, by: Actor, secret: str, says: str, at: datetime) -> SecrecyMark:
    """解除：never by whoever marked. Raises `Refused` where nothing is marked."""
    mark = secrecy_of([recording.pk]).get(recording.pk, Secrecy()).marked.get(secret)
    if mark is None:
        raise Refused("没有这一标记", do="请刷新页面查看现有的标记。")
    if mark.by == by.id:
        raise Refused("不能解除本人作出的标记", do="请由另一名有权的人核查后解除。")
    return _entered(recording, by, "recording.mark", secret, SecrecyMark.Step.LIFTED, says, (), at)


def _entered(
    recording: Recording, by: Actor, action: str, secret: str, step: str, says: str, persons: Sequence[Officer], at: datetime
) -> SecrecyMark:  # fmt: skip
    allow(by, action, on=recording, at=at)
    if secret not in SECRETS:
        raise Refused("没有这一种类", do="请从国家秘密、商业秘密、个人隐私中选择。")
    if not says.strip():
        raise Refused("须写明理由", do="请写明哪一段、涉及什么。")
    row = SecrecyMark(
        recording=recording, secret=secret, step=step, persons=sorted(str(p.pk) for p in persons), says=says.strip(), at=at,
        by=by.id,
    )  # fmt: skip
    with act("recording.secrecy-noted", by=by, at=at, agency=recording.agency_id) as line:
        row.save(force_insert=True)
        line.about(row)
        line.about(recording)
        if step != SecrecyMark.Step.TOLD:
            _narrow(line, recording, at=at)
        line.schedule("recording.judge", recording)
    return row


def _narrow(line: Pen, recording: Recording, *, at: datetime) -> None:
    """Who may know that it exists follows from all marks that stand, in the same act; its papers are found by the same people."""
    circle = secrecy_of([recording.pk]).get(recording.pk, Secrecy()).circle
    made = narrow(recording, circle, at=at)
    if made is not None:
        line.about(made)
    for paper in documents_on_recording(recording.pk):
        keep(paper)


def settle_circles(*, at: datetime) -> int:
    """Marks older than the rule that they also narrow who may know: each gets its circle, with its line. Returns how many."""
    old = SecrecyMark.objects.filter(step=SecrecyMark.Step.MARKED, recording__seclusion=None)
    rows = Recording.objects.filter(pk__in=old.values("recording")).select_related("unit")
    for recording in rows:
        with act("recording.circle-settled", by=SYSTEM, at=at, agency=recording.agency_id) as line:
            line.about(recording)
            _narrow(line, recording, at=at)
    return len(rows)
