"""What the superior agency sees: which logs it witnesses, how far and since when, what was checked and what was not; and the desk for paper.

Plain HTML without script; every word that came from outside is escaped.
"""

from datetime import datetime, timedelta
from html import escape

from liuhen.engines.ledger.cosignature import cosigned_at
from liuhen.engines.ledger.qr import drawn
from liuhen.engines.ledger.slips import codes_of
from liuhen.kernel.clock import shown, shown_length
from liuhen.kernel.errors import Tampered
from liuhen.witness.books import Books, TrustedLog
from liuhen.witness.judging import Answer

_QUIET = timedelta(hours=24)
_CHECKED = [
    "签名：检查点是该机关登记的公钥签的，一字未改。",
    "延续：新的检查点包含上次会签的全部各笔，次序相同；没有一笔被改、被删、被插入。这由证明逐级重算得出，不凭对方的话。",
    "不倒退：笔数没有变少。服务器被换成旧的副本，这里会看出来。",
    "不分叉：同样的笔数，内容只有一种。对你一套、对别人一套，这里会看出来。",
]
_NOT_CHECKED = [
    "登记的内容是否属实、有没有该记而没有记的。",
    "任何姓名、案情和音像：送来的只有笔数和摘要，本见证看不到内容。",
]


def front(books: Books, *, at: datetime) -> str:
    """The first page."""
    rows = "".join(_log(books, log, at) for log in books.trusted())
    empty = "<p>还没有登记任何日志。在这台机器上运行 <code>liuhen witness trust</code>，填入被见证机关的公钥。</p>"
    return _page(
        "见证",
        f"<p>本见证：<b>{escape(books.cosigner.name)}</b></p><p class=mono>{escape(str(books.cosigner.verifier))}</p>"
        f"<h2>见证的日志</h2>{rows or empty}"
        f"<h2>每次会签都查了什么</h2><ol>{_items(_CHECKED)}</ol>"
        f"<h2>不查什么</h2><ul>{_items(_NOT_CHECKED)}</ul>"
        "<p><a href='/paper'>没有网络的机关：扫描纸上的二维码</a></p>",
    )


def paper(books: Books, answer: Answer | None = None) -> str:
    """The desk for paper: a field for what the scanner reads; below it, once something was read, the verdict and the codes to take back."""
    told = _verdict(answer) if answer else ""
    return _page(
        "扫码会签",
        f"{told}<form method=post action='/paper' class=noprint><label for=codes>把光标放在下面，用扫码枪依次扫描送来的每一个二维码（次序不限），"
        "再按“核对并会签”。也可以粘贴扫码所得的文字。</label><textarea id=codes name=codes rows=8 autofocus required></textarea>"
        f"<button>核对并会签</button></form><p class=noprint><a href='/'>返回</a>　{escape(books.cosigner.name)}</p>",
    )


def _verdict(answer: Answer) -> str:
    if answer.status != 200:
        word = "拒绝会签" if answer.status == 422 else "没有会签"
        more = (
            "<p>请保存这张纸，并立即报告负责人：这可能是记录被改动的证据。</p>"
            if answer.status == 422
            else ""
        )
        return f"<section class=bad><h2>{word}</h2><p>{escape(answer.said)}</p>{more}</section>"
    codes = codes_of(answer.note.encode())
    drawings = "".join(
        f"<figure>{drawn(code).svg}<figcaption>第 {n} 个，共 {len(codes)} 个</figcaption></figure>"
        for n, code in enumerate(codes, 1)
    )
    return (
        f"<section class=good><h2>已会签</h2><p>{escape(answer.said)}</p><p>请打印本页交回；对方在“存证”页扫描下面的二维码。</p>"
        f"<div class=codes>{drawings}</div><details class=noprint><summary>文字</summary><pre>{escape(answer.note)}</pre></details></section>"
    )


