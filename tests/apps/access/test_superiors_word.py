"""A sensitive package under Tonghua: it is not made without the superior's word, and the word's digest goes out with it."""

import base64
import json
import zipfile
from dataclasses import replace
from datetime import date, datetime

import pytest
from tests.apps.access.test_packages import WISH, activity, approval_request, verifier, zip_of
from tests.apps.steps import HOUR, refused
from tests.cast import Cast, as_actor

from liuhen.apps.access.models import Package
from liuhen.apps.access.packages import ask_for_package, order_package
from liuhen.apps.approval.actions import SUPERIOR, ChainStep, decide
from liuhen.apps.approval.superiors import WrittenWord, check_paper, enter_paper
from liuhen.apps.casework.models import Activity
from liuhen.apps.journal.sealing import seal
from liuhen.engines.rules import approver_chain, combine_packs, load_pack
from liuhen.interfaces.office import Office
from liuhen.server.works import works

__all__ = ["activity"]
SCAN = b"\x89PNG\r\n\x1a\n the letter of the bureau"
WORD = WrittenWord(
    "市公安局", "市公批〔2026〕7 号", date(2026, 11, 16), "周某", "副局长", agree=True, assessment="已评估。", scan=base64.b64encode(SCAN).decode(),
)  # fmt: skip


@pytest.mark.clause("TNH-18.p4b")
def test_chain_of_the_law_ends_with_the_superior_where_the_content_is_sensitive(office: Office) -> None:
    law = combine_packs([load_pack(office.packs / "tonghua")])
    sensitive = replace(WISH, is_sensitive=True)
    roles = [
        [step.role for step in approver_chain(law, purpose="disclosure", circumstances=wish.circumstances)]
        for wish in (WISH, sensitive)
    ]
    assert roles == [["legal_reviewer", "agency_head"], ["legal_reviewer", "agency_head", SUPERIOR]]


@pytest.mark.clause("TNH-18.p4b")
def test_package_waits_for_the_paper_and_tells_its_digest(
    cast: Cast, office: Office, activity: Activity, noon: datetime
) -> None:
    chain = [ChainStep("unit_head", "负责人", ""), ChainStep(SUPERIOR, "上级公安机关", "TNH-18.p4b")]
    made = ask_for_package(
        activity, replace(WISH, is_sensitive=True), by=as_actor(cast.li), requester=cast.li, reason="调取", chain=chain, at=noon
    )  # fmt: skip
    package = Package.objects.get(pk=made.subject)
    request = approval_request(package)
    decide(request, by=as_actor(cast.zhang), officer=cast.zhang, agree=True, reason="", at=noon)
    refused(lambda: order_package(package, by=as_actor(cast.chen), at=noon), says="还没有批准")
    paper = enter_paper(request, WORD, by=as_actor(cast.li), officer=cast.li, cite=None, at=noon + HOUR)
    refused(lambda: order_package(package, by=as_actor(cast.chen), at=noon + HOUR), says="还没有批准")
    check_paper(
        paper, by=as_actor(cast.chen), officer=cast.chen, fits=True, reason="", cite=None, at=noon + HOUR
    )
    order_package(package, by=as_actor(cast.chen), at=noon + HOUR)
    seal(office.log, at=noon + HOUR)
    works(office)["package.build"](package.pk)
    package.refresh_from_db()
    report = verifier(office).verified(str(zip_of(office, package)), f"log {office.signer.verifier}\nquorum none\n").told()  # fmt: skip
    assert [item for item in report["items"] if item["state"] == "bad"] == []
    with zipfile.ZipFile(zip_of(office, package)) as opened:
        (name,) = [one for one in opened.namelist() if one.endswith("/README.txt")]
        leaflet = opened.read(name).decode()
        rows = json.loads(opened.read(name.replace("README.txt", "data/journal/rows.json")))
    assert f"市公批〔2026〕7 号，2026-11-16，副局长周某；扫描件 SHA-256 {paper.sha256}" in leaflet
    (row,) = [one for one in rows if one["kind"] == "approval.superiorpaper"]
    assert (row["fields"]["sha256"], row["withheld"], "scan" in row["fields"]) == (f'"{paper.sha256}"', ["scan"], False)  # fmt: skip
    assert base64.b64encode(SCAN).decode() not in json.dumps(rows)
