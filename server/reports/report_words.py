"""A report's figures as the words that stand in it: what fields of the Word template and the PDF are filled with."""

from typing import Any

from server.reports.charts import month_words
from server.reports.figures import Office, ReportFigures, StationRow, Totals
from server.reports.wording import (
    NOTHING,
    SAMPLE,
    TIERS,
    blank_day,
    clock,
    day,
    full_day,
    length,
    local_day,
    missing,
    moment,
    number,
    percent,
    text,
)

Words = dict[str, Any]

# Written for whoever adds a column up by hand.
REMARK = (
    "Thời lượng tính bằng phút:giây (giờ:phút:giây từ 1 giờ trở lên), cộng từ số đo đến phần nghìn giây rồi mới làm tròn: "
    "phần còn thiếu làm tròn lên, mọi số khác làm tròn xuống. Tỷ lệ chung là phần thời lượng yêu cầu đã đạt: "
    "phần phát vượt của đài này không bù cho đài khác."
)

# Stations are counted by their rules: what of a relay, a repetition or a frame counts, a rule says.
TOPICS_REMARK = (
    "Bảng theo nội dung cộng mọi bài trong lịch của các đài, kể cả bài tiếp âm và lần phát lại, không cộng nhạc hiệu; "
    "kết quả của từng đài chỉ gồm phần được tính theo quy định, nên tổng của hai bảng có thể khác nhau."
)

# A year of slots that were not aired would be hundreds of pages.
MOST_LISTED = 1000

COUNTS = ("slots_planned", "slots_aired", "urgent")
LENGTHS = ("planned", "delivered", "reported", "logged", "heard", "counted")


def report_words(figures: ReportFigures) -> Words:
    return {
        **office_words(figures.office, year=local_day(figures.as_of).year),
        "sample": SAMPLE if figures.sample else "",
        "title": "BÁO CÁO",
        "subject": subject(figures),
        "campaign": text(figures.campaign),
        "period": text(figures.period),
        "first": day(figures.first),
        "last": day(figures.last),
        "scope": text(figures.scope.name),
        "grounds": [text(ground) for ground in figures.legal_grounds],
        "sentences": [text(each) for each in (*figures.sentences, left_out(figures)) if each],
        "totals": totals_words(figures.totals),
        "rows": [row_words(row) for row in figures.rows],
        "topics": _topics(figures),
        "topics_total": _topics_total(figures),
        "topics_remark": topics_remark(figures),
        "trend": _trend(figures),
        "missed": _missed(figures),
        "missed_remark": left_out(figures),
        "changes": _changes(figures),
        "changes_annex": "III" if figures.missed else "II",
        "annex_of": f"(Kèm theo Báo cáo số\u00a0\u00a0\u00a0\u00a0\u00a0\u00a0\u00a0/{text(figures.office.number)} của {text(figures.office.agency)})",
        "remark": REMARK,
        "as_of": moment(figures.as_of),
        "policy": text(figures.policy),
        "closing": _closing(figures),
    }


def subject(figures: ReportFigures) -> str:
    """Under the title: what the report is on, where and when."""
    where = {
        "province": "",
        "district": f" trên địa bàn {figures.scope.name}",
        "lead": f" theo các nội dung do {figures.scope.name} chủ trì",
    }[figures.scope.kind]
    whole_period = text(figures.period).replace(" ", "\u00a0")
    return f"{text(f'Kết quả phát thanh chuyên mục “{figures.campaign}”{where}')} {whole_period}"


def topics_remark(figures: ReportFigures) -> str:
    """Of a lead's topics both tables sum the same items."""
    return TOPICS_REMARK if figures.topics and figures.scope.kind != "lead" else ""


def left_out(figures: ReportFigures) -> str:
    """What the documents on paper leave out, and where it is."""
    count = len(figures.missed)
    if count <= MOST_LISTED:
        return ""
    return (
        f"Có {number(count)} khung không phát; phụ lục II của bản Word và PDF ghi {number(MOST_LISTED)} khung đầu, "
        "danh sách đầy đủ ở trang “Không phát” của bản Excel."
    )


