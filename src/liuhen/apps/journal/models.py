"""Tables of the journal: the lines, what each is about, checkpoints, and the jobs that follow from lines."""

from typing import ClassVar

from django.db import models

from liuhen.kernel.identifiers import new_id


class Recorded(models.Model):
    """A row whose every change has its line: the line holds a salted digest of each field.

    `unrecorded` names the fields that may change without one, each with a reason beside it.
    """

    unrecorded: ClassVar[tuple[str, ...]] = ()

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)

    class Meta:
        abstract = True

    @classmethod
    def kind(cls) -> str:
        return cls._meta.label_lower

    def recorded_fields(self) -> dict[str, object]:
        """What a line answers for: column by column, as stored."""
        names = (f.attname for f in self._meta.concrete_fields if f.name not in self.unrecorded)
        return {name: getattr(self, name) for name in names}


class Head(models.Model):
    """One row: the number of the last line. Its lock makes numbers dense and in the order of commits."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    number = models.BigIntegerField(default=0)


class Line(models.Model):
    """One act. `body` is the canonical line that was committed to, `leaf` the salted commitment in the log."""

    number = models.BigIntegerField(primary_key=True)
    at = models.DateTimeField(db_index=True)
    verb = models.CharField(max_length=80, db_index=True)
    actor_kind = models.CharField(max_length=12)
    actor = models.UUIDField(db_index=True)
    agency = models.UUIDField(null=True, db_index=True)
    body = models.TextField()
    salt = models.CharField(max_length=32)
    leaf = models.CharField(max_length=64)


class About(models.Model):
    """Which line is about which thing: the trail of a thing, and where its last digests stand."""

    line = models.ForeignKey(Line, on_delete=models.PROTECT, related_name="abouts")
    kind = models.CharField(max_length=60)
    thing = models.UUIDField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["kind", "thing", "line"], name="about_once")]


class Checkpoint(models.Model):
    """A signed checkpoint as it was issued. The folder of the log has the newest; this keeps them all."""

    size = models.BigIntegerField(primary_key=True)
    root = models.CharField(max_length=64)
    note = models.TextField()
    at = models.DateTimeField()


class Halt(Recorded):
    """Sealing stopped because something does not fit what was signed. It stands until a line `log.resumed` is about it.

    `size` and `root` tell what the house held then; `note` is the contrary checkpoint, signed by this very log, where a witness had one.
    """

    class Why(models.TextChoices):
        ROLLBACK = "rollback", "换成了旧的副本"
        FORK = "fork", "同一本日志有两种内容"
        ALTERED = "altered", "内容与签名不符"

    why = models.CharField(max_length=10, choices=Why.choices)
    size = models.BigIntegerField()
    root = models.CharField(max_length=64)
    note = models.TextField(default="")
    witness = models.CharField(max_length=200, default="")
    at = models.DateTimeField()


class Cosignature(models.Model):
    """A witness's signature line under a checkpoint, checked before it was kept. `at` is the witness's own time.

    It has no line of its own: a line would be sealed, witnessed, and so on for ever; it proves itself.
    """

    checkpoint = models.ForeignKey(Checkpoint, on_delete=models.PROTECT, related_name="cosignatures")
    witness = models.CharField(max_length=200)
    key = models.CharField(max_length=400)
    line = models.TextField()
    at = models.DateTimeField()
    received_at = models.DateTimeField()
    on_paper = models.BooleanField(default=False)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["checkpoint", "key"], name="cosigned_once")]
        indexes: ClassVar = [models.Index(fields=["key", "checkpoint"], name="cosigned_by")]


class TimeToken(models.Model):
    """An RFC 3161 token over a checkpoint, checked before it was kept. `at` is the authority's time. No line, as above."""

    checkpoint = models.ForeignKey(Checkpoint, on_delete=models.PROTECT, related_name="tokens")
    authority = models.CharField(max_length=200)
    token = models.BinaryField()
    serial = models.CharField(max_length=80)
    policy = models.CharField(max_length=120)
    at = models.DateTimeField()
    received_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["checkpoint", "authority"], name="stamped_once")
        ]


class OutsideContact(models.Model):
    """How the last try with a witness or a time authority went: for the page, and proof of nothing."""

    key = models.CharField(max_length=400, primary_key=True)
    tried_at = models.DateTimeField()
    trouble = models.TextField(default="")


class Job(models.Model):
    """Work that follows from a line. The row is the truth; workers lease it, and a lease that ran out is taken again.

    `rank` says what comes first: a receipt somebody waits for (0) before a judgement (3) before a picture (7).
    """

    class State(models.TextChoices):
        WAITING = "waiting", "等待"
        RUNNING = "running", "进行中"
        DONE = "done", "完成"
        FAILED = "failed", "未成功"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    kind = models.CharField(max_length=60)
    subject = models.UUIDField(db_index=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    rank = models.PositiveSmallIntegerField(default=5)
    attempts = models.PositiveSmallIntegerField(default=0)
    run_after = models.DateTimeField()
    lease_until = models.DateTimeField(null=True)
    reason = models.TextField(default="")
    line = models.BigIntegerField()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["state", "rank", "run_after"], name="job_next"),
            models.Index(fields=["state", "run_after"], name="job_due"),
            models.Index(
                fields=["lease_until"], condition=models.Q(lease_until__isnull=False), name="job_leased"
            ),
        ]
