"""Passwords the house gives out: shown once, changed by the person."""

import secrets

from liuhen.apps.registry.models import Account

_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"


def new_password() -> str:
    """Easy to copy from a screen: four groups of five letters and digits that cannot be mistaken."""
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(5)) for _ in range(4))


def is_given(account: Account) -> bool:
    """Whether another person knows the password: whoever opened the account or set it anew."""
    return account.given_passwords.filter(replaced_at__isnull=True).exists()
