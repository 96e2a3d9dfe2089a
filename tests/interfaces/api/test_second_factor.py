"""动态码: bound on one's own page, asked at log-in and before what gives something away; a code counts once."""

import base64
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

from liuhen.apps.journal.models import Line
from liuhen.apps.registry import factors
from liuhen.apps.registry.factors import key_of
from liuhen.apps.registry.models import GivenPassword, Officer, RecoveryCode, SecondFactor
from liuhen.interfaces.office import Office
from liuhen.kernel.clock import as_utc_text, now
from tests.cast import as_actor
from tests.interfaces.api.scene import PASSWORD, Door

People = dict[str, Officer]


@pytest.fixture
def strict(served: Office, monkeypatch: pytest.MonkeyPatch) -> Office:
    """The same office where administrators and approvers must bind."""
    asks = replace(served, asks_second_factor=True)
    monkeypatch.setattr("liuhen.server.middleware.office", lambda: asks)
    return asks


class Phone:
    """An authenticator: it knows the seed and the time."""

    def __init__(self, seed: str) -> None:
        self.totp = TOTP(base64.b32decode(seed), 6, SHA1(), 30)  # noqa: S303  what authenticators speak

    def code(self, *, steps: int = 0) -> str:
        return self.totp.generate(int(now().timestamp()) + 30 * steps).decode()


def bound(door: Door) -> tuple[Phone, list[str]]:
    told = door.post("/account/factor").json()
    assert told["picture"].startswith("<svg")
    phone = Phone(told["seed"])
    answer = door.post("/account/factor/confirmation", code=phone.code())
    assert answer.status_code == 200, answer.content.decode()
    return phone, answer.json()["once"].split("\n")


def test_head_binds_before_anything_else_and_then_needs_the_code(strict: Office, people: People) -> None:
    zhang = Door("zhang")
    frame = zhang.page("/session")
    assert (frame["must_secure"], frame["sections"], frame["menu"]) == (True, [], [])
    refused = zhang.get("/recordings")
    assert refused.status_code == 403
    assert "动态码" in refused.json()["why"]
    assert zhang.post("/search", q="x").status_code in (403, 404, 405)
    phone, codes = bound(zhang)
    assert len(codes) == len(set(codes)) == 8
    assert zhang.page("/session")["must_secure"] is False
    assert zhang.get("/recordings").status_code == 200
    assert "已绑定" in str(zhang.page("/account"))

    asked = Door().post("/session", name="zhang", password=PASSWORD)
    assert (asked.status_code, list(asked.json()["fields"])) == (422, ["code"])
    wrong = Door().post("/session", name="zhang", password=PASSWORD, code="000000")
    assert (wrong.status_code, list(wrong.json()["fields"])) == (422, ["code"])
    code = phone.code(steps=1)  # Half a minute early is as good, and later than what bound.
    assert Door().post("/session", name="zhang", password=PASSWORD, code=code).status_code == 200
    again = Door().post("/session", name="zhang", password=PASSWORD, code=code)
    assert again.status_code == 422, "a code counts once"


def test_officer_may_bind_but_need_not(strict: Office, people: People) -> None:
    li = Door("li")
    assert li.page("/session")["must_secure"] is False
    assert "不强制" in li.page("/account")["says"]


