"""A recording with everything that can hang on one, made by the rooms' own acts: what a mark must then withhold whole.

`bring_in` adds it to a scene beside a recording that everybody knows: same camera, same minutes, same activity, so that nothing
else of the house changes by it.
"""

import tempfile
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from liuhen.apps.access.actions import view_recording
from liuhen.apps.access.models import Package, Redaction
from liuhen.apps.access.packages import Wish, ask_for_package
from liuhen.apps.access.queries import PLAY
from liuhen.apps.access.secrecy import mark_secret
from liuhen.apps.access.supplying import require_supply
from liuhen.apps.access.visiting import Coming, ask_visit
from liuhen.apps.approval.actions import ChainStep, request_approval
from liuhen.apps.archive.actions import number_recording
from liuhen.apps.archive.models import Disc, DiscImage, DiscItem, DiscSet
from liuhen.apps.archive.stores import enter_store
from liuhen.apps.casework import actions as casework
from liuhen.apps.casework import handing
from liuhen.apps.casework.linking import ask_to_unlink, link_to_case
from liuhen.apps.casework.models import OutwardHandover
from liuhen.apps.casework.outward import hand_over
from liuhen.apps.documents import actions as documents
from liuhen.apps.evidence import actions as evidence
from liuhen.apps.evidence.models import Recording, Voucher
from liuhen.apps.evidence.segments import mark_segment
from liuhen.apps.journal.models import Line
from liuhen.apps.oversight import examining
from liuhen.apps.oversight.models import Finding
from liuhen.apps.retention.holds import Grounds, place_hold
from liuhen.apps.retention.models import DisposalItem, DisposalList
from liuhen.engines.forms import load_forms
from liuhen.engines.media.synthetic import Clip as Film
from liuhen.engines.media.synthetic import make_clip
from liuhen.kernel.clock import BEIJING
from liuhen.server.worker import Worker
from liuhen.server.works import works
from tests.cast import LONG_AGO, as_actor
from tests.interfaces.api.scene import Scene, receive

MARKED_WORD = "绝密往来函件"
SLOW = (
    "recording.inspect",
    "recording.derive",
    "redaction.render",
    "package.build",
    "disc.build",
    "handover.send",
)


@dataclass
class Secret:
    """The recording, one of each thing about it by the name that addresses use, and the lines that were written meanwhile.

    `others` are one that belongs straight to a concluded case with its volume, and one that belongs nowhere yet.
    """

    recording: Recording
    others: list[Recording]
    things: dict[str, Any] = field(default_factory=dict)
    lines: list[int] = field(default_factory=list)

    def traces(self) -> list[str]:
        """Keys, numbers and words by which it would be known."""
        rows = [self.recording, *self.others, *self.things.values()]
        numbers = [number for row in rows if (number := getattr(row, "number", ""))]
        return [
            *(str(row.pk) for row in rows),
            *numbers,
            *(row.source_name for row in (self.recording, *self.others)),
            self.recording.sha256,
            MARKED_WORD,
        ]


