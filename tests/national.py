"""Keys for SM2 in tests: the library that signs in the product, with numbers of our choosing as secrets."""

from typing import Any

from tongsuopy.crypto import serialization
from tongsuopy.crypto.asymciphers import ec

from liuhen.engines.ledger.national import Sm2Signer
from liuhen.server.national import signer_of


def national_key(number: int) -> Any:
    return ec.derive_private_key(number, ec.SM2())


def raw_of(key: Any) -> bytes:
    """0x04 ‖ x ‖ y."""
    form = serialization.PublicFormat.UncompressedPoint
    return bytes(key.public_key().public_bytes(serialization.Encoding.X962, form))


def national_signer(name: str, number: int) -> Sm2Signer:
    return signer_of(name, national_key(number))
