"""Whether this process can do what people ask of it, part by part: for proxies and supervisors, which ask often."""

import shutil

from msgspec import Struct

from media.refusals import StoreUnreachable
from server.db import migrate
from server.services.arrivals import RESERVE
from server.services.context import Context
from server.services.disk import refusal_of

_NOBODYS = "0" * 64


class Part(Struct, frozen=True, kw_only=True):
    """`state` is ok, or a word for what is wrong."""

    name: str
    state: str


class Readiness(Struct, frozen=True, kw_only=True):
    ready: bool
    parts: list[Part]


def readiness(context: Context) -> Readiness:
    """Changes nothing. Waits as long as the database and the store are waited for anyway: some ten seconds each."""
    parts = [
        Part(name="process", state="ok"),
        Part(name="database", state=_database(context)),
        Part(name="store", state=_store(context)),
        Part(name="disk", state="ok" if shutil.disk_usage(context.home).free >= RESERVE else "full"),
    ]
    return Readiness(ready=all(part.state == "ok" for part in parts), parts=parts)


def _database(context: Context) -> str:
    try:
        return "ok" if migrate.schema_version(context.database.place) == migrate.HEAD else "other_schema"
    except Exception as error:
        if refusal_of(error, "") is None and not isinstance(error, OSError):
            raise
        return "unreachable"


def _store(context: Context) -> str:
    try:
        context.store.exists(_NOBODYS)
    except StoreUnreachable:
        return "unreachable"
    return "ok"
