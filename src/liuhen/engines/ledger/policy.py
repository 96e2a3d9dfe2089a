"""A witness policy in the form of C2SP tlog-policy: which witnesses there are, and which of them together suffice.

`witness NAME VKEY [URL]`, `group NAME all|any|K MEMBER…`, `quorum NAME|none`. A witness without an address is one to whom we go on paper.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from liuhen.engines.ledger.cosignature import WitnessKey
from liuhen.kernel.errors import Malformed

_NONE = "none"


@dataclass(frozen=True, slots=True)
class Witness:
    """One witness: its name in this policy, its key, and the address where it takes checkpoints (empty: on paper)."""

    name: str
    key: WitnessKey
    url: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """At least `least` of `members`, each a witness or a group."""

    least: int
    members: tuple[str, ...]


class Cover(NamedTuple):
    """One cosignature: for a tree of which size, at what time."""

    size: int
    at: datetime


class Standing(NamedTuple):
    """How far the policy is satisfied: every entry below `size`, since `at`."""

    size: int
    at: datetime


@dataclass(frozen=True, slots=True)
class WitnessPolicy:
    """Witnesses and groups by name, and the name whose word counts; `none` needs nobody."""

    witnesses: Mapping[str, Witness]
    groups: Mapping[str, Group]
    quorum: str

    @property
    def is_none(self) -> bool:
        return self.quorum == _NONE

    @property
    def on_line(self) -> tuple[Witness, ...]:
        return tuple(witness for witness in self.witnesses.values() if witness.url)

    @property
    def needs_paper(self) -> bool:
        """Whether those on line cannot satisfy it alone."""
        return not self.satisfied_by(str(witness.key) for witness in self.on_line)

    def satisfied_by(self, keys: Iterable[str]) -> bool:
        """Whether the witnesses with these keys (vkeys) together suffice."""
        held = set(keys)
        return self.is_none or self._says(self.quorum, lambda name: str(self.witnesses[name].key) in held)

    def standing(self, covers: Mapping[str, Iterable[Cover]]) -> Standing | None:
        """How far the record is witnessed, of the cosignatures by key. Who vouches for a size vouches for all below it.

        `at` is the moment when the last that was needed vouched for this size.
        """
        known = {key: tuple(found) for key, found in covers.items()}
        for size in sorted({cover.size for found in known.values() for cover in found}, reverse=True):
            first = {
                key: min(cover.at for cover in found if cover.size >= size)
                for key, found in known.items()
                if any(cover.size >= size for cover in found)
            }
            for at in sorted(first.values()):
                if self.satisfied_by(key for key, told in first.items() if told <= at):
                    return Standing(size, at)
        return None

    @property
    def says(self) -> str:
        """The rule in words: 2 家中的任意 1 家."""
        if self.is_none:
            return "无"
        return self._words(self.quorum)

    def _words(self, name: str) -> str:
        group = self.groups.get(name)
        if group is None:
            return name
        told = "、".join(
            self._words(m) if m in self.witnesses else f"（{self._words(m)}）" for m in group.members
        )
        if len(group.members) == 1:
            return told
        return f"{told} 全部" if group.least == len(group.members) else f"{told} 中任意 {group.least} 家"

    def _says(self, name: str, is_held: Callable[[str], bool]) -> bool:
        group = self.groups.get(name)
        if group is None:
            return is_held(name)
        return sum(self._says(member, is_held) for member in group.members) >= group.least

    @classmethod
    def parse(cls, text: str) -> "WitnessPolicy":
        """Read a policy file. Raises `Malformed` with the line where it is wrong."""
        reading = _Reading({}, {})
        for number, line in enumerate(text.split("\n"), 1):
            words = line.replace("\t", " ").split(" ")
            words = [word for word in words if word]
            if words and not words[0].startswith("#"):
                reading.take(number, words)
        if not reading.quorum:
            raise Malformed("见证策略没有 quorum 行", do="暂无见证单位的，写 quorum none。")
        return cls(reading.witnesses, reading.groups, reading.quorum)


NOBODY = WitnessPolicy({}, {}, _NONE)
NOBODY_TEXT = "quorum none\n"


@dataclass(slots=True)
class _Reading:
    witnesses: dict[str, Witness]
    groups: dict[str, Group]
    quorum: str = ""

    def take(self, number: int, words: list[str]) -> None:
        try:
            self._line(words[0], words[1:])
        except Malformed as error:
            raise Malformed(f"见证策略第 {number} 行：{error.why}") from error

    def _line(self, kind: str, rest: list[str]) -> None:
        if kind == "witness" and len(rest) in (2, 3):
            self._witness(*rest)
        elif kind == "group" and len(rest) >= 3:
            self._group(rest[0], rest[1], rest[2:])
        elif kind == "quorum" and len(rest) == 1 and not self.quorum:
            if rest[0] != _NONE:
                self._known(rest[0])
            self.quorum = rest[0]
        elif kind != "log":  # Which log is ours we know from elsewhere.
            raise Malformed("应为 witness、group 或者仅有一次的 quorum")

    def _witness(self, name: str, key: str, url: str = "") -> None:
        self._new(name)
        found = Witness(name, WitnessKey.parse(key), url.rstrip("/"))
        raw = {witness.key.key.public_bytes_raw() for witness in self.witnesses.values()}
        if found.key.key.public_bytes_raw() in raw:
            raise Malformed(f"“{name}”与前面的见证单位用同一把公钥")
        if url and not url.startswith(("http://", "https://")):
            raise Malformed(f"地址“{url}”应以 http:// 或 https:// 开头")
        self.witnesses[name] = found

    def _group(self, name: str, least: str, members: list[str]) -> None:
        self._new(name)
        for member in members:
            self._known(member)
        wanted = {"all": str(len(members)), "any": "1"}.get(least, least)
        if not wanted.isascii() or not wanted.isdecimal() or not 1 <= int(wanted) <= len(members):
            raise Malformed(f"“{least}”应为 all、any 或 1 到 {len(members)} 的数")
        self.groups[name] = Group(int(wanted), tuple(members))

    def _new(self, name: str) -> None:
        if name == _NONE or name in self.witnesses or name in self.groups:
            raise Malformed(f"名称“{name}”已经用过，或者不能用")

    def _known(self, name: str) -> None:
        if name not in self.witnesses and name not in self.groups:
            raise Malformed(f"前面没有名为“{name}”的见证单位或组")
