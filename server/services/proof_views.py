"""What is shown of the proof of a month: figures, slots with their outcome, the entries behind them."""

from datetime import datetime
from typing import Any

from msgspec import Struct

from server.services.forecast_views import ForecastView
from server.services.verdict_notes import NoteView
from server.services.views import StationView


class EntryView(Struct, frozen=True, kw_only=True):
    """One statement as it was taken in, for ever; `corrected_by` names those that stand in its place.

    `judged`: it is the decision of who looked at what was doubtful.
    """

    uid: str
    source: str
    grade: str
    aired: bool
    slot: str | None
    segment: str | None
    title: str
    starts_at: datetime | None
    duration_ms: int | None
    reason: str
    corrects: str | None
    corrected_by: list[str]
    said_by: str
    received_at: datetime
    amends: bool
    judged: bool


class AiredItemView(Struct, frozen=True, kw_only=True):
    segment: str
    title: str
    starts_at: datetime
    planned_ms: int
    shown_ms: int
    outcome: str
    grade: str | None
    why: list[dict[str, Any]]
    entries: list[str]


class AiredSlotView(Struct, frozen=True, kw_only=True):
    """A published slot and what came of it; figures are milliseconds of airtime at each grade or a stronger one."""

    key: str
    column: str
    starts_at: datetime
    length_ms: int
    relayed_from: str | None
    outcome: str
    planned_ms: int
    delivered_ms: int
    reported_ms: int
    logged_ms: int
    heard_ms: int
    items: list[AiredItemView]
    doubts: list[dict[str, Any]]


class EvidenceView(Struct, frozen=True, kw_only=True):
    slot: str
    segment: str
    ms: int
    grade: str
    entries: list[str]


class ProofView(Struct, frozen=True, kw_only=True):
    """A rule's verdict on a station's air; `policy` is the weakest grade that counts, `status` as in `schedules.proof`."""

    rule: str
    rule_name: str
    legal_ground: str
    kind: str
    policy: str
    required_ms: int
    planned_ms: int
    delivered_ms: int
    reported_ms: int
    logged_ms: int
    heard_ms: int
    counted_ms: int
    short_ms: int
    to_come_ms: int
    status: str
    evidence: list[EvidenceView]


class StationProof(Struct, frozen=True, kw_only=True):
    """`extras` are statements that no planned slot answers to; `forecasts` are of the station's minima; `notes` the
    monitor wrote beside the verdicts.
    """

    station: StationView
    month: str
    as_of: datetime
    revision: int
    verdicts: list[ProofView]
    slots: list[AiredSlotView]
    extras: list[str]
    entries: list[EntryView]
    forecasts: list[ForecastView]
    notes: list[NoteView]


class ProvedStation(Struct, frozen=True, kw_only=True):
    """`doubtful`: so many of its slots wait to be reviewed. `verdicts` are without their evidence."""

    station: StationView
    verdicts: list[ProofView]
    doubtful: int
    entries: int


class ProvinceProof(Struct, frozen=True, kw_only=True):
    month: str
    as_of: datetime
    revision: int
    stations: list[ProvedStation]
