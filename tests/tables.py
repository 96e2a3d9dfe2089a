"""The empty tables of a house, made once in a process by the product's own migrations and copied for each house that a test founds.

On PostgreSQL each house has a database of its own, made after the first as its template.
"""

import functools
import os
import shutil
import subprocess
import sys
import tempfile
import urllib.parse
from pathlib import Path

from liuhen.kernel.identifiers import new_id
from liuhen.server.home import prepare


def tables_for(home: Path) -> dict[str, str]:
    """Lay them out for a home that is still to be founded. What its environment must say besides."""
    if "LIUHEN_DATABASE" in os.environ:
        return {"LIUHEN_DATABASE": _database(like=_name_of(_made()))}
    home.mkdir(mode=0o700, parents=True)
    shutil.copyfile(_made(), home / "liuhen.sqlite3")
    return {}


def no_tables() -> dict[str, str]:
    """For a house that is to make its tables itself."""
    return {"LIUHEN_DATABASE": _database()} if "LIUHEN_DATABASE" in os.environ else {}


@functools.cache
def _made() -> str:
    """A file of SQLite, or the address of a database."""
    home = Path(tempfile.mkdtemp(prefix="liuhen-tables-")) / "home"
    prepare(home, log_name="liuhen/tables", is_demo=False)
    own = no_tables()
    script = "from liuhen.server.setting_up import set_up; set_up(migrate=True)"
    environment = {"PATH": os.environ["PATH"], "LIUHEN_HOME": str(home), **own}
    environment["DJANGO_SETTINGS_MODULE"] = "liuhen.server.django_settings"
    subprocess.run([sys.executable, "-c", script], env=environment, check=True, timeout=300)
    return own.get("LIUHEN_DATABASE", str(home / "liuhen.sqlite3"))


def _database(*, like: str = "") -> str:
    import psycopg

    parts = urllib.parse.urlsplit(os.environ["LIUHEN_DATABASE"])
    host = dict(urllib.parse.parse_qsl(parts.query)).get("host", "")
    name, template = f"liuhen_{new_id().hex[-12:]}", f' TEMPLATE "{like}"' if like else ""
    with psycopg.connect(
        dbname=parts.path.lstrip("/"), user=parts.username, host=host, autocommit=True
    ) as connection:
        connection.execute(f'CREATE DATABASE "{name}"{template}')
    return urllib.parse.urlunsplit(parts._replace(path=f"/{name}"))


def _name_of(address: str) -> str:
    return urllib.parse.urlsplit(address).path.lstrip("/")
