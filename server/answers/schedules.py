"""What people read when the schedule refuses."""

from schedules.editing import ChangesNothing
from schedules.exchange import InvalidInstance, InvalidPlan
from schedules.exports.locations import UnsafeLocation
from schedules.exports.playlists import UnknownFormat
from schedules.logs.lines import LogUnreadable
from schedules.months import InvalidMonth
from schedules.refusals import ScheduleRefusal
from server.answers.shape import GIVEN, Entry
from server.services.plain_text import shown
from server.texts import _

ANSWERS: dict[type[ScheduleRefusal], Entry] = {
    InvalidMonth: (
        400,
        GIVEN,
        lambda e: _("«{text}» không phải là tháng. Hãy viết NĂM-THÁNG, ví dụ 2026-12.", text=e.text),
    ),
    InvalidInstance: (422, GIVEN, lambda e: _at(_("Bài toán lập lịch có lỗi"), e)),
    InvalidPlan: (422, GIVEN, lambda e: _at(_("Tệp lịch có lỗi"), e)),
    ChangesNothing: (
        409,
        GIVEN,
        lambda e: _(
            "Khung {slot} của đài {station} đã đúng như vậy, không có gì để sửa.", slot=e.slot, station=e.station
        ),
    ),
    UnknownFormat: (
        404,
        GIVEN,
        lambda e: _("Không có định dạng {name}. Các định dạng: {known}.", name=e.name, known=", ".join(e.known)),
    ),
    UnsafeLocation: (
        500,
        GIVEN,
        lambda e: _("Địa chỉ «{location}» không dùng được trong danh sách phát.", location=e.location),
    ),
    LogUnreadable: (422, GIVEN, lambda e: _("Không đọc được nhật ký: {problem}.", problem=_log_problem(e))),
}


def _log_problem(refusal: LogUnreadable) -> str:
    most = refusal.most or 0
    words = {
        "too_large": _("quá lớn, nhiều nhất {most} byte. Hãy gửi từng tháng hoặc từng tuần", most=most),
        "too_many_lines": _("quá nhiều dòng, nhiều nhất {most}. Hãy gửi từng tháng hoặc từng tuần", most=most),
        "too_many_columns": _("quá nhiều cột, nhiều nhất {most}. Hãy xoá các ô ở xa bên phải", most=most),
        "not_text": _("tệp không phải văn bản UTF-8. Trong Excel hãy lưu dạng «CSV UTF-8» hoặc .xlsx"),
        "no_headings": _("không thấy dòng tiêu đề cột. Hãy dùng mẫu tải về, có các cột như Ngày, Mã bài, Đã phát"),
        "heading_twice": _("cột «{value}» có hai lần. Hãy để lại một cột", value=shown(refusal.value, most=100)),
        "cell_too_long": _(
            "dòng {value} có một ô quá dài, có lẽ thiếu dấu ngoặc kép đóng. Hãy sửa dòng ấy", value=shown(refusal.value)
        ),
        "not_xlsx": _("tệp không phải bảng tính Excel (.xlsx) đọc được. Hãy mở trong Excel và lưu lại dạng .xlsx"),
        "not_json": _("nội dung không phải JSON là một danh sách bản ghi"),
    }
    return words.get(refusal.problem, refusal.problem)


def _at(what: str, refusal: InvalidInstance | InvalidPlan) -> str:
    problem, path = _problem(refusal.problem), shown(refusal.path, most=200)
    if not refusal.path:
        return f"{what}: {problem}."
    if refusal.value is None:
        return _("{what} tại {path}: {problem}.", what=what, path=path, problem=problem)
    return _(
        "{what} tại {path}: {problem} (giá trị «{value}»).",
        what=what,
        path=path,
        problem=problem,
        value=shown(str(refusal.value).lower() if isinstance(refusal.value, bool) else str(refusal.value)),  # as JSON
    )


def _problem(word: str) -> str:
    words = {
        "not_json": _("không phải JSON"),
        "missing": _("thiếu trường này"),
        "unknown_field": _("không có trường nào tên như vậy"),
        "not_one_of": _("không phải một trong các giá trị cho phép"),
        "not_a_time": _("không phải thời điểm viết theo ISO 8601"),
        "not_a_date": _("không phải ngày viết YYYY-MM-DD"),
        "wrong_form": _("viết sai dạng"),
        "no_offset": _("thời điểm thiếu độ lệch múi giờ"),
        "wrong_length": _("quá ngắn hoặc quá dài"),
        "out_of_range": _("nằm ngoài khoảng cho phép"),
        "wrong_type": _("sai kiểu dữ liệu"),
        "wrong": _("không dùng được"),
        "unknown_month": _("tháng này nằm ngoài các năm được hỗ trợ"),
        "unknown_timezone": _("không có múi giờ này"),
        "unknown_column": _("không có chuyên mục này"),
        "unknown_topic": _("không có nội dung này"),
        "unknown_station": _("không có đài này"),
        "unknown_session": _("đài không có buổi phát này"),
        "unknown_segment": _("không có bài này"),
        "unknown_rule": _("không có quy định này"),
        "other_month": _("không phải tháng của bài toán"),
        "duplicate": _("bị lặp lại"),
        "circle": _("tạo thành vòng khép kín"),
        "not_later": _("không sau thời điểm bắt đầu"),
        "foreign_language": _("đài không phát ngôn ngữ này"),
        "above_one": _("tổng các tỷ lệ lớn hơn 1"),
        "outside_month": _("nằm ngoài tháng"),
    }
    return words.get(word, word)
