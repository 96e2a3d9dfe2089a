"""Liuhen 留痕：行政执法全过程记录平台。

The house stands on five floors (see docs/house.md); imports go down only.
"""

__version__ = "0.1.0"
