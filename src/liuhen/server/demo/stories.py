"""What happened in the week: one line a story, the same kinds in every agency, with that agency's own matters.

`tale` says how the recording went: whole, two-clocks, late, late-excused, interrupted, missing, black, unlinked,
exempt, under-way, planned.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Story:
    """Day 0 is Monday; `officers` are indexes of the agency's officers; `place` is an index of its places."""

    tale: str
    day: int
    clock: str
    minutes: int
    activity_type: str
    subject: str
    place: int
    officers: tuple[int, ...]
    case: int | None = None
    flags: tuple[str, ...] = ()
    acts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CaseStory:
    """A case and how far it has come."""

    category: str
    start_mode: str
    cause: str
    party: str
    place: int
    officer: int
    stages: tuple[str, ...]


# For each pack: activity types for a visit, a check, a measure and a service.
_TYPES = {
    "nandagang": ("dispatch_response", "site_inspection", "case_measures", "stop_question_check"),
    "subdistrict": ("onsite_enforcement", "onsite_enforcement", "evidence_gathering", "service_by_leaving"),
    "baimiaozi": ("daily_inspection", "simple_disposal", "case_handling", "stop_question_check"),
    "tonghua": ("dispatch_response", "stop_question_check", "case_measures", "onsite_disposal"),
    "fuzhou": ("daily_inspection", "penalty_site_inspection", "penalty_questioning", "service"),
}
_SUBJECTS = {
    "nandagang": ("邻里纠纷警情处置", "易制毒化学品单位检查", "入室盗窃案现场勘验", "可疑人员盘查"),
    "subdistrict": ("占道经营巡查", "夜间施工噪声检查", "违法建设现场取证", "责令改正通知书留置送达"),
    "baimiaozi": ("采石场日常检查", "集市占道处置", "非法倾倒渣土查处", "运输车辆盘查"),
    "tonghua": ("110 报警：酒后滋事", "夜间巡逻盘查", "电信诈骗案搜查", "网吧治安检查"),
    "fuzhou": ("历史建筑日常巡查", "擅自改动立面现场检查", "当事人询问", "处罚决定书送达"),
}
_CASES = {
    "nandagang": (("penalty", "on_incident", "殴打他人", "钱某甲"), ("penalty", "ex_officio", "未按规定登记旅客信息", "某宾馆")),
    "subdistrict": (("penalty", "on_complaint", "未经许可占用道路摆摊", "钱某乙"), ("penalty", "ex_officio", "违法搭建", "某建材店")),
    "baimiaozi": (("penalty", "ex_officio", "非法倾倒建筑垃圾", "钱某丙"), ("inspection", "ex_officio", "矿山安全专项检查", "某石料厂")),
    "tonghua": (("penalty", "on_incident", "寻衅滋事", "钱某丁"), ("penalty", "ex_officio", "非法侵入他人网络", "钱某戊")),
    "fuzhou": (("penalty", "ex_officio", "擅自改变历史建筑外立面", "某商铺"), ("permit", "on_application", "历史建筑修缮方案审批", "某投资公司")),
}  # fmt: skip


def stories(pack: str) -> list[Story]:
    """The week of an agency under `pack`."""
    visit, check, measure, service = _TYPES[pack]
    about_visit, about_check, about_measure, about_service = _SUBJECTS[pack]
    asked = ("liberty",) if pack == "subdistrict" else ()
    told = [
        Story(
            "whole", 0, "09:10", 4, visit, about_visit, 0, (0, 1), case=0, flags=asked, acts=("questioning",)
        ),
        Story("two-clocks", 0, "15:20", 3, measure, about_measure, 1, (0, 1), case=0, flags=asked),
        Story("late", 1, "10:05", 2, check, about_check, 2, (2, 1), flags=asked),
        Story("late-excused", 1, "13:40", 2, visit, f"{about_visit}（偏远）", 1, (0, 2), flags=asked),
        Story(
            "interrupted", 2, "09:30", 5, measure, f"{about_measure}（续）", 1, (0, 1), case=1, flags=asked
        ),
        Story("missing", 2, "14:10", 5, check, f"{about_check}（复查）", 0, (2, 0), flags=asked),
        Story("black", 3, "09:00", 3, visit, f"{about_visit}（早市）", 0, (1, 2), case=1, flags=asked),
        Story("unlinked", 3, "16:00", 2, service, about_service, 2, (0, 2), case=0, flags=asked),
        Story(
            "whole", 4, "08:50", 2, check, f"{about_check}（周五）", 1, (1, 0), flags=("obstruction", *asked)
        ),
        Story("under-way", 5, "08:30", 40, check, f"{about_check}（正在进行）", 2, (1, 2)),
        Story("planned", 5, "09:00", 30, visit, f"{about_visit}（下周）", 0, (0, 1)),
    ]
    if pack in ("nandagang", "fuzhou"):
        told.append(Story("exempt", 4, "11:00", 10, check, "应急抢险中的检查", 2, (0, 2)))
    return told


def case_stories(pack: str) -> list[CaseStory]:
    """The agency's two own cases, well on their way, and one more in every other state a case can be in."""
    own = [
        CaseStory(category, start, cause, party, place=n, officer=0, stages=stages)
        for n, ((category, start, cause, party), stages) in enumerate(
            zip(_CASES[pack], (("investigation", "review"), ("investigation",)), strict=True)
        )
    ]
    full = ("investigation", "review", "service", "concluded", "archived")
    others = [
        CaseStory("inspection", "ex_officio", f"专项检查（{label}）", "", place=2, officer=1, stages=stages)
        for label, stages in (
            ("刚启动", ()),
            ("待送达", full[:3]),
            ("已终结", full[:4]),
            ("已归档", full),
        )
    ]
    unfounded = CaseStory(
        "penalty", "on_complaint", "投诉事项经查不属本机关管辖", "钱某", 1, 1, ("not_started",)
    )
    return [*own, *others, unfounded]
