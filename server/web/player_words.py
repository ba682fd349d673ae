"""What the player in the browser says: sent with its page, so that it can also say it without a line."""

from server.texts import _, in_language


def texts() -> dict[str, str]:
    """In the language in use; {places} are filled by the script."""
    return {
        "off": _("Chưa trực: đến giờ máy này không phát."),
        "on": _("Đang trực: đến giờ máy này tự phát."),
        "on_air": _("Đang phát"),
        "urgent": _("ĐANG PHÁT KHẨN CẤP"),
        "next": _("Kế tiếp"),
        "left": _("còn {clock}"),
        "days": _("còn {days} ngày {clock}"),
        "none_ahead": _("Chưa có khung phát nào trong các ngày tới."),
        "no_manifest": _("Máy này chưa nhận được lịch: cần có mạng một lần."),
        "relay": _("tiếp âm {station}"),
        "relay_now": _("Đang là khung tiếp âm: máy này không phát, trừ khi bạn chọn phát thay."),
        "lacking": _("thiếu tệp"),
        "line": _("Có mạng, lịch mới nhất lúc {clock}."),
        "offline": _("Mất mạng: vẫn phát các tệp đã có; nhật ký gửi khi có mạng lại."),
        "refused": _("Máy chủ không nhận mã của máy này (đã bị thu hồi?). Vẫn phát được tệp đã có; hãy ghép lại."),
        "signed_out": _(
            "Phiên đăng nhập đã hết và máy này chưa ghép với đài: không lấy được lịch mới, chưa gửi được nhật ký."
        ),
        "forbidden": _(
            "Tài khoản này không báo thay đài được: chỉ người vận hành của đài, hoặc máy đã ghép, mới trực ở đây."
        ),
        "other_tab": _(
            "Máy phát của đài đang mở ở một thẻ khác của trình duyệt này. Thẻ này chờ; đóng thẻ kia thì thẻ này làm thay."
        ),
        "insecure": _(
            "Trình duyệt chỉ cho máy phát làm việc qua https. Hãy mở lại trang này bằng địa chỉ https của Loa."
        ),
        "old_browser": _(
            "Trình duyệt này thiếu điều máy phát cần ({what}). Hãy dùng Chrome, Edge hoặc Firefox mới hơn."
        ),
        "blocked": _("Trình duyệt chặn tiếng. Bấm «Bắt đầu trực» một lần nữa để cho phép."),
        "broken": _("Không phát được «{title}» từ tệp đã tải."),
        "full": _("Bộ nhớ trình duyệt đã đầy: chưa giữ được tất cả. Hãy xóa bớt dữ liệu hoặc chọn bản nhẹ."),
        "gap": _(
            "Từ {from} đến {to} trình duyệt đứng yên (máy ngủ, thẻ bị tạm dừng hoặc giờ máy bị chỉnh): {count} bài không phát."
        ),
        "closed": _("Khi trang đóng, từ {from} đến {to}, {count} bài đã qua giờ mà máy này không phát."),
        "files": _("Đã có {had} trên {all} tệp của 7 ngày tới ({size})."),
        "files_none": _("7 ngày tới không cần tệp nào."),
        "fetching": _("Đang tải {title}: {percent}%"),
        "damaged": _("Một tệp tải về không khớp mã băm, đã bỏ; sẽ tải lại."),
        "room": _("Trình duyệt đã dùng {used} trên {quota}."),
        "persisted": _("Trình duyệt hứa không tự xóa."),
        "not_persisted": _("Trình duyệt có thể tự xóa khi ổ đĩa gần đầy; cài trang này như ứng dụng để tránh."),
        "recalled": _("Đã thu hồi «{title}» lúc {clock}: {reason}. Máy này không phát bài đó nữa."),
        "emergency_waits": _("Có tin khẩn cấp «{title}» mà máy này chưa trực. Bấm «Bắt đầu trực» để phát ngay."),
        "played": _("đã phát {length}"),
        "playing": _("đang phát"),
        "cut": _("phát {length} trên {whole}"),
        "missed": _("không phát: {reason}"),
        "sent": _("đã gửi"),
        "unsent": _("chưa gửi"),
        "not_taken": _("máy chủ không nhận: {reason}"),
        "log_none": _("Máy này chưa phát gì."),
        "log_unsent": _("{count} dòng chưa gửi."),
        "log_sent": _("Mọi dòng đã gửi."),
        "pairing": _("Đang ghép…"),
        "paired": _("Máy này đã ghép với đài ({name}): phát và gửi nhật ký không cần đăng nhập; nhật ký là của máy."),
        "not_paired": _(
            "Máy này chưa ghép: dùng phiên đăng nhập của bạn, hết phiên thì ngừng nhận lịch; điều đã phát được ghi là lời người báo."
        ),
        "reload": _(
            "Trang này mở từ bộ nhớ máy nên chưa gửi được gì với phiên đăng nhập của bạn: có mạng thì tải lại trang."
        ),
        "still_valid": _("Đã bỏ mã khỏi máy này; mã vẫn còn hiệu lực đến khi người vận hành hay quản trị thu hồi."),
        "forget": _("Bỏ mã khỏi máy này"),
        "check_sound": _("Đã thử tiếng lúc {clock}."),
        "check_no_sound": _("Chưa thử tiếng: bấm «Thử tiếng» và nghe ở loa."),
        "check_deaf": _("Lần thử trước không nghe thấy: xem âm lượng, dây và loa được chọn."),
        "heard_ask": _("Có nghe thấy ba nốt ở loa không?"),
        "check_clock": _("Giờ máy lệch máy chủ {seconds} giây."),
        "check_clock_wrong": _(
            "Giờ máy lệch máy chủ {seconds} giây: máy phát theo giờ của máy này. Hãy chỉnh lại giờ trước khi trực."
        ),
        "check_clock_unknown": _("Chưa so được giờ với máy chủ."),
        "check_files": _("Đủ tệp cho khung kế tiếp."),
        "check_files_lacking": _("Khung kế tiếp còn thiếu {count} tệp."),
        "check_storage": _("Còn chỗ để giữ tệp: {free}."),
        "check_storage_low": _("Chỉ còn {free} chỗ, cần {need}."),
        "check_page": _("Trang này mở lại được khi mất mạng."),
        "check_page_not": _("Trang này chưa mở lại được khi mất mạng: chờ vài giây khi có mạng."),
        "check_awake": _("Đã giữ cho máy không ngủ khi trang này hiện."),
        "check_awake_not": _("Chưa giữ được máy thức: hãy tắt chế độ ngủ trong cài đặt nguồn."),
        "check_battery": _("Máy đang dùng pin ({percent}%): hãy cắm điện."),
        "check_mains": _("Máy đang cắm điện."),
        "check_battery_unknown": _("Trình duyệt không cho biết nguồn điện: hãy tự xem máy đã cắm điện chưa."),
        "check_tab": _("Thẻ này phải luôn mở; đóng thẻ hay trình duyệt là ngừng phát."),
        "check_quiet": _("Trang này không gửi thông báo nào: không ai nhắc bạn khi nó đóng."),
        "good": _("ổn"),
        "look": _("cần xem"),
        "bad": _("chưa được"),
        "note": _("nên nhớ"),
        **{f"why_{why}": words for why, words in _reasons().items()},
    }


def reasons() -> dict[str, str]:
    """Why a segment was not aired, as it goes to the month's record: Vietnamese, whoever looks at the page."""
    with in_language("vi"):
        return _reasons()


def _reasons() -> dict[str, str]:
    return {
        "emergency": _("Phát tin khẩn thay"),
        "gap": _("Máy tính ngủ hoặc trình duyệt đứng yên"),
        "lacking": _("Chưa tải được tệp"),
        "blocked": _("Trình duyệt chặn tiếng"),
        "broken": _("Trình duyệt không phát được tệp"),
    }
