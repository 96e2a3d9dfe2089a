"""Strikes a house at every call it makes: `python -m tests.faults.striking found|kill|error|power`, run by the tests.

A process of its own sets up Django once and forks for each strike; the fork lives one day (see acts.py) in a fresh copy of the house
while strace counts its calls, or writes them down for the disk of disk.py. What is found is one line of JSON.
"""

import argparse
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "liuhen.server.django_settings")

# What changes a disk. Reading cannot lose anything.
STRUCK = "write,pwrite64,ftruncate,rename,renameat,renameat2,unlink,unlinkat,mkdir,mkdirat,fsync,fdatasync"
ERRORS = ("EIO", "ENOSPC", "EDQUOT")
LINE_ERRORS = ("ECONNRESET", "ETIMEDOUT", "EPIPE")
MODES = ("none", "all", "names", "bytes")


class Striker:
    """One house, its template, and the promises made in it. `struck` are the calls that are struck, `repeats`

    says whether the day is lived again for more points than it has calls."""

    struck, repeats = STRUCK, False

    def __init__(self, home: Path, mutant: str, day: str = "acts") -> None:
        import django

        django.setup()
        from tests.faults import acts, slice_acts
        from tests.faults.mutants import MUTANTS, OF_SLICES

        acts.in_one_thread()
        acts.KEPT |= slice_acts.KEPT
        self._day = {"acts": acts.live, "slices": slice_acts.live}[day]
        self._mutate = (MUTANTS | OF_SLICES)[mutant] if mutant else lambda: None
        self.home, self.template = home, home.with_name("template")
        self.promises = home.with_name("promises")

    def found(self) -> None:
        from tests.cast import assemble

        from liuhen.server.database import bring_up_to_date
        from liuhen.server.wiring import office

        bring_up_to_date()
        assemble(office())
        _close()
        shutil.copytree(self.home, self.template)

    def renew(self) -> None:
        shutil.rmtree(self.home, ignore_errors=True)
        shutil.copytree(self.template, self.home)
        self.promises.unlink(missing_ok=True)

    def told(self) -> list[dict[str, Any]]:
        if not self.promises.exists():
            return []
        return [json.loads(line) for line in self.promises.read_text().splitlines()]

    def live(self, strace: list[str]) -> int:
        """One day in a child, under strace with these options; its exit code, negative where a signal ended it."""
        ready, go = os.pipe()
        child = os.fork()
        if not child:
            self._be_struck(ready, go)
        os.close(ready)
        command = ["strace", "-f", "-qq", "-p", str(child), *strace]
        watcher = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        try:
            _until(lambda: _is_traced(child) or watcher.poll() is not None)
            os.write(go, b"g")
            _, status = os.waitpid(child, 0)
        finally:
            os.close(go)
            watcher.wait(timeout=30)
        return os.waitstatus_to_exitcode(status)

    def _be_struck(self, ready: int, go: int) -> None:
        os.close(go)
        code = 1
        try:
            self._mutate()
            os.read(ready, 1)
            self._live()
            code = 0
        except BaseException as error:  # noqa: BLE001  an error is what a strike is for
            if os.environ.get("STRIKE_SHOWS"):
                sys.stderr.write(f"{type(error).__name__}: {error}\n")
        finally:
            os._exit(code)

    def _live(self) -> None:
        from tests.faults import acts

        from liuhen.server.django_settings import SETTINGS
        from liuhen.server.wiring import office_of

        self._day(office_of(SETTINGS), acts.teller(self.promises))

    def afterwards(self) -> list[str]:
        """What is wrong once the struck one was started again; a house is asked at once, by `broken`."""
        return []

    def broken(self, promises: list[dict[str, Any]]) -> list[str]:
        from tests.faults import acts

        from liuhen.server.django_settings import SETTINGS
        from liuhen.server.wiring import office_of

        try:
            return acts.broken_promises(office_of(SETTINGS), promises)
        except Exception as error:  # noqa: BLE001  a house that cannot be read is a broken promise
            return [f"{type(error).__name__}: {error}"]
        finally:
            _close()


