"""Chinese numerals as printed in regulations: 第二十一条, 十, 一百零三, 〇, 两."""

from liuhen.kernel.errors import Malformed

_NAMES = "零一二三四五六七八九"
_DIGITS = {c: n for n, c in enumerate(_NAMES)} | {"〇": 0, "两": 2}
_UNITS = {"十": 10, "百": 100, "千": 1000}


def to_number(text: str) -> int:
    """二十一 -> 21, 二〇二六 -> 2026 (figure by figure); also plain figures (full or half width).

    Raises `Malformed` for anything else: a number misread is worse than one not read.
    """
    if text.isdecimal():
        return int(text)
    text = text.replace("廿", "二十").replace("卅", "三十")
    if text and all(char in _DIGITS for char in text):
        return int("".join(str(_DIGITS[char]) for char in text))
    total, digit, last = 0, 0, 10_000
    for char in text:
        if char in _UNITS and _UNITS[char] < last:
            last = _UNITS[char]
            total, digit = total + (digit or 1) * last, 0
        elif char in _DIGITS and not digit:
            digit = _DIGITS[char]
        else:
            break
    else:
        if text:
            return total + digit
    raise Malformed(f"“{text}”不是汉字数字")


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
