"""The regulation's own text: attached by the legal reviewer, kept as the file it was, bound to pack and version."""

from datetime import datetime, timedelta

import pytest
from tests.apps.steps import last_line, refused
from tests.cast import Cast, as_actor
from tests.conftest import unlocked

from liuhen.apps.registry import statutes
from liuhen.apps.registry.models import StatuteText
from liuhen.kernel.errors import Malformed, Tampered

TEXT = "".join(f"第{n}条 {body}\n" for n, body in [("一", "甲。"), ("二", "乙。")])


def attach(cast: Cast, text: str, *, at: datetime, version: str = "1") -> StatuteText:
    return statutes.attach_text(
        cast.agency, by=as_actor(cast.chen), key="subdistrict", version=version, name="办法.txt",
        content=text.encode(), at=at,
    )  # fmt: skip


def test_text_is_kept_with_its_line_and_found_by_clause(cast: Cast, noon: datetime) -> None:
    row = attach(cast, TEXT, at=noon)
    line = last_line()
    assert line.verb == "statute.attached"
    assert row.digest in line.body
    assert "甲" not in line.body
    passage = statutes.passage_of(cast.agency.pk, cast.law, "SUB-2")
    assert passage is not None
    assert passage.text == "乙。"
    assert statutes.passage_of(cast.agency.pk, cast.law, "SUB-21") is None
    assert statutes.passage_of(cast.agency.pk, cast.law, "XYZ-1") is None
    assert statutes.passage_of(cast.sun.agency_id, cast.law, "SUB-2") is None


def test_newest_attachment_counts_and_the_older_one_stays(cast: Cast, noon: datetime) -> None:
    attach(cast, TEXT, at=noon)
    attach(cast, TEXT.replace("乙", "丙"), at=noon + timedelta(hours=1))
    statute = statutes.statute_of(cast.agency.pk, "subdistrict", "1")
    assert statute is not None
    assert statute.articles[1].text == "丙。"
    assert statutes.statute_of(cast.agency.pk, "subdistrict", "2") is None
    assert len(statutes.texts_of(cast.agency.pk, "subdistrict")) == 2
    refused(lambda: attach(cast, TEXT.replace("乙", "丙"), at=noon + timedelta(hours=2)), says="内容相同")


def test_file_that_cannot_be_read_is_refused_and_the_one_before_stays(cast: Cast, noon: datetime) -> None:
    attach(cast, TEXT, at=noon)
    refused(lambda: attach(cast, "%PDF-1.4", at=noon), says="PDF", kind=Malformed)
    refused(lambda: attach(cast, "没有条文", at=noon), says="没有找到", kind=Malformed)
    assert StatuteText.objects.count() == 1


def test_only_the_legal_reviewer_attaches(cast: Cast, noon: datetime) -> None:
    for officer in (cast.li, cast.zhang, cast.sun):
        refused(
            lambda officer=officer: statutes.attach_text(
                cast.agency, by=as_actor(officer), key="subdistrict", version="1", name="a.txt",
                content=TEXT.encode(), at=noon,
            ),
            says="权限",
        )  # fmt: skip


def test_file_changed_under_the_office_is_told(cast: Cast, noon: datetime) -> None:
    row = attach(cast, TEXT, at=noon)
    with unlocked():
        StatuteText.objects.filter(pk=row.pk).update(content="eA==")
    with pytest.raises(Tampered, match="与摘要不符"):
        statutes.statute_of(cast.agency.pk, "subdistrict", "1")
