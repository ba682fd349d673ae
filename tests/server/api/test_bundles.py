"""Bundles over HTTP: the same bytes each time, whole or from any place on, and refused before the first byte."""

import io
import re
import zipfile
from collections.abc import Iterator
from datetime import date, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlmodel import select

from server.db.airing import Delivery
from server.db.library import Segment
from server.db.registry import Station
from server.services.plans import make_plan, publish_plan
from server.services.playlists import read_programme
from tests.server.api.conftest import Client, client_of
from tests.server.machines import bearer, code_of, machine_of, token
from tests.server.people import add_person, in_english
from tests.server.stores import spoil
from tests.server.worlds import MONTH, World, build_world

STATION = "/api/v1/stations/h654"
BUNDLE = f"{STATION}/months/2026-12/bundle.zip"
ITEMS = f"{BUNDLE}?per=item"


def opened(content: bytes) -> zipfile.ZipFile:
    found = zipfile.ZipFile(io.BytesIO(content))
    assert found.testzip() is None
    return found


def publish_again(world: World, withdrawn: str = "b0003") -> None:
    world.now += timedelta(hours=1)
    world.withdraw(withdrawn)
    make_plan(world.context, MONTH)
    publish_plan(world.context, MONTH)


def planned(world: World) -> list[str]:
    with world.context.database.read() as session:
        return [sound.sha256 for sound in read_programme(session, "h654", MONTH).sounds]


def lose(world: World, segment: str) -> str:
    """The store loses the segment's sound; its title."""
    with world.context.database.read() as session:
        row = session.exec(select(Segment).where(Segment.code == segment)).one()
        sounds = read_programme(session, "h654", MONTH).sounds
    assert world.context.store.delete(next(each.sha256 for each in sounds if each.segment == segment))
    return row.title


def aired_segment(world: World) -> str:
    with world.context.database.read() as session:
        return next(each.segment for each in read_programme(session, "h654", MONTH).sounds if each.segment)


@pytest.mark.parametrize("path", [BUNDLE, ITEMS])
def test_it_is_the_same_to_the_byte_in_another_process_language_and_hour(world: World, api: Client, path: str) -> None:
    first = api.get(path)
    assert first.status_code == 200, first.text
    assert first.headers["content-type"] == "application/zip"
    assert int(first.headers["content-length"]) == len(first.content)
    assert parsedate_to_datetime(first.headers["last-modified"]) == world.now
    world.now += timedelta(days=3)
    with client_of(world.context) as other:
        in_english(other)
        second = other.get(path)
    assert second.content == first.content
    assert second.headers["etag"] == first.headers["etag"]


def test_of_slots_each_is_one_file_under_an_ascii_name_in_playing_order(api: Client) -> None:
    slots = api.get("/api/v1/plans/2026-12/stations/h654").json()["slots"]
    with opened(api.get(BUNDLE).content) as bundle:
        names = bundle.namelist()
        sounds = [name for name in names if name.endswith(".mp3")]
        assert sounds == sorted(sounds)
        assert [re.findall(r"\d{4}-\d\d-\d\d-\d{4}", name)[0] for name in sounds] == [
            f"{slot['starts_at'][:10]}-{slot['starts_at'][11:16].replace(':', '')}" for slot in slots
        ]
        assert all(name.isascii() and len(name) < 100 for name in names)
        assert {"index.html", "doc-truoc.txt", "lich-phat.pdf", "so-nhat-ky.pdf", "h654-2026-12.m3u8"} <= set(names)
        listed = bundle.read("h654-2026-12.m3u8").decode().splitlines()
        assert [line for line in listed if not line.startswith("#")] == sounds
        assert slots[0]["items"][0]["title"] in "\n".join(listed)


def test_of_items_each_is_there_once_and_the_playlist_plays_it_as_often_as_planned(world: World, api: Client) -> None:
    with opened(api.get(ITEMS).content) as bundle:
        sounds = [name for name in bundle.namelist() if name.endswith(".mp3")]
        listed = [line for line in bundle.read("h654-2026-12.m3u8").decode().splitlines() if not line.startswith("#")]
        assert len(listed) == len(planned(world)) > len(sounds) == len(set(planned(world)))
        assert set(listed) == set(sounds)
        assert list(dict.fromkeys(listed)) == sounds


