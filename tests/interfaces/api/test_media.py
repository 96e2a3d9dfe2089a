"""Looking at a recording: opened on the pages' plane, played in ranges from the plane of bulk bytes.

The look is registered before the first byte; each range asks again whether the right still stands.
"""

import asyncio
from datetime import timedelta
from typing import Any

import httpx
import pytest
from django.db import connection

from liuhen.apps.access.actions import view_recording
from liuhen.apps.access.models import Glimpse, Viewing
from liuhen.apps.evidence import actions as evidence
from liuhen.apps.evidence import slices
from liuhen.apps.evidence.models import Recording, Seclusion
from liuhen.apps.journal.models import Line
from liuhen.interfaces.files import pieces
from liuhen.interfaces.files.app import FilesApp
from liuhen.kernel.clock import now
from liuhen.kernel.identifiers import new_id
from liuhen.server.worker import Worker
from liuhen.server.works import works
from tests.cast import as_actor
from tests.interfaces.api.scene import Door, Scene, film

# The plane of bulk bytes asks the database on threads of its own.
pytestmark = pytest.mark.django_db(transaction=True)


def fetch(scene: Scene, door: Door | None, path: str, **headers: str) -> httpx.Response:
    """One request to the plane of bulk bytes, with the person's session cookie."""
    cookie = {"session": door.client.cookies["session"].value} if door else {}

    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(app=FilesApp(scene.office).handle)
        async with httpx.AsyncClient(
            transport=transport, base_url="http://127.0.0.1", cookies=cookie
        ) as client:
            return await client.get(path, headers=headers)

    return asyncio.run(ask())


def opened(door: Door, recording: Recording) -> Any:
    return door.post(f"/recordings/{recording.pk}/viewings")


def test_own_recording_is_played_in_ranges_after_the_look_is_registered(scene: Scene) -> None:
    li = Door("li")
    before = Viewing.objects.count()
    answer = opened(li, scene.recording)
    assert answer.status_code == 200, answer.content.decode()
    told = answer.json()
    assert Viewing.objects.count() == before + 1
    assert Line.objects.get(number=told["proof"]["journal_number"]).verb == "recording.viewed"
    assert told["url"].endswith("/original")
    part = fetch(scene, li, told["url"], Range="bytes=0-99")
    assert (part.status_code, part.content) == (206, film()[:100])
    assert part.headers["content-range"] == f"bytes 0-99/{len(film())}"
    assert part.headers["cache-control"] == "no-store"
    assert part.headers["content-type"] == "video/mp4"
    assert fetch(scene, li, told["url"]).content == film()


def test_colleague_without_a_right_opens_nothing_and_cannot_use_anothers_look(scene: Scene) -> None:
    li, wang = Door("li"), Door("wang")
    assert opened(wang, scene.recording).status_code == 403
    assert Line.objects.order_by("-number")[0].verb == "permission.refused"
    url = opened(li, scene.recording).json()["url"]
    assert fetch(scene, wang, url).status_code == 404
    assert fetch(scene, None, url).status_code == 401


def test_officer_of_another_agency_finds_no_such_thing(scene: Scene) -> None:
    li, sun = Door("li"), Door("sun")
    assert opened(sun, scene.recording).status_code == 404
    url = opened(li, scene.recording).json()["url"]
    assert fetch(scene, sun, url).status_code == 404
    assert fetch(scene, sun, f"/media/thumbnails/{scene.recording.pk}").status_code == 404


def test_thumbnail_is_shown_to_who_may_play_with_a_line_a_day(scene: Scene) -> None:
    li, wang = Door("li"), Door("wang")
    works(scene.office)["recording.derive"](scene.recording.pk)
    before = Line.objects.count()
    path = f"/media/thumbnails/{scene.recording.pk}"
    shown = fetch(scene, li, path)
    assert (shown.status_code, shown.headers["content-type"], shown.headers["cache-control"]) == (
        200,
        "image/jpeg",
        "no-store",
    )
    assert fetch(scene, li, path).status_code == 200
    assert [line.verb for line in Line.objects.order_by("number")[before:]] == ["recording.glimpsed"]
    assert Glimpse.objects.get().officer == scene.people["li"]
    assert fetch(scene, wang, path).status_code == 404
    assert Line.objects.order_by("-number")[0].verb == "permission.refused"
    assert fetch(scene, wang, f"/media/thumbnails/{new_id()}").json() == fetch(scene, wang, path).json()
    assert fetch(scene, None, path).status_code == 401
    scene.people["li"].roles.update(until=now())
    assert fetch(scene, li, path).status_code == 404


