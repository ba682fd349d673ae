"""The words of Loa that people may not know, each told in two sentences at most: for the page of help and beside the thing."""

from dataclasses import dataclass

from server.texts import _


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """`name` is its anchor on the page of help."""

    name: str
    word: str
    told: str


def terms() -> list[Term]:
    """As they follow each other on a segment's way to the report."""
    return [
        Term(
            name="bai",
            word=_("bài phát thanh"),
            told=_("Một bản ghi âm có tên, nội dung và thứ tiếng. Bài được duyệt rồi mới vào lịch."),
        ),
        Term(
            name="noi-dung",
            word=_("nội dung"),
            told=_(
                "Điều mà bài nói về, theo mục II.1 của kế hoạch. Mỗi nội dung có một cơ quan chủ trì, là nơi duyệt bài."
            ),
        ),
        Term(
            name="lufs",
            word="LUFS",
            told=_(
                "Đơn vị đo độ to mà tai nghe thấy. Bài được đưa về −23 LUFS để bài nào cũng to như nhau; số càng gần 0 càng to."
            ),
        ),
        Term(
            name="diem-cat",
            word=_("điểm vào, điểm ra"),
            told=_(
                "Chỗ bắt đầu và kết thúc phần được phát của bản ghi. Phần ngoài hai điểm này không phát và không tính."
            ),
        ),
        Term(
            name="chuyen-muc",
            word=_("chuyên mục"),
            told=_("Loạt bài có tên và nhạc hiệu riêng, ví dụ «Tuyên truyền CCHC»."),
        ),
        Term(
            name="buoi-phat",
            word=_("buổi phát"),
            told=_("Khoảng giờ mà đài phát hằng ngày hoặc theo thứ, ví dụ 05:00 đến 06:00."),
        ),
        Term(
            name="khung-phat",
            word=_("khung phát"),
            told=_(
                "Một lần phát chuyên mục của một đài: ngày, giờ và các bài theo thứ tự. Khung phát nằm trong một buổi phát."
            ),
        ),
        Term(
            name="tiep-am",
            word=_("tiếp âm"),
            told=_(
                "Đài phát lại trực tiếp sóng của đài khác, thường là đài xã tiếp âm đài huyện. Khung được tiếp âm không cần tải tệp."
            ),
        ),
        Term(
            name="lich-thang",
            word=_("lịch tháng"),
            told=_("Mọi khung phát của một đài trong một tháng."),
        ),
        Term(
            name="ban-nhap",
            word=_("bản nháp, bản công bố"),
            told=_(
                "Bản nháp còn sửa được và chưa đài nào thấy. Công bố rồi thì bản đó có số, giữ nguyên mãi; muốn đổi phải công bố bản sau."
            ),
        ),
        Term(
            name="khoa-khung",
            word=_("khóa khung"),
            told=_(
                "Giữ một khung phát đúng như đang có khi lập lại lịch. Mở khóa thì khung lại được xếp như các khung khác."
            ),
        ),
        Term(
            name="han-dong-bang",
            word=_("hạn đóng băng"),
            told=_(
                "Các khung phát trong những giờ tới giữ nguyên khi lập lại lịch, để đài kịp tải tệp. Số giờ ghi ở trang Quy định."
            ),
        ),
        Term(
            name="thoi-luong-tinh",
            word=_("thời lượng tính"),
            told=_(
                "Số phút, giây được tính cho mức bắt buộc: âm thanh giữa điểm vào và điểm ra của các bài đã phát, không tính nhạc hiệu."
            ),
        ),
        Term(
            name="muc-bat-buoc",
            word=_("mức bắt buộc, mục tiêu"),
            told=_(
                "Mức bắt buộc là số phút đài phải đạt theo văn bản; mục tiêu là số phút mong muốn, chưa đạt không phải là vi phạm."
            ),
        ),
        Term(
            name="da-giao",
            word=_("đã giao"),
            told=_("Tệp của khung phát đã tới máy của đài, có xác nhận. Chưa phải là đã phát."),
        ),
        Term(
            name="bao-da-phat",
            word=_("báo đã phát"),
            told=_(
                "Người của đài nói khung này đã phát, bằng một lần bấm, bằng bảng hoặc bằng giấy. Sửa bằng một lời báo mới, không xóa lời cũ."
            ),
        ),
        Term(
            name="may-ghi-nhan",
            word=_("máy ghi nhận"),
            told=_("Máy phát của đài tự gửi nhật ký rằng nó đã phát. Chắc hơn lời báo của người."),
        ),
        Term(
            name="da-nghe-thay",
            word=_("đã nghe thấy"),
            told=_("Bài được nhận ra trong bản ghi sóng của đài. Đây là bằng chứng chắc nhất."),
        ),
        Term(
            name="ban-ghi-song",
            word=_("bản ghi sóng"),
            told=_("Tiếng đài đã phát ra, ghi bằng điện thoại hoặc máy thu rồi gửi lên để so với các bài."),
        ),
        Term(
            name="nghi-van",
            word=_("nghi vấn"),
            told=_("Lời báo và bằng chứng không khớp nhau. Người giám sát nghe, xem rồi quyết định, có lý do."),
        ),
        Term(
            name="du-bao",
            word=_("dự báo"),
            told=_("Số phút mà đài sẽ có vào cuối tháng nếu mọi việc cứ như hiện nay, kèm lý do."),
        ),
        Term(
            name="don-doc",
            word=_("đôn đốc"),
            told=_("Nhắc đài còn thiếu: trên trang của đài, bằng thư điện tử hoặc bằng công văn để ký."),
        ),
        Term(
            name="chot-thang",
            word=_("chốt tháng"),
            told=_(
                "Giữ số liệu của tháng đã hết để không ai đổi được nữa. Điều báo muộn hơn được ghi thêm bên cạnh, không sửa số đã chốt."
            ),
        ),
        Term(
            name="ma-bam",
            word=_("mã băm"),
            told=_("Dãy ký tự tính ra từ nội dung. Nội dung đổi một chữ thì mã khác hẳn, nên so mã là biết có ai sửa."),
        ),
        Term(
            name="ma-truy-cap",
            word=_("mã truy cập"),
            told=_("Mật khẩu riêng cho một máy hay chương trình, chỉ hiện một lần. Mất thì thu hồi và cấp mã mới."),
        ),
        Term(
            name="webhook",
            word="webhook",
            told=_("Địa chỉ mà Loa tự gọi khi có việc, để chương trình của đài biết ngay."),
        ),
    ]


def term(name: str) -> Term:
    """Raises StopIteration where nobody wrote it down: a mistake of ours."""
    return next(each for each in terms() if each.name == name)
