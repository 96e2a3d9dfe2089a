"""The law in force: from its date, for its agency, of exactly the bytes that were adopted."""

import shutil
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from tests.apps.steps import last_line, refused
from tests.cast import LONG_AGO, Cast, as_actor

from liuhen.apps.registry import actions, queries
from liuhen.apps.registry.law import law_of, pack_digest
from liuhen.apps.registry.numbering import next_number
from liuhen.interfaces.office import Office
from liuhen.kernel.actors import OPERATOR
from liuhen.kernel.errors import Refused, Tampered

DAY = timedelta(days=1)


def test_nothing_is_judged_before_activation(cast: Cast, office: Office) -> None:
    assert law_of(cast.agency.pk, packs=office.packs, at=LONG_AGO).packs[0].head.key == "subdistrict"
    with pytest.raises(Refused, match="尚未施行"):
        law_of(cast.agency.pk, packs=office.packs, at=LONG_AGO - timedelta(microseconds=1))
    with pytest.raises(Refused, match="尚未施行"):
        law_of(cast.sun.agency_id, packs=office.packs, at=LONG_AGO)


def test_new_version_takes_over_at_its_date(cast: Cast, noon: datetime) -> None:
    actions.activate_pack(
        cast.agency,
        by=as_actor(cast.chen),
        key="subdistrict",
        version="2",
        digest="0" * 64,
        since=noon,
        at=noon,
    )
    assert last_line().verb == "pack.activated"
    before, after = (queries.packs_in_force(cast.agency.pk, at=at) for at in (noon - DAY, noon))
    assert ([p.version for p in before], [p.version for p in after]) == (["1"], ["2"])


def test_pack_whose_files_were_changed_judges_nothing(cast: Cast, office: Office, tmp_path: Path) -> None:
    packs = tmp_path / "packs"
    shutil.copytree(office.packs / "subdistrict", packs / "subdistrict")
    assert law_of(cast.agency.pk, packs=packs, at=LONG_AGO)
    pack = packs / "subdistrict" / "pack.toml"
    pack.write_text(pack.read_text().replace('within = "24h"', 'within = "240h"'))
    with pytest.raises(Tampered, match="启用时的不同"):
        law_of(cast.agency.pk, packs=packs, at=LONG_AGO)


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
