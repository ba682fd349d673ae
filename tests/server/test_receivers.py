"""IP receivers against a served Loa: what they are told, what they play without a line, what comes of their logs."""

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlmodel import func, select

from schedules.as_run import Grade
from server.db.airing import AsRunEntry, Delivery
from server.db.library import Segment
from server.services.emergencies import call_out
from server.services.plans import make_plan, publish_plan
from server.services.proof_views import AiredItemView
from server.services.proofs import station_proof
from tests.receiver import Receiver, files_of
from tests.server.api.conftest import client_of, sounding_home, world  # noqa: F401  # fixtures of the small district
from tests.server.machines import bearer, token
from tests.server.serving import served
from tests.server.waiting import until
from tests.server.worlds import MONTH, World, local

DECEMBER = local("2026-12-01 00:10")
AFTERWARDS = local("2027-01-02 08:00")


@pytest.fixture
def base(world: World) -> Iterator[str]:  # noqa: F811  # the fixture above
    world.now = DECEMBER
    with served(world.context) as address:
        yield address


@pytest.fixture
def receiver(world: World, base: str, tmp_path: Path) -> Iterator[Receiver]:  # noqa: F811
    found = Receiver(base, "h654", token(world.context), tmp_path / "receiver")
    yield found
    found.close()


def items(world: World, station: str = "h654") -> list[AiredItemView]:  # noqa: F811
    return [item for slot in station_proof(world.context, station, MONTH).slots for item in slot.items]


def planned(world: World) -> list[tuple[str, datetime]]:  # noqa: F811
    return [(item.segment, item.starts_at) for item in items(world)]


def stored(world: World) -> int:  # noqa: F811
    with world.context.database.read() as session:
        return session.exec(select(func.count()).select_from(AsRunEntry)).one()


def all_logged_once(world: World) -> bool:  # noqa: F811
    found = items(world)
    return bool(found) and all((item.grade, len(item.entries)) == ("logged", 1) for item in found)


def test_what_it_plays_without_a_line_is_what_was_planned(world: World, receiver: Receiver) -> None:  # noqa: F811
    assert receiver.poll() == 200
    played = receiver.play(DECEMBER, AFTERWARDS)
    assert [(each["BanTinID"], each["ThoiDiemBatDau"]) for each in played] == [
        (segment, int(at.timestamp())) for segment, at in planned(world)
    ]
    assert receiver.poll() == 304


def test_a_log_late_out_of_order_and_twice_is_each_airing_once(world: World, receiver: Receiver) -> None:  # noqa: F811
    receiver.poll()
    receiver.play(DECEMBER, AFTERWARDS)
    world.now = AFTERWARDS
    records = receiver.logged()
    random.Random(654).shuffle(records)  # noqa: S311
    half = len(records) // 2
    assert receiver.send(records[half:])["new"] == len(records) - half
    again = receiver.send(records)
    assert (again["new"], again["known"], again["refused"]) == (half, len(records) - half, 0)
    assert receiver.send([*records, *records])["new"] == 0
    assert stored(world) == len(records)
    assert all_logged_once(world)
    assert {item.outcome for item in items(world)} == {"aired"}


@pytest.mark.parametrize("hours", [7, -7, 2])
def test_a_log_by_a_wrong_clock_is_each_airing_once_and_told_to_who_judges(
    world: World,  # noqa: F811
    base: str,
    tmp_path: Path,
    hours: int,
) -> None:
    """UTC taken for local time, or the other way round, is what such devices do."""
    device = Receiver(base, "h654", token(world.context), tmp_path / "r", log_clock=timedelta(hours=hours))
    device.poll()
    device.play(DECEMBER, AFTERWARDS)
    world.now = AFTERWARDS
    records = device.logged()
    # What was kept without a line comes in one go: that is what shares a clock.
    device.send(records[::-1])
    device.send(records)
    device.close()
    assert stored(world) == len(records) == len(planned(world))
    with world.context.database.read() as session:
        assert set(session.exec(select(AsRunEntry.grade)).all()) == {Grade.LOGGED}
    shifts = [
        doubt
        for slot in station_proof(world.context, "h654", MONTH).slots
        for doubt in slot.doubts
        if doubt["code"] == "clock_shifted"
    ]
    assert {doubt["by_ms"] for doubt in shifts} == {hours * 3_600_000}


