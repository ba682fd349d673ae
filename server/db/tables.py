"""Every table, in one place for the migrations."""

from sqlmodel import SQLModel

from server.db import intake, library, plans, records, registry

METADATA = SQLModel.metadata
SUBJECTS = (library, intake, plans, records, registry)
