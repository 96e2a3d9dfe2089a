"""What somebody may do to a package, each at every place where it can strike, with the finding that must name it.

Three hands: a plain one; `mended`, who makes manifest and sums right again but has no key; `resealed`, who has stolen the house's key as well.
"""

import base64
import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from asn1crypto import cms
from asn1crypto import x509 as asn1_x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding
from tests.engines.dossier.packing import (
    BOTH,
    HOUSE,
    NOON,
    SOUND,
    STATION,
    WITNESSES,
    contents,
    cosigned,
    key,
    policy_text,
    trust_text,
)
from tests.engines.ledger.stamping import OpenSslAuthority
from tests.national import national_signer

from liuhen.engines.dossier import Contents, bag_files
from liuhen.engines.ledger import Signer
from liuhen.engines.ledger.checkpoint import Checkpoint
from liuhen.engines.ledger.note import sign_note, split_note
from liuhen.engines.ledger.statement import signed_statement
from liuhen.engines.ledger.timestamp import query, token_in
from liuhen.kernel.canonical import canonical
from liuhen.kernel.clock import as_utc_text
from liuhen.kernel.digests import digest_of

Files = dict[str, bytes]
MANIFEST, TAGS, SEAL = "manifest-sha256.txt", "tagmanifest-sha256.txt", "seal.txt"
PACKAGE, LINES, ROWS, CHECKPOINT = (
    "data/package.json",
    "data/journal/lines.json",
    "data/journal/rows.json",
    "data/journal/checkpoint.txt",
)
TOKEN, STAMPED, POLICY = "data/journal/stamps/001.tst", "data/journal/stamps/001.txt", "data/trust/policy.txt"
ORIGINALS = ("data/originals/001.mp4", "data/originals/002.mp4")
RECEIPTS = ("data/receipts/001.json", "data/receipts/002.json")
DOCUMENT = "data/documents/001.pdf"
THIEF = Signer("liuhen/qh", key(99))
LATE = as_utc_text(NOON + timedelta(minutes=30))


@dataclass(frozen=True)
class Forgery:
    """One variant: its kind, what was done, the package after it, what the verifier was given, what it must find."""

    kind: str
    name: str
    files: Files
    finds: tuple[tuple[str, str], ...]
    trust: str | None = None
    verdict: str = "broken"


def files_of(told: Contents, signer: Signer = HOUSE) -> Files:
    return {file.path: b"".join(file.pieces()) for file in bag_files(told, signer)}


def put(files: Files, path: str, content: bytes | None) -> Files:
    found = {**files, path: content or b""}
    if content is None:
        del found[path]
    return found


def told(files: Files, path: str, change: Callable[[Any], Any]) -> Files:
    """The JSON of a file changed; what `change` returns, or the thing itself changed in place, is written."""
    value = json.loads(files[path])
    changed = change(value)
    return put(files, path, canonical(value if changed is None else changed))


def mended(files: Files) -> Files:
    """Manifests and sums made to fit again; the seal stays as it was."""
    payload = {path: content for path, content in files.items() if path.startswith("data/")}
    manifest = _manifest(payload)
    size = sum(len(content) for content in payload.values())
    info = "\n".join(
        f"Payload-Oxum: {size}.{len(payload)}" if line.startswith("Payload-Oxum") else line
        for line in files["bag-info.txt"].decode().split("\n")
    ).encode()
    found = {**files, MANIFEST: manifest, "bag-info.txt": info}
    tags = {
        path: content
        for path, content in found.items()
        if not path.startswith("data/") and path not in (TAGS, SEAL)
    }
    return {**found, TAGS: _manifest(tags)}


def resealed(files: Files, signer: Signer = HOUSE) -> Files:
    found = mended(files)
    sums = digest_of(found[TAGS])
    number = json.loads(files[PACKAGE])["number"]
    return {
        **found,
        SEAL: sign_note(
            f"liuhen-package-v1\n{number}\nsha256 {sums.sha256}\nsm3 {sums.sm3}\n", signer
        ).encode(),
    }


def _manifest(files: Files) -> bytes:
    return "".join(f"{hashlib.sha256(files[path]).hexdigest()}  {path}\n" for path in sorted(files)).encode()


def flipped(content: bytes, place: int) -> bytes:
    return content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :]


# ---- packages


