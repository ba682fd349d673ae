"""Figures of a small province's month, as services will give them."""

from collections.abc import Sequence
from datetime import UTC, date, datetime

from server.reports.figures import (
    Closing,
    LetterFigures,
    LogbookFigures,
    LogbookLine,
    Missed,
    Office,
    Proposal,
    ReportFigures,
    Scope,
    StationRow,
    Status,
    TopicRow,
    TrendRow,
)

MINUTE = 60_000
REQUIRED_MS = 15 * MINUTE
# 23:59:59.999 of 31 December in Vietnam.
AS_OF = datetime(2026, 12, 31, 16, 59, 59, 999_000, tzinfo=UTC)
DISTRICTS = (
    "Thành phố Buôn Ma Thuột",
    "Thị xã Buôn Hồ",
    "Huyện Ea H'Leo",
    "Huyện Ea Súp",
    "Huyện Buôn Đôn",
    "Huyện Cư M'gar",
    "Huyện Krông Búk",
    "Huyện Krông Năng",
    "Huyện Ea Kar",
    "Huyện M'Đrắk",
    "Huyện Krông Bông",
    "Huyện Krông Pắc",
    "Huyện Krông A Na",
    "Huyện Lắk",
    "Huyện Cư Kuin",
)


def office(**changes: object) -> Office:
    given: dict[str, object] = {
        "agency_over": "UBND tỉnh Đắk Lắk",
        "agency": "Sở Thông tin và Truyền thông",
        "place": "Đắk Lắk",
        "number": "BC-STTTT",
        "signer_title": "KT. Giám đốc\nPhó Giám đốc",
        "recipients": ("UBND tỉnh (báo cáo);", "Sở Nội vụ (tổng hợp);", "Lưu: VT, TTBCXB."),
    }
    return Office(**(given | changes))  # type: ignore[arg-type]


def station_row(position: int = 1, **changes: object) -> StationRow:
    counted_ms = int(changes.get("counted_ms", 14 * MINUTE + 59_600))  # type: ignore[call-overload]
    short_ms = max(REQUIRED_MS - counted_ms, 0)
    given: dict[str, object] = {
        "position": position,
        "code": f"h{640 + position}",
        "name": "Đài Truyền thanh - Truyền hình huyện Krông Pắc",
        "area": "Huyện Krông Pắc",
        "tier": "district",
        "slots_planned": 8,
        "slots_aired": 7,
        "urgent": 1,
        "required_ms": REQUIRED_MS,
        "planned_ms": 16 * MINUTE + 2_250,
        "delivered_ms": 16 * MINUTE + 2_250,
        "reported_ms": 15 * MINUTE + 40,
        "logged_ms": 14 * MINUTE + 59_600,
        "heard_ms": 3 * MINUTE,
        "counted_ms": counted_ms,
        "short_ms": short_ms,
        "status": "not_met" if short_ms else "met",
        "status_words": "Chưa đạt" if short_ms else "Đạt",
        "note": "Máy phát hỏng từ 12 đến 20/12" if short_ms else "",
    }
    return StationRow(**(given | changes))  # type: ignore[arg-type]


def province(stations: int = 199) -> tuple[StationRow, ...]:
    """15 district stations that something is required of, the others of communes that nothing is."""
    made = []
    for index in range(stations):
        area = DISTRICTS[index % len(DISTRICTS)]
        if index < len(DISTRICTS):
            made.append(
                station_row(
                    index + 1,
                    name=f"Đài Truyền thanh - Truyền hình {area[0].lower()}{area[1:]}",
                    area=area,
                    counted_ms=REQUIRED_MS - 61_400 + index * 9_777,
                )
            )
        else:
            status: Status = "none"
            made.append(
                station_row(
                    index + 1,
                    code=f"x{24_000 + index}",
                    name=f"Đài truyền thanh xã Ea Yông {index}",
                    area=area,
                    tier="commune",
                    required_ms=0,
                    short_ms=0,
                    counted_ms=(index % 7) * MINUTE,
                    status=status,
                    status_words="Không quy định",
                    note="",
                )
            )
    return tuple(made)


