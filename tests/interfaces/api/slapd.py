"""Debian's own `slapd` on loopback, for the tests of the directory: a few people, TLS by a root of its own."""

import contextlib
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from liuhen.kernel.clock import now
from tests.live import free_port

WHERE = shutil.which("slapd") or shutil.which("slapd", path="/usr/sbin:/sbin")
SCHEMAS, MODULES = Path("/etc/ldap/schema"), Path("/usr/lib/ldap")
BASE = "dc=qinghe,dc=example"
# In the directory: the name as it is, and the password.
PEOPLE = {"li": "im-verzeichnis-1", "wang, +jia": "im-verzeichnis-2", "sys": "im-verzeichnis-3"}
PERSON = f"uid={{}},ou=people,{BASE}"


@dataclass(frozen=True, slots=True)
class Slapd:
    """`port` speaks LDAP, `secure_port` LDAPS; `roots` is the file that vouches for it."""

    port: int
    secure_port: int
    roots: Path


@contextlib.contextmanager
def running(folder: Path, *, tls: bool = True) -> Iterator[Slapd]:
    """The server until the end of the block; without `tls` it has no certificate and offers no StartTLS."""
    made = make_chain(folder, "localhost")
    (folder / "data").mkdir()
    parts = [f"include {SCHEMAS}/{name}.schema" for name in ("core", "cosine", "inetorgperson")]
    secure = [
        f"TLSCACertificateFile {made.roots}",
        f"TLSCertificateFile {made.certificate}",
        f"TLSCertificateKeyFile {made.key}",
    ]
    base = [
        f"modulepath {MODULES}", "moduleload back_mdb", f"pidfile {folder}/pid", "database mdb", f'suffix "{BASE}"', f"directory {folder}/data",
        "maxsize 10485760", f'rootdn "cn=admin,{BASE}"',
    ]  # fmt: skip
    (folder / "slapd.conf").write_text("\n".join([*parts, *(secure if tls else []), *base]) + "\n")
    entries = [
        f"dn: {BASE}\nobjectClass: dcObject\nobjectClass: organization\no: x\ndc: qinghe\n",
        f"dn: ou=people,{BASE}\nobjectClass: organizationalUnit\nou: people\n",
    ]
    for name, password in PEOPLE.items():
        written = name.replace(",", "\\,").replace("+", "\\+")
        entries.append(
            f"dn: uid={written},ou=people,{BASE}\nobjectClass: inetOrgPerson\nuid: {name}\ncn: {name}\nsn: x\nuserPassword: {password}\n"
        )
    (folder / "people.ldif").write_text("\n".join(entries))
    config = ["-f", str(folder / "slapd.conf")]
    subprocess.run(
        [str(WHERE), "-T", "add", *config, "-l", str(folder / "people.ldif")], check=True, capture_output=True
    )
    port, secure_port = free_port(), free_port()
    doors = f"ldap://127.0.0.1:{port}/" + (f" ldaps://127.0.0.1:{secure_port}/" if tls else "")
    server = subprocess.Popen(
        [str(WHERE), *config, "-h", doors, "-d", "0"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        _wait(port)
        yield Slapd(port, secure_port, made.roots)
    finally:
        server.terminate()
        server.wait(10)


@dataclass(frozen=True, slots=True)
class Chain:
    roots: Path
    certificate: Path
    key: Path
    serial: str


def make_chain(folder: Path, name: str, *, client: bool = False, root: Path | None = None) -> Chain:
    """A root and one certificate under it; `root` takes that of another chain, so that both trust the same."""
    folder.mkdir(parents=True, exist_ok=True)
    root_key = ec.generate_private_key(ec.SECP256R1())
    if root is None:
        root_cert = _issued("清河测试根", root_key, "清河测试根", root_key, ca=True)
        _write(folder / "root.key", root_key)
        (folder / "root.pem").write_bytes(root_cert.public_bytes(Encoding.PEM))
        root = folder / "root.pem"
    else:
        from cryptography.hazmat.primitives.serialization import load_pem_private_key

        held = load_pem_private_key(root.with_suffix(".key").read_bytes(), None)
        assert isinstance(held, ec.EllipticCurvePrivateKey)
        root_key = held
    key = ec.generate_private_key(ec.SECP256R1())
    cert = _issued(name, key, "清河测试根", root_key, client=client)
    _write(folder / f"{name}.key", key)
    (folder / f"{name}.pem").write_bytes(cert.public_bytes(Encoding.PEM))
    return Chain(root, folder / f"{name}.pem", folder / f"{name}.key", f"{cert.serial_number:X}")


def _issued(
    name: str, key: ec.EllipticCurvePrivateKey, by: str, signer: ec.EllipticCurvePrivateKey, *, ca: bool = False, client: bool = False
) -> x509.Certificate:  # fmt: skip
    use = ExtendedKeyUsageOID.CLIENT_AUTH if client else ExtendedKeyUsageOID.SERVER_AUTH
    made = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, by)]))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now() - timedelta(hours=1))
        .not_valid_after(now() + timedelta(days=2))
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False
        )
    )
    if ca:
        sign = x509.KeyUsage(
            digital_signature=True, content_commitment=False, key_encipherment=False, data_encipherment=False, key_agreement=False,
            key_cert_sign=True, crl_sign=True, encipher_only=False, decipher_only=False,
        )  # fmt: skip
        made = made.add_extension(sign, critical=True)
    else:
        made = made.add_extension(x509.ExtendedKeyUsage([use]), critical=False)
        made = made.add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
    return made.sign(signer, hashes.SHA256())


def _write(path: Path, key: ec.EllipticCurvePrivateKey) -> None:
    path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))


def _wait(port: int) -> None:
    until = time.monotonic() + 20
    while True:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        assert time.monotonic() < until, "slapd 没有启动"
        time.sleep(0.05)
