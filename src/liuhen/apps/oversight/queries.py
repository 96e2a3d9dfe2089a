"""Reading findings."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from liuhen.apps.oversight.models import Finding
from liuhen.apps.registry.permission import reach_of
from liuhen.kernel.actors import Actor

_ORDER = {"不符合": 0, "未到期": 1, "无法判定": 2, "依规免除": 3, "符合": 4}


def visible_to(viewer: Actor, *, at: datetime) -> QuerySet[Finding]:
    """Findings this person may read."""
    return Finding.objects.filter(reach_of(viewer, "finding.view", at=at, officers="unit__officers"))


def findings_about(subjects: Iterable[UUID]) -> list[Finding]:
    """The present findings on some subjects, what must be mended first."""
    found = Finding.objects.filter(subject__in=list(subjects)).exclude(verdict="不适用")
    return sorted(found, key=lambda f: (_ORDER.get(f.verdict, 9), f.turns_at or f.judged_at, f.rule))
