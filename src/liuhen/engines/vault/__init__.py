"""The vault 证据库: content-addressed, written once, never changed.

An object's address is its SHA-256; SM3 is recorded beside it. Names are data and never become paths.
`Vault` is the promise, `FileVault` and `MemoryVault` keep it, and one contract suite holds both to it.
"""

from liuhen.engines.vault.files import FileVault
from liuhen.engines.vault.memory import MemoryVault
from liuhen.engines.vault.port import Incoming, Stored, Vault

__all__ = ["FileVault", "Incoming", "MemoryVault", "Stored", "Vault"]
