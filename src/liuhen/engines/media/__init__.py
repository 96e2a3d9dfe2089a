"""Media: what a file says of itself, small pictures and playable copies of it, and what its name says.

Everything that reads the inside of a file runs in a sandboxed child; damaged and hostile files end as findings.
Used by the evidence and access rooms. Knows no database, no case, no law.
"""

from liuhen.engines.media.inspection import inspect_file, proxy, thumbnail
from liuhen.engines.media.names import NameFacts, parse_file_name
from liuhen.engines.media.playable import browser_can_play
from liuhen.engines.media.report import Inspection

__all__ = [
    "Inspection",
    "NameFacts",
    "browser_can_play",
    "inspect_file",
    "parse_file_name",
    "proxy",
    "thumbnail",
]
