"""Printing: a filled form becomes PDF/A-2b through typst, with its fonts embedded. Equal input gives equal bytes.

Values are handed to the template as data and never become markup. A character that none of the fonts has is an error
that names it, not a box on paper.
"""

import base64
import json
import re
from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import typst
from fontTools.ttLib import TTFont

from liuhen.engines.forms.definition import FormField
from liuhen.engines.forms.filled import Filled
from liuhen.kernel.clock import BEIJING, aware, shown
from liuhen.kernel.errors import Malformed, Unavailable

FONTS = Path(__file__).with_name("fonts")
_SYSTEM = (
    Path("/usr/share/fonts/opentype/noto/NotoSerifCJK-Regular.ttc"),
    Path("/usr/share/fonts/opentype/noto/NotoSerifCJK-Bold.ttc"),
)


def print_document(filled: Filled, *, fonts: Path = FONTS) -> bytes:
    """The PDF of a filled form. Raises `Malformed` for a character no font has, `Unavailable` without fonts."""
    given = _given(filled, fonts)
    try:
        printed = typst.compile(  # its stub wants root of the input's kind
            filled.form.template.encode(),
            pdf_standards="a-2b",
            timestamp=aware(filled.made_at).replace(microsecond=0),  # PDF dates end at the second.
            **given,
        )
    except typst.TypstError as error:
        raise Malformed(f"文书格式“{filled.form.id}”的模板有误：{error.message}") from error
    return bytes(printed)


def pages_of(filled: Filled, *, fonts: Path = FONTS) -> int:
    """How many pages its print has. Raises as `print_document` does, and where the template lacks the common layout."""
    given = _given(filled, fonts)
    try:
        told = json.loads(typst.query(filled.form.template.encode(), "<pages>", field="value", **given))
    except RuntimeError as error:  # What a query raises where `compile` has an error of its own.
        raise Malformed(f"文书格式“{filled.form.id}”的模板有误：{error}") from error
    if not told:
        raise Malformed(
            f"文书格式“{filled.form.id}”的模板数不出页数", do="模板应使用 common.typ 的 official。"
        )
    return int(told[0])


def _given(filled: Filled, fonts: Path) -> dict[str, Any]:
    paths, data = font_files(fonts), _data(filled)
    _check_characters(_texts(data), paths)
    return {
        "root": str(filled.form.folder),
        "font_paths": sorted({str(path.parent) for path in paths}),
        "ignore_system_fonts": True,
        "sys_inputs": {"data": json.dumps(data, ensure_ascii=False)},
    }


def font_files(fonts: Path) -> tuple[Path, ...]:
    """Ours, else Debian's. Raises `Unavailable` where there is neither."""
    found = tuple(sorted(fonts.glob("*.[ot]t[fc]"))) or tuple(path for path in _SYSTEM if path.exists())
    if not found:
        raise Unavailable(
            "没有可用的中文字体，不能打印文书", do="请安装 fonts-noto-cjk，或重新运行 make run。"
        )
    return found


def _data(filled: Filled) -> dict[str, object]:
    return {
        "title": filled.form.title,
        "number": filled.number,
        "agency": filled.agency,
        "date": aware(filled.made_at).astimezone(BEIJING).strftime("%Y 年 %-m 月 %-d 日"),
        "form": f"{filled.form.id} · {filled.form.version}",
        "clause": filled.clause,
        "fields": [_field(f, filled.values.get(f.name, "")) for f in filled.form.field],
        "signatures": [
            {
                "label": slot.label,
                "signed": [_inked(s.name, s.at, s.image) for s in filled.signatures if s.role == slot.role],
                "declined": [
                    {"name": d.name, "reason": d.reason, "noted_by": d.noted_by, "at": shown(d.at)}
                    for d in filled.declined
                    if d.role == slot.role
                ],
            }
            for slot in filled.form.signature
        ],
        "corrections": [{**_inked(m.name, m.at, m.image), "says": m.says} for m in filled.marks if m.says],
        "straddles": [_inked(m.name, m.at, m.image) for m in filled.marks if not m.says],
    }


def _field(one: FormField, value: str) -> dict[str, object]:
    return {
        "name": one.name,
        "label": one.label,
        "long": one.kind == "long",
        "columns": list(one.columns),
        "rows": one.rows(value) if one.columns else [],
        "value": "" if one.kind == "table" else one.shown(value),
    }


def _inked(name: str, at: datetime, image: str) -> dict[str, object]:
    return {"name": name, "at": shown(at), "image": drawn(image)}


_PNG = "data:image/png;base64,"
_WIDEST = 2000


def drawn(image: str) -> str:
    """Strokes or a picture as an SVG of its own. Raises `Malformed` for anything but a path's letters or a PNG.

    Only what is drawn on a screen or read by a fingerprint reader comes through, never markup of its own.
    """
    if not image:
        return ""
    if image.startswith(_PNG):
        body = image.removeprefix(_PNG)
        if len(body) > 200_000 or not _is_small_png(body):
            raise Malformed("印记图片的格式不对", do="请用不大于 150 kB、长宽不超过 2000 点的 PNG 图片。")
        return (
            '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 300 100">'
            f'<image href="{image}" width="300" height="100" preserveAspectRatio="xMidYMid meet"/></svg>'
        )
    if len(image) > 20_000 or not set(image) <= set("MLQCZmlqcz0123456789.,- "):
        raise Malformed("签名笔迹的格式不对", do="请重新签名。")
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 300 100"><path d="'
        f'{image}" fill="none" stroke="black" stroke-width="2.5" stroke-linecap="round"/></svg>'
    )


def _is_small_png(body: str) -> bool:
    """A PNG by its first bytes, of at most 2000 by 2000 points: a small file may else unfold to any size."""
    if not re.fullmatch(r"iVBORw0KGgo[A-Za-z0-9+/]{33,}={0,2}", body):
        return False
    width, height = (int.from_bytes(base64.b64decode(body[:32])[at : at + 4]) for at in (16, 20))
    return 0 < width <= _WIDEST and 0 < height <= _WIDEST


def _texts(value: Any) -> Iterable[str]:
    if isinstance(value, str | bool):
        yield str(value)
    elif isinstance(value, dict):
        for item in value.values():
            yield from _texts(item)
    else:
        for item in value:
            yield from _texts(item)


def _check_characters(texts: Iterable[str], paths: tuple[Path, ...]) -> None:
    missing = {c for text in texts for c in text if not c.isspace()} - _characters(paths)
    if missing:
        raise Malformed(
            f"字体中没有这些字：{'、'.join(f'{c}（U+{ord(c):04X}）' for c in sorted(missing)[:10])}",
            do="请改用通行写法，或由系统管理员加装含有这些字的字体。",
        )


@lru_cache(maxsize=8)
def _characters(paths: tuple[Path, ...]) -> frozenset[str]:
    """Characters that every one of the fonts has: bold and regular print the same text."""
    return frozenset.intersection(*map(_characters_of, paths))


def _characters_of(path: Path) -> frozenset[str]:
    with TTFont(path, fontNumber=0, lazy=True) as font:
        return frozenset(map(chr, font.getBestCmap()))
