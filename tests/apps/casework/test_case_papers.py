"""案件的文书和办案内容：文书表明什么，人登记什么，审查决定按次序，制度就此作出结论。"""

from datetime import datetime, timedelta

import pytest
from tests.apps.steps import opened_case, planned
from tests.cast import Cast, as_actor

from liuhen.apps.casework import actions as casework
from liuhen.apps.casework import facts
from liuhen.apps.casework.models import Activity, Case, ContentEntry
from liuhen.apps.casework.queries import case_of_paper
from liuhen.apps.documents import actions, signing
from liuhen.apps.documents.models import Document, Signature
from liuhen.apps.documents.signing import Hand
from liuhen.apps.journal import queries as journal
from liuhen.apps.oversight.models import Finding
from liuhen.apps.registry import actions as registry
from liuhen.apps.registry.models import Officer
from liuhen.engines.forms import load_forms
from liuhen.engines.rules import assess, combine_packs, load_pack
from liuhen.engines.rules.facts import Facts
from liuhen.engines.rules.verdicts import Verdict
from liuhen.interfaces.office import Office
from liuhen.kernel.actors import OPERATOR
from liuhen.kernel.errors import Refused
from liuhen.server.paths import data_folder
from liuhen.server.works import works

INK = "M 1 1 L 9 9"
HOUR = timedelta(hours=1)


def finished(cast: Cast, office: Office, about: Case | Activity, name: str, *, at: datetime) -> Document:
    """One document, filled, signed in every place and locked."""
    form = load_forms(office.forms)[name]
    values = {
        f.name: at.isoformat() if f.kind == "moment" else f.options[0].code if f.options else "甲"
        for f in form.field
    }
    author = cast.chen if form.writer else cast.li
    paper = actions.draft_document(
        about, by=as_actor(author), officer=author, unit=cast.team, form=form, values=values, at=at
    )
    own: dict[str, tuple[Officer, ...]] = {
        "officer": (cast.li, cast.wang), "server": (cast.li,), "giver": (cast.li,), "head": (cast.zhang,), "legal": (cast.chen,),
    }  # fmt: skip
    for slot in form.signature:
        for who in own.get(slot.role, ()):
            signing.sign_document(
                paper, by=as_actor(who), officer=who, role=slot.role, form=form, at=at, image=INK
            )
        if slot.role not in own:
            means = Signature.Means.SEAL if slot.role == "agency" else Signature.Means.SIGN
            signing.sign_by_hand(
                paper, by=as_actor(cast.li), role=slot.role, form=form, hand=Hand("钱某", means, INK), at=at
            )
    return actions.finalise_document(paper, by=as_actor(author), form=form, least={}, clause="", at=at)


def verdict(pack: str, rule: str, case: Case, now: datetime) -> tuple[Verdict, str]:
    law = combine_packs([load_pack(data_folder("rulepacks") / pack)])
    told = assess(law, facts=Facts(case=facts.facts_of_case(case)), now=now)
    (found,) = [one for one in told if one.rule_id == rule]
    return found.verdict, found.reason


@pytest.fixture
def case(cast: Cast, noon: datetime) -> Case:
    return opened_case(cast, at=noon)


def in_turn(cast: Cast, office: Office, case: Case, names: list[str], noon: datetime) -> None:
    for hour, name in enumerate(names):
        finished(cast, office, case, name, at=noon + hour * HOUR)


@pytest.mark.clause("SUB-8", "SUB-8.1", "SUB-8.2", "SUB-8.3", "SUB-8.4", "SUB-8.5")
def test_steps_of_the_decision_are_taken_by_their_documents_in_order(
    cast: Cast, office: Office, case: Case, noon: datetime
) -> None:
    in_turn(cast, office, case, ["proposal", "intended-decision", "legal-review"], noon)
    assert facts.facts_of_case(case).steps == ("proposal", "intended", "legal_review")
    assert verdict("subdistrict", "decision-steps", case, noon)[0] is Verdict.PENDING
    casework.enter_contents(case, by=as_actor(cast.li), answers={"major": "occurred"}, note="", at=noon)
    found, reason = verdict("subdistrict", "decision-steps", case, noon)
    assert (found, "集体讨论" in reason) == (Verdict.PENDING, True)


