"""Ids of slots: readable, the same on each run, kept where a published slot keeps its place."""

from datetime import datetime
from zlib import crc32

from schedules.instants import from_ms
from schedules.problem import Slot
from schedules.problem_index import ProblemIndex

_LONGEST = 64


class SlotNames:
    """Hands out ids: `{station}.{YYYYMMDD}T{HHMM}`, or that of the published slot with the same start."""

    def __init__(self, index: ProblemIndex) -> None:
        self._index = index
        published = index.instance.published
        self._free = {slot.id: slot for slot in (published.slots if published is not None else ())}
        self._taken = set(self._free) | {slot.id for slot in index.instance.locked}
        self._by_place: dict[tuple[str, str, datetime], list[Slot]] = {}
        for slot in self._free.values():
            if slot.id not in index.kept_ids:
                self._by_place.setdefault((slot.station, slot.column, slot.start), []).append(slot)

    def name(self, station: str, column: str, start_ms: int, relayed_from: str | None) -> str:
        start = from_ms(start_ms, self._index.zone)
        before = self._by_place.get((station, column, start), [])
        # of several at one place the one with the same origin comes first
        before.sort(key=lambda slot: (slot.relayed_from != relayed_from, slot.id))
        if before:
            return before.pop(0).id
        when = f"{start:%Y%m%dT%H%M}"
        wanted = f"{station}.{when}"
        if len(wanted) > _LONGEST:
            # a long code is cut, and kept apart from others with the same beginning
            wanted = f"{station[: _LONGEST - len(when) - 13]}~{crc32(station.encode()):08x}.{when}"
        name, number = wanted, 1
        while name in self._taken:
            number += 1
            name = f"{wanted[: _LONGEST - 4]}-{number}"
        self._taken.add(name)
        return name
