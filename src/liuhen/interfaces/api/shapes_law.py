"""The answers of the room of the law: article by article, the shelf of packs, comparisons and trials.

Beside `shapes`, whose parts they use.
"""

from datetime import datetime
from typing import Literal

from liuhen.interfaces.api.shapes import Action, Cite, Fact, Shape, State


class Standing(Shape):
    state: State
    count: int
    to: str | None = None


class Relief(Shape):
    cite: Cite | None
    says: str


class RuleShown(Shape):
    id: str
    kind: str
    cite: Cite
    says: str
    parameters: list[Fact]
    reliefs: list[Relief]


class TextLine(Shape):
    """A line of the regulation's own text; `depth` 0 for a paragraph, 1 and 2 for items."""

    text: str
    depth: int
    cited: bool


class PassageShown(Shape):
    """The printed place of a clause, or why there is none to show."""

    cite: Cite
    says: str
    heading: str
    lines: list[TextLine]
    note: str
    to: str


class ClauseShown(Shape):
    """One clause: our words, what carries it, how it stands this month."""

    id: str
    cite: Cite
    says: str
    how: State
    carriers: list[str]
    rules: list[RuleShown]
    standing: list[Standing]
    readings: list[Fact]


class ArticleShown(Shape):
    """One article: as printed where the text is attached, and clause by clause in our words."""

    anchor: str
    printed: str
    heading: str
    lines: list[TextLine]
    clauses: list[ClauseShown]


class SettingShown(Shape):
    key: str
    label: str
    value: str
    default_value: str
    why: str
    since: datetime | None
    history: list[str]
    cite: Cite | None
    action: Action | None


class ReadingShown(Shape):
    cite: Cite
    question: str
    reading: str
    why: str


class NotEncodedShown(Shape):
    cite: Cite
    says: str
    why: str


class TextAttached(Shape):
    """The file of the regulation's own text, and what the proofreading found."""

    name: str
    attached_at: datetime
    by: str
    digest: str
    counts: list[Fact]
    oddities: list[str]
    slips: list[str]


class PackTab(Shape):
    """One pack in force, or to come."""

    key: str
    version: str
    title: str
    state: State
    since: datetime | None
    until: datetime | None
    chosen: bool


class Waiting(Shape):
    """A change of the law that waits for a second person."""

    says: str
    state: State
    lines: list[str]
    since: datetime


class RoundShown(Shape):
    says: str
    done: int
    total: int


class RulesPage(Shape):
    title: str
    state: State
    says: str
    facts: list[Fact]
    packs: list[PackTab]
    month: str
    months: list[str]
    waiting: list[Waiting]
    round: RoundShown | None
    text: TextAttached | None
    articles: list[ArticleShown]
    settings: list[SettingShown]
    readings: list[ReadingShown]
    not_encoded: list[NotEncodedShown]
    actions: list[Action]
    attach_to: str | None


class FindingRow(Shape):
    id: str
    verdict: State
    subject: str
    number: str
    to: str
    cite: Cite
    reason: str
    judged_at: datetime


class PackOnShelf(Shape):
    key: str
    version: str
    title: str
    issuer: str
    state: State
    source: str
    facts: list[Fact]
    problems: list[str]
    actions: list[Action]


class ShelfPage(Shape):
    says: str
    packs: list[PackOnShelf]


class ParameterPair(Shape):
    label: str
    one: str
    other: str
    same: bool


class RulePair(Shape):
    """One matter in two packs: what each asks, and value by value where they differ."""

    kind: str
    one: RuleShown | None
    other: RuleShown | None
    parameters: list[ParameterPair]
    same: bool


class PairGroup(Shape):
    title: str
    pairs: list[RulePair]
    differ: int


class ComparisonPage(Shape):
    one: PackTab
    other: PackTab
    choices: list[PackTab]
    says: str
    groups: list[PairGroup]


class ShortenedShown(Shape):
    told: str
    before: str
    after: str


class TrialPage(Shape):
    """A trial before it runs: what would change, which classes would be kept less long, how many rows there are."""

    title: str
    says: str
    since: datetime
    problem: str | None
    shortened: list[ShortenedShown]
    total: int
    part_url: str
    actions: list[Action]


class TurnShown(Shape):
    before: State
    after: State
    cite: Cite
    says: str
    why: str


class ShiftShown(Shape):
    direction: Literal["shorter", "longer", "fixed", "open"]
    before: str
    after: str
    promised: str | None


class TrialRow(Shape):
    kind: str
    number: str
    to: str
    turns: list[TurnShown]
    shift: ShiftShown | None


class TrialPart(Shape):
    compared: int
    rows: list[TrialRow]
    next: str | None
