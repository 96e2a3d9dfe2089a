"""签名 (signatures): who signs a document, what stands for a signature that is refused, and the marks on changes and pages."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from liuhen.engines.rules.facts import FactPath, Facts
from liuhen.engines.rules.office_facts import SIGNERS
from liuhen.engines.rules.verdicts import Finding, breached, met, pending, unknown

Refusal = Literal["note", "two_officers", "filmed", "never"]
_STRICTNESS: tuple[Refusal, ...] = ("note", "two_officers", "filmed", "never")


@dataclass(frozen=True, slots=True, kw_only=True)
class Signatures:
    """签名：应签的各方都签；拒签的依规注明；需要的，改动处捺印、多页骑缝。

    `refusal` is what a refusal asks for: a note, a note and two officers' signatures, a note and footage; `never` means
    that no refusal replaces a signature.
    """

    who: tuple[str, ...] = ()
    officers: int = 0
    refusal: Refusal = "note"
    marks: bool = False

    @property
    def subject(self) -> str:
        return "document"

    @property
    def slot(self) -> tuple[object, ...]:
        return ()

    @property
    def reads(self) -> tuple[FactPath, ...]:
        names = ["signed", "officer_signatures", "refused", "refusal_noted", "finalised_at"]
        names += ["filmed"] if self.refusal == "filmed" else []
        names += ["pages", "straddled", "corrections", "corrections_marked"] if self.marks else []
        return tuple(FactPath("document", name) for name in names)

    def judge(self, facts: Facts, *, now: datetime) -> Finding | None:
        paper = facts.document
        if paper is None:
            return None
        if paper.signed is None or (self.officers and paper.officer_signatures is None):
            return unknown("没有签名情况的登记", mend="请登记各方签名情况。")
        missing = (*self._unsigned(facts), *self._unmarked(facts))
        if not missing:
            return met("签名、印记齐全")
        mend = f"请补齐：{'、'.join(missing)}。"
        if paper.finalised_at is None:
            return pending("尚缺：{}", missing, mend=mend)
        return breached("文书已于 {} 定稿，仍缺：{}", paper.finalised_at, missing, mend=mend)

    def _unsigned(self, facts: Facts) -> tuple[str, ...]:
        signed, refused = _SIGNED.of(facts), _REFUSED.of(facts) or frozenset()
        left = [who for who in self.who if who not in signed and who not in refused]
        missing = [f"{SIGNERS[who]}签名" for who in left]
        declined = [who for who in self.who if who in refused and who not in signed]
        missing += self._refusal_lacks(facts, declined)
        officers = 2 if declined and self.refusal == "two_officers" else self.officers
        if officers and (_OFFICERS.of(facts) or 0) < officers:
            missing.append(f"{officers} 名执法人员签名")
        return tuple(missing)

    def _refusal_lacks(self, facts: Facts, declined: list[str]) -> list[str]:
        if not declined:
            return []
        if self.refusal == "never":
            return [f"{SIGNERS[who]}签名" for who in declined]
        lacks = [] if _NOTED.of(facts) else ["拒签情况的注明"]
        return lacks + (["拒签时的音像记录"] if self.refusal == "filmed" and not _FILMED.of(facts) else [])

    def _unmarked(self, facts: Facts) -> tuple[str, ...]:
        if not self.marks:
            return ()
        bare = (_CORRECTIONS.of(facts) or 0) - (_MARKED.of(facts) or 0)
        several = (_PAGES.of(facts) or 1) > 1 and not _STRADDLED.of(facts)
        return (*((f"{bare} 处改动的捺印或者盖章",) if bare > 0 else ()), *(("骑缝印记",) if several else ()))

    def combine(self, other: "Signatures") -> "Signatures":
        """Everyone of both, and the stricter formalities."""
        return replace(
            self,
            who=self.who + tuple(who for who in other.who if who not in self.who),
            officers=max(self.officers, other.officers),
            refusal=max(self.refusal, other.refusal, key=_STRICTNESS.index),
            marks=self.marks or other.marks,
        )


_SIGNED = FactPath("document", "signed")
_REFUSED = FactPath("document", "refused")
_NOTED = FactPath("document", "refusal_noted")
_FILMED = FactPath("document", "filmed")
_OFFICERS = FactPath("document", "officer_signatures")
_CORRECTIONS = FactPath("document", "corrections")
_MARKED = FactPath("document", "corrections_marked")
_PAGES = FactPath("document", "pages")
_STRADDLED = FactPath("document", "straddled")
