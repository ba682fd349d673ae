"""Loads the sample province into an empty database: all of it or nothing."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from datetime import date
from typing import TYPE_CHECKING

from sqlalchemy import exists
from sqlmodel import Session, col, func, select

from media.bounds import FRAME_LIMITS, SEGMENT_LIMITS, IngestLimits
from schedules.months import Month
from server.db.library import Segment, Topic
from server.db.plans import Campaign
from server.db.records import SAMPLE_FACT, Fact
from server.db.registry import Organisation, Station, Unit
from server.sample import catalogue
from server.services import sample_rows
from server.services.audit import record
from server.services.context import Context
from server.services.disk import disk_refusals
from server.services.ingest import discard, keep_audio, prepare_audio
from server.services.new_segments import code_of
from server.services.refusals import BadField, DatabaseInUse, UnknownSample
from server.services.rows import identity
from server.services.views import SampleLoaded

if TYPE_CHECKING:
    from media.ingest import PreparedAudio  # brings numpy along, which pages do without

SAMPLES = ("dak-lak",)
STRUCTURES = ("2021", "2025", "both")

Progress = Callable[[str, int, int], None]

_COLUMN = "cchc"
# ffmpeg does the work in processes of its own; two of them keep the two cores of a small PC busy.
_AT_ONCE = 2
_FILLED = (Unit, Organisation, Topic, Station, Segment, Campaign)


def is_empty(context: Context) -> bool:
    """Nothing of what a sample brings is there."""
    with context.database.read() as session:
        return _is_empty(session)


def sample_is_loaded(context: Context) -> bool:
    with context.database.read() as session:
        return session.get(Fact, SAMPLE_FACT) is not None


def load_sample(
    context: Context,
    *,
    name: str = "dak-lak",
    structure: str,
    today: date,
    progress: Progress | None = None,
) -> SampleLoaded:
    """Ingests the audio, then adds all rows in one transaction.

    `progress` hears of the phases "audio" (files) and "registry" (1), each as done and total. What is dated by month
    (fresh segments, outages, exceptions, blackouts) is placed around today's. Whatever ends it early, the next
    start loads anew. Raises UnknownSample, BadField, DatabaseInUse, DiskFull, HomeUnwritable, MediaRefusal.
    """
    if name not in SAMPLES:
        raise UnknownSample(name=name, known=list(SAMPLES))
    if structure not in STRUCTURES:
        raise BadField(field="structure", value=structure, expected=", ".join(STRUCTURES))
    with context.database.read() as session:
        _require_empty(session)
    with disk_refusals(context.home):
        prepared = prepare_recordings(context, progress=progress)
        return place_sample(context, prepared, name=name, structure=structure, month=Month.of(today), progress=progress)


def prepare_recordings(context: Context, *, progress: Progress | None = None) -> "dict[str, PreparedAudio]":
    """The sample's recordings in the store, by their file names, and no rows yet."""
    tell = progress or _nobody_listens
    files: list[tuple[str, IngestLimits, dict[str, str]]] = [
        (frame.audio, FRAME_LIMITS, {}) for frame in catalogue.read_frames()
    ]
    files += [
        (segment.audio, SEGMENT_LIMITS, {"title": segment.title, "language": segment.language})
        for segment in catalogue.read_segments()
    ]
    _ = context.ffmpeg  # looked for once, before the workers start
    prepared: dict[str, PreparedAudio] = {}
    tell("audio", 0, len(files))
    with ThreadPoolExecutor(_AT_ONCE) as workers:
        running = {
            workers.submit(prepare_audio, context, catalogue.audio_path(file), limits=limits, tags=tags): file
            for file, limits, tags in files
        }
        try:
            for done in as_completed(running):
                prepared[running[done]] = done.result()
                tell("audio", len(prepared), len(files))
        except BaseException:
            workers.shutdown(cancel_futures=True)
            finished = [done for done in running if done.done() and not done.cancelled() and not done.exception()]
            discard(context, [done.result() for done in finished])
            raise
    return prepared


def place_sample(
    context: Context,
    prepared: "Mapping[str, PreparedAudio]",
    *,
    name: str,
    structure: str,
    month: Month,
    progress: Progress | None = None,
) -> SampleLoaded:
    """All rows in one transaction; where it fails the recordings leave the store too. Raises DatabaseInUse."""
    tell = progress or _nobody_listens
    tell("registry", 0, 1)
    try:
        with disk_refusals(context.home):
            loaded = _add_rows(context, name=name, structure=structure, month=month, prepared=prepared)
    except BaseException:
        discard(context, prepared.values())
        raise
    tell("registry", 1, 1)
    return loaded


def _add_rows(
    context: Context, *, name: str, structure: str, month: Month, prepared: "Mapping[str, PreparedAudio]"
) -> SampleLoaded:
    at = context.clock()
    months = [month.previous(), month, month.next(), month.next().next()]
    placed = sample_rows.eras(structure)
    segments = catalogue.read_segments()
    with context.database.write() as session:
        _require_empty(session)
        units = sample_rows.add_units(session, placed)
        if len(placed) == 2:
            sample_rows.add_successions(session, *units)
        for era, keys in zip(placed, units, strict=True):
            sample_rows.add_stations(session, era, keys, months)
        organisations = sample_rows.add_organisations(session)
        topics = sample_rows.add_topics(session, organisations)
        audio = {
            file: keep_audio(
                session,
                original=ready.original,
                examination=ready.examination,
                renditions=ready.renditions,
                file_name=file,
                at=at,
            )
            for file, ready in sorted(prepared.items())
        }
        columns = sample_rows.add_columns(session, {file: identity(row) for file, row in audio.items()})
        sample_rows.add_rules(session, columns)
        sample_rows.add_campaigns(session)
        for number, sample in enumerate(segments, start=1):
            row = sample_rows.segment_row(
                sample,
                code=code_of(number),
                audio_id=identity(audio[sample.audio]),
                topics=topics,
                organisations=organisations,
                column_id=columns[_COLUMN],
                month=month,
                at=at,
            )
            session.add(row)
            session.flush()
            session.add(sample_rows.version_row(row, audio[sample.audio], at=at))
            record(session, context, at=at, action="segment.added", subject=row.code, title=row.title, sample=True)
        session.add(Fact(name=SAMPLE_FACT, value=f"{name} {structure}"))
        loaded = SampleLoaded(
            structure=structure,
            units=len(set().union(*(keys.values() for keys in units))),
            stations=_count_stations(placed),
            segments=len(segments),
        )
        record(session, context, at=at, action="sample.loaded", subject=name, structure=structure, units=loaded.units)
    return loaded


def _count_stations(placed: Sequence[sample_rows.Era]) -> dict[str, int]:
    tiers = [station.tier for era in placed for station in era.stations]
    return {tier: tiers.count(tier) for tier in ("district", "commune") if tier in tiers}


def _is_empty(session: Session) -> bool:
    return not any(session.exec(select(exists().where(col(table.id).is_not(None)))).one() for table in _FILLED)


def _require_empty(session: Session) -> None:
    if not _is_empty(session):
        raise DatabaseInUse(
            stations=session.exec(select(func.count()).select_from(Station)).one(),
            segments=session.exec(select(func.count()).select_from(Segment)).one(),
        )


def _nobody_listens(_phase: str, _done: int, _total: int) -> None:
    """Progress that was not asked for."""
