"""The sentences for refusals around tokens, keys and private addresses."""

from server.answers.shape import GIVEN, Entry
from server.services import credential_refusals as credentials
from server.services.refusals import ServiceRefusal
from server.services.right_words import right_name
from server.texts import _


def _expiry(e: credentials.ExpiryRefused) -> str:
    given = e.given or _("không ghi")
    if e.latest is None:
        return _("Ngày hết hạn là {given}; hãy chọn từ ngày {earliest} trở đi.", given=given, earliest=e.earliest)
    return _(
        "Ngày hết hạn là {given}; hãy chọn một ngày từ {earliest} đến {latest}.",
        given=given,
        earliest=e.earliest,
        latest=e.latest,
    )


ANSWERS: dict[type[ServiceRefusal], Entry] = {
    credentials.CredentialStationGone: (
        401,
        GIVEN,
        lambda e: _(
            "Mã truy cập «{name}» là của đài {station}, đài này không còn nữa. Hãy xin quản trị cấp mã cho đài mới.",
            name=e.name,
            station=e.station,
        ),
    ),
    credentials.CredentialNotFound: (
        404,
        GIVEN,
        lambda e: _(
            "Không có mã truy cập số {number} trong phạm vi của bạn. Hãy xem lại danh sách mã.", number=e.number
        ),
    ),
    credentials.CredentialNameTaken: (
        409,
        GIVEN,
        lambda e: _(
            "{owner} đã có một mã đang dùng tên «{name}». Hãy đặt tên khác, hoặc đổi hay thu hồi mã kia.",
            owner=e.owner,
            name=e.name,
        ),
    ),
    credentials.CredentialReplaced: (
        409,
        GIVEN,
        lambda e: _("«{name}» đã được đổi sang mã mới. Hãy đổi hoặc thu hồi mã mới ấy.", name=e.name),
    ),
    credentials.KeyRightRefused: (
        422,
        GIVEN,
        lambda e: _(
            "Khóa API không thể có quyền «{right}». Các quyền chọn được: {known}.",
            right=e.right,
            known="; ".join(f"{each} ({right_name(each)})" for each in e.known) or "–",
        ),
    ),
    credentials.KeyWithoutRights: (
        422,
        GIVEN,
        lambda _e: _("Khóa API chưa có quyền nào. Hãy chọn ít nhất một quyền."),
    ),
    credentials.ExpiryRefused: (422, GIVEN, _expiry),
    credentials.UnknownFeed: (404, GIVEN, lambda _e: _("Không có địa chỉ lịch này. Hãy tạo địa chỉ mới.")),
    credentials.AudioAddressExpired: (
        403,
        GIVEN,
        lambda e: _(
            "Địa chỉ âm thanh này chỉ dùng được đến hết ngày {until}. Hãy tải lại danh sách phát để có địa chỉ mới.",
            until=e.until,
        ),
    ),
}
