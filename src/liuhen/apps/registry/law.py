"""The law in force for an agency: its packs loaded with its own settings, as one rulebook.

Loading reads files, so a rulebook is kept until the packs or settings in force change.
"""

import hashlib
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from uuid import UUID

from liuhen.apps.registry import queries
from liuhen.engines.rules import combine_packs, load_pack
from liuhen.engines.rules.packs import Rulebook
from liuhen.kernel.errors import Refused, Tampered


def law_of(agency: UUID, *, packs: Path, at: datetime) -> Rulebook:
    """The rulebook in force at `at`.

    Raises `Refused` where no pack is in force: nothing is judged before activation; `Tampered` where the pack's
    files are not the ones that were adopted.
    """
    in_force = queries.packs_in_force(agency, at=at)
    if not in_force:
        raise Refused("本机关尚未施行任何制度，不能据以判断", do="请由法制审核人员在“制度”页启用规则包。")
    for pack in in_force:
        if pack_digest(packs / pack.key) != pack.digest:
            raise Tampered(
                f"规则包“{pack.key}”的文件与启用时的不同",
                do="启用后的版本不得改动；请恢复原文件，或启用新版本。",
            )
    settings = queries.settings_in_force(agency, at=at)
    told = tuple(sorted((key, str(value)) for key, value in settings.items()))
    return _loaded(tuple((packs / pack.key, pack.digest) for pack in in_force), told)


def pack_digest(folder: Path) -> str:
    """One digest over a pack's files and their names: what an agency adopts."""
    whole = hashlib.sha256()
    for path in sorted(folder.rglob("*.toml")):
        content = path.read_bytes()
        whole.update(f"{path.relative_to(folder)}\0{len(content)}\0".encode() + content)
    return whole.hexdigest()


@lru_cache(maxsize=32)
def _loaded(folders: tuple[tuple[Path, str], ...], settings: tuple[tuple[str, str], ...]) -> Rulebook:
    """`folders` name the digests too, so that changed files are another rulebook. Each pack gets its own settings."""
    told = dict(settings)
    packs = []
    for folder, _ in folders:
        known = {setting.key for setting in load_pack(folder).settings}
        packs.append(load_pack(folder, settings={k: v for k, v in told.items() if k in known}))
    return combine_packs(packs)