def test_a_new_publication_is_seen_at_the_next_look_and_what_was_withdrawn_is_kept_no_longer(
    world: World,  # noqa: F811
    receiver: Receiver,
    base: str,
) -> None:
    receiver.poll()
    before = receiver.play(DECEMBER, AFTERWARDS)
    gone = before[-1]["BanTinID"]
    with client_of(world.context) as monitor:
        assert monitor.post(f"/api/v1/segments/{gone}/withdraw", json={"reason": "Số liệu sai"}).status_code == 200
    assert receiver.poll() == 200
    assert gone not in {each["BanTinID"] for each in receiver.play(DECEMBER, AFTERWARDS)}
    world.now += timedelta(hours=1)
    make_plan(world.context, MONTH)
    publish_plan(world.context, MONTH)
    assert receiver.poll() == 200
    after = [(each["BanTinID"], each["ThoiDiemBatDau"]) for each in receiver.play(DECEMBER, AFTERWARDS)]
    # 28 days are told of, and the month has 31.
    told = local("2026-12-29 00:00")
    assert after == [(segment, int(at.timestamp())) for segment, at in planned(world) if at < told]
    assert httpx.get(f"{base}/health", timeout=60).status_code == 200


def test_a_station_that_relays_is_told_from_whom_and_has_the_files_for_when_that_is_silent(
    world: World,  # noqa: F811
    base: str,
) -> None:
    schedule = asked(base, token(world.context, "x24490"), "x24490")
    bulletins = [each for entry in schedule["DanhSachLichPhat"] for each in entry["DanhSachBanTin"]]
    assert bulletins
    assert {(each["TiepAm"], each["NguonTiepAm"]) for each in bulletins} <= {(1, "h654"), (0, None)}
    assert any(each["TiepAm"] for each in bulletins)
    assert {each["LoaiBanTin"] for each in bulletins} == {3}


def test_what_is_urgent_now_is_an_entry_of_its_own_to_be_played_at_once(world: World, base: str) -> None:  # noqa: F811
    with world.change() as session:
        segment = session.exec(select(Segment).where(Segment.code == "b0001")).one()
        call_out(session, segment, at=world.now, by="người duyệt")
    first = asked(base, token(world.context))["DanhSachLichPhat"][0]
    assert (first["LichPhatID"], first["MucDoUuTien"]) == ("khan-cap-1", 1)
    times = first["DanhSachNgayPhat"][0]["ThoiDiemPhat"]
    assert times["ThoiGianBatDau"] == int(world.now.timestamp())
    assert times["ThoiGianKetThuc"] == int((world.now + timedelta(hours=24)).timestamp())
    assert [each["BanTinID"] for each in first["DanhSachBanTin"]] == ["b0001"]
    assert httpx.get(first["DanhSachBanTin"][0]["TepAmThanh"]["DuongDan"], timeout=60).status_code == 200


def test_files_that_went_to_the_device_are_at_the_station(world: World, receiver: Receiver, base: str) -> None:  # noqa: F811
    receiver.poll()
    wanted = {file["SHA256"] for file in files_of(asked(base, token(world.context, name="khác")))}

    def there() -> set[str]:
        with world.context.database.read() as session:
            return set(session.exec(select(Delivery.sha256).where(Delivery.station_id == world.keys["h654"])))

    # What goes out soon after another is written down together with it, some seconds later.
    assert until(lambda: there() >= wanted)


def test_before_anything_is_published_it_is_told_to_play_nothing(world: World, base: str) -> None:  # noqa: F811
    world.now = local("2027-03-01 08:00")
    schedule = asked(base, token(world.context))
    assert (schedule["DanhSachLichPhat"], schedule["TuNgay"], schedule["DenNgay"]) == ([], "2027-03-01", "2027-03-28")


@pytest.mark.parametrize("days", ["0", "29", "x"])
def test_days_beyond_four_weeks_are_refused(world: World, base: str, days: str) -> None:  # noqa: F811
    address = f"{base}/api/v1/stations/h654/source-system/schedule?days={days}"
    assert httpx.get(address, headers=bearer(token(world.context)), timeout=60).status_code == 400


def test_a_record_that_can_not_be_taken_is_refused_alone(world: World, receiver: Receiver) -> None:  # noqa: F811
    receiver.poll()
    record = receiver.play(DECEMBER, AFTERWARDS)[0]
    world.now = AFTERWARDS
    bad: list[dict[str, Any]] = [
        record | {"CumLoaID": "h999"},
        record | {"ThoiDiemBatDau": "05:00"},
        record | {"LoaiBanTin": 1},
        record | {"ThoiDiemBatDau": 2_000_000_000},
    ]
    said = receiver.send([*bad, record])
    assert (said["new"], said["refused"]) == (1, len(bad))
    assert all(line["detail"] for line in said["lines"][: len(bad)])


def test_a_token_of_another_station_neither_reads_nor_writes(world: World, base: str) -> None:  # noqa: F811
    other = bearer(token(world.context, "x24490"))
    address = f"{base}/api/v1/stations/h654/source-system"
    assert httpx.get(f"{address}/schedule", headers=other, timeout=60).status_code == 403
    assert httpx.post(f"{address}/logs", headers=other, json=[], timeout=60).status_code == 403


def asked(base: str, secret: str, station: str = "h654") -> dict[str, Any]:
    answer = httpx.get(
        f"{base}/api/v1/stations/{station}/source-system/schedule?days=28", headers=bearer(secret), timeout=60
    )
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found
