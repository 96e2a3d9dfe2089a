"""RFC 3161 tokens of a real authority (`openssl ts`), checked whole; each thing that may be wrong is wrong once."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from asn1crypto import algos, cms, core, tsp
from asn1crypto import x509 as read_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from rfc3161_client import VerifierBuilder, decode_timestamp_response
from tests.engines.ledger.stamping import OpenSslAuthority

from liuhen.engines.ledger import timestamp
from liuhen.engines.ledger.timestamp import (
    MOST_BYTES,
    TimeAuthority,
    check_token,
    query,
    token_in,
)
from liuhen.kernel.errors import Malformed, Tampered, Unavailable

CONTENT = b"liuhen/test\n3\n2g==\n\n"
NONCE = 0x7A11_5EED_0000_0001
PEERS = (
    Path(os.environ.get("LIUHEN_REFERENCE", Path(__file__).parents[4] / "shared")) / "samples/peers/rfc3161"
)


@pytest.fixture(scope="module", params=["rsa:2048", "ec"])
def openssl(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> OpenSslAuthority:
    return OpenSslAuthority(tmp_path_factory.mktemp("tsa"), algorithm=request.param)


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> OpenSslAuthority:
    return OpenSslAuthority(tmp_path_factory.mktemp("plain"), algorithm="ec")


def trusted(openssl: OpenSslAuthority, policy: str = "") -> TimeAuthority:
    return TimeAuthority("测试", (openssl.root,), policy)


@pytest.mark.parametrize("with_chain", [False, True])
def test_token_of_a_real_authority_is_checked_whole(openssl: OpenSslAuthority, *, with_chain: bool) -> None:
    reply = openssl.reply(query(CONTENT, nonce=NONCE), with_chain=with_chain)
    stamped = check_token(token_in(reply), CONTENT, trusted(openssl, "1.2.3.4.1"), nonce=NONCE)
    assert abs(stamped.at - datetime.now(UTC)) < timedelta(minutes=1)
    assert (stamped.accuracy, stamped.policy) == (timedelta(seconds=1.5), "1.2.3.4.1")
    assert "TSA" in stamped.signer
    assert check_token(token_in(reply), CONTENT, trusted(openssl)) == stamped
    if not with_chain:  # the stricter library refuses the order in which OpenSSL writes a chain
        verifier = VerifierBuilder().add_root_certificate(openssl.root).nonce(NONCE).build()
        assert verifier.verify_message(decode_timestamp_response(reply), CONTENT)


def test_older_authority_that_binds_its_certificate_by_sha1_is_read(tmp_path: Path) -> None:
    """RFC 3161 before RFC 5816: the signed attribute is `signing-certificate`."""
    older = OpenSslAuthority(tmp_path / "older", algorithm="ec", ess="sha1")
    token = token_in(older.reply(query(CONTENT, nonce=NONCE)))
    assert check_token(token, CONTENT, trusted(older), nonce=NONCE).serial > 0


def test_policy_that_was_asked_for_is_the_one_stamped_under(plain: OpenSslAuthority) -> None:
    reply = plain.reply(query(CONTENT, nonce=NONCE, policy="1.2.3.4.5"))
    assert check_token(token_in(reply), CONTENT, trusted(plain, "1.2.3.4.5")).policy == "1.2.3.4.5"
    with pytest.raises(Tampered, match="不是约定的"):
        check_token(token_in(reply), CONTENT, trusted(plain, "1.2.3.4.1"))


def test_token_of_other_content_nonce_or_root_proves_nothing(plain: OpenSslAuthority, tmp_path: Path) -> None:
    token = token_in(plain.reply(query(CONTENT, nonce=NONCE)))
    with pytest.raises(Tampered, match="不是这份内容"):
        check_token(token, CONTENT + b"x", trusted(plain))
    with pytest.raises(Tampered, match="随机数"):
        check_token(token, CONTENT, trusted(plain), nonce=NONCE + 1)
    with pytest.raises(Tampered, match="不到本机关信任"):
        check_token(token, CONTENT, TimeAuthority("无", ()))
    other = OpenSslAuthority(tmp_path / "other", algorithm="ec")  # another root under the same name
    with pytest.raises(Tampered, match="不到本机关信任"):
        check_token(token, CONTENT, trusted(other))


@pytest.mark.parametrize(
    "usage", ["timeStamping", "critical,timeStamping,codeSigning", "critical,serverAuth"]
)
def test_certificate_that_is_not_for_time_stamps_alone_signs_none(
    plain: OpenSslAuthority, tmp_path: Path, usage: str
) -> None:
    """OpenSSL itself refuses to stamp with some of these; then its token is borrowed and the certificate judged by name."""
    wrong = OpenSslAuthority(tmp_path / "wrong", usage=usage, algorithm="ec")
    certificate = x509.load_pem_x509_certificate((tmp_path / "wrong/tsa.pem").read_bytes())
    with pytest.raises(Tampered, match="专供"):
        timestamp._check_purpose(certificate)
    with pytest.raises(Tampered, match="没有写明用途"):
        timestamp._check_purpose(wrong.root)


def test_every_flipped_byte_is_found(plain: OpenSslAuthority) -> None:
    """Outside the signature's own spelling nothing of a token may be changed: what is accepted says the same."""
    token = token_in(plain.reply(query(CONTENT, nonce=NONCE)))
    stamped, accepted = check_token(token, CONTENT, trusted(plain), nonce=NONCE), []
    for place in range(len(token)):
        changed = bytearray(token)
        changed[place] ^= 0x01
        try:
            found = check_token(bytes(changed), CONTENT, trusted(plain), nonce=NONCE)
        except Tampered:
            continue
        assert found == stamped
        accepted.append(place)
    assert len(accepted) < 30  # version numbers and parameters that nothing rests on


