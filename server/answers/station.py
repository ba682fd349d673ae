"""What people at a station read when its program refuses. The HTTP statuses are never sent: no server has these."""

from server.answers import station_air
from server.answers.shape import GIVEN, MACHINE, Entry, system_words
from server.formats import size
from server.station import refusals as told
from server.texts import _


def _bad(e: told.StationSettingBad) -> str:
    if not e.value:
        return _("Tệp {path}: thiếu {name}; cần {expected}.", path=e.path, name=e.name, expected=e.expected)
    return _(
        "Tệp {path}: {name} = {value} không dùng được; cần {expected}.",
        path=e.path,
        name=e.name,
        value=e.value,
        expected=e.expected,
    )


def _unknown(e: told.StationSettingUnknown) -> str:
    if e.nearest:
        return _(
            "Tệp {path}: không có thiết lập {name}; hãy sửa thành {nearest}.",
            path=e.path,
            name=e.name,
            nearest=e.nearest,
        )
    return _("Tệp {path}: không có thiết lập {name}; hãy bỏ nó đi.", path=e.path, name=e.name)


def _dates(e: told.CertificateOutOfDate) -> str:
    if e.over:
        return _(
            "Theo đồng hồ máy này ({now}), chứng chỉ của máy chủ {server} đã hết hạn. Hãy xem đồng hồ máy: sai thì chỉnh lại rồi thử lại; đúng thì báo người quản trị máy chủ gia hạn chứng chỉ.",
            now=e.now,
            server=e.server,
        )
    return _(
        "Đồng hồ máy này chạy sai: đang là {now}, trước cả ngày chứng chỉ của máy chủ {server} có hiệu lực. Hãy chỉnh lại ngày giờ của máy rồi thử lại; lịch đã tải vẫn phát được.",
        now=e.now,
        server=e.server,
    )


def _busy(e: told.ServerBusy) -> str:
    if e.seconds:
        return _("Máy chủ {server} đang bận; hãy thử lại sau {seconds} giây.", server=e.server, seconds=e.seconds)
    return _("Máy chủ {server} đang bận hoặc đang khởi động; hãy thử lại sau vài phút.", server=e.server)


def _full(e: told.FolderFull) -> str:
    if e.wanted:
        return _(
            "Đĩa chứa {path} không đủ chỗ: cần {wanted}, còn trống {free}, chừa lại {reserve}. Hãy dọn bớt đĩa, hoặc giảm sync.reserve_mb, rồi chạy lại; những gì đã tải vẫn còn.",
            path=e.path,
            wanted=size(e.wanted),
            free=size(e.free),
            reserve=size(e.reserve),
        )
    return _("Đĩa chứa {path} đã đầy. Hãy dọn bớt đĩa rồi chạy lại; những gì đã tải vẫn còn.", path=e.path)


def _lacking(e: told.FilesLacking) -> str:
    if e.needed:
        return _(
            "Còn thiếu {count} tệp, tệp đầu cần trước {needed}: {reason} Chạy lại loa station sync để tải tiếp từ chỗ dừng.",
            count=e.count,
            needed=e.needed,
            reason=e.reason,
        )
    return _(
        "Còn thiếu {count} tệp: {reason} Chạy lại loa station sync để tải tiếp từ chỗ dừng.",
        count=e.count,
        reason=e.reason,
    )


