"""Every setting, declared once: its name, what it means, how it is read, what holds without it, whether it is secret.

To add one: declare it here, list it in SETTINGS, and give `server.settings.Settings` the field that it fills.
"""

from datetime import timedelta
from pathlib import Path

from server import setting_forms as forms
from server.given_settings import Setting
from server.services.session_limits import SessionLimits
from server.services.upload_limits import UploadLimits
from server.texts import LANGUAGES, _

_USUAL = UploadLimits()
_LASTING = SessionLimits()

HOME = Setting(
    name="LOA_HOME",
    meaning=lambda: _("thư mục giữ cơ sở dữ liệu, âm thanh và tệp tạm"),
    parse=lambda _name, text: Path(text).absolute(),
    default="var",
)
LISTEN = Setting(
    name="LOA_LISTEN",
    meaning=lambda: _("địa chỉ mạng mà máy chủ nghe; 0.0.0.0 hoặc :: là mọi địa chỉ của máy"),
    parse=forms.address,
    default="127.0.0.1",
)
PORT = Setting(
    name="LOA_PORT", meaning=lambda: _("cổng mà máy chủ nghe"), parse=forms.whole_number(65535), default="8000"
)
STOP_DELAY = Setting(
    name="LOA_STOP_DELAY",
    meaning=lambda: _(
        "số giây mà máy chủ web còn phục vụ như thường sau khi được bảo dừng, để proxy kịp thấy và thôi gửi yêu cầu tới"
    ),
    parse=forms.whole_number(600, least=0),
    default="0",
)
PUBLIC_URL = Setting(
    name="LOA_PUBLIC_URL",
    meaning=lambda: _("địa chỉ mà mọi người gõ, ví dụ https://loa.example.gov.vn"),
    parse=forms.public_url,
    default_words=lambda: _("chỉ máy này vào được"),
)
TRUSTED_PROXIES = Setting(
    name="LOA_TRUSTED_PROXIES",
    meaning=lambda: _("địa chỉ hoặc dải mạng của các proxy đứng trước Loa, cách nhau bằng dấu phẩy"),
    parse=forms.networks,
    default_words=lambda: _("không có"),
)
TLS_CERT = Setting(
    name="LOA_TLS_CERT",
    meaning=lambda: _("tệp chứng thư TLS (PEM, kèm chứng thư trung gian) khi Loa tự phục vụ HTTPS"),
    parse=forms.optional_path,
    default_words=lambda: _("không có"),
)
TLS_KEY = Setting(
    name="LOA_TLS_KEY",
    meaning=lambda: _("tệp khóa riêng của chứng thư TLS (PEM)"),
    parse=forms.optional_path,
    default_words=lambda: _("không có"),
)
FFMPEG = Setting(
    name="LOA_FFMPEG",
    meaning=lambda: _("ffmpeg khác, bản 5.1 trở lên"),
    parse=forms.optional_path,
    default_words=lambda: _("bản đi kèm"),
)
SECRET = Setting(
    name="LOA_SECRET",
    meaning=lambda: _("khóa ký địa chỉ và giấu yếu tố thứ hai, chung cho mọi tiến trình; tạo bằng: loa backup key"),
    parse=forms.key,
    default_words=lambda: _("tệp secret trong LOA_HOME"),
    secret=True,
)
LANGUAGE = Setting(
    name="LOA_LANG",
    meaning=lambda: _("ngôn ngữ của dòng lệnh: vi hoặc en"),
    parse=forms.one_of(LANGUAGES),
    default="vi",
)
LOG_FORMAT = Setting(
    name="LOA_LOG_FORMAT",
    meaning=lambda: _("nhật ký máy chủ: text cho người đọc, json cho chương trình, có thêm một dòng cho mỗi yêu cầu"),
    parse=forms.one_of(("text", "json")),
    default="text",
)
METRICS_TOKEN = Setting(
    name="LOA_METRICS_TOKEN",
    meaning=lambda: _("mã mà Prometheus gửi (Bearer) để đọc /metrics, ít nhất 16 ký tự"),
    parse=forms.token,
    default_words=lambda: _("chỉ quản trị đọc được"),
    secret=True,
)
OTLP_ENDPOINT = Setting(
    name="LOA_OTLP_ENDPOINT",
    meaning=lambda: _("nơi nhận dấu vết OpenTelemetry (OTLP/HTTP), ví dụ http://collector:4318"),
    parse=forms.web_address,
    default_words=lambda: _("không gửi"),
)
PROFILE = Setting(
    name="LOA_PROFILE",
    meaning=lambda: _("tệp TOML với những giới hạn kiểm tra bản ghi khác mặc định"),
    parse=forms.profile,
    default_words=lambda: _("các giới hạn mặc định"),
)
UPLOAD_MAX = Setting(
    name="LOA_UPLOAD_MAX",
    meaning=lambda: _("tệp gửi lên lớn nhất, tính bằng byte"),
    parse=forms.whole_number(10**15),
    default=str(_USUAL.max_size),
)
UPLOAD_TYPES = Setting(
    name="LOA_UPLOAD_TYPES",
    meaning=lambda: _("các kiểu tệp được gửi lên, cách nhau bằng dấu phẩy"),
    parse=forms.media_types,
    default=",".join(_USUAL.types),
)
UPLOAD_DAYS = Setting(
    name="LOA_UPLOAD_DAYS",
    meaning=lambda: _("số ngày giữ một tệp gửi dở"),
    parse=forms.whole_number(365),
    default=str(_USUAL.lifetime // timedelta(days=1)),
)
# When a session was last heard of is written down every minute: a limit near that would end those in use.
SESSION_IDLE = Setting(
    name="LOA_SESSION_IDLE",
    meaning=lambda: _("số phút không dùng thì phiên đăng nhập kết thúc"),
    parse=forms.whole_number(43_200, least=5),
    default=str(_LASTING.idle // timedelta(minutes=1)),
)
SESSION_HOURS = Setting(
    name="LOA_SESSION_HOURS",
    meaning=lambda: _("số giờ dài nhất của một phiên đăng nhập"),
    parse=forms.whole_number(8760),
    default=str(_LASTING.longest // timedelta(hours=1)),
)
DATABASE_URL = Setting(
    name="LOA_DATABASE_URL",
    meaning=lambda: _("máy chủ PostgreSQL: postgresql://tên:mật-khẩu@host:5432/loa?sslmode=verify-full"),
    parse=forms.as_it_is,
    default_words=lambda: _("tệp SQLite trong LOA_HOME"),
    secret=True,  # it may hold a password
)
DATABASE_PASSWORD = Setting(
    name="LOA_DATABASE_PASSWORD", meaning=lambda: _("mật khẩu của PostgreSQL"), parse=forms.as_it_is, secret=True
)
BACKUP_TO = Setting(
    name="LOA_BACKUP_TO",
    meaning=lambda: _("thư mục giữ các bản sao lưu, nên ở đĩa khác hoặc máy khác"),
    parse=forms.optional_path,
    default_words=lambda: _("nêu khi sao lưu: --to"),
)
BACKUP_KEY = Setting(
    name="LOA_BACKUP_KEY",
    meaning=lambda: _("khóa mã hóa bản sao lưu, tạo bằng: loa backup key"),
    parse=forms.key,
    default_words=lambda: _("không mã hóa"),
    secret=True,
)
WORKER = Setting(
    name="LOA_WORKER",
    meaning=lambda: _("yes: máy chủ web làm cả việc nền; no: chỉ các tiến trình loa worker làm"),
    parse=forms.yes_or_no,
    default="yes",
)
PLANNING_THREADS = Setting(
    name="LOA_PLANNING_THREADS",
    meaning=lambda: _("mỗi tiến trình làm việc nền lập lịch cho bao nhiêu đài cùng lúc"),
    parse=forms.whole_number(256),
    default="4",
)
STORE_URL = Setting(
    name="LOA_STORE_URL",
    meaning=lambda: _("kho S3 giữ âm thanh: s3://bucket/thư-mục?endpoint=https://host:9000&region=…"),
    parse=forms.as_it_is,
    default_words=lambda: _("một thư mục trong LOA_HOME"),
)
S3_KEY_ID = Setting(
    name="AWS_ACCESS_KEY_ID", meaning=lambda: _("mã khóa của kho S3"), parse=forms.as_it_is, secret=True
)
S3_SECRET = Setting(
    name="AWS_SECRET_ACCESS_KEY", meaning=lambda: _("khóa bí mật của kho S3"), parse=forms.as_it_is, secret=True
)

SMTP_URL = Setting(
    name="LOA_SMTP_URL",
    meaning=lambda: _("máy chủ thư: smtp://tên:mật-khẩu@host:587?tls=start hoặc smtps://…"),
    parse=forms.as_it_is,
    default_words=lambda: _("không gửi thư"),
    secret=True,  # it may hold a password
)
SMTP_PASSWORD = Setting(
    name="LOA_SMTP_PASSWORD", meaning=lambda: _("mật khẩu của máy chủ thư"), parse=forms.as_it_is, secret=True
)
SMTP_CA_FILE = Setting(
    name="LOA_SMTP_CA_FILE",
    meaning=lambda: _("tệp chứng thư gốc (PEM) của máy chủ thư nội bộ"),
    parse=forms.as_it_is,
    default_words=lambda: _("các chứng thư gốc của hệ thống"),
)
MAIL_FROM = Setting(
    name="LOA_MAIL_FROM", meaning=lambda: _("người gửi của thư, ví dụ Loa <loa@tinh.gov.vn>"), parse=forms.as_it_is
)
MAIL = (SMTP_URL, SMTP_PASSWORD, SMTP_CA_FILE, MAIL_FROM)
WEBHOOKS_PRIVATE = Setting(
    name="LOA_WEBHOOKS_PRIVATE",
    meaning=lambda: _("yes: webhook được trỏ vào máy này và mạng nội bộ; no: chỉ địa chỉ công cộng"),
    parse=forms.yes_or_no,
    default="no",
)
OIDC_ISSUER = Setting(
    name="LOA_OIDC_ISSUER",
    meaning=lambda: _("hệ thống đăng nhập chung (OpenID Connect), ví dụ https://dangnhap.tinh.gov.vn/realms/tinh"),
    parse=forms.as_it_is,
    default_words=lambda: _("không dùng"),
)
OIDC_CLIENT_ID = Setting(
    name="LOA_OIDC_CLIENT_ID", meaning=lambda: _("mã mà hệ thống đăng nhập chung cấp cho Loa"), parse=forms.as_it_is
)
OIDC_CLIENT_SECRET = Setting(
    name="LOA_OIDC_CLIENT_SECRET",
    meaning=lambda: _("khóa bí mật mà hệ thống đăng nhập chung cấp cho Loa"),
    parse=forms.as_it_is,
    secret=True,
)
OIDC = (OIDC_ISSUER, OIDC_CLIENT_ID, OIDC_CLIENT_SECRET)

SETTINGS: tuple[Setting[object], ...] = (
    HOME,
    LISTEN,
    PORT,
    STOP_DELAY,
    PUBLIC_URL,
    TRUSTED_PROXIES,
    TLS_CERT,
    TLS_KEY,
    FFMPEG,
    LANGUAGE,
    LOG_FORMAT,
    METRICS_TOKEN,
    OTLP_ENDPOINT,
    PROFILE,
    UPLOAD_MAX,
    UPLOAD_TYPES,
    UPLOAD_DAYS,
    SESSION_IDLE,
    SESSION_HOURS,
    DATABASE_URL,
    DATABASE_PASSWORD,
    WORKER,
    PLANNING_THREADS,
    SECRET,
    BACKUP_TO,
    BACKUP_KEY,
    STORE_URL,
    S3_KEY_ID,
    S3_SECRET,
    *MAIL,
    WEBHOOKS_PRIVATE,
    *OIDC,
)
