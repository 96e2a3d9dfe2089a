"""Speech heard in a recording by the agency's own model: asked for by a person, done by the worker, kept beside the original.

What comes of it are hints that send a person to a second. No fact of the rules reads this table.
"""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from liuhen.apps.evidence.models import Recognition, Recording
from liuhen.apps.journal.actions import act
from liuhen.apps.journal.models import Job
from liuhen.apps.registry.permission import allow
from liuhen.engines.media.speech import Hint, SpeechModel, Word
from liuhen.kernel.actors import Actor
from liuhen.kernel.errors import Refused

RECOGNIZE = "recording.recognize"
PROGRAM = "speech/1"
_SOUNDING = (Recording.Form.VIDEO, Recording.Form.AUDIO)


def ask_to_recognize(recording: Recording, *, by: Actor, at: datetime) -> None:
    """要求语音识别。Raises `Refused` for what has no sound to hear, and while it is being heard already."""
    allow(by, "segment.mark", on=recording, at=at)
    if recording.form not in _SOUNDING:
        raise Refused("这份文件不是录像或者录音，没有可以识别的声音", do="无需识别。")
    with act("speech.requested", by=by, at=at, agency=recording.agency_id) as line:
        Recording.objects.select_for_update(of=("self",)).get(pk=recording.pk)
        if is_being_heard(recording.pk):
            raise Refused("这份音像正在识别", do="请等识别完成后重新载入本页。")
        line.about(recording)
        line.schedule(RECOGNIZE, recording, rank=6)


def is_being_heard(recording: UUID) -> bool:
    waiting = (Job.State.WAITING, Job.State.RUNNING)
    return Job.objects.filter(kind=RECOGNIZE, subject=recording, state__in=waiting).exists()


def keep_recognition(
    recording: Recording,
    *,
    by: Actor,
    model: SpeechModel,
    words: Iterable[Word],
    hints: Iterable[Hint],
    at: datetime,
) -> Recognition:
    """What was heard, with the digest of the model that heard it."""
    row = Recognition(
        recording=recording, model=model.name, sha256=model.sha256, program=PROGRAM, at=at,
        words=[[word.at, word.text, word.sure] for word in words],
        hints=[[one.duty, one.begins, one.ends, one.sure, one.heard] for one in hints],
    )  # fmt: skip
    with act("speech.recognized", by=by, at=at, agency=recording.agency_id) as line:
        row.save(force_insert=True)
        line.about(row)
        line.about(recording)
    return row


def note_unrecognized(
    recording: Recording, *, by: Actor, model: SpeechModel | None, why: str, at: datetime
) -> Recognition:
    """That it could not be done, and why; then somebody may ask again."""
    row = Recognition(
        recording=recording, model=model.name if model else "", sha256=model.sha256 if model else "",
        program=PROGRAM, why=why[:300], at=at,
    )  # fmt: skip
    with act("speech.failed", by=by, at=at, agency=recording.agency_id) as line:
        row.save(force_insert=True)
        line.about(row)
        line.about(recording)
    return row


def newest_recognition(recording: UUID) -> Recognition | None:
    return Recognition.objects.filter(recording=recording).order_by("-at", "-id").first()


def hints_of(row: Recognition) -> tuple[Hint, ...]:
    return tuple(
        Hint(str(duty), float(begins), float(ends), float(sure), str(heard))
        for duty, begins, ends, sure, heard in row.hints
    )
