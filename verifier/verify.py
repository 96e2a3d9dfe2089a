#!/usr/bin/env python3
"""核验留痕证据包：python3 verify.py 证据包（文件夹或者 zip） --trust 信任根文件
核验凭条：python3 verify.py 凭条 --original 手中的文件 --trust 信任根文件

只用 Python 3.8 以上的标准库，不联网，不写任何文件。verify.html 与本程序逐项同答；核对什么、怎样核对，见 docs/formats/package.md。
退出码：0 相符；1 有不符；3 内部一致而信任根不足；2 用法不对。
"""

import argparse
import base64
import hashlib
import json
import os
import re
import struct
import sys
import zlib
from datetime import datetime, timedelta

# <checks>
CHECKS = json.loads(
    r"""{
  "sections": {
    "bag": "一、包体",
    "seal": "二、封签与信任根",
    "medium": "三、原始介质",
    "collection": "四、收集提取",
    "checksum": "五、完整性校验值",
    "backup": "六、与备份比对",
    "access": "七、入库以后的访问",
    "documents": "八、文书与签名",
    "log": "九、存证日志与见证",
    "time": "十、可信时间",
    "limits": "十一、本核验不能证明的"
  },
  "checks": {
    "zip.form": ["bag", "bad", "压缩包不合格式：只收未压缩、无加密、无重名、无越界路径的包"],
    "bag.too-many": ["bag", "bad", "文件超过两万个，不是本系统做的证据包，没有往下核对"],
    "voucher.form": ["bag", "bad", "凭条缺少内容、没有扫全或者不合格式"],
    "voucher.signed": ["seal", "ok", "凭条由本机关密钥签署"],
    "voucher.unsigned": ["seal", "bad", "凭条上没有本机关密钥的签名"],
    "voucher.wrong": ["seal", "bad", "凭条上的签名与内容不符"],
    "voucher.received": ["collection", "ok", "凭条所写的音像资料在所写的台账行上登记入库，摘要相同"],
    "voucher.other-line": ["collection", "bad", "所附台账不是这份音像资料的入库登记，或者摘要与凭条所写不同"],
    "voucher.original-fits": ["checksum", "ok", "手中的文件就是凭条所写的那一份：SHA-256、SM3 和字节数都相同"],
    "voucher.original-differs": ["checksum", "bad", "手中的文件不是凭条所写的那一份，或者已被改动"],
    "voucher.no-original": ["checksum", "unknown", "没有提供文件，只核对了凭条本身"],
    "bag.whole": ["bag", "ok", "文件齐全，每个文件的 SHA-256 与清单一致，没有多余文件"],
    "bag.declaration": ["bag", "bad", "bagit.txt 缺失或者内容不对，这不是证据包"],
    "bag.manifest-form": ["bag", "bad", "清单缺失或者不合格式"],
    "bag.info": ["bag", "bad", "bag-info.txt 所记的字节数、文件数与清单中的文件不符"],
    "bag.file-missing": ["bag", "bad", "清单上有这个文件，包里没有"],
    "bag.file-surplus": ["bag", "bad", "包里多出这个文件，清单上没有"],
    "bag.archive-nested": ["bag", "bad", "包里多出一个压缩包，清单上没有"],
    "bag.file-altered": ["bag", "bad", "这个文件的内容与清单上的摘要不符"],
    "package.form": ["bag", "bad", "这个文件缺少内容或者不合格式，无法核对"],
    "package.other-number": ["bag", "bad", "包内各处写的包号不一致"],
    "seal.fits": ["seal", "ok", "封签由本机关密钥签署，签的就是这份清单"],
    "seal.form": ["seal", "bad", "封签缺失或者不合格式"],
    "seal.unsigned": ["seal", "bad", "封签上没有本机关密钥的签名"],
    "seal.wrong": ["seal", "bad", "封签上的签名与内容不符"],
    "seal.other-content": ["seal", "bad", "封签签的是另一份清单：清单或者清单所列的文件在封签以后改过"],
    "trust.outside": ["seal", "ok", "本机关公钥由核验人另行提供"],
    "trust.inside-only": ["seal", "unknown", "核验人没有提供公钥，只能用包内自带的公钥核对：能看出内部是否一致，不能证明是谁做的包"],
    "trust.form": ["seal", "bad", "信任根文件不合格式，或者没有写明本机关公钥（log 一行）"],
    "trust.other-house": ["seal", "bad", "包内的本机关公钥与核验人提供的不同"],
    "trust.policy-differs": ["seal", "note", "包内的见证策略与核验人提供的不同，已按核验人提供的核对"],
    "key.revoked": ["seal", "bad", "签名时间不早于这把公钥的撤销时间"],
    "key.expired": ["seal", "bad", "签名时间不在这把公钥的有效期内"],
    "sm2.fits": ["seal", "ok", "另有本机关的 SM2 签名（SM3），与内容相符"],
    "sm2.none": ["seal", "note", "信任根没有写明本机关的 SM2 公钥，只核对了 Ed25519 签名"],
    "sm2.absent": ["seal", "bad", "信任根写明本机关另以 SM2 签名，这里没有这一签名"],
    "sm2.wrong": ["seal", "bad", "SM2 签名与内容不符，或者写的是别的算法"],
    "list.fits": ["medium", "ok", "采集站在读取之前签名列出的清单上有这个文件，名称和大小一致"],
    "list.none": ["medium", "unknown", "没有采集站签名的介质清单，无法核对原始介质"],
    "list.wrong": ["medium", "bad", "介质清单的签名与内容不符，或者不是登记的采集站签的"],
    "list.no-file": ["medium", "bad", "介质清单上没有这个文件，或者大小不同"],
    "custody.told": ["medium", "note", "保管经过为本机关的陈述，逐段载于 package.json，由封签担保未改"],
    "collection.received": ["collection", "ok", "入库当时即写入存证台账"],
    "collection.no-line": ["collection", "bad", "没有这份音像资料的入库台账"],
    "order.told": ["collection", "ok", "制作本包的申请及其依据已写入存证台账"],
    "order.no-row": ["collection", "bad", "没有制作本包的申请登记"],
    "original.fits": ["checksum", "ok", "SHA-256、SM3 和字节数都与入库时登记的相同"],
    "original.sm3-skipped": ["checksum", "unknown", "SHA-256 相同；这台电脑的 Python 没有快速的 SM3，文件较大，未算 SM3"],
    "original.no-row": ["checksum", "bad", "没有这份音像资料的登记"],
    "original.other-digest": ["checksum", "bad", "内容与入库时登记的摘要不符"],
    "copy.fits": ["checksum", "ok", "遮挡副本的 SHA-256、SM3 和字节数都与制成时登记的相同"],
    "copy.sm3-skipped": ["checksum", "unknown", "遮挡副本的 SHA-256 相同；这台电脑的 Python 没有快速的 SM3，文件较大，未算 SM3"],
    "copy.no-row": ["checksum", "bad", "没有这份遮挡副本的登记"],
    "copy.other-digest": ["checksum", "bad", "遮挡副本的内容与制成时登记的摘要不符"],
    "copy.other-original": ["checksum", "bad", "制成这份副本的台账写的是另一份原件，或者没有写"],
    "copy.compared": ["checksum", "ok", "登记的比对结果：遮挡之外与原件的解码相同，遮挡之内没有留下画面和声音"],
    "copy.not-compared": ["checksum", "bad", "登记里没有比对结果，或者结果说副本与原件不符"],
    "copy.second-person": ["checksum", "ok", "制作以外的另一人看过副本并同意使用"],
    "copy.nobody-else": ["checksum", "bad", "没有另一人同意使用这份副本的登记"],
    "copy.statement-differs": ["checksum", "bad", "遮挡说明（statement.json）与登记的遮挡清单、比对结果不符"],
    "copy.limit": ["checksum", "note", "与原件的比对由制作机关进行并登记；没有原件，在这里不能重做一次"],
    "receipt.fits": ["checksum", "ok", "回执由本机关密钥签署，摘要、大小和台账行号一致"],
    "receipt.form": ["checksum", "bad", "回执缺少内容或者不合格式"],
    "receipt.algorithm": ["checksum", "bad", "回执的签名算法不受承认"],
    "receipt.wrong": ["checksum", "bad", "回执的签名与内容不符，或者不是本机关密钥签的"],
    "receipt.other": ["checksum", "bad", "回执说的是另一份音像资料"],
    "backup.none": ["backup", "unknown", "本包没有备份比对记录，这一项未能核对"],
    "look.told": ["access", "ok", "每次查看的登记都与存证台账一致"],
    "look.none": ["access", "note", "包内没有查看记录：没有查看过，由本机关陈述，不能由本核验证明"],
    "look.not-given": ["access", "note", "本包只有遮挡副本，原件的查看记录没有放进来"],
    "look.no-row": ["access", "bad", "所列的这次查看没有登记"],
    "look.limit": ["access", "note", "只含经由系统的查看；有服务器管理权限的人直接读取文件不在其中"],
    "document.fits": ["documents", "ok", "文书的摘要与定稿时登记的相同"],
    "document.none": ["documents", "unknown", "本包没有定稿的文书"],
    "document.no-row": ["documents", "bad", "没有这份文书的登记"],
    "document.other-digest": ["documents", "bad", "文书内容与定稿时登记的摘要不符"],
    "signature.told": ["documents", "ok", "签名的登记与存证台账一致（笔迹真伪不在核对之列）"],
    "signature.no-document": ["documents", "bad", "这处签名所属的文书不在包内，或者登记不全"],
    "line.in-log": ["log", "ok", "每一行台账都与其承诺一致，并在检查点之下"],
    "line.altered": ["log", "bad", "台账这一行的正文或者盐值与日志中的承诺不符"],
    "line.not-in-log": ["log", "bad", "台账这一行的存在证明与检查点不符"],
    "row.fits": ["log", "ok", "每一项登记的每个字段都与台账一致"],
    "row.no-line": ["log", "bad", "这项登记没有对应的台账"],
    "row.field-differs": ["log", "bad", "登记的这个字段与台账不符"],
    "row.outdated": ["log", "bad", "包内另有说到这一项的更新的台账，这不是最后的登记"],
    "row.withheld": ["log", "note", "这些字段未交出，只有摘要"],
    "checkpoint.signed": ["log", "ok", "检查点由本机关密钥签署"],
    "checkpoint.form": ["log", "bad", "检查点缺失、不合格式，或者属于另一本日志"],
    "checkpoint.unsigned": ["log", "bad", "检查点没有本机关密钥的签名"],
    "checkpoint.wrong": ["log", "bad", "检查点的签名与内容不符"],
    "witness.cosigned": ["log", "ok", "见证单位已会签这一检查点"],
    "witness.absent": ["log", "note", "见证单位没有会签这一检查点"],
    "witness.wrong": ["log", "bad", "会签与检查点不符"],
    "witness.quorum-met": ["log", "ok", "会签满足见证策略"],
    "witness.quorum-unmet": ["log", "bad", "会签不满足见证策略"],
    "witness.nobody": ["log", "unknown", "未见证：没有外部见证单位，日志是否另有一套无从核对"],
    "policy.altered": ["log", "bad", "包内的见证策略与台账登记的不符"],
    "time.fits": ["time", "ok", "时间戳盖的就是这一检查点，签名与所附证书相符，证书当时有效"],
    "time.none": ["time", "unknown", "本包没有可信时间戳"],
    "time.chain-fits": ["time", "ok", "时间戳的证书链到核验人提供的根证书，每一张当时有效、由上一张签发；撤销状态未核对"],
    "time.chain": ["time", "unknown", "核验人没有提供时间戳机构的根证书（信任根文件的 root 一行），证书链和撤销状态未核对"],
    "time.chain-wrong": ["time", "bad", "时间戳的证书链不到核验人提供的根证书，或者链上有一张不作数"],
    "time.purpose": ["time", "bad", "签发时间戳的证书不是专供签发时间戳的"],
    "time.form": ["time", "bad", "时间戳不合格式"],
    "time.algorithm": ["time", "bad", "时间戳的算法不受承认"],
    "time.other-content": ["time", "bad", "时间戳盖的是另一份内容"],
    "time.wrong": ["time", "bad", "时间戳的签名与内容不符"],
    "time.expired": ["time", "bad", "时间戳签发时证书不在有效期内"],
    "time.other-log": ["time", "bad", "盖时间戳的检查点不是本日志的，或者不是这一检查点的开头"],
    "limits.scene": ["limits", "note", "不证明画面属实：摄像机在第一次入库之前所说的时间和内容，只能由其他证据印证"],
    "limits.complete": ["limits", "note", "不证明没有别的记录：包内只有所列的台账行，未列的行内容不公开"],
    "limits.identity": ["limits", "note", "不证明签名的笔迹、按下快门的人是谁"],
    "limits.plain": ["limits", "note", "不能阻止有服务器最高权限的人停止系统，或者在回执之前不收"],
    "limits.verifier": ["limits", "note", "包里附的核验程序也可能被换掉：请用另行取得的核验程序复核一次"]
  }
}"""
)
# </checks>

