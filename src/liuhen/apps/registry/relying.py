"""Whose passkeys these are: read where the office is put together, before there are any tables."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RelyingParty:
    """Under which name browsers hold keys for this house (RP ID), and from which addresses its pages ask for them."""

    name: str
    origins: frozenset[str]
