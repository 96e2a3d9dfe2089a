"""`ingest`: a folder taken in at the machine itself, through the same action as every upload."""

import json
import os
from datetime import UTC, datetime
from pathlib import Path

import click

from liuhen.apps.evidence.actions import Clip, receive_recording
from liuhen.apps.evidence.models import Recording
from liuhen.apps.evidence.receipts import receipt_of
from liuhen.apps.evidence.sources import state_source
from liuhen.apps.registry.law import law_or_none
from liuhen.apps.registry.models import Unit
from liuhen.interfaces.cli.founding import agency_by_code
from liuhen.interfaces.cli.origins import ToldOrigin, read_origin
from liuhen.interfaces.office import Office
from liuhen.kernel.actors import OPERATOR
from liuhen.kernel.clock import now
from liuhen.kernel.errors import Refused
from liuhen.kernel.identifiers import new_id

_PIECE = 1 << 20


def ingest_folder(
    office: Office,
    folder: Path,
    *,
    officer: str,
    device: str,
    agency: str,
    as_json: bool,
    source: Path | None = None,
) -> None:
    """Every plain file below `folder`, in order of name; links are not followed.

    `source` is the statement of where they come from. It is read before the first file; a file keeps its receipt where
    the law does not accept the statement.
    """
    unit = agency_by_code(agency).units.get(parent__isnull=True)
    origin = read_origin(source, agency=unit.agency_id) if source else None
    paths = sorted(p for p in folder.rglob("*") if p.is_file() and not p.is_symlink())
    for number, path in enumerate(paths, start=1):
        recording = _take(office, path, unit=unit, officer=officer, device=device, folder=folder)
        receipt = receipt_of(recording, signer=office.signer, log_name=office.log.origin)
        stated = _state(office, recording, origin) if origin else ""
        if as_json:
            click.echo(json.dumps(receipt | ({"source": stated} if stated else {}), ensure_ascii=False))
        else:
            told = f"；{stated}" if stated else ""
            click.echo(
                f"[{number}/{len(paths)}] {shown_name(path.name)} 已入库，台账第 {receipt['line']} 行{told}"
            )


def _take(office: Office, path: Path, *, unit: Unit, officer: str, device: str, folder: Path) -> Recording:
    arriving = office.vault.incoming(new_id().hex)
    try:
        with path.open("rb") as file:
            while piece := file.read(_PIECE):
                arriving.write(piece)
        clip = Clip(
            unit=unit, name=shown_name(path.name), path=shown_name(str(path.relative_to(folder))), device_serial=device,
            officer_number=officer, file_time=datetime.fromtimestamp(path.stat().st_mtime, UTC),
        )  # fmt: skip
        return receive_recording(by=OPERATOR, clip=clip, arriving=arriving)
    except BaseException:
        arriving.discard()
        raise


def _state(office: Office, recording: Recording, told: ToldOrigin) -> str:
    """The statement about one file, or why there is none."""
    at = now()
    law = law_or_none(recording.agency_id, packs=office.packs, at=at)
    try:
        state_source(recording, by=OPERATOR, origin=told.of(recording.file_time or at), law=law, at=at)
    except Refused as error:
        return f"来源说明未登记：{error}"
    return "来源说明已登记，待第二人核实"


def shown_name(name: str) -> str:
    """Any bytes may be a name: what is not UTF-8 is kept readable and whole."""
    return os.fsencode(name).decode(errors="backslashreplace").replace("\0", "\\x00")
