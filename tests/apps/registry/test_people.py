"""Who works here, in which office, from when: three administrators stay three, and a role works at once."""

from datetime import timedelta

import pytest
from tests.apps.steps import last_line, refused
from tests.cast import LONG_AGO, Cast, as_actor

from liuhen.apps.journal.models import Line
from liuhen.apps.registry import actions, queries
from liuhen.apps.registry.models import Account, Officer
from liuhen.apps.registry.permission import posts_of
from liuhen.apps.registry.policy import ADMINISTRATORS, POLICY, ROLES
from liuhen.kernel.actors import OPERATOR, SYSTEM
from liuhen.kernel.errors import Malformed

LATER = LONG_AGO + timedelta(days=30)
FOOTAGE = {action for action in POLICY if action.startswith("recording.")}


def newcomer(cast: Cast, number: str = "010099") -> Officer:
    return actions.add_officer(cast.team, by=OPERATOR, person=actions.Person("何", number), at=LONG_AGO)


def appoint(cast: Cast, officer: Officer, role: str) -> None:
    actions.appoint(officer, by=OPERATOR, role=role, unit=cast.team, since=LONG_AGO, at=LONG_AGO)


# -- agencies, units, officers -----------------------------------------------------------------------------------


def test_agency_has_its_top_unit_and_one_code(cast: Cast) -> None:
    assert [unit.name for unit in cast.agency.units.filter(parent=None)] == [cast.agency.name]
    refused(
        lambda: actions.found_agency(by=OPERATOR, name="又一个", code="BMZ", agency_type="subdistrict"),
        says="已经建立",
    )


def test_agency_is_founded_at_the_machine_alone(cast: Cast) -> None:
    for actor in (as_actor(cast.li), as_actor(cast.chen), SYSTEM):
        refused(
            lambda by=actor: actions.found_agency(by=by, name="甲", code="JIA", agency_type="township"),
            says="权限",
        )
    assert last_line().verb == "permission.refused"


def test_unit_lies_under_its_parent(cast: Cast) -> None:
    squad = actions.add_unit(
        cast.agency, by=OPERATOR, name="一中队", code="ZF1", function="case", parent=cast.team
    )
    assert squad.path == f"{cast.team.path}ZF1/"
    assert last_line().verb == "unit.added"


def test_number_of_an_officer_is_given_once_an_agency(cast: Cast) -> None:
    newcomer(cast)
    refused(lambda: newcomer(cast), says="已有人使用")
    elsewhere = actions.Person("何", "010099")
    assert actions.add_officer(cast.sun.unit, by=OPERATOR, person=elsewhere).agency == cast.sun.agency


def test_officer_is_found_by_his_number_whatever_zeros_the_device_writes(cast: Cast) -> None:
    agency = cast.agency.pk
    for told in ("010001", "10001", "00010001"):
        assert queries.officer_by_number(agency, told) == cast.li
    for told in ("", "0", "000", "999999", "1"):
        assert queries.officer_by_number(agency, told) is None
    newcomer(cast, "10001")
    assert queries.officer_by_number(agency, "010001") == cast.li
    assert (
        queries.officer_by_number(agency, "00010001") is None
    )  # two fit: no answer is better than a wrong one


# -- roles -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("held", sorted(ADMINISTRATORS))
@pytest.mark.parametrize("asked", sorted(ROLES))
def test_administrator_holds_nothing_else(cast: Cast, held: str, asked: str) -> None:
    officer = newcomer(cast)
    appoint(cast, officer, held)
    if asked == held:
        appoint(cast, officer, asked)
        return
    refused(lambda: appoint(cast, officer, asked), says="不能兼任")
    assert {post.role for post in posts_of(officer.pk, at=LATER)} == {held}


@pytest.mark.parametrize("role", sorted(ADMINISTRATORS))
def test_officer_does_not_become_administrator(cast: Cast, role: str) -> None:
    appoint(cast, newcomer(cast), role)
    refused(lambda: appoint(cast, cast.li, role), says="不能兼任")


def test_role_that_ends_later_still_counts_until_then(cast: Cast) -> None:
    officer = newcomer(cast)
    appoint(cast, officer, "officer")
    actions.end_role(officer.roles.get(), by=OPERATOR, at=LATER)
    refused(lambda: appoint(cast, officer, "audit_admin"), says="不能兼任")
    actions.appoint(officer, by=OPERATOR, role="audit_admin", unit=cast.team, since=LATER)
    assert {post.role for post in posts_of(officer.pk, at=LATER)} == {"audit_admin"}


