"""统一身份认证: a real provider proves who logged in; what it did not sign, for us, now and for this log-in, proves nothing."""

import base64
import hmac
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from liuhen.apps.journal.models import Line
from liuhen.apps.registry import identities
from liuhen.apps.registry.identities import Shown
from liuhen.apps.registry.models import Account, Officer, OutsideIdentity
from liuhen.apps.registry.relying import RelyingParty
from liuhen.interfaces.office import Office
from liuhen.kernel.clock import as_utc_text, now
from liuhen.kernel.errors import Malformed, Refused, Unavailable
from liuhen.server.provider import OidcProvider, is_safe, provider_of
from liuhen.server.settings import read_settings
from tests.cast import as_actor
from tests.interfaces.api.few import few
from tests.interfaces.api.idp import CLIENT, IS_THERE, RETURN, SECRET, Idp, provider, walk
from tests.interfaces.api.scene import PASSWORD, Door
from tests.interfaces.api.softkey import NAME, ORIGIN, packed
from tests.interfaces.api.test_passkeys import registered

pytestmark = pytest.mark.skipif(
    not IS_THERE, reason="没有装测试用的身份提供者，统一身份认证没有对着真的试过：make provider"
)
People = dict[str, Officer]


@pytest.fixture(scope="module")
def idp() -> Iterator[Idp]:
    with provider() as found:
        yield found


@pytest.fixture
def ours(idp: Idp) -> OidcProvider:
    return OidcProvider(idp.issuer, "区统一身份认证", CLIENT, SECRET, RETURN)


@pytest.fixture
def people(served: Office, db: None) -> People:
    return few()


@pytest.fixture
def served_with(
    served: Office, ours: OidcProvider, people: People, monkeypatch: pytest.MonkeyPatch
) -> OidcProvider:
    party = RelyingParty(NAME, frozenset({ORIGIN}))
    asks = replace(served, provider=ours, passkeys=party)
    monkeypatch.setattr("liuhen.server.middleware.office", lambda: asks)
    return ours


def link(people: People, login: str, ours: OidcProvider, subject: str) -> OutsideIdentity:
    shown = Shown("provider", ours.authority, subject)
    row = identities.propose(people[login].account, shown, by=as_actor(people["sys"]), at=now())
    identities.confirm(row, by=as_actor(people["sec"]), at=now())
    return row


def sent(door: Door) -> str:
    return str(door.post("/session/provider").json()["url"])


def test_linked_person_comes_in_by_the_provider(served_with: OidcProvider, people: People) -> None:
    door = Door()
    assert door.page("/door")["ways"] == [{"key": "provider", "label": "区统一身份认证登录"}]
    row = link(people, "li", served_with, "li@qinghe")
    brought = walk(sent(door), "li@qinghe")
    told = door.post("/session/provider/answer", code=brought["code"], state=brought["state"])
    assert (told.status_code, told.json()["person"]["name"]) == (200, "李")
    assert door.get("/recordings").status_code == 200
    again = Door().post("/session/provider/answer", code=brought["code"], state=brought["state"])
    assert again.status_code == 403, "another browser did not send anybody there"
    assert (
        door.post("/session/provider/answer", code=brought["code"], state=brought["state"]).status_code == 403
    )
    identities.end(row, by=as_actor(people["sec"]), at=now())
    assert door.get("/recordings").status_code == 401


def test_person_without_an_account_here_is_not_let_in_nor_made(
    served_with: OidcProvider, people: People
) -> None:
    door, before = Door(), Account.objects.count()
    brought = walk(sent(door), "fremder")
    told = door.post("/session/provider/answer", code=brought["code"], state=brought["state"])
    assert (told.status_code, "没有对应" in told.json()["why"]) == (403, True)
    assert Line.objects.order_by("-number")[0].verb == "account.log-in-failed"
    assert Account.objects.count() == before
    row = identities.propose(
        people["li"].account,
        Shown("provider", served_with.authority, "fremder"),
        by=as_actor(people["sys"]),
        at=now(),
    )
    brought = walk(sent(door), "fremder")
    assert (
        door.post("/session/provider/answer", code=brought["code"], state=brought["state"]).status_code == 403
    )
    identities.confirm(row, by=as_actor(people["sec"]), at=now())
    people["li"].account.is_active = False
    people["li"].account.save()
    brought = walk(sent(door), "fremder")
    assert (
        door.post("/session/provider/answer", code=brought["code"], state=brought["state"]).status_code == 403
    )


