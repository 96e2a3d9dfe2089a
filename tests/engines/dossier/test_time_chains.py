"""时间戳的证书链：两个核验程序对每一条链说的一样；到不了所给根证书的、链上有一张不作数的，都不认。"""

import base64
import runpy
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from tests.engines.dossier.browsing import offline
from tests.engines.dossier.packing import FOLDER, HOUSE, contents, trust_text
from tests.engines.dossier.test_verifiers import Held
from tests.engines.ledger.stamping import OpenSslAuthority

from liuhen.engines.dossier import bag_files

VERIFY = SimpleNamespace(**runpy.run_path(str(FOLDER / "verify.py"), run_name="verify"))
AT = datetime(2026, 11, 16, 4, tzinfo=UTC)
DAY = timedelta(days=1)
_RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)
_OTHER = rsa.generate_private_key(public_exponent=65537, key_size=2048)
_EC = ec.generate_private_key(ec.SECP256R1())
_P384 = ec.generate_private_key(ec.SECP384R1())
_CA = (x509.BasicConstraints(ca=True, path_length=None), True)
_SIGNS = (x509.KeyUsage(*(position == 5 for position in range(9))), True)
_FOR_TIME = (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), True)


def issued(
    name: str,
    key: Any,
    by: str,
    signer: Any,
    *extensions: Any,
    since: datetime = AT - DAY,
    until: datetime = AT + DAY,
) -> bytes:
    def called(text: str) -> x509.Name:
        return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])

    made = x509.CertificateBuilder(
        called(by), called(name), key.public_key(), x509.random_serial_number(), since, until
    )
    for extension, critical in extensions:
        made = made.add_extension(extension, critical)
    return made.sign(signer, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


ROOT = issued("根", _RSA, "根", _RSA, _CA, _SIGNS)
FALSE_ROOT = issued("根", _OTHER, "根", _OTHER, _CA, _SIGNS)
OLD_ROOT = issued("根", _RSA, "根", _RSA, _CA, _SIGNS, until=AT - timedelta(hours=1))
EC_ROOT = issued("根", _P384, "根", _P384, _CA, _SIGNS)
DIRECT = issued("戳", _EC, "根", _RSA, _FOR_TIME)
BELOW = issued("戳", _EC, "中", _EC, _FOR_TIME)
MIDDLE = issued("中", _EC, "根", _RSA, _CA, _SIGNS)
TWO_DOWN = issued("戳", _EC, "下", _EC, _FOR_TIME)
LOWER = issued("下", _EC, "中", _EC, _CA, _SIGNS)
NARROW = (x509.BasicConstraints(ca=True, path_length=0), True)
LOOP = issued("中", _EC, "下", _EC, _CA, _SIGNS)

CHAINS: list[tuple[str, str, list[bytes], list[bytes]]] = [
    ("signed by the root itself", "time.chain-fits", [DIRECT], [ROOT]),
    ("one between", "time.chain-fits", [BELOW, MIDDLE], [ROOT]),
    ("two between, in any order", "time.chain-fits", [TWO_DOWN, MIDDLE, LOWER], [ROOT]),
    ("a root of P-384", "time.chain-fits", [issued("戳", _EC, "根", _P384, _FOR_TIME), EC_ROOT], [ROOT, EC_ROOT]),
    ("the one between is given as root", "time.chain-fits", [BELOW, MIDDLE], [MIDDLE]),
    ("the signer itself is given", "time.chain-fits", [DIRECT], [DIRECT]),
    ("an old and a new root of one key", "time.chain-fits", [DIRECT], [OLD_ROOT, ROOT]),
    ("no root given", "time.chain", [BELOW, MIDDLE], []),
    ("a root of the same name", "time.chain-wrong", [DIRECT], [FALSE_ROOT]),
    ("its own root brought along", "time.chain-wrong", [issued("戳", _EC, "根", _OTHER, _FOR_TIME), FALSE_ROOT], [ROOT]),
    ("the one between is missing", "time.chain-wrong", [BELOW], [ROOT]),
    ("the root no longer valid", "time.chain-wrong", [DIRECT], [OLD_ROOT]),
    ("the signer not yet valid", "time.chain-wrong", [issued("戳", _EC, "根", _RSA, _FOR_TIME, since=AT + timedelta(hours=1))], [ROOT]),
    ("the one between no longer valid", "time.chain-wrong", [BELOW, issued("中", _EC, "根", _RSA, _CA, _SIGNS, until=AT - timedelta(hours=1))], [ROOT]),
    ("the one between is no authority", "time.chain-wrong", [BELOW, issued("中", _EC, "根", _RSA)], [ROOT]),
    ("the one between may not sign", "time.chain-wrong", [BELOW, issued("中", _EC, "根", _RSA, _CA, (x509.KeyUsage(*(position == 0 for position in range(9))), True))], [ROOT]),
    ("the one between says it is none", "time.chain-wrong", [BELOW, issued("中", _EC, "根", _RSA, (x509.BasicConstraints(ca=False, path_length=None), True), _SIGNS)], [ROOT]),
    ("one more between than allowed", "time.chain-wrong", [TWO_DOWN, LOWER, issued("中", _EC, "根", _RSA, NARROW, _SIGNS)], [ROOT]),
    ("as many as allowed", "time.chain-fits", [BELOW, issued("中", _EC, "根", _RSA, NARROW, _SIGNS)], [ROOT]),
    ("a ring", "time.chain-wrong", [TWO_DOWN, LOWER, LOOP], [ROOT]),
    ("a signature of SHA-1's kind", "time.chain-wrong", [DIRECT.replace(bytes.fromhex("06092a864886f70d01010b"), bytes.fromhex("06092a864886f70d010105"))], [ROOT]),
    ("a certificate of a website", "time.purpose", [issued("戳", _EC, "根", _RSA, (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), True))], [ROOT]),
    ("time beside other purposes", "time.purpose", [issued("戳", _EC, "根", _RSA, (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING, ExtendedKeyUsageOID.SERVER_AUTH]), True))], [ROOT]),
    ("a purpose that need not be heeded", "time.purpose", [issued("戳", _EC, "根", _RSA, (_FOR_TIME[0], False))], [ROOT]),
    ("no purpose", "time.purpose", [issued("戳", _EC, "根", _RSA)], []),
    ("no certificate at all", "wrong", [b"\x30\x03\x02\x01\x01"], [ROOT]),
]  # fmt: skip


