"""A station's day that must survive any cut, what it told while it lived it, and what must hold of station and card after the cut.

The day: a card is read while the line is down and two of its files are sealed into the spool; the line is back and one is sent from
there; then the whole card is docked, sent and cleared. `broken` looks at station and card alone, `unfinished` at the house after the
station was simply started again.
"""

import base64
import contextlib
import json
import os
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from liuhen.engines.ledger import Receipt
from liuhen.kernel.canonical import canonical
from liuhen.kernel.digests import digest_of
from liuhen.kernel.errors import LiuhenError, Unavailable
from liuhen.kernel.sealed import SEALED_PIECE, Opener
from liuhen.station import sending, upload
from liuhen.station.card import Found
from liuhen.station.config import Config, read_config
from liuhen.station.memory import Memory
from liuhen.station.source import Folder
from liuhen.station.spool import Spool, Spooled
from liuhen.station.sync import Docking
from liuhen.station.upload import Server

NAMES = tuple(f"DCIM/7000001_010001202611160{9 + n // 6}{n % 6}000_{n:04d}.MP4" for n in range(1, 5))
FIRST_TWO = NAMES[:2]
Tell = Callable[..., None]


class Card(Folder):
    """The card's folder, which tells of each file that is opened; `only` these files are there yet."""

    tell: Tell = staticmethod(lambda *_told, **_facts: None)
    only: tuple[str, ...] = NAMES

    def files(self) -> list[Found]:
        return [found for found in super().files() if found.inside in self.only]

    def open(self, found: Found) -> BinaryIO:
        self.tell("read", only=list(self.only))
        return super().open(found)


def originals(round_: str) -> dict[str, bytes]:
    """The files of one round; no other round has the same bytes."""
    return {name: f"{round_} {name} ".encode() * (40 + 700 * place) for place, name in enumerate(NAMES)}


def lay_card(card: Path, round_: str) -> None:
    for name, content in originals(round_).items():
        path = card / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def live(desk: Path, tell: Tell) -> None:
    """The day, with each promise told when it is given."""
    hear(tell)
    config = read_config(desk / "station")
    with _line_down():
        _dock(desk, tell, clears=False, only=FIRST_TWO)
    for outcome in sending.send_spooled(config, patience=20):
        tell("done", file=outcome.file) if outcome.state == "完成" else None
        break
    _dock(desk, tell, clears=True)


def start_again(desk: Path) -> None:
    """What the watching program does by itself: send what is spooled, dock what is there, until nothing is left to be done."""
    config = read_config(desk / "station")
    for number in range(4):
        if number or ord(os.urandom(1)) % 2:  # A card may be there before the spool is looked at.
            list(sending.send_spooled(config, patience=20))
        outcomes = list(Docking(Folder(desk / "card"), config, 20, clears=True).run())
        if all(outcome.cleared for outcome in outcomes) and not any(Spool(config).entries()):
            return


def _dock(desk: Path, tell: Tell, *, clears: bool, only: tuple[str, ...] = NAMES) -> None:
    card = Card(desk / "card")
    object.__setattr__(card, "tell", tell)
    object.__setattr__(card, "only", only)
    config = read_config(desk / "station")
    for outcome in Docking(card, config, 20, clears=clears).run():
        if outcome.state == "暂存":
            tell("spooled", file=outcome.file)
        if outcome.state == "完成":
            tell("done", file=outcome.file)


@contextlib.contextmanager
def _line_down() -> Iterator[None]:
    real = Server._ask

    def dead(*_given: object, **_more: object) -> Any:
        raise Unavailable("连接服务器失败")

    Server._ask = dead  # type: ignore[method-assign]
    try:
        yield
    finally:
        Server._ask = real  # type: ignore[method-assign]


def hear(tell: Tell) -> None:
    """For a process of its own: what is told to the house is told to us as well; waiting is shortened."""
    send, list_told, cleared = Server.send, Server.tell_card, Server.tell_cleared

    def sends(self: Server, address: str, *given: Any, **more: Any) -> None:
        tell("sending", upload=address)
        send(self, address, *given, **more)

    def tells_card(self: Server, signed: Any) -> dict[str, Any]:
        answer = list_told(self, signed)
        tell("listed", files=[file["path"] for file in signed["files"]])
        return answer

    def tells_cleared(self: Server, address: str, *, path: str, cleared_at: str) -> None:
        cleared(self, address, path=path, cleared_at=cleared_at)
        tell("cleared", file=path)

    Server.send, Server.tell_card = sends, tells_card  # type: ignore[method-assign]
    Server.tell_cleared = tells_cleared  # type: ignore[method-assign]
    hurry()


def hurry() -> None:
    """The station's pauses are for people and busy houses; here they are short, and a line that says nothing is soon given up."""
    upload._READ = 3
    pause = threading.Event()

    class Time:
        monotonic = staticmethod(upload.time.monotonic)

        @staticmethod
        def sleep(seconds: float) -> None:
            pause.wait(seconds / 50)

    upload.time = Time  # type: ignore[assignment]


# -- what must hold of station and card --------------------------------------------------------------------------------


