"""The month of the province as its monitor works with it: plan and air together, filtered, sorted, exported."""

import csv
import io
import re
from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from html import unescape
from pathlib import Path

import pytest
from openpyxl import load_workbook
from sqlalchemy import event

from schedules.months import Month
from server.sample.catalogue import read_units
from server.services.as_run import Said, say
from server.services.local_time import ZONE
from server.services.proofs import station_proof
from server.web.tile_maps import PLACES
from tests.server.api.conftest import Client, client_of
from tests.server.homes import copy_home
from tests.server.people import add_person
from tests.server.web.reading import words
from tests.server.worlds import World, open_world

MONTH = "/thang/2026-12"
MID_MONTH = datetime(2026, 12, 16, 1, 0, tzinfo=UTC)
ROW = re.compile(r'<th scope="row"><a href="/thang/2026-12/dai/([^/"]+)"')
STATIONS = ["h654", "x24490", "x24502"]


@pytest.fixture(scope="module")
def december(sounding_home: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """In the middle of a published month of which nobody has said anything; only read."""
    home = copy_home(sounding_home.context.home, tmp_path_factory.mktemp("december") / "home")
    world = open_world(home, now=MID_MONTH, keys=dict(sounding_home.keys))
    yield world
    world.context.close()


@pytest.fixture(scope="module")
def monitor(december: World) -> Iterator[Client]:
    with client_of(december.context) as client:
        yield client


def rows_of(page: str) -> list[str]:
    """The codes of the stations in the table, in its order."""
    return ROW.findall(page[page.index('class="wide board"') :]) if 'class="wide board"' in page else []


def test_a_month_is_shown_as_planned_until_it_begins_and_then_as_aired(reader: Client, monitor: Client) -> None:
    before, now = reader.get(MONTH).text, monitor.get(MONTH).text
    assert "Được tính" not in words(before)
    assert "Nghe được Được tính Dự báo Tình trạng" in words(now)
    assert "còn 15 ngày" in words(now)
    assert "Bản công bố số 1" in words(now)
    assert "Lập lại" in words(now), "planners plan again from here"
    assert "Được tính" not in words(monitor.get(f"{MONTH}?xem=ke-hoach").text)
    assert "Được tính" in words(reader.get(f"{MONTH}/phat-song").text), "as aired also before it begins"
    assert 'aria-current="page">Đã phát được bao nhiêu?' in now
    for each in (before, now):
        assert rows_of(each)[0] == "h654"
        assert len(rows_of(each)) == 3


def test_the_map_has_a_tile_for_each_district_and_the_table_says_the_same(monitor: Client) -> None:
    page = monitor.get(MONTH).text
    tiles = page[page.index('<svg class="tiles"') : page.index("</svg>", page.index('<svg class="tiles"'))]
    assert re.findall(r'<a href="([^"]+)" class="(\w+)"', tiles) == [("?district=654#bang", "unknown")]
    assert '<rect x="0" y="0"' in tiles, "who reaches few districts sees those alone"
    assert words(tiles) == "Krông Pắc · 0:00 chưa có số liệu 0/2 xã"
    assert "· chưa có số liệu 1 đài huyện, 2 đài xã" in words(page)
    assert "Huyện Krông Pắc · chưa có số liệu 0:00 / 0:20 0/2 có phát" in words(page)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("tier=commune", 2),
        ("district=654", 3),
        ("q=krong+pac", 1),
        ("technology=fm", 3),
        ("technology=wired", 0),
        ("language=vi", 3),
        ("language=zz", 0),
        ("status=met", 0),
        ("status=doubtful", 0),
        ("status=none&xem=phat-song", 0),
        ("tier=district&status=misses", 1),
    ],
)
def test_a_view_is_its_address_and_its_export_holds_the_same_rows(monitor: Client, query: str, found: int) -> None:
    page = monitor.get(f"{MONTH}?{query}").text
    assert len(rows_of(page)) == found
    if not found:
        assert "Không có đài nào khớp" in page
        return
    address = re.search(rf'href="({MONTH}/bang/csv\?[^"]+)"', page)
    assert address is not None
    assert codes(monitor, address[1].replace("&amp;", "&")) == rows_of(page)


def codes(client: Client, address: str) -> list[str]:
    lines = list(csv.reader(io.StringIO(client.get(address).content.decode("utf-8-sig"))))
    return [line[0] for line in lines[1:]]


def test_every_heading_sorts_and_sorts_back(monitor: Client) -> None:
    page = monitor.get(MONTH).text
    board = page[page.index('class="wide board"') :]
    headings = re.findall(r'href="(\?sort=[^"]+)"', board[: board.index("<tbody")])
    assert len(headings) == 10
    for heading in headings:
        there = monitor.get(MONTH + heading).text
        assert there.count("aria-sort=") == 1
        turned = heading.replace("=-", "=") if "=-" in heading else heading.replace("=", "=-")
        assert turned in there
        assert sorted(rows_of(there)) == sorted(rows_of(page))
    shares = [codes(monitor, f"{MONTH}/bang/csv?sort={sort}") for sort in ("required", "-required")]
    assert shares[0][-1] == shares[1][0] == "h654"


