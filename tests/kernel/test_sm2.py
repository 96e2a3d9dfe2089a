"""SM2: the example of the standard, two other programs, and nothing else passes."""

import gmalg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.national import national_key, raw_of
from tongsuopy.crypto import hashes
from tongsuopy.crypto.asymciphers import ec

from liuhen.kernel import sm2

# GB/T 32918.5-2017, annex A: the key, the message and what came out.
PRIVATE = 0x3945208F7B2144B13F36E38AC6D39F95889393692860B51A42FB81EF4DF7C5B8
KEY = bytes.fromhex(
    "0409f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020"
    "ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13"
)
MESSAGE = b"message digest"
E = 0xF0B43E94BA45ACCAACE692ED534382EB17E6AB5A19CE7B31F4486FDFC0D28640
SIGNATURE = bytes.fromhex(
    "f5a03b0648d2c4630eeac513e1bb81a15944da3827d5b74143ac7eaceee720b3"
    "b1b6aa29df212fd8763182bc0d421ca1bb9038fd1f7f42d4840b69c485bbc1aa"
)


def test_example_of_the_standard_fits() -> None:
    assert sm2.digest(KEY, MESSAGE) == E
    assert sm2.fits(KEY, MESSAGE, SIGNATURE)


def test_two_other_programs_sign_what_fits() -> None:
    key = national_key(7)
    public = raw_of(key)
    other = gmalg.SM2((7).to_bytes(32, "big"), uid=sm2.IDENTITY, pk=public)
    for message in (b"", b"a", b"m" * 10_000, "检查点".encode()):
        r, s = other.sign(message)
        assert sm2.fits(public, message, r + s)
    assert public[1:33] == key.public_key().public_numbers().x.to_bytes(32, "big")


@settings(max_examples=25, deadline=None)
@given(st.integers(1, sm2.ORDER - 2), st.binary(max_size=200))
def test_whatever_is_signed_fits_and_only_that(secret: int, message: bytes) -> None:
    key = ec.derive_private_key(secret, ec.SM2())
    raw = sm2_raw(key.sign(message, ec.ECDSA(hashes.SM3())))
    public = raw_of(key)
    assert sm2.fits(public, message, raw)
    assert not sm2.fits(public, message + b"\0", raw)
    assert not sm2.fits(KEY, message, raw)


def sm2_raw(signature: bytes) -> bytes:
    """r ‖ s out of DER."""
    r_end = 4 + signature[3]
    numbers = (signature[4:r_end], signature[r_end + 2 :])
    return b"".join(int.from_bytes(one, "big").to_bytes(32, "big") for one in numbers)


@pytest.mark.parametrize("bit", range(0, 512, 37))
def test_one_bit_of_a_signature_is_another(bit: int) -> None:
    flipped = int.from_bytes(SIGNATURE, "big") ^ 1 << bit
    assert not sm2.fits(KEY, MESSAGE, flipped.to_bytes(64, "big"))


@pytest.mark.parametrize(
    "key",
    [
        b"", KEY[:-1], b"\2" + KEY[1:], KEY[:-1] + b"\0", b"\4" + sm2.P.to_bytes(32, "big") + KEY[33:],
        KEY[:33] + sm2.P.to_bytes(32, "big"),
    ],
)  # fmt: skip
def test_what_is_no_point_is_no_key(key: bytes) -> None:
    assert not sm2.is_key(key)
    assert not sm2.fits(key, MESSAGE, SIGNATURE)
    assert sm2.is_key(KEY)


@pytest.mark.parametrize(
    ("r", "s"),
    [(0, 1), (1, 0), (sm2.ORDER, 1), (1, sm2.ORDER), (1, sm2.ORDER - 1)],
    ids=["r is none", "s is none", "r too great", "s too great", "their sum is none"],
)
def test_numbers_out_of_range_are_no_signature(r: int, s: int) -> None:
    assert not sm2.fits(KEY, MESSAGE, r.to_bytes(32, "big") + s.to_bytes(32, "big"))
    assert not sm2.fits(KEY, MESSAGE, SIGNATURE[:-1])


def test_sum_at_infinity_is_no_signature() -> None:
    """s·G + t·P is the point at infinity where s + t·d is a multiple of the order."""
    t = 12345
    s = -t * PRIVATE % sm2.ORDER
    r = (t - s) % sm2.ORDER
    assert not sm2.fits(KEY, MESSAGE, r.to_bytes(32, "big") + s.to_bytes(32, "big"))


def test_key_that_is_the_base_itself_is_reckoned_right() -> None:
    """Where both summands are the same point the sum is a doubling."""
    key = ec.derive_private_key(1, ec.SM2())
    signature = sm2_raw(key.sign(MESSAGE, ec.ECDSA(hashes.SM3())))
    assert sm2.fits(raw_of(key), MESSAGE, signature)
    assert not sm2.fits(raw_of(key), b"", signature)
