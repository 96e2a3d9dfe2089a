"""T3: what reads foreign bytes gets a million that are almost right: `python -m tests.faults.fuzzing SECONDS [TARGET …]`, the body of `make fuzz`.

A target takes bytes and either refuses them in the words of the house, or takes them for what one of the valid seeds means, within a second.
Each runs for so many seconds by mutations of its seeds, and as long again under atheris where that is installed (`make fuzz` sees to it).
"""

# ruff: noqa: E402  Django must stand before what is imported from its rooms: this runs as a program of its own too.

import importlib.util
import io
import json
import os
import random
import struct
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import django

os.environ.setdefault(
    "DJANGO_SETTINGS_MODULE", "tests.settings"
)  # The packages' own tests make them with the journal's form of a line.
django.setup()

from tests.engines.dossier.packing import (  # fmt: skip
    BOTH,
    HOUSE,
    WITNESSES,
    contents,
    cosigned,
    policy_text,
    trust_text,
)
from tests.engines.dossier.test_verifiers import VERIFY
from tests.engines.dossier.test_vouchers import voucher
from tests.engines.forms.test_sheet_reading import HEAD, workbook
from tests.engines.media.test_movie import box, mvhd, trak
from tests.engines.rules.printed import docx, paragraph

from liuhen.engines.dossier import bag_files, zipped
from liuhen.engines.forms.sheet_reading import read_sheet
from liuhen.engines.forms.sheets import csv_of
from liuhen.engines.ledger import Log, MemoryLogStore, Receipt, Verifier
from liuhen.engines.ledger.checkpoint import Checkpoint
from liuhen.engines.ledger.cosignature import cosigned_at
from liuhen.engines.ledger.policy import WitnessPolicy
from liuhen.engines.ledger.slips import codes_of, content_of
from liuhen.engines.ledger.submission import Submission
from liuhen.engines.ledger.tree import check_consistency, check_inclusion, leaf_hash
from liuhen.engines.media.device_logs import read_log
from liuhen.engines.media.movie import read_movie
from liuhen.engines.rules.manuscripts import read_manuscript
from liuhen.kernel.errors import LiuhenError, Tampered

SLOWEST = 1.0
VERIFY.sm2_fits = cache(
    VERIFY.sm2_fits
)  # Pure, and asked the same a thousand times here, as Ed25519 is in test_verifiers.py.
Check = Callable[[bytes], Any]


@dataclass(frozen=True)
class Target:
    """`meaning` is what the bytes are taken for; `is_bound` where only what a seed means may be accepted."""

    seeds: tuple[bytes, ...]
    meaning: Check
    is_bound: bool = True


class Found(Exception):
    """What a target did that it must not."""


# ---- the targets -----------------------------------------------------------------------------------------------


def a_log(size: int) -> Log:
    log = Log(MemoryLogStore(), signer=HOUSE)
    log.extend([n.to_bytes(32, "big") for n in range(size)])
    return log


def note() -> Target:
    told = cosigned(a_log(700).note(), "sfj", "dag")
    witness = WITNESSES["sfj"].verifier

    def meaning(content: bytes) -> Any:
        text = content.decode(errors="surrogateescape")
        return Checkpoint.opened(text, HOUSE.verifier), cosigned_at(text, witness)

    return Target((told.encode(),), meaning)


def note_twice() -> Target:
    log = Log(MemoryLogStore(), signer=BOTH)
    log.extend([b"one", b"two"])
    twin = BOTH.twin
    assert twin is not None
    return Target(
        (log.note().encode(),),
        lambda content: Checkpoint.opened(
            content.decode(errors="surrogateescape"), BOTH.verifier, twin.verifier
        ),  # type: ignore[arg-type]
    )


def key() -> Target:
    """A public key in its written form. Another key with a hash of its own is a key too; whom it belongs to, no reader can tell."""
    return Target(
        (str(HOUSE.verifier).encode(),),
        lambda content: str(Verifier.parse(content.decode(errors="surrogateescape"))),
        is_bound=False,
    )