def manifest_edited(files: Files) -> Iterator[Forgery]:
    for manifest in (MANIFEST, TAGS):
        for line in files[manifest].decode().splitlines():
            wrong = ("0" if line[0] != "0" else "1") + line[1:]
            found = put(files, manifest, files[manifest].replace(line.encode(), wrong.encode()))
            yield Forgery(
                "manifest",
                f"{manifest}: {line[66:]}",
                found,
                (("bag.file-altered", line[66:]), ("seal.other-content", TAGS))[
                    : 1 if manifest == MANIFEST else 2
                ],
            )
        for name, wrong_bytes in (
            ("out of form", b"x\n"),
            ("of a way out", b"0" * 64 + b"  data/../x\n"),
            ("cut off", files[manifest][:-1]),
        ):
            yield Forgery(
                "manifest",
                f"{manifest} {name}",
                put(files, manifest, wrong_bytes),
                (("bag.manifest-form", manifest),),
            )
    info = files["bag-info.txt"].replace(b"Payload-Oxum: ", b"Payload-Oxum: 1")
    yield Forgery(
        "manifest",
        "sum of bytes",
        mended_tags(put(files, "bag-info.txt", info)),
        (("bag.info", "bag-info.txt"), ("seal.other-content", TAGS)),
    )


def mended_tags(files: Files) -> Files:
    tags = {
        path: content
        for path, content in files.items()
        if not path.startswith("data/") and path not in (TAGS, SEAL)
    }
    return {**files, TAGS: _manifest(tags)}


_GONE = {
    SEAL: (("seal.form", SEAL),), TAGS: (("bag.manifest-form", TAGS), ("seal.other-content", TAGS)), "bagit.txt": (("bag.declaration", "bagit.txt"),),
    PACKAGE: (("package.form", PACKAGE),), LINES: (("package.form", LINES),), ROWS: (("package.form", ROWS),), CHECKPOINT: (("checkpoint.form", CHECKPOINT),),
    TOKEN: (("time.form", TOKEN),), STAMPED: (("time.other-log", STAMPED),), POLICY: (("policy.altered", POLICY),), DOCUMENT: (("document.other-digest", DOCUMENT),),
    **{path: (("original.other-digest", path),) for path in ORIGINALS}, **{path: (("receipt.form", path),) for path in RECEIPTS},
}  # fmt: skip


def file_dropped(files: Files) -> Iterator[Forgery]:
    for path in files:
        missing = () if path in (SEAL, TAGS) else (("bag.file-missing", path),)
        yield Forgery("drop", path, put(files, path, None), missing + _GONE.get(path, ()))
        if path.startswith("data/"):
            yield Forgery(
                "drop",
                f"{path}, mended",
                mended(put(files, path, None)),
                (("seal.other-content", TAGS), *_GONE.get(path, ())),
            )


def file_added(files: Files) -> Iterator[Forgery]:
    for path in (
        "data/x.txt",
        "data/originals/003.mp4",
        "data/documents/002.pdf",
        "data/journal/stamps/x",
        "x.txt",
        "文件.txt",
        "verify.js",
    ):
        yield Forgery("add", path, put(files, path, b"new"), (("bag.file-surplus", path),))
    for path in ("data/x.zip", "x.7z", "data/originals/A.TAR.GZ"):
        yield Forgery("nested", path, put(files, path, b"PK\x03\x04"), (("bag.archive-nested", path),))
    yield Forgery(
        "add", "mended", mended(put(files, "data/originals/003.mp4", b"new")), (("seal.other-content", TAGS),)
    )


def file_renamed(files: Files) -> Iterator[Forgery]:
    for path in files:
        if path not in (SEAL, TAGS, "bagit.txt"):
            moved = put(put(files, path, None), f"{path}.old", files[path])
            yield Forgery(
                "rename", path, moved, (("bag.file-missing", path), ("bag.file-surplus", f"{path}.old"))
            )
    for path, code in (
        (ORIGINALS[0], "original.other-digest"),
        (DOCUMENT, "document.other-digest"),
        (RECEIPTS[0], "receipt.form"),
    ):
        moved = put(put(files, path, None), f"{path}x", files[path])
        yield Forgery("rename", f"{path}, resealed", resealed(moved), ((code, path),))


def proof_swapped(files: Files) -> Iterator[Forgery]:
    lines = json.loads(files[LINES])
    for index in range(len(lines) - 1):

        def swap(found: Any, index: int = index) -> None:
            found[index]["proof"], found[index + 1]["proof"] = (
                found[index + 1]["proof"],
                found[index]["proof"],
            )

        where = tuple(("line.not-in-log", f"台账第 {lines[i]['number']} 行") for i in (index, index + 1))
        yield Forgery(
            "proof", f"lines {index + 1} and {index + 2}", resealed(told(files, LINES, swap)), where
        )
    for step in range(len(json.loads(files[PACKAGE])["stamps"][0]["proof"])):

        def cut(found: Any, step: int = step) -> None:
            del found["stamps"][0]["proof"][step]

        yield Forgery(
            "proof",
            f"step {step} of the stamp",
            resealed(told(files, PACKAGE, cut)),
            (("time.other-log", STAMPED),),
        )
    yield Forgery(
        "proof",
        "no proof",
        resealed(told(files, LINES, lambda found: found[0].update(proof=[]))),
        (("line.not-in-log", "台账第 1 行"),),
    )


