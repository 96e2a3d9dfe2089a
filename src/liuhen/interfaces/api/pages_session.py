"""The frame around every page: who is in, what this person may open, which clocks run, what everybody must know."""

from liuhen.apps.archive import scrubbing
from liuhen.apps.journal.halts import standing_halt
from liuhen.apps.oversight import queries as oversight
from liuhen.apps.oversight.models import Finding as FindingRow
from liuhen.apps.registry import queries as registry
from liuhen.engines.rules.packs import Rulebook
from liuhen.interfaces.api.gate import Asking
from liuhen.interfaces.api.own import numbers_of, own_subjects, where_is
from liuhen.interfaces.api.rail import deadline_of
from liuhen.interfaces.api.shapes import (
    Action,
    AgencyName,
    Banner,
    Deadline,
    DeadlineBell,
    Door,
    Person,
    SearchBox,
    SectionLink,
    Session,
    Tone,
    WayIn,
)
from liuhen.interfaces.office import Office
from liuhen.kernel.clock import shown

_SECTIONS = (
    ("workbench", "工作台", "desk.view"), ("intakes", "受理登记", "intake.view"), ("cases", "执法事项", "case.view"), ("activities", "现场活动", "activity.view"),
    ("recordings", "音像资料", "recording.list"), ("documents", "文书", "document.view"), ("devices", "设备", "device.view"),
    ("retention", "保存处置", "keeping.view"), ("archive", "归档", "volume.view"), ("oversight", "监督考评", "examination.view"), ("statistics", "统计", "statistics.view"), ("registers", "台账", "register.view"), ("proof", "存证", "proof.view"), ("rules", "制度", "law.view"), ("people", "人员", "person.view"),
)  # fmt: skip
_NEAREST, _BELL = 5, 100


def door(office: Office) -> Door:
    """Before log-in: whose office this is. With several agencies in one house none is named."""
    agencies = registry.agencies()
    name = agencies[0].name if len(agencies) == 1 else "留痕"
    return Door(
        agency=name,
        banners=banners(office),
        hint="忘记口令请找系统管理员重置。\n连续输错五次，账号会锁定十五分钟。",
        ways=_ways(office),
    )


def _ways(office: Office) -> list[WayIn]:
    found = []
    if office.provider is not None:
        found.append(WayIn(key="provider", label=f"{office.provider.name}登录"))
    if office.proxy is not None:
        found.append(WayIn(key="certificate", label="数字证书（UKey）登录"))
    return found


def session(asking: Asking) -> Session:
    officer = asking.officer
    titles = "、".join(registry.roles_of(asking.by, at=asking.at)) or "无职务"
    return Session(
        person=Person(id=str(officer.pk), name=officer.name, title=titles, unit=officer.unit.name),
        agency=AgencyName(name=officer.agency.name, short_name=officer.agency.name),
        sections=[SectionLink.model_validate({"key": k, "label": w}) for k, w, policy in _SECTIONS if asking.can(policy)],
        search=SearchBox(placeholder="编号、人员、设备、词句（按 / 键）"),
        deadlines=bell(asking),
        banners=banners(asking.office),
        menu=[
            Action(key="account", label="账号安全", to="/account"),
            Action(key="password", label="更改口令", form_url="/session/password"),
        ],
    )  # fmt: skip


def bell(asking: Asking) -> DeadlineBell:
    """The clocks that run for this person's own things, the nearest first."""
    clocks = running(asking, law=asking.law_or_none) if asking.can("finding.view") else []
    tones = [clock.tone for clock in clocks]
    tone: Tone = "breach" if "breach" in tones else "due" if "due" in tones else "plain"
    return DeadlineBell(count=len(clocks), tone=tone, nearest=clocks[:_NEAREST])


def running(asking: Asking, *, law: Rulebook | None) -> list[Deadline]:
    pending = oversight.open_findings(
        asking.by, at=asking.at, subjects=own_subjects(asking), verdicts=("未到期",)
    )
    rows: list[FindingRow] = list(pending.filter(turns_at__isnull=False).order_by("turns_at")[:_BELL])
    places, numbers = where_is(rows), numbers_of(row.subject for row in rows)
    clocks = (deadline_of(row, law=law, at=asking.at, to=places.get(row.subject)) for row in rows)
    named = zip(rows, clocks, strict=True)
    return [
        clock.model_copy(update={"label": f"{clock.label} {numbers.get(row.subject, '')}".strip()})
        for row, clock in named
        if clock
    ]


def banners(office: Office) -> list[Banner]:
    """What every page must say: a disk that is full, a sealing that stopped, and that a demonstration is one."""
    told = []
    if office.vault.free_bytes() == 0:
        told.append(
            Banner(
                key="full", tone="breach", says="暂停入库：存储空间不足",
                do="已入库的不受影响。请勿清除设备中的原件，并通知系统管理员扩充存储。",
            )
        )  # fmt: skip
    halt = standing_halt()
    if halt is not None:
        told.append(
            Banner(
                key="halted", tone="breach", says=f"封存已停止：{halt.get_why_display()}（{shown(halt.at)}）",
                do="办理照常登记，但不再签发检查点。请系统管理员按运行手册“回滚处置”处理，并通知见证单位。",
            )
        )  # fmt: skip
    wrong = scrubbing.open_faults().count()
    if wrong:
        told.append(
            Banner(
                key="fixity", tone="breach", says=f"{wrong} 份原件重读不符",
                do="请勿清除仍在设备、存储卡里的同一文件。请系统管理员按运行手册“修复原件”办理。",
            )
        )  # fmt: skip
    if office.is_demo:
        told.append(
            Banner(
                key="demo",
                tone="plain",
                says="演示数据",
                do="人员、案件和录像均由程序生成，不得用于实际工作。",
            )
        )
    return told
