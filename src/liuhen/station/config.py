"""What a station knows: its server, its credential, and the key with which it checks receipts for itself.

`station.json` was written at enrolment; `told.json` keeps what the house said since (signed, and checked when it came);
`station.pem` is the station's own key and the certificate that the house gave for it.
"""

import base64
import json
from dataclasses import dataclass, replace
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from liuhen.engines.ledger import Signer, Verifier
from liuhen.engines.ledger.national import Sm2Verifier
from liuhen.kernel.errors import Malformed, Unavailable


@dataclass(frozen=True, slots=True)
class Config:
    """Read from `station.json`, which enrolment wrote. `folder` also holds the station's own state.

    `receipt_twin` is the house's SM2 key where it had one at the enrolment: receipts and leaves must then bear both. `id` is what the server calls it, `key` signs its lists of cards; both are missing in what was enrolled without them.
    `house_key` is the public key to which it seals its spool, empty where there is none; `spool_keeps_free` the bytes that stay
    free on the disk of the spool. `intake` is the address for those with a certificate, empty before the house told it;
    `is_locked` says that only cards of registered devices are read. `slow_minutes` is how long a card may take before it is spooled.
    """

    folder: Path
    server: str
    token: str
    name: str
    receipt_key: Verifier
    id: str = ""
    key: Signer | None = None
    house_key: bytes = b""
    receipt_twin: Sm2Verifier | None = None
    spool_keeps_free: int = 1 << 30
    intake: str = ""
    is_locked: bool = False
    slow_minutes: float = 60.0

    @property
    def pem(self) -> Path:
        """The key and its certificate, in one file so that both change at once."""
        return self.folder / "station.pem"

    @property
    def comes_by_certificate(self) -> bool:
        return bool(self.intake) and self.pem.exists()

    @property
    def line(self) -> str:
        """Where it brings what it has."""
        return self.intake if self.comes_by_certificate else self.server


def read_config(folder: Path) -> Config:
    """Raises `Unavailable` where the station was not enrolled, `Malformed` where its file is damaged."""
    try:
        found = json.loads((folder / "station.json").read_text())
        config = Config(
            folder=folder,
            server=found["server"].rstrip("/"),
            token=found["token"],
            name=found["name"],
            receipt_key=Verifier.parse(found["receipt_key"]),
            receipt_twin=Sm2Verifier.parse(found["receipt_sm2"]) if found.get("receipt_sm2") else None,
            id=str(found.get("station", "")),
            key=signer_of(found["key"]) if found.get("key") else None,
            house_key=base64.b64decode(found.get("house_key", ""), validate=True),
            spool_keeps_free=int(found.get("spool_keeps_free", 1 << 30)),
            slow_minutes=float(found.get("slow_minutes", 60)),
        )
        return with_told(config)
    except FileNotFoundError as error:
        raise Unavailable(
            f"{folder} 中没有采集站凭据 station.json", do="请由系统管理员登记采集站后再用。"
        ) from error
    except (ValueError, KeyError, AttributeError) as error:
        raise Malformed("采集站凭据 station.json 已损坏", do="请由系统管理员撤销后重新登记。") from error


def with_told(config: Config) -> Config:
    """The same with what the house said at the last contact; a damaged note is as none, the next contact tells it anew."""
    try:
        told = json.loads((config.folder / "told.json").read_bytes())
        return replace(
            config,
            house_key=base64.b64decode(told["house_key"], validate=True) or config.house_key,
            intake=str(told["intake"]),
            is_locked=bool(told["is_locked"]),
        )
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return config


def signer_of(key: str) -> Signer:
    """The station's own key, as `station.json` holds it. Raises `ValueError` where it is none."""
    return Signer("station", Ed25519PrivateKey.from_private_bytes(base64.b64decode(key, validate=True)))