def policy_older(files: Files) -> Iterator[Forgery]:
    for name, text in (
        ("one witness fewer", policy_text().replace("group two 2 sfj dag sj", "group two 1 sfj dag")),
        ("any of them", policy_text().replace("two 2", "two 1")), ("nobody", "quorum none\n"), ("another order", policy_text() + "# \n"),
    ):  # fmt: skip
        yield Forgery(
            "policy", name, resealed(put(files, POLICY, text.encode())), (("policy.altered", POLICY),)
        )
    yield Forgery(
        "policy",
        "line denied",
        resealed(told(files, PACKAGE, lambda found: found.update(policy_line=0))),
        (("policy.altered", POLICY),),
    )
    yield Forgery(
        "policy",
        "another line",
        resealed(told(files, PACKAGE, lambda found: found.update(policy_line=2))),
        (("policy.altered", POLICY),),
    )


def salt_wrong(files: Files) -> Iterator[Forgery]:
    for index, line in enumerate(json.loads(files[LINES])):
        where = f"台账第 {line['number']} 行"
        for name, value in (("other", "f" * 32), ("short", line["salt"][:-2]), ("no hex", "z" * 32)):

            def change(found: Any, index: int = index, value: str = value) -> None:
                found[index]["salt"] = value

            yield Forgery(
                "salt",
                f"line {index + 1} {name}",
                resealed(told(files, LINES, change)),
                (("line.altered", where),),
            )


def report_edited(files: Files) -> Iterator[Forgery]:
    for path in ("README.txt", "bag-info.txt"):
        yield Forgery("report", path, put(files, path, files[path] + b"x"), (("bag.file-altered", path),))
        yield Forgery(
            "report",
            f"{path}, mended",
            mended(put(files, path, files[path] + b"x: y\n")),
            (("seal.other-content", TAGS),),
        )

    def custody(found: Any) -> None:
        found["recordings"][0]["custody"][0]["who"] = "别人"

    yield Forgery("report", "custody", told(files, PACKAGE, custody), (("bag.file-altered", PACKAGE),))
    yield Forgery(
        "report", "custody, mended", mended(told(files, PACKAGE, custody)), (("seal.other-content", TAGS),)
    )
    yield Forgery(
        "report",
        "number",
        resealed(told(files, PACKAGE, lambda found: found.update(number="QH-0"))),
        (("order.no-row", "QH-0"),),
    )
    yield Forgery(
        "report",
        "number, mended",
        mended(told(files, PACKAGE, lambda found: found.update(number="QH-0"))),
        (("package.other-number", SEAL),),
    )


def verifier_altered(files: Files) -> Iterator[Forgery]:
    for path in ("verify.py", "verify.html"):
        evil = files[path].replace(b"broken", b"sound", 1)
        yield Forgery("verifier", path, put(files, path, evil), (("bag.file-altered", path),))
        yield Forgery(
            "verifier", f"{path}, mended", mended(put(files, path, evil)), (("seal.other-content", TAGS),)
        )


# ---- signatures


def key_wrong(files: Files, other: OpenSslAuthority) -> Iterator[Forgery]:
    yield Forgery("wrong key", "seal", resealed(files, THIEF), (("seal.unsigned", SEAL),))
    point = Checkpoint.read(files[CHECKPOINT].decode())
    yield Forgery(
        "wrong key",
        "checkpoint",
        resealed(put(files, CHECKPOINT, cosigned(point.signed(THIEF), "sfj", "dag").encode())),
        (("checkpoint.unsigned", CHECKPOINT),),
    )
    for path in RECEIPTS:
        body = {name: value for name, value in json.loads(files[path]).items() if name != "signature"}
        forged = signed_statement(b"liuhen-receipt-v1\n", body, THIEF)
        yield Forgery(
            "wrong key", path, resealed(put(files, path, canonical(forged))), (("receipt.wrong", path),)
        )
    for name in ("sfj", "dag"):
        text, lines = split_note(files[CHECKPOINT].decode())
        own = next(line for line in lines.splitlines(keepends=True) if f"/{name} " in line)
        raw = bytearray(base64.b64decode(own.split()[-1]))
        raw[-1] ^= 1
        wrong = own.replace(own.split()[-1], base64.b64encode(raw).decode())
        found = (text + "\n" + lines.replace(own, wrong)).encode()
        yield Forgery(
            "wrong key",
            f"witness {name}",
            resealed(put(files, CHECKPOINT, found)),
            (("witness.wrong", name), ("witness.quorum-unmet", CHECKPOINT)),
        )
    forged_token = token_in(other.reply(query(files[STAMPED], nonce=7)))
    own_token = cms.ContentInfo.load(files[TOKEN])
    own_token["content"]["certificates"] = cms.ContentInfo.load(forged_token)["content"]["certificates"]
    yield Forgery(
        "wrong key",
        "token with another's certificate",
        resealed(put(files, TOKEN, own_token.dump(force=True))),
        (("time.form", TOKEN),),
    )
    flipped_token = flipped(files[TOKEN], len(files[TOKEN]) - 1)
    yield Forgery(
        "wrong key", "token's signature", resealed(put(files, TOKEN, flipped_token)), (("time.wrong", TOKEN),)
    )
    inside = mended(put(files, "data/trust/house.txt", f"{THIEF.verifier}\n".encode()))
    yield Forgery("wrong key", "house's key inside", inside, (("trust.other-house", "data/trust/house.txt"),))
    outsider = trust_text().replace(str(HOUSE.verifier), str(Signer("liuhen/other", key(98)).verifier))
    yield Forgery(
        "wrong key",
        "another house outside",
        files,
        (("seal.unsigned", SEAL), ("checkpoint.form", CHECKPOINT)),
        outsider,
    )
    yield Forgery("wrong key", "no key outside", files, (("trust.form", ""),), policy_text())
    yield Forgery("wrong key", "rubbish outside", files, (("trust.form", ""),), "log x\n")


