"""What is refused of second factors."""

from dataclasses import dataclass

from server.services.refusals import ServiceRefusal


@dataclass(kw_only=True, eq=False)
class SecondFactorPresent(ServiceRefusal):
    """There is one already; another can be set once it is removed."""

    code = "factor.present"
    login: str


@dataclass(kw_only=True, eq=False)
class SecondFactorAbsent(ServiceRefusal):
    code = "factor.absent"
    login: str


@dataclass(kw_only=True, eq=False)
class SecondFactorStale(ServiceRefusal):
    """What was shown to be set up is too old, was made for another account, or came damaged."""

    code = "factor.stale"


@dataclass(kw_only=True, eq=False)
class SecondFactorWrong(ServiceRefusal):
    """Neither the code of this moment nor a recovery code that is still good."""

    code = "factor.wrong"


@dataclass(kw_only=True, eq=False)
class SecondFactorUnreadable(ServiceRefusal):
    """The secret was stored by an installation with another secret file, so no code can be compared with it."""

    code = "factor.unreadable"
    login: str
