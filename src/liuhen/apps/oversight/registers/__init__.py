"""Registers (台账) of the house, each defined once, by what they are about.

A register whose rows no room keeps yet is not here; it is named as planned by the clause that asks for it.
"""

from collections.abc import Mapping

from liuhen.apps.oversight.registers.access import ACCESS
from liuhen.apps.oversight.registers.casework import CASEWORK
from liuhen.apps.oversight.registers.definition import Register
from liuhen.apps.oversight.registers.device_care import CARE
from liuhen.apps.oversight.registers.devices import DEVICES
from liuhen.apps.oversight.registers.filing import FILING
from liuhen.apps.oversight.registers.footage import FOOTAGE
from liuhen.apps.oversight.registers.house import HOUSE
from liuhen.apps.oversight.registers.papers import PAPERS
from liuhen.apps.oversight.registers.supervision import SUPERVISION

_ALL = (*DEVICES, *CARE, *FOOTAGE, *ACCESS, *CASEWORK, *PAPERS, *FILING, *SUPERVISION, *HOUSE)
REGISTERS: Mapping[str, Register] = {register.key: register for register in _ALL}
