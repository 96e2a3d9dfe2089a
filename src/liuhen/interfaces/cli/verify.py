"""`verify` and `reconcile`: everything read again; what is wrong is named with its place, and the exit code says so."""

import json
import sys
from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from itertools import chain

import click
from django.apps import apps

from liuhen.apps.archive import fixity
from liuhen.apps.journal.halts import lift_halt
from liuhen.apps.journal.legibility import UNREADABLE, damaged_pages, unreadable_values
from liuhen.apps.journal.models import Recorded
from liuhen.apps.journal.queries import Fault, verify_log, verify_rows
from liuhen.apps.journal.sealing import check_not_rolled_back
from liuhen.apps.journal.soundness import silences, verify_tables
from liuhen.apps.journal.stamping import verify_tokens
from liuhen.apps.journal.witnessing import verify_cosignatures
from liuhen.engines.ledger.timestamp import TimeAuthority
from liuhen.interfaces.cli import search
from liuhen.interfaces.office import Office
from liuhen.kernel.actors import OPERATOR
from liuhen.kernel.clock import now, shown
from liuhen.kernel.errors import Tampered


def verify_all(office: Office, *, quick: bool, as_json: bool, time: TimeAuthority | None = None) -> None:
    """Log, lines, rows, tokens of `time` and, unless `quick`, every byte of every original and copy."""
    faults: list[Fault] = []
    for title, found in checks(office, quick=quick, time=time):
        here = list(found)
        faults += here
        if not as_json:
            click.echo(f"{title}：{'正常' if not here else f'{len(here)} 处异常'}")
    if not as_json:
        _tell_silences()
    _report(faults, as_json=as_json, good="核验完毕，未发现异常。")


def _tell_silences() -> None:
    """Not a fault: a house may be switched off at night. But whoever stopped it to be unseen is seen here."""
    for one in silences(since=now() - timedelta(days=30)):
        click.echo(
            f"  · {shown(one.since)} 至 {shown(one.until)} 台账没有任何一行（第 {one.line} 行之前）：停机，或者被停止"
        )


def reconcile_all(office: Office, *, as_json: bool) -> None:
    _report(list(fixity.reconcile(office.vault)), as_json=as_json, good="对账完毕，登记与原件一致。")


def resume_sealing(office: Office) -> str:
    """Lift the halt, once log, lines and rows were read anew and nothing was found. Raises `Tampered` with the first fault."""
    check_not_rolled_back(office.log)
    fault = next(chain(verify_log(office.log), verify_rows(recorded_models())), None)
    if fault is not None:
        raise Tampered(f"仍有不符：{fault}", do="请先换回正确的副本，再运行 liuhen verify 查看全部。")
    lifted = lift_halt(office.log, by=OPERATOR, at=now())
    return f"{shown(lifted.at)} 停止的封存已恢复（原因：{lifted.get_why_display()}）"


def report_search() -> None:
    _report(list(search.lies()), as_json=False, good="核对完毕，检索索引与各行数据一致。")


def recorded_models() -> list[type[Recorded]]:
    """Every table whose rows have their lines."""
    return [model for model in apps.get_models() if issubclass(model, Recorded)]


def checks(
    office: Office, *, quick: bool, time: TimeAuthority | None
) -> Iterator[tuple[str, Iterable[Fault]]]:
    """Each check by its title, as `liuhen verify` makes them. One that comes upon what cannot be read says where that stands, and the next goes on."""
    every: dict[str, Callable[[], Iterable[Fault]]] = {
        "数据库文件": damaged_pages,
        "日志与台账": lambda: verify_log(office.log),
        "会签": verify_cosignatures,
        "可信时间": lambda: verify_tokens(time),
        "各行数据": lambda: verify_rows(recorded_models()),
        "数据表与锁": verify_tables,
        "检索": search.lies,
    }
    if not quick:
        every |= {
            "原件": lambda: fixity.verify_originals(office.vault),
            "文书打印件": fixity.verify_prints,
            "派生件": lambda: fixity.verify_copies(office.copies),
        }
    else:
        del every["数据库文件"]
    unreadable: list[Fault] = []
    for title, check in every.items():
        yield title, _as_far_as_it_reads(title, check, unreadable)


def _as_far_as_it_reads(
    title: str, check: Callable[[], Iterable[Fault]], unreadable: list[Fault]
) -> Iterator[Fault]:
    """The faults of one check. `unreadable` is filled by the first that stops, and told once."""
    try:
        yield from check()
    except UNREADABLE as error:
        yield Fault(title, f"没有核完：有内容读不出来（{str(error)[:200]}）")
        if not unreadable:
            unreadable += list(unreadable_values())
            yield from unreadable


def _report(faults: list[Fault], *, as_json: bool, good: str) -> None:
    if as_json:
        told = [{"where": fault.where, "what": fault.what} for fault in faults]
        click.echo(json.dumps({"ok": not faults, "faults": told}, ensure_ascii=False, indent=1))
    else:
        for fault in faults:
            click.echo(f"  ✗ {fault}")
        if not faults:
            click.echo(good)
    sys.exit(1 if faults else 0)
