"""Whether the service may be reached by others as it is set up: each fault with its mend, all of them at once."""

import os
import stat
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from sqlmodel import Session, col, select

from server.db.accounts import Account, RoleGrant
from server.db.engine import Database
from server.db.records import SAMPLE_FACT, Fact
from server.services.footing import Footing
from server.services.hidden import KEY_FILE
from server.services.public_url import is_loopback
from server.services.rights import Role
from server.services.setting_refusals import UnsafeSettings
from server.services.views import Finding
from server.texts import _

LONGEST_IDLE = timedelta(hours=24)
LONGEST_SESSION = timedelta(days=14)
# Container engines mount secrets readable by all inside the container, which is theirs alone.
_MOUNTED_SECRETS = Path("/run/secrets")


def examine(footing: Footing, database: Database | None) -> list[Finding]:
    """All that is wrong or doubtful; `failed` forbids the start, `warning` does not. Nothing is changed."""
    found = [
        *_name(footing),
        *_files(footing),
        *_limits(footing),
        *_lines(footing),
        *_user(),
    ]
    if database is not None:
        with database.read() as session:
            found += _people(session)
    return found


def require(findings: list[Finding]) -> None:
    """Raises UnsafeSettings."""
    problems = [f"{each.name}: {each.seen}. {each.mend}" for each in findings if each.level == "failed"]
    if problems:
        raise UnsafeSettings(problems=problems)


def _name(footing: Footing) -> Iterator[Finding]:
    url = footing.public_url
    if url is None:
        yield _failed(
            "LOA_PUBLIC_URL",
            _("chưa đặt, trong khi máy khác vào được"),
            _("Đặt địa chỉ mà mọi người gõ, ví dụ LOA_PUBLIC_URL=https://loa.example.gov.vn"),
        )
    elif url.scheme != "https":
        yield _failed(
            "LOA_PUBLIC_URL",
            _("{url} không mã hóa đường truyền", url=url.text),
            _("Dùng https://, với LOA_TLS_CERT và LOA_TLS_KEY, hoặc một proxy HTTPS nêu trong LOA_TRUSTED_PROXIES."),
        )
    if footing.tls is None and not footing.behind_proxy:
        yield _failed(
            "HTTPS",
            _("không có chứng thư TLS, cũng không có proxy tin cậy đứng trước"),
            _("Đặt LOA_TLS_CERT và LOA_TLS_KEY, hoặc đặt LOA_TRUSTED_PROXIES là địa chỉ của proxy HTTPS."),
        )
    for file in footing.tls or ():
        if not os.access(file, os.R_OK):
            yield _failed(
                "HTTPS",
                _("không đọc được tệp {path}", path=file),
                _("Sửa LOA_TLS_CERT, LOA_TLS_KEY hoặc quyền đọc của tệp."),
            )


def _files(footing: Footing) -> Iterator[Finding]:
    key = footing.tls[1:] if footing.tls is not None else ()
    for path in (footing.home, footing.home / KEY_FILE, *key, *footing.secret_files):
        closed = path != footing.home and path.is_relative_to(footing.home) and not _is_open(footing.home)
        if not closed and not path.is_relative_to(_MOUNTED_SECRETS) and _is_open(path):
            yield _failed(
                _("Quyền đọc"),
                _("mọi người dùng của máy đều vào được {path}", path=path),
                _("Chạy: chmod o-rwx {path}", path=path),
            )


def _is_open(path: Path) -> bool:
    """To every user of the machine. What is not there is not: whoever needs it tells."""
    try:
        return bool(path.stat().st_mode & stat.S_IRWXO)
    except OSError:
        return False


def _limits(footing: Footing) -> Iterator[Finding]:
    if footing.sessions.idle > LONGEST_IDLE:
        yield _failed(
            "LOA_SESSION_IDLE",
            _("phiên đăng nhập để không quá {hours} giờ vẫn còn", hours=_hours(LONGEST_IDLE)),
            _("Đặt nhiều nhất {hours} giờ.", hours=_hours(LONGEST_IDLE)),
        )
    if footing.sessions.longest > LONGEST_SESSION:
        yield _failed(
            "LOA_SESSION_HOURS",
            _("phiên đăng nhập kéo dài quá {days} ngày", days=LONGEST_SESSION.days),
            _("Đặt nhiều nhất {hours} giờ.", hours=_hours(LONGEST_SESSION)),
        )


def _lines(footing: Footing) -> Iterator[Finding]:
    store = urlsplit(footing.store_endpoint or "")
    if store.scheme == "http" and not is_loopback(store.hostname or ""):
        yield _failed(
            "LOA_STORE_URL",
            _("kho S3 {host} được gọi không mã hóa", host=store.hostname),
            _("Dùng endpoint=https://…, hoặc tls=no nếu cả hai ở trong một mạng riêng."),
        )
    if footing.plain_mail_host is not None and not is_loopback(footing.plain_mail_host):
        yield _failed(
            "LOA_SMTP_URL",
            _("thư đi qua {host} không mã hóa", host=footing.plain_mail_host),
            _("Dùng smtps:// hoặc STARTTLS."),
        )


def _user() -> Iterator[Finding]:
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        yield Finding(
            name=_("Người dùng"),
            level="warning",
            seen=_("Loa đang chạy bằng quyền root"),
            mend=_("Tạo một người dùng riêng cho Loa và chạy bằng người dùng đó."),
        )


def _people(session: Session) -> Iterator[Finding]:
    """Sample accounts have passwords that everybody can read; sample figures are nobody's month."""
    accounts = session.exec(select(Account).where(Account.state == "active")).all()
    samples = sorted(account.login for account in accounts if account.sample)
    if samples:
        yield _failed(
            _("Tài khoản mẫu"),
            _("còn hoạt động: {logins}", logins=", ".join(samples)),
            _("Khóa các tài khoản này, hoặc đặt LOA_HOME là một thư mục mới."),
        )
    if session.get(Fact, SAMPLE_FACT) is not None and len(samples) < len(accounts):
        yield _failed(
            _("Dữ liệu mẫu"),
            _("đài, lịch và bài dựng để thử nằm cùng tài khoản thật"),
            _("Đặt LOA_HOME là một thư mục mới, không nạp dữ liệu mẫu."),
        )
    administrators = session.exec(
        select(Account.id)
        .join(RoleGrant, col(RoleGrant.account_id) == col(Account.id))
        .where(
            Account.state == "active",
            RoleGrant.role == Role.ADMINISTRATOR,
            col(RoleGrant.ended_at).is_(None),
            col(Account.password_hash).is_not(None) | col(Account.oidc_subject).is_not(None),
        )
        .limit(1)
    ).first()
    if administrators is None:
        yield Finding(
            name=_("Quản trị"),
            level="warning",
            seen=_("chưa có quản trị nào đăng nhập được"),
            mend=_("Mở đường dẫn tạo quản trị đầu tiên mà Loa in ra khi khởi động."),
        )


def _failed(name: str, seen: str, mend: str) -> Finding:
    return Finding(name=name, level="failed", seen=seen, mend=mend)


def _hours(length: timedelta) -> int:
    return length // timedelta(hours=1)
