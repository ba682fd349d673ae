"""Every table, in one place for the migrations."""

from collections.abc import Mapping
from typing import Any

from sqlmodel import SQLModel

from server.db import accounts, airing, delivering, errands, intake, library, plans, records, registry

METADATA = SQLModel.metadata
SUBJECTS = (accounts, airing, delivering, errands, library, intake, plans, records, registry)


def is_ours(name: str | None, kind: str, parents: Mapping[Any, str | None]) -> bool:
    """For Alembic: durable jobs keep their tables in the same file; what is not ours is neither compared nor dropped."""
    return kind == "schema" or (name if kind == "table" else parents.get("table_name")) in METADATA.tables
