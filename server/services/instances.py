"""From rows to the planner's problem: everything that a plan of one month depends on, as an exchange value."""

from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Literal, cast

import msgspec
from sqlalchemy import or_, select, true
from sqlmodel import Session, col

from schedules.months import Month
from schedules.problem import (
    Airing,
    Instance,
    Item,
    Published,
    Rule,
    Slot,
    Topic,
    Weights,
)
from schedules.problem import Blackout as ProblemBlackout
from schedules.problem import Column as ProblemColumn
from schedules.problem import Segment as ProblemSegment
from schedules.problem import Session as ProblemSession
from schedules.problem import SessionException as ProblemException
from schedules.problem import Station as ProblemStation
from server.db import library
from server.db.library import Audio, ProgrammeColumn, Segment
from server.db.plans import AirtimeRule, Campaign
from server.db.registry import Blackout, BroadcastSession, SessionException, Station, StationState
from server.services.campaigns import campaign_of
from server.services.listing import touches
from server.services.local_time import ZONE, midnight
from server.services.locks import locked_slots, with_flags
from server.services.refusals import NoColumns, NoStations
from server.services.rows import among, identity
from server.services.stations import stations_in, units_below
from server.services.stored_plans import StoredSlot, draft_of, plans_of, published_of, read_slots

# Of so many stations rows are asked for by name; of more it is quicker to read them all.
_FEW = 100
# Between the code of a station that lost it within the month, and the day on which it did.
_UNTIL = "~"


def build_instance(
    session: Session, month: Month, *, as_of: datetime, below: int | None = None, locks_of_draft: bool = True
) -> Instance:
    """The problem of the month as the planner sees it at `as_of`.

    What is published is the revision in force, or the latest with a number below `below`. Slots are locked as the draft
    has them; where there is none, or it is not asked (so too with `below`), as they are published. A station that is
    there for a part of the month, broken or closed is blacked out for the rest. Weights, freeze and seed are those of
    the month's campaign, where there is one. Raises NoStations, NoColumns.
    """
    rows = stations_in(session, month)
    if not rows:
        raise NoStations(month=str(month))
    codes = station_codes(rows)
    revision = published_of(session, month, below=below)
    kept = read_slots(session, plans_of(revision.id)) if revision else {}
    draft = draft_of(session, month) if below is None and locks_of_draft else None
    locked: dict[int, list[StoredSlot]] = {}
    if draft is not None:
        drafted = read_slots(session, plans_of(draft.id))
        kept, locked = with_flags(kept, drafted), locked_slots(drafted, as_of)
    published, by_hand = slots_as_values(kept, codes), slots_as_values(locked, codes)
    named = {item.segment for slot in (*published, *by_hand) for item in slot.items}
    instance = month_instance(session, month, rows, codes, as_of=as_of, named=named)
    return msgspec.structs.replace(
        instance,
        published=Published(revision=revision.number or 1, slots=published) if revision else None,
        locked=by_hand,
        aired=_aired(session, month, codes, {segment.id for segment in instance.segments}),
    )


def month_instance(
    session: Session,
    month: Month,
    rows: Iterable[Station],
    codes: Mapping[int, str],
    *,
    as_of: datetime,
    named: set[str],
    only_named: bool = False,
    with_sessions: bool = True,
) -> Instance:
    """What the plan of a month depends on, for the stations of `rows`, without any plan of it or of its neighbours.

    `codes` are those of all stations of the month; `named` are segments that belong in whatever their validity;
    `only_named`: no others do, for who plans nothing and asks about these alone. Without sessions stations have neither them nor what keeps them from broadcasting. Raises NoColumns.
    """
    stations = {identity(row): row for row in rows}
    columns = _columns(session)
    if not columns:
        raise NoColumns(month=str(month))
    campaign = campaign_of(session, month) or Campaign(code="", name="", legal_ground="", weights={})
    return Instance(
        format="loa-instance/1",
        month=str(month),
        timezone=ZONE.key,
        now=as_of.astimezone(ZONE).replace(microsecond=0),
        topics=_topics(session),
        columns=columns,
        segments=_segments(session, month, named, set(codes.values()), only_named=only_named),
        stations=_stations(session, month, stations, codes, with_sessions=with_sessions),
        rules=_rules(session, month, stations, codes),
        freeze_hours=campaign.freeze_hours,
        seed=campaign.seed,
        weights=Weights(**campaign.weights),
    )


