"""Copies with parts hidden, as pages show them: the rows on a recording's page, and one copy with its reasons and its proof."""

from liuhen.apps.access import redacting as rules
from liuhen.apps.access.models import Redaction, RedactionAnswer
from liuhen.apps.evidence.models import Recording
from liuhen.apps.evidence.queries import tombstones_of
from liuhen.engines.media.masks import MaskList
from liuhen.interfaces.api.gate import Asking
from liuhen.interfaces.api.rail import rail
from liuhen.interfaces.api.shapes import (
    Action,
    Due,
    Fact,
    Head,
    HiddenShown,
    Link,
    RedactionPage,
    RedactionRow,
    State,
    Track,
)
from liuhen.interfaces.api.words import size_shown
from liuhen.kernel.clock import shown

_MADE = {"drawn": "手工画出", "motion": "按活动找出", "detector": "检测程序找出"}
_SOUNDS = {"mute": "静音", "lower": "变声（压低）", "higher": "变声（抬高）"}
_FOREVER = 1e9


def actions(asking: Asking, row: Recording) -> list[Action]:
    """The way to the drawing board, from a recording with something to see or hear."""
    if row.form not in (Recording.Form.VIDEO, Recording.Form.AUDIO) or not asking.may("redaction.draw", row):
        return []
    return [Action(key="redact", label="制作遮挡副本", to=f"/recordings/{row.pk}/redact")]


def rows_shown(asking: Asking, recording: Recording) -> list[RedactionRow]:
    """The copies of a recording that this person may see."""
    return [
        RedactionRow(
            id=str(row.pk), number=row.number, purpose=row.purpose, who=f"{row.drawn_by.name} {shown(row.drawn_at)}",
            state=state_of(row), to=f"/redactions/{row.pk}",
        )
        for row in rules.redactions_of(recording.pk)
        if asking.may("redaction.view", row)
    ]  # fmt: skip


def state_of(row: Redaction) -> State:
    answer = answer_of(row)
    if answer is not None:
        tone = "proven" if answer.answer == RedactionAnswer.Answer.APPROVED else "breach"
        return State.model_validate(
            {"label": answer.get_answer_display(), "tone": tone, "reason": answer.reason or None}
        )
    tones = {"drawn": "action", "rendered": "due", "failed": "breach"}
    told = {"label": row.get_state_display(), "tone": tones[row.state], "reason": row.trouble or None}
    return State.model_validate(told)


def answer_of(row: Redaction) -> RedactionAnswer | None:
    return getattr(row, "answered", None)


def page(asking: Asking, row: Redaction) -> RedactionPage:
    """Everything about one copy."""
    masks = MaskList.from_json(row.masks, length=_FOREVER)
    return RedactionPage(
        head=_head(asking, row), track=_track(row), hidden=_hidden(masks), facts=_facts(asking, row), proof=_proof(row),
        rail=rail(asking, findings=[], law=asking.law_or_none, things=[row.pk, *(look.pk for look in row.looks.all())], mends=lambda _: []),
    )  # fmt: skip


def _head(asking: Asking, row: Redaction) -> Head:
    return Head(
        id=str(row.pk), number=row.number, title=f"遮挡副本 · {row.purpose}", state=state_of(row), due=_due(asking, row),
        actions=[*_checks(asking, row), *_provide(asking, row)],
        crumbs=[Link(label="音像资料", to="/recordings"), Link(label=row.recording.number, to=f"/recordings/{row.recording_id}")],
    )  # fmt: skip


def _due(asking: Asking, row: Redaction) -> Due | None:
    if row.state == Redaction.State.FAILED:
        return Due(says=f"没有制成：{row.trouble}", tone="breach")
    if row.state != Redaction.State.RENDERED or answer_of(row) is not None:
        return None
    checks = _checks(asking, row)
    says = "请看过副本，核对每一处都已遮好" if checks else "等另一人看过之后审核"
    return Due(says=says, tone="due", action=checks[0] if checks else None)


def _checks(asking: Asking, row: Redaction) -> list[Action]:
    if (
        row.state != Redaction.State.RENDERED
        or answer_of(row) is not None
        or not asking.may("redaction.check", row)
    ):
        return []
    own = "不能审核本人制作的副本" if row.drawn_by_id == asking.officer.pk else None
    return [
        Action(
            key="answer", label="审核", main=True, form_url=f"/redactions/{row.pk}/answer", unavailable=own
        )
    ]


