"""The commands as an operator meets them: a first run, refusals with the way out, exit codes, what a program may read."""

import contextlib
import json
import os
import shutil
import sqlite3
import stat
import time
from operator import itemgetter
from pathlib import Path

import psycopg
import pytest
import requests
from tests.engines.dossier.packing import HOUSE, contents, trust_text
from tests.live import House

from liuhen.engines.dossier import bag_files, zipped
from liuhen.engines.ledger import Receipt
from liuhen.kernel.digests import digest_of
from liuhen.kernel.errors import Refused
from liuhen.server.paths import data_folder
from liuhen.server.settings import read_settings
from liuhen.server.tls import certificate_of, install_sheet

ADMINS = [part for who in ("甲:sys", "乙:sec", "丙:aud") for part in ("--admin", who)]
INIT = [
    "init",
    "--agency",
    "清河街道办事处",
    "--code",
    "QH",
    "--type",
    "subdistrict",
    "--pack",
    "subdistrict",
]


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


def test_first_run_makes_tables_agency_three_administrators_and_pack(tmp_path: Path) -> None:
    house = House(tmp_path, makes_tables=True)
    told = house.liuhen(*INIT, *ADMINS)
    assert told.count("只显示这一次") == 3
    for title in ("系统管理员：甲", "安全管理员：乙", "审计管理员：丙", "规则包 subdistrict@1"):
        assert title in told
    for key in (house.home / "keys").glob("*.key"):
        assert stat.S_IMODE(key.stat().st_mode) == 0o600
    again = house.liuhen(*INIT, *ADMINS, ok=(3,))
    assert "已经建立" in again
    assert json.loads(house.liuhen("verify", "--json")) == {"ok": True, "faults": []}


def test_three_administrators_are_three_people(house: House) -> None:
    told = house.liuhen(*INIT, "--admin", "甲:a", "--admin", "乙:a", "--admin", "丙:c", ok=(4,))
    assert "三个不同的人" in told


def test_demonstration_refuses_a_real_home(house: House) -> None:
    house.liuhen(*INIT, *ADMINS)
    assert "正式数据目录" in house.liuhen("demo", ok=(3,))


def test_commands_without_a_home_say_what_to_do(house: House) -> None:
    assert "liuhen init" in house.liuhen("verify", ok=(5,))
    assert "liuhen init" in house.liuhen("serve", ok=(5,))


def test_unsafe_home_is_not_started(house: House) -> None:
    house.liuhen(*INIT, *ADMINS)
    (house.home / "keys" / "log.key").chmod(0o644)
    assert "chmod 600" in house.liuhen("verify", ok=(3,))
    (house.home / "keys" / "log.key").chmod(0o600)
    settings = house.home / "liuhen.toml"
    good = settings.read_text()
    settings.write_text(good.replace('witness_policy = "none"', ""))
    assert "见证策略" in house.liuhen("verify", ok=(3,))
    settings.write_text(good + 'colour = "red"\n')
    assert "不认识的设置“colour”" in house.liuhen("verify", ok=(4,))
    house.environment["LIUHEN_PORTS"] = "1"
    settings.write_text(good)
    assert "LIUHEN_PORTS" in house.liuhen("verify", ok=(4,))


def test_folder_is_ingested_with_receipts_and_reconciled(house: House) -> None:
    house.liuhen(*INIT, *ADMINS)
    for name, content in (("a.mp4", b""), ("b.bin", b"x" * 5000), (os.fsdecode(b"\xff.jpg"), b"y")):
        (house.card / name).write_bytes(content)
    (house.card / "link").symlink_to("/etc/passwd")
    lines = house.liuhen("ingest", str(house.card), "--json").splitlines()
    assert [json.loads(line)["size"] for line in lines] == [0, 5000, 1]
    assert "登记与原件一致" in house.liuhen("reconcile")
    _ = [
        path.unlink()
        for path in (house.home / "vault/objects").rglob("*")
        if path.is_file() and path.stat().st_size == 5000
    ]
    assert "不在库" in house.liuhen("reconcile", ok=(1,))
    told = json.loads(house.liuhen("verify", "--json", ok=(1,)))
    assert [fault["what"] for fault in told["faults"]] == [f"证据库中没有这个原件：{digest_of(b'x' * 5000)}"]


