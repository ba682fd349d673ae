"""From numbers to sentences: what is well, to be looked at, failed; each fault with its mend."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from server.services.measures import Going, Room
from server.services.stations_seen import Silence
from server.services.status import ProcessFacts, certificate_part, files_part, parts, process_parts
from tests.server.services.measured import ALL_SENT, MEASURES, NOTHING, NOW, STORED, waiting


def levels(*, mail: bool = True, **changed: Any) -> dict[str, str]:
    """Of the parts that are not well; `changed` are fields of what the database tells."""
    stored = msgspec.structs.replace(STORED, **changed)
    found = parts(msgspec.structs.replace(MEASURES, stored=stored), mail=mail)
    assert all(bool(part.finding.mend) == (part.finding.level != "ok") for part in found)
    return {part.code: part.finding.level for part in found if part.finding.level != "ok"}


def test_a_service_with_nothing_wrong_is_well() -> None:
    assert levels() == {}


def test_letters_that_nobody_set_up_are_neither_well_nor_amiss() -> None:
    assert levels(mail=False) == {"letters": "unset"}


@pytest.mark.parametrize(
    ("changed", "found"),
    [
        ({"processing": waiting(3, minutes=14)}, {}),
        ({"processing": waiting(3, minutes=15)}, {"queue": "warning"}),
        ({"processing": waiting(3, hours=2)}, {"queue": "failed"}),
        ({"processing": waiting(1, minutes=1), "troubled": 1}, {"queue": "warning"}),
        ({"workers": []}, {"workers": "warning"}),
        ({"workers": [], "processing": waiting(1, minutes=1)}, {"workers": "failed"}),
        ({"errands": waiting(1, minutes=119)}, {}),
        ({"errands": waiting(1, hours=2)}, {"errands": "warning"}),
        ({"unheard": waiting(1, hours=5)}, {}),
        ({"unheard": waiting(1, hours=6)}, {"unheard": "warning"}),
        ({"unjudged": waiting(1, days=7)}, {"unjudged": "warning"}),
        ({"unclosed": waiting(1, days=30)}, {}),
        ({"unclosed": waiting(1, days=31)}, {"unclosed": "warning"}),
        ({"stations": Silence(stations=2, with_program=2, silent=1, troubled=0)}, {"stations": "warning"}),
        ({"stations": Silence(stations=2, with_program=2, silent=0, troubled=1)}, {"stations": "warning"}),
        ({"stations": Silence(stations=2, with_program=0, silent=0, troubled=0)}, {}),
        ({"letters": Going(waiting=waiting(2, minutes=59), failing=0, given_up=0)}, {}),
        ({"letters": Going(waiting=waiting(2, hours=1), failing=0, given_up=0)}, {"letters": "warning"}),
        ({"letters": Going(waiting=waiting(2, minutes=1), failing=1, given_up=0)}, {"letters": "warning"}),
        ({"messages": Going(waiting=NOTHING, failing=0, given_up=1)}, {"messages": "warning"}),
        ({"backup_at": None}, {"backup": "warning"}),
        ({"backup_at": NOW - timedelta(hours=25)}, {}),
        ({"backup_at": NOW - timedelta(hours=26)}, {"backup": "warning"}),
        ({"backup_at": NOW - timedelta(days=7)}, {"backup": "failed"}),
    ],
)
def test_work_that_waits_too_long_is_told(changed: dict[str, Any], found: dict[str, str]) -> None:
    assert levels(**changed) == found


@pytest.mark.parametrize(
    ("changed", "found"),
    [
        ({"connections": 77}, {}),
        ({"connections": 78}, {"connections": "warning"}),
        ({"clock_offset": timedelta(seconds=-2)}, {"clock": "warning"}),
        ({"clock_offset": timedelta(minutes=1)}, {"clock": "failed"}),
        ({"collation": "vi_VN.UTF-8"}, {"database": "failed"}),
        ({"encoding": "LATIN1"}, {"database": "failed"}),
        ({"encoding": None, "collation": None, "connections": None, "clock_offset": None, "kind": "sqlite"}, {}),
    ],
)
def test_a_database_in_trouble_is_told(changed: dict[str, Any], found: dict[str, str]) -> None:
    assert levels(facts=msgspec.structs.replace(STORED.facts, **changed)) == found


def test_where_letters_are_not_sent_none_is_missed() -> None:
    assert levels(mail=False, letters=Going(waiting=waiting(2, days=1), failing=1, given_up=1)) == {"letters": "unset"}
    assert STORED.letters == ALL_SENT


def test_without_its_database_only_that_and_the_ground_are_told() -> None:
    found = parts(msgspec.structs.replace(MEASURES, stored=None, fault="no route to host"), mail=True)
    assert [(part.code, part.finding.level) for part in found] == [
        ("database", "failed"),
        ("disk", "ok"),
        ("store_disk", "ok"),
        ("store", "ok"),
    ]
    assert "no route to host" in found[0].finding.seen


@pytest.mark.parametrize(("answers", "level"), [(True, "ok"), (False, "failed"), (None, "failed")])
def test_a_store_that_does_not_answer_has_failed(answers: bool | None, level: str) -> None:  # noqa: FBT001 (a table)
    found = parts(msgspec.structs.replace(MEASURES, store_answers=answers), mail=True)
    assert {part.code: part.finding.level for part in found}["store"] == level


@pytest.mark.parametrize(
    ("free", "level"),
    [(2 * 10**9, "ok"), (2 * 10**9 - 1, "warning"), (64 * 10**6, "warning"), (64 * 10**6 - 1, "failed")],
)
def test_a_disk_is_looked_at_before_it_is_full(free: int, level: str) -> None:
    found = parts(msgspec.structs.replace(MEASURES, home=Room(free=free, size=10**12)), mail=True)
    assert {part.code: part.finding.level for part in found}["disk"] == level


@pytest.mark.parametrize(
    ("left", "level"),
    [
        (timedelta(days=22), "ok"),
        (timedelta(days=21), "warning"),
        (timedelta(days=3), "failed"),
        (-timedelta(days=3), "failed"),
        (None, "failed"),
    ],
)
def test_a_certificate_is_told_of_three_weeks_ahead(left: timedelta | None, level: str) -> None:
    assert certificate_part(NOW + left if left is not None else None, NOW).finding.level == level


@pytest.mark.parametrize(("lag", "level"), [(0.49, "ok"), (0.5, "warning"), (5.0, "failed")])
def test_a_process_that_lags_is_told(lag: float, level: str) -> None:
    facts = ProcessFacts(
        host="h",
        number=1,
        since=NOW,
        release="0.1.0",
        loop_lag_s=lag,
        threads_busy=1,
        threads=12,
        threads_waiting=0,
        most_files=1024,
    )
    assert [(part.code, part.finding.level) for part in process_parts(facts)] == [
        ("version", "ok"),
        ("loop", level),
        ("files", "warning"),
    ]
    assert files_part(4096).finding.level == "ok"
