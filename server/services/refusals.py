"""What the use cases refuse. Each class carries a stable code and its facts; `server.errors` makes the sentence."""

from dataclasses import dataclass, fields
from typing import ClassVar


@dataclass(kw_only=True, eq=False)
class ServiceRefusal(Exception):
    code: ClassVar[str]

    @property
    def facts(self) -> dict[str, object]:
        return {field.name: getattr(self, field.name) for field in fields(self)}

    def __str__(self) -> str:
        return f"{self.code} {self.facts}"


@dataclass(kw_only=True, eq=False)
class BadSetting(ServiceRefusal):
    code = "setting.bad"
    name: str
    value: str
    expected: str


@dataclass(kw_only=True, eq=False)
class PortTaken(ServiceRefusal):
    code = "port.taken"
    port: int


@dataclass(kw_only=True, eq=False)
class FileUnreadable(ServiceRefusal):
    code = "file.unreadable"
    path: str
    reason: str


@dataclass(kw_only=True, eq=False)
class OutputUnwritable(ServiceRefusal):
    code = "output.unwritable"
    path: str
    reason: str


@dataclass(kw_only=True, eq=False)
class UnknownUnit(ServiceRefusal):
    code = "unit.unknown"
    unit: str


@dataclass(kw_only=True, eq=False)
class UnknownStation(ServiceRefusal):
    """No station has that code in that month (or at all, where month is None)."""

    code = "station.unknown"
    station: str
    month: str | None = None


@dataclass(kw_only=True, eq=False)
class UnknownSegment(ServiceRefusal):
    code = "segment.unknown"
    segment: str


@dataclass(kw_only=True, eq=False)
class UnknownTopic(ServiceRefusal):
    code = "topic.unknown"
    topic: str
    known: list[str]


@dataclass(kw_only=True, eq=False)
class UnknownColumn(ServiceRefusal):
    code = "column.unknown"
    column: str
    known: list[str]


@dataclass(kw_only=True, eq=False)
class UnknownOrganisation(ServiceRefusal):
    code = "organisation.unknown"
    organisation: str
    known: list[str]


@dataclass(kw_only=True, eq=False)
class UnknownSlot(ServiceRefusal):
    code = "slot.unknown"
    slot: str
    station: str


@dataclass(kw_only=True, eq=False)
class UnknownCampaign(ServiceRefusal):
    code = "campaign.unknown"
    campaign: str
    known: list[str]


@dataclass(kw_only=True, eq=False)
class CampaignExists(ServiceRefusal):
    code = "campaign.exists"
    campaign: str


@dataclass(kw_only=True, eq=False)
class CampaignsShareMonth(ServiceRefusal):
    """Both would have a day of the same month, which can be planned by the weights of one only."""

    code = "campaign.month_shared"
    campaign: str
    other: str


@dataclass(kw_only=True, eq=False)
class UnknownWeight(ServiceRefusal):
    """The planner has no wish of that name."""

    code = "campaign.unknown_weight"
    weight: str
    known: list[str]


@dataclass(kw_only=True, eq=False)
class UnknownTolerance(ServiceRefusal):
    """What is aired is held against the plan with no tolerance of that name."""

    code = "campaign.unknown_tolerance"
    tolerance: str
    known: list[str]


@dataclass(kw_only=True, eq=False)
class BadField(ServiceRefusal):
    """A value given by a person or a program that can't be taken; `expected` shows the form."""

    code = "field.bad"
    field: str
    value: str
    expected: str


@dataclass(kw_only=True, eq=False)
class SegmentExists(ServiceRefusal):
    """The same bytes are there already, as that segment, which is in `state`."""

    code = "segment.exists"
    segment: str
    title: str
    state: str = "ready"


@dataclass(kw_only=True, eq=False)
class AudioIsFrame(ServiceRefusal):
    """The same bytes are there already, as the opening or closing of that column."""

    code = "segment.is_frame"
    column: str
    name: str


@dataclass(kw_only=True, eq=False)
class SegmentAlreadyWithdrawn(ServiceRefusal):
    code = "segment.already_withdrawn"
    segment: str


@dataclass(kw_only=True, eq=False)
class NoStations(ServiceRefusal):
    """No station is there in that month, so there is nothing to plan or check."""

    code = "plan.no_stations"
    month: str


@dataclass(kw_only=True, eq=False)
class NoColumns(ServiceRefusal):
    """No column is there, so there is nothing to fill a slot with."""

    code = "plan.no_columns"
    month: str


@dataclass(kw_only=True, eq=False)
class PlanOvertaken(ServiceRefusal):
    """What the plan was made from changed while it was made (published, withdrawn, added); nothing was stored."""

    code = "plan.overtaken"
    month: str


@dataclass(kw_only=True, eq=False)
class PlanIsBeingMade(ServiceRefusal):
    """Somebody started to plan that month, and `run` has not ended yet."""

    code = "plan.being_made"
    month: str
    run: str


@dataclass(kw_only=True, eq=False)
class UnknownRun(ServiceRefusal):
    """The month was never planned under that name, or that ended long ago."""

    code = "plan.unknown_run"
    month: str
    run: str


@dataclass(kw_only=True, eq=False)
class PlanningFailed(ServiceRefusal):
    """A fault of ours; nothing was stored."""

    code = "plan.failed"
    month: str
    reason: str


@dataclass(kw_only=True, eq=False)
class DraftChanged(ServiceRefusal):
    """Somebody changed the draft, planned it anew or published it after version `given` of the plan; nothing was stored."""

    code = "plan.draft_changed"
    month: str
    given: int
    found: int


