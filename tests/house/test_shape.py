"""The shape of the house: doors, docstrings, sizes, tables, and nothing of the machine it was built on."""

import ast
import re
from pathlib import Path

import pytest
from django.apps import apps
from django.core.management import call_command
from tests.house.rules import verbs
from tests.house.tree import HOUSE, SOURCES, below, texts

from liuhen.apps.journal.models import Recorded

ROOMS = sorted(p for floor in ("apps", "engines", "interfaces") for p in (HOUSE / floor).iterdir() if (p / "__init__.py").exists())  # fmt: skip

# Tables whose rows have no line of their own, each with the reason.
NOT_RECORDED = {
    "journal.Cosignature": "由见证单位签名，自证；记一行就要再封存、再见证，没有尽头",
    "journal.TimeToken": "由时间机构签名，自证；理由同上",
    "journal.OutsideContact": "最近一次联络的结果，只供页面显示，不作证据",
    "search.Entry": "由原行得出，可随时重建；verify 逐条核对",
    "search.Share": "由原行得出，可随时重建；verify 逐条核对",
    "search.Closed": "由原行得出，可随时重建；verify 逐条核对",
    "journal.Head": "一行计数，随台账走；与台账不符时核验会指出",
    "journal.Line": "台账本身，由日志封存",
    "journal.About": "检索用，与台账正文逐条核对",
    "journal.Checkpoint": "已签发的检查点，自带签名",
    "journal.Job": "待办，由台账派生，做完即了",
    "registry.Series": "编号走到哪里；编号本身在各行里",
    "casework.AbsenceTally": "由各行比对得出，随时重算，只供工作台显示，不作证据",
    "evidence.DeviceEvent": "全部事件的摘要在识读一行里；日志原件在证据库，可照格式重读",
    "documents.Print": "打印件的字节，摘要在文书一行里",
}
FOREIGN = ("auth", "contenttypes", "sessions", "axes")

# Looked at twice: longer than four times what a file here usually is. May only shrink.
LONG = 400
LOOKED_AT = {
    "interfaces/api/shapes.py": "所有问答的形状在一处，逐字段列明，供生成接口文档",
    "interfaces/api/casework.py": "办案一室的路由，一条一函数",
    "interfaces/api/pages_casework.py": "办案一室的页面，一页一函数",
    "server/demo/week.py": "演示的一周，按时间写成",
}
FORBIDDEN_NAMES = {"utils.py", "util.py", "helpers.py", "helper.py", "managers.py", "misc.py", "common.py"}


