"""Where a recording has lain, as its page shows it: the places of evidence, the archive's number after them, and the digests."""

from liuhen.apps.archive.backup import covering_run
from liuhen.apps.archive.queries import archive_number
from liuhen.apps.casework.outward import outward_items_of
from liuhen.apps.evidence.custody import Holding, custody_of
from liuhen.apps.evidence.models import Recording
from liuhen.apps.registry import queries as registry
from liuhen.interfaces.api.pages_disclosing import copies_outside
from liuhen.interfaces.api.pages_outward import place_outside
from liuhen.interfaces.api.shapes import Custody, Fact, State
from liuhen.kernel.clock import shown


def custody(row: Recording) -> list[Custody]:
    """From the card to the archive; each with who had it and whether the digest was compared there."""
    held = custody_of(row)
    number = archive_number(row.pk)
    run = covering_run(row)
    outside = outward_items_of([row.pk]).get(row.pk)
    names = registry.names_of({h.by for h in held if h.by} | ({number.by} if number else set()))
    found = [_shown(one, names.get(one.by, "") if one.by else "") for one in held]
    if number is not None:
        found.append(
            Custody(
                place="档案", span=f"{shown(number.at)} 起", who=names.get(number.by, ""), how=f"编号存档 {number.number}，原件仍在证据库",
                digest=State(label="未另算摘要", tone="plain"),
            )
        )  # fmt: skip
    if run is not None:
        found.append(
            Custody(
                place=f"异地备份（{run.place}）", span=f"{shown(run.at)} 起", who=run.carried_by, how=f"备份 {run.number}，加密；销毁之后随下一次备份清除",
                digest=State(label="重读一致", tone="proven", reason=f"写入之后从介质重读，与清单一致（{shown(run.at)}）"),
            )
        )  # fmt: skip
    if outside is not None:
        place, how = place_outside(outside)
        found.append(
            Custody(
                place=place, span=f"{shown(outside.handover.at)} 起", who=registry.names_of([outside.handover.by]).get(outside.handover.by, ""),
                how=how, digest=State(label="摘要写在清单上", tone="plain"),
            )
        )  # fmt: skip
    return [*found, *copies_outside(row)]


def digests(row: Recording) -> list[Fact]:
    """Both digests, and whether the medium was read again."""
    verified = (
        Fact(label="复核", value=f"{shown(row.verified_at)} 从磁盘重读，一致", tone="proven")
        if row.verified_at
        else Fact(label="复核", value="正在从磁盘重读", tone="action")
    )
    return [
        Fact(label="SHA-256", value=row.sha256, mono=True),
        Fact(label="SM3", value=row.sm3, mono=True),
        verified,
    ]


def _shown(one: Holding, name: str) -> Custody:
    checked = one.checked is not None
    return Custody(
        place=one.place, span=_span(one), who=name or one.who, how=one.how,
        digest=State(
            label="摘要一致" if checked else "未核对摘要", tone="proven" if checked else "plain",
            reason=f"{one.digest}（{shown(one.checked)}）" if one.checked else one.digest,
        ),
    )  # fmt: skip


def _span(one: Holding) -> str:
    since = shown(one.since) if one.since else "起时没有记录"
    until = shown(one.until) if one.until else "今" if one.is_still_there else "何时离开没有记录"
    return f"{since} 至 {until}" if one.until or one.is_still_there else f"{since}，{until}"