@pytest.mark.clause("SUB-8.5")
def test_approval_before_the_review_is_out_of_order(
    cast: Cast, office: Office, case: Case, noon: datetime
) -> None:
    in_turn(cast, office, case, ["proposal", "legal-review", "intended-decision"], noon)
    found, reason = verdict("subdistrict", "decision-steps", case, noon)
    assert (found, "拟办决定" in reason) == (Verdict.BREACHED, True)


@pytest.mark.clause("SUB-6", "SUB-6.1", "SUB-7", "SUB-7.2", "SUB-7.4", "SUB-7.11", "SUB-9", "SUB-9.2")
def test_contents_are_there_by_documents_or_by_what_somebody_entered(
    cast: Cast, office: Office, case: Case, noon: datetime
) -> None:
    activity = planned(cast, cast.li, cast.wang, at=noon, case=case)
    finished(cast, office, activity, "interview", at=noon)
    finished(cast, office, case, "evidence-list", at=noon)
    finished(cast, office, case, "start-approval", at=noon)
    told = facts.facts_of_case(case)
    assert {"questioning", "officers_shown", "evidence", "source", "reason"} <= (told.recorded or frozenset())
    assert {"questioning", "obtaining", "ex_officio"} <= (told.occurred or frozenset())
    assert {"interview", "evidence_list", "other"} == told.documents
    assert verdict("subdistrict", "start-content", case, noon)[0] is Verdict.MET
    found, reason = verdict("subdistrict", "investigation-content", case, noon)
    assert (found, "抽样取证" in reason, "询问" in reason) == (Verdict.PENDING, True, False)
    left = dict.fromkeys(
        (
            "inspection",
            "sampling",
            "testing",
            "preservation",
            "measures",
            "rights",
            "hearing",
            "other_investigation",
        ),
        "absent",
    )
    casework.enter_contents(
        case, by=as_actor(cast.li), answers=left, note="没有采取，见调查报告第 2 页", at=noon
    )
    assert verdict("subdistrict", "investigation-content", case, noon)[0] is Verdict.MET
    casework.enter_contents(case, by=as_actor(cast.li), answers={"sampling": "open"}, note="", at=noon + HOUR)
    assert verdict("subdistrict", "investigation-content", case, noon)[0] is Verdict.PENDING
    assert list(journal.verify_rows([ContentEntry])) == []


@pytest.mark.clause("SUB-7")
def test_decided_without_its_contents_is_a_breach_and_judged_when_the_decision_is_locked(
    cast: Cast, office: Office, case: Case, noon: datetime
) -> None:
    decision = finished(cast, office, case, "decision", at=noon)
    works(office)["document.judge"](decision.pk)
    found = {f.rule: f.verdict for f in Finding.objects.filter(subject=case.pk)}
    if any(rule.id == "investigation-content" for pack in cast.law.packs for rule in pack.rules):
        assert found["investigation-content"] == "不符合"
    assert facts.facts_of_case(case).decided_at == noon
    assert verdict("subdistrict", "investigation-content", case, noon)[0] is Verdict.BREACHED


@pytest.mark.clause("NDG-18", "NDG-18.2", "NDG-18.4", "NDG-21")
def test_each_method_of_taking_evidence_has_its_document(
    cast: Cast, office: Office, case: Case, noon: datetime
) -> None:
    finished(cast, office, case, "sampling-notice", at=noon)
    finished(cast, office, case, "measure", at=noon)
    found, reason = verdict("nandagang", "methods-and-documents", case, noon)
    assert (found, "物品清单" in reason) == (Verdict.PENDING, True)
    finished(cast, office, case, "item-list", at=noon)
    assert verdict("nandagang", "methods-and-documents", case, noon)[0] is Verdict.MET


