"""The law in force: from its date, for its agency, of exactly the bytes that were adopted."""

import re
import shutil
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from tests.apps.steps import last_line, refused
from tests.cast import LONG_AGO, Cast, as_actor
from tests.conftest import unlocked

from liuhen.apps.registry import actions, queries
from liuhen.apps.registry.adopting import SHORTEN, activation, carry_out, change_law, propose_change
from liuhen.apps.registry.law import Change, _loaded, _pack, law_of, pack_digest
from liuhen.apps.registry.models import LawChange, PackVersion
from liuhen.apps.registry.numbering import next_number
from liuhen.interfaces.office import Office
from liuhen.kernel.actors import OPERATOR, SYSTEM
from liuhen.kernel.errors import Malformed, Refused, Tampered
from liuhen.kernel.grants import Grant

DAY = timedelta(days=1)


def test_nothing_is_judged_before_activation(cast: Cast, office: Office) -> None:
    assert law_of(cast.agency.pk, packs=office.packs, at=LONG_AGO).packs[0].head.key == "subdistrict"
    with pytest.raises(Refused, match="尚未施行"):
        law_of(cast.agency.pk, packs=office.packs, at=LONG_AGO - timedelta(microseconds=1))
    with pytest.raises(Refused, match="尚未施行"):
        law_of(cast.sun.agency_id, packs=office.packs, at=LONG_AGO)


def test_new_version_takes_over_at_its_date(
    cast: Cast, office: Office, tmp_path: Path, noon: datetime
) -> None:
    packs = version_2(office, tmp_path)
    adopt(cast, packs, since=noon)
    assert last_line().verb == "pack.activated"
    before, after = (queries.packs_in_force(cast.agency.pk, at=at) for at in (noon - DAY, noon))
    assert ([p.version for p in before], [p.version for p in after]) == (["1"], ["2"])
    laws = [law_of(cast.agency.pk, packs=packs, at=at) for at in (noon - DAY, noon)]
    assert [law.packs[0].head.version for law in laws] == ["1", "2"]


def test_version_once_adopted_is_judged_by_whatever_becomes_of_its_folder(
    cast: Cast, office: Office, tmp_path: Path
) -> None:
    """The folder may hold the next version, or nothing: what was adopted was kept."""
    adopted = law_of(cast.agency.pk, packs=office.packs, at=LONG_AGO)
    for packs in (version_2(office, tmp_path), tmp_path / "gone"):
        assert law_of(cast.agency.pk, packs=packs, at=LONG_AGO) == adopted


def test_pack_whose_files_were_changed_judges_nothing_where_no_copy_was_kept(
    cast: Cast, office: Office, tmp_path: Path
) -> None:
    packs = tmp_path / "packs"
    shutil.copytree(office.packs / "fuzhou", packs / "fuzhou")
    other = cast.sun.agency
    digest = pack_digest(packs / "fuzhou")
    actions.activate_pack(
        other, by=OPERATOR, key="fuzhou", version="1", digest=digest, since=LONG_AGO, at=LONG_AGO
    )
    assert law_of(other.pk, packs=packs, at=LONG_AGO)
    pack = packs / "fuzhou" / "pack.toml"
    pack.write_text(pack.read_text().replace('within = "24h"', 'within = "240h"'))
    with pytest.raises(Tampered, match="启用时的不同"):
        law_of(other.pk, packs=packs, at=LONG_AGO)


def test_copy_that_was_kept_and_changed_under_the_office_is_told(
    cast: Cast, office: Office, tmp_path: Path
) -> None:
    with unlocked():
        kept = PackVersion.objects.get(key="subdistrict")
        kept.files = {name: text.replace('"24h"', '"240h"') for name, text in kept.files.items()}
        kept.save()
    _pack.cache_clear()
    _loaded.cache_clear()
    with pytest.raises(Tampered, match="与摘要不符"):
        law_of(cast.agency.pk, packs=tmp_path, at=LONG_AGO)


def test_same_version_with_other_content_is_refused(
    cast: Cast, office: Office, tmp_path: Path, noon: datetime
) -> None:
    packs = tmp_path / "packs"
    shutil.copytree(office.packs / "subdistrict", packs / "subdistrict")
    pack = packs / "subdistrict" / "pack.toml"
    pack.write_text(pack.read_text() + "\n")
    refused(lambda: adopt(cast, packs, since=noon), says="已有不同内容的同号版本")
    refused(lambda: adopt(cast, office.packs, since=noon), says="已经启用")


def test_files_that_change_while_they_are_adopted_are_refused(
    cast: Cast, office: Office, tmp_path: Path, noon: datetime
) -> None:
    packs = version_2(office, tmp_path)
    change = activation(packs / "subdistrict", since=noon)
    (packs / "subdistrict" / "more.toml").write_text("")
    refused(
        lambda: change_law(cast.agency, change, by=as_actor(cast.chen), packs=packs, at=noon),
        says="在此期间改动过",
    )


