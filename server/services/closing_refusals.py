"""What is refused of closing a month."""

from dataclasses import dataclass

from server.services.refusals import ServiceRefusal


@dataclass(kw_only=True, eq=False)
class MonthNotOver(ServiceRefusal):
    """At the stations the month has not ended yet; `ends_at` is its local end."""

    code = "closings.month_not_over"
    month: str
    ends_at: str


@dataclass(kw_only=True, eq=False)
class NothingToAmend(ServiceRefusal):
    """The month is closed, and since then neither an entry came nor the plan or the policy changed."""

    code = "closings.nothing_new"
    month: str
    closed_at: str


@dataclass(kw_only=True, eq=False)
class AmendmentReasonMissing(ServiceRefusal):
    code = "closings.reason_missing"
    month: str


@dataclass(kw_only=True, eq=False)
class MonthNotClosed(ServiceRefusal):
    """`number`: the closing that was asked for, none: any."""

    code = "closings.unknown"
    month: str
    number: int | None


@dataclass(kw_only=True, eq=False)
class HistoryDamaged(ServiceRefusal):
    """Rows were changed behind the application's back: in the audit trail, or so many faults in closed months."""

    code = "closings.history_damaged"
    trail: bool
    faults: int
