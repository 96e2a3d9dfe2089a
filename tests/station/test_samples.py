"""Every reference sample through the real station: nothing is refused, each is kept whole with a verified receipt, and ends with the findings that the
facts beside it name. `make samples` prints the same as a table.
"""

import json
from collections.abc import Iterator
from hashlib import md5, sha256
from pathlib import Path
from typing import Any

import pytest

from tests.engines.media.test_samples import EXPECTED, REAL_LENGTH
from tests.live import House
from tests.station.samples import SAMPLES, Came, bring, files_of

pytestmark = [pytest.mark.reference, pytest.mark.timeout(1800)]
# What the facts call unreadable or empty: kept with its receipt, and nothing is derived of it.
NOTHING_DERIVED = {
    name for name, codes in EXPECTED.items() if codes & {"empty_file", "unreadable", "no_media"}
}
# What no camera makes: papers, lists, keys. Brought like anything else, and said to be no recording.
NO_RECORDING = {"no_media", "disguised", "unreadable", "empty_file"}


@pytest.fixture(scope="module")
def samples() -> Path:
    if not SAMPLES.is_dir():
        pytest.skip(f"没有参考样本（{SAMPLES}）；设置 LIUHEN_REFERENCE 后再运行")
    return SAMPLES


@pytest.fixture(scope="module")
def came(samples: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Came]]:
    house = House(tmp_path_factory.mktemp("house"))
    try:
        house.found()
        house.start()
        yield {one.path: one for one in bring(house, samples)}
    finally:
        house.kill()


def test_every_file_is_kept_whole_with_a_verified_receipt(samples: Path, came: dict[str, Came]) -> None:
    files = files_of(samples)
    assert set(came) == set(files)
    for path, one in came.items():
        assert one.state == "完成", path
        assert one.receipt is not None
        assert one.receipt.state == "verified"
        assert one.receipt.digest.sha256 == one.row["sha256"]
        assert one.row["sha256"] == sha256(files[path].read_bytes()).hexdigest(), path
        assert (one.row["size"], one.row["verified"]) == (files[path].stat().st_size, True)


def test_every_sample_ends_as_its_facts_say(samples: Path, came: dict[str, Came]) -> None:
    facts: dict[str, Any] = json.loads((samples / "facts.json").read_text("utf-8"))
    for path, codes in EXPECTED.items():
        row, known = came[path].row, facts[path]
        assert set(row["findings"]) == codes, path
        assert (row["sha256"], row["size"]) == (known["sha256"], known["bytes"])
        length = REAL_LENGTH.get(path, known.get("duration_s"))
        if length is not None and not path.startswith("photos/"):
            assert row["facts"]["duration"] == pytest.approx(length, abs=0.2), path


def test_what_cannot_be_read_has_no_copies_and_what_is_no_recording_says_so(came: dict[str, Came]) -> None:
    for path, one in came.items():
        if path in NOTHING_DERIVED or path not in EXPECTED:
            assert one.row["copies"] == [], path
        if path not in EXPECTED:
            assert set(one.row["findings"]) & NO_RECORDING, path


def test_twins_of_one_md5_are_two_recordings(samples: Path, came: dict[str, Came]) -> None:
    twins = [f"hostile/md5-twin-{n}.mp4" for n in (1, 2)]
    assert len({md5((samples / name).read_bytes(), usedforsecurity=False).hexdigest() for name in twins}) == 1
    assert len({came[name].row["sha256"] for name in twins}) == 2
