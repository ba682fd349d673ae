"""Where the database is: a file of SQLite's, or a server of PostgreSQL's."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from sqlalchemy import URL

DATABASE_FILE = "loa.sqlite"  # in the home

Kind = Literal["sqlite", "postgresql"]


@dataclass(frozen=True, slots=True)
class DatabasePlace:
    """`url` may hold a password: people are shown `str()` of it, which never does."""

    url: URL

    @classmethod
    def file(cls, path: Path) -> "DatabasePlace":
        return cls(URL.create("sqlite", database=str(path)))

    @property
    def kind(self) -> Kind:
        return "sqlite" if self.url.get_backend_name() == "sqlite" else "postgresql"

    @property
    def path(self) -> Path | None:
        """The file; None where there is a server."""
        return Path(self.url.database or "") if self.kind == "sqlite" else None

    def __str__(self) -> str:
        if self.kind == "sqlite":
            return self.url.database or ""
        port = f":{self.url.port}" if self.url.port else ""
        return f"postgresql://{self.url.host or ''}{port}/{self.url.database or ''}"

    def __repr__(self) -> str:
        return f"DatabasePlace({self})"