@pytest.mark.parametrize("room", ROOMS, ids=below)
def test_door_names_at_most_seven(room: Path) -> None:
    tree = ast.parse((room / "__init__.py").read_text("utf-8"))
    offered = {
        alias.asname or alias.name
        for node in tree.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    listed = next(
        ([ast.literal_eval(e) for e in n.value.elts] for n in tree.body if isinstance(n, ast.Assign) and isinstance(n.value, ast.List)), [],
    )  # fmt: skip
    assert len(offered) <= 7
    assert offered == set(listed)


def test_every_module_says_what_it_is_for() -> None:
    silent = [
        below(p) for p in SOURCES if not (ast.get_docstring(ast.parse(p.read_text("utf-8"))) or "").strip()
    ]
    assert silent == []


def test_every_test_module_says_what_it_holds() -> None:
    here = HOUSE.parents[1] / "tests"
    silent = [
        p.relative_to(here).as_posix()
        for p in here.rglob("*.py")
        if "__pycache__" not in p.parts and p.read_text("utf-8").strip() and not ast.get_docstring(ast.parse(p.read_text("utf-8")))
    ]  # fmt: skip
    assert silent == []


def test_no_file_is_named_after_nothing() -> None:
    assert [below(p) for p in SOURCES if p.name in FORBIDDEN_NAMES] == []


def test_long_files_were_looked_at_twice() -> None:
    sizes = {below(p): len(p.read_text("utf-8").splitlines()) for p in SOURCES}
    long = {name: size for name, size in sizes.items() if size > LONG}
    assert {name: size for name, size in long.items() if name not in LOOKED_AT} == {}, (
        "请看两遍：拆开，或在此说明理由"
    )
    assert [name for name in LOOKED_AT if name not in long] == [], "已不再长，请从名单中删去"


def test_sizes_are_told(record_testsuite_property: object, capsys: pytest.CaptureFixture[str]) -> None:
    """Sizes are a smell, not a law: the median of the house stands in the report of each run."""
    sizes = sorted(len(p.read_text("utf-8").splitlines()) for p in SOURCES)
    lengths = sorted(
        (node.end_lineno or node.lineno) - node.lineno + 1
        for p in SOURCES for node in ast.walk(ast.parse(p.read_text("utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    )  # fmt: skip
    middle = sizes[len(sizes) // 2], lengths[len(lengths) // 2]
    with capsys.disabled():
        print(f"\n文件 {len(sizes)} 个，行数中位 {middle[0]}；函数 {len(lengths)} 个，行数中位 {middle[1]}")
    assert middle[0] <= 150
    assert middle[1] <= 15


# -- tables ------------------------------------------------------------------------------------------------------


def test_every_table_is_recorded_or_explained() -> None:
    ours = {m._meta.label: m for m in apps.get_models() if m._meta.app_label not in FOREIGN}
    unrecorded = {label for label, model in ours.items() if not issubclass(model, Recorded)}
    assert unrecorded == set(NOT_RECORDED)


def test_field_without_record_has_its_reason() -> None:
    """A name in `unrecorded` may change without a line: only what is not evidence."""
    told = {
        m._meta.label: m.unrecorded for m in apps.get_models() if issubclass(m, Recorded) and m.unrecorded
    }
    assert told == {
        "registry.Account": ("last_login",),
        "registry.SecondFactor": ("last_step",),
        "registry.Passkey": ("sign_count", "last_challenge"),
    }


@pytest.mark.django_db
def test_migrations_say_what_the_models_say() -> None:
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


# -- the journal's words -----------------------------------------------------------------------------------------


def test_every_verb_is_written_in_one_room() -> None:
    """A verb that two rooms write tells a reader of the journal less."""
    written: dict[str, set[str]] = {}
    for path in SOURCES:
        for _, verb in verbs(ast.parse(path.read_text("utf-8"))):
            written.setdefault(verb, set()).add(below(path))
    assert len(written) > 40
    assert {verb: places for verb, places in written.items() if len(places) > 1} == {}


# -- the machine it was built on ---------------------------------------------------------------------------------

HOSTS = {
    "github.com", "opencollective.com", "paulmillr.com", "tidelift.com",  # named by packages in the lock
    "www.w3.org", "schemas.openxmlformats.org",  # names of XML vocabularies
    "127.0.0.1", "localhost", "testserver",
}  # fmt: skip
PLACES = re.compile("|".join(["/wo" + "rk/", "/opt/py" + "pi", "/opt/wh" + "eels", "file:" + "///"]))
LOCKS = ("requirements/", "frontend/package-lock.json", "frontend/.npmrc", "uv.lock", "pylock")


def test_no_machine_path_is_in_the_tree() -> None:
    found = [f"{name}: {hit[0]}" for name, text in texts() if (hit := PLACES.search(text))]
    assert found == []


def test_no_unknown_host_is_in_the_tree() -> None:
    told = {
        (name, host.split("@")[-1])
        for name, text in texts()
        for host in re.findall(r"https?://([A-Za-z0-9.@-]+)", text)
    }
    # Names under .example and .invalid are nobody's (RFC 2606).
    strange = {(name, host) for name, host in told if host and host.rstrip(".") not in HOSTS}
    assert {(name, host) for name, host in strange if not host.endswith((".example", ".invalid"))} == set()


def test_lock_files_name_no_registry() -> None:
    for name, text in texts():
        if name.startswith(LOCKS):
            assert '"resolved"' not in text, name
            assert not re.search(r"--(extra-)?index-url|--find-links|registry\s*=", text), name
