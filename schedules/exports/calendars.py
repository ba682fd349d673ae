"""Calendars that people subscribe to; the one door to icalendar.

A feed has no METHOD: RFC 5546 gives METHOD:PUBLISH a meaning of its own (an ORGANIZER in each event, updates
and cancellations as separate messages), while a subscribed calendar is a snapshot (RFC 5545, 3.7.2) in which
STATUS and SEQUENCE say what became of an event. Nothing depends on a clock: DTSTAMP is LAST-MODIFIED, so the
same events give the same bytes.
"""

import hashlib
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Struct

from schedules.exports.locations import checked_url
from schedules.exports.printable import lines, one_line

if TYPE_CHECKING:
    from icalendar import Timezone

_UIDS = UUID("5f0c1f3e-9d0b-5d6e-8a55-6c6f61000001")


def uid(installation: str, station_key: str, slot_key: str) -> str:
    """The UID of a slot's event, 36 characters (a UUID, as RFC 7986, 5.3 asks): the same for the same three keys."""
    return str(uuid5(uuid5(uuid5(_UIDS, installation), station_key), slot_key))


class PublishedSlot(Struct, frozen=True, kw_only=True):
    """A slot as a revision publishes it: `key` is the same in every revision of the month, `digest` its content."""

    key: str
    starts_at: datetime
    length_ms: int
    digest: str


class SlotEvent(Struct, frozen=True, kw_only=True):
    """What must be remembered of a slot's event between revisions; `sequence` only ever rises."""

    key: str
    sequence: int
    last_modified: datetime
    created: datetime
    cancelled: bool
    starts_at: datetime
    length_ms: int
    digest: str


def content_digest(facts: object) -> str:
    """A digest (64 hex digits) of what an event tells: JSON-like facts, or Structs of them, in order."""
    return hashlib.sha256(msgspec.json.encode(facts, order="deterministic")).hexdigest()


def _revised(event: SlotEvent | None, slot: PublishedSlot, at: datetime, first: int) -> SlotEvent:
    if event is None:
        return SlotEvent(
            key=slot.key,
            sequence=first,
            last_modified=at,
            created=at,
            cancelled=False,
            starts_at=slot.starts_at,
            length_ms=slot.length_ms,
            digest=slot.digest,
        )
    told = (False, slot.starts_at, slot.length_ms, slot.digest)
    if (event.cancelled, event.starts_at, event.length_ms, event.digest) == told:
        return event
    return msgspec.structs.replace(
        event,
        sequence=event.sequence + 1,
        last_modified=at,
        cancelled=False,
        starts_at=slot.starts_at,
        length_ms=slot.length_ms,
        digest=slot.digest,
    )


def revise_events(
    previous: Sequence[SlotEvent], slots: Sequence[PublishedSlot], at: datetime, *, first: int = 0
) -> list[SlotEvent]:
    """The events after a revision published `at`, in order of start: no event is ever lost.

    An untouched slot's event is the same object; one that moved, grew or tells something else goes one SEQUENCE
    up; one whose slot is gone is cancelled, once, and stays; one whose slot is back is confirmed again. A new one
    begins with the SEQUENCE `first`.
    Raises ValueError when a key comes twice.
    """
    known = {event.key: event for event in previous}
    published = {slot.key: slot for slot in slots}
    if len(known) != len(previous) or len(published) != len(slots):
        raise ValueError("two slots or two events have one key")
    events = [_revised(known.get(slot.key), slot, at, first) for slot in slots]
    for event in previous:
        if event.key in published:
            continue
        if event.cancelled:
            events.append(event)
        else:
            gone = msgspec.structs.replace(event, sequence=event.sequence + 1, last_modified=at, cancelled=True)
            events.append(gone)
    return sorted(events, key=lambda event: (event.starts_at, event.key))


class CalendarEvent(Struct, frozen=True, kw_only=True):
    """One event to render. `description` may have several lines; `url` is http(s). Times are aware."""

    uid: str
    sequence: int
    last_modified: datetime
    created: datetime
    starts_at: datetime
    length_ms: int
    summary: str
    description: str = ""
    location: str | None = None
    categories: Sequence[str] = ()
    cancelled: bool = False
    url: str | None = None


