"""Settings: one frozen value, read here and nowhere else; the rest of the house is handed what it needs.

Sources, later ones win: the defaults below, `LIUHEN_HOME/liuhen.toml`, the environment (`LIUHEN_<NAME>`).
An unknown name stops the start: a mistyped setting must not be ignored.
"""

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from liuhen.kernel.errors import Malformed

_PREFIX = "LIUHEN_"
_ELSEWHERE = {"LIUHEN_HOME", "LIUHEN_REFERENCE"}


@dataclass(frozen=True, slots=True)
class Settings:
    """Each field: meaning, unit, default, reason."""

    home: Path
    """数据目录：数据库、原件、日志与密钥都在其中；默认为当前目录下的 home。"""

    database: str = ""
    """数据库地址；空为数据目录中的 SQLite。如 postgresql:///liuhen?host=/run/postgresql。"""

    host: str = "127.0.0.1"
    """监听地址；默认只对本机。对外监听时必须使用 TLS。"""

    port: int = 8000
    """监听端口。"""

    intake_port: int = 0
    """采集站接入端口，只认客户端证书；0 为缺省：对外监听时取 port 加一，只对本机监听时不开。"""

    station_tokens: bool = True
    """本机监听时采集站可只凭令牌接入；本机端口由反向代理对外转发的，须设为 false。"""

    front: str = ""
    """由谁送出原件和副本的字节：空为本系统自己送；nginx 为本机的反向代理送（X-Accel-Redirect），每个区段仍先由本系统查过权限。只在反向代理之后使用，见运维手册。"""

    certificate: str = ""
    """TLS 证书文件（PEM）；对外监听而未给出时，由本机自建的根证书签发。"""

    certificate_key: str = ""
    """TLS 私钥文件（PEM）。"""

    names: str = "localhost,127.0.0.1"
    """允许访问的主机名，逗号分隔；防止伪造的 Host 头。"""

    public_address: str = ""
    """反向代理对外的地址，如 https://office.invalid；本机不经代理直接对外的留空。写了它，会话只经 TLS 传送，页面从这个地址来才受理。"""

    log_name: str = ""
    """日志的名称（C2SP origin），一经签发不可更改；由 init 写入。"""

    witness_policy: str = ""
    """见证策略。没有缺省值：none 表示无见证，页面将一直标明“未见证”；否则为数据目录中策略文件的名称，如 witness.policy。由 init 写入。"""

    time_authority: str = ""
    """可信时间机构的地址（RFC 3161，经 HTTP）；空为不取时间戳。"""

    time_roots: str = ""
    """该机构的根证书文件（PEM，可含多张）；取时间戳时必须写明，除此之外一概不信。"""

    time_policy: str = ""
    """要求的签发策略（OID）；空为不限。"""

    time_minutes: int = 60
    """每隔多少分钟对最新的检查点取一次时间戳；默认一小时，够用而不烦扰机构。"""

    superior_name: str = ""
    """上级平台的名称，如“省厅执法视音频管理系统”；空为不向上级平台上报。"""

    superior_url: str = ""
    """上级平台接口的地址，https 开头（只有本机可用 http）；空为只导出清单文件，由人带去。"""

    superior_token: str = ""
    """上级平台令牌所在的文件；空为不带令牌。"""

    demo: bool = False
    """演示数据目录。演示命令只在这样的目录中运行；由 demo 写入。"""

    second_factor: str = ""
    """动态码：required 为管理员和审批、保管、提供、销毁的职务必须绑定；offered 为自愿。空为缺省：正式数据目录 required，演示 offered。"""

    passkey_name: str = ""
    """通行密钥所属的主机名（RP ID）；空为 names 中第一个不是 IP 的名称，没有的不提供。一经使用不可更改，改了原有的都作废。"""

    passkey_origins: str = ""
    """从哪些地址使用通行密钥，逗号分隔，如 https://office.invalid；空为 public_address，没有的为本机监听的协议、passkey_name 和端口。"""

    ldap_url: str = ""
    """目录（LDAP）的地址：ldaps:// 全程加密，ldap:// 先升级为 TLS（StartTLS），升级不成不送口令；空为不用目录。"""

    ldap_roots: str = ""
    """目录服务器的根证书文件（PEM）；用目录时必须写明，除此之外一概不信。"""

    ldap_person: str = "{}"
    """登记的名字在目录里怎样写全，如 uid={},ou=people,dc=example 或者 {}@example；缺省为登记的就是全名（DN）。"""

    oidc_issuer: str = ""
    """统一身份认证（OpenID Connect）的签发者地址，https 开头（只有本机可用 http）；空为不用。"""

    oidc_name: str = "统一身份认证"
    """登录页上怎样称呼它。"""

    oidc_client: str = ""
    """本机在对方登记的客户端标识。"""

    oidc_secret: str = ""
    """客户端密码所在的文件；空为没有（只靠 PKCE）。"""

    oidc_return: str = ""
    """对方把浏览器送回的地址，如 https://office.invalid/login/back，须与在对方登记的一字不差。"""

    oidc_roots: str = ""
    """对方服务器的根证书文件（PEM）；空为系统信任的。"""

    proxy_secret: str = ""
    """反向代理的密语所在的文件，不少于 32 个字：只有带着它的请求，其证书标头才算数；空为不用证书登录。"""

    certificate_is_enough: bool = False
    """证书登录是否不再问第二要素：证书都在要输 PIN 的 UKey 里的可设为 true。"""

    bulk_originals: int = 20
    """一人一天查看、取走原件满多少份，提醒安全管理员一次，每满一倍再提醒；0 为不按份数提醒。只提醒，不停止。"""

    bulk_gigabytes: int = 20
    """一人一天查看、取走原件满多少 GB，同样提醒；0 为不按大小提醒。"""

    workers: int = 1
    """本机后台作业进程数。"""

    upload_limit: int = 64 << 30
    """单个上传的上限，字节；默认 64 GiB，容得下一整天的连续录像。"""

    upload_days: int = 7
    """未完成的上传保留天数；过后清除的只是没有回执的部分。"""

    @property
    def keys(self) -> Path:
        return self.home / "keys"

    @property
    def intake(self) -> int:
        """采集站接入端口；0 为不开。"""
        return self.intake_port or (0 if self.is_loopback else self.port + 1)

    @property
    def sends_by(self) -> str:
        """Raises `Malformed` for a front-end that is none, and off loopback: whoever came past it would learn where files lie and get none."""
        if self.front not in ("", "nginx"):
            raise Malformed(f"front 不能是“{self.front}”", do="请写 nginx，或者不写。")
        if self.front and not self.is_loopback:
            raise Malformed("设了 front 就只能对本机监听", do="请把 host 设为 127.0.0.1，由反向代理对外。")
        return self.front

    @property
    def asks_second_factor(self) -> bool:
        """Raises `Malformed` for a word that is neither: a mistyped setting must not leave the door open."""
        if self.second_factor not in ("", "required", "offered"):
            raise Malformed(f"second_factor 不能是“{self.second_factor}”", do="请写 required 或者 offered。")
        return self.second_factor == "required" or (not self.second_factor and not self.demo)

    @property
    def asks_own_password(self) -> bool:
        """A demonstration's people share one password that its maker gave out, unless it is to be as strict as an office."""
        return not self.demo or self.asks_second_factor

    @property
    def is_secure(self) -> bool:
        """Whether browsers come over TLS: to this machine, or to the proxy before it."""
        return not self.is_loopback or bool(self.certificate) or self.public_address.startswith("https://")

    @property
    def is_loopback(self) -> bool:
        return self.host in ("127.0.0.1", "::1", "localhost")


