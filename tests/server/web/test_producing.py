"""Producers' and leads' pages without script: what was sent, cue points, withdrawing, returning by a ready reason."""

import re
from pathlib import Path
from typing import Any

import pytest

from server.services import vetting
from server.services.rights import Role
from tests.server.api.conftest import Client, client_of
from tests.server.people import Person, acting, add_person
from tests.server.sounds import wav
from tests.server.vetted import add_draft, add_newer, approve_all, lead_topics
from tests.server.web.reading import words
from tests.server.web.test_segment_page import send
from tests.server.worlds import World

NASTY = "Một cửa 🎙️ \u200fא <b>" + "dài " * 45


def person(world: World, login: str, *roles: Role, organisation: str = "snv") -> Person:
    return add_person(world.context, login, roles, organisation=organisation)


def test_a_producer_lands_on_what_they_sent_and_is_told_what_to_do_first(world: World) -> None:
    lead_topics(world)
    maker = person(world, "nguoi-gui", Role.PRODUCER)
    with client_of(world.context, who=maker) as client:
        page = client.get("/tai-len").text
        assert "Chưa có bài nào. Thả tệp âm thanh vào ô trên" in words(page)
        add_draft(world, "b0100")
        vetting.submit(acting(world.context, maker), "b0100")
        said = words(client.get("/tai-len").text)
        assert "Bài b0100" in said
        assert "◔ chờ duyệt Sở Nội vụ từ 08:00 20/11/2026 hạn duyệt 08:00 22/11" in said
        assert "đang chờ 1" in said
        assert "Không có bài nào đến lượt bạn." in words(client.get("/tai-len?luot=theirs").text)
        theirs = words(client.get("/tai-len?cua=co-quan&luot=usable").text)
        assert "phát lần tới 17:" in theirs
        assert "Bài b0100" not in theirs
        assert client.get("/tai-len?cua=khac&luot=khac&offset=50").status_code == 200
        [first, second] = client.get("/tai-len/goi-y", params={"ten": ["the-che_v2.wav", "🎙️\u202e.mp3"]}).json()
        assert (first["title"], first["topic"]) == ("The che", "the-che")
        assert second["title"] == "🎙️"


def test_cue_points_moved_by_the_plain_form_make_a_newer_recording(api: Client, world: World, tmp_path: Path) -> None:
    code = send(api, wav(tmp_path / "a.wav", seconds=30), title=NASTY[:200])
    approve_all(world.context)
    whole = api.get(f"/bai/{code}/ban-goc/1")
    assert (whole.status_code, whole.headers["content-type"]) == (200, "audio/ogg")
    for cue_in, cue_out, status in [
        ("0", "30", 409),
        ("5", "4", 422),
        ("0", "30.01", 422),
        ("hai", "30", 400),
        ("1e3", "30", 400),
    ]:
        refused = api.post(f"/bai/{code}/diem-cat", data={"number": "1", "cue_in": cue_in, "cue_out": cue_out})
        assert refused.status_code == status, (cue_in, cue_out)
        assert f'value="{cue_in}"' in refused.text
    # Its form is not there for what is decided already: told all the same, with what was typed.
    kept = api.post(f"/bai/{code}/giu", data={"number": "1", "reason": "Bài khác"})
    assert kept.status_code == 409
    assert re.search(r'<p class="refused" role="alert">✕ [^<]+ Bạn đã ghi: Bài khác</p>', kept.text)
    done = api.post(
        f"/bai/{code}/diem-cat", data={"number": "1", "cue_in": "1,25", "cue_out": "28.5"}, follow_redirects=False
    )
    assert (done.status_code, done.headers["location"]) == (303, f"/bai/{code}")
    newer, older = api.get(f"/api/v1/segments/{code}").json()["versions"]
    assert (newer["number"], newer["state"], older["in_force"]) == (2, "submitted", True)
    told = [(each["audio"]["cue_in_ms"], each["audio"]["cue_out_ms"]) for each in (newer, older)]
    assert told == [(1250, 28_500), (0, 30_000)]
    assert newer["audio"]["original_sha256"] == older["audio"]["original_sha256"]
    assert abs(newer["audio"]["broadcast_ms"] - 27_250) < 60
    assert {each["kind"] for each in older["audio"]["renditions"]} == {"broadcast", "light_opus", "light_mp3"}
    approve_all(world.context)
    again = api.post(f"/bai/{code}/diem-cat", data={"number": "2", "cue_in": "0", "cue_out": "30"})
    assert again.status_code == 200  # back to what it was
    approve_all(world.context)
    assert api.get(f"/api/v1/segments/{code}").json()["duration_ms"] == 30_000
    # The same bytes are still known as this segment's, whichever cues they have.
    twice = send(api, tmp_path / "a.wav", title="Gửi lại")
    assert f'<a href="/bai/{code}">' in api.get(f"/bai/{twice}").text


