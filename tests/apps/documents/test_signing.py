"""签名、拒签、捺印：谁可以签在哪里，拒签的注明，改动处和骑缝的印记，定稿前都要具备。"""

from datetime import datetime, timedelta

import pytest
from tests.apps.steps import opened_case, planned
from tests.cast import Cast, as_actor

from liuhen.apps.casework.facts import facts_of_documents
from liuhen.apps.documents import actions, queries, signing
from liuhen.apps.documents.models import Content, Document, Mark, Signature
from liuhen.apps.documents.signing import Hand
from liuhen.apps.journal import queries as journal
from liuhen.engines.forms import Filled, Form, load_forms
from liuhen.engines.rules.office_facts import DocumentFacts
from liuhen.interfaces.office import Office
from liuhen.kernel.errors import Malformed, Refused

STROKES = "M 1 1 L 40 40"
PARTY = Hand("钱某", image=STROKES)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def interview(office: Office) -> Form:
    return load_forms(office.forms)["interview"]


@pytest.fixture
def paper(cast: Cast, interview: Form, noon: datetime) -> Document:
    activity = planned(cast, cast.li, cast.wang, at=noon)
    return _draft(cast, interview, activity, noon)


def _draft(cast: Cast, form: Form, about: object, noon: datetime, **more: str) -> Document:
    values = {f.name: noon.isoformat() if f.kind == "moment" else "甲" for f in form.field if not f.options}
    author = cast.chen if form.writer else cast.li
    return actions.draft_document(
        about, by=as_actor(author), officer=author, unit=cast.team, form=form, values={**values, **more}, at=noon  # type: ignore[arg-type]
    )  # fmt: skip


def both_sign(cast: Cast, paper: Document, form: Form, at: datetime) -> None:
    for who in (cast.li, cast.wang):
        signing.sign_document(
            paper, by=as_actor(who), officer=who, role="officer", form=form, at=at, image=STROKES
        )


def known(paper: Document) -> DocumentFacts:
    (told,) = facts_of_documents([Document.objects.get(pk=paper.pk)])
    assert told
    return told


@pytest.mark.clause("NDG-16", "NDG-18.1", "NDG-18.p2", "SUB-12", "SUB-7.2")
def test_party_signs_on_the_officers_screen_and_the_line_names_both(
    cast: Cast, paper: Document, interview: Form, noon: datetime
) -> None:
    li = as_actor(cast.li)
    both_sign(cast, paper, interview, noon)
    with pytest.raises(Refused, match="需 1 名被询问人签名"):
        actions.finalise_document(paper, by=li, form=interview, least={}, clause="", at=noon)
    signed = signing.sign_by_hand(paper, by=li, role="party", form=interview, hand=PARTY, at=noon)
    assert (signed.officer, signed.name, signed.means) == (None, "钱某", "sign")
    actions.finalise_document(paper, by=li, form=interview, least={}, clause="", at=noon)
    told = known(paper)
    assert (told.signed, told.officer_signatures, told.refused) == (
        frozenset({"officer", "party"}),
        2,
        frozenset[str](),
    )
    assert {"count", "names", "card_numbers", "shown", "format_version"} <= (told.fields or frozenset())
    assert list(journal.verify_rows([Document, Signature, Content])) == []


@pytest.mark.clause("NDG-18.p3", "SUB-12.a")
def test_refusal_is_noted_on_the_paper_and_may_take_two_officers(
    cast: Cast, paper: Document, interview: Form, noon: datetime
) -> None:
    li = as_actor(cast.li)
    with pytest.raises(Refused, match="原因"):
        signing.note_refusal(
            paper, by=li, officer=cast.li, role="party", name="钱某", reason=" ", form=interview, at=noon
        )
    signing.note_refusal(
        paper, by=li, officer=cast.li, role="party", name="钱某", reason="阅后拒绝", form=interview, at=noon
    )
    with pytest.raises(Refused, match="已注明"):
        signing.sign_by_hand(paper, by=li, role="party", form=interview, hand=PARTY, at=noon)
    told = known(paper)
    assert (told.refused, told.refusal_noted, told.signed) == (frozenset({"party"}), True, frozenset[str]())
    with pytest.raises(Refused, match="需 2 名"):
        actions.finalise_document(paper, by=li, form=interview, least={"party": 1}, clause="", at=noon)
    both_sign(cast, paper, interview, noon)
    done = actions.finalise_document(paper, by=li, form=interview, least={"party": 1}, clause="", at=noon)
    assert (queries.print_of(done) or b"").startswith(b"%PDF-")


