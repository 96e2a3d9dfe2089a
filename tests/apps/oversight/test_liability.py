"""Liability facts: stated with article and evidence, answered by who is named, closed by another; a list, never a verdict."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from tests.apps.steps import HOUR, last_line, refused
from tests.cast import Cast, as_actor, assemble

from liuhen.apps.oversight import liability
from liuhen.apps.oversight.facts import facts_of_liability
from liuhen.apps.oversight.liability import Statement
from liuhen.apps.oversight.models import Finding, LiabilityFact
from liuhen.apps.oversight.queries import liability_seen, visible_to
from liuhen.interfaces.office import Office
from liuhen.server.works import works


def stated(cast: Cast, at: datetime, **more: Any) -> LiabilityFact:
    told = Statement(["not_recorded"], "到场二十分钟没有开机", cast.li)
    return liability.state_fact(cast.team, replace(told, **more), by=as_actor(cast.zhou), at=at)


def test_fact_is_stated_answered_referred_and_closed_by_different_people(cast: Cast, noon: datetime) -> None:
    row = stated(cast, noon)
    zhou, li, chen, wang = (as_actor(who) for who in (cast.zhou, cast.li, cast.chen, cast.wang))
    assert (row.state, last_line().verb) == ("stated", "liability.stated")
    refused(lambda: liability.answer_fact(row, by=wang, says="x", at=noon), says="权限")
    liability.answer_fact(row, by=li, says="设备电量耗尽", at=noon + HOUR)
    liability.add_part(row, by=zhou, part="evidence", says="采集站清单", answer=None, at=noon + HOUR)
    liability.refer_fact(row, by=chen, says="纪检部门", at=noon + 2 * HOUR)
    refused(lambda: liability.close_fact(row, by=zhou, says="x", at=noon), says="不能由陈述人")
    refused(lambda: liability.close_fact(row, by=li, says="x", at=noon), says="权限")
    liability.close_fact(row, by=chen, says="不追究", at=noon + 3 * HOUR)
    assert (row.state, row.closed_at) == ("closed", noon + 3 * HOUR)
    refused(lambda: liability.refer_fact(row, by=chen, says="x", at=noon), says="已经办结")
    assert [step.sort for step in row.steps.order_by("at", "pk")] == [
        "answered",
        "added",
        "referred",
        "closed",
    ]


def test_what_is_not_known_stays_unknown_until_somebody_enters_it(cast: Cast, noon: datetime) -> None:
    row, by = stated(cast, noon), as_actor(cast.chen)
    assert (facts_of_liability(row).deliberate, facts_of_liability(row).consequence) == (None, None)
    liability.add_part(row, by=by, part="consequence", says="案件被退回", answer=True, at=noon)
    liability.add_part(row, by=by, part="consequence", says="核实后并无影响", answer=False, at=noon + HOUR)
    assert facts_of_liability(row).consequence is False
    assert facts_of_liability(row).stated == {"facts", "persons"}
    for part, answer in (("consequence", None), ("evidence", True), ("x", None)):
        refused(
            lambda p=part, a=answer: liability.add_part(row, by=by, part=p, says="x", answer=a, at=noon),
            says="哪一项",
        )  # type: ignore[misc]
    refused(lambda: stated(cast, noon, acts=["x"]), says="哪一种情形")
    refused(lambda: stated(cast, noon, officer=cast.sun), says="不是本机关")


def test_named_person_his_head_and_the_reviewers_see_it_and_nobody_else(
    cast: Cast, office: Office, noon: datetime
) -> None:
    row = stated(cast, noon)
    works(office)["liabilityfact.judge"](row.pk)
    found = Finding.objects.filter(subject=row.pk)
    assert {f.clause for f in found} >= {"SUB-31.2"}
    seeing = {
        "li": True,
        "zhang": True,
        "zhou": True,
        "chen": True,
        "wang": False,
        "zhao": False,
        "sun": False,
    }
    for name, sees in seeing.items():
        viewer = as_actor(getattr(cast, name))
        assert liability_seen(viewer, at=noon).filter(pk=row.pk).exists() is sees, name
        if name != "li":  # He sees findings of his unit, and of these his own alone.
            assert visible_to(viewer, at=noon).filter(subject=row.pk).exists() is sees, name
    assert visible_to(as_actor(cast.li), at=noon).filter(subject=row.pk).exists()


@pytest.mark.parametrize(
    ("pack", "acts", "clause", "needs"),
    [
        ("subdistrict", ["leaked"], "SUB-31.5", set()),
        ("nandagang", ["not_recorded"], "NDG-40.1", {"consequence"}),
        ("baimiaozi", ["device_damaged"], "BMZ-18.5", {"deliberate"}),
        ("tonghua", ["tampered"], "TNH-22.2", {"deliberate"}),
        ("fuzhou", ["device_lost"], "FZH-23.3", set()),
    ],
)
def test_pack_judges_what_was_stated_and_says_unknown_where_intent_or_consequence_is_not_known(
    db: None, office: Office, noon: datetime, pack: str, acts: list[str], clause: str, needs: set[str]
) -> None:
    cast = assemble(office, pack=pack)
    row = stated(cast, noon - timedelta(days=30), acts=acts)
    works(office)["liabilityfact.judge"](row.pk)
    found = Finding.objects.get(subject=row.pk, clause=clause)
    assert found.verdict == ("无法判定" if needs else "不符合")
    assert found.mend
    for part in needs:
        liability.add_part(row, by=as_actor(cast.chen), part=part, says="查明", answer=True, at=noon)
        works(office)["liabilityfact.judge"](row.pk)
        assert Finding.objects.get(pk=found.pk).verdict == "不符合"
        liability.add_part(
            row, by=as_actor(cast.chen), part=part, says="又查明", answer=False, at=noon + HOUR
        )
        works(office)["liabilityfact.judge"](row.pk)
        assert Finding.objects.get(pk=found.pk).verdict == "不适用"
