"""光盘 on the page of a volume: each set with its label, its image, its discs and how they were read back."""

from liuhen.apps.archive import discs
from liuhen.apps.archive.models import Disc, DiscSet
from liuhen.apps.casework.models import Case
from liuhen.engines.rules.recording_words import DISC_LABEL
from liuhen.interfaces.api.gate import Asking
from liuhen.interfaces.api.rail import tone_of_deadline
from liuhen.interfaces.api.shapes import Action, Deadline, DueItem, Fact, Link, State
from liuhen.interfaces.api.shapes_volumes import DiscSetShown, DiscShown
from liuhen.interfaces.api.words import size_shown
from liuhen.kernel.clock import shown

_MOST = 20


def shelf(asking: Asking, case: Case) -> list[DiscSetShown]:
    """What this person may know of."""
    rows = discs.discs_of(case, viewer=asking.by, at=asking.at) if asking.can("disc.view") else []
    return [_set(asking, row) for row in rows if asking.may("disc.view", row)]


def order_action(asking: Asking, case: Case) -> Action | None:
    if not asking.may("disc.make", case):
        return None
    return Action(key="discs", label="提出刻录光盘", form_url=f"/cases/{case.pk}/disc-set")


def desk_items(asking: Asking) -> list[DueItem]:
    """Discs this person may check that were never read back, differed, or are due to be read again."""
    if not asking.can("disc.check"):
        return []
    late = [disc for disc in discs.overdue_discs(asking.by, at=asking.at) if asking.may("disc.check", disc)]
    return [_desk_item(asking, disc) for disc in late[:_MOST]]


def _desk_item(asking: Asking, disc: Disc) -> DueItem:
    check = discs.last_check(disc)
    clock = None
    if check is not None and check.good:
        clock = Deadline(
            label="再核对", due_at=check.next_at, tone=tone_of_deadline(check.next_at, asking.at)
        )
    return DueItem(
        key=f"disc-{disc.pk}", title="光盘读回核对", what=f"{disc.disc_set.title}，存放于 {disc.shelf}", number=disc.number, deadline=clock,
        state=_read(asking, disc), action=Action(key=f"disc-{disc.pk}", label="读回核对", form_url=f"/discs/{disc.pk}/check"), cite=None,
    )  # fmt: skip


def _set(asking: Asking, row: DiscSet) -> DiscSetShown:
    items = row.items.select_related("recording").order_by("recording__started_at", "pk")
    held = discs.newest_discs(row)
    return DiscSetShown(
        id=str(row.pk), number=row.number, title=row.title, state=_state(row),
        label=[Fact(label=DISC_LABEL[code], value=value or "未填", tone="plain" if value else "due") for code, value in row.label.items()],
        recordings=[Link(label=one.recording.number, to=f"/recordings/{one.recording_id}") for one in items],
        files=_files(asking, row), discs=[_disc(asking, held[copy]) for copy in sorted(held)], actions=_actions(asking, row),
    )  # fmt: skip


def _state(row: DiscSet) -> State:
    if discs.is_done(row):
        return State(label="已刻成并核对", tone="proven")
    image = getattr(row, "image", None)
    if image is None:
        return State(
            label="正在制作映像", tone="action", reason=discs.trouble_of(row) or "由后台制作，可以离开本页"
        )
    return State(label="待刻录、核对", tone="due", reason=f"一共 {row.copies} 份，每份刻录之后读回核对")


def _files(asking: Asking, row: DiscSet) -> list[Link]:
    found = [Link(label="标签（PDF）", to=f"/api/v1/disc-sets/{row.pk}/label")]
    image = getattr(row, "image", None)
    package = discs.package_of(row)
    if (
        image is not None
        and package is not None
        and asking.may("package.fetch", package)
        and package.asked_by_id == asking.officer.pk
    ):
        found.append(
            Link(
                label="映像（ISO）",
                to=f"/files/packages/{package.pk}",
                note=f"{size_shown(image.size)}，SHA-256 {image.sha256}",
            )
        )
    return found


def _disc(asking: Asking, disc: Disc) -> DiscShown:
    check = discs.last_check(disc)
    says = f"第 {disc.copy} 份，{disc.get_medium_display()}，{disc.officer.name} {shown(disc.at)} 刻录，存放于 {disc.shelf}"
    if disc.same_place_why:
        says += f"（同处存放：{disc.same_place_why}）"
    if check is not None:
        says += f"；{shown(check.at)} {check.get_how_display()}，下次核对 {shown(check.next_at)[:10]}"
    return DiscShown(
        number=disc.number, says=says, state=_read(asking, disc),
        actions=[Action(key=f"check-{disc.pk}", label="读回核对", form_url=f"/discs/{disc.pk}/check")] if asking.may("disc.check", disc) else [],
    )  # fmt: skip


def _read(asking: Asking, disc: Disc) -> State:
    check = discs.last_check(disc)
    if check is None:
        return State(label="待读回核对", tone="due")
    if not check.good:
        return State(label="读回不符", tone="breach", reason="请重新刻录这一份")
    if check.next_at < asking.at:
        return State(label="该再核对了", tone="due")
    return State(label="读回相符", tone="proven")


def _actions(asking: Asking, row: DiscSet) -> list[Action]:
    if getattr(row, "image", None) is None or not asking.may("disc.make", row):
        return []
    return [Action(key=f"burn-{row.pk}", label="登记刻录", form_url=f"/disc-sets/{row.pk}/disc")]