def station_codes(stations: Iterable[Station]) -> dict[int, str]:
    """By id, unique within the month: where a code changes hands in it, the later station has it bare."""
    return _codes((identity(row), row.code, row.valid_from, row.valid_to) for row in stations)


def codes_in(session: Session, month: Month, called: Collection[str] | None = None) -> dict[int, str]:
    """`station_codes` of the month's stations, from as little of them as that takes; of those at least that are `called` so."""
    rows = session.connection().execute(
        select(col(Station.id), col(Station.code), col(Station.valid_from), col(Station.valid_to))
        .where(touches(col(Station.valid_from), col(Station.valid_to), month.first_date, month.last_date))
        .where(true() if called is None else among(col(Station.code), called))
        .order_by(col(Station.tier).desc(), col(Station.sort_key), col(Station.code), col(Station.id))
    )
    return _codes((key or 0, code, first, last) for key, code, first, last in rows)


def bare_code(code: str) -> str:
    """What the station is called everywhere else, of one of `station_codes`."""
    return code.rpartition(_UNTIL)[0] or code


def _codes(stations: Iterable[tuple[int, str, date | None, date | None]]) -> dict[int, str]:
    codes: dict[int, str] = {}
    taken: set[str] = set()
    for key, bare, _, valid_to in sorted(stations, key=lambda row: row[2] or date.min, reverse=True):
        code = bare if bare not in taken else f"{bare}{_UNTIL}{valid_to or ''}"
        codes[key] = code
        taken.add(code)
    return codes


def slots_as_values(slots: Mapping[int, Iterable[StoredSlot]], codes: Mapping[int, str]) -> tuple[Slot, ...]:
    """Stored slots in the exchange form, by station and start; those of stations that are gone are left out."""
    known = set(codes.values())
    values = [
        Slot(
            id=slot.key,
            station=codes[station],
            column=slot.column,
            start=slot.starts_at.astimezone(ZONE),
            length_ms=slot.length_ms,
            items=tuple(
                Item(segment=item.segment, start_ms=item.start_ms, duration_ms=item.duration_ms) for item in slot.items
            ),
            relayed_from=slot.relayed_from if slot.relayed_from in known else None,
            locked=slot.locked,
        )
        for station, listed in slots.items()
        if station in codes
        for slot in listed
    ]
    return tuple(sorted(values, key=lambda slot: (slot.station, slot.start, slot.id)))


def _topics(session: Session) -> tuple[Topic, ...]:
    rows = session.scalars(select(library.Topic).order_by(col(library.Topic.position), col(library.Topic.code))).all()
    codes = {row.id: row.code for row in rows}
    return tuple(
        Topic(code=row.code, parent=codes[row.parent_id] if row.parent_id else None, weight=row.weight) for row in rows
    )


def _columns(session: Session) -> tuple[ProblemColumn, ...]:
    rows = session.scalars(select(ProgrammeColumn).order_by(col(ProgrammeColumn.code))).all()
    frames = {key for row in rows for key in (row.opening_audio_id, row.closing_audio_id) if key is not None}
    lengths = dict(
        session.connection()
        .execute(select(col(Audio.id), col(Audio.duration_ms)).where(among(col(Audio.id), frames)))
        .all()
    )
    return tuple(
        ProblemColumn(
            code=row.code,
            opening_ms=lengths[row.opening_audio_id] if row.opening_audio_id else 0,
            closing_ms=lengths[row.closing_audio_id] if row.closing_audio_id else 0,
            slot_min_ms=row.slot_min_ms,
            slot_max_ms=row.slot_max_ms,
            max_slots_per_day=row.max_slots_per_day,
            separation_days=row.separation_days,
            max_per_month=row.max_per_month,
        )
        for row in rows
    )


