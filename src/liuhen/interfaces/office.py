"""The office: the parts an interface may use, put together by the server and handed to each request."""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from liuhen.apps.access.limits import USUAL, BulkLimit
from liuhen.apps.registry.relying import RelyingParty
from liuhen.engines.ledger import Log, Signer
from liuhen.engines.ledger.policy import NOBODY_TEXT, WitnessPolicy
from liuhen.engines.vault import FileVault
from liuhen.interfaces.authority import Authority


@dataclass(frozen=True, slots=True)
class Superior:
    """The platform of the superior organ: its name as pages say it; address and token where there is a line to it."""

    name: str
    url: str = ""
    token: str = ""


class Directory(Protocol):
    """目录 (LDAP): asked to prove a person by his password. It says who somebody is, never what he may."""

    @property
    def authority(self) -> str: ...

    def proves(self, subject: str, password: str) -> bool:
        """Whether the directory lets this person in. Raises `Unavailable` where it does not answer: nobody is let in on no answer."""


class Provider(Protocol):
    """统一身份认证 (OpenID Connect): the browser is sent there, and comes back with a code that proves who logged in."""

    @property
    def authority(self) -> str: ...
    @property
    def name(self) -> str: ...

    def address(self, *, state: str, nonce: str, verifier: str) -> str:
        """Where the browser is sent."""

    def subject(self, code: str, *, nonce: str, verifier: str) -> str:
        """Who came back. Raises `Refused` for a code or a token that does not hold, `Unavailable` where there is no answer."""


@dataclass(frozen=True, slots=True)
class Proxy:
    """A reverse proxy that asks browsers for certificates: the secret by which it is known, and whether its keys ask for a PIN, so that
    a certificate is both factors."""

    secret: str
    is_enough: bool = False


@dataclass(frozen=True, slots=True)
class Office:
    """`vault` holds originals, `copies` what was derived from them, `log` the ledger, `signer` signs receipts,
    `opening_key` opens what stations sealed to the house, `authority` signs their certificates, `intake_port` is where they come
    with these (0: nowhere), `token_opens` whether a token alone lets them in, `witnesses` who vouches for the log, `time_authority` who stamps its
    checkpoints (empty: nobody), `witness_text` is the policy as it is written, `verifiers` the folder of the programs that go with packages,
    `superior` the platform that recordings are handed over to (None: none), `asks_second_factor` whether administrators and approvers must
    bind an authenticator before anything else, `asks_own_password` whether a password that another gave out is to be changed first, `front` who sends the bytes of
    originals once this house has said that they may go (empty: the house itself; `nginx`), `passkeys` under which name browsers hold keys for it (None: not offered),
    `directory`, `provider` and `proxy` who else proves people, `bulk` how much of one person's day is told to the security administrator.
    """

    vault: FileVault
    copies: FileVault
    log: Log
    signer: Signer
    opening_key: X25519PrivateKey
    authority: Authority
    intake_port: int
    token_opens: bool
    packs: Path
    forms: Path
    home: Path
    upload_limit: int
    upload_days: int
    is_demo: bool
    witnesses: WitnessPolicy
    verifiers: Path
    witness_text: str = NOBODY_TEXT
    time_authority: str = ""
    superior: Superior | None = None
    asks_second_factor: bool = False
    asks_own_password: bool = False
    front: str = ""
    passkeys: RelyingParty | None = None
    directory: Directory | None = None
    provider: Provider | None = None
    proxy: Proxy | None = None
    bulk: BulkLimit = USUAL


def shelves(office: Office) -> tuple[Path, ...]:
    """The folders packs may lie in: the agency's own first, then those that come with the program."""
    return office.home / "packs", office.packs


def shelf_of(office: Office, key: str) -> Path:
    """The shelf a pack lies on. What an agency writes itself never stands in the place of a pack that comes with us."""
    own, shipped = shelves(office)
    return own if (own / key / "pack.toml").is_file() and not (shipped / key).is_dir() else shipped


def pack_folders(office: Office) -> list[Path]:
    """Every pack that could be adopted or tried, those that come with the program first."""
    found: dict[str, Path] = {}
    for shelf in reversed(shelves(office)):
        for file in sorted(shelf.glob("*/pack.toml")):
            found.setdefault(file.parent.name, file.parent)
    return list(found.values())
