"""A small office out of nothing, whose packages the tests make, change and check: house, three witnesses, a station, a time authority.

Everything is made by the parts that run in the product: the log, the notes, the receipts, the lines' own form.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from tests.engines.ledger.stamping import OpenSslAuthority
from tests.national import national_signer

from liuhen.apps.journal.lines import commitment, field_digests
from liuhen.engines.dossier import Contents, bag_files
from liuhen.engines.dossier.contents import Holding, OpenedLine, Paper, RecordRow, Taken, TimeStamp
from liuhen.engines.ledger import Log, MemoryLogStore, Receipt, Signer
from liuhen.engines.ledger.cosignature import Cosigner
from liuhen.engines.ledger.note import split_note
from liuhen.engines.ledger.statement import signed_statement
from liuhen.engines.ledger.timestamp import query, token_in
from liuhen.kernel.canonical import canonical
from liuhen.kernel.clock import as_utc_text
from liuhen.kernel.digests import digest_of

NOON = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
FOLDER = Path(__file__).parents[3] / "verifier"
VERIFIERS = {name: (FOLDER / name).read_bytes() for name in ("verify.py", "verify.html")}
FILM = b"".join(digest_of(str(i).encode()).sha256.encode() for i in range(1_700))
SOUND = b"\0\1sound" * 999
PDF = b"%PDF-1.7 a record of an inspection"


def key(number: int) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(bytes([number]) * 32)


HOUSE = Signer("liuhen/qh", key(1))
BOTH = Signer("liuhen/qh", key(1), national_signer("liuhen/qh", 20261120))  # The same house with its SM2 key.
STATION = Signer("station-1", key(2))
WITNESSES = {
    name: Cosigner(f"witness.example/{name}", key(10 + i)) for i, name in enumerate(("sfj", "dag", "sj"))
}


def id_of(number: int) -> UUID:
    return UUID(int=number)


@dataclass
class Book:
    """The journal of this office while it is written."""

    lines: list[tuple[str, str]] = field(default_factory=list)
    rows: dict[tuple[str, UUID], RecordRow] = field(default_factory=dict)

    def act(
        self,
        verb: str,
        *rows: tuple[str, UUID, Mapping[str, Any]],
        withheld: tuple[str, ...] = (),
        **facts: Any,
    ) -> int:
        number = len(self.lines) + 1
        salt = digest_of(f"salt {number}".encode()).sha256[:32]
        about = [
            {"kind": kind, "id": key, "fields": field_digests(fields, salt)} for kind, key, fields in rows
        ]
        body = canonical(
            {
                "number": number, "at": NOON + timedelta(minutes=number), "verb": verb, "agency": id_of(1), "approval": "",
                "actor": {"kind": "officer", "id": id_of(2), "origin": "网页 127.0.0.1"}, "facts": facts, "about": about,
            }
        ).decode()  # fmt: skip
        self.lines.append((salt, body))
        for kind, key, fields in rows:
            mine = tuple(name for name in withheld if name in fields)
            self.rows[kind, key] = RecordRow(kind, key, number, fields, mine)
        return number


def policy_text() -> str:
    witnesses = [
        f"witness {name} {cosigner.verifier} https://{name}.example" for name, cosigner in WITNESSES.items()
    ]
    return "\n".join([*witnesses, "group two 2 sfj dag sj", "quorum two", ""])


def trust_text(house: Signer = HOUSE, *, since: datetime = NOON) -> str:
    """What the person who checks brings: the house's key, its SM2 key where it has one, and the policy."""
    return f"log {house_text(house, since)}\n{policy_text()}"


def house_text(house: Signer, since: datetime = NOON) -> str:
    also = f"\n# liuhen: also {house.twin.verifier} {as_utc_text(since)}" if house.twin else ""
    return f"{house.verifier}{also}"


def recording_fields(number: int, content: bytes, **more: Any) -> dict[str, Any]:
    found = digest_of(content)
    return {
        "id": id_of(100 + number), "number": f"QH-音像-20261120-000{number}", "sha256": found.sha256, "sm3": found.sm3, "size": len(content),
        "source_path": f"DCIM/{number}.mp4", "station_id": id_of(5), "clock_error": 1.5, "officer_id": id_of(2), **more,
    }  # fmt: skip


