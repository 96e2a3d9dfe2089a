"""`liuhen disc`: burning with the machine's own burner, reading back from drive or image, repairing. What is read is compared and entered."""

import hashlib
import os
import shutil
import subprocess
import tempfile
from io import BufferedRandom
from pathlib import Path
from typing import BinaryIO, cast

from liuhen.apps.archive.discs import Burned, check_disc, disc_sets, enter_disc
from liuhen.apps.archive.models import Disc, DiscCheck
from liuhen.apps.registry.models import Officer
from liuhen.engines.dossier.image import differing_files
from liuhen.engines.dossier.parity import mend
from liuhen.interfaces.office import Office
from liuhen.kernel.actors import OPERATOR
from liuhen.kernel.clock import now
from liuhen.kernel.digests import Digest
from liuhen.kernel.errors import Malformed, Refused, Tampered, Unavailable

_SECTOR, _RUN = 2048, 512


def burn(office: Office, told: Burned, *, number: str, officer: str, device: str) -> Disc:
    """Burn the image of a set and enter the disc. Raises `Unavailable` without a program to burn with, and where it says it failed."""
    made = disc_sets().filter(number=number).first()
    if made is None:
        raise Refused(f"没有光盘组 {number}", do="请核对编号：先在案卷页面提出刻录，映像制成之后再刻。")
    if getattr(made, "image", None) is None:
        raise Refused(f"{number} 的映像还没有制成", do="映像由后台制作，制成之后再刻。")
    by_badge = Officer.objects.filter(agency=made.agency_id, number=officer).first()
    if by_badge is None:
        raise Refused(
            f"{made.agency.name}没有警号或者工号为 {officer} 的人员", do="请核对刻录人的警号或者工号。"
        )
    digest = Digest(made.image.sha256, made.image.sm3)
    if not office.copies.holds(digest):
        raise Refused(f"{number} 的映像已经不在副本库", do="映像保留三十天；请重新提出刻录。")
    _run(_command(office.copies.path(digest), device))
    return enter_disc(made, told, by=OPERATOR, officer=by_badge, at=now())


def read_back(office: Office, *, number: str, source: str, target: Path | None = None) -> tuple[bool, str]:
    """Read a whole disc, compare, and enter what was found; a bad disc is repaired into `target` where its repair data suffice."""
    disc = (
        Disc.objects.select_related("disc_set__image", "disc_set__case__unit", "disc_set__unit")
        .filter(number=number)
        .first()
    )
    if disc is None:
        raise Refused(f"没有光盘 {number}", do="请核对光盘上的编号；刻成而没有登记的，先登记。")
    _check_new(target)
    image = disc.disc_set.image
    with tempfile.TemporaryFile(dir=office.home) as opened:
        held = cast("BinaryIO", opened)
        lost, found = _copy(source, held, image.size)
        says = f"整盘 {image.size} 字节读出，SHA-256 {'相符' if found == image.sha256 else '不符'}"
        if lost:
            says += f"；{lost} 个扇区读不出"
        good = found == image.sha256 and not lost
        if not good:
            says += f"；{_harm(held)}；{_repaired(held, image.sha256, target)}"
        told = (
            "" if lost and found == image.sha256 else found
        )  # A disc that gives way is no good disc, though its zeros were zeros.
        check_disc(disc, by=OPERATOR, found=told, how=DiscCheck.How.READ, says=says[:300], at=now())
    return good, f"{number} {says}"


def mend_image(source: str, target: Path) -> str:
    """Repair what was read of any disc of this house, with no office at hand. Raises `Tampered` where too much is lost."""
    _check_new(target)
    with target.open("w+b") as file:
        lost, _ = _copy(source, file, None)
        found = mend(file)
    return f"{lost} 个扇区读不出，{found.bad} 个扇区由修复数据算回；映像写到 {target}，不含修复数据的部分 SHA-256 {found.sha256}"


def _copy(source: str, target: BinaryIO, size: int | None) -> tuple[int, str]:
    """Copy `size` bytes (or all) of a drive or image; a sector that cannot be read becomes zeros. How many, and the digest of what was read."""
    digest, lost, at = hashlib.sha256(), 0, 0
    try:
        handle = os.open(source, os.O_RDONLY)
    except OSError as error:
        raise Unavailable(
            f"打不开 {source}：{error.strerror}", do="请核对光驱的设备名，放好光盘。"
        ) from error
    try:
        end = os.lseek(handle, 0, os.SEEK_END) if size is None else size
        while at < end:
            piece, bad = _piece(handle, at, min(_RUN * _SECTOR, end - at))
            digest.update(piece)
            target.write(piece)
            lost, at = lost + bad, at + len(piece)
    finally:
        os.close(handle)
    return lost, digest.hexdigest()


def _piece(handle: int, at: int, size: int) -> tuple[bytes, int]:
    try:
        piece = os.pread(handle, size, at)
        if len(piece) == size:
            return piece, 0
    except OSError:
        pass
    made, lost = bytearray(), 0
    for turn in range(at, at + size, _SECTOR):
        most = min(_SECTOR, at + size - turn)
        try:
            one = os.pread(handle, most, turn)
        except OSError:
            one = b""
        lost += len(one) < most
        made += one.ljust(most, b"\0")
    return bytes(made), lost


def _harm(held: BinaryIO) -> str:
    try:
        files = differing_files(held)
    except Malformed:
        return "光盘的目录已经损坏"
    return f"受损文件：{'、'.join(files)}" if files else "盘上各文件都与清单相符，损坏的是文件以外的地方"


def _repaired(held: BinaryIO, wanted: str, target: Path | None) -> str:
    try:
        mend(held)
    except Tampered as error:
        return f"不能修复（{error}）"
    held.seek(0)
    if hashlib.file_digest(cast("BufferedRandom", held), "sha256").hexdigest() != wanted:
        return "修复以后仍与登记的映像不同：这不是登记的那张盘"
    if target is None:
        return "修复数据足以修复，请加 --to 写出后重刻"
    held.seek(0)
    with target.open("xb") as out:
        shutil.copyfileobj(held, out, 1 << 20)
    return f"已由修复数据修复，写到 {target}，请重刻"


def _command(image: Path, device: str) -> list[str]:
    if shutil.which("xorriso"):
        return ["xorriso", "-as", "cdrecord", f"dev={device}", "blank=as_needed", "padsize=0", str(image)]
    if shutil.which("growisofs"):
        return ["growisofs", "-dvd-compat", "-Z", f"{device}={image}"]
    raise Unavailable(
        "这台机器没有 xorriso，也没有 growisofs", do="请安装其一；或者在别的机器上刻录，再到页面上登记。"
    )


def _run(command: list[str]) -> None:
    ended = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
    if ended.returncode:
        last = next((line for line in reversed(ended.stderr.splitlines()) if line.strip()), "")
        raise Unavailable(f"{command[0]} 没有刻成：{last[:200]}", do="请检查刻录机和盘片，换一张再刻。")


def _check_new(target: Path | None) -> None:
    if target is not None and target.exists():
        raise Refused(f"{target} 已经存在，不覆盖", do="请换一个文件名。")
