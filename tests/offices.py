"""An office in a folder: its own vault and log, keys as given."""

from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from liuhen.engines.ledger import FileLogStore, Log, Signer
from liuhen.engines.ledger.policy import NOBODY
from liuhen.engines.vault import FileVault
from liuhen.interfaces.office import Office
from liuhen.server.paths import data_folder
from liuhen.server.tls import station_authority


def new_office(folder: Path) -> Office:
    """With keys of its own."""
    signer = Signer("liuhen/test", Ed25519PrivateKey.generate())
    return office_in(folder, signer=signer, opening_key=X25519PrivateKey.generate())


def office_in(folder: Path, *, signer: Signer, opening_key: X25519PrivateKey) -> Office:
    """Over what lies there already, or empty."""
    return Office(
        vault=FileVault(folder / "vault", free=lambda _: 1 << 40),
        copies=FileVault(folder / "copies", free=lambda _: 1 << 40),
        log=Log(FileLogStore(folder / "log"), signer=signer),
        signer=signer,
        opening_key=opening_key,
        authority=station_authority(folder, log_name="liuhen/test"),
        intake_port=8001,
        token_opens=True,
        packs=data_folder("rulepacks"),
        forms=data_folder("forms"),
        home=folder,
        upload_limit=1 << 30,
        upload_days=7,
        is_demo=True,
        witnesses=NOBODY,
        verifiers=data_folder("verifier"),
    )
