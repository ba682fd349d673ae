"""What people read when settings are refused."""

from server.answers.shape import MACHINE, Entry, system_words
from server.services import setting_refusals as settings
from server.services.refusals import ServiceRefusal
from server.texts import _


def _unknown(e: settings.UnknownSetting) -> str:
    where = e.where or _("biến môi trường")
    if e.nearest:
        return _(
            "Không có thiết lập {name} ({where}); có phải {nearest}? Xem mọi thiết lập bằng: loa settings",
            name=e.name,
            where=where,
            nearest=e.nearest,
        )
    return _(
        "Không có thiết lập {name} ({where}); hãy bỏ nó đi. Xem mọi thiết lập bằng: loa settings",
        name=e.name,
        where=where,
    )


def _file(e: settings.SettingsFileUnreadable) -> str:
    if e.line:
        return _(
            "Tệp thiết lập {path}, dòng {line}: {reason}. Cần các dòng TÊN=giá trị; dòng bắt đầu bằng # là ghi chú.",
            path=e.path,
            line=e.line,
            reason=e.reason,
        )
    return _(
        "Không đọc được tệp thiết lập {path} ({reason}). Hãy sửa LOA_SETTINGS hoặc quyền đọc của tệp.",
        path=e.path,
        reason=system_words(e.reason),
    )


def _unsafe(e: settings.UnsafeSettings) -> str:
    told = "".join(f"\n  {number}. {problem}" for number, problem in enumerate(e.problems, start=1))
    return _(
        "Chưa mở cho máy khác vào được, vì {count} điều chưa an toàn:{told}\nSửa những điều trên rồi khởi động lại; xem lại bằng: loa doctor",
        count=len(e.problems),
        told=told,
    )


ANSWERS: dict[type[ServiceRefusal], Entry] = {
    settings.UnknownSetting: (500, MACHINE, _unknown),
    settings.SettingTwice: (
        500,
        MACHINE,
        lambda e: _("{name} và {other} cùng được đặt; chỉ giữ một trong hai.", name=e.name, other=e.other),
    ),
    settings.SettingsFileUnreadable: (500, MACHINE, _file),
    settings.CannotListen: (
        503,
        MACHINE,
        lambda e: _(
            "Không nghe được ở {address}, cổng {port} ({reason}). Hãy đặt LOA_LISTEN là một địa chỉ của máy này, LOA_PORT là cổng trên 1023.",
            address=e.address,
            port=e.port,
            reason=system_words(e.reason),
        ),
    ),
    settings.UnsafeSettings: (500, MACHINE, _unsafe),
}
