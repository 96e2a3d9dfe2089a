"""关联：which recording belongs to which activity, to which case without one, and which belongs to none."""

from django.db import models

from liuhen.apps.casework.models.activities import Activity
from liuhen.apps.casework.models.cases import Case
from liuhen.apps.evidence.models import Recording
from liuhen.apps.journal.models import Recorded
from liuhen.apps.registry.permission import Place
from liuhen.apps.search.words import Words, joined


class Link(Recorded):
    """关联：哪段音像属于哪次活动、以何身份、谁凭什么关联。Append-only."""

    class Part(models.TextChoices):
        WHOLE = "whole", "全段"
        SEGMENT = "segment", "部分"
        CONTEXT = "context", "背景"

    activity = models.ForeignKey(Activity, on_delete=models.PROTECT, related_name="links")
    recording = models.ForeignKey(Recording, on_delete=models.PROTECT, related_name="links")
    part = models.CharField(max_length=10, choices=Part.choices, default=Part.WHOLE)
    is_evidence = models.BooleanField("作为证据", default=False)
    reasons = models.JSONField("依据", default=list)
    at = models.DateTimeField()
    by = models.UUIDField()

    def place(self) -> Place:
        return self.recording.place()


class LinkSpan(Recorded):
    """关联片段：只有一部分属于这次活动的，是原件里的哪一段，从头算起的秒数。Append-only."""

    link = models.OneToOneField(Link, on_delete=models.PROTECT, related_name="span")
    begins = models.FloatField("起，秒")
    ends = models.FloatField("止，秒")


class Unlinking(Recorded):
    """解除关联：一人提出并写明理由，另一人同意。The link stays where it is, ended. Append-only."""

    link = models.OneToOneField(Link, on_delete=models.PROTECT, related_name="unlinking")
    reason = models.TextField("理由")
    approval = models.CharField("审批编号", max_length=60)
    at = models.DateTimeField()


class CaseLink(Recorded):
    """案件关联：没有现场活动可归的音像直接归到一件执法事项。Append-only; a part says in seconds of the original where it lies."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="links")
    recording = models.ForeignKey(Recording, on_delete=models.PROTECT, related_name="case_links")
    part = models.CharField(max_length=10, choices=Link.Part.choices, default=Link.Part.WHOLE)
    begins = models.FloatField("起，秒", null=True)
    ends = models.FloatField("止，秒", null=True)
    is_evidence = models.BooleanField("作为证据", default=False)
    reasons = models.JSONField("依据", default=list)
    at = models.DateTimeField()
    by = models.UUIDField()

    def place(self) -> Place:
        return self.recording.place()

    def words(self) -> Words:
        """The recording by the case it was put to, and by why; one that was taken back says so. Seen by who sees the recording, so
        that nothing of the party stands in it.
        """
        film, ended = self.recording, CaseUnlinking.objects.filter(link=self).first()
        end = ["已解除", ended.reason] if ended else []
        return Words(
            kind=self.kind(), thing=self.pk, agency=film.agency_id, path=film.unit.path, at=self.at, page=film.pk,
            number=film.number, title=film.source_name, officers=film.place().officers,
            text=joined([self.case.number, self.case.cause, self.get_part_display(), *self.reasons, *end]),
        )  # fmt: skip


class CaseUnlinking(Recorded):
    """解除案件关联：同解除关联，一人提出，另一人同意。Append-only."""

    link = models.OneToOneField(CaseLink, on_delete=models.PROTECT, related_name="unlinking")
    reason = models.TextField("理由")
    approval = models.CharField("审批编号", max_length=60)
    at = models.DateTimeField()


class NoCase(Recorded):
    """无案说明：一段音像为何不属于任何现场活动。Linking it later still counts. Append-only; one for each recording."""

    class Why(models.TextChoices):
        TEST = "test", "试录、培训或者演练"
        MISTAKE = "mistake", "误录，没有执法内容"
        NOTHING = "nothing", "到场后没有发生执法活动"
        REFUSED = "refused", "制度不接受的设备摄录"
        OTHER = "other", "其他"

    recording = models.OneToOneField(Recording, on_delete=models.PROTECT, related_name="no_case")
    why = models.CharField("情形", max_length=10, choices=Why.choices)
    reason = models.TextField("理由")
    at = models.DateTimeField()
    by = models.UUIDField()

    def place(self) -> Place:
        return self.recording.place()
