"""House rules: why, what breaks them, what is fine, and how to find it in a syntax tree.

Each rule proves itself on its own examples before it is held against the house.
"""

import ast
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

Check = Callable[[ast.Module], Iterator[ast.AST]]


@dataclass(frozen=True)
class Rule:
    """`check` yields every place that breaks the rule. `exempt` are paths below src/liuhen, each with its reason."""

    name: str
    why: str
    check: Check
    bad: list[str]
    good: list[str]
    where: str = ""
    exempt: dict[str, str] = field(default_factory=dict)

    def breaches(self, source: str) -> list[int]:
        return sorted({getattr(node, "lineno", 1) for node in self.check(ast.parse(source))})


def dotted(node: ast.AST) -> str:
    """`a.b.c` for a name or an attribute of names; empty for all else."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return ""


def imports(tree: ast.AST) -> Iterator[tuple[ast.AST, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from ((node, f"{node.module}.{alias.name}") for alias in node.names)


def calls(tree: ast.AST) -> Iterator[tuple[ast.Call, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield node, dotted(node.func)


# -- the rules ---------------------------------------------------------------------------------------------------


def _signals(tree: ast.Module) -> Iterator[ast.AST]:
    yield from (
        node
        for node, name in imports(tree)
        if name.startswith(("django.dispatch", "django.db.models.signals"))
    )
    yield from (node for node, name in calls(tree) if re.search(r"\b(pre|post|m2m)_\w+\.connect$", name))
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            yield from (
                d for d in node.decorator_list if isinstance(d, ast.Call) and dotted(d.func) == "receiver"
            )


NO_SIGNALS = Rule(
    name="no-signals",
    why="保存一行就触发别处，顺序便看不见了；请在 action 里依次写明。",
    check=_signals,
    bad=[
        "@receiver(post_save)\ndef f(sender, **kw): ...",
        "post_save.connect(f)",
        "from django.dispatch import Signal",
    ],
    good=["journal.act('device.handed-out', by=keeper)", "signal.signal(signal.SIGTERM, stop)"],
)


def _inner_imports(tree: ast.Module) -> Iterator[ast.AST]:
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            yield from (node for node in ast.walk(function) if isinstance(node, ast.Import | ast.ImportFrom))


NO_INNER_IMPORTS = Rule(
    name="no-inner-imports",
    why="写在函数里的导入躲过了楼层检查；循环依赖应当拆开，不应当藏起来。",
    check=_inner_imports,
    bad=[
        "def f():\n    import os",
        "async def f():\n    from a import b",
        "def f():\n    def g():\n        import os",
    ],
    good=["import os\ndef f(): ...", "if TYPE_CHECKING:\n    import os"],
)


_CLOCKS = re.compile(
    r"^(datetime\.)?(datetime|date)\.(now|utcnow|today)$|^time\.(time|time_ns)$|^timezone\.(now|localtime)$"
)


def _clocks(tree: ast.Module) -> Iterator[ast.AST]:
    yield from (node for node, name in calls(tree) if _CLOCKS.search(name))


ONE_CLOCK = Rule(
    name="one-clock",
    why="时间只有一个来处，测试才能让它停下；请用 kernel.clock.now，或以 at 参数传入。",
    check=_clocks,
    bad=[
        "datetime.now(UTC)",
        "datetime.utcnow()",
        "datetime.datetime.now()",
        "date.today()",
        "time.time()",
        "timezone.now()",
    ],
    good=["now()", "time.monotonic()", "datetime.fromisoformat(x)", "clock.now()"],
    exempt={"kernel/clock.py": "这里就是那一个来处"},
)


def _settings(tree: ast.Module) -> Iterator[ast.AST]:
    yield from (node for node, name in imports(tree) if name.startswith(("django.conf", "liuhen.server")))
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and dotted(node) in ("os.environ", "os.getenv", "os.environb"):
            yield node


NO_SETTINGS = Rule(
    name="no-settings-below-server",
    why="设置只在 server 里读一次；楼下要什么，由参数递进来。",
    check=_settings,
    bad=["from django.conf import settings", "os.environ['HOME']", "os.getenv('X')", "from liuhen.server import wiring"],
    good=["def f(*, limit: int) -> None: ...", "env={'PATH': '/usr/bin'}"],
    exempt={
        "interfaces/api/gate.py": "Django 的会话 cookie 名称随是否用 TLS 而定，接口文档须写出它",
        "interfaces/files/callers.py": "同一个 cookie 名称，读会话用",
    },
)  # fmt: skip


_WRITES = {"O_WRONLY", "O_RDWR", "O_CREAT", "O_APPEND", "O_TRUNC"}


def _vault_writes(tree: ast.Module) -> Iterator[ast.AST]:
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef) and function.name not in ("_open", "_note_durable"):
            yield from _opens(function)
    yield from (
        node
        for statement in tree.body
        if not isinstance(statement, ast.ClassDef | ast.FunctionDef)
        for node in _opens(statement)
    )


def _opens(part: ast.AST) -> Iterator[ast.AST]:
    for node, name in calls(part):
        flags = {n.attr for n in ast.walk(node) if isinstance(n, ast.Attribute)}
        modes = [
            a.value for a in (*node.args, *(k.value for k in node.keywords)) if isinstance(a, ast.Constant)
        ]
        is_open = name.rpartition(".")[2] == "open" or (
            isinstance(node.func, ast.Attribute) and node.func.attr == "open"
        )
        written = any(isinstance(m, str) and re.fullmatch(r"[rb]*[wax+][btwax+]*", m) for m in modes)
        if is_open and (written or flags & _WRITES):
            yield node
        if isinstance(node.func, ast.Attribute) and node.func.attr in ("write_bytes", "write_text", "touch"):
            yield node


VAULT_WRITES_ONCE = Rule(
    name="vault-writes-in-one-place",
    why="原件一次写入；除接收中的文件和它的进度记录外，证据库不得以写方式打开任何文件。",
    check=_vault_writes,
    bad=["def put(p):\n    open(p, 'wb')", "def f(p):\n    p.open('r+b')", "def f(p):\n    p.write_bytes(b'')",
         "def f(p):\n    os.open(p, os.O_RDWR)", "class V:\n    def f(self, p):\n        self.path(p).open('ab')"],
    good=["def f(p):\n    p.open('rb')", "def _open(p):\n    os.open(p, os.O_RDWR)", "def f(p):\n    os.open(p, os.O_RDONLY)"],
    where="engines/vault/",
)  # fmt: skip


def _shells(tree: ast.Module) -> Iterator[ast.AST]:
    for node, name in calls(tree):
        if name in ("os.system", "os.popen", "subprocess.getoutput", "subprocess.getstatusoutput"):
            yield node
        if any(
            k.arg == "shell" and not (isinstance(k.value, ast.Constant) and k.value.value is False)
            for k in node.keywords
        ):
            yield node


NO_SHELL = Rule(
    name="no-shell",
    why="经过 shell 的文件名会变成命令；请用列表启动子进程。",
    check=_shells,
    bad=[
        "subprocess.run('ls', shell=True)",
        "os.system('ls')",
        "subprocess.run(x, shell=flag)",
        "os.popen('ls')",
    ],
    good=["subprocess.run(['ls', '--', name])", "subprocess.run(x, shell=False)"],
)


def _swallowed(tree: ast.Module) -> Iterator[ast.AST]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ExceptHandler) and node.type is not None:
            named = {dotted(n).rpartition(".")[2] for n in ast.walk(node.type)}
            if "Tampered" in named and all(isinstance(s, ast.Pass | ast.Continue) for s in node.body):
                yield node


NO_SWALLOWED_ALARM = Rule(
    name="no-swallowed-alarm",
    why="摘要或签名对不上，必须说出来；悄悄略过就是帮人掩盖。",
    check=_swallowed,
    bad=[
        "try: f()\nexcept Tampered: pass",
        "for x in y:\n    try: f()\n    except (A, errors.Tampered): continue",
    ],
    good=[
        "try: f()\nexcept Tampered as error: yield Fault('x', str(error))",
        "try: f()\nexcept ValueError: pass",
    ],
)


def verbs(tree: ast.Module) -> Iterator[tuple[ast.AST, str]]:
    """Every text given to the journal's `act(..., by=...)`, or to a name `verb`, that the journal will keep."""
    for node, name in calls(tree):
        if name.rpartition(".")[2] == "act" and node.args and any(k.arg == "by" for k in node.keywords):
            yield from _texts(node.args[0])
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and any(dotted(t) == "verb" for t in node.targets):
            yield from _texts(node.value)


