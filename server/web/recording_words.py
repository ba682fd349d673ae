"""What the states of a recording, its steps, its checks and its copies are called on screen."""

from server.services.views import CheckView
from server.texts import _
from server.web.words import Status

SEGMENT_STATES = (
    "processing",
    "held",
    "rejected",
    "draft",
    "submitted",
    "returned",
    "ready",
    "withdrawn",
    "discarded",
)


def state(code: str) -> Status:
    """Of a segment or of one version of it."""
    words = {
        "processing": ("below", "◔", _("đang xử lý")),
        "held": ("below", "△", _("chờ quyết định")),
        "rejected": ("missed", "✕", _("chưa đạt")),
        "draft": ("unknown", "·", _("chưa gửi duyệt")),
        "submitted": ("below", "◔", _("chờ duyệt")),
        "returned": ("missed", "↩", _("bị trả lại")),
        "ready": ("met", "✓", _("dùng được")),
        "withdrawn": ("missed", "✕", _("đã rút")),
        "discarded": ("unknown", "·", _("đã bỏ")),
    }
    kind, sign, word = words.get(code, ("unknown", "·", code))
    return Status(kind=kind, sign=sign, word=word)


def steps() -> dict[str, str]:
    """The steps in their order, as what is being done now."""
    return {
        "received": _("đã nhận tệp, chờ đến lượt"),
        "identify": _("xem tệp đã có trong kho chưa"),
        "examine": _("nghe và đo cả bài"),
        "encode": _("đưa về đúng độ to và tạo các bản phát"),
        "compare": _("so với các bài đã có"),
        "conclude": _("ghi kết quả"),
        "done": _("đã xong"),
    }


def step(code: str) -> str:
    return steps().get(code, code)


def level(code: str) -> Status:
    words = {
        "pass": ("met", "✓", _("đạt")),
        "warn": ("below", "△", _("nên xem")),
        "fail": ("missed", "✕", _("không đạt")),
    }
    kind, sign, word = words[code]
    return Status(kind=kind, sign=sign, word=word)


def check(name: str) -> str:
    return {
        "loudness": _("Độ to khi phát"),
        "true_peak": _("Đỉnh thật khi phát"),
        "duration": _("Thời lượng phát"),
        "leading_silence": _("Khoảng lặng ở đầu"),
        "trailing_silence": _("Khoảng lặng ở cuối"),
        "inner_silence": _("Khoảng lặng giữa bài"),
        "sample_rate": _("Tần số lấy mẫu"),
        "original_loudness": _("Độ to bản gốc"),
        "clipping": _("Vỡ tiếng"),
        "dc_offset": _("Lệch điện áp"),
        "hum": _("Tiếng ù điện lưới"),
        "dead_channel": _("Kênh câm"),
        "inverted_channel": _("Kênh ngược pha"),
        "speech": _("Có tiếng nói"),
    }.get(name, name)


def problems(checks: list[CheckView]) -> list[CheckView]:
    """What did not pass, the worst first."""
    return sorted((each for each in checks if each.level != "pass"), key=lambda each: each.level != "fail")


def rendition(kind: str) -> str:
    return {
        "broadcast": _("bản phát sóng"),
        "light_opus": _("bản nhẹ cho mạng yếu (Opus)"),
        "light_mp3": _("bản nhẹ cho mạng yếu (MP3)"),
        "flac": _("bản không nén mất (FLAC)"),
    }.get(kind, kind)


def cue_texts() -> dict[str, str]:
    """What the script of the cue points says; its {places} are filled there."""
    return {
        "in": _("Điểm vào"),
        "out": _("Điểm ra"),
        "seconds": _("{seconds} giây"),
        "length": _("phần phát dài {seconds} giây"),
        "waiting": _("đang chuẩn bị bản nghe…"),
        "failed": _("Không nghe được bản gốc; hãy thử lại, hoặc đặt bằng ô số."),
    }


def decision(action: str) -> str:
    return {
        "overruled": _("cho phát dù chưa đạt"),
        "kept": _("giữ lại dù giống bài khác"),
        "discarded": _("bỏ"),
        "superseded": _("có bản ghi mới hơn thay"),
    }.get(action, action)


def tag(name: str) -> str:
    return {
        "title": _("tên"),
        "artist": _("người đọc"),
        "album": _("tuyển tập"),
        "comment": _("ghi chú"),
        "date": _("ngày"),
        "creation_time": _("lúc tạo"),
        "description": _("mô tả (bext)"),
        "originator": _("nơi ghi (bext)"),
        "originator_reference": _("mã nơi ghi (bext)"),
        "origination_date": _("ngày ghi (bext)"),
        "origination_time": _("giờ ghi (bext)"),
        "coding_history": _("cách ghi (bext)"),
    }.get(name.lower(), name)
