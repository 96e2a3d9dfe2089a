"""交接链：who held the material of a case from its beginning to the volume, and where the chain breaks.

It begins with the officers the case was opened by, goes on with every list that both sides signed, and must end with an officer of the
case, who closes the volume. What was seen by legal review must have been handed there.
"""

from collections.abc import Iterator, Sequence

from liuhen.apps.casework.handing import handovers_of, state_of
from liuhen.apps.casework.models import Case, CaseHandover
from liuhen.apps.documents.models import Signature
from liuhen.apps.documents.queries import documents_about

Point = CaseHandover.Point
_REVIEWED = "legal-review"


def breaks_of(case: Case) -> list[str]:
    """Each break of the chain in plain words; none where it is whole."""
    rows = handovers_of(case.pk)
    return [*_unsigned(rows), *_passed_over(rows), *_not_handed_to_legal(case, rows), *_not_back(case, rows)]


def _unsigned(rows: Sequence[CaseHandover]) -> Iterator[str]:
    words = {"prepared": "移交人还没有签名", "on_its_way": "接收人还没有签名"}
    for row in rows:
        if state_of(row) in words:
            yield f"交接 {row.number}（{row.get_point_display()}）{words[state_of(row)]}"


def _passed_over(rows: Sequence[CaseHandover]) -> Iterator[str]:
    """Somebody changed of whom nobody received it: the giver of a change of officer must be an officer, or have received it."""
    held: set[object] = set()
    changes = [row for row in rows if row.point == Point.OFFICER_CHANGE and state_of(row) == "done"]
    for row in changes:
        if held and row.giver_id not in held and _received_before(row, rows) is None:
            yield f"交接 {row.number}：移交人 {row.giver.name} 没有接收过本事项的材料"
        held |= {row.receiver_id}


def _received_before(row: CaseHandover, rows: Sequence[CaseHandover]) -> CaseHandover | None:
    officers = {row.case.officer_id, row.case.second_officer_id}
    if row.giver_id in officers:
        return row
    return next(
        (
            one
            for one in rows
            if one.receiver_id == row.giver_id and one.at <= row.at and state_of(one) == "done"
        ),
        None,
    )


def _not_handed_to_legal(case: Case, rows: Sequence[CaseHandover]) -> Iterator[str]:
    """GIVEN a legal review by somebody who is no officer of the case, there is a list by which the file went to him."""
    papers = [row for row in documents_about([case.pk]) if row.form == _REVIEWED and row.finalised_at]
    own = {case.officer_id, case.second_officer_id}
    received = {row.receiver_id for row in rows if state_of(row) == "done"}
    for paper in papers:
        for signed in Signature.objects.filter(document=paper, role="legal").select_related("officer"):
            if signed.officer_id not in own | received:
                yield f"从承办人到法制审核人员 {signed.name} 没有交接记录（{paper.number}）"


def _not_back(case: Case, rows: Sequence[CaseHandover]) -> Iterator[str]:
    """The file that went to legal must have come back to an officer of the case."""
    sent = [
        row
        for row in rows
        if row.point in (Point.TO_LEGAL, Point.REVIEW) and state_of(row) == "done" and row.receiver_id
    ]
    own = {case.officer_id, case.second_officer_id}
    if sent and sent[-1].receiver_id not in own:
        yield f"交接 {sent[-1].number} 之后，案卷还没有从 {sent[-1].receiving} 交回承办人"
