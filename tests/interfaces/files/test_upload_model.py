"""Any order of pieces and of slices, right and wrong: the house does what a model of tus 1.0 says, and what is refused changes nothing.

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
        """The model: how many bytes are there, whether the length was told, and whether the upload is open, whole or gone."""

        def _ask(self, method: str, **more: Any) -> requests.Response:
            return session.request(method, house.url + self.where, timeout=30, **more)

        def _patch(self, offset: int, piece: bytes, **headers: str) -> int:
            told = {"Upload-Offset": str(offset), "Content-Type": OCTETS, **headers}
            return self._ask("PATCH", headers=told, data=piece).status_code

        def _check(self) -> None:
            head = self._ask("HEAD")
            if self.is_gone:
                assert head.status_code == 404
                return
            assert (head.status_code, head.headers["Upload-Offset"]) == (200, str(self.offset))
            length, deferred = head.headers.get("Upload-Length"), head.headers.get("Upload-Defer-Length")
            assert (length, deferred) == ((str(len(self.content)), None) if self.is_told else (None, "1"))

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
            return self.is_told and self.offset == len(self.content)

        @initialize(
            size=st.integers(1, 20_000), seed=st.integers(0, 1 << 30), first=st.integers(-9_000, 9_000), is_told=st.booleans()
        )  # fmt: skip
        def begin(self, size: int, seed: int, first: int, is_told: bool) -> None:
            """Some come with their first bytes, and of some the length is told later."""
            self.content = hashlib.shake_128(seed.to_bytes(4, "big")).digest(size)
            self.offset, self.is_gone, self.is_told = 0, False, is_told
            self.where = "/files/"
            headers = {"Upload-Length": str(size)} if is_told else {"Upload-Defer-Length": "1"}
            piece = self.content[: max(0, first)]
            if piece:
                headers["Content-Type"] = OCTETS
            created = self._ask("POST", headers=headers, data=piece)
            assert (created.status_code, created.headers["Upload-Offset"]) == (201, str(len(piece)))
            self.where, self.offset = created.headers["Location"], len(piece)

        @rule(length=st.integers(0, 9_000), tells=st.booleans())
        def next_piece(self, length: int, tells: bool) -> None:
            piece = self.content[self.offset : self.offset + length]
            headers = {"Upload-Length": str(len(self.content))} if tells else {}
            was_whole = self.is_whole
            status = self._patch(self.offset, piece, **headers)
            self._taken(status, piece)
            if not self.is_gone and not was_whole:
                self.is_told = self.is_told or tells
            self._check()

        @precondition(lambda self: not self.is_gone and not self.is_told and self.offset)
        @rule()
        def length_that_is_too_short(self) -> None:
            assert self._patch(self.offset, b"", **{"Upload-Length": str(self.offset - 1)}) == 400
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

        @precondition(lambda self: not self.is_gone and not self.is_whole and self.is_told)
        @rule(more=st.binary(min_size=1, max_size=40))
        def more_than_was_declared(self, more: bytes) -> None:
            assert self._patch(self.offset, self.content[self.offset :] + more) == 400
            head = self._ask("HEAD")
            assert self.offset <= int(head.headers["Upload-Offset"]) <= len(self.content)
            # How much was kept depends on how the bytes came; a history must not, so it ends here.
            assert self._ask("DELETE").status_code == 204
            self.is_gone = True

        @precondition(lambda self: self.is_told)
        @rule(length=st.integers(0, 30_000))
        def changed_length(self, length: int) -> None:
            if length != len(self.content):
                status = self._patch(self.offset, b"", **{"Upload-Length": str(length)})
                assert status == (404 if self.is_gone else 409 if self.is_whole else 400)
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


def _slices(house: House) -> type[RuleBasedStateMachine]:  # noqa: C901  one class whose rules share a session
    session = requests.Session()
    session.headers.update({"Tus-Resumable": "1.0.0", "Authorization": f"Bearer {house.token}"})

    class Slices(RuleBasedStateMachine):
        """The model: of each slice its bytes, how many are there, whether it is gone; and which lists of them became a file."""

        def _ask(
            self, method: str, where: str = "/files/", body: bytes = b"", **more: str
        ) -> requests.Response:
            headers = {name.replace("_", "-"): value for name, value in more.items()}
            return session.request(method, house.url + where, headers=headers, data=body, timeout=30)

        @initialize()
        def begin(self) -> None:
            self.contents, self.offsets, self.where = list[bytes](), list[int](), list[str]()
            self.gone, self.files = set[int](), dict[tuple[int, ...], str]()

        @property
        def joined(self) -> set[int]:
            return {number for parts in self.files for number in parts}

        def _is_whole(self, number: int) -> bool:
            return self.offsets[number] == len(self.contents[number])

        def _check(self, number: int) -> None:
            head = self._ask("HEAD", self.where[number])
            if number in self.gone:
                assert head.status_code == 404
                return
            told = (head.headers["Upload-Offset"], head.headers["Upload-Concat"])
            assert told == (str(self.offsets[number]), "partial")

        @precondition(lambda self: len(self.contents) < 6)
        @rule(size=st.integers(0, 3_000), seed=st.integers(0, 1 << 30))
        def begin_slice(self, size: int, seed: int) -> None:
            answer = self._ask("POST", Upload_Length=str(size), Upload_Concat="partial")
            assert answer.status_code == 201
            self.contents.append(hashlib.shake_128(seed.to_bytes(4, "big")).digest(size))
            self.offsets.append(0)
            self.where.append(answer.headers["Location"])
            self._check(len(self.contents) - 1)

        @precondition(lambda self: self.contents)
        @rule(which=st.integers(0, 5), length=st.integers(0, 3_000))
        def next_piece(self, which: int, length: int) -> None:
            number = which % len(self.contents)
            offset = self.offsets[number]
            piece = self.contents[number][offset : offset + length]
            status = self._ask(
                "PATCH", self.where[number], piece, Upload_Offset=str(offset), Content_Type=OCTETS
            ).status_code
            assert status == (404 if number in self.gone else 409 if self._is_whole(number) else 204)
            if status == 204:
                self.offsets[number] += len(piece)
            self._check(number)

        @precondition(lambda self: self.contents)
        @rule(which=st.integers(0, 5), really=st.sampled_from([False, False, True]))
        def end_slice(self, which: int, really: bool) -> None:
            number = which % len(self.contents)
            if really or number in self.joined:
                status = self._ask("DELETE", self.where[number]).status_code
                assert status == (404 if number in self.gone else 403 if number in self.joined else 204)
                if status == 204:
                    self.gone.add(number)
            self._check(number)

        @precondition(lambda self: self.contents)
        @rule(which=st.lists(st.integers(0, 5), min_size=1, max_size=4))
        def join(self, which: list[int]) -> None:
            parts = tuple(number % len(self.contents) for number in which)
            answer = self._ask("POST", Upload_Concat="final;" + " ".join(self.where[n] for n in parts))
            if set(parts) & self.gone:
                expected = 404
            elif parts in self.files:
                expected = 201
            elif len(set(parts)) != len(parts):
                expected = 400
            elif set(parts) & self.joined:
                expected = 403
            else:
                expected = 201 if all(self._is_whole(number) for number in parts) else 409
            assert answer.status_code == expected
            if expected == 201:
                where = self.files.setdefault(parts, answer.headers["Location"])
                assert where == answer.headers["Location"]
                self._check_file(parts)
            for number in parts:
                self._check(number)

        @precondition(lambda self: self.files)
        @rule(which=st.integers(0, 5))
        def meddle_with_a_file(self, which: int) -> None:
            parts, where = list(self.files.items())[which % len(self.files)]
            size = sum(len(self.contents[number]) for number in parts)
            told = {"Upload_Offset": str(size), "Content_Type": OCTETS}
            assert self._ask("PATCH", where, b"", **told).status_code == 403
            assert self._ask("DELETE", where).status_code == 403
            self._check_file(parts)

        def _check_file(self, parts: tuple[int, ...]) -> None:
            content = b"".join(self.contents[number] for number in parts)
            head = self._ask("HEAD", self.files[parts])
            assert head.headers["Upload-Offset"] == head.headers["Upload-Length"] == str(len(content))
            receipt = self._ask("GET", f"{self.files[parts]}/receipt").json()
            assert receipt["sha256"] == hashlib.sha256(content).hexdigest()

    return Slices


def test_house_and_model_agree_on_every_history_of_slices(house: House) -> None:
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        _slices(house),
        settings=settings(
            max_examples=max(4, MODELS // 4),
            stateful_step_count=STEPS,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
