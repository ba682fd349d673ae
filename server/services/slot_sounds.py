"""What planned slots play: the sound they were published with as long as they stay as they are, else the newest."""

from collections.abc import Iterable, Mapping

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import select
from sqlmodel import Session, col

from schedules.problem import Slot
from server.db.library import Audio, ProgrammeColumn, Rendition, Segment
from server.services.stored_plans import StoredItem, StoredSlot

BROADCAST = "broadcast"


class Newest(Struct, frozen=True, kw_only=True):
    """A segment's recording in force: its length as airtime and its broadcast copy."""

    title: str
    duration_ms: int
    sha256: str


def newest_sounds(session: Session) -> dict[str, Newest]:
    """By segment code; segments that never had a recording fit for air are left out."""
    rows = session.connection().execute(
        select(col(Segment.code), col(Segment.title), col(Audio.duration_ms), col(Rendition.sha256))
        .join(Audio, col(Audio.id) == col(Segment.audio_id))
        .join(Rendition, (col(Rendition.audio_id) == col(Audio.id)) & (col(Rendition.kind) == BROADCAST))
    )
    return {
        code: Newest(title=title, duration_ms=duration_ms, sha256=sha256) for code, title, duration_ms, sha256 in rows
    }


def with_sound(
    session: Session, slots: Iterable[Slot], ids: Mapping[str, int], stored: Mapping[int, Iterable[StoredSlot]]
) -> dict[int, list[StoredSlot]]:
    """The slots by station id, with titles and renditions.

    A slot that stays as it was, locked or not, keeps those it had, a relayed one has its parent's, all others those of
    now. `ids` are
    the stations' by code, `stored` has the slots that may stay.
    """
    sounding = _Sounding(session, slots, ids, stored)
    found: dict[int, list[StoredSlot]] = {key: [] for key in ids.values()}
    for slot in sounding.slots:
        found[ids[slot.station]].append(sounding.stored(slot))
    return found


class _Sounding:
    def __init__(
        self,
        session: Session,
        slots: Iterable[Slot],
        ids: Mapping[str, int],
        stored: Mapping[int, Iterable[StoredSlot]],
    ) -> None:
        self.slots = list(slots)
        self._ids = ids
        self._had = {(station, slot.key): slot for station, listed in stored.items() for slot in listed}
        self._at = {(slot.station, slot.column, slot.start): slot for slot in self.slots}
        self._newest = newest_sounds(session)
        self._frames = _frames(session)
        self._made: dict[tuple[str, str], StoredSlot] = {}

    def stored(self, slot: Slot) -> StoredSlot:
        made = self._made.get((slot.station, slot.id))
        if made is None:
            made = self._made[slot.station, slot.id] = self._make(slot)
        return made

    def _make(self, slot: Slot) -> StoredSlot:
        old = self._had.get((self._ids[slot.station], slot.id))
        opening, closing = self._frames[slot.column]
        new = StoredSlot(
            key=slot.id,
            column=slot.column,
            starts_at=slot.start,
            length_ms=slot.length_ms,
            relayed_from=slot.relayed_from,
            locked=slot.locked,
            opening_sha256=opening,
            closing_sha256=closing,
            items=tuple(
                self._item(item.segment, start_ms=item.start_ms, duration_ms=item.duration_ms, old=old)
                for item in slot.items
            ),
        )
        parent = self._at.get((slot.relayed_from, slot.column, slot.start)) if slot.relayed_from is not None else None
        if parent is not None and parent.items == slot.items:
            # What is relayed is what the parent airs, whichever recording that is.
            heard = self.stored(parent)
            new = replace(
                new, opening_sha256=heard.opening_sha256, closing_sha256=heard.closing_sha256, items=heard.items
            )
        elif old is not None and same_broadcast(old, new):
            return old if old.locked == new.locked else replace(old, locked=new.locked)
        return new

    def _item(self, segment: str, *, start_ms: int, duration_ms: int, old: StoredSlot | None) -> StoredItem:
        newest = self._newest[segment]
        if newest.duration_ms != duration_ms and old is not None:
            for item in old.items:
                if (item.segment, item.duration_ms) == (segment, duration_ms):
                    return replace(item, start_ms=start_ms)
        return StoredItem(
            segment=segment, title=newest.title, start_ms=start_ms, duration_ms=duration_ms, sha256=newest.sha256
        )


def renewed(session: Session, slots: Mapping[int, Iterable[StoredSlot]]) -> dict[int, list[StoredSlot]]:
    """The same, by station id, with the newest recording wherever it is as long as the one that was planned."""
    newest = newest_sounds(session)
    return {
        station: [
            replace(slot, items=tuple(_newest_item(item, newest[item.segment]) for item in slot.items))
            for slot in listed
        ]
        for station, listed in slots.items()
    }


def _newest_item(item: StoredItem, newest: Newest) -> StoredItem:
    return replace(item, title=newest.title, sha256=newest.sha256) if newest.duration_ms == item.duration_ms else item


def same_broadcast(old: StoredSlot, new: StoredSlot) -> bool:
    """Whether both air the same segments at the same time, whichever recordings, locked or not."""
    return (old.column, old.starts_at, old.length_ms, old.relayed_from) == (
        new.column,
        new.starts_at,
        new.length_ms,
        new.relayed_from,
    ) and [(item.segment, item.start_ms, item.duration_ms) for item in old.items] == [
        (item.segment, item.start_ms, item.duration_ms) for item in new.items
    ]


def _frames(session: Session) -> dict[str, tuple[str | None, str | None]]:
    """By column the renditions that open and close it."""
    database = session.connection()
    renditions = dict(
        database.execute(
            select(col(Rendition.audio_id), col(Rendition.sha256)).where(col(Rendition.kind) == BROADCAST)
        ).all()
    )
    return {
        code: (
            renditions[opening] if opening is not None else None,
            renditions[closing] if closing is not None else None,
        )
        for code, opening, closing in database.execute(
            select(
                col(ProgrammeColumn.code),
                col(ProgrammeColumn.opening_audio_id),
                col(ProgrammeColumn.closing_audio_id),
            )
        )
    }