def strike(striker: Striker, *, points: int, seed: int, error: bool, first_only: bool) -> dict[str, Any]:
    """At each counted call (or at so many of them): SIGKILL before it, or an error from it."""
    chance, found, struck = random.Random(seed), list[str](), 0
    striker.renew()
    counted = striker.home.with_name("counted")
    assert striker.live(["-o", str(counted), "-e", f"trace={striker.struck}"]) == 0
    calls = list(_numbered(counted))
    chosen = [call for _ in range(points // len(calls)) for call in calls] if striker.repeats else []
    chosen += chance.sample(calls, min(points - len(chosen), len(calls)))
    wanted, most = len(chosen), 2 * len(chosen)
    for name, point in chosen:
        kinds = ERRORS if name in STRUCK.split(",") else LINE_ERRORS
        what = f"error={chance.choice(kinds)}" if error else "signal=KILL"
        since = "+" if error and chance.random() < 0.5 else ""
        striker.renew()
        code = striker.live(["-o", "/dev/null", "-e", f"trace={striker.struck}",
                             "-e", f"inject={name}:{what}:when={point}{since}"])  # fmt: skip
        struck += code != 0
        if not error and code == 0 and striker.repeats and len(chosen) < most:
            chosen.append(
                chance.choice(calls)
            )  # This day came to fewer calls of that name: another in its place.
        wrong = striker.broken(striker.told()) + striker.afterwards()
        found += [f"第 {point} 次 {name}（{what}{since}）：{line}" for line in wrong]
        if found and first_only:
            break
    return {
        "calls": len(calls),
        "points": wanted,
        "tried": len(chosen),
        "struck": struck,
        "broken": found[:20],
        "count": len(found),
    }


def _numbered(counted: Path) -> Iterator[tuple[str, int]]:
    """Each call by its name and which of that name it is: so strace counts them."""
    told: Counter[str] = Counter()
    for line in counted.read_text().splitlines():
        if "(" in line:
            name = line.split("(")[0].split()[-1]
            told[name] += 1
            yield name, told[name]


def cut(striker: Striker, *, states: int, seed: int, without_syncs: bool, first_only: bool) -> dict[str, Any]:
    """One day written down, then the power cut after each of its calls, in several ways.

    `first_only` is for a house that is known to be wrong: it looks after each promise first, and stops at the first that is broken.
    """
    from tests.faults.disk import WATCHED, calls_of

    striker.renew()
    trace = striker.home.with_name("trace")
    code = striker.live(["-o", str(trace), "-xx", "-s", "4000000", "-e", f"trace={WATCHED}"])
    assert code == 0, code
    cuts = Cuts(striker, list(calls_of(trace)), random.Random(seed), without_syncs=without_syncs)
    if first_only:
        cuts.make(torn=6, after_promises=True, first_only=True)
    if not (first_only and cuts.found):
        every = max(1, cuts.steps * (len(MODES) + 1) // states)
        cuts.make(torn=max(1, states // cuts.steps - len(MODES)), every=every, first_only=first_only)
    return {"calls": len(cuts.calls), "steps": cuts.steps, "states": cuts.tried, "different": len(cuts.seen),
            "broken": cuts.found[:20], "count": len(cuts.found)}  # fmt: skip


class Cuts:
    """The cuts made into one day."""

    def __init__(
        self, striker: Striker, calls: list[Any], chance: random.Random, *, without_syncs: bool
    ) -> None:
        self._striker, self.calls, self._chance, self._without = striker, calls, chance, without_syncs
        self.found, self.seen, self.tried = list[str](), set[int](), 0
        disk = self._disk()
        self.steps = sum(disk.play(call, without_syncs=without_syncs) for call in calls)

    def _disk(self) -> Any:
        from tests.faults.disk import Disk

        self._striker.renew()
        return Disk(self._striker.home)

    def make(
        self, *, torn: int, every: int = 1, after_promises: bool = False, first_only: bool = False
    ) -> None:
        """After each call, or after one of so many, where there are more calls than may be tried."""
        disk, promises, descriptors = self._disk(), list[dict[str, Any]](), set[int]()
        for call in self.calls:
            heard = _hear(call, descriptors, promises, self._striker.promises)
            changed = disk.play(call, without_syncs=self._without)
            if heard if after_promises else changed and not self._chance.randrange(every):
                self._cut_here(disk, call, promises, torn)
            if self.found and (first_only or len(self.found) > 100):
                return

    def _cut_here(self, disk: Any, call: Any, promises: list[dict[str, Any]], torn: int) -> None:
        for mode in (*MODES, *["torn"] * torn):
            self.tried += 1
            files = disk.after_cut(mode, self._chance)
            mark = hash((tuple(sorted(files.items())), len(promises)))
            if mark not in self.seen:
                self.seen.add(mark)
                _lay(files, self._striker.home)
                broken = self._striker.broken(promises)
                self.found += [f"第 {self.tried} 态（{call.name}，{mode}）：{line}" for line in broken]


def _hear(call: Any, descriptors: set[int], promises: list[dict[str, Any]], where: Path) -> bool:
    """Whether this call is a promise, which is then added: promises are in the same trace, in the order of the run."""
    if call.name == "openat" and call.words and call.words[0] == os.fsencode(where):
        descriptors.add(call.result)
    elif call.name == "write" and call.numbers[0] in descriptors:
        promises.append(json.loads(call.words[0]))
        return True
    return False


def _lay(files: dict[str, bytes], home: Path) -> None:
    """The disk as it is found: what is not among `files` is gone. Modes are not modelled: what has its address is as the vault leaves it."""
    for path in [path for path in home.rglob("*") if path.is_file() and str(path) not in files]:
        path.chmod(0o600)
        path.unlink()
    for name, content in files.items():
        path = Path(name)
        if path.exists() and path.stat().st_size == len(content) and path.read_bytes() == content:
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        path.write_bytes(content)
        if "/objects/" in name:
            path.chmod(0o440)


def _is_traced(pid: int) -> bool:
    return "TracerPid:\t0" not in Path(f"/proc/{pid}/status").read_text()


def _until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + 20
    while not true():
        assert time.monotonic() < end
        time.sleep(0.001)


def _close() -> None:
    from django.db import connections

    connections.close_all()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=["found", "kill", "error", "power"])
    parser.add_argument("--points", type=int, default=500)
    parser.add_argument("--seed", type=int, default=20261121)
    parser.add_argument("--mutant", default="")
    parser.add_argument("--day", default="acts", choices=["acts", "slices"])
    return parser.parse_args()


def _run(told: argparse.Namespace) -> dict[str, Any]:
    striker = Striker(Path(os.environ["LIUHEN_HOME"]), told.mutant, told.day)
    if told.what == "found":
        striker.found()
        return {}
    if told.what == "power":
        return cut(striker, states=told.points, seed=told.seed, without_syncs=told.mutant == "eatmydata",
                   first_only=bool(told.mutant))  # fmt: skip
    return strike(striker, points=told.points, seed=told.seed, error=told.what == "error",
                  first_only=bool(told.mutant))  # fmt: skip


if __name__ == "__main__":
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    print(json.dumps(_run(_options()), ensure_ascii=False))
