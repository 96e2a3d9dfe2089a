"""The clause lists of the packs, held against the register of clauses of the regulations where that lies beside."""

import os
from pathlib import Path

import pytest
import yaml

from liuhen.engines.rules import load_pack, review

ROOT = Path(__file__).parents[3]
REGISTER = Path(os.environ.get("LIUHEN_REFERENCE", ROOT.parent / "shared")) / "clauses"
PACKS = ("nandagang", "subdistrict", "baimiaozi", "tonghua", "fuzhou")


@pytest.mark.reference
@pytest.mark.parametrize("key", PACKS)
def test_pack_lists_every_clause_of_its_regulation(key: str) -> None:
    file = REGISTER / f"{key}.yaml"
    if not file.exists():
        pytest.skip(f"参照资料不在 {REGISTER}（由 LIUHEN_REFERENCE 指定）")
    register = yaml.safe_load(file.read_text(encoding="utf-8"))
    found = review(load_pack(ROOT / "rulepacks" / key))
    assert [c.clause for c in found.clauses] == [clause["id"] for clause in register["clauses"]]
    assert found.pack.head.title == register["regulation"]["title"]
    assert found.pack.head.agency_type == register["regulation"]["agency_type"]
    counts = [found.count(how) for how in ("carried", "planned", "not_encoded", "hole")]
    assert sum(counts) == len(register["clauses"])


@pytest.mark.reference
def test_annex_of_fuzhou_is_carried_cell_by_cell() -> None:
    file = REGISTER / "fuzhou.yaml"
    if not file.exists():
        pytest.skip(f"参照资料不在 {REGISTER}（由 LIUHEN_REFERENCE 指定）")
    rows = yaml.safe_load(file.read_text(encoding="utf-8"))["annex"]
    types = {t.clause: t for t in load_pack(ROOT / "rulepacks" / "fuzhou").activity_types}
    for row in rows:
        kind = types[row["clause"]]
        assert (kind.label, kind.category, kind.place_label) == (
            row["matter_zh"],
            row["category_zh"],
            row["place_zh"],
        )
        assert (kind.recorder, kind.process_label) == (row["recorder_zh"], row["process_zh"])
        assert (kind.start_label, kind.end_label) == (row["start_zh"], row["end_zh"])
        assert (kind.record_class, kind.record_class_label) == (row["record_class"], row["record_class_zh"])
