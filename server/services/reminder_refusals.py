"""What is refused of urging stations, of their answers and of webhooks."""

from dataclasses import dataclass

from server.services.refusals import ServiceRefusal


@dataclass(kw_only=True, eq=False)
class NothingToUrge(ServiceRefusal):
    """The station has no minimum that it is short of in the month, or is on its way to it."""

    code = "reminders.nothing_short"
    station: str
    month: str


@dataclass(kw_only=True, eq=False)
class NobodyToUrge(ServiceRefusal):
    """Of all stations that were asked about none is short."""

    code = "reminders.nobody_short"
    month: str


@dataclass(kw_only=True, eq=False)
class ReminderUnknown(ServiceRefusal):
    """No reminder has this number, or its address was not made here."""

    code = "reminders.unknown"
    number: int


@dataclass(kw_only=True, eq=False)
class NothingToAnswer(ServiceRefusal):
    """The station was not urged in the month, or has answered all."""

    code = "reminders.nothing_open"
    station: str
    month: str


@dataclass(kw_only=True, eq=False)
class AnswerMissing(ServiceRefusal):
    code = "reminders.answer_missing"
    station: str


@dataclass(kw_only=True, eq=False)
class WebhookAddressRefused(ServiceRefusal):
    """`private`: it is of this machine or a private network; else it is no http or https address at all."""

    code = "webhooks.address_refused"
    url: str
    private: bool


@dataclass(kw_only=True, eq=False)
class WebhookKnown(ServiceRefusal):
    code = "webhooks.known"
    url: str
    number: int


@dataclass(kw_only=True, eq=False)
class WebhookUnknown(ServiceRefusal):
    code = "webhooks.unknown"
    station: str
    number: int


@dataclass(kw_only=True, eq=False)
class WebhookUnreachable(ServiceRefusal):
    """`reason` is the machine's own word for what went wrong on the way."""

    code = "webhooks.unreachable"
    url: str
    reason: str
