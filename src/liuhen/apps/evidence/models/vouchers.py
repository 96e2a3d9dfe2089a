"""凭条: what a party was given, word for word."""

from django.db import models

from liuhen.apps.evidence.models.recordings import Recording
from liuhen.apps.journal.models import Recorded
from liuhen.apps.registry.models import Officer


class Voucher(Recorded):
    """当事人凭条：证明一份音像当时已入库；签名、台账、路径和检查点都在 `content` 里，可以再次打印。只增不改。"""

    number = models.CharField("凭条编号", max_length=60, unique=True)
    recording = models.ForeignKey(Recording, on_delete=models.PROTECT, related_name="vouchers")
    officer = models.ForeignKey(Officer, on_delete=models.PROTECT)
    content = models.TextField()
    at = models.DateTimeField()
