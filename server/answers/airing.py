"""What people read when a statement about the air, a recording, a closing or a report is refused."""

from schedules.logs.headings import HEADINGS
from server.answers.shape import GIVEN, MACHINE, Entry
from server.services import airing_refusals as airing
from server.services import closing_refusals as closing
from server.services import recording_refusals as recordings
from server.services import report_refusals as reports
from server.services.naming import moment_in_words, month_in_words
from server.services.refusals import ServiceRefusal
from server.texts import _, at_hand


def _line(e: airing.LineUnreadable) -> str:
    """`e.fault` is a value of `schedules.logs.lines.Fault`."""
    faults = {
        "not_a_date": _("không phải ngày; viết ngày/tháng/năm, ví dụ 05/12/2026"),
        "not_a_time": _("không phải giờ; viết giờ:phút, ví dụ 05:10"),
        "not_a_duration": _("không phải thời lượng; viết phút:giây, ví dụ 3:12"),
        "duration_out_of_range": _("là thời lượng không thể có; từ 1 giây đến 24 giờ"),
        "not_yes_or_no": _("không rõ có hay không; viết «x» hoặc «không»"),
        "aired_unclear": _("có lý do nhưng không ghi đã phát hay chưa"),
        "aired_and_not": _("nói không phát mà vẫn ghi thời lượng"),
        "when_missing": _("không đủ để biết là lần phát nào; ghi mã khung, hoặc ngày và giờ"),
        "names_nothing": _("không nêu khung, bài hay tên bài"),
        "too_long": _("quá dài"),
        "quote_unclosed": _("mở ngoặc kép mà không đóng, nên các dòng sau bị dính vào"),
        "not_audio": _("không phải bản tin âm thanh"),
        "unknown_station": _("không phải đài nào ở đây"),
        "clock_unset": _("là giờ của đồng hồ chưa đặt; hãy chỉnh đồng hồ thiết bị"),
        "in_the_future": _("là giờ còn chưa tới; hãy chỉnh đồng hồ thiết bị"),
    }
    of_a_record = {"not_a_record", "missing", "wrong_type", "out_of_range"}
    usual = _("không đúng dạng bản ghi của hệ thống nguồn") if e.fault in of_a_record else _("không đọc được")
    return _(
        "Dòng {line}, cột «{field}»: «{value}» {fault}.",
        line=e.line,
        field=HEADINGS.get(e.field, e.field),
        value=e.value or "–",
        fault=faults.get(e.fault, usual),
    )


def _verify() -> str:
    return at_hand(
        page=_("Hãy báo người quản trị kiểm tra các tháng đã chốt."), command=_("Hãy xem: loa months verify")
    )


