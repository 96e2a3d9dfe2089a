"""The wording of every message to whoever writes a pack or attaches a text is written down and reviewed."""

from tests.engines.rules import messages


def test_messages_are_what_was_reviewed() -> None:
    told = messages.lines()
    assert "（没有拒绝）" not in told
    assert messages.FILE.read_text("utf-8").splitlines() == told
