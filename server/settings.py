"""Settings, read once at the door; nothing below reads the environment. What there is to set: `server.setting_table`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from media.profile import Profile
from media.stores.s3 import S3Location
from server import setting_table as table
from server.access_settings import mail_server, oidc_provider
from server.database_settings import database_place
from server.db.place import DATABASE_FILE, DatabasePlace
from server.given_settings import Source, read_given
from server.logs import Form
from server.services.footing import Footing
from server.services.mail_server import MailServer
from server.services.openid_provider import OidcProvider
from server.services.public_url import Network, PublicUrl, is_loopback
from server.services.refusals import BadSetting
from server.services.session_limits import SessionLimits
from server.services.upload_limits import UploadLimits
from server.store_settings import s3_location
from server.texts import _

DEFAULT_PORT = int(table.PORT.default)
MASK = "••••"


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One setting for people: a secret's value is masked whatever it is, and "" where it is not set."""

    name: str
    value: str
    source: Source
    default: str
    meaning: str
    secret: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """`home` holds all that Loa keeps; `ffmpeg` names an executable other than the one that comes along.

    `stop_delay` is how long the web server serves on once it is told to stop.
    `server` is PostgreSQL's, None: the SQLite file in `home`. `works`: the web server also does what `loa worker` does.
    `planning_threads`: stations that this process plans at the same time.
    `s3` is where audio lies, None: in a folder of `home`. `profile` holds the limits that recordings are judged by.
    `secret` is this installation's own, None: in a file of `home`. `tls` is the certificate and its key. `secret_files` are the files that secrets were read from.
    """

    home: Path
    listen: str = table.LISTEN.default
    port: int = DEFAULT_PORT
    stop_delay: timedelta = timedelta(0)
    public_url: PublicUrl | None = None
    trusted_proxies: tuple[Network, ...] = ()
    tls: tuple[Path, Path] | None = None
    ffmpeg: Path | None = None
    language: str = table.LANGUAGE.default
    log_format: Form = "text"
    otlp_endpoint: str = ""
    metrics_token: str = field(default="", repr=False)
    uploads: UploadLimits = field(default_factory=UploadLimits)
    server: DatabasePlace | None = None
    s3: S3Location | None = None
    works: bool = True
    planning_threads: int = int(table.PLANNING_THREADS.default)
    secret: bytes | None = field(default=None, repr=False)
    backup_to: Path | None = None
    backup_key: bytes | None = field(default=None, repr=False)
    profile: Profile = field(default_factory=Profile)
    sessions: SessionLimits = field(default_factory=SessionLimits)
    mail: MailServer | None = None
    private_webhooks: bool = False
    oidc: OidcProvider | None = None
    secret_files: tuple[Path, ...] = ()

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "Settings":
        """Of the environment and the file that LOA_SETTINGS names.

        Raises BadSetting, UnknownSetting, SettingTwice, SettingsFileUnreadable.
        """
        given = read_given(environment, table.SETTINGS)
        return cls(
            home=given[table.HOME],
            listen=given[table.LISTEN],
            port=given[table.PORT],
            stop_delay=timedelta(seconds=given[table.STOP_DELAY]),
            public_url=given[table.PUBLIC_URL],
            trusted_proxies=given[table.TRUSTED_PROXIES],
            tls=_tls(given[table.TLS_CERT], given[table.TLS_KEY]),
            ffmpeg=given[table.FFMPEG],
            language=given[table.LANGUAGE],
            log_format="json" if given[table.LOG_FORMAT] == "json" else "text",
            otlp_endpoint=given[table.OTLP_ENDPOINT],
            metrics_token=given[table.METRICS_TOKEN],
            uploads=UploadLimits(
                max_size=given[table.UPLOAD_MAX],
                types=given[table.UPLOAD_TYPES],
                lifetime=timedelta(days=given[table.UPLOAD_DAYS]),
            ),
            server=database_place({each.name: given[each] for each in (table.DATABASE_URL, table.DATABASE_PASSWORD)}),
            works=given[table.WORKER],
            planning_threads=given[table.PLANNING_THREADS],
            secret=given[table.SECRET],
            backup_to=given[table.BACKUP_TO],
            backup_key=given[table.BACKUP_KEY],
            s3=s3_location({each.name: given[each] for each in (table.STORE_URL, table.S3_KEY_ID, table.S3_SECRET)}),
            profile=given[table.PROFILE],
            sessions=SessionLimits(
                idle=timedelta(minutes=given[table.SESSION_IDLE]),
                longest=timedelta(hours=given[table.SESSION_HOURS]),
            ),
            mail=mail_server({each.name: given.text(each) for each in table.MAIL}),
            private_webhooks=given[table.WEBHOOKS_PRIVATE],
            oidc=oidc_provider({each.name: given.text(each) for each in table.OIDC}),
            secret_files=given.secret_files,
        )

    @property
    def database(self) -> DatabasePlace:
        return self.server or DatabasePlace.file(self.home / DATABASE_FILE)

    @property
    def store(self) -> Path:
        return self.home / "store"

    @property
    def scratch(self) -> Path:
        return self.home / "scratch"

    @property
    def exposed(self) -> bool:
        """Whether others than this machine are meant to reach the service."""
        return not is_loopback(self.listen) or (self.public_url is not None and not is_loopback(self.public_url.host))

    @property
    def address(self) -> str:
        """Where people find the service."""
        if self.public_url is not None:
            return self.public_url.text
        host = f"[{self.listen}]" if ":" in self.listen else self.listen
        return f"{'https' if self.tls else 'http'}://{host}:{self.port}"

    @property
    def footing(self) -> Footing:
        """What the checks of a service in production look at."""
        return Footing(
            home=self.home,
            public_url=self.public_url,
            tls=self.tls,
            behind_proxy=bool(self.trusted_proxies),
            sessions=self.sessions,
            store_endpoint=self.s3.endpoint if self.s3 is not None and not self.s3.plain else None,
            plain_mail_host=self.mail.host if self.mail is not None and self.mail.tls == "none" else None,
            secret_files=self.secret_files,
        )


def told(environment: Mapping[str, str]) -> list[Told]:
    """All settings as they hold. Raises what `Settings.from_environment` does."""
    Settings.from_environment(environment)
    given = read_given(environment, table.SETTINGS)
    return [
        Told(
            name=each.name,
            value=(MASK if given.texts.get(each.name) else "") if each.secret else given.text(each),
            source=given.source(each),
            default=each.default_words() if each.default_words is not None else each.default,
            meaning=each.meaning(),
            secret=each.secret,
        )
        for each in table.SETTINGS
    ]


def _tls(certificate: Path | None, key: Path | None) -> tuple[Path, Path] | None:
    if certificate is not None and key is not None:
        return certificate, key
    if certificate is not None or key is not None:
        missing, other = (table.TLS_KEY, table.TLS_CERT) if certificate is not None else (table.TLS_CERT, table.TLS_KEY)
        raise BadSetting(
            name=missing.name, value=_("chưa đặt"), expected=_("tệp PEM đi cùng {other}", other=other.name)
        )
    return None
