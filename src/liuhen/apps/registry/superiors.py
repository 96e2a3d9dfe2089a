"""上级机关: which agency of this house is another's superior, and who of it decides what goes to the superior.

Where none is named the superior has no accounts here, and its word comes on paper (`approval.superiors`).
"""

from datetime import datetime
from uuid import UUID

from liuhen.apps.journal.actions import act
from liuhen.apps.registry.models import Agency, Subordination
from liuhen.apps.registry.permission import Place, allow, posts_of
from liuhen.kernel.actors import Actor
from liuhen.kernel.errors import Refused

HEADS = ("agency_head", "leader_in_charge")


def name_superior(agency: Agency, superior: Agency, *, by: Actor, at: datetime) -> Subordination:
    """From now on `superior` is above `agency`. Raises `Refused` where that would make an agency its own superior."""
    allow(by, "agency.found", on=Place(agency.pk, "", frozenset(), agency.pk), at=at)
    above: Agency | None = superior
    while above is not None:
        if above.pk == agency.pk:
            raise Refused("一个机关不能是自己的上级", do="请核对两个机关的代码。")
        above = superior_of(above.pk)
    row = Subordination(agency=agency, superior=superior, since=at, named_by=by.id)
    with act("agency.superior-named", by=by, at=at, agency=agency.pk) as line:
        row.save(force_insert=True)
        line.about(row)
    return row


def superior_of(agency: UUID) -> Agency | None:
    """The superior agency that has accounts in this house."""
    row = Subordination.objects.filter(agency=agency).select_related("superior").order_by("-since").first()
    return row.superior if row else None


def subordinates_of(officer: UUID, *, at: datetime) -> frozenset[UUID]:
    """The agencies for whose superior this person decides."""
    mine = {post.agency for post in posts_of(officer, at=at) if post.role in HEADS}
    below = Subordination.objects.filter(superior__in=mine).values_list("agency", flat=True).distinct()
    return frozenset(one for one in below if (found := superior_of(one)) is not None and found.pk in mine)
