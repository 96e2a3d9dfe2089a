"""Uploads over a line that breaks all the time: nothing is corrupt, nothing is entered twice, little is sent again.

Between client and house stands a line that resets, closes, falls silent or swallows the answer after a random number of bytes.
`CUTS` is how many (some hundreds in every run, a thousand by `make gates`); the seed is printed.
"""

import base64
import http.client
import os
import random
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from tests.live import House

from liuhen.kernel.digests import digest_of

CUTS = int(os.environ.get("CUTS", "300"))
RACES = int(os.environ.get("RACES", "3"))
SEED = int(os.environ.get("SEED", "20261121"))
OCTETS = "application/offset+octet-stream"
PIECE = 256 << 10
# A line that falls silent holds its upload for seconds, as it should; so it is rare here.
WAYS = ["reset", "close", "swallow"] * 20 + ["silent"]
RESET = b"\1\0\0\0\0\0\0\0"
pytestmark = pytest.mark.timeout(36_000)


class BadLine:
    """A relay on loopback that cuts each connection after so many bytes, in one of four ways."""

    def __init__(self, port: int, chance: random.Random) -> None:
        self._to, self._chance, self.cuts, self.repaired = port, chance, 0, False
        self._door = socket.create_server(("127.0.0.1", 0))
        self.port = self._door.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        self._door.close()

    def _serve(self) -> None:
        while True:
            try:
                client, _ = self._door.accept()
            except OSError:
                return
            threading.Thread(target=self._relay, args=(client,), daemon=True).start()

    def _relay(self, client: socket.socket) -> None:
        house = socket.create_connection(("127.0.0.1", self._to))
        how = "whole" if self.repaired else self._chance.choice(WAYS)
        left = 1 << 60 if how in ("whole", "swallow") else self._chance.randrange(200, 3 * PIECE)
        back = threading.Thread(target=self._answer, args=(house, client, how), daemon=True)
        back.start()
        try:
            while piece := client.recv(min(65536, left)):
                house.sendall(piece)
                left -= len(piece)
                if left <= 0:
                    break
        except OSError:
            pass
        if left <= 0:
            self.cuts += 1
            self._cut(client, house, how)
        back.join(timeout=2)
        for end in (client, house):
            end.close()

    def _answer(self, house: socket.socket, client: socket.socket, how: str) -> None:
        try:
            while piece := house.recv(65536):
                if how == "swallow":
                    self.cuts += 1
                    self._cut(client, house, "reset")
                    return
                client.sendall(piece)
            client.shutdown(socket.SHUT_RDWR)  # The house has nothing more to say.
        except OSError:
            return

    def _cut(self, client: socket.socket, house: socket.socket, how: str) -> None:
        if how == "silent":  # The client gives up; the house is left with a writer that says nothing.
            client.shutdown(socket.SHUT_RDWR)
            return
        for end in (client, house):
            if how == "reset":
                end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue


@contextmanager
def bad_line(house: House, chance: random.Random) -> Iterator[BadLine]:
    line = BadLine(house.port, chance)
    try:
        yield line
    finally:
        line.close()


class Sender:
    """As a careful client does it: asks where to go on after every broken connection."""

    def __init__(self, house: House, line: BadLine) -> None:
        self._line, self._token, self.sent = line, house.token, 0

    def _ask(self, method: str, path: str, body: bytes = b"", **more: str) -> http.client.HTTPResponse | None:
        wire = http.client.HTTPConnection("127.0.0.1", self._line.port, timeout=20)
        headers = {"Tus-Resumable": "1.0.0", "Authorization": f"Bearer {self._token}"}
        try:
            wire.request(
                method, path, body or None, headers | {name.replace("_", "-"): v for name, v in more.items()}
            )
            answer = wire.getresponse()
            answer.read()
        except (OSError, http.client.HTTPException):
            return None
        finally:
            wire.close()
        return answer

    def create(self, content: bytes) -> str:
        digest = base64.b64encode(digest_of(content).sha256.encode()).decode()
        while True:
            told = {
                "Upload_Length": str(len(content)),
                "Upload_Metadata": f"filename YS5iaW4=,sha256 {digest}",
            }
            answer = self._ask("POST", "/files/", **told)
            if answer is not None:
                assert answer.status == 201, answer.status
                return str(answer.headers["Location"])

    def send(self, content: bytes) -> str:
        where, offset = self.create(content), 0
        while offset < len(content):
            piece = content[offset : offset + PIECE]
            self.sent += len(piece)
            answer = self._ask("PATCH", where, piece, Upload_Offset=str(offset), Content_Type=OCTETS)
            if answer is not None and answer.status == 204:
                offset = int(answer.headers["Upload-Offset"])
                continue
            offset = self._offset(where)
        return where

    def _offset(self, where: str) -> int:
        while True:
            answer = self._ask("HEAD", where)
            if answer is not None and answer.status == 200:
                return int(answer.headers["Upload-Offset"])
            assert answer is None or answer.status == 423, answer.status


def test_no_broken_line_corrupts_or_doubles_a_recording(house: House) -> None:
    chance = random.Random(SEED)
    contents, before = list[bytes](), house.count("Recording")
    with bad_line(house, chance) as line:
        sender = Sender(house, line)
        while line.cuts < CUTS:
            contents.append(chance.randbytes(chance.choice([1, 300_000, 1_000_003, 2_500_000])))
            sender.send(contents[-1])
    print(
        f"种子 {SEED}：断 {line.cuts} 次，{len(contents)} 件，多发 {sender.sent - sum(map(len, contents))} 字节"
    )
    for content in contents:
        digest = digest_of(content).sha256
        stored = house.home / "vault/objects" / digest[:2] / digest[2:4] / digest
        assert stored.read_bytes() == content
    assert house.count("Recording") - before == len(contents)
    assert sender.sent - sum(map(len, contents)) <= line.cuts * PIECE


def test_writers_that_race_for_one_upload_leave_one_whole_object(house: House) -> None:
    """Eight at once on one upload, and the same file from two senders: one object, truthful entries."""
    chance = random.Random(SEED)
    before = house.count("Recording")
    with bad_line(house, chance) as line:
        line.repaired = True
        for number in range(RACES):
            content = chance.randbytes(200_000 + number)
            _race(house, line, content)
            digest = digest_of(content).sha256
            assert (house.home / "vault/objects" / digest[:2] / digest[2:4] / digest).read_bytes() == content
    assert house.count("Recording") - before == 2 * RACES
    house.liuhen("reconcile")


def _race(house: House, line: BadLine, content: bytes) -> None:
    where = Sender(house, line).create(content)
    told: list[int] = []

    def write() -> None:
        sender = Sender(house, line)
        for _ in range(400):
            head = sender._ask("HEAD", where)
            if head is None or head.status != 200:
                continue
            offset = int(head.headers["Upload-Offset"])
            if offset == len(content):
                return
            piece = content[offset : offset + 30_000]
            answer = sender._ask("PATCH", where, piece, Upload_Offset=str(offset), Content_Type=OCTETS)
            told.append(answer.status if answer is not None else 0)

    threads = [threading.Thread(target=write) for _ in range(8)]
    threads.append(threading.Thread(target=lambda: Sender(house, line).send(content)))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(told) <= {0, 204, 409, 423}, (
        told
    )  # 0: told to wait while it was still sending, and the line closed.
