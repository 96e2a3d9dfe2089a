"""Writes docs/api/openapi.json from the routes; with `--check` only says whether the file is still true.

Runs without an office: a home in a temporary folder is enough to read the settings from.
"""

import json
import os
import sys
import tempfile
from pathlib import Path

TARGET = Path(__file__).parent.parent / "docs" / "api" / "openapi.json"


def description() -> str:
    """The API's description, in a stable order, ending in a newline."""
    from liuhen.interfaces.api.root import make_api

    schema = make_api().get_openapi_schema(path_prefix="/api/v1/")
    return json.dumps(schema, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def main() -> None:
    import django

    with tempfile.TemporaryDirectory(prefix="liuhen-openapi-") as home:
        os.environ["LIUHEN_HOME"] = home
        os.environ["DJANGO_SETTINGS_MODULE"] = "liuhen.server.django_settings"
        django.setup()
        told = description()
    if "--check" in sys.argv:
        if TARGET.read_text() != told:
            sys.exit("docs/api/openapi.json 与代码不符：请运行 make openapi。")
        return
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    TARGET.write_text(told)


if __name__ == "__main__":
    main()
