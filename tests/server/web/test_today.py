"""A station's today as its officer uses it, without script."""

import re
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlmodel import select

from server.db.library import Rendition
from server.services.deliveries import note_verified
from server.services.reminders import urge
from server.services.station_changes import black_out
from server.services.station_today import StationToday, station_today
from tests.server.api.conftest import Client, client_of
from tests.server.people import Person, add_person
from tests.server.web.reading import words
from tests.server.worlds import MONTH, World

PAGE = "/dai/h654/hom-nay"
SECOND = "17:00 13/12/2026"


@pytest.fixture
def operator(world: World) -> Person:
    """Of the district's station and its communes'."""
    return add_person(world.context, "can-bo", ["operator"], unit_id=world.keys["654"])


@pytest.fixture
def officer(world: World, operator: Person) -> Client:
    return client_of(world.context, who=operator)


def at_slot(world: World, number: int, *, minutes: int = 0) -> StationToday:
    """The world's clock is set so many minutes after the start of that slot of the district's December."""
    world.now = datetime(2026, 12, 1, tzinfo=UTC)
    proof = station_today(world.context, "h654").proof
    assert proof is not None
    world.now = proof.slots[number].starts_at.astimezone(UTC) + timedelta(minutes=minutes)
    return station_today(world.context, "h654")


def csrf(page: str) -> str:
    found = re.search(r'name="csrf" value="([^"]+)"', page)
    assert found is not None
    return found[1]


def light_copies(world: World, today: StationToday) -> dict[str, bytes]:
    """A light Opus and a light MP3 copy of everything in the next slot, by their hashes; their bytes are made up."""
    made: dict[str, bytes] = {}
    with world.change() as session:
        for sound in today.sounds:
            audio = session.exec(select(Rendition.audio_id).where(Rendition.sha256 == sound.mp3)).one()
            for kind, media_type in (("light_opus", "audio/ogg"), ("light_mp3", "audio/mpeg")):
                content = f"{kind} {sound.mp3}".encode()
                path = world.context.scratch / "copy"
                path.write_bytes(content)
                stored = world.context.store.take(path)
                made[stored.sha256] = content
                session.add(
                    Rendition(
                        audio_id=audio,
                        kind=kind,
                        sha256=stored.sha256,
                        size=stored.size,
                        media_type=media_type,
                        duration_ms=1000,
                        loudness_lufs=-23.0,
                        true_peak_dbtp=-2.0,
                    )
                )
    return made


def test_an_operator_lands_on_what_the_station_airs_today(world: World, officer: Client) -> None:
    at_slot(world, 1, minutes=-72)
    answer = officer.get("/")
    assert answer.url.path == PAGE
    text = words(answer.text)
    assert "Kế tiếp 17:00 hôm nay còn 1 giờ 12 phút" in text
    assert "• hôm nay" in text
    assert re.search(r"0:00 / 0:20 trong tháng 12/2026", text)
    # Not aired before its time: only that it will not be can be said.
    assert re.search(r'hidden data-when-due>\s*<input[^>]+><input[^>]+>\s*<button[^>]+value="aired"', answer.text)
    assert "Không phát được…" in text
    assert 'href="/dai/x24490/hom-nay"' in answer.text
    assert '/dai/h654/so-nhat-ky/2026-W50.pdf"' in answer.text
    assert "slots/h654.20261213T1700/playlist.m3u8" in answer.text
    commune = words(officer.get("/dai/x24490/hom-nay").text)
    assert "tiếp âm Đài Truyền thanh - Truyền hình huyện Krông Pắc" in commune
    early = officer.post(PAGE, data={"csrf": csrf(answer.text), "slot": "h654.20261213T1700", "do": "aired"})
    assert early.status_code == 422
    assert "✕" in words(early.text)


def test_one_tap_tells_and_the_page_says_so_at_once(world: World, officer: Client) -> None:
    slot = at_slot(world, 1, minutes=30).untold[0]
    page = officer.get(PAGE).text
    assert "Cần báo Chủ nhật 17:00 13/12/2026" in words(page)
    tap = {"csrf": csrf(page), "slot": slot.key, "do": "aired"}
    told = officer.post(PAGE, data=tap)
    assert told.status_code == 200
    text = words(told.text)
    assert f"✓ đã phát — đã ghi cho khung {SECOND}." in text
    # What was said nothing of for too long can still be told; what was told is asked for no more.
    assert "Cần báo Thứ Tư 17:00 02/12/2026 0:03 ✕ chưa báo, đang tính là không phát" in text
    assert text.count(f"Chủ nhật {SECOND}") == 1
    assert f'/phat-song#{slot.key}"' in told.text
    assert officer.post(PAGE, data=tap).status_code == 200
    again = officer.get("/dai/h654/2026-12/phat-song").text
    assert again.count("báo trên trang") == 1


def test_what_could_not_be_aired_needs_a_reason_and_what_was_typed_stays(world: World, officer: Client) -> None:
    slot = at_slot(world, 1, minutes=30).untold[0]
    page = officer.get(PAGE).text
    told = {"csrf": csrf(page), "slot": slot.key, "do": "not_aired"}
    without = officer.post(PAGE, data=told)
    assert without.status_code == 422
    assert "Hãy ghi lý do" in words(without.text)
    assert "<details open><summary>Không phát được" in without.text
    elsewhere = officer.post(PAGE, data={**told, "slot": "h654.20261299", "reason": "Mất điện <b>"})
    assert elsewhere.status_code >= 400
    assert "Bạn đã ghi: Mất điện <b>" in words(elsewhere.text)
    assert officer.post(PAGE, data={**told, "do": "both"}).status_code == 400
    done = words(officer.post(PAGE, data={**told, "reason": "Mất điện <b>"}).text)
    assert f"✕ không phát — đã ghi cho khung {SECOND}." in done
    proof = station_today(world.context, "h654").proof
    assert proof is not None
    assert [entry.reason for entry in proof.entries] == ["Mất điện <b>"]


