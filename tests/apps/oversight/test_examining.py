"""Examinations: laid down before the seed, drawn by it, drawn again by a program that shares nothing; remarks to their end."""

import json
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.apps.steps import HOUR, last_line, received, refused
from tests.cast import Cast, as_actor

from liuhen.apps.evidence.models import Recording
from liuhen.apps.journal.jobs import run_next
from liuhen.apps.journal.models import Checkpoint, Job
from liuhen.apps.journal.sealing import seal
from liuhen.apps.oversight import examining
from liuhen.apps.oversight.drawing import sample_file
from liuhen.apps.oversight.examining import Opinion, Scope
from liuhen.apps.oversight.facts import facts_of_examination
from liuhen.apps.oversight.models import Examination, Finding
from liuhen.interfaces.office import Office
from liuhen.kernel.actors import SYSTEM
from liuhen.kernel.citations import Citation
from liuhen.kernel.clock import now
from liuhen.kernel.errors import Unavailable
from liuhen.server.works import works

SAMPLE = Path(__file__).parents[3] / "verifier/sample.py"
CITE = Citation("清河记录办法", "第十九条", "SUB-19")


def scope(noon: datetime, **more: Any) -> Scope:
    told: dict[str, Any] = {
        "kind": "inspection", "of": "recording", "title": "十一月抽查", "since": noon - 24 * HOUR, "until": noon + 2 * HOUR,
        "due_at": noon + 72 * HOUR, "size": 3,
    }  # fmt: skip
    return Scope(**told | more)


def recordings(cast: Cast, office: Office, noon: datetime, count: int = 8) -> list[Recording]:
    return [received(cast, office, f"clip {n}".encode(), at=noon, name=f"{n}.mp4") for n in range(count)]


def sealed_and_drawn(row: Examination, office: Office, at: datetime) -> Examination:
    seal(office.log, at=at)
    examining.draw_examination(row, by=SYSTEM, at=at)
    return row


def by_itself(told: dict[str, Any], folder: Path) -> tuple[int, str]:
    """The stand-alone program, in an interpreter of its own."""
    file = folder / "sample.json"
    file.write_text(json.dumps(told, ensure_ascii=False), "utf-8")
    run = subprocess.run(
        [sys.executable, "-I", str(SAMPLE), str(file)], capture_output=True, check=False, timeout=30
    )
    return run.returncode, run.stdout.decode()


def test_two_programs_draw_the_same_rows_and_any_other_is_named(
    cast: Cast, office: Office, noon: datetime, tmp_path: Path
) -> None:
    recordings(cast, office, noon)
    at = noon + 3 * HOUR
    seal(office.log, at=at)
    before = Checkpoint.objects.count()
    row = examining.plan_examination(cast.team, scope(noon), by=as_actor(cast.zhou), at=at)
    assert (row.frame_count, row.size, row.drawn_at) == (8, 3, None)
    with pytest.raises(Unavailable, match="种子尚未产生"):
        examining.draw_examination(row, by=SYSTEM, at=at)
    sealed_and_drawn(row, office, at)
    assert Checkpoint.objects.count() == before + 1
    picked = [str(one.subject) for one in row.drawn.order_by("order")]
    assert len(set(picked)) == 3
    told = sample_file(row, log=office.log)
    code, said = by_itself(told, tmp_path)
    assert code == 0, said
    assert [one["id"] for one in told["drawn"]] == picked
    changed: dict[str, dict[str, Any]] = {
        "重抽的各件": {"drawn": told["drawn"][::-1]},
        "摘要相同": {"frame": told["frame"][1:]},
        "与计划一行相同": {"size": 2, "drawn": told["drawn"][:2]},
        "日志条目相符": {"line": told["line"] | {"salt": "00" * 16}},
        "之下": {"proof": told["proof"][:-1]},
    }
    for what, change in changed.items():
        code, said = by_itself(told | change, tmp_path)
        assert code == 1, what
        assert any(line.startswith("不符") and what in line for line in said.splitlines()), (what, said)
    assert by_itself({"format": "x"}, tmp_path)[0] == 2


def test_worker_draws_by_itself_and_a_second_drawing_changes_nothing(
    cast: Cast, office: Office, noon: datetime
) -> None:
    recordings(cast, office, noon)
    row = examining.plan_examination(cast.team, scope(noon), by=as_actor(cast.zhou), at=noon + 3 * HOUR)
    table = {examining.DRAW: works(office)[examining.DRAW]}
    later = now() + timedelta(minutes=1)
    assert run_next(table, clock=lambda: later)  # Not sealed yet: it comes back.
    assert Job.objects.get(kind=examining.DRAW).state == Job.State.WAITING
    seal(office.log, at=noon)
    assert run_next(table, clock=lambda: later + HOUR)
    row.refresh_from_db()
    assert row.drawn.count() == 3
    assert last_line().verb == "examination.sampled"
    number = last_line().number
    examining.draw_examination(row, by=SYSTEM, at=later)
    assert last_line().number == number


