"""Calendars imported by calcurse and asked for its days."""

import os
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from schedules.exports.calendars import numbered_items
from schedules.exports.printable import one_line
from tests.schedules_exports.builders import HO_CHI_MINH, NASTY_TITLES, calendar, event


def _calcurse(folder: Path, zone: str, *arguments: str) -> str:
    done = subprocess.run(
        ["calcurse", "-D", str(folder), *arguments],
        env={**os.environ, "TZ": zone, "LC_ALL": "C.UTF-8"},
        capture_output=True,
        check=True,
        timeout=60,
    )
    return done.stdout.decode("utf-8")


def _imported(tmp_path: Path, rendered: bytes, zone: str = "Asia/Ho_Chi_Minh") -> Path:
    source, folder = tmp_path / "lich.ics", tmp_path / "calcurse"
    source.write_bytes(rendered)
    said = _calcurse(folder, zone, "-i", str(source))
    assert "0 skipped" in said
    return folder


def _times(folder: Path, zone: str, day: str, days: int) -> list[str]:
    """Each appointment's start as calcurse shows it on its own clock."""
    asked = ("-Q", "--from", day, "--days", str(days), "--filter-type", "apt")
    said = _calcurse(folder, zone, *asked, "--format-apt", "%(start:%Y-%m-%d %H:%M) %(end:%Y-%m-%d %H:%M)\\n")
    return sorted({line for line in said.splitlines() if line.startswith("20")})


_BOUNDARY_SLOTS = [
    event(uid="a", starts_at=datetime(2026, 12, 31, 23, 59, tzinfo=HO_CHI_MINH), length_ms=120_000),
    event(uid="b", starts_at=datetime(2027, 1, 1, 0, 0, tzinfo=HO_CHI_MINH), length_ms=900_000),
    event(uid="c", starts_at=datetime(2027, 1, 1, 22, 10, tzinfo=UTC), length_ms=900_000),
]


@pytest.mark.parametrize(
    ("zone", "times"),
    [
        (
            "Asia/Ho_Chi_Minh",
            [
                "2026-12-31 23:59 2027-01-01 00:01",
                "2027-01-01 00:00 2027-01-01 00:15",
                "2027-01-02 05:10 2027-01-02 05:25",
            ],
        ),
        (
            "UTC",
            [
                "2026-12-31 16:59 2026-12-31 17:01",
                "2026-12-31 17:00 2026-12-31 17:15",
                "2027-01-01 22:10 2027-01-01 22:25",
            ],
        ),
    ],
)
def test_the_month_turns_at_midnight_of_the_station(tmp_path: Path, zone: str, times: list[str]) -> None:
    folder = _imported(tmp_path, calendar(_BOUNDARY_SLOTS), zone)
    assert _times(folder, zone, "12/31/2026", 4) == times


def test_nasty_titles_are_shown_as_they_are(tmp_path: Path) -> None:
    titles = [title for title in map(one_line, NASTY_TITLES) if title]
    start = datetime(2026, 12, 1, 0, 0, tzinfo=HO_CHI_MINH)
    events = [
        event(uid=str(number), summary=title, starts_at=start + timedelta(minutes=number), length_ms=60_000)
        for number, title in enumerate(titles)
    ]
    folder = _imported(tmp_path, calendar(events))
    said = _calcurse(folder, "Asia/Ho_Chi_Minh", "-Q", "--from", "12/01/2026", "--days", "1", "--format-apt", "> %m\\n")
    assert [line.removeprefix("> ") for line in said.splitlines() if line.startswith("> ")] == titles


def test_the_items_are_in_the_note(tmp_path: Path) -> None:
    told = numbered_items([("Một cửa điện tử ở xã Ea Yông", 192_360), ("Hai, ba; bốn: năm", 61_000)])
    folder = _imported(tmp_path, calendar([event(description=told)]))
    (note,) = (folder / "notes").iterdir()
    assert note.read_text().startswith(told)
