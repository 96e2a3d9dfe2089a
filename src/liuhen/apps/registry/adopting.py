"""Changing the law of an agency: a version put in force, one ended, a value set. Each from a date, each with its line.

What would keep any class of recordings less long than now takes two people: it is proposed here, decided in the approval
room, and carried out with that approval, never from an earlier moment. Files of an adopted version are kept for ever.
"""

from datetime import datetime, timedelta
from pathlib import Path

from liuhen.apps.journal.actions import Pen, act
from liuhen.apps.registry.law import Change, files_of, law_after, law_or_none, pack_digest
from liuhen.apps.registry.models import Agency, AgencySetting, LawChange, PackInForce, PackVersion
from liuhen.apps.registry.permission import Place, allow
from liuhen.engines.rules import load_pack
from liuhen.engines.rules.simulating import Shortened, shortened_classes
from liuhen.kernel.actors import Actor
from liuhen.kernel.clock import now
from liuhen.kernel.errors import Malformed, Refused
from liuhen.kernel.grants import Grant

SHORTEN = "law.shorten"
_ACTIONS = {"activate": "pack.activate", "end": "pack.activate", "set": "setting.write"}
_NOWHERE = Path("/nowhere")  # Without a folder the copies kept at adoption are read.


def activation(folder: Path, *, since: datetime, replaces: tuple[str, ...] = ()) -> Change:
    """The change that puts the pack in `folder` in force."""
    head = load_pack(folder).head
    if head.key != folder.name:
        raise Malformed(f"文件夹名“{folder.name}”与规则包的 key “{head.key}”不同", do="请改成一致。")
    return Change(
        kind="activate", key=head.key, version=head.version, digest=pack_digest(folder), since=since, replaces=replaces
    )  # fmt: skip


def shortens(agency: Agency, change: Change, *, packs: Path | None) -> tuple[Shortened, ...]:
    """The classes of recordings that would be kept less long; empty where one person may decide."""
    where = packs or _NOWHERE
    before = law_or_none(agency.pk, packs=where, at=change.since)
    if before is None:
        return ()  # A first adoption has nothing to shorten.
    return shortened_classes(before, law_after(agency.pk, change, packs=where))


def change_law(
    agency: Agency,
    change: Change,
    *,
    by: Actor,
    packs: Path | None,
    at: datetime | None = None,
    proposal: LawChange | None = None,
    grant: Grant | None = None,
) -> None:
    """Carry out a change. Raises `Refused` for a version that would not be what was adopted, and for a shortening

    without the approval of a second person. Without `packs` only what was kept at adoption is known.
    """
    moment = at or now()
    allow(by, _ACTIONS[change.kind], on=_top(agency), at=moment)
    _check_version(agency, change)
    if packs is not None:
        _check_files(change, packs)
    _check_terms(agency, change, by=by, packs=packs, at=moment, proposal=proposal, grant=grant)
    approval = grant.approval if grant else ""
    verb = "pack.ended" if change.kind == "end" else "pack.activated"
    verb = "setting.entered" if change.kind == "set" else verb
    with act(verb, by=by, at=moment, agency=agency.pk, approval=approval) as line:
        _write(line, agency, change, by=by, packs=packs, at=moment)
        if proposal is not None:
            proposal.carried_out_at, proposal.approval = moment, approval
            proposal.save(update_fields=["carried_out_at", "approval"])
            line.about(proposal)
        line.schedule("agency.judge", agency, after=max(change.since - now(), timedelta()))


def propose_change(agency: Agency, change: Change, *, by: Actor, packs: Path, at: datetime) -> LawChange:
    """Enter a change that shortens, for another person to approve. Nothing is in force by it."""
    allow(by, _ACTIONS[change.kind], on=_top(agency), at=at)
    _check_version(agency, change)
    _check_files(change, packs)
    classes = shortens(agency, change, packs=packs)
    if not classes:
        raise Refused("这项变动不缩短任何保存期限，不需要报批", do="请直接办理。")
    row = LawChange(
        agency=agency, what=change.kind, key=change.key, version=change.version, digest=change.digest,
        replaces=list(change.replaces), value=change.value, since=change.since, proposed_by=by.id, proposed_at=at,
        shortened=[{"class": c.told, "before": c.before, "after": c.after} for c in classes],
    )  # fmt: skip
    with act("law.change-proposed", by=by, at=at, agency=agency.pk) as line:
        row.save(force_insert=True)
        line.about(row)
    return row


