"""What use cases answer with: explicit shapes, also what goes over the wire. A table's row never leaves the services.

Durations are integer milliseconds. Times are aware; dates are local to the station.
"""

from datetime import date, datetime
from typing import Any, Generic, TypeVar

from msgspec import Struct

T = TypeVar("T")


class Page(Struct, Generic[T], frozen=True, kw_only=True):
    """`limit` items from `offset` on, of `total`."""

    items: list[T]
    total: int
    offset: int
    limit: int


class UnitView(Struct, frozen=True, kw_only=True):
    id: int
    code: str
    level: str
    kind: str
    name: str
    parent_id: int | None
    valid_from: date | None
    valid_to: date | None
    successors: list[int]


class OrganisationView(Struct, frozen=True, kw_only=True):
    code: str
    name: str
    roles: list[str]


class SessionView(Struct, frozen=True, kw_only=True):
    code: str
    name: str
    weekdays: list[int]
    starts: str
    ends: str
    valid_from: date | None
    valid_to: date | None
    relays: str | None


class StationView(Struct, frozen=True, kw_only=True):
    """`state` is the one on the day that was asked for."""

    id: int
    code: str
    tier: str
    name: str
    unit_code: str
    unit_name: str
    district_code: str | None
    district_name: str | None
    languages: list[str]
    language_shares: dict[str, float]
    technology: str
    timezone: str
    valid_from: date | None
    valid_to: date | None
    sample: bool
    state: str
    state_note: str


class OutageView(Struct, frozen=True, kw_only=True):
    """Half-open; `starts_at`/`ends_at` None where it has no end in sight. kind: broken, closed, blackout."""

    kind: str
    starts_at: datetime
    ends_at: datetime | None
    note: str


class StationDetails(Struct, frozen=True, kw_only=True):
    station: StationView
    sessions: list[SessionView]
    outages: list[OutageView]
    relayed_by: list[str]


class TopicView(Struct, frozen=True, kw_only=True):
    code: str
    parent: str | None
    name: str
    weight: float
    lead: OrganisationView | None


class ColumnView(Struct, frozen=True, kw_only=True):
    code: str
    name: str
    opening_ms: int
    closing_ms: int
    slot_min_ms: int
    slot_max_ms: int
    max_slots_per_day: int
    separation_days: int
    max_per_month: int


class RuleView(Struct, frozen=True, kw_only=True):
    code: str
    name: str
    kind: str
    period: str
    ms: int
    column: str
    tier: str | None
    unit: str | None
    stations: list[str] | None
    repeats: bool
    relayed: bool
    languages: list[str] | None
    count_frame: bool
    valid_from: date | None
    valid_to: date | None
    legal_ground: str
    sample: bool


class RenditionView(Struct, frozen=True, kw_only=True):
    """A copy made from the recording and measured again. `address` opens it."""

    kind: str
    address: str
    sha256: str
    size: int
    media_type: str
    duration_ms: int
    loudness_lufs: float
    true_peak_dbtp: float
    gain_db: float | None
    was_limited: bool | None


class AudioView(Struct, frozen=True, kw_only=True):
    """A recording as it was measured when it was decoded.

    `broadcast_sha256` names the copy that is aired: /api/v1/audio/{sha256}.mp3. `facts` holds what else the decode
    told (silences, clipping, hum, channels, the file's own tags); None where the recording came before it was asked.
    """

    file_name: str
    original_sha256: str
    original_size: int
    codec: str
    channels: int
    sample_rate: int
    decoded_ms: int
    cue_in_ms: int
    cue_out_ms: int
    duration_ms: int
    loudness_lufs: float
    loudness_range_lu: float
    true_peak_dbtp: float
    mono_loudness_lufs: float | None
    broadcast_sha256: str
    broadcast_size: int
    broadcast_ms: int
    broadcast_loudness_lufs: float
    broadcast_true_peak_dbtp: float
    renditions: list[RenditionView]
    facts: dict[str, Any] | None


class CheckView(Struct, frozen=True, kw_only=True):
    """One check against the profile. `level` is pass, warn or fail; the sentences say it to people.

    `measured` and `limit` are in `unit` ("LUFS", "dBTP", "ms", "Hz", "%"…); `at_ms` is where in the recording.
    """

    name: str
    level: str
    measured: float | None
    limit: float | None
    unit: str
    at_ms: int | None
    sentence: str
    why: str
    mend: str | None


class LikenessView(Struct, frozen=True, kw_only=True):
    """A recording in the library that sounds the same; `offset_ms` is where this one begins in it, or before it."""

    segment: str
    title: str
    state: str
    similarity: float
    offset_ms: int
    overlap_ms: int


class RefusalView(Struct, frozen=True, kw_only=True):
    """Why a recording was turned away, as a problem's code, facts and sentence."""

    code: str
    sentence: str
    facts: dict[str, Any]


class DecisionView(Struct, frozen=True, kw_only=True):
    """What a person decided on a recording: `action` is overruled, kept, discarded or superseded."""

    action: str
    reason: str
    lead: str | None
    actor: str
    at: datetime


class StepView(Struct, frozen=True, kw_only=True):
    step: str
    started_at: datetime
    ended_at: datetime | None


class VettingStepView(Struct, frozen=True, kw_only=True):
    """One step of a recording's vetting: `action` is submitted, approved, returned, released, confirmed or disputed.

    `organisation` is the one for which `actor` (a login) did it, null where none is known.
    """

    action: str
    actor: str
    actor_name: str
    organisation: str | None
    organisation_name: str | None
    reason: str
    at: datetime