def test_folder_from_elsewhere_is_ingested_with_its_statement(house: House) -> None:
    house.liuhen(*INIT, *ADMINS)
    (house.card / "VID_1.mp4").write_bytes(b"phone")
    told = house.home.parent / "source.toml"
    good = """source = "disc"\nmaker = "某牌光盘"\ntaken_by = "某区公安分局"\ntaken_where = "清河路"
why = "调取的监控录像"\nhanded_by = "某民警"\nhanded_to = "赵"\ntaken_at = 2026-01-05T10:00:00
"""
    ingest = ["ingest", str(house.card), "--source", str(told)]
    for text, says in (
        ("source = ", "不是可读的 TOML"),
        (good + 'colour = "red"\n', "不认识的键“colour”"),
        (good.replace('why = "调取的监控录像"\n', ""), "还缺：why（未用配发设备的原因）"),
        (good.replace('"disc"', '"cloud"'), "没有“cloud”这种来源"),
        (good.replace('"赵"', "1"), "“handed_to”的写法不对"),
        (good + 'officer_number = "999"\n', "警号 999 不在本机关名册中"),
    ):
        told.write_text(text)
        assert says in house.liuhen(*ingest, ok=(4,))
    told.write_text(good)
    assert "来源说明已登记，待第二人核实" in house.liuhen(*ingest)
    told.write_text(good.replace("2026-01-05", "2099-01-05"))
    assert "来源说明未登记：摄录时间在将来" in house.liuhen(*ingest)
    assert json.loads(house.liuhen(*ingest, "--json"))["source"].startswith("来源说明未登记")


def test_person_is_added_with_roles_and_a_password_shown_once(house: House) -> None:
    house.liuhen(*INIT, *ADMINS)
    person = ["user", "add", "--unit", "0", "--name", "李某", "--number", "010001", "--login", "li"]
    assert "只显示这一次" in house.liuhen(*person, "--role", "officer")
    assert "已有人使用" in house.liuhen(*person, "--role", "officer", ok=(3,))
    assert "没有“king”这个职务" in house.liuhen(
        *person[:-3], "010002", "--login", "x", "--role", "king", ok=(4,)
    )
    assert "现有：0（清河街道办事处）" in house.liuhen(
        "user", "add", "--unit", "9", *person[4:], "--role", "officer", ok=(3,)
    )


def test_seal_signs_what_is_new(house: House) -> None:
    house.liuhen(*INIT, *ADMINS)
    assert "检查点大小" in house.liuhen("seal")
    note = (house.home / "log" / "checkpoint").read_text()
    assert note.startswith("liuhen/qh\n")


def test_search_index_that_lies_is_named_and_made_anew(house: House) -> None:
    """Changed behind the back of the rooms it is found out; a home older than its index gets one when it is served."""
    house.liuhen(*INIT, *ADMINS)
    assert "一致" in house.liuhen("search", "check")
    address = house.environment.get("LIUHEN_DATABASE")
    behind = psycopg.connect(address) if address else sqlite3.connect(house.home / "liuhen.sqlite3")
    with contextlib.closing(behind) as database:
        database.execute("UPDATE search_entry SET title = '冒名'")
        database.commit()
    assert "检索条目的“title”与原行不符" in house.liuhen("search", "check", ok=(1,))
    assert "检索条目的“title”与原行不符" in house.liuhen("verify", "--quick", ok=(1,))
    assert "共 3 条" in house.liuhen("search", "rebuild")
    assert "一致" in house.liuhen("search", "check")
    assert "未发现异常" in house.liuhen("verify", "--quick")


def test_packs_are_listed_checked_and_counted(house: House) -> None:
    assert "检查通过" in house.liuhen("pack", "lint")
    assert "第二十一条" in house.liuhen("pack", "show", "subdistrict")
    told = json.loads(house.liuhen("pack", "coverage", "--json"))
    assert sum(pack["clauses"] for pack in told["packs"]) == 440
    assert told["holes"] == 0


def test_pack_with_a_typo_names_file_rule_key_and_what_was_meant(house: House) -> None:
    draft = house.folder / "draft"
    shutil.copytree(data_folder("rulepacks") / "subdistrict", draft)
    pack = draft / "pack.toml"
    pack.write_text(pack.read_text().replace('\nwithin = "24h"', '\nwithn = "24h"', 1))
    told = house.liuhen("pack", "lint", str(draft), ok=(1,))
    for part in ("pack.toml", "store-within-24h", "withn", "within"):
        assert part in told


def test_every_command_has_help(house: House) -> None:
    for command in (
        "init",
        "serve",
        "demo",
        "ingest",
        "verify",
        "seal",
        "reconcile",
        "pack",
        "search",
        "user",
        "enroll",
    ):
        assert "Usage" in house.liuhen(command, "--help")
    assert "CARD" in house.liuhen("station", "sync", "--help")


