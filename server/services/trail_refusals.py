"""What is refused when the trail is read."""

from dataclasses import dataclass

from server.services.refusals import ServiceRefusal


@dataclass(kw_only=True, eq=False)
class UnknownEntry(ServiceRefusal):
    code = "audit.unknown"
    entry: int


@dataclass(kw_only=True, eq=False)
class BadHead(ServiceRefusal):
    """A noted head is COUNT:HASH, as `loa audit head` writes it."""

    code = "audit.bad_head"
    given: str
