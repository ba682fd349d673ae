"""Settings come from the environment, once, at the door; nothing below reads it."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from server.services.refusals import BadSetting
from server.texts import LANGUAGES

DEFAULT_PORT = 8000


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """`home` holds all that Loa keeps; `ffmpeg` names an executable other than the one that comes along."""

    home: Path
    port: int = DEFAULT_PORT
    ffmpeg: Path | None = None
    language: str = "vi"

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "Settings":
        """Reads LOA_HOME, LOA_PORT, LOA_FFMPEG and LOA_LANG. Raises BadSetting."""
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
