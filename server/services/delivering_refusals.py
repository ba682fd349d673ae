"""What is refused of recalls and emergencies."""

from dataclasses import dataclass

from server.services.refusals import ServiceRefusal


@dataclass(kw_only=True, eq=False)
class UnknownRecall(ServiceRefusal):
    code = "recall.unknown"
    number: int


@dataclass(kw_only=True, eq=False)
class UnknownEmergency(ServiceRefusal):
    code = "emergency.unknown"
    number: int


@dataclass(kw_only=True, eq=False)
class EmergencyOver(ServiceRefusal):
    """It ended by itself, or somebody ended it before."""

    code = "emergency.over"
    number: int


@dataclass(kw_only=True, eq=False)
class AudioRecalled(ServiceRefusal):
    """What was withdrawn is given to nobody who could air it by machine."""

    code = "audio.recalled"
    segment: str