def test_the_exports_say_what_the_page_says(monitor: Client) -> None:
    page = words(monitor.get(MONTH).text)
    text = monitor.get(f"{MONTH}/bang/csv").content.decode("utf-8-sig")
    lines = list(csv.DictReader(io.StringIO(text)))
    workbook = load_workbook(io.BytesIO(monitor.get(f"{MONTH}/bang/xlsx").content))
    headings, *sheet = [[cell.value for cell in row] for row in workbook.active.iter_rows()]
    assert list(lines[0]) == headings
    for line, cells in zip(lines, sheet, strict=True):
        told = dict(zip(headings, cells, strict=True))
        for name in ("Quy định", "Kế hoạch", "Đã giao", "Báo đã phát", "Nghe được", "Được tính", "Còn thiếu"):
            hours, minutes, seconds = map(int, line[name].split(":"))
            assert f"{hours * 60 + minutes}:{seconds:02d}" in page
            assert spread(told[name]) == timedelta(hours=hours, minutes=minutes, seconds=seconds)
        assert told["Đài"] == line["Đài"]
        assert told["Đài"] in page
        assert line["Tình trạng"] in page
        assert line["Dự báo"] in words(monitor.get(f"{MONTH}/dai/{line['Mã đài']}").text)


def spread(cell: time | timedelta) -> timedelta:
    """A length as the reader of the workbook gives it: less than a day may come as a time of day."""
    if isinstance(cell, timedelta):
        return cell
    return timedelta(hours=cell.hour, minutes=cell.minute, seconds=cell.second)


def test_the_last_months_stand_beside_each_other(monitor: Client) -> None:
    page = monitor.get(f"{MONTH}/xu-huong?tier=district").text
    assert "11/2026 không có lịch công bố 12/2026 0/1" in words(page)
    assert page.count('class="trends"') == 1
    assert page.count('class="mark"') == 1, "one station, one line of what is required"
    assert monitor.get("/thang/2027-06/xu-huong").status_code == 404


def test_what_is_said_is_seen_at_once_and_only_by_who_reaches_it(sounding_home: World, tmp_path: Path) -> None:
    world = open_world(
        copy_home(sounding_home.context.home, tmp_path / "home"), now=MID_MONTH, keys=dict(sounding_home.keys)
    )
    officer = add_person(world.context, "can-bo", ["operator"], unit_id=world.keys["24490"])
    with client_of(world.context) as monitor, client_of(world.context, who=officer) as own:
        assert rows_of(own.get(MONTH).text) == ["x24490"], "one station, the officer's"
        assert monitor.get(MONTH).text.count('href="/thang/2026-12/dai/h654#duoc-tinh"><b>0:00</b>') == 1
        form = monitor.get("/dai/h654/2026-12/phat-song").text
        for slot in set(re.findall(r'name="slot" value="([^"]+)"', form)):
            token = re.search(r'name="csrf" value="([^"]+)"', form)
            assert token is not None
            said = {"csrf": token[1], "slot": slot, "do": "aired"}
            assert monitor.post("/dai/h654/2026-12/phat-song", data=said).status_code == 200
        assert '#duoc-tinh"><b>0:00</b>' not in monitor.get(f"{MONTH}?tier=district").text
    world.context.close()


def test_of_very_many_districts_a_page_shows_none_until_it_is_asked_to(sounding_home: World, tmp_path: Path) -> None:
    world = open_world(
        copy_home(sounding_home.context.home, tmp_path / "home"), now=MID_MONTH, keys=dict(sounding_home.keys)
    )
    for number in range(40):
        world.add_unit(f"d{number}", f"Huyện số {number}", level="district", kind="Huyện", parent="66")
        world.add_station(f"s{number}", unit=f"d{number}", tier="district", name=f"Đài số {number}")
    with client_of(world.context) as client:
        page = client.get(MONTH).text
        assert "Xem từng huyện (41)" in page
        assert 'class="tiles"' not in page
        assert len(re.findall(r'<option value="d\d+"', page)) == 40
        drawn = client.get(f"{MONTH}?huyen=1").text
        assert words(drawn).count("/2 có phát") == 1
        assert 'x="0" y="816"' in drawn, "five in a line, since nobody wrote down where these lie"
    world.context.close()