def test_no_administrator_may_open_footage() -> None:
    assert FOOTAGE
    for action in FOOTAGE:
        assert not ADMINISTRATORS & POLICY[action].keys()


def test_administrators_share_nothing_but_their_own_pages() -> None:
    common = {action for action, rule in POLICY.items() if len(ADMINISTRATORS & rule.keys()) > 1}
    assert common == {"desk.view", "roster.view", "law.view", "proof.view", "person.view", "right.explain"}


def test_unknown_role_is_malformed_and_names_the_known(cast: Cast) -> None:
    officer = newcomer(cast)
    error = refused(lambda: appoint(cast, officer, "boss"), says="没有“boss”", kind=Malformed)
    assert "部门负责人" not in error.why
    assert "unit_head" in error.do


def test_nobody_takes_office_in_another_agency(cast: Cast) -> None:
    refused(lambda: appoint(cast, cast.sun, "unit_head"), says="不是本机关人员")
    assert queries.holders(cast.agency.pk, "unit_head", at=LATER) == [cast.zhang]


def test_nearest_head_is_asked_first(cast: Cast) -> None:
    top = newcomer(cast)
    actions.appoint(top, by=OPERATOR, role="unit_head", unit=cast.chen.unit, since=LONG_AGO)
    assert queries.holders(cast.agency.pk, "unit_head", at=LATER, path=cast.team.path) == [cast.zhang, top]
    assert queries.holders(cast.agency.pk, "unit_head", at=LATER, path=cast.chen.unit.path) == [top]
    assert queries.roles_of(as_actor(cast.zhang), at=LATER) == ["执法人员", "部门负责人"]


# -- accounts ----------------------------------------------------------------------------------------------------

GOOD = "清河桥下一盏灯-2026"


def test_account_is_opened_changed_and_closed_each_with_its_line(cast: Cast) -> None:
    account = actions.open_account(cast.li, by=OPERATOR, login="li", password=GOOD)
    assert (last_line().verb, account.check_password(GOOD)) == ("account.opened", True)
    assert GOOD not in last_line().body
    actions.change_password(account, by=as_actor(cast.li), password=GOOD + "!")
    assert (last_line().verb, account.check_password(GOOD)) == ("account.password-changed", False)
    actions.note_login(account, origin="网页 127.0.0.1", succeeded=True)
    actions.note_login(account, origin="网页 127.0.0.1", succeeded=False)
    assert last_line().verb == "account.log-in-failed"
    actions.note_logout(account, origin="网页 127.0.0.1")
    assert last_line().verb == "account.logged-out"
    actions.close_account(account, by=OPERATOR)
    assert not Account.objects.get().is_active
    assert last_line().verb == "account.closed"


@pytest.mark.parametrize("password", ["", "short", "123456789012", "passwordpassword"[:8], "aaaaaaaaaaa"])
def test_weak_password_is_refused(cast: Cast, password: str) -> None:
    refused(
        lambda: actions.open_account(cast.li, by=OPERATOR, login="li", password=password), says="不合要求"
    )
    assert not Account.objects.exists()


def test_login_name_is_taken_once(cast: Cast) -> None:
    actions.open_account(cast.li, by=OPERATOR, login="li", password=GOOD)
    refused(
        lambda: actions.open_account(cast.wang, by=OPERATOR, login="li", password=GOOD), says="已有人使用"
    )


def test_another_persons_password_is_the_administrators_business(cast: Cast) -> None:
    account = actions.open_account(cast.li, by=OPERATOR, login="li", password=GOOD)
    refused(
        lambda: actions.change_password(account, by=as_actor(cast.zhang), password=GOOD + "!"), says="权限"
    )
    admin = newcomer(cast)
    appoint(cast, admin, "system_admin")
    actions.change_password(account, by=as_actor(admin), password=GOOD + "!")
    assert account.check_password(GOOD + "!")
    refused(lambda: appoint_by(cast, admin), says="权限")


def appoint_by(cast: Cast, admin: Officer) -> None:
    """The system administrator opens accounts and cannot give roles: that is the security administrator's."""
    actions.appoint(cast.wang, by=as_actor(admin), role="unit_head", unit=cast.team, since=LONG_AGO)


def test_names_are_never_in_the_journal(cast: Cast) -> None:
    actions.open_account(cast.li, by=OPERATOR, login="li", password=GOOD)
    told = "".join(Line.objects.values_list("body", flat=True))
    for name in ("李", "王", "赵", cast.agency.name, "010001", "综合行政执法队", GOOD):
        assert name not in told
