"""`ingest`: a folder taken in at the machine itself, through the same action as every upload."""

import json
import os
from datetime import UTC, datetime
from pathlib import Path

import click

from liuhen.apps.evidence.actions import Clip, receive_recording
from liuhen.apps.evidence.receipts import receipt_of
from liuhen.apps.registry.models import Unit
from liuhen.interfaces.cli.founding import agency_by_code
from liuhen.interfaces.office import Office
from liuhen.kernel.actors import OPERATOR
from liuhen.kernel.identifiers import new_id

_PIECE = 1 << 20


def ingest_folder(
    office: Office, folder: Path, *, officer: str, device: str, agency: str, as_json: bool
) -> None:
    """Every plain file below `folder`, in order of name; links are not followed."""
    unit = agency_by_code(agency).units.get(parent__isnull=True)
    paths = sorted(p for p in folder.rglob("*") if p.is_file() and not p.is_symlink())
    for number, path in enumerate(paths, start=1):
        receipt = _take(office, path, unit=unit, officer=officer, device=device, folder=folder)
        if as_json:
            click.echo(json.dumps(receipt, ensure_ascii=False))
        else:
            click.echo(f"[{number}/{len(paths)}] {shown_name(path.name)} 已入库，台账第 {receipt['line']} 行")


def _take(
    office: Office, path: Path, *, unit: Unit, officer: str, device: str, folder: Path
) -> dict[str, object]:
    arriving = office.vault.incoming(new_id().hex)
    try:
        with path.open("rb") as file:
            while piece := file.read(_PIECE):
                arriving.write(piece)
        clip = Clip(
            unit=unit, name=shown_name(path.name), path=shown_name(str(path.relative_to(folder))), device_serial=device,
            officer_number=officer, file_time=datetime.fromtimestamp(path.stat().st_mtime, UTC),
        )  # fmt: skip
        recording = receive_recording(by=OPERATOR, clip=clip, arriving=arriving)
    except BaseException:
        arriving.discard()
        raise
    return receipt_of(recording, signer=office.signer, log_name=office.log.origin)


def shown_name(name: str) -> str:
    """Any bytes may be a name: what is not UTF-8 is kept readable and whole."""
    return os.fsencode(name).decode(errors="backslashreplace").replace("\0", "\\x00")
