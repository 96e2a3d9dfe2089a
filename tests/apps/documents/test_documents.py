"""Documents: filled, signed by the persons themselves, finalised only when whole, then locked; a change is a new version."""

from datetime import datetime, timedelta

import pytest
from tests.cast import Cast, as_actor
from tests.conftest import unlocked

from liuhen.apps.archive.fixity import verify_prints
from liuhen.apps.casework.actions import (
    Plan,
    attach_statement,
    enter_interruption,
    note_activity,
    plan_activity,
)
from liuhen.apps.casework.models import Activity, Interruption
from liuhen.apps.documents import actions, queries, signing
from liuhen.apps.documents.models import Document, Print
from liuhen.engines.forms import Form, load_forms
from liuhen.interfaces.office import Office
from liuhen.kernel.errors import Malformed, Refused
from liuhen.kernel.spans import Span

VALUES = {
    "matter": "记录中断",
    "activity": "一号活动",
    "span": "12:02 至 12:05",
    "cause": "设备故障",
    "facts": "黑屏后重启。",
}


@pytest.fixture
def statement(office: Office) -> Form:
    return load_forms(office.forms)["statement"]


@pytest.fixture
def stop(cast: Cast, noon: datetime) -> Interruption:
    plan = Plan("onsite_enforcement", "巡查", "某路", noon, [cast.li, cast.wang], flags=["liberty"])
    activity = plan_activity(cast.team, by=as_actor(cast.li), plan=plan, law=cast.law, at=noon)
    ended = noon + timedelta(minutes=10)
    note_activity(activity, by=as_actor(cast.li), at=ended, arrived_at=noon, ended_at=ended)
    span = Span(noon + timedelta(minutes=2), noon + timedelta(minutes=5))
    return enter_interruption(
        activity, by=as_actor(cast.li), span=span, cause="device_fault", at=ended, law=cast.law
    )


@pytest.fixture
def draft(cast: Cast, stop: Interruption, statement: Form, noon: datetime) -> Document:
    return actions.draft_document(
        stop, by=as_actor(cast.li), officer=cast.li, unit=cast.team, form=statement, values=VALUES, at=noon
    )


def test_two_officers_sign_and_the_statement_is_locked_and_printed(
    cast: Cast, stop: Interruption, draft: Document, statement: Form, noon: datetime
) -> None:
    least = {"officer": cast.law.interruption.signatures if cast.law.interruption else 0}
    assert least == {"officer": 2}
    li = as_actor(cast.li)
    signing.sign_document(draft, by=li, officer=cast.li, role="officer", form=statement, at=noon)
    with pytest.raises(Refused, match="需 2 名执法人员签名，现有 1 名"):
        actions.finalise_document(draft, by=li, form=statement, least=least, clause="第二十条", at=noon)
    signing.sign_document(
        draft, by=as_actor(cast.wang), officer=cast.wang, role="officer", form=statement, at=noon
    )
    actions.finalise_document(draft, by=li, form=statement, least=least, clause="第二十条", at=noon)
    printed = queries.print_of(draft)
    assert printed is not None
    assert printed.startswith(b"%PDF-")
    with pytest.raises(Refused, match="不能再改内容"):
        actions.fill_document(draft, by=li, form=statement, values=VALUES, at=noon)
    with pytest.raises(Refused, match="不能再签名"):
        signing.sign_document(draft, by=li, officer=cast.li, role="officer", form=statement, at=noon)
    attach_statement(stop, by=li, document=draft, at=noon + timedelta(hours=1))
    assert stop.statement == draft


def test_nobody_signs_for_another_or_twice_or_in_a_strange_role(
    cast: Cast, draft: Document, statement: Form, noon: datetime
) -> None:
    li = as_actor(cast.li)
    with pytest.raises(Refused, match="代他人"):
        signing.sign_document(draft, by=li, officer=cast.wang, role="officer", form=statement, at=noon)
    with pytest.raises(Refused, match="没有这一签名处"):
        signing.sign_document(draft, by=li, officer=cast.li, role="party", form=statement, at=noon)
    signing.sign_document(draft, by=li, officer=cast.li, role="officer", form=statement, at=noon)
    with pytest.raises(Refused, match="已在此签名"):
        signing.sign_document(draft, by=li, officer=cast.li, role="officer", form=statement, at=noon)
    with pytest.raises(Refused, match="权限"):
        signing.sign_document(
            draft, by=as_actor(cast.sun), officer=cast.sun, role="officer", form=statement, at=noon
        )


def test_incomplete_document_is_not_signed(
    cast: Cast, stop: Interruption, statement: Form, noon: datetime
) -> None:
    li = as_actor(cast.li)
    empty = actions.draft_document(
        stop, by=li, officer=cast.li, unit=cast.team, form=statement, values={}, at=noon
    )
    with pytest.raises(Refused, match="未填写“说明事项”"):
        signing.sign_document(empty, by=li, officer=cast.li, role="officer", form=statement, at=noon)
    actions.fill_document(empty, by=li, form=statement, values=VALUES, at=noon)
    signing.sign_document(empty, by=li, officer=cast.li, role="officer", form=statement, at=noon)


def test_value_the_form_does_not_have_is_refused(
    cast: Cast, draft: Document, statement: Form, noon: datetime
) -> None:
    with pytest.raises(Malformed, match="secret"):
        actions.fill_document(draft, by=as_actor(cast.li), form=statement, values={"secret": "x"}, at=noon)


def test_new_version_keeps_the_text_and_clears_the_signatures(
    cast: Cast, draft: Document, statement: Form, noon: datetime
) -> None:
    li = as_actor(cast.li)
    signing.sign_document(draft, by=li, officer=cast.li, role="officer", form=statement, at=noon)
    fresh = actions.replace_document(draft, by=li, form=statement, at=noon)
    assert (fresh.version, fresh.values, fresh.signatures.count()) == (2, draft.values, 0)
    assert draft.state == Document.State.REPLACED
    assert queries.documents_about([draft.subject]) == [fresh]
    with pytest.raises(Refused, match="最新版本"):
        actions.replace_document(draft, by=li, form=statement, at=noon)


def test_draft_is_not_attached_as_a_statement(
    cast: Cast, stop: Interruption, draft: Document, noon: datetime
) -> None:
    with pytest.raises(Refused, match="不是这段中断的已定稿书面说明"):
        attach_statement(stop, by=as_actor(cast.li), document=draft, at=noon)


def test_stranger_sees_no_document(cast: Cast, draft: Document, noon: datetime) -> None:
    assert list(queries.visible_to(as_actor(cast.li), at=noon)) == [draft]
    assert not queries.visible_to(as_actor(cast.sun), at=noon).exists()


def test_changed_print_is_found(cast: Cast, draft: Document, statement: Form, noon: datetime) -> None:
    li = as_actor(cast.li)
    signing.sign_document(draft, by=li, officer=cast.li, role="officer", form=statement, at=noon)
    actions.finalise_document(draft, by=li, form=statement, least={}, clause="", at=noon)
    assert list(verify_prints()) == []
    with unlocked():
        Print.objects.update(content=b"%PDF-other")
    assert [str(fault) for fault in verify_prints()] == [f"文书 {draft.number}：打印件内容已改变"]
    with unlocked():
        Print.objects.all().delete()
    assert [str(fault) for fault in verify_prints()] == [f"文书 {draft.number}：已定稿而没有打印件"]
    assert Activity.objects.count() == 1
