"""The tables of casework, one file a matter."""

from liuhen.apps.casework.models.absences import AbsenceNote, AbsenceTally
from liuhen.apps.casework.models.activities import Activity, Declaration, Exemption, Interruption, Member
from liuhen.apps.casework.models.cases import (
    Case,
    CaseHandover,
    CaseParty,
    ContentEntry,
    HandoverSignature,
    Recusal,
    RecusalDecision,
    StageChange,
)
from liuhen.apps.casework.models.gaps import InterruptionGap, VoiceMark
from liuhen.apps.casework.models.intakes import (
    Intake,
    IntakeChange,
    IntakeStep,
    OutsideSystem,
    SystemNotice,
)
from liuhen.apps.casework.models.links import CaseLink, CaseUnlinking, Link, LinkSpan, NoCase, Unlinking
from liuhen.apps.casework.models.outward import OutwardHandover, OutwardItem, OutwardReference, OutwardTry
from liuhen.apps.casework.models.stays import Stay, StayStep

__all__ = [
    "AbsenceNote",
    "AbsenceTally",
    "Activity",
    "Case",
    "CaseHandover",
    "CaseLink",
    "CaseParty",
    "CaseUnlinking",
    "ContentEntry",
    "Declaration",
    "Exemption",
    "HandoverSignature",
    "Intake",
    "IntakeChange",
    "IntakeStep",
    "Interruption",
    "InterruptionGap",
    "Link",
    "LinkSpan",
    "Member",
    "NoCase",
    "OutsideSystem",
    "OutwardHandover",
    "OutwardItem",
    "OutwardReference",
    "OutwardTry",
    "Recusal",
    "RecusalDecision",
    "StageChange",
    "Stay",
    "StayStep",
    "SystemNotice",
    "Unlinking",
    "VoiceMark",
]
