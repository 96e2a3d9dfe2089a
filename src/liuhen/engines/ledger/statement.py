"""A signed statement: JSON members and a signature that names its algorithm and key, over a context of its own. Where the
signer has a twin in SM2, its signature stands in the member `also` of the first.

Receipts and leaves are statements. The context keeps a signature given for one from standing under another.
"""

import base64
from typing import Any

from liuhen.engines.ledger.national import Sm2Signer, Sm2Verifier
from liuhen.engines.ledger.note import Signer, Verifier
from liuhen.kernel.canonical import canonical
from liuhen.kernel.errors import Malformed, Tampered


def signed_statement(context: bytes, body: dict[str, Any], signer: Signer) -> dict[str, Any]:
    """`body` with its signature beside it."""
    message = context + canonical(body)
    signature = _signature(signer, message)
    if signer.twin is not None:
        signature["also"] = _signature(signer.twin, message)
    return {**body, "signature": signature}


def _signature(signer: Signer | Sm2Signer, message: bytes) -> dict[str, Any]:
    value = base64.b64encode(signer.sign(message)).decode()
    return {"algorithm": signer.verifier.algorithm, "key": str(signer.verifier), "value": value}


def check_statement(
    context: bytes,
    body: dict[str, Any],
    signature: Any,
    verifier: Verifier,
    *,
    also: Sm2Verifier | None = None,
) -> None:
    """Check `signature` over `body` against the key we trust, not the one it brings; with `also`, its twin as well.

    Raises `Malformed` where it is no signature, `Tampered` where it is of another algorithm or not over these members.
    """
    try:
        raw = base64.b64decode(signature["value"], validate=True)
        algorithm = signature["algorithm"]
    except (KeyError, TypeError, ValueError) as error:
        raise Malformed("签名缺少字段或格式不对") from error
    if algorithm != verifier.algorithm:
        raise Tampered(f"签名算法“{str(algorithm)[:40]}”不受承认")
    verifier.verify(context + canonical(body), raw)
    if also is not None:
        _check_twin(context + canonical(body), signature.get("also"), also)


def _check_twin(message: bytes, signature: Any, verifier: Sm2Verifier) -> None:
    if signature is None:
        raise Tampered(f"缺少“{verifier.name}”的 SM2 签名")
    try:
        raw = base64.b64decode(signature["value"], validate=True)
        algorithm = signature["algorithm"]
    except (KeyError, TypeError, ValueError) as error:
        raise Malformed("SM2 签名缺少字段或格式不对") from error
    if algorithm != verifier.algorithm:
        raise Tampered(f"签名算法“{str(algorithm)[:40]}”不受承认")
    verifier.verify(message, raw)