def broken(desk: Path, round_: str, promises: list[dict[str, Any]]) -> list[str]:
    """Everything that is wrong with station and card as they are found after the cut."""
    try:
        return list(_faults(desk, originals(round_), promises))
    except (LiuhenError, OSError, ValueError, KeyError) as error:
        return [f"{type(error).__name__}: {error}"]


def _faults(desk: Path, made: dict[str, bytes], promises: list[dict[str, Any]]) -> Iterator[str]:
    config = read_config(desk / "station")
    told = {(one["kind"], one.get("file") or one.get("upload")) for one in promises}
    files = dict(Memory(config.folder).entries())
    spool = {one.file: one for one in Spool(config).entries()}
    verified = dict[str, str]()
    for entry in files.values():
        if "receipt" not in entry:
            continue
        receipt = Receipt.opened(dict(entry["receipt"]), config.receipt_key)
        content = made[entry["file"]]
        if receipt.digest != digest_of(content) or receipt.size != len(content):
            yield f"{entry['file']} 的回执不是它的"
        elif receipt.state == "verified":
            verified[entry["file"]] = entry["upload"]
    clearings = {entry["path"] for _key, entry in Memory(config.folder, "clearings").entries()}
    for name, content in made.items():
        path = desk / "card" / name
        there = path.exists() and path.read_bytes() == content
        if not there and name not in verified:
            yield f"{name} 不在卡上，采集站却没有经它核对的复核回执"
        if not there and name not in clearings and ("cleared", name) not in told:
            yield f"{name} 已清除，采集站忘了这件事"
        if path.exists() and ("cleared", name) in told:
            yield f"{name} 已报告清除，却还在卡上"
        if ("spooled", name) in told and name not in verified and name not in spool:
            yield f"{name} 已告知暂存，暂存区里没有"
        if name in spool and name not in verified and not _is_whole(config, spool[name], content):
            yield f"{name} 在暂存区里，却不是完整的一份"
        if ("done", name) in told and name not in verified:
            yield f"{name} 已告知完成，却没有复核回执"
    uploads = {entry.get("upload") for entry in files.values()} | {one.upload for one in spool.values()}
    yield from (
        f"已经开始传送 {key}，采集站忘了它" for kind, key in told if kind == "sending" and key not in uploads
    )
    yield from _unlisted(config.folder, promises)


def _is_whole(config: Config, spooled: Spooled, content: bytes) -> bool:
    """Opened with the house's key, it is the file that was read from the card."""
    key = load_pem_private_key(
        (Path(os.environ["LIUHEN_HOME"]) / "keys" / "spool.key").read_bytes(), password=None
    )
    assert isinstance(key, X25519PrivateKey)
    with Spool(config).open(spooled) as body:
        sealed = body.read()
    bound, fresh = canonical(spooled.declared), base64.b64decode(spooled.fresh)
    try:
        opener = Opener.made(key, fresh=fresh, bound=bound, sealed=len(sealed))
        pieces = range(opener.measure.pieces)
        plain = [opener.open(n, sealed[n * SEALED_PIECE : (n + 1) * SEALED_PIECE]) for n in pieces]
        return b"".join(plain) == content
    except LiuhenError:
        return False


def _unlisted(station: Path, promises: list[dict[str, Any]]) -> Iterator[str]:
    """A file may be read only after a list that names all of the card is written down or told."""
    kept = [
        {file["path"] for file in entry["list"]["files"]}
        for _key, entry in Memory(station, "lists").entries()
    ]
    kept += [set(one["files"]) for one in promises if one["kind"] == "listed"]
    for one in promises:
        if one["kind"] == "read" and not any(set(one["only"]) <= names for names in kept):
            yield f"读卡之前没有记下清单：{one['only']}"


# -- what must hold at the house in the end ------------------------------------------------------------------------------


def unfinished(desk: Path, round_: str) -> Iterator[str]:
    """After the station was started again: everything at the house once, verified, cleared, told once; nothing left over."""
    from liuhen.apps.evidence.models import CardList, Clearing, Recording

    made = {digest_of(content).sha256: name for name, content in originals(round_).items()}
    rows = list(Recording.objects.filter(sha256__in=made))
    came = Counter(row.sha256 for row in rows)
    for sha256, name in made.items():
        if came[sha256] != 1:
            yield f"{name} 在机关端有 {came[sha256]} 份"
    yield from (f"{row.source_path} 没有复核" for row in rows if row.verified_at is None)
    cleared = Counter(Clearing.objects.filter(recording__in=rows).values_list("path", flat=True))
    yield from (f"{name} 的清除报告了 {cleared[name]} 次" for name in NAMES if cleared[name] != 1)
    yield from (f"{path} 还在卡上" for path in (desk / "card").rglob("*") if path.is_file())
    # Half a note under another name is nothing; the next one overwrites or sweeps it.
    for kind in ("clearings", "lists", "spool"):
        yield from (f"采集站还留着 {path.name}" for path in (desk / "station" / kind).glob("*.json"))
    lists = [json.loads(row.body)["files"] for row in CardList.objects.order_by("-received_at")[:8]]
    sizes = {(name, len(content)) for name, content in originals(round_).items()}
    if not any(sizes <= {(file["path"], file["size"]) for file in one} for one in lists):
        yield "机关端没有一份列全的清单"