def test_a_station_beside_the_table_says_why_and_what_to_do(monitor: Client) -> None:
    page = monitor.get(f"{MONTH}/dai/h654").text
    told = words(page)
    assert "0:00 / 0:20 · chưa có số liệu thiếu 0:20" in told
    assert 'href="/thang/2026-12/du-bao/h654">Thêm khung phát đề xuất' in page
    assert "Đã được tính 0 giây" in told
    assert "? chưa báo" in told
    assert re.search(r'href="/dai/h654/2026-12/phat-song#h654\.\d+T\d+"', page)
    assert "Sắp tới:" in told
    token = re.search(r'name="csrf" value="([^"]+)"', page)
    assert token is not None
    asked = {"csrf": token[1], "station.h654": "on", "channel.page": "on", "do": "preview"}
    assert "Lời sẽ gửi" in words(monitor.post(f"{MONTH}/don-doc", data=asked).text), "its form leads to what is sent"
    unplanned = words(monitor.get("/thang/2027-06/dai/h654").text)
    assert "chưa có lịch" in unplanned
    assert monitor.get(f"{MONTH}/dai/khong-co").status_code == 404


def test_each_day_is_as_dark_as_much_of_it_was_aired(sounding_home: World, tmp_path: Path) -> None:
    home = copy_home(sounding_home.context.home, tmp_path / "home")
    world = open_world(home, now=MID_MONTH, keys=dict(sounding_home.keys))
    world.add_unit("652", "Huyện M'Đrắk", level="district", kind="Huyện", parent="66")
    world.add_station("h652", unit="652", tier="district", name="Đài huyện M'Đrắk")
    slots = [slot for slot in station_proof(world.context, "h654", Month(2026, 12)).slots if slot.starts_at < MID_MONTH]
    assert len(slots) > 1
    say(world.context, [Said(line=1, slot=slots[0].key, aired=True)], source="page", station="h654")
    first, second = (slot.starts_at.astimezone(ZONE).day for slot in slots[:2])
    with client_of(world.context) as client:
        districts, station = (
            lines_of(client.get(f"{MONTH}/ban-nhiet{asked}").text) for asked in ("", "?theo=dai&tier=district")
        )
        assert "chưa có lịch được công bố" in words(client.get("/thang/2027-06/ban-nhiet").text)
    world.context.close()
    assert list(districts) == ["Huyện Krông Pắc", "Huyện M'Đrắk"]
    assert districts["Huyện Krông Pắc"][second] in {("s0", "0"), ("snext", "")}
    assert station["Đài Truyền thanh - Truyền hình huyện Krông Pắc"][first] == ("s4", "<1")
    assert station["Đài Truyền thanh - Truyền hình huyện Krông Pắc"][second][0] in {"s0", "snext"}
    assert set(station["Đài huyện M'Đrắk"].values()) == {("", "")}


def lines_of(page: str) -> dict[str, dict[int, tuple[str, str]]]:
    """By the name of each line: class and text of its days."""
    found = {}
    for line in re.findall(r'<tr><th scope="row">(.*?)</tr>', page, re.DOTALL):
        cells = [(kind, unescape(text)) for kind, text in re.findall(r'<td(?: class="(s\w+)")?>([^<]*)</td>', line)]
        found[unescape(re.sub("<.*?>", "", line.partition("</th>")[0]))] = dict(enumerate(cells[:31], 1))
    return found


def test_a_view_is_saved_opened_in_another_month_and_removed_without_script(world: World) -> None:
    world.now = MID_MONTH
    with client_of(world.context) as client:
        page = client.get(f"{MONTH}?district=654&tier=commune").text
        form = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page[page.index('id="cach-xem"') :]))
        refused = client.post(f"{MONTH}/cach-xem", data=form | {"name": "x" * 61})
        assert refused.status_code == 400
        assert "x" * 61 in refused.text, "what was typed stays"
        assert rows_of(refused.text) == ["x24502", "x24490"], "so does the view"
        saved = client.post(f"{MONTH}/cach-xem", data=form | {"name": "Xã ở Krông Pắc <b>"}, follow_redirects=False)
        assert saved.headers["location"] == f"{MONTH}?tier=commune&district=654"
        shown = client.get(f"{MONTH}?tier=commune&district=654").text
        assert 'aria-current="true">Xã ở Krông Pắc &lt;b&gt;</a>' in shown
        number = re.search(r"/cach-xem/(\d+)/xoa", shown)
        assert number is not None
        client.post(f"{MONTH}/cach-xem/{number[1]}/xoa", data={"csrf": form["csrf"]})
        assert "/cach-xem/" not in client.get(MONTH).text


def test_looking_again_asks_the_database_next_to_nothing(december: World, monitor: Client) -> None:
    asked: list[str] = []

    @event.listens_for(december.context.database.engine, "before_cursor_execute")
    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        asked.append(statement)

    monitor.get(MONTH)
    asked.clear()
    monitor.get(f"{MONTH}?sort=-counted")
    event.remove(december.context.database.engine, "before_cursor_execute", note)
    assert len([each for each in asked if each.startswith("SELECT")]) < 12


def test_every_district_of_the_province_has_a_place_of_its_own_on_the_map() -> None:
    districts = {unit.code for unit in read_units("2021") if unit.level == "district"}
    assert set(PLACES) == districts
    assert len(set(PLACES.values())) == len(districts)
    assert PLACES["646"] < PLACES["654"] < PLACES["656"], "from Ea Súp in the north to Lắk in the south"