@pytest.mark.clause(
    "NDG-8bis", "NDG-8bis.a", "NDG-8bis.b", "NDG-8bis.c", "NDG-8bis.d", "NDG-8bis.e", "SUB-6.2"
)
def test_application_is_registered_receipted_supplemented_once_and_decided(
    cast: Cast, office: Office, noon: datetime
) -> None:
    case = casework.open_case(
        cast.team, by=as_actor(cast.li), category="permit", start_mode="on_application", cause="占用城市道路许可", officer=cast.li, at=noon
    )  # fmt: skip
    finished(cast, office, case, "application", at=noon)
    finished(cast, office, case, "supplement-notice", at=noon)
    found, reason = verdict("nandagang", "application-content", case, noon)
    assert (found, "回执" in reason) == (Verdict.PENDING, True)
    finished(cast, office, case, "receipt", at=noon)
    finished(cast, office, case, "acceptance", at=noon)
    assert verdict("nandagang", "application-content", case, noon)[0] is Verdict.MET
    casework.enter_contents(case, by=as_actor(cast.li), answers={"corrected": "occurred"}, note="", at=noon)
    assert verdict("nandagang", "application-content", case, noon)[0] is Verdict.PENDING
    casework.enter_contents(
        case, by=as_actor(cast.li), answers={"correction": "recorded"}, note="登记表第 6 栏", at=noon
    )
    assert verdict("nandagang", "application-content", case, noon)[0] is Verdict.MET
    assert verdict("nandagang", "told-once", case, noon)[0] is Verdict.MET
    finished(cast, office, case, "supplement-notice", at=noon)
    assert verdict("nandagang", "told-once", case, noon)[0] is Verdict.BREACHED


@pytest.mark.clause("NDG-9", "NDG-9.a", "NDG-17")
def test_real_name_complaint_that_is_not_started_is_told_in_writing(
    cast: Cast, office: Office, noon: datetime
) -> None:
    case = casework.open_case(
        cast.team, by=as_actor(cast.li), category="penalty", start_mode="on_complaint", cause="噪声扰民", officer=cast.li, at=noon
    )  # fmt: skip
    assert verdict("nandagang", "complaint-decided", case, noon)[0] is Verdict.PENDING
    finished(cast, office, case, "complaint", at=noon)
    assert verdict("nandagang", "complaint-decided", case, noon)[0] is Verdict.MET
    finished(cast, office, case, "complaint-notice", at=noon)
    assert verdict("nandagang", "real-name-told", case, noon)[0] is Verdict.MET
    assert verdict("nandagang", "rights-told", case, noon)[0] is Verdict.PENDING
    finished(cast, office, case, "rights-notice", at=noon)
    assert verdict("nandagang", "rights-told", case, noon)[0] is Verdict.MET


@pytest.mark.clause("SUB-9", "SUB-9.1", "SUB-9.3", "SUB-9.4")
def test_confiscated_goods_want_their_record_once_something_was_confiscated(
    cast: Cast, office: Office, case: Case, noon: datetime
) -> None:
    finished(cast, office, case, "service-receipt", at=noon)
    finished(cast, office, case, "performance", at=noon)
    casework.enter_contents(
        case, by=as_actor(cast.li), answers={"other_execution": "absent"}, note="无", at=noon
    )
    assert verdict("subdistrict", "execution-content", case, noon)[0] is Verdict.MET
    casework.enter_contents(case, by=as_actor(cast.li), answers={"confiscated": "occurred"}, note="", at=noon)
    assert verdict("subdistrict", "execution-content", case, noon)[0] is Verdict.PENDING
    finished(cast, office, case, "confiscated-goods", at=noon)
    assert verdict("subdistrict", "execution-content", case, noon)[0] is Verdict.MET


