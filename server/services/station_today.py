"""A station's today: what plays next, what of the week was aired or is still to be told, which files it lacks."""

from collections.abc import Iterable
from contextlib import suppress
from datetime import date, datetime, timedelta

from msgspec import Struct
from sqlalchemy import select
from sqlmodel import Session, col

from schedules.months import Month
from server.db.registry import Station
from server.services.context import Context
from server.services.deliveries import Had, had_by
from server.services.emergency_views import OwnEmergency, own_emergencies
from server.services.heard_sounds import HeardSound, heard_sound
from server.services.light_copies import copies_of
from server.services.local_time import ZONE, local_today, midnight
from server.services.playlists import Sound, read_programme
from server.services.proof_views import AiredSlotView, StationProof
from server.services.proofs import station_proof
from server.services.recall_views import OwnRecall, own_recalls
from server.services.refusals import NoPlan, NotPublished, UnknownStation
from server.services.registry import get_station
from server.services.rights import Right, Role
from server.services.rows import identity
from server.services.scopes import station_ids
from server.services.stations import find_station
from server.services.stations_seen import has_program
from server.services.views import OutageView, StationView

DAYS_AHEAD = 7
_UNTOLD = {"unknown", "missed", "upcoming"}


class NeededFile(Struct, frozen=True, kw_only=True):
    """What a station airs in the days to come, first at `needed_at`; `had` None: it lacks it. `size` in bytes."""

    sha256: str
    title: str
    size: int
    needed_at: datetime
    had: Had | None


class StationToday(Struct, frozen=True, kw_only=True):
    """`proof` is of the month of today, None where nothing is published for it.

    `next` is the slot that is on air or comes next, in this month or the one after; `sounds` are its. `week` has the
    slots from `monday` on, `ahead` those that are not over within 7 days, `untold` those of the week or month whose time has come and of which nobody said anything,
    the latest first. `own`: who asks is one of the station's operators. `relayed` has names by
    code. `recalls` are to be removed, and nobody of the station said that they were; `emergencies` are to be played
    at once. `machine`: a program of the station answers both by itself.
    """

    station: StationView
    now: datetime
    today: date
    monday: date
    proof: StationProof | None
    next: AiredSlotView | None
    sounds: list[HeardSound]
    week: list[AiredSlotView]
    ahead: list[AiredSlotView]
    untold: list[AiredSlotView]
    files: list[NeededFile]
    outages: list[OutageView]
    relayed: dict[str, str]
    own: bool
    recalls: list[OwnRecall]
    emergencies: list[OwnEmergency]
    machine: bool


def station_today(context: Context, code: str) -> StationToday:
    """Raises UnknownStation."""
    now, today = context.clock(), local_today(context)
    month, monday = Month.of(today), today - timedelta(days=today.weekday())
    details = get_station(context, code, month)
    ahead = today + timedelta(days=DAYS_AHEAD)
    proofs = _proofs(context, code, {month, Month.of(monday), Month.of(ahead)})
    coming = _coming(proofs, now)
    if not coming and month.next() not in proofs:
        proofs |= _proofs(context, code, {month.next()})
        coming = _coming(proofs, now)
    slots = sorted((slot for proof in proofs.values() for slot in proof.slots), key=lambda slot: slot.starts_at)
    upcoming = coming[0] if coming else None
    week = [slot for slot in slots if monday <= _day(slot) < monday + timedelta(days=7)]
    with context.database.read() as session:
        station = find_station(session, code, month)
        sounds = _sounds(session, code, proofs)
        # Also what of the slot on air has already sounded.
        since = min(now, upcoming.starts_at) if upcoming else now
        needed = [sound for sound in sounds if since <= sound.starts_at < midnight(ahead)]
        return StationToday(
            station=details.station,
            now=now.astimezone(ZONE),
            today=today,
            monday=monday,
            proof=proofs.get(month),
            next=upcoming,
            sounds=_heard(session, _of_slot(sounds, upcoming)) if upcoming else [],
            week=week,
            ahead=[slot for slot in coming if slot.starts_at < midnight(ahead)],
            untold=[
                slot
                for slot in reversed(slots)
                if slot.starts_at <= now
                and slot != upcoming
                and is_untold(slot)
                and (slot in week or Month.of(_day(slot)) == month)
            ],
            files=_needed(session, identity(station), needed),
            outages=[each for each in details.outages if _touches(each, now, midnight(ahead))],
            relayed=_names(session, {slot.relayed_from for slot in slots if slot.relayed_from}),
            own=_is_own(context, session, identity(station), today),
            recalls=own_recalls(session, identity(station), now),
            emergencies=own_emergencies(session, station, now),
            machine=has_program(session, identity(station), now),
        )