def test_nobody_signs_in_anothers_place(cast: Cast, paper: Document, interview: Form, noon: datetime) -> None:
    li = as_actor(cast.li)
    with pytest.raises(Refused, match="他人的签名处"):
        signing.sign_document(paper, by=li, officer=cast.li, role="party", form=interview, at=noon)
    with pytest.raises(Refused, match="本人账户"):
        signing.sign_by_hand(paper, by=li, role="officer", form=interview, hand=PARTY, at=noon)
    with pytest.raises(Refused, match="不能以注明代替"):
        signing.note_refusal(
            paper, by=li, officer=cast.li, role="officer", name="王", reason="忙", form=interview, at=noon
        )
    with pytest.raises(Refused, match="没有写明"):
        signing.sign_by_hand(
            paper, by=li, role="party", form=interview, hand=Hand(" ", image=STROKES), at=noon
        )
    with pytest.raises(Refused, match="没有笔迹、指印"):
        signing.sign_by_hand(paper, by=li, role="party", form=interview, hand=Hand("钱某"), at=noon)
    with pytest.raises(Malformed, match="格式不对"):
        signing.sign_by_hand(
            paper, by=li, role="party", form=interview, hand=Hand("钱某", image="<svg>"), at=noon
        )
    with pytest.raises(Refused, match="没有这一签名处"):
        signing.sign_by_hand(paper, by=li, role="witness", form=interview, hand=PARTY, at=noon)
    with pytest.raises(Refused, match="权限"):
        signing.sign_by_hand(paper, by=as_actor(cast.sun), role="party", form=interview, hand=PARTY, at=noon)
    signing.sign_by_hand(paper, by=li, role="party", form=interview, hand=PARTY, at=noon)
    with pytest.raises(Refused, match="已在此签名"):
        signing.sign_by_hand(paper, by=li, role="party", form=interview, hand=PARTY, at=noon)
    with pytest.raises(Refused, match="已在此签名"):
        signing.note_refusal(
            paper, by=li, officer=cast.li, role="party", name="钱某", reason="反悔", form=interview, at=noon
        )


@pytest.mark.clause("SUB-8.3", "SUB-8.5", "SUB-13")
def test_heads_and_reviewers_sign_by_their_own_post(cast: Cast, office: Office, noon: datetime) -> None:
    forms, case = load_forms(office.forms), opened_case(cast, at=noon)
    review = _draft(cast, forms["legal-review"], case, noon, result="agreed")
    for who, says in ((cast.li, "权限"), (cast.zhang, "权限")):
        with pytest.raises(Refused, match=says):
            signing.sign_document(
                review, by=as_actor(who), officer=who, role="legal", form=forms["legal-review"], at=noon
            )
    signing.sign_document(
        review, by=as_actor(cast.chen), officer=cast.chen, role="legal", form=forms["legal-review"], at=noon
    )
    approval = _draft(cast, forms["internal-approval"], case, noon)
    with pytest.raises(Refused, match="权限"):
        signing.sign_document(
            approval,
            by=as_actor(cast.li),
            officer=cast.li,
            role="head",
            form=forms["internal-approval"],
            at=noon,
        )
    signing.sign_document(
        approval,
        by=as_actor(cast.zhang),
        officer=cast.zhang,
        role="head",
        form=forms["internal-approval"],
        at=noon,
    )


