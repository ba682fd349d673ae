"""Playlists of what is published: each slot's opening, items and closing, in order of time."""

import hashlib
import re
from collections.abc import Callable, Hashable
from datetime import date, datetime, timedelta
from typing import Literal

from msgspec import Struct
from sqlalchemy import ColumnElement, func, select
from sqlmodel import Session, col

from schedules.exports.playlists import Playlist, Track, playlist_format
from schedules.months import Month
from server.db.delivering import Recall
from server.db.library import ProgrammeColumn, Rendition, Segment
from server.db.plans import PlanEntry, PlanRevision
from server.db.registry import Organisation, Station
from server.formats import day as written_day
from server.formats import moment, month_name
from server.services.context import Context
from server.services.local_time import ZONE
from server.services.recalled import RecalledFiles, recalled_files, without_recalled
from server.services.refusals import BadField, NotPublished, UnknownSlot
from server.services.rows import identity
from server.services.stations import find_station
from server.services.stored_plans import StoredSlot, read_slots
from server.services.views import Export
from server.texts import _

_UNSAFE = re.compile(r"[^A-Za-z0-9~._-]+")


class PlaylistOrder(Struct, frozen=True, kw_only=True):
    """Which playlist: of a month, of one local date, or of one slot. `audio_url` gives each sound its address."""

    code: str
    month: Month
    day: date | None = None
    slot: str | None = None
    format: str
    audio_url: Callable[[str], str]


class InForce(Struct, frozen=True, kw_only=True):
    """The slots a station has now, and the revision that brought them, which later ones left as they were."""

    month_plan_id: int
    number: int
    published_at: datetime


class Sound(Struct, frozen=True, kw_only=True):
    """One file as it is played; `size` in bytes."""

    kind: Literal["opening", "segment", "closing"]
    title: str
    creator: str | None
    album: str
    starts_at: datetime
    duration_ms: int
    language: str | None
    segment: str | None
    sha256: str
    size: int
    media_type: str


class Programme(Struct, frozen=True, kw_only=True):
    """All that a playlist says, before its sounds have addresses."""

    title: str
    station: str
    station_name: str
    in_force: InForce
    sounds: list[Sound]
    file_stem: str

    def playlist(self, location: Callable[[Sound], str]) -> Playlist:
        return Playlist(
            title=self.title,
            creator=self.station_name,
            station=self.station,
            revision=self.in_force.number,
            tracks=[
                Track(
                    location=location(sound),
                    title=sound.title,
                    creator=sound.creator,
                    album=sound.album,
                    duration_ms=sound.duration_ms,
                    starts_at=sound.starts_at,
                    language=sound.language,
                    segment=sound.segment,
                    kind=sound.kind,
                    sha256=sound.sha256,
                    size=sound.size,
                )
                for sound in self.sounds
            ],
        )


def playlist(
    context: Context,
    code: str,
    month: Month,
    *,
    day: date | None = None,
    slot: str | None = None,
    format: str,  # noqa: A002 (the word that people use for it, also in addresses)
    audio_url: Callable[[str], str],
) -> Export:
    """Absolute addresses come from `audio_url`, which is given the SHA-256 of a broadcast rendition.

    Raises UnknownStation, NotPublished, UnknownSlot, BadField, UnknownFormat.
    """
    order = PlaylistOrder(code=code, month=month, day=day, slot=slot, format=format, audio_url=audio_url)
    with context.database.read() as session:
        return render_playlist(session, order)


def render_playlist(session: Session, order: PlaylistOrder) -> Export:
    shape = playlist_format(order.format)
    programme = read_programme(session, order.code, order.month, day=order.day, slot=order.slot)
    content = shape.render(programme.playlist(lambda sound: order.audio_url(sound.sha256)))
    return Export(
        content=content,
        media_type=shape.media_type,
        file_name=f"{programme.file_stem}.{shape.extension}",
        etag=etag_of(content),
        modified_at=programme.in_force.published_at,
    )


