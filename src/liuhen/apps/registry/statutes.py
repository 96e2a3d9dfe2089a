"""The regulation's own text, attached by the agency: kept as the file it was, split when read, shown beside our words.

Each attachment is a row that never changes, bound to pack and version; the newest one counts. The packs ship
without any, so that every office shows the text it answers for.
"""

import base64
import hashlib
from datetime import datetime
from functools import lru_cache
from uuid import UUID

from liuhen.apps.journal.actions import act
from liuhen.apps.registry.models import Agency, StatuteText
from liuhen.apps.registry.permission import Place, allow
from liuhen.engines.rules.manuscripts import read_manuscript
from liuhen.engines.rules.packs import Rulebook
from liuhen.engines.rules.splitting import split_text
from liuhen.engines.rules.text import Passage, Statute
from liuhen.kernel.actors import Actor
from liuhen.kernel.errors import Refused, Tampered


def attach_text(
    agency: Agency, *, by: Actor, key: str, version: str, name: str, content: bytes, at: datetime
) -> StatuteText:
    """Keep a regulation's text. Raises `Malformed` for a file that cannot be read or has no articles; then nothing is kept."""
    allow(by, "statute.attach", on=Place(agency.pk, agency.units.get(parent__isnull=True).path), at=at)
    split_text(read_manuscript(content))
    digest = hashlib.sha256(content).hexdigest()
    held = newest_text(agency.pk, key, version)
    if held is not None and held.digest == digest:
        raise Refused("附上的正是现有的这一份，内容相同", do="如要更正，请选择改正后的文件。")
    row = StatuteText(
        agency=agency, key=key, version=version, name=name[:200], content=base64.b64encode(content).decode(), digest=digest, attached_by=by.id,
        attached_at=at,
    )  # fmt: skip
    with act("statute.attached", by=by, at=at, agency=agency.pk) as line:
        row.save(force_insert=True)
        line.about(row, digest=digest)
    return row


def newest_text(agency: UUID, key: str, version: str) -> StatuteText | None:
    """The attachment that counts for this pack and version."""
    return (
        StatuteText.objects.filter(agency=agency, key=key, version=version)
        .order_by("-attached_at", "-pk")
        .first()
    )


def texts_of(agency: UUID, key: str) -> list[StatuteText]:
    """Every attachment of a pack, newest first, without the files themselves."""
    rows = StatuteText.objects.filter(agency=agency, key=key).defer("content")
    return list(rows.order_by("-attached_at", "-pk"))


def statute_of(agency: UUID, key: str, version: str) -> Statute | None:
    """The text, split; None where none was attached. Raises `Tampered` where the file is not the one of the line."""
    found = (
        StatuteText.objects.filter(agency=agency, key=key, version=version)
        .defer("content")
        .order_by("-attached_at", "-pk")
        .first()
    )
    return _split(found.pk, found.digest) if found else None


def passage_of(agency: UUID, law: Rulebook, clause: str) -> Passage | None:
    """The printed place of a clause; None where the text is not attached, or has no such place."""
    pack = next((pack for pack in law.packs if clause in pack.articles), None)
    if pack is None:
        return None
    statute = statute_of(agency, pack.head.key, pack.head.version)
    return statute.passage(pack.articles[clause]) if statute else None


@lru_cache(maxsize=16)
def _split(row: UUID, digest: str) -> Statute:
    content = base64.b64decode(StatuteText.objects.values_list("content", flat=True).get(pk=row))
    if hashlib.sha256(content).hexdigest() != digest:
        raise Tampered("制度原文的文件与摘要不符", do="请从备份恢复，并核查改动。")
    return split_text(read_manuscript(content))
