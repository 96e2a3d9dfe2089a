"""Two verifiers, one format, the same verdicts: whatever is done to a package is found and placed by both, in the same words."""

import functools
import importlib.util
import json
import random
from collections.abc import Iterator
from datetime import timedelta
from types import ModuleType
from typing import Any

import pytest
from tests.engines.dossier.browsing import offline, reports_of
from tests.engines.dossier.forgeries import (
    LINES,
    PACKAGE,
    RECEIPTS,
    ROWS,
    Files,
    Forgery,
    all_of,
    files_of,
    mended,
    resealed_text,
)
from tests.engines.dossier.packing import BOTH, FOLDER, NOON, contents, trust_text
from tests.engines.ledger.stamping import OpenSslAuthority

from liuhen.kernel.digests import digest_of


def loaded() -> ModuleType:
    """verify.py as a stranger runs it: the file alone."""
    spec = importlib.util.spec_from_file_location("liuhen_verify", FOLDER / "verify.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


VERIFY = loaded()
VERIFY.ed25519_fits = functools.lru_cache(maxsize=None)(
    VERIFY.ed25519_fits
)  # pure, and asked the same a thousand times here


class Held:
    """A package in memory, as verify.py takes folders."""

    def __init__(self, files: Files) -> None:
        self.files, self.sizes = files, {path: len(content) for path, content in files.items()}

    def pieces(self, path: str) -> Iterator[bytes]:
        content = self.files[path]
        yield from (content[at : at + VERIFY.PIECE] for at in range(0, len(content), VERIFY.PIECE))


def by_python(files: Files, trust: str | None) -> dict[str, Any]:
    return VERIFY.Check(Held(files), trust).run().told()  # type: ignore[no-any-return]


def found_in(report: dict[str, Any]) -> set[tuple[str, str]]:
    return {(item["code"], item["where"]) for item in report["items"] if item["state"] == "bad"}


@pytest.fixture(scope="module")
def authorities(tmp_path_factory: pytest.TempPathFactory) -> tuple[OpenSslAuthority, OpenSslAuthority]:
    folder = tmp_path_factory.mktemp("authorities")
    return OpenSslAuthority(folder / "one"), OpenSslAuthority(folder / "other", algorithm="ec")


@pytest.fixture(scope="module")
def sound(authorities: tuple[OpenSslAuthority, OpenSslAuthority]) -> Files:
    return files_of(contents(authorities[0]))


@pytest.fixture(scope="module")
def national(authorities: tuple[OpenSslAuthority, OpenSslAuthority]) -> Files:
    """The same package of a house that signs with SM2 as well."""
    return files_of(contents(authorities[0], house=BOTH), BOTH)


@pytest.fixture(scope="module")
def forgeries(
    sound: Files, national: Files, authorities: tuple[OpenSslAuthority, OpenSslAuthority]
) -> list[Forgery]:
    return all_of(sound, national, *authorities)


@pytest.fixture(scope="module")
def told(forgeries: list[Forgery]) -> list[dict[str, Any]]:
    """What verify.py says of each."""
    return [by_python(one.files, one.trust or trust_text()) for one in forgeries]


def test_whole_package_is_sound_with_the_keys_from_outside(sound: Files) -> None:
    report = by_python(sound, trust_text())
    assert report["verdict"] == "sound"
    assert found_in(report) == set()


def test_whole_package_without_keys_from_outside_is_told_to_hang_in_the_air(sound: Files) -> None:
    report = by_python(sound, None)
    assert report["verdict"] == "unanchored"
    assert "trust.inside-only" in {item["code"] for item in report["items"]}


def test_package_signed_twice_is_sound_by_both_signatures(national: Files) -> None:
    report = by_python(national, trust_text(BOTH))
    assert report["verdict"] == "sound"
    places = {item["where"] for item in report["items"] if item["code"] == "sm2.fits"}
    assert places == {"seal.txt", "data/journal/checkpoint.txt", *RECEIPTS}
    assert by_python(national, None)["verdict"] == "unanchored"
    assert found_in(by_python(national, None)) == set()


def test_package_made_before_the_second_key_need_not_bear_its_signature(sound: Files) -> None:
    later = trust_text(BOTH, since=NOON + timedelta(days=1))
    assert by_python(sound, later)["verdict"] == "sound"
    assert ("sm2.absent", "seal.txt") in found_in(by_python(sound, trust_text(BOTH)))


def test_every_kind_of_tampering_is_there_at_many_places(forgeries: list[Forgery]) -> None:
    packages = {
        "manifest",
        "drop",
        "add",
        "proof",
        "policy",
        "salt",
        "report",
        "rename",
        "nested",
        "verifier",
    }
    signatures = {
        "wrong key",
        "expired",
        "revoked",
        "moved",
        "changed",
        "stripped",
        "algorithm",
        "token of other hash",
    }
    assert packages | signatures <= {one.kind for one in forgeries}
    assert len(forgeries) > 300
    assert len({(one.kind, one.name) for one in forgeries}) == len(forgeries)


def test_whatever_is_done_to_a_package_is_found_and_placed(
    forgeries: list[Forgery], told: list[dict[str, Any]]
) -> None:
    missed = []
    for one, report in zip(forgeries, told, strict=True):
        if report["verdict"] != one.verdict or not set(one.finds) <= found_in(report):
            missed.append((one.kind, one.name, one.finds, report["verdict"], sorted(found_in(report))[:6]))
    assert missed == []


def test_every_check_is_seen_to_fail_or_to_hold(
    told: list[dict[str, Any]], sound: Files, national: Files
) -> None:
    """A check that nothing here can make speak would be a check that cannot fail."""
    spoken = {item["code"] for report in told for item in report["items"]}
    spoken |= {item["code"] for trust in (None, trust_text()) for item in by_python(sound, trust)["items"]}
    spoken |= {item["code"] for item in by_python(national, trust_text(BOTH))["items"]}
    elsewhere = {
        "zip.form",
        "bag.too-many",  # In test_hostile.py.
        "original.sm3-skipped",
        "list.none",
        "witness.nobody",
        "look.none",
        "look.not-given",  # In test_copies.py.
        "document.none",
        "time.none",
        "time.chain-fits",
        "time.chain-wrong",
        "time.purpose",  # These three in test_time_chains.py.
    }
    # Those in test_vouchers.py and test_copies.py.
    checks = {code for code in VERIFY.CHECKS["checks"] if not code.startswith(("voucher.", "copy."))}
    assert checks - spoken - elsewhere == set()


_STRANGE: list[Any] = [
    None, True, 0, -1, 1.5, 3.0, 2**53, 2**64, 1e300, "", "x", "\ud800", [], {}, [[]], {"__proto__": 1}, {"a": 1},
]  # fmt: skip


def disarranged(value: Any) -> Any:
    """A part of `value`, however deep, left out, told twice, or exchanged for something strange."""
    if not isinstance(value, list | dict) or not value or random.random() < 0.15:
        return random.choice(_STRANGE)
    found: Any = list(value) if isinstance(value, list) else dict(value)
    key = random.choice(range(len(found)) if isinstance(found, list) else list(found))
    chance = random.random()
    if chance < 0.1:
        del found[key]
    elif chance < 0.2 and isinstance(found, list):
        found.insert(key, found[0])
    else:
        found[key] = disarranged(found[key])
    return found


@pytest.mark.browser
@pytest.mark.slow
def test_page_hashes_large_files_piece_by_piece_as_often_as_it_is_asked() -> None:
    """One buffer is used again and again, and the stream is let go of: the digests are those of any other program."""
    content = bytes(range(256)) * 12_000 + b"tail"
    run = """async ([text, times]) => {
      const blob = new Blob([new Uint8Array(256 * 12000).map((_, i) => i % 256), text]), found = new Set();
      for (let i = 0; i < times; i++) {
        let read = 0;
        await inPieces(blob, (piece) => { read += piece.length; });
        found.add(read);
      }
      const one = new Sha256(), other = new Sm3();
      await inPieces(blob, (piece) => { one.update(piece); other.update(piece); });
      return [Array.from(found), one.hexdigest(), other.hexdigest()];
    }"""
    with offline(FOLDER / "verify.html") as page:
        found = page.evaluate(run, ["tail", 20])
    told = digest_of(content)
    assert found == [[len(content)], told.sha256, told.sm3]


@pytest.mark.browser
@pytest.mark.slow
def test_both_verifiers_say_the_same_of_every_package(
    forgeries: list[Forgery], told: list[dict[str, Any]], sound: Files, national: Files
) -> None:
    variants: list[tuple[Files, str | None]] = [(one.files, one.trust or trust_text()) for one in forgeries]
    random.seed(20261120)
    for _ in range(60):  # And any byte of anything but the films.
        path = random.choice([path for path in sound if "originals" not in path])
        content, place = bytearray(sound[path]), random.randrange(len(sound[path]))
        content[place] ^= 1 << random.randrange(8)
        variants.append(({**sound, path: bytes(content)}, trust_text()))
    flips = len(variants) - len(told)
    for _ in range(
        60
    ):  # And JSON in which something is missing, twice there, or of another kind, under a seal that fits.
        path = random.choice([PACKAGE, LINES, ROWS, *RECEIPTS])
        value = disarranged(json.loads(sound[path]))
        wrong = json.dumps(value).encode("utf-8", "surrogatepass")
        number = json.loads(sound[PACKAGE])["number"]
        variants.append((resealed_text(mended({**sound, path: wrong}), number), trust_text()))
    variants += [(sound, trust_text()), (sound, None), (national, trust_text(BOTH)), (national, None)]
    variants += [(sound, trust_text(BOTH)), (sound, trust_text(BOTH, since=NOON + timedelta(days=1)))]
    with offline(FOLDER / "verify.html") as page:
        shown = reports_of(page, sound, variants)
    expected = told + [by_python(files, trust) for files, trust in variants[len(told) :]]
    names = [f"{one.kind}: {one.name}" for one in forgeries]
    assert [name for name, one, other in zip(names, shown, expected, strict=False) if one != other] == []
    assert shown == expected
    assert all(report["verdict"] == "broken" for report in shown[len(told) : len(told) + flips])