def playlist_source(session: Session, order: PlaylistOrder) -> Hashable:
    """What the bytes of a playlist follow from; where it stays the same, so do they."""
    station = find_station(session, order.code, order.month)
    names = session.connection().execute(select(col(ProgrammeColumn.name)).union_all(select(col(Organisation.name))))
    pointer = in_force(session, station, order.month)
    recalls = session.connection().scalar(select(func.max(col(Recall.id))))
    return (
        pointer.month_plan_id,
        pointer.number,
        identity(station),
        station.name,
        recalls,
        *(name for (name,) in names),
    )


def etag_of(content: bytes) -> str:
    return f'"{hashlib.sha256(content).hexdigest()[:32]}"'


def in_force(session: Session, station: Station, month: Month) -> InForce:
    """Raises NotPublished, also where the published revision does not know the station."""
    rows = session.connection().execute(
        select(col(PlanEntry.month_plan_id), col(PlanRevision.number), col(PlanRevision.published_at))
        .outerjoin_from(
            PlanRevision,
            PlanEntry,
            (col(PlanEntry.revision_id) == col(PlanRevision.id)) & (col(PlanEntry.station_id) == identity(station)),
        )
        .where(col(PlanRevision.month) == str(month), col(PlanRevision.status) == "published")
        .order_by(col(PlanRevision.number).desc())
    )
    found: InForce | None = None
    for plan, number, published_at in rows:
        if plan is None or (found is not None and plan != found.month_plan_id):
            break
        if number is not None and published_at is not None:
            found = InForce(month_plan_id=plan, number=number, published_at=published_at)
    if found is None:
        raise NotPublished(month=str(month))
    return found


def read_programme(
    session: Session, code: str, month: Month, *, day: date | None = None, slot: str | None = None
) -> Programme:
    """What the station airs in the month, on the local date or in the slot.

    Raises UnknownStation, NotPublished, UnknownSlot, BadField.
    """
    station = find_station(session, code, month)
    pointer = in_force(session, station, month)
    slots = _slots_on_air(session, station, pointer, month, day)
    when, stem = month_name(month), f"{code}-{month}"
    if day is not None:
        when, stem = written_day(day), f"{code}-{day}"
    if slot is not None:
        slots = [each for each in slots if each.key == slot]
        if not slots:
            raise UnknownSlot(slot=slot, station=code)
        when, stem = moment(slots[0].starts_at, ZONE), f"{code}-{slots[0].starts_at.astimezone(ZONE):%Y-%m-%d-%H%M}"
    return Programme(
        title=_("Lịch phát {when} · {station}", when=when, station=station.name),
        station=code,
        station_name=station.name,
        in_force=pointer,
        sounds=[sound for sounds in sounds_of(session, slots) for sound in sounds],
        file_stem=_UNSAFE.sub("-", stem),
    )


def slots_on_air(session: Session, code: str, month: Month, *, day: date | None = None) -> list[str]:
    """The keys of the station's slots in the month or on the local date, soonest first.

    Raises UnknownStation, NotPublished, BadField.
    """
    station = find_station(session, code, month)
    return [slot.key for slot in _slots_on_air(session, station, in_force(session, station, month), month, day)]


def _slots_on_air(
    session: Session, station: Station, pointer: InForce, month: Month, day: date | None
) -> list[StoredSlot]:
    if day is not None and Month.of(day) != month:
        raise BadField(field="day", value=str(day), expected=f"{month.first_date} … {month.last_date}")
    planned = read_slots(session, [pointer.month_plan_id]).get(identity(station), [])
    slots = without_recalled(planned, recalled_files(session))
    return [slot for slot in slots if day is None or slot.starts_at.astimezone(ZONE).date() == day]


def column_names(session: Session) -> dict[str, str]:
    """By code."""
    return dict(session.connection().execute(select(col(ProgrammeColumn.code), col(ProgrammeColumn.name))).all())


class SoundFacts(Struct, frozen=True, kw_only=True):
    """Names of columns by code, size and media type of files by SHA-256, language and producer by segment."""

    columns: dict[str, str]
    files: dict[str, tuple[int, str]]
    makers: dict[str, tuple[str, str | None]]