def test_a_withdrawal_is_looked_at_rehearsed_and_followed(api: Client, world: World) -> None:
    page = api.get("/bai/b0003/rut").text
    slots, stations = (int(each) for each in re.findall(r"trong (\d+) khung sắp phát ở (\d+) đài", words(page))[0])
    assert f"Rút bài ở {stations} đài" in words(page)
    assert "Lập thử, không lưu gì" in words(page)
    rehearsed = words(api.get("/bai/b0003/rut?thu=1").text)
    assert "Xếp thay:" in rehearsed
    refused = api.post("/bai/b0003/rut", data={"reason": " "})
    assert refused.status_code == 400
    assert 'role="alert"' in refused.text
    done = api.post("/bai/b0003/rut", data={"reason": "Số liệu cũ"}, follow_redirects=False)
    assert (done.status_code, done.headers["location"]) == (303, "/bai/b0003/rut")
    said = words(api.get("/bai/b0003/rut").text)
    assert f"còn {slots} khung sắp phát có bài này, ở {stations} đài" in said
    assert "có bản nháp, chờ công bố" in said
    assert api.post("/bai/b0003/rut", data={"reason": "Lần nữa"}).status_code == 409
    assert "Xem việc rút đã tới đâu" in words(api.get("/bai/b0003").text)
    with client_of(world.context, who=person(world, "nguoi-la", Role.PRODUCER, organisation="stp")) as stranger:
        assert stranger.get("/bai/b0001/rut").status_code == 403


@pytest.fixture
def lead(world: World) -> Any:
    lead_topics(world)
    with client_of(world.context, who=person(world, "chu-tri", Role.LEAD)) as client:
        yield client


def test_the_queue_is_paged_and_shows_what_came_before(world: World, lead: Client) -> None:
    maker = acting(world.context, person(world, "nguoi-gui", Role.PRODUCER))
    for number in range(100, 122):
        add_draft(world, f"b0{number}")
        vetting.submit(maker, f"b0{number}")
    vetting.return_(acting(world.context, person(world, "chu-tri", Role.LEAD)), "b0100", 1, "Sai tên xã Ea Kly")
    vetting.submit(maker, "b0100", add_newer(world, "b0100"))
    first, rest = lead.get("/cho-duyet").text, lead.get("/cho-duyet?offset=20").text
    assert (first.count("<article"), rest.count("<article")) == (20, 2)
    assert "22 bài chờ bạn." in words(first)
    [newest] = re.findall(r'<article[^>]*id="b0100"[\s\S]*?</article>', rest)
    said = words(newest)
    assert "Khác gì bản 1" in said
    assert "0:20 0:25" in said
    assert "«Sai tên xã Ea Kly»" in said


def test_a_ready_reason_is_enough_to_return(world: World, lead: Client) -> None:
    maker = acting(world.context, person(world, "nguoi-gui", Role.PRODUCER))
    add_draft(world, "b0100")
    for said, kept in [
        ({"quick": "Sai tên riêng, tên xã"}, "Sai tên riêng, tên xã"),
        ({"quick": "Sai tên riêng, tên xã", "reason": "phút đầu"}, "Sai tên riêng, tên xã: phút đầu"),
    ]:
        vetting.submit(maker, "b0100")
        answer = lead.post("/cho-duyet/b0100/tra-lai", data={"number": "1", **said}, follow_redirects=False)
        assert answer.status_code == 303
        assert f"«{kept}»" in words(lead.get("/bai/b0100").text)


def test_the_second_of_two_leads_is_told_who_decided_and_led_there(world: World, lead: Client) -> None:
    maker = acting(world.context, person(world, "nguoi-gui", Role.PRODUCER))
    add_draft(world, "b0100")
    vetting.submit(maker, "b0100")
    vetting.return_(acting(world.context, person(world, "chu-tri-hai", Role.LEAD)), "b0100", 1, "Nhầm tệp")
    late = lead.post("/cho-duyet/b0100/duyet", data={"number": "1"})
    assert late.status_code == 409
    assert "chu-tri-hai" in words(late.text)
    assert re.search(r'role="alert">[^<]*<a href="/bai/b0100">Mở bài b0100', late.text)