def by_python(certificates: list[bytes], roots: list[bytes]) -> str:
    token = SimpleNamespace(
        certificate=lambda: certificates[0], certificates=certificates, at="2026-11-16T04:00:00.000000Z"
    )
    try:
        return str(VERIFY.chain_fault(token, roots))
    except VERIFY.Wrong:
        return "wrong"


@pytest.mark.parametrize(("told", "says", "certificates", "roots"), CHAINS, ids=[one[0] for one in CHAINS])
def test_chain_holds_only_to_a_root_of_the_verifiers_own(
    told: str, says: str, certificates: list[bytes], roots: list[bytes]
) -> None:
    assert by_python(certificates, roots) == says, told


@pytest.mark.browser
def test_page_says_the_same_of_every_chain() -> None:
    run = """async (chains) => {
      const found = [];
      for (const [certificates, roots] of chains) {
        const all = certificates.map(unbase64);
        try {
          found.push(await chainFault({ certificate: async () => all[0], certificates: all, at: "2026-11-16T04:00:00.000000Z" }, roots.map(unbase64)));
        } catch (error) { found.push("wrong"); }
      }
      return found;
    }"""

    def encoded(all_: list[bytes]) -> list[str]:
        return [base64.b64encode(one).decode() for one in all_]

    with offline(FOLDER / "verify.html") as page:
        shown = page.evaluate(
            run, [[encoded(certificates), encoded(roots)] for _, _, certificates, roots in CHAINS]
        )
    assert shown == [says for _, says, _, _ in CHAINS]


def test_package_says_how_far_its_time_reaches(tmp_path: Path) -> None:
    authority, other = OpenSslAuthority(tmp_path / "one"), OpenSslAuthority(tmp_path / "other")
    files = {file.path: b"".join(file.pieces()) for file in bag_files(contents(authority=authority), HOUSE)}

    def said(*roots: x509.Certificate) -> tuple[str, set[str]]:
        lines = [
            f"# liuhen: root {base64.b64encode(one.public_bytes(serialization.Encoding.DER)).decode()}\n"
            for one in roots
        ]
        report = VERIFY.Check(Held(files), trust_text() + "".join(lines)).run().told()
        return report["verdict"], {
            item["code"] for item in report["items"] if item["code"].startswith("time.")
        }

    plain, _ = said()
    assert said() == (plain, {"time.fits", "time.chain"})
    assert said(authority.root) == (plain, {"time.fits", "time.chain-fits"})
    assert said(other.root) == ("broken", {"time.fits", "time.chain-wrong"})
