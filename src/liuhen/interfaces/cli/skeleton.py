"""`pack new`: the skeleton of a regulation as a rule pack, commented so that a jurist can go on writing.

It passes the lint as it stands; every example is marked and asks to be replaced. Nothing else has to be touched: a folder
under the home's `packs` is seen by the pages and the commands at once.
"""

import re
from pathlib import Path

from liuhen.engines.rules import load_pack, review
from liuhen.kernel.errors import Malformed, Refused

KINDS = {"police": "公安机关", "subdistrict": "街道办事处", "township": "乡镇", "committee": "管理委员会"}
_KEY = re.compile(r"[a-z][a-z0-9-]{1,38}")
_PREFIX = re.compile(r"[A-Z][A-Z0-9]{1,7}")


def write_skeleton(shelf: Path, key: str, *, title: str, issuer: str, agency_type: str, prefix: str) -> Path:
    """The folder `shelf/key` with its two files. Raises `Refused` where there is one, `Malformed` for a name it cannot be."""
    prefix = prefix or re.sub(r"[^A-Z0-9]", "", key.upper())[:4]
    if not _KEY.fullmatch(key):
        raise Malformed(
            f"规则包的名称“{key}”不合要求", do="请用小写字母开头，只含小写字母、数字和连字符，如 qingshi。"
        )
    if not _PREFIX.fullmatch(prefix):
        raise Malformed(
            f"条款编号的前缀“{prefix}”不合要求", do="请用 --prefix 给出二至八个大写字母或数字，如 QSZ。"
        )
    if not title.strip() or '"' in title or '"' in issuer:
        raise Malformed("标题不能为空，标题和机关名也不能含英文引号", do="请照制度的印刷标题填写。")
    folder = shelf / key
    if folder.exists():
        raise Refused(f"{folder} 已经存在，没有改动", do="请换一个名称；要接着写的，直接编辑其中的文件。")
    folder.mkdir(parents=True)
    told = {
        "@KEY": key,
        "@TITLE": title.strip(),
        "@ISSUER": issuer or "（发布机关）",
        "@TYPE": agency_type,
        "@P": prefix,
    }
    for name, text in (("pack.toml", _PACK), ("clauses.toml", _CLAUSES)):
        for mark, value in told.items():
            text = text.replace(mark, value)  # noqa: PLW2901  the same text, mark by mark
        (folder / name).write_text(text, encoding="utf-8")
    problems = review(load_pack(folder)).problems
    if problems:
        raise Malformed(f"写出的规则包没有通过检查：{problems[0]}", do="请报告这一情况。")
    return folder


_CLAUSES = """\
# 条款表：制度的每一款一项。编号 = 前缀-条号，项写 .1、.2，款写 .p2；条文号照印。
# says 用自己的话写一句，不抄原文；原文由本机关在“制度”页附上。
# kind 是条款的类别，如 scope 范围、av-duty 应录、deadline 期限、retention 保存；全部二十二种见 docs/formats/rulepack.md。
# 还没有规则承载的，用 planned = ["register 某台账"] 写明将由什么承载；软件承载不了的，在 pack.toml 里用 [[not_encoded]] 写明理由。

[[clause]]
id      = "@P-1"
article = "第一条"
kind    = "scope"
says    = "（示例）制定目的"

[[clause]]
id      = "@P-2"
article = "第二条"
kind    = "av-duty"
says    = "（示例）现场执法活动应当录音录像"

[[clause]]
id      = "@P-3"
article = "第三条"
kind    = "deadline"
says    = "（示例）录像应当按时入库"

[[clause]]
id      = "@P-4"
article = "第四条"
kind    = "retention"
says    = "（示例）录像的保存期限"
"""

_PACK = """\
# 《@TITLE》的规则包。逐条对照原文改写下面的示例；改一处，运行一次：
#   liuhen pack lint @KEY          检查写法，有错时指出文件、规则和键
#   liuhen pack text @KEY --check 原文.docx   核对每个数是否见于条文
#   liuhen pack simulate @KEY      在真实数据上试算，不作任何改动
# 全部键的说明见 docs/formats/rulepack.md。启用之后的版本不能再改：要改，请换 version。

[pack]
key         = "@KEY"
version     = "1"
title       = "@TITLE"
issuer      = "@ISSUER"
agency_type = "@TYPE"          # police 公安机关、subdistrict 街道办事处、township 乡镇、committee 管理委员会
id_prefix   = "@P"

# 本机关自己的叫法，如 device_keeper = "记录仪管理员"。
[terms]

# 软件承载不了的条款，写明法律人认可的理由。
[[not_encoded]]
clause = "@P-1"
reason = "目的条款，不要求任何人做什么。"

# 条文留白之处：由本机关定的值。default 是我们的默认，why 说明为什么。
[[agency_setting]]
key     = "@KEY-store-within"
label   = "录像入库的期限"
clause  = "@P-3"
why     = "（示例）条文只说按时，没有写多久。"
default = "24h"

# 有疑义的条文怎样理解，写在这里。
# [[reading]]
# id     = "R-1"
# clause = "@P-4"
# how    = "按……理解"
# why    = "理由"

# 现场活动的种类。duty：mandatory 应当记录，mandatory_full 应当全程记录，ask 可以不录但须说明，optional 不要求。
[[activity_type]]
code   = "onsite"
label  = "现场执法"
clause = "@P-2"
duty   = "mandatory"

[[rule]]
id     = "record-onsite"
kind   = "must_record"
clause = "@P-2"
cite   = "第二条"
says   = "（示例）现场执法活动应当录音录像"
duty   = "mandatory"
files_within = { setting = "@KEY-store-within" }   # 到这时还没有文件交来，就作未记录处理

[[rule]]
id     = "store"
kind   = "deadline"
clause = "@P-3"
cite   = "第三条"
says   = "（示例）记录完成后按时入库"
since  = "recording.ended_at"
until  = "recording.stored_at"
within = { setting = "@KEY-store-within" }

[[rule]]
id     = "keep"
kind   = "keeping_period"
clause = "@P-4"
cite   = "第四条"
says   = "（示例）录像至少保存两年"
label  = "一般录像"
term   = [{ since = "recording.ended_at", keep = "2y" }]
"""
