"""What a recording's page shows of what programs heard: spoken duties that may be there, and which recording is a live copy of which.

Both are hints and ways: a person listens, the rules read nothing of the first, and count what is there twice once.
"""

from urllib.parse import quote

from liuhen.apps.evidence import live, queries, speech
from liuhen.apps.evidence.models import LiveCopy, Recording
from liuhen.engines.media.detector import has_engine
from liuhen.engines.media.speech import DUTIES, Hint, load_speech
from liuhen.interfaces.api.gate import Asking
from liuhen.interfaces.api.pages_seeing import place_in
from liuhen.interfaces.api.shapes import Action, Fact, HintShown, SpeechShown
from liuhen.interfaces.api.words import THIN
from liuhen.kernel.clock import shown
from liuhen.kernel.errors import Malformed

_NONE = "本机关没有装语音识别：模型由机关自备，装法见手册。告知、恢复记录的说明、出示证件，请听了再标。"
_BEFORE, _AFTER = 1.0, 1.0


def speech_shown(asking: Asking, row: Recording) -> SpeechShown | None:
    """None for what has no sound; else the hints, or why there are none."""
    if row.form not in (Recording.Form.VIDEO, Recording.Form.AUDIO):
        return None
    newest, can = speech.newest_recognition(row.pk), _cannot(asking)
    actions = [] if can or not asking.may("segment.mark", row) else [_ask(row, again=newest is not None)]
    if speech.is_being_heard(row.pk):
        return SpeechShown(says="正在识别，听完后显示在这里。", hints=[], actions=[])
    if newest is None:
        says = can or "尚未识别。识别出的只是提示：哪一秒可能作过告知，请点过去听。"
        return SpeechShown(says=says, hints=[], actions=actions)
    if newest.why:
        return SpeechShown(says=f"{shown(newest.at)} 没有识别成：{newest.why}。", hints=[], actions=actions)
    found = speech.hints_of(newest)
    by = f"{newest.model}（模型摘要 {newest.sha256[:8]}）{shown(newest.at)} 听过，识别出 {len(newest.words)} 个字"
    says = (
        f"{by}；以下只是提示，会漏也会错，请点过去听。"
        if found
        else f"{by}，没有听到像是告知、恢复说明、出示证件的话；会漏，不等于没有说。"
    )
    marks = asking.may("segment.mark", row)
    return SpeechShown(says=says, hints=[_hint(row, one, marks=marks) for one in found], actions=actions)


def _cannot(asking: Asking) -> str:
    """Why nothing can be heard in this house; empty where it can."""
    try:
        model = load_speech(asking.office.home)
    except Malformed as error:
        return f"语音识别用不了：{error.why}。"
    if model is None:
        return _NONE
    return "" if has_engine() else "有识别模型，但没有装运行它的库（liuhen[detector]），请系统管理员安装。"


def _ask(row: Recording, *, again: bool) -> Action:
    return Action(
        key="recognize", label="重新识别" if again else "识别语音", method="POST", url=f"/recordings/{row.pk}/recognitions",
        confirm="由机关自备的模型听一遍，找出可能的告知、恢复说明、出示证件；结果只是提示，另行登记，不改原件。",
    )  # fmt: skip


def _hint(row: Recording, one: Hint, *, marks: bool) -> HintShown:
    begins, ends = max(0.0, one.begins - _BEFORE), one.ends + _AFTER
    label = DUTIES[one.duty]
    form = f"/recordings/{row.pk}/segment?begins={begins:.3f}&ends={ends:.3f}&says={quote(label)}"
    actions = (
        [Action(key=f"mark-{one.duty}-{one.begins:g}", label="听过，标记", form_url=form)] if marks else []
    )
    return HintShown(
        duty=label, start_seconds=begins, end_seconds=ends, at=place_in(one.begins), sure=f"把握 {one.sure:.0%}",
        heard=one.heard, actions=actions,
    )  # fmt: skip


def live_shown(asking: Asking, row: Recording) -> list[Fact]:
    """Which recording this is a live copy of, or which are of this; of those this person may know of."""
    known = live.told_of(row.pk)
    others = {one.original_id if one.recording_id == row.pk else one.recording_id for one in known}
    visible = set(
        queries.visible_to(asking.by, at=asking.at).filter(pk__in=others).values_list("pk", flat=True)
    )
    return [_live(row, one) for one in known if {one.recording_id, one.original_id} - {row.pk} <= visible]


def _live(row: Recording, one: LiveCopy) -> Fact:
    is_copy = one.recording_id == row.pk
    other = one.original if is_copy else one.recording
    share = min(1.0, one.covered / one.length) if one.length else 0.0
    how = f"{one.get_way_display()}对上，相像 {one.measure:.0%}；盖住原件 {one.covered:.0f}{THIN}秒（{share:.0%}）"
    counts = "依规判断时以原件为准，不重复计算" if is_copy else "依规判断时以本件为准，副本不重复计算"
    return Fact(
        label="原件" if is_copy else "副本", value=f"本件是 {other.number} 的实时副本" if is_copy else f"{other.number} 是本件的实时副本",
        note=f"{how}，从原件第 {place_in(max(0.0, one.offset))} 起。{counts}。", to=f"/recordings/{other.pk}",
    )  # fmt: skip