def _log(books: Books, log: TrustedLog, at: datetime) -> str:
    """One log as a box: how far, since when, and what was refused."""
    try:
        latest = books.latest(log)
    except Tampered as error:
        return f"<section class=bad><h3>{escape(log.title)}</h3><p>本见证自己的记录不可信：{escape(error.why)}。请停止使用，查明原因。</p></section>"
    conflicts = books.conflicts(log)
    facts = f"<p class=mono>{escape(log.origin)}</p>"
    if latest is None:
        state, words = "wait", "<p>尚未会签过。</p>"
    else:
        last = cosigned_at(books.note(log), books.cosigner.verifier)
        age = max(at - last, timedelta())
        state = "wait" if age > _QUIET else "good"
        words = (
            f"<p><b>已会签到第 {latest.size:,} 笔</b>，{escape(shown(last))}（{escape(shown_length(age))}以前）</p>"
            f"<p class=mono>树根 {latest.root.hex()}</p>"
        )
        if age > _QUIET:
            words += "<p>超过 24 小时没有新的检查点，请询问该机关。</p>"
    if conflicts:
        state = "bad"
        names = "".join(
            f"<li class=mono>{escape(str(path.relative_to(books.folder)))}</li>" for path in conflicts[:20]
        )
        words += (
            f"<p><b>拒绝过 {len(conflicts)} 次</b>：签名是该机关的，但不能证明是上次会签的延续。原件留存在见证目录的下列文件，"
            f"可能是记录被改写的证据：</p><ul>{names}</ul>"
        )
    return f"<section class={state}><h3>{escape(log.title)}</h3>{words}{facts}</section>"


def _items(lines: list[str]) -> str:
    return "".join(f"<li>{escape(line)}</li>" for line in lines)


_STYLE = """
:root{color-scheme:light dark;--ink:#1d2329;--paper:#fff;--line:#d5d9de;--quiet:#5b6570;--good:#1a7f43;--bad:#b3261e;--wait:#9a6200;--act:#1f5fbf}
@media(prefers-color-scheme:dark){:root{--ink:#e6e8ea;--paper:#16191d;--line:#3a4048;--quiet:#a3abb3;--good:#5cc183;--bad:#ff8a80;--wait:#e0a84a;--act:#8ab4f8}}
*{box-sizing:border-box}body{margin:0;background:var(--paper);color:var(--ink);font:15px/1.7 "Noto Sans CJK SC","Source Han Sans SC","Microsoft YaHei","PingFang SC",sans-serif}
main{max-width:860px;margin:0 auto;padding:20px 16px 40px}h1{font-size:22px;margin:0 0 8px}h2{font-size:17px;margin:24px 0 8px}h3{font-size:16px;margin:0 0 4px}
p{margin:4px 0}.mono,pre,code{font-family:ui-monospace,"Noto Sans Mono CJK SC",monospace;font-size:12.5px;color:var(--quiet);overflow-wrap:anywhere;white-space:pre-wrap}
section{border:1px solid var(--line);border-inline-start:4px solid var(--line);border-radius:4px;padding:10px 14px;margin:10px 0}
.good{border-inline-start-color:var(--good)}.bad{border-inline-start-color:var(--bad)}.wait{border-inline-start-color:var(--wait)}
a{color:var(--act)}label{display:block;margin:12px 0 4px}textarea{width:100%;font:13px/1.5 ui-monospace,monospace;padding:8px;border:1px solid var(--quiet);border-radius:4px;background:var(--paper);color:var(--ink)}
button{margin:10px 0;padding:8px 18px;font:inherit;color:#fff;background:#1f5fbf;border:0;border-radius:4px}:focus-visible{outline:3px solid var(--act);outline-offset:2px}
.codes{display:flex;flex-wrap:wrap;gap:16px}figure{margin:8px 0;width:min(78mm,100%)}figure svg{width:100%;height:auto;display:block}figcaption{font-size:13px;text-align:center}
@media print{.noprint{display:none}body{color:#000;background:#fff}}
"""


def _page(title: str, body: str) -> str:
    return (
        f"<!doctype html><html lang=zh-CN><head><meta charset=utf-8><meta name=viewport content='width=device-width,initial-scale=1'>"
        f"<title>{escape(title)} · 留痕见证</title><style>{_STYLE}</style></head><body><main><h1>{escape(title)}</h1>{body}</main></body></html>"
    )
