"""Copies that go out by themselves, without the journal: the films, what is said of them as data and as a paper, the house's signature.

For whoever only wants to look and to show: a newspaper, a party. See docs/formats/copy.md. Pure.
"""

import hashlib
from collections.abc import Sequence

from liuhen.engines.dossier.bag import BagFile, copy_files, sealed
from liuhen.engines.dossier.contents import CopyOut, Explained
from liuhen.engines.ledger.note import Signer

ALONE = "liuhen-copy-v1"


def alone_files(
    number: str, copies: Sequence[CopyOut], explained: Explained, signer: Signer
) -> list[BagFile]:
    """Every file; the seal last. `signer` is the house's key, the seal is over `statement.json`, which has the digest of each film."""
    seal = sealed(ALONE, number, explained.statement, signer)
    return [
        *copy_files(copies, explained, folder=""),
        BagFile("seal.txt", len(seal), hashlib.sha256(seal).hexdigest(), lambda: iter((seal,))),
    ]