@pytest.mark.parametrize("path", [BUNDLE, ITEMS])
def test_any_part_of_it_is_that_part_of_the_whole(api: Client, path: str) -> None:
    whole = api.get(path).content
    size = len(whole)
    for start in (0, 1, 29, 30, 41, size // 3, size // 2, size - 23, size - 1):
        rest = api.get(path, headers={"Range": f"bytes={start}-"})
        assert (rest.status_code, rest.content) == (206, whole[start:]), start
        assert rest.headers["content-range"] == f"bytes {start}-{size - 1}/{size}"
    some = api.get(path, headers={"Range": "bytes=100-100099"})
    assert some.content == whole[100:100_100]
    outside = api.get(path, headers={"Range": f"bytes={size}-"})
    assert code_of(outside) == (416, "range.unsatisfiable")
    assert outside.headers["content-range"] == f"bytes */{size}"
    for nonsense in ("bytes=9-5", "bytes=a-", "bytes=0-1,5-6"):
        assert api.get(path, headers={"Range": nonsense}).content == whole


def test_head_tells_size_and_tag_and_who_has_it_is_sent_nothing(api: Client) -> None:
    whole, head = api.get(ITEMS), api.head(ITEMS)
    for name in ("content-length", "etag", "accept-ranges", "last-modified", "content-disposition"):
        assert head.headers[name] == whole.headers[name]
    assert head.content == b""
    assert whole.headers["content-disposition"] == 'attachment; filename="h654-2026-12-tung-bai.zip"'
    known = api.get(ITEMS, headers={"If-None-Match": whole.headers["etag"]})
    assert (known.status_code, known.content) == (304, b"")


def test_a_download_resumed_after_a_new_publication_begins_anew(world: World, api: Client) -> None:
    old = api.get(ITEMS)
    resumed = {"Range": "bytes=1000-", "If-Range": old.headers["etag"]}
    assert api.get(ITEMS, headers=resumed).content == old.content[1000:]
    publish_again(world)
    new = api.get(ITEMS, headers=resumed)
    assert new.status_code == 200
    assert new.headers["etag"] != old.headers["etag"]
    assert "content-range" not in new.headers
    opened(new.content).close()
    assert new.content == api.get(ITEMS).content != old.content


@pytest.mark.parametrize("path", [BUNDLE, ITEMS])
def test_what_is_withdrawn_is_in_no_bundle_that_is_asked_for_later(world: World, api: Client, path: str) -> None:
    old, segment = api.get(path), aired_segment(world)
    body = {"reason": "Số liệu sai"}
    assert api.post(f"/api/v1/segments/{segment}/withdraw", json=body).status_code == 200
    resumed = {"Range": "bytes=1000-", "If-Range": old.headers["etag"]}
    new = api.get(path, headers=resumed)
    assert (new.status_code, new.headers["etag"] != old.headers["etag"]) == (200, True)
    title = api.get(f"/api/v1/segments/{segment}").json()["title"]
    with opened(old.content) as before, opened(new.content) as after:
        assert title in before.read("h654-2026-12.m3u8").decode()
        assert title not in after.read("h654-2026-12.m3u8").decode()
        assert title not in after.read("index.html").decode()


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("months/2026-13/bundle.zip", 400, "month.invalid"),
        ("months/2027-06/bundle.zip", 404, "plan.not_published"),
        ("weeks/2027-W20/bundle.zip", 404, "plan.not_published"),
        ("weeks/2026-W54/bundle.zip", 400, "field.bad"),
        ("weeks/2026-49/bundle.zip", 400, "field.bad"),
        ("weeks/0001-W01/bundle.zip", 400, "month.invalid"),
        ("months/2026-12/bundle.zip?per=day", 400, "request.invalid"),
    ],
)
def test_what_can_not_be_bundled_is_refused(reader: Client, path: str, status: int, code: str) -> None:
    assert code_of(reader.get(f"{STATION}/{path}")) == (status, code)
    assert reader.head(f"{STATION}/{path}").status_code == status


def test_a_station_that_is_not_there_has_no_bundle(reader: Client) -> None:
    assert code_of(reader.get("/api/v1/stations/h999/months/2026-12/bundle.zip")) == (404, "station.unknown")


def test_a_week_without_a_slot_is_told_as_that(tmp_path: Path) -> None:
    early = build_world(tmp_path / "home", segments=0, tone=True)
    for number in range(1, 7):
        early.add_segment(f"b{number:04d}", seconds=2.5, tone=True, valid_to=date(2026, 12, 13))
    make_plan(early.context, MONTH)
    publish_plan(early.context, MONTH)
    with client_of(early.context) as client:
        assert code_of(client.get(f"{STATION}/weeks/2026-W52/bundle.zip")) == (404, "bundle.empty")
        assert client.get(ITEMS).status_code == 200
    early.context.close()


def test_a_week_of_two_months_has_what_is_published_of_it_and_says_what_is_not(reader: Client) -> None:
    answer = reader.get(f"{STATION}/weeks/2026-W49/bundle.zip?per=item")
    assert answer.status_code == 200, answer.text
    with opened(answer.content) as bundle:
        assert "Tháng 11/2026 chưa có lịch được công bố" in bundle.read("index.html").decode()
        assert "Tháng 11/2026" in bundle.read("doc-truoc.txt").decode("utf-8-sig")
        assert all("2026-11" not in name for name in bundle.namelist())


