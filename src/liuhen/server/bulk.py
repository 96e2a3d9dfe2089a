"""The plane of bulk bytes: which policy each of its routes asks for. Knows nothing of the pages' plane, so that the intake need not hold it in memory."""

from collections.abc import Iterable

from liuhen.apps.registry.policy import POLICY, PUBLIC
from liuhen.kernel.errors import Refused

FILES = {
    "files": "recording.receive", "file": "recording.receive", "file-receipt": "recording.receive",
    "files-contact": "recording.receive", "files-certificate": "recording.receive",
    "files-cards": "recording.receive", "file-leave": "recording.receive", "file-cleared": "recording.receive",
    "media-original": "recording.play", "media-proxy": "recording.play", "media-thumbnail": "recording.play",
    "media-redacted": "redaction.view",
    "media-window": PUBLIC,  # Its own session knows one window and nobody's account; asked on every range.
    "files-package": "package.fetch", "files-messages": "intake.receive",
    "log-checkpoint": PUBLIC, "log-tile": PUBLIC,
}  # fmt: skip


def check_files(named: Iterable[str]) -> None:
    """Raise `Refused` for a route of this plane without a policy row."""
    bare = sorted(name for name in named if FILES.get(name) not in {*POLICY, PUBLIC})
    if bare:
        raise Refused(
            f"这些地址没有权限行，拒绝启动：{'、'.join(bare)}", do="请在权限表中为每个地址写明权限。"
        )