def office_words(office: Office, *, year: int) -> Words:
    """`year` stands in the date that the hand fills in, where none is given."""
    dated = full_day(office.dated) if office.dated else blank_day(year)
    return {
        "agency_over": text(office.agency_over).upper(),
        "agency": text(office.agency).upper(),
        "agency_in_text": text(office.agency),
        "number": f"Số:\u00a0\u00a0\u00a0\u00a0\u00a0\u00a0\u00a0/{text(office.number)}" if office.number else "",
        "place_and_day": f"{text(office.place)}, {dated}",
        "signer_title": text(office.signer_title).upper().splitlines(),
        "recipients": [text(recipient) for recipient in office.recipients],
    }


def row_words(row: StationRow) -> Words:
    return {
        "position": number(row.position),
        "code": text(row.code),
        "name": text(row.name),
        "area": text(row.area),
        "tier": TIERS[row.tier],
        "status": text(row.status_words),
        "note": text(row.note),
        **_numbers(row),
    }


def totals_words(totals: Totals) -> Words:
    return {
        "stations": number(totals.stations),
        "met": number(totals.met),
        "not_met": number(totals.not_met),
        "asked": number(totals.asked),
        "others": number(totals.stations - totals.met - totals.not_met),
        **_numbers(totals),
    }


def _numbers(of: StationRow | Totals) -> Words:
    asked = of.required_ms > 0
    return {
        **{name: number(getattr(of, name)) for name in COUNTS},
        **{name: length(getattr(of, f"{name}_ms")) for name in LENGTHS},
        "required": length(of.required_ms) if asked else NOTHING,
        "short": missing(of.short_ms) if asked else NOTHING,
        "percent": percent(of.tenths),
    }


def _topics(figures: ReportFigures) -> list[Words]:
    return [
        {
            "topic": text(row.topic),
            "lead": text(row.lead),
            "segments": number(row.segments),
            "airings": number(row.airings),
            "planned": length(row.planned_ms),
            "counted": length(row.counted_ms),
            "share": percent(figures.share_of(row)),
        }
        for row in figures.topics
    ]


def _topics_total(figures: ReportFigures) -> Words:
    return {
        "segments": number(sum(row.segments for row in figures.topics)),
        "airings": number(sum(row.airings for row in figures.topics)),
        "planned": length(sum(row.planned_ms for row in figures.topics)),
        "counted": length(sum(row.counted_ms for row in figures.topics)),
    }


def _trend(figures: ReportFigures) -> list[Words]:
    return [
        {
            "month": month_words(row.month),
            "stations_met": number(row.stations_met),
            "stations": number(row.stations),
            "required": length(row.required_ms),
            "counted": length(row.counted_ms),
            "percent": percent(row.tenths),
        }
        for row in figures.trend
    ]


def _missed(figures: ReportFigures) -> list[Words]:
    return [
        {
            "position": number(position),
            "station": text(each.station),
            "day": day(local_day(each.starts_at)),
            "time": clock(each.starts_at),
            "what": text(each.what),
            "length": length(each.length_ms),
            "reason": text(each.reason),
        }
        for position, each in enumerate(figures.missed[:MOST_LISTED], start=1)
    ]


def _changes(figures: ReportFigures) -> list[Words]:
    return [
        {
            "month": month_words(each.month),
            "station": text(each.station),
            "planned_before": length(each.planned_before_ms),
            "planned": length(each.planned_ms),
            "reported_before": length(each.reported_before_ms),
            "reported": length(each.reported_ms),
            "counted_before": length(each.counted_before_ms),
            "counted": length(each.counted_ms),
            "short_before": missing(each.short_before_ms),
            "short": missing(each.short_ms),
            "status_before": text(each.status_before),
            "status": text(each.status_words),
        }
        for each in figures.changes
    ]


def _closing(figures: ReportFigures) -> Words | None:
    closing = figures.closing
    if closing is None:
        return None
    told = "Số liệu đã chốt" if closing.final else "Số liệu tạm tính"
    return {"told": told, "code": text(closing.code), "url": text(closing.url), "hash": text(closing.hash)}
