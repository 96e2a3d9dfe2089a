"""The files of an evidence package as a BagIt bag (RFC 8493): the same contents give the same bytes.

Originals are read piece by piece and hashed on the way out; what differs from its digest stops the package (`Tampered`).
"""

import base64
import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from liuhen.engines.dossier.contents import Contents, CopyOut, Explained, OpenedLine, Taken
from liuhen.engines.dossier.leaflet import leaflet
from liuhen.engines.ledger.note import Signer, sign_note
from liuhen.kernel.canonical import canonical
from liuhen.kernel.clock import BEIJING, as_utc_text, aware
from liuhen.kernel.digests import Hasher, digest_of
from liuhen.kernel.errors import Refused, Tampered

_PIECE = 1 << 20
_MOST_FILES, _MOST_JSON, _MOST_PARTS = 20_000, 64 << 20, 1_000_000  # What the verifiers read (package.md).
_DECLARATION = "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"


@dataclass(frozen=True, slots=True)
class BagFile:
    """One file of the bag: path, size, SHA-256, and its bytes in pieces, as often as asked for."""

    path: str
    size: int
    sha256: str
    pieces: Callable[[], Iterator[bytes]]


def bag_name(number: str) -> str:
    """The bag's folder: the number, with anything that is no letter, digit or hyphen as a hyphen."""
    return "".join(char if char.isalnum() else "-" for char in number)


def bag_files(contents: Contents, signer: Signer) -> list[BagFile]:
    """Every file, in order; the seal last. `signer` is the house's key."""
    payload = sorted(_payload(contents), key=lambda file: file.path)
    manifest = _whole("manifest-sha256.txt", _manifest(payload))
    tags = [
        _whole("bagit.txt", _DECLARATION.encode()),
        _whole("bag-info.txt", _information(contents, payload)),
        _whole("README.txt", leaflet(contents).encode()),
        manifest,
        *(_whole(name, content) for name, content in sorted(contents.verifiers.items())),
    ]
    if len(payload) + len(tags) + 2 > _MOST_FILES:
        raise Refused("文件超过两万个，核验程序读不下", do="请分成几件申请，每件少列几份。")
    tag_manifest = _manifest(sorted(tags, key=lambda file: file.path))
    seal = _whole("seal.txt", _seal(contents, tag_manifest, signer))
    return [*tags, *payload, _whole("tagmanifest-sha256.txt", tag_manifest), seal]


def _payload(contents: Contents) -> Iterator[BagFile]:
    yield _json("data/package.json", _package(contents))
    for index, taken in enumerate(contents.recordings, 1):
        yield BagFile(_original(index, taken), taken.size, taken.digest.sha256, _pieces_of(taken))
        yield _whole(_receipt(index), canonical(taken.receipt))
    for index, paper in enumerate(contents.documents, 1):
        yield _whole(_document(index), paper.content)
    if contents.explained is not None:
        yield from copy_files(contents.copies, contents.explained, folder="data/copies/")
    yield _json("data/journal/lines.json", [_line(line) for line in contents.lines])
    yield _json("data/journal/rows.json", [row.told() for row in contents.rows])
    yield _whole("data/journal/checkpoint.txt", contents.checkpoint.encode())
    for index, stamp in enumerate(contents.stamps, 1):
        yield _whole(f"data/journal/stamps/{index:03d}.tst", stamp.token)
        yield _whole(f"data/journal/stamps/{index:03d}.txt", stamp.note.encode())
    yield _whole("data/trust/house.txt", f"{contents.house}\n".encode())
    yield _whole("data/trust/policy.txt", contents.policy.encode())


def copy_files(copies: Sequence[CopyOut], explained: Explained, *, folder: str) -> Iterator[BagFile]:
    """The copies with what is said of them, under `folder`."""
    for index, copy in enumerate(copies, 1):
        yield BagFile(f"{folder}{_copy(index, copy)}", copy.size, copy.digest.sha256, _pieces_of(copy))
    yield _whole(f"{folder}statement.json", explained.statement)
    yield _whole(f"{folder}statement.pdf", explained.paper)


