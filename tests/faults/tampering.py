"""What somebody with root's powers may do to a live house, and what must then be said, where. Each kind strikes as often as it is asked to.

A kind's `strike` does one instance and gives what a fault must contain; None where nothing can be said, which is then one of the printed non-promises.
Signatures and packages are struck in tests/engines/dossier, backups in tests/server/test_backup_commands.py.
"""

import json
import os
import random
import shutil
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.apps import apps
from django.db import connection
from django.db.models import ForeignKey
from tests.conftest import unlocked
from tests.interfaces.api.scene import Scene

from liuhen.apps.evidence.models import Recording
from liuhen.apps.journal.actions import act
from liuhen.apps.journal.lines import commitment
from liuhen.apps.journal.models import Checkpoint, Line, Recorded
from liuhen.apps.journal.sealing import seal
from liuhen.engines.ledger import FileLogStore, Log, MemoryLogStore, Signer, tiles
from liuhen.engines.ledger.checkpoint import Checkpoint as Signed
from liuhen.kernel.actors import SYSTEM
from liuhen.kernel.canonical import canonical
from liuhen.kernel.clock import now
from liuhen.server.sqlite.base import maintenance

Strike = Callable[["Hand"], "str | None"]


@dataclass
class Hand:
    """The one who strikes: the house, and the dice. `witnessed` is the last checkpoint somebody outside holds."""

    scene: Scene
    dice: random.Random
    witnessed: Signed

    @property
    def log(self) -> Path:
        return self.scene.office.home / "log"

    def sql(self, statement: str, *values: Any) -> None:
        with unlocked(), connection.cursor() as cursor:
            cursor.execute(statement, values)

    def any_row(self, model: Any) -> Any:
        return self.dice.choice(list(model.objects.order_by("pk")))

    def a_recording(self) -> Recording:
        return self.any_row(Recording)  # type: ignore[no-any-return]

    def an_object(self) -> tuple[Path, str]:
        """An original, opened for whoever is root, and how a fault names it."""
        recording = self.a_recording()
        path = self.scene.office.vault.path(recording.digest)
        path.chmod(0o440)
        return path, f"（{recording.sha256[:16]}…）"

    def a_line(self) -> Line:
        return self.any_row(Line)  # type: ignore[no-any-return]


# ---- objects ---------------------------------------------------------------------------------------------------


def written_over(path: Path, content: bytes) -> None:
    path.unlink()
    path.write_bytes(content)
    path.chmod(0o440)


def flip(hand: Hand) -> str:
    path, where = hand.an_object()
    content = bytearray(path.read_bytes())
    content[hand.dice.randrange(len(content))] ^= 1 << hand.dice.randrange(8)
    written_over(path, bytes(content))
    return where


def truncate(hand: Hand) -> str:
    path, where = hand.an_object()
    content = path.read_bytes()
    written_over(path, content[: hand.dice.randrange(len(content))])
    return where


def extend(hand: Hand) -> str:
    path, where = hand.an_object()
    written_over(path, path.read_bytes() + hand.dice.randbytes(hand.dice.randrange(1, 4096)))
    return where


def delete(hand: Hand) -> str:
    path, where = hand.an_object()
    path.unlink()
    return where


def swap(hand: Hand) -> str:
    path, where = hand.an_object()
    others = [one for one in path.parents[2].glob("??/??/*") if one != path]
    other = hand.dice.choice(others)
    mine, theirs = path.read_bytes(), other.read_bytes()
    written_over(path, theirs)
    written_over(other, mine)
    return where


def reencode(hand: Hand) -> str:
    """Another film in its place, of the same size."""
    path, where = hand.an_object()
    written_over(path, hand.dice.randbytes(path.stat().st_size))
    return where


def link(hand: Hand) -> str:
    """The bytes are the same; the file is no longer the vault's alone."""
    path, where = hand.an_object()
    aside = hand.scene.office.home / f"aside-{uuid4().hex}"
    if hand.dice.random() < 0.5:
        aside.hardlink_to(path)
        return f"{where}：还有别的文件名"
    path.rename(aside)
    path.symlink_to(aside)
    return f"{where}：不是普通文件"