def test_password_that_another_gave_out_is_changed_before_anything_else(
    served: Office, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    sys = Door("sys")
    asks = replace(served, asks_own_password=True)
    monkeypatch.setattr("liuhen.server.middleware.office", lambda: asks)
    given = sys.post(f"/people/{people['li'].pk}/account/password").json()["once"]
    li = Door()
    assert li.post("/session", name="li", password=given).json()["must_secure"] is True
    assert li.page("/account")["must_choose"] is True
    refused = li.get("/recordings")
    assert (refused.status_code, "别人给定的" in refused.json()["why"]) == (403, True)
    own = "东门外三棵老槐树下-2026"
    assert li.post("/session/password", old=given, new=own, again=own).status_code == 200
    assert li.page("/session")["must_secure"] is False
    assert li.get("/recordings").status_code == 200
    assert Door().post("/session", name="li", password=own).json()["must_secure"] is False
    told = GivenPassword.objects.filter(account=people["li"].account)
    assert told.exists()
    assert not told.filter(replaced_at__isnull=True).exists()


def test_five_wrong_codes_lock_the_account(strict: Office, people: People) -> None:
    bound(Door("zhang"))
    door = Door()
    answers = [
        door.post("/session", name="zhang", password=PASSWORD, code="000000").status_code for _ in range(5)
    ]
    assert answers[:4] == [422] * 4
    assert door.post("/session", name="zhang", password=PASSWORD, code="000000").status_code == 429


def test_recovery_code_counts_once_and_has_its_line(strict: Office, people: People) -> None:
    _, codes = bound(Door("zhang"))
    spare = codes[0].upper().replace("-", " ")
    assert Door().post("/session", name="zhang", password=PASSWORD, code=spare).status_code == 200
    assert Line.objects.filter(verb="factor.recovered").count() == 1
    assert Door().post("/session", name="zhang", password=PASSWORD, code=spare).status_code == 422
    assert RecoveryCode.objects.filter(used_at__isnull=False).count() == 1


def test_database_alone_gives_no_code(strict: Office, people: People) -> None:
    phone, codes = bound(Door("zhang"))
    kept = SecondFactor.objects.get()
    text = f"{kept.secret}{list(RecoveryCode.objects.values_list('digest', flat=True))}"
    assert phone.code() not in text
    assert not any(code in text or code.replace("-", "") in text for code in codes)
    by = factors.in_use(kept.account)
    assert by is not None
    with pytest.raises(Exception, match="种子打不开"):
        factors.accepts(kept.account, phone.code(), by=as_actor(people["zhang"]), key=b"\0" * 32, at=now())


def test_new_phone_takes_the_place_of_the_old_only_with_its_first_code(
    strict: Office, people: People
) -> None:
    zhang = Door("zhang")
    old, _ = bound(zhang)
    told = zhang.post("/account/factor").json()
    assert factors.in_use(people["zhang"].account) is not None
    assert zhang.post("/account/factor/confirmation", code=old.code()).status_code == 422
    new = Phone(told["seed"])
    assert zhang.post("/account/factor/confirmation", code=new.code()).status_code == 200
    assert Door().post("/session", name="zhang", password=PASSWORD, code=old.code(steps=1)).status_code == 422
    assert Door().post("/session", name="zhang", password=PASSWORD, code=new.code(steps=1)).status_code == 200


def test_lost_phone_takes_another_than_who_resets_passwords(strict: Office, people: People) -> None:
    bound(Door("zhang"))
    sys, sec, at = Door("sys"), Door("sec"), f"/people/{people['zhang'].pk}/account/factor/end"
    bound(sys), bound(sec)
    assert sys.post(at).status_code == 403
    assert "解除第二要素" in str(sec.page(f"/people/{people['zhang'].pk}")["head"]["actions"])
    assert sec.post(at).status_code == 200
    assert Door("zhang").page("/session")["must_secure"] is True


def test_nobody_begins_for_another_and_nothing_is_confirmed_unbegun(office: Office, people: People) -> None:
    account, key, at = people["zhang"].account, key_of(office.opening_key), now()
    with pytest.raises(Exception, match="本人"):
        factors.begin(account, by=as_actor(people["li"]), key=key, at=at)
    with pytest.raises(Exception, match="还没有开始"):
        factors.confirm(account, by=as_actor(people["zhang"]), key=key, code="123456", at=at)
    assert factors.accepts(account, "123456", by=as_actor(people["zhang"]), key=key, at=at) is False
    with pytest.raises(Exception, match="没有绑定"):
        factors.end(account, by=as_actor(people["zhang"]), at=at)


@pytest.mark.parametrize(("seconds", "fits"), [(0, True), (-30, True), (30, True), (-90, False), (90, False)])
def test_code_of_half_a_minute_early_or_late_is_accepted(
    office: Office, people: People, seconds: int, fits: bool
) -> None:
    account, key = people["zhang"].account, key_of(office.opening_key)
    by, at = as_actor(people["zhang"]), datetime(2026, 11, 16, 4, 0, 10, tzinfo=UTC)
    phone = Phone(factors.begin(account, by=by, key=key, at=at).seed)
    factors.confirm(account, by=by, key=key, code=phone.totp.generate(int(at.timestamp())).decode(), at=at)
    later = at + timedelta(minutes=10)
    code = phone.totp.generate(int(later.timestamp()) + seconds).decode()
    assert factors.accepts(account, code, by=by, key=key, at=later) is fits


# ── 再次证明 ───────────────────────────────────────────────


def stale(door: Door) -> None:
    """A quarter of an hour and more since the person proved himself."""
    session = door.client.session
    session["proved"] = as_utc_text(now() - timedelta(minutes=16))
    session.save()


def test_what_gives_away_asks_once_more_by_password_or_code(people: People) -> None:
    sys = Door("sys")
    person = people["li"].pk
    stale(sys)
    asked = sys.post(f"/people/{person}/account/password")
    assert asked.status_code == 428
    assert "本人" in asked.json()["why"]
    form = sys.page("/session/proof")
    assert [field["name"] for field in form["fields"]] == ["password"]
    assert sys.post("/session/proof", password="falsch-falsch").status_code == 422
    assert sys.post("/session/proof", password=PASSWORD).status_code == 200
    assert Line.objects.filter(verb="account.proved").count() == 1
    told = sys.post(f"/people/{person}/account/password").json()
    assert Door().post("/session", name="li", password=told["once"]).status_code == 200

    phone, _ = bound(sys)
    stale(sys)
    assert [field["name"] for field in sys.page("/session/proof")["fields"]] == ["code"]
    assert sys.post("/session/proof", password=PASSWORD).status_code == 422
    assert sys.post("/session/proof", code=phone.code(steps=1)).status_code == 200
    assert sys.post("/account/factor/end").status_code == 200
