"""The data folder: its keys, its settings file, its database. Made once by `liuhen init` or `liuhen demo`.

Runs before Django is set up, because Django's settings are read from what is made here.
"""

import contextlib
import os
import secrets
import stat
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from liuhen.engines.ledger.policy import NOBODY, NOBODY_TEXT, WitnessPolicy
from liuhen.kernel.errors import Refused, Unavailable

_FOLDERS = ("keys", "log", "vault", "copies")


def is_prepared(home: Path) -> bool:
    return (home / "liuhen.toml").exists()


def prepare(home: Path, *, log_name: str, is_demo: bool) -> None:
    """Make folder, keys and settings. Raises `Refused` where there is a home already: nothing is overwritten."""
    if is_prepared(home):
        raise Refused(f"数据目录 {home} 已经建立", do="如需另建，请用 LIUHEN_HOME 指定另一个目录。")
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    home.chmod(0o700)
    for name in _FOLDERS:
        (home / name).mkdir(exist_ok=True, mode=0o700)
    key = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    write_secret(home / "keys" / "log.key", key)
    write_secret(home / "keys" / "session.key", secrets.token_urlsafe(64).encode())
    add_opening_key(home)
    lines = [f'log_name = "{log_name}"', 'witness_policy = "none"', f"demo = {str(is_demo).lower()}", ""]
    (home / "liuhen.toml").write_text("\n".join(lines))


def add_opening_key(home: Path) -> None:
    """The key to which stations seal their spools, where the home has none yet."""
    if not (home / "keys" / "spool.key").exists():
        key = X25519PrivateKey.generate()
        pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        make_secret_once(home / "keys" / "spool.key", pem)


def make_secret_once(path: Path, content: bytes) -> None:
    """A secret that is made where there is none; of several starts at once one wins, and all find the same."""
    fresh = path.with_name(f"{path.stem}.{secrets.token_hex(8)}.new")
    write_secret(fresh, content)
    with contextlib.suppress(FileExistsError):
        path.hardlink_to(fresh)
    fresh.unlink()
    descriptor = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_secret(path: Path, content: bytes) -> None:
    """For its owner's eyes only, from the first byte on."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        os.fsync(file.fileno())


def check_safe(home: Path, *, witness_policy: str) -> None:
    """Refuse to start over what is unsafe (security rule 6): open paths, readable keys, no witness policy."""
    if not is_prepared(home):
        raise Unavailable(
            f"数据目录 {home} 尚未建立", do="请先运行 liuhen init；只想看看，请运行 liuhen demo。"
        )
    for path in (home, home / "keys", home / "vault", home / "log"):
        if path.stat().st_mode & stat.S_IWOTH:
            raise Refused(f"{path} 任何人都可写，拒绝启动", do=f"请执行 chmod o-w {path}。")
    for path in (home / "keys").iterdir():
        if (path.suffix == ".key" or path.name == "stations.pem") and path.stat().st_mode & 0o077:
            raise Refused(f"密钥文件 {path} 对他人可读，拒绝启动", do=f"请执行 chmod 600 {path}。")
    if not witness_policy:
        raise Refused(
            "没有写明见证策略，拒绝启动",
            do='请在 liuhen.toml 中写明 witness_policy；暂无见证单位的写 "none"。',
        )
    witnesses_of(home, witness_policy)


def witnesses_of(home: Path, policy: str) -> WitnessPolicy:
    """The witness policy: nobody, or what stands in the file it names. Raises where there is no such file, or it is out of form."""
    if policy in ("", "none"):
        return NOBODY
    return WitnessPolicy.parse(policy_text(home, policy))


def policy_text(home: Path, policy: str) -> str:
    """The policy file as it stands; `quorum none` where there is none."""
    if policy in ("", "none"):
        return NOBODY_TEXT
    try:
        return (home / policy).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Refused(
            f"读不到见证策略文件 {home / policy}，拒绝启动",
            do="请把 docs/formats/witness.md 所述的策略文件放到数据目录。",
        ) from error
