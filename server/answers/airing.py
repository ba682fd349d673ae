"""What people read when a statement about the air, a recording, a closing or a report is refused."""

from server.answers.shape import GIVEN, Entry
from server.services import airing_refusals as airing
from server.services.naming import moment_in_words
from server.services.refusals import ServiceRefusal
from server.texts import _

ANSWERS: dict[type[ServiceRefusal], Entry] = {
    airing.LineUnreadable: (
        422,
        GIVEN,
        lambda e: _("Dòng {line}, cột «{field}»: không đọc được «{value}».", line=e.line, field=e.field, value=e.value),
    ),
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
    airing.LogTooLong: (
        413,
        GIVEN,
        lambda e: _(
            "Nhật ký có {lines} dòng, nhiều nhất là {most}. Hãy chia thành nhiều tệp.", lines=e.lines, most=e.most
        ),
    ),
}
