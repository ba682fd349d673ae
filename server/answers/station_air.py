"""What people at a station read when its air is refused."""

from server.answers.shape import GIVEN, MACHINE, Entry
from server.station import air_refusals as told
from server.station.refusals import StationRefusal
from server.texts import _

ANSWERS: dict[type[StationRefusal], Entry] = {
    told.PlayerMissing: (
        501,
        MACHINE,
        lambda e: _(
            "Máy này không có chương trình phát ({looked}). Hãy cài mpv, hoặc ghi lệnh phát vào play.player trong tệp thiết lập.",
            looked=", ".join(e.looked),
        ),
    ),
    told.AlreadyPlaying: (
        409,
        MACHINE,
        lambda e: _(
            "Một loa station khác đang phát từ {path}. Hãy tắt nó trước, kẻo hai tiếng chồng nhau.", path=e.path
        ),
    ),
    told.NothingToPlayYet: (
        409,
        GIVEN,
        lambda e: _("Trong {path} chưa có lịch nào. Hãy tải trước: loa station sync", path=e.path),
    ),
}
