"""Writes docs/sbom.json (CycloneDX 1.5): every package an office installs, with version and digests, and the pages' own.

`python tools/sbom.py --check` fails where the file does not fit the locks.
"""

import json
import re
import sys
from pathlib import Path
from typing import Any

TOP = Path(__file__).parent.parent
TARGET = TOP / "docs" / "sbom.json"


def components() -> list[dict[str, Any]]:
    """From requirements/office.txt and the two package locks, sorted."""
    found = [*_python(TOP / "requirements" / "office.txt")]
    for lock in (TOP / "frontend" / "package-lock.json", TOP / "tools" / "fonts" / "package-lock.json"):
        found += _javascript(lock)
    return sorted(found, key=lambda c: c["purl"])


def _python(path: Path) -> list[dict[str, Any]]:
    text = path.read_text().replace("\\\n", " ")
    rows = re.findall(r"^([A-Za-z0-9_.-]+)==([^\s;]+)(.*)$", text, re.MULTILINE)
    return [
        {
            "type": "library", "name": name, "version": version, "purl": f"pkg:pypi/{name}@{version}",
            "hashes": [{"alg": "SHA-256", "content": digest} for digest in re.findall(r"sha256:([0-9a-f]{64})", rest)],
        }
        for name, version, rest in rows
    ]  # fmt: skip


def _javascript(path: Path) -> list[dict[str, Any]]:
    packages = json.loads(path.read_text())["packages"]
    found = []
    for where, package in packages.items():
        if where and not package.get("dev"):
            name = where.rpartition("node_modules/")[2]
            found.append(
                {
                    "type": "library", "name": name, "version": package["version"],
                    "purl": f"pkg:npm/{name}@{package['version']}", "licenses": [{"expression": package.get("license", "")}],
                }
            )  # fmt: skip
    return found


def main() -> None:
    whole = {"bomFormat": "CycloneDX", "specVersion": "1.5", "version": 1, "components": components()}
    text = json.dumps(whole, ensure_ascii=False, indent=1) + "\n"
    if "--check" not in sys.argv:
        TARGET.write_text(text)
    elif not TARGET.exists() or TARGET.read_text() != text:
        sys.exit("docs/sbom.json 与锁定的依赖不符，请运行 python tools/sbom.py。")


main()