@pytest.mark.clause("SUB-12")
def test_several_pages_want_a_mark_over_their_edges_and_corrections_theirs(
    cast: Cast, interview: Form, noon: datetime
) -> None:
    li = as_actor(cast.li)
    activity = planned(cast, cast.li, cast.wang, at=noon)
    paper = _draft(cast, interview, activity, noon, content="问：到过吗？答：到过。\n" * 120)
    assert known(paper).pages is None
    both_sign(cast, paper, interview, noon)
    signing.sign_by_hand(paper, by=li, role="party", form=interview, hand=PARTY, at=noon)
    pages = known(paper).pages or 0
    assert pages > 1
    bare = signing.mark_paper(
        paper, by=li, officer=cast.li, form=interview, says="“三”改为“二”", hand=None, at=noon
    )
    finalise = {"by": li, "form": interview, "least": {}, "clause": "", "marks": True, "at": noon}
    with pytest.raises(Refused, match=f"1 处改动.*共 {pages} 页"):
        actions.finalise_document(paper, **finalise)  # type: ignore[arg-type]
    told = known(paper)
    assert (told.corrections, told.corrections_marked, told.straddled) == (1, 0, False)
    finger = Hand("钱某", Signature.Means.FINGERPRINT, STROKES)
    with pytest.raises(Refused, match="没有捺印"):
        signing.mark_paper(
            paper, by=li, officer=cast.li, form=interview, says="", hand=None, answers=bare, at=noon
        )
    signing.mark_paper(
        paper, by=li, officer=cast.li, form=interview, says="", hand=finger, answers=bare, at=noon + MINUTE
    )
    with pytest.raises(Refused, match="已经捺印"):
        signing.mark_paper(
            paper,
            by=li,
            officer=cast.li,
            form=interview,
            says="",
            hand=finger,
            answers=bare,
            at=noon + MINUTE,
        )
    with pytest.raises(Refused, match="骑缝印须有"):
        signing.mark_paper(paper, by=li, officer=cast.li, form=interview, says="", hand=None, at=noon)
    signing.mark_paper(paper, by=li, officer=cast.li, form=interview, says="", hand=finger, at=noon + MINUTE)
    told = known(paper)
    assert (told.corrections, told.corrections_marked, told.straddled) == (1, 1, True)
    assert [m.says for m in signing.marks_of(paper)] == ["“三”改为“二”", ""]
    actions.finalise_document(paper, **finalise)  # type: ignore[arg-type]
    assert list(journal.verify_rows([Mark])) == []
    with pytest.raises(Refused, match="已定稿"):
        signing.mark_paper(paper, by=li, officer=cast.li, form=interview, says="再改", hand=finger, at=noon)


@pytest.mark.clause("SUB-15", "SUB-15.a", "SUB-15.b", "SUB-15.c", "SUB-9.1")
def test_service_receipt_tells_its_method_and_what_that_method_needs(
    cast: Cast, office: Office, noon: datetime
) -> None:
    form, li = load_forms(office.forms)["service-receipt"], as_actor(cast.li)
    paper = _draft(
        cast,
        form,
        opened_case(cast, at=noon),
        noon,
        method="leaving",
        explanation="拒收，见证人在场，全程摄录",
    )
    signing.sign_document(paper, by=li, officer=cast.li, role="server", form=form, at=noon)
    signing.note_refusal(
        paper, by=li, officer=cast.li, role="recipient", name="钱某", reason="拒收", form=form, at=noon
    )
    signing.sign_by_hand(paper, by=li, role="witness", form=form, hand=Hand("孔某", image=STROKES), at=noon)
    told = known(paper)
    assert told.method == "leaving"
    assert {
        "server",
        "recipient_signature",
        "witness",
        "explanation",
        "document_name",
        "place",
        "time",
        "method",
    } <= (told.fields or frozenset())
    with pytest.raises(Malformed, match="没有这一选项"):
        _draft(cast, form, opened_case(cast, at=noon), noon, method="owl")


@pytest.mark.clause("SUB-11.a")
def test_seal_may_stand_on_the_paper_alone_and_counts_as_one(
    cast: Cast, office: Office, noon: datetime
) -> None:
    form, li = load_forms(office.forms)["decision"], as_actor(cast.li)
    paper = _draft(cast, form, opened_case(cast, at=noon), noon)
    assert "seal" not in (known(paper).fields or ())
    signing.sign_by_hand(
        paper, by=li, role="agency", form=form, hand=Hand("清河街道办事处印章", Signature.Means.SEAL), at=noon
    )
    assert {"seal", "content", "issued_on"} <= (known(paper).fields or frozenset())


def test_second_hand_at_the_same_moment_is_told_and_changes_nothing(
    cast: Cast, paper: Document, interview: Form, noon: datetime
) -> None:
    """A page opened before somebody else finished the paper."""
    stale, li = Document.objects.get(pk=paper.pk), as_actor(cast.li)
    both_sign(cast, paper, interview, noon)
    signing.sign_by_hand(paper, by=li, role="party", form=interview, hand=PARTY, at=noon)
    actions.finalise_document(paper, by=li, form=interview, least={}, clause="", at=noon)
    with pytest.raises(Refused, match="已定稿"):
        signing.sign_by_hand(
            stale, by=li, role="party", form=interview, hand=Hand("钱二", image=STROKES), at=noon
        )
    assert Document.objects.get(pk=paper.pk).state == Document.State.FINALISED


