"""The works of the archive: images of discs, and the examination of volumes. Called by the worker through `works`."""

from collections.abc import Callable
from uuid import UUID

from liuhen.apps.access.packing import Parts
from liuhen.apps.archive import discs, scrubbing
from liuhen.apps.archive.models import DiscSet, VolumeStep
from liuhen.apps.archive.properties import examine
from liuhen.interfaces.office import Office
from liuhen.kernel.clock import now


def build_disc(office: Office, parts_of: Callable[[Office], Parts], set_id: UUID) -> None:
    """Make the image of a set of discs, with both verifiers as they stand beside the program."""
    made = DiscSet.objects.select_related("agency", "unit", "case").get(pk=set_id)
    discs.build_image(
        made, parts=parts_of(office), copies=office.copies, signer=office.signer, home=office.home, at=now()
    )


def examine_volume(office: Office, step_id: UUID) -> None:
    """四性检测 of a volume as it was closed, or as the archive accepted it."""
    step = VolumeStep.objects.select_related("volume__case", "volume__agency").get(pk=step_id)
    examine(step, vault=office.vault, witnesses=office.witnesses, at=now())


def read_on(office: Office, _run: UUID) -> None:
    """The next share of the originals from their medium."""
    scrubbing.read_on(office.vault, at=now())
