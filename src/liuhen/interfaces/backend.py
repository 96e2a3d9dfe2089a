"""How a password is checked: by the house, or by the directory where the account is one that the directory proves.

Where the directory does not answer nobody is let in: its refusal goes up as it is, and the house's own password is not tried.
"""

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.http import HttpRequest

from liuhen.apps.registry import identities
from liuhen.apps.registry import queries as registry
from liuhen.apps.registry.models import Account
from liuhen.kernel.errors import Unavailable

PATH = "liuhen.interfaces.backend.House"


class House(ModelBackend):
    """Names are looked up as they are written; what the directory is asked for stands in the registry, not in the form."""

    def authenticate(
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None, **_more: Any
    ) -> Account | None:  # fmt: skip
        account = registry.account_by_login(username or "")
        linked = identities.directory_of(account) if account is not None else None
        if account is None or linked is None:
            found = super().authenticate(request, username=username, password=password)
            return found if isinstance(found, Account) else None
        directory = request.office.directory if request is not None else None  # type: ignore[attr-defined]
        if directory is None or directory.authority != linked.authority:
            raise Unavailable(
                "您的账号由目录验证，而本机没有配置这个目录",
                do="请系统管理员核对目录的设置；登录名和口令没有错。",
            )
        proven = bool(password) and directory.proves(linked.subject, password or "")
        return account if proven and self.user_can_authenticate(account) else None