ANSWERS: dict[type[told.StationRefusal], Entry] = {
    told.StationSettingsMissing: (
        500,
        GIVEN,
        lambda e: _(
            "Chưa có tệp thiết lập của đài (đã tìm: {looked}). Hãy tạo bằng: loa station init",
            looked=", ".join(e.looked),
        ),
    ),
    told.StationSettingsUnreadable: (
        500,
        GIVEN,
        lambda e: _(
            "Không đọc được tệp thiết lập {path} ({reason}). Hãy sửa tệp, hoặc tạo lại bằng: loa station init",
            path=e.path,
            reason=system_words(e.reason),
        ),
    ),
    told.StationSettingBad: (500, GIVEN, _bad),
    told.StationSettingUnknown: (500, GIVEN, _unknown),
    told.StationSettingsThere: (
        500,
        GIVEN,
        lambda e: _(
            "Tệp thiết lập {path} đã có; hãy sửa tệp ấy, hoặc xóa nó đi rồi chạy lại loa station init.", path=e.path
        ),
    ),
    told.ServerUnreachable: (
        502,
        MACHINE,
        lambda e: _(
            "Không nối được tới máy chủ {server} ({reason}). Hãy xem đường mạng và địa chỉ máy chủ rồi thử lại; lịch đã tải vẫn phát được.",
            server=e.server,
            reason=e.reason,
        ),
    ),
    told.ServerNotTrusted: (
        502,
        MACHINE,
        lambda e: _(
            "Không tin được chứng chỉ của {server} ({reason}): có thể mạng đang chen vào giữa, hoặc máy chủ dùng chứng chỉ tự ký. Hãy thử bằng mạng khác, hoặc đặt SSL_CERT_FILE là tệp chứng chỉ mà người quản trị máy chủ đưa.",
            server=e.server,
            reason=e.reason,
        ),
    ),
    told.CertificateOutOfDate: (502, MACHINE, _dates),
    told.NotLoa: (
        502,
        MACHINE,
        lambda e: _(
            "Nơi trả lời không phải là Loa ở {server} (mã {status}, loại {media_type}): có thể mạng đang hiện trang đăng nhập, hoặc máy trung gian sửa câu trả lời. Hãy mở trình duyệt trên máy này, đăng nhập mạng, rồi thử lại.",
            server=e.server,
            status=e.status,
            media_type=e.media_type or "–",
        ),
    ),
    told.ServerMoved: (
        502,
        MACHINE,
        lambda e: _(
            "{server} chuyển sang {to}. Nếu đó là địa chỉ mới của Loa, hãy sửa server trong tệp thiết lập; nếu là trang đăng nhập của mạng, hãy đăng nhập bằng trình duyệt rồi thử lại.",
            server=e.server,
            to=e.to,
        ),
    ),
    told.ProxyWantsSignIn: (
        502,
        MACHINE,
        lambda e: _(
            "Máy trung gian (proxy) trên đường tới {server} đòi tên và mật khẩu. Hãy đặt HTTPS_PROXY=http://TÊN:MẬT-KHẨU@MÁY:CỔNG rồi thử lại.",
            server=e.server,
        ),
    ),
    told.TokenRefused: (
        401,
        GIVEN,
        lambda e: _(
            "Máy chủ {server} không nhận mã truy cập của đài {station}: mã đã bị thu hồi, hết hạn hoặc chép sai. Hãy xin cấp mã mới ở trang Mã truy cập và ghi vào token của tệp thiết lập.",
            server=e.server,
            station=e.station,
        ),
    ),
    told.TokenOfAnother: (
        403,
        GIVEN,
        lambda e: _(
            "Mã truy cập này không phải của đài {station} trên {server}. Hãy sửa station hoặc token trong tệp thiết lập cho khớp nhau.",
            server=e.server,
            station=e.station,
        ),
    ),
    told.StationNotKnown: (
        404,
        GIVEN,
        lambda e: _(
            "Máy chủ {server} không có đài {station}. Hãy sửa station trong tệp thiết lập theo mã ở trang Đài.",
            server=e.server,
            station=e.station,
        ),
    ),
    told.ServerOlder: (
        502,
        MACHINE,
        lambda e: _(
            "Máy chủ {server} không biết {address}: phiên bản của máy chủ cũ hơn chương trình này. Hãy nhờ người quản trị nâng cấp máy chủ, hoặc cài lại chương trình cùng phiên bản với máy chủ.",
            server=e.server,
            address=e.address,
        ),
    ),
    told.AnswerNotUnderstood: (
        502,
        MACHINE,
        lambda e: _(
            "Không hiểu câu trả lời của {server} cho {address} ({reason}): máy chủ và chương trình này khác phiên bản. Hãy nâng cấp bằng pip install --upgrade 'loa[station]' rồi thử lại.",
            server=e.server,
            address=e.address,
            reason=e.reason,
        ),
    ),
    told.ServerBusy: (503, MACHINE, _busy),
    told.ServerFailed: (
        502,
        MACHINE,
        lambda e: _(
            "Máy chủ {server} báo lỗi {status} ({reason}). Hãy thử lại sau; nếu vẫn vậy, hãy báo người quản trị máy chủ câu này.",
            server=e.server,
            status=e.status,
            reason=e.reason or "–",
        ),
    ),
    told.SignedByAnother: (
        502,
        GIVEN,
        lambda e: _(
            "Lịch ở {server} do khóa {found} ký, không phải khóa {pinned} mà đài này tin; không nhận. Nếu máy chủ vừa đổi khóa, hãy gọi người quản trị xin khóa mới và ghi vào key của tệp thiết lập; nếu không, có máy đang giả danh: đừng nhận.",
            server=e.server,
            found=e.found,
            pinned=e.pinned,
        ),
    ),
    told.SealBroken: (
        502,
        MACHINE,
        lambda e: _(
            "Lịch từ {where} không còn nguyên vẹn: dấu niêm phong không khớp; không nhận. Hãy thử lại, hoặc thử bằng mạng khác; lịch trước vẫn phát được.",
            where=e.where,
        ),
    ),
    told.ManifestOfAnother: (
        502,
        GIVEN,
        lambda e: _(
            "Lịch nhận được là của đài {found}, không phải của {wanted}; không nhận. Hãy sửa station trong tệp thiết lập.",
            found=e.found,
            wanted=e.wanted,
        ),
    ),
    told.FolderUnwritable: (
        500,
        MACHINE,
        lambda e: _(
            "Không ghi được vào {path} ({reason}). Hãy cắm lại thẻ hay đĩa, gạt khóa chống ghi, hoặc sửa folder trong tệp thiết lập sang chỗ ghi được; những gì đã tải vẫn phát được.",
            path=e.path,
            reason=system_words(e.reason),
        ),
    ),
    told.FolderFull: (507, MACHINE, _full),
    told.FolderBusy: (
        409,
        MACHINE,
        lambda e: _(
            "Một loa station khác đang tải vào {path}. Hãy đợi nó xong, hoặc tắt nó rồi chạy lại.", path=e.path
        ),
    ),
    told.DownloadBroken: (
        502,
        MACHINE,
        lambda e: _(
            "«{title}» không tải được sau {tries} lần thử ({reason}).", title=e.title, tries=e.tries, reason=e.reason
        ),
    ),
    told.FilesLacking: (502, MACHINE, _lacking),
    told.PartNotInstalled: (
        501,
        MACHINE,
        lambda e: _(
            "Máy này chưa cài phần cần cho loa {command}. Hãy chạy pip install 'loa[{extra}]' rồi thử lại.",
            command=e.command,
            extra=e.extra,
        ),
    ),
    **station_air.ANSWERS,
}
