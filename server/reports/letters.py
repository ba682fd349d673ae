"""The official letter (công văn) that urges a station or a district: as .docx to sign, and as .pdf."""

from typing import Any

from server.reports.figures import LetterFigures
from server.reports.report_words import Words, office_words, row_words
from server.reports.typesetting import pdf_of
from server.reports.word_form import body, columns, head, new_document, packed, paragraph, row_of, run, table
from server.reports.wording import (
    SAMPLE,
    clock,
    day,
    full_day,
    length,
    local_day,
    moment,
    spoken,
    spoken_missing,
    text,
    weekday,
)

STATIONS = ("Đài", "Yêu cầu", "Được tính", "Còn thiếu", "Tỷ lệ (%)")
SLOTS = ("Ngày", "Giờ", "Nội dung", "Độ dài")


def letter_pdf(letter: LetterFigures) -> bytes:
    """The same figures give the same bytes. Raises FontsMissing."""
    return pdf_of("letter", letter_words(letter), made_at=letter.as_of)


def letter_docx(letter: LetterFigures) -> bytes:
    """The same figures give the same bytes."""
    words = letter_words(letter)
    made = new_document()
    head(made, words, under_number=words["subject"])
    if words["sample"]:
        paragraph(made, words["sample"], side="center", bold=True)
    if len(words["to"]) == 1:
        first = paragraph(made, f"Kính gửi: {words['to'][0]}", side="center")
        first.paragraph_format.space_before = 150_000
    else:
        paragraph(made, "Kính gửi:", indent_mm=45, after=0).paragraph_format.space_before = 150_000
        for each in words["to"]:
            paragraph(made, f"- {each}", indent_mm=55, after=2)
    for each in (*words["grounds"], *words["opening"]):
        body(made, each)
    if words["rows"]:
        laid = table(made, (65, 25, 25, 25, 25), STATIONS, size=11)
        sides = ("left", *(("right",) * 4))
        for row in words["rows"]:
            cells = [row[name] for name in ("name", "required", "counted", "short", "percent")]
            row_of(laid, cells, sides=sides, size=11)
        paragraph(made, "", after=0, size=6)
    body(made, words["asked"], with_next=bool(words["proposals"]))
    if words["proposals"]:
        laid = table(made, (42, 18, 82, 23), SLOTS, size=11)
        for each in words["proposals"]:
            cells = [each[name] for name in ("day", "time", "what", "length")]
            row_of(laid, cells, sides=("left", "center", "left", "right"), size=11)
        paragraph(made, "", after=0, size=6)
    for each in words["ending"]:
        body(made, each, with_next=True)
    sign(made, words)
    return packed(made, at=letter.as_of, title=words["file_title"], sample=letter.sample)


def sign(made: Any, words: Words) -> None:
    left, right = columns(made, (75, 90))
    run(left.paragraphs[0], "Nơi nhận:", size=12, bold=True, italic=True)
    left.paragraphs[0].paragraph_format.space_after = 0
    for each in words["recipients"]:
        paragraph(left, f"- {each}", size=11, after=0)
    for each in (*words["signer_title"], *("",) * 4):
        paragraph(right, each, side="center", bold=True, after=0)


def letter_words(letter: LetterFigures) -> Words:
    several = len(letter.rows) > 1
    asked = "các đài trên" if several else text(letter.rows[0].name)
    return {
        **office_words(letter.office, year=local_day(letter.as_of).year),
        "sample": SAMPLE if letter.sample else "",
        "file_title": f"V/v {text(letter.subject)}",
        "subject": f"V/v {text(letter.subject)}",
        "to": [text(each) for each in letter.to],
        "grounds": [text(each) for each in letter.legal_grounds],
        "opening": _opening(letter),
        "rows": [row_words(row) for row in letter.rows] if several else [],
        "asked": (
            f"{text(letter.office.agency)} đề nghị {asked} phát đủ thời lượng còn thiếu, chậm nhất {full_day(letter.by)}"
            + (", vào các khung phát sau hoặc các khung khác phù hợp:" if letter.proposals else ".")
        ),
        "proposals": [
            {
                "day": f"{weekday(local_day(each.starts_at))}, {day(local_day(each.starts_at))}",
                "time": clock(each.starts_at),
                "what": text(each.what),
                "length": length(each.length_ms),
            }
            for each in letter.proposals
        ],
        "ending": _ending(letter),
    }


def _opening(letter: LetterFigures) -> list[str]:
    """What is required and what counted: in words for one station, before a table for several."""
    until = f"Tính đến {moment(letter.as_of)}, thời lượng được tính từ mức: {text(letter.policy)}"
    column = f"chuyên mục “{text(letter.campaign)}” {text(letter.period)}"
    if len(letter.rows) > 1:
        totals = letter.totals
        told = (
            f"{until}. Kết quả phát {column} của {totals.asked} đài: được tính {spoken(totals.counted_ms)}, "
            f"yêu cầu {spoken(totals.required_ms)}, còn thiếu {spoken_missing(totals.short_ms)}, cụ thể:"
        )
        return [told]
    row = letter.rows[0]
    note = f" Ghi chú: {text(row.note)}." if row.note else ""
    told = (
        f"{until}. {text(row.name)} phải phát ít nhất {spoken(row.required_ms)} {column}; "
        f"đã được tính {spoken(row.counted_ms)}, còn thiếu {spoken_missing(row.short_ms)}.{note}"
    )
    return [told]


def _ending(letter: LetterFigures) -> list[str]:
    told = "Nếu đã phát nhưng chưa báo, đề nghị gửi nhật ký hoặc bản ghi; nếu không phát được, đề nghị báo rõ lý do"
    contact = f" (đầu mối: {text(letter.contact)})" if letter.contact else ""
    return [f"{told}{contact}.", "Đề nghị Quý cơ quan quan tâm, phối hợp thực hiện./."]
