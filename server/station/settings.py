"""The one file of settings of a station's program, `loa-station.toml`."""

import difflib
import os
import re
import shlex
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import time
from pathlib import Path
from typing import Any, Literal, cast, get_args
from urllib.parse import urlsplit

from server.station.refusals import (
    StationSettingBad,
    StationSettingsMissing,
    StationSettingsUnreadable,
    StationSettingUnknown,
)
from server.station.seals import PinnedKey
from server.texts import _

FILE = "loa-station.toml"
VARIABLE = "LOA_STATION_SETTINGS"

Copies = Literal["auto", "broadcast", "light_opus", "light_mp3"]
_COPIES = get_args(Copies)
_CODE = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
_NIGHT = re.compile(r"([01]\d|2[0-3]):([0-5]\d)\s*-\s*([01]\d|2[0-3]):([0-5]\d)")
_KNOWN: dict[str, frozenset[str]] = {
    "": frozenset({"server", "station", "token", "token_file", "key", "folder", "sync", "play"}),
    "sync": frozenset({"copies", "limit_kbit", "night", "reserve_mb"}),
    "play": frozenset({"player", "relay", "filler"}),
}
_LARGEST = 1_000_000
# What a header may carry: letters with marks come from a text that was copied with the token.
_TOKEN = re.compile(r"[!-~]{1,500}")


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncSettings:
    """`limit_kbit` in 1,000 bits a second, None: as fast as it goes. `night`: when large copies may be fetched, local
    times of the station, None: always. `reserve_mb` (1,000,000 bytes) of the disk are left to others.
    """

    copies: Copies = "auto"
    limit_kbit: int | None = None
    night: tuple[time, time] | None = None
    reserve_mb: int = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaySettings:
    """`player`: auto, mpv, ffplay, liquidsoap, or a command with {file}. `relay` is the address of a stream, "line"
    where the station's own equipment passes its parent on, "" for none; `filler` a file or folder to play where there is neither sound nor relay.
    """

    player: str = "auto"
    relay: str = ""
    filler: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StationSettings:
    """`path` is the file that they were read from; relative paths in it start at its folder."""

    path: Path
    server: str
    station: str
    token: str = field(repr=False)
    key: PinnedKey
    folder: Path
    sync: SyncSettings = field(default_factory=SyncSettings)
    play: PlaySettings = field(default_factory=PlaySettings)


def settings_places(environment: Mapping[str, str]) -> list[Path]:
    """Where the file is looked for, the first place first; a file that is named is the only place."""
    named = environment.get(VARIABLE)
    return [Path(named)] if named else [Path(FILE), Path.home() / ".config" / "loa" / "station.toml"]


def find_settings(given: Path | None, environment: Mapping[str, str]) -> StationSettings:
    """Raises StationSettingsMissing and what `read_settings` does."""
    places = [given] if given is not None else settings_places(environment)
    for place in places:
        if place.exists():
            return read_settings(place)
    raise StationSettingsMissing(looked=[str(place) for place in places])


def read_settings(path: Path) -> StationSettings:
    """Raises StationSettingsUnreadable, StationSettingUnknown, StationSettingBad."""
    return parsed_settings(path, _read(path))


def parsed_settings(path: Path, content: str) -> StationSettings:
    """As if `content` were in the file. Raises what `read_settings` does."""
    try:
        given = tomllib.loads(content)
    except tomllib.TOMLDecodeError as error:
        raise StationSettingsUnreadable(path=str(path), reason=str(error)) from error
    reading = _Reading(path=path, given=given)
    reading.require_known()
    here = path.absolute().parent
    filler = reading.text("play.filler", "")
    return StationSettings(
        path=path,
        server=server_address(path, reading.text("server")),
        station=station_code(path, reading.text("station")),
        token=_token(reading, here),
        key=_key(reading),
        folder=here / Path(reading.text("folder")).expanduser(),
        sync=SyncSettings(
            copies=cast(Copies, reading.one_of("sync.copies", _COPIES)),
            limit_kbit=reading.number("sync.limit_kbit", least=8, most=10_000_000) or None,
            night=_night(reading),
            reserve_mb=reading.number("sync.reserve_mb", least=0, most=1_000_000, default=200),
        ),
        play=PlaySettings(
            player=_player(reading),
            relay=reading.text("play.relay", ""),
            filler=here / Path(filler).expanduser() if filler else None,
        ),
    )