def test_station_brings_a_card_and_says_why_a_file_stayed(house: House) -> None:
    house.found()
    (house.card / "DCIM").mkdir()
    (house.card / "DCIM" / "a.mp4").write_bytes(b"clip")
    (house.card / "DCIM" / "dangling").symlink_to("/nowhere")
    sync = ["station", "sync", str(house.card), "--station", str(house.station), "--patience", "20", "--json"]
    assert "连接服务器失败" in house.liuhen(*sync, ok=(5,))
    house.start()
    try:
        told = [
            json.loads(line) for line in house.liuhen(*sync, ok=(5,)).splitlines() if line.startswith("{")
        ]
        again = [
            json.loads(line) for line in house.liuhen(*sync, ok=(5,)).splitlines() if line.startswith("{")
        ]
    finally:
        house.stop()
    told.sort(
        key=itemgetter("file")
    )  # Each is told when it ends: what cannot be read before what awaits its receipt.
    again.sort(key=itemgetter("file"))
    assert [(o["file"], o["state"]) for o in told] == [("DCIM/a.mp4", "完成"), ("DCIM/dangling", "异常")]
    assert told[1]["reason"] == "不是普通文件"
    receipt = Receipt.opened(told[0]["receipt"], house.key)
    assert receipt.digest == digest_of(b"clip")
    assert again[0]["receipt"] == told[0]["receipt"]
    (house.station / "station.json").write_text("{}")
    assert "已损坏" in house.liuhen(*sync, ok=(4,))
    assert "登记采集站" in house.liuhen(*sync[:4], str(house.folder / "none"), ok=(5,))


def test_off_loopback_only_tls_is_spoken(house: House) -> None:
    house.found()
    away = {**house.environment, "LIUHEN_HOST": "192.0.2.7", "LIUHEN_NAMES": "localhost,127.0.0.1"}
    settings = read_settings(away)
    made = certificate_of(settings)
    assert made is not None
    assert certificate_of(settings) == made
    assert "SHA-256" in install_sheet(settings)
    given = read_settings({**away, "LIUHEN_CERTIFICATE": str(made[0])})
    with pytest.raises(Refused, match="没有私钥"):
        certificate_of(given)
    # The same certificate, spoken on loopback: the root that was made here vouches for it.
    house.environment |= {"LIUHEN_CERTIFICATE": str(made[0]), "LIUHEN_CERTIFICATE_KEY": str(made[1])}
    house.url = house.url.replace("http:", "https:")
    house.trusts = str(house.home / "keys" / "root.crt")
    house.start()
    try:
        answer = requests.get(f"{house.url}/api/v1/door", verify=house.trusts, timeout=9)
        assert answer.status_code == 200
        assert "__Host-csrf" in answer.headers["Set-Cookie"]
        with pytest.raises(requests.RequestException):
            requests.get(house.url.replace("https:", "http:"), timeout=5)
    finally:
        house.stop()


# ── 制度 ───────────────────────────────────────────────────


def test_skeleton_of_a_sixth_regulation_passes_the_lint_and_is_tried_at_once(house: House) -> None:
    house.liuhen(*INIT, *ADMINS)
    told = house.liuhen(
        "pack", "new", "qingshi", "--title", "青石镇巡查记录规定", "--type", "township", "--prefix", "QSZ"
    )
    assert "可以直接通过检查" in told
    assert "检查通过" in house.liuhen("pack", "lint", "qingshi")
    assert "青石镇巡查记录规定" in house.liuhen("pack", "show", "qingshi")
    assert "已经存在" in house.liuhen("pack", "new", "qingshi", "--title", "x", ok=(3,))
    assert "不合要求" in house.liuhen("pack", "new", "QINGSHI", "--title", "x", ok=(4,))
    assert "不合要求" in house.liuhen("pack", "new", "qing", "--title", "x", "--prefix", "x-", ok=(4,))
    assert "标题不能为空" in house.liuhen("pack", "new", "qing", "--title", " ", ok=(4,))
    tried = json.loads(house.liuhen("pack", "simulate", "qingshi", "--json"))
    assert (tried["key"], tried["rows"], tried["shortened_classes"]) == ("qingshi", [], [])
    assert "没有改动任何数据" in house.liuhen("pack", "simulate", "qingshi", "--since", "2030-01-01")


