"""A security key in Python: it makes pairs and answers questions as a browser hands them on, and can be told to do it wrong."""

import base64
import hashlib
import json
import os
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from fido2 import cbor

ORIGIN, NAME = "http://testserver", "testserver"
_PRESENT, _CARRIES_KEY = 0x01, 0x40


def packed(plain: bytes) -> str:
    return base64.urlsafe_b64encode(plain).rstrip(b"=").decode()


@dataclass
class SoftKey:
    """One pair of keys, its number and its counter; `counts` is what it adds each time."""

    counts: int = 1
    count: int = 0
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    number: bytes = field(default_factory=lambda: os.urandom(32))

    def made(self, options: dict[str, Any], *, origin: str = ORIGIN, crossed: bool = False) -> dict[str, Any]:
        """The answer to an invitation."""
        at = self.key.public_key().public_numbers()
        cose = {1: 2, 3: -7, -1: 1, -2: at.x.to_bytes(32), -3: at.y.to_bytes(32)}
        carried = bytes(16) + len(self.number).to_bytes(2) + self.number + cbor.encode(cose)
        told = self._data(options["rp"]["id"], _PRESENT | _CARRIES_KEY) + carried
        whole = cbor.encode({"fmt": "none", "attStmt": {}, "authData": told})
        seen = _client("webauthn.create", options["challenge"], origin, crossed=crossed)
        return {
            "rawId": packed(self.number),
            "response": {"clientDataJSON": packed(seen), "attestationObject": packed(whole)},
        }

    def signed(
        self, options: dict[str, Any], *, origin: str = ORIGIN, challenge: str = "", name: str = "", crossed: bool = False,
        present: bool = True, kind: str = "webauthn.get", handle: bytes = b"", number: bytes = b"",
    ) -> dict[str, Any]:  # fmt: skip
        """The answer to a question, right unless told otherwise."""
        self.count += self.counts
        told = self._data(name or options["rpId"], _PRESENT if present else 0)
        seen = _client(kind, challenge or options["challenge"], origin, crossed=crossed)
        signature = self.key.sign(told + hashlib.sha256(seen).digest(), ec.ECDSA(SHA256()))
        response = {
            "clientDataJSON": packed(seen),
            "authenticatorData": packed(told),
            "signature": packed(signature),
        }
        return {
            "rawId": packed(number or self.number),
            "response": response | ({"userHandle": packed(handle)} if handle else {}),
        }

    def _data(self, name: str, flags: int) -> bytes:
        return hashlib.sha256(name.encode()).digest() + bytes([flags]) + self.count.to_bytes(4)


def _client(kind: str, challenge: str, origin: str, *, crossed: bool) -> bytes:
    return json.dumps(
        {"type": kind, "challenge": challenge, "origin": origin, "crossOrigin": crossed}
    ).encode()
