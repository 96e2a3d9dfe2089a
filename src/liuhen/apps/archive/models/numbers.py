"""Archive numbers, and the register of backups with their drills."""

from typing import ClassVar

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


class BackupRun(Recorded):
    """一次备份：整个数据目录何时备到哪里、谁带去、有多少，重读核对之后才有这一行。Append-only."""

    number = models.CharField("备份编号", max_length=60, unique=True)
    place = models.CharField("异地存放处", max_length=200)
    carried_by = models.CharField("带去的人", max_length=100)
    medium = models.CharField("介质", max_length=200)
    originals = models.PositiveIntegerField("原件份数")
    files = models.PositiveIntegerField("文件总数")
    added = models.PositiveIntegerField("本次新增")
    bytes_added = models.BigIntegerField("本次新增字节")
    index = models.CharField("清单的摘要", max_length=64)
    log_size = models.BigIntegerField("检查点大小")
    log_root = models.CharField("检查点根摘要", max_length=64)
    covers = models.DateTimeField("截至")
    at = models.DateTimeField("重读核对完毕")
    by = models.UUIDField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["-at", "-id"], name="backup_newest")]


class RestoreDrill(Recorded):
    """一次恢复演练：用两份密钥从哪次备份取出了什么、与登记是否相符。Append-only."""

    run = models.CharField("备份编号", max_length=60)
    sampled = models.PositiveIntegerField("取出核对的份数")
    good = models.PositiveIntegerField("相符的份数")
    note = models.TextField("结果")
    at = models.DateTimeField()
    by = models.UUIDField()