def _segments(
    session: Session, month: Month, named: set[str], stations: set[str], *, only_named: bool
) -> tuple[ProblemSegment, ...]:
    """Those that may be aired and are valid on a date of the month, and those `named` by published slots."""
    if only_named and not named:
        return ()
    valid = (col(Segment.valid_from) <= month.last_date) & (
        col(Segment.valid_to).is_(None) | (col(Segment.valid_to) >= month.first_date)
    )
    rows = session.execute(
        select(Segment, col(Audio.duration_ms), col(library.Topic.code), col(ProgrammeColumn.code))
        .join(Audio, col(Audio.id) == col(Segment.audio_id))
        .join(library.Topic, col(library.Topic.id) == col(Segment.topic_id))
        .outerjoin(ProgrammeColumn, col(ProgrammeColumn.id) == col(Segment.column_id))
        .where(
            # One on its way back from a withdrawal is as withdrawn until it is approved again.
            col(Segment.state).in_(("ready", "withdrawn")) | col(Segment.withdrawn_at).is_not(None),
            col(Segment.code).in_(named) if only_named else or_(col(Segment.code).in_(named), valid),
        )
        .order_by(col(Segment.code))
    )
    return tuple(
        ProblemSegment(
            id=row.code,
            duration_ms=duration_ms,
            topic=topic,
            language=row.language,
            valid_from=row.valid_from,
            priority=cast("Literal['normal', 'priority', 'urgent']", row.priority),
            column=column,
            valid_to=_last_day(row),
            stations=tuple(code for code in row.stations if code in stations) if row.stations is not None else None,
            tiers=tuple(row.tiers) if row.tiers is not None else None,
            separation_days=row.separation_days,
            max_per_month=row.max_per_month,
        )
        for row, duration_ms, topic, column in rows
    )


def _last_day(segment: Segment) -> date | None:
    if segment.withdrawn_at is None or segment.state == "withdrawn":
        return segment.valid_to
    day_before = segment.withdrawn_at.astimezone(ZONE).date() - timedelta(days=1)
    return day_before if segment.valid_to is None else min(segment.valid_to, day_before)


def _stations(
    session: Session, month: Month, stations: Mapping[int, Station], codes: Mapping[int, str], *, with_sessions: bool
) -> tuple[ProblemStation, ...]:
    sessions, exceptions = _sessions(session, month, stations, codes) if with_sessions else ({}, {})
    blackouts = off_air(session, month, stations) if with_sessions else {}
    return tuple(
        ProblemStation(
            code=codes[key],
            tier=row.tier,
            languages=tuple(row.languages),
            language_shares=row.language_shares,
            sessions=tuple(sessions.get(key, ())),
            exceptions=tuple(exceptions.get(key, ())),
            blackouts=tuple(blackouts.get(key, ())),
        )
        for key, row in sorted(stations.items(), key=lambda pair: codes[pair[0]])
    )


def _sessions(
    session: Session, month: Month, stations: Mapping[int, Station], codes: Mapping[int, str]
) -> tuple[dict[int, list[ProblemSession]], dict[int, list[ProblemException]]]:
    """Those that touch the month; a parent that is not there in the month is relayed no more."""
    theirs = col(BroadcastSession.station_id).in_(stations) if len(stations) <= _FEW else true()
    found: dict[int, list[ProblemSession]] = {}
    kept: dict[int, tuple[int, str]] = {}
    # Columns, not rows: a country has tens of thousands of them.
    for key, station, code, weekdays, starts, ends, first, last, relays in session.connection().execute(
        select(
            col(BroadcastSession.id),
            col(BroadcastSession.station_id),
            col(BroadcastSession.code),
            col(BroadcastSession.weekdays),
            col(BroadcastSession.starts),
            col(BroadcastSession.ends),
            col(BroadcastSession.valid_from),
            col(BroadcastSession.valid_to),
            col(BroadcastSession.relays_station_id),
        )
        .where(
            col(BroadcastSession.valid_from).is_(None) | (col(BroadcastSession.valid_from) <= month.last_date),
            col(BroadcastSession.valid_to).is_(None) | (col(BroadcastSession.valid_to) >= month.first_date),
            theirs,
        )
        .order_by(col(BroadcastSession.code))
    ):
        if station not in stations:
            continue
        kept[key or 0] = (station, code)
        found.setdefault(station, []).append(
            ProblemSession(
                id=code,
                weekdays=tuple(weekdays),
                start=starts,
                end=ends,
                from_date=first,
                to_date=last,
                relays=codes.get(relays) if relays else None,
            )
        )
    exceptions: dict[int, list[ProblemException]] = {}
    for moved in session.scalars(
        select(SessionException)
        .where(col(SessionException.on_date).between(month.first_date, month.last_date))
        .order_by(col(SessionException.on_date), col(SessionException.session_id))
    ):
        if moved.session_id in kept:
            moved_at, its_code = kept[moved.session_id]
            exceptions.setdefault(moved_at, []).append(
                ProblemException(session=its_code, date=moved.on_date, start=moved.starts, end=moved.ends)
            )
    return found, exceptions


