"""A signed statement: JSON members and a signature that names its algorithm and key, over a context of its own.

Receipts and leaves are statements. The context keeps a signature given for one from standing under another.
"""

import base64
from typing import Any

from liuhen.engines.ledger.note import Signer, Verifier
from liuhen.kernel.canonical import canonical
from liuhen.kernel.errors import Malformed, Tampered


def signed_statement(context: bytes, body: dict[str, Any], signer: Signer) -> dict[str, Any]:
    """`body` with its signature beside it."""
    value = base64.b64encode(signer.sign(context + canonical(body))).decode()
    return {**body, "signature": {"algorithm": "Ed25519", "key": str(signer.verifier), "value": value}}


def check_statement(context: bytes, body: dict[str, Any], signature: Any, verifier: Verifier) -> None:
    """Check `signature` over `body` against the key we trust, not the one it brings.

    Raises `Malformed` where it is no signature, `Tampered` where it is of another algorithm or not over these members.
    """
    try:
        raw = base64.b64decode(signature["value"], validate=True)
        algorithm = signature["algorithm"]
    except (KeyError, TypeError, ValueError) as error:
        raise Malformed("签名缺少字段或格式不对") from error
    if algorithm != "Ed25519":
        raise Tampered(f"签名算法“{str(algorithm)[:40]}”不受承认")
    verifier.verify(context + canonical(body), raw)
