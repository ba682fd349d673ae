"""What people read when handing a recording in, or deciding on it, is refused."""

from datetime import datetime

from server import formats
from server.answers.shape import GIVEN, MACHINE, Entry
from server.services import vetting_refusals as vetting
from server.services.local_time import ZONE
from server.services.refusals import ServiceRefusal
from server.texts import _


def _overtaken(e: vetting.VettingOvertaken) -> str:
    if e.newer is not None:
        return _(
            "Bài {segment} đã có bản ghi mới hơn, số {newer}, thay cho bản số {number} bạn đang xem. Hãy mở lại bài, nghe bản mới rồi quyết định.",
            segment=e.segment,
            newer=e.newer,
            number=e.number,
        )
    words = {"ready": _("đã được duyệt"), "returned": _("đã bị trả lại"), "discarded": _("đã bị bỏ")}
    state = words.get(e.state, e.state)
    if e.by is None or e.at is None:
        return _(
            "Bản ghi số {number} của bài {segment} {state}, không còn chờ bạn. Hãy tải lại trang.",
            number=e.number,
            segment=e.segment,
            state=state,
        )
    return _(
        "Bản ghi số {number} của bài {segment} {state}: {by} quyết định lúc {at}. Hãy tải lại trang để xem.",
        number=e.number,
        segment=e.segment,
        state=state,
        by=e.by,
        at=formats.moment(datetime.fromisoformat(e.at), ZONE),
    )


ANSWERS: dict[type[ServiceRefusal], Entry] = {
    vetting.SelfApproval: (
        403,
        GIVEN,
        lambda e: _(
            "Bản ghi số {number} của bài {segment} do chính {who} gửi hoặc cho phát, nên phải để người khác duyệt. Hãy nhờ một người khác của cơ quan chủ trì nội dung.",
            number=e.number,
            segment=e.segment,
            who=e.who,
        ),
    ),
    vetting.AlreadyApproved: (
        409,
        GIVEN,
        lambda e: _(
            "{who} đã duyệt bản ghi số {number} của bài {segment} rồi; còn cần {needed} người khác duyệt. Hãy nhờ người khác của cơ quan chủ trì.",
            who=e.who,
            number=e.number,
            segment=e.segment,
            needed=e.needed,
        ),
    ),
    vetting.VettingOvertaken: (409, GIVEN, _overtaken),
    vetting.NotUrgent: (
        409,
        GIVEN,
        lambda e: _(
            "Bài {segment} không thuộc mức khẩn cấp nên không được phát trước khi duyệt. Hãy duyệt theo cách thường.",
            segment=e.segment,
        ),
    ),
    vetting.NoReviewOpen: (
        409,
        GIVEN,
        lambda e: _(
            "Bản ghi số {number} của bài {segment} không phát trước khi duyệt, nên không có gì để xác nhận hay phản đối. Hãy tải lại trang.",
            number=e.number,
            segment=e.segment,
        ),
    ),
    vetting.NotWithdrawn: (
        409,
        GIVEN,
        lambda e: _("Bài {segment} chưa bị rút, nên không có gì để khôi phục. Hãy tải lại trang.", segment=e.segment),
    ),
    vetting.RecordingGone: (
        410,
        MACHINE,
        lambda e: _(
            "Bản ghi của bài {segment} không còn trong kho âm thanh, nên không khôi phục được. Hãy gửi lại thành bài mới.",
            segment=e.segment,
        ),
    ),
    vetting.ForeignProducer: (
        403,
        GIVEN,
        lambda e: _(
            "Bạn không sản xuất bài cho cơ quan «{given}»; các cơ quan của bạn: {own}. Hãy chọn một trong số đó, hoặc bỏ trống.",
            given=e.given,
            own=", ".join(e.own) or "–",
        ),
    ),
    vetting.UnknownAccount: (
        404,
        GIVEN,
        lambda e: _(
            "Không có tài khoản «{login}», hoặc tài khoản đã bị khóa. Hãy kiểm tra lại tên đăng nhập.", login=e.login
        ),
    ),
}