def test_text_is_checked_against_its_pack_and_attached(house: House, tmp_path: Path) -> None:
    house.liuhen(*INIT, *ADMINS)
    house.liuhen("pack", "new", "qingshi", "--title", "青石镇巡查记录规定", "--prefix", "QSZ")
    text = tmp_path / "规定.txt"
    lines = ["第一条 目的。", "第二条 应当录像。", "第三条 按时入库。", "第四条 至少保存{}。"]
    text.write_text("\n".join(lines).format("二年"), encoding="gb18030")
    assert "都见于条文" in house.liuhen("pack", "text", "qingshi", str(text), "--check")
    attached = json.loads(house.liuhen("pack", "text", "qingshi", str(text), "--json"))
    assert (attached["articles"], attached["slips"]) == (4, [])
    assert "内容相同" in house.liuhen("pack", "text", "qingshi", str(text), ok=(3,))
    text.write_text("\n".join(lines).format("三年"), encoding="utf-8")
    assert "24 个月" in house.liuhen("pack", "text", "qingshi", str(text), "--check", ok=(1,))
    text.write_bytes(b"%PDF-1.7")
    assert "PDF" in house.liuhen("pack", "text", "qingshi", str(text), ok=(4,))
    assert "没有规则包" in house.liuhen("pack", "text", "nichts", str(text), ok=(4,))


def test_trial_that_would_shorten_says_so_loudly_and_by_its_exit_code(house: House) -> None:
    house.liuhen(*INIT[:-1], "fuzhou", *ADMINS)
    told = house.liuhen("pack", "simulate", "tonghua", "--replace", "fuzhou", ok=(2,))
    assert "!! 会缩短" in told
    assert "须经另一人批准" in told
    assert "没有改动任何数据" in house.liuhen("pack", "simulate", "tonghua")
    assert "名称=值" in house.liuhen("pack", "simulate", "fuzhou", "--set", "nichts=1", ok=(4,))
    assert "2026-11-01" in house.liuhen("pack", "simulate", "fuzhou", "--since", "bald", ok=(4,))
    setting = house.liuhen("pack", "simulate", "fuzhou", "--set", "statement-within=48h")
    assert "0 件有变动" in setting


def test_package_is_checked_without_an_office(house: House, tmp_path: Path) -> None:
    package, trust = tmp_path / "package.zip", tmp_path / "trust.txt"
    package.write_bytes(b"".join(zipped(bag_files(contents(), HOUSE), "bag")))
    trust.write_text(trust_text(), "utf-8")
    assert "相符" in house.liuhen("package", "verify", str(package), "--trust", str(trust))
    bare = house.liuhen("package", "verify", str(package), "--json", ok=(3,))
    assert json.loads(bare)["verdict"] == "unanchored"
    package.write_bytes(package.read_bytes()[:-1])
    assert "不符" in house.liuhen("package", "verify", str(package), "--trust", str(trust), ok=(1,))


def test_trust_root_of_a_house_is_written_once(house: House, tmp_path: Path) -> None:
    house.liuhen(*INIT, *ADMINS)
    target = tmp_path / "trust.txt"
    assert "本机关以外的单位" in house.liuhen("package", "trust", "--to", str(target))
    assert target.read_text("utf-8").startswith("log liuhen/qh+")
    assert target.read_text("utf-8").endswith("quorum none\n")
    assert "不覆盖" in house.liuhen("package", "trust", "--to", str(target), ok=(3,))
    assert "没有证据包" in house.liuhen("package", "make", "QH-1", "--to", str(tmp_path / "x.zip"), ok=(3,))


def test_house_signs_with_sm2_as_well_once_it_has_a_key_for_it(house: House) -> None:
    """From the command to a trust root that a verifier takes; a key that others may read stops the start."""
    house.found()
    assert "SM2 " not in house.liuhen("key", "show")
    house.liuhen("key", "add-sm2")
    secret = house.home / "keys" / "sm2.key"
    assert stat.S_IMODE(secret.stat().st_mode) == 0o600
    assert "已经存在" in house.liuhen("key", "add-sm2", ok=(3,))
    house.start()
    try:
        until, log = time.monotonic() + 30, house.home / "log" / "checkpoint"
        while not log.exists() or "log.keys-changed" not in house.verbs():
            assert time.monotonic() < until
            time.sleep(0.5)
    finally:
        house.stop()
    note = (house.home / "log" / "checkpoint").read_text()
    assert len(note.rpartition("\n\n")[2].splitlines()) == 2
    house.liuhen("package", "trust", "--to", str(house.folder / "trust.txt"))
    told = (house.folder / "trust.txt").read_text()
    shown = house.liuhen("key", "show")
    assert told.splitlines()[1].startswith("# liuhen: also liuhen/qh+")
    assert told.split()[5] in shown
    assert json.loads(house.liuhen("verify", "--json")) == {"ok": True, "faults": []}
    secret.chmod(0o640)
    assert "可读" in house.liuhen("key", "show", ok=(3,))
    secret.chmod(0o600)
    secret.write_text("not a key")
    assert "不是 SM2 私钥" in house.liuhen("key", "show", ok=(5,))