def figures(**changes: object) -> ReportFigures:
    given: dict[str, object] = {
        "kind": "month",
        "period": "tháng 12 năm 2026",
        "first": date(2026, 12, 1),
        "last": date(2026, 12, 31),
        "scope": Scope(kind="province"),
        "office": office(),
        "campaign": "Tuyên truyền CCHC",
        "legal_grounds": ("Căn cứ Kế hoạch của UBND tỉnh về tuyên truyền cải cách hành chính năm 2021;",),
        "as_of": AS_OF,
        "policy": "máy ghi của đài trở lên",
        "sentences": (
            "Trong tháng 12 năm 2026 có 15 đài cấp huyện phải phát ít nhất 15 phút chuyên mục “Tuyên truyền CCHC”; 9 đài đạt, 6 đài chưa đạt.",
            "Các buôn Ƀuôn Ŏ, Čư Ñĭm và Êđê Hbŭk nghe chương trình tiếng Ê Đê lúc 18:45.",
        ),
        "rows": province(20),
        "topics": (
            TopicRow(
                topic="Cải cách thể chế",
                lead="Sở Tư pháp",
                segments=4,
                airings=31,
                planned_ms=120 * MINUTE,
                counted_ms=100 * MINUTE + 333,
            ),
            TopicRow(
                topic="Cải cách thủ tục hành chính, một cửa và một cửa liên thông",
                lead="Văn phòng UBND tỉnh",
                segments=9,
                airings=77,
                planned_ms=240 * MINUTE,
                counted_ms=200 * MINUTE + 667,
            ),
        ),
        "trend": tuple(
            TrendRow(
                month=f"2026-{month:02d}",
                stations_met=month,
                stations=15,
                required_ms=15 * REQUIRED_MS,
                counted_ms=(150 + month * 6) * MINUTE + 999,
            )
            for month in range(7, 13)
        ),
        "missed": (
            Missed(
                station="Đài Truyền thanh - Truyền hình huyện Krông Pắc",
                starts_at=datetime(2026, 11, 30, 22, 0, tzinfo=UTC),
                what="Tuyên truyền CCHC: Một cửa điện tử ở xã Ea Yông",
                length_ms=5 * MINUTE,
                reason="Mất điện",
            ),
        ),
        "closing": Closing(
            code="BC-7F3K-29QD", url="https://loa.example.vn/kiem-tra/BC-7F3K-29QD", hash="9f86d081" * 8
        ),
    }
    return ReportFigures(**(given | changes))  # type: ignore[arg-type]


def letter(rows: Sequence[StationRow] | None = None, **changes: object) -> LetterFigures:
    given: dict[str, object] = {
        "office": office(number="STTTT-TTBCXB"),
        "subject": "đôn đốc phát chuyên mục Tuyên truyền CCHC tháng 12 năm 2026",
        "to": ("UBND huyện Krông Pắc;", "Đài Truyền thanh - Truyền hình huyện Krông Pắc."),
        "period": "tháng 12 năm 2026",
        "campaign": "Tuyên truyền CCHC",
        "legal_grounds": ("Thực hiện Kế hoạch của UBND tỉnh về tuyên truyền cải cách hành chính năm 2021;",),
        "as_of": AS_OF,
        "policy": "máy ghi của đài trở lên",
        "by": date(2026, 12, 31),
        "rows": tuple(rows) if rows else (station_row(),),
        "proposals": (
            Proposal(
                starts_at=datetime(2026, 12, 30, 22, 5, tzinfo=UTC),
                what="Dân hỏi - Thủ trưởng cơ quan hành chính trả lời",
                length_ms=5 * MINUTE,
            ),
        ),
        "contact": "Phòng Thông tin - Báo chí - Xuất bản",
    }
    return LetterFigures(**(given | changes))  # type: ignore[arg-type]


def logbook(**changes: object) -> LogbookFigures:
    lines = tuple(
        LogbookLine(
            starts_at=datetime(2026, 11, 29 + (index + 1) // 2 if index < 2 else 30, 22, 5, tzinfo=UTC)
            if index < 2
            else datetime(2026, 12, index, 10, 30, tzinfo=UTC),
            column="Tuyên truyền CCHC",
            titles=("Một cửa điện tử ở xã Ea Yông: nộp hồ sơ tại nhà", "Hỏi đáp về dịch vụ công trực tuyến"),
            length_ms=8 * MINUTE + 14_000,
            aired=(True, False, None)[index % 3],
            source=("Máy ghi của đài", "Đài báo", "")[index % 3],
            note="Mất điện" if index % 3 == 1 else "",
        )
        for index in range(6)
    )
    given: dict[str, object] = {
        "office": office(
            number="", agency_over="UBND huyện Krông Pắc", agency="Đài Truyền thanh - Truyền hình huyện Krông Pắc"
        ),
        "station": "Đài Truyền thanh - Truyền hình huyện Krông Pắc",
        "area": "Huyện Krông Pắc",
        "first": date(2026, 11, 30),
        "last": date(2026, 12, 6),
        "as_of": AS_OF,
        "lines": lines,
    }
    return LogbookFigures(**(given | changes))  # type: ignore[arg-type]
