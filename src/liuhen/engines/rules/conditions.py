"""When a rule, a relief or a ground applies: conditions on facts, with three answers (yes, no, not known).

A pack writes a path (`"recording.remote_duty"`), a table (`{ fact = "activity.flags", has_any = ["mass"] }`) or a list
of these, all of which must hold.
"""

from dataclasses import dataclass

from liuhen.engines.rules.facts import FactPath, Facts


@dataclass(frozen=True, slots=True)
class Condition:
    """Exactly one of the tests is set; `present` asks whether the fact is known at all."""

    fact: FactPath
    equals: bool | str | None = None
    one_of: frozenset[str] | None = None
    has_any: frozenset[str] | None = None
    at_least: int | None = None
    not_empty: bool | None = None
    present: bool | None = None

    def holds(self, facts: Facts) -> bool | None:  # noqa: PLR0911  one line a test
        """True, False, or None where the fact is not known."""
        value = self.fact.of(facts)
        if value is None:
            return None if self.present is None else not self.present
        if self.has_any is not None:
            return not self.has_any.isdisjoint(value)
        if self.one_of is not None:
            return value in self.one_of
        if self.present is not None:
            return self.present
        if self.not_empty is not None:
            return bool(value) is self.not_empty
        if self.at_least is not None:
            return bool(value >= self.at_least)
        return bool(value == self.equals)


When = tuple[Condition, ...]


def all_hold(when: When, facts: Facts) -> bool | None:
    """True where every condition holds, False where one fails, None where it depends on something unknown."""
    answer: bool | None = True
    for condition in when:
        held = condition.holds(facts)
        if held is False:
            return False
        if held is None:
            answer = None
    return answer


def unknown_facts(when: When, facts: Facts) -> tuple[str, ...]:
    """The meanings of the facts that keep `when` from being decided."""
    return tuple(f"“{c.fact.says}”" for c in when if c.holds(facts) is None)