def contents(
    authority: OpenSslAuthority | None = None,
    *,
    cards: Mapping[str, Any] | None = None,
    house: Signer = HOUSE,
) -> Contents:
    """A package of an activity: two recordings, a signed document, two looks, a card list, a token."""
    book = Book()
    policy = book.act("witness.policy-changed", sha256=digest_of(policy_text().encode()).sha256)
    station = {"id": id_of(5), "name": "采集站一", "key": str(STATION.verifier), "token_digest": "a" * 64}
    book.act("station.enrolled", ("devices.station", id_of(5), station), withheld=("token_digest",))
    listed = {
        "files": [
            {"path": "DCIM/1.mp4", "size": len(FILM), "modified": as_utc_text(NOON), "problem": ""},
            {"path": "DCIM/2.mp4", "size": len(SOUND), "modified": as_utc_text(NOON), "problem": ""},
        ],
        "device": "Q-7",
    }  # fmt: skip
    signed = signed_statement(b"liuhen-card-list-v1\n", listed, STATION)
    told = {"body": canonical(listed).decode(), "signature": signed["signature"], **(cards or {})}
    book.act("card.listed", ("evidence.cardlist", id_of(6), {"id": id_of(6), "station_id": id_of(5), **told}))
    films = (recording_fields(1, FILM), recording_fields(2, SOUND, source_path="DCIM/2.mp4"))
    came = [
        book.act(
            "recording.received",
            ("evidence.recording", film["id"], film),
            sha256=film["sha256"],
            sm3=film["sm3"],
        )
        for film in films
    ]
    book.act("recording.verified", ("evidence.recording", films[0]["id"], {**films[0], "verified_at": NOON}))
    paper = {"id": id_of(30), "number": "QH-文书-20261120-0001", **_digests(PDF), "state": "finalised"}
    book.act("document.finalised", ("documents.document", id_of(30), paper))
    for number, name in ((31, "李明"), (32, "钱立")):
        signature = {
            "id": id_of(number),
            "document_id": id_of(30),
            "name": name,
            "role": "recorder",
            "officer_id": None,
        }
        book.act("document.signed", ("documents.signature", id_of(number), signature))
    look = {"id": id_of(40), "recording_id": films[0]["id"], "officer_id": id_of(2), "basis": "本人职务"}
    glimpse = {"id": id_of(41), "recording_id": films[0]["id"], "officer_id": id_of(3), "day": "2026-11-20"}
    book.act("recording.viewed", ("access.viewing", id_of(40), look))
    book.act("recording.glimpsed", ("access.glimpse", id_of(41), glimpse))
    order = {"id": id_of(50), "number": "QH-证据包-20261120-0001", "purpose": "案件证据"}
    book.act("package.ordered", ("access.package", id_of(50), order))
    return _sealed(book, films, came, policy, authority, house)


def _sealed(
    book: Book, films: Any, came: list[int], policy: int, authority: OpenSslAuthority | None, house: Signer
) -> Contents:
    log = Log(MemoryLogStore(), signer=house)
    entries = [commitment(body, salt) for salt, body in book.lines]
    log.extend(entries[:7])
    stamped = log.note()
    log.extend(entries[7:])
    size = len(entries)
    stamps = ()
    if authority is not None:
        token = token_in(authority.reply(query(stamped.encode(), nonce=7)))
        stamps = (TimeStamp(token, stamped, tuple(log.consistency(7, size)), "时间戳机构"),)
    lines = tuple(
        OpenedLine(number, salt, body, entries[number - 1].hex(), tuple(log.inclusion(number - 1, size)))
        for number, (salt, body) in enumerate(book.lines, 1)
    )
    return Contents(
        number="QH-证据包-20261120-0001", agency="清河街道办事处", made_at=NOON + timedelta(hours=2), subject_kind="casework.activity",
        subject=id_of(60), title="现场活动 QH-活动-20261120-0001", order=id_of(50), house=house_text(house), policy=policy_text(),
        policy_line=policy, checkpoint=cosigned(log.note(), "sfj", "dag"), lines=lines, rows=tuple(book.rows.values()),
        recordings=tuple(
            Taken(
                film["id"], film["number"], "现场录像", "mp4", digest_of(content), len(content), _opening(content),
                receipt_of(film, content, line, house), id_of(6), (custody(),), ("记录不全",),
            )
            for film, content, line in zip(films, (FILM, SOUND)[: len(films)], came, strict=True)
        ),
        documents=(Paper(id_of(30), "QH-文书-20261120-0001", "现场检查笔录", PDF),),
        looks=(("access.viewing", id_of(40)), ("access.glimpse", id_of(41))), stamps=stamps, verifiers=VERIFIERS,
    )  # fmt: skip


def _opening(content: bytes) -> Any:
    return lambda: BytesIO(content)


def _digests(content: bytes) -> dict[str, str]:
    found = digest_of(content)
    return {"sha256": found.sha256, "sm3": found.sm3}


def custody() -> Holding:
    return Holding(
        "证据库（服务器）", NOON, None, "采集站一", "接收时算出摘要", "从磁盘重读，与接收时一致", NOON
    )


def receipt_of(film: Mapping[str, Any], content: bytes, line: int, signer: Signer = HOUSE) -> dict[str, Any]:
    return Receipt(
        "verified", str(film["id"]), digest_of(content), len(content), line, NOON, "liuhen/qh"
    ).signed(signer)


def cosigned(note: str, *names: str) -> str:
    text = split_note(note)[0]
    return note + "".join(WITNESSES[name].cosign(text, at=NOON + timedelta(hours=1)) for name in names)


def written(told: Contents, folder: Path, signer: Signer = HOUSE) -> Path:
    """The bag as a folder."""
    for file in bag_files(told, signer):
        path = folder / file.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"".join(file.pieces()))
    return folder


def changed(told: Contents, **parts: Any) -> Contents:
    return replace(told, **parts)


def loads(path: Path) -> Any:
    return json.loads(path.read_text("utf-8"))
