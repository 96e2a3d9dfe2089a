"""dossier: what leaves the house. Writes evidence packages 证据包; the verifiers that come with them know only the format."""

from liuhen.engines.dossier.alone import alone_files
from liuhen.engines.dossier.bag import BagFile, bag_files, bag_name
from liuhen.engines.dossier.contents import Contents
from liuhen.engines.dossier.image import write_image
from liuhen.engines.dossier.zipped import zipped

__all__ = ["BagFile", "Contents", "alone_files", "bag_files", "bag_name", "write_image", "zipped"]