def test_right_is_asked_again_on_every_range(scene: Scene) -> None:
    li = Door("li")
    url = opened(li, scene.recording).json()["url"]
    assert fetch(scene, li, url, Range="bytes=0-9").status_code == 206
    scene.people["li"].roles.update(until=now())
    assert fetch(scene, li, url, Range="bytes=10-19").status_code == 404


def test_look_ends_with_its_time(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("liuhen.apps.access.actions.LASTS", timedelta(seconds=0))
    li = Door("li")
    told = opened(li, scene.recording).json()
    assert fetch(scene, li, told["url"]).status_code == 404


def test_look_ends_with_the_session(scene: Scene) -> None:
    li = Door("li")
    url = opened(li, scene.recording).json()["url"]
    cookie = li.client.cookies["session"].value
    li.send("DELETE", "/session", {})
    li.client.cookies["session"] = cookie
    assert fetch(scene, li, url).status_code == 401


def test_file_that_was_not_looked_into_yet_says_when_to_come_back(scene: Scene) -> None:
    answer = opened(Door("wang"), scene.loose)
    assert answer.status_code == 503
    assert answer["Retry-After"] == "5"


def test_damaged_file_is_kept_and_not_played_and_its_name_never_heads_an_answer(scene: Scene) -> None:
    arriving = scene.office.vault.incoming(new_id().hex)
    arriving.write(b"<html><script>alert(1)</script>")
    name = "x\r\nSet-Cookie: a=b.html"
    row = evidence.receive_recording(
        by=as_actor(scene.cast.li), clip=evidence.Clip(unit=scene.cast.team, name=name, device_serial="7000001"), arriving=arriving
    )  # fmt: skip
    works(scene.office)["recording.inspect"](row.pk)
    Worker(scene.office).drain(leave=("recording.inspect",))
    li = Door("li")
    page = li.page(f"/recordings/{row.pk}")
    assert page["track"] is None or page["track"]["unavailable"]
    assert opened(li, row).status_code == 400
    assert not Viewing.objects.filter(recording=row).exists()
    viewing = view_recording(row, by=as_actor(scene.cast.li), officer=scene.cast.li, at=now())
    served = fetch(scene, li, f"/media/{viewing.pk}/original")
    assert served.headers["content-type"] == "application/octet-stream"
    assert served.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in served.headers["content-security-policy"]
    assert "set-cookie" not in served.headers


@pytest.mark.parametrize("who", ["li", "wang", "zhang", "chen", "zhao", "zhou", "he", "zhou2"])
def test_list_names_a_picture_only_to_whom_it_is_given(scene: Scene, who: str) -> None:
    door = Door(who)
    row = next(r for r in door.page("/recordings")["rows"] if r["id"] == str(scene.recording.pk))
    given = fetch(scene, door, f"/media/thumbnails/{scene.recording.pk}").status_code == 200
    assert given == (who in ("li", "zhang", "zhao"))
    assert (row["thumbnail"] is not None) == given
    assert (row["no_thumbnail"] == "录像，获准调阅后显示画面") != given
    track = door.page(f"/recordings/{scene.recording.pk}")["track"]
    assert (track["poster"] is not None) == given


def test_what_ran_is_told_by_the_viewer_alone_and_stands_on_the_page(scene: Scene) -> None:
    li, zhang = Door("li"), Door("zhang")
    Worker(scene.office).drain()
    look = opened(li, scene.recording).json()
    assert look["watermark"].startswith(f"{scene.people['li'].name} {scene.people['li'].number} ")
    told = {"spans": [[0, 1]], "sound_only": False}
    assert zhang.post(look["watched_url"], **told).status_code == 404
    assert li.post(look["watched_url"], spans=[[0, 900]]).status_code == 403
    assert li.post(look["watched_url"], **told).status_code == 200
    page = li.get(f"/recordings/{scene.recording.pk}").json()
    assert page["track"]["watched"] == [{"start_seconds": 0, "end_seconds": 1}]
    row = page["watched"][0]
    assert (row["who"], row["seen"], row["heard"]) == (
        scene.people["li"].name,
        [{"start_seconds": 0, "end_seconds": 1}],
        [],
    )
    assert row["says"].startswith("看了 1")
    assert zhang.get(f"/recordings/{scene.recording.pk}").json()["track"]["watched"] == []


def test_uploader_reads_back_what_he_brought_by_a_look_of_its_own(scene: Scene) -> None:
    """tus knows no reading; who asks at the upload's own address gets what he could open on the page, entered first."""
    li, wang = Door("li"), Door("wang")
    rows = {}
    for who in (scene.cast.li, scene.cast.wang):
        by, clip = as_actor(who), evidence.Clip(unit=scene.cast.team, name="a.mp4", officer_number="010001")
        rows[who.name] = evidence.open_upload(
            by=by, clip=clip, size=4, declared={}, expires_at=now() + timedelta(days=1), at=now()
        )
        path = f"/files/{rows[who.name].pk}"
        assert fetch(scene, li, path).status_code == 404  # Nothing is stored yet, or it is another's.
        arriving = scene.office.vault.incoming(rows[who.name].pk.hex)
        arriving.write(b"clip")
        evidence.finish_upload(rows[who.name], by=by, clip=clip, arriving=arriving)
    before = Viewing.objects.count()
    path = f"/files/{rows['李'].pk}"
    told = fetch(scene, li, path)
    assert (told.status_code, told.headers["cache-control"]) == (303, "no-store")
    assert Viewing.objects.count() == before + 1
    assert Line.objects.order_by("-number")[0].verb == "recording.viewed"
    assert fetch(scene, li, told.headers["location"]).content == b"clip"
    assert fetch(scene, wang, path).status_code == 404
    assert fetch(scene, None, path).status_code == 401
    # 王 brought what 李 recorded: bringing gives no right to look.
    assert fetch(scene, wang, f"/files/{rows['王'].pk}").status_code == 403
    assert Viewing.objects.count() == before + 1


def test_slices_of_what_is_withheld_are_nothing_there(scene: Scene) -> None:
    """Who brought a file in slices and may not know of it any more finds neither it nor them."""
    by, clip = as_actor(scene.cast.li), evidence.Clip(unit=scene.cast.team, name="a.mp4")
    told: dict[str, Any] = {
        "by": by,
        "clip": clip,
        "declared": {},
        "expires_at": now() + timedelta(days=1),
        "at": now(),
    }
    part = evidence.open_upload(size=4, is_slice=True, **told)
    arriving = scene.office.vault.incoming(part.pk.hex)
    arriving.write(b"clip")
    slices.note_whole(part, by=by, arriving=arriving, at=now())
    arriving.close()
    upload = slices.open_joining([part], told=[f"/files/{part.pk}"], **told)
    whole = scene.office.vault.incoming(upload.pk.hex)
    for _ in slices.pour([part], into=whole, vault=scene.office.vault):
        continue
    row = evidence.finish_upload(upload, by=by, clip=clip, arriving=whole, joined=[part])
    li, paths = Door("li"), [f"/files/{one.pk}/receipt" for one in (upload, part)]
    assert [fetch(scene, li, path).status_code for path in paths] == [200, 202]
    Seclusion.objects.create(recording=row, is_closed=True, persons=str(scene.people["zhang"].pk), at=now())
    assert [fetch(scene, li, path).status_code for path in paths] == [404, 404]


def test_stream_that_is_under_way_ends_with_the_right(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """One answer in pieces, no second request: what was allowed when it began is asked again while it runs."""
    monkeypatch.setattr(pieces, "ASKED_EVERY", 0.0)
    monkeypatch.setattr(pieces.Pieces, "chunk_size", 1000)
    zhang = Door("zhang")
    url = opened(zhang, scene.recording).json()["url"]
    assert fetch(scene, zhang, url).content == film()
    cookie = f"session={zhang.client.cookies['session'].value}".encode()
    got: list[bytes] = []

    def shut_out() -> None:
        scene.cast.zhang.roles.update(until=now())
        connection.close()  # This thread's own.

    async def watch() -> None:
        async def send(message: Any) -> None:
            got.append(message.get("body", b""))
            if len(got) == 3:
                await asyncio.to_thread(shut_out)

        asked = {
            "type": "http", "method": "GET", "path": url, "query_string": b"", "headers": [(b"cookie", cookie)], "client": ("127.0.0.1", 1),
            "extensions": {"http.response.pathsend": {}}, "asgi": {"spec_version": "2.4"},
        }  # fmt: skip
        await FilesApp(scene.office).handle(asked, asyncio.Event().wait, send)  # type: ignore[arg-type]

    with pytest.raises(pieces.BrokenOff):
        asyncio.run(watch())
    assert b"".join(got) == film()[:2000], "what came before the right ended, and not a piece more"
