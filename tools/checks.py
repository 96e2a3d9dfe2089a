"""Writes the shared list of checks (verifier/checks.json) into both verifiers; `--check` only says whether they have it."""

import re
import sys
from pathlib import Path

FOLDER = Path(__file__).parent.parent / "verifier"
PLACES = {
    "verify.py": ("# <checks>\n", "# </checks>\n", 'CHECKS = json.loads(\n    r"""{}"""\n)\n'),
    "verify.html": ("// <checks>\n", "// </checks>\n", "const CHECKS = {};\n"),
}


def filled(name: str, checks: str) -> str:
    """The verifier's text with the list between its marks."""
    begin, end, form = PLACES[name]
    text = (FOLDER / name).read_text("utf-8")
    pattern = re.compile(re.escape(begin) + ".*?" + re.escape(end), re.DOTALL)
    return pattern.sub(lambda _: begin + form.format(checks) + end, text, count=1)


def main() -> int:
    checks = (FOLDER / "checks.json").read_text("utf-8").strip()
    stale = [name for name in PLACES if filled(name, checks) != (FOLDER / name).read_text("utf-8")]
    if "--check" not in sys.argv:
        for name in stale:
            (FOLDER / name).write_text(filled(name, checks), "utf-8")
        return 0
    for name in stale:
        sys.stderr.write(f"verifier/{name} 里的核对清单与 checks.json 不同，请运行 python tools/checks.py\n")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