def server_address(path: Path, text: str) -> str:
    """Without the slash at its end. Raises StationSettingBad."""
    bad = StationSettingBad(
        path=str(path), name="server", value=text, expected=_("địa chỉ của Loa, ví dụ https://loa.daklak.gov.vn")
    )
    try:
        parts = urlsplit(text.strip())
        port = parts.port
    except ValueError as error:
        raise bad from error
    if parts.scheme not in {"http", "https"} or not parts.hostname or port == 0:
        raise bad
    if parts.query or parts.fragment or parts.username or not text.isprintable() or " " in text.strip():
        raise bad
    return text.strip().rstrip("/")


def station_code(path: Path, text: str) -> str:
    """Raises StationSettingBad."""
    if not _CODE.fullmatch(text.strip()):
        raise StationSettingBad(path=str(path), name="station", value=text, expected=_("mã đài, ví dụ x24154"))
    return text.strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reading:
    path: Path
    given: dict[str, Any]

    def require_known(self) -> None:
        for table, names in _KNOWN.items():
            inside = self.given.get(table, {}) if table else self.given
            if not isinstance(inside, dict):
                raise self.bad(table, inside, _("một bảng [{table}]", table=table))
            for name in inside:
                if name not in names:
                    near = difflib.get_close_matches(name, sorted(names), n=1)
                    prefix = f"{table}." if table else ""
                    raise StationSettingUnknown(
                        path=str(self.path), name=prefix + name, nearest=prefix + near[0] if near else ""
                    )

    def bad(self, name: str, value: object, expected: str) -> StationSettingBad:
        return StationSettingBad(path=str(self.path), name=name, value=str(value), expected=expected)

    def value(self, name: str) -> object:
        table, _dot, bare = name.rpartition(".")
        return (self.given.get(table, {}) if table else self.given).get(bare)

    def text(self, name: str, default: str | None = None) -> str:
        value = self.value(name)
        if value is None and default is not None:
            return default
        if not isinstance(value, str) or (not value.strip() and default is None) or not value.isprintable():
            raise self.bad(name, "" if value is None else value, _("một dòng chữ trong ngoặc kép"))
        return value

    def one_of(self, name: str, known: tuple[str, ...]) -> str:
        value = self.text(name, known[0])
        if value not in known:
            raise self.bad(name, value, _("một trong: {known}", known=", ".join(known)))
        return value

    def number(self, name: str, *, least: int, most: int, default: int = 0) -> int:
        value = self.value(name)
        if value is None:
            return default
        if not isinstance(value, int) or isinstance(value, bool) or (value and not least <= value <= most):
            raise self.bad(name, value, _("một số từ {least} đến {most}", least=least, most=most))
        return value


def _read(path: Path) -> str:
    try:
        if path.stat().st_size > _LARGEST:
            raise StationSettingsUnreadable(path=str(path), reason=os.strerror(27))
        return path.read_text("utf-8-sig")
    except OSError as error:
        raise StationSettingsUnreadable(path=str(path), reason=error.strerror or str(error)) from error
    except UnicodeDecodeError as error:
        raise StationSettingsUnreadable(path=str(path), reason=_("không phải chữ UTF-8")) from error


def _token(reading: _Reading, here: Path) -> str:
    if reading.value("token") is not None:
        if reading.value("token_file") is not None:
            raise reading.bad("token_file", reading.value("token_file"), _("chỉ một trong hai: token hoặc token_file"))
        return station_token(reading.path, reading.text("token"))
    if reading.value("token_file") is None:
        raise reading.bad("token", "", _("mã truy cập của đài, cấp ở trang Mã truy cập"))
    return token_in(reading.path, here / Path(reading.text("token_file")).expanduser())