def test_what_is_said_without_a_reason_or_without_a_change_is_not_entered(
    cast: Cast, case: Case, noon: datetime
) -> None:
    li = as_actor(cast.li)
    with pytest.raises(Refused, match="须写明说明"):
        casework.enter_contents(case, by=li, answers={"sampling": "absent"}, note=" ", at=noon)
    casework.enter_contents(case, by=li, answers={"sampling": "absent"}, note="无须抽样", at=noon)
    with pytest.raises(Refused, match="没有要登记的更改"):
        casework.enter_contents(case, by=li, answers={"sampling": "absent"}, note="无须抽样", at=noon)
    with pytest.raises(Refused, match="权限"):
        casework.enter_contents(case, by=as_actor(cast.sun), answers={"sampling": "open"}, note="", at=noon)


def test_paper_belongs_to_the_case_of_its_activity(
    cast: Cast, office: Office, case: Case, noon: datetime
) -> None:
    activity = planned(cast, cast.li, cast.wang, at=noon, case=case)
    alone = planned(cast, cast.li, cast.wang, at=noon)
    for about, found in ((activity, case), (case, case), (alone, None)):
        assert case_of_paper(finished(cast, office, about, "item-list", at=noon)) == found


@pytest.mark.clause("SUB-7.1", "SUB-7.3", "SUB-7.5", "SUB-7.6", "SUB-7.7", "SUB-7.8", "SUB-7.9", "SUB-7.10")
@pytest.mark.parametrize(
    ("form", "label"),
    [
        ("interview", "执法人员姓名"),
        ("inspection-record", "现场检查或者勘验"),
        ("sampling-notice", "抽样取证"),
        ("appraisal", "检验、检测"),
        ("preservation", "证据保全"),
        ("measure", "行政强制措施"),
        ("rights-notice", "告知权利"),
        ("hearing-record", "听证、论证"),
    ],
)
def test_finished_document_records_its_content_of_the_investigation(
    cast: Cast, office: Office, case: Case, noon: datetime, form: str, label: str
) -> None:
    activity = planned(cast, cast.li, cast.wang, at=noon, case=case)
    about = case if "case" in load_forms(office.forms)[form].about else activity
    assert label in verdict("subdistrict", "investigation-content", case, noon)[1]
    finished(cast, office, about, form, at=noon)
    assert label not in verdict("subdistrict", "investigation-content", case, noon)[1]


@pytest.mark.clause("SUB-8.6", "SUB-9.5")
@pytest.mark.parametrize(
    ("rule", "code", "label"),
    [
        ("decision-content", "other_decision", "其他决定内容"),
        ("execution-content", "other_execution", "其他执行内容"),
    ],
)
def test_other_content_is_entered_or_said_not_to_have_occurred(
    cast: Cast, case: Case, noon: datetime, rule: str, code: str, label: str
) -> None:
    assert label in verdict("subdistrict", rule, case, noon)[1]
    casework.enter_contents(
        case, by=as_actor(cast.li), answers={code: "absent"}, note="没有其他内容", at=noon
    )
    assert label not in verdict("subdistrict", rule, case, noon)[1]


@pytest.mark.clause("NDG-18.3", "NDG-18.5", "NDG-18.6", "NDG-18.7")
@pytest.mark.parametrize(
    ("forms", "beside"),
    [
        (["inspection-record"], ""),
        (["defence-record", "rights-notice"], "权利告知书"),
        (["hearing-record"], ""),
        (["appraisal"], ""),
    ],
)
def test_method_is_shown_by_its_document_and_asks_for_those_beside_it(
    cast: Cast, office: Office, case: Case, noon: datetime, forms: list[str], beside: str
) -> None:
    activity = planned(cast, cast.li, cast.wang, at=noon, case=case)
    for number, form in enumerate(forms):
        about = case if "case" in load_forms(office.forms)[form].about else activity
        finished(cast, office, about, form, at=noon)
        found, reason = verdict("nandagang", "methods-and-documents", case, noon)
        if number < len(forms) - 1:
            assert (found, beside in reason) == (Verdict.PENDING, True)
    assert found is Verdict.MET


