"""Where the data that comes with the program lies: beside the package in a wheel, at the top of a clone."""

from pathlib import Path

import liuhen


def data_folder(name: str) -> Path:
    """`rulepacks`, `forms` or `verifier`."""
    package = Path(liuhen.__file__).parent
    packed = package / "data" / name
    return packed if packed.is_dir() else package.parent.parent / name
