"""上报关联: what may be handed over, what the list says, and that the platform's first number stands."""

import json
from datetime import datetime, timedelta

import pytest
from tests.apps.steps import HOUR, last_line, opened_case, planned, received, refused, with_times
from tests.cast import Cast, as_actor

from liuhen.apps.casework import actions as casework
from liuhen.apps.casework import outward
from liuhen.apps.casework.facts import facts_of_recording
from liuhen.apps.casework.models import OutwardHandover, OutwardReference
from liuhen.apps.evidence.actions import note_verified
from liuhen.apps.evidence.models import Recording
from liuhen.engines.ledger.statement import check_statement
from liuhen.interfaces.office import Office
from liuhen.kernel.actors import SYSTEM


def linked(cast: Cast, office: Office, noon: datetime, content: bytes = b"clip") -> Recording:
    """One of 李's recordings, read again, linked to an activity of a case."""
    row = received(cast, office, content, at=noon)
    with_times(row, noon, noon + HOUR / 2)
    note_verified(row, by=SYSTEM, vault=office.vault, at=noon)
    case = opened_case(cast, at=noon)
    activity = planned(cast, cast.li, at=noon, case=case)
    casework.link_recording(activity, by=as_actor(cast.li), recording=row, reasons=[], at=noon + HOUR)
    return row


def handed(cast: Cast, office: Office, *rows: Recording, at: datetime, way: str = "file") -> OutwardHandover:
    return outward.hand_over(
        rows,
        by=as_actor(cast.zhang),
        agency=cast.agency,
        platform="省厅平台",
        way=way,
        signer=office.signer,
        at=at,
    )


def test_list_names_each_recording_with_its_digests_activity_and_case_and_is_signed(
    cast: Cast, office: Office, noon: datetime
) -> None:
    rows = [linked(cast, office, noon, content) for content in (b"a", b"b", b"c", b"d", b"e")]
    waiting = outward.waiting_recordings(as_actor(cast.zhang), at=noon + HOUR)
    assert set(waiting) == set(rows)
    made = handed(cast, office, *rows, at=noon + HOUR)
    assert last_line().verb == "handover.listed"
    told = json.loads(made.manifest)
    assert len(told["items"]) == 5 and told["handover"] == made.number
    first = next(item for item in told["items"] if item["recording"] == rows[0].number)
    assert (first["sha256"], first["sm3"]) == (rows[0].sha256, rows[0].sm3)
    assert first["activities"] and first["cases"] and first["officer"] == cast.li.number
    signature = told.pop("signature")
    check_statement(outward.CONTEXT, told, signature, office.signer.verifier)
    assert not outward.waiting_recordings(as_actor(cast.zhang), at=noon + HOUR).exists()
    assert outward.outward_waiting(as_actor(cast.zhang), at=noon + HOUR).count() == 5


def test_only_what_is_linked_and_read_again_is_handed_over_and_nothing_twice(
    cast: Cast, office: Office, noon: datetime
) -> None:
    loose = received(cast, office, b"loose", at=noon)
    row = linked(cast, office, noon)
    refused(lambda: handed(cast, office, loose, at=noon + HOUR), says="还没有关联")
    refused(lambda: handed(cast, office, at=noon + HOUR), says="1 至 500")
    Recording.objects.filter(pk=row.pk).update(verified_at=None)
    refused(lambda: handed(cast, office, row, at=noon + HOUR), says="尚未复核")
    note_verified(Recording.objects.get(pk=row.pk), by=SYSTEM, vault=office.vault, at=noon)
    handed(cast, office, row, at=noon + HOUR)
    refused(lambda: handed(cast, office, row, at=noon + HOUR), says="已列入")
    assert OutwardHandover.objects.count() == 1


def test_officer_without_the_right_hands_nothing_over_and_other_agencies_see_nothing(
    cast: Cast, office: Office, noon: datetime
) -> None:
    row = linked(cast, office, noon)
    refused(
        lambda: outward.hand_over(
            [row],
            by=as_actor(cast.li),
            agency=cast.agency,
            platform="x",
            way="file",
            signer=office.signer,
            at=noon,
        ),
        says="权限",
    )
    handed(cast, office, row, at=noon + HOUR)
    assert outward.items_seen(as_actor(cast.zhou), at=noon + HOUR).count() == 1
    assert not outward.items_seen(as_actor(cast.sun), at=noon + HOUR).exists()


def test_number_is_entered_once_with_the_time_the_platform_gave_it(
    cast: Cast, office: Office, noon: datetime
) -> None:
    row, other = linked(cast, office, noon), linked(cast, office, noon, b"other")
    by, later = as_actor(cast.zhang), noon + 2 * HOUR
    items = {item.recording_id: item for item in handed(cast, office, row, other, at=noon + HOUR).items.all()}

    def enter(key: object, reference: str, given: datetime = noon + HOUR) -> OutwardReference:
        item = outward.items_seen(by, at=later).get(recording=key)
        return outward.enter_reference(item, by=by, reference=reference, given_at=given, at=later)

    refused(lambda: enter(row.pk, " "), says="为空")
    refused(lambda: enter(row.pk, "SX-1", noon), says="时间不在")
    refused(lambda: enter(row.pk, "SX-1", noon + 3 * HOUR), says="时间不在")
    assert facts_of_recording(row).outward_at is None and facts_of_recording(row).outward_due
    enter(row.pk, "SX-1")
    assert last_line().verb == "recording.reference-entered"
    assert facts_of_recording(row).outward_at == noon + HOUR
    refused(lambda: enter(row.pk, "SX-2"), says="已有平台编号 SX-1")
    refused(lambda: enter(other.pk, "SX-1"), says="已是")
    assert not outward.is_answered(items[row.pk].handover)
    enter(other.pk, "SX-2")
    assert outward.is_answered(items[row.pk].handover)


def test_clock_of_the_platforms_number_begins_with_the_offices_first_list(
    cast: Cast, office: Office, noon: datetime
) -> None:
    before = linked(cast, office, noon)
    assert facts_of_recording(before).outward_due is False
    handed(cast, office, before, at=noon + HOUR)
    old, new = linked(cast, office, noon, b"old"), linked(cast, office, noon + timedelta(days=1), b"new")
    assert facts_of_recording(before).outward_due is True
    assert facts_of_recording(old).outward_due is False
    assert facts_of_recording(new).outward_due is True


@pytest.mark.parametrize("again", [False, True])
def test_answer_told_again_changes_nothing_and_one_that_contradicts_is_told(
    cast: Cast, office: Office, noon: datetime, again: bool
) -> None:
    row, other = linked(cast, office, noon), linked(cast, office, noon, b"other")
    made = handed(cast, office, row, other, at=noon + HOUR, way="line")
    told = {row.number: "SX-1", "别处的编号": "SX-9"}
    first = outward.keep_answer(made, by=SYSTEM, references=told, at=noon + 2 * HOUR)
    assert first.kept == 1 and first.strange == ("清单中没有 别处的编号",)
    if again:
        assert outward.keep_answer(made, by=SYSTEM, references={row.number: "SX-1"}, at=noon + 3 * HOUR) == (
            0,
            (),
        )
    strange = outward.keep_answer(
        made, by=SYSTEM, references={row.number: "SX-7", other.number: "SX-1"}, at=noon + 3 * HOUR
    )
    assert strange.kept == 0 and len(strange.strange) == 2
    assert OutwardReference.objects.get().reference == "SX-1"
    same = outward.keep_answer(made, by=SYSTEM, references={other.number: "SX-2"}, at=noon + 3 * HOUR)
    assert same.kept == 1 and outward.is_answered(made)
