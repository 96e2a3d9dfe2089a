"""Any order of pieces, right and wrong: the house does what a model of tus 1.0 says, and what is refused changes nothing.

`MODELS` is how many random histories are played (some in every run, two hundred by `make gates`).
"""

import base64
import hashlib
import os
from typing import Any

import pytest
import requests
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)
from tests.live import House

OCTETS = "application/offset+octet-stream"
MODELS = int(os.environ.get("MODELS", "40"))
STEPS = 50
pytestmark = pytest.mark.timeout(36_000)


def _machine(house: House) -> type[RuleBasedStateMachine]:  # noqa: C901  one class whose rules share a session
    session = requests.Session()
    session.headers.update({"Tus-Resumable": "1.0.0", "Authorization": f"Bearer {house.token}"})

    class OneUpload(RuleBasedStateMachine):
        """The model: how many bytes are there, and whether the upload is open, whole or gone."""

        def _ask(self, method: str, **more: Any) -> requests.Response:
            return session.request(method, house.url + self.where, timeout=30, **more)

        def _patch(self, offset: int, piece: bytes, **headers: str) -> int:
            told = {"Upload-Offset": str(offset), "Content-Type": OCTETS, **headers}
            return self._ask("PATCH", headers=told, data=piece).status_code

        def _check(self) -> None:
            head = self._ask("HEAD")
            if self.is_gone:
                assert head.status_code == 404
            else:
                assert (head.status_code, head.headers["Upload-Offset"]) == (200, str(self.offset))
                assert head.headers["Upload-Length"] == str(len(self.content))

        def _taken(self, status: int, piece: bytes) -> None:
            """What the model expects of a piece at the right place."""
            if self.is_gone:
                assert status == 404
            elif self.is_whole:
                assert status == 409
            else:
                assert status == 204
                self.offset += len(piece)

        @property
        def is_whole(self) -> bool:
            return self.offset == len(self.content)

        @initialize(size=st.integers(1, 20_000), seed=st.integers(0, 1 << 30))
        def begin(self, size: int, seed: int) -> None:
            self.content = hashlib.shake_128(seed.to_bytes(4, "big")).digest(size)
            self.offset, self.is_gone = 0, False
            self.where = "/files/"
            self.where = self._ask("POST", headers={"Upload-Length": str(size)}).headers["Location"]

        @rule(length=st.integers(0, 9_000))
        def next_piece(self, length: int) -> None:
            piece = self.content[self.offset : self.offset + length]
            self._taken(self._patch(self.offset, piece), piece)
            self._check()

        @rule(length=st.integers(1, 9_000), algorithm=st.sampled_from(["sha1", "sha256"]))
        def checked_piece(self, length: int, algorithm: str) -> None:
            piece = self.content[self.offset : self.offset + length]
            mark = base64.b64encode(hashlib.new(algorithm, piece).digest()).decode()
            self._taken(self._patch(self.offset, piece, **{"Upload-Checksum": f"{algorithm} {mark}"}), piece)

        @precondition(lambda self: not self.is_gone and not self.is_whole)
        @rule(length=st.integers(1, 9_000))
        def piece_with_a_wrong_mark(self, length: int) -> None:
            piece = self.content[self.offset : self.offset + length]
            mark = base64.b64encode(hashlib.sha256(b"another").digest()).decode()
            assert self._patch(self.offset, piece, **{"Upload-Checksum": f"sha256 {mark}"}) == 460
            self._check()

        @precondition(lambda self: not self.is_gone)
        @rule(place=st.integers(0, 30_000), piece=st.binary(max_size=500))
        def piece_at_a_wrong_place(self, place: int, piece: bytes) -> None:
            """Repeated, overlapping, out of order or beyond: each is told the same, and changes nothing."""
            if place != self.offset:
                assert self._patch(place, piece) == 409
                self._check()

        @precondition(lambda self: not self.is_gone and not self.is_whole)
        @rule(more=st.binary(min_size=1, max_size=40))
        def more_than_was_declared(self, more: bytes) -> None:
            assert self._patch(self.offset, self.content[self.offset :] + more) == 400
            head = self._ask("HEAD")
            assert self.offset <= int(head.headers["Upload-Offset"]) <= len(self.content)
            # How much was kept depends on how the bytes came; a history must not, so it ends here.
            assert self._ask("DELETE").status_code == 204
            self.is_gone = True

        @rule()
        def changed_length(self) -> None:
            status = self._patch(self.offset, b"", **{"Upload-Length": "7"})
            assert status in ((404,) if self.is_gone else (204, 409))
            self._check()

        @precondition(lambda self: not self.is_whole)
        @rule(really=st.sampled_from([False, False, False, True]))
        def end(self, really: bool) -> None:
            if really and not self.is_gone:
                assert self._ask("DELETE").status_code == 204
                self.is_gone = True
            self._check()

        @precondition(lambda self: self.is_whole and not self.is_gone)
        @rule()
        def end_what_is_stored(self) -> None:
            assert self._ask("DELETE").status_code == 403
            self._check()

    return OneUpload


def test_house_and_model_agree_on_every_history(house: House) -> None:
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        _machine(house),
        settings=settings(
            max_examples=MODELS,
            stateful_step_count=STEPS,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
