"""Bundles for USB sticks: a ZIP of a station's month or week that plays with nothing but a browser or a player.

The archive is never made as a whole: what is in it, how long it is and what each of its bytes is follows from the
published plan, so any part of it can be sent at any time, and it is the same each time. All sounds must be there
before the first byte: each is read once by this process and compared with its SHA-256, which also gives the CRC-32
that the archive needs; after that only their sizes are looked at.
"""

import hashlib
import zlib
from collections import OrderedDict
from collections.abc import Generator, Sequence
from datetime import datetime, timedelta
from threading import Lock

import msgspec
from msgspec import Struct

from media.refusals import MissingAudio
from schedules.exports.archives import Archive, Member, Span
from schedules.exports.playlists import Playlist, Track, playlist_format
from schedules.months import Month
from server.reports.stick_figures import StickFigures
from server.services.bundle_plans import (
    BundlePlan,
    Content,
    Days,
    Per,
    figures_of,
    items_of,
    logbook_of,
    month_days,
    read_plan,
    slot_path,
    week_days,
)
from server.services.bundle_refusals import BundleBeingMade, BundleEmpty, BundleSoundLost
from server.services.context import Context
from server.services.local_time import ZONE, local_today
from server.services.playlists import Programme
from server.services.programmes import ProgrammeView, kept
from server.services.refusals import NotPublished, UnknownStation
from server.services.station_logbooks import week_name

# Pages, lists and documents of those asked for last: some hundred kilobytes each.
_DOCUMENTS_KEPT = 8
_SUMS_KEPT = 100_000
_TRANSFERS_KEPT = 10_000
# Of a programme that is not made yet: 128 kbit/s.
_BYTES_A_MS = 16


class Bundle(Struct, frozen=True, kw_only=True):
    """`etag` names its bytes. `contents` are those of the archive's members: bytes, or the SHA-256 of a stored sound;
    `carries` the broadcast copies that are heard in each.
    """

    file_name: str
    etag: str
    modified_at: datetime
    archive: Archive
    contents: tuple[bytes | str, ...]
    carries: tuple[tuple[str, ...], ...]


class BundleSummary(Struct, frozen=True, kw_only=True):
    """What a bundle would be: `audio_size` in bytes is without the few documents, and about right while slots are to
    be made; `made` of the `slots` are there as files, all of them for a bundle of items.
    """

    days: Days
    slots: int
    files: int
    made: int
    audio_size: int
    duration_ms: int


