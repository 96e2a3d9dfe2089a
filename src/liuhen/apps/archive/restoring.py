"""Opening a backup set on an empty machine: keys from their two parts, every file of a run into an empty folder. Knows no database."""

from collections.abc import Mapping
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from liuhen.apps.archive.backup_set import BackupSet, Entry, Index, check_complete
from liuhen.apps.archive.parts import join, log_of
from liuhen.engines.ledger import Signer
from liuhen.engines.ledger.note import Verifier
from liuhen.kernel.errors import Malformed, Refused, Tampered

BACKUP_KEY, LOG_KEY = "backup.key", "log.key"


def keys_of(first: Path, second: Path) -> dict[str, bytes]:
    """Both parts, as two people brought them."""
    return join(first.read_text("utf-8"), second.read_text("utf-8"))


def backup_key(keys: Mapping[str, bytes]) -> X25519PrivateKey:
    """The key that opens the set. Raises `Malformed` where the parts hold another kind."""
    key = load_pem_private_key(keys[BACKUP_KEY], password=None)
    if not isinstance(key, X25519PrivateKey):
        raise Malformed("两份密钥合起来不是备份密钥", do="请核对是否拿错了文件。")
    return key


def verifier_of(keys: Mapping[str, bytes], part: Path) -> Verifier:
    """By which the house's own signature under an index is known."""
    key = load_pem_private_key(keys[LOG_KEY], password=None)
    if not isinstance(key, Ed25519PrivateKey):
        raise Malformed("两份密钥中的日志密钥不对", do="请核对是否拿错了文件。")
    return Signer(log_of(part.read_text("utf-8")), key).verifier


def restore_files(
    folder: Path, home: Path, *, key: X25519PrivateKey, verifier: Verifier, number: str = ""
) -> Index:
    """Every file of a run into an empty folder, each compared with the index. Raises `Refused` where the folder is not empty."""
    if home.exists() and any(home.iterdir()):
        raise Refused(f"{home} 不是空的，不覆盖", do="请用 LIUHEN_HOME 指定一个空的文件夹。")
    backup = BackupSet(folder)
    indexes = backup.indexes(verifier)
    chosen = [index for index in indexes if not number or index.number == number]
    if not chosen:
        raise Refused("没有这次备份", do="请核对文件夹和备份编号。")
    index = chosen[-1]
    check_complete(backup, index, indexes)
    gone = {address for one in indexes for address in one.destroyed}
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    for entry in index.entries:
        if entry.sha256 not in gone:
            _write(home, backup, entry, key)
    return index


def _write(home: Path, backup: BackupSet, entry: Entry, key: X25519PrivateKey) -> None:
    target = (home / entry.path).resolve()
    if not target.is_relative_to(home.resolve()):
        raise Tampered(f"备份清单写了目录之外的位置：{entry.path[:80]}", do="请换用另一份备份介质。")
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o750)
    with target.open("xb") as file:
        for piece in backup.open(entry, key):
            file.write(piece)
    if entry.kind in ("original", "copy"):
        target.chmod(0o440)
