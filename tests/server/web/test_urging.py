"""Urging on the pages, as the monitor, a station's officer and an administrator use them, without script."""

import re
from datetime import UTC, datetime

import pytest

from server.services.hidden import signed
from tests.server.api.conftest import Client, client_of
from tests.server.people import add_person
from tests.server.reports.reading import squeezed, word_text
from tests.server.web.reading import words
from tests.server.worlds import World

LATE = datetime(2026, 12, 28, 2, 0, tzinfo=UTC)
PAGE = "/thang/2026-12/don-doc"
STATION = "/dai/h654/2026-12"
HOOKS = "/dai/h654/webhook"


@pytest.fixture
def silent(world: World) -> World:
    """Late in December, and no station ever said a word."""
    world.now = LATE
    return world


@pytest.fixture
def monitor(silent: World) -> Client:
    return client_of(silent.context, who=add_person(silent.context, "giam-sat", ["monitor"]))


@pytest.fixture
def officer(silent: World) -> Client:
    return client_of(silent.context, who=add_person(silent.context, "can-bo", ["operator"], unit_id=silent.keys["654"]))


def csrf(page: str) -> str:
    found = re.search(r'name="csrf" value="([^"]+)"', page)
    assert found is not None
    return found[1]


def test_texts_are_seen_and_changed_then_sent_opened_and_answered(monitor: Client, officer: Client) -> None:
    assert f'href="{PAGE}"' in monitor.get("/thang/2026-12/phat-song").text
    page = monitor.get(PAGE).text
    assert re.search(r'name="station\.h654" checked', page)
    assert re.search(r'name="channel\.email" disabled', page)
    assert "Chưa đôn đốc đài nào về tháng này." in words(page)
    form = {"csrf": csrf(page), "station.h654": "on", "channel.page": "on"}
    preview = monitor.post(PAGE, data={**form, "do": "preview"}).text
    assert "còn thiếu 0:20" in preview
    assert "Chưa đôn đốc đài nào" in preview
    text = "Đề nghị đài phát bù <b>ngay</b>.\nCảm ơn."
    sent = monitor.post(PAGE, data={**form, "do": "send", "text.h654": text})
    assert sent.status_code == 200
    assert "Đã ghi 1 lời đôn đốc" in words(sent.text)
    again = monitor.post(PAGE, data={**form, "do": "send"}).text
    assert "đã đôn đốc trong 24 giờ qua" in words(again)
    for place in (STATION, f"{STATION}/phat-song", f"{STATION}/ghi-am"):
        seen = officer.get(place).text
        assert "Đề nghị đài phát bù &lt;b&gt;ngay&lt;/b&gt;.\nCảm ơn." in seen
        assert f'action="{STATION}/don-doc"' in seen
    without = officer.post(f"{STATION}/don-doc", data={"csrf": csrf(seen), "answer": " "})
    assert (without.status_code, "còn trống" in without.text) == (422, True)
    after = officer.post(f"{STATION}/don-doc", data={"csrf": csrf(seen), "answer": "Sẽ phát <i>bù</i>"})
    assert "Sẽ phát &lt;i&gt;bù&lt;/i&gt;" in after.text
    assert "Đề nghị đài phát bù" not in officer.get(STATION).text
    listed = words(monitor.get(PAGE).text)
    assert "✓ đã gửi" in listed
    assert "Sẽ phát <i>bù</i> can-bo · 09:00 28/12/2026" in listed
    assert monitor.post(PAGE, data={"csrf": csrf(page), "do": "send", "station.h654": "on"}).status_code == 400
    assert "Chưa chọn đài nào." in monitor.post(PAGE, data={"csrf": csrf(page), "do": "preview"}).text
    none = monitor.post(PAGE, data={"csrf": csrf(page), "do": "send", "channel.page": "on"})
    assert none.status_code == 400


def test_letters_are_downloaded_for_a_station_and_for_a_district(monitor: Client, officer: Client) -> None:
    page = monitor.get(PAGE).text
    assert f'<form id="cong-van" method="post" action="{PAGE}/cong-van">' in page
    assert monitor.get(f"{PAGE}/cong-van?dai=h654").status_code == 405  # what a browser fetches ahead urges nobody
    assert "đôn đốc lần cuối" not in words(monitor.get(PAGE).text)
    form = {"csrf": csrf(page)}
    for name, value in (("dai", "h654"), ("huyen", "654")):
        assert f'form="cong-van" name="{name}" value="{value}"' in page
        letter = monitor.post(f"{PAGE}/cong-van", data={**form, name: value})
        assert letter.headers["content-disposition"].endswith('654.docx"')
        assert squeezed("còn thiếu 20 giây") in squeezed(word_text(letter.content))
    assert "công văn" in words(monitor.get(PAGE).text)
    assert "Đề nghị đài" not in officer.get(STATION).text  # what is on paper is no notice
    assert "đôn đốc lần cuối" in words(monitor.get(PAGE).text)
    assert monitor.post(f"{PAGE}/cong-van", data=form).status_code == 400
    theirs = {"csrf": csrf(officer.get(f"{STATION}/don-doc").text), "dai": "h654"}
    assert officer.post(f"{PAGE}/cong-van", data=theirs).status_code == 403


def test_the_address_in_a_mail_leads_to_the_stations_page(silent: World, monitor: Client, officer: Client) -> None:
    page = monitor.get(PAGE).text
    monitor.post(PAGE, data={"csrf": csrf(page), "station.h654": "on", "channel.page": "on", "do": "send"})
    signature = signed(silent.context.secret, "reminder", "1")
    followed = officer.get(f"/don-doc/1/{signature}", follow_redirects=False)
    assert (followed.status_code, followed.headers["location"]) == (303, f"{STATION}/don-doc")
    assert officer.get(f"/don-doc/2/{signature}").status_code == 404
    assert "09:00 28/12/2026" in monitor.get(PAGE).text


def test_a_webhook_is_added_with_its_secret_shown_once_and_ended(silent: World, officer: Client) -> None:
    admin = client_of(silent.context, who=add_person(silent.context, "quan-tri", ["administrator"]))
    assert f'href="{HOOKS}"' in admin.get(STATION).text
    page = admin.get(HOOKS).text
    refused = admin.post(HOOKS, data={"csrf": csrf(page), "url": "http://127.0.0.1/<b>"})
    assert refused.status_code == 422
    added = admin.post(HOOKS, data={"csrf": csrf(page), "url": "https://may.example.vn/loa"})
    assert added.headers["cache-control"] == "no-store"
    found = re.search(r"<p><code>([\w-]{43})</code></p>", added.text)
    assert found is not None
    listed = admin.get(HOOKS).text
    assert "https://may.example.vn/loa" in listed
    assert found[1] not in listed
    assert admin.post(f"{HOOKS}/1/ngung", data={"csrf": csrf(page)}).status_code == 200
    assert "đã ngừng 09:00 Thứ Hai 28/12/2026" in words(admin.get(HOOKS).text)
    assert admin.post(f"{HOOKS}/9/ngung", data={"csrf": csrf(page)}).status_code == 404
    assert officer.get(HOOKS).status_code == 403
