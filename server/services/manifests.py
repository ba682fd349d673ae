"""What a station needs for the days ahead, as one sealed value; and what of it changed since a version that it has.

The version of a manifest names the revisions and recalls that it was made of, which never change: so what a station
was given can be made again, and only the difference be sent.
"""

import hashlib
import re
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from functools import partial

import msgspec
from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import select, true
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from schedules.manifest import (
    Copy,
    File,
    Manifest,
    MonthInForce,
    MovedSession,
    RecalledSegment,
    SealedChanges,
    SealedManifest,
    SessionOnAir,
    SlotToPlay,
    SoundToPlay,
    changes_between,
    files_of,
)
from schedules.months import Month
from server.db.library import Rendition
from server.db.plans import PlanEntry, PlanRevision
from server.db.registry import BroadcastSession, SessionException, Station
from server.services.context import Context
from server.services.emergencies import emergencies_for
from server.services.local_time import ZONE, midnight
from server.services.manifest_seals import sealed
from server.services.playlists import InForce, Sound, SoundFacts, in_force, sound_facts, sounds_by, sounds_left
from server.services.recalled import last_recall, recalled_files
from server.services.recalls import recalls_for
from server.services.refusals import NotPublished, UnknownStation
from server.services.rows import identity
from server.services.slot_sounds import BROADCAST
from server.services.stations import find_station
from server.services.stored_plans import StoredSlot, read_slots
from server.services.views import Export
from server.texts import in_language

_COPIES = {"broadcast": 0, "light_opus": 1, "light_mp3": 2}
_ENDINGS = {"audio/mpeg": "mp3", "audio/ogg": "opus"}
_VERSION = re.compile(
    r"(?P<months>(?:\d{4}-\d{2}:\d{1,9}(?:\+|(?=~))){0,3})~r(?P<recall>\d{1,15})~[0-9a-f]{12}", re.ASCII
)


class ManifestOrder(Struct, frozen=True, kw_only=True):
    """Whose, on which local day; `since`, the version that the station has, where only what changed is wanted."""

    code: str
    today: date
    since: str | None = None


class Library(Struct, frozen=True, kw_only=True):
    """What manifests tell of sounds and sessions, read once for all stations that ask after a publication.

    `copies` by the SHA-256 of what is aired, `sessions` by the station's key.
    """

    facts: SoundFacts
    copies: dict[str, tuple[Copy, ...]]
    sessions: dict[int, list[SessionOnAir]]


def read_library(session: Session) -> Library:
    rows = session.execute(
        select(
            col(Rendition.audio_id),
            col(Rendition.kind),
            col(Rendition.sha256),
            col(Rendition.size),
            col(Rendition.media_type),
        ).where(col(Rendition.kind).in_(_COPIES))
    ).all()
    of_audio: dict[int, list[Copy]] = {}
    for audio, kind, sha256, size, media_type in rows:
        path = f"/api/v1/audio/{sha256}.{_ENDINGS[media_type]}"
        of_audio.setdefault(audio, []).append(
            Copy(kind=kind, sha256=sha256, size=size, media_type=media_type, path=path)
        )
    found: dict[str, dict[str, Copy]] = {}
    for copies in of_audio.values():
        for aired in copies:
            if aired.kind == BROADCAST:
                # The same recording may be in the library twice.
                found.setdefault(aired.sha256, {}).update(
                    (copy.sha256, copy) for copy in copies if copy.kind != BROADCAST or copy is aired
                )
    return Library(
        facts=sound_facts(session, true(), true()),
        copies={
            aired: tuple(sorted(copies.values(), key=lambda copy: (_COPIES[copy.kind], copy.sha256)))
            for aired, copies in found.items()
        },
        sessions=_all_sessions(session),
    )


def render_manifest(context: Context, session: Session, order: ManifestOrder, library: Library | None = None) -> Export:
    """Raises UnknownStation."""
    with in_language("vi"):  # what is aired has one language, whoever asks
        return _rendered(context, session, order, library or read_library(session))