class VersionView(Struct, frozen=True, kw_only=True):
    """One recording of a segment on its way from arrival to its approval.

    `state` is processing, held (it sounds like another: the producer decides), rejected, draft (not handed in),
    submitted, returned, ready (approved) or discarded; `step` is where it is now, `progress` in per cent of the whole
    way. `messages` are ffmpeg's own warnings. `can_overrule` says that only checks failed, which the topic's lead can
    overrule. `made_by` sent it; of the `approvals_needed` it has `approvals` since it was handed in; `due_at` is when
    it should be decided on, or its open review be done, and `reminded_at` when its leads were last told so.
    """

    number: int
    state: str
    step: str
    progress: int
    in_force: bool
    file_name: str
    size: int
    upload: str | None
    audio: AudioView | None
    checks: list[CheckView]
    likenesses: list[LikenessView]
    refusal: RefusalView | None
    can_overrule: bool
    decision: DecisionView | None
    messages: list[str]
    steps: list[StepView]
    made_by: str
    submitted_at: datetime | None
    due_at: datetime | None
    reminded_at: datetime | None
    approvals_needed: int
    approvals: int
    review_open: bool
    vetting: list[VettingStepView]
    created_at: datetime
    ended_at: datetime | None


class SegmentView(Struct, frozen=True, kw_only=True):
    """`audio` is the recording in force, None before the first version is approved; `versions` has the newest first."""

    code: str
    title: str
    topic: str
    topic_name: str
    column: str | None
    language: str
    producer: str | None
    producer_name: str | None
    duration_ms: int | None
    priority: str
    valid_from: date
    valid_to: date | None
    stations: list[str] | None
    tiers: list[str] | None
    separation_days: int | None
    max_per_month: int | None
    state: str
    withdrawn_reason: str | None
    note: str
    text: str
    sample: bool
    created_at: datetime
    audio: AudioView | None
    versions: list[VersionView]


class SegmentUse(Struct, frozen=True, kw_only=True):
    """One airing of a segment in a published plan."""

    month: str
    station: str
    station_name: str
    slot: str
    starts_at: datetime
    relayed_from: str | None


class ItemView(Struct, frozen=True, kw_only=True):
    segment: str
    title: str
    start_ms: int
    duration_ms: int
    sha256: str


class SlotView(Struct, frozen=True, kw_only=True):
    key: str
    column: str
    column_name: str
    starts_at: datetime
    length_ms: int
    airtime_ms: int
    relayed_from: str | None
    locked: bool
    items: list[ItemView]


class VerdictView(Struct, frozen=True, kw_only=True):
    """kind min or max: met or not; kind target: a wish, which decides nothing. reasons: what binds, as typed facts."""

    rule: str
    rule_name: str
    kind: str
    period: str
    column: str
    station: str
    station_name: str
    tier: str
    required_ms: int
    planned_ms: int
    short_ms: int
    status: str  # met, not_met
    reasons: list[dict[str, object]]
    legal_ground: str


class TermsView(Struct, frozen=True, kw_only=True):
    """The wishes of planning, each 0 (perfect) and up, and their weighted sum."""

    station: str
    column: str
    terms: dict[str, float]
    cost: float


class RevisionView(Struct, frozen=True, kw_only=True):
    """`version` is named by who changes it by hand; `hand_changes` have gone into it since it was planned."""

    month: str
    status: str  # draft, published
    number: int | None
    version: int
    as_of: datetime
    made_at: datetime
    published_at: datetime | None
    stations: int
    slots: int
    airtime_ms: int
    short_ms: int
    must_air_missed: int
    conflicts: int
    uncovered: float
    mean_cost: float
    hand_changes: int


class StationMonth(Struct, frozen=True, kw_only=True):
    """One station's month as a revision has it."""

    station: StationView
    month: str
    revision: RevisionView
    digest: str
    slots: list[SlotView]
    verdicts: list[VerdictView]
    terms: list[TermsView]


class Publication(Struct, frozen=True, kw_only=True):
    """What publishing changed against the revision before."""

    revision: RevisionView
    stations_changed: int
    slots_new: int
    slots_changed: int
    slots_cancelled: int


class MonthCheck(Struct, frozen=True, kw_only=True):
    """`met` is true when every min and max rule in force is met; verdicts and targets stand worst first."""

    month: str
    basis: str  # published, draft, none
    revision: int | None
    stations: dict[str, int]  # tier → how many
    met: bool
    verdicts: list[VerdictView]
    targets: list[VerdictView]


class StationRow(Struct, frozen=True, kw_only=True):
    """A line of the province's month: the station's own minimum, or its target where it has none.

    `reasons` are those of the minimum; `terms` as the plan's making left them, none without a plan.
    """

    code: str
    name: str
    tier: str
    district_name: str | None
    required_ms: int
    planned_ms: int
    short_ms: int
    kind: str | None  # min, target, or None where no rule is for it
    status: str  # met, not_met, none
    slots: int
    outages: list[str]
    reasons: list[dict[str, object]]
    terms: list[TermsView]


class ProvinceMonth(Struct, frozen=True, kw_only=True):
    month: str
    revision: RevisionView | None
    districts_met: int
    districts: int
    communes_with_airtime: int
    communes: int
    rows: list[StationRow]


class Export(Struct, frozen=True, kw_only=True):
    """Bytes ready to send or save. `etag` is quoted, as HTTP wants it."""

    content: bytes
    media_type: str
    file_name: str
    etag: str
    modified_at: datetime


class FolderExport(Struct, frozen=True, kw_only=True):
    folder: str
    playlist: str
    files: int
    size: int
    duration_ms: int


class SampleLoaded(Struct, frozen=True, kw_only=True):
    structure: str
    units: int
    stations: dict[str, int]
    segments: int


class Finding(Struct, frozen=True, kw_only=True):
    """One thing the doctor looked at: ok, unset, warning or failed, what was seen, and what to do about it."""

    name: str
    level: str
    seen: str
    mend: str
