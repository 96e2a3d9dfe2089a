"""The index: entries and shares, and beside them the tokens, as each database keeps them best."""

from typing import Any, ClassVar

import django.db.models.deletion
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

_SQLITE = [
    "CREATE VIRTUAL TABLE search_tokens USING fts5(words, content='', detail='none', columnsize=0, tokenize='ascii')",
]
_POSTGRESQL = [
    "ALTER TABLE search_entry ADD COLUMN tokens tsvector",
    "ALTER TABLE search_entry ALTER COLUMN tokens SET STORAGE EXTENDED",
    "CREATE INDEX search_tokens ON search_entry USING gin (tokens) WITH (fastupdate = off)",
]


def keep_tokens(_apps: Any, editor: BaseDatabaseSchemaEditor) -> None:
    for statement in _SQLITE if editor.connection.vendor == "sqlite" else _POSTGRESQL:
        editor.execute(statement, params=None)


def drop_tokens(_apps: Any, editor: BaseDatabaseSchemaEditor) -> None:
    if editor.connection.vendor == "sqlite":
        editor.execute("DROP TABLE search_tokens", params=None)


class Migration(migrations.Migration):
    initial = True

    dependencies: ClassVar = []

    operations: ClassVar = [
        migrations.CreateModel(
            name="Entry",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("kind", models.CharField(max_length=60)),
                ("thing", models.UUIDField()),
                ("page", models.UUIDField()),
                ("agency", models.UUIDField()),
                ("path", models.CharField(max_length=200)),
                ("at", models.DateTimeField()),
                ("number", models.CharField(max_length=120)),
                ("title", models.TextField()),
                ("text", models.TextField()),
                ("folded", models.TextField()),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("kind", "thing"), name="entry_once")],
            },
        ),
        migrations.CreateModel(
            name="Share",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("officer", models.UUIDField(db_index=True)),
                (
                    "entry",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="shares", to="search.entry"
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("entry", "officer"), name="share_once")],
            },
        ),
        migrations.RunPython(keep_tokens, drop_tokens),
    ]
