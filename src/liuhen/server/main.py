"""The program `liuhen`: finds the command, sets up what it needs, turns the house's errors into exit codes.

Exit codes: 0 done, 1 verification found something wrong, 2 wrong use, 3 refused, 4 malformed input, 5 unavailable,
6 tampered. `station` and `witness` run without Django; everything else sets it up first.
"""

import os
import sys
from collections.abc import Sequence

import click

from liuhen.kernel.errors import LiuhenError, Malformed, Refused, Tampered, Unavailable

_CODES = ((Refused, 3), (Malformed, 4), (Unavailable, 5), (Tampered, 6))


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        command = _ALONE[given[0]]() if given[:1] and given[0] in _ALONE else _office()
        command.main(args=given, prog_name="liuhen")
    except LiuhenError as error:
        click.echo(f"{error}", err=True)
        sys.exit(next(code for kind, code in _CODES if isinstance(error, kind)))


def _station() -> click.Group:
    from liuhen.station.commands import station

    program = click.Group("liuhen")
    program.add_command(station)
    return program


def _witness() -> click.Group:
    from liuhen.witness.commands import witness

    program = click.Group("liuhen")
    program.add_command(witness)
    return program


_ALONE = {"station": _station, "witness": _witness}


def _office() -> click.Group:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "liuhen.server.django_settings")
    from liuhen.server.commands import program

    return program
