"""国密 beside Ed25519: the same name signs a second time with SM2 and SM3, and whoever asks for one algorithm only ignores the other.

In signed notes the type bytes are 0xff and `liuhen/sm2-with-sm3` with a newline (C2SP signed-note leaves 0xff to names of one's own), the key
is 0x04 ‖ x ‖ y and the signature r ‖ s. Who signs is handed in: this floor knows no library that holds private keys.
"""

import base64
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, Self

from liuhen.kernel import sm2
from liuhen.kernel.errors import Malformed, Tampered

ALGORITHM = "SM2-with-SM3"


@dataclass(frozen=True, slots=True)
class Sm2Verifier:
    """A public key on the SM2 curve under the name of its owner. Written like any other: `name+hash+base64`."""

    kind: ClassVar[bytes] = b"\xffliuhen/sm2-with-sm3\n"
    algorithm: ClassVar[str] = ALGORITHM

    name: str
    raw: bytes

    @property
    def key_id(self) -> bytes:
        return hashlib.sha256(self.name.encode() + b"\n" + self.kind + self.raw).digest()[:4]

    def __str__(self) -> str:
        return f"{self.name}+{self.key_id.hex()}+{base64.b64encode(self.kind + self.raw).decode()}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the written form. Raises `Malformed`, also where the hash does not fit the key."""
        try:
            name, key_id, encoded = text.strip().split("+", 2)
            name.encode()
            told = base64.b64decode(encoded, validate=True)
        except ValueError as error:
            raise Malformed("公钥应写作 名称+编号+base64") from error
        raw = told.removeprefix(cls.kind)
        if raw == told or not sm2.is_key(raw):
            raise Malformed(f"公钥“{name[:60]}”不是 SM2 公钥")
        verifier = cls(name, raw)
        if verifier.key_id.hex() != key_id:
            raise Malformed(f"公钥“{name[:60]}”与其编号 {key_id[:20]} 不符")
        return verifier

    def verify(self, message: bytes, signature: bytes) -> None:
        """Raise `Tampered` unless `signature` is this key's over `message`."""
        if not sm2.fits(self.raw, message, signature):
            raise Tampered(f"“{self.name}”的 SM2 签名与内容不符")


@dataclass(frozen=True, slots=True)
class Sm2Signer:
    """Who signs for the public key `raw`: `signing` gives r ‖ s over a message."""

    name: str
    raw: bytes
    signing: Callable[[bytes], bytes]

    @property
    def verifier(self) -> Sm2Verifier:
        return Sm2Verifier(self.name, self.raw)

    def sign(self, message: bytes) -> bytes:
        """The signature, given out only once it was checked by other code than the one that made it."""
        signature = self.signing(message)
        self.verifier.verify(message, signature)
        return signature