def tile() -> Target:
    """The files of a log: whatever differs, differs to the reader, or is not asked for."""
    log = a_log(300)
    files = dict(log._store.files)  # type: ignore[attr-defined]
    paths, latest = sorted(path for path in files if path != "checkpoint"), log.latest()

    def meaning(content: bytes) -> Any:
        path = paths[content[0] % len(paths)] if content else paths[0]
        store = MemoryLogStore()
        store.files = {**files, path: content[1:]}
        read = Log(store, signer=HOUSE)
        read.check(latest)
        wrong = list(read.differences(0, latest.size))
        if wrong:
            raise Tampered(str(wrong[0]))
        return path, list(read.entries(0, latest.size))

    return Target(tuple(bytes([at]) + files[path] for at, path in enumerate(paths)), meaning)


def proof() -> Target:
    """An audit path and a consistency proof, hash by hash: no other is accepted."""
    log = a_log(700)
    root, old = log.root(700), log.root(300)
    included, consistent = b"".join(log.inclusion(123, 700)), b"".join(log.consistency(300, 700))

    def meaning(content: bytes) -> Any:
        steps = [content[at : at + 32] for at in range(1, len(content), 32)]
        if content[:1] == b"i":
            check_inclusion(steps, leaf=leaf_hash((123).to_bytes(32, "big")), index=123, size=700, root=root)
        else:
            check_consistency(steps, old=300, new=700, old_root=old, new_root=root)
        return content[:1] == b"i", steps

    return Target((b"i" + included, b"c" + consistent), meaning)


def submission() -> Target:
    log = a_log(700)
    told = Submission(300, tuple(log.consistency(300, 700)), log.note())

    def meaning(content: bytes) -> Any:
        found = Submission.parse(content)
        if found.body() != content:
            raise Found("a submission that is written otherwise than it was read")
        opened = Checkpoint.opened(found.note, HOUSE.verifier)
        check_consistency(
            found.proof, old=found.old, new=opened.size, old_root=log.root(300), new_root=opened.root
        )
        return found.old, found.proof, opened

    return Target((told.body(),), meaning)


def policy() -> Target:
    def meaning(content: bytes) -> Any:
        found = WitnessPolicy.parse(content.decode(errors="surrogateescape"))
        return found.satisfied_by([]), found.says

    return Target((policy_text().encode(),), meaning, is_bound=False)


def slip() -> Target:
    return Target(
        ("\n".join(codes_of(b"a submission of some length" * 40)).encode(),),
        lambda content: content_of(content.decode(errors="surrogateescape")),
    )


def receipt() -> Target:
    seed = contents().recordings[0].receipt

    def meaning(content: bytes) -> Any:
        try:
            told = json.loads(content)
        except (ValueError, RecursionError) as error:
            raise Tampered("not JSON") from error
        if not isinstance(told, dict):
            raise Tampered("no object")
        return Receipt.opened(told, HOUSE.verifier)

    return Target((json.dumps(seed).encode(),), meaning)


def bundle() -> Target:
    """A package as it is handed over: where it is called sound, its files are those of a package that we made."""
    made = [contents(), contents(house=BOTH)]
    seeds = tuple(
        b"".join(zipped(bag_files(one, house), "bag")) for one, house in zip(made, (HOUSE, BOTH), strict=True)
    )
    trust = trust_text(BOTH)

    def meaning(content: bytes) -> Any:
        try:
            tree = VERIFY.Zipped(io.BytesIO(content), len(content))
        except (VERIFY.Wrong, struct.error) as error:
            raise Tampered("zip.form") from error
        report = VERIFY.Check(tree, trust).run()
        if report.verdict == "broken":
            raise Tampered("broken")
        return {path: b"".join(tree.pieces(path)) for path in tree.sizes}

    return Target((seeds[1],), meaning)


