"""Cosignatures in the form of C2SP tlog-cosignature (Ed25519): a witness states that at this time this was the largest tree it had seen.

The signed message is `cosignature/v1`, the time, and the whole text of the checkpoint; the line stands under the note like any other.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import ClassVar

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from liuhen.engines.ledger.note import Verifier, signature_line, signatures_of, split_note
from liuhen.kernel.errors import Tampered

_TIME = 8
_LONGEST = _TIME + 64
_LATEST = 253_402_300_799  # the end of the year 9999: beyond it a time is not one


@dataclass(frozen=True, slots=True)
class WitnessKey(Verifier):
    """A witness's public key; signature type 0x04."""

    kind: ClassVar[bytes] = b"\x04"

    def verify(self, message: bytes, signature: bytes) -> None:
        """Raise `Tampered` unless this is the witness's cosignature over the text `message`."""
        if len(signature) != _LONGEST or not 0 < _seconds(signature) <= _LATEST:
            raise Tampered(f"“{self.name}”的会签格式不对")
        Verifier.verify(self, _message(message, _seconds(signature)), signature[_TIME:])


@dataclass(frozen=True, slots=True)
class Cosigner:
    """A witness's private key under its name. Never the key of a log, nor of another witness."""

    name: str
    key: Ed25519PrivateKey

    @property
    def verifier(self) -> WitnessKey:
        return WitnessKey(self.name, self.key.public_key())

    def cosign(self, text: str, *, at: datetime) -> str:
        """The signature line over the text of a checkpoint, dated to the second."""
        seconds = int(at.timestamp())
        stamp = seconds.to_bytes(_TIME, "big")
        return signature_line(self.verifier, stamp + self.key.sign(_message(text.encode(), seconds)))


def cosigned_at(note: str, key: WitnessKey) -> datetime:
    """When `key` cosigned this note. Raises `Tampered` where it did not, or where one of its lines does not fit."""
    text, lines = split_note(note)
    times = []
    for signature in signatures_of(key, lines):
        key.verify(text.encode(), signature)
        times.append(_seconds(signature))
    return datetime.fromtimestamp(min(times), UTC)


def line_of(note: str, key: WitnessKey) -> str:
    """The line under which `key` cosigned first, as it stands in the note."""
    first = min(signatures_of(key, split_note(note)[1]), key=_seconds)
    return signature_line(key, first)


def _seconds(signature: bytes) -> int:
    return int.from_bytes(signature[:_TIME], "big")


def _message(text: bytes, seconds: int) -> bytes:
    return f"cosignature/v1\ntime {seconds}\n".encode() + text
