"""What people read when a document can't be made, or a template of theirs can't be filled."""

from server.answers.shape import GIVEN, MACHINE, Entry
from server.formats import number, size
from server.reports import refusals as reports
from server.texts import _


def _unreadable(reason: str) -> str:
    if reason == "macros":
        return _("Mẫu có macro. Hãy lưu lại thành .docx không có macro rồi gửi lại.")
    if reason == "damaged":
        return _("Mẫu không dùng được: tệp hỏng hoặc thẻ lặp đặt sai chỗ. Hãy sửa từ mẫu gốc của Loa rồi gửi lại.")
    return _("Mẫu không phải là tệp Word .docx. Hãy mở bằng Word, lưu thành .docx rồi gửi lại.")


def _too_large(refusal: reports.TemplateTooLarge) -> str:
    if refusal.what == "parts":
        return _(
            "Mẫu có {found} phần bên trong, nhiều nhất là {limit}. Hãy bỏ bớt hình và đối tượng nhúng rồi gửi lại.",
            found=number(refusal.found),
            limit=number(refusal.limit),
        )
    return _(
        "Mẫu lớn {found}, nhiều nhất là {limit}. Hãy bỏ bớt hình hoặc nén hình rồi gửi lại.",
        found=size(refusal.found),
        limit=size(refusal.limit),
    )


def _broken(refusal: reports.TemplateBroken) -> str:
    place = (
        _("đoạn «{place}»", place=refusal.place) if refusal.place else _("phần đầu trang, cuối trang hay thuộc tính")
    )
    if refusal.kind == "unknown":
        return _(
            "Mẫu có trường «{field}» mà báo cáo không có, ở {place}. Hãy sửa tên trường theo mẫu gốc của Loa.",
            field=refusal.field,
            place=place,
        )
    if refusal.kind == "forbidden":
        return _(
            "Mẫu dùng «{field}» ở {place}; mẫu chỉ được có trường, điều kiện và lặp tối đa hai lớp. Hãy bỏ phần đó.",
            field=refusal.field,
            place=place,
        )
    return _(
        "Không đọc được «{field}» trong mẫu, ở {place}. Hãy kiểm tra các dấu ngoặc và thẻ đóng theo mẫu gốc của Loa.",
        field=refusal.field,
        place=place,
    )


ANSWERS: dict[type[reports.ReportRefusal], Entry] = {
    reports.FontsMissing: (
        503,
        MACHINE,
        lambda e: (
            _(
                "Thiếu phông chữ của báo cáo ({missing}) trong {folder}. Hãy chạy lại make setup khi có mạng.",
                missing=", ".join(e.missing),
                folder=e.folder,
            )
            if e.missing
            else _("Thiếu phông chữ của báo cáo trong {folder}. Hãy chạy lại make setup khi có mạng.", folder=e.folder)
        ),
    ),
    reports.TemplateUnreadable: (422, GIVEN, lambda e: _unreadable(e.reason)),
    reports.TemplateTooLarge: (413, GIVEN, _too_large),
    reports.TemplateReachesOut: (
        422,
        GIVEN,
        lambda e: _(
            "Mẫu lấy thêm «{target}» từ bên ngoài mỗi khi mở. Hãy chèn thẳng vào mẫu, hoặc bỏ đi, rồi gửi lại.",
            target=e.target,
        ),
    ),
    reports.TemplateBroken: (422, GIVEN, _broken),
}