def manifest() -> Target:
    """The lists and JSON files of a package, each by itself, under the rest of a sound one."""
    files = {file.path: b"".join(file.pieces()) for file in bag_files(contents(), HOUSE)}
    small = sorted(path for path, content in files.items() if len(content) < 40_000)

    class Held:
        def __init__(self, path: str, content: bytes) -> None:
            self.files = {**files, path: content}
            self.sizes = {path: len(content) for path, content in self.files.items()}

        def pieces(self, path: str) -> Any:
            yield self.files[path]

    def meaning(content: bytes) -> Any:
        path = small[content[0] % len(small)] if content else small[0]
        if VERIFY.Check(Held(path, content[1:]), trust_text()).run().verdict == "broken":
            raise Tampered("broken")
        return path, content[1:]

    return Target(tuple(bytes([at]) + files[path] for at, path in enumerate(small)), meaning)


def voucher_file() -> Target:
    seed = voucher(contents())

    def meaning(content: bytes) -> Any:
        found = VERIFY.voucher_in(content)
        if found is None:
            raise Tampered("no voucher")
        report = VERIFY.verified_voucher(found, trust_text())
        if report.verdict == "broken":
            raise Tampered("broken")
        return report.told()

    return Target((seed, "\n".join(codes_of(seed)).encode()), meaning)


def movie() -> Target:
    film = box(b"ftyp", b"isom", bytes(8)) + box(b"moov", mvhd(), trak(), trak(b"soun", entry=box(b"mp4a", bytes(28)), number_=2)) + box(b"mdat", b"x" * 400)  # fmt: skip
    return Target(
        (film,), lambda content: read_movie(io.BytesIO(content), len(content)).__class__, is_bound=False
    )


def device_log() -> Target:
    lines = b"\r\n".join(b"2026-05-06 09:1%d:00 power on" % n for n in range(9))
    return Target(
        (lines, b"ON;06.05.2026 09:12\n"), lambda content: len(read_log(content).events), is_bound=False
    )


def manuscript() -> Target:
    word = docx(paragraph("第一条　为了规范，制定本办法。") + paragraph("第二条　本办法适用于……"))
    return Target(
        (word, "第一条　甲\n第二条　乙\n".encode()),
        lambda content: len(read_manuscript(content)),
        is_bound=False,
    )


def sheet() -> Target:
    shared = "<sst><si><t>编号</t></si><si><r><t>序</t></r><r><t>号</t></r></si></sst>"
    row = '<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="inlineStr"><is><t>甲</t></is></c><c r="C1"><v>7</v></c></row>'
    merged = '<mergeCells><mergeCell ref="A1:B2"/></mergeCells>'
    return Target(
        (
            workbook(f"{HEAD}{row}</sheetData>{merged}</worksheet>", shared),
            csv_of(["名称"], [["甲"], ["乙"]]),
        ),
        lambda content: len(read_sheet(content)),
        is_bound=False,
    )


TARGETS: dict[str, Callable[[], Target]] = {
    one.__name__: one
    for one in (note, note_twice, key, tile, proof, submission, policy, slip, receipt, bundle, manifest, voucher_file, movie, device_log, manuscript, sheet)
}  # fmt: skip


# ---- running ---------------------------------------------------------------------------------------------------


@cache
def of(name: str) -> tuple[Target, list[Any]]:
    target = TARGETS[name]()
    return target, [target.meaning(seed) for seed in target.seeds]


def tried(name: str, content: bytes) -> bool:
    """Whether it was accepted. Raises `Found` for what must not be."""
    target, meanings = of(name)
    began = time.process_time()
    try:
        meaning = target.meaning(content)
    except LiuhenError:
        return False
    except Found:
        raise
    except Exception as error:
        raise Found(f"{type(error).__name__}: {error}\n{traceback.format_exc(limit=-2)}") from error
    finally:
        took = time.process_time() - began
    if took > SLOWEST:
        raise Found(f"took {took:.1f} s")
    if target.is_bound and meaning not in meanings:
        raise Found(f"accepted with another meaning: {str(meaning)[:300]}")
    return True


_STRANGE = (b"\0", b"\xff", b"\0" * 8, b"\xff" * 8, b"\x7f\xff\xff\xff", b"\n", b"\n\n", b"-1", b"9" * 30, b"9" * 5000, b"[" * 3000, b"\xe2\x80\xae", b"\xed\xa0\x80", b'"', b"=", b"PK\1\2")  # fmt: skip


