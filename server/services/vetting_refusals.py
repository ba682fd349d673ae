"""What is refused when a recording is handed in for vetting, or decided on."""

from dataclasses import dataclass

from server.services.refusals import ServiceRefusal


@dataclass(kw_only=True, eq=False)
class SelfApproval(ServiceRefusal):
    """Who sent a recording, or released it ahead of its review, does not decide on it too."""

    code = "vetting.self_approval"
    segment: str
    number: int
    who: str


@dataclass(kw_only=True, eq=False)
class AlreadyApproved(ServiceRefusal):
    """The same person a second time, where several have to approve."""

    code = "vetting.already_approved"
    segment: str
    number: int
    who: str
    needed: int


@dataclass(kw_only=True, eq=False)
class VettingOvertaken(ServiceRefusal):
    """Since it was looked at somebody decided (`by`, `at`: ISO 8601), or a `newer` recording was handed in."""

    code = "vetting.overtaken"
    segment: str
    number: int
    state: str
    by: str | None = None
    at: str | None = None
    newer: int | None = None


@dataclass(kw_only=True, eq=False)
class NotUrgent(ServiceRefusal):
    """Only what is urgent may go on the air ahead of its review."""

    code = "vetting.not_urgent"
    segment: str
    priority: str


@dataclass(kw_only=True, eq=False)
class NoReviewOpen(ServiceRefusal):
    """That recording did not go on the air by the short path."""

    code = "vetting.no_review"
    segment: str
    number: int


@dataclass(kw_only=True, eq=False)
class NotWithdrawn(ServiceRefusal):
    code = "vetting.not_withdrawn"
    segment: str
    state: str


@dataclass(kw_only=True, eq=False)
class RecordingGone(ServiceRefusal):
    """What was withdrawn can't come back: the store has no copy for air of it any more."""

    code = "vetting.recording_gone"
    segment: str


@dataclass(kw_only=True, eq=False)
class ForeignProducer(ServiceRefusal):
    """Somebody names an organisation for which they do not produce; `own` are those for which they do."""

    code = "segment.foreign_producer"
    given: str
    own: list[str]


@dataclass(kw_only=True, eq=False)
class UnknownAccount(ServiceRefusal):
    """Nobody has that login, or the account is disabled."""

    code = "account.unknown_login"
    login: str
