"""`loa plan explain` and `loa segments where`."""

import json
from pathlib import Path

from tests.server.cli.command import NEXT_MONTH, did, loa

MONTH = str(NEXT_MONTH)


def test_a_stations_month_is_explained_in_words_and_as_json(published_home: Path) -> None:
    told = did(published_home, "plan", "explain", "h654", MONTH)
    assert f"(h654) · {MONTH} · lịch đã công bố, bản 1" in told
    assert "✓ " in told
    assert "Cân đối nội dung" in told
    found = json.loads(did(published_home, "plan", "explain", "h654", MONTH, "--json"))
    assert [each["mend"] for each in found["verdicts"]] == [None]


def test_a_draft_that_is_not_there_is_refused(published_home: Path) -> None:
    done = loa(published_home, "plan", "explain", "h654", MONTH, "--draft")
    assert done.returncode != 0
    assert "bản nháp" in done.stderr


def test_a_segment_says_where_it_is_aired(published_home: Path) -> None:
    told = did(published_home, "segments", "where", "b0001", MONTH)
    assert " lượt ở " in told
    found = json.loads(did(published_home, "segments", "where", "b0001", MONTH, "--json"))
    assert found["airings"] == sum(len(each["starts"]) for each in found["stations"])
    unplanned = did(published_home, "segments", "where", "b0001", str(NEXT_MONTH.next()))
    assert "Không đài nào phát. Tháng này chưa có lịch." in unplanned