PIECE = 1 << 20
MOST_JSON = 64 << 20
MOST_NAMES = 64 << 20
MOST_FILES = 20000
MOST_PARTS = 1000000
SLOW_SM3 = 32 << 20
TEXT_MARK = "— "
MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z")
BASE64 = re.compile(r"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/][AQgw]==|[A-Za-z0-9+/]{2}[AEIMQUYcgkosw048]=)?")
MANIFEST_LINE = re.compile(r"([0-9a-f]{64})  ([A-Za-z0-9._/-]+)")
INTEGER = re.compile(r"0|[1-9][0-9]{0,14}")
OXUM = re.compile(r"Payload-Oxum: ([0-9]{1,15})\.([0-9]{1,15})")
ARCHIVE = (".zip", ".7z", ".rar", ".tar", ".gz", ".tgz", ".bz2", ".xz")
DECLARATION = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
SEAL_HEAD = "liuhen-package-v1"
WITH_COPIES = "liuhen-package-v2"
CAME = ("recording.received", "recording.quarantined")
MANIFEST, TAGS, SEAL, INFO = "manifest-sha256.txt", "tagmanifest-sha256.txt", "seal.txt", "bag-info.txt"
PACKAGE, LINES, ROWS = "data/package.json", "data/journal/lines.json", "data/journal/rows.json"
CHECKPOINT, HOUSE, POLICY = "data/journal/checkpoint.txt", "data/trust/house.txt", "data/trust/policy.txt"

# 每个 JSON 文件的形状：s 字符串，n 非负整数，x 任意，[…] 列表，{…} 恰有这些成员（有 "*" 的可以更多）。
PACKAGE_SHAPE = {
    "format": "s", "number": "s", "agency": "s", "made_at": "s", "subject": {"kind": "s", "id": "s"}, "order": "s",
    "recordings": [{
        "id": "s", "number": "s", "path": "s", "receipt": "s", "list": "s", "marks": ["s"],
        "custody": [{"place": "s", "since": "s", "until": "s", "who": "s", "how": "s", "digest": "s", "checked": "s"}],
    }],
    "documents": [{"id": "s", "number": "s", "path": "s"}],
    "looks": [{"kind": "s", "id": "s"}],
    "stamps": [{"token": "s", "note": "s", "proof": ["s"], "authority": "s"}],
    "policy_line": "n",
}  # fmt: skip
COPIES_SHAPE = [{
    "id": "s", "number": "s", "path": "s", "derived": "s", "answer": "s", "original": {"number": "s", "sha256": "s", "sm3": "s"},
}]  # fmt: skip
# 比对结果里应当是零的各项。
NOTHING = ("differing_outside", "shown_inside", "pictures_missing", "heard_inside")
LINES_SHAPE = [{"number": "n", "salt": "s", "body": "s", "entry": "s", "proof": ["s"]}]
ROWS_SHAPE = [{"kind": "s", "id": "s", "line": "n", "fields": {"*": "s"}, "withheld": ["s"]}]
BODY_SHAPE = {
    "number": "n", "verb": "s", "at": "s", "facts": {"*": "x"},
    "about": [{"kind": "s", "id": "s", "fields": {"*": "x"}}], "*": "x",
}  # fmt: skip
RECEIPT_SHAPE = {
    "state": "s", "recording": "s", "sha256": "s", "sm3": "s", "size": "n", "line": "n", "at": "s", "log": "s",
    "signature": {"algorithm": "s", "key": "s", "value": "s", "*": "x"},
}  # fmt: skip
LIST_SHAPE = {"files": [{"path": "s", "size": "n", "*": "x"}], "*": "x"}
SIGNATURE_SHAPE = {"algorithm": "s", "key": "s", "value": "s"}


class Wrong(Exception):
    """读不成、对不上：由调用者说出是哪一项。"""


class TooMany(Wrong):
    """文件多得不可能是证据包。"""


class Report:
    """逐项的结论。每项：code 代号，where 位置，detail 细节；话和好坏由 CHECKS 定。"""

    def __init__(self):
        self.items, self.package = [], ""

    def say(self, code, where="", detail=""):
        section, state, says = CHECKS["checks"][code]
        self.items.append(
            {"section": section, "code": code, "state": state, "where": where, "says": says, "detail": detail}
        )

    def has(self, *codes):
        return any(item["code"] in codes for item in self.items)

    @property
    def verdict(self):
        if any(item["state"] == "bad" for item in self.items):
            return "broken"
        return "unanchored" if self.has("trust.inside-only", "witness.nobody") else "sound"

    def told(self):
        return {"format": "liuhen-report-v1", "package": self.package, "verdict": self.verdict, "items": self.items}


# ---- 字节与 JSON ----------------------------------------------------------------------------------------------


def text_of(content):
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Wrong from error


def bytes_of(text):
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise Wrong from error


def json_of(text, shape):
    """不大，却有上千万个空成员的 JSON，读进来要占去几 GB：先数一数。"""
    must(text, text.count(",") + text.count("[") + text.count("{") <= MOST_PARTS)
    try:
        return shaped(json.loads(text, parse_constant=refuse), shape)
    except (ValueError, RecursionError) as error:
        raise Wrong from error


def refuse(_constant):
    raise Wrong


def shaped(value, shape):
    """value，确认是这个形状；不是则 Wrong。"""
    if shape == "x":
        return value
    if shape == "s":
        return must(value, isinstance(value, str))
    if shape == "n":
        whole = isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value < 2**53
        return int(must(value, whole and value == int(value)))
    if isinstance(shape, list):
        return [shaped(one, shape[0]) for one in must(value, isinstance(value, list))]
    must(value, isinstance(value, dict))
    missing = any(name != "*" and name not in value for name in shape)
    surplus = "*" not in shape and any(name not in shape for name in value)
    must(value, not missing and not surplus)
    return {name: shaped(one, shape[name] if name in shape and name != "*" else shape["*"]) for name, one in value.items()}


def must(value, holds):
    if not holds:
        raise Wrong
    return value


def few(count):
    if count > MOST_FILES:
        raise TooMany


def unbase64(text):
    must(text, BASE64.fullmatch(text))
    return base64.b64decode(text)


def unhex(text, length):
    must(text, re.fullmatch("[0-9a-f]{%d}" % (2 * length), text))
    return bytes.fromhex(text)


