"""Trusted time after RFC 3161: the query for a time-stamp token over some bytes, and the whole check of what comes back.

asn1crypto reads, for authorities write certificate sets that stricter readers refuse; `cryptography` verifies. Nothing of the token is
believed before the chain ends in a root that the office named, and every check is one of RFC 3161 (2.4.2, 2.3) and RFC 5816.
Revocation is not asked: that would need a line to the authority's issuer.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar

from asn1crypto import cms, core, tsp
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, ExtensionOID

from liuhen.kernel.errors import Malformed, Tampered, Unavailable

QUERY_TYPE, REPLY_TYPE = "application/timestamp-query", "application/timestamp-reply"
MOST_BYTES = 128 << 10
_LONGEST_CHAIN = 6
_HASHES: dict[str, type[hashes.HashAlgorithm]] = {
    "sha256": hashes.SHA256, "sha384": hashes.SHA384, "sha512": hashes.SHA512,
}  # fmt: skip
_GRANTED = ("granted", "granted_with_mods")


@dataclass(frozen=True, slots=True)
class TimeAuthority:
    """An authority as the office trusts it: its roots, and the policy it must have stamped under (empty: whichever)."""

    name: str
    roots: tuple[x509.Certificate, ...]
    policy: str = ""


@dataclass(frozen=True, slots=True)
class Stamped:
    """What a token says once it was checked. `at` is the authority's time, right to within `accuracy`."""

    at: datetime
    accuracy: timedelta
    serial: int
    policy: str
    signer: str


class _Reply(core.Sequence):  # type: ignore[misc]
    """TimeStampResp, in which a refusal brings no token (RFC 3161, 2.4.2)."""

    _fields: ClassVar = [
        ("status", tsp.PKIStatusInfo),
        ("time_stamp_token", cms.ContentInfo, {"optional": True}),
    ]


def query(content: bytes, *, nonce: int, policy: str = "") -> bytes:
    """The DER of a request for `content`: SHA-256, with a nonce, and with the certificates in the answer."""
    asked: dict[str, Any] = {
        "version": "v1", "nonce": nonce, "cert_req": True,
        "message_imprint": {"hash_algorithm": {"algorithm": "sha256"}, "hashed_message": hashlib.sha256(content).digest()},
    }  # fmt: skip
    if policy:
        asked["req_policy"] = policy
    return bytes(tsp.TimeStampReq(asked).dump())


def token_in(reply: bytes) -> bytes:
    """The token in an answer. Raises `Unavailable` where the authority refused, `Malformed` where this is no answer."""
    if len(reply) > MOST_BYTES:
        raise Malformed("时间戳机构的答复过长")
    try:
        read = _Reply.load(reply, strict=True)
        status = str(read["status"]["status"].native)
        told = "；".join(read["status"]["status_string"].native or [])
        token = (
            b"" if isinstance(read["time_stamp_token"], core.Void) else bytes(read["time_stamp_token"].dump())
        )
    except (ValueError, TypeError, KeyError) as error:
        raise Malformed("时间戳机构的答复不是 RFC 3161 的答复") from error
    if status not in _GRANTED or not token:
        raise Unavailable(f"时间戳机构没有签发：{status}{'，' if told else ''}{told[:200]}")
    return token


def check_token(
    token: bytes, content: bytes, authority: TimeAuthority, *, nonce: int | None = None
) -> Stamped:
    """What `token` proves about `content`. Raises `Tampered` at the first thing that does not fit.

    `nonce` is that of our query; a token that is checked again later has had its nonce checked before.
    """
    try:
        return _checked(token, content, authority, nonce)
    except (ValueError, TypeError, KeyError, AttributeError, IndexError, OverflowError) as error:
        raise Tampered("时间戳无法读取") from error


def _checked(token: bytes, content: bytes, authority: TimeAuthority, nonce: int | None) -> Stamped:
    envelope = cms.ContentInfo.load(token, strict=True)
    _must(envelope["content_type"].native == "signed_data", "不是签名数据")
    signed = envelope["content"]
    inner = signed["encap_content_info"]
    _must(inner["content_type"].native == "tst_info", "签的不是时间戳")
    _must(len(signed["signer_infos"]) == 1, "应有且只有一个签名")
    signer_info = signed["signer_infos"][0]
    body = bytes(inner["content"].contents)
    told = tsp.TSTInfo.load(body, strict=True)
    certificates = [choice.chosen for choice in signed["certificates"] if choice.name == "certificate"]
    signer = _signer_of(signer_info, certificates)
    _check_signature(signer_info, body, signer)
    _check_imprint(told, content)
    _must(nonce is None or told["nonce"].native == nonce, "不是对这次申请的答复（随机数不同）")
    policy = str(told["policy"].dotted if hasattr(told["policy"], "dotted") else told["policy"].native)
    _must(
        not authority.policy or policy == authority.policy, f"签发策略 {policy} 不是约定的 {authority.policy}"
    )
    at = told["gen_time"].native
    _check_chain(signer, certificates, authority, at)
    return Stamped(
        at, _accuracy(told), int(told["serial_number"].native), policy, signer.subject.human_friendly
    )


def _signer_of(signer_info: Any, certificates: list[Any]) -> Any:
    """The certificate that the signed attribute binds: `signing-certificate` (RFC 2634, SHA-1) or its second version (RFC 5816)."""
    attributes = _attributes(signer_info)
    bound: list[tuple[str, bytes]] = []
    if "signing_certificate_v2" in attributes:
        first = attributes["signing_certificate_v2"]["certs"][0]
        bound.append((first["hash_algorithm"]["algorithm"].native, bytes(first["cert_hash"].native)))
    if "signing_certificate" in attributes:
        bound.append(("sha1", bytes(attributes["signing_certificate"]["certs"][0]["cert_hash"].native)))
    _must(bool(bound), "没有写明签名用的证书")
    for one in certificates:
        if all(_digest(name, one.dump()) == digest for name, digest in bound) and _is_named(signer_info, one):
            return one
    raise Tampered("时间戳不对：所附证书不是签名用的那一张")


