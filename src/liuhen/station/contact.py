"""Keeping in touch with the house: that it is the house, what it lays down for this station, and the station's certificate.

Before anything of a card is told, the house proves itself by its signature over a nonce made here. What it says is kept in
`told.json`. The key of a certificate is made here and never leaves; `station.pem` changes in one step, key and certificate together.
"""

import base64
import fcntl
import json
import os
import secrets
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from liuhen.engines.ledger.contact import Contact
from liuhen.kernel.clock import now
from liuhen.kernel.errors import Malformed, Refused, Tampered
from liuhen.station.config import Config, with_told
from liuhen.station.memory import make_durable
from liuhen.station.reports import Reports
from liuhen.station.upload import Server, UnknownServer

_RENEWS_BEFORE = timedelta(days=30)


def keep_in_touch(config: Config) -> Config:
    """As below, one port at a time: two certificates fetched at once would shut each other out."""
    with (config.folder / ".contact").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        return _keep_in_touch(with_told(config))


def _keep_in_touch(config: Config) -> Config:
    """The station as the house knows it now. Raises `Unavailable` where the line is dead, `UnknownServer` where another answers.

    A first certificate is fetched where the house offers an intake and an administrator allowed it, a next one in good time.
    """
    if _needs_certificate(config):
        config = certify(config)
    reports = Reports(config.folder)
    waiting = reports.waiting()
    contact = _asked(config, "contact", {"reports": waiting})
    reports.forget(waiting)
    config = _keep(config, contact)
    if contact.intake_port and not config.pem.exists():
        config = _certify_where_allowed(config)
    return config


def certify(config: Config, *, at: datetime | None = None) -> Config:
    """A new key, and the certificate that the house gives for it. Raises `Refused` where it gives none."""
    key = ec.generate_private_key(ec.SECP256R1())
    request = (
        x509.CertificateSigningRequestBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "station")]))
        .sign(key, hashes.SHA256())
    )
    by = config if is_valid(config, at=at or now()) else replace(config, intake="")
    told = _asked(by, "certificate", {"request": request.public_bytes(Encoding.PEM).decode()})
    given = x509.load_pem_x509_certificate(told.certificate.encode())
    if given.public_key() != key.public_key():
        raise Tampered("服务器给的证书不是对本站的密钥签发的", do="请立即报告系统管理员。")
    own = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    _replace(config.pem, own + told.certificate.encode())
    return _keep(config, told)


def is_valid(config: Config, *, at: datetime) -> bool:
    """Whether the station has a certificate that has not run out."""
    until = certified_until(config)
    return until is not None and until > at


def certified_until(config: Config) -> datetime | None:
    """When the certificate runs out; None where there is none, or none that can be read."""
    try:
        return x509.load_pem_x509_certificate(config.pem.read_bytes()).not_valid_after_utc
    except (FileNotFoundError, ValueError):
        return None


def _needs_certificate(config: Config) -> bool:
    """Over https a token lets nobody in but for a certificate; one that is about to run out is renewed with itself."""
    until = certified_until(config)
    if until is None:
        return config.server.startswith("https://")
    return until - now() < _RENEWS_BEFORE


def _certify_where_allowed(config: Config) -> Config:
    try:
        return certify(config)
    except Refused:
        return config  # Not allowed by an administrator: the token goes on to serve where it may.


def _asked(config: Config, what: str, said: dict[str, Any]) -> Contact:
    """The house's answer, checked with the key that checks receipts."""
    nonce = secrets.token_hex(16)
    server = Server(config)
    told = (server.certificate if what == "certificate" else server.contact)({"nonce": nonce, **said})
    try:
        contact = Contact.opened(told, config.receipt_key, nonce=nonce)
    except (Tampered, Malformed) as error:
        raise UnknownServer(f"{config.line} 不是本机关的服务器：{error.why}") from error
    if config.id and contact.station != config.id:
        raise UnknownServer(f"{config.line} 把本站认作另一台采集站")
    return contact


def _keep(config: Config, contact: Contact) -> Config:
    """What the house said, durable. The intake is at the same host, at the port it named."""
    host = urlsplit(config.server).hostname or ""
    address = f"[{host}]" if ":" in host else host
    told = {
        "intake": f"https://{address}:{contact.intake_port}" if contact.intake_port else "",
        "house_key": base64.b64encode(contact.house_key).decode(), "is_locked": contact.is_locked,
    }  # fmt: skip
    _replace(config.folder / "told.json", json.dumps(told).encode())
    return with_told(config)


def _replace(path: Path, content: bytes) -> None:
    fresh = path.with_suffix(".fresh")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
    make_durable(path.parent)
