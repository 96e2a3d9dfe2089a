"""Turns over single bits of a house's database file: `python -m tests.faults.rotting FLIPS SEED`, run by test_bit_rot.py in a home of its own.

Each flip is put in one of three classes. Found: `liuhen verify` says so, and where. Unused: SQLite's own check says nothing, and a dump of every
value of every table, of the schema and of the settings of the file is the same to the letter, so that nobody can read a difference.
Working: rows nothing rests on, by table and column below, each with its reason. Whatever is none of these is missed.
"""

# ruff: noqa: E402  Django must stand before what is imported from its rooms: this runs as a program of its own too.

import json
import random
import shutil
import sqlite3
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import django

django.setup()

from django.apps import apps
from django.db import connection
from tests.cast import assemble
from tests.interfaces.api.scene import make_scene, receive

from liuhen.apps.journal.legibility import damaged_pages
from liuhen.apps.journal.queries import Fault
from liuhen.apps.journal.sealing import seal
from liuhen.interfaces.cli.verify import checks
from liuhen.interfaces.office import Office
from liuhen.kernel.clock import now
from liuhen.server.database import bring_up_to_date
from liuhen.server.wiring import office as office_here

Dump = dict[str, Any]
WORKING = {
    "auth_permission": "Django's own, asked by nobody here", "auth_group": "the same", "django_content_type": "the same",
    "django_migrations": "which migrations ran: a start compares the tables with the models", "sqlite_sequence": "the next number of Django's own tables",
    "django_session": "a log-in, which then is none", "axes_accessattempt": "tries of passwords: each has its line", "axes_accesslog": "the same",
    "journal_job": "work that is due: what it did has its lines", "journal_outsidecontact": "how the last try went, for the page",
    "registry_series": "the next number: one that was given cannot be given again", "casework_absencetally": "counted anew each hour",
    "evidence_deviceevent": "read out of a device's log, which is an original",
    "journal_checkpoint.at": "when the house sealed by its own clock; the witnesses' times are signed", "journal_cosignature.received_at": "the same",
    "journal_timetoken.received_at": "the same", "journal_cosignature.on_paper": "the way it came",
    "sqlite_master": "a letter in the text of a definition that is no name of a table, column or guard: a type, a length, an index; those names are compared",
    "registry_account.last_login": "each log-in has its line", "registry_factor.last_step": "the same",
}  # fmt: skip


def dump_of(path: Path) -> Dump:
    """Everything that anybody can read out of the file. Raises `sqlite3.Error` where something cannot be read."""
    held = sqlite3.connect(f"file:{path}?immutable=1", uri=True)
    held.text_factory = bytes
    try:
        found: Dump = {name: held.execute(f"PRAGMA {name}").fetchall() for name in ("user_version", "application_id", "encoding", "page_size", "auto_vacuum")}  # fmt: skip
        schema = held.execute("SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY name").fetchall()
        found["sqlite_master"] = schema
        for kind, name, _, sql in schema:
            if kind == b"table" and not (sql or b"").upper().startswith(b"CREATE VIRTUAL"):
                table = name.decode()
                columns = [told[1].decode() for told in held.execute(f'PRAGMA table_info("{table}")')]
                told = ", ".join(f'typeof("{one}") || quote("{one}")' for one in columns)
                found[table] = (columns, sorted(held.execute(f'SELECT {told} FROM "{table}"').fetchall()))
        return found
    finally:
        held.close()


def changed(before: Dump, after: Dump) -> set[str]:
    """The columns that read differently, as `table.column`; a name alone where rows went, came, or the schema is another."""
    found = set()
    for name in before.keys() | after.keys():
        one, other = before.get(name), after.get(name)
        if one == other:
            continue
        if not (isinstance(one, tuple) and isinstance(other, tuple)) or len(one[1]) != len(other[1]):
            found.add(name)
            continue
        for at, column in enumerate(one[0]):
            if Counter(row[at] for row in one[1]) != Counter(row[at] for row in other[1]):
                found.add(f"{name}.{column}")
    return found


def is_working(places: set[str]) -> bool:
    return all(place in WORKING or place.partition(".")[0] in WORKING for place in places)


def said(office: Office) -> list[Fault]:
    return [fault for _, found in checks(office, quick=False, time=None) for fault in found]


def is_placed(places: set[str], faults: list[Fault]) -> bool:
    """Whether a fault names the table, the row's kind, the line, the index or the page."""
    words = {"数据库文件", "第 ", "索引"}
    for place in places:
        table = place.partition(".")[0]
        labels = {model._meta.label_lower for model in apps.get_models() if model._meta.db_table == table}
        words |= {table, *labels}
        words |= {"台账", "检查点"} if table.startswith("journal_") else set()
        words |= {"数据表", "各行数据"} if table == "sqlite_master" else set()
    return any(word in fault.where for fault in faults for word in words)


_PATIENCE = 12


def main() -> None:
    flips, dice = int(sys.argv[1]), random.Random(int(sys.argv[2]))
    bring_up_to_date()
    office = office_here()
    scene = make_scene(office, assemble(office))
    for number in range(3):
        receive(office, scene.cast, dice.randbytes(9_000 + number), name=f"{number}.mp4", at=now())
    seal(office.log, at=now())
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert said(office) == []
    connection.close()
    path = Path(str(connection.settings_dict["NAME"]))
    kept = path.with_suffix(".kept")
    shutil.copyfile(path, kept)
    content, before = kept.read_bytes(), dump_of(kept)
    counts, missed, examples = Counter[str](), [], dict[str, str]()
    for number in range(_PATIENCE * flips):
        if number >= flips and counts["found"]:
            break  # Most of a young house's file is empty pages: a few turned bits may all fall there.
        at, bit = dice.randrange(len(content)), dice.randrange(8)
        for beside in ("-wal", "-shm"):
            path.with_name(path.name + beside).unlink(missing_ok=True)
        struck = bytearray(content)
        struck[at] ^= 1 << bit
        path.write_bytes(struck)
        try:
            places = changed(before, dump_of(path))
        except (sqlite3.Error, ValueError) as error:
            places = {f"unreadable: {error}"}
        faults = said(office) if places else list(damaged_pages())
        connection.close()
        if faults and is_placed(places, faults):
            kind = "found"
            examples.setdefault(",".join(sorted(places))[:60] or "an index", str(faults[0]))
        elif not faults and not places:
            kind = "unused"
        elif not faults and is_working(places):
            kind = "working"
            examples.setdefault(",".join(sorted(places))[:60], "（不在台账之内）")
        else:
            kind = "missed"
            missed.append([at, bit, sorted(places), [str(fault) for fault in faults[:3]]])
        counts[kind] += 1
    print(json.dumps({"pages": len(content) // 4096, "counts": counts, "missed": missed, "examples": examples}, ensure_ascii=False))  # fmt: skip


if __name__ == "__main__":
    main()
