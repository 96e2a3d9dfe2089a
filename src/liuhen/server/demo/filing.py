"""Volumes of the demonstration: one case that is concluded has its volume open, the archived one went the whole way."""

from datetime import datetime, timedelta

from liuhen.apps.archive import volumes
from liuhen.apps.archive.models import VolumeEntry
from liuhen.apps.archive.properties import examine
from liuhen.apps.casework.models import Case
from liuhen.apps.registry.models import Officer
from liuhen.engines.rules.filing import asked_of_volume
from liuhen.engines.rules.packs import Rulebook
from liuhen.interfaces.office import Office
from liuhen.kernel.actors import Actor

_HOUR = timedelta(hours=1)


def file_case(
    office: Office, case: Case, *, head: Officer, archivist: Officer, law: Rulebook, whole: bool, at: datetime
) -> None:
    """Open the volume of a concluded case; where `whole`, close it, hand it over and have it accepted."""
    by = Actor("officer", case.officer_id, "演示")
    made = volumes.open_volume(case, by=by, officer=case.officer, law=law, at=at)
    sheet = VolumeEntry(
        sort=VolumeEntry.Sort.SHEET, title="检查情况登记表（纸质）", pages=4, says="原件存本卷"
    )
    volumes.enter(made, sheet, by=by, at=at)
    if not whole:
        return
    for code in sorted(asked_of_volume(law)):
        remark = VolumeEntry(
            sort=VolumeEntry.Sort.REMARK, code=code, says="专项检查以纸质登记表记录，没有其他材料"
        )
        volumes.enter(made, remark, by=by, at=at)
    step = volumes.close_volume(made, by=by, officer=case.officer, law=law, note="", at=at + _HOUR)
    examine(step, vault=office.vault, witnesses=office.witnesses, at=at + _HOUR)
    row = volumes.volumes().get(pk=made.pk)
    volumes.submit_volume(row, by=_actor(head), officer=head, note="已逐件检查", at=at + 2 * _HOUR)
    row = volumes.volumes().get(pk=made.pk)
    counted = volumes.steps_of(row)[-1].counts
    done = volumes.accept_volume(
        row,
        by=_actor(archivist),
        officer=archivist,
        counted=counted,
        shelf="一库 2 架 5 盒",
        note="",
        at=at + 3 * _HOUR,
    )
    examine(done, vault=office.vault, witnesses=office.witnesses, at=at + 3 * _HOUR)


def _actor(officer: Officer) -> Actor:
    return Actor("officer", officer.pk, "演示")