def _package(contents: Contents) -> dict[str, Any]:
    told = [copy.told(f"data/copies/{_copy(index, copy)}") for index, copy in enumerate(contents.copies, 1)]
    return {
        **({"copies": told} if told else {}),
        "format": contents.format, "number": contents.number, "agency": contents.agency, "made_at": as_utc_text(contents.made_at),
        "subject": {"kind": contents.subject_kind, "id": contents.subject}, "order": contents.order, "policy_line": contents.policy_line,
        "recordings": [
            {
                "id": taken.id, "number": taken.number, "path": _original(index, taken), "receipt": _receipt(index),
                "list": taken.card_list or "", "marks": list(taken.marks), "custody": [place.told() for place in taken.custody],
            }
            for index, taken in enumerate(contents.recordings, 1)
        ],
        "documents": [
            {"id": paper.id, "number": paper.number, "path": _document(index)}
            for index, paper in enumerate(contents.documents, 1)
        ],
        "looks": [{"kind": kind, "id": key} for kind, key in contents.looks],
        "stamps": [
            {
                "token": f"data/journal/stamps/{index:03d}.tst", "note": f"data/journal/stamps/{index:03d}.txt",
                "proof": _base64(stamp.proof), "authority": stamp.authority,
            }
            for index, stamp in enumerate(contents.stamps, 1)
        ],
    }  # fmt: skip


def _line(line: OpenedLine) -> dict[str, Any]:
    return {
        "number": line.number, "salt": line.salt, "body": line.body, "entry": line.entry, "proof": _base64(line.proof),
    }  # fmt: skip


def _base64(steps: Sequence[bytes]) -> list[str]:
    return [base64.b64encode(step).decode() for step in steps]


def _original(index: int, taken: Taken) -> str:
    return f"data/originals/{index:03d}.{taken.suffix}"


def _receipt(index: int) -> str:
    return f"data/receipts/{index:03d}.json"


def _document(index: int) -> str:
    return f"data/documents/{index:03d}.pdf"


def _copy(index: int, copy: CopyOut) -> str:
    return f"{index:03d}.{copy.suffix}"


def _pieces_of(taken: Taken | CopyOut) -> Callable[[], Iterator[bytes]]:
    def pieces() -> Iterator[bytes]:
        """The last piece only after all were found equal: what was altered never leaves whole."""
        hasher, held = Hasher(), b""
        with taken.open() as file:
            while piece := file.read(_PIECE):
                hasher.update(piece)
                if held:
                    yield held
                held = piece
        if hasher.size != taken.size or not hasher.digest().agrees_with(taken.digest):
            raise Tampered(
                f"{taken.called}的摘要不符，不能交出",
                do="请立即停止使用并报告：运行 liuhen verify 查明。",
            )
        if held:
            yield held

    return pieces


def _json(path: str, value: Any) -> BagFile:
    content = canonical(value)
    if len(content) > _MOST_JSON or sum(content.count(mark) for mark in (b",", b"[", b"{")) > _MOST_PARTS:
        raise Refused("要列的登记太多，核验程序读不下", do="请分成几件申请，每件少列几份音像资料。")
    return _whole(path, content)


def _whole(path: str, content: bytes) -> BagFile:
    return BagFile(path, len(content), hashlib.sha256(content).hexdigest(), lambda: iter((content,)))


def _manifest(files: Iterable[BagFile]) -> bytes:
    return "".join(f"{file.sha256}  {file.path}\n" for file in files).encode()


def _information(contents: Contents, payload: Sequence[BagFile]) -> bytes:
    day = aware(contents.made_at).astimezone(BEIJING).date().isoformat()
    return (
        f"Source-Organization: {_one_line(contents.agency)}\nExternal-Identifier: {_one_line(contents.number)}\n"
        f"Bagging-Date: {day}\nPayload-Oxum: {sum(file.size for file in payload)}.{len(payload)}\n"
        f"Bag-Software-Agent: liuhen\nBagIt-Profile-Identifier: {contents.format}\n"
    ).encode()


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _seal(contents: Contents, tag_manifest: bytes, signer: Signer) -> bytes:
    return sealed(contents.format, contents.number, tag_manifest, signer)


def sealed(form: str, number: str, content: bytes, signer: Signer) -> bytes:
    """A signed note over what `content` is: the form's name, the number, both digests."""
    found = digest_of(content)
    return sign_note(f"{form}\n{number}\nsha256 {found.sha256}\nsm3 {found.sm3}\n", signer).encode()
