"""What was set, and where: the environment, else the file that LOA_SETTINGS names; secrets also in files of their own."""

import difflib
import os
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, Literal, TypeVar

from server.services.plain_text import shown
from server.services.refusals import BadSetting
from server.services.setting_refusals import SettingsFileUnreadable, SettingTwice, UnknownSetting
from server.texts import _

T_co = TypeVar("T_co", covariant=True)
T = TypeVar("T")

SETTINGS_FILE = "LOA_SETTINGS"
OURS = "LOA_"
# For our own tests, never for the service.
_NOT_OURS = "LOA_TEST_"
_IN_FILE = "_FILE"
_LINE = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)=(.*)", re.DOTALL)
_QUOTED = re.compile(r"""(["'])(.*)\1""", re.DOTALL)
_LARGEST = 1_000_000

Source = Literal["environment", "file", "secret_file", "default"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting(Generic[T_co]):
    """`parse` is given the name, for its refusals, and the text, which is `default` where nothing was set.

    `default` is as one would write it, "" where there is none; `default_words` say what that means.
    """

    name: str
    meaning: Callable[[], str]
    parse: Callable[[str, str], T_co]
    default: str = ""
    default_words: Callable[[], str] | None = None
    secret: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """Texts by name, and where each came from. `secret_files` are the files that secrets were read from."""

    texts: Mapping[str, str]
    sources: Mapping[str, Source]
    secret_files: tuple[Path, ...] = ()

    def text(self, setting: Setting[T]) -> str:
        return self.texts.get(setting.name) or setting.default

    def __getitem__(self, setting: Setting[T]) -> T:
        """Raises BadSetting."""
        return setting.parse(setting.name, self.text(setting))

    def source(self, setting: Setting[T]) -> Source:
        return self.sources.get(setting.name, "default")


def read_given(environment: Mapping[str, str], known: Collection[Setting[object]]) -> Given:
    """What is set to nothing is not set. Raises UnknownSetting, SettingTwice, SettingsFileUnreadable, BadSetting."""
    names = {setting.name for setting in known}
    secrets = {setting.name for setting in known if setting.secret}
    allowed = names | {SETTINGS_FILE} | {name + _IN_FILE for name in secrets}
    _require_known(environment, allowed, where="")
    path = environment.get(SETTINGS_FILE)
    lines = _read_lines(Path(path)) if path else {}
    _require_known(lines, allowed - {SETTINGS_FILE}, where=path or "")
    texts: dict[str, str] = {}
    sources: dict[str, Source] = {}
    files: list[Path] = []
    for name in sorted(names):
        for source, place in (("environment", environment), ("file", lines)):
            own, elsewhere = place.get(name), place.get(name + _IN_FILE) if name in secrets else None
            if own and elsewhere:
                raise SettingTwice(name=name, other=name + _IN_FILE)
            if elsewhere:
                texts[name], sources[name] = _read_secret(name + _IN_FILE, elsewhere), "secret_file"
                files.append(Path(elsewhere))
            elif own:
                texts[name], sources[name] = own, source  # type: ignore[assignment]  # the two words above
            else:
                continue
            break
    if path and any(lines.get(name) for name in secrets):
        files.append(Path(path))
    return Given(texts=texts, sources=sources, secret_files=tuple(files))


def _require_known(given: Mapping[str, str], allowed: Collection[str], *, where: str) -> None:
    for name in sorted(given):
        if name.startswith(OURS) and name not in allowed and not name.startswith(_NOT_OURS):
            near = difflib.get_close_matches(name, sorted(allowed), n=1)
            raise UnknownSetting(name=shown(name), nearest=near[0] if near else "", where=where)


def _read_lines(path: Path) -> dict[str, str]:
    """As systemd reads an EnvironmentFile, without its continued lines; the last of two lines of one name counts."""
    found: dict[str, str] = {}
    for number, line in enumerate(_read(path).splitlines(), start=1):
        bare = line.strip()
        if not bare or bare.startswith(("#", ";")):
            continue
        parts = _LINE.fullmatch(bare)
        if parts is None:
            raise SettingsFileUnreadable(path=str(path), line=number, reason=_("không phải TÊN=giá trị"))
        quoted = _QUOTED.fullmatch(parts[2].strip())
        found[parts[1]] = quoted[2] if quoted else parts[2].strip()
    return found


def _read(path: Path) -> str:
    try:
        if path.stat().st_size > _LARGEST:
            raise SettingsFileUnreadable(path=str(path), line=0, reason=os.strerror(27))
        return path.read_text("utf-8-sig")
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise SettingsFileUnreadable(path=str(path), line=0, reason=reason) from error


def _read_secret(name: str, path: str) -> str:
    """Without the newline at its end, which editors add."""
    try:
        found = Path(path).read_text("utf-8").rstrip("\r\n")
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else _("không phải chữ UTF-8")
        raise BadSetting(
            name=name, value=path, expected=_("tệp đọc được chứa giá trị ({reason})", reason=reason)
        ) from error
    if not found:
        raise BadSetting(name=name, value=path, expected=_("tệp có nội dung"))
    return found