class Bundles:
    """What one process knows of sounds and documents. Safe from any thread."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._lock = Lock()
        self._documents: OrderedDict[str, dict[str, bytes]] = OrderedDict()
        self._sums: OrderedDict[str, tuple[int, int]] = OrderedDict()
        self._sent: OrderedDict[tuple[int, str], int] = OrderedDict()

    def make(self, code: str, days: Days, *, per: Per) -> Bundle:
        """Raises UnknownStation, NotPublished, BundleEmpty, BundleSoundLost, StoreUnreachable, FontsMissing;
        BundleBeingMade where slots are to be one file each and some are none yet.
        """
        plan = read_plan(self._context, code, days)
        if per == "slot":
            programmes = self._programmes(plan)
            sounds = _programme_contents(plan, programmes)
            figures = figures_of(plan, per, {}, [made.duration_ms for made in programmes])
        else:
            sounds = items_of(plan)
            figures = figures_of(plan, per, {each.sha256: each.path for each in sounds}, [])
        documents = self._written(plan, figures, sounds)
        members = [
            Member(name=name, size=len(content), crc32=zlib.crc32(content)) for name, content in documents.items()
        ] + [Member(name=each.path, size=each.size, crc32=self._crc32(each)) for each in sounds]
        contents: tuple[bytes | str, ...] = (*documents.values(), *(each.sha256 for each in sounds))
        archive = Archive(members, modified=plan.published_at.astimezone(ZONE))
        return Bundle(
            file_name=f"{plan.stem}{'' if per == 'slot' else '-tung-bai'}.zip",
            etag=_etag(archive, contents, plan.published_at),
            modified_at=plan.published_at,
            archive=archive,
            contents=contents,
            carries=(*((),) * len(documents), *(each.carries for each in sounds)),
        )

    def read(self, bundle: Bundle, start: int, end: int) -> Generator[bytes]:
        """The archive's bytes from `start` up to but not including `end`, in small pieces.

        Raises MissingAudio, StoreUnreachable; OSError where a sound has lost its end meanwhile.
        """
        for part in bundle.archive.parts(start, end):
            if not isinstance(part, Span):
                yield part
                continue
            content = bundle.contents[part.member]
            if isinstance(content, bytes):
                yield content[part.start : part.end]
                continue
            left = part.end - part.start
            for piece in self._context.store.read(content, part.start, part.end):
                left -= len(piece)
                yield piece
            if left:
                raise OSError(f"{content} is {left} bytes shorter than it was")

    def sent(self, station: int, bundle: Bundle, start: int, end: int) -> bool:
        """Notes that this part went to the station; whether by now all of the archive has, part by part from its start.

        Where a later part begins, the station says itself that it has what comes before.
        """
        key = (station, bundle.etag)
        with self._lock:
            reached = self._sent.pop(key, 0)
            if start <= reached:
                reached = max(reached, end)
            self._sent[key] = reached
            while len(self._sent) > _TRANSFERS_KEPT:
                self._sent.popitem(last=False)
        return end == bundle.archive.size == reached

    def _programmes(self, plan: BundlePlan) -> list[ProgrammeView]:
        made = [kept(self._context, slot.programme) for slot in plan.slots]
        there = [each for each in made if each is not None]
        if len(there) < len(made):
            raise BundleBeingMade(station=plan.station.code, span=plan.days.name, done=len(there), all=len(made))
        return there

    def _written(self, plan: BundlePlan, figures: StickFigures, sounds: Sequence[Content]) -> dict[str, bytes]:
        """The stick's documents by their names; those of the same figures are made once."""
        facts = [figures, [slot.programme.sounds for slot in plan.slots], sounds]
        digest = hashlib.sha256(msgspec.json.encode(facts)).hexdigest()
        with self._lock:
            known = self._documents.get(digest)
        if known is None:
            known = _documents(plan, figures, {each.path: each for each in sounds})
        with self._lock:
            self._documents[digest] = known
            self._documents.move_to_end(digest)
            while len(self._documents) > _DOCUMENTS_KEPT:
                self._documents.popitem(last=False)
        return known

    def _crc32(self, sound: Content) -> int:
        store = self._context.store
        try:
            size = store.size(sound.sha256)
            known = self._sums.get(sound.sha256)
            if known is not None and known[0] == size == sound.size:
                return known[1]
            digest, crc32, size = hashlib.sha256(), 0, 0
            for piece in store.read(sound.sha256):
                digest.update(piece)
                crc32 = zlib.crc32(piece, crc32)
                size += len(piece)
        except MissingAudio as error:
            raise BundleSoundLost(title=sound.title, sha256=sound.sha256, damaged=False) from error
        if digest.hexdigest() != sound.sha256 or size != sound.size:
            raise BundleSoundLost(title=sound.title, sha256=sound.sha256, damaged=True)
        with self._lock:
            self._sums[sound.sha256] = size, crc32
            while len(self._sums) > _SUMS_KEPT:
                self._sums.popitem(last=False)
        return crc32


