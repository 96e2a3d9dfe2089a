"""What a station knows: its server, its token, and the key with which it checks receipts for itself."""

import base64
import json
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from liuhen.engines.ledger import Signer, Verifier
from liuhen.kernel.errors import Malformed, Unavailable


@dataclass(frozen=True, slots=True)
class Config:
    """Read from `station.json`, which enrolment wrote. `folder` also holds the station's own state.

    `id` is what the server calls it, `key` signs its lists of cards; both are missing in what was enrolled without them.
    `house_key` is the public key to which it seals its spool, empty where there is none; `spool_keeps_free` the bytes that stay
    free on the disk of the spool.
    """

    folder: Path
    server: str
    token: str
    name: str
    receipt_key: Verifier
    id: str = ""
    key: Signer | None = None
    house_key: bytes = b""
    spool_keeps_free: int = 1 << 30


def read_config(folder: Path) -> Config:
    """Raises `Unavailable` where the station was not enrolled, `Malformed` where its file is damaged."""
    try:
        found = json.loads((folder / "station.json").read_text())
        return Config(
            folder=folder,
            server=found["server"].rstrip("/"),
            token=found["token"],
            name=found["name"],
            receipt_key=Verifier.parse(found["receipt_key"]),
            id=str(found.get("station", "")),
            key=signer_of(found["key"]) if found.get("key") else None,
            house_key=base64.b64decode(found.get("house_key", ""), validate=True),
            spool_keeps_free=int(found.get("spool_keeps_free", 1 << 30)),
        )
    except FileNotFoundError as error:
        raise Unavailable(
            f"{folder} 中没有采集站凭据 station.json", do="请由系统管理员登记采集站后再用。"
        ) from error
    except (ValueError, KeyError, AttributeError) as error:
        raise Malformed("采集站凭据 station.json 已损坏", do="请由系统管理员撤销后重新登记。") from error


def signer_of(key: str) -> Signer:
    """The station's own key, as `station.json` holds it. Raises `ValueError` where it is none."""
    return Signer("station", Ed25519PrivateKey.from_private_bytes(base64.b64decode(key, validate=True)))
