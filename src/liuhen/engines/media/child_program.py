"""Where the child's program lies and the line that starts it; knows nothing else, for both sides use it."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]

# The isolated interpreter knows no path of ours; threads of number libraries are switched off before they start.
_START = (
    "import os, sys; sys.path.insert(0, sys.argv.pop(1)); "
    "os.environ.update(OPENBLAS_NUM_THREADS='1', OMP_NUM_THREADS='1'); "
)
START = f"{_START}from liuhen.engines.media.child import main; main()"
# The library that runs models is there only where an agency wants it: its children are programs of their own.
DETECT = f"{_START}from liuhen.engines.media.detecting import main; main()"
RECOGNIZE = f"{_START}from liuhen.engines.media.recognizing import main; main()"
