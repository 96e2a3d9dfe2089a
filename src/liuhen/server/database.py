"""Bringing the database up to date, and refusing to work on one with unsafe settings."""

from django.core.management import call_command
from django.db import connection

from liuhen.kernel.errors import Refused
from liuhen.server.sqlite.base import PRAGMAS, maintenance


def bring_up_to_date() -> None:
    """Apply migrations, with the guards of append-only tables open only for their own change; then check."""
    with maintenance():
        call_command("migrate", verbosity=0, interactive=False)
    connection.close()
    check_settings()


def check_settings() -> None:
    """Raises `Refused` where SQLite does not run in the safe settings (security rule 4)."""
    if connection.vendor != "sqlite":
        return
    with connection.cursor() as cursor:
        for name, wanted in PRAGMAS.items():
            cursor.execute(f"PRAGMA {name}")
            found = cursor.fetchone()[0]
            if str(found) != str(wanted):
                raise Refused(
                    f"SQLite 的 {name} 为 {found}，应为 {wanted}，拒绝启动", do="请检查数据库文件所在的磁盘。"
                )