def summary(context: Context, code: str, days: Days, *, per: Per) -> BundleSummary | None:
    """None where there is nothing to bundle. Raises StoreUnreachable."""
    try:
        plan = read_plan(context, code, days)
    except (UnknownStation, NotPublished, BundleEmpty):
        return None
    if per == "item":
        sizes = [each.size for each in items_of(plan)]
        made = len(plan.slots)
    else:
        programmes = [kept(context, slot.programme) for slot in plan.slots]
        made = sum(each is not None for each in programmes)
        sizes = [
            each.size if each is not None else slot.length_ms * _BYTES_A_MS
            for each, slot in zip(programmes, plan.slots, strict=True)
        ]
    return BundleSummary(
        days=days,
        slots=len(plan.slots),
        files=len(sizes),
        made=made,
        audio_size=sum(sizes),
        duration_ms=sum(slot.length_ms for slot in plan.slots),
    )


def offered(context: Context, code: str) -> list[tuple[BundleSummary, BundleSummary]]:
    """Of this week and the next, this month and the next, those that have something: by slots, and by items."""
    today = local_today(context)
    month = Month.of(today)
    found = []
    for days in (
        week_days(week_name(today - timedelta(days=today.weekday()))),
        week_days(week_name(today + timedelta(days=7 - today.weekday()))),
        month_days(month),
        month_days(month.next()),
    ):
        slots, items = summary(context, code, days, per="slot"), summary(context, code, days, per="item")
        if slots is not None and items is not None:
            found.append((slots, items))
    return found


def _programme_contents(plan: BundlePlan, programmes: Sequence[ProgrammeView]) -> list[Content]:
    """A file for each slot, also where two sound the same: who plays a folder plays it in order."""
    return [
        Content(
            path=slot_path(number, slot),
            title=made.title,
            sha256=made.sha256,
            size=made.size,
            carries=tuple(sound.sha256 for sound in slot.programme.sounds),
        )
        for number, (slot, made) in enumerate(zip(plan.slots, programmes, strict=True), start=1)
    ]


def _documents(plan: BundlePlan, figures: StickFigures, sounds: dict[str, Content]) -> dict[str, bytes]:
    from server.reports.logbooks import logbook_pdf
    from server.reports.stick_pages import stick_note, stick_page
    from server.reports.timetables import timetable_pdf

    tracks = [_tracks(figures, place, plan.slots[place].programme, sounds) for place in range(len(figures.slots))]
    lists = {figures.playlist: [track for slot in tracks for track in slot]}
    for day, name in figures.day_playlists.items():
        lists[name] = [
            track
            for slot, of_slot in zip(figures.slots, tracks, strict=True)
            if slot.starts_at.date() == day
            for track in of_slot
        ]
    shape = playlist_format("m3u8")
    return {
        "index.html": stick_page(figures),
        "doc-truoc.txt": stick_note(figures),
        "lich-phat.pdf": timetable_pdf(figures),
        "so-nhat-ky.pdf": logbook_pdf(logbook_of(plan)),
        **{
            name: shape.render(Playlist(title=plan.slots[0].programme.title, creator=plan.station.name, tracks=list_))
            for name, list_ in lists.items()
        },
    }


def _tracks(figures: StickFigures, place: int, programme: Programme, sounds: dict[str, Content]) -> list[Track]:
    slot = figures.slots[place]
    parts = programme.sounds if not figures.one_file_a_slot else [None]
    return [
        Track(
            location=file.path,
            title=sound.title if sound is not None else f"{slot.starts_at:%H:%M %d/%m} {'; '.join(slot.titles)}",
            creator=sound.creator if sound is not None else figures.station,
            album=slot.column,
            duration_ms=file.duration_ms,
            starts_at=slot.starts_at + timedelta(milliseconds=file.at_ms),
            sha256=sounds[file.path].sha256,
            size=sounds[file.path].size,
        )
        for file, sound in zip(slot.files, parts, strict=True)
    ]


def _etag(archive: Archive, contents: Sequence[bytes | str], modified: datetime) -> str:
    digest = hashlib.sha256(modified.isoformat().encode())
    for member, content in zip(archive.members, contents, strict=True):
        held = content if isinstance(content, str) else hashlib.sha256(content).hexdigest()
        digest.update(f"\n{member.name} {member.size} {held}".encode())
    return f'"{digest.hexdigest()[:32]}"'
