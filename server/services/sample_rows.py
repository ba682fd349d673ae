"""The sample's values as rows. Nothing here decides anything: it ties codes to keys and dates to months."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlmodel import Session

from schedules.folding import fold
from schedules.months import Month
from server.db.intake import SegmentVersion
from server.db.library import Audio, ProgrammeColumn, Segment, Topic
from server.db.plans import AirtimeRule, Campaign
from server.db.registry import (
    Blackout,
    BroadcastSession,
    Organisation,
    OrganisationRole,
    SessionException,
    Station,
    StationState,
    Unit,
    UnitSuccession,
    UnitVersion,
)
from server.sample import catalogue, registry
from server.sample.catalogue import SampleSegment, UnitRow
from server.sample.registry import SampleStation
from server.services.rows import identity
from server.vietnamese import sort_key

PROVINCE = "66"
MERGED_ON = date(2025, 7, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Era:
    """One structure of the province with its stations, and from when to when it is placed in the database."""

    units: tuple[UnitRow, ...]
    stations: tuple[SampleStation, ...]
    valid_from: date | None
    valid_to: date | None

    def lasts_through(self, month: Month) -> bool:
        begun = self.valid_from is None or self.valid_from <= month.first_date
        return begun and (self.valid_to is None or month.last_date < self.valid_to)


def eras(structure: str) -> list[Era]:
    """2021 alone is placed without end, so that today's month can be planned on it; `both` have their real dates."""
    former, present = catalogue.read_units("2021"), catalogue.read_units("2025")
    of_2021 = Era(
        units=tuple(former),
        stations=tuple(registry.stations_2021(former)),
        valid_from=None,
        valid_to=MERGED_ON if structure == "both" else None,
    )
    of_2025 = Era(
        units=tuple(present),
        stations=tuple(registry.stations_2025(present, catalogue.read_successors(), former)),
        valid_from=MERGED_ON,
        valid_to=None,
    )
    return {"2021": [of_2021], "2025": [of_2025], "both": [of_2021, of_2025]}[structure]


def add_units(session: Session, placed: Sequence[Era]) -> list[dict[str, int]]:
    """The keys of the units by code, for each era; the province stays the same unit through both."""
    province = Unit()
    keys: list[dict[str, int]] = []
    for era in placed:
        units = {row.code: province if row.code == PROVINCE else Unit() for row in era.units}
        session.add_all(units.values())
        session.flush()
        ids = {code: identity(unit) for code, unit in units.items()}
        session.add_all(
            UnitVersion(
                unit_id=ids[row.code],
                code=row.code,
                level=row.level,
                kind=row.type,
                name=row.name,
                parent_id=ids[row.parent_code] if row.parent_code else None,
                valid_from=era.valid_from,
                valid_to=era.valid_to,
                search=fold(f"{row.code} {row.name}"),
                sort_key=sort_key(_place(row)),
            )
            for row in era.units
        )
        keys.append(ids)
    return keys


def add_successions(session: Session, former: Mapping[str, int], present: Mapping[str, int]) -> None:
    session.add_all(
        UnitSuccession(
            old_unit_id=former[row.old_code], new_unit_id=present[row.new_code], kind=row.kind, on_date=MERGED_ON
        )
        for row in catalogue.read_successors()
    )


def add_stations(session: Session, era: Era, units: Mapping[str, int], months: Iterable[Month]) -> None:
    """With their sessions, and with outages, exceptions and blackouts in those of the months that the era covers."""
    places = {row.code: _place(row) for row in era.units}
    stations = {
        sample.code: Station(
            code=sample.code,
            tier=sample.tier,
            unit_id=units[sample.unit_code],
            name=sample.name,
            languages=list(sample.languages),
            language_shares=dict(sample.language_shares),
            technology=sample.technology,
            valid_from=era.valid_from,
            valid_to=era.valid_to,
            sample=True,
            search=fold(f"{sample.code} {sample.name}"),
            sort_key=sort_key(places[sample.unit_code]),
        )
        for sample in era.stations
    }
    session.add_all(stations.values())
    session.flush()
    keys = {code: identity(station) for code, station in stations.items()}
    sessions = {
        (sample.code, broadcast.code): BroadcastSession(
            station_id=keys[sample.code],
            code=broadcast.code,
            name=broadcast.name,
            weekdays=list(broadcast.weekdays),
            starts=broadcast.start,
            ends=broadcast.end,
            relays_station_id=keys[broadcast.relays] if broadcast.relays else None,
        )
        for sample in era.stations
        for broadcast in sample.sessions
    }
    session.add_all(sessions.values())
    session.flush()
    for month in months:
        if era.lasts_through(month):
            _add_events(session, era.stations, month.first_date, keys, sessions)


