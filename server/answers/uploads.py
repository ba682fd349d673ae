"""What people read when a file on its way in is refused."""

from server.answers.shape import GIVEN, MACHINE, Entry
from server.formats import size as file_size
from server.services import upload_refusals as upload
from server.services.refusals import ServiceRefusal
from server.texts import _

ANSWERS: dict[type[ServiceRefusal], Entry] = {
    upload.UnknownUpload: (
        404,
        GIVEN,
        lambda e: _("Không có lượt gửi tệp {upload}. Hãy gửi lại tệp từ đầu.", upload=e.upload),
    ),
    upload.UploadGone: (
        410,
        GIVEN,
        lambda e: {
            "terminated": _("Lượt gửi tệp này đã bị người gửi hủy. Nếu vẫn cần, hãy gửi lại tệp từ đầu."),
            "expired": _("Lượt gửi tệp này đã quá hạn nên phần gửi dở đã bị xóa. Hãy gửi lại tệp từ đầu."),
        }.get(e.reason, _("Phần đã gửi của tệp này không còn trên đĩa. Hãy gửi lại tệp từ đầu.")),
    ),
    upload.UploadTooLarge: (
        413,
        GIVEN,
        lambda e: _(
            "Tệp nặng {size}, lớn hơn mức cho phép ({limit}). Hãy chia nhỏ bài, hoặc nén sang MP3 hay FLAC rồi gửi lại.",
            size=file_size(e.size),
            limit=file_size(e.limit),
        ),
    ),
    upload.UploadEmpty: (
        400,
        GIVEN,
        lambda _e: _("Tệp được chọn không có gì bên trong (0 byte). Hãy chọn lại tệp."),
    ),
    upload.UploadTypeRefused: (
        415,
        GIVEN,
        lambda e: _(
            "Không nhận tệp kiểu {media_type}; chỉ nhận: {known}.", media_type=e.media_type, known=", ".join(e.known)
        ),
    ),
    upload.UploadsTooMany: (
        429,
        MACHINE,
        lambda e: _(
            "Đang có {open} lượt gửi tệp chưa xong, nhiều nhất là {limit}. Hãy gửi nốt hoặc hủy bớt các lượt đó rồi gửi lại tệp này.",
            open=e.open,
            limit=e.limit,
        ),
    ),
    upload.UploadNoRoom: (
        507,
        MACHINE,
        lambda e: _(
            "Đĩa của máy chủ không đủ chỗ: còn phải nhận {needed}, chỉ trống {free}. Phần đã nhận được giữ nguyên; khi có thêm chỗ, hãy gửi tiếp.",
            needed=file_size(e.needed),
            free=file_size(e.free),
        ),
    ),
    upload.UploadBusy: (
        423,
        GIVEN,
        lambda _e: _("Một tiến trình khác đang nhận tệp này. Hãy đợi một lát rồi gửi tiếp."),
    ),
    upload.UploadOffset: (
        409,
        GIVEN,
        lambda e: _(
            "Máy chủ đã có {offset} byte đầu của tệp, nhưng phần gửi lên bắt đầu từ byte {given}. Hãy gửi tiếp từ byte {offset}.",
            offset=e.offset,
            given=e.given,
        ),
    ),
    upload.UploadOverrun: (
        413,
        GIVEN,
        lambda e: _(
            "Tệp được khai là {size} byte nhưng gửi lên đến {sent} byte; phần vừa gửi không được giữ. Tệp có thể đã thay đổi: hãy gửi lại từ đầu.",
            size=e.size,
            sent=e.sent,
        ),
    ),
    upload.UploadChecksum: (
        460,
        GIVEN,
        lambda e: _(
            "Phần vừa gửi bị hỏng trên đường truyền (sai mã {algorithm}) nên không được giữ. Hãy gửi lại từ byte {offset}.",
            algorithm=e.algorithm,
            offset=e.offset,
        ),
    ),
    upload.UploadTakenOver: (
        400,
        GIVEN,
        lambda _e: _("Tệp này đang được gửi tiếp từ một cửa sổ hoặc kết nối khác, nên lượt gửi ở đây đã dừng."),
    ),
    upload.UploadBrokenOff: (
        503,  # of all that means "try again", what browsers' clients do try again after
        MACHINE,
        lambda _e: _(
            "Không còn gì gửi đến nữa nên lượt gửi này đã dừng; phần đã nhận được giữ lại. Hãy gửi tiếp từ đó."
        ),
    ),
}
