"""What IP receivers fetch: the days ahead in the words of provincial source systems, and what is urgent now."""

from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import timedelta

from sqlalchemy import select
from sqlmodel import Session, col

from schedules.exports.source_system import (
    AUDIO,
    NORMAL,
    PRIORITY,
    URGENT,
    Bulletin,
    Entry,
    ReceiverSchedule,
    SoundFile,
    air_day,
    seconds_since_1970,
)
from schedules.manifest import Emergency
from schedules.months import Month
from server.db.library import Rendition, Segment
from server.services.bundle_plans import BundleSlot, Days, read_plan
from server.services.bundle_refusals import BundleEmpty
from server.services.context import Context
from server.services.emergencies import emergencies_for
from server.services.local_time import ZONE, local_today
from server.services.playlists import Sound
from server.services.refusals import BadField, NotPublished
from server.services.stations import find_station

MOST_DAYS = 28
_PRIORITIES = {"urgent": URGENT, "priority": PRIORITY, "normal": NORMAL}

AddressOf = Callable[[str], str]


def receiver_schedule(context: Context, code: str, *, days: int, address_of: AddressOf) -> ReceiverSchedule:
    """From today on; empty where nothing is published. `address_of` is given the SHA-256 of a broadcast copy.

    Raises UnknownStation, BadField.
    """
    if not 1 <= days <= MOST_DAYS:
        raise BadField(field="days", value=str(days), expected=f"number:1:{MOST_DAYS}")
    today = local_today(context)
    last = today + timedelta(days=days - 1)
    slots: tuple[BundleSlot, ...] = ()
    with suppress(NotPublished, BundleEmpty):
        slots = read_plan(context, code, Days(name=f"{today}", first=today, last=last)).slots
    with context.database.read() as session:
        station = find_station(session, code, Month.of(today))
        urgent = emergencies_for(session, station, context.clock())
        priorities = _priorities(session, slots)
        called = [_call(session, each, address_of) for each in urgent]
        return ReceiverSchedule(
            station=code,
            name=station.name,
            zone=str(ZONE),
            first=today.isoformat(),
            last=last.isoformat(),
            entries=(*called, *(_entry(slot, priorities, address_of) for slot in slots)),
        )


def _entry(slot: BundleSlot, priorities: dict[str, int], address_of: AddressOf) -> Entry:
    frames = {sound.kind: _file(sound, address_of) for sound in slot.programme.sounds if sound.kind != "segment"}
    bulletins = tuple(
        Bulletin(
            code=sound.segment,
            kind=AUDIO,
            priority=priorities.get(sound.segment, NORMAL),
            title=sound.title,
            author=sound.creator or "",
            language=sound.language or "",
            starts=seconds_since_1970(sound.starts_at),
            relayed=int(slot.relayed_from is not None),
            relayed_from=slot.relayed_from,
            file=_file(sound, address_of),
        )
        for sound in slot.programme.sounds
        if sound.segment is not None
    )
    return Entry(
        code=slot.key,
        name=f"{slot.column} {slot.starts_at:%H:%M %d/%m/%Y}",
        # At once is what was called out alone; in a slot an urgent bulletin is the first of what has its time.
        priority=max(PRIORITY, min(each.priority for each in bulletins)),
        days=(air_day(slot.starts_at, slot.length_ms),),
        opening=frames.get("opening"),
        bulletins=bulletins,
        closing=frames.get("closing"),
    )


def _call(session: Session, call: Emergency, address_of: AddressOf) -> Entry:
    size, media_type = (
        session.connection()
        .execute(select(col(Rendition.size), col(Rendition.media_type)).where(col(Rendition.sha256) == call.sha256))
        .one()
    )
    begins = call.approved_at.astimezone(ZONE)
    length_ms = round((call.until - call.approved_at) / timedelta(milliseconds=1))
    return Entry(
        code=f"khan-cap-{call.number}",
        name=f"Khẩn cấp {begins:%H:%M %d/%m/%Y}",
        priority=URGENT,
        days=(air_day(begins, length_ms),),
        opening=None,
        bulletins=(
            Bulletin(
                code=call.segment,
                kind=AUDIO,
                priority=URGENT,
                title=call.title,
                author="",
                language="",
                starts=seconds_since_1970(begins),
                relayed=0,
                relayed_from=None,
                file=SoundFile(
                    address=address_of(call.sha256),
                    sha256=call.sha256,
                    size=size,
                    media_type=media_type,
                    seconds=call.duration_ms / 1000,
                ),
            ),
        ),
        closing=None,
    )


def _file(sound: Sound, address_of: AddressOf) -> SoundFile:
    return SoundFile(
        address=address_of(sound.sha256),
        sha256=sound.sha256,
        size=sound.size,
        media_type=sound.media_type,
        seconds=sound.duration_ms / 1000,
    )


def _priorities(session: Session, slots: Iterable[BundleSlot]) -> dict[str, int]:
    codes = {sound.segment for slot in slots for sound in slot.programme.sounds if sound.segment is not None}
    rows = session.connection().execute(
        select(col(Segment.code), col(Segment.priority)).where(col(Segment.code).in_(codes))
    )
    return {code: _PRIORITIES.get(priority, NORMAL) for code, priority in rows}
