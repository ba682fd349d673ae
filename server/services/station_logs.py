"""Logs that stations send, of any kind, as lines; and the templates that they fill in."""

import msgspec
from sqlalchemy import select
from sqlmodel import Session, col

from schedules.logs.csv_log import read_csv
from schedules.logs.lines import AiredFile, Reading
from schedules.logs.liquidsoap_log import read_liquidsoap
from schedules.logs.mpd_log import read_mpd
from schedules.logs.source_system import read_source_system
from schedules.logs.templates import PlannedAiring, csv_template, xlsx_template
from schedules.logs.xlsx_log import read_xlsx
from schedules.months import Month
from server.db.library import Segment
from server.db.plans import Slot, SlotItem
from server.services.airing_refusals import LineUnreadable
from server.services.as_run import BatchOutcome, LineOutcome, Said, say
from server.services.context import Context
from server.services.local_time import ZONE, local_today
from server.services.playlists import in_force
from server.services.refusals import BadField
from server.services.rows import identity
from server.services.stations import find_station
from server.services.stored_plans import read_slots
from server.services.views import Export

KINDS = ("csv", "xlsx", "liquidsoap", "mpd", "source_system")
TEMPLATES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def take_log(
    context: Context, code: str, *, kind: str, data: bytes, name: str = "", dry_run: bool = False
) -> BatchOutcome:
    """Each line is taken or refused by itself; with `dry_run` nothing is kept, and each line says what would come of it.

    Raises BadField, LogUnreadable, LogTooLong, UnknownStation.
    """
    if kind not in KINDS:
        raise BadField(field="kind", value=kind, expected=", ".join(KINDS))
    reading = _read(context, code, kind, data)
    lines = [Said(**msgspec.structs.asdict(line)) for line in reading.lines]
    faults = [
        LineOutcome(
            line=each.line,
            outcome="refused",
            refusal=LineUnreadable(line=each.line, field=each.field, value=each.value, fault=each.code.value),
        )
        for each in reading.refused
    ]
    return say(context, lines, source=kind, station=code, name=name, content=data, dry_run=dry_run, faults=faults)


def log_template(context: Context, code: str, month: Month, *, format: str) -> Export:  # noqa: A002 (the word that people use for it)
    """The month's published airings, one a line, to be filled in and sent back. Raises NotPublished, BadField."""
    if format not in TEMPLATES:
        raise BadField(field="format", value=format, expected=", ".join(TEMPLATES))
    with context.database.read() as session:
        station = find_station(session, code, month)
        pointer = in_force(session, station, month)
        slots = read_slots(session, [pointer.month_plan_id]).get(identity(station), [])
    airings = [
        PlannedAiring(
            station=code,
            slot=slot.key,
            segment=item.segment,
            title=item.title,
            starts_at=slot.starts_at,
            duration_ms=item.duration_ms,
        )
        for slot in slots
        for item in slot.items
    ]
    content = csv_template(airings, ZONE) if format == "csv" else xlsx_template(airings, ZONE)
    return Export(
        content=content,
        media_type=TEMPLATES[format],
        file_name=f"nhat-ky-{code}-{month}.{format}",
        etag=f'"{pointer.number}-{format}"',
        modified_at=pointer.published_at,
    )


def _read(context: Context, code: str, kind: str, data: bytes) -> Reading:
    match kind:
        case "csv":
            return read_csv(data, ZONE)
        case "xlsx":
            return read_xlsx(data, ZONE)
        case "source_system":
            with context.database.read() as session:
                codes = session.connection().execute(select(col(Segment.code))).scalars()
                return read_source_system(data, ZONE, stations={code: code}, segments={each: each for each in codes})
    with context.database.read() as session:
        files = _files(session)
    if kind == "liquidsoap":
        return read_liquidsoap(data, ZONE, files)
    return read_mpd(data, ZONE, local_today(context), files)


def _files(session: Session) -> dict[str, AiredFile]:
    """What a player calls the sounds that it pulled over HTTP: the hash of each with its ending."""
    database = session.connection()
    files: dict[str, AiredFile] = {}
    for sha256, segment, title, duration_ms in database.execute(
        select(col(SlotItem.rendition_sha256), col(Segment.code), col(SlotItem.title), col(SlotItem.duration_ms))
        .join(Segment, col(Segment.id) == col(SlotItem.segment_id))
        .distinct()
    ):
        files[f"{sha256}.mp3"] = AiredFile(segment=segment, title=title, duration_ms=duration_ms)
    for column in (col(Slot.opening_sha256), col(Slot.closing_sha256)):
        for (frame,) in database.execute(select(column).where(column.is_not(None)).distinct()):
            files[f"{frame}.mp3"] = AiredFile(segment=None, title="", duration_ms=0)
    return files