def bring_in(scene: Scene, at: datetime) -> Secret:
    """李's second film of the same minutes, with all that hangs on it; known to everybody until it is marked."""
    cast, office = scene.cast, scene.office
    li, zhang, chen = as_actor(cast.li), as_actor(cast.zhang), as_actor(cast.chen)
    before = Line.objects.order_by("-number").values_list("number", flat=True)[0]
    made, straight, loose = (_film(scene, later) for later in (1, 2, 3))
    Worker(office).drain(leave=SLOW)
    made.refresh_from_db()
    found = Secret(made, [straight, loose])
    things = found.things
    things["link"] = casework.link_recording(
        scene.activity, by=li, recording=made, reasons=[MARKED_WORD], at=at
    )
    link_to_case(scene.volume.case, by=li, recording=straight, reasons=[MARKED_WORD], at=at)  # type: ignore[union-attr]
    things["segment"] = mark_segment(made, by=li, begins=1, ends=2, says=MARKED_WORD, at=at)
    evidence.note_late(made, by=li, lateness=evidence.Lateness(MARKED_WORD), at=at)
    things["document"] = documents.draft_document(
        made, by=li, officer=cast.li, unit=cast.team, form=load_forms(office.forms)["statement"],
        values={"matter": MARKED_WORD, "activity": "x", "span": "x", "cause": "x", "facts": MARKED_WORD}, at=at,
    )  # fmt: skip
    grounds = Grounds("petition", MARKED_WORD, "清河街道信访办", MARKED_WORD)
    things["hold"] = place_hold(made, grounds, by=zhang, officer=cast.zhang, at=at)
    things["approval"] = request_approval(
        made, by=as_actor(cast.wang), requester=cast.wang, unit=cast.team, purpose=PLAY, reason=MARKED_WORD,
        chain=[ChainStep("deputy_head", "副队长", "")], at=at,
    )  # fmt: skip
    ask_to_unlink(things["link"], by=li, requester=cast.li, reason=MARKED_WORD, law=cast.law, at=at)
    asked = ask_for_package(
        made, Wish("court", MARKED_WORD, "1", is_evidence=True, is_sensitive=False), by=li, requester=cast.li, reason="x",
        chain=[ChainStep("deputy_head", "副队长", "")], at=at,
    )  # fmt: skip
    things["package"] = Package.objects.get(pk=asked.subject)
    coming = Coming("party", MARKED_WORD, "x", "x", MARKED_WORD)
    ask_visit(made, coming, by=li, requester=cast.li, chain=[ChainStep("deputy_head", "副队长", "")], at=at)
    things["visit"] = made.visits.get()
    things["supply"] = require_supply(
        made, by=as_actor(cast.zhou), officer=cast.zhou, purpose="review", says=MARKED_WORD, at=at
    )
    view_recording(made, by=zhang, officer=cast.zhang, at=at)
    things["redaction"] = Redaction.objects.create(
        agency=cast.agency,
        number="遮挡副本-密",
        recording=made,
        purpose=MARKED_WORD,
        masks=[],
        drawn_by=cast.li,
        drawn_at=at,
    )
    things["voucher"] = Voucher.objects.create(
        number="凭条-密", recording=made, officer=cast.li, content="{}", at=at
    )
    number_recording(made, by=as_actor(scene.people["he"]), at=at)
    enter_store(made, by=li, system=MARKED_WORD, reference="x", stored_at=at, at=at)
    things["discset"] = DiscSet.objects.create(
        agency=cast.agency, unit=cast.team, case=scene.case, number="光盘-密", title=MARKED_WORD, copies=1, label={}, officer=cast.li, at=at
    )  # fmt: skip
    DiscItem.objects.create(disc_set=things["discset"], recording=made)
    DiscImage.objects.create(
        disc_set=things["discset"], sha256="1" * 64, sm3="1" * 64, size=1, parity=0, at=at
    )
    things["disc"] = Disc.objects.create(
        disc_set=things["discset"],
        copy=1,
        number="光盘-密-1",
        medium="bd_r",
        shelf="x",
        officer=cast.li,
        at=at,
        by=cast.li.pk,
    )
    things["disposal"] = DisposalList.objects.create(
        agency=cast.agency, unit=cast.agency.units.get(parent=None), number="销毁-密", cutoff=at, count=1, size=1, sha256="",
        drawn_by=scene.people["he"], drawn_at=at,
    )  # fmt: skip
    DisposalItem.objects.create(
        disposal=things["disposal"],
        recording=made,
        sha256=made.sha256,
        sm3=made.sm3,
        size=1,
        until=at,
        reason="x",
        links=1,
    )
    things["handover"] = hand_over(
        [made], by=as_actor(scene.people["qian"]), agency=cast.agency, platform=MARKED_WORD, way=OutwardHandover.Way.FILE,
        signer=office.signer, at=at,
    )  # fmt: skip
    listed = [thing for thing in handing.offered(scene.case, viewer=chen, at=at) if thing.key == str(made.pk)]
    handing.prepare_handover(
        scene.case,
        by=li,
        point="officer_change",
        giver=cast.li,
        receiver=cast.wang,
        outside="",
        things=listed,
        note=MARKED_WORD,
        at=at,
    )
    _drawn(scene, found, at)
    Worker(office).drain(leave=SLOW)
    things["finding"] = Finding.objects.filter(subject=made.pk).first()
    assert things["finding"]
    found.lines = list(Line.objects.filter(number__gt=before).values_list("number", flat=True))
    return found


@cache
def short_film() -> bytes:
    """Ten seconds, which lie within the twenty of the film that everybody knows."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "clip.mp4"
        make_clip(path, Film(starts_at=LONG_AGO, seconds=10.0, size=(160, 90), frames_per_second=2))
        return path.read_bytes()


def _film(scene: Scene, later: int) -> Recording:
    """Another camera ran so many seconds after the film that everybody knows began, and ended before it."""
    told = (scene.start + timedelta(seconds=later)).astimezone(BEIJING)
    name = f"DCAM_7000001_{scene.cast.li.number}_{told:%Y%m%d}_{told:%H%M%S}.mp4"
    content, at = short_film() + bytes(later), scene.start + timedelta(minutes=20)
    made = receive(scene.office, scene.cast, content, name=name, at=at)
    works(scene.office)["recording.inspect"](made.pk)
    return made


def _drawn(scene: Scene, found: Secret, at: datetime) -> None:
    """The film is drawn in an examination that looked at the known one before, and something is remarked on it."""
    examination, by = examining.Examination.objects.get(), as_actor(scene.cast.zhou)
    made = examining.Drawn.objects.create(
        examination=examination, order=2, subject=found.recording.pk, key=""
    )
    found.things["drawn"] = made
    examining.score_drawn(
        made,
        by=by,
        answers={"recorded": "fail"},
        labels={"recorded": "应录事项是否记录"},
        note=MARKED_WORD,
        at=at,
    )
    opinion = examining.Opinion("praise", MARKED_WORD, made)
    found.things["remark"] = examining.enter_remark(examination, opinion, by=by, at=at)


def mark(scene: Scene, found: Secret, at: datetime) -> None:
    """陈 marks them: 谷 alone may know of them, beside those whose post it is."""
    for one in (found.recording, *found.others):
        mark_secret(
            one,
            by=as_actor(scene.cast.chen),
            secret="state_secret",
            persons=[scene.people["gu"]],
            says=MARKED_WORD,
            at=at,
        )
