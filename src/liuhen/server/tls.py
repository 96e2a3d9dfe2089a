"""TLS: the agency's own certificate, or one from a root made here whose fingerprint can be printed and compared; and the house's
authority over its stations, which is another key.

Off loopback nothing is served without it; plain http is for this machine alone.
"""

import ipaddress
from datetime import timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from liuhen.interfaces.authority import Authority
from liuhen.kernel.clock import now
from liuhen.kernel.errors import Refused, Unavailable
from liuhen.server.home import make_secret_once, write_secret
from liuhen.server.settings import Settings

_ROOT_LASTS, _SITE_LASTS = timedelta(days=3650), timedelta(days=397)


def certificate_of(settings: Settings) -> tuple[Path, Path] | None:
    """Certificate and key to serve with; None where plain http on loopback is meant."""
    if settings.certificate:
        if not settings.certificate_key:
            raise Refused("给出了证书而没有私钥", do="请同时设置 certificate_key。")
        return Path(settings.certificate), Path(settings.certificate_key)
    return None if settings.is_loopback else _own(settings)


def intake_certificate(settings: Settings) -> tuple[Path, Path]:
    """What the intake shows: the certificate of the site, or one of our own, also on loopback."""
    return certificate_of(settings) or _own(settings)


def address_of(settings: Settings) -> str:
    """Where a station on another machine finds this one: the first name that is not this machine's own."""
    if settings.is_loopback:
        scheme = "https" if settings.certificate else "http"
        return f"{scheme}://{settings.host}:{settings.port}"
    others = sorted(_names(settings) - {"localhost", "127.0.0.1", "::1"})
    if not others:
        raise Refused("没有写明服务器的名称或地址", do="请在 names 中写明，或用 --server 给出。")
    return f"https://{others[0]}:{settings.port}"


def root_of(settings: Settings) -> Path | None:
    """The root that a station has to trust; None where the site's certificate is the agency's own, or nothing is served by TLS."""
    if settings.certificate or not (settings.intake or not settings.is_loopback):
        return None
    intake_certificate(settings)
    return settings.keys / "root.crt"


def station_authority(keys: Path, *, log_name: str) -> Authority:
    """The authority over stations; made where the home has none yet. Raises `Unavailable` for a damaged one."""
    path = keys / "stations.pem"
    if not path.exists():
        make_secret_once(path, _new_authority(log_name))
    try:
        both = path.read_bytes()
        key, certificate = load_pem_private_key(both, password=None), x509.load_pem_x509_certificate(both)
    except ValueError as error:
        raise Unavailable(f"{path} 读不出来", do="请从备份恢复该文件。") from error
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise Unavailable(f"{path} 不是椭圆曲线私钥", do="请从备份恢复该文件。")
    return Authority(certificate, key)


def _new_authority(log_name: str) -> bytes:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"留痕 {log_name} 采集站证书")])
    signed = _builder(name, name, key, _ROOT_LASTS).add_extension(
        x509.BasicConstraints(ca=True, path_length=0), critical=True
    )
    own = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return own + signed.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM)


def install_sheet(settings: Settings) -> str:
    """What to print for the office: where the root is and its fingerprint, to be compared by eye before it is trusted."""
    root = x509.load_pem_x509_certificate((settings.keys / "root.crt").read_bytes())
    told = root.fingerprint(hashes.SHA256()).hex().upper()
    groups = " ".join(told[i : i + 4] for i in range(0, len(told), 4))
    return (
        f"根证书安装说明\n\n一、在每台电脑上安装文件 {settings.keys / 'root.crt'}（受信任的根证书颁发机构）。\n"
        f"二、安装前核对指纹（SHA-256）：\n{groups}\n三、指纹不同的，不得安装，并立即报告系统管理员。\n"
    )


def _own(settings: Settings) -> tuple[Path, Path]:
    """A certificate for the configured names from our own root; made anew when it is about to run out."""
    site, key = settings.keys / "site.crt", settings.keys / "site.key"
    if not (settings.keys / "root.crt").exists():
        _make_root(settings)
    if not site.exists() or _runs_out(site) or not _names(settings) <= _named(site):
        _make_site(settings, site, key)
    return site, key


def _make_root(settings: Settings) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"留痕 {settings.log_name} 根证书")])
    signed = _builder(name, name, key, _ROOT_LASTS).add_extension(
        x509.BasicConstraints(ca=True, path_length=0), critical=True
    )
    write_secret(
        settings.keys / "root.key", key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    )
    (settings.keys / "root.crt").write_bytes(signed.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM))


def _make_site(settings: Settings, site: Path, key_path: Path) -> None:
    root = x509.load_pem_x509_certificate((settings.keys / "root.crt").read_bytes())
    root_key = load_pem_private_key((settings.keys / "root.key").read_bytes(), password=None)
    if not isinstance(root_key, ec.EllipticCurvePrivateKey):
        raise Refused("根证书的私钥不是椭圆曲线密钥", do="请从备份恢复 keys/root.key。")
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, min(_names(settings)))])
    names = x509.SubjectAlternativeName([_general(name) for name in sorted(_names(settings))])
    signed = _builder(subject, root.subject, key, _SITE_LASTS).add_extension(names, critical=False)
    signed = signed.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
    key_path.unlink(missing_ok=True)
    write_secret(key_path, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    site.write_bytes(signed.sign(root_key, hashes.SHA256()).public_bytes(Encoding.PEM))


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, lasts: timedelta
) -> x509.CertificateBuilder:
    moment = now()
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(moment - timedelta(hours=1))
        .not_valid_after(moment + lasts)
    )


def _names(settings: Settings) -> set[str]:
    return {name.strip() for name in settings.names.split(",") if name.strip()}


def _general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _named(site: Path) -> set[str]:
    held = x509.load_pem_x509_certificate(site.read_bytes())
    found = held.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return {*found.get_values_for_type(x509.DNSName), *map(str, found.get_values_for_type(x509.IPAddress))}


def _runs_out(site: Path) -> bool:
    held = x509.load_pem_x509_certificate(site.read_bytes())
    return held.not_valid_after_utc - now() < timedelta(days=30)