ANSWERS: dict[type[ServiceRefusal], Entry] = {
    airing.LineUnreadable: (422, GIVEN, _line),
    airing.StationMissing: (
        422,
        GIVEN,
        lambda _e: _("Dòng này không ghi đài nào. Hãy thêm cột mã đài, hoặc chọn đài khi gửi."),
    ),
    airing.OtherStation: (
        403,
        GIVEN,
        lambda e: _(
            "Dòng này là của đài {station}, không phải đài bạn đang báo. Hãy gửi nhật ký của đài đó bằng tài khoản của đài đó.",
            station=e.station,
        ),
    ),
    airing.NothingSaid: (
        422,
        GIVEN,
        lambda _e: _("Dòng này không ghi khung phát, cũng không ghi giờ phát. Hãy điền một trong hai."),
    ),
    airing.SlotNotPublished: (
        422,
        GIVEN,
        lambda e: _(
            "Đài {station} chưa bao giờ có khung phát {slot} trong lịch đã công bố. Hãy tải lại mẫu nhật ký của tháng.",
            station=e.station,
            slot=e.slot,
        ),
    ),
    airing.ReasonMissing: (
        422,
        GIVEN,
        lambda _e: _("Hãy ghi lý do: không phát được vì sao, hoặc vì sao sửa điều đã báo."),
    ),
    airing.NotYet: (
        422,
        GIVEN,
        lambda e: _(
            "Giờ phát {at} còn chưa tới (bây giờ là {now}). Hãy báo sau khi phát, hoặc chỉnh lại đồng hồ.",
            at=moment_in_words(e.starts_at),
            now=moment_in_words(e.now),
        ),
    ),
    airing.TooLongAgo: (
        422,
        GIVEN,
        lambda e: _(
            "Giờ phát {at} đã quá lâu, có lẽ đồng hồ của thiết bị chưa được đặt. Hãy chỉnh đồng hồ rồi gửi lại.",
            at=moment_in_words(e.starts_at),
        ),
    ),
    airing.EntryUnknown: (
        404,
        GIVEN,
        lambda e: _("Đài {station} không có dòng nhật ký {entry}.", station=e.station, entry=e.entry),
    ),
    airing.DoubtGone: (
        409,
        GIVEN,
        lambda e: _(
            "Nghi vấn này của đài {station} đã được quyết định, hoặc vừa có điều mới được báo. Hãy xem lại danh sách.",
            station=e.station,
        ),
    ),
    airing.NoteEmpty: (422, GIVEN, lambda _e: _("Ghi chú còn trống. Hãy viết điều cần ghi.")),
    airing.LogTooLong: (
        413,
        GIVEN,
        lambda e: _(
            "Nhật ký có {lines} dòng, nhiều nhất là {most}. Hãy chia thành nhiều tệp.", lines=e.lines, most=e.most
        ),
    ),
    recordings.RecordingUnknown: (
        404,
        GIVEN,
        lambda e: _("Đài {station} không có bản ghi sóng số {recording}.", station=e.station, recording=e.recording),
    ),
    recordings.MatchUnknown: (
        404,
        GIVEN,
        lambda e: _(
            "Bản ghi sóng số {recording} không có mục {match}; có thể bản ghi vừa được đặt lại giờ. Hãy mở lại trang của bản ghi.",
            recording=e.recording,
            match=e.match,
        ),
    ),
    recordings.MatchDecided: (
        409,
        GIVEN,
        lambda e: (
            _("Mục này đã được xác nhận. Muốn sửa, hãy đính chính dòng nhật ký của nó.")
            if e.state == "confirmed"
            else _("Mục này đã bị bỏ. Nếu vẫn cần, hãy báo bằng một dòng nhật ký.")
        ),
    ),
    recordings.RecordingUnplaced: (
        409,
        GIVEN,
        lambda e: _(
            "Chưa biết bản ghi sóng số {recording} bắt đầu lúc nào. Hãy đặt giờ bắt đầu của bản ghi trước.",
            recording=e.recording,
        ),
    ),
    recordings.RecordingNotHeard: (
        409,
        GIVEN,
        lambda e: _(
            "Bản ghi sóng số {recording} chưa được nghe xong. Hãy chờ đến khi nghe xong.", recording=e.recording
        ),
    ),
    recordings.RecordingJudged: (
        409,
        GIVEN,
        lambda e: _(
            "Đã có dòng nhật ký dựa vào giờ của bản ghi sóng số {recording}, nên không đổi giờ nữa. Hãy đính chính các dòng đó.",
            recording=e.recording,
        ),
    ),
    recordings.StreamUnreadable: (
        422,
        GIVEN,
        lambda e: _(
            "Không ghi được luồng {url} ({reason}). Hãy mở thử địa chỉ này bằng trình nghe nhạc.",
            url=e.url,
            reason=e.reason,
        ),
    ),
    closing.MonthNotOver: (
        409,
        GIVEN,
        lambda e: _(
            "Tháng {month} chưa hết. Hãy chốt sau {at}.", month=month_in_words(e.month), at=moment_in_words(e.ends_at)
        ),
    ),
    closing.NothingToAmend: (
        409,
        GIVEN,
        lambda e: _(
            "Tháng {month} đã chốt lúc {at} và từ đó không có gì mới. Chỉ chốt bổ sung khi có dòng nhật ký đến muộn.",
            month=month_in_words(e.month),
            at=moment_in_words(e.closed_at),
        ),
    ),
    closing.AmendmentReasonMissing: (
        422,
        GIVEN,
        lambda e: _(
            "Tháng {month} đã chốt. Hãy ghi lý do chốt bổ sung, ví dụ nhật ký đến muộn.", month=month_in_words(e.month)
        ),
    ),
    closing.MonthNotClosed: (
        404,
        GIVEN,
        lambda e: (
            _("Tháng {month} chưa chốt. Hãy xem số liệu tạm tính của tháng.", month=month_in_words(e.month))
            if e.number is None
            else _(
                "Tháng {month} không có lần chốt số {number}. Hãy xem danh sách các lần chốt.",
                month=month_in_words(e.month),
                number=e.number,
            )
        ),
    ),
    closing.HistoryDamaged: (
        409,
        MACHINE,
        lambda e: (
            _("Nhật ký hệ thống đã bị thay đổi ngoài Loa nên không chốt tháng.")
            + " "
            + at_hand(page=_("Hãy báo người quản trị kiểm tra nhật ký."), command=_("Hãy xem: loa audit verify"))
            if e.trail
            else _(
                "Dữ liệu các tháng đã chốt bị thay đổi ngoài Loa ({faults} chỗ) nên không chốt tháng.", faults=e.faults
            )
            + " "
            + _verify()
        ),
    ),
    reports.NothingLed: (
        404,
        GIVEN,
        lambda e: _(
            "Cơ quan «{organisation}» không chủ trì nội dung nào. Hãy xem cơ quan chủ trì từng nội dung ở trang Quy định.",
            organisation=e.organisation,
        ),
    ),
    reports.ReportNotMade: (
        409,
        GIVEN,
        lambda e: _(
            "Báo cáo {period} của rất nhiều đài cần vài phút để lập, và chưa có. Hãy yêu cầu lập ở trang báo cáo, rồi tải khi xong.",
            period=e.period,
        ),
    ),
    reports.UnknownReport: (
        404,
        GIVEN,
        lambda e: _(
            "Không có báo cáo nào mang mã «{report}». Hãy gõ lại mã in cạnh mã QR ở cuối báo cáo.", report=e.report
        ),
    ),
    reports.ReportDamaged: (
        409,
        MACHINE,
        lambda e: _("Báo cáo «{report}» đã bị sửa ngoài Loa nên không đọc được.", report=e.report) + " " + _verify(),
    ),
}