def test_seal_that_nobody_sees_is_the_agencys_own_alone(
    cast: Cast, paper: Document, interview: Form, noon: datetime
) -> None:
    """Else a name typed by an officer would be a party's signature."""
    bare = Hand("钱某", Signature.Means.SEAL)
    with pytest.raises(Refused, match="没有笔迹、指印或者印章"):
        signing.sign_by_hand(paper, by=as_actor(cast.li), role="party", form=interview, hand=bare, at=noon)


def test_what_somebody_put_his_name_under_is_not_changed_any_more(
    cast: Cast, paper: Document, interview: Form, noon: datetime
) -> None:
    """Pages opened before: the change comes too late, and a signature under words that were changed is refused."""
    li, early, other = as_actor(cast.li), Document.objects.get(pk=paper.pk), Document.objects.get(pk=paper.pk)
    changed = {**paper.values, "content": "改过的问答"}
    actions.fill_document(paper, by=li, form=interview, values=changed, at=noon)
    with pytest.raises(Refused, match="刚被他人更改"):
        signing.sign_document(
            early, by=as_actor(cast.wang), officer=cast.wang, role="officer", form=interview, at=noon
        )
    fresh = Document.objects.get(pk=paper.pk)
    signing.sign_document(fresh, by=li, officer=cast.li, role="officer", form=interview, at=noon)
    with pytest.raises(Refused, match="刚被他人更改或者签名"):
        actions.fill_document(other, by=li, form=interview, values=changed, at=noon)
    assert Document.objects.get(pk=paper.pk).values["content"] == "改过的问答"


def test_mark_locks_what_is_written_and_answers_a_correction_of_its_own_paper_alone(
    cast: Cast, paper: Document, interview: Form, noon: datetime
) -> None:
    li = as_actor(cast.li)
    strange = _draft(cast, interview, planned(cast, cast.li, cast.wang, at=noon), noon)
    theirs = signing.mark_paper(
        strange, by=li, officer=cast.li, form=interview, says="改一字", hand=None, at=noon
    )
    made = signing.mark_paper(
        paper, by=li, officer=cast.li, form=interview, says="改两字", hand=PARTY, at=noon
    )
    assert Document.objects.get(pk=paper.pk).state == Document.State.TO_SIGN
    for answers in (theirs, made):
        with pytest.raises(Refused, match="不在这份文书上"):
            signing.mark_paper(
                paper, by=li, officer=cast.li, form=interview, says="", hand=PARTY, answers=answers, at=noon
            )
    with pytest.raises(Refused, match="不能再改内容"):
        actions.fill_document(paper, by=li, form=interview, values=paper.values, at=noon)
    empty = _draft(cast, interview, planned(cast, cast.li, cast.wang, at=noon), noon, content="")
    with pytest.raises(Refused, match="内容尚不完整"):
        signing.mark_paper(empty, by=li, officer=cast.li, form=interview, says="改", hand=None, at=noon)


def test_refusal_replaces_no_signature_where_the_law_allows_none(
    cast: Cast, paper: Document, interview: Form, noon: datetime
) -> None:
    li = as_actor(cast.li)
    both_sign(cast, paper, interview, noon)
    signing.note_refusal(
        paper, by=li, officer=cast.li, role="party", name="钱某", reason="阅后拒绝", form=interview, at=noon
    )
    with pytest.raises(Refused, match="需 1 名被询问人签名"):
        actions.finalise_document(
            paper, by=li, form=interview, least={}, clause="", may_decline=False, at=noon
        )


def test_name_put_under_while_the_paper_is_being_locked_is_not_left_out_of_its_print(
    cast: Cast, paper: Document, interview: Form, noon: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    li, print_it = as_actor(cast.li), actions.print_document
    both_sign(cast, paper, interview, noon)
    signing.sign_by_hand(paper, by=li, role="party", form=interview, hand=PARTY, at=noon)

    def while_somebody_signs(filled: Filled) -> bytes:
        late = Document.objects.get(pk=paper.pk)
        signing.sign_by_hand(
            late, by=li, role="party", form=interview, hand=Hand("钱二", image=STROKES), at=noon
        )
        return print_it(filled)

    monkeypatch.setattr(actions, "print_document", while_somebody_signs)
    with pytest.raises(Refused, match="又有人签名"):
        actions.finalise_document(paper, by=li, form=interview, least={}, clause="", at=noon)
    assert Document.objects.get(pk=paper.pk).state == Document.State.TO_SIGN
