"""What is refused of reports."""

from dataclasses import dataclass

from server.services.refusals import ServiceRefusal


@dataclass(kw_only=True, eq=False)
class NothingLed(ServiceRefusal):
    """No topic is led by an organisation with that code."""

    code = "reports.nothing_led"
    organisation: str


@dataclass(kw_only=True, eq=False)
class UnknownReport(ServiceRefusal):
    """Nobody handed out a report with that code."""

    code = "reports.unknown"
    report: str


@dataclass(kw_only=True, eq=False)
class ReportDamaged(ServiceRefusal):
    """Its row was changed behind the application's back, so that it can't be read any more."""

    code = "reports.damaged"
    report: str


@dataclass(kw_only=True, eq=False)
class ReportNotMade(ServiceRefusal):
    """Of so many stations it is made by a worker, when it is asked for; it was not, or is not done yet."""

    code = "reports.not_made"
    period: str
