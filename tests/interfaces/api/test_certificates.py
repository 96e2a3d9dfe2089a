"""数字证书: a proxy verified it and says so with its secret; whoever says so without it is not heard, and that has its line."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from liuhen.apps.journal.models import Line
from liuhen.apps.registry import identities
from liuhen.apps.registry.models import Officer, OutsideIdentity
from liuhen.interfaces import proxy as proxies
from liuhen.interfaces.office import Office, Proxy
from liuhen.interfaces.proxy import plain_serial
from liuhen.kernel.clock import now
from liuhen.kernel.errors import Malformed
from liuhen.server.doors import proxy_of
from liuhen.server.settings import read_settings
from tests.cast import as_actor
from tests.interfaces.api.few import few
from tests.interfaces.api.scene import Door
from tests.interfaces.api.test_second_factor import bound

People = dict[str, Officer]
SECRET = "c0ffee" * 8
ISSUER = "CN=清河测试根"
TOLD = {
    "X-Proxy-Secret": SECRET,
    "X-Client-Verify": "SUCCESS",
    "X-Client-Issuer": ISSUER,
    "X-Client-Serial": "0A1B2C",
}
Serve = Callable[[Proxy], None]


@pytest.fixture
def people(served: Office, db: None) -> People:
    return few()


@pytest.fixture
def serve(served: Office, people: People, monkeypatch: pytest.MonkeyPatch) -> Serve:
    proxies._NOTED.clear()

    def with_(found: Proxy) -> None:
        monkeypatch.setattr(
            "liuhen.server.middleware.office", lambda: replace(served, proxy=found, asks_second_factor=True)
        )

    return with_


def by_certificate(door: Door, told: dict[str, str]) -> Any:
    token = door.client.cookies["csrftoken"].value
    return door.client.post("/api/v1/session/certificate", headers={"X-CSRFToken": token, **told})


def linked(login: str, people: People, *, subject: str = "0a:1b:2c") -> str:
    """Entered by 系统管理员, confirmed by 安全管理员, each at his own page."""
    sys, sec = Door("sys"), Door("sec")
    bound(sys), bound(sec)
    at = f"/people/{people[login].pk}"
    asked = sys.page(f"{at}/identity")
    assert [option["value"] for option in asked["fields"][0]["options"]] == ["certificate"]
    told = sys.post(f"{at}/identities", source="certificate", subject=subject, authority=ISSUER)
    assert told.status_code == 200, told.content.decode()
    row = sec.page(at)["posts"][1]["rows"][0]
    assert row["cells"][:3] == ["数字证书", ISSUER, "A1B2C"]
    assert [action["key"] for action in row["actions"]] == ["confirm", "end"]
    assert sec.post(f"/identities/{row['id']}/confirmation").status_code == 200
    return str(row["id"])


def test_certificate_lets_in_the_person_it_was_confirmed_for_and_no_longer(
    serve: Serve, people: People
) -> None:
    serve(Proxy(SECRET))
    door = Door()
    assert door.page("/door")["ways"] == [{"key": "certificate", "label": "数字证书（UKey）登录"}]
    assert by_certificate(door, TOLD).status_code == 403
    identity = linked("li", people)
    told = by_certificate(door, TOLD)
    assert (told.status_code, told.json()["person"]["name"]) == (200, "李")
    assert door.get("/recordings").status_code == 200
    identities.end(OutsideIdentity.objects.get(pk=identity), by=as_actor(people["sec"]), at=now())
    assert door.get("/recordings").status_code == 401, "the next request"
    assert by_certificate(Door(), TOLD).status_code == 403


WRONG = {
    "no secret": {"X-Proxy-Secret": ""},
    "another secret": {"X-Proxy-Secret": "d" * 48},
    "not verified": {"X-Client-Verify": "FAILED:self signed certificate"},
    "none shown": {"X-Client-Verify": "NONE"},
    "no issuer": {"X-Client-Issuer": ""},
    "another issuer": {"X-Client-Issuer": "CN=Evil"},
    "another number": {"X-Client-Serial": "0A1B2D"},
    "no number": {"X-Client-Serial": "nichts"},
}


def test_header_that_does_not_hold_lets_nobody_in(serve: Serve, people: People) -> None:
    serve(Proxy(SECRET))
    linked("li", people)
    for how, wrong in WRONG.items():
        assert by_certificate(Door(), TOLD | wrong).status_code == 403, how
    assert by_certificate(Door(), TOLD).status_code == 200


def test_header_from_elsewhere_is_told_once_in_ten_minutes(serve: Serve, people: People) -> None:
    serve(Proxy(SECRET))
    forged = Line.objects.filter(verb="certificate.forged")
    for _ in range(3):
        by_certificate(Door(), TOLD | {"X-Proxy-Secret": "d" * 48})
    assert forged.count() == 1
    assert by_certificate(Door(), {}).status_code == 403
    assert forged.count() == 1, "without a header nobody pretended anything"
    proxies._NOTED.update(dict.fromkeys(map(str, range(1000)), 0.0))
    proxies._NOTED.pop("网页 127.0.0.1", None)
    by_certificate(Door(), TOLD | {"X-Proxy-Secret": "d" * 48})
    assert (forged.count(), len(proxies._NOTED)) == (2, 1), "as many addresses as there is room for"


def test_without_a_proxy_no_header_is_heard(people: People) -> None:
    proxies._NOTED.clear()
    assert by_certificate(Door(), TOLD).status_code == 403
    assert Line.objects.filter(verb="certificate.forged").count() == 1


@pytest.mark.parametrize("is_enough", [False, True])
def test_second_factor_beside_the_certificate_is_the_offices_to_say(
    serve: Serve, people: People, is_enough: bool
) -> None:
    serve(Proxy(SECRET, is_enough=is_enough))
    linked("zhang", people)
    door = Door()
    told = by_certificate(door, TOLD)
    assert (told.status_code, told.json()["must_secure"]) == (200, not is_enough)
    phone, _ = bound(door)
    again = Door()
    told = by_certificate(again, TOLD)
    if is_enough:
        assert (told.status_code, again.get("/recordings").status_code) == (200, 200)
    else:
        assert (told.status_code, list(told.json()["fields"])) == (422, ["code"])
        assert again.post("/session/second", code="000000").status_code == 422
        assert again.post("/session/second", code=phone.code(steps=1)).status_code == 200


def test_number_of_a_certificate_is_asked_in_full(serve: Serve, people: People) -> None:
    serve(Proxy(SECRET))
    sys = Door("sys")
    bound(sys)
    at = f"/people/{people['li'].pk}/identities"
    for told, field in (
        ({"source": "certificate", "subject": "nichts", "authority": ISSUER}, "subject"),
        ({"source": "certificate", "subject": "0A"}, "authority"),
        ({"source": "directory", "subject": "li"}, "source"),
        ({"source": "provider", "subject": "li"}, "source"),
    ):
        refused = sys.post(at, **told)
        assert (refused.status_code, list(refused.json()["fields"])) == (422, [field])
    sun = people["sun"].pk
    assert sys.get(f"/people/{sun}/identity").status_code == 404
    assert (
        sys.post(f"/people/{sun}/identities", source="certificate", subject="0A", authority="x").status_code
        == 404
    )


@pytest.mark.parametrize(
    ("told", "plain"), [("00:0a:1B", "A1B"), (" 7 ", "7"), ("", ""), ("0", ""), ("xyz", ""), ("1" * 65, "")]
)
def test_serial_has_one_spelling(told: str, plain: str) -> None:
    assert plain_serial(told) == plain


def test_secret_that_could_be_guessed_does_not_start(tmp_path: Path) -> None:
    assert proxy_of(read_settings({})) is None
    file = tmp_path / "proxy.secret"
    file.write_text("kurz\n")
    settings = read_settings({"LIUHEN_PROXY_SECRET": str(file), "LIUHEN_CERTIFICATE_IS_ENOUGH": "true"})
    with pytest.raises(Malformed, match="短于"):
        proxy_of(settings)
    file.write_text(SECRET + "\n")
    assert proxy_of(settings) == Proxy(SECRET, is_enough=True)