def test_token_signed_after_its_certificate_ended_is_refused(plain: OpenSslAuthority, tmp_path: Path) -> None:
    ended = OpenSslAuthority(tmp_path / "ended", algorithm="ec", days=-1)
    try:
        reply = ended.reply(query(CONTENT, nonce=NONCE))
    except Exception as error:  # noqa: BLE001  some versions refuse to sign at all
        pytest.skip(f"openssl: {error}")
    with pytest.raises(Tampered, match="有效期"):
        check_token(token_in(reply), CONTENT, trusted(ended))


def test_answer_that_is_a_refusal_or_no_answer_is_told() -> None:
    refused = core.Sequence.load(
        tsp.PKIStatusInfo({"status": "rejection", "status_string": ["busy"]}).dump()
    ).dump()
    refused = b"\x30" + bytes([len(refused)]) + refused
    with pytest.raises(Unavailable, match="rejection，busy"):
        token_in(refused)
    for rubbish in (b"", b"\x30", b"<html>", b"\x30\x03\x02\x01\x00"):
        with pytest.raises((Malformed, Unavailable)):
            token_in(rubbish)
    with pytest.raises(Malformed, match="过长"):
        token_in(b"x" * (MOST_BYTES + 1))
    for rubbish in (b"", b"\x30\x00", b"\x04\x01x"):
        with pytest.raises(Tampered):
            check_token(rubbish, CONTENT, TimeAuthority("x", ()))


@pytest.mark.reference
@pytest.mark.skipif(not PEERS.is_dir(), reason="no reference data")
@pytest.mark.parametrize("name", ["response-sha256.tsr", "response-sha512.tsr"])
def test_published_responses_verify_over_their_content(name: str) -> None:
    roots = tuple(x509.load_pem_x509_certificates((PEERS / "ts_chain.pem").read_bytes()))
    token = token_in((PEERS / name).read_bytes())
    content = (PEERS / "hello.txt").read_bytes()
    stamped = check_token(token, content, TimeAuthority("sigstage", roots))
    assert stamped.at.year >= 2024
    with pytest.raises(Tampered):
        check_token(token, content + b"!", TimeAuthority("sigstage", roots))
    asked = tsp.TimeStampReq.load((PEERS / "request.der").read_bytes())
    with pytest.raises(Tampered, match="随机数"):
        check_token(token, content, TimeAuthority("sigstage", roots), nonce=asked["nonce"].native)


# -- chains, made here -------------------------------------------------------------------------------------------

NOON = datetime(2026, 11, 16, 4, tzinfo=UTC)


