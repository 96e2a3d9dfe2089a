"""当事人与其他人: entered when they become known, struck out where wrong; the case, its volume and its recordings follow."""

from datetime import datetime

import pytest
from tests.apps.steps import HOUR, last_line, opened_case, planned, received, refused
from tests.cast import Cast, as_actor

from liuhen.apps.casework.actions import link_recording
from liuhen.apps.casework.models import Case, CaseParty
from liuhen.apps.casework.parties import enter_party, parties_of, strike_party
from liuhen.apps.journal.models import Job
from liuhen.interfaces.office import Office


def named(case: Case) -> str:
    return Case.objects.get(pk=case.pk).party


@pytest.mark.clause("SUB-25")
def test_party_found_later_stands_on_the_case_and_its_recordings_are_judged_again(
    cast: Cast, office: Office, noon: datetime
) -> None:
    li, case = as_actor(cast.li), opened_case(cast, at=noon)
    row = received(cast, office, at=noon, device_serial=cast.camera.serial)
    link_recording(planned(cast, at=noon, case=case), by=li, recording=row, reasons=[], at=noon)
    before = named(case)
    enter_party(case, by=li, role="party", name=" 钱某 ", note="店主", at=noon + HOUR)
    assert named(case) == ("、".join(filter(None, [before, "钱某"])))
    assert last_line().verb == "party.entered"
    for kind, subject in (("case.judge", case.pk), ("recording.judge", row.pk)):
        assert Job.objects.filter(kind=kind, subject=subject, line=last_line().number).exists(), kind
    enter_party(case, by=li, role="witness", name="孙某", note="", at=noon + HOUR)
    assert "孙某" not in named(case)
    assert [one.name for one in parties_of(case.pk)][-2:] == ["钱某", "孙某"]


def test_one_entered_wrongly_is_struck_out_and_stays(cast: Cast, noon: datetime) -> None:
    li, case = as_actor(cast.li), opened_case(cast, at=noon)
    wrong = enter_party(case, by=li, role="party", name="钱某", note="", at=noon)
    refused(lambda: strike_party(wrong, by=li, why=" ", at=noon), says="没有写明撤销的原因")
    strike_party(wrong, by=li, why="同名的另一人", at=noon)
    refused(lambda: strike_party(wrong, by=li, why="x", at=noon), says="已经撤销")
    assert "钱某" not in named(case)
    assert CaseParty.objects.get(pk=wrong.pk).struck_why == "同名的另一人"
    enter_party(case, by=li, role="party", name="钱某", note="", at=noon)  # Found to be right after all.


def test_what_cannot_be_entered(cast: Cast, noon: datetime) -> None:
    li, case = as_actor(cast.li), opened_case(cast, at=noon)

    def enter(name: str, by: object = li) -> CaseParty:
        return enter_party(case, by=by, role="party", name=name, note="", at=noon)  # type: ignore[arg-type]

    refused(lambda: enter(" "), says="没有写明姓名")
    refused(lambda: enter("钱某", as_actor(cast.sun)), says="权限")
    enter("钱某")
    refused(lambda: enter("钱某"), says="已经登记")
    Case.objects.filter(pk=case.pk).update(stage="archived")
    case.refresh_from_db()
    refused(lambda: enter("孙某"), says="不能再更改当事人")


def test_many_parties_are_told_in_short(cast: Cast, noon: datetime) -> None:
    li, case = as_actor(cast.li), opened_case(cast, at=noon)
    already = len([one for one in [named(case)] if one])
    for number in range(30):
        enter_party(case, by=li, role="party", name=f"第{number}某某", note="", at=noon)
    assert named(case).endswith(f"等 {30 + already} 人")
    assert len(named(case)) <= 100