def key_ended(files: Files, authority: OpenSslAuthority) -> Iterator[Forgery]:
    before, after = as_utc_text(NOON - timedelta(days=9)), as_utc_text(NOON + timedelta(days=9))
    for name, owner in (
        ("liuhen/qh", HOUSE.verifier),
        ("sfj", WITNESSES["sfj"].verifier),
        ("dag", WITNESSES["dag"].verifier),
    ):
        yield Forgery(
            "expired",
            name,
            files,
            (("key.expired", name),),
            f"{trust_text()}# liuhen: valid {owner} {before} {LATE}\n",
        )
        yield Forgery(
            "expired",
            f"{name}, not yet",
            files,
            (("key.expired", name),),
            f"{trust_text()}# liuhen: valid {owner} {after} {after}\n",
        )
        yield Forgery(
            "revoked",
            name,
            files,
            (("key.revoked", name),),
            f"{trust_text()}# liuhen: revoked {owner} {LATE}\n",
        )
        allowed = (
            f"{trust_text()}# liuhen: revoked {owner} {after}\n# liuhen: valid {owner} {before} {after}\n"
        )
        yield Forgery("revoked", f"{name}, later", files, (), allowed, "sound")
    yield Forgery(
        "expired",
        "token",
        resealed(put(files, TOKEN, expired_token(files[TOKEN], authority))),
        (("time.expired", TOKEN),),
    )


def expired_token(token: bytes, authority: OpenSslAuthority) -> bytes:
    """The same token as its authority would have signed it with a certificate that had run out."""
    private = serialization.load_pem_private_key((authority.folder / "tsa.key").read_bytes(), None)
    found = cms.ContentInfo.load(token)
    signed = found["content"]
    certificate = asn1_x509.Certificate.load(signed["certificates"][0].chosen.dump())
    past = asn1_x509.Time({"utc_time": datetime(2020, 1, 1, tzinfo=UTC)})
    certificate["tbs_certificate"]["validity"] = {"not_before": past, "not_after": past}
    signed["certificates"] = [certificate]
    info = signed["signer_infos"][0]
    for attribute in info["signed_attrs"]:
        if attribute["type"].native == "signing_certificate_v2":
            attribute["values"][0]["certs"][0]["cert_hash"] = hashlib.sha256(
                certificate.dump(force=True)
            ).digest()
    covered = b"\x31" + info["signed_attrs"].dump(force=True)[1:]
    info["signature"] = private.sign(covered, padding.PKCS1v15(), hashes.SHA256())  # type: ignore[union-attr, call-arg, arg-type]
    return bytes(found.dump(force=True))