@pytest.mark.clause("NDG-29")
def test_finished_approval_lies_printed_with_the_case(
    cast: Cast, office: Office, case: Case, noon: datetime
) -> None:
    registry.appoint(cast.wang, by=OPERATOR, role="deputy_head", unit=cast.team, since=noon, at=noon)
    form = load_forms(office.forms)["internal-approval"]
    values = {f.name: noon.isoformat() if f.kind == "moment" else "甲" for f in form.field}
    paper = actions.draft_document(
        case, by=as_actor(cast.li), officer=cast.li, unit=cast.team, form=form, values=values, at=noon
    )
    signing.sign_document(paper, by=as_actor(cast.li), officer=cast.li, role="officer", form=form, at=noon)
    for head in (cast.zhang, cast.wang):
        signing.sign_document(paper, by=as_actor(head), officer=head, role="head", form=form, at=noon)
    assert "printed_approval" not in (facts.facts_of_case(case).documents or ())
    actions.finalise_document(paper, by=as_actor(cast.li), form=form, least={}, clause="", at=noon)
    told = facts.facts_of_case(case)
    assert {"internal_approval", "printed_approval"} <= (told.documents or frozenset())
    assert "approved" in (told.occurred or ())


@pytest.mark.clause("NDG-20", "NDG-20.1", "NDG-20.2", "NDG-20.3")
@pytest.mark.parametrize(
    ("left_out", "label"), [("reason", "启动理由"), ("object", "保全的标的"), ("form", "保全的形式")]
)
def test_preservation_names_reason_object_and_form(
    cast: Cast, office: Office, case: Case, noon: datetime, left_out: str, label: str
) -> None:
    form = load_forms(office.forms)["preservation"]
    values = {f.name: noon.isoformat() if f.kind == "moment" else "甲" for f in form.field}
    paper = actions.draft_document(
        case,
        by=as_actor(cast.li),
        officer=cast.li,
        unit=cast.team,
        form=form,
        values={**values, left_out: ""},
        at=noon,
    )
    law = combine_packs([load_pack(data_folder("rulepacks") / "nandagang")])

    def judged() -> tuple[Verdict, str]:
        (told,) = facts.facts_of_documents([Document.objects.get(pk=paper.pk)])
        found = assess(law, facts=Facts(document=told), now=noon)
        (one,) = [judgement for judgement in found if judgement.rule_id == "preservation-content"]
        return one.verdict, one.reason

    assert (judged()[0], label in judged()[1]) == (Verdict.PENDING, True)
    actions.fill_document(paper, by=as_actor(cast.li), form=form, values=values, at=noon)
    assert judged()[0] is Verdict.MET


@pytest.mark.clause("SUB-14")
def test_hearing_record_is_signed_by_those_who_took_part(
    cast: Cast, office: Office, case: Case, noon: datetime
) -> None:
    activity = planned(cast, cast.li, cast.wang, at=noon, case=case)
    form, li = load_forms(office.forms)["hearing-record"], as_actor(cast.li)
    values = {f.name: noon.isoformat() if f.kind == "moment" else "甲" for f in form.field}
    paper = actions.draft_document(
        activity, by=li, officer=cast.li, unit=cast.team, form=form, values=values, at=noon
    )
    signing.sign_document(paper, by=li, officer=cast.li, role="officer", form=form, at=noon)
    with pytest.raises(Refused, match="听证参加人签名"):
        actions.finalise_document(paper, by=li, form=form, least={}, clause="", at=noon)
    for name in ("钱某", "孔某"):
        signing.sign_by_hand(
            paper, by=li, role="participants", form=form, hand=Hand(name, image=INK), at=noon
        )
    actions.finalise_document(paper, by=li, form=form, least={}, clause="", at=noon)
    (told,) = facts.facts_of_documents([Document.objects.get(pk=paper.pk)])
    law = combine_packs([load_pack(data_folder("rulepacks") / "subdistrict")])
    found = {one.rule_id: one.verdict for one in assess(law, facts=Facts(document=told), now=noon)}
    assert found["hearing-signed"] is Verdict.MET
