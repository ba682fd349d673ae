"""What is to sound at a station at a moment, by its manifest: pure arithmetic, asked again and again while it plays.

A sound is due from its planned start to its end. Who comes late enters it in the middle, so that what follows is on
time again; who is late by no more than `LATE` begins it at its beginning, because a cut first word is worse than that.
Nothing is begun after its time, and nothing that was recalled is ever due.
"""

import hashlib
from bisect import bisect_right
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from msgspec import Struct

from schedules.instants import from_ms, to_ms, wall_ms
from schedules.manifest import Manifest, SessionOnAir, SlotToPlay

# Players need a moment to begin; what they lose at each sound of a slot adds up to less than this.
LATE = timedelta(seconds=5)
_LONGEST_SLOT = timedelta(hours=24)

Kind = Literal["opening", "segment", "closing", "relay", "emergency"]


class Due(Struct, frozen=True, kw_only=True):
    """One sound of the air. `id` is the same for the same airing, whoever works it out, and another for any other.

    `starts_at` is when it is due, of an emergency when it was approved; `ends_at` when its time is over, of an emergency
    from when on it is not begun any more. A relay is of the station `relayed_from`, and has no `sha256`; without `slot` it
    fills what its session leaves free.
    """

    id: str
    kind: Kind
    title: str
    starts_at: datetime
    ends_at: datetime
    duration_ms: int
    sha256: str | None = None
    segment: str | None = None
    slot: str | None = None
    emergency: int | None = None
    relayed_from: str | None = None


class Air(Struct, frozen=True, kw_only=True):
    """`due`, to be entered `offset_ms` from its beginning. `gap`: it is a slot's time, or a session's that is relayed, and
    there is nothing to play. `then` is what comes next by the plan.
    """

    due: Due | None
    offset_ms: int
    gap: bool
    then: Due | None


class LaidOut(Struct, frozen=True, kw_only=True):
    """A manifest as sounds in order of time, worked out once for many moments."""

    manifest: Manifest
    sounds: tuple[Due, ...]
    starts: tuple[datetime, ...]
    emergencies: tuple[Due, ...]


def laid_out(manifest: Manifest, *, relays: bool, silent: Collection[str] = ()) -> LaidOut:
    """`relays`: the station can pass its parent's air on; where it cannot, and in the slots with the keys `silent`, what
    would be relayed is played from its own files.
    """
    recalled = {sha256 for recall in manifest.recalls for sha256 in recall.files}
    sounds = sorted(
        (
            due
            for slot in manifest.slots
            for due in _of_slot(manifest, slot, relayed=relays and slot.key not in silent)
            if due.sha256 not in recalled
        ),
        key=lambda due: (due.starts_at, due.id),
    )
    return LaidOut(
        manifest=manifest,
        sounds=tuple(sounds),
        starts=tuple(due.starts_at for due in sounds),
        emergencies=tuple(due for due in _emergencies(manifest) if due.sha256 not in recalled),
    )


def air_at(
    laid: LaidOut,
    now: datetime,
    *,
    has: Callable[[str], bool],
    over: Collection[str] = (),
    heard_ms: Mapping[str, int] | None = None,
    playing: str | None = None,
    relays: bool = False,
) -> Air:
    """At `now` (aware). `has` says whether a sound is there to be played; `over` are the ids of what was played or given
    up; `heard_ms` how much was heard of what was begun; `playing` is the id of what sounds now: it may end, late as it
    began. `relays` as it was laid out: also what a relayed session leaves free is passed on then.
    """
    heard = heard_ms or {}
    then = next((due for due in laid.sounds[bisect_right(laid.starts, now) :] if due.id not in over), None)
    for due in laid.emergencies:
        if due.id not in over and (now < due.ends_at or due.id == playing) and has(_sound(due)):
            return Air(due=due, offset_ms=heard.get(due.id, 0), gap=False, then=then)
    around = _around(laid, now)
    for due in around:
        if due.id == playing and due.id not in over and now < due.ends_at + (timedelta(0) if _passes(due) else LATE):
            return Air(due=due, offset_ms=_behind(due, now), gap=False, then=then)
    for due in around:
        late = now - due.starts_at
        begun = due.id in heard
        if due.id in over or not (now < due.ends_at or (late <= LATE and not begun)):
            continue
        if due.sha256 is not None and not has(due.sha256):
            continue
        fresh = late <= LATE and not begun and not _passes(due)
        return Air(due=due, offset_ms=0 if fresh else _behind(due, now), gap=False, then=then)
    if _in_a_slot(laid.manifest.slots, now):
        return Air(
            due=None, offset_ms=0, gap=any(due.id not in over and now < due.ends_at for due in around), then=then
        )
    session = _relayed_session(laid.manifest, now)
    if session is not None and relays and session.id not in over:
        return Air(due=session, offset_ms=_behind(session, now), gap=False, then=then)
    return Air(due=None, offset_ms=0, gap=session is not None and relays, then=then)