def token_in(path: Path, place: Path) -> str:
    """The token that the file `place` holds. Raises StationSettingBad."""
    try:
        found = place.read_text("utf-8-sig").strip()
    except (OSError, ValueError) as error:
        raise StationSettingBad(
            path=str(path), name="token_file", value=str(place), expected=_("tệp đọc được có mã truy cập")
        ) from error
    if not _TOKEN.fullmatch(found):
        raise StationSettingBad(
            path=str(path), name="token_file", value=str(place), expected=_("tệp có một dòng là mã truy cập")
        )
    return found


def station_token(path: Path, text: str) -> str:
    """Raises StationSettingBad, which does not show it."""
    if not _TOKEN.fullmatch(text.strip()):
        raise StationSettingBad(
            path=str(path), name="token", value="…", expected=_("mã truy cập của đài, cấp ở trang Mã truy cập")
        )
    return text.strip()


def _key(reading: _Reading) -> PinnedKey:
    text = reading.text("key")
    try:
        return PinnedKey.of_text(text)
    except ValueError as error:
        raise reading.bad("key", text, _("khóa công khai của máy chủ, như loa station init ghi vào")) from error


def _night(reading: _Reading) -> tuple[time, time] | None:
    text = reading.text("sync.night", "")
    if not text:
        return None
    found = _NIGHT.fullmatch(text.strip())
    if found is None or found.group(1, 2) == found.group(3, 4):
        raise reading.bad("sync.night", text, _('giờ bắt đầu và kết thúc, ví dụ "22:00-05:00"'))
    begins, ends = (time(int(found[at]), int(found[at + 1])) for at in (1, 3))
    return begins, ends


def _player(reading: _Reading) -> str:
    value = reading.text("play.player", "auto")
    if value not in {"auto", "mpv", "ffplay", "liquidsoap"} and "{file}" not in value:
        raise reading.bad("play.player", value, _("auto, mpv, ffplay, liquidsoap hoặc một lệnh có {file}"))
    try:
        shlex.split(value)
    except ValueError as error:  # a quotation mark that is never closed
        raise reading.bad("play.player", value, _("auto, mpv, ffplay, liquidsoap hoặc một lệnh có {file}")) from error
    return value


def settings_text(
    *, server: str, station: str, token: str | None, token_file: Path | None, key: PinnedKey, folder: Path
) -> str:
    """A file of settings with all that there is to set, what is not set as a note."""
    told = (
        f"server = {_quoted(server)}",
        f"station = {_quoted(station)}",
        f"token_file = {_quoted(str(token_file))}" if token_file is not None else f"token = {_quoted(token or '')}",
        "# " + _("Khóa của máy chủ; vân tay {fingerprint}", fingerprint=key.fingerprint),
        f"key = {_quoted(key.text)}",
        f"folder = {_quoted(str(folder))}",
        "",
        "[sync]",
        "# " + _("Bản tệp: auto (tùy đường truyền), broadcast (bản phát sóng), light_opus, light_mp3 (bản nhẹ)"),
        '# copies = "auto"',
        "# " + _("Giới hạn tốc độ, kbit/giây"),
        "# limit_kbit = 512",
        "# " + _("Chỉ tải bản lớn trong giờ này"),
        '# night = "22:00-05:00"',
        "# " + _("Chừa lại trên đĩa, MB"),
        "# reserve_mb = 200",
        "",
        "[play]",
        "# " + _("Máy phát: auto, mpv, ffplay, liquidsoap hoặc một lệnh có {file}"),
        '# player = "auto"',
        "# " + _("Luồng của đài cấp trên để tiếp âm; tệp hoặc thư mục phát khi không có gì"),
        '# relay = "http://…"',
        '# filler = "nhac"',
    )
    return "\n".join(told) + "\n"


def _quoted(text: str) -> str:
    """As a basic string of TOML."""
    return '"' + "".join(_ESCAPES.get(letter, letter) for letter in text) + '"'


_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t"}