def signature_moved(files: Files, authority: OpenSslAuthority) -> Iterator[Forgery]:
    one, other = (json.loads(files[path]) for path in RECEIPTS)
    for path, mine, strange in ((RECEIPTS[0], one, other), (RECEIPTS[1], other, one)):
        moved = canonical({**mine, "signature": strange["signature"]})
        yield Forgery("moved", path, resealed(put(files, path, moved)), (("receipt.wrong", path),))
        yield Forgery(
            "moved",
            f"{path} whole",
            resealed(put(files, path, canonical(strange))),
            (("receipt.other", path),),
        )
    for index, row in enumerate(json.loads(files[ROWS])):
        if row["kind"] == "documents.signature":

            def move(found: Any, index: int = index) -> None:
                found[index]["fields"]["document_id"] = f'"{"0" * 8}-0000-0000-0000-00000000001f"'

            where = f"documents.signature {row['id']} document_id"
            yield Forgery(
                "moved",
                f"signature {row['id'][-2:]}",
                resealed(told(files, ROWS, move)),
                (("row.field-differs", where),),
            )
    elsewhere = Checkpoint("liuhen/qh", 12, b"\7" * 32).signed(HOUSE)
    text, lines = split_note(files[CHECKPOINT].decode())
    foreign = (
        text
        + "\n"
        + split_note(elsewhere)[1]
        + "".join(line for line in lines.splitlines(keepends=True) if "witness" in line)
    )
    yield Forgery(
        "moved",
        "checkpoint",
        resealed(put(files, CHECKPOINT, foreign.encode())),
        (("checkpoint.wrong", CHECKPOINT),),
    )
    for name in WITNESSES:
        strange_line = WITNESSES[name].cosign(split_note(elsewhere)[0], at=NOON)
        found = files[CHECKPOINT] + strange_line.encode()
        yield Forgery(
            "moved", f"witness {name}", resealed(put(files, CHECKPOINT, found)), (("witness.wrong", name),)
        )
    seal = sign_note(files[SEAL].decode().split("\n\n")[0].replace("0001", "0002") + "\n", HOUSE)
    yield Forgery("moved", "seal", put(files, SEAL, seal.encode()), (("package.other-number", SEAL),))
    mixed = files[SEAL].decode().split("\n\n")[0] + "\n\n" + seal.split("\n\n")[1]
    yield Forgery("moved", "seal's signature", put(files, SEAL, mixed.encode()), (("seal.wrong", SEAL),))
    for name, content in (
        ("another checkpoint", elsewhere.encode()),
        ("the text alone", split_note(files[STAMPED].decode())[0].encode()),
    ):
        token = token_in(authority.reply(query(content, nonce=7)))
        yield Forgery(
            "token of other hash", name, resealed(put(files, TOKEN, token)), (("time.other-content", TOKEN),)
        )
    both = put(
        put(files, TOKEN, token_in(authority.reply(query(elsewhere.encode(), nonce=7)))),
        STAMPED,
        elsewhere.encode(),
    )
    yield Forgery(
        "token of other hash",
        "a checkpoint that is no part of this log",
        resealed(both),
        (("time.other-log", STAMPED),),
    )


