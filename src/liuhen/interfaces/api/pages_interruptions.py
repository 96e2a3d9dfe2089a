"""An interruption as the activity's page tells it: the gap it was filed for, and what it still lacks."""

from liuhen.apps.casework import interrupting
from liuhen.apps.casework.interrupting import Gap
from liuhen.apps.casework.models import Interruption, InterruptionGap
from liuhen.apps.evidence.models import Recording
from liuhen.interfaces.api.gate import Asking
from liuhen.interfaces.api.shapes import Action
from liuhen.interfaces.api.words import seconds_shown
from liuhen.kernel.clock import BEIJING, shown, shown_length


def gap_shown(gap: Gap) -> str:
    until = gap.span.end.astimezone(BEIJING).strftime("%H:%M:%S")
    return f"{seconds_shown(gap.span.start)} 至 {until}，{shown_length(gap.span.length)}"


def place_shown(asking: Asking, gap: Gap) -> str:
    """Where in the media the gap lies; a recording of which this person may not know is not named."""
    edges = (gap.broke_off, gap.went_on)
    return _place(asking, gap.found, *((e.recording, e.second) if e else (None, None) for e in edges))


def told_of(asking: Asking, row: Interruption) -> list[str]:
    """What was filed, clause by clause."""
    gap = interrupting.gap_of(row)
    told = [_bound(asking, gap)] if gap else ["起止由人登记，没有对应到音像的缺口"]
    if gap and (gap.measures or gap.measures_note):
        told.append(
            f"措施：{'、'.join([*gap.measures, *([gap.measures_note] if gap.measures_note else [])])}"
        )
    told += [_voice_told(asking, row)] if row.resumed else []
    told += ["其后无法继续记录"] if row.resumed is False else []
    told += [f"{shown(row.reported_at)} 报告"] if row.reported_at else []
    return told


def completing(asking: Asking, row: Interruption) -> list[Action]:
    """Going to the seconds around the gap, and entering what came later."""
    gap, voice, found = interrupting.gap_of(row), interrupting.voice_of(row), []
    if gap and gap.went_on and asking.knows(gap.went_on.pk):
        found.append(
            Action(key=f"resumed-{row.pk}", label="看恢复处", to=_at(gap.went_on, gap.went_on_second))
        )
    if voice and asking.knows(voice.recording_id):
        found.append(Action(key=f"voice-{row.pk}", label="听语音说明", to=_at(voice.recording, voice.begins)))
    return found


def lacking(row: Interruption) -> list[Action]:
    """The form for what was not there at the filing, where something of it is open."""
    wants_voice = row.resumed and row.voice_explained is None and interrupting.voice_of(row) is None
    if not wants_voice and row.reported_at is not None:
        return []
    return [
        Action(key=f"complete-{row.pk}", label="补齐手续", form_url=f"/interruptions/{row.pk}/completion")
    ]


def _voice_told(asking: Asking, row: Interruption) -> str:
    voice = interrupting.voice_of(row)
    if voice is not None and asking.knows(voice.recording_id):
        return f"恢复后语音说明在 {voice.recording.number} 第 {voice.begins:.1f} 秒"
    if row.voice_explained or voice is not None:
        return "恢复后已语音说明"
    return "恢复后未作语音说明" if row.voice_explained is False else "恢复后的语音说明还没有标出"


def _bound(asking: Asking, gap: InterruptionGap) -> str:
    return _place(
        asking, gap.found, (gap.broke_off, gap.broke_off_second), (gap.went_on, gap.went_on_second)
    )  # fmt: skip


def _place(
    asking: Asking,
    found: str,
    first: tuple[Recording | None, float | None],
    last: tuple[Recording | None, float | None],
) -> str:
    told = [
        f"{recording.number} 第 {second:.1f} 秒{word}"
        for (recording, second), word in ((first, "断开"), (last, "恢复"))
        if recording is not None and second is not None and asking.knows(recording.pk)
    ]
    label = InterruptionGap.Found(found).label
    return f"缺口在{label}（{'，'.join(told)}）" if told else label


def _at(recording: Recording, second: float | None) -> str:
    return f"/recordings/{recording.pk}?t={second or 0:g}"
