"""The office: the parts an interface may use, put together by the server and handed to each request."""

from dataclasses import dataclass
from pathlib import Path

from liuhen.engines.ledger import Log, Signer
from liuhen.engines.vault import FileVault


@dataclass(frozen=True, slots=True)
class Office:
    """`vault` holds originals, `copies` what was derived from them, `log` the ledger, `signer` signs receipts."""

    vault: FileVault
    copies: FileVault
    log: Log
    signer: Signer
    packs: Path
    forms: Path
    home: Path
    upload_limit: int
    upload_days: int
    is_demo: bool
    witness_policy: str
