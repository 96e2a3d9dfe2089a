"""What a client of tus says in its headers, as values. Raises `Malformed` for what is none; decides nothing."""

import base64
import binascii
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from liuhen.apps.evidence.actions import Clip
from liuhen.apps.evidence.slices import MOST_SLICES
from liuhen.interfaces.files.callers import Caller
from liuhen.kernel.clock import from_text
from liuhen.kernel.digests import Digest
from liuhen.kernel.errors import Malformed

OCTETS = "application/offset+octet-stream"
ALGORITHMS = ("sha256", "sm3", "sha1")
_MOST_METADATA, _MOST_ADDRESS, _MOST_JOINED = 8192, 500, 32768
_LENGTH = re.compile(r"[0-9]{1,18}")
_ADDRESS = re.compile(r"(?:.*/)?files/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})")
_FINAL = "final;"


@dataclass(frozen=True, slots=True)
class Creation:
    """A new upload: `size` is None where it will be told later, `joins` the addresses of the slices it is made of, in their order."""

    size: int | None
    declared: dict[str, Any]
    is_slice: bool = False
    joins: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Mark:
    """What a piece must add up to; none where the client said nothing of it."""

    algorithm: str = ""
    expected: bytes = b""

    def begun(self) -> Any:
        return hashlib.new(self.algorithm or "sha256", usedforsecurity=False)

    def fits(self, found: Any) -> bool:
        return not self.algorithm or found.digest() == self.expected


def creation_of(headers: Mapping[str, str]) -> Creation:
    declared, concat = _metadata(headers.get("upload-metadata", "")), headers.get("upload-concat")
    if concat is not None and concat.startswith(_FINAL):
        if {"upload-length", "upload-defer-length"} & set(headers):
            raise Malformed("合并不能另报大小", do="合并后的大小是各分片之和，请去掉 Upload-Length。")
        told = Creation(None, declared, joins=_addresses(concat.removeprefix(_FINAL)))
    elif concat in (None, "partial"):
        told = Creation(_size(headers), declared, is_slice=concat is not None)
    else:
        raise Malformed("Upload-Concat 只能是 partial，或者 final; 后接各分片的地址")
    if declared.get("sealed") and (told.is_slice or told.size is None):
        raise Malformed("密封的上传须整份传送，并在创建时说明大小", do="请由采集站从存储卡重新采集。")
    return told


def length_of(headers: Mapping[str, str]) -> int | None:
    """`Upload-Length`, where it is told."""
    told = headers.get("upload-length")
    if told is not None and not _LENGTH.fullmatch(told):
        raise Malformed("Upload-Length 不是整数")
    return None if told is None else int(told)


def mark_of(headers: Mapping[str, str]) -> Mark:
    told = headers.get("upload-checksum", "")
    if not told:
        return Mark()
    algorithm, _, encoded = told.partition(" ")
    if algorithm not in ALGORITHMS:
        raise Malformed(f"不支持的校验算法“{algorithm[:20]}”", do=f"可用的有：{'、'.join(ALGORITHMS)}。")
    try:
        return Mark(algorithm, base64.b64decode(encoded, validate=True))
    except binascii.Error as error:
        raise Malformed("Upload-Checksum 不是 base64") from error


def upload_at(address: str) -> UUID:
    """Which upload an address names, with a host or without: by which name a house is called from outside it cannot know."""
    found = _ADDRESS.fullmatch(urlsplit(address).path)
    if found is None:
        raise Malformed(f"“{address[:80]}”不是上传的地址")
    return UUID(found[1])


def clip_of(declared: dict[str, Any], caller: Caller) -> Clip:
    """What the client declared, parsed. Raises `Malformed` for a digest or a time that is none."""
    name = declared.get("filename") or declared.get("name") or "未命名"
    digest = Digest(declared["sha256"], declared.get("sm3", "")) if declared.get("sha256") else None
    drift = declared.get("clock_error")
    try:
        error = float(drift) if drift else None
    except ValueError as wrong:
        raise Malformed(f"时钟误差“{drift}”不是秒数") from wrong
    return Clip(
        unit=caller.unit, name=name, path=declared.get("path", ""), expect=digest,
        device_serial=declared.get("device", "")[:80], officer_number=declared.get("officer", "")[:80],
        file_time=from_text(declared["modified"]) if declared.get("modified") else None,
        clock_error=error, station=caller.station,
    )  # fmt: skip


def as_metadata(declared: dict[str, Any]) -> str:
    """What was declared, as it goes in the header; a name without a value stands alone."""
    pairs = ((name, base64.b64encode(str(value).encode()).decode()) for name, value in declared.items())
    return ",".join(f"{name} {value}".rstrip() for name, value in pairs)


def as_final(told: list[str]) -> str:
    return _FINAL + " ".join(told)


def _size(headers: Mapping[str, str]) -> int | None:
    size, deferred = length_of(headers), headers.get("upload-defer-length")
    if (size is None) == (deferred is None):
        raise Malformed(
            "须写明 Upload-Length，或者以 Upload-Defer-Length 说明大小以后再报，二者之一",
            do="请在创建上传时说明文件大小。",
        )
    if deferred not in (None, "1"):
        raise Malformed("Upload-Defer-Length 只能是 1")
    return size


def _addresses(told: str) -> tuple[str, ...]:
    found = tuple(told.split(" ")) if len(told) <= _MOST_JOINED else ()
    if not 0 < len(found) <= MOST_SLICES or max(map(len, found)) > _MOST_ADDRESS:
        raise Malformed(f"Upload-Concat 中应有 1 到 {MOST_SLICES} 个地址，每个不超过 {_MOST_ADDRESS} 个字符")
    return found


def _metadata(header: str) -> dict[str, Any]:
    """`name base64,name base64`; text that is not UTF-8 is kept readable and whole."""
    if len(header) > _MOST_METADATA:
        raise Malformed("Upload-Metadata 过长")
    found: dict[str, Any] = {}
    for pair in filter(None, (p.strip() for p in header.split(","))):
        name, _, encoded = pair.partition(" ")
        if name in found:
            raise Malformed(f"Upload-Metadata 中“{name[:40]}”写了两次")
        try:
            found[name] = (
                base64.b64decode(encoded, validate=True)
                .decode(errors="backslashreplace")
                .replace("\0", "\\x00")
            )
        except binascii.Error as error:
            raise Malformed(f"Upload-Metadata 中“{name[:40]}”不是 base64") from error
    return found
