"""A supervising department requires a recording: answered by the unit that made it, in time, and played by who asked alone."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from tests.apps.steps import last_line, received, refused
from tests.cast import Cast, as_actor

from liuhen.apps.access.actions import view_recording
from liuhen.apps.access.models import SupplyRequest
from liuhen.apps.access.queries import grant_for, playable
from liuhen.apps.access.supplying import answer_supply, require_supply, supplies_visible_to
from liuhen.interfaces.office import Office

DAY = timedelta(days=1)


@pytest.mark.clause("TNH-18.p3")
def test_department_gets_what_it_requires_after_the_units_answer_and_for_three_days(
    cast: Cast, office: Office, noon: datetime
) -> None:
    recording = received(cast, office, at=noon)
    zhou, zhang, li = as_actor(cast.zhou), as_actor(cast.zhang), as_actor(cast.li)
    told: dict[str, Any] = {"officer": cast.zhou, "purpose": "patrol", "says": "抽查", "at": noon}
    refused(lambda: require_supply(recording, by=li, **told | {"officer": cast.li}), says="权限")
    refused(lambda: require_supply(recording, by=zhou, **told | {"officer": cast.chen}), says="代他人")
    refused(lambda: require_supply(recording, by=zhou, **told | {"says": " "}), says="事由")
    refused(lambda: require_supply(recording, by=zhou, due_at=noon, **told), says="答复期限")
    asked = require_supply(recording, by=zhou, **told)
    assert (last_line().verb, asked.due_at) == ("supply.required", noon + 2 * DAY)
    refused(lambda: require_supply(recording, by=zhou, **told), says="正在等")
    assert grant_for(recording, by=zhou) is None
    assert [list(supplies_visible_to(who, at=noon)) for who in (zhou, zhang, li)] == [[asked], [asked], []]
    answer: dict[str, Any] = {"officer": cast.zhang, "answer": "objected", "reply": "", "at": noon + DAY}
    refused(lambda: answer_supply(asked, by=zhou, **answer), says="权限")
    refused(lambda: answer_supply(asked, by=zhang, **answer), says="异议须写明理由")
    stale = SupplyRequest.objects.get(pk=asked.pk)
    answer_supply(asked, by=zhang, **answer | {"answer": "supplied"})
    refused(lambda: answer_supply(stale, by=zhang, **answer | {"answer": "supplied"}), says="刚刚有人答复")
    refused(lambda: answer_supply(asked, by=zhang, **answer), says="已于此前答复")
    assert playable([recording], by=zhou, at=noon + DAY) == {recording.pk}
    look = view_recording(
        recording, by=zhou, officer=cast.zhou, at=noon + DAY, grant=grant_for(recording, by=zhou)
    )
    assert look.approval == asked.number
    assert playable([recording], by=zhou, at=noon + 5 * DAY) == frozenset()
    assert playable([recording], by=as_actor(cast.chen), at=noon + DAY) == frozenset()
