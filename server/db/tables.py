"""Every table, in one place for the migrations."""

from sqlmodel import SQLModel

from server.db import library, plans, records, registry

METADATA = SQLModel.metadata
SUBJECTS = (library, plans, records, registry)
