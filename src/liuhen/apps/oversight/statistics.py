"""Indicators of a part of the office over a period: each two sets of rows, so that a number is never more than what is counted.

A figure names its formula and what it leaves out; both sets can be opened row by row. `at` is the moment as of which it is
told: where the rows keep when they came to be, an earlier moment gives what was true then; `reproducible` says where not.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Exists, ExpressionWrapper, F, OuterRef, Q, QuerySet, Sum
from django.db.models import fields as columns
from django.db.models.functions import Coalesce

from liuhen.apps.archive.models import FixityFault
from liuhen.apps.casework.models import Activity, CaseLink, Interruption, Link, NoCase
from liuhen.apps.devices.models import Device, Loan
from liuhen.apps.documents.queries import withheld_things
from liuhen.apps.evidence.models import Recording
from liuhen.apps.oversight.models import Drawn, Finding, Remark, Reply, Score
from liuhen.apps.registry.models import Officer, RoleAssignment, Unit
from liuhen.apps.search.models import Entry
from liuhen.kernel.actors import Actor
from liuhen.kernel.clock import now

DAY = timedelta(hours=24)
NOT_RECORDED = ("must_record", "start_stop")


@dataclass(frozen=True, slots=True)
class Scope:
    """Which part of the office, which period [since, until), and as of when.

    `viewer` is whom the figures are told to: recordings withheld from him are left out. Without one they are the house's own, of all there is.
    """

    agency: UUID
    path: str
    since: datetime
    until: datetime
    at: datetime
    viewer: Actor | None = None

    def known(self, by: str) -> Q:
        """For a filter: rows whose thing in the column `by` is not withheld from the viewer."""
        if self.viewer is None:
            return Q()
        return ~withheld_things(self.viewer, at=now(), by=by)


@dataclass(frozen=True, slots=True)
class Indicator:
    """A rate where there are two sets, a count where `whole` is None. `of` and `of_whole` name the registers of their rows."""

    key: str
    label: str
    formula: str
    excluded: str
    part: Callable[[Scope], QuerySet[Any]]
    of: str
    whole: Callable[[Scope], QuerySet[Any]] | None = None
    of_whole: str = ""
    reproducible: bool = True


@dataclass(frozen=True, slots=True)
class Told:
    """An indicator with its numbers."""

    indicator: Indicator
    part: int
    whole: int | None

    @property
    def rate(self) -> float | None:
        return self.part / self.whole if self.whole else None


def told(scope: Scope) -> list[Told]:
    """Every indicator of the scope."""
    return [
        Told(one, one.part(scope).count(), one.whole(scope).count() if one.whole else None)
        for one in INDICATORS.values()
    ]


def rows_digest(one: Indicator, scope: Scope) -> str:
    """SHA-256 over the keys of every row that was counted, both sets, in ascending order: the same rows give the same."""
    digest = hashlib.sha256()
    for counted in filter(None, (one.part, one.whole)):
        for key in sorted(str(key) for key in counted(scope).values_list("pk", flat=True)):
            digest.update(f"{key}\n".encode())
        digest.update(b"\n")
    return digest.hexdigest()


def stored_bytes(scope: Scope) -> int:
    """How many bytes came in within the period."""
    return int(_came(scope).aggregate(total=Sum("size"))["total"] or 0)


def _within(scope: Scope, unit: str = "unit__path") -> Q:
    return Q(agency=scope.agency) & Q(**{f"{unit}__startswith": scope.path})


def _came(scope: Scope) -> QuerySet[Recording]:
    """Recordings that came in within the period, logs of recorders left out."""
    until = min(scope.until, scope.at)
    rows = Recording.objects.filter(_within(scope), received_at__gte=scope.since, received_at__lt=until)
    return rows.exclude(form=Recording.Form.LOG).filter(scope.known("pk"))


def _ended(scope: Scope) -> QuerySet[Recording]:
    """Of those that came in, the ones whose end is known."""
    return _came(scope).filter(ended_at__isnull=False)


def _in_time(scope: Scope) -> QuerySet[Recording]:
    return _ended(scope).filter(
        received_at__lte=ExpressionWrapper(F("ended_at") + DAY, columns.DateTimeField())
    )


def _late(scope: Scope) -> QuerySet[Recording]:
    return _ended(scope).filter(
        received_at__gt=ExpressionWrapper(F("ended_at") + DAY, columns.DateTimeField())
    )


def _to_link(scope: Scope) -> QuerySet[Recording]:
    """Those that should be linked: not waiting for their origin, and not said to belong to nothing by then."""
    nothing = NoCase.objects.filter(recording=OuterRef("pk"), at__lt=scope.at)
    return _came(scope).filter(quarantine="").exclude(Exists(nothing))


def _linked(scope: Scope) -> QuerySet[Recording]:
    stands = Q(at__lt=scope.at) & (Q(unlinking__isnull=True) | Q(unlinking__at__gte=scope.at))
    links = Link.objects.filter(stands, recording=OuterRef("pk"))
    direct = CaseLink.objects.filter(stands, recording=OuterRef("pk"))
    return _to_link(scope).filter(Exists(links) | Exists(direct))


def _described(scope: Scope) -> QuerySet[Recording]:
    """Who recorded it, by which device, from when to when, and what it belongs to, or that it belongs to nothing: all is known."""
    known = _came(scope).filter(
        device__isnull=False, officer__isnull=False, started_at__isnull=False, ended_at__isnull=False
    )
    nothing = NoCase.objects.filter(recording=OuterRef("pk"))
    return known.filter(Exists(nothing) | Q(pk__in=_linked(scope).values("pk")))


def _sound(scope: Scope) -> QuerySet[Recording]:
    """Read again and equal after it came, and never found otherwise since."""
    wrong = FixityFault.objects.filter(sha256=OuterRef("sha256"), at__lt=scope.at, repair__isnull=True)
    return _came(scope).filter(verified_at__lt=scope.at).exclude(Exists(wrong))


def _findable(scope: Scope) -> QuerySet[Recording]:
    return _came(scope).filter(Exists(Entry.objects.filter(kind=Recording.kind(), thing=OuterRef("pk"))))


def _lent(scope: Scope) -> QuerySet[Loan]:
    until = min(scope.until, scope.at)
    return Loan.objects.filter(
        _within(scope, "device__unit__path"), out_at__gte=scope.since, out_at__lt=until
    )


def _used(scope: Scope) -> QuerySet[Loan]:
    """Hand-outs in whose time their device recorded something that has come in by then."""
    end = Coalesce(OuterRef("returned_at"), OuterRef("due_at"))
    made = Recording.objects.filter(
        device=OuterRef("device"),
        started_at__gte=OuterRef("out_at"),
        started_at__lte=end,
        received_at__lt=scope.at,
    )
    made = made.exclude(form=Recording.Form.LOG).filter(scope.known("pk"))
    return _lent(scope).filter(Exists(made))


def _officers(scope: Scope) -> QuerySet[Officer]:
    posts = RoleAssignment.objects.filter(
        Q(until__isnull=True) | Q(until__gt=scope.at),
        officer=OuterRef("pk"),
        role="officer",
        since__lte=scope.at,
    )
    return Officer.objects.filter(_within(scope), Exists(posts), state=Officer.State.ACTIVE)


def _equipped(scope: Scope) -> QuerySet[Device]:
    usable = Q(state__in=(Device.State.IN_STOCK, Device.State.ISSUED))
    return Device.objects.filter(_within(scope), usable).exclude(
        device_type__in=(Device.Kind.FIXED_CAMERA, Device.Kind.VEHICLE_RECORDER)
    )


def _checked(scope: Scope) -> QuerySet[Recording]:
    drawn = Drawn.objects.filter(
        subject=OuterRef("pk"), examination__of="recording", examination__drawn_at__lt=scope.at
    )
    return _came(scope).filter(Exists(drawn))


def _scored(scope: Scope) -> QuerySet[Score]:
    """The newest score of each item of each thing, where it applies."""
    until = min(scope.until, scope.at)
    later = Score.objects.filter(drawn=OuterRef("drawn"), code=OuterRef("code"), at__lt=until).filter(
        Q(at__gt=OuterRef("at")) | Q(at=OuterRef("at"), pk__gt=OuterRef("pk"))
    )
    rows = Score.objects.filter(
        drawn__examination__agency=scope.agency, drawn__examination__unit__path__startswith=scope.path, at__gte=scope.since, at__lt=until
    )  # fmt: skip
    known = rows.filter(scope.known("drawn__subject"))
    return known.exclude(Exists(later)).exclude(answer=Score.Answer.ABSENT)


def _passed(scope: Scope) -> QuerySet[Score]:
    return _scored(scope).filter(answer=Score.Answer.PASS)


def _done(scope: Scope) -> QuerySet[Activity]:
    until = min(scope.until, scope.at)
    return Activity.objects.filter(_within(scope), ended_at__gte=scope.since, ended_at__lt=until)


def _unrecorded(scope: Scope) -> QuerySet[Activity]:
    """Activities of the period on which a duty to record stands unmet now."""
    unmet = Finding.objects.filter(subject=OuterRef("pk"), rule_kind__in=NOT_RECORDED, verdict="不符合")
    return _done(scope).filter(Exists(unmet))


def _stopped(scope: Scope) -> QuerySet[Activity]:
    return _done(scope).filter(
        Exists(Interruption.objects.filter(activity=OuterRef("pk"), entered_at__lt=scope.at))
    )


def _problems(scope: Scope) -> QuerySet[Remark]:
    until = min(scope.until, scope.at)
    rows = Remark.objects.filter(
        examination__agency=scope.agency, examination__unit__path__startswith=scope.path, sort=Remark.Sort.PROBLEM, due_at__gte=scope.since,
        due_at__lt=until,
    )  # fmt: skip
    return rows if scope.viewer is None else rows.filter(Q(drawn=None) | scope.known("drawn__subject"))


def _mended(scope: Scope) -> QuerySet[Remark]:
    answers = Reply.objects.filter(
        remark=OuterRef("pk"), sort=Reply.Sort.ANSWERED, at__lte=OuterRef("due_at")
    )
    return _problems(scope).filter(Exists(answers))


_ALL = (
    Indicator(
        "timely-ingest", "及时导入率", "记录完成后 24 小时内入库的段数 ÷ 本期入库、结束时间已知的段数",
        "不计设备日志和结束时间不明的；依规宽限的不在此扣除，见合规结论", _in_time, "ingest", _ended, "ingest",
    ),
    Indicator("late-ingest", "超 24 小时导入数", "记录完成后超过 24 小时才入库的段数", "同上", _late, "ingest"),
    Indicator(
        "described", "要素齐全率", "设备、人员、起止时间和归属都已知的段数 ÷ 本期入库的段数", "已说明不属于任何活动的，算归属已知；不计设备日志",
        _described, "recordings", _came, "recordings", reproducible=False,
    ),
    Indicator(
        "sound", "复核相符率", "入库后重读相符、此后没有发现不符的段数 ÷ 本期入库的段数", "还没有重读的不算相符；已修复的算相符", _sound, "recordings",
        _came, "recordings",
    ),
    Indicator(
        "findable", "可检索率", "检索得到的段数 ÷ 本期入库的段数", "不计设备日志", _findable, "recordings", _came, "recordings", reproducible=False,
    ),
    Indicator(
        "linked", "业务关联率", "已关联到现场活动的段数 ÷ 本期入库、应当关联的段数", "不计来源待查的，和已说明不属于任何活动的；已解除的不算关联",
        _linked, "recordings", _to_link, "recordings",
    ),
    Indicator(
        "usage", "执法仪使用率", "领用期间留下音像的领用次数 ÷ 本期领用次数", "没有归还的算到应还时间；设备日志不算音像", _used, "recorder-use",
        _lent, "recorder-use",
    ),
    Indicator(
        "allotment", "配发率", "可用便携设备台数 ÷ 在岗执法人员人数", "不计固定和车载设备，不计故障、检修、遗失和报废的", _equipped, "devices",
        _officers, "officers", reproducible=False,
    ),
    Indicator("unrecorded", "应录未录", "应当记录而没有记录或者没有全程记录的活动 ÷ 本期结束的活动", "以现行结论为准；依规免除、已有说明的不算",
              _unrecorded, "activities", _done, "activities", reproducible=False),
    Indicator("stopped", "中断率", "登记有记录中断的活动 ÷ 本期结束的活动", "没有登记的缺口见应录未录", _stopped, "activities", _done, "activities"),
    Indicator("checked", "抽查率", "被抽中或者指定查看的段数 ÷ 本期入库的段数", "不计设备日志", _checked, "recordings", _came, "recordings"),
    Indicator("passed", "合格率", "评定为合格的项数 ÷ 评定的项数", "不计不适用的；一项评过几次的，以最后一次为准", _passed, "scores", _scored, "scores"),
    Indicator("mended", "整改按期率", "期限之前答复的问题 ÷ 整改期限在本期的问题", "申诉不算整改答复", _mended, "enforcement-archive", _problems, "enforcement-archive"),
)  # fmt: skip
INDICATORS: Mapping[str, Indicator] = {one.key: one for one in _ALL}


def units_in(agency: UUID) -> list[Unit]:
    return list(Unit.objects.filter(agency=agency).order_by("path"))
