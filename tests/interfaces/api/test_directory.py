"""目录: a real `slapd` on loopback proves who somebody is, over TLS or not at all; dead, it lets nobody in but those who need it not."""

import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from liuhen.apps.journal.models import Line
from liuhen.apps.registry import actions, identities
from liuhen.apps.registry.identities import Shown
from liuhen.apps.registry.models import Officer, OutsideIdentity
from liuhen.interfaces.office import Office
from liuhen.kernel.actors import OPERATOR
from liuhen.kernel.clock import now
from liuhen.kernel.errors import Malformed, Unavailable
from liuhen.server import directory
from liuhen.server.directory import LdapDirectory, directory_of
from liuhen.server.settings import read_settings
from tests.cast import LONG_AGO, as_actor
from tests.interfaces.api.few import few
from tests.interfaces.api.scene import PASSWORD, Door
from tests.interfaces.api.slapd import BASE, PEOPLE, PERSON, WHERE, Slapd, make_chain, running

pytestmark = pytest.mark.skipif(
    WHERE is None, reason="没有 slapd，目录没有对着真的服务器试过：apt-get install slapd"
)
People = dict[str, Officer]
Serve = Callable[[LdapDirectory], None]


@pytest.fixture(scope="module")
def slapd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Slapd]:
    with running(tmp_path_factory.mktemp("slapd")) as found:
        yield found


@pytest.fixture
def people(served: Office, db: None) -> People:
    return few()


@pytest.fixture
def serve(served: Office, monkeypatch: pytest.MonkeyPatch) -> Serve:
    """The office asks this directory."""

    def with_(found: LdapDirectory) -> None:
        monkeypatch.setattr("liuhen.server.middleware.office", lambda: replace(served, directory=found))

    return with_


@pytest.fixture
def secure(slapd: Slapd) -> LdapDirectory:
    return LdapDirectory(f"ldaps://localhost:{slapd.secure_port}", slapd.roots, PERSON)


def link(people: People, login: str, found: LdapDirectory, subject: str) -> OutsideIdentity:
    """Entered by the one administrator, confirmed by the other."""
    shown = Shown("directory", found.authority, subject)
    row = identities.propose(people[login].account, shown, by=as_actor(people["sys"]), at=now())
    identities.confirm(row, by=as_actor(people["sec"]), at=now())
    return row


def tries(login: str, password: str) -> int:
    return int(Door().post("/session", name=login, password=password).status_code)


@pytest.mark.parametrize("by", ["ldaps", "starttls"])
def test_linked_person_comes_in_by_the_directorys_password_alone(
    slapd: Slapd, people: People, serve: Serve, by: str
) -> None:
    ports = {"ldaps": f"ldaps://localhost:{slapd.secure_port}", "starttls": f"ldap://localhost:{slapd.port}"}
    found = LdapDirectory(ports[by], slapd.roots, PERSON)
    serve(found)
    row = link(people, "li", found, "li")
    assert tries("li", PEOPLE["li"]) == 200
    for wrong in (PASSWORD, "", PEOPLE["sys"], PEOPLE["li"] + " "):
        assert tries("li", wrong) == 403, "not the house's own, not none, not another's"
    assert tries("wang", PASSWORD) == 200, "whoever has no link has a password of the house"
    assert tries("wang", PEOPLE["wang, +jia"]) == 403
    li = Door("li", password=PEOPLE["li"])
    assert li.get("/recordings").status_code == 200
    assert li.post("/session/password", old="x", new="y", again="y").status_code == 403
    identities.end(row, by=as_actor(people["sys"]), at=now())
    assert li.get("/recordings").status_code == 401, "the session rests on the link"
    assert tries("li", PEOPLE["li"]) == 403


