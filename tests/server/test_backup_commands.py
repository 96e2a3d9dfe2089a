"""A house backed up by command, lost, and put back on an empty machine: whole, and signing nothing before somebody has looked."""

import os
import shutil
from pathlib import Path

import pytest
from tests.live import House
from tests.server.test_commands import ADMINS, INIT


@pytest.mark.skipif(
    os.environ.get("LIUHEN_DATABASE", "").startswith("postgresql"),
    reason="PostgreSQL 由运行手册所述的办法备份",
)
def test_house_is_put_back_on_an_empty_machine_and_signs_nothing_at_first(tmp_path: Path) -> None:
    house, usb = House(tmp_path), tmp_path / "usb"
    files, parts = house.card, (tmp_path / "甲.json", tmp_path / "乙.json")
    usb.mkdir()
    for n in range(3):
        (files / f"{n}.mp4").write_bytes(bytes([n]) * 90_000)
    house.liuhen(*INIT, *ADMINS)
    house.liuhen("ingest", str(files))
    house.liuhen("seal")
    keys = ("--first", str(parts[0]), "--second", str(parts[1]))
    run = ("backup", "run", str(usb), "--place", "区档案馆", "--carried-by", "谭某")
    assert "还没有备份密钥" in house.liuhen(*run, ok=(5,))
    house.liuhen("backup", "keys", *keys)
    assert not (house.home / "keys" / "backup.key").exists()
    assert "原件 3 份" in house.liuhen(*run)
    assert "相符 4 份" in house.liuhen("backup", "rehearse", str(usb), *keys)
    assert "不是空的" in house.liuhen("backup", "restore", str(usb), *keys, ok=(3,))
    house.liuhen("seal")  # The house went on after the backup; then its disk is lost.
    shutil.rmtree(house.home)
    told = house.liuhen("backup", "restore", str(usb), *keys)
    assert "未发现异常" in told and "封存已停止" in told
    assert len([path for path in (house.home / "vault/objects").rglob("*") if path.is_file()]) == 3
    before = (house.home / "log/checkpoint").read_bytes()
    house.liuhen("seal")
    assert (house.home / "log/checkpoint").read_bytes() == before
    house.liuhen("seal", "--resume")
    assert (house.home / "log/checkpoint").read_bytes() != before
    assert "未发现异常" in house.liuhen("verify")
