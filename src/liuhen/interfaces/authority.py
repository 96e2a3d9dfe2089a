"""The house's authority over its stations: it signs client certificates, and nothing else.

Its key stands apart from the one that vouches for the web site, so that no site certificate opens the intake and no station's
certificate stands for a site. What a request asks for is not taken over: name, purpose and term are the house's.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from liuhen.kernel.errors import Malformed

LASTS = timedelta(days=90)
_BACK = timedelta(hours=1)  # A station's clock may be behind ours.
_MOST_BYTES = 8192


@dataclass(frozen=True, slots=True)
class Issued:
    """A certificate that was signed: its text, its fingerprint, its end."""

    pem: str
    fingerprint: str
    until: datetime


@dataclass(frozen=True, slots=True)
class Authority:
    """Signs with the authority's key; `certificate` is what the intake trusts."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    def issue(self, request: str, *, station: str, at: datetime) -> Issued:
        """A certificate over the key of a request (PEM, PKCS 10). Raises `Malformed` for what is none, or of a weak key."""
        asked = _read(request)
        builder = (
            x509.CertificateBuilder()
            .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"station-{station}")]))
            .issuer_name(self.certificate.subject)
            .public_key(asked)
            .serial_number(x509.random_serial_number())
            .not_valid_before(at - _BACK)
            .not_valid_after(at + LASTS)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), critical=True)
        )
        signed = builder.sign(self.key, hashes.SHA256())
        return Issued(
            signed.public_bytes(Encoding.PEM).decode(),
            signed.fingerprint(hashes.SHA256()).hex(),
            signed.not_valid_after_utc,
        )


def _read(request: str) -> ec.EllipticCurvePublicKey:
    """The key of a request that proves it has the other half."""
    if len(request) > _MOST_BYTES:
        raise Malformed("证书申请过长")
    try:
        asked = x509.load_pem_x509_csr(request.encode())
        proven, key = asked.is_signature_valid, asked.public_key()
    except (ValueError, TypeError, InvalidSignature) as error:
        raise Malformed("证书申请读不出来", do="请在采集站上重新执行 liuhen station certify。") from error
    if (
        not proven
        or not isinstance(key, ec.EllipticCurvePublicKey)
        or not isinstance(key.curve, ec.SECP256R1)
    ):
        raise Malformed("证书申请不是由 P-256 私钥自签的", do="请在采集站上重新执行 liuhen station certify。")
    return key