def test_folder_must_bear_the_packs_key(office: Office, tmp_path: Path, noon: datetime) -> None:
    shutil.copytree(office.packs / "subdistrict", tmp_path / "street")
    with pytest.raises(Malformed, match="不同"):
        activation(tmp_path / "street", since=noon)


def test_second_pack_binds_beside_the_first_and_may_be_ended(
    cast: Cast, office: Office, noon: datetime
) -> None:
    by = as_actor(cast.chen)
    change = activation(office.packs / "fuzhou", since=noon)
    change_law(cast.agency, change, by=by, packs=office.packs, at=noon)
    law = law_of(cast.agency.pk, packs=office.packs, at=noon)
    assert {pack.head.key for pack in law.packs} == {"subdistrict", "fuzhou"}
    end = Change(kind="end", key="subdistrict", since=noon + DAY)
    change_law(cast.agency, end, by=by, packs=office.packs, at=noon)  # 街道没有定期限，终止它不缩短什么。
    assert last_line().verb == "pack.ended"
    assert [p.head.key for p in law_of(cast.agency.pk, packs=office.packs, at=noon + DAY).packs] == ["fuzhou"]
    refused(
        lambda: change_law(
            cast.agency, Change(kind="end", key="tonghua", since=noon), by=by, packs=office.packs
        ),
        says="没有在施行",
    )


# ── shortening ─────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def fixed(cast: Cast, office: Office, noon: datetime) -> Cast:
    """The office has decided: ordinary footage two years. To fix what was open takes one person."""
    set_to(cast, office, "24m", at=noon)
    return cast


def test_longer_term_takes_one_person(fixed: Cast, office: Office, noon: datetime) -> None:
    set_to(fixed, office, "36m", at=noon + DAY)
    assert last_line().verb == "setting.entered"


@pytest.mark.parametrize("kind", ["set", "activate", "end"])
def test_shortening_by_one_person_is_refused_and_changes_nothing(
    fixed: Cast, office: Office, noon: datetime, kind: str
) -> None:
    changes = {
        "set": Change(kind="set", key="keep-ordinary", value="6m", since=noon + DAY),
        "activate": activation(office.packs / "tonghua", since=noon + DAY, replaces=("subdistrict",)),
        "end": Change(kind="end", key="subdistrict", since=noon + DAY),
    }
    before = law_of(fixed.agency.pk, packs=office.packs, at=noon + 2 * DAY)
    for by in (as_actor(fixed.chen), OPERATOR, SYSTEM):
        error = refused(
            lambda by=by: change_law(fixed.agency, changes[kind], by=by, packs=office.packs, at=noon),
            says="须经另一人批准",
        )
        assert "2年" in error.why
    assert law_of(fixed.agency.pk, packs=office.packs, at=noon + 2 * DAY) == before


def test_shortening_without_a_folder_is_refused_as_well(fixed: Cast, noon: datetime) -> None:
    refused(
        lambda: actions.set_value(
            fixed.agency, by=OPERATOR, key="keep-ordinary", value="6m", since=noon + DAY, at=noon
        ),
        says="须经另一人批准",
    )


def test_approved_shortening_comes_into_force_when_approved_and_not_before(
    fixed: Cast, office: Office, noon: datetime
) -> None:
    change = Change(kind="set", key="keep-ordinary", value="6m", since=noon)
    row = propose_change(fixed.agency, change, by=as_actor(fixed.chen), packs=office.packs, at=noon)
    assert "一般音像记录" in [c["class"] for c in row.shortened]
    assert queries.settings_in_force(fixed.agency.pk, at=noon)["keep-ordinary"] == "24m"
    approved_at = noon + 3 * DAY
    carry_out(row, by=SYSTEM, packs=office.packs, grant=grant_of(row, opens=approved_at), at=approved_at)
    line = last_line()
    assert (line.verb, row.approval) == ("setting.entered", "审-1")
    assert '"approval":"审-1"' in line.body
    told = [
        queries.settings_in_force(fixed.agency.pk, at=at)["keep-ordinary"]
        for at in (approved_at - DAY, approved_at)
    ]
    assert told == ["24m", "6m"]
    carry_out(row, by=SYSTEM, packs=office.packs, grant=grant_of(row, opens=approved_at), at=approved_at)
    assert last_line().number == line.number


@pytest.mark.parametrize("flaw", ["other thing", "other holder", "not yet", "other action"])
def test_grant_for_anything_else_shortens_nothing(
    fixed: Cast, office: Office, noon: datetime, flaw: str
) -> None:
    change = Change(kind="set", key="keep-ordinary", value="6m", since=noon)
    row = propose_change(fixed.agency, change, by=as_actor(fixed.chen), packs=office.packs, at=noon)
    grant = grant_of(row, opens=noon)
    wrong = {
        "other thing": replace(grant, objects=frozenset({fixed.agency.pk})),
        "other holder": replace(grant, holder=fixed.chen.pk),
        "not yet": replace(grant, opens=noon + DAY),
        "other action": replace(grant, action="recording.play"),
    }
    refused(
        lambda: carry_out(row, by=SYSTEM, packs=office.packs, grant=wrong[flaw], at=noon),
        says="须经另一人批准",
    )


