"""The empty tables of a house, made once by the product's own migrations and copied for each house that a test founds, and for the tests' own database.

A file of SQLite stays beside the tests' other caches, under a name that tells what it was made of: whoever changes a migration has it made anew. On PostgreSQL
each house has a database of its own, made after the first of the process as its template.
"""

import fcntl
import functools
import hashlib
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import urllib.parse
from pathlib import Path

from liuhen.kernel.identifiers import new_id
from liuhen.server.home import prepare

ROOT = Path(__file__).resolve().parents[1]
_CACHE = ROOT / ".pytest_cache"


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


def lay_out(test_database: Path) -> None:
    """The tests' own database, as a file of SQLite."""
    shutil.copyfile(_made(), test_database)


def template() -> str:
    """The name of the database on PostgreSQL after which others are made."""
    return _name_of(_made())


@functools.cache
def _made() -> str:
    """A file of SQLite, or the address of a database."""
    if "LIUHEN_DATABASE" in os.environ:
        return _make()
    _CACHE.mkdir(exist_ok=True)
    ready = _CACHE / f"tables-{_made_of()}.sqlite3"
    with (_CACHE / "tables.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # Of several that begin together one makes it.
        if not ready.exists():
            for old in _CACHE.glob("tables-*.sqlite3"):
                old.unlink()
            shutil.copyfile(_make(), ready.with_suffix(".part"))
            ready.with_suffix(".part").rename(ready)
    return str(ready)


def _make() -> str:
    home = Path(tempfile.mkdtemp(prefix="liuhen-tables-")) / "home"
    prepare(home, log_name="liuhen/tables", is_demo=False)
    own = no_tables()
    script = "from liuhen.server.setting_up import set_up; set_up(migrate=True)"
    environment = {"PATH": os.environ["PATH"], "LIUHEN_HOME": str(home), **own}
    environment["DJANGO_SETTINGS_MODULE"] = "liuhen.server.django_settings"
    subprocess.run([sys.executable, "-c", script], env=environment, check=True, timeout=300)
    return own.get("LIUHEN_DATABASE", str(home / "liuhen.sqlite3"))


def _made_of() -> str:
    """A digest of everything by which tables come about: migrations, guards, the index, and what others bring."""
    source = ROOT / "src" / "liuhen"
    files = [
        *source.glob("apps/*/migrations/*.py"),
        source / "apps/journal/guards.py",
        *source.glob("apps/search/*.py"),
    ]
    files += [
        source / "server/database.py",
        source / "server/setting_up.py",
        *source.glob("server/sqlite/*.py"),
    ]
    files += [source / "server/django_settings.py", ROOT / "requirements/office.txt"]
    digest = hashlib.sha256(sqlite3.sqlite_version.encode())
    for file in sorted(files):
        digest.update(f"{file.relative_to(ROOT)}\n".encode() + file.read_bytes())
    return digest.hexdigest()[:20]


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