def test_second_factor_is_asked_after_the_provider_too(served_with: OidcProvider, people: People) -> None:
    key = registered(Door("zhang"))
    link(people, "zhang", served_with, "zhang")
    door = Door()
    brought = walk(sent(door), "zhang")
    asked = door.post("/session/provider/answer", code=brought["code"], state=brought["state"])
    assert (asked.status_code, list(asked.json()["fields"])) == (422, ["passkey"])
    assert door.get("/session").status_code == 401
    options = door.post("/session/second/passkey").json()["options"]
    assert door.post("/session/second", passkey=key.signed(options)).status_code == 200


def test_answer_to_another_question_is_none(served_with: OidcProvider, people: People) -> None:
    link(people, "li", served_with, "li")
    door = Door()
    brought = walk(sent(door), "li")
    assert door.post("/session/provider/answer", code=brought["code"], state="x" * 20).status_code == 403
    told = door.post("/session/provider/answer", code=brought["code"], state=brought["state"])
    assert told.status_code == 403, "the question is used up by the wrong answer"
    brought = walk(sent(door), "li")
    session = door.client.session
    session["provider"] = session["provider"] | {"at": as_utc_text(now() - timedelta(minutes=11))}
    session.save()
    assert (
        door.post("/session/provider/answer", code=brought["code"], state=brought["state"]).status_code == 403
    )
    sent(door)
    state = parse_qs(urlsplit(sent(door)).query)["state"][0]
    assert door.post("/session/provider/answer", code="erfunden", state=state).status_code == 403


def test_code_that_was_caught_is_worth_nothing_without_the_verifier(served_with: OidcProvider) -> None:
    told = {"state": "s", "nonce": "n", "verifier": "v" * 43}
    brought = walk(served_with.address(**told), "li")
    with pytest.raises(Refused, match="没有承认"):
        served_with.subject(brought["code"], nonce="n", verifier="w" * 43)
    brought = walk(served_with.address(**told), "li")
    with pytest.raises(Refused, match="不成立"):
        served_with.subject(brought["code"], nonce="another", verifier="v" * 43)
    brought = walk(served_with.address(**told), "li")
    assert served_with.subject(brought["code"], nonce="n", verifier="v" * 43) == "li"
    with pytest.raises(Refused, match="没有承认"):
        served_with.subject(brought["code"], nonce="n", verifier="v" * 43)
    wrong = replace(served_with, secret="falsch")
    brought = walk(served_with.address(**told), "li")
    with pytest.raises(Refused, match="没有承认"):
        wrong.subject(brought["code"], nonce="n", verifier="v" * 43)


def _packed(told: dict[str, str]) -> str:
    return packed(json.dumps(told).encode())


def unsigned(idp: Idp) -> str:
    _, body, _ = idp.token().split(".")
    return f"{_packed({'alg': 'none', 'kid': 'one'})}.{body}."


def signed_by_the_public_half(idp: Idp) -> str:
    """The old trick: the public key taken for a shared secret."""
    public = idp.key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    _, body, _ = idp.token().split(".")
    told = f"{_packed({'alg': 'HS256', 'kid': 'one'})}.{body}"
    return f"{told}.{packed(hmac.digest(public, told.encode(), 'sha256'))}"


def changed(idp: Idp) -> str:
    head, body, signature = idp.token().split(".")
    plain = json.loads(base64.urlsafe_b64decode(body + "=="))
    other = _packed({**plain, "sub": "sys"})
    return f"{head}.{other}.{signature}"


def stranger() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