def off_air(session: Session, month: Month, stations: Mapping[int, Station]) -> dict[int, list[ProblemBlackout]]:
    """Blackouts, faults and the time before and after a station is there, cut to the month."""
    first, after = month.bounds(ZONE)
    spans: list[tuple[int, datetime, datetime]] = []
    for key, station in stations.items():
        if station.valid_from is not None:
            spans.append((key, first, midnight(station.valid_from)))
        if station.valid_to is not None:
            spans.append((key, midnight(station.valid_to), after))
    spans.extend(
        (state.station_id, midnight(state.valid_from), midnight(state.valid_to) if state.valid_to else after)
        for state in session.scalars(
            select(StationState)
            .where(col(StationState.state) != "working")
            .where(touches(col(StationState.valid_from), col(StationState.valid_to), month.first_date, month.last_date))
        )
    )
    spans.extend(
        (row.station_id, row.starts_at.astimezone(ZONE), row.ends_at.astimezone(ZONE))
        for row in session.scalars(
            select(Blackout).where(col(Blackout.starts_at) < after, col(Blackout.ends_at) > first)
        )
    )
    found: dict[int, list[ProblemBlackout]] = {}
    for key, start, end in sorted(spans):
        blackout = ProblemBlackout(from_time=max(start, first), to_time=min(end, after))
        if key in stations and blackout.from_time < blackout.to_time:
            found.setdefault(key, []).append(blackout)
    return found


def _rules(
    session: Session, month: Month, stations: Mapping[int, Station], codes: Mapping[int, str]
) -> tuple[Rule, ...]:
    """Those in force on some day of the month; a scope by unit becomes the list of the stations below it."""
    columns = dict(session.connection().execute(select(col(ProgrammeColumn.id), col(ProgrammeColumn.code))).all())
    rules = []
    for row in session.scalars(
        select(AirtimeRule)
        .where(touches(col(AirtimeRule.valid_from), col(AirtimeRule.valid_to), month.first_date, month.last_date))
        .order_by(col(AirtimeRule.code))
    ):
        listed: set[str] | None = None
        if row.stations is not None:
            listed = set(row.stations) & set(codes.values())
        if row.unit_id is not None:
            places = units_below(session, row.unit_id, month.first_date, month.last_date)
            below = {codes[key] for key, station in stations.items() if station.unit_id in places}
            listed = below if listed is None else listed & below
        rules.append(
            Rule(
                id=row.code,
                kind=cast("Literal['min', 'max', 'target']", row.kind),
                period=cast("Literal['session', 'day', 'month']", row.period),
                ms=row.ms,
                column=columns[row.column_id],
                stations=tuple(sorted(listed)) if listed is not None else None,
                tiers=(row.tier,) if row.tier is not None else None,
                repeats=row.repeats,
                relayed=row.relayed,
                languages=tuple(row.languages) if row.languages is not None else None,
                count_frame=row.count_frame,
            )
        )
    return tuple(rules)


def _aired(session: Session, month: Month, codes: Mapping[int, str], segments: set[str]) -> tuple[Airing, ...]:
    """What the published plans of the months beside this one air. A station is known by its row: codes are given anew."""
    airings = set()
    for beside in month.neighbours():
        revision = published_of(session, beside)
        if revision is None:
            continue
        for station, slots in read_slots(session, plans_of(revision.id)).items():
            if station not in codes:
                continue
            for slot in slots:
                day = slot.starts_at.astimezone(ZONE).date()
                airings |= {(codes[station], item.segment, day) for item in slot.items if item.segment in segments}
    return tuple(Airing(station=station, segment=segment, date=day) for station, segment, day in sorted(airings))