def _is_named(signer_info: Any, certificate: Any) -> bool:
    sid = signer_info["sid"]
    if sid.name == "issuer_and_serial_number":
        named = sid.chosen
        return bool(
            named["issuer"] == certificate.issuer
            and named["serial_number"].native == certificate.serial_number
        )
    return bool(sid.chosen.native == certificate.key_identifier)


def _attributes(signer_info: Any) -> dict[str, Any]:
    """The signed attributes by name, each given once and with one value."""
    found: dict[str, Any] = {}
    for one in signer_info["signed_attrs"]:
        name = one["type"].native
        _must(name not in found and len(one["values"]) == 1, "签名属性重复")
        found[name] = one["values"][0]
    return found


def _check_signature(signer_info: Any, body: bytes, signer: Any) -> None:
    attributes = _attributes(signer_info)
    digest_name = signer_info["digest_algorithm"]["algorithm"].native
    _must(digest_name in _HASHES, f"摘要算法 {digest_name} 不受承认")
    _must(attributes["content_type"].native == "tst_info", "签名属性与内容不符")
    _must(attributes["message_digest"].native == _digest(digest_name, body), "签名属性中的摘要与内容不符")
    covered = signer_info["signed_attrs"].untag().dump()
    key = x509.load_der_x509_certificate(signer.dump()).public_key()
    _verify(
        key, signer_info["signature_algorithm"], digest_name, bytes(signer_info["signature"].native), covered
    )


def _verify(key: Any, algorithm: Any, digest_name: str, signature: bytes, covered: bytes) -> None:
    kind = algorithm.signature_algo
    digest = _HASHES[digest_name]()
    try:
        if isinstance(key, rsa.RSAPublicKey) and kind == "rsassa_pkcs1v15":
            _must(key.key_size >= 2048, "RSA 密钥短于 2048 位")
            key.verify(signature, covered, padding.PKCS1v15(), digest)
        elif isinstance(key, ec.EllipticCurvePublicKey) and kind == "ecdsa":
            key.verify(signature, covered, ec.ECDSA(digest))
        else:
            raise Tampered(f"时间戳不对：签名算法 {kind} 不受承认")
    except InvalidSignature as error:
        raise Tampered("时间戳不对：签名与内容不符") from error


def _check_imprint(told: Any, content: bytes) -> None:
    imprint = told["message_imprint"]
    name = imprint["hash_algorithm"]["algorithm"].native
    _must(name in _HASHES, f"摘要算法 {name} 不受承认")
    _must(imprint["hashed_message"].native == _digest(name, content), "盖的不是这份内容")


def _check_chain(signer: Any, certificates: list[Any], authority: TimeAuthority, at: datetime) -> None:
    """From the signer to a root of the office's choosing, each valid at `at`; the signer for time stamps alone (RFC 3161, 2.3)."""
    here = x509.load_der_x509_certificate(signer.dump())
    _check_purpose(here)
    others = [x509.load_der_x509_certificate(one.dump()) for one in certificates]
    for depth in range(_LONGEST_CHAIN):
        _must(here.not_valid_before_utc <= at <= here.not_valid_after_utc, "签发时证书不在有效期内")
        if here in authority.roots:
            return
        root = next((one for one in authority.roots if _issued(one, here)), None)
        if root is not None:
            _must(root.not_valid_before_utc <= at <= root.not_valid_after_utc, "签发时根证书不在有效期内")
            return
        above = next((one for one in others if _issued(one, here)), None)
        if above is None:
            break
        _check_issuer(above, depth)
        here = above
    raise Tampered("时间戳不对：证书链不到本机关信任的根证书")


def _check_purpose(certificate: x509.Certificate) -> None:
    try:
        usage = certificate.extensions.get_extension_for_oid(ExtensionOID.EXTENDED_KEY_USAGE)
    except x509.ExtensionNotFound as error:
        raise Tampered("时间戳不对：证书没有写明用途") from error
    only = list(usage.value) == [ExtendedKeyUsageOID.TIME_STAMPING]  # type: ignore[call-overload]
    _must(usage.critical and only, "证书不是专供签发时间戳的")


def _check_issuer(certificate: x509.Certificate, depth: int) -> None:
    try:
        basic = certificate.extensions.get_extension_for_class(x509.BasicConstraints).value
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound as error:
        raise Tampered("时间戳不对：中间证书没有写明可以签发证书") from error
    _must(basic.ca and usage.key_cert_sign, "中间证书不能签发证书")
    _must(basic.path_length is None or basic.path_length >= depth, "证书链超过规定的长度")


def _issued(issuer: x509.Certificate, certificate: x509.Certificate) -> bool:
    if issuer.subject != certificate.issuer or issuer == certificate:
        return False
    try:
        certificate.verify_directly_issued_by(issuer)
    except (InvalidSignature, ValueError, TypeError):
        return False
    return True


def _accuracy(told: Any) -> timedelta:
    found = told["accuracy"].native or {}
    return timedelta(
        seconds=found.get("seconds") or 0,
        milliseconds=found.get("millis") or 0,
        microseconds=found.get("micros") or 0,
    )


def _digest(name: str, content: bytes) -> bytes:
    return hashlib.new(
        name, content
    ).digest()  # named by the token; which names count is checked beside each use


def _must(holds: bool, why: str) -> None:  # noqa: FBT001  reads as a sentence
    if not holds:
        raise Tampered(f"时间戳不对：{why}")
