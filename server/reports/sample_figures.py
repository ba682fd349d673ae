"""Made-up figures to try a template on: one report with something in every field, and one with as little as can be."""

from datetime import UTC, date, datetime

from msgspec.structs import replace

from server.reports.figures import (
    Change,
    Closing,
    Missed,
    Office,
    ReportFigures,
    Scope,
    StationRow,
    TopicRow,
    TrendRow,
)

_AS_OF = datetime(2026, 12, 31, 16, 59, 59, tzinfo=UTC)


def sample_figures() -> tuple[ReportFigures, ReportFigures]:
    full = ReportFigures(
        kind="month",
        period="tháng 12 năm 2026",
        first=date(2026, 12, 1),
        last=date(2026, 12, 31),
        scope=Scope(kind="province"),
        office=Office(
            agency_over="UBND tỉnh",
            agency="Sở mẫu",
            place="Nơi mẫu",
            number="BC-SM",
            signer_title="Giám đốc",
            recipients=("Như trên;", "Lưu: VT."),
        ),
        campaign="Chuyên mục mẫu",
        legal_grounds=("Căn cứ văn bản mẫu;",),
        as_of=_AS_OF,
        policy="đài báo trở lên",
        sentences=("Một đoạn văn mẫu.",),
        rows=(_row(1, "Đài mẫu một", 900_000), _row(2, "Đài mẫu hai", 600_000)),
        topics=(
            TopicRow(
                topic="Nội dung mẫu",
                lead="Sở mẫu",
                segments=2,
                airings=4,
                planned_ms=1_800_000,
                counted_ms=1_500_000,
            ),
        ),
        trend=(
            TrendRow(month="2026-11", stations_met=2, stations=2, required_ms=1_800_000, counted_ms=1_900_000),
            TrendRow(month="2026-12", stations_met=1, stations=2, required_ms=1_800_000, counted_ms=1_500_000),
        ),
        missed=(Missed(station="Đài mẫu hai", starts_at=_AS_OF, what="Bài mẫu", length_ms=300_000, reason="Mất điện"),),
        changes=(
            Change(
                month="2026-12",
                station="Đài mẫu hai",
                planned_before_ms=900_000,
                planned_ms=900_000,
                reported_before_ms=300_000,
                reported_ms=600_000,
                counted_before_ms=300_000,
                counted_ms=600_000,
                short_before_ms=600_000,
                short_ms=300_000,
                status_before="Chưa đạt",
                status_words="Chưa đạt",
            ),
        ),
        closing=Closing(code="MAU", url="https://example.vn/mau", hash="0" * 64),
        sample=True,
    )
    bare = replace(full, legal_grounds=(), rows=full.rows[:1], topics=(), trend=(), missed=(), changes=(), closing=None)
    return full, bare


def _row(position: int, name: str, counted_ms: int) -> StationRow:
    short_ms = 900_000 - counted_ms
    return StationRow(
        position=position,
        code=f"mau-{position}",
        name=name,
        area="Huyện mẫu",
        tier="district",
        slots_planned=3,
        slots_aired=2,
        urgent=0,
        required_ms=900_000,
        planned_ms=900_000,
        delivered_ms=900_000,
        reported_ms=counted_ms,
        logged_ms=counted_ms,
        heard_ms=0,
        counted_ms=counted_ms,
        short_ms=short_ms,
        status="not_met" if short_ms else "met",
        status_words="Chưa đạt" if short_ms else "Đạt",
        note="Ghi chú mẫu" if short_ms else "",
    )
