"""One fact of the schema: a field that may be unknown, with its meaning, its words, and whether a room fills it yet."""

from dataclasses import field
from typing import Any


def known(says: str, *, words: dict[str, str] | None = None, filled: bool = True) -> Any:
    """A fact that may be unknown (None), with its meaning and, where closed, its vocabulary.

    `filled` is False while no room sets it: a rule that reads it is kept out of the running product.
    """
    # Runs while modules load, before mutation testing has chosen its mutant.
    return field(
        default=None, metadata={"says": says, "words": words or {}, "filled": filled}
    )  # pragma: no mutate