def test_link_proves_nothing_before_it_is_confirmed_by_another(
    secure: LdapDirectory, people: People, serve: Serve
) -> None:
    serve(secure)
    sys, sec, li = Door("sys"), Door("sec"), people["li"]
    assert tries("li", PEOPLE["li"]) == 403
    told = sys.post(f"/people/{li.pk}/identities", source="directory", subject="li")
    assert told.status_code == 200, told.content
    assert (tries("li", PEOPLE["li"]), tries("li", PASSWORD)) == (403, 200)
    held = sys.page(f"/people/{li.pk}")["posts"][1]["rows"][0]
    assert held["state"]["label"] == "待核对"
    assert [action["key"] for action in held["actions"]] == ["end"]
    at = f"/identities/{held['id']}"
    assert sys.post(f"{at}/confirmation").status_code == 403, "not by who entered it"
    assert Door("li").post(f"{at}/confirmation").status_code == 403
    assert sec.post(f"{at}/confirmation").status_code == 200
    assert sec.post(f"{at}/confirmation").status_code == 403, "once"
    assert (tries("li", PEOPLE["li"]), tries("li", PASSWORD)) == (200, 403)
    for same in ("li", "LI", "ｌｉ", " li "):  # To the directory these are one name.
        again = sys.post(f"/people/{people['wang'].pk}/identities", source="directory", subject=same)
        assert (again.status_code, "另一个账号" in again.json()["why"]) == (403, True), same
    assert Door("li", password=PEOPLE["li"]).post(f"{at}/end").status_code == 403
    assert sec.post(f"{at}/end").status_code == 200
    verbs = (
        Line.objects.filter(verb__startswith="identity.").order_by("number").values_list("verb", flat=True)
    )
    assert list(verbs) == ["identity.proposed", "identity.confirmed", "identity.ended"]


def test_nobody_confirms_himself_and_one_administrator_keeps_his_own_password(
    secure: LdapDirectory, people: People
) -> None:
    shown, by = Shown("directory", secure.authority, "sys"), as_actor(people["sys"])
    row = identities.propose(people["sys"].account, shown, by=by, at=now())
    with pytest.raises(Exception, match="留用本机口令"):
        identities.confirm(row, by=as_actor(people["sec"]), at=now())
    own = identities.propose(people["sec"].account, replace(shown, subject="sec"), by=by, at=now())
    with pytest.raises(Exception, match="本人不能核对"):
        identities.confirm(own, by=as_actor(people["sec"]), at=now())
    spare = actions.add_officer(
        people["sys"].unit, by=OPERATOR, person=actions.Person("备", "000900"), at=LONG_AGO
    )
    actions.appoint(spare, by=OPERATOR, role="system_admin", unit=spare.unit, since=LONG_AGO, at=LONG_AGO)
    with pytest.raises(Exception, match="留用本机口令"):
        identities.confirm(row, by=as_actor(people["sec"]), at=now())
    actions.open_account(spare, by=OPERATOR, login="spare", password=PASSWORD)
    identities.confirm(row, by=as_actor(people["sec"]), at=now())


def test_dead_directory_lets_nobody_in_but_the_administrator_who_needs_it_not(
    secure: LdapDirectory, people: People, serve: Serve
) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        dead = replace(secure, authority=f"ldaps://localhost:{probe.getsockname()[1]}")
    serve(dead)
    link(people, "li", dead, "li")
    answer = Door().post("/session", name="li", password=PEOPLE["li"])
    assert (answer.status_code, "没有回答" in answer.json()["why"]) == (503, True)
    assert "本机口令" in answer.json()["do"]
    assert tries("li", PASSWORD) == 503, "the house's own password is not tried in its place"
    assert tries("sys", PASSWORD) == 200


@pytest.mark.parametrize(
    "why", ["another root", "another name", "silent", "no configuration", "another directory"]
)
def test_directory_that_is_not_the_one_we_know_lets_nobody_in(
    slapd: Slapd, secure: LdapDirectory, people: People, serve: Serve, served: Office, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, why: str
) -> None:  # fmt: skip
    monkeypatch.setattr(directory, "_PATIENCE", 1)
    with socket.create_server(("127.0.0.1", 0)) as mute:
        changed = {
            "another root": replace(secure, roots=make_chain(tmp_path / "other", "localhost").roots),
            "another name": replace(secure, authority=f"ldaps://127.0.0.1:{slapd.secure_port}"),
            "silent": replace(secure, authority=f"ldaps://localhost:{mute.getsockname()[1]}"),
        }
        found = changed.get(why, secure)
        link(people, "li", found, "li")
        if why == "another directory":
            serve(replace(secure, authority=f"ldap://localhost:{slapd.port}"))
        elif why != "no configuration":
            serve(found)
        assert tries("li", PEOPLE["li"]) == 503
    assert tries("sys", PASSWORD) == 200


def test_password_is_never_sent_in_the_clear(
    people: People, serve: Serve, tmp_path: Path, secure: LdapDirectory
) -> None:
    """A server that offers no StartTLS, and a line that is listened to."""
    with running(tmp_path / "plain", tls=False) as plain, Ear(plain.port) as ear:
        found = LdapDirectory(f"ldap://localhost:{ear.port}", secure.roots, PERSON)
        serve(found)
        link(people, "li", found, "li")
        assert tries("li", PEOPLE["li"]) == 503
    assert b"1.3.6.1.4.1.1466.20037" in ear.heard, "StartTLS was asked for"
    assert PEOPLE["li"].encode() not in ear.heard


