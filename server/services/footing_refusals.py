"""What is refused because of what Loa stands on: its home, its database, its disk."""

from dataclasses import dataclass

from server.services.refusals import ServiceRefusal


@dataclass(kw_only=True, eq=False)
class HomeUnwritable(ServiceRefusal):
    code = "home.unwritable"
    path: str
    reason: str


@dataclass(kw_only=True, eq=False)
class DatabaseTooNew(ServiceRefusal):
    """The file was written by a later release."""

    code = "database.too_new"
    path: str
    found: str


@dataclass(kw_only=True, eq=False)
class DatabaseDamaged(ServiceRefusal):
    code = "database.damaged"
    path: str
    reason: str


@dataclass(kw_only=True, eq=False)
class DatabaseUnreachable(ServiceRefusal):
    """The server does not answer, or cut the connection."""

    code = "database.unreachable"
    place: str
    reason: str


@dataclass(kw_only=True, eq=False)
class DatabaseUnfit(ServiceRefusal):
    """An empty database of a server that would sort or keep texts in another way."""

    code = "database.unfit"
    place: str
    encoding: str
    collation: str


@dataclass(kw_only=True, eq=False)
class SecretOther(ServiceRefusal):
    """The database belongs to processes that have another secret than this one."""

    code = "secret.other"
    place: str


@dataclass(kw_only=True, eq=False)
class DatabaseCrowded(ServiceRefusal):
    """The server lets in `most` connections; `processes` of Loa's may want `wanted`."""

    code = "database.crowded"
    place: str
    processes: int
    most: int
    wanted: int


@dataclass(kw_only=True, eq=False)
class NotReady(ServiceRefusal):
    """`parts` that are not well, as "name: word"; to be asked again in so many seconds."""

    code = "service.not_ready"
    parts: list[str]
    seconds: int


@dataclass(kw_only=True, eq=False)
class DatabaseBusy(ServiceRefusal):
    """Another process kept the lock longer than anybody waits for it."""

    code = "database.busy"
    path: str


@dataclass(kw_only=True, eq=False)
class DiskFull(ServiceRefusal):
    code = "disk.full"
    path: str
