"""Addresses of audio in playlists: players follow them without a token, until a day."""

import re
from datetime import date, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from schedules.months import Month
from server.services.segments import withdraw_segment
from server.services.signed_audio import last_day
from tests.server.api.conftest import Client
from tests.server.machines import bearer, code_of, machine_of, token
from tests.server.worlds import World, local

MONTHLY = "/api/v1/stations/h654/months/2026-12"


def sounds(client: Client, path: str = f"{MONTHLY}/playlist.m3u8") -> list[str]:
    answer = client.get(path)
    assert answer.status_code == 200, answer.text
    return re.findall(r"http[^\s\"<,;]*/api/v1/audio/[^\s\"<,;]*", answer.text.replace("&amp;", "&"))


@pytest.mark.parametrize("file", ["m3u8", "pls", "xspf", "csv", "json", "liq"])
def test_in_every_format_the_addresses_play_for_anybody(world: World, api: Client, file: str) -> None:
    found = sounds(api, f"{MONTHLY}/playlist.{file}")
    assert len(found) > 5
    with machine_of(world.context) as player:
        for address in set(found):
            assert urlsplit(address).query.startswith("until=20270209&sig=")
            part = player.get(address, headers={"Range": "bytes=0-9"})
            assert (part.status_code, len(part.content)) == (206, 10)
            assert part.headers["cache-control"].startswith("private")
            assert player.head(address).status_code == 200


def test_a_rendered_programme_is_played_from_where_a_token_is_sent(world: World, api: Client) -> None:
    key = api.get("/api/v1/plans/2026-12/stations/h654").json()["slots"][0]["key"]
    with machine_of(world.context) as player:
        shown = bearer(token(world.context))
        answer = player.get(f"{MONTHLY}/slots/{key}/programme.mp3", headers=shown, follow_redirects=False)
        assert answer.status_code == 307, answer.text
        assert answer.headers["cache-control"] == "private, no-cache"
        assert player.get(answer.headers["location"]).status_code == 200


def test_what_was_signed_for_one_sound_or_day_is_nothing_for_another(world: World, api: Client) -> None:
    one, other = sorted(set(sounds(api)))[:2]
    said = parse_qs(urlsplit(one).query)
    until, signature = said["until"][0], said["sig"][0]
    swapped = other.partition("?")[0] + "?" + urlsplit(one).query
    changed = [
        swapped,
        one.replace(until, "20990101"),
        one.replace(until, ""),
        one.replace(f"until={until}", "until=x"),
        one.replace(signature, signature[:-1]),
        one.replace(signature, ""),
        one.replace(signature, "ă"),
        one.partition("&")[0],
        one.partition("?")[0],
        one + "x" * 1000,
    ]
    with machine_of(world.context) as player:
        for address in changed:
            assert code_of(player.get(address)) == (401, "access.sign_in_needed"), address
        assert player.get(one).status_code == 200


def test_an_address_that_is_over_says_what_to_do_and_rights_still_count(world: World, api: Client) -> None:
    address = sounds(api)[0]
    secret = token(world.context)
    with machine_of(world.context) as player:
        world.now = local("2027-02-09 23:59")
        assert player.get(address).status_code == 200
        world.now = local("2027-02-10 00:00")
        answer = player.get(address)
        assert code_of(answer) == (403, "audio.address_expired")
        assert "danh sách phát" in answer.json()["detail"]
        assert player.get(address, headers=bearer(secret)).status_code == 200
        assert code_of(player.get(address, headers=bearer("loa_st_x"))) == (403, "audio.address_expired")


def test_a_good_address_plays_whatever_token_comes_with_it(world: World, api: Client) -> None:
    with machine_of(world.context) as player:
        assert player.get(sounds(api)[0], headers=bearer("loa_st_x")).status_code == 200


def test_a_playlist_keeps_its_bytes_while_its_addresses_are_the_same(world: World) -> None:
    tags, shown = [], bearer(token(world.context))
    with machine_of(world.context) as player:
        for at in ("2026-11-20 08:00", "2026-11-30 23:59", "2026-12-01 00:00", "2026-12-31 23:59", "2027-01-01 00:00"):
            world.now = local(at)
            tags.append(player.get(f"{MONTHLY}/playlist.m3u8", headers=shown).headers["etag"])
    assert len(set(tags[:4])) == 1
    assert tags[4] != tags[0]  # the month is over: addresses live on with each new month


@pytest.mark.parametrize(
    ("month", "now", "until"),
    [
        (Month(2026, 12), Month(2026, 11), date(2027, 2, 9)),
        (Month(2026, 12), Month(2026, 12), date(2027, 2, 9)),
        (Month(2020, 1), Month(2026, 2), date(2026, 4, 9)),
        (Month(2024, 2), Month(2024, 2), date(2024, 4, 9)),
        (Month(2199, 12), Month(2026, 2), date(2200, 2, 9)),
    ],
)
def test_addresses_live_forty_days_longer_than_the_month(month: Month, now: Month, until: date) -> None:
    assert last_day(month, now) == until
    assert until - max(month, now).last_date == timedelta(days=40)


def test_signatures_of_another_house_are_nothing(world: World, api: Client) -> None:
    address = sounds(api)[0]
    world.context.secret = b"another"
    with machine_of(world.context) as player:
        assert code_of(player.get(address)) == (401, "access.sign_in_needed")


def test_what_was_withdrawn_is_given_to_no_machine_any_more_but_people_may_hear_it(world: World, api: Client) -> None:
    slot = api.get("/api/v1/plans/2026-12/stations/h654").json()["slots"][0]
    item = slot["items"][0]
    [address] = {each for each in sounds(api) if item["sha256"] in each}
    shown = bearer(token(world.context))
    withdraw_segment(world.context, item["segment"], reason="Số liệu sai")
    with machine_of(world.context) as player:
        assert code_of(player.get(address)) == (410, "audio.recalled")
        assert code_of(player.get(urlsplit(address).path, headers=shown)) == (410, "audio.recalled")
    assert api.get(urlsplit(address).path).status_code == 200