def read_settings(environment: Mapping[str, str] = os.environ) -> Settings:
    """Raises `Malformed` for an unknown name or a value of the wrong kind."""
    home = Path(environment.get("LIUHEN_HOME", "home")).resolve()
    values: dict[str, Any] = {
        "home": home,
        **_from_file(home / "liuhen.toml"),
        **_from_environment(environment),
    }
    return Settings(**values)


def _from_file(path: Path) -> dict[str, Any]:
    try:
        text = path.read_text()
    except FileNotFoundError:
        return {}
    try:
        found = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise Malformed(f"设置文件 {path} 无法读取：{error}") from error
    return {_known(name, str(path)): _typed(name, value) for name, value in found.items()}


def _from_environment(environment: Mapping[str, str]) -> dict[str, Any]:
    names = [n for n in environment if n.startswith(_PREFIX) and n not in _ELSEWHERE]
    return {
        _known(n.removeprefix(_PREFIX).lower(), n): _typed(n.removeprefix(_PREFIX).lower(), environment[n])
        for n in names
    }


def _known(name: str, where: str) -> str:
    allowed = [f.name for f in fields(Settings) if f.name != "home"]
    if name not in allowed:
        raise Malformed(f"不认识的设置“{name}”（{where}）", do=f"可用的有：{'、'.join(allowed)}。")
    return name


def _typed(name: str, value: Any) -> Any:
    kind = {f.name: f.type for f in fields(Settings)}.get(name)
    try:
        if kind is int:
            return int(value)
        if kind is bool:
            return {"true": True, "false": False}[str(value).lower()]
    except (ValueError, KeyError) as error:
        raise Malformed(f"设置“{name}”的值“{value}”不合要求") from error
    return str(value)
