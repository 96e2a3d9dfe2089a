"""A file that came in slices, side by side: what each slice was when all of it had come, and of which file it is which."""

from typing import ClassVar

from django.db import models

from liuhen.apps.evidence.models.recordings import Upload
from liuhen.apps.journal.models import Recorded


class ReceivedSlice(Recorded):
    """收完的分片：一个分片收完时有多少字节，两种摘要各是什么。Append-only; what is joined later is held against it."""

    upload = models.OneToOneField(Upload, on_delete=models.PROTECT, related_name="received_slice")
    size = models.BigIntegerField("字节数")
    sha256 = models.CharField(max_length=64)
    sm3 = models.CharField(max_length=64)
    at = models.DateTimeField()


class JoinedSlice(Recorded):
    """合并的次序：一个分片排在一份文件的第几位，`told` 是来方写的地址。Append-only.

    A slice may stand under several uploads, of which at most one is being joined or stored: what was refused says nothing of its slices.
    """

    upload = models.ForeignKey(Upload, on_delete=models.PROTECT, related_name="joined_slices")
    place_in = models.PositiveSmallIntegerField("第几位")
    part = models.ForeignKey(Upload, on_delete=models.PROTECT, related_name="joined_in")
    told = models.CharField(max_length=500)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["upload", "place_in"], name="joined_slice_in_order"),
            models.UniqueConstraint(fields=["upload", "part"], name="joined_slice_once"),
        ]