def is_untold(slot: AiredSlotView) -> bool:
    """Whether nobody, and no device, said anything of it."""
    return slot.outcome in _UNTOLD and not any(item.entries for item in slot.items)


def _proofs(context: Context, code: str, months: Iterable[Month]) -> dict[Month, StationProof]:
    """Of those months in which the station is there and has a published plan."""
    found: dict[Month, StationProof] = {}
    for month in sorted(months):
        with suppress(NoPlan, UnknownStation):
            found[month] = station_proof(context, code, month)
    return found


def _coming(proofs: dict[Month, StationProof], now: datetime) -> list[AiredSlotView]:
    """Not over yet, soonest first."""
    listed = [
        slot
        for proof in proofs.values()
        for slot in proof.slots
        if slot.starts_at + timedelta(milliseconds=slot.length_ms) > now
    ]
    return sorted(listed, key=lambda slot: slot.starts_at)


def _day(slot: AiredSlotView) -> date:
    return slot.starts_at.astimezone(ZONE).date()


def _touches(outage: OutageView, first: datetime, after: datetime) -> bool:
    return outage.starts_at < after and (outage.ends_at is None or outage.ends_at > first)


def _sounds(session: Session, code: str, months: Iterable[Month]) -> list[Sound]:
    found: list[Sound] = []
    for month in months:
        with suppress(NotPublished):  # the published plan does not know the station
            found += read_programme(session, code, month).sounds
    return found


def _of_slot(sounds: Iterable[Sound], slot: AiredSlotView) -> list[Sound]:
    ends = slot.starts_at + timedelta(milliseconds=slot.length_ms)
    return [sound for sound in sounds if slot.starts_at <= sound.starts_at < ends]


def _heard(session: Session, sounds: list[Sound]) -> list[HeardSound]:
    copies = copies_of(session, {sound.sha256 for sound in sounds})
    return [
        heard_sound(sound.sha256, copies.get(sound.sha256, ()), title=sound.title, duration_ms=sound.duration_ms)
        for sound in sounds
    ]


def _needed(session: Session, station: int, sounds: list[Sound]) -> list[NeededFile]:
    """Each file once, in the order in which they are needed; another copy of the same recording is as good."""
    first: dict[str, Sound] = {}
    for sound in sorted(sounds, key=lambda sound: sound.starts_at):
        first.setdefault(sound.sha256, sound)
    copies = {sha256: {sha256, *(row.sha256 for row in rows)} for sha256, rows in copies_of(session, first).items()}
    had = had_by(session, station, set[str]().union(*copies.values()))
    return [
        NeededFile(
            sha256=sha256,
            title=sound.title,
            size=sound.size,
            needed_at=sound.starts_at.astimezone(ZONE),
            had=max(
                (had[copy] for copy in copies.get(sha256, ()) if copy in had),
                key=lambda each: (each.how == "verified", -each.at.timestamp()),
                default=None,
            ),
        )
        for sha256, sound in first.items()
    ]


def _is_own(context: Context, session: Session, station: int, today: date) -> bool:
    if Role.OPERATOR not in context.who.roles(today):
        return False
    reached = station_ids(session, context.who, Right.AIRED_SAY, today)
    return reached is None or station in reached


def _names(session: Session, codes: set[str]) -> dict[str, str]:
    rows = session.connection().execute(
        select(col(Station.code), col(Station.name)).where(col(Station.code).in_(codes))
    )
    return {code: code for code in codes} | dict(rows.all())
