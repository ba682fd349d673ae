"""What is shown of airings that are doubtful, and of what waits for a person beside them."""

from datetime import datetime
from typing import Any

from msgspec import Struct


class DoubtStatementView(Struct, frozen=True, kw_only=True):
    """One of the statements that a doubt is about. `ms` is what it shows here, `starts_at` with its clock set right.

    `counts`: it is what counts now; `whole`: it speaks of the whole slot; `judged`: it is a decision.
    """

    uid: str
    source: str
    grade: str
    aired: bool
    ms: int
    starts_at: datetime | None
    said_ms: int | None
    reason: str
    said_by: str
    received_at: datetime
    counts: bool
    whole: bool
    judged: bool


class DoubtView(Struct, frozen=True, kw_only=True):
    """`id` changes with what is said: a decision is on what was seen. `kind`: item, substitute (in a slot's time) or
    extra (beside all slots). `stake_ms`: how much airtime hangs on it. `reasons` as `schedules.airing_reasons`.
    """

    id: str
    station: str
    station_name: str
    kind: str
    slot: str | None
    starts_at: datetime | None
    segment: str | None
    title: str
    planned_ms: int
    counted_ms: int
    stake_ms: int
    reasons: list[dict[str, Any]]
    statements: list[DoubtStatementView]


class UnheardView(Struct, frozen=True, kw_only=True):
    """A recording with matches that wait for a person's word."""

    station: str
    station_name: str
    recording: int
    month: str
    file_name: str
    waiting: int


class DoubtsView(Struct, frozen=True, kw_only=True):
    """The most airtime at stake first, at most a hundred of the `total`."""

    month: str
    as_of: datetime
    total: int
    stake_ms: int
    doubts: list[DoubtView]
    recordings: list[UnheardView]
    sample: bool
