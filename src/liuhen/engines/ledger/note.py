"""Signed notes in the form of C2SP signed-note: a text, an empty line, and lines of signatures that name their key.

Ed25519 by `cryptography`; SM2 beside it where the signer has such a twin (`national`). Type bytes tell them apart: each signature names its own.
"""

import base64
import hashlib
from dataclasses import dataclass
from typing import ClassVar, Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from liuhen.engines.ledger.national import Sm2Signer, Sm2Verifier
from liuhen.kernel.errors import Malformed, Tampered

_MARK = "— "
_MOST_SIGNATURES = 100


@dataclass(frozen=True, slots=True)
class Verifier:
    """A public key under the name of its owner. Written form: `name+hash+base64`, as C2SP has it."""

    kind: ClassVar[bytes] = b"\x01"  # the type byte of signed-note: Ed25519 over the text
    algorithm: ClassVar[str] = "Ed25519"

    name: str
    key: Ed25519PublicKey

    def __post_init__(self) -> None:
        if (
            not self.name
            or "+" in self.name
            or any(char.isspace() for char in self.name)
            or _has_control(self.name)
        ):
            raise Malformed(f"签名者名称“{self.name[:60]}”不能为空，也不能含空白和加号")

    @property
    def key_id(self) -> bytes:
        return hashlib.sha256(self.name.encode() + b"\n" + self.kind + self._raw).digest()[:4]

    @property
    def _raw(self) -> bytes:
        return self.key.public_bytes(Encoding.Raw, PublicFormat.Raw)

    def __str__(self) -> str:
        return f"{self.name}+{self.key_id.hex()}+{base64.b64encode(self.kind + self._raw).decode()}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the written form. Raises `Malformed`, also where the hash does not fit the key."""
        try:
            name, key_id, encoded = text.strip().split("+", 2)
            raw = base64.b64decode(encoded, validate=True)
            if raw[:1] != cls.kind:
                raise Malformed(f"公钥“{name}”的算法不受支持（类型 {raw[:1].hex()}）")
            verifier = cls(name, Ed25519PublicKey.from_public_bytes(raw[1:]))
        except ValueError as error:
            raise Malformed("公钥应写作 名称+编号+base64") from error
        if verifier.key_id.hex() != key_id:
            raise Malformed(f"公钥“{name}”与其编号 {key_id} 不符")
        return verifier

    def verify(self, message: bytes, signature: bytes) -> None:
        """Raise `Tampered` unless `signature` is this key's over `message`."""
        try:
            self.key.verify(signature, message)
        except InvalidSignature as error:
            raise Tampered(f"“{self.name}”的签名与内容不符") from error


@dataclass(frozen=True, slots=True)
class Signer:
    """A private key under the name of its owner, and its twin in SM2 where there is one: then whatever is signed is signed by both."""

    name: str
    key: Ed25519PrivateKey
    twin: Sm2Signer | None = None

    @property
    def verifier(self) -> Verifier:
        return Verifier(self.name, self.key.public_key())

    def sign(self, message: bytes) -> bytes:
        return self.key.sign(message)


def sign_note(text: str, *signers: Signer) -> str:
    """A signed note over `text`, which must end with a newline."""
    if not text.endswith("\n") or _has_control(text):
        raise Malformed("签名文本须以换行结尾，不得含其他控制字符")
    both: list[Signer | Sm2Signer] = [*signers, *(s.twin for s in signers if s.twin is not None)]
    lines = [signature_line(s.verifier, s.sign(text.encode())) for s in both]
    return text + "\n" + "".join(lines)


def open_note(note: str, *verifiers: Verifier | Sm2Verifier) -> str:
    """The text of `note`, once each of `verifiers` was found to have signed it. Raises `Tampered` otherwise.

    Without a verifier nothing can be trusted, so that is refused too.
    """
    if not verifiers:
        raise Tampered("没有可用来核对签名的公钥")
    text, signatures = split_note(note)
    for verifier in verifiers:
        for signature in signatures_of(verifier, signatures):
            verifier.verify(text.encode(), signature)
    return text


def split_note(note: str) -> tuple[str, str]:
    """The text and the lines of signatures. Raises `Tampered` where the form is not that of signed-note."""
    text, separator, signatures = note.rpartition("\n\n")
    if not separator:
        raise Tampered("不是签名文本：缺少签名部分")
    if _has_control(note) or signatures.count("\n") > _MOST_SIGNATURES:
        raise Tampered("不是签名文本：含控制字符，或者签名过多")
    return text + "\n", signatures


def signature_line(verifier: Verifier | Sm2Verifier, signature: bytes) -> str:
    """One line of a signed note."""
    return f"{_MARK}{verifier.name} {base64.b64encode(verifier.key_id + signature).decode()}\n"


def signatures_of(verifier: Verifier | Sm2Verifier, lines: str) -> list[bytes]:
    """Every signature that stands under this name and key, unverified. Raises `Tampered` where there is none."""
    found = signatures_under(verifier, lines)
    if not found:
        raise Tampered(f"缺少“{verifier.name}”的签名")
    return found


def signatures_under(verifier: Verifier | Sm2Verifier, lines: str) -> list[bytes]:
    """The same, or none."""
    found = []
    for line in lines.split("\n"):
        name, _, encoded = line.removeprefix(_MARK).rpartition(" ")
        if not line.startswith(_MARK) or name != verifier.name:
            continue
        try:
            raw = base64.b64decode(encoded, validate=True)
        except ValueError:
            continue
        if raw[:4] == verifier.key_id and base64.b64encode(raw).decode() == encoded:
            found.append(raw[4:])
    return found


def _has_control(text: str) -> bool:
    """Signed notes hold no ASCII control character but the newline; halves of a surrogate pair are no characters at all."""
    return any((char < " " and char != "\n") or "\ud800" <= char <= "\udfff" for char in text)