class Made:
    """A certificate with its key."""

    def __init__(
        self,
        name: str,
        above: "Made | None" = None,
        *,
        ca: bool | None = True,
        length: int | None = None,
        days: int = 30,
    ) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        issuer = above or self
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        builder = (
            x509.CertificateBuilder().subject_name(self.name).issuer_name(issuer.name).public_key(self.key.public_key())
            .serial_number(x509.random_serial_number()).not_valid_before(NOON - timedelta(days=30)).not_valid_after(NOON + timedelta(days=days))
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(self.key.public_key()), critical=False)
        )  # fmt: skip
        if ca is None:
            usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING])
            builder = builder.add_extension(usage, critical=True)
        elif length != -1:
            builder = builder.add_extension(
                x509.BasicConstraints(ca=ca, path_length=length if ca else None), critical=True
            )
            bits = dict.fromkeys(("content_commitment", "key_encipherment", "data_encipherment", "key_agreement", "crl_sign", "encipher_only", "decipher_only"), False)  # fmt: skip
            builder = builder.add_extension(
                x509.KeyUsage(digital_signature=True, key_cert_sign=ca, **bits), critical=True
            )
        self.certificate = builder.sign(issuer.key, hashes.SHA256())

    @property
    def read(self) -> read_x509.Certificate:
        return read_x509.Certificate.load(self.certificate.public_bytes(Encoding.DER))


def check_chain(signer: Made, *others: Made, root: Made, at: datetime = NOON) -> None:
    authority = TimeAuthority("x", (root.certificate,))
    timestamp._check_chain(signer.read, [one.read for one in (signer, *others)], authority, at)


def test_chain_over_intermediates_ends_in_the_root() -> None:
    root = Made("root")
    middle = Made("middle", root, length=0)
    signer = Made("tsa", middle, ca=None)
    check_chain(signer, middle, root=root)
    check_chain(
        signer, Made("middle"), middle, root=root
    )  # one of the same name that did not issue is passed over
    check_chain(signer, root=signer)  # the office may trust the signer itself
    lower = Made("lower", middle, length=None)
    deep = Made("tsa", lower, ca=None)
    with pytest.raises(Tampered, match="超过规定的长度"):
        check_chain(deep, lower, middle, root=root)
    with pytest.raises(Tampered, match="不到本机关信任"):
        check_chain(signer, root=root)
    with pytest.raises(Tampered, match="有效期"):
        check_chain(signer, middle, root=root, at=NOON + timedelta(days=31))
    old = Made("old", days=-10)
    with pytest.raises(Tampered, match="根证书不在有效期"):
        check_chain(Made("tsa", old, ca=None), root=old)
    for wrong, says in (
        (Made("w", root, ca=False), "不能签发"),
        (Made("w", root, length=-1), "没有写明可以"),
    ):
        with pytest.raises(Tampered, match=says):
            check_chain(Made("tsa", wrong, ca=None), wrong, root=root)


def test_chain_without_end_is_not_followed() -> None:
    chain = [Made("0")]
    for number in range(1, 9):
        chain.append(Made(str(number), chain[-1]))
    signer = Made("tsa", chain[-1], ca=None)
    with pytest.raises(Tampered, match="不到本机关信任"):
        check_chain(signer, *chain[1:], root=chain[0])


def test_signer_may_be_named_by_its_key() -> None:
    made = Made("tsa")
    named = cms.SignerIdentifier(name="subject_key_identifier", value=made.read.key_identifier)
    assert timestamp._is_named({"sid": named}, made.read)
    assert not timestamp._is_named({"sid": named}, Made("tsa").read)


def test_algorithm_that_is_not_known_proves_nothing() -> None:
    algorithm = algos.SignedDigestAlgorithm({"algorithm": "sha256_ecdsa"})
    with pytest.raises(Tampered, match="不受承认"):
        timestamp._verify(Ed25519PrivateKey.generate().public_key(), algorithm, "sha256", b"", b"")


def test_token_without_its_signers_certificate_is_refused(plain: OpenSslAuthority, tmp_path: Path) -> None:
    """The certificate is swapped for another authority's: what the signed attribute binds is gone."""
    other = OpenSslAuthority(tmp_path / "other", algorithm="ec")
    envelope = cms.ContentInfo.load(token_in(plain.reply(query(CONTENT, nonce=NONCE))))
    foreign = cms.ContentInfo.load(token_in(other.reply(query(CONTENT, nonce=NONCE))))
    envelope["content"]["certificates"] = foreign["content"]["certificates"].copy()
    with pytest.raises(Tampered, match="所附证书不是"):
        check_token(envelope.dump(force=True), CONTENT, trusted(plain))
