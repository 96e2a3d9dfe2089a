"""采集站登记时本机关已有 SM2 公钥的，回执须两种签名都在、都对；登记在先的，只有 Ed25519 也收。"""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from liuhen.engines.ledger import Receipt, Signer
from liuhen.kernel.digests import digest_of
from liuhen.kernel.errors import Malformed, Tampered
from liuhen.station.config import Config, read_config
from liuhen.station.upload import check_receipt
from tests.national import national_signer

KEY = Ed25519PrivateKey.from_private_bytes(b"\1" * 32)
HOUSE = Signer("liuhen/清河", KEY, national_signer("liuhen/清河", 42))
PLAIN, FALSE = Signer(HOUSE.name, KEY), Signer(HOUSE.name, KEY, national_signer("liuhen/清河", 43))
FILM = digest_of(b"film")
RECEIPT = Receipt("verified", "r-1", FILM, 4, 3, datetime(2026, 11, 20, 4, tzinfo=UTC), HOUSE.name)


def enrolled(folder: Path, **more: str) -> Config:
    told = {
        "server": "http://127.0.0.1:9",
        "token": "",
        "name": "一号站",
        "receipt_key": str(HOUSE.verifier),
    } | more
    (folder / "station.json").write_text(json.dumps(told))
    return read_config(folder)


def test_station_that_knows_the_second_key_asks_for_both(tmp_path: Path) -> None:
    assert HOUSE.twin
    station = enrolled(tmp_path, receipt_sm2=str(HOUSE.twin.verifier))
    assert check_receipt(RECEIPT.signed(HOUSE), digest=FILM, size=4, config=station) == RECEIPT
    for signer, says in ((PLAIN, "缺少"), (FALSE, "SM2 签名与内容不符")):
        with pytest.raises(Tampered, match=says):
            check_receipt(RECEIPT.signed(signer), digest=FILM, size=4, config=station)


def test_station_enrolled_before_takes_either_and_a_damaged_key_is_said(tmp_path: Path) -> None:
    station = enrolled(tmp_path)
    for signer in (PLAIN, HOUSE):
        assert check_receipt(RECEIPT.signed(signer), digest=FILM, size=4, config=station) == RECEIPT
    with pytest.raises(Malformed):
        enrolled(tmp_path, receipt_sm2="x")
