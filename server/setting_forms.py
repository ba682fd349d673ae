"""How the texts of settings are read. Each is given the setting's name, for BadSetting, and its text."""

import ipaddress
import re
from collections.abc import Callable
from pathlib import Path

import msgspec

from media.profile import Profile
from server.services.public_url import Network, PublicUrl
from server.services.refusals import BadSetting
from server.texts import _

_MEDIA_TYPES = re.compile(r"\*/\*|[a-z0-9.+-]+/(?:\*|[a-z0-9.+-]+)")
_PUBLIC = re.compile(
    r"(https?)://(\[[0-9a-f:.]+\]|[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?)(?::([0-9]{1,5}))?/?", re.ASCII
)
_TOKEN = re.compile(r"[A-Za-z0-9._~+/=-]{16,512}", re.ASCII)
_CALLED = re.compile(r"https?://[A-Za-z0-9.:\[\]-]+(?:/[A-Za-z0-9._~/-]*)?", re.ASCII)


def as_it_is(_name: str, text: str) -> str:
    return text


def optional_path(_name: str, text: str) -> Path | None:
    return Path(text) if text else None


def key(name: str, text: str) -> bytes | None:
    """32 bytes, written in hexadecimal."""
    if not text:
        return None
    if re.fullmatch(r"[0-9a-fA-F]{64}", text) is None:
        raise BadSetting(name=name, value="…", expected=_("64 chữ số thập lục phân, tạo bằng: loa backup key"))
    return bytes.fromhex(text)


def whole_number(most: int, *, least: int = 1) -> Callable[[str, str], int]:
    """Both included."""

    def parse(name: str, text: str) -> int:
        if not (text.isascii() and text.isdigit() and len(text) <= len(str(most)) and least <= int(text) <= most):
            raise BadSetting(name=name, value=text, expected=f"{least}–{most}")
        return int(text)

    return parse


def one_of(known: tuple[str, ...]) -> Callable[[str, str], str]:
    def parse(name: str, text: str) -> str:
        if text not in known:
            raise BadSetting(name=name, value=text, expected=", ".join(known))
        return text

    return parse


def yes_or_no(name: str, text: str) -> bool:
    return one_of(("yes", "no"))(name, text) == "yes"


def address(name: str, text: str) -> str:
    """Of this machine, to listen on: an IP address, or localhost."""
    if text == "localhost":
        return "127.0.0.1"
    try:
        return str(ipaddress.ip_address(text))
    except ValueError as error:
        raise BadSetting(
            name=name, value=text, expected=_("một địa chỉ IP, ví dụ 127.0.0.1, 0.0.0.0 hoặc ::")
        ) from error


def public_url(name: str, text: str) -> PublicUrl | None:
    """A scheme, a name and perhaps a port; none of a path, a user, a query."""
    if not text:
        return None
    found = _PUBLIC.fullmatch(text.lower())
    port = int(found[3]) if found is not None and found[3] else None
    if found is None or (port is not None and not 0 < port < 65536) or ".." in found[2]:
        # A name and password in it are not repeated.
        value = f"{text.partition('://')[0][:10]}://…" if "@" in text else text
        raise BadSetting(name=name, value=value, expected="https://loa.example.gov.vn")
    usual = {"http": 80, "https": 443}[found[1]]
    return PublicUrl(scheme=found[1], host=found[2], port=None if port == usual else port)


def networks(name: str, text: str) -> tuple[Network, ...]:
    """Addresses or networks, comma-separated."""
    try:
        return tuple(ipaddress.ip_network(part.strip()) for part in text.split(",") if part.strip())
    except ValueError as error:
        raise BadSetting(
            name=name, value=text, expected=_("các địa chỉ hoặc dải mạng, ví dụ 127.0.0.1, 10.0.0.0/24")
        ) from error


def media_types(name: str, text: str) -> tuple[str, ...]:
    types = tuple(part.strip().lower() for part in text.split(",") if part.strip())
    if not types or not all(_MEDIA_TYPES.fullmatch(part) for part in types):
        raise BadSetting(name=name, value=text, expected="audio/*, video/mp4, …")
    return types


def profile(name: str, text: str) -> Profile:
    """From a TOML file: those limits of `media.profile.Profile` that differ."""
    if not text:
        return Profile()
    try:
        return msgspec.toml.decode(Path(text).read_bytes(), type=Profile)
    except OSError as error:
        expected = _("tệp TOML đọc được ({reason})", reason=error.strerror or error)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        expected = _("tệp TOML chỉ có các giới hạn của hồ sơ kiểm tra ({reason})", reason=error)
    raise BadSetting(name=name, value=text, expected=expected)


def web_address(name: str, text: str) -> str:
    """Of a program that is called: without a name and password, which others could read among the settings."""
    if text and (not _CALLED.fullmatch(text) or "@" in text):
        value = f"{text.partition('://')[0][:10]}://…" if "@" in text else text
        raise BadSetting(name=name, value=value, expected="http://collector:4318")
    return text.rstrip("/")


def token(name: str, text: str) -> str:
    """As it stands in a header of HTTP, and not to be guessed."""
    if text and not _TOKEN.fullmatch(text):
        raise BadSetting(name=name, value="…", expected=_("ít nhất 16 chữ cái, chữ số hoặc dấu . _ ~ + / = -"))
    return text
