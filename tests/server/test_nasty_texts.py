"""Whatever titles and names a person can give: each export says them as they are, to parsers that are not ours."""

import configparser
import csv
import io
import json
import unicodedata
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from contextlib import contextmanager
from html.parser import HTMLParser
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import m3u8
import pytest
import vobject
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlmodel import select

from server.db.library import Segment
from server.db.registry import Station
from server.services.plain_text import one_line
from server.services.plans import make_plan, publish_plan
from server.services.refusals import BadField
from tests.schedules_exports.builders import NASTY_TITLES, nasty_texts
from tests.server.api.conftest import Client, client_of
from tests.server.homes import copy_home
from tests.server.worlds import BEFORE, MONTH, World, build_world, open_world

SEGMENTS = 6
STATION = "/api/v1/stations/h654/months/2026-12"
_XSPF = "{http://xspf.org/ns/0/}"


def taken(text: str) -> str:
    """As the library keeps it; "" where it refuses it."""
    try:
        return one_line("title", text, longest=200)
    except BadField:
        return ""


titles = (st.sampled_from(NASTY_TITLES) | nasty_texts).map(taken).filter(bool)


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> World:
    """A district without plans; each example takes a copy, since published plans keep the titles that they had."""
    world = build_world(tmp_path_factory.mktemp("nasty") / "home", segments=SEGMENTS)
    world.context.close()
    return world


@contextmanager
def opened(base: World) -> Iterator[World]:
    with TemporaryDirectory() as folder:
        world = open_world(copy_home(base.context.home, Path(folder) / "home"), now=BEFORE, keys=dict(base.keys))
        yield world
        world.context.close()


def _name(world: World, given_titles: list[str], station: str) -> None:
    with world.change() as session:
        for row, title in zip(session.exec(select(Segment).order_by(Segment.code)), given_titles, strict=True):
            row.title = title
            session.add(row)
        place = session.exec(select(Station).where(Station.code == "h654")).one()
        place.name = station
        session.add(place)
    make_plan(world.context, MONTH)
    publish_plan(world.context, MONTH)


@given(st.lists(titles, min_size=SEGMENTS, max_size=SEGMENTS), titles)
@settings(
    max_examples=6,
    phases=[Phase.explicit, Phase.generate],
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.filter_too_much],
)
def test_every_export_says_every_title_as_it_is(base: World, given_titles: list[str], station: str) -> None:
    with opened(base) as place:
        _name(place, given_titles, station)
        with client_of(place.context) as api:
            _read_all(api, given_titles)


def _read_all(api: Client, given_titles: list[str]) -> None:
    slots = api.get("/api/v1/plans/2026-12/stations/h654").json()["slots"]
    aired = [item["title"] for slot in slots for item in slot["items"]]
    assert aired
    assert set(aired) <= set(given_titles)

    read = json.loads(api.get(f"{STATION}/playlist.json").content)
    said = [track["title"] for track in read["tracks"]]
    planned = [title for title in said if title in set(given_titles)]
    assert planned == aired

    root = ET.fromstring(api.get(f"{STATION}/playlist.xspf").content)  # noqa: S314 (our own document)
    assert [entry.findtext(f"{_XSPF}title") or "" for entry in root.iter(f"{_XSPF}track")] == said

    listed = configparser.ConfigParser(interpolation=None, strict=True)
    listed.read_string(api.get(f"{STATION}/playlist.pls").content.decode())
    assert int(listed["playlist"]["NumberOfEntries"]) == len(said)
    assert len(listed["playlist"]) == 3 * len(said) + 2

    playlist = m3u8.loads(api.get(f"{STATION}/playlist.m3u8").content.decode())
    assert len(playlist.segments) == len(said)
    assert all("/api/v1/audio/" in segment.uri for segment in playlist.segments)

    rows = list(csv.DictReader(io.StringIO(api.get(f"{STATION}/playlist.csv").content.decode("utf-8-sig"))))
    assert len(rows) == len(said)
    for row in rows:
        _harmless(list(row.values()))

    lines = api.get(f"{STATION}/playlist.liq").content.decode().splitlines()
    assert len([line for line in lines if line.startswith("annotate:")]) == len(said)

    _read_calendar(api.get(f"{STATION}/calendar.ics").content.decode(), slots)

    verdicts = list(csv.reader(io.StringIO(api.get("/api/v1/checks/2026-12/verdicts.csv").content.decode("utf-8-sig"))))
    assert len({len(row) for row in verdicts}) == 1
    for cells in verdicts[1:]:
        _harmless(cells)

    for path in ("/dai/h654/2026-12", "/bai", "/thang/2026-12", "/bai/b0001"):
        page = api.get(path)
        assert page.status_code == 200
        _harmless_page(page.text)
    shown = Texts.of(api.get("/bai/b0001").text)
    assert " ".join(given_titles[0].split()) in shown


def _read_calendar(content: str, slots: list[dict[str, Any]]) -> None:
    calendar: Any = vobject.readOne(content)
    living = [event for event in calendar.vevent_list if event.status.value != "CANCELLED"]
    assert len(living) == len(slots)
    told = {event.dtstart.value.isoformat(): event.description.value for event in living}
    for slot in slots:
        described = next(text for at, text in told.items() if at[:16] == slot["starts_at"][:16])
        for item in slot["items"]:
            assert item["title"] in described


def _harmless(cells: list[str]) -> None:
    """No cell is a formula to a spreadsheet, and none has a character that moves a cursor or ends a line."""
    for cell in cells:
        assert not cell.startswith(("=", "+", "-", "@", "\t", "\r")), cell
        assert not any(unicodedata.category(letter) == "Cc" and letter != "\n" for letter in cell), cell


def _harmless_page(html: str) -> None:
    """Titles made no element and no attribute: scripts are our own files, and nothing listens to events."""

    class Reader(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            given_names = {name for name, _value in attrs}
            assert not {name for name in given_names if name.startswith("on")}, attrs
            assert tag not in {"iframe", "object", "embed", "base"}
            if tag == "script":
                assert str(dict(attrs).get("src", "")).startswith("/static/")

    Reader().feed(html)


class Texts(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []

    def handle_data(self, data: str) -> None:
        self.parts.append(data)

    @classmethod
    def of(cls, html: str) -> str:
        reader = cls()
        reader.feed(html)
        return " ".join(" ".join(reader.parts).split())


def test_an_example_of_each_kind_of_title_is_taken_or_refused_as_a_whole(tmp_path: Path) -> None:
    assert tmp_path.is_dir()
    kept = [taken(title) for title in NASTY_TITLES]
    assert "=1+1" in kept
    assert "" in kept
    assert not [title for title in kept if "\n" in title or "\x00" in title]
