"""The law in force for an agency: its packs loaded with its own settings, as one rulebook; and the law as it would be.

A version is read from the pack's folder where that still has the bytes that were adopted, else from the copy kept at
adoption. Loading is slow, so a rulebook is kept until the packs or settings in force change.
"""

import hashlib
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Literal, NamedTuple
from uuid import UUID

from liuhen.apps.registry import queries
from liuhen.apps.registry.models import PackVersion
from liuhen.engines.rules import combine_packs, load_pack
from liuhen.engines.rules.packs import Pack, Rulebook
from liuhen.kernel.errors import Refused, Tampered


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What may be changed about the law: a version put in force (ending others), one ended, a value set; from `since` on."""

    kind: Literal["activate", "end", "set"]
    key: str
    since: datetime
    version: str = ""
    digest: str = ""
    replaces: tuple[str, ...] = ()
    value: str = ""

    @property
    def ends(self) -> frozenset[str]:
        """The packs it takes out of force: an earlier version of the same one, and those it replaces."""
        return frozenset() if self.kind == "set" else frozenset({self.key, *self.replaces})


class _Source(NamedTuple):
    """Where one pack is read from: its folder, or (None) the copy kept at adoption."""

    key: str
    digest: str
    folder: Path | None


def law_of(agency: UUID, *, packs: Path, at: datetime) -> Rulebook:
    """The rulebook in force at `at`.

    Raises `Refused` where no pack is in force: nothing is judged before activation; `Tampered` where the pack's
    files are not the ones that were adopted and no copy was kept.
    """
    in_force = queries.packs_in_force(agency, at=at)
    if not in_force:
        raise Refused("本机关尚未施行任何制度，不能据以判断", do="请由法制审核人员在“制度”页启用规则包。")
    sources = tuple(_source(pack.key, pack.digest, packs) for pack in in_force)
    return _loaded(sources, _told(queries.settings_in_force(agency, at=at)))


def law_or_none(agency: UUID, *, packs: Path, at: datetime) -> Rulebook | None:
    """The same; None where nothing is in force."""
    try:
        return law_of(agency, packs=packs, at=at)
    except Refused:
        return None


def law_after(agency: UUID, change: Change, *, packs: Path) -> Rulebook | None:
    """The law as it would be from `change.since` on; None where nothing would be in force."""
    rows = queries.packs_in_force(agency, at=change.since)
    sources = [_source(row.key, row.digest, packs) for row in rows if row.key not in change.ends]
    values = dict(queries.settings_in_force(agency, at=change.since))
    if change.kind == "activate":
        sources.append(_source(change.key, change.digest, packs))
    elif change.kind == "set":
        values[change.key] = change.value
    return _loaded(tuple(sources), _told(values)) if sources else None


def pack_digest(folder: Path) -> str:
    """One digest over a pack's files and their names: what an agency adopts."""
    return _digest(
        {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*.toml"))}
    )


def files_of(folder: Path) -> dict[str, str]:
    """The files of a pack as they are kept at adoption."""
    return {
        str(path.relative_to(folder)): path.read_text(encoding="utf-8")
        for path in sorted(folder.rglob("*.toml"))
    }


def pack_as_adopted(key: str, digest: str, *, packs: Path) -> Pack:
    """One version with its own defaults, as it was adopted."""
    return _pack(_source(key, digest, packs), ())


def pack_named(agency: UUID, name: str, *, at: datetime) -> Pack | None:
    """A version the agency had in force once (`key@version`), with the settings of `at`; None where no copy was kept."""
    key, _, version = name.partition("@")
    kept = PackVersion.objects.filter(key=key, version=version).values_list("digest", flat=True).first()
    if kept is None:
        return None
    return _pack(_Source(key, kept, None), _told(queries.settings_in_force(agency, at=at)))


def _digest(files: Mapping[str, bytes]) -> str:
    """In the order of the names: a database keeps the members of an object in whatever order it likes."""
    whole = hashlib.sha256()
    for name, content in sorted(files.items()):
        whole.update(f"{name}\0{len(content)}\0".encode() + content)
    return whole.hexdigest()


def _source(key: str, digest: str, packs: Path) -> _Source:
    if (packs / key).is_dir() and pack_digest(packs / key) == digest:
        return _Source(key, digest, packs / key)
    if PackVersion.objects.filter(key=key, digest=digest).exists():
        return _Source(key, digest, None)
    raise Tampered(
        f"规则包“{key}”的文件与启用时的不同", do="启用后的版本不得改动；请恢复原文件，或启用新版本。"
    )


def _told(settings: Mapping[str, object]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted((key, str(value)) for key, value in settings.items()))


@lru_cache(maxsize=32)
def _loaded(sources: tuple[_Source, ...], settings: tuple[tuple[str, str], ...]) -> Rulebook:
    """`sources` name the digests too, so that changed files are another rulebook. Each pack gets its own settings."""
    return combine_packs([_pack(source, settings) for source in sources])


@lru_cache(maxsize=64)
def _pack(source: _Source, settings: tuple[tuple[str, str], ...]) -> Pack:
    if source.folder is not None:
        return _with_settings(source.folder, dict(settings))
    kept = PackVersion.objects.get(key=source.key, digest=source.digest)
    if _digest({name: text.encode() for name, text in kept.files.items()}) != source.digest:
        raise Tampered(f"规则包“{source.key}”保存的文件与摘要不符", do="请从备份恢复数据库，并核查改动。")
    with tempfile.TemporaryDirectory(prefix="liuhen-pack-") as place:
        folder = Path(place) / source.key
        for name, text in kept.files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text, encoding="utf-8")
        return _with_settings(folder, dict(settings))


def _with_settings(folder: Path, told: Mapping[str, str]) -> Pack:
    known = {setting.key for setting in load_pack(folder).settings}
    return load_pack(folder, settings={key: value for key, value in told.items() if key in known})