def content_changed(files: Files) -> Iterator[Forgery]:
    for path, code in (
        (ORIGINALS[0], "original.other-digest"),
        (ORIGINALS[1], "original.other-digest"),
        (DOCUMENT, "document.other-digest"),
    ):
        for place in (0, len(files[path]) // 2, len(files[path]) - 1):
            wrong = put(files, path, flipped(files[path], place))
            yield Forgery(
                "changed", f"{path} byte {place}", wrong, (("bag.file-altered", path), (code, path))
            )
        for name, content in (("cut", files[path][:-1]), ("longer", files[path] + b"\0"), ("empty", b"")):
            yield Forgery(
                "changed", f"{path} {name}, resealed", resealed(put(files, path, content)), ((code, path),)
            )
    swapped = {**files, ORIGINALS[0]: SOUND, ORIGINALS[1]: files[ORIGINALS[0]]}
    yield Forgery(
        "changed",
        "originals swapped, resealed",
        resealed(swapped),
        tuple(("original.other-digest", path) for path in ORIGINALS),
    )
    for path in RECEIPTS:
        for name, value in (
            ("sha256", "0" * 64),
            ("sm3", "0" * 64),
            ("size", 1),
            ("line", 1),
            ("at", LATE),
            ("log", "x"),
            ("recording", "x"),
        ):
            change = lambda found, name=name, value=value: found.update({name: value})  # noqa: E731
            yield Forgery(
                "changed", f"{path} {name}", resealed(told(files, path, change)), (("receipt.wrong", path),)
            )
    for index, line in enumerate(json.loads(files[LINES])):

        def change_line(found: Any, index: int = index) -> None:
            found[index]["body"] = found[index]["body"].replace("127.0.0.1", "127.0.0.2")

        where = f"台账第 {line['number']} 行"
        yield Forgery(
            "changed",
            f"line {index + 1}",
            resealed(told(files, LINES, change_line)),
            (("line.altered", where),),
        )
        body = line["body"].replace("127.0.0.1", "127.0.0.2")
        entry = hashlib.sha256(b"liuhen-line-v1\n" + bytes.fromhex(line["salt"]) + body.encode()).hexdigest()

        def commit(found: Any, index: int = index, body: str = body, entry: str = entry) -> None:
            found[index].update(body=body, entry=entry)

        yield Forgery(
            "changed",
            f"line {index + 1} with its entry",
            resealed(told(files, LINES, commit)),
            (("line.not-in-log", where),),
        )
    root = sign_note(split_note(files[CHECKPOINT].decode())[0].replace("\n12\n", "\n13\n"), HOUSE)
    yield Forgery(
        "changed",
        "checkpoint by the house's own key",
        resealed(put(files, CHECKPOINT, root.encode())),
        (("witness.quorum-unmet", CHECKPOINT), ("line.not-in-log", "台账第 12 行")),
    )


def row_changed(files: Files) -> Iterator[Forgery]:
    for index, row in enumerate(json.loads(files[ROWS])):
        where = f"{row['kind']} {row['id']}"
        for name in row["fields"]:

            def change(found: Any, index: int = index, name: str = name) -> None:
                found[index]["fields"][name] = '"x"'

            yield Forgery(
                "row",
                f"{where} {name}",
                resealed(told(files, ROWS, change)),
                (("row.field-differs", f"{where} {name}"),),
            )

        def surplus(found: Any, index: int = index) -> None:
            found[index]["fields"]["more"] = "1"

        def fewer(found: Any, index: int = index) -> None:
            found[index]["fields"].pop("id")

        def elsewhere(found: Any, index: int = index) -> None:
            found[index]["line"] = 1

        yield Forgery(
            "row",
            f"{where} with a field more",
            resealed(told(files, ROWS, surplus)),
            (("row.field-differs", f"{where} more"),),
        )
        yield Forgery(
            "row",
            f"{where} with a field fewer",
            resealed(told(files, ROWS, fewer)),
            (("row.field-differs", f"{where} id"),),
        )
        yield Forgery(
            "row",
            f"{where} of another line",
            resealed(told(files, ROWS, elsewhere)),
            (("row.no-line", where),),
        )
    film = json.loads(files[ROWS])
    index = next(i for i, row in enumerate(film) if row["kind"] == "evidence.recording")

    def older(found: Any) -> None:
        found[index]["line"] = 4
        found[index]["fields"].pop("verified_at", None)

    yield Forgery(
        "row",
        "an older state",
        resealed(told(files, ROWS, older)),
        (("row.outdated", f"evidence.recording {film[index]['id']}"),),
    )


def left_out(files: Files) -> Iterator[Forgery]:
    """Rows and lines that are not given, although the package speaks of them."""
    needed = {
        "evidence.recording": "original.no-row", "documents.document": "document.no-row", "access.viewing": "look.no-row",
        "access.glimpse": "look.no-row", "access.package": "order.no-row", "evidence.cardlist": "list.wrong", "devices.station": "list.wrong",
    }  # fmt: skip
    package = json.loads(files[PACKAGE])
    for index, row in enumerate(json.loads(files[ROWS])):
        if row["kind"] in needed:
            where = {
                "evidence.recording": next((r["path"] for r in package["recordings"] if r["id"] == row["id"]), ""), "documents.document": DOCUMENT,
                "access.package": package["number"], "evidence.cardlist": ORIGINALS[0], "devices.station": ORIGINALS[0],
            }.get(row["kind"], f"{row['kind']} {row['id']}")  # fmt: skip
            gone = told(files, ROWS, lambda found, index=index: found.pop(index) and None)
            yield Forgery(
                "left out", f"{row['kind']} {row['id'][-2:]}", resealed(gone), ((needed[row["kind"]], where),)
            )
    for index, line in enumerate(json.loads(files[LINES])):
        gone = told(files, LINES, lambda found, index=index: found.pop(index) and None)
        about = json.loads(line["body"])["about"]
        if (
            line["number"] == 4
        ):  # The first film is told again when it was read back; of the second this is the only line.
            yield Forgery(
                "left out",
                "line 4",
                resealed(gone),
                (("collection.no-line", ORIGINALS[0]), ("receipt.other", RECEIPTS[0])),
            )
        elif about:
            yield Forgery(
                "left out",
                f"line {line['number']}",
                resealed(gone),
                (("row.no-line", f"{about[0]['kind']} {about[0]['id']}"),),
            )
        else:
            yield Forgery("left out", f"line {line['number']}", resealed(gone), (("policy.altered", POLICY),))


def signature_stripped(files: Files) -> Iterator[Forgery]:
    yield Forgery(
        "stripped",
        "seal",
        put(files, SEAL, files[SEAL].split(b"\n\n")[0] + b"\n\n"),
        (("seal.unsigned", SEAL),),
    )
    text, lines = split_note(files[CHECKPOINT].decode())
    rows = lines.splitlines(keepends=True)
    bare = text + "\n" + "".join(line for line in rows if "witness" in line)
    yield Forgery(
        "stripped",
        "checkpoint",
        resealed(put(files, CHECKPOINT, bare.encode())),
        (("checkpoint.unsigned", CHECKPOINT),),
    )
    for name in ("sfj", "dag", "witness"):
        fewer = text + "\n" + "".join(line for line in rows if name not in line)
        yield Forgery(
            "stripped",
            f"cosignature of {name}",
            resealed(put(files, CHECKPOINT, fewer.encode())),
            (("witness.quorum-unmet", CHECKPOINT),),
        )
    for path in RECEIPTS:
        empty = told(files, path, lambda found: found["signature"].update(value=""))
        yield Forgery("stripped", path, resealed(empty), (("receipt.wrong", path),))
        yield Forgery(
            "stripped",
            f"{path} member",
            resealed(told(files, path, lambda found: found.pop("signature") and None)),
            (("receipt.form", path),),
        )
    unsigned = split_note(files[STAMPED].decode())[0].encode() + b"\n"
    yield Forgery(
        "stripped",
        "stamped checkpoint",
        resealed(put(files, STAMPED, unsigned)),
        (("time.other-log", STAMPED),),
    )
    found = cms.ContentInfo.load(files[TOKEN])
    found["content"]["signer_infos"] = []
    yield Forgery(
        "stripped", "token", resealed(put(files, TOKEN, found.dump(force=True))), (("time.form", TOKEN),)
    )
    nothing = told(files, PACKAGE, lambda found: found["recordings"][0].update(receipt="data/none.json"))
    yield Forgery("stripped", "receipt", resealed(nothing), (("receipt.form", "data/none.json"),))


def algorithm_lowered(files: Files) -> Iterator[Forgery]:
    for path in RECEIPTS:
        for name in ("none", "HS256", "ed25519", "MD5withRSA"):
            lowered = told(files, path, lambda found, name=name: found["signature"].update(algorithm=name))
            yield Forgery("algorithm", f"{path} {name}", resealed(lowered), (("receipt.algorithm", path),))
    for place, code in (("digest_algorithm", "time.algorithm"), ("signature_algorithm", "time.algorithm")):
        found = cms.ContentInfo.load(files[TOKEN])
        found["content"]["signer_infos"][0][place]["algorithm"] = (
            "sha1" if place == "digest_algorithm" else "sha1_rsa"
        )
        yield Forgery(
            "algorithm",
            f"token's {place}",
            resealed(put(files, TOKEN, found.dump(force=True))),
            ((code, TOKEN),),
        )
    text, lines = split_note(files[SEAL].decode())
    raw = base64.b64decode(lines.split()[-1])
    other_kind = hashlib.sha256(b"liuhen/qh\n\x02" + HOUSE.key.public_key().public_bytes_raw()).digest()[:4]
    lowered_seal = text + "\n" + f"— liuhen/qh {base64.b64encode(other_kind + raw[4:]).decode()}\n"
    yield Forgery(
        "algorithm",
        "seal of another kind of key",
        put(files, SEAL, lowered_seal.encode()),
        (("seal.unsigned", SEAL),),
    )
    log_kind = trust_text().replace(
        str(WITNESSES["sfj"].verifier), str(Signer("witness.example/sfj", key(10)).verifier)
    )
    yield Forgery("algorithm", "a log's kind of key for a witness", files, (("trust.form", ""),), log_kind)


def national_forged(files: Files) -> Iterator[Forgery]:
    """A house that signs with SM2 too: its second signature struck out, exchanged, of another key, of another algorithm, of a key that ended."""
    trust = trust_text(BOTH)
    stranger = Signer("liuhen/qh", key(1), national_signer("liuhen/qh", 5))
    yield Forgery("stripped", "seal's SM2", resealed(files, HOUSE), (("sm2.absent", SEAL),), trust)
    yield Forgery("wrong key", "seal's SM2", resealed(files, stranger), (("sm2.absent", SEAL),), trust)
    text, lines = split_note(files[CHECKPOINT].decode())
    rows = lines.splitlines(keepends=True)
    second = next(row for row in rows if row.startswith("— liuhen/qh") and len(row) < 120 and row != rows[0])
    wrong = base64.b64encode(flipped(base64.b64decode(second.split()[-1]), 30)).decode()
    for kind, name, told_anew in (
        ("stripped", "checkpoint's SM2", lines.replace(second, "")),
        ("wrong key", "checkpoint's SM2", lines.replace(second.split()[-1], wrong)),
    ):
        code = "sm2.absent" if kind == "stripped" else "sm2.wrong"
        changed = resealed(put(files, CHECKPOINT, f"{text}\n{told_anew}".encode()), BOTH)
        yield Forgery(kind, name, changed, ((code, CHECKPOINT),), trust)
    for path in RECEIPTS:
        for kind, name, code, change in (
            ("stripped", "SM2", "sm2.absent", lambda found: found["signature"].pop("also") and None),
            ("algorithm", "SM2 of another name", "sm2.wrong", lambda found: found["signature"]["also"].update(algorithm="SM2")),
            ("wrong key", "SM2 of another", "sm2.wrong", lambda found: found["signature"]["also"].update(value="AAAA")),
            ("changed", "SM2 no base64", "sm2.wrong", lambda found: found["signature"]["also"].update(value="%")),
            ("form", "SM2 without a key", "receipt.form", lambda found: found["signature"]["also"].pop("key") and None),
        ):  # fmt: skip
            yield Forgery(
                kind, f"{path} {name}", resealed(told(files, path, change), BOTH), ((code, path),), trust
            )
    assert BOTH.twin
    ended = f"{trust}# liuhen: revoked {BOTH.twin.verifier} {as_utc_text(NOON + timedelta(hours=1))}\n"
    yield Forgery("revoked", "SM2", files, (("key.revoked", "liuhen/qh"),), ended)
    bad_key = trust.replace(str(BOTH.twin.verifier), str(HOUSE.verifier))
    yield Forgery("algorithm", "Ed25519 for SM2 outside", files, (("trust.form", ""),), bad_key)


def out_of_form(files: Files) -> Iterator[Forgery]:
    """JSON that is none, and members that are missing, surplus or of another kind."""
    for path in (PACKAGE, LINES, ROWS):
        for name, content in (
            ("rubbish", b"{"),
            ("not text", b"\xff\xfe"),
            ("another shape", b'"x"'),
            ("no number", b'{"policy_line": NaN}'),
        ):
            yield Forgery(
                "form", f"{path} {name}", resealed_by_name(files, path, content), (("package.form", path),)
            )
    for name in json.loads(files[PACKAGE]):
        yield Forgery(
            "form",
            f"package without {name}",
            resealed_by_name(
                files, PACKAGE, canonical({k: v for k, v in json.loads(files[PACKAGE]).items() if k != name})
            ),
            (("package.form", PACKAGE),),
        )
    yield Forgery(
        "form",
        "package with more",
        resealed(told(files, PACKAGE, lambda found: found.update(more=1))),
        (("package.form", PACKAGE),),
    )
    yield Forgery(
        "form",
        "package of no moment",
        resealed(told(files, PACKAGE, lambda found: found.update(made_at="now"))),
        (("package.form", PACKAGE),),
    )
    yield Forgery(
        "form",
        "negative policy line",
        resealed(told(files, PACKAGE, lambda found: found.update(policy_line=-1))),
        (("package.form", PACKAGE),),
    )
    for name, text in (
        ("no lines", b"x"),
        ("control", files[CHECKPOINT].replace(b"liuhen", b"liu\x01hen")),
        ("size", files[CHECKPOINT].replace(b"\n12\n", b"\n012\n")),
    ):
        yield Forgery(
            "form",
            f"checkpoint {name}",
            resealed(put(files, CHECKPOINT, text)),
            (("checkpoint.form", CHECKPOINT),),
        )
    for name, text in (
        ("no seal", b""),
        ("another head", files[SEAL].replace(b"-v1", b"-v2")),
        ("a line more", files[SEAL].replace(b"\nsm3", b"\n\nsm3")),
    ):
        yield Forgery(
            "form",
            name,
            put(files, SEAL, text),
            (("seal.wrong" if name == "another head" else "seal.form", SEAL),),
        )
    for cut in (0, 1, 9, 60, 400, len(files[TOKEN]) // 2):
        yield Forgery(
            "form",
            f"token cut at {cut}",
            resealed(put(files, TOKEN, files[TOKEN][:cut])),
            (("time.form", TOKEN),),
        )
    yield Forgery(
        "form",
        "declaration",
        mended(put(files, "bagit.txt", b"BagIt-Version: 0.97\n")),
        (("bag.declaration", "bagit.txt"),),
    )


def resealed_by_name(files: Files, path: str, content: bytes) -> Files:
    """As `resealed`, where the package itself may no longer be readable."""
    found = resealed({**files})
    return resealed_text(mended({**found, path: content}), json.loads(files[PACKAGE])["number"])


def resealed_text(files: Files, number: str) -> Files:
    sums = digest_of(files[TAGS])
    return {
        **files,
        SEAL: sign_note(
            f"liuhen-package-v1\n{number}\nsha256 {sums.sha256}\nsm3 {sums.sm3}\n", HOUSE
        ).encode(),
    }


def cards_forged(files: Files) -> Iterator[Forgery]:
    """The station's list: another hand's signature, another algorithm, a file that is not on it. The row itself is told in the journal anew."""
    listed = {"files": [{"path": "DCIM/1.mp4", "size": 1}], "device": "Q-7"}
    for name, signer, algorithm, code in (
        ("not on it", STATION, "Ed25519", "list.no-file"), ("another key", THIEF, "Ed25519", "list.wrong"), ("another algorithm", STATION, "none", "list.wrong"),
    ):  # fmt: skip
        signed = signed_statement(b"liuhen-card-list-v1\n", listed, signer)
        made = contents_with_list(canonical(listed).decode(), {**signed["signature"], "algorithm": algorithm})
        yield Forgery("card list", name, {**files_of(made)}, tuple((code, path) for path in ORIGINALS))


def contents_with_list(body: str, signature: Any) -> Contents:
    return contents(None, cards={"body": body, "signature": signature})


def all_of(
    files: Files, national: Files, authority: OpenSslAuthority, other: OpenSslAuthority
) -> list[Forgery]:
    """Every variant, packages first; `national` is the same package of the house with its SM2 key."""
    makers = (
        manifest_edited, file_dropped, file_added, proof_swapped, policy_older, salt_wrong, report_edited, file_renamed, verifier_altered,
        content_changed, row_changed, left_out, signature_stripped, algorithm_lowered, out_of_form, cards_forged,
    )  # fmt: skip
    found = [one for maker in makers for one in maker(files)]
    return [
        *found,
        *national_forged(national),
        *key_wrong(files, other),
        *key_ended(files, authority),
        *signature_moved(files, authority),
    ]
