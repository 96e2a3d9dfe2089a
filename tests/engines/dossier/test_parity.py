"""修复数据：划伤、散坏、修复数据自己也坏，能算回来的逐字节算回来，算不回来的说算不回来。"""

import hashlib
import random
from io import BytesIO

import pytest

from liuhen.engines.dossier.parity import SECTOR, Mended, add_parity, mend
from liuhen.kernel.errors import Tampered

LUCK = random.Random(20261116)
PLAIN = LUCK.randbytes(700 * SECTOR - 9)
COLUMNS = 11  # 700 sectors in 64 layers.


def disc(plain: bytes = PLAIN) -> tuple[bytes, int]:
    file = BytesIO(plain)
    added = add_parity(file)
    return file.getvalue(), added


WHOLE, ADDED = disc()


def scratched(sectors: list[int], whole: bytes = WHOLE) -> BytesIO:
    held = bytearray(whole)
    for at in sectors:
        held[at * SECTOR : (at + 1) * SECTOR] = bytes(SECTOR)
    return BytesIO(held)


def test_repair_data_stand_behind_an_image_that_stays_as_it_was() -> None:
    assert WHOLE.startswith(PLAIN)
    assert len(WHOLE) == 700 * SECTOR + ADDED
    assert ADDED == (8 * COLUMNS + 3 * (1 + 2)) * SECTOR
    assert mend(BytesIO(WHOLE)) == Mended(0, 700, hashlib.sha256(WHOLE[: 700 * SECTOR]).hexdigest())


@pytest.mark.parametrize(
    ("told", "sectors"),
    [
        ("the first sectors, where the file system stands", list(range(16, 40))),
        ("an eighth of the disc in one stretch", list(range(100, 100 + 8 * COLUMNS))),
        ("the end of the image, its first header and table", list(range(680, 703))),
        ("the first table alone", [701]),
        ("the outer rim with the last header", list(range(len(WHOLE) // SECTOR - 30, len(WHOLE) // SECTOR))),
        ("here and there", LUCK.sample(range(700), 40)),
        ("an image and its repair data", [5, 5 + COLUMNS, 5 + 2 * COLUMNS, 703 + 5, 703 + COLUMNS + 5]),
    ],
)
def test_what_a_scratch_took_is_worked_out_again(told: str, sectors: list[int]) -> None:
    file = scratched(sectors)
    found = mend(file)
    assert file.getvalue() == WHOLE, told
    assert found.bad > 0 or min(sectors) > 700


def test_a_flipped_bit_is_found_and_put_right_and_a_cut_disc_too() -> None:
    held = bytearray(WHOLE)
    held[123_456] ^= 8
    file = BytesIO(held)
    assert mend(file).bad == 1
    assert file.getvalue() == WHOLE
    cut = BytesIO(WHOLE[: -20 * SECTOR])
    assert mend(cut).bad > 0
    assert cut.getvalue() == WHOLE


def test_more_than_can_be_worked_out_is_said_with_its_place() -> None:
    with pytest.raises(Tampered, match="第 5 扇区"):
        mend(scratched([5 + turn * COLUMNS for turn in range(9)]))
    with pytest.raises(Tampered, match="三处校验表"):
        mend(BytesIO(PLAIN))
    lost = [700, 703 + 4 * COLUMNS, len(WHOLE) // SECTOR - 3]
    with pytest.raises(Tampered, match="三处校验表"):
        mend(scratched(lost))


def test_what_an_original_holds_is_not_taken_for_a_header() -> None:
    forged = bytearray(PLAIN)
    forged[SECTOR : SECTOR + 20] = b"LIUHEN-PARITY-1\n{}\n0"
    forged[3 * SECTOR + 7 : 3 * SECTOR + 23] = b"LIUHEN-PARITY-1\n"
    forged[5 * SECTOR : 5 * SECTOR + 16] = b"LIUHEN-PARITY-1\n"
    forged[5 * SECTOR + 16 : 6 * SECTOR] = b"x" * (SECTOR - 16)
    whole, _ = disc(bytes(forged))
    assert mend(BytesIO(whole)).bad == 0
    inner, _ = disc(b"an image within an image, as another office may hand one over")
    whole, _ = disc(PLAIN[:SECTOR] + inner)
    assert mend(BytesIO(whole)).sectors == len(inner) // SECTOR + 1


def test_disc_forged_sector_by_sector_is_not_taken_for_the_one_that_was_burned() -> None:
    file = BytesIO(WHOLE)
    told = WHOLE[700 * SECTOR : 701 * SECTOR].split(b"\n")
    lies = told[1].replace(hashlib.sha256(WHOLE[: 700 * SECTOR]).hexdigest().encode(), b"0" * 64)
    text = told[0] + b"\n" + lies + b"\n"
    header = (text + hashlib.sha256(text).hexdigest().encode() + b"\n").ljust(SECTOR, b"\0")
    for at in (700, 703 + 4 * COLUMNS, len(WHOLE) // SECTOR - 3):
        file.seek(at * SECTOR)
        file.write(header)
    with pytest.raises(Tampered, match="不是刻录的那一份"):
        mend(file)


def test_the_smallest_image_is_guarded_like_a_large_one() -> None:
    whole, _ = disc(b"one line")
    file = scratched([0], whole)
    assert mend(file).bad == 1
    assert file.getvalue() == whole
