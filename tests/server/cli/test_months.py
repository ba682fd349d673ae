"""Closed months at the command line."""

import json
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlmodel import select

from schedules.months import Month
from server.db.library import Segment
from server.reports.default_template import default_template
from server.services.plans import make_plan, publish_plan
from tests.server.cli.command import NEXT_MONTH, did, loa
from tests.server.databases import behind, open_context
from tests.server.worlds import build_world

MONTH = Month(2024, 1)


@pytest.fixture(scope="module")
def past_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A district whose January of 2024 was published and is long over."""
    home = tmp_path_factory.mktemp("homes") / "past"
    world = build_world(home, now=datetime(2023, 12, 20, 1, 0, tzinfo=UTC))
    with world.change() as session:
        for segment in session.exec(select(Segment)):
            segment.valid_from = date(2023, 1, 1)
    make_plan(world.context, MONTH)
    publish_plan(world.context, MONTH)
    world.context.close()
    return home


def test_a_month_is_closed_shown_listed_and_checked(past_home: Path, tmp_path: Path) -> None:
    assert loa(past_home, "months", "show", "2024-01").returncode == 2
    assert loa(past_home, "months", "close", str(NEXT_MONTH)).returncode == 2
    closed = json.loads(did(past_home, "months", "close", "2024-01", "--json"))
    assert closed["hash"] in did(past_home, "months", "list")
    shown = did(past_home, "months", "show", "2024-01", "--number", "0")
    assert "Krông Pắc" in shown
    assert closed["hash"] in shown
    assert loa(past_home, "months", "close", "2024-01", "--reason", "Thử").returncode == 2
    made = json.loads(did(past_home, "reports", "make", "2024-01", "--out", str(tmp_path / "ra"), "--json"))
    assert sorted(path.suffix for path in (tmp_path / "ra").iterdir()) == [".docx", ".pdf", ".xlsx"]
    assert made["final"] is True
    (tmp_path / "mau.docx").write_bytes(default_template())
    assert "mau.docx" in did(past_home, "reports", "template", str(tmp_path / "mau.docx"))
    assert did(past_home, "months", "verify").strip() == "Các tháng đã chốt và báo cáo đã phát hành còn nguyên vẹn."
    with closing(open_context(home=past_home)) as context, behind(context) as rows:
        rows.execute("UPDATE report_file SET content = ? WHERE format = 'xlsx'", (b"\0",))
        rows.execute("UPDATE closed_figure SET station_name = 'Đài khác' WHERE rule = 'cchc-huyen'")
    done = loa(past_home, "months", "verify")
    assert done.returncode == 1
    assert "h654" in done.stdout
    assert "cchc-huyen" in done.stdout
    assert f"{made['code']}: tệp xlsx đã bị sửa" in done.stdout
    assert json.loads(loa(past_home, "months", "verify", "--json").stdout)["faults"][0]["how"] == "altered"


def test_stations_that_are_short_are_urged(past_home: Path) -> None:
    told = did(past_home, "months", "urge", "2024-01", "--by", "page", "--by", "webhook")
    assert "Đã ghi 1 lời đôn đốc." in told
    assert "thông báo trên trang của đài" in told
    assert "đài không có webhook" in told


def test_the_forecast_of_a_month_tells_who_misses(past_home: Path) -> None:
    done = loa(past_home, "months", "forecast", "2024-01")
    assert done.returncode == 1
    assert "Krông Pắc sẽ không đạt:" in done.stdout
    assert "Tháng đã hết, được tính 0 giây trên 15 phút." in done.stdout
