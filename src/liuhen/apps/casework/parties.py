"""当事人与其他人 of a case: entered when they become known, struck out with a reason where one was entered wrongly."""

from datetime import datetime
from uuid import UUID

from liuhen.apps.casework.linking import live_case_links, live_links
from liuhen.apps.casework.models import Case, CaseParty
from liuhen.apps.casework.recusing import check_not_recused
from liuhen.apps.evidence.models import Recording
from liuhen.apps.journal.actions import Pen, act
from liuhen.apps.registry.permission import allow
from liuhen.apps.search.actions import keep
from liuhen.kernel.actors import Actor
from liuhen.kernel.errors import Refused

# Whose names stand on the case itself, its volume and its papers.
_NAMED = (CaseParty.Role.PARTY, CaseParty.Role.APPLICANT)
_ENDED = (Case.Stage.ARCHIVED, Case.Stage.TRANSFERRED)
_ROOM = 100


def enter_party(case: Case, *, by: Actor, role: str, name: str, note: str, at: datetime) -> CaseParty:
    """Put down somebody of the case. Raises `Refused` for the same person twice, and once the case has left the house."""
    allow(by, "case.write", on=case, at=at)
    if not name.strip():
        raise Refused("没有写明姓名或者名称", do="请填写；身份不明的，写明特征并在查明之后另行登记。")
    with act("party.entered", by=by, at=at, agency=case.agency_id) as line:
        case = _held(case, by)
        if any(row.role == role and row.name == name.strip() for row in parties_of(case.pk)):
            raise Refused(f"{name.strip()}已经登记", do="无需重复登记。")
        _from_the_start(case, line, by=by, at=at)
        row = CaseParty(case=case, role=role, name=name.strip(), note=note.strip(), at=at, by=by.id)
        row.save(force_insert=True)
        line.about(row)
        _rename(case, line)
    return row


def strike_party(row: CaseParty, *, by: Actor, why: str, at: datetime) -> None:
    """Somebody was entered wrongly: the row stays, struck out."""
    allow(by, "case.write", on=row.case, at=at)
    if not why.strip():
        raise Refused("没有写明撤销的原因", do="请写明登记错在哪里。")
    with act("party.withdrawn", by=by, at=at, agency=row.case.agency_id) as line:
        case = _held(row.case, by)
        row.refresh_from_db()
        if row.struck_at is not None:
            raise Refused(f"{row.name}的登记已经撤销", do="请刷新页面查看。")
        row.struck_at, row.struck_by, row.struck_why = at, by.id, why.strip()
        row.save(update_fields=["struck_at", "struck_by", "struck_why"])
        line.about(row)
        _rename(case, line)


def parties_of(case: UUID) -> list[CaseParty]:
    """Who stands in the case now, in the order of entering."""
    return list(CaseParty.objects.filter(case=case, struck_at=None).order_by("at", "pk"))


def party(key: UUID) -> CaseParty | None:
    return CaseParty.objects.select_related("case__unit", "case__agency").filter(pk=key).first()


def _held(case: Case, by: Actor) -> Case:
    """The case as it is now, held until the act is done, so that two hands at once lose no name."""
    held = Case.objects.select_for_update().get(pk=case.pk)
    check_not_recused(held, by)
    if held.stage in _ENDED:
        raise Refused(
            f"{held.number} 已经{held.get_stage_display()}，不能再更改当事人",
            do="确有错误的，请另作情况说明附卷。",
        )
    return held


def _from_the_start(case: Case, line: Pen, *, by: Actor, at: datetime) -> None:
    """Who was named when the case was opened becomes a row of his own, so that the names can be told anew from the rows."""
    if not case.party or CaseParty.objects.filter(case=case).exists():
        return
    role = CaseParty.Role.APPLICANT if case.start_mode == Case.Start.ON_APPLICATION else CaseParty.Role.PARTY
    first = CaseParty(case=case, role=role, name=case.party, note="启动事项时写明", at=at, by=by.id)
    first.save(force_insert=True)
    line.about(first)


def _rename(case: Case, line: Pen) -> None:
    """The case bears the names of those it is about; everything that is found or judged by them follows."""
    names = [row.name for row in parties_of(case.pk) if row.role in _NAMED]
    told = "、".join(names)
    case.party = told if len(told) <= _ROOM else f"{names[0][: _ROOM - 12]}等 {len(names)} 人"
    case.save(update_fields=["party"])
    line.about(case)
    keep(case)
    line.schedule("case.judge", case)
    through = live_links().filter(activity__case=case).values("recording")
    straight = live_case_links().filter(case=case).values("recording")
    for recording in Recording.objects.filter(pk__in=through.union(straight)):
        line.schedule("recording.judge", recording)