def sounds_left(
    planned: list[StoredSlot], recalled: RecalledFiles, sounded: Callable[[list[StoredSlot]], list[list[Sound]]]
) -> list[tuple[StoredSlot, list[Sound]]]:
    """Each slot with its sounds, which `sounded` tells, without what was recalled, whenever it began; a slot that is left with nothing is gone.

    In a slot that began before the recall, what follows keeps its time: it may be on air just then, and is not to be cut
    or begun in its middle.
    """
    slots = without_recalled(planned, recalled)
    found = [
        (slot, [each for each in sounds if each.sha256 not in recalled.get(each.segment or "", {})])
        for slot, sounds in zip(slots, sounded(slots), strict=True)
    ]
    return [(slot, sounds) for slot, sounds in found if any(each.segment for each in sounds)]


def sounds_of(session: Session, slots: list[StoredSlot]) -> list[list[Sound]]:
    """Each slot's opening, items and closing, in order."""
    wanted = {item.sha256 for slot in slots for item in slot.items}
    wanted |= {sha256 for slot in slots for sha256 in (slot.opening_sha256, slot.closing_sha256) if sha256}
    return sounds_by(
        sound_facts(
            session,
            col(Rendition.sha256).in_(wanted),
            col(Segment.code).in_({item.segment for slot in slots for item in slot.items}),
        ),
        slots,
    )


def sound_facts(session: Session, renditions: ColumnElement[bool], segments: ColumnElement[bool]) -> SoundFacts:
    database = session.connection()
    files = database.execute(
        select(col(Rendition.sha256), col(Rendition.size), col(Rendition.media_type)).where(renditions)
    )
    makers = database.execute(
        select(col(Segment.code), col(Segment.language), col(Organisation.name))
        .outerjoin(Organisation, col(Organisation.id) == col(Segment.producer_id))
        .where(segments)
    )
    return SoundFacts(
        columns=column_names(session),
        files={sha256: (size, media_type) for sha256, size, media_type in files},
        makers={code: (language, producer) for code, language, producer in makers},
    )


def sounds_by(facts: SoundFacts, slots: list[StoredSlot]) -> list[list[Sound]]:
    """The same with facts that are known already."""

    def sound(
        slot: StoredSlot,
        *,
        kind: Literal["opening", "segment", "closing"],
        sha256: str,
        title: str,
        start_ms: int,
        duration_ms: int,
        segment: str | None = None,
    ) -> Sound:
        language, producer = facts.makers[segment] if segment else (None, None)
        size, media_type = facts.files[sha256]
        return Sound(
            kind=kind,
            title=title,
            creator=producer,
            album=facts.columns[slot.column],
            starts_at=slot.starts_at.astimezone(ZONE) + timedelta(milliseconds=start_ms),
            duration_ms=duration_ms,
            language=language,
            segment=segment,
            sha256=sha256,
            size=size,
            media_type=media_type,
        )

    found = []
    for slot in slots:
        sounds = []
        # The frame's lengths are those it was planned with: what lies before the first item and after the last.
        opening_ms = slot.items[0].start_ms if slot.items else 0
        closing_at = slot.items[-1].start_ms + slot.items[-1].duration_ms if slot.items else 0
        name = facts.columns[slot.column]
        if slot.opening_sha256 is not None:
            sounds.append(
                sound(
                    slot,
                    kind="opening",
                    sha256=slot.opening_sha256,
                    title=_("Mở đầu chuyên mục {column}", column=name),
                    start_ms=0,
                    duration_ms=opening_ms,
                )
            )
        sounds += [
            sound(
                slot,
                kind="segment",
                sha256=item.sha256,
                title=item.title,
                start_ms=item.start_ms,
                duration_ms=item.duration_ms,
                segment=item.segment,
            )
            for item in slot.items
        ]
        if slot.closing_sha256 is not None:
            sounds.append(
                sound(
                    slot,
                    kind="closing",
                    sha256=slot.closing_sha256,
                    title=_("Kết thúc chuyên mục {column}", column=name),
                    start_ms=closing_at,
                    duration_ms=slot.length_ms - closing_at,
                )
            )
        found.append(sounds)
    return found
