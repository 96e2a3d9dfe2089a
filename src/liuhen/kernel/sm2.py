"""SM2 signatures (GB/T 32918.2-2016, curve of GB/T 32918.5-2017) with SM3: whether one fits. Signing is a library's.

Checking handles nothing secret, so plain integers may do it; whoever checks needs no library of national algorithms.
"""

from liuhen.kernel.sm3 import new_sm3

P = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFF
A = P - 3
B = 0x28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93
ORDER = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123
BASE = (
    0x32C4AE2C1F1981195F9904466A39C9948FE30BBFF2660BE1715A4589334C74C7,
    0xBC3736A2F4F6779C59BDCEE36B692153D0A9877CC62A474002DF32E52139F0A0,
)
IDENTITY = b"1234567812345678"
"""The signer's identity where none was agreed (GM/T 0009-2012, clause 10); every signature of the house has it."""
POINT, SIGNATURE = 65, 64
_WIDTH = 32
_Point = tuple[int, int, int]  # Jacobian: x/z², y/z³; z = 0 is the point at infinity


def fits(key: bytes, message: bytes, signature: bytes) -> bool:
    """Whether `signature` (r ‖ s) is that of `key` (0x04 ‖ x ‖ y) over `message`."""
    owner = _owner(key)
    if owner is None or len(signature) != SIGNATURE:
        return False
    r, s = (int.from_bytes(signature[at : at + _WIDTH], "big") for at in (0, _WIDTH))
    if not (0 < r < ORDER and 0 < s < ORDER):
        return False
    t = (r + s) % ORDER
    if t == 0:
        return False
    x = _affine_x(_both(s, BASE, t, owner))
    return x is not None and (digest(key, message) + x) % ORDER == r


def digest(key: bytes, message: bytes) -> int:
    """e: SM3 of Z, which binds identity, curve and key, and of the message (6.1 and 5.5 of the second part)."""
    told = b"".join(number.to_bytes(_WIDTH, "big") for number in (A, B, *BASE))
    z = _sm3((len(IDENTITY) * 8).to_bytes(2, "big") + IDENTITY + told + key[1:])
    return int.from_bytes(_sm3(z + message), "big")


def is_key(key: bytes) -> bool:
    """Whether these bytes are a point of the curve."""
    return _owner(key) is not None


def _owner(key: bytes) -> tuple[int, int] | None:
    if len(key) != POINT or key[0] != 4:
        return None
    x, y = int.from_bytes(key[1 : 1 + _WIDTH], "big"), int.from_bytes(key[1 + _WIDTH :], "big")
    return (x, y) if x < P and y < P and (y * y - x * x * x - A * x - B) % P == 0 else None


def _sm3(content: bytes) -> bytes:
    hashed = new_sm3()
    hashed.update(content)
    return bytes.fromhex(hashed.hexdigest())


def _both(one: int, first: tuple[int, int], other: int, second: tuple[int, int]) -> _Point:
    """one·first + other·second, bit by bit together."""
    p, q = (*first, 1), (*second, 1)
    chosen = {"01": q, "10": p, "11": _added(p, q)}
    found: _Point = (0, 1, 0)
    for bit in range(max(one, other).bit_length() - 1, -1, -1):
        found = _doubled(found)
        pair = f"{one >> bit & 1}{other >> bit & 1}"
        if pair in chosen:
            found = _added(found, chosen[pair])
    return found


def _doubled(point: _Point) -> _Point:
    """Of what has no order two: on this curve only the point at infinity stays what it is."""
    x, y, z = point
    square = y * y % P
    shift = 4 * x * square % P
    slope = 3 * (x - z * z) * (x + z * z) % P
    new_x = (slope * slope - 2 * shift) % P
    return new_x, (slope * (shift - new_x) - 8 * square * square) % P, 2 * y * z % P


def _added(one: _Point, other: _Point) -> _Point:
    if one[2] == 0 or other[2] == 0:
        return other if one[2] == 0 else one
    square_one, square_other = one[2] * one[2] % P, other[2] * other[2] % P
    u_one, u_other = one[0] * square_other % P, other[0] * square_one % P
    s_one, s_other = one[1] * square_other * other[2] % P, other[1] * square_one * one[2] % P
    if u_one == u_other:
        return _doubled(one) if s_one == s_other else (0, 1, 0)
    width, rise = u_other - u_one, s_other - s_one
    square = width * width % P
    cube = square * width % P
    x = (rise * rise - cube - 2 * u_one * square) % P
    return x, (rise * (u_one * square - x) - s_one * cube) % P, one[2] * other[2] * width % P


def _affine_x(point: _Point) -> int | None:
    if point[2] == 0:
        return None
    inverse = pow(point[2], -1, P)
    return point[0] * inverse * inverse % P