def mutated(seeds: tuple[bytes, ...], dice: random.Random) -> bytes:
    """One to four changes of a seed; half the time a single bit."""
    content = bytearray(dice.choice(seeds))
    if dice.random() < 0.5:
        content[dice.randrange(len(content))] ^= 1 << dice.randrange(8)
        return bytes(content)
    for _ in range(dice.randrange(1, 5)):
        at, upto = sorted((dice.randrange(len(content) + 1), dice.randrange(len(content) + 1)))
        upto = min(upto, at + dice.choice((1, 4, 40, 4000)))
        way = dice.randrange(6)
        if way == 0:
            del content[at:upto]
        elif way == 1:
            content[at:at] = content[at:upto]
        elif way == 2:
            content[at:upto] = dice.choice(_STRANGE)
        elif way == 3:
            content[at:at] = dice.choice(_STRANGE)
        elif way == 4:
            other = dice.choice(seeds)
            content[at:upto] = other[at : at + dice.randrange(200)]
        else:
            content[at : at + 4] = struct.pack(dice.choice("<>") + "L", dice.choice((0, 1, 8, 2**16, 2**31, 2**32 - 1, len(content))))  # fmt: skip
    return bytes(content)


def fuzzed(name: str, *, seconds: float, most: int, dice: random.Random) -> tuple[int, int, list[str]]:
    """How often it was tried and accepted, and what was found, each with the bytes that show it."""
    target, _ = of(name)
    runs, accepted, found = 0, 0, list[str]()
    until = time.monotonic() + seconds
    while time.monotonic() < until and runs < most and len(found) < 5:
        content = mutated(target.seeds, dice)
        runs += 1
        try:
            accepted += tried(name, content)
        except Found as error:
            path = Path(tempfile.gettempdir()) / f"found-{name}-{runs}"
            path.write_bytes(content)
            found.append(f"{path}: {error}")
    return runs, accepted, found


_UNDER_ATHERIS = """
import sys, atheris
with atheris.instrument_imports(include=["liuhen", "liuhen_verify", "json", "zipfile", "csv"]):
    from tests.faults import fuzzing
fuzzing.of(sys.argv[1])
atheris.Setup([sys.argv[0], *sys.argv[2:]], lambda content: fuzzing.tried(sys.argv[1], content) and None)
atheris.Fuzz()
"""


def under_atheris(name: str, seconds: int) -> list[str]:
    target, _ = of(name)
    with tempfile.TemporaryDirectory(prefix="liuhen-fuzz-") as folder:
        for number, seed in enumerate(target.seeds):
            (Path(folder) / f"seed-{number}").write_bytes(seed)
        done = subprocess.run(
            [sys.executable, "-c", _UNDER_ATHERIS, name, f"-max_total_time={seconds}", "-max_len=200000", "-timeout=20", "-rss_limit_mb=2000", f"-artifact_prefix={tempfile.gettempdir()}/found-{name}-", folder],
            capture_output=True, text=True, check=False, timeout=seconds + 300, env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        )  # fmt: skip
    told = [line for line in done.stderr.splitlines() if line.startswith(("Done ", "#"))]
    print(f"    atheris: {told[-1] if told else done.stderr[-300:]}")
    return [] if done.returncode == 0 else [done.stderr[-2500:]]


def main() -> int:
    seconds, names = int(sys.argv[1]), sys.argv[2:] or list(TARGETS)
    seed = int(os.environ.get("SEED", str(random.randrange(10**9))))
    has_atheris, wrong = importlib.util.find_spec("atheris") is not None, 0
    print(f"SEED={seed}, {seconds} s a target, atheris {'too' if has_atheris else 'is not installed'}")
    for name in names:
        runs, accepted, found = fuzzed(name, seconds=seconds, most=10**12, dice=random.Random(seed))
        print(
            f"{name:12s} {runs:9,} runs, {accepted:7,} taken for what a seed means, {len(found)} found",
            flush=True,
        )
        found += under_atheris(name, seconds) if has_atheris else []
        for one in found:
            print(f"  ✗ {one}")
        wrong += len(found)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