def minutes_and_seconds(duration_ms: int) -> str:
    """For example "3:12" or "62:05", rounded to the second."""
    minutes, seconds = divmod((duration_ms + 500) // 1000, 60)
    return f"{minutes}:{seconds:02d}"


def numbered_items(items: Sequence[tuple[str, int]]) -> str:
    """Lines such as "1. Một cửa điện tử (3:12)" of titles and milliseconds."""
    return "\n".join(
        f"{number}. {one_line(title)} ({minutes_and_seconds(duration_ms)})"
        for number, (title, duration_ms) in enumerate(items, 1)
    )


@lru_cache(maxsize=16)
def _vtimezone(zone: ZoneInfo) -> "Timezone":
    """The zone from 1990 to 2038, whatever the events: readers keep the first VTIMEZONE they meet for a TZID."""
    from icalendar import Timezone

    vtimezone = Timezone.from_tzinfo(zone, zone.key, first_date=date(1990, 1, 1), last_date=date(2038, 1, 1))
    vtimezone.pop("COMMENT", None)  # "only works from … to …"
    return vtimezone


def render_calendar(
    events: Sequence[CalendarEvent],
    *,
    name: str,
    description: str,
    refresh: timedelta,
    zone: ZoneInfo,
    product: str,
) -> bytes:
    """A whole calendar (RFC 5545 and 7986) with wall times of `zone` and its VTIMEZONE.

    `refresh` is how often a subscriber should look again; `product` is the PRODID. Starts are cut to whole
    seconds and ends rounded up, since the format knows no smaller ones. Raises UnsafeLocation for a `url` that
    is not http(s).
    """
    from icalendar import Calendar, Event, vDatetime, vDuration, vText

    calendar = Calendar()
    calendar.add("prodid", one_line(product))
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("name", one_line(name))
    calendar.add("x-wr-calname", vText(one_line(name)))
    calendar.add("description", lines(description))
    calendar.add("x-wr-caldesc", vText(lines(description)))
    calendar.add("x-wr-timezone", vText(zone.key))
    calendar.add("refresh-interval", refresh, parameters={"VALUE": "DURATION"})
    # icalendar writes a duration in an X- property as 1:00:00; its to_ical has no types
    calendar.add("x-published-ttl", vText(vDuration(refresh).to_ical().decode()))  # type: ignore[no-untyped-call]
    if events:
        calendar.add("last-modified", max(event.last_modified for event in events).astimezone(UTC))
    calendar.add_component(_vtimezone(zone))
    # Made once: reading the values' types anew for each event would cost as much as writing them.
    confirmed, cancelled = vText("CONFIRMED"), vText("CANCELLED")
    transparent = vText("TRANSPARENT")  # a broadcast takes nobody's time
    for event in events:
        starts_at = event.starts_at.astimezone(zone).replace(microsecond=0)
        ends_at = (event.starts_at + timedelta(milliseconds=event.length_ms)).astimezone(zone)
        if ends_at.microsecond:
            ends_at += timedelta(microseconds=1_000_000 - ends_at.microsecond)
        last_modified = vDatetime(event.last_modified.astimezone(UTC))
        entry = Event()
        entry["UID"] = vText(one_line(event.uid))
        entry["DTSTAMP"] = last_modified
        entry.add("created", event.created.astimezone(UTC))
        entry["LAST-MODIFIED"] = last_modified
        entry.add("sequence", event.sequence)
        entry.add("dtstart", starts_at)
        entry.add("dtend", max(ends_at, starts_at + timedelta(seconds=1)))
        entry["SUMMARY"] = vText(one_line(event.summary))
        if event.description:
            entry["DESCRIPTION"] = vText(lines(event.description))
        if event.location:
            entry["LOCATION"] = vText(one_line(event.location))
        if event.categories:
            entry.add("categories", [one_line(category) for category in event.categories])
        if event.url is not None:
            entry.add("url", checked_url(event.url))
        entry["STATUS"] = cancelled if event.cancelled else confirmed
        entry["TRANSP"] = transparent
        calendar.add_component(entry)
    rendered: bytes = calendar.to_ical()
    return rendered
