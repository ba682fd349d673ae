"""Playlists and calendars over HTTP: what is published, from memory while nothing changes."""

import re
from datetime import UTC, datetime

import pytest

from server.services.plans import make_plan, publish_plan
from tests.server.api.conftest import Client, client_of
from tests.server.worlds import MONTH, World

MONTHLY = "/api/v1/stations/h654/months/2026-12"
FEEDS = ["/api/v1/calendars/stations/h654.ics", "/api/v1/calendars/districts/654.ics", "/api/v1/calendars/province.ics"]
EXPORTS = [f"{MONTHLY}/playlist.m3u8", f"{MONTHLY}/calendar.ics", *FEEDS]


def slots(client: Client, code: str = "h654") -> list[dict[str, str]]:
    found: list[dict[str, str]] = client.get(f"/api/v1/plans/2026-12/stations/{code}").json()["slots"]
    return found


@pytest.mark.parametrize(
    ("extension", "begins", "media_type"),
    [
        ("m3u8", b"#EXTM3U", "audio/x-mpegurl"),
        ("pls", b"[playlist]", "audio/x-scpls"),
        ("xspf", b"<?xml", "application/xspf+xml"),
        ("csv", b"\xef\xbb\xbf", "text/csv"),
        ("json", b"{", "application/json"),
        ("liq", b"annotate:", "text/plain"),
    ],
)
def test_a_month_is_to_be_had_in_six_formats(reader: Client, extension: str, begins: bytes, media_type: str) -> None:
    answer = reader.get(f"{MONTHLY}/playlist.{extension}")
    assert answer.status_code == 200
    assert answer.content.startswith(begins)
    assert answer.headers["content-type"].startswith(media_type)
    ending = "txt" if extension == "liq" else extension
    assert answer.headers["content-disposition"] == f'attachment; filename="h654-2026-12.{ending}"'
    assert answer.headers["cache-control"] == "private, no-cache"
    assert int(answer.headers["content-length"]) == len(answer.content)
    assert datetime.strptime(answer.headers["last-modified"], "%a, %d %b %Y %H:%M:%S GMT").replace(tzinfo=UTC)


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "localhost:1234"])
def test_sounds_have_absolute_addresses_under_the_name_that_was_called(reader: Client, host: str) -> None:
    found = re.findall(r"^http.*$", reader.get(f"{MONTHLY}/playlist.m3u8", headers={"Host": host}).text, re.MULTILINE)
    assert found
    assert all(address.startswith(f"http://{host}/api/v1/audio/") for address in found)
    assert reader.get(found[0]).status_code == 200


def test_days_and_slots_make_up_the_month(reader: Client) -> None:
    def sounds(path: str) -> list[str]:
        return [line for line in reader.get(path).text.splitlines() if not line.startswith("#")]

    month = sounds(f"{MONTHLY}/playlist.m3u8")
    by_day = [sounds(f"{MONTHLY}/days/2026-12-{day:02d}/playlist.m3u8") for day in range(1, 32)]
    by_slot = [sounds(f"{MONTHLY}/slots/{slot['key']}/playlist.m3u8") for slot in slots(reader)]
    assert month == [sound for day in by_day for sound in day] == [sound for slot in by_slot for sound in slot]


@pytest.mark.parametrize("path", EXPORTS)
@pytest.mark.parametrize(
    ("held", "status"),
    [("{etag}", 304), ("W/{etag}", 304), ('"x", {etag}', 304), ("*", 304), ('"x"', 200), ("nonsense", 200)],
)
def test_what_the_client_has_is_not_sent_again(reader: Client, path: str, held: str, status: int) -> None:
    etag = reader.get(path).headers["etag"]
    answer = reader.get(path, headers={"If-None-Match": held.format(etag=etag)})
    assert answer.status_code == status
    assert answer.headers["etag"] == etag
    assert bool(answer.content) == (status == 200)


@pytest.mark.parametrize("path", EXPORTS)
def test_head_says_what_get_says_and_sends_nothing(reader: Client, path: str) -> None:
    got, head = reader.get(path), reader.head(path)
    assert head.content == b""
    requests = [dict(answer.headers) for answer in (got, head)]
    assert requests[0].pop("x-request-id") != requests[1].pop("x-request-id")
    assert requests[0] == requests[1]


@pytest.mark.parametrize("path", [f"{MONTHLY}/calendar.ics", *FEEDS])
def test_calendars_are_calendars(reader: Client, path: str) -> None:
    answer = reader.get(path)
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    assert answer.content.startswith(b"BEGIN:VCALENDAR\r\n")
    assert answer.content.count(b"BEGIN:VEVENT") >= len(slots(reader))


def test_a_new_revision_is_seen_at_the_next_request(world: World, api: Client) -> None:
    path = f"{MONTHLY}/playlist.json"
    before = api.get(path)
    gone = slots(api)[-1]["items"][0]["segment"]  # type: ignore[index]  # items are objects
    assert api.get(path, headers={"If-None-Match": before.headers["etag"]}).status_code == 304
    world.withdraw(gone)
    make_plan(world.context, MONTH)
    publish_plan(world.context, MONTH)
    after = api.get(path, headers={"If-None-Match": before.headers["etag"]})
    assert after.status_code == 200
    assert gone in before.text
    assert gone not in after.text


def test_a_draft_is_not_exported(world: World) -> None:
    make_plan(world.context, MONTH.next())
    with client_of(world.context) as api:
        assert api.get("/api/v1/stations/h654/months/2027-01/playlist.m3u8").json()["code"] == "plan.not_published"
        assert api.get("/api/v1/plans/2027-01/stations/h654").json()["revision"]["status"] == "draft"
