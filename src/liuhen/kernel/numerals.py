"""Chinese numerals as printed in regulations: 第二十一条, 十, 一百零三, 〇, 两."""

from liuhen.kernel.errors import Malformed

_DIGITS = {c: n for n, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2, "廿": 20}
_UNITS = {"十": 10, "百": 100, "千": 1000}
_NAMES = "零一二三四五六七八九"


def to_number(text: str) -> int:
    """二十一 -> 21; also plain figures (full or half width). Raises `Malformed` for anything else."""
    if text.isdecimal():
        return int(text)
    total, digit, seen = 0, 0, False
    for char in text:
        if char in _DIGITS:
            digit, seen = _DIGITS[char], True
        elif char in _UNITS:
            total, digit, seen = total + (digit or 1) * _UNITS[char], 0, True
        else:
            seen = False
            break
    if not seen:
        raise Malformed(f"“{text}”不是汉字数字")
    return total + digit


def to_chinese(number: int) -> str:
    """21 -> 二十一, for 0 to 9999. Raises `Malformed` outside."""
    if not 0 <= number <= 9999:
        raise Malformed(f"{number} 超出汉字数字的范围（0 至 9999）")
    if number < 10:
        return _NAMES[number]
    told, gap = "", False
    for unit, name in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit, number = divmod(number, unit)
        if digit:
            told += ("零" if gap else "") + _NAMES[digit] + name
            gap = False
        else:
            gap = bool(told)
    return told.removeprefix("一") if told.startswith("一十") else told
