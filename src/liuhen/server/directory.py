"""目录: asks an LDAP server whether a person's password is right, by binding as that person (RFC 4511); nothing else is read or written.

The password goes over TLS or not at all, to a server whose certificate the named roots signed. An empty password is never sent: a
server takes it for nobody, and lets nobody in. Two requests of the protocol are all it speaks: StartTLS and a simple bind.
"""

import logging
import socket
import ssl
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from asn1crypto import parser

from liuhen.interfaces.office import Directory
from liuhen.kernel.errors import Malformed, Unavailable
from liuhen.server.settings import Settings

_LOGGER = logging.getLogger(__name__)
_PATIENCE, _MOST_BYTES = 5.0, 1 << 16
_START_TLS = b"1.3.6.1.4.1.1466.20037"
_UNIVERSAL, _APPLICATION, _CONTEXT = 0, 1, 2
_BIND, _BOUND, _EXTENDED, _EXTENDED_ANSWER = 0, 1, 23, 24
# invalidCredentials, noSuchObject, invalidDNSyntax: this person, with this password, is nobody there.
_SUCCESS, _IS_WRONG = 0, (49, 32, 34)
_SPECIAL = '\\,+"<>;='


@dataclass(frozen=True, slots=True)
class LdapDirectory:
    """`authority` is its address; `person` how a name that was entered is written in full there."""

    authority: str
    roots: Path
    person: str

    def proves(self, subject: str, password: str) -> bool:
        """Raises `Unavailable` for a server that does not answer, is not the one we know, or answers what we do not understand."""
        if not subject or not password or "\0" in subject + password:
            return False
        told = urlsplit(self.authority)
        host, is_tls = told.hostname or "", told.scheme == "ldaps"
        until = time.monotonic() + 2 * _PATIENCE
        try:
            trust = ssl.create_default_context(cafile=str(self.roots))
            with socket.create_connection((host, told.port or (636 if is_tls else 389)), _PATIENCE) as bare:
                if not is_tls:
                    _asked(bare, 1, _start_tls(), _EXTENDED_ANSWER, right=(_SUCCESS,), until=until)
                with trust.wrap_socket(bare, server_hostname=host) as line:
                    bind = _bind(written(subject, self.person), password)
                    code = _asked(line, 2, bind, _BOUND, right=(_SUCCESS, *_IS_WRONG), until=until)
        except (OSError, ValueError) as error:
            _LOGGER.error("目录没有给出可用的回答：%s", error)  # noqa: TRY400  the reason is enough
            raise Unavailable(
                "目录服务器没有回答，暂时验证不了您的口令",
                do="请稍后再试；急用的，请找留用本机口令的系统管理员。登录名和口令没有错。", retry_seconds=60,
            ) from error  # fmt: skip
        return code == _SUCCESS


def directory_of(settings: Settings) -> Directory | None:
    """Raises `Malformed` for an address that is none of a directory, or where its roots are not named."""
    if not settings.ldap_url:
        return None
    told = urlsplit(settings.ldap_url)
    if told.scheme not in ("ldap", "ldaps") or not told.hostname:
        raise Malformed(f"目录的地址 {settings.ldap_url} 不对", do="请写 ldaps://主机 或者 ldap://主机。")
    if not settings.ldap_roots or not Path(settings.ldap_roots).is_file():
        raise Malformed("没有写明目录服务器的根证书", do="请在 ldap_roots 写明根证书文件（PEM）。")
    if settings.ldap_person.count("{}") != 1:
        raise Malformed("ldap_person 里须有一处 {}", do="如 uid={},ou=people,dc=example。")
    return LdapDirectory(settings.ldap_url, Path(settings.ldap_roots), settings.ldap_person)


def written(subject: str, person: str) -> str:
    """A name in full. Within a DN it stays one value, whatever it contains (RFC 4514)."""
    if "=" not in person:
        return person.replace("{}", subject)
    safe = "".join(f"\\{one}" if one in _SPECIAL else one for one in subject)
    if safe[0] in "# ":
        safe = f"\\{safe}"
    if safe[-1] == " ":
        safe = f"{safe[:-1]}\\ "
    return person.replace("{}", safe)


def _start_tls() -> bytes:
    return bytes(parser.emit(_APPLICATION, 1, _EXTENDED, parser.emit(_CONTEXT, 0, 0, _START_TLS)))


def _bind(name: str, password: str) -> bytes:
    version = parser.emit(_UNIVERSAL, 0, 2, b"\x03")
    told = (
        version
        + parser.emit(_UNIVERSAL, 0, 4, name.encode())
        + parser.emit(_CONTEXT, 0, 0, password.encode())
    )
    return bytes(parser.emit(_APPLICATION, 1, _BIND, told))


def _asked(
    line: socket.socket, number: int, request: bytes, kind: int, *, right: tuple[int, ...], until: float
) -> int:
    """The result code of the answer to one request. Raises `ValueError` for any other answer, `OSError` for none."""
    whole = parser.emit(_UNIVERSAL, 0, 2, bytes([number])) + request
    line.sendall(parser.emit(_UNIVERSAL, 1, 16, whole))
    content = parser.parse(_message(line, until), strict=True)[4]
    _, _, _, _, said, _ = parser.parse(content)
    rest = content[_length(content) :]
    class_, _, tag, _, answer, _ = parser.parse(rest)
    if said != bytes([number]) or (class_, tag) != (_APPLICATION, kind):
        raise ValueError(f"answer {class_}/{tag} to {kind}")
    code = int.from_bytes(parser.parse(answer)[4])
    if code not in right:
        raise ValueError(f"result {code}")
    return code


def _length(content: bytes) -> int:
    """How long the first value is, with its head and its end."""
    _, _, _, head, body, trailer = parser.parse(content)
    return len(head) + len(body) + len(trailer)


def _message(line: socket.socket, until: float) -> bytes:
    """One whole message, not a byte more: what follows StartTLS in the clear is never taken for what came over TLS."""
    head = _exactly(line, 2, until)
    size = head[1]
    if size & 0x80:
        more = _exactly(line, size & 0x7F, until)
        head, size = head + more, int.from_bytes(more)
    if size > _MOST_BYTES:
        raise ValueError(f"{size} bytes")
    return head + _exactly(line, size, until)


def _exactly(line: socket.socket, size: int, until: float) -> bytes:
    found = b""
    while len(found) < size:
        if time.monotonic() > until:
            raise TimeoutError("too slow")
        part = line.recv(size - len(found))
        if not part:
            raise ConnectionError("closed")
        found += part
    return found
