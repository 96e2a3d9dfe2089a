"""SM3 (GB/T 32905-2016) as fast as this machine has it: libgcrypt where it is installed, else OpenSSL through hashlib.

SM3 is the wall of every upload; libgcrypt, which every Debian carries, is about a quarter quicker here. The library is
taken only after it gave the published digests. Both give the same bytes, so nobody need know which one worked.
"""

import ctypes
import hashlib
import weakref
from collections.abc import Callable
from functools import cache
from typing import Any, Protocol

_LIBRARY = "libgcrypt.so.20"
_SM3, _LENGTH = 326, 32
_DISABLE_SECURE_MEMORY, _INITIALIZED = 37, 38
_VECTORS = (
    (b"abc", "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"),
    (b"abcd" * 16, "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732"),
)


class Hash(Protocol):
    """What both ways offer."""

    def update(self, piece: Any, /) -> None: ...
    def hexdigest(self) -> str: ...


class _Gcrypt:
    """One running digest of libgcrypt. The lock of the interpreter is let go while it works."""

    def __init__(self, library: Any) -> None:
        handle = ctypes.c_void_p()
        if library.gcry_md_open(ctypes.byref(handle), _SM3, 0) or not handle.value:
            raise OSError("libgcrypt has no SM3")
        self._library, self._handle = library, handle
        weakref.finalize(self, library.gcry_md_close, handle)

    def update(self, piece: bytes | bytearray | memoryview) -> None:
        if isinstance(piece, bytes):
            self._library.gcry_md_write(self._handle, piece, len(piece))
            return
        with memoryview(piece) as view:
            if view.readonly or not view.contiguous or not view.nbytes:
                self._library.gcry_md_write(self._handle, view.tobytes(), view.nbytes)
                return
            held = ctypes.c_char.from_buffer(view)
            self._library.gcry_md_write(self._handle, ctypes.addressof(held), view.nbytes)
            del held

    def hexdigest(self) -> str:
        """Of what came so far; more may follow, as with hashlib."""
        so_far = ctypes.c_void_p()
        if self._library.gcry_md_copy(ctypes.byref(so_far), self._handle):
            raise MemoryError("libgcrypt could not copy a digest")
        try:
            return ctypes.string_at(self._library.gcry_md_read(so_far, _SM3), _LENGTH).hex()
        finally:
            self._library.gcry_md_close(so_far)


def new_sm3() -> Hash:
    """A running SM3 of nothing yet."""
    return _maker()()


def _hashlib() -> Hash:
    return hashlib.new("sm3")


@cache
def _maker() -> Callable[[], Hash]:
    try:
        library = _loaded(_LIBRARY)
    except (OSError, AttributeError):
        return _hashlib

    def make() -> Hash:
        return _Gcrypt(library)

    return make


def _loaded(name: str) -> Any:
    """The library, set up and tried. Raises `OSError` where it is not there or does not give the published digests."""
    library = ctypes.CDLL(name)
    library.gcry_check_version.argtypes, library.gcry_check_version.restype = (
        [ctypes.c_char_p],
        ctypes.c_char_p,
    )
    library.gcry_md_open.argtypes = [ctypes.POINTER(ctypes.c_void_p), ctypes.c_int, ctypes.c_uint]
    library.gcry_md_write.argtypes, library.gcry_md_write.restype = (
        [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t], None,
    )  # fmt: skip
    library.gcry_md_copy.argtypes = [ctypes.POINTER(ctypes.c_void_p), ctypes.c_void_p]
    library.gcry_md_read.argtypes, library.gcry_md_read.restype = (
        [ctypes.c_void_p, ctypes.c_int],
        ctypes.c_void_p,
    )
    library.gcry_md_close.argtypes, library.gcry_md_close.restype = [ctypes.c_void_p], None
    if not library.gcry_check_version(None):
        raise OSError(f"{name} did not start")
    library.gcry_control(_DISABLE_SECURE_MEMORY, 0)
    library.gcry_control(_INITIALIZED, 0)
    for content, digest in _VECTORS:
        hashed = _Gcrypt(library)
        hashed.update(content)
        if hashed.hexdigest() != digest:
            raise OSError(f"{name} gives another SM3 than the standard")
    return library