def _texts(node: ast.AST) -> Iterator[tuple[ast.AST, str]]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node, node.value
    if isinstance(node, ast.IfExp):
        yield from _texts(node.body)
        yield from _texts(node.orelse)


_VERB = re.compile(
    r"[a-z]+\.([a-z]+-)*(\w+ed|seen|given|taken|drawn|withdrawn|put|sent|shown|held|lent|found)(-(in|out|back|off|again))?"
)
_NO_ACT = {"journal.heartbeat": "一次心跳没有人做什么，只说明系统在写"}


def _bad_verbs(tree: ast.Module) -> Iterator[ast.AST]:
    yield from (node for node, verb in verbs(tree) if not _VERB.fullmatch(verb) and verb not in _NO_ACT)


VERBS = Rule(
    name="verbs-are-noun-participle",
    why="台账的动词写作“名词.过去分词”，读一行就知道什么事已经发生。",
    check=_bad_verbs,
    bad=["with act('device.hand_out', by=x) as line: ...", "verb = 'x.agreed' if ok else 'return'", "act('Recording.viewed', by=x)",
         "act('recordingviewed', by=x)", "act('recording.view', by=x)"],
    good=["with act('device.handed-out', by=x) as line: ...", "verb = 'approval.agreed' if ok else 'approval.returned'",
          "act('account.logged-in', by=x)", "act('case.stage-changed', by=x)", "act(verb, by=x)", "act('journal.heartbeat', by=x)"],
)  # fmt: skip

RULES = [
    NO_SIGNALS, NO_INNER_IMPORTS, ONE_CLOCK, NO_SETTINGS, VAULT_WRITES_ONCE, NO_SHELL, NO_SWALLOWED_ALARM, VERBS,
]  # fmt: skip