def test_what_shortens_nothing_is_not_proposed(fixed: Cast, office: Office, noon: datetime) -> None:
    change = Change(kind="set", key="keep-ordinary", value="36m", since=noon)
    refused(
        lambda: propose_change(fixed.agency, change, by=as_actor(fixed.chen), packs=office.packs, at=noon),
        says="不需要报批",
    )
    refused(
        lambda: propose_change(
            fixed.agency, Change(kind="set", key="keep-ordinary", value="6m", since=noon), by=as_actor(fixed.li),
            packs=office.packs, at=noon,
        ),
        says="权限",
    )  # fmt: skip


def set_to(cast: Cast, office: Office, value: str, *, at: datetime) -> None:
    by = as_actor(cast.chen)
    actions.set_value(
        cast.agency, by=by, key="keep-ordinary", value=value, since=at, at=at, packs=office.packs
    )


def grant_of(row: LawChange, *, opens: datetime) -> Grant:
    return Grant(SYSTEM.id, SHORTEN, frozenset({row.pk}), opens, opens + DAY, "审-1")


def version_2(office: Office, folder: Path) -> Path:
    """A packs folder in which 街道 has become version 2, longer by a second in one place."""
    packs = folder / "packs"
    shutil.copytree(office.packs / "subdistrict", packs / "subdistrict")
    pack = packs / "subdistrict" / "pack.toml"
    text = re.sub(r'(version\s*= )"1"', r'\1"2"', pack.read_text())
    pack.write_text(text.replace('within = "24h"', 'within = "23h"'))
    return packs


def adopt(cast: Cast, packs: Path, *, since: datetime) -> None:
    change = activation(packs / "subdistrict", since=since)
    change_law(cast.agency, change, by=as_actor(cast.chen), packs=packs, at=since)


def test_digest_of_a_pack_changes_with_names_too(office: Office, tmp_path: Path) -> None:
    copy = tmp_path / "pack"
    shutil.copytree(office.packs / "subdistrict", copy)
    assert pack_digest(copy) == pack_digest(office.packs / "subdistrict")
    (copy / "pack.toml").rename(copy / "other.toml")
    assert pack_digest(copy) != pack_digest(office.packs / "subdistrict")


def test_agency_setting_reaches_the_rules_from_its_date(cast: Cast, office: Office, noon: datetime) -> None:
    by = as_actor(cast.chen)
    actions.set_value(cast.agency, by=by, key="statement-within", value="72h", since=noon, at=noon)
    actions.set_value(cast.agency, by=by, key="statement-within", value="48h", since=noon + DAY, at=noon)
    told = [queries.settings_in_force(cast.agency.pk, at=noon + n * DAY) for n in (-1, 0, 1)]
    assert told == [{}, {"statement-within": "72h"}, {"statement-within": "48h"}]
    laws = [law_of(cast.agency.pk, packs=office.packs, at=noon + n * DAY) for n in (-1, 0, 1)]
    assert len({id(law) for law in laws}) == 3
    assert len({repr(law.interruption) for law in laws}) == 3


def test_law_is_the_legal_reviewers_business(cast: Cast, noon: datetime) -> None:
    actions.set_value(cast.agency, by=as_actor(cast.chen), key="statement-within", value="72h", since=noon)
    for by in (as_actor(cast.zhang), as_actor(cast.li), as_actor(cast.sun)):
        refused(
            lambda by=by: actions.set_value(cast.agency, by=by, key="keep-ordinary", value="6m", since=noon),
            says="权限",
        )
        refused(
            lambda by=by: actions.activate_pack(
                cast.agency, by=by, key="fuzhou", version="1", digest="0" * 64, since=noon
            ),
            says="权限",
        )


def test_numbers_run_by_agency_kind_and_day_of_beijing(cast: Cast, noon: datetime) -> None:
    late = noon.replace(hour=15, minute=59)  # 23:59 in Beijing
    told = [next_number(cast.agency, "案", at=late) for _ in range(2)]
    told += [
        next_number(cast.agency, "活动", at=late),
        next_number(cast.agency, "案", at=late + timedelta(minutes=1)),
    ]
    assert told == [
        "BMZ-案-20261116-0001", "BMZ-案-20261116-0002", "BMZ-活动-20261116-0001", "BMZ-案-20261117-0001",
    ]  # fmt: skip
    assert next_number(cast.sun.agency, "案", at=late) == "BMZX-案-20261116-0001"


def test_operator_founds_and_activates(cast: Cast) -> None:
    """The first run has nobody yet: what the operator does at the machine is journalled like all else."""
    assert OPERATOR.kind == "operator"
    assert [p.key for p in queries.packs_in_force(cast.agency.pk, at=LONG_AGO)] == ["subdistrict"]
