"""What an answer is made of, and the words that several sentences share."""

import errno
import os
from collections.abc import Callable
from typing import Any

from server.texts import _

# Exit statuses of the command.
GIVEN = 2
MACHINE = 3

# HTTP status, exit status, and the sentence made from the refusal. mypy can't tie a class to the facts of its
# instances in one mapping: each entry is checked by the test that makes them all.
Entry = tuple[int, int, Callable[[Any], str]]


def field_name(name: str) -> str:
    """What people call a field; a name that nobody gave words for stays as it is."""
    if name.startswith("weights."):
        return _("Trọng số {name}", name=name.removeprefix("weights."))
    if name.startswith("tolerances."):
        return _("Dung sai {name}", name=name.removeprefix("tolerances."))
    words = {
        "title": _("Tiêu đề"),
        "claimed_at": _("Giờ bắt đầu ghi"),
        "begins_at": _("Giờ bắt đầu ghi"),
        "note": _("Ghi chú"),
        "text": _("Lời bài"),
        "reason": _("Lý do"),
        "language": _("Ngôn ngữ"),
        "priority": _("Mức ưu tiên"),
        "valid_from": _("Ngày bắt đầu hiệu lực"),
        "valid_to": _("Ngày hết hiệu lực"),
        "tier": _("Cấp đài"),
        "tiers": _("Cấp đài"),
        "level": _("Cấp đơn vị"),
        "state": _("Trạng thái"),
        "structure": _("Cơ cấu đơn vị hành chính"),
        "day": _("Ngày"),
        "clock": _("Giờ"),
        "length": _("Độ dài"),
        "cue_in": _("Điểm vào"),
        "cue_out": _("Điểm ra"),
        "code": _("Mã"),
        "login": _("Tên đăng nhập"),
        "email": _("Thư điện tử"),
        "role": _("Vai trò"),
        "organisation": _("Mã cơ quan"),
        "hours": _("Số giờ"),
        "name": _("Tên"),
        "legal_ground": _("Căn cứ"),
        "counts_from": _("Mức bằng chứng được tính"),
        "heard_from": _("Độ chắc chắn"),
        "freeze_hours": _("Số giờ giữ nguyên trước giờ phát"),
        "seed": _("Số khởi đầu của phép chọn ngẫu nhiên"),
    }
    return words.get(name, name)


def expectation(expected: str) -> str:
    """The form that was wanted, in words: `characters:1:200`, `number:0:9`, a known word, or what it says itself."""
    if expected.startswith("characters:"):
        _kind, least, most = expected.split(":")
        return _("từ {least} đến {most} ký tự", least=least, most=most)
    if expected.startswith("number:"):
        _kind, least, most = expected.split(":")
        return _("một số từ {least} đến {most}", least=least, most=most)
    words = {
        "code": _("từ 1 đến 64 chữ thường không dấu, chữ số hoặc gạch nối"),
        "login": _(
            "từ 3 đến 40 chữ thường không dấu, chữ số, dấu chấm hoặc gạch nối, bắt đầu và kết thúc bằng chữ hay số"
        ),
        "email": _("một địa chỉ như ten@daklak.gov.vn"),
        "one_line": _("một dòng chữ không có ký tự điều khiển"),
        "printable": _("chữ không có ký tự điều khiển"),
    }
    return words.get(expected, expected)


def system_words(reason: str) -> str:
    """What the system said, in words of ours where we have them."""
    words = {
        errno.ENOENT: _("không có tệp này"),
        errno.EACCES: _("không có quyền"),
        errno.EPERM: _("không có quyền"),
        errno.EISDIR: _("đây là thư mục"),
        errno.EEXIST: _("đã có tệp mang tên này"),
        errno.ENOTDIR: _("một phần của đường dẫn không phải là thư mục"),
        errno.EROFS: _("ổ đĩa chỉ cho đọc"),
        errno.ENOSPC: _("đĩa đã đầy"),
        errno.EDQUOT: _("đã hết hạn mức đĩa"),
        errno.EINVAL: _("không phải là tệp thường"),
    }
    return next((text for number, text in words.items() if os.strerror(number) == reason), reason)
