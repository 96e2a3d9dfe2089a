"""交接：清单、两方签名、在途、不予接收；承办责任到接收人签名时才转移。"""

from datetime import datetime
from typing import Any

import pytest
from tests.apps.casework.test_case_papers import finished, verdict
from tests.apps.steps import HOUR, opened_case, planned, received, refused, verbs
from tests.cast import Cast, as_actor

from liuhen.apps.casework import actions as casework
from liuhen.apps.casework import handing
from liuhen.apps.casework.facts import facts_of_case
from liuhen.apps.casework.handing import Thing
from liuhen.apps.casework.models import Case, CaseHandover, HandoverSignature
from liuhen.apps.journal import queries as journal
from liuhen.apps.oversight.models import Finding
from liuhen.apps.registry.models import Officer
from liuhen.engines.rules import assess, combine_packs, load_pack
from liuhen.engines.rules.facts import Facts
from liuhen.engines.rules.verdicts import Verdict
from liuhen.interfaces.office import Office
from liuhen.server.paths import data_folder
from liuhen.server.works import works

INK = "M 1 1 L 9 9"
LAW = combine_packs([load_pack(data_folder("rulepacks") / "nandagang")])


@pytest.fixture
def case(cast: Cast, noon: datetime) -> Case:
    return opened_case(cast, at=noon)


def prepared(
    cast: Cast, case: Case, point: str, noon: datetime, *, receiver: Officer | None = None, **more: Any
) -> CaseHandover:
    told = {"outside": "", "things": [Thing("goods", "账册一本")], "note": ""} | more
    return handing.prepare_handover(
        case, by=as_actor(cast.li), point=point, giver=cast.li, receiver=receiver, at=noon, **told
    )


def signed(row: CaseHandover, who: Officer, at: datetime) -> HandoverSignature:
    return handing.sign_handover(row, by=as_actor(who), officer=who, seen=handing.seen_of(row), at=at)


def judged(row: CaseHandover, now: datetime) -> dict[str, Verdict]:
    (told,) = handing.facts_of_handovers([row])
    return (
        {one.rule_id: one.verdict for one in assess(LAW, facts=Facts(handover=told), now=now)} if told else {}
    )


@pytest.mark.clause("NDG-30", "NDG-7", "NDG-7.8")
def test_a_file_goes_to_the_legal_reviewer_and_is_his_when_both_have_signed(
    cast: Cast, office: Office, case: Case, noon: datetime
) -> None:
    paper = finished(cast, office, case, "evidence-list", at=noon)
    activity = planned(cast, cast.li, cast.wang, at=noon, case=case)
    recording = received(cast, office, at=noon)
    casework.link_recording(
        activity, by=as_actor(cast.li), recording=recording, reasons=[], is_evidence=True, at=noon
    )
    things = handing.offered(case, viewer=as_actor(cast.li), at=noon)
    assert [(one.sort, one.sha256) for one in things] == [
        ("document", paper.sha256),
        ("recording", recording.sha256),
    ]
    row = prepared(cast, case, "to_legal", noon, receiver=cast.chen, things=things)
    assert (handing.state_of(row), judged(row, noon)["case-files"]) == ("prepared", Verdict.PENDING)
    assert [one.pk for one in handing.awaited_of(cast.li.pk)] == [row.pk]
    refused(lambda: signed(row, cast.chen, noon), says="移交经办人还没有签名")
    signed(row, cast.li, noon)
    row.refresh_from_db()
    assert (handing.state_of(handing.handovers().get()), handing.awaited_of(cast.li.pk).count()) == (
        "on_its_way",
        0,
    )
    assert [one.pk for one in handing.awaited_of(cast.chen.pk)] == [row.pk]
    signed(row, cast.chen, noon + HOUR)
    fresh = handing.handovers().get()
    assert handing.state_of(fresh) == "done"
    assert judged(fresh, noon) == {"case-files": Verdict.MET, "time-of-handover": Verdict.MET}
    assert verbs(3) == ["case.handover-prepared", "case.handover-given", "case.handover-taken"]
    refused(lambda: signed(row, cast.chen, noon), says="已经签过")
    assert {"to_legal"} <= (facts_of_case(case).recorded or frozenset())
    assert list(journal.verify_rows([CaseHandover, HandoverSignature])) == []


@pytest.mark.clause("NDG-7.3")
def test_the_old_officer_answers_until_the_new_one_signs(cast: Cast, case: Case, noon: datetime) -> None:
    row = prepared(cast, case, "officer_change", noon, receiver=cast.zhang, things=[])
    assert row.things[0]["name"] == "本事项的全部材料和承办责任"
    signed(row, cast.li, noon)
    case.refresh_from_db()
    assert case.officer == cast.li
    assert (
        "officer_change" in (facts_of_case(case).recorded or ()),
        "officer_change" in (facts_of_case(case).occurred or ()),
    ) == (False, True)
    signed(row, cast.zhang, noon + HOUR)
    case.refresh_from_db()
    assert (case.officer, case.second_officer) == (cast.zhang, cast.wang)
    assert "officer_change" in (facts_of_case(case).recorded or ())
    refused(
        lambda: prepared(cast, case, "officer_change", noon, receiver=cast.wang, things=[]),
        says="权限",
    )