FORGED: dict[str, Any] = {
    "no signature": unsigned,
    "the public key as a secret": signed_by_the_public_half,
    "changed after signing": changed,
    "another key under the same name": lambda idp: idp.token(key=stranger()),
    "a key of another name": lambda idp: idp.token(kid="two"),
    "for another client": lambda idp: idp.token(aud="another"),
    "for several, at the order of another": lambda idp: idp.token(aud=[CLIENT, "another"], azp="another"),
    "for several, at nobody's order": lambda idp: idp.token(aud=[CLIENT, "another"]),
    "of another issuer": lambda idp: idp.token(iss="https://evil.example"),
    "stale": lambda idp: idp.token(exp=int(now().timestamp()) - 61),
    "made in the future": lambda idp: idp.token(iat=int(now().timestamp()) + 120),
    "not valid yet": lambda idp: idp.token(nbf=int(now().timestamp()) + 120),
    "of another log-in": lambda idp: idp.token(nonce="m"),
    "of no log-in": lambda idp: idp.token(nonce=None),
    "without an end": lambda idp: idp.token(exp=None),
    "of nobody": lambda idp: idp.token(sub=""),
    "of somebody endless": lambda idp: idp.token(sub="x" * 301),
    "no token": lambda idp: "nichts",
    "of a kind we do not take": lambda idp: idp.token(
        key=ec.generate_private_key(ec.SECP384R1()), alg="ES384"
    ),
}


@pytest.mark.parametrize("how", FORGED, ids=str)
def test_token_that_does_not_hold_proves_nothing(ours: OidcProvider, idp: Idp, how: str) -> None:
    assert ours.checked(idp.token(), nonce="n") == "li"
    with pytest.raises(Refused, match="不成立"):
        ours.checked(FORGED[how](idp), nonce="n")


def test_minute_of_difference_between_the_clocks_is_borne(ours: OidcProvider, idp: Idp) -> None:
    moment = int(now().timestamp())
    assert ours.checked(idp.token(exp=moment - 50), nonce="n") == "li"
    assert ours.checked(idp.token(iat=moment + 50, exp=moment + 300), nonce="n") == "li"
    assert ours.checked(idp.token(aud=[CLIENT, "another"], azp=CLIENT), nonce="n") == "li"


def test_key_that_is_not_known_is_asked_for_again_but_not_at_once(ours: OidcProvider, idp: Idp) -> None:
    ours.checked(idp.token(), nonce="n")
    ours._told["keys"] = []
    with pytest.raises(Refused):
        ours.checked(idp.token(), nonce="n")
    ours._told_at -= 31
    assert ours.checked(idp.token(), nonce="n") == "li"


def test_provider_that_does_not_answer_or_is_another_lets_nobody_in(
    served_with: OidcProvider, people: People, ours: OidcProvider, idp: Idp
) -> None:
    ours.authority = "http://127.0.0.1:9"
    assert Door().post("/session/provider").status_code == 503
    assert Door().post("/session", name="li", password=PASSWORD).status_code == 200
    other = OidcProvider(idp.issuer.replace("127.0.0.1", "localhost"), "x", CLIENT, SECRET, RETURN)
    with pytest.raises(Unavailable):
        other.address(state="s", nonce="n", verifier="v")


WRONG = {
    "oidc_issuer=http://idp.example": "oidc_issuer",
    "oidc_issuer=https://idp.example": "oidc_return",
    "oidc_issuer=https://idp.example oidc_return=http://zf.example/login/back": "oidc_return",
    "oidc_issuer=https://idp.example oidc_return=https://zf.example/login/back": "oidc_client",
}


@pytest.mark.parametrize("told", WRONG, ids=str)
def test_settings_that_lack_something_do_not_start(told: str) -> None:
    words = dict(one.split("=", 1) for one in told.split())
    with pytest.raises(Malformed, match=WRONG[told]):
        provider_of(read_settings({f"LIUHEN_{key.upper()}": value for key, value in words.items()}))


def test_settings_name_the_provider(monkeypatch: pytest.MonkeyPatch) -> None:
    assert provider_of(read_settings({})) is None
    told = {"ISSUER": "https://idp.example", "RETURN": "https://zf.example/login/back", "CLIENT": "liuhen"}
    settings = read_settings({f"LIUHEN_OIDC_{key}": value for key, value in told.items()})
    found = provider_of(settings)
    assert found is not None
    assert (found.authority, found.client, found.name) == ("https://idp.example", "liuhen", "统一身份认证")
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(Malformed, match="程序库"):
        provider_of(settings)


def test_where_there_is_none_nobody_is_sent_anywhere(people: People) -> None:
    assert Door().post("/session/provider").status_code == 403
    assert Door().post("/session/provider/answer", code="x", state="y").status_code == 403
    assert is_safe("https://a.example")
    assert not is_safe("ftp://a.example")
    assert not is_safe("https://")