def hole(hand: Hand) -> str:
    path, where = hand.an_object()
    path.chmod(0o640)
    size = path.stat().st_size
    begin = hand.dice.randrange(size // 2)
    content = path.read_bytes()
    with path.open("r+b") as file:
        file.truncate(begin)
        file.truncate(size)
    path.chmod(0o440)
    if path.read_bytes() == content:  # There were zeros already: then nothing was done.
        return flip(hand)
    return where


def mode(hand: Hand) -> str:
    path, where = hand.an_object()
    if os.geteuid() == 0 and hand.dice.random() < 0.5:
        os.chown(path, 1234, -1)
        return f"{where}：属主"
    path.chmod(hand.dice.choice((0o640, 0o666, 0o777, 0o460)))
    return f"{where}：可以写入"


def older_vault(hand: Hand) -> str:
    """The folder as it was before the newest originals came."""
    path, where = hand.an_object()
    shutil.rmtree(path.parents[1])
    return where


def unreferenced(hand: Hand) -> str:
    digest = hand.dice.randbytes(32).hex()
    path = (
        hand.scene.office.vault.path(hand.a_recording().digest).parents[2] / digest[:2] / digest[2:4] / digest
    )
    path.parent.mkdir(parents=True)
    path.write_bytes(b"nobody's")
    return f"原件 {digest}"


def right_name(hand: Hand) -> str:
    """A file under the right address whose bytes are of another one: the row's own digest edited to fit them is named by the line."""
    recording = hand.a_recording()
    other = hand.dice.randbytes(64)
    written_over(hand.scene.office.vault.path(recording.digest), other)
    return f"（{recording.sha256[:16]}…）"


# ---- rows ------------------------------------------------------------------------------------------------------


def recorded_with_rows() -> list[type[Recorded]]:
    models = (model for model in apps.get_models() if issubclass(model, Recorded))
    return [model for model in models if model._default_manager.exists()]


def named(row: Any) -> str:
    return f"{row.kind()} {row.pk}"


def raw(value: Any) -> Any:
    return value.hex if isinstance(value, UUID) else value


def edited(label: str, column: str, value: Callable[[Any], Any]) -> Strike:
    def strike(hand: Hand) -> str:
        model = apps.get_model(label)
        row = hand.any_row(model)
        fresh = value(row)
        table, key = model._meta.db_table, model._meta.pk.column
        hand.sql(f'UPDATE "{table}" SET "{column}" = %s WHERE "{key}" = %s', raw(fresh), raw(row.pk))
        field = model._meta.get_field(column.removesuffix("_id")) if column.endswith("_id") else None
        told = column if isinstance(field, ForeignKey) or field is None else field.name
        return f"{named(row)}：字段“{told}”"

    return strike


def row_deleted(hand: Hand) -> str:
    """Any row of any table that nothing else stands on."""
    model = hand.dice.choice([m for m in recorded_with_rows() if not m._meta.related_objects])
    row = hand.any_row(model)
    hand.sql(f'DELETE FROM "{model._meta.db_table}" WHERE "{model._meta.pk.column}" = %s', raw(row.pk))
    return f"{named(row)}：台账第"


def copied(hand: Hand, model: Any, row: Any, **changes: Any) -> UUID:
    """The row once more under another key, straight into its table. Some other value must differ too where it is unique."""
    key = uuid4()
    columns = {field.column: getattr(row, field.attname) for field in model._meta.local_concrete_fields}
    for field in model._meta.local_concrete_fields:
        columns[field.column] = field.get_db_prep_save(columns[field.column], connection)
        if field.name in ("number", "serial", "name") and isinstance(columns[field.column], str):
            columns[field.column] = f"{columns[field.column]}-x"
    columns |= {model._meta.pk.column: key.hex} | changes
    names = ", ".join(f'"{name}"' for name in columns)
    marks = ", ".join(["%s"] * len(columns))
    hand.sql(f'INSERT INTO "{model._meta.db_table}" ({names}) VALUES ({marks})', *columns.values())
    return key


def row_forged(hand: Hand) -> str:
    model = apps.get_model(
        hand.dice.choice(["evidence.recording", "devices.device", "casework.case", "registry.officer"])
    )
    row = hand.any_row(model)
    return f"{model.kind()} {copied(hand, model, row)}：没有任何台账记录"


def replaced(hand: Hand) -> str:
    """REPLACE: the same key, another content."""
    row = hand.a_recording()
    fields = Recording._meta.local_concrete_fields
    columns = {
        field.column: field.get_db_prep_save(getattr(row, field.attname), connection) for field in fields
    }
    columns["source_path"] = f"{hand.dice.randrange(10**6)}.mp4"
    names = ", ".join(f'"{name}"' for name in columns)
    with unlocked(), connection.cursor() as cursor:
        cursor.execute("PRAGMA defer_foreign_keys = ON")
        marks = ", ".join(["%s"] * len(columns))
        cursor.execute(f"REPLACE INTO evidence_recording ({names}) VALUES ({marks})", list(columns.values()))
    return f"{named(row)}：字段“source_path”"


def trigger_dropped(hand: Hand) -> str:
    with maintenance(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT name, tbl_name FROM sqlite_master WHERE type = 'trigger' AND name LIKE '%%_frozen'"
        )
        name, table = hand.dice.choice(cursor.fetchall())
        cursor.execute(f'DROP TRIGGER "{name}"')
        if hand.dice.random() < 0.3:  # And one put there that does nothing.
            cursor.execute(f'CREATE TRIGGER "{name}" BEFORE UPDATE ON "{table}" BEGIN SELECT 1; END')
    return f"数据表 {table}：只增不改的锁 {name}"


def schema_altered(hand: Hand) -> str:
    model = hand.dice.choice(recorded_with_rows())
    table = model._meta.db_table
    with maintenance(), connection.cursor() as cursor:
        cursor.execute(f'ALTER TABLE "{table}" ADD COLUMN "hidden_{hand.dice.randrange(100)}" TEXT')
    return f"数据表 {table}"


def other(model: str, row: Any, field: str, hand_of: Callable[[], random.Random]) -> Any:
    keys = [one.pk for one in apps.get_model(model)._default_manager.all() if one.pk != getattr(row, field)]
    return hand_of().choice(keys)


_DICE = random.Random()


def another(model: str, field: str) -> Callable[[Any], Any]:
    return lambda row: other(model, row, field, lambda: _DICE)


def later(field: str) -> Callable[[Any], Any]:
    return lambda row: (getattr(row, field) or now()) + timedelta(seconds=_DICE.randrange(1, 10**6))


# ---- the log ---------------------------------------------------------------------------------------------------


def bundle_of(hand: Hand) -> tuple[Path, list[bytes]]:
    path = next(path for path in hand.log.glob("tile/entries/**/*") if path.is_file())
    return path, tiles.unpack_entries(path.read_bytes())


def leaf_dropped(hand: Hand) -> str:
    path, entries = bundle_of(hand)
    del entries[hand.dice.randrange(len(entries))]
    path.write_bytes(tiles.pack_entries(entries))
    return "日志"


def reordered(hand: Hand) -> str:
    path, entries = bundle_of(hand)
    at = hand.dice.randrange(len(entries) - 1)
    entries[at], entries[at + 1] = entries[at + 1], entries[at]
    path.write_bytes(tiles.pack_entries(entries))
    return f"台账第 {at + 1} 行"


def leaf_edited(hand: Hand) -> str:
    path, entries = bundle_of(hand)
    at = hand.dice.randrange(len(entries))
    changed = bytearray(entries[at])
    changed[hand.dice.randrange(len(changed))] ^= 1
    entries[at] = bytes(changed)
    path.write_bytes(tiles.pack_entries(entries))
    return f"台账第 {at + 1} 行"


def log_made_anew(hand: Hand, *, lines: int | None = None) -> None:
    """By whoever holds the log's key: entries from the lines as they are now, new tiles, a new checkpoint, and no older one kept."""
    rows = list(Line.objects.order_by("number").values_list("body", "salt"))[:lines]
    shutil.rmtree(hand.log / "tile")
    (hand.log / "checkpoint").unlink()
    log = Log(FileLogStore(hand.log), signer=hand.scene.office.signer)
    log.extend([commitment(body, salt) for body, salt in rows])
    hand.sql("DELETE FROM journal_checkpoint")
    latest = log.latest()
    Checkpoint.objects.create(size=latest.size, root=latest.root.hex(), note=log.note(), at=now())


def resigned(hand: Hand) -> str:
    """A line edited, its row with it, everything signed anew with the stolen key: only who holds an earlier checkpoint sees it."""
    line = hand.dice.choice(list(Line.objects.filter(number__lte=hand.witnessed.size)))
    body = json.loads(line.body)
    body["facts"] = {**body["facts"], "reason": hand.dice.randbytes(4).hex()}
    text = canonical(body).decode()
    leaf = commitment(text, line.salt).hex()
    hand.sql("UPDATE journal_line SET body = %s, leaf = %s WHERE number = %s", text, leaf, line.number)
    log_made_anew(hand)
    return "见证：日志的前"


def tail_cut(hand: Hand) -> str:
    """The newest lines gone, and nothing else touched."""
    last = Line.objects.order_by("-number").first()
    assert last
    cut = last.number - hand.dice.randrange(1, 5)
    hand.sql("DELETE FROM journal_about WHERE line_id > %s", cut)
    hand.sql("DELETE FROM journal_line WHERE number > %s", cut)
    hand.sql("UPDATE journal_head SET number = %s", cut)
    return f"台账只到第 {cut} 行"


def rolled_back(hand: Hand) -> str:
    """The log's folder as it was some lines ago."""
    size = hand.dice.randrange(1, hand.witnessed.size)
    fresh = Log(MemoryLogStore(), signer=hand.scene.office.signer)
    entries = list(hand.scene.office.log.entries(0, size))
    shutil.rmtree(hand.log / "tile")
    (hand.log / "checkpoint").unlink()
    fresh = Log(FileLogStore(hand.log), signer=hand.scene.office.signer)
    fresh.extend(entries)
    return f"日志目录只到 {size} 条"


def forked(hand: Hand) -> str:
    """Another history of the same length under the same key."""
    entries = list(hand.scene.office.log.entries(0, hand.witnessed.size))
    at = hand.dice.randrange(len(entries))
    entries[at] = hand.dice.randbytes(32)
    shutil.rmtree(hand.log / "tile")
    (hand.log / "checkpoint").unlink()
    Log(FileLogStore(hand.log), signer=hand.scene.office.signer).extend(entries)
    return f"台账第 {at + 1} 行"


def tile_swapped(hand: Hand) -> str:
    path = next(path for path in hand.log.glob("tile/0/**/*") if path.is_file())
    content = bytearray(path.read_bytes())
    hashes = [content[i : i + 32] for i in range(0, len(content), 32)]
    one, two = hand.dice.sample(range(len(hashes)), 2)
    hashes[one], hashes[two] = hashes[two], hashes[one]
    path.write_bytes(b"".join(hashes))
    return "日志检查点"


def checkpoint_older(hand: Hand) -> str:
    kept = hand.dice.choice(list(Checkpoint.objects.order_by("-size")[1:]))
    (hand.log / "checkpoint").write_text(kept.note)
    return f"日志目录只到 {kept.size} 条"


def checkpoint_resigned(hand: Hand, signer: Signer) -> None:
    latest = hand.scene.office.log.latest()
    (hand.log / "checkpoint").write_text(replace(latest, origin=signer.name).signed(signer))


def of_other_log(hand: Hand) -> str:
    checkpoint_resigned(hand, Signer("liuhen/other", Ed25519PrivateKey.generate()))
    return "日志检查点"


def origin_changed(hand: Hand) -> str:
    checkpoint_resigned(hand, Signer(f"liuhen/{hand.dice.randrange(10**6)}", hand.scene.office.signer.key))
    return "日志检查点"


def key_swapped(hand: Hand) -> str:
    checkpoint_resigned(hand, Signer(hand.scene.office.signer.name, Ed25519PrivateKey.generate()))
    return "日志检查点"


# ---- the journal -----------------------------------------------------------------------------------------------


def line_deleted(hand: Hand) -> str:
    line = hand.a_line()
    hand.sql("DELETE FROM journal_about WHERE line_id = %s", line.number)
    hand.sql("DELETE FROM journal_line WHERE number = %s", line.number)
    return f"台账第 {line.number} 行：缺失"


def line_body_edited(hand: Hand, change: Callable[[dict[str, Any]], None]) -> str:
    line = hand.a_line()
    body = json.loads(line.body)
    change(body)
    hand.sql("UPDATE journal_line SET body = %s WHERE number = %s", canonical(body).decode(), line.number)
    return f"台账第 {line.number} 行：内容已改变"


def actor_edited(hand: Hand) -> str:
    if hand.dice.random() < 0.5:
        return line_body_edited(hand, lambda body: body["actor"].update(id=str(uuid4())))
    line = hand.a_line()
    hand.sql("UPDATE journal_line SET actor = %s WHERE number = %s", uuid4().hex, line.number)
    return f"台账第 {line.number} 行：“actor”栏"


def time_edited(hand: Hand) -> str:
    if hand.dice.random() < 0.5:
        return line_body_edited(hand, lambda body: body.update(at="2020-01-01T00:00:00.000000Z"))
    line = hand.a_line()
    hand.sql(
        "UPDATE journal_line SET at = %s WHERE number = %s",
        line.at + timedelta(seconds=hand.dice.randrange(1, 9999)),
        line.number,
    )
    return f"台账第 {line.number} 行：“at”栏"


def gap(hand: Hand) -> str:
    first = hand.dice.randrange(1, hand.witnessed.size - 6)
    hand.sql("DELETE FROM journal_about WHERE line_id BETWEEN %s AND %s", first, first + 5)
    hand.sql("DELETE FROM journal_line WHERE number BETWEEN %s AND %s", first, first + 5)
    return f"台账第 {first + hand.dice.randrange(6)} 行：缺失"


def stopped(hand: Hand) -> str:
    """The process stopped for a while, and started again as if nothing had been."""
    last = Line.objects.order_by("-number").first()
    assert last
    for minutes in (0, hand.dice.randrange(7, 600)):
        with act("journal.heartbeat", by=SYSTEM, at=last.at + timedelta(minutes=minutes)):
            pass
    seal(hand.scene.office.log, at=now())
    return f"静默：第 {last.number + 2} 行之前"


def line_inserted(hand: Hand, *, with_count: bool) -> int:
    """A line of one's own at the end, consistent in itself."""
    line, last = hand.a_line(), Line.objects.order_by("-number").first()
    assert last
    number = last.number + 1
    body = canonical(json.loads(line.body) | {"number": number, "about": []}).decode()
    salt = hand.dice.randbytes(16).hex()
    fields = {
        field.column: field.get_db_prep_save(getattr(line, field.attname), connection)
        for field in Line._meta.local_concrete_fields
    }
    fields |= {"number": number, "body": body, "salt": salt, "leaf": commitment(body, salt).hex()}
    names = ", ".join(f'"{name}"' for name in fields)
    hand.sql(
        f"INSERT INTO journal_line ({names}) VALUES ({', '.join(['%s'] * len(fields))})", *fields.values()
    )
    if with_count:
        hand.sql("UPDATE journal_head SET number = %s", number)
    return number


def duplicated(hand: Hand) -> str:
    """A line once more under the next number, as it is."""
    number = line_inserted(hand, with_count=True)
    line = hand.dice.choice(list(Line.objects.filter(number__lt=number)))
    hand.sql(
        "UPDATE journal_line SET body = %s, salt = %s, leaf = %s WHERE number = %s",
        line.body,
        line.salt,
        line.leaf,
        number,
    )
    return f"台账第 {number} 行：“number”栏"


def success_forged(hand: Hand) -> str:
    line_inserted(hand, with_count=False)
    return "台账计数"


def success_forged_by_the_pen(hand: Hand) -> None:
    """Root writes what the program itself would write, before anybody outside saw the tail."""
    line_inserted(hand, with_count=True)


def program_replaced(_: Hand) -> None:
    """Code that was exchanged says of itself what it likes: nothing here changes."""


@dataclass(frozen=True)
class Kind:
    group: str
    name: str
    strike: Strike
    only_sqlite: bool = False


def _quietly(strike: Callable[[Hand], None]) -> Strike:
    def struck(hand: Hand) -> None:
        strike(hand)

    return struck


KINDS = [
    *(Kind("原件", name, strike) for name, strike in (
        ("翻转一位", flip), ("截短", truncate), ("加长", extend), ("删除", delete), ("两件对调", swap), ("换成等长的别的内容", reencode),
        ("换成链接或者另起名称", link), ("挖空一段", hole), ("改属主或者权限", mode), ("换回旧的目录", older_vault), ("多出无登记的文件", unreferenced),
        ("名称对、内容不对", right_name),
    )),
    *(Kind("各行数据", name, strike) for name, strike in (
        ("删除一行", row_deleted), ("插入伪造的行", row_forged), ("改使用人", edited("evidence.Recording", "officer_id", another("registry.Officer", "officer_id"))),
        ("改所属案件", edited("casework.Activity", "case_id", lambda _: None)), ("改案件种类", edited("casework.Case", "category", lambda _: f"x{_DICE.randrange(99)}")),
        ("改设备时间", edited("evidence.Recording", "started_at", later("started_at"))), ("改时长", edited("evidence.Recording", "ended_at", later("ended_at"))),
        ("改保存期限", edited("retention.KeepingPeriod", "until", later("until"))), ("改暂缓处置", edited("retention.Hold", "subject", lambda _: uuid4())),
        ("改审批", edited("approval.Request", "reason", lambda _: f"x{_DICE.randrange(10**6)}")), ("改编号", edited("evidence.Recording", "number", lambda row: f"{row.number}9")),
        ("移到别的机构", edited("evidence.Recording", "unit_id", another("registry.Unit", "unit_id"))),
    )),
    Kind("各行数据", "整行替换", replaced, only_sqlite=True), Kind("各行数据", "去掉只增不改的锁", trigger_dropped, only_sqlite=True),
    Kind("各行数据", "改表的结构", schema_altered, only_sqlite=True),
    *(Kind("日志", name, strike) for name, strike in (
        ("去掉一叶", leaf_dropped), ("调换次序", reordered), ("改一叶", leaf_edited), ("改后重做并重签", resigned), ("截去末尾", tail_cut), ("退回", rolled_back),
        ("分叉", forked), ("换瓦片", tile_swapped), ("换回旧检查点", checkpoint_older), ("换成别的日志的检查点", of_other_log), ("改日志名称", origin_changed), ("换密钥", key_swapped),
    )),
    *(Kind("台账", name, strike) for name, strike in (
        ("删一行", line_deleted), ("改何人", actor_edited), ("改何时", time_edited), ("缺一段", gap), ("停掉服务", stopped), ("重复一行", duplicated), ("伪造一行", success_forged),
    )),
    Kind("不能发现", "最高权限者在见证之前照程序补写一行", _quietly(success_forged_by_the_pen)), Kind("不能发现", "换掉程序本身", _quietly(program_replaced)),
]  # fmt: skip


def seeded(seed: int) -> random.Random:
    _DICE.seed(seed)
    return random.Random(seed)


def put_back(folder: Path, kept: Path) -> None:
    """Files as they were, with their modes."""
    with suppress(FileNotFoundError):
        shutil.rmtree(folder)
    shutil.copytree(kept, folder, symlinks=True)