def test_a_session_that_ended_leads_back_to_the_page(world: World, officer: Client) -> None:
    at_slot(world, 1, minutes=30)
    token = csrf(officer.get(PAGE).text)
    officer.cookies.clear()
    refused = officer.post(PAGE, data={"csrf": token, "slot": "h654.20261213T1700", "do": "aired"})
    assert refused.status_code == 401
    assert 'href="/dang-nhap?tiep=%2Fdai%2Fh654%2Fhom-nay"' in refused.text
    assert 'name="tiep" value="/dai/h654/hom-nay"' in officer.get("/dang-nhap?tiep=%2Fdai%2Fh654%2Fhom-nay").text


def test_light_copies_are_heard_by_the_officers_of_who_airs_the_recording(world: World, officer: Client) -> None:
    made = light_copies(world, at_slot(world, 1, minutes=-60))
    page = officer.get(PAGE).text
    addresses = re.findall(r'<source src="([^"]+)"', page)
    assert [address.rpartition(".")[2] for address in addresses] == ["opus", "mp3"] * (len(made) // 2)
    for address in addresses:
        assert officer.get(address).content == made[address.split("/")[-1].partition(".")[0]]
    world.add_unit("652", "Huyện M'Đrắk", level="district", kind="Huyện", parent="66")
    world.add_station("h652", unit="652", tier="district", name="Đài huyện M'Đrắk")
    with client_of(
        world.context, who=add_person(world.context, "khac", ["operator"], unit_id=world.keys["652"])
    ) as other:
        assert other.get(addresses[0]).status_code == 403
        assert other.get(PAGE).status_code == 403


def test_files_of_the_days_to_come_are_told_apart_by_what_the_station_has(
    world: World, officer: Client, operator: Person
) -> None:
    today = at_slot(world, 1, minutes=-60)
    count = len(today.files)
    assert count == len({file.sha256 for file in today.files}) >= 4
    note_verified(world.context, "h654", [today.files[0].sha256])
    page = officer.get(PAGE).text
    assert f"△ Đài còn thiếu {count - 1} trên {count} tệp của 7 ngày tới:" in words(page)
    assert "✓ đã có, đã đối chiếu" in words(page)
    links = re.findall(r'href="(/api/v1/audio/[^"]+)" download="([^"]+)"', page)
    assert len(links) == count
    assert re.fullmatch(r"002-[a-z0-9-]+\.mp3", links[1][1])
    with client_of(world.context) as everybody:
        watched = everybody.get(PAGE).text
        assert "for=h654" in watched  # who holds every role works there too
    with client_of(world.context, who=add_person(world.context, "giam-sat", ["monitor"])) as monitor:
        watched = monitor.get(PAGE).text
        assert "/api/v1/audio/" in watched
        assert "for=h654" not in watched
    with client_of(world.context, who=operator) as serving:
        for address, _ in links:
            assert serving.get(address.replace("&amp;", "&")).status_code == 200
    # What goes out soon after another is written down together with it, at the service's end at the latest.
    assert f"✓ Đài đã có đủ {count} tệp của 7 ngày tới." in words(officer.get(PAGE).text)


def test_a_day_with_nothing_says_what_there_is_to_do(world: World, officer: Client) -> None:
    for day, told in (
        (date(2026, 11, 20), "Kế tiếp 17:00 Thứ Tư 02/12/2026 còn 12 ngày 9 giờ"),
        (date(2026, 12, 1), "Hôm nay không có khung phát."),
        (date(2026, 12, 30), "Tháng 12/2026 đã hết khung phát; lịch tháng sau chưa được công bố."),
        # The week began in December, and its last slot was not told of.
        (date(2027, 1, 1), "Cần báo Thứ Hai 17:00 28/12/2026"),
        (date(2027, 1, 1), "Tháng 1/2027 chưa có lịch được công bố."),
        (date(2027, 1, 20), "Tuần này không có khung phát."),
        (date(2027, 1, 20), "7 ngày tới không có tệp nào cần tải."),
    ):
        world.now = datetime(day.year, day.month, day.day, 1, tzinfo=UTC)
        assert told in words(officer.get(PAGE).text), day


def test_urging_and_outages_stand_above_all_else_and_the_calendar_is_one_tap_away(
    world: World, officer: Client
) -> None:
    at_slot(world, 2, minutes=-600)
    black_out(
        world.context,
        "h654",
        starts_at=world.now + timedelta(days=5),
        ends_at=world.now + timedelta(days=6),
        reason="Cắt điện",
    )
    urge(
        world.context,
        MONTH,
        site="https://loa.example",
        stations=["h654"],
        channels=["page"],
        texts={"h654": "Hãy phát."},
    )
    page = officer.get(PAGE).text
    text = words(page)
    assert text.index("Hãy phát.") < text.index("Đài không phát từ") < text.index("Kế tiếp")
    assert "Cắt điện" in text
    fields = dict(re.findall(r'name="(what|name)" value="([^"]+)"', page))
    made = officer.post("/tai-khoan/lich", data={"csrf": csrf(page), **fields})
    assert "Địa chỉ chỉ hiện một lần này." in made.text
    assert "<svg" in made.text
    assert "Bạn đã có địa chỉ lịch của đài: điện thoại h654" in words(officer.get(PAGE).text)
