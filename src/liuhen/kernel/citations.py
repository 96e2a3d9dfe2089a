"""A citation: which article of which regulation says so. Made by rules, printed by every refusal and finding."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Citation:
    """`regulation` is the printed title, `article` the printed number (第二十一条), `clause` our id (SUB-21)."""

    regulation: str
    article: str
    clause: str = ""

    def __str__(self) -> str:
        return f"《{self.regulation}》{self.article}"
