"""What belongs on a station's USB stick for a month or a week: its published slots with their sounds."""

import re
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from functools import partial
from typing import Literal

from msgspec import Struct
from sqlmodel import Session

from schedules.exports.file_names import ascii_file_name
from schedules.months import Month
from server.db.registry import Station
from server.formats import month_name
from server.reports.figures import LogbookFigures, LogbookLine, Office
from server.reports.stick_figures import StickFigures, StickFile, StickSlot
from server.reports.wording import period_words
from server.services.bundle_refusals import BundleEmpty
from server.services.context import Context
from server.services.local_time import ZONE
from server.services.playlists import InForce, Programme, column_names, in_force, sounds_left, sounds_of
from server.services.recalled import RecalledFiles, recalled_files
from server.services.refusals import NotPublished, UnknownStation
from server.services.rows import identity
from server.services.station_logbooks import days_of_week, office_of, week_name
from server.services.stations import find_station, station_views
from server.services.stored_plans import StoredSlot, read_slots
from server.services.views import StationView
from server.texts import in_language

Per = Literal["slot", "item"]
AUDIO = "am-thanh"
_UNSAFE = re.compile(r"[^A-Za-z0-9-]+")
_EXTENSIONS = {"audio/mpeg": "mp3", "audio/ogg": "ogg", "audio/wav": "wav"}


class Days(Struct, frozen=True, kw_only=True):
    """A month or a week by the name that addresses give it, with its first and its last day."""

    name: str
    first: date
    last: date

    @property
    def months(self) -> list[Month]:
        return list(dict.fromkeys(Month.of(each) for each in (self.first, self.last)))


class BundleSlot(Struct, frozen=True, kw_only=True):
    """A slot of which nothing is left that was recalled; `programme` has its sounds alone. `starts_at` is local."""

    key: str
    relayed_from: str | None
    starts_at: datetime
    length_ms: int
    column: str
    programme: Programme

    @property
    def titles(self) -> tuple[str, ...]:
        return tuple(sound.title for sound in self.programme.sounds if sound.kind == "segment")


class BundlePlan(Struct, frozen=True, kw_only=True):
    """The slots of the days in order of time, from revisions `in_force` by month; `unpublished` months have none yet."""

    station: StationView
    office: Office
    days: Days
    in_force: dict[str, InForce]
    unpublished: tuple[str, ...]
    slots: tuple[BundleSlot, ...]

    @property
    def stem(self) -> str:
        return f"{_UNSAFE.sub('-', self.station.code)}-{self.days.name}"

    @property
    def published_at(self) -> datetime:
        return max(each.published_at for each in self.in_force.values())


class Content(Struct, frozen=True, kw_only=True):
    """A sound as it lies on the stick: `size` is what the rows say. `carries` are the broadcast copies heard in it."""

    path: str
    title: str
    sha256: str
    size: int
    carries: tuple[str, ...]


def month_days(month: Month) -> Days:
    return Days(name=str(month), first=month.first_date, last=month.last_date)


def week_days(week: str) -> Days:
    """Raises BadField for what is not written 2026-W49."""
    first, last = days_of_week(week)
    return Days(name=week_name(first), first=first, last=last)


def days_named(name: str) -> Days:
    """A month, 2026-12, or a week, 2026-W49. Raises InvalidMonth, BadField."""
    return week_days(name) if "W" in name else month_days(Month.parse(name))


def read_plan(context: Context, code: str, days: Days) -> BundlePlan:
    """In Vietnamese, whoever asks: the same bytes for all.

    Raises UnknownStation, NotPublished where nothing is published for any of the days, BundleEmpty.
    """
    pointers: dict[str, InForce] = {}
    unpublished: list[Month] = []
    slots: list[BundleSlot] = []
    refused: UnknownStation | NotPublished | None = None
    with in_language("vi"), context.database.read() as session:
        recalled = recalled_files(session)
        for month in days.months:
            try:
                station = find_station(session, code, month)
                pointer = in_force(session, station, month)
            except (UnknownStation, NotPublished) as refusal:
                refused = refused or refusal
                unpublished.append(month)
                continue
            pointers[str(month)] = pointer
            planned = read_slots(session, [pointer.month_plan_id]).get(identity(station), [])
            slots += _of(session, days, planned, recalled, station=station, pointer=pointer)
            view = station_views(session, [station], on=days.first)[0]
            office = office_of(session, view)
    if not pointers:
        raise refused or NotPublished(month=days.name)
    if not slots:
        raise BundleEmpty(station=code, span=days.name)
    return BundlePlan(
        station=view,
        office=office,
        days=days,
        in_force=pointers,
        unpublished=tuple(map(month_name, unpublished)),
        slots=tuple(slots),
    )


