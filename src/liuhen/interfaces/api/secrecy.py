"""Routes of secrets in a recording: pointing them out, marking them, lifting a mark; and what the recording's page shows of it."""

from typing import Annotated, Literal
from uuid import UUID

from django.http import HttpRequest
from pydantic import Field, StringConstraints

from liuhen.apps.access import secrecy as rules
from liuhen.apps.evidence import queries
from liuhen.apps.evidence.models import Recording
from liuhen.apps.evidence.naming import suspicions_about
from liuhen.apps.registry import queries as registry
from liuhen.engines.rules.recording_words import SECRETS
from liuhen.interfaces.api import fields, supplying
from liuhen.interfaces.api.answers import WrongFields
from liuhen.interfaces.api.gate import Asking, Routes, asked
from liuhen.interfaces.api.lists import Text, Told
from liuhen.interfaces.api.rail import done
from liuhen.interfaces.api.shapes import Action, Done, Form, State

routes = Routes("音像资料")
Said = Annotated[Text, StringConstraints(min_length=1, max_length=500)]
Secret = Literal["state_secret", "business_secret", "privacy"]


class PointedOut(Told):
    secret: Secret
    says: Said


class Marked(Told):
    secret: Secret
    persons: Annotated[list[UUID], Field(min_length=1, max_length=50)]
    says: Said


def actions(asking: Asking, row: Recording) -> list[Action]:
    """What this person may do about who sees the recording."""
    base, found = f"/recordings/{row.pk}", []
    if asking.may("recording.annotate", row):
        found.append(Action(key="secret", label="指出涉密", form_url=f"{base}/secret"))
    if asking.may("recording.mark", row):
        found.append(Action(key="secrecy-mark", label="保密标记", form_url=f"{base}/secrecy-mark"))
        if rules.secrecy_of([row.pk]).get(row.pk, rules.Secrecy()).marked:
            found.append(Action(key="secrecy-lift", label="解除标记", form_url=f"{base}/secrecy-lift"))
    return [*found, *supplying.actions(asking, row)]


def doubts(asking: Asking, row: Recording) -> list[State]:
    """What stands at the top of a recording's page: its marks, then what its name and times make one suspect."""
    standing = rules.secrecy_of([row.pk]).get(row.pk, rules.Secrecy())
    names = registry.names_of(UUID(one) for mark in standing.marked.values() for one in mark.persons)
    marks = [
        State(label=f"{SECRETS[kind]}，限 {'、'.join(names.get(UUID(p), '') for p in mark.persons)} 知悉", tone="breach", reason=mark.says)
        for kind, mark in sorted(standing.marked.items())
    ]  # fmt: skip
    open_ = [
        State(label=f"有人指出涉及{SECRETS[kind]}，尚未标记", tone="due")
        for kind in sorted(standing.told - standing.marked.keys())
    ]
    seen = suspicions_about(row, visible=queries.visible_to(asking.by, at=asking.at))
    return [*marks, *open_, *(State(label=label, tone="due", reason=says) for label, says in seen)]


@routes.get("/recordings/{uuid:recording}/secret", policy="recording.annotate", response=Form)
def secret_form(request: HttpRequest, recording: UUID) -> Form:
    row = _recording(asked(request), recording, to="recording.annotate")
    return Form(
        title=f"{row.number} 涉及秘密或者隐私", intro="指出之后，由有权的人标记并指定知悉范围。", submit="指出", url=f"/recordings/{recording}/secrets",
        fields=[fields.select("secret", "种类", fields.options(SECRETS)), fields.long("says", "哪一段、涉及什么")],
    )  # fmt: skip


@routes.post("/recordings/{uuid:recording}/secrets", policy="recording.annotate", response=Done)
def point_out(request: HttpRequest, recording: UUID, told: PointedOut) -> Done:
    asking = asked(request)
    row = rules.point_out(
        _recording(asking, recording), by=asking.by, secret=told.secret, says=told.says, at=asking.at
    )
    return done(f"已指出涉及{SECRETS[told.secret]}，待标记", about=row.pk)


@routes.get("/recordings/{uuid:recording}/secrecy-mark", policy="recording.mark", response=Form)
def mark_form(request: HttpRequest, recording: UUID) -> Form:
    asking = asked(request)
    row = _recording(asking, recording, to="recording.mark")
    return Form(
        title=f"{row.number} 保密标记", intro="标记之后，只有所列的人能播放、看缩略图，已经打开的播放随即中止；其他职务和审批都不能代替。所列的人以外，只有作标记、保管、处置和批准处置的职务知道有这一段：在其他人那里，列表、数目、检索、台账和地址中都没有它。正在办理与它有关的审批的人，请一并列入。",
        submit="作出标记", url=f"/recordings/{recording}/secrecy-marks",
        fields=[
            fields.select("secret", "种类", fields.options(SECRETS)), fields.many("persons", "知悉范围", fields.officers(row.agency_id), value=_maker(row)),
            fields.long("says", "理由"),
        ],
    )  # fmt: skip


def _maker(row: Recording) -> set[str]:
    """Whoever made it knows of it; whether he stays in the circle is for the one who marks."""
    return {str(row.officer_id)} if row.officer_id else set()


@routes.post("/recordings/{uuid:recording}/secrecy-marks", policy="recording.mark", response=Done)
def mark(request: HttpRequest, recording: UUID, told: Marked) -> Done:
    asking = asked(request)
    row = _recording(asking, recording)
    asking.require("recording.mark", row)
    people = [person for key in told.persons if (person := registry.officer(key)) is not None]
    if len(people) != len(told.persons):
        raise WrongFields("知悉范围里有名册以外的人", {"persons": "请从名册中选择。"})
    made = rules.mark_secret(
        row, by=asking.by, secret=told.secret, persons=people, says=told.says, at=asking.at
    )
    return done(f"已标记{SECRETS[told.secret]}", about=made.pk)


@routes.get("/recordings/{uuid:recording}/secrecy-lift", policy="recording.mark", response=Form)
def lift_form(request: HttpRequest, recording: UUID) -> Form:
    row = _recording(asked(request), recording, to="recording.mark")
    return Form(
        title=f"解除 {row.number} 的标记", intro="不能由作出标记的人解除。", submit="解除", url=f"/recordings/{recording}/secrecy-lift",
        fields=[fields.select("secret", "种类", fields.options(SECRETS)), fields.long("says", "理由")],
    )  # fmt: skip


@routes.post("/recordings/{uuid:recording}/secrecy-lift", policy="recording.mark", response=Done)
def lift(request: HttpRequest, recording: UUID, told: PointedOut) -> Done:
    asking = asked(request)
    row = _recording(asking, recording)
    asking.require("recording.mark", row)
    made = rules.lift_mark(row, by=asking.by, secret=told.secret, says=told.says, at=asking.at)
    return done(f"已解除{SECRETS[told.secret]}标记", about=made.pk)


def _recording(asking: Asking, key: UUID, *, to: str = "") -> Recording:
    visible = queries.visible_to(asking.by, at=asking.at)
    row: Recording = asking.found(visible, key, anyhow=queries.recordings(), action="recording.list")
    asking.check_form(to, row)
    return row
