"""The ASGI application of the bulk bytes for the pages' port: `/files/` in, `/media/` and `/log/` out. The intake has `/files/` alone (inward.py)."""

from liuhen.interfaces.files.inward import Inward
from liuhen.interfaces.files.log import PublishedLog
from liuhen.interfaces.files.media import Media
from liuhen.interfaces.files.packages import Packages
from liuhen.interfaces.files.pushes import Pushes
from liuhen.interfaces.office import Office


class FilesApp(Inward):
    """Uploads and playback over one office."""

    def __init__(self, office: Office) -> None:
        out = [
            *Media(office).routes(),
            *Packages(office).routes(),
            *Pushes().routes(),
            *PublishedLog(office).routes(),
        ]
        super().__init__(office, is_intake=False, more=out)