def add_organisations(session: Session) -> dict[str, int]:
    samples = catalogue.read_organisations()
    rows = {sample.code: Organisation(code=sample.code, name=sample.name) for sample in samples}
    session.add_all(rows.values())
    session.flush()
    keys = {code: identity(row) for code, row in rows.items()}
    session.add_all(
        OrganisationRole(organisation_id=keys[sample.code], role=role) for sample in samples for role in sample.roles
    )
    return keys


def add_topics(session: Session, organisations: Mapping[str, int]) -> dict[str, int]:
    keys: dict[str, int] = {}
    for position, sample in enumerate(catalogue.read_topics()):
        topic = Topic(
            code=sample.code,
            parent_id=keys[sample.parent] if sample.parent else None,
            name=sample.name,
            weight=sample.weight,
            lead_organisation_id=organisations[sample.lead],
            position=position,
        )
        session.add(topic)
        session.flush()
        keys[sample.code] = identity(topic)
    return keys


def add_columns(session: Session, audio: Mapping[str, int]) -> dict[str, int]:
    """`audio` gives keys by file name."""
    frames: dict[tuple[str, str], int] = {
        (frame.column, frame.kind): audio[frame.audio] for frame in catalogue.read_frames()
    }
    rows = [
        ProgrammeColumn(
            code=sample.code,
            name=sample.name,
            opening_audio_id=frames.get((sample.code, "opening")),
            closing_audio_id=frames.get((sample.code, "closing")),
            slot_min_ms=sample.slot_min_ms,
            slot_max_ms=sample.slot_max_ms,
            max_slots_per_day=sample.max_slots_per_day,
            separation_days=sample.separation_days,
            max_per_month=sample.max_per_month,
        )
        for sample in registry.columns()
    ]
    session.add_all(rows)
    session.flush()
    return {row.code: identity(row) for row in rows}


def add_rules(session: Session, columns: Mapping[str, int]) -> None:
    session.add_all(
        AirtimeRule(
            code=sample.code,
            name=sample.title,
            kind=sample.kind,
            period=sample.period,
            ms=sample.ms,
            column_id=columns[sample.column],
            tier=sample.tier,
            valid_from=sample.valid_from,
            valid_to=sample.valid_to,
            legal_ground=sample.legal_ground,
            sample=True,
        )
        for sample in registry.airtime_rules()
    )


def add_campaigns(session: Session) -> None:
    session.add_all(
        Campaign(
            code=sample.code,
            name=sample.name,
            legal_ground=sample.legal_ground,
            weights={},
            valid_from=sample.valid_from,
            sample=True,
        )
        for sample in registry.campaigns()
    )


def segment_row(
    sample: SampleSegment,
    *,
    code: str,
    audio_id: int,
    topics: Mapping[str, int],
    organisations: Mapping[str, int],
    column_id: int,
    month: Month,
    at: datetime,
) -> Segment:
    valid_from, valid_to = sample.valid(month.first_date)
    return Segment(
        code=code,
        title=sample.title,
        topic_id=topics[sample.topic],
        column_id=column_id,
        language=sample.language,
        producer_id=organisations[sample.producer],
        audio_id=audio_id,
        priority=sample.priority,
        valid_from=valid_from,
        valid_to=valid_to,
        text=catalogue.text(sample.text),
        note=sample.note or "",
        sample=True,
        created_at=at,
        search=fold(f"{code} {sample.title}"),
        sort_key=sort_key(sample.title),
    )


def version_row(segment: Segment, audio: Audio, *, at: datetime) -> SegmentVersion:
    """The sample's recordings are ready as they come."""
    return SegmentVersion(
        segment_id=identity(segment),
        number=1,
        state="ready",
        step="done",
        progress=100,
        file_name=audio.file_name,
        size=audio.size,
        original_sha256=audio.sha256,
        audio_id=identity(audio),
        created_at=at,
        updated_at=at,
        ended_at=at,
    )


def _add_events(
    session: Session,
    stations: Sequence[SampleStation],
    month: date,
    keys: Mapping[str, int],
    sessions: Mapping[tuple[str, str], BroadcastSession],
) -> None:
    session.add_all(
        StationState(
            station_id=keys[outage.station],
            state="broken",
            valid_from=outage.first_date,
            valid_to=outage.last_date + timedelta(days=1),
            note=outage.note,
        )
        for outage in registry.outages(stations, month)
    )
    session.add_all(
        SessionException(
            session_id=identity(sessions[moved.station, moved.session]),
            on_date=moved.date,
            starts=moved.start,
            ends=moved.end,
            note=moved.note,
        )
        for moved in registry.exceptions(stations, month)
    )
    session.add_all(
        Blackout(station_id=keys[dark.station], starts_at=dark.start, ends_at=dark.end, note=dark.note)
        for dark in registry.blackouts(stations, month)
    )


def _place(row: UnitRow) -> str:
    """The name without its kind, which is how lists are ordered: Huyện Buôn Đôn stands under B."""
    return row.name[len(row.type) :].strip() if row.name.casefold().startswith(row.type.casefold()) else row.name
