"""What is refused when somebody moves where a recording begins and ends on air."""

from dataclasses import dataclass

from server.services.refusals import ServiceRefusal


@dataclass(kw_only=True, eq=False)
class CuesOutside(ServiceRefusal):
    """Milliseconds of the original, whose length is `decoded_ms`."""

    code = "cues.outside"
    segment: str
    cue_in_ms: int
    cue_out_ms: int
    decoded_ms: int


@dataclass(kw_only=True, eq=False)
class CuesUnchanged(ServiceRefusal):
    code = "cues.unchanged"
    segment: str
    number: int


@dataclass(kw_only=True, eq=False)
class NothingMeasured(ServiceRefusal):
    """The recording was not decoded yet, or could not be."""

    code = "cues.nothing_measured"
    segment: str
    number: int
