"""What is refused of recordings of the air, and of what was heard in them."""

from dataclasses import dataclass

from server.services.refusals import ServiceRefusal


@dataclass(kw_only=True, eq=False)
class RecordingUnknown(ServiceRefusal):
    """Nobody sent such a recording of the station."""

    code = "recording.unknown"
    recording: str
    station: str


@dataclass(kw_only=True, eq=False)
class MatchUnknown(ServiceRefusal):
    code = "recording.match_unknown"
    match: str
    recording: str


@dataclass(kw_only=True, eq=False)
class MatchDecided(ServiceRefusal):
    """Somebody has decided otherwise already; `state` is confirmed or dismissed."""

    code = "recording.match_decided"
    match: str
    state: str


@dataclass(kw_only=True, eq=False)
class RecordingUnplaced(ServiceRefusal):
    """It is not known when the recording begins, so nothing heard in it is evidence of a time."""

    code = "recording.unplaced"
    recording: str


@dataclass(kw_only=True, eq=False)
class RecordingNotHeard(ServiceRefusal):
    """It was not listened to yet, or could not be."""

    code = "recording.not_heard"
    recording: str


@dataclass(kw_only=True, eq=False)
class RecordingJudged(ServiceRefusal):
    """Entries rest on where the recording begins now."""

    code = "recording.judged"
    recording: str


@dataclass(kw_only=True, eq=False)
class StreamUnreadable(ServiceRefusal):
    """Nothing can be recorded from that address; `reason` is what ffmpeg said last."""

    code = "recording.stream_unreadable"
    url: str
    reason: str
