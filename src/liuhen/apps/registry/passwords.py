"""Passwords the house gives out: shown once, changed by the person."""

import secrets

_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"


def new_password() -> str:
    """Easy to copy from a screen: four groups of five letters and digits that cannot be mistaken."""
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(5)) for _ in range(4))