def test_targeted_review_says_why_and_takes_what_was_chosen(
    cast: Cast, office: Office, noon: datetime
) -> None:
    rows, by, at = recordings(cast, office, noon, 3), as_actor(cast.zhou), noon + 3 * HOUR
    chosen = [rows[2].pk, rows[0].pk]
    refused(
        lambda: examining.plan_examination(cast.team, scope(noon, chosen=chosen), by=by, at=at),
        says="写明理由",
    )
    row = examining.plan_examination(cast.team, scope(noon, chosen=chosen, reason="有人投诉"), by=by, at=at)
    assert [one.subject for one in row.drawn.order_by("order")] == chosen
    assert row.method == Examination.Method.TARGETED
    for wrong, says in (
        ({"chosen": [cast.li.pk], "reason": "x"}, "不在检查的部门"),
        ({"since": noon + HOUR, "until": noon}, "没有长度"),
        ({"until": at + HOUR}, "还没有过完"),
        ({"size": 0}, "抽取件数"),
        ({"of": "case"}, "没有可查的"),
    ):
        refused(
            lambda wrong=wrong: examining.plan_examination(cast.team, scope(noon, **wrong), by=by, at=at),
            says=says,
        )  # type: ignore[misc]
    refused(
        lambda: examining.plan_examination(cast.team, scope(noon), by=as_actor(cast.zhang), at=at),
        says="权限",
    )


def test_problem_is_answered_appealed_and_decided_by_another(
    cast: Cast, office: Office, noon: datetime
) -> None:
    recordings(cast, office, noon)
    zhou, chen, head, at = as_actor(cast.zhou), as_actor(cast.chen), as_actor(cast.zhang), noon + 3 * HOUR
    row = examining.plan_examination(cast.team, scope(noon), by=zhou, at=at)
    refused(lambda: examining.enter_remark(row, Opinion("praise", "x"), by=zhou, at=at), says="还没有抽取")
    sealed_and_drawn(row, office, at)
    drawn = row.drawn.order_by("order")[0]
    refused(
        lambda: examining.enter_remark(row, Opinion("problem", "没有告知", drawn, 12.5), by=zhou, at=at),
        says="条文和整改期限",
    )
    problem = examining.enter_remark(
        row, Opinion("problem", "没有告知", drawn, 12.5, CITE, at + 24 * HOUR), by=zhou, at=at
    )
    praise = examining.enter_remark(row, Opinion("praise", "语言规范", drawn), by=zhou, at=at)
    refused(lambda: examining.reply(praise, by=head, sort="answered", says="谢", at=at), says="现在不能")
    refused(lambda: examining.reply(problem, by=zhou, sort="accepted", says="", at=at), says="现在不能")
    refused(
        lambda: examining.reply(problem, by=as_actor(cast.li), sort="answered", says="x", at=at), says="权限"
    )
    assert facts_of_examination(row).answered_at is None
    examining.reply(problem, by=head, sort="appealed", says="已口头告知", at=at + HOUR)
    refused(
        lambda: examining.reply(problem, by=zhou, sort="lifted", says="", at=at), says="不能由提出意见的人"
    )
    examining.reply(problem, by=chen, sort="returned", says="音像中没有", at=at + 2 * HOUR)
    assert facts_of_examination(row).answered_at is None
    examining.reply(problem, by=head, sort="answered", says="已组织学习", at=at + 30 * HOUR)
    told = facts_of_examination(row)
    assert (told.due_at, told.answered_at) == (at + 24 * HOUR, at + 30 * HOUR)
    examining.reply(problem, by=zhou, sort="accepted", says="", at=at + 31 * HOUR)
    refused(lambda: examining.reply(problem, by=head, sort="answered", says="x", at=at), says="现在不能")


@pytest.mark.clause("SUB-30", "NDG-8.p2b")
def test_rectification_that_is_overdue_is_a_finding_that_head_and_inspector_see_and_officers_do_not(
    cast: Cast, office: Office, noon: datetime
) -> None:
    from liuhen.apps.oversight.queries import visible_to

    recordings(cast, office, noon)
    zhou, at = as_actor(cast.zhou), noon + 3 * HOUR
    row = sealed_and_drawn(
        examining.plan_examination(cast.team, scope(noon, kind="correction"), by=zhou, at=at), office, at
    )
    works(office)["examination.judge"](row.pk)
    assert not Finding.objects.filter(subject=row.pk).exists()
    examining.enter_remark(row, Opinion("problem", "逾期入库", None, None, CITE, at + HOUR), by=zhou, at=at)
    works(office)["examination.judge"](row.pk)
    (found,) = Finding.objects.filter(subject=row.pk)
    assert (found.clause, found.verdict) == ("SUB-30", "不符合")
    for who, sees in ((cast.zhang, True), (cast.zhou, True), (cast.li, False), (cast.sun, False)):
        assert visible_to(as_actor(who), at=at).filter(pk=found.pk).exists() is sees, who.name


def test_examination_ends_once_with_where_it_was_entered(cast: Cast, office: Office, noon: datetime) -> None:
    recordings(cast, office, noon)
    zhou, at = as_actor(cast.zhou), noon + 3 * HOUR
    row = sealed_and_drawn(examining.plan_examination(cast.team, scope(noon), by=zhou, at=at), office, at)
    drawn = row.drawn.order_by("order")[0]
    labels = {"clear": "图像清晰", "manner": "用语规范"}
    examining.score_drawn(
        drawn, by=zhou, answers={"clear": "pass", "manner": "fail"}, labels=labels, note="", at=at
    )
    examining.close_examination(row, by=zhou, entered=["archive"], summary="一件不合格", at=at + HOUR)
    told = facts_of_examination(row)
    assert (told.items, told.entered, told.closed_at) == ({"clear", "manner"}, {"archive"}, at + HOUR)
    refused(lambda: examining.close_examination(row, by=zhou, entered=[], summary="", at=at), says="已经办结")
