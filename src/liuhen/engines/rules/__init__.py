"""What the law asks. Rule packs in, judgements, keeping periods, timelines and approver chains out.

Pure: no clock, no database, no settings; the same facts and pack versions give the same answer for ever. The seven
names below are the door. The values they take and give live beside it: `facts` (what casework and evidence fill),
`verdicts` and `judging` (verdict, judgement), `keeping`, `timelines`, `packs` (what a page may offer).
"""

from liuhen.engines.rules.approvals import approver_chain
from liuhen.engines.rules.judging import assess, combine_packs
from liuhen.engines.rules.keeping import keep_until
from liuhen.engines.rules.loading import load_pack
from liuhen.engines.rules.reviewing import review
from liuhen.engines.rules.timelines import timeline

__all__ = [
    "approver_chain",
    "assess",
    "combine_packs",
    "keep_until",
    "load_pack",
    "review",
    "timeline",
]
