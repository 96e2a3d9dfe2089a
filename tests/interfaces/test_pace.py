"""How often: so many in a while for one key, whoever else asks; what was refused does not count."""

import pytest

from liuhen.interfaces import pace
from liuhen.interfaces.pace import Pace, TooOften


class Hands:
    """A clock that goes when it is told to."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_more_than_so_many_in_a_while_are_refused_with_the_time_to_wait() -> None:
    clock = Hands()
    door = Pace("敲门", most=3, seconds=60, clock=clock)
    for _ in range(3):
        door.take("li")
        clock.now += 10
    for _ in range(5):
        with pytest.raises(TooOften, match="太频繁") as caught:
            door.take("li")
        assert caught.value.retry_seconds == 31
    door.take("wang")
    clock.now = 160.0
    door.take("li")
    with pytest.raises(TooOften):
        door.take("li")


def test_keys_that_were_not_heard_of_for_long_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pace, "_KEYS", 2)
    door = Pace("敲门", most=1, seconds=60, clock=Hands())
    for key in ("a", "b", "c"):
        door.take(key)
    door.take("a")
    with pytest.raises(TooOften):
        door.take("c")