def carry_out(proposal: LawChange, *, by: Actor, packs: Path, grant: Grant, at: datetime) -> None:
    """What a second person approved, from its date, and never from before the approval."""
    if proposal.carried_out_at is not None:
        return
    change = Change(
        kind=proposal.what, key=proposal.key, version=proposal.version, digest=proposal.digest,  # type: ignore[arg-type]
        replaces=tuple(proposal.replaces), value=proposal.value, since=max(proposal.since, at),
    )  # fmt: skip
    change_law(proposal.agency, change, by=by, packs=packs, at=at, proposal=proposal, grant=grant)


def _top(agency: Agency) -> Place:
    return Place(agency.pk, agency.units.get(parent__isnull=True).path)


def _check_version(agency: Agency, change: Change) -> None:
    if change.kind == "end" and not agency.packs.filter(key=change.key, until__isnull=True).exists():
        raise Refused(f"规则包“{change.key}”没有在施行", do="请刷新页面后核对。")
    if change.kind != "activate":
        return
    kept = PackVersion.objects.filter(key=change.key, version=change.version).first()
    adopted = PackInForce.objects.filter(key=change.key, version=change.version).first()
    if any(row is not None and row.digest != change.digest for row in (kept, adopted)):
        raise Refused(
            f"规则包 {change.key}@{change.version} 已有不同内容的同号版本施行过",
            do="已施行的版本不得改动；请在 pack.toml 中换一个版本号，再启用。",
        )
    if agency.packs.filter(key=change.key, version=change.version, until__isnull=True).exists():
        raise Refused(f"规则包 {change.key}@{change.version} 已经启用", do="请刷新页面后核对。")


def _check_files(change: Change, packs: Path) -> None:
    if change.kind == "activate" and pack_digest(packs / change.key) != change.digest:
        raise Refused("规则包的文件在此期间改动过", do="请重新试算，再启用。")


def _check_terms(
    agency: Agency, change: Change, *, by: Actor, packs: Path | None, at: datetime, proposal: LawChange | None,
    grant: Grant | None,
) -> None:  # fmt: skip
    classes = shortens(agency, change, packs=packs)
    if not classes:
        return
    covered = grant is not None and proposal is not None and grant.covers(
        holder=by.id, action=SHORTEN, thing=proposal.pk, at=at
    )  # fmt: skip
    if not covered or change.since < at:
        told = "；".join(f"{c.told}：现为“{c.before}”，将为“{c.after}”" for c in classes[:3])
        raise Refused(
            f"这项变动会缩短 {len(classes)} 类音像记录的保存期限（{told}），须经另一人批准",
            do="请在“制度”页报机关负责人批准，批准后自动施行。",
        )


def _write(line: Pen, agency: Agency, change: Change, *, by: Actor, packs: Path | None, at: datetime) -> None:
    if change.kind == "set":
        setting = AgencySetting(agency=agency, key=change.key, value=change.value, since=change.since)
        setting.save(force_insert=True)
        line.about(setting)
        return
    for earlier in agency.packs.filter(key__in=change.ends, until__isnull=True):
        earlier.until = change.since
        earlier.save(update_fields=["until"])
        line.about(earlier)
    if change.kind == "activate":
        _keep_files(line, change, packs, at)
        row = PackInForce(
            agency=agency, key=change.key, version=change.version, digest=change.digest, since=change.since,
            activated_by=by.id,
        )  # fmt: skip
        row.save(force_insert=True)
        line.about(row, pack_digest=change.digest)


def _keep_files(line: Pen, change: Change, packs: Path | None, at: datetime) -> None:
    if packs is None or PackVersion.objects.filter(digest=change.digest).exists():
        return
    kept = PackVersion(
        key=change.key,
        version=change.version,
        digest=change.digest,
        files=files_of(packs / change.key),
        kept_at=at,
    )
    kept.save(force_insert=True)
    line.about(kept)
