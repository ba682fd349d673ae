"""The pages of a station's recorded air, as an officer sends a recording and the monitor decides on it, without script."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.server import air
from tests.server.api.conftest import Client, client_of
from tests.server.people import add_person
from tests.server.web.reading import words
from tests.server.worlds import World

PAGE = "/dai/h654/2026-12/ghi-am"


@pytest.fixture
def officer(spoken: World) -> Iterator[Client]:
    """Of the district station: sends, and does not judge."""
    who = add_person(spoken.context, "can-bo", ["operator"], unit_id=spoken.keys["654"])
    with client_of(spoken.context, who=who) as client:
        yield client


@pytest.fixture
def monitor(spoken: World) -> Iterator[Client]:
    with client_of(spoken.context, who=add_person(spoken.context, "giam-sat", ["monitor"])) as client:
        yield client


def csrf(page: str) -> str:
    found = re.search(r'name="csrf" value="([^"]+)"', page)
    assert found is not None
    return found[1]


def test_an_officer_sends_a_recording_and_the_monitor_confirms_what_was_heard(
    spoken: World, officer: Client, monitor: Client, tmp_path: Path
) -> None:
    slot = air.slots_of(spoken)[-1]
    file = air.recorded(slot, tmp_path / "may-ghi.mp3")
    claimed = slot.starts_at + timedelta(minutes=7)
    sent = officer.post(
        PAGE,
        data={"csrf": csrf(officer.get(PAGE).text), "claimed_at": claimed.strftime("%d/%m/%Y %H:%M")},
        files={"file": ("may-ghi.mp3", file.read_bytes(), "audio/mpeg")},
    )
    assert sent.status_code == 200
    assert "✓ đã nghe xong" in words(sent.text)
    assert "theo những bài nghe được" in words(sent.text)
    assert 'value="confirm"' not in sent.text
    address = sent.url.path
    page = monitor.get(address).text
    assert page.count('class="stretch below"') >= len(slot.items)
    matches = re.findall(r'name="match" value="(\d+)"', page)
    assert len(matches) == len(slot.items)
    for match in matches:
        decided = monitor.post(address, data={"csrf": csrf(page), "do": "confirm", "match": match})
        assert decided.status_code == 200
    assert "đã xác nhận giam-sat" in words(decided.text)
    assert "nghe được trong bản ghi" in words(monitor.get("/dai/h654/2026-12/phat-song").text)
    assert "may-ghi.mp3" in words(officer.get(PAGE).text)


def test_a_refused_recording_says_why_and_what_was_typed_stays(officer: Client, tmp_path: Path) -> None:
    form = {"csrf": csrf(officer.get(PAGE).text), "claimed_at": "31/2/2026"}
    quiet = air.silence(tmp_path / "lang.wav").read_bytes()
    answer = officer.post(PAGE, data=form, files={"file": ("lang.wav", quiet, "audio/wav")})
    assert answer.status_code == 400
    assert 'value="31/2/2026"' in answer.text
    silent = officer.post(PAGE, data=form | {"claimed_at": ""}, files={"file": ("lang.wav", quiet, "audio/wav")})
    assert "✕ không nghe được" in words(silent.text)
    assert "im lặng từ đầu đến cuối" in words(silent.text)
    garbage = officer.post(PAGE, data=form | {"claimed_at": ""}, files={"file": ("a.mp3", b"rac " * 999, "audio/mpeg")})
    assert garbage.status_code == 422
    assert officer.get(f"{PAGE}/999").status_code == 404


def test_a_script_sends_a_recording_and_reads_what_was_heard(
    spoken: World, officer: Client, monitor: Client, tmp_path: Path
) -> None:
    slot = air.slots_of(spoken)[-1]
    body = air.recorded(slot, tmp_path / "may.mp3").read_bytes()
    where = "/api/v1/stations/h654/recordings"
    token = {"x-csrf-token": csrf(officer.get(PAGE).text)}
    sent = officer.post(
        where,
        params={"name": "may.mp3", "claimed_at": slot.starts_at.isoformat()},
        content=body,
        headers={"content-type": "application/octet-stream", **token},
    )
    assert sent.status_code == 202, sent.text
    view = sent.json()
    assert view["found"] == len(slot.items)
    [listed] = officer.get(where, params={"month": "2026-12"}).json()
    assert listed["id"] == view["id"]
    assert listed["matches"] == []
    one = f"{where}/{view['id']}"
    match = view["matches"][0]["id"]
    assert officer.post(f"{one}/matches/{match}/confirm", headers=token).status_code == 403
    judge = {"x-csrf-token": csrf(monitor.get("/dai/h654/2026-12/phat-song").text)}
    confirmed = monitor.post(f"{one}/matches/{match}/confirm", headers=judge)
    assert confirmed.json()["matches"][0]["state"] == "confirmed"
    dismissed = monitor.post(f"{one}/matches/{match}/dismiss", json={"reason": "Nhầm"}, headers=judge)
    assert dismissed.json()["code"] == "recording.match_decided"
    assert monitor.get(f"/api/v1/stations/x24490/recordings/{view['id']}").status_code == 404
