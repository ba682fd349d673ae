"""Settings come from the environment, once, at the door; nothing below reads it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import msgspec

from media.profile import Profile
from media.stores.s3 import S3Location
from server.access_settings import mail_server, oidc_provider
from server.services.mail_server import MailServer
from server.services.openid_provider import OidcProvider
from server.services.refusals import BadSetting
from server.services.session_limits import SessionLimits
from server.services.upload_limits import UploadLimits
from server.store_settings import s3_location
from server.texts import LANGUAGES, _

DEFAULT_PORT = 8000
_MOST_BYTES = 10**15
_MOST_DAYS = 365
_MOST_IDLE_MINUTES = 1440
_MOST_SESSION_HOURS = 720
_MEDIA_TYPES = re.compile(r"\*/\*|[a-z0-9.+-]+/(?:\*|[a-z0-9.+-]+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """`home` holds all that Loa keeps; `ffmpeg` names an executable other than the one that comes along.

    `s3` is where audio lies, None: in a folder of `home`. `profile` holds the limits that recordings are judged by.
    """

    home: Path
    port: int = DEFAULT_PORT
    ffmpeg: Path | None = None
    language: str = "vi"
    uploads: UploadLimits = field(default_factory=UploadLimits)
    s3: S3Location | None = None
    profile: Profile = field(default_factory=Profile)
    sessions: SessionLimits = field(default_factory=SessionLimits)
    mail: MailServer | None = None
    oidc: OidcProvider | None = None

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "Settings":
        """Reads LOA_HOME, LOA_PORT, LOA_FFMPEG, LOA_LANG, LOA_PROFILE, LOA_UPLOAD_*, LOA_SESSION_*, LOA_STORE_URL and
        what `server.access_settings` does.

        Raises BadSetting.
        """
        port = environment.get("LOA_PORT") or str(DEFAULT_PORT)
        if not (port.isascii() and port.isdigit() and 0 < int(port) < 65536):
            raise BadSetting(name="LOA_PORT", value=port, expected="1–65535")
        language = environment.get("LOA_LANG") or "vi"
        if language not in LANGUAGES:
            raise BadSetting(name="LOA_LANG", value=language, expected=", ".join(LANGUAGES))
        ffmpeg = environment.get("LOA_FFMPEG")
        return cls(
            home=Path(environment.get("LOA_HOME") or "var").absolute(),
            port=int(port),
            ffmpeg=Path(ffmpeg) if ffmpeg else None,
            language=language,
            uploads=_upload_limits(environment),
            s3=s3_location(environment),
            profile=_profile(environment),
            sessions=_session_limits(environment),
            mail=mail_server(environment),
            oidc=oidc_provider(environment),
        )

    @property
    def database(self) -> Path:
        return self.home / "loa.sqlite"

    @property
    def store(self) -> Path:
        return self.home / "store"

    @property
    def scratch(self) -> Path:
        return self.home / "scratch"


def _profile(environment: Mapping[str, str]) -> Profile:
    """Reads the TOML file that LOA_PROFILE names: those limits of `media.profile.Profile` that differ."""
    name = environment.get("LOA_PROFILE")
    if not name:
        return Profile()
    try:
        return msgspec.toml.decode(Path(name).read_bytes(), type=Profile)
    except OSError as error:
        expected = _("tệp TOML đọc được ({reason})", reason=error.strerror or error)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        expected = _("tệp TOML chỉ có các giới hạn của hồ sơ kiểm tra ({reason})", reason=error)
    raise BadSetting(name="LOA_PROFILE", value=name, expected=expected)


def _upload_limits(environment: Mapping[str, str]) -> UploadLimits:
    """Reads LOA_UPLOAD_MAX (bytes), LOA_UPLOAD_TYPES (comma-separated) and LOA_UPLOAD_DAYS."""
    usual = UploadLimits()
    days = _whole_number(environment, "LOA_UPLOAD_DAYS", most=_MOST_DAYS)
    listed = environment.get("LOA_UPLOAD_TYPES", "")
    types = tuple(part.strip().lower() for part in listed.split(",") if part.strip())
    if not all(_MEDIA_TYPES.fullmatch(part) for part in types):
        raise BadSetting(name="LOA_UPLOAD_TYPES", value=listed, expected="audio/*, video/mp4, …")
    return UploadLimits(
        max_size=_whole_number(environment, "LOA_UPLOAD_MAX", most=_MOST_BYTES) or usual.max_size,
        types=types or usual.types,
        lifetime=timedelta(days=days) if days else usual.lifetime,
    )


def _session_limits(environment: Mapping[str, str]) -> SessionLimits:
    """Reads LOA_SESSION_IDLE (minutes) and LOA_SESSION_HOURS."""
    usual = SessionLimits()
    # When a session was last heard of is written down every minute: a limit near that would end those in use.
    idle = _whole_number(environment, "LOA_SESSION_IDLE", least=5, most=_MOST_IDLE_MINUTES)
    longest = _whole_number(environment, "LOA_SESSION_HOURS", most=_MOST_SESSION_HOURS)
    return SessionLimits(
        idle=timedelta(minutes=idle) if idle else usual.idle,
        longest=timedelta(hours=longest) if longest else usual.longest,
    )


def _whole_number(environment: Mapping[str, str], name: str, *, least: int = 1, most: int) -> int | None:
    text = environment.get(name)
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(most)) and least <= int(text) <= most):
        raise BadSetting(name=name, value=text, expected=f"{least}–{most}")
    return int(text)
