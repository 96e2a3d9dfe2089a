"""通行密钥: registered by oneself, asked at log-in and before what gives something away; what does not fit is refused and counted."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from liuhen.apps.journal.models import Line
from liuhen.apps.registry import passkeys
from liuhen.apps.registry.models import Officer, Passkey
from liuhen.apps.registry.relying import RelyingParty
from liuhen.interfaces.office import Office
from liuhen.kernel.clock import as_utc_text, now
from liuhen.kernel.errors import Malformed
from liuhen.server.doors import relying_party
from liuhen.server.settings import read_settings
from tests.cast import as_actor
from tests.interfaces.api.few import few
from tests.interfaces.api.scene import PASSWORD, Door
from tests.interfaces.api.softkey import NAME, ORIGIN, SoftKey, packed

People = dict[str, Officer]
PARTY = RelyingParty(NAME, frozenset({ORIGIN}))


@pytest.fixture
def people(served: Office, db: None) -> People:
    return few()


@pytest.fixture
def strict(served: Office, monkeypatch: pytest.MonkeyPatch) -> Office:
    """The same office, which has a host name and where administrators and approvers must have a second factor."""
    asks = replace(served, asks_second_factor=True, passkeys=PARTY)
    monkeypatch.setattr("liuhen.server.middleware.office", lambda: asks)
    return asks


def registered(door: Door, *, name: str = "办公桌上的", key: SoftKey | None = None) -> SoftKey:
    key = key or SoftKey()
    options = door.post("/account/passkeys/question").json()["options"]
    answer = door.post("/account/passkeys", name=name, passkey=key.made(options))
    assert answer.status_code == 200, answer.content.decode()
    return key


def half(login: str) -> tuple[Door, dict[str, Any]]:
    """Somebody who told the right password, and what he is asked next."""
    door = Door()
    asked = door.post("/session", name=login, password=PASSWORD)
    assert (asked.status_code, "passkey" in asked.json()["fields"]) == (422, True)
    return door, door.post("/session/second/passkey").json()["options"]


def test_head_registers_a_key_before_anything_else_and_then_needs_it(strict: Office, people: People) -> None:
    zhang = Door("zhang")
    assert zhang.get("/recordings").status_code == 403
    key = registered(zhang)
    assert zhang.get("/recordings").status_code == 200
    page = zhang.page("/account")
    assert ([one["name"] for one in page["keys"]], page["state"]["label"]) == (["办公桌上的"], "已绑定")
    assert Line.objects.filter(verb="passkey.registered").count() == 1

    door, options = half("zhang")
    assert door.get("/session").status_code == 401, "a half-open session opens nothing"
    assert options["rpId"] == NAME
    assert [one["id"] for one in options["allowCredentials"]] == [packed(key.number)]
    told = door.post("/session/second", passkey=key.signed(options))
    assert (told.status_code, told.json()["must_secure"]) == (200, False)
    assert door.get("/recordings").status_code == 200


WRONG: dict[str, dict[str, Any]] = {
    "a page elsewhere": {"origin": "https://testserver.evil.example"},
    "a page of the same name over another port": {"origin": "http://testserver:8080"},
    "a frame in a foreign page": {"crossed": True},
    "another question": {"challenge": packed(b"0" * 32)},
    "another house": {"name": "evil.example"},
    "nobody touched it": {"present": False},
    "an answer to another kind of question": {"kind": "webauthn.create"},
    "somebody else's handle": {"handle": b"0123456789abcdef"},
    "a number that is not known": {"number": b"n" * 32},
}


def test_answer_that_does_not_fit_is_none(strict: Office, people: People) -> None:
    key, account = registered(Door("zhang")), people["zhang"].account
    for how, wrong in WRONG.items():
        asked = passkeys.question(account, party=PARTY)
        told = {"party": PARTY, "challenge": asked.challenge}
        assert not passkeys.accepts(account, answer=key.signed(asked.options, **wrong), **told), how
        assert passkeys.accepts(account, answer=key.signed(asked.options), **told), how


def test_answer_that_was_refused_is_counted_and_the_next_may_be_right(strict: Office, people: People) -> None:
    key = registered(Door("zhang"))
    door, options = half("zhang")
    refused = door.post("/session/second", passkey=key.signed(options, origin="http://evil.example"))
    assert (refused.status_code, list(refused.json()["fields"])) == (422, ["passkey"])
    assert Line.objects.order_by("-number")[0].verb == "account.log-in-failed"
    again = door.post("/session/second/passkey").json()["options"]
    assert door.post("/session/second", passkey=key.signed(again)).status_code == 200


def test_signature_of_another_key_is_none(strict: Office, people: People) -> None:
    key, other = registered(Door("zhang")), SoftKey()
    other.number = key.number
    door, options = half("zhang")
    assert door.post("/session/second", passkey=other.signed(options)).status_code == 422


def test_key_of_another_account_does_not_open_this_one(strict: Office, people: People) -> None:
    registered(Door("zhang"))
    others = registered(Door("chen"))
    door, options = half("zhang")
    assert door.post("/session/second", passkey=others.signed(options)).status_code == 422


def test_answer_counts_once(strict: Office, people: People) -> None:
    key = registered(Door("zhang"))
    door, options = half("zhang")
    answer = key.signed(options)
    assert door.post("/session/second", passkey=answer).status_code == 200
    other, _ = half("zhang")
    assert other.post("/session/second", passkey=answer).status_code == 422
    account = people["zhang"].account
    assert not passkeys.accepts(
        account, party=PARTY, challenge=str(options["challenge"]), answer=dict(answer)
    )


def test_of_two_that_come_with_one_answer_at_once_one_is_refused(strict: Office, people: People) -> None:
    """A key that counts nothing: only the question that was answered tells the two apart."""
    key, account = registered(Door("zhang"), key=SoftKey(counts=0)), people["zhang"].account
    asked = passkeys.question(account, party=PARTY)
    answer = key.signed(asked.options)
    told = [
        passkeys.accepts(account, party=PARTY, challenge=asked.challenge, answer=answer) for _ in range(2)
    ]
    assert told == [True, False]


def test_counter_that_does_not_go_on_is_that_of_a_copy(strict: Office, people: People) -> None:
    key, account = registered(Door("zhang")), people["zhang"].account
    for counter, fits in ((4, True), (3, False), (2, False), (0, False)):
        Passkey.objects.filter(account=account).update(sign_count=3)
        asked = passkeys.question(account, party=PARTY)
        key.count, key.counts = counter, 0
        answer = key.signed(asked.options)
        told = passkeys.accepts(account, party=PARTY, challenge=asked.challenge, answer=answer)
        assert told is fits, counter


def test_question_is_good_for_five_minutes_in_the_browser_that_asked(strict: Office, people: People) -> None:
    key = registered(Door("zhang"))
    door, options = half("zhang")
    stranger = Door()
    assert stranger.post("/session/second", passkey=key.signed(options)).status_code == 403
    assert stranger.post("/session/second/passkey").status_code == 403
    session = door.client.session
    session["half"] = session["half"] | {"at": as_utc_text(now() - timedelta(minutes=6))}
    session.save()
    assert door.post("/session/second", passkey=key.signed(options)).status_code == 403


def test_password_that_was_changed_ends_what_is_half_open(strict: Office, people: People) -> None:
    key, account = registered(Door("zhang")), people["zhang"].account
    door, options = half("zhang")
    account.set_password("eine-andere-2026")
    account.save()
    assert door.post("/session/second", passkey=key.signed(options)).status_code == 403


def test_five_wrong_answers_lock_the_account_and_the_right_one_comes_too_late(
    strict: Office, people: People
) -> None:
    key = registered(Door("zhang"))
    door, options = half("zhang")
    for _ in range(5):
        options = door.post("/session/second/passkey").json()["options"]
        answer = door.post("/session/second", passkey=key.signed(options, origin="http://evil.example"))
    assert answer.status_code == 429
    options = door.post("/session/second/passkey").json()["options"]
    assert door.post("/session/second", passkey=key.signed(options)).status_code == 429


BAD_KEYS: dict[str, Callable[[SoftKey, dict[str, Any]], dict[str, Any]]] = {
    "from a page elsewhere": lambda key, asked: key.made(asked, origin="https://evil.example"),
    "from a frame": lambda key, asked: key.made(asked, crossed=True),
    "for another question": lambda key, asked: key.made({**asked, "challenge": packed(b"1" * 32)}),
    "for another house": lambda key, asked: key.made({**asked, "rp": {"id": "evil.example"}}),
    "no key in it": lambda key, asked: {
        **key.made(asked),
        "response": {
            **key.made(asked)["response"],
            "attestationObject": packed(b"\xa3cfmtdnonegattStmt\xa0hauthDataX%" + bytes(37)),
        },
    },
    "no bytes of that kind": lambda key, asked: {
        **key.made(asked),
        "response": {"clientDataJSON": packed(b"{}"), "attestationObject": packed(b"\xff")},
    },
    "an answer instead of a key": lambda key, asked: key.signed({**asked, "rpId": NAME}),
}


def test_key_that_does_not_fit_is_not_registered(strict: Office, people: People) -> None:
    zhang, key = Door("zhang"), SoftKey()
    for how, made in BAD_KEYS.items():
        options = zhang.post("/account/passkeys/question").json()["options"]
        refused = zhang.post("/account/passkeys", name="x", passkey=made(key, options))
        assert (refused.status_code, refused.json()["why"]) == (403, "通行密钥没有登记成"), how
        again = zhang.post("/account/passkeys", name="x", passkey=key.made(options))
        assert again.status_code == 403, "the question is used up"
    assert not Passkey.objects.exists()


def test_same_key_is_not_registered_twice_not_even_for_another(strict: Office, people: People) -> None:
    zhang, chen = Door("zhang"), Door("chen")
    key = registered(zhang)
    options = zhang.post("/account/passkeys/question").json()["options"]
    assert [one["id"] for one in options["excludeCredentials"]] == [packed(key.number)]
    assert zhang.post("/account/passkeys", name="x", passkey=key.made(options)).status_code == 403
    options = chen.post("/account/passkeys/question").json()["options"]
    assert chen.post("/account/passkeys", name="x", passkey=key.made(options)).status_code == 403


def test_last_factor_stays_while_the_post_asks_for_one(strict: Office, people: People) -> None:
    zhang, li = Door("zhang"), Door("li")
    registered(zhang)
    first = zhang.page("/account")["keys"][0]["id"]
    kept = zhang.post(f"/account/passkeys/{first}/end")
    assert (kept.status_code, "最后一件" in kept.json()["why"]) == (403, True)
    registered(zhang, name="家里的")
    assert zhang.post(f"/account/passkeys/{first}/name", name="保险柜里的").status_code == 200
    assert [one["name"] for one in zhang.page("/account")["keys"]] == ["保险柜里的", "家里的"]
    assert zhang.page(f"/account/passkeys/{first}/name")["fields"][0]["value"] == "保险柜里的"
    assert zhang.post(f"/account/passkeys/{first}/end").status_code == 200
    assert zhang.post(f"/account/passkeys/{first}/end").status_code == 403
    registered(li)
    own = li.page("/account")["keys"][0]["id"]
    assert zhang.post(f"/account/passkeys/{own}/end").status_code == 403, "another's"
    assert zhang.get(f"/account/passkeys/{own}/name").status_code == 404
    assert li.post(f"/account/passkeys/{own}/end").status_code == 200, "his post asks for none"
    verbs = Line.objects.filter(verb__startswith="passkey.").order_by("number").values_list("verb", flat=True)
    assert list(verbs) == [
        "passkey.registered", "passkey.registered", "passkey.renamed", "passkey.ended", "passkey.registered", "passkey.ended",
    ]  # fmt: skip


def test_removed_key_opens_nothing(strict: Office, people: People) -> None:
    zhang = Door("zhang")
    key = registered(zhang)
    registered(zhang, name="第二把")
    first = zhang.page("/account")["keys"][0]["id"]
    door, options = half("zhang")
    assert zhang.post(f"/account/passkeys/{first}/end").status_code == 200
    assert door.post("/session/second", passkey=key.signed(options)).status_code == 422


def test_lost_key_takes_another_than_who_resets_passwords(strict: Office, people: People) -> None:
    registered(Door("zhang"))
    sys, sec, at = Door("sys"), Door("sec"), f"/people/{people['zhang'].pk}/account/factor/end"
    registered(sys), registered(sec)
    assert sys.post(at).status_code == 403
    assert "解除第二要素" in str(sec.page(f"/people/{people['zhang'].pk}")["head"]["actions"])
    assert sec.post(at).status_code == 200
    assert sec.post(at).status_code == 403, "nothing left"
    own = sec.post(f"/people/{people['sec'].pk}/account/factor/end")
    assert (own.status_code, "自己的" in own.json()["why"]) == (403, True)
    assert Door("zhang").page("/session")["must_secure"] is True


def test_key_proves_once_more_before_giving_away(strict: Office, people: People) -> None:
    sys = Door("sys")
    key, person = registered(sys), people["li"].pk
    session = sys.client.session
    session["proved"] = as_utc_text(now() - timedelta(minutes=16))
    session.save()
    assert sys.post(f"/people/{person}/account/password").status_code == 428
    assert sys.post("/account/passkeys/question").status_code == 428, (
        "nobody adds a key to a session left open"
    )
    form = sys.page("/session/proof")
    assert (form["fields"], form["passkey_url"]) == ([], "/session/proof/passkey")
    assert sys.post("/session/proof", password=PASSWORD).status_code == 422, "the password is not enough"
    options = sys.post("/session/proof/passkey").json()["options"]
    assert sys.post("/session/proof", passkey=key.signed(options)).status_code == 200
    assert sys.post(f"/people/{person}/account/password").status_code == 200


def test_locked_account_proves_nothing_more_in_an_open_session(strict: Office, people: People) -> None:
    """Whoever found a session open has five tries, and the right code after them is one too many."""
    sys = Door("sys")
    key = registered(sys)
    for _ in range(5):
        answer = sys.post(
            "/session/proof",
            passkey=key.signed(sys.post("/session/proof/passkey").json()["options"], present=False),
        )
    assert answer.status_code == 429
    options = sys.post("/session/proof/passkey").json()["options"]
    assert sys.post("/session/proof", passkey=key.signed(options)).status_code == 429


def test_where_there_is_no_host_name_none_is_offered(
    served: Office, people: People, strict: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    registered(Door("zhang"))
    monkeypatch.setattr("liuhen.server.middleware.office", lambda: served)
    li = Door("li")
    assert li.page("/account")["offers_keys"] is False
    assert li.post("/account/passkeys/question").status_code == 403
    shut = Door().post("/session", name="zhang", password=PASSWORD)
    assert (shut.status_code, "网址" in shut.json()["do"]) == (503, True), (
        "a key that cannot be asked is no key less"
    )


def test_nobody_registers_for_another_and_ten_are_enough(strict: Office, people: People) -> None:
    account, key = people["zhang"].account, SoftKey()
    asked = passkeys.invitation(account, party=PARTY)
    told = {
        "party": PARTY,
        "challenge": asked.challenge,
        "name": "x",
        "answer": key.made(asked.options),
        "at": now(),
    }
    with pytest.raises(Exception, match="本人"):
        passkeys.register(account, by=as_actor(people["li"]), **told)
    for one in range(10):
        Passkey.objects.create(
            account=account, name="x", credential=str(one), public_key="", registered_at=now()
        )
    with pytest.raises(Exception, match="最多 10 把"):
        passkeys.register(account, by=as_actor(people["zhang"]), **told)


SETTINGS = {
    "": ("localhost", {"http://localhost:8000"}),
    "LIUHEN_HOST=10.1.2.3 LIUHEN_NAMES=10.1.2.3,zf.example": ("zf.example", {"https://zf.example:8000"}),
    "LIUHEN_HOST=10.1.2.3 LIUHEN_PORT=443 LIUHEN_NAMES=zf.example": ("zf.example", {"https://zf.example"}),
    "LIUHEN_NAMES=zf.example LIUHEN_PASSKEY_ORIGINS=https://zf.example,https://a.zf.example/": (
        "zf.example", {"https://zf.example", "https://a.zf.example"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("told", SETTINGS, ids=str)
def test_name_and_addresses_follow_from_the_settings(told: str) -> None:
    party = relying_party(read_settings(dict(one.split("=", 1) for one in told.split())))
    assert party is not None
    assert (party.name, set(party.origins)) == SETTINGS[told]


def test_address_alone_has_no_passkeys_and_a_foreign_page_does_not_start() -> None:
    assert relying_party(read_settings({"LIUHEN_NAMES": "10.1.2.3"})) is None
    with pytest.raises(Malformed, match="不属于主机名"):
        relying_party(
            read_settings({"LIUHEN_NAMES": "zf.example", "LIUHEN_PASSKEY_ORIGINS": "https://notzf.example"})
        )
