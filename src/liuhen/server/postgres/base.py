"""PostgreSQL: refuse to work where the server was told not to make commits durable."""

from typing import Any

from django.db.backends.postgresql import base

from liuhen.kernel.errors import Unavailable

REQUIRED = ("fsync", "full_page_writes", "synchronous_commit")


class DatabaseWrapper(base.DatabaseWrapper):
    """Checks each new connection; `synchronous_commit` may be stricter than `on`, never `off`."""

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        connection = super().get_new_connection(conn_params)
        with connection.cursor() as cursor:
            for name in REQUIRED:
                value = cursor.execute(f"SHOW {name}").fetchone()[0]
                if value == "off":
                    raise Unavailable(
                        f"PostgreSQL 的 {name} 已关闭，提交后的数据断电可能丢失，拒绝启动",
                        do=f"请改为 {name}=on。",
                    )
        connection.rollback()
        return connection