def test_the_second_officer_hands_over_his_own_place(cast: Cast, case: Case, noon: datetime) -> None:
    by = as_actor(cast.wang)
    told = {"outside": "", "things": [], "note": ""}
    row = handing.prepare_handover(
        case, by=by, point="officer_change", giver=cast.wang, receiver=cast.zhang, at=noon, **told
    )
    again = handing.prepare_handover(
        case, by=by, point="officer_change", giver=cast.wang, receiver=cast.zhang, at=noon, **told
    )
    for one in (row, again):
        signed(one, cast.wang, noon)
    signed(row, cast.zhang, noon)
    case.refresh_from_db()
    assert (case.officer, case.second_officer) == (cast.li, cast.zhang)
    refused(lambda: signed(again, cast.zhang, noon), says="已经不是承办人")


@pytest.mark.clause("NDG-28", "NDG-31")
@pytest.mark.parametrize(("point", "rule"), [("with_party", "with-party"), ("external", "outside-bodies")])
def test_somebody_outside_signs_on_the_screen_of_the_giver(
    cast: Cast, case: Case, point: str, rule: str, noon: datetime
) -> None:
    row = prepared(cast, case, point, noon, outside="某区人民检察院")
    seen = handing.seen_of(row)

    def taken(who: Officer, name: str = "钱某", image: str = INK, told: str = seen) -> HandoverSignature:
        return handing.sign_for_outside(row, by=as_actor(who), name=name, image=image, seen=told, at=noon)

    refused(lambda: taken(cast.li), says="移交经办人还没有签名")
    signed(row, cast.li, noon)
    refused(lambda: taken(cast.li, image=""), says="没有笔迹")
    refused(lambda: taken(cast.li, told="0" * 64), says="不是现在这一份")
    refused(lambda: taken(cast.wang), says="权限")
    assert judged(handing.handovers().get(), noon)[rule] is Verdict.PENDING
    taken(cast.li)
    assert judged(handing.handovers().get(), noon)[rule] is Verdict.MET


@pytest.mark.clause("NDG-7.7")
def test_what_is_not_taken_over_stays_and_did_not_occur(
    cast: Cast, office: Office, case: Case, noon: datetime
) -> None:
    row = prepared(cast, case, "transfer", noon, receiver=cast.zhang)
    signed(row, cast.li, noon)
    seen = handing.seen_of(row)
    told = {"seen": seen, "at": noon}
    refused(
        lambda: handing.refuse_handover(
            row, by=as_actor(cast.li), officer=cast.li, name="李", reason="x", **told
        ),
        says="接收人本人",
    )
    refused(
        lambda: handing.refuse_handover(
            row, by=as_actor(cast.zhang), officer=cast.zhang, name="张", reason=" ", **told
        ),
        says="理由",
    )
    handing.refuse_handover(
        row, by=as_actor(cast.zhang), officer=cast.zhang, name="张", reason="账册缺页", **told
    )
    fresh = handing.handovers().get()
    assert (handing.state_of(fresh), judged(fresh, noon)) == ("refused", {})
    assert "transfer" not in (facts_of_case(case).occurred or ())
    works(office)["handover.judge"](row.pk)
    assert not Finding.objects.filter(subject=row.pk).exists()
    outside = prepared(cast, case, "external", noon, outside="某法院")
    signed(outside, cast.li, noon)
    told = {"seen": handing.seen_of(outside), "at": noon}
    handing.refuse_handover(
        outside, by=as_actor(cast.li), officer=cast.li, name="钱某", reason="材料不全", **told
    )
    assert handing.state_of(handing.handovers().get(pk=outside.pk)) == "refused"


@pytest.mark.clause(
    "NDG-7", "NDG-7.1", "NDG-7.2", "NDG-7.3", "NDG-7.4", "NDG-7.5", "NDG-7.6", "NDG-7.7", "NDG-7.8", "NDG-7.9",
)  # fmt: skip
def test_each_point_that_occurred_has_its_handover_before_the_case_is_filed(
    cast: Cast, case: Case, noon: datetime
) -> None:
    points = (
        "dispatch",
        "acceptance",
        "evidence",
        "measure",
        "cooperation",
        "transfer",
        "review",
        "other",
        "officer_change",
    )
    rows = [prepared(cast, case, point, noon, receiver=cast.zhang) for point in points]
    Case.objects.filter(pk=case.pk).update(archived_at=noon)
    case.refresh_from_db()
    for row in rows:
        found, reason = verdict("nandagang", "nine-points", case, noon)
        assert (found, row.get_point_display()[:2] in reason) == (Verdict.BREACHED, True)
        signed(row, cast.li, noon)
        signed(row, cast.zhang, noon)
    assert verdict("nandagang", "nine-points", case, noon)[0] is Verdict.MET


@pytest.mark.parametrize(
    ("told", "says"),
    [
        ({"point": "review"}, "写明一个"),
        ({"point": "review", "receiver": "zhang", "outside": "某法院"}, "写明一个"),
        ({"point": "external", "receiver": "zhang"}, "外单位"),
        ({"point": "review", "outside": "某法院"}, "本机关的接收人"),
        ({"point": "review", "receiver": "li"}, "另一人"),
        ({"point": "review", "receiver": "zhang", "things": []}, "清单是空的"),
    ],
)
def test_a_list_says_what_goes_to_whom(
    cast: Cast, case: Case, told: dict[str, Any], says: str, noon: datetime
) -> None:
    given = told | ({"receiver": getattr(cast, told["receiver"])} if "receiver" in told else {})
    point = given.pop("point")
    refused(lambda: prepared(cast, case, point, noon, **given), says=says)
