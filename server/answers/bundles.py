"""What people read when a bundle for a USB stick is refused."""

from server.answers.shape import GIVEN, MACHINE, Entry
from server.services import bundle_refusals as bundle
from server.services.refusals import ServiceRefusal
from server.texts import _


def _lost(e: bundle.BundleSoundLost) -> str:
    if e.damaged:
        return _(
            "Tệp âm thanh của «{title}» trong kho đã hỏng ({sha256}…), nên chưa gửi gì. Quản trị kiểm tra kho bằng: loa media verify",
            title=e.title,
            sha256=e.sha256[:12],
        )
    return _(
        "Kho không còn tệp âm thanh của «{title}» ({sha256}…), nên chưa gửi gì. Quản trị kiểm tra kho bằng: loa media verify",
        title=e.title,
        sha256=e.sha256[:12],
    )


ANSWERS: dict[type[ServiceRefusal], Entry] = {
    bundle.BundleEmpty: (
        404,
        GIVEN,
        lambda e: _("Đài {station} không có khung nào để phát trong kỳ {span}.", station=e.station, span=e.span),
    ),
    bundle.BundleSoundLost: (503, MACHINE, _lost),
    bundle.BundleBeingMade: (
        503,
        MACHINE,
        lambda e: _(
            "Đang nối các khung của kỳ {span} thành tệp: xong {done} trên {all}. Hãy hỏi lại sau {seconds} giây; phần đã nối được giữ.",
            span=e.span,
            done=e.done,
            all=e.all,
            seconds=e.seconds,
        ),
    ),
}
