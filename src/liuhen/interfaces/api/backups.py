"""备份 as a page: how long ago the last run was, the register of runs, and the drills of restoring. Runs are made at the server."""

from datetime import datetime

from django.http import HttpRequest

from liuhen.apps.archive import backup
from liuhen.apps.archive.models import BackupRun, RestoreDrill
from liuhen.interfaces.api.gate import Asking, Routes, asked
from liuhen.interfaces.api.rail import proof_about
from liuhen.interfaces.api.shapes import Action, DueItem, Fact, Proof, Shape, State
from liuhen.interfaces.api.words import count_label, size_shown
from liuhen.kernel.clock import shown

routes = Routes("备份")


class BackupRow(Shape):
    """One run in the register: where to, by whom, how much, and its proof."""

    number: str
    at: datetime
    place: str
    carried_by: str
    medium: str
    says: str
    index: str
    proof: Proof | None


class DrillRow(Shape):
    """One drill: from which run, how much was taken out, what came of it."""

    run: str
    at: datetime
    says: str
    state: State


class BackupsPage(Shape):
    """The register of backups, and what is due."""

    state: State
    says: str
    how: str
    facts: list[Fact]
    runs: list[BackupRow]
    drills: list[DrillRow]


@routes.get("/backups", policy="backup.view", response=BackupsPage)
def page(request: HttpRequest) -> BackupsPage:
    asking = asked(request)
    last, missing = backup.last_run(), backup.not_backed_up(asking.by)
    state, says = _standing(asking)
    facts = [
        Fact(label="最近一次", value=f"{shown(last.at)}，{last.place}" if last else "还没有备份过", tone="plain" if last else "due"),
        Fact(label="还没有备份的音像", value=count_label(missing), tone="due" if missing else "plain"),
        Fact(label="最近一次演练", value=_last_drill()),
    ]  # fmt: skip
    return BackupsPage(
        state=state, says=says, facts=facts, runs=[_run(row) for row in backup.runs()], drills=[_drill(row) for row in backup.drills()],
        how="由操作人在服务器上运行 liuhen backup run，备到移动介质或者异地挂载的文件夹，加密，重读核对之后才登记在这里；密钥分成两份，由两人保管。",
    )  # fmt: skip


def desk_items(asking: Asking) -> list[DueItem]:
    """From the twenty-fifth day on the desk of those who keep, as a breach from the thirty-first."""
    if not asking.can("backup.view"):
        return []
    state, says = _standing(asking)
    if state.tone not in ("due", "breach"):
        return []
    return [
        DueItem(
            key="backup", title="每月异地备份", what=says, number="", deadline=None, state=state,
            action=Action(key="backup", label="看登记簿", to="/backups"), cite=None,
        )
    ]  # fmt: skip


def _standing(asking: Asking) -> tuple[State, str]:
    age = backup.age_of_backup(at=asking.at)
    days = age.days if age is not None else 0
    if age is not None and age >= backup.ALARM:
        return State(label="逾期未备份", tone="breach"), f"已有 {days} 天没有重读核对过的备份，超过 31 天。"
    if age is not None and age >= backup.WARN:
        return State(label="该备份了", tone="due"), f"已有 {days} 天没有重读核对过的备份，满 31 天即逾期。"
    if backup.last_run() is None:
        return State(
            label="还没有备份", tone="plain"
        ), f"启用 {days} 天，还没有备份过；满 25 天提醒，满 31 天逾期。"
    return State(
        label="按月备份", tone="proven"
    ), f"最近一次备份覆盖到 {days} 天之前。满 25 天提醒，满 31 天逾期。"


def _last_drill() -> str:
    row = next(iter(backup.drills(most=1)), None)
    return f"{shown(row.at)}，取出 {row.sampled} 份，相符 {row.good} 份" if row else "还没有演练过"


def _run(row: BackupRun) -> BackupRow:
    return BackupRow(
        number=row.number, at=row.at, place=row.place, carried_by=row.carried_by, medium=row.medium, index=row.index, proof=proof_about(row.pk),
        says=f"原件 {row.originals} 份，文件 {row.files} 个，新增 {row.added} 个、{size_shown(row.bytes_added)}，检查点 {row.log_size}",
    )  # fmt: skip


def _drill(row: RestoreDrill) -> DrillRow:
    good = row.good == row.sampled
    return DrillRow(
        run=row.run, at=row.at, says=f"取出 {row.sampled} 份，相符 {row.good} 份。{row.note}",
        state=State(label="相符" if good else "不符", tone="proven" if good else "breach"),
    )  # fmt: skip
