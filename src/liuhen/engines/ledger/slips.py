"""Slips 纸条: a few hundred bytes as codes that are printed as QR and come back from a scanner, in any order.

Each code is `LH1:<id>:<number>/<of>:<part>`: letters, digits and marks that QR codes hold at 5.5 bits and that no keyboard changes. The
parts joined are the base32 of the deflated bytes; `id` is the beginning of the base32 of their SHA-256, so that nothing is mixed or lost unseen.
"""

import base64
import hashlib
import re
import unicodedata
import zlib

from liuhen.kernel.errors import Malformed

PART = 560  # letters in one code: QR version 15 at level M, readable from plain paper
MOST_PARTS = 40
_MOST_BYTES = 64 << 10
_MARK = "LH1:"
_CODE = re.compile(r"([A-Z2-7]{8}):([1-9][0-9]?)/([1-9][0-9]?):([A-Z2-7]+)")


def codes_of(content: bytes) -> list[str]:
    """The codes to print for `content`. Raises `Malformed` where it is too long for paper."""
    text = base64.b32encode(zlib.compress(content, 9)).decode().rstrip("=")
    parts = [text[at : at + PART] for at in range(0, len(text), PART)]
    if len(content) > _MOST_BYTES or len(parts) > MOST_PARTS:
        raise Malformed("内容太长，不宜印成二维码", do="请改用文件。")
    return [f"{_MARK}{_id(content)}:{at}/{len(parts)}:{part}" for at, part in enumerate(parts, 1)]


def content_of(scanned: str) -> bytes:
    """What the codes in `scanned` say, in whatever order and with whatever between them.

    Raises `Malformed` where some are missing, of different slips, or misread; says which to scan again.
    """
    parts: dict[int, str] = {}
    seen: set[tuple[str, str]] = set()
    for piece in re.sub(r"\s", "", unicodedata.normalize("NFKC", scanned)).upper().split(_MARK)[1:]:
        found = _CODE.match(piece)
        if found is not None:
            seen.add((found[1], found[3]))
            parts[int(found[2])] = found[4]
    if not seen:
        raise Malformed("没有读到二维码的内容", do="请用扫码枪扫描纸上的每一个二维码，或粘贴扫码所得的文字。")
    if len(seen) > 1:
        raise Malformed("读到的二维码不是同一张纸上的", do="请清空后，只扫描同一份材料上的二维码。")
    (told, count) = seen.pop()
    missing = [str(number) for number in range(1, int(count) + 1) if number not in parts]
    if missing:
        raise Malformed(f"还缺第 {'、'.join(missing)} 个二维码，共 {count} 个", do="请补扫之后再提交。")
    return _opened(told, "".join(parts[number] for number in range(1, int(count) + 1)))


def _opened(told: str, text: str) -> bytes:
    wrong = Malformed("二维码的内容读错了", do="请展平纸张，重新扫描。")
    try:
        reader = zlib.decompressobj()
        content = reader.decompress(base64.b32decode(text + "=" * (-len(text) % 8)), _MOST_BYTES)
    except (ValueError, zlib.error) as error:
        raise wrong from error
    if not reader.eof or _id(content) != told:
        raise wrong
    return content


def _id(content: bytes) -> str:
    return base64.b32encode(hashlib.sha256(content).digest()).decode()[:8]
