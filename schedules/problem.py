"""One month's planning problem: the values of the exchange format `loa-instance/1`.

The exchange format is the domain value: each struct here has exactly the fields of
`instance.schema.json` (the JSON keys `from` and `to` are attributes `from_date`, `to_date`, or
`from_time`, `to_time`). Durations are integer milliseconds, dates local to the station, times aware.
Read and written by `schedules.exchange`, which also says what makes an instance faulty.
"""

from datetime import date, datetime
from typing import Annotated, Literal

from msgspec import Meta, Struct

# What JSON numbers keep exactly (RFC 8259, section 6); sums of a thousand of them still fit in 64 bits.
MOST = 2**53 - 1

Code = Annotated[str, Meta(min_length=1, max_length=64)]
Duration = Annotated[int, Meta(ge=0, le=MOST)]
Positive = Annotated[int, Meta(ge=1, le=MOST)]
Weight = Annotated[float, Meta(ge=0, le=MOST)]
Share = Annotated[float, Meta(ge=0, le=1)]
Weekday = Annotated[int, Meta(ge=1, le=7)]
Instant = Annotated[datetime, Meta(tz=True)]
MonthText = Annotated[str, Meta(pattern=r"^[0-9]{4}-(0[1-9]|1[0-2])\Z")]
StartOfDay = Annotated[str, Meta(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]\Z")]
EndOfDay = Annotated[str, Meta(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]\Z|^24:00\Z")]


class Weights(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How much each wish weighs in the cost of a station and column; each has its own default."""

    topics: Weight = 4
    spread: Weight = 2
    repetition: Weight = 3
    age: Weight = 2
    target: Weight = 2
    languages: Weight = 3
    reach: Weight = 2
    change: Weight = 6


class Topic(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A node of the tree of contents; `weight` means something on the first level (`parent` None) only."""

    code: Code
    parent: Code | None
    weight: Weight


class Column(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A named series: a slot of it lasts opening + items + closing, `slot_min_ms` to `slot_max_ms`.

    `separation_days` and `max_per_month` hold for a segment's airings on one station unless the segment
    says otherwise: 2 means Monday, then Wednesday at the earliest.
    """

    code: Code
    opening_ms: Duration
    closing_ms: Duration
    slot_min_ms: Duration
    slot_max_ms: Duration
    max_slots_per_day: Positive
    separation_days: Positive
    max_per_month: Positive

    @property
    def frame_ms(self) -> int:
        """Opening and closing: part of a slot's length, not of its airtime."""
        return self.opening_ms + self.closing_ms


class MustAir(
    Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename={"from_date": "from", "to_date": "to"}
):
    """`times` airings owed in each month that the dates, both inclusive, touch."""

    times: Positive
    from_date: date
    to_date: date


class Segment(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """An approved piece of audio. None for `column`, `stations`, `tiers`: any; for `valid_to`: no end.

    A withdrawn segment stays, with `valid_to` the day before the withdrawal.
    """

    id: Code
    duration_ms: Positive
    topic: Code
    language: Code
    valid_from: date
    priority: Literal["normal", "priority", "urgent"]
    column: Code | None = None
    valid_to: date | None = None
    stations: tuple[Code, ...] | None = None
    tiers: tuple[Code, ...] | None = None
    separation_days: Positive | None = None
    max_per_month: Positive | None = None
    must_air: MustAir | None = None


class Session(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    omit_defaults=True,
    rename={"from_date": "from", "to_date": "to"},
):
    """A recurring broadcast period, local wall time, on ISO weekdays (1 = Monday), dates inclusive.

    `end` is later than `start`; "24:00" is the end of the day. `relays` names the parent station whose
    slots it carries.
    """

    id: Code
    weekdays: Annotated[tuple[Weekday, ...], Meta(min_length=1)]
    start: StartOfDay
    end: EndOfDay
    from_date: date | None = None
    to_date: date | None = None
    relays: Code | None = None


class SessionException(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """On `date` the session is cancelled (`start` and `end` None) or moved."""

    session: Code
    date: date
    start: EndOfDay | None = None
    end: EndOfDay | None = None


class Blackout(
    Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename={"from_time": "from", "to_time": "to"}
):
    """Half-open; nothing is placed in it."""

    from_time: Instant
    to_time: Instant


class Station(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A transmitter with its sessions; `language_shares` are wished shares of airtime, at most 1 in sum."""

    code: Code
    tier: Code
    languages: Annotated[tuple[Code, ...], Meta(min_length=1)]
    sessions: tuple[Session, ...]
    language_shares: dict[str, Share] = {}
    exceptions: tuple[SessionException, ...] = ()
    blackouts: tuple[Blackout, ...] = ()


class Rule(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Airtime of a column that stations owe (`min`), may have (`max`) or should have (`target`) in a period.

    `repeats` False counts a segment's first airing in the month only; `relayed` False own slots only;
    `languages` limits to those; `count_frame` adds the frame of each slot with a counted item.
    """

    id: Code
    kind: Literal["min", "max", "target"]
    period: Literal["session", "day", "month"]
    ms: Duration
    column: Code
    stations: tuple[Code, ...] | None = None
    tiers: tuple[Code, ...] | None = None
    repeats: bool = True
    relayed: bool = True
    languages: tuple[Code, ...] | None = None
    count_frame: bool = False


class Item(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One segment in a slot; `start_ms` from the slot's start, opening included."""

    segment: Code
    start_ms: Duration
    duration_ms: Duration


class Slot(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A station's piece of a column; `relayed_from` names the parent whose slot it carries."""

    id: Code
    station: Code
    column: Code
    start: Instant
    length_ms: Duration
    items: tuple[Item, ...]
    relayed_from: Code | None = None
    locked: bool = False


class Published(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The revision of the month that stations have now."""

    revision: Positive
    slots: tuple[Slot, ...]


class Airing(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An airing outside the month: counts for distance, and answers what urgent and priority owe."""

    station: Code
    segment: Code
    date: date


class Instance(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Everything a plan of `month` depends on; `timezone` is an IANA name that all stations share.

    Slots of `published` that start before `now` + `freeze_hours` stay as they are, all of `locked` too.
    """

    format: Literal["loa-instance/1"]
    month: MonthText
    timezone: str
    now: Instant
    topics: tuple[Topic, ...]
    columns: Annotated[tuple[Column, ...], Meta(min_length=1)]
    segments: tuple[Segment, ...]
    stations: tuple[Station, ...]
    rules: tuple[Rule, ...]
    freeze_hours: Annotated[float, Meta(ge=0)] = 24
    seed: int = 0
    weights: Weights = Weights()
    published: Published | None = None
    locked: tuple[Slot, ...] = ()
    aired: tuple[Airing, ...] = ()
    replan: Literal["least", "free"] = "least"