@pytest.mark.parametrize("path", [BUNDLE, ITEMS])
def test_a_store_that_lost_a_sound_is_told_by_its_title_before_the_first_byte(
    world: World, api: Client, path: str
) -> None:
    title = lose(world, aired_segment(world))
    answer = api.get(path)
    assert code_of(answer) == (503, "bundle.sound_lost")
    assert title in answer.json()["detail"]
    assert answer.json()["facts"]["damaged"] is False
    # It can be asked again, and tells the same.
    assert code_of(api.get(path, headers={"Range": "bytes=500000-"})) == (503, "bundle.sound_lost")


def test_a_sound_whose_bytes_are_others_is_never_bundled(world: World, api: Client) -> None:
    sha256 = planned(world)[1]
    spoil(world.context, sha256)
    answer = api.get(ITEMS)
    assert code_of(answer) == (503, "bundle.sound_lost")
    assert answer.json()["facts"]["damaged"] is True


def test_what_was_joined_is_kept_and_a_lost_file_of_a_slot_is_made_again(world: World, api: Client) -> None:
    whole = api.get(BUNDLE).content
    with world.context.database.read() as session:
        made = session.connection().execute(text("SELECT sha256 FROM rendered_programme")).scalars().all()
    assert made
    assert world.context.store.delete(made[0])
    assert api.get(BUNDLE).content == whole


def test_titles_of_any_kind_make_names_that_every_system_takes(world: World, api: Client) -> None:
    titles = ("con", "CON", "../../etc/passwd", "ảnh: <b>|?*", "漢字", "</script><script>alert(1)</script>")
    with world.change() as session:
        segments = session.exec(select(Segment).order_by(Segment.code)).all()
        for segment, title in zip(segments, titles, strict=True):
            # As planned: published plans keep the titles that they were published with.
            segment.title = title
            session.add(segment)
        station = session.exec(select(Station).where(Station.code == "h654")).one()
        station.name = "Đài </script> & «Lắk»"
        session.add(station)
    publish_again(world, "b0005")
    with opened(api.get(ITEMS).content) as bundle:
        names = bundle.namelist()
        assert len({name.lower() for name in names}) == len(names)
        assert all(re.fullmatch(r"(am-thanh/\d{3}[a-z0-9-]*\.mp3|[a-z0-9.-]+)", name.lower()) for name in names)
        page = bundle.read("index.html").decode()
        assert page.count("</script>") == 1
        assert "&lt;/script&gt;" in page


@pytest.fixture
def machine(world: World) -> Iterator[Client]:
    with machine_of(world.context) as client:
        client.headers.update(bearer(token(world.context)))
        client.headers["accept-encoding"] = "identity"
        yield client


def delivered(world: World) -> set[str]:
    with world.context.database.read() as session:
        rows = session.exec(select(Delivery).where(Delivery.station_id == world.keys["h654"])).all()
    assert {row.how for row in rows} <= {"sent"}
    return {row.sha256 for row in rows}


@pytest.mark.parametrize("path", [BUNDLE, ITEMS])
def test_what_went_whole_to_the_stations_own_machine_is_at_the_station(
    world: World, machine: Client, path: str
) -> None:
    assert machine.get(path).status_code == 200
    assert delivered(world) == set(planned(world))


def test_what_went_to_a_person_proves_nothing_for_the_station(world: World) -> None:
    officer = add_person(world.context, "can-bo", ["operator"], unit_id=world.keys["654"])
    with client_of(world.context, who=officer) as person:
        assert person.get(ITEMS).status_code == 200
    assert delivered(world) == set()


def test_the_end_alone_is_not_the_whole_but_part_after_part_is(world: World, machine: Client) -> None:
    size = int(machine.head(ITEMS).headers["content-length"])
    machine.get(ITEMS, headers={"Range": "bytes=-1000"})
    machine.get(ITEMS, headers={"Range": f"bytes={size // 2}-"})
    assert delivered(world) == set()
    machine.get(ITEMS, headers={"Range": f"bytes=0-{size // 2}"})
    assert delivered(world) == set()
    # A little of it again, as clients do that are not sure of their last bytes.
    machine.get(ITEMS, headers={"Range": f"bytes={size // 2 - 100}-"})
    assert delivered(world) == set(planned(world))


def test_another_stations_machine_is_turned_away(machine: Client) -> None:
    assert machine.get("/api/v1/stations/x24490/months/2026-12/bundle.zip").status_code == 403