def _rendered(context: Context, session: Session, order: ManifestOrder, library: Library) -> Export:
    manifest, modified_at = _manifest(session, library, order.code, order.today)
    seal = sealed(context, manifest)
    before = _made_again(session, library, order, manifest) if order.since is not None else None
    told: SealedManifest | SealedChanges = (
        SealedManifest(manifest=manifest, seal=seal)
        if before is None
        else SealedChanges(manifest=changes_between(before, manifest), seal=seal)
    )
    return Export(
        content=msgspec.json.encode(told),
        media_type="application/json",
        file_name=f"{order.code}.json",
        etag=f'"{seal.digest[:32]}"',
        modified_at=modified_at,
    )


def _manifest(session: Session, library: Library, code: str, today: date) -> tuple[Manifest, datetime]:
    months = _months(today)
    station = _station(session, code, months, today)
    pointers = _pointers(session, station, months)
    revisions = {month: pointer.number for month, pointer in pointers.items()}
    plans = [pointer.month_plan_id for pointer in pointers.values()]
    planned = read_slots(session, plans).get(identity(station), [])
    recall = last_recall(session, {item.segment for slot in planned for item in slot.items})
    recalls = tuple(recalls_for(session, identity(station), midnight(today)))
    emergencies = tuple(emergencies_for(session, station, midnight(today)))
    whole = Manifest(
        station=code,
        station_name=station.name,
        timezone=station.timezone,
        version="",
        months=tuple(MonthInForce(month=str(month), revision=number) for month, number in revisions.items()),
        sessions=_sessions(library, station, today),
        slots=_slots(session, library, planned, recall, recalls),
        files=(),
        recalls=recalls,
        emergencies=emergencies,
    )
    whole = replace(whole, files=_files(library, files_of(whole)))
    content = hashlib.sha256(msgspec.json.encode(whole, order="deterministic")).hexdigest()
    made_of = "+".join(f"{month}:{number}" for month, number in revisions.items())
    changed = [
        *(pointer.published_at for pointer in pointers.values()),
        *(each.recalled_at for each in whole.recalls),
        *(each.approved_at for each in emergencies),
    ]
    return replace(whole, version=f"{made_of}~r{recall}~{content[:12]}"), max(changed, default=midnight(today))


def _made_again(session: Session, library: Library, order: ManifestOrder, now: Manifest) -> Manifest | None:
    """What the station was given as that version, as far as slots and files go; None where nobody can know.

    Names are today's: where those changed, the station finds that the digest differs, and asks for the whole.
    """
    known = _VERSION.fullmatch(order.since or "")
    if known is None:
        return None
    station = _station(session, order.code, _months(order.today), order.today)
    plans = []
    for written in filter(None, known["months"].split("+")):
        month, _, number = written.partition(":")
        plan = session.scalars(
            select(col(PlanEntry.month_plan_id))
            .join(PlanRevision, col(PlanRevision.id) == col(PlanEntry.revision_id))
            .where(
                col(PlanRevision.month) == month,
                col(PlanRevision.number) == int(number),
                col(PlanEntry.station_id) == identity(station),
            )
        ).one_or_none()
        if plan is None:
            return None
        plans.append(plan)
    planned = read_slots(session, plans).get(identity(station), [])
    slots = _slots(session, library, planned, int(known["recall"]))
    before = replace(now, version=order.since or "", slots=slots, files=())
    wanted = {sound.sha256 for slot in before.slots for sound in slot.sounds}
    return replace(before, files=_files(library, wanted))


def _months(today: date) -> list[Month]:
    """Of yesterday, since a slot may run over midnight, and the next one."""
    first = Month.of(today - timedelta(days=1))
    months = [first, first.next()]
    return months if Month.of(today) == first else [*months, first.next().next()]


def _station(session: Session, code: str, months: list[Month], today: date) -> Station:
    """Raises UnknownStation."""
    try:
        return find_station(session, code, Month.of(today))
    except UnknownStation:
        for month in months:  # it is there until yesterday, or from next month on
            try:
                return find_station(session, code, month)
            except UnknownStation:
                continue
        raise


