"""Records of a source system: strict types, and every refusal with its path."""

import json
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schedules.logs.lines import Fault, LogLine, LogUnreadable, Reading
from schedules.logs.source_system import read_source_system
from tests.schedules_exports.builders import bounded

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
GOOD: dict[str, Any] = {
    "NguonID": "N-1",
    "CumLoaID": "C-654",
    "BanTinID": 77,
    "LoaiBanTin": 3,
    "MucDoUuTien": 3,
    "TieuDe": "Một cửa",
    "ThoiLuong": 95.5,
    "ThoiDiemBatDau": 1_774_976_400,
    "TiepAm": 0,
}


def read(*records: object) -> Reading:
    return read_source_system(json.dumps(records).encode(), ZONE, stations={"C-654": "h654"}, segments={"77": "s-1"})


def test_a_record_is_a_line_of_the_station_that_the_cluster_is() -> None:
    assert read(GOOD).lines == (
        LogLine(
            line=1,
            station="h654",
            segment="s-1",
            title="Một cửa",
            starts_at=datetime(2026, 3, 31, 17, 0, tzinfo=UTC),
            duration_ms=95_500,
        ),
    )


def test_a_bulletin_that_is_not_known_is_told_by_its_title_and_no_cluster_is_the_sender() -> None:
    line = read({"BanTinID": "x", "TieuDe": "Tin xã", "ThoiDiemBatDau": 1_774_976_400}).lines[0]
    assert (line.segment, line.title, line.station, line.duration_ms) == (None, "Tin xã", None, None)


@pytest.mark.parametrize(
    ("change", "field", "code"),
    [
        ({"ThoiLuong": "95"}, "[1].ThoiLuong", Fault.WRONG_TYPE),
        ({"ThoiLuong": True}, "[1].ThoiLuong", Fault.WRONG_TYPE),
        ({"ThoiLuong": 0}, "[1].ThoiLuong", Fault.DURATION_OUT_OF_RANGE),
        ({"ThoiLuong": 95_500}, "[1].ThoiLuong", Fault.DURATION_OUT_OF_RANGE),
        ({"ThoiDiemBatDau": None}, "[1].ThoiDiemBatDau", Fault.MISSING),
        ({"ThoiDiemBatDau": "2026"}, "[1].ThoiDiemBatDau", Fault.WRONG_TYPE),
        ({"ThoiDiemBatDau": 1_774_976_400_000}, "[1].ThoiDiemBatDau", Fault.OUT_OF_RANGE),
        ({"LoaiBanTin": 1}, "[1].LoaiBanTin", Fault.NOT_AUDIO),
        ({"TiepAm": 2}, "[1].TiepAm", Fault.OUT_OF_RANGE),
        ({"MucDoUuTien": "1"}, "[1].MucDoUuTien", Fault.WRONG_TYPE),
        ({"CumLoaID": "C-1"}, "[1].CumLoaID", Fault.UNKNOWN_STATION),
        ({"BanTinID": None}, "[1].BanTinID", Fault.MISSING),
        ({"BanTinID": 1.5}, "[1].BanTinID", Fault.WRONG_TYPE),
        ({"BanTinID": 1, "TieuDe": " "}, "[1].TieuDe", Fault.NAMES_NOTHING),
        ({"TieuDe": "t" * 501}, "[1].TieuDe", Fault.TOO_LONG),
    ],
)
def test_a_fault_refuses_its_record_with_the_path(change: dict[str, Any], field: str, code: Fault) -> None:
    found = read(GOOD, GOOD | change, GOOD)
    assert [(refusal.line, refusal.field, refusal.code) for refusal in found.refused] == [(2, field, code)]
    assert [line.line for line in found.lines] == [1, 3]


def test_what_is_no_record_is_refused_alone() -> None:
    assert [(refusal.field, refusal.code) for refusal in read("x", GOOD).refused] == [("[0]", Fault.NOT_A_RECORD)]


@pytest.mark.parametrize(
    ("data", "problem"),
    [(b"{}", "not_json"), (b"[", "not_json"), (b"\xff", "not_json"), (b"[" * 100_000, "not_json"),
     (b"[" + b"1," * 20_000 + b"1]", "too_many_lines"), (b" " * 5_000_001, "too_large")],
)  # fmt: skip
def test_what_is_no_list_of_records_is_refused_whole(data: bytes, problem: str) -> None:
    with pytest.raises(LogUnreadable) as refused:
        read_source_system(data, ZONE, stations={}, segments={})
    assert refused.value.problem == problem


VALUES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()


@bounded
@given(st.lists(st.dictionaries(st.sampled_from(sorted(GOOD)), VALUES) | VALUES, max_size=5))
def test_no_record_fails_to_be_read_or_refused(records: list[object]) -> None:
    found = read(*records)
    assert len(found.lines) + len(found.refused) == len(records)
