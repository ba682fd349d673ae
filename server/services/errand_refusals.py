"""What is refused of work that workers do while people follow it."""

from dataclasses import dataclass

from server.services.refusals import ServiceRefusal


@dataclass(kw_only=True, eq=False)
class ErrandUnderWay(ServiceRefusal):
    """Somebody asked for the same already; `errand` is to be followed."""

    code = "errand.under_way"
    errand: str
    kind: str
    about: str


@dataclass(kw_only=True, eq=False)
class UnknownErrand(ServiceRefusal):
    code = "errand.unknown"
    errand: str


@dataclass(kw_only=True, eq=False)
class ErrandDeadly(ServiceRefusal):
    """So many processes died one after the other while they were at a part of it."""

    code = "errand.deadly"
    kind: str
    times: int


@dataclass(kw_only=True, eq=False)
class ErrandFailed(ServiceRefusal):
    """A fault of ours; nothing was stored."""

    code = "errand.failed"
    kind: str
    about: str
    reason: str


@dataclass(kw_only=True, eq=False)
class GroundMoved(ServiceRefusal):
    """Stations, segments, the plan or what counts were changed while the figures were made."""

    code = "errand.ground_moved"
    kind: str
    about: str


@dataclass(kw_only=True, eq=False)
class LeftOff(ServiceRefusal):
    """Raised from within: who is at it is being stopped, or nobody wants it any more. It says nothing of the work."""

    code = "service.left_off"