def _provide(asking: Asking, row: Redaction) -> list[Action]:
    """The way out of the house, for a copy that another agreed to."""
    answer = answer_of(row)
    if (
        answer is None
        or answer.answer != RedactionAnswer.Answer.APPROVED
        or not asking.may("package.ask", row.recording)
    ):
        return []
    return [
        Action(key="provide", label="申请对外提供", form_url=f"/recordings/{row.recording_id}/copy-request")
    ]


def _track(row: Redaction) -> Track | None:
    """The copy for the player: it is registered before it plays, like an original."""
    if row.derived is None or tombstones_of([row.recording_id]):
        return None
    kind = "video" if row.derived.media_type.startswith("video") else "audio"
    return Track.model_validate(
        {
            "id": str(row.pk), "kind": kind, "mime": row.derived.media_type, "url": None, "unavailable": None, "label": row.number,
            "note": "这是遮挡副本，不是原件。", "open_url": f"/redactions/{row.pk}/looks", "poster": None,
            "started_at": row.recording.started_at or row.recording.received_at, "duration_seconds": rules.length_of(row.recording),
            "frame_rate": None,
        }
    )  # fmt: skip


def _hidden(masks: MaskList) -> list[HiddenShown]:
    boxes = [
        HiddenShown(
            kind="画面", start_seconds=m.begins, end_seconds=m.ends, reason=m.reason, made=_MADE[m.made]
        )
        for m in masks.masks
    ]
    mutes = [
        HiddenShown(
            kind=_SOUNDS[m.sound],
            start_seconds=m.begins,
            end_seconds=m.ends,
            reason=m.reason,
            made=_MADE["drawn"],
        )
        for m in masks.mutes
    ]
    return sorted([*boxes, *mutes], key=lambda one: one.start_seconds)


def _facts(asking: Asking, row: Redaction) -> list[Fact]:
    answer = answer_of(row)
    facts = [
        Fact(label="原件", value=row.recording.number, to=f"/recordings/{row.recording_id}"),
        Fact(label="为何制作", value=row.purpose),
        Fact(label="画出遮挡", value=f"{row.drawn_by.name}，{shown(row.drawn_at)}"),
    ]
    if row.derived is not None:
        facts += [
            Fact(label="制成", value=shown(row.derived.made_at), note=size_shown(row.derived.size)),
            Fact(label="副本 SHA-256", value=row.derived.sha256, mono=True),
        ]
    if answer is not None:
        facts.append(
            Fact(
                label="审核",
                value=f"{answer.by.name}，{shown(answer.at)}：{answer.get_answer_display()}",
                note=answer.reason or None,
            )
        )
    facts += [
        Fact(
            label="对外提供",
            value=one.package.number,
            note=f"给{one.package.recipient}",
            to=f"/packages/{one.package_id}",
        )
        for one in row.given_in.select_related("package").order_by("package__asked_at")
        if asking.may("package.view", one.package)
    ]
    return facts


def _proof(row: Redaction) -> list[Fact]:
    """What was measured when the copy was read back beside the original."""
    told = row.proof
    if not told:
        return []
    facts = []
    if told["pictures"]:
        facts += [
            Fact(label="比对画面", value=f"{told['pictures']:,} 幅", note=_converted(told["converted_from"])),
            Fact(label="遮挡之外", value=f"{told['pixels_outside']:,} 个像素值，与原件解码不同的 {told['differing_outside']:,} 个", tone="proven"),
            Fact(label="遮挡之内", value=f"{told['pixels_inside']:,} 个像素值，没有遮住的 {told['shown_inside']:,} 个", tone="proven"),
        ]  # fmt: skip
    if told["samples"]:
        equal = "其余与原件解码逐样相同" if told["sound_equal"] else "其余与原件解码不同"
        facts.append(
            Fact(label="比对声音", value=f"{told['samples']:,} 个采样，静音 {told['samples_muted']:,} 个，变声 {told.get('samples_disguised', 0):,} 个，{equal}", tone="proven")
        )  # fmt: skip
    return facts


def _converted(name: str) -> str | None:
    return f"原件画面是 {name}，先转为 8 位 4:2:0，再比对" if name else None