def canonical(value):
    """RFC 8785；成员只有字符串和整数时就是这样。"""
    return bytes_of(json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")))


def moment_of(seconds):
    """1970 年以来的秒数写成时间。"""
    return (datetime(1970, 1, 1) + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%S.000000Z")


def beijing(moment):
    """给人看的北京时间。"""
    if not MOMENT.fullmatch(moment):
        return moment
    try:
        told = datetime.strptime(moment, "%Y-%m-%dT%H:%M:%S.%fZ") + timedelta(hours=8)
    except (ValueError, OverflowError):
        return moment
    return told.strftime("%Y-%m-%d %H:%M:%S").rjust(19, "0")


# ---- 摘要 -----------------------------------------------------------------------------------------------------


def sha256(*pieces):
    return hashlib.sha256(b"".join(pieces)).digest()


class PlainSm3:
    """GB/T 32905，纯 Python：慢，只在 OpenSSL 没有 SM3 时用。"""

    FIRST = (0x7380166F, 0x4914B2B9, 0x172442D7, 0xDA8A0600, 0xA96F30BC, 0x163138AA, 0xE38DEE4D, 0xB0FB0E4E)

    def __init__(self):
        self.state, self.rest, self.size = self.FIRST, b"", 0

    def update(self, piece):
        self.size += len(piece)
        content = self.rest + bytes(piece)
        whole = len(content) - len(content) % 64
        for at in range(0, whole, 64):
            self.state = self.compressed(self.state, content[at : at + 64])
        self.rest = content[whole:]

    def hexdigest(self):
        tail = self.rest + b"\x80" + b"\x00" * ((55 - self.size) % 64) + struct.pack(">Q", self.size * 8)
        state = self.state
        for at in range(0, len(tail), 64):
            state = self.compressed(state, tail[at : at + 64])
        return "".join("%08x" % word for word in state)

    @staticmethod
    def compressed(state, block):
        words = list(struct.unpack(">16I", block))
        for j in range(16, 68):
            x = words[j - 16] ^ words[j - 9] ^ turned(words[j - 3], 15)
            words.append(x ^ turned(x, 15) ^ turned(x, 23) ^ turned(words[j - 13], 7) ^ words[j - 6])
        a, b, c, d, e, f, g, h = state
        for j in range(64):
            t = 0x79CC4519 if j < 16 else 0x7A879D8A
            s1 = turned((turned(a, 12) + e + turned(t, j % 32)) & 0xFFFFFFFF, 7)
            s2 = s1 ^ turned(a, 12)
            ff = a ^ b ^ c if j < 16 else (a & b) | (a & c) | (b & c)
            gg = e ^ f ^ g if j < 16 else (e & f) | (~e & g)
            t1 = (ff + d + s2 + (words[j] ^ words[j + 4])) & 0xFFFFFFFF
            t2 = (gg + h + s1 + words[j]) & 0xFFFFFFFF
            a, b, c, d = t1, a, turned(b, 9), c
            e, f, g, h = t2 ^ turned(t2, 9) ^ turned(t2, 17), e, turned(f, 19), g
        return tuple(x ^ y for x, y in zip(state, (a, b, c, d, e, f, g, h)))


def turned(word, by):
    return ((word << by) | (word >> (32 - by))) & 0xFFFFFFFF if by else word


def has_fast_sm3():
    return "sm3" in hashlib.algorithms_available


def new_sm3():
    return hashlib.new("sm3") if has_fast_sm3() else PlainSm3()


# ---- Ed25519（RFC 8032）---------------------------------------------------------------------------------------

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT = pow(2, (P - 1) // 4, P)


def x_of(y, sign):
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT % P
    must(x, (x * x - square) % P == 0 and (x or not sign))
    return P - x if x % 2 != sign else x


def point_of(encoded):
    number = int.from_bytes(encoded, "little")
    y, sign = number & (2**255 - 1), number >> 255
    must(y, y < P)
    x = x_of(y, sign)
    return x, y, 1, x * y % P


def added(p, q):
    a, b = (p[1] - p[0]) * (q[1] - q[0]) % P, (p[1] + p[0]) * (q[1] + q[0]) % P
    c, d = 2 * p[3] * q[3] * D % P, 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def times(number, point):
    found = (0, 1, 1, 0)
    while number:
        if number & 1:
            found = added(found, point)
        point, number = added(point, point), number >> 1
    return found


BASE_Y = 4 * pow(5, P - 2, P) % P
BASE = (x_of(BASE_Y, 0), BASE_Y, 1, x_of(BASE_Y, 0) * BASE_Y % P)


def ed25519_fits(key, message, signature):
    """签名是不是这把公钥对这段内容的。"""
    if len(key) != 32 or len(signature) != 64:
        return False
    s = int.from_bytes(signature[32:], "little")
    try:
        owner = point_of(key)
    except Wrong:
        return False
    if s >= ORDER:
        return False
    k = int.from_bytes(hashlib.sha512(signature[:32] + key + message).digest(), "little") % ORDER
    x, y, z, _ = added(times(s, BASE), times(ORDER - k, owner))
    inverse = pow(z, P - 2, P)
    x, y = x * inverse % P, y * inverse % P
    return (y | (x & 1) << 255).to_bytes(32, "little") == signature[:32]


# ---- SM2（GB/T 32918.2，曲线见 GB/T 32918.5；签名者身份为 1234567812345678）-------------------------------------

SM2_P = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFF
SM2_B = 0x28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93
SM2_ORDER = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123
SM2_BASE = (
    0x32C4AE2C1F1981195F9904466A39C9948FE30BBFF2660BE1715A4589334C74C7,
    0xBC3736A2F4F6779C59BDCEE36B692153D0A9877CC62A474002DF32E52139F0A0,
)


def sm3(*pieces):
    found = new_sm3()
    for piece in pieces:
        found.update(piece)
    return bytes.fromhex(found.hexdigest())


def sm2_owner(key):
    """公钥在曲线上的点；不在则 None。曲线的 a 是 p 减 3，与下面时间戳所用的曲线一样。"""
    x, y = int.from_bytes(key[1:33], "big"), int.from_bytes(key[33:], "big")
    fits = len(key) == 65 and key[0] == 4 and x < SM2_P and y < SM2_P and (y * y - x**3 + 3 * x - SM2_B) % SM2_P == 0
    return (x, y) if fits else None


def sm2_fits(key, message, signature):
    """签名 r ‖ s 是不是这把公钥（04 ‖ x ‖ y）对这段内容的。"""
    owner = sm2_owner(key)
    if owner is None or len(signature) != 64:
        return False
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    t = (r + s) % SM2_ORDER
    if not (0 < r < SM2_ORDER and 0 < s < SM2_ORDER and t):
        return False
    curve = b"".join(number.to_bytes(32, "big") for number in (SM2_P - 3, SM2_B, *SM2_BASE))
    z = sm3(b"\x00\x80", b"1234567812345678", curve, key[1:])
    e = int.from_bytes(sm3(z, message), "big")
    found = curve_sum(SM2_P, curve_times(SM2_P, s, SM2_BASE), curve_times(SM2_P, t, owner))
    return found is not None and (e + found[0]) % SM2_ORDER == r


# ---- 日志（RFC 6962）------------------------------------------------------------------------------------------


def node(left, right):
    return sha256(b"\x01", left, right)


def is_included(proof, entry, index, size, root):
    if not 0 <= index < size:
        return False
    here, last, found = index, size - 1, sha256(b"\x00", entry)
    for step in proof:
        if last == 0:
            return False
        if here & 1 or here == last:
            found = node(step, found)
            while not here & 1 and here:
                here, last = here >> 1, last >> 1
        else:
            found = node(found, step)
        here, last = here >> 1, last >> 1
    return last == 0 and found == root


def is_consistent(proof, old, new, old_root, new_root):
    if not 0 < old <= new:
        return False
    if old == new:
        return not proof and old_root == new_root
    steps = list(proof) if old & (old - 1) else [old_root, *proof]
    if not steps:
        return False
    here, last = old - 1, new - 1
    while here & 1:
        here, last = here >> 1, last >> 1
    found_old = found_new = steps[0]
    for step in steps[1:]:
        if last == 0:
            return False
        if here & 1 or here == last:
            found_old, found_new = node(step, found_old), node(step, found_new)
            while not here & 1 and here:
                here, last = here >> 1, last >> 1
        else:
            found_new = node(found_new, step)
        here, last = here >> 1, last >> 1
    return last == 0 and found_old == old_root and found_new == new_root


# ---- 签名文本、公钥、策略（C2SP signed-note、tlog-checkpoint、tlog-cosignature、tlog-policy）----------------------


class Key:
    """name+编号+base64；kind 1 为本机关、采集站，4 为见证单位，2 为本机关的 SM2 公钥。"""

    MARKS = {1: (b"\x01", 32), 2: (b"\xffliuhen/sm2-with-sm3\n", 65), 4: (b"\x04", 32)}

    def __init__(self, text, kind):
        parts = text.split("+", 2)
        must(parts, len(parts) == 3 and parts[0] and not any(char <= " " for char in parts[0]))
        raw = unbase64(parts[2])
        mark, length = self.MARKS[kind]
        must(raw, len(raw) == len(mark) + length and raw.startswith(mark))
        self.text, self.name, self.kind, self.raw = text, parts[0], kind, raw[len(mark) :]
        must(raw, kind != 2 or sm2_owner(self.raw))
        self.id = sha256(bytes_of(self.name), b"\n", raw)[:4]
        must(parts, parts[1] == self.id.hex())

    def signatures(self, lines):
        """这把公钥名下的签名，未核对。"""
        found = []
        for line in lines.split("\n"):
            name, _, encoded = line[len(TEXT_MARK) :].rpartition(" ")
            if line.startswith(TEXT_MARK) and name == self.name and BASE64.fullmatch(encoded):
                raw = base64.b64decode(encoded)
                if raw[:4] == self.id:
                    found.append(raw[4:])
        return found


def note_of(content):
    """正文、签名行。"""
    note = text_of(content)
    text, mark, lines = note.rpartition("\n\n")
    must(note, mark and lines.count("\n") <= 100 and not any(char < " " and char != "\n" for char in note))
    return text + "\n", lines


def checkpoint_of(text):
    """来源、大小、根。"""
    lines = text.split("\n")
    must(lines, len(lines) >= 4 and lines[0] and INTEGER.fullmatch(lines[1]) and "" not in lines[3:-1])
    root = unbase64(lines[2])
    must(root, len(root) == 32)
    return lines[0], int(lines[1]), root


class Trust:
    """信任根：本机关公钥、见证单位、几家为足，以及撤销和有效期。"""

    def __init__(self, text):
        self.house, self.witnesses, self.groups, self.quorum = None, {}, {}, ""
        self.revoked, self.valid, self.rules, self.also, self.roots = {}, {}, [], [], []
        for line in text.split("\n"):
            words = [word for word in line.replace("\t", " ").split(" ") if word]
            if words[:2] == ["#", "liuhen:"]:
                self.limit(words[2:])
            elif words and not words[0].startswith("#"):
                self.take(words[0], words[1:])
        must(self.quorum, self.quorum)

    def take(self, kind, rest):
        if kind == "log" and len(rest) in (1, 2) and self.house is None:
            self.house = Key(rest[0], 1)
            return
        if kind == "witness" and len(rest) in (2, 3):
            self.new(rest[0])
            key = Key(rest[1], 4)
            must(key, all(key.raw != other.raw for other in self.witnesses.values()))
            self.witnesses[rest[0]] = key
            rest = rest[:2]
        elif kind == "group" and len(rest) >= 3:
            self.new(rest[0])
            must(rest, all(name in self.witnesses or name in self.groups for name in rest[2:]))
            least = {"all": str(len(rest) - 2), "any": "1"}.get(rest[1], rest[1])
            must(least, INTEGER.fullmatch(least) and 1 <= int(least) <= len(rest) - 2)
            self.groups[rest[0]] = (int(least), rest[2:])
        else:
            must(rest, kind == "quorum" and len(rest) == 1 and not self.quorum)
            must(rest, rest[0] == "none" or rest[0] in self.witnesses or rest[0] in self.groups)
            self.quorum = rest[0]
        self.rules.append([kind, *rest])

    def new(self, name):
        must(name, name != "none" and name not in self.witnesses and name not in self.groups)

    def limit(self, words):
        if words[:1] == ["root"]:
            must(words, len(words) == 2)
            self.roots.append(unbase64(words[1]))
            return
        must(words, len(words) in (3, 4) and all(MOMENT.fullmatch(moment) for moment in words[2:]))
        must(words, (words[0], len(words)) in (("revoked", 3), ("valid", 4), ("also", 3)))
        if words[0] == "also":
            self.also.append((words[2], Key(words[1], 2)))
            return
        (self.revoked if words[0] == "revoked" else self.valid)[words[1]] = words[2:]

    def fault_of(self, key, moment):
        """这把公钥在这一时刻为何不作数；作数则为空。"""
        if key.text in self.revoked and moment >= self.revoked[key.text][0]:
            return "key.revoked"
        since, until = self.valid.get(key.text, ("", "~"))
        return "" if since <= moment <= until else "key.expired"

    def twin_at(self, moment):
        """这一时刻本机关同时用来签名的 SM2 公钥；还没有的为 None。"""
        found = [key for since, key in sorted(self.also, key=lambda one: one[0]) if since <= moment]
        return found[-1] if found else None

    def suffices(self, names, rule=None):
        rule = rule or self.quorum
        if rule not in self.groups:
            return rule in names
        least, members = self.groups[rule]
        return sum(self.suffices(names, member) for member in members) >= least


# ---- 时间戳（RFC 3161；只读 DER）--------------------------------------------------------------------------------

HASHES = {"2.16.840.1.101.3.4.2.1": "sha256", "2.16.840.1.101.3.4.2.2": "sha384", "2.16.840.1.101.3.4.2.3": "sha512"}
RSA_SIGNED = {"1.2.840.113549.1.1.1": "", "1.2.840.113549.1.1.11": "sha256", "1.2.840.113549.1.1.12": "sha384",
              "1.2.840.113549.1.1.13": "sha512"}  # fmt: skip
EC_SIGNED = {"1.2.840.10045.4.3.2": "sha256", "1.2.840.10045.4.3.3": "sha384", "1.2.840.10045.4.3.4": "sha512"}
RSA_HEAD = {
    "sha256": "3031300d060960864801650304020105000420", "sha384": "3041300d060960864801650304020205000430",
    "sha512": "3051300d060960864801650304020305000440",
}  # fmt: skip
CURVES = {
    "1.2.840.10045.3.1.7": (
        0xFFFFFFFF00000001000000000000000000000000FFFFFFFFFFFFFFFFFFFFFFFF,
        0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B,
        0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551,
        (0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
         0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5), 32,
    ),
    "1.3.132.0.34": (
        0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEFFFFFFFF0000000000000000FFFFFFFF,
        0xB3312FA7E23EE7E4988E056BE3F82D19181D9C6EFE8141120314088F5013875AC656398D8A2ED19D2A85C8EDD3EC2AEF,
        0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFC7634D81F4372DDF581A0DB248B0A77AECEC196ACCC52973,
        (0xAA87CA22BE8B05378EB1C71EF320AD746E1D3B628BA79B9859F741E082542A385502F25DBF55296C3A545E3872760AB7,
         0x3617DE4A96262C6F5D9E98BF9292DC29F8F41DBD289A147CE9DA3113B5F0B8C00A60B1CE1D7E819D7A431D7C90EA0E5F), 48,
    ),
}  # fmt: skip


def der(content, at=0):
    """一个元素：标记、整个元素、内容、下一个从哪里起。"""
    must(content, at + 2 <= len(content))
    tag, length, begin = content[at], content[at + 1], at + 2
    if length >= 0x80:
        count = length & 0x7F
        must(count, 1 <= count <= 4 and begin + count <= len(content))
        length, begin = int.from_bytes(content[begin : begin + count], "big"), begin + count
    end = begin + length
    must(end, end <= len(content))
    return tag, content[at:end], content[begin:end], end


def parts_of(content):
    """内容里的各个元素：标记、整个元素、内容。"""
    found, at = [], 0
    while at < len(content):
        tag, whole, inner, at = der(content, at)
        found.append((tag, whole, inner))
    return found


def part(parts, index, tag):
    must(parts, index < len(parts) and parts[index][0] == tag)
    return parts[index][2]


def oid_of(content):
    must(content, content and content[-1] < 0x80)
    numbers, value = [], 0
    for byte in content:
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            numbers.append(value)
            value = 0
    first = min(numbers[0] // 40, 2)
    return ".".join(map(str, [first, numbers[0] - 40 * first, *numbers[1:]]))


def time_of(tag, content):
    told = content.decode("ascii", "replace")
    if tag == 0x17:
        told = ("20" if told[:2] < "50" else "19") + told
    must(told, tag in (0x17, 0x18) and re.fullmatch(r"[0-9]{14}(\.[0-9]+)?Z", told))
    return "%s-%s-%sT%s:%s:%s.000000Z" % (told[:4], told[4:6], told[6:8], told[8:10], told[10:12], told[12:14])


class Token:
    """时间戳里说的：盖的摘要、时间、签名人、签名。"""

    def __init__(self, content):
        tag, whole, inner, end = der(content)
        must(end, tag == 0x30 and end == len(content))
        outer = parts_of(inner)
        must(outer, oid_of(part(outer, 0, 0x06)) == "1.2.840.113549.1.7.2")
        signed = parts_of(part(parts_of(part(outer, 1, 0xA0)), 0, 0x30))
        body = parts_of(part(signed, 2, 0x30))
        must(body, oid_of(part(body, 0, 0x06)) == "1.2.840.113549.1.9.16.1.4")
        self.body = part(parts_of(part(body, 1, 0xA0)), 0, 0x04)
        told = parts_of(part(parts_of(self.body), 0, 0x30))
        imprint = parts_of(part(told, 2, 0x30))
        self.imprint_hash = oid_of(part(parts_of(part(imprint, 0, 0x30)), 0, 0x06))
        self.imprint = part(imprint, 1, 0x04)
        self.at = time_of(0x18, part(told, 4, 0x18))
        self.certificates = [whole for tag, whole, _ in parts_of(part(signed, 3, 0xA0)) if tag == 0x30]
        signers = parts_of(part(signed, len(signed) - 1, 0x31))
        must(signers, len(signers) == 1)
        self.signer(parts_of(part(signers, 0, 0x30)))

    def signer(self, parts):
        self.hash = oid_of(part(parts_of(part(parts, 2, 0x30)), 0, 0x06))
        self.covered = b"\x31" + parts[3][1][1:]
        self.attributes = {}
        for _, _, inner in parts_of(part(parts, 3, 0xA0)):
            attribute = parts_of(inner)
            values = parts_of(part(attribute, 1, 0x31))
            name = oid_of(part(attribute, 0, 0x06))
            must(values, len(values) == 1 and name not in self.attributes)
            self.attributes[name] = values[0]
        self.algorithm = oid_of(part(parts_of(part(parts, 4, 0x30)), 0, 0x06))
        self.signature = part(parts, 5, 0x04)

    def certificate(self):
        """签名属性所指的那张证书。"""
        found = self.certificates
        must(found, "1.2.840.113549.1.9.16.2.47" in self.attributes or "1.2.840.113549.1.9.16.2.12" in self.attributes)
        for name, usual in (("1.2.840.113549.1.9.16.2.47", "sha256"), ("1.2.840.113549.1.9.16.2.12", "sha1")):
            if name in self.attributes:
                bound = parts_of(part(parts_of(part(parts_of(self.attributes[name][2]), 0, 0x30)), 0, 0x30))
                named = HASHES.get(oid_of(part(parts_of(bound[0][2]), 0, 0x06)), "") if bound[0][0] == 0x30 else usual
                digest = part(bound, 1 if bound[0][0] == 0x30 else 0, 0x04)
                found = [one for one in found if named and hashlib.new(named, one).digest() == digest]
        must(found, found)
        return found[0]


def token_fault(token, stamped):
    """时间戳哪里不对；没有则为空。"""
    if token.imprint_hash not in HASHES or token.hash not in HASHES:
        return "time.algorithm"
    if hashlib.new(HASHES[token.imprint_hash], stamped).digest() != token.imprint:
        return "time.other-content"
    attributes, name = token.attributes, HASHES[token.hash]
    kind, told = attributes.get("1.2.840.113549.1.9.3"), attributes.get("1.2.840.113549.1.9.4")
    if not kind or kind[2].hex() != "2a864886f70d0109100104" or not told or told[2] != hashlib.new(name, token.body).digest():
        return "time.wrong"
    tbs = parts_of(part(parts_of(part(parts_of(token.certificate()), 0, 0x30)), 0, 0x30))
    first = 1 if tbs[0][0] == 0xA0 else 0
    since, until = (time_of(tag, inner) for tag, _, inner in parts_of(part(tbs, first + 3, 0x30)))
    fault = key_fault(parts_of(part(tbs, first + 5, 0x30)), token, name)
    return fault or ("" if since <= token.at <= until else "time.expired")


def key_fault(key, token, name):
    algorithm = parts_of(part(key, 0, 0x30))
    bits = part(key, 1, 0x03)[1:]
    kind, digest = oid_of(part(algorithm, 0, 0x06)), hashlib.new(name, token.covered).digest()
    if kind == "1.2.840.113549.1.1.1" and RSA_SIGNED.get(token.algorithm) in ("", name):
        numbers = parts_of(part(parts_of(bits), 0, 0x30))
        modulus, exponent = (int.from_bytes(part(numbers, index, 0x02), "big") for index in (0, 1))
        if modulus.bit_length() < 2048:
            return "time.algorithm"
        return "" if rsa_fits(modulus, exponent, name, digest, token.signature) else "time.wrong"
    curve = oid_of(part(algorithm, 1, 0x06)) if kind == "1.2.840.10045.2.1" else ""
    if curve not in CURVES or EC_SIGNED.get(token.algorithm) != name:
        return "time.algorithm"
    return "" if ecdsa_fits(CURVES[curve], bits, digest, token.signature) else "time.wrong"


class Certificate:
    """一张证书里链条要用的：谁签发、签给谁、何时有效、公钥、能不能签发、专供什么。"""

    def __init__(self, content):
        tag, self.whole, inner, end = der(content)
        outer = parts_of(inner)
        must(end, tag == 0x30 and end == len(content) and len(outer) == 3)
        tbs = parts_of(part(outer, 0, 0x30))
        first = 1 if tbs and tbs[0][0] == 0xA0 else 0
        term = parts_of(part(tbs, first + 3, 0x30))
        must(term, len(term) == 2)
        self.since, self.until = (time_of(tag, inner) for tag, _, inner in term)
        part(tbs, first + 2, 0x30), part(tbs, first + 4, 0x30)
        self.issuer, self.subject = tbs[first + 2][1], tbs[first + 4][1]
        self.key = parts_of(part(tbs, first + 5, 0x30))
        self.covered, self.signature = outer[0][1], part(outer, 2, 0x03)[1:]
        self.algorithm = oid_of(part(parts_of(part(outer, 1, 0x30)), 0, 0x06))
        self.extensions = {}
        for tag, _, inner in tbs[first + 6 :]:
            if tag == 0xA3:
                for _, _, one in parts_of(part(parts_of(inner), 0, 0x30)):
                    told = parts_of(one)
                    name, critical = oid_of(part(told, 0, 0x06)), len(told) == 3 and part(told, 1, 0x01) == b"\xff"
                    self.extensions[name] = (critical, part(told, len(told) - 1, 0x04))

    def is_for_time(self):
        critical, told = self.extensions.get("2.5.29.37", (False, b""))
        return critical and told.hex() == "300a06082b06010505070308"

    def may_issue(self, depth):
        """中间证书：写明可以签发证书，下面的层数没有超过它所限的。"""
        told, usage = (self.extensions.get(name, (False, b""))[1] for name in ("2.5.29.19", "2.5.29.15"))
        if not told or not usage:
            return False
        basic, bits = parts_of(part(parts_of(told), 0, 0x30)), part(parts_of(usage), 0, 0x03)
        if not basic or basic[0][0] != 0x01 or basic[0][2] != b"\xff" or len(bits) < 2 or not bits[1] & 0x04:
            return False
        return len(basic) == 1 or int.from_bytes(part(basic, 1, 0x02), "big") >= depth

    def issued(self, other):
        name = RSA_SIGNED.get(other.algorithm) or EC_SIGNED.get(other.algorithm)
        return bool(name) and other.issuer == self.subject and other.whole != self.whole and not key_fault(self.key, other, name)


def chain_fault(token, roots):
    """证书链到不到给的根证书；roots 是各根证书的字节。"""
    here = Certificate(token.certificate())
    if not here.is_for_time():
        return "time.purpose"
    if not roots:
        return "time.chain"
    given, others = [Certificate(one) for one in roots], [Certificate(one) for one in token.certificates]
    for depth in range(6):
        if not here.since <= token.at <= here.until:
            return "time.chain-wrong"
        if any(here.whole == one.whole for one in given):
            return "time.chain-fits"
        above = [one for one in given if one.issued(here)]
        if above:
            return "time.chain-fits" if any(one.since <= token.at <= one.until for one in above) else "time.chain-wrong"
        above = [one for one in others if one.issued(here)]
        if not above or not above[0].may_issue(depth):
            return "time.chain-wrong"
        here = above[0]
    return "time.chain-wrong"


def rsa_fits(modulus, exponent, name, digest, signature):
    length = (modulus.bit_length() + 7) // 8
    tail = bytes.fromhex(RSA_HEAD[name]) + digest
    wanted = b"\x00\x01" + b"\xff" * (length - len(tail) - 3) + b"\x00" + tail
    number = int.from_bytes(signature, "big")
    return len(signature) == length and number < modulus and pow(number, exponent, modulus).to_bytes(length, "big") == wanted


def ecdsa_fits(curve, point, digest, signature):
    p, b, order, base, width = curve
    numbers = parts_of(part(parts_of(signature), 0, 0x30))
    r, s = (int.from_bytes(part(numbers, index, 0x02), "big") for index in (0, 1))
    if not (0 < r < order and 0 < s < order and len(point) == 2 * width + 1 and point[0] == 4):
        return False
    owner = (int.from_bytes(point[1 : width + 1], "big"), int.from_bytes(point[width + 1 :], "big"))
    if owner[0] >= p or owner[1] >= p or (owner[1] ** 2 - owner[0] ** 3 + 3 * owner[0] - b) % p:
        return False
    number = int.from_bytes(digest[:width], "big")
    inverse = pow(s, order - 2, order)
    found = curve_sum(p, curve_times(p, number * inverse % order, base), curve_times(p, r * inverse % order, owner))
    return found is not None and found[0] % order == r


def curve_sum(p, one, other):
    if one is None or other is None:
        return one or other
    if one[0] == other[0]:
        if (one[1] + other[1]) % p == 0:
            return None
        slope = (3 * one[0] ** 2 - 3) * pow(2 * one[1], p - 2, p) % p
    else:
        slope = (other[1] - one[1]) * pow(other[0] - one[0], p - 2, p) % p
    x = (slope * slope - one[0] - other[0]) % p
    return x, (slope * (one[0] - x) - one[1]) % p


def curve_times(p, number, point):
    found = None
    while number:
        if number & 1:
            found = curve_sum(p, found, point)
        point, number = curve_sum(p, point, point), number >> 1
    return found


# ---- 包里的文件 -------------------------------------------------------------------------------------------------


class Folder:
    """解开的包。符号链接和不是普通文件的，一概当作没有。"""

    def __init__(self, root):
        self.root, self.sizes = root, {}
        for folder, _, names in os.walk(root):
            for name in names:
                path = os.path.join(folder, name)
                if os.path.isfile(path) and not os.path.islink(path):
                    few(len(self.sizes) + 1)
                    self.sizes[os.path.relpath(path, root).replace(os.sep, "/")] = os.path.getsize(path)

    def pieces(self, path):
        with open(os.path.join(self.root, *path.split("/")), "rb") as file:
            while True:
                piece = file.read(PIECE)
                if not piece:
                    return
                yield piece


class Zipped:
    """没有解开的包：只读本系统写的那种 zip（不压缩、逐个相接、无重名）。其余一概 Wrong。"""

    def __init__(self, file, length):
        self.file, self.sizes, self.begins = file, {}, {}
        count, size, begin = self.ending(length)
        few(count)
        names = self.read(begin, size)
        at, here = 0, 0
        for _ in range(count):
            name, found, offset, at = self.entry(names, at)
            must(offset, offset == here)
            here = self.local(offset, name, found)
        must(at, at == size and here == begin)

    def read(self, at, count):
        must(count, 0 <= at and 0 <= count <= MOST_NAMES)
        self.file.seek(at)
        content = self.file.read(count)
        must(content, len(content) == count)
        return content

    def ending(self, length):
        """有几个文件，目录多长、从哪里起。"""
        _, disk, first, here, count, size, begin, comment = struct.unpack("<4s4H2LH", self.read(length - 22, 22))
        must(disk, self.read(length - 22, 4) == b"PK\x05\x06" and (disk, first, comment) == (0, 0, 0))
        must(count, here == count)
        if 0xFFFF not in (count,) and 0xFFFFFFFF not in (size, begin):
            must(size, begin + size + 22 == length)
            return count, size, begin
        mark, _, at, _ = struct.unpack("<4sLQL", self.read(length - 42, 20))
        must(mark, mark == b"PK\x06\x07" and at == length - 98)
        end = struct.unpack("<4sQ2H2L4Q", self.read(at, 56))
        must(end, end[0] == b"PK\x06\x06" and end[6] == end[7] and end[8] + end[9] == at)
        return end[7], end[8], end[9]

    def entry(self, names, at):
        """目录中的一项：名称、大小、从哪里起、下一项。"""
        must(at, at + 46 <= len(names))
        told = struct.unpack("<4s6H3L5H2L", names[at : at + 46])
        flags, method, packed, size, n, m, k, offset = told[3], told[4], told[8], told[9], told[10], told[11], told[12], told[16]
        must(told, told[0] == b"PK\x01\x02" and flags in (0, 0x800) and method == 0 and packed == size and k == 0)
        name, extra = names[at + 46 : at + 46 + n], names[at + 46 + n : at + 46 + n + m]
        must(name, len(name) == n and len(extra) == m and re.fullmatch(rb"[^/\x00-\x1f\\]+/[A-Za-z0-9._/-]+", name))
        wide = [field for field in (size, packed, offset) if field == 0xFFFFFFFF]
        if wide:
            must(extra, len(extra) == 4 + 8 * len(wide) and extra[:4] == struct.pack("<2H", 1, 8 * len(wide)))
            given = iter(struct.unpack("<%dQ" % len(wide), extra[4:]))
            size = next(given) if size == 0xFFFFFFFF else size
            packed = next(given) if packed == 0xFFFFFFFF else packed
            offset = next(given) if offset == 0xFFFFFFFF else offset
            must(size, size == packed)
        return name, size, offset, at + 46 + n + m

    def local(self, offset, name, size):
        """数据之前的那一项必须与目录相同；返回数据之后的位置。"""
        told = struct.unpack("<4s5H3L2H", self.read(offset, 30))
        must(told, told[0] == b"PK\x03\x04" and told[2] in (0, 0x800) and told[3] == 0 and told[9] == len(name))
        must(name, self.read(offset + 30, len(name)) == name)
        path = name.partition(b"/")[2].decode("ascii")
        must(path, path not in self.sizes and all(step not in ("", ".", "..") for step in path.split("/")))
        self.sizes[path], self.begins[path] = size, offset + 30 + len(name) + told[10]
        return self.begins[path] + size

    def pieces(self, path):
        self.file.seek(self.begins[path])
        left = self.sizes[path]
        while left:
            piece = self.file.read(min(PIECE, left))
            must(piece, piece)
            left -= len(piece)
            yield piece


# ---- 逐项核对 -------------------------------------------------------------------------------------------------


class Check:
    """一次核对：包、信任根、结论。"""

    brings_policy = True

    def __init__(self, tree, trust, progress=None):
        self.tree, self.outside, self.report, self.progress = tree, trust, Report(), progress
        self.trust, self.package, self.lines, self.rows = None, None, {}, {}
        self.bodies, self.checkpoint, self.standing, self.digests = {}, None, "", {}

    def run(self):
        say = self.report.say
        self.bag()
        self.roots()
        try:
            told = json_of(self.text(PACKAGE), {"format": "s", "*": "x"})
            shape = dict(PACKAGE_SHAPE, copies=COPIES_SHAPE) if told["format"] == WITH_COPIES else PACKAGE_SHAPE
            told = shaped(told, shape)
            must(told, told["format"] in (SEAL_HEAD, WITH_COPIES) and MOMENT.fullmatch(told["made_at"]))
            self.package, self.report.package = told, told["number"]
        except Wrong:
            say("package.form", PACKAGE)
        self.seal()
        self.point()
        self.entries()
        self.registered()
        if self.package:
            self.orders()
            self.originals()
            self.copies()
            self.papers()
            self.looks()
            self.witnessed()
            self.stamps()
            self.dates()
        for code in sorted(CHECKS["checks"]):
            if code.startswith("limits."):
                say(code)
        return self.report

    def content(self, path):
        must(path, path in self.tree.sizes and self.tree.sizes[path] <= MOST_JSON)
        return b"".join(self.tree.pieces(path))

    def text(self, path):
        return text_of(self.content(path))

    # ---- 包体

    def bag(self):
        say = self.report.say
        try:
            declared = self.content("bagit.txt") == DECLARATION
        except Wrong:
            declared = False
        if not declared:
            say("bag.declaration", "bagit.txt")
        payload, tags = self.manifest(MANIFEST), self.manifest(TAGS)
        listed = dict(payload)
        listed.update(tags)
        listed.pop(MANIFEST, None)
        for path in sorted(listed):
            self.file(path, listed[path])
        if tags.get(MANIFEST) != self.digest_of(MANIFEST):
            say("bag.file-altered" if MANIFEST in self.tree.sizes else "bag.file-missing", MANIFEST)
        for path in sorted(set(self.tree.sizes) - set(listed) - {MANIFEST, TAGS, SEAL}):
            say("bag.archive-nested" if path.lower().endswith(ARCHIVE) else "bag.file-surplus", path)
        self.information(payload)
        if not any(item["state"] == "bad" for item in self.report.items):
            say("bag.whole", "", "%d 个文件，%d 字节" % (len(listed) + 3, sum(self.tree.sizes.values())))

    def manifest(self, name):
        found = {}
        try:
            text = self.text(name)
            must(text, text.count("\n") <= MOST_FILES)
            lines = text.split("\n")
            must(lines, lines.pop() == "")
            for line in lines:
                told = MANIFEST_LINE.fullmatch(line)
                must(line, told)
                path = told.group(2)
                must(path, path not in found and all(step not in ("", ".", "..") for step in path.split("/")))
                must(path, path.startswith("data/") == (name == MANIFEST) and path not in (TAGS, SEAL))
                found[path] = told.group(1)
        except Wrong:
            self.report.say("bag.manifest-form", name)
        return found

    def file(self, path, wanted):
        if path not in self.tree.sizes:
            self.report.say("bag.file-missing", path)
        elif self.digest_of(path) != wanted:
            self.report.say("bag.file-altered", path)

    def digest_of(self, path):
        """SHA-256；原件同时算 SM3，只读一遍。"""
        if path not in self.tree.sizes:
            return None
        if path not in self.digests:
            one, size = hashlib.sha256(), self.tree.sizes[path]
            both = path.startswith(("data/originals/", "data/copies/", "data/documents/")) and (has_fast_sm3() or size <= SLOW_SM3)
            other = new_sm3() if both else None
            for piece in self.tree.pieces(path):
                one.update(piece)
                if other:
                    other.update(piece)
                if self.progress:
                    self.progress(path, len(piece))
            self.digests[path] = (one.hexdigest(), other.hexdigest() if other else "")
        return self.digests[path][0]

    def information(self, payload):
        try:
            told = [line for line in map(OXUM.fullmatch, self.text(INFO).split("\n")) if line]
            must(told, len(told) == 1)
            held = [self.tree.sizes[path] for path in payload if path in self.tree.sizes]
            must(held, (int(told[0].group(1)), int(told[0].group(2))) == (sum(held), len(payload)))
        except Wrong:
            self.report.say("bag.info", INFO)

    # ---- 信任根与封签

    def roots(self):
        say, inside = self.report.say, None
        try:
            inside = Trust("log " + self.text(HOUSE) + self.text(POLICY))
        except Wrong:
            say("package.form", POLICY)
        if self.outside is None:
            self.trust = inside
            say("trust.inside-only")
            return
        try:
            self.trust = Trust(self.outside)
            must(self.trust, self.trust.house)
        except Wrong:
            self.trust = None
            say("trust.form")
            return
        say("trust.outside", self.trust.house.name, self.trust.house.id.hex())
        if not self.trust.also:
            say("sm2.none")
        if inside and inside.house.text != self.trust.house.text:
            say("trust.other-house", HOUSE, "包内 %s，核验人提供 %s" % (inside.house.id.hex(), self.trust.house.id.hex()))
        if inside and self.brings_policy and inside.rules != self.trust.rules:
            say("trust.policy-differs", POLICY)

    def signed(self, content, prefix, fault):
        """签名文本的正文，并说出签名如何。"""
        text, lines = note_of(content)
        found = self.trust.house.signatures(lines) if self.trust else []
        if not found:
            self.report.say(prefix + ".unsigned", fault)
        elif not all(ed25519_fits(self.trust.house.raw, bytes_of(text), one) for one in found):
            self.report.say(prefix + ".wrong", fault)
        twin = self.twin()
        if twin:
            self.second(fault, twin, bytes_of(text), twin.signatures(lines))
        return text, lines, not self.report.has(prefix + ".unsigned", prefix + ".wrong")

    def twin(self):
        """制包之时本机关同时用来签名的 SM2 公钥。"""
        return self.trust.twin_at(self.package["made_at"]) if self.trust and self.package else None

    def second(self, where, twin, message, found):
        """SM2 的那一个签名：没有、不符或者相符。"""
        fits = bool(found) and all(sm2_fits(twin.raw, message, one) for one in found)
        self.report.say("sm2.fits" if fits else "sm2.wrong" if found else "sm2.absent", where)

    def seal(self):
        say = self.report.say
        try:
            text, _, fits = self.signed(self.content(SEAL), "seal", SEAL)
            told = text.split("\n")
            heads = (self.package["format"],) if self.package else (SEAL_HEAD, WITH_COPIES)
            must(told, len(told) == 5 and told[0] in heads and told[4] == "")
            must(told, told[2].startswith("sha256 ") and told[3].startswith("sm3 "))
        except Wrong:
            say("seal.form", SEAL)
            return
        if self.package and told[1] != self.package["number"]:
            say("package.other-number", SEAL)
            fits = False
        one, other = hashlib.sha256(), new_sm3()
        content = self.content(TAGS) if TAGS in self.tree.sizes else b""
        one.update(content)
        other.update(content)
        if told[2:4] != ["sha256 " + one.hexdigest(), "sm3 " + other.hexdigest()]:
            say("seal.other-content", TAGS)
            fits = False
        if fits:
            say("seal.fits", SEAL)

    # ---- 日志

    def point(self):
        say = self.report.say
        try:
            text, lines, fits = self.signed(self.content(CHECKPOINT), "checkpoint", CHECKPOINT)
            origin, size, root = checkpoint_of(text)
            must(origin, not self.trust or origin == self.trust.house.name)
        except Wrong:
            say("checkpoint.form", CHECKPOINT)
            return
        self.checkpoint = (text, lines, size, root)
        if fits:
            say("checkpoint.signed", origin, "共 %d 行" % size)

    def witnessed(self):
        say, point, trust = self.report.say, self.checkpoint, self.trust
        self.policy_line()
        if not point or not trust:
            return
        if trust.quorum == "none":
            say("witness.nobody")
            return
        cosigned = {}
        for name in sorted(trust.witnesses):
            key, times_told = trust.witnesses[name], []
            for one in key.signatures(point[1]):
                seconds = int.from_bytes(one[:8], "big")
                message = bytes_of("cosignature/v1\ntime %d\n" % seconds + point[0])
                if len(one) == 72 and 0 < seconds <= 253402300799 and ed25519_fits(key.raw, message, one[8:]):
                    times_told.append(moment_of(seconds))
                else:
                    say("witness.wrong", name)
            if not times_told:
                say("witness.absent", name)
                continue
            fault = trust.fault_of(key, min(times_told))
            if fault:
                say(fault, name, beijing(min(times_told)))
                continue
            cosigned[name] = min(times_told)
            say("witness.cosigned", name, beijing(min(times_told)))
        self.quorum(cosigned)

    def quorum(self, cosigned):
        for moment in sorted(set(cosigned.values())):
            if self.trust.suffices([name for name in cosigned if cosigned[name] <= moment]):
                self.standing = moment
                self.report.say("witness.quorum-met", "", "自 %s 起" % beijing(moment))
                return
        self.report.say("witness.quorum-unmet", CHECKPOINT)

    def policy_line(self):
        number = self.package["policy_line"]
        try:
            content = self.content(POLICY)
            body = self.bodies.get(number)
            told = body["facts"].get("sha256") if body and body["verb"] == "witness.policy-changed" else None
            must(told, told == sha256(content).hex() if number else content == b"quorum none\n")
        except Wrong:
            self.report.say("policy.altered", POLICY)

    def dates(self):
        """本机关的公钥在制包和见证之时是否作数。"""
        if self.trust:
            for moment in sorted({self.package["made_at"], self.standing or self.package["made_at"]}):
                for key in [self.trust.house, *([self.twin()] if self.twin() else [])]:
                    fault = self.trust.fault_of(key, moment)
                    if fault:
                        self.report.say(fault, key.name, beijing(moment))

    def entries(self):
        say = self.report.say
        try:
            lines = json_of(self.text(LINES), LINES_SHAPE)
        except Wrong:
            say("package.form", LINES)
            return
        for line in lines:
            where = "台账第 %d 行" % line["number"]
            try:
                self.entry(line, where)
            except Wrong:
                say("line.altered", where)
        if lines and not self.report.has("line.altered", "line.not-in-log"):
            say("line.in-log", "", "%d 行" % len(lines))

    def entry(self, line, where):
        entry = unhex(line["entry"], 32)
        text = bytes_of(line["body"])
        if sha256(b"liuhen-line-v1\n", unhex(line["salt"], 16), text) != entry:
            self.report.say("line.altered", where)
        else:
            body = json_of(line["body"], BODY_SHAPE)
            must(body, body["number"] == line["number"] and line["number"] not in self.bodies)
            self.bodies[line["number"]], self.lines[line["number"]] = body, line
        proof = [unbase64(step) for step in line["proof"]]
        if not self.checkpoint or not is_included(proof, entry, line["number"] - 1, self.checkpoint[2], self.checkpoint[3]):
            self.report.say("line.not-in-log", where)

    def registered(self):
        say = self.report.say
        try:
            rows = json_of(self.text(ROWS), ROWS_SHAPE)
        except Wrong:
            say("package.form", ROWS)
            return
        for row in rows:
            where = row["kind"] + " " + row["id"]
            about = self.about(row)
            if about is None:
                say("row.no-line", where, "台账第 %d 行" % row["line"])
                continue
            if self.newest(row) != row["line"]:
                say("row.outdated", where, "台账第 %d 行" % self.newest(row))
            salt = bytes.fromhex(self.lines[row["line"]]["salt"])
            wrong = [name for name in sorted(set(about) | set(row["fields"])) if not self.field_fits(row, name, about, salt)]
            for name in wrong:
                say("row.field-differs", where + " " + name, "台账第 %d 行" % row["line"])
            if row["withheld"]:
                say("row.withheld", where, "、".join(row["withheld"]))
            if not wrong:
                self.rows[row["kind"], row["id"]] = row["fields"]
        if rows and not self.report.has("row.no-line", "row.field-differs", "row.outdated"):
            say("row.fits", "", "%d 项" % len(rows))

    def about(self, row):
        body = self.bodies.get(row["line"])
        for one in body["about"] if body else ():
            if (one["kind"], one["id"]) == (row["kind"], row["id"]):
                return one["fields"]
        return None

    def newest(self, row):
        """包内说到这一项的最后一行。"""
        pair = (row["kind"], row["id"])
        return max(number for number, body in self.bodies.items() if pair in {(one["kind"], one["id"]) for one in body["about"]})

    def field_fits(self, row, name, about, salt):
        if name in row["withheld"] and name in about and name not in row["fields"]:
            return True
        if name not in row["fields"]:
            return False
        try:
            content = bytes_of(name) + b"\0" + bytes_of(row["fields"][name])
        except Wrong:
            return False
        digest = sha256(b"liuhen-field-v1\n", salt, content)[:12]
        return about.get(name) == base64.b64encode(digest).decode()

    def row(self, kind, key):
        """登记的各字段，读成值；没有或者不符的为 None。"""
        fields = self.rows.get((kind, key))
        if fields is None:
            return None
        try:
            return {name: json_of(text, "x") for name, text in fields.items()}
        except Wrong:
            return None

    # ---- 音像、文书、查看

    def orders(self):
        row = self.row("access.package", self.package["order"])
        if row is None or row.get("number") != self.package["number"]:
            self.report.say("order.no-row", self.package["number"])
        else:
            self.report.say("order.told", self.package["number"])

    def originals(self):
        for told in self.package["recordings"]:
            row = self.row("evidence.recording", told["id"])
            if row is None:
                self.report.say("original.no-row", told["path"])
                continue
            self.medium(told, row)
            if told["custody"]:
                self.report.say("custody.told", told["path"], "%d 段" % len(told["custody"]))
            came = self.came(told["id"])
            if came is None:
                self.report.say("collection.no-line", told["path"])
            else:
                self.report.say("collection.received", told["path"], "台账第 %d 行，%s" % (came, beijing(self.bodies[came]["at"])))
            self.original(told, row)
            self.receipt(told, row, came)
        if not self.report.has("backup.none"):
            self.report.say("backup.none")

    def copies(self):
        """遮挡副本：字节、原件、比对、另一人的意见、说明，各凭登记和台账。"""
        say, given = self.report.say, self.package.get("copies", [])
        for told in given:
            path = told["path"]
            row, made = self.row("access.redaction", told["id"]), self.row("evidence.derived", told["derived"])
            if row is None or made is None or (row.get("number"), row.get("derived_id")) != (told["number"], told["derived"]):
                say("copy.no-row", path)
                continue
            one, other = self.digests.get(path, ("", ""))
            same = one and one == made.get("sha256") and self.tree.sizes[path] == made.get("size")
            if not same or (other and other != made.get("sm3")):
                say("copy.other-digest", path)
            else:
                say("copy.fits" if other else "copy.sm3-skipped", path, told["number"])
            if not self.rendered(told):
                say("copy.other-original", path, told["original"]["number"])
            proof = row.get("proof") if isinstance(row.get("proof"), dict) else {}
            clean = all(proof.get(name) == 0 and proof.get(name) is not False for name in NOTHING)
            counts = [proof.get(name) for name in ("pictures", "samples")]
            any_seen = any(isinstance(n, (int, float)) and n is not True and n > 0 and n % 1 == 0 for n in counts)
            if clean and any_seen and proof.get("sound_equal") is True:
                say("copy.compared", path)
            else:
                say("copy.not-compared", path)
            answer = self.row("access.redactionanswer", told["answer"]) or {}
            agreed = (answer.get("redaction_id"), answer.get("answer")) == (told["id"], "approved")
            if agreed and isinstance(answer.get("by_id"), str) and answer["by_id"] != row.get("drawn_by_id"):
                say("copy.second-person", path)
            else:
                say("copy.nobody-else", path)
            if not self.stated(told["id"], path):
                say("copy.statement-differs", path)
        if given:
            say("copy.limit")

    def rendered(self, told):
        """制成副本的那一行写的是不是这份原件。"""
        for number in sorted(self.bodies):
            body = self.bodies[number]
            about = any((one["kind"], one["id"]) == ("evidence.derived", told["derived"]) for one in body["about"])
            if about and body["verb"] == "redaction.rendered":
                return body["facts"].get("original") == told["original"]["sha256"]
        return False

    def stated(self, key, path):
        """说明里逐字有登记的清单和比对结果：两边都是 RFC 8785 的写法。"""
        fields = self.rows[("access.redaction", key)]
        try:
            text = self.text(path.rpartition("/")[0] + "/statement.json")
        except Wrong:
            return False
        return all(name in fields and '"%s":%s' % (name, fields[name]) in text for name in ("masks", "proof"))

    def came(self, key):
        """入库的那一行。"""
        for number in sorted(self.bodies):
            body = self.bodies[number]
            about = any((one["kind"], one["id"]) == ("evidence.recording", key) for one in body["about"])
            if about and body["verb"] in CAME:
                return number
        return None

    def original(self, told, row):
        path = told["path"]
        one, other = self.digests.get(path, ("", ""))
        same = one and one == row.get("sha256") and self.tree.sizes[path] == row.get("size")
        if not same or (other and other != row.get("sm3")):
            self.report.say("original.other-digest", path)
        else:
            self.report.say("original.fits" if other else "original.sm3-skipped", path, told["number"])

    def receipt(self, told, row, came):
        path, say = told["receipt"], self.report.say
        try:
            receipt = json_of(self.text(path), RECEIPT_SHAPE)
            signature = receipt.pop("signature")
            also = shaped(signature["also"], SIGNATURE_SHAPE) if "also" in signature else None
            raw = unbase64(signature["value"])
            must(receipt, receipt["state"] in ("stored", "verified"))
        except Wrong:
            say("receipt.form", path)
            return
        if signature["algorithm"] != "Ed25519":
            say("receipt.algorithm", path, signature["algorithm"][:40])
            return
        try:
            message = b"liuhen-receipt-v1\n" + canonical(receipt)
            must(message, self.trust and ed25519_fits(self.trust.house.raw, message, raw))
            must(message, receipt["log"] == self.trust.house.name)
        except Wrong:
            say("receipt.wrong", path)
            return
        twin = self.twin()
        if twin:
            self.receipt_twin(path, twin, message, also)
        same = all(receipt[name] == row.get(name) for name in ("sha256", "sm3", "size"))
        if not same or (receipt["recording"], receipt["line"]) != (told["id"], came):
            say("receipt.other", path)
        else:
            state = "读回复核" if receipt["state"] == "verified" else "已入库"
            say("receipt.fits", path, "%s，%s" % (state, beijing(receipt["at"])))

    def receipt_twin(self, path, twin, message, also):
        if also is not None and (also["algorithm"] != "SM2-with-SM3" or not BASE64.fullmatch(also["value"])):
            self.report.say("sm2.wrong", path)
            return
        self.second(path, twin, message, [] if also is None else [base64.b64decode(also["value"])])

    def medium(self, told, row):
        say, path = self.report.say, told["path"]
        if not told["list"]:
            say("list.none", path)
            return
        listed = self.row("evidence.cardlist", told["list"])
        try:
            must(listed, listed)
            station = self.row("devices.station", str(listed.get("station_id")))
            key = Key(shaped((station or {}).get("key"), "s"), 1)
            signature = shaped(listed.get("signature"), SIGNATURE_SHAPE)
            body = shaped(listed.get("body"), "s")
            must(signature, signature["algorithm"] == "Ed25519")
            message = b"liuhen-card-list-v1\n" + bytes_of(body)
            must(key, ed25519_fits(key.raw, message, unbase64(signature["value"])))
            files = json_of(body, LIST_SHAPE)["files"]
        except Wrong:
            say("list.wrong", path)
            return
        if any((one["path"], one["size"]) == (row.get("source_path"), row.get("size")) for one in files):
            say("list.fits", path, "清单共 %d 个文件" % len(files))
        else:
            say("list.no-file", path)

    def papers(self):
        say = self.report.say
        for told in self.package["documents"]:
            row = self.row("documents.document", told["id"])
            one, other = self.digests.get(told["path"], ("", ""))
            if row is None:
                say("document.no-row", told["path"])
            elif not one or one != row.get("sha256") or (other and other != row.get("sm3")):
                say("document.other-digest", told["path"])
            else:
                say("document.fits", told["path"], told["number"])
        if not self.package["documents"]:
            say("document.none")
        self.signatures()

    def signatures(self):
        told = 0
        for kind, key in sorted(self.rows):
            if kind == "documents.signature":
                row = self.row(kind, key) or {}
                if ("documents.document", str(row.get("document_id"))) in self.rows:
                    told += 1
                else:
                    self.report.say("signature.no-document", "%s %s" % (kind, key))
        if told:
            self.report.say("signature.told", "", "%d 处" % told)

    def looks(self):
        say, looks, wrong = self.report.say, self.package["looks"], 0
        for look in looks:
            if look["kind"] not in ("access.viewing", "access.glimpse") or (look["kind"], look["id"]) not in self.rows:
                say("look.no-row", look["kind"] + " " + look["id"])
                wrong += 1
        if not looks:
            say("look.not-given" if self.package.get("copies") else "look.none")
        elif not wrong:
            say("look.told", "", "%d 次" % len(looks))
        say("look.limit")

    # ---- 可信时间

    def stamps(self):
        for told in self.package["stamps"]:
            self.stamp(told)
        if not self.package["stamps"]:
            self.report.say("time.none")

    def stamp(self, told):
        say, path = self.report.say, told["token"]
        try:
            note = self.content(told["note"])
            text, lines = note_of(note)
            origin, size, root = checkpoint_of(text)
            proof = [unbase64(step) for step in told["proof"]]
            house, point = self.trust and self.trust.house, self.checkpoint
            found = house.signatures(lines) if house else []
            must(found, found and all(ed25519_fits(house.raw, bytes_of(text), one) for one in found))
            must(point, point and origin == house.name and is_consistent(proof, size, point[2], root, point[3]))
        except Wrong:
            say("time.other-log", told["note"])
            return
        try:
            token = Token(self.content(path))
            fault = token_fault(token, note)
            chain = chain_fault(token, self.trust.roots) if not fault else ""
        except Wrong:
            say("time.form", path)
            return
        if fault:
            say(fault, path)
        else:
            say("time.fits", path, "%s，%s，前 %d 行" % (told["authority"], beijing(token.at), size))
            say(chain, path)


def verified(root, trust=None, progress=None):
    """核对一个包，得到结论。trust 是信任根文件的文本，没有则为 None。"""
    try:
        if os.path.isdir(root):
            return Check(Folder(root), trust, progress).run()
        with open(root, "rb") as file:
            try:
                tree = Zipped(file, os.path.getsize(root))
            except TooMany:
                raise
            except (Wrong, struct.error):
                return said("zip.form", os.path.basename(root))
            return Check(tree, trust, progress).run()
    except TooMany:
        return said("bag.too-many", os.path.basename(root))


def said(code, where):
    report = Report()
    report.say(code, where)
    return report


# ---- 凭条 -----------------------------------------------------------------------------------------------------

VOUCHER = "liuhen-voucher-v1"
VOUCHER_SHAPE = {"format": "s", "note": "s", "body": "s", "salt": "s", "proof": ["s"], "checkpoint": "s", "house": "s"}
CODE = re.compile(r"([A-Z2-7]{8}):([1-9][0-9]?)/([1-9][0-9]?):([A-Z2-7]+)")


def uncoded(text):
    """扫码所得的文字（LH1:…，次序不拘）拼成的内容。"""
    found, seen = {}, set()
    for piece in re.sub(r"\s", "", text).upper().split("LH1:")[1:]:
        told = CODE.match(piece)
        if told:
            seen.add((told.group(1), told.group(3)))
            found[int(told.group(2))] = told.group(4)
    must(seen, len(seen) == 1)
    name, count = seen.pop()
    must(found, sorted(found) == list(range(1, int(count) + 1)))
    joined = "".join(found[number] for number in sorted(found))
    try:
        reader = zlib.decompressobj()
        content = reader.decompress(base64.b32decode(joined + "=" * (-len(joined) % 8)), 1 << 16)
    except (ValueError, zlib.error) as error:
        raise Wrong from error
    must(content, reader.eof and base64.b32encode(hashlib.sha256(content).digest())[:8].decode() == name)
    return content


class Papers:
    """凭条里的内容，当作包里的文件来读。"""

    def __init__(self, told):
        self.files = {
            SEAL: bytes_of(told["note"]), CHECKPOINT: bytes_of(told["checkpoint"]), HOUSE: bytes_of(told["house"] + "\n"), POLICY: b"quorum none\n",
        }  # fmt: skip
        self.sizes = {path: len(content) for path, content in self.files.items()}

    def pieces(self, path):
        yield self.files[path]


class VoucherCheck(Check):
    """核对一张凭条；original 给出手中文件的各段，没有则为 None。"""

    brings_policy = False

    def __init__(self, content, trust, original=None, progress=None):
        self.told, self.file = None, original
        try:
            self.told = json_of(text_of(content), VOUCHER_SHAPE)
            must(self.told, self.told["format"] == VOUCHER)
            tree = Papers(self.told)
        except Wrong:
            self.told, tree = None, Papers({"note": "", "checkpoint": "", "house": ""})
        Check.__init__(self, tree, trust, progress)

    def run(self):
        say = self.report.say
        try:
            must(self.told, self.told)
            fields = self.fields()
        except Wrong:
            say("voucher.form")
            return self.report
        self.report.package = fields[1]
        self.package = {"made_at": fields[6], "number": fields[1]}
        self.roots()
        if self.signed(self.content(SEAL), "voucher", "")[2]:
            say("voucher.signed", "", beijing(fields[6]))
        self.point()
        self.received(fields)
        self.original_of(fields)
        self.witnessed()
        self.dates()
        for code in sorted(CHECKS["checks"]):
            if code.startswith("limits."):
                say(code)
        return self.report

    def fields(self):
        """正文七行：格式、编号、两个摘要、字节数、台账行、时间。"""
        lines = note_of(bytes_of(self.told["note"]))[0].split("\n")
        must(lines, len(lines) == 8 and lines[0] == VOUCHER and lines[7] == "")
        names = ("sha256 ", "sm3 ", "size ", "line ", "issued ")
        must(lines, all(line.startswith(name) for line, name in zip(lines[2:], names)))
        found = lines[:2] + [line[len(name) :] for line, name in zip(lines[2:], names)]
        must(found, INTEGER.fullmatch(found[4]) and INTEGER.fullmatch(found[5]) and MOMENT.fullmatch(found[6]))
        return found

    def received(self, fields):
        """所附的一行在检查点之下，说的是入库，摘要相同。"""
        say, where = self.report.say, "台账第 %s 行" % fields[5]
        try:
            entry = sha256(b"liuhen-line-v1\n", unhex(self.told["salt"], 16), bytes_of(self.told["body"]))
            proof = [unbase64(step) for step in self.told["proof"]]
            body = json_of(self.told["body"], BODY_SHAPE)
        except Wrong:
            say("line.altered", where)
            return
        if not self.checkpoint or not is_included(proof, entry, int(fields[5]) - 1, self.checkpoint[2], self.checkpoint[3]):
            say("line.not-in-log", where)
        same = (body["facts"].get("sha256"), body["facts"].get("sm3")) == (fields[2], fields[3])
        if same and body["verb"] in CAME and body["number"] == int(fields[5]):
            say("voucher.received", where, beijing(body["at"]))
        else:
            say("voucher.other-line", where)

    def original_of(self, fields):
        if self.file is None:
            self.report.say("voucher.no-original")
            return
        one, other, size = hashlib.sha256(), new_sm3(), 0
        for piece in self.file:
            one.update(piece)
            other.update(piece)
            size += len(piece)
            if self.progress:
                self.progress("", len(piece))
        fits = [one.hexdigest(), other.hexdigest(), str(size)] == fields[2:5]
        self.report.say("voucher.original-fits" if fits else "voucher.original-differs", "", "%d 字节" % size)

    def policy_line(self):
        """凭条里没有见证策略；见证按核验人提供的核对。"""


def voucher_in(content):
    """文件里的凭条：JSON，或者扫码所得的文字；不是凭条则为 None。证据包的 zip 里也有这样的字，不是凭条。"""
    if b"PK" in content[:4]:
        return None
    if content[:1] == b"{":
        return content
    try:
        return uncoded(text_of(content)) if b"LH1:" in content.upper() else None
    except Wrong:
        return b""


def pieces_in(path):
    with open(path, "rb") as file:
        while True:
            piece = file.read(PIECE)
            if not piece:
                return
            yield piece


def verified_voucher(content, trust=None, original=None, progress=None):
    """核对一张凭条，得到结论。original 是手中文件的路径，没有则为 None。"""
    return VoucherCheck(content, trust, pieces_in(original) if original else None, progress).run()


VERDICTS = {
    "sound": "相符：所核对的各项没有发现不符",
    "broken": "不符：下列标有 ✗ 的各处对不上，这个包不能原样采信",
    "unanchored": "内部一致，但缺少外部的信任根：只能看出包内没有矛盾，不能证明由谁在何时作成",
}
MARKS = {"ok": "✓", "bad": "✗", "unknown": "？", "note": "·"}


def printed(report):
    """给人看的报告。"""
    lines = ["留痕核验报告", "编号：" + (report.package or "（读不出）"), VERDICTS[report.verdict]]
    for section, title in CHECKS["sections"].items():
        found = [item for item in report.items if item["section"] == section]
        if found:
            lines += ["", title]
        for item in found:
            where = "".join(" ［%s］" % told for told in (item["where"], item["detail"]) if told)
            lines.append("  %s %s%s（%s）" % (MARKS[item["state"]], item["says"], where, item["code"]))
    return "\n".join(lines)


class Progress:
    """大文件算到哪里了，写到标准错误。"""

    def __init__(self, stream):
        self.stream, self.path, self.done, self.told = stream, "", 0, 0

    def __call__(self, path, count):
        if path != self.path:
            self.path, self.done, self.told = path, 0, 0
        self.done += count
        if self.done - self.told >= 256 * PIECE:
            self.told = self.done
            self.stream.write("%s：已读 %d MB\n" % (path, self.done >> 20))


def main(arguments=None):
    parser = argparse.ArgumentParser(prog="verify.py", description="核验留痕证据包（不联网，不写文件）")
    parser.add_argument("package", help="证据包：文件夹或者 zip；也可以是凭条：JSON 文件，或者扫码所得的文字")
    parser.add_argument("--trust", help="信任根文件：本机关公钥、见证单位和见证策略，由您另行取得")
    parser.add_argument("--original", help="核对凭条时，手中的那份音像文件")
    parser.add_argument("--json", action="store_true", help="以 JSON 输出")
    told = parser.parse_args(arguments)
    trust = None
    try:
        if told.trust:
            with open(told.trust, "rb") as file:
                trust = file.read(1 << 20).decode("utf-8", "replace")
        if not os.path.exists(told.package):
            parser.error("没有这个包：" + told.package)
        voucher = None
        if os.path.isfile(told.package) and os.path.getsize(told.package) <= 1 << 20:
            with open(told.package, "rb") as file:
                voucher = voucher_in(file.read())
        if voucher is not None:
            report = verified_voucher(voucher, trust, told.original, Progress(sys.stderr))
        else:
            report = verified(told.package, trust, Progress(sys.stderr))
    except OSError as error:
        parser.error("读不出来：%s" % error)
    print(json.dumps(report.told(), ensure_ascii=False, indent=1) if told.json else printed(report))
    return {"sound": 0, "broken": 1, "unanchored": 3}[report.verdict]


if __name__ == "__main__":
    sys.exit(main())
