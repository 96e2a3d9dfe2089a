"""The house's SM2 key: made, kept and used by tongsuopy, which only the extra `gm` installs. Nothing else of the program knows the library."""

import importlib
from pathlib import Path
from typing import Any

from liuhen.engines.ledger.national import Sm2Signer
from liuhen.kernel.errors import Unavailable
from liuhen.kernel.sm2 import POINT
from liuhen.server.home import write_secret

FILE = "sm2.key"
_WIDTH = 32


def national_signer(keys: Path, *, name: str) -> Sm2Signer | None:
    """Who signs with SM2; None where the house has no such key. Raises `Unavailable` for a key that nothing here can use."""
    path = keys / FILE
    if not path.exists():
        return None
    serialization = _library("serialization", path)
    try:
        key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    except (ValueError, TypeError) as error:
        raise Unavailable(f"{path} 不是 SM2 私钥", do="请从备份恢复该文件。") from error
    return signer_of(name, key)


def make_national_key(keys: Path) -> None:
    """A key of its own, for its owner's eyes only. The caller sees to it that there is none yet."""
    serialization = _library("serialization", keys / FILE)
    ec = _library("asymciphers.ec", keys / FILE)
    pem = ec.generate_private_key(ec.SM2()).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    write_secret(keys / FILE, pem)


def signer_of(name: str, key: Any) -> Sm2Signer:
    """A signer for a key of the library."""
    ec, hashes = _library("asymciphers.ec"), _library("hashes")
    numbers = key.public_key().public_numbers()
    raw = b"\4" + numbers.x.to_bytes(_WIDTH, "big") + numbers.y.to_bytes(_WIDTH, "big")
    if len(raw) != POINT or numbers.curve.name != "SM2":
        raise Unavailable("私钥不在 SM2 曲线上", do="请从备份恢复该文件。")
    return Sm2Signer(name, raw, lambda message: _plain(key.sign(message, ec.ECDSA(hashes.SM3()))))


def _plain(signature: bytes) -> bytes:
    """r ‖ s out of the library's DER: two integers, each shorter than 128 bytes."""
    end = 4 + signature[3]
    numbers = (signature[4:end], signature[end + 2 :])
    return b"".join(int.from_bytes(one, "big").to_bytes(_WIDTH, "big") for one in numbers)


def _library(part: str, path: Path | None = None) -> Any:
    try:
        return importlib.import_module(f"tongsuopy.crypto.{part}")
    except ImportError as error:
        where = f"（{path}）" if path else ""
        raise Unavailable(
            f"使用 SM2 密钥{where}需要 tongsuopy，本机没有安装",
            do="请安装附加组件：pip install 'liuhen[gm]'。",
        ) from error