def test_five_wrong_passwords_lock_a_linked_account_too(
    secure: LdapDirectory, people: People, serve: Serve
) -> None:
    serve(secure)
    link(people, "li", secure, "li")
    door = Door()
    answers = [door.post("/session", name="li", password="falsch").status_code for _ in range(5)]
    assert answers == [403, 403, 403, 403, 429]
    assert door.post("/session", name="li", password=PEOPLE["li"]).status_code == 429


NAMES = (
    "*", "li)(uid=*", "*)(|(uid=*", "li,ou=people", "li\\2cou=people", "li/../sys", "#li", "li+uid=sys", "LI;sys", "'li' OR 1=1",
)  # fmt: skip


def test_name_is_one_name_and_no_part_of_a_question(
    secure: LdapDirectory, people: People, serve: Serve
) -> None:
    """As it is typed it finds no account; as it is entered it is one value of a name, whatever it contains."""
    serve(secure)
    link(people, "li", secure, "li")
    for name in NAMES:
        assert tries(name, PEOPLE["li"]) == 403, name
        assert secure.proves(name, PEOPLE["li"]) is False, name


def test_name_with_commas_is_found_as_it_is(secure: LdapDirectory) -> None:
    assert secure.proves("wang, +jia", PEOPLE["wang, +jia"])
    assert not secure.proves("wang, +jia", PEOPLE["li"])
    whole = replace(secure, person="{}")
    assert whole.proves(f"uid=li,ou=people,{BASE}", PEOPLE["li"])
    assert not whole.proves("li", PEOPLE["li"])
    for nothing in ("", "li\0"):
        assert not secure.proves(nothing, PEOPLE["li"])
    assert not secure.proves("li", "")


WRONG = {
    "ldap_url=http://a.example": "地址",
    "ldap_url=ldaps://x": "根证书",
    "ldap_url=ldaps://x ldap_roots=/nichts.pem": "根证书",
    "ldap_url=ldaps://x ldap_roots=HERE ldap_person=uid=x": "一处",
}


@pytest.mark.parametrize("told", WRONG, ids=str)
def test_settings_that_would_leave_a_door_open_do_not_start(told: str, slapd: Slapd) -> None:
    words = dict(one.split("=", 1) for one in told.replace("HERE", str(slapd.roots)).split())
    settings = read_settings({f"LIUHEN_{key.upper()}": value for key, value in words.items()})
    with pytest.raises(Malformed, match=WRONG[told]):
        directory_of(settings)


def test_settings_name_the_directory(slapd: Slapd) -> None:
    assert directory_of(read_settings({})) is None
    told = {"LIUHEN_LDAP_URL": "ldaps://x", "LIUHEN_LDAP_ROOTS": str(slapd.roots)}
    assert directory_of(read_settings(told)) == LdapDirectory("ldaps://x", slapd.roots, "{}")


def test_answer_that_says_neither_yes_nor_no_is_none(slapd: Slapd) -> None:
    """A server that wants something else first is not one that said no."""
    shut = LdapDirectory(
        f"ldaps://localhost:{slapd.secure_port}", slapd.roots, "uid={},ou=people,dc=elsewhere"
    )
    with pytest.raises(Unavailable):
        LdapDirectory(f"ldaps://localhost:{slapd.port}", slapd.roots, PERSON).proves("li", PEOPLE["li"])
    assert shut.proves("li", PEOPLE["li"]) is False


class Ear:
    """A line to the server on which everything is heard."""

    def __init__(self, port: int) -> None:
        self.to, self.heard, self.server = port, b"", socket.create_server(("127.0.0.1", 0))
        self.port = int(self.server.getsockname()[1])

    def __enter__(self) -> "Ear":
        threading.Thread(target=self._listen, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.close()

    def _listen(self) -> None:
        try:
            while True:
                here, _ = self.server.accept()
                there = socket.create_connection(("127.0.0.1", self.to))
                threading.Thread(target=self._pass, args=(here, there, True), daemon=True).start()
                threading.Thread(target=self._pass, args=(there, here, False), daemon=True).start()
        except OSError:
            return

    def _pass(self, one: socket.socket, other: socket.socket, noted: bool) -> None:
        try:
            while told := one.recv(65536):
                self.heard += told if noted else b""
                other.sendall(told)
        except OSError:
            return