def _of(
    session: Session,
    days: Days,
    planned: Iterable[StoredSlot],
    recalled: RecalledFiles,
    *,
    station: Station,
    pointer: InForce,
) -> list[BundleSlot]:
    """Those of the days, with what may be aired still."""
    slots = [slot for slot in planned if days.first <= slot.starts_at.astimezone(ZONE).date() <= days.last]
    columns = column_names(session)
    return [
        BundleSlot(
            key=slot.key,
            relayed_from=slot.relayed_from,
            starts_at=slot.starts_at.astimezone(ZONE),
            length_ms=slot.length_ms,
            column=columns[slot.column],
            programme=Programme(
                title=f"Lịch phát {period_words(days.first, days.last)} · {station.name}",
                station=station.code,
                station_name=station.name,
                in_force=pointer,
                sounds=sounds,
                file_stem=slot.key,
            ),
        )
        for slot, sounds in sounds_left(slots, recalled, partial(sounds_of, session))
    ]


def items_of(plan: BundlePlan) -> list[Content]:
    """Each sound once, under names in the order in which they are played first."""
    found: dict[str, Content] = {}
    for slot in plan.slots:
        for sound in slot.programme.sounds:
            if sound.sha256 not in found:
                name = ascii_file_name(len(found) + 1, sound.title, _EXTENSIONS.get(sound.media_type, "mp3"))
                found[sound.sha256] = Content(
                    path=f"{AUDIO}/{name}",
                    title=sound.title,
                    sha256=sound.sha256,
                    size=sound.size,
                    carries=(sound.sha256,),
                )
    return list(found.values())


def slot_path(number: int, slot: BundleSlot) -> str:
    """`number` from 1."""
    return f"{AUDIO}/{ascii_file_name(number, f'{slot.starts_at:%Y-%m-%d %H%M} {slot.column}', 'mp3')}"


def figures_of(plan: BundlePlan, per: Per, paths: dict[str, str], lengths: list[int]) -> StickFigures:
    """`paths` of sounds by their SHA-256 for a stick of items; `lengths` of the slots' files for one of slots."""
    dates = sorted({slot.starts_at.date() for slot in plan.slots})
    return StickFigures(
        office=plan.office,
        station=plan.station.name,
        area=plan.station.district_name or plan.station.unit_name,
        first=plan.days.first,
        last=plan.days.last,
        revisions=tuple(
            f"Bản công bố số {each.number} của tháng {month_name(Month.parse(month))}, {each.published_at.astimezone(ZONE):%H:%M %d/%m/%Y}"
            for month, each in plan.in_force.items()
        ),
        unpublished=plan.unpublished,
        as_of=plan.published_at,
        slots=tuple(
            StickSlot(
                starts_at=slot.starts_at,
                length_ms=slot.length_ms,
                column=slot.column,
                titles=slot.titles,
                files=(StickFile(path=slot_path(number, slot), at_ms=0, duration_ms=lengths[number - 1]),)
                if per == "slot"
                else tuple(
                    StickFile(
                        path=paths[sound.sha256],
                        at_ms=round((sound.starts_at - slot.starts_at) / timedelta(milliseconds=1)),
                        duration_ms=sound.duration_ms,
                    )
                    for sound in slot.programme.sounds
                ),
            )
            for number, slot in enumerate(plan.slots, start=1)
        ),
        playlist=f"{plan.stem}.m3u8",
        day_playlists={each: f"ngay-{each}.m3u8" for each in dates},
        one_file_a_slot=per == "slot",
        sample=plan.station.sample,
    )


def logbook_of(plan: BundlePlan) -> LogbookFigures:
    """To be filled in by hand: what was said since then would make other bytes each time."""
    return LogbookFigures(
        office=plan.office,
        station=plan.station.name,
        area=plan.station.district_name or plan.station.unit_name,
        first=plan.days.first,
        last=plan.days.last,
        as_of=plan.published_at,
        lines=tuple(
            LogbookLine(
                starts_at=slot.starts_at,
                column=slot.column,
                titles=slot.titles,
                length_ms=slot.length_ms,
                aired=None,
            )
            for slot in plan.slots
        ),
        sample=plan.station.sample,
    )