def _pointers(session: Session, station: Station, months: list[Month]) -> dict[Month, InForce]:
    found = {}
    for month in months:
        try:
            found[month] = in_force(session, station, month)
        except NotPublished:
            continue
    return found


def _slots(
    session: Session,
    library: Library,
    planned: list[StoredSlot],
    recall: int,
    recalls: Iterable[RecalledSegment] = (),
) -> tuple[SlotToPlay, ...]:
    """Without what was withdrawn, and without what else the station is told to remove: only slots that are over have
    that, and nobody is to fetch for them what he is to remove."""
    recalled = recalled_files(session, upto=recall) if recall else {}
    out = {code: dict(files) for code, files in recalled.items()}
    for each in recalls:
        out.setdefault(each.segment, {}).update(dict.fromkeys(each.files, each.recalled_at))
    return tuple(
        SlotToPlay(
            key=slot.key,
            column=library.facts.columns[slot.column],
            starts_at=slot.starts_at.astimezone(ZONE),
            length_ms=slot.length_ms,
            relayed_from=slot.relayed_from,
            sounds=tuple(_sound(slot, sound) for sound in sounds),
        )
        for slot, sounds in sounds_left(planned, out, partial(sounds_by, library.facts))
    )


def _sound(slot: StoredSlot, sound: Sound) -> SoundToPlay:
    return SoundToPlay(
        kind=sound.kind,
        title=sound.title,
        start_ms=round((sound.starts_at - slot.starts_at) / timedelta(milliseconds=1)),
        duration_ms=sound.duration_ms,
        sha256=sound.sha256,
        segment=sound.segment,
        language=sound.language,
    )


def _all_sessions(session: Session) -> dict[int, list[SessionOnAir]]:
    """Of each station, by its key."""
    parent = aliased(Station)
    moved: dict[int, list[MovedSession]] = {}
    for key, on, starts, ends in session.execute(
        select(
            col(SessionException.session_id),
            col(SessionException.on_date),
            col(SessionException.starts),
            col(SessionException.ends),
        ).order_by(col(SessionException.on_date))
    ):
        moved.setdefault(key, []).append(MovedSession(on=on, starts=starts, ends=ends))
    rows = session.execute(
        select(
            col(BroadcastSession.id),
            col(BroadcastSession.station_id),
            col(BroadcastSession.code),
            col(BroadcastSession.name),
            col(BroadcastSession.weekdays),
            col(BroadcastSession.starts),
            col(BroadcastSession.ends),
            col(BroadcastSession.valid_from),
            col(BroadcastSession.valid_to),
            col(parent.code).label("relays"),
            col(parent.name).label("relays_name"),
        )
        .outerjoin(parent, col(parent.id) == col(BroadcastSession.relays_station_id))
        .order_by(col(BroadcastSession.code))
    )
    found: dict[int, list[SessionOnAir]] = {}
    for row in rows:
        found.setdefault(row.station_id, []).append(
            SessionOnAir(
                code=row.code,
                name=row.name,
                weekdays=tuple(row.weekdays),
                starts=row.starts,
                ends=row.ends,
                valid_from=row.valid_from,
                valid_to=row.valid_to,
                relays=row.relays,
                relays_name=row.relays_name,
                moved=tuple(moved.get(row.id, ())),
            )
        )
    return found


def _sessions(library: Library, station: Station, today: date) -> tuple[SessionOnAir, ...]:
    since = today - timedelta(days=1)
    return tuple(
        replace(each, moved=tuple(day for day in each.moved if day.on >= since))
        for each in library.sessions.get(identity(station), ())
        if each.valid_to is None or each.valid_to >= since
    )


def _files(library: Library, wanted: set[str]) -> tuple[File, ...]:
    return tuple(File(sha256=sha256, copies=library.copies.get(sha256, ())) for sha256 in sorted(wanted))
