"""A house of few, for tests of who comes in: made in a tenth of the time that the whole cast takes."""

from liuhen.apps.registry import actions
from liuhen.apps.registry.models import Officer, Unit
from liuhen.kernel.actors import OPERATOR
from tests.cast import LONG_AGO
from tests.interfaces.api.scene import PASSWORD

_ROLES = {
    "li": "officer", "wang": "officer", "zhang": "unit_head", "chen": "legal_reviewer", "sys": "system_admin", "sec": "security_admin",
}  # fmt: skip
_NAMES = {"li": "李", "wang": "王", "zhang": "张", "chen": "陈"}


def few() -> dict[str, Officer]:
    """李 and 王, their head 张, 陈 who reviews, two administrators; and 孙 of another agency."""
    people = {}
    for code, logins in (("BMZ", list(_ROLES)), ("BMZX", ["sun"])):
        agency = actions.found_agency(
            by=OPERATOR, name=f"{code}街道办事处", code=code, agency_type="subdistrict", at=LONG_AGO
        )
        top = Unit.objects.get(agency=agency)
        for number, login in enumerate(logins):
            person = actions.Person(_NAMES.get(login, f"{login}甲"), f"{number:06d}")
            people[login] = actions.add_officer(top, by=OPERATOR, person=person, at=LONG_AGO)
            actions.appoint(
                people[login], by=OPERATOR, role=_ROLES.get(login, "officer"), unit=top, since=LONG_AGO, at=LONG_AGO
            )  # fmt: skip
            actions.open_account(people[login], by=OPERATOR, login=login, password=PASSWORD)
    return people