@dataclass(kw_only=True, eq=False)
class ChangeBreaks(ServiceRefusal):
    """A change by hand would break a hard constraint, H1 to H7: `constraint` names the first one, `sentence` tells it.

    `broken` has all with `code`, `station`, `slot`, `what` (a stable word) and its `facts`, all `slots` that take part,
    and their `sentence`. `nearest` are up to three starts (ISO 8601) at which the same change would be accepted.
    """

    code = "plan.change_breaks"
    month: str
    station: str
    constraint: str
    sentence: str
    broken: list[dict[str, object]]
    nearest: list[str]


@dataclass(kw_only=True, eq=False)
class DraftStale(ServiceRefusal):
    """Since the draft was made a slot of it was overtaken by time, or a segment in it was withdrawn or replaced."""

    code = "plan.draft_stale"
    month: str


@dataclass(kw_only=True, eq=False)
class EndNotAfterStart(ServiceRefusal):
    """Of a time in which a station is off the air; both as ISO 8601, dates or local times."""

    code = "station.end_not_after_start"
    start: str
    end: str


@dataclass(kw_only=True, eq=False)
class OutageOverlaps(ServiceRefusal):
    """The station is closed, broken or blacked out (`kind`) for a part of that time already; `end` None: no end known.

    `start` and `end` are ISO 8601: dates, both included, or local times.
    """

    code = "station.outage_overlaps"
    station: str
    kind: str
    start: str
    end: str | None = None


@dataclass(kw_only=True, eq=False)
class StationWorks(ServiceRefusal):
    """On that day the station is neither closed nor broken, so there is nothing to end."""

    code = "station.works"
    station: str
    day: str


@dataclass(kw_only=True, eq=False)
class NoPlan(ServiceRefusal):
    """Neither a draft nor a published revision of that month."""

    code = "plan.none"
    month: str


@dataclass(kw_only=True, eq=False)
class UnknownRevision(ServiceRefusal):
    code = "plan.unknown_revision"
    month: str
    number: int


@dataclass(kw_only=True, eq=False)
class NotPublished(ServiceRefusal):
    code = "plan.not_published"
    month: str


@dataclass(kw_only=True, eq=False)
class NoDraft(ServiceRefusal):
    """There is nothing to publish: no draft since the last revision."""

    code = "plan.no_draft"
    month: str


@dataclass(kw_only=True, eq=False)
class UnknownSample(ServiceRefusal):
    code = "sample.unknown"
    name: str
    known: list[str]


@dataclass(kw_only=True, eq=False)
class DatabaseInUse(ServiceRefusal):
    """A sample is loaded into an empty database only."""

    code = "sample.database_not_empty"
    stations: int
    segments: int


@dataclass(kw_only=True, eq=False)
class SegmentHasNoRecording(ServiceRefusal):
    """No recording of the segment has ever been found fit for air, so there is nothing to play or to push."""

    code = "segment.no_recording"
    segment: str


@dataclass(kw_only=True, eq=False)
class UnknownRendition(ServiceRefusal):
    """The segment has no copy of that kind: there is no such kind, or the recording is older than the kind."""

    code = "rendition.unknown"
    segment: str
    kind: str
    known: list[str]


@dataclass(kw_only=True, eq=False)
class PushOvertaken(ServiceRefusal):
    """Plans and recordings changed again and again while the push was prepared; nothing was stored."""

    code = "segment.push_overtaken"
    segment: str


@dataclass(kw_only=True, eq=False)
class RecordingUnfit(ServiceRefusal):
    """Checks against the profile failed; `failed` are their sentences. The recording is kept with all that was found."""

    code = "segment.unfit"
    segment: str
    failed: list[str]


@dataclass(kw_only=True, eq=False)
class RecordingLost(ServiceRefusal):
    """What was received is not on this machine's disk any more, and the store never had it: somebody took it away."""

    code = "segment.recording_lost"
    file_name: str


@dataclass(kw_only=True, eq=False)
class SegmentDiscarded(ServiceRefusal):
    """What came of it was discarded, so a newer recording has nothing to follow."""

    code = "segment.discarded"
    segment: str


@dataclass(kw_only=True, eq=False)
class UnknownVersion(ServiceRefusal):
    code = "segment.unknown_version"
    segment: str
    number: int


@dataclass(kw_only=True, eq=False)
class NothingToDecide(ServiceRefusal):
    """That version is in a state in which there is nothing to overrule, to keep or to discard (`action`)."""

    code = "segment.nothing_to_decide"
    segment: str
    number: int
    state: str
    action: str


@dataclass(kw_only=True, eq=False)
class NotOverrulable(ServiceRefusal):
    """No check failed that a person may overrule: the file itself can't be aired."""

    code = "segment.not_overrulable"
    segment: str
    number: int


@dataclass(kw_only=True, eq=False)
class NotTheLead(ServiceRefusal):
    """Another organisation answers for the topic; `lead` is None where none does."""

    code = "topic.not_the_lead"
    topic: str
    given: str
    lead: str | None


@dataclass(kw_only=True, eq=False)
class ProcessingFailed(ServiceRefusal):
    """A fault of ours, not of the recording; it will be tried again."""

    code = "segment.processing_failed"
    reason: str


@dataclass(kw_only=True, eq=False)
class RecordingDeadly(ServiceRefusal):
    """So many processes died one after the other while they were at this step of it."""

    code = "recording.deadly"
    step: str
    times: int


@dataclass(kw_only=True, eq=False)
class ServiceStopping(ServiceRefusal):
    """The service is being stopped; the recording has arrived and goes on when the service runs again."""

    code = "service.stopping"
    segment: str


@dataclass(kw_only=True, eq=False)
class StoreMostlyUnknown(ServiceRefusal):
    """So much of the store is unused that the database is more likely not the store's own, or an old copy."""

    code = "store.mostly_unknown"
    stored: int
    unused: int