def passed_between(laid: LaidOut, since: datetime, until: datetime) -> tuple[Due, ...]:
    """The sounds whose time to begin was over in that half-open span: those of them that were not begun were missed."""
    return tuple(due for due in laid.sounds if since <= max(due.ends_at, due.starts_at + LATE) < until)


def relayed_spans(manifest: Manifest, since: datetime, *, days: int) -> Iterator[tuple[datetime, datetime]]:
    """When sessions that are relayed are on air, from the local day of `since` on."""
    zone = ZoneInfo(manifest.timezone)
    first = since.astimezone(zone).date()
    for session in manifest.sessions:
        for number in range(days if session.relays is not None else 0):
            span = _span(session, first + timedelta(days=number), zone)
            if span is not None:
                yield from_ms(span[0], zone), from_ms(span[1], zone)


def airing_id(*facts: object) -> str:
    """32 hexadecimal digits."""
    return hashlib.sha256("|".join(str(fact) for fact in facts).encode()).hexdigest()[:32]


def _of_slot(manifest: Manifest, slot: SlotToPlay, *, relayed: bool) -> Iterator[Due]:
    station, zone = manifest.station, ZoneInfo(manifest.timezone)
    start_ms = to_ms(slot.starts_at)
    if relayed and slot.relayed_from is not None:
        yield Due(
            id=airing_id(station, slot.key, start_ms, "relay"),
            kind="relay",
            title=slot.column,
            starts_at=from_ms(start_ms, zone),
            ends_at=from_ms(start_ms + slot.length_ms, zone),
            duration_ms=slot.length_ms,
            slot=slot.key,
            relayed_from=slot.relayed_from,
        )
        return
    for sound in slot.sounds:
        begins = start_ms + sound.start_ms
        yield Due(
            id=airing_id(station, slot.key, begins, sound.sha256),
            kind=sound.kind,
            title=sound.title,
            starts_at=from_ms(begins, zone),
            ends_at=from_ms(begins + sound.duration_ms, zone),
            duration_ms=sound.duration_ms,
            sha256=sound.sha256,
            segment=sound.segment,
            slot=slot.key,
        )


def _emergencies(manifest: Manifest) -> Iterator[Due]:
    for each in sorted(manifest.emergencies, key=lambda call: (call.approved_at, call.number)):
        yield Due(
            id=airing_id(manifest.station, "emergency", each.number),
            kind="emergency",
            title=each.title,
            starts_at=each.approved_at,
            ends_at=each.until,
            duration_ms=each.duration_ms,
            sha256=each.sha256,
            segment=each.segment,
            emergency=each.number,
        )


def _around(laid: LaidOut, now: datetime) -> list[Due]:
    """What began and may sound still, in order of time."""
    upto = bisect_right(laid.starts, now)
    since = bisect_right(laid.starts, now - _LONGEST_SLOT)
    return [due for due in laid.sounds[since:upto] if now < due.ends_at + LATE or now <= due.starts_at + LATE]


def _in_a_slot(slots: Iterable[SlotToPlay], now: datetime) -> bool:
    return any(slot.starts_at <= now < slot.starts_at + timedelta(milliseconds=slot.length_ms) for slot in slots)


def _relayed_session(manifest: Manifest, now: datetime) -> Due | None:
    zone = ZoneInfo(manifest.timezone)
    today = now.astimezone(zone).date()
    for session in manifest.sessions:
        for day in (today, today - timedelta(days=1)):  # one may end after midnight
            span = _span(session, day, zone)
            if session.relays is None or span is None:
                continue
            start_ms, end_ms = span
            if start_ms <= to_ms(now) < end_ms:
                return Due(
                    id=airing_id(manifest.station, session.code, start_ms, "session"),
                    kind="relay",
                    title=session.relays_name or session.relays,
                    starts_at=from_ms(start_ms, zone),
                    ends_at=from_ms(end_ms, zone),
                    duration_ms=end_ms - start_ms,
                    relayed_from=session.relays,
                )
    return None


def _span(session: SessionOnAir, day: date, zone: ZoneInfo) -> tuple[int, int] | None:
    """When it begins and ends, if it is on air on that day."""
    if (
        day.isoweekday() not in session.weekdays
        or (session.valid_from is not None and day < session.valid_from)
        or (session.valid_to is not None and session.valid_to < day)
    ):
        return None
    moved = next((each for each in session.moved if each.on == day), None)
    starts, ends = (session.starts, session.ends) if moved is None else (moved.starts, moved.ends)
    if starts is None or ends is None:
        return None
    begin, end = _minutes(starts), _minutes(ends)
    return wall_ms(day, begin, zone), wall_ms(day if end > begin else day + timedelta(days=1), end, zone)


def _minutes(wall: str) -> int:
    return int(wall[:2]) * 60 + int(wall[3:])


def _behind(due: Due, now: datetime) -> int:
    return max((now - due.starts_at) // timedelta(milliseconds=1), 0)


def _passes(due: Due) -> bool:
    return due.kind == "relay"


def _sound(due: Due) -> str:
    return due.sha256 or ""
