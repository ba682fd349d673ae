"""What people read when a recording, on its way in or at its verdict, is refused or can't be decided on."""

from server.answers.shape import GIVEN, MACHINE, Entry
from server.formats import number
from server.services import cue_refusals
from server.services import refusals as service
from server.texts import _

ANSWERS: dict[type[service.ServiceRefusal], Entry] = {
    service.RecordingUnfit: (
        422,
        GIVEN,
        lambda e: (
            _(
                "Bản ghi của bài {segment} chưa phát được: {failed} Cơ quan phụ trách nội dung có thể châm chước, có nêu lý do.",
                segment=e.segment,
                failed=" ".join(e.failed),
            )
            if e.failed
            else _("Bản ghi của bài {segment} chưa phát được.", segment=e.segment)
        ),
    ),
    service.RecordingLost: (
        410,
        MACHINE,
        lambda e: _("Tệp «{file_name}» đã nhận không còn trên máy chủ. Hãy gửi lại tệp này.", file_name=e.file_name),
    ),
    service.SegmentDiscarded: (
        409,
        GIVEN,
        lambda e: _("Bài {segment} đã bị bỏ, nên không nhận bản ghi mới. Hãy gửi thành bài mới.", segment=e.segment),
    ),
    cue_refusals.CuesOutside: (
        422,
        GIVEN,
        lambda e: _(
            "Điểm vào {cue_in}, điểm ra {cue_out} không nằm trong bản ghi dài {length}, hoặc điểm ra không ở sau điểm vào.",
            cue_in=_seconds(e.cue_in_ms),
            cue_out=_seconds(e.cue_out_ms),
            length=_seconds(e.decoded_ms),
        ),
    ),
    cue_refusals.CuesUnchanged: (
        409,
        GIVEN,
        lambda e: _(
            "Bản ghi số {number} của bài {segment} đã có đúng điểm vào, điểm ra này; hãy dời rồi lưu.",
            number=e.number,
            segment=e.segment,
        ),
    ),
    cue_refusals.NothingMeasured: (
        409,
        GIVEN,
        lambda e: _(
            "Bản ghi số {number} của bài {segment} chưa đo xong hoặc không đo được, nên chưa đặt được điểm vào, điểm ra.",
            number=e.number,
            segment=e.segment,
        ),
    ),
    service.UnknownVersion: (
        404,
        GIVEN,
        lambda e: _("Bài {segment} không có bản ghi số {number}.", segment=e.segment, number=e.number),
    ),
    service.NothingToDecide: (
        409,
        GIVEN,
        lambda e: _(
            "Bản ghi số {number} của bài {segment} {state}, nên không thể {action}.",
            number=e.number,
            segment=e.segment,
            state=_state(e.state),
            action=_action(e.action),
        ),
    ),
    service.NotOverrulable: (
        409,
        GIVEN,
        lambda e: _(
            "Bản ghi số {number} của bài {segment} bị từ chối vì bản thân tệp không phát được, nên không thể châm chước. Hãy gửi bản ghi khác.",
            number=e.number,
            segment=e.segment,
        ),
    ),
    service.NotTheLead: (
        403,
        GIVEN,
        lambda e: (
            _(
                "Nội dung {topic} do cơ quan {lead} phụ trách, không phải «{given}»; chỉ {lead} được châm chước.",
                topic=e.topic,
                lead=e.lead,
                given=e.given,
            )
            if e.lead is not None
            else _("Nội dung {topic} chưa có cơ quan phụ trách, nên chưa ai được châm chước.", topic=e.topic)
        ),
    ),
    service.ProcessingFailed: (
        500,
        MACHINE,
        lambda e: _(
            "Loa gặp lỗi khi xử lý bản ghi ({reason}). Bản ghi vẫn được giữ và sẽ được thử lại; chi tiết nằm trong nhật ký của máy chủ.",
            reason=e.reason,
        ),
    ),
    service.RecordingDeadly: (
        422,
        GIVEN,
        lambda e: _(
            "Máy chủ {times} lần liền bị hệ điều hành dừng khi đang xử lý bản ghi này, nên không thử nữa. Hãy xuất lại tệp từ phần mềm thu âm rồi gửi lại.",
            times=e.times,
        ),
    ),
    service.ServiceStopping: (
        503,
        MACHINE,
        lambda e: _(
            "Máy chủ đang dừng. Bản ghi của bài {segment} đã được nhận đủ và sẽ được xử lý tiếp khi máy chủ chạy lại.",
            segment=e.segment,
        ),
    ),
}


def _state(state: str) -> str:
    words = {
        "processing": _("đang được xử lý"),
        "held": _("đang chờ quyết định vì giống bài khác"),
        "rejected": _("đã bị từ chối"),
        "draft": _("chưa gửi duyệt"),
        "submitted": _("đang chờ duyệt"),
        "returned": _("đã bị trả lại"),
        "ready": _("đã sẵn sàng phát"),
        "discarded": _("đã bị bỏ"),
    }
    return words.get(state, state)


def _action(action: str) -> str:
    words = {
        "overrule": _("châm chước"),
        "keep": _("quyết định giữ"),
        "discard": _("bỏ"),
        "submit": _("gửi duyệt"),
        "approve": _("duyệt"),
        "return": _("trả lại"),
        "release": _("cho phát ngay"),
    }
    return words.get(action, action)


def _seconds(ms: int) -> str:
    return _("{seconds} giây", seconds=number(ms / 1000, decimals=2))
