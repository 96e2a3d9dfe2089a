"""Registers of supervision: examinations, what was drawn and scored, what was found, the facts of liability."""

from django.db.models import Q

from liuhen.apps.oversight import queries as oversight
from liuhen.apps.oversight.escalating import escalations_seen, role_of
from liuhen.apps.oversight.models import Remark, Score
from liuhen.apps.oversight.registers.cells import name, said
from liuhen.apps.oversight.registers.definition import Register
from liuhen.apps.registry.models import Officer
from liuhen.engines.rules.office_facts import CONDUCTS


def _of_officer(remark: Remark) -> str:
    """Whose the thing was that was drawn: of a recording who made it, of an activity who took part, of a case who conducts it."""
    if remark.drawn is None:
        return ""
    of, key = remark.examination.of, remark.drawn.subject
    found = {
        "recording": Q(recordings=key), "activity": Q(memberships__activity=key), "case": Q(cases=key) | Q(seconded_cases=key),
    }.get(of)  # fmt: skip
    return "、".join(Officer.objects.filter(found).distinct().values_list("name", flat=True)) if found else ""


SUPERVISION: tuple[Register, ...] = (
    Register(
        key="inspections", title="监督检查登记", group="监督", says="每次检查的种类、部门、选取和结果。", action="examination.view",
        columns=("编号", "种类", "事由", "部门", "选取", "件数", "立项", "应办结", "办结", "结果"), when="planned_at", words=("number", "title"),
        rows=lambda by, at: oversight.examinations_seen(by, at=at), to=lambda x: f"/inspections/{x.pk}",
        cells=lambda x: (x.number, x.get_kind_of_check_display(), x.title, x.unit.name, x.get_method_display(), x.size, said(x.planned_at),
                         said(x.due_at), said(x.closed_at), x.summary),
    ),
    Register(
        key="samples", title="抽样登记", group="监督", says="每次检查抽中的各件，按抽取的次序，连同排序的值。", action="examination.view",
        columns=("检查", "次序", "查什么", "编号代码", "排序值", "合格项", "不合格项"), when="examination__planned_at", unit="examination__unit__path",
        words=("examination__number",), to=lambda x: f"/inspections/{x.examination_id}",
        rows=lambda by, at: oversight.drawn_seen(by, at=at).prefetch_related("scores"),
        cells=lambda x: (x.examination.number, x.order, x.examination.get_of_display(), str(x.subject), x.key[:16],
                         "、".join(s.label for s in x.scores.all() if s.answer == "pass"), "、".join(s.label for s in x.scores.all() if s.answer == "fail")),
    ),
    Register(
        key="enforcement-archive", title="执法档案", group="监督", says="检查中对每个部门、每名执法人员提出的问题和表扬，连同答复。", action="examination.view",
        columns=("检查", "部门", "执法人员", "性质", "意见", "条文", "提出", "整改期限", "答复"), when="at", unit="examination__unit__path", words=("says", "examination__number"),
        rows=lambda by, at: oversight.remarks_seen(by, at=at),
        to=lambda x: f"/inspections/{x.examination_id}",
        cells=lambda x: (x.examination.number, x.examination.unit.name, _of_officer(x), x.get_sort_display(), x.says, x.article, said(x.at), said(x.due_at),
                         "；".join(f"{r.get_sort_display()} {r.says}" for r in x.replies.all())),
    ),
    Register(
        key="escalations", title="逾期上报登记", group="监督", says="等某人办的事过了期限，何时报给了哪一位上级；办了的也在这里。", action="register.view",
        columns=("事项", "编号", "情况", "部门", "应办的人", "等办自", "第几次", "报给", "职务", "上报时间"), when="at", words=("number", "late", "says"),
        rows=lambda by, at: escalations_seen(by, at=at),
        cells=lambda x: (x.get_sort_display(), x.number, x.says, x.unit.name, x.late, said(x.since), x.level, x.told.name, role_of(x), said(x.at)),
    ),
    Register(
        key="liability-facts", title="责任事实登记", group="监督", says="陈述的事实和办到哪一步；只列事实，不作认定。", action="liability.view",
        columns=("编号", "情形", "人员", "部门", "事实", "登记", "状态", "办结"), when="stated_at", words=("number", "says"),
        rows=lambda by, at: oversight.liability_seen(by, at=at), to=lambda x: f"/liability/{x.pk}",
        cells=lambda x: (x.number, "、".join(CONDUCTS[c] for c in x.acts), name(x.officer), x.unit.name, x.says, said(x.stated_at),
                         x.get_state_display(), said(x.closed_at)),
    ),
    Register(
        key="scores",
        title="评定登记",
        group="监督",
        says="抽中的每一件在评分表每一项上的评定；评过几次的都在。",
        action="examination.view",
        columns=("检查", "第几件", "评分项", "评定", "说明", "时间"),
        when="at",
        unit="drawn__examination__unit__path",
        words=("label", "drawn__examination__number"),
        rows=lambda by, at: Score.objects.filter(
            drawn__in=oversight.drawn_seen(by, at=at).values("pk")
        ).select_related("drawn__examination"),
        to=lambda x: f"/inspections/{x.drawn.examination_id}",
        cells=lambda x: (
            x.drawn.examination.number,
            x.drawn.order,
            x.label,
            x.get_answer_display(),
            x.note,
            said(x.at),
        ),
    ),
)  # fmt: skip
