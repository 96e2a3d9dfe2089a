"""The line between a station and the house: a relay on loopback that counts what passes, and can be cut for a while.

Cut means: whatever is open is reset, and whoever calls is reset too, until the time is over.
"""

import contextlib
import socket
import threading
import time

RESET = b"\1\0\0\0\0\0\0\0"


class Line:
    """`rate` in bytes a second towards the house, for all together; 0 is as fast as it goes. `beside` are further ports of the house that
    go over the same line. It listens at the same ports as the house, at an address of its own.
    """

    HOST = "127.0.0.2"

    def __init__(self, port: int, *, rate: float = 0, beside: tuple[int, ...] = ()) -> None:
        self._rate = rate
        self.sent, self.cuts = 0, 0
        self._plan: list[tuple[int, float]] = []
        self._down_until = 0.0
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._doors = [(socket.create_server((self.HOST, to), backlog=128), to) for to in (port, *beside)]
        self.port = port
        for door, to in self._doors:
            threading.Thread(target=self._serve, args=(door, to), daemon=True).start()

    def plan(self, *cuts: tuple[int, float]) -> None:
        """Cut after so many bytes towards the house, for so many seconds each."""
        self._plan = sorted(cuts)

    def close(self) -> None:
        for door, _to in self._doors:
            door.close()

    def cut(self, seconds: float) -> None:
        with self._lock:
            self._down_until = time.monotonic() + seconds
            self.cuts += 1
            ends = list(self._open)
        for end in ends:
            with contextlib.suppress(OSError):
                end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
                end.shutdown(socket.SHUT_RDWR)

    def _serve(self, door: socket.socket, to: int) -> None:
        while True:
            try:
                client, _ = door.accept()
            except OSError:
                return
            threading.Thread(target=self._pass, args=(client, to), daemon=True).start()

    def _pass(self, client: socket.socket, to: int) -> None:
        if time.monotonic() < self._down_until:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            client.close()
            return
        try:
            house = socket.create_connection(("127.0.0.1", to))
        except OSError:  # The house is not there (yet, or any more).
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            client.close()
            return
        with self._lock:
            self._open |= {client, house}
        back = threading.Thread(target=self._back, args=(house, client), daemon=True)
        back.start()
        with contextlib.suppress(OSError):
            while piece := client.recv(1 << 18):
                house.sendall(piece)
                self._count(len(piece))
            house.shutdown(socket.SHUT_WR)
        back.join(timeout=30)
        with self._lock:
            self._open -= {client, house}
        client.close()
        house.close()

    def _back(self, house: socket.socket, client: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while piece := house.recv(1 << 18):
                client.sendall(piece)
        with contextlib.suppress(OSError):
            client.shutdown(socket.SHUT_RDWR)

    def _count(self, size: int) -> None:
        with self._lock:
            self.sent += size
            due = self._plan.pop(0) if self._plan and self.sent >= self._plan[0][0] else None
        if due is not None:
            self.cut(due[1])
        if self._rate:
            with self._lock:
                time.sleep(size / self._rate)
