"""Tables of the archive."""

from django.db import models

from liuhen.apps.evidence.models import Recording
from liuhen.apps.journal.models import Recorded
from liuhen.apps.search.words import Words, joined


class ArchiveNumber(Recorded):
    """编号存档：档案机构给音像资料的编号及其各部分。Append-only; one recording, one number."""

    recording = models.OneToOneField(Recording, on_delete=models.PROTECT, related_name="archive_number")
    number = models.CharField("档案编号", max_length=120, unique=True)
    parts = models.JSONField("编号各部分")
    at = models.DateTimeField()
    by = models.UUIDField()

    def words(self) -> Words:
        """The archive's number leads to the recording, for whoever may know of that."""
        place = self.recording.place()
        return Words(
            kind=self.kind(), thing=self.pk, page=self.recording_id, agency=place.agency, path=place.path, at=self.at,
            number=self.number, title=self.recording.number, officers=place.officers,
            text=joined([self.parts.get("object"), self.parts.get("date")]),
        )  # fmt: skip
