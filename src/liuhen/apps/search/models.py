"""Tables of the index. Nothing here is evidence: every entry can be made again from the rows it was made from."""

from typing import ClassVar

from django.db import models


class Entry(models.Model):
    """检索条目：一件东西的可检索文字及其范围。The key grows with time, so the newest is the greatest.

    Beside these columns the migration keeps the tokens: an FTS5 table on SQLite, a stored tsvector on PostgreSQL.
    """

    id = models.BigAutoField(primary_key=True)
    kind = models.CharField(max_length=60)
    thing = models.UUIDField()
    page = models.UUIDField()
    agency = models.UUIDField()
    path = models.CharField(max_length=200)
    at = models.DateTimeField()
    number = models.CharField(max_length=120)
    title = models.TextField()
    text = models.TextField()
    folded = models.TextField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["kind", "thing"], name="entry_once")]


class Share(models.Model):
    """检索范围：某人因参加或经手而可检索的条目。"""

    entry = models.ForeignKey(Entry, on_delete=models.CASCADE, related_name="shares")
    officer = models.UUIDField(db_index=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["entry", "officer"], name="share_once")]


class Closed(models.Model):
    """限制知悉：这一页上的检索条目，只有所列的人（和因职务知悉的人）检索得到。"""

    page = models.UUIDField(primary_key=True)
    persons = models.TextField()
