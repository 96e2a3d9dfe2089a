"""Who may know that a recording exists: the circle that its marks leave, beside the original, never in it."""

from collections.abc import Iterable
from typing import ClassVar
from uuid import UUID

from django.db import models

from liuhen.apps.evidence.models.recordings import Recording
from liuhen.apps.journal.models import Recorded


class Seclusion(Recorded):
    """限制知悉：一份音像现行的保密标记合起来，只让哪些人知道它存在。随标记在同一笔里改写，一份音像一行，从不删除。

    The marks say why and by whom; this says what follows from all that stand, so that every list can ask for it.
    """

    recording = models.OneToOneField(Recording, on_delete=models.PROTECT, related_name="seclusion")
    is_closed = models.BooleanField("限制知悉")
    persons = models.TextField("知悉范围", default="", blank=True)
    at = models.DateTimeField()

    FROZEN: ClassVar[tuple[str, ...]] = ("id", "recording_id")

    @property
    def circle(self) -> frozenset[UUID] | None:
        """Those who alone may know of it; None where nothing narrows them."""
        return frozenset(map(UUID, self.persons.split())) if self.is_closed else None

    def narrow(self, circle: Iterable[UUID] | None) -> None:
        """What it says from now on."""
        self.is_closed = circle is not None
        self.persons = "\n".join(sorted(str(person) for person in circle or ()))
