"""Why a finding is what it is, which round found it unchanged, and what regulations advise where it helps."""

from liuhen.apps.casework.models import Activity
from liuhen.apps.devices.models import Loan
from liuhen.apps.oversight.models import Finding
from liuhen.apps.oversight.rounds import begin_round, go_on
from liuhen.apps.registry.adopting import activation, change_law
from liuhen.engines.rules import load_pack
from liuhen.kernel.actors import SYSTEM
from liuhen.kernel.clock import now
from liuhen.server.worker import Worker
from tests.apps.steps import last_line
from tests.cast import as_actor
from tests.interfaces.api.scene import Door, Scene, with_papers


def drain(scene: Scene) -> None:
    Worker(scene.office).drain(leave=("recording.inspect",))


def test_finding_tells_why_step_by_step_from_the_article_to_the_mending(scene: Scene) -> None:
    drain(scene)
    rail = Door("li").page(f"/activities/{scene.activity.pk}")["rail"]
    for found in rail["findings"]:
        told = Door("li").page(f"/findings/{found['id']}/why")
        assert told["note"] is None
        labels = [step["label"] for step in told["steps"]]
        assert labels[:2] == ["条文", "要求"]
        assert "事实" in labels
        result = next(step["value"] for step in told["steps"] if step["label"] == "结论")
        assert result.startswith(found["verdict"]["label"])
        assert found["pack"] in told["steps"][0]["value"]


def test_why_says_so_where_the_facts_have_changed_since(scene: Scene) -> None:
    drain(scene)
    found = Finding.objects.filter(subject=scene.activity.pk, verdict="不符合").first()
    assert found is not None
    Finding.objects.filter(pk=found.pk).update(reason="从前的理由。")
    assert "有变" in Door("li").page(f"/findings/{found.pk}/why")["note"]
    Finding.objects.filter(pk=found.pk).update(rule="gone")
    told = Door("li").page(f"/findings/{found.pk}/why")
    assert "不再适用" in told["note"]
    assert told["steps"][-1]["value"] == "不符合。从前的理由。"


def test_why_is_not_there_for_whoever_may_not_read_the_finding(scene: Scene) -> None:
    drain(scene)
    found = Finding.objects.filter(subject=scene.activity.pk)[0]
    assert Door("li").get(f"/findings/{found.pk}/why").status_code == 200
    assert Door("sun").get(f"/findings/{found.pk}/why").status_code == 404
    assert last_line().verb == "permission.refused"


def test_finding_tells_which_round_found_it_unchanged(scene: Scene) -> None:
    drain(scene)
    row = begin_round(scene.cast.agency, by=SYSTEM, at=now())
    while row.finished_at is None:
        go_on(row, by=SYSTEM, law=scene.cast.law, packs="subdistrict@2", at=now())
    told = Door("li").page(f"/activities/{scene.activity.pk}")["rail"]["findings"]
    assert {f["pack"] for f in told} == {"subdistrict@1"}
    assert any("subdistrict@2" in (f["confirmed"] or "") for f in told)


def test_guidance_stands_where_it_helps_while_the_activity_goes_on(scene: Scene) -> None:
    """Another regulation beside: what it leaves to judgement is on the activity's page and on the form of hand-out."""
    before = Door("li").page(f"/activities/{scene.activity.pk}")["rail"]["guidance"]
    change = activation(scene.office.packs / "fuzhou", since=now())
    change_law(scene.cast.agency, change, by=as_actor(scene.cast.chen), packs=scene.office.packs)
    shown = Door("li").page(f"/activities/{scene.activity.pk}")["rail"]["guidance"]
    assert len(shown) > len(before) > 0
    assert all(line["cite"]["article"].startswith("第") for line in shown)
    Activity.objects.filter(pk=scene.activity.pk).update(state="closed")
    assert Door("li").page(f"/activities/{scene.activity.pk}")["rail"]["guidance"] == []
    advised = {
        place: [
            f"{rule.says}。"
            for rule in load_pack(scene.office.packs / "fuzhou").rules
            if rule.kind == "guidance" and place in rule.judge.at
        ]
        for place in ("case", "recording")
    }
    for place, path in (
        ("case", f"/cases/{scene.case.pk}"),
        ("recording", f"/recordings/{scene.recording.pk}"),
    ):
        told = [line["says"] for line in Door("li").page(path)["rail"]["guidance"]]
        assert set(told) >= set(advised[place]), place
    form = Door("zhao").page(f"/devices/{scene.cast.spare.pk}/hand-out")
    assert [line["says"] for line in form["guidance"]] == [
        f"{rule.says}。" for rule in load_pack(scene.office.packs / "fuzhou").rules
        if rule.kind == "guidance" and "hand_out" in rule.judge.at
    ]  # fmt: skip


def test_hand_out_that_breaks_a_rule_says_so_on_its_tile(scene: Scene) -> None:
    drain(scene)
    loan = Loan.objects.filter(returned_at=None)[0]
    held = Finding.objects.filter(subject=loan.pk)
    assert held.exists()
    held.update(verdict="不符合")
    groups = Door("zhang").page("/devices")["groups"]
    tile = next(t for g in groups for t in g["devices"] if t["id"] == str(loan.device_id))
    assert {f["id"] for f in tile["findings"]} == {str(pk) for pk in held.values_list("pk", flat=True)}


def test_interruption_that_was_filed_is_explained_by_its_own_statement(scene: Scene) -> None:
    """The great button and the line of the interruption lead to one paper, not to two."""
    drain(scene)

    def offered() -> set[str]:
        findings = Door("li").page(f"/activities/{scene.activity.pk}")["rail"]["findings"]
        return {one["key"] for found in findings for one in found["mends"]}

    assert "statement" in offered()
    with_papers(scene)
    drain(scene)
    assert scene.document
    assert f"paper-{scene.document.pk}" in offered()
    assert "statement" not in offered()
