"""Puts the parts together: one `Office` a process, made from the settings."""

import functools
import logging
import os
import signal
from pathlib import Path
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from liuhen.apps.access.limits import BulkLimit
from liuhen.engines.ledger import FileLogStore, Log, Signer
from liuhen.engines.vault import FileVault
from liuhen.interfaces.office import Office, Superior
from liuhen.kernel.errors import Malformed, Unavailable
from liuhen.server.directory import directory_of
from liuhen.server.django_settings import SETTINGS
from liuhen.server.doors import proxy_of, relying_party
from liuhen.server.home import policy_text, witnesses_of
from liuhen.server.national import national_signer
from liuhen.server.paths import data_folder
from liuhen.server.provider import provider_of
from liuhen.server.settings import Settings
from liuhen.server.tls import station_authority

_LOGGER = logging.getLogger(__name__)


@functools.cache
def office() -> Office:
    """The office of this process. Raises `Unavailable` where the home was not set up."""
    return office_of(SETTINGS)


def office_of(settings: Settings) -> Office:
    twin = national_signer(settings.keys, name=settings.log_name)
    signer = Signer(settings.log_name, _key(settings.keys / "log.key"), twin)
    return Office(
        vault=FileVault(settings.home / "vault", on_fatal=_stop),
        copies=FileVault(settings.home / "copies", on_fatal=_stop),
        log=Log(FileLogStore(settings.home / "log"), signer=signer),
        signer=signer,
        opening_key=_opening_key(settings.keys / "spool.key"),
        authority=station_authority(settings.keys, log_name=settings.log_name),
        intake_port=settings.intake,
        token_opens=settings.is_loopback and settings.station_tokens,
        packs=data_folder("rulepacks"),
        forms=data_folder("forms"),
        home=settings.home,
        upload_limit=settings.upload_limit,
        upload_days=settings.upload_days,
        is_demo=settings.demo,
        witnesses=witnesses_of(settings.home, settings.witness_policy),
        verifiers=data_folder("verifier"),
        witness_text=policy_text(settings.home, settings.witness_policy),
        time_authority=settings.time_authority,
        superior=superior_of(settings),
        asks_second_factor=settings.asks_second_factor,
        asks_own_password=settings.asks_own_password,
        front=settings.sends_by,
        passkeys=relying_party(settings),
        directory=directory_of(settings),
        provider=provider_of(settings),
        proxy=proxy_of(settings),
        bulk=BulkLimit(settings.bulk_originals, settings.bulk_gigabytes * 10**9),
    )


def superior_of(settings: Settings) -> Superior | None:
    """The superior's platform, where one is named. Raises `Malformed` for an address that would carry the list in the clear."""
    url = settings.superior_url
    if not settings.superior_name:
        if url or settings.superior_token:
            raise Malformed("设置了上级平台的地址或者令牌，没有写名称", do="请写明 superior_name。")
        return None
    told = urlsplit(url)
    if (
        url
        and told.scheme != "https"
        and not (told.scheme == "http" and told.hostname in ("127.0.0.1", "localhost", "::1"))
    ):
        raise Malformed(f"上级平台的地址 {url} 不是 https", do="请改用 https；只有本机的地址可以用 http。")
    token = Path(settings.superior_token).read_text().strip() if settings.superior_token else ""
    return Superior(settings.superior_name, url, token)


def _key(path: Path) -> Ed25519PrivateKey:
    try:
        key = load_pem_private_key(path.read_bytes(), password=None)
    except FileNotFoundError as error:
        raise Unavailable(
            f"数据目录尚未建立（缺少 {path}）", do="请先运行 liuhen init，或用 liuhen demo 建立演示数据。"
        ) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise Unavailable(f"{path} 不是 Ed25519 私钥", do="请从备份恢复该文件。")
    return key


def _opening_key(path: Path) -> X25519PrivateKey:
    try:
        key = load_pem_private_key(path.read_bytes(), password=None)
    except FileNotFoundError as error:
        raise Unavailable(
            f"缺少暂存密钥 {path}", do="请重新运行 liuhen serve，或从备份恢复该文件。"
        ) from error
    if not isinstance(key, X25519PrivateKey):
        raise Unavailable(f"{path} 不是 X25519 私钥", do="请从备份恢复该文件。")
    return key


def _stop(error: OSError) -> None:
    """A failed fsync: what the disk holds is no longer known. Stop at once; the next start verifies."""
    _LOGGER.critical("存储设备写入失败（%s），立即停止；重新启动时将全面核验。", error)
    os.kill(os.getpid(), signal.SIGKILL)
