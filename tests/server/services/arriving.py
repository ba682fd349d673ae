"""A home with what a recording needs to arrive in, and recordings that lie among the incoming files."""

import shutil
import wave
from pathlib import Path

from sqlmodel import func, select

from server.db.intake import SegmentVersion
from server.db.library import Topic
from server.db.records import AuditEntry
from server.db.registry import Organisation
from server.services.context import Context
from server.services.intake import submit
from server.services.rows import identity
from server.services.segments import NewSegment
from tests.server.sounds import wav


def settle_in(context: Context) -> None:
    """A topic with a lead, one below it without, one that nobody leads; nothing else."""
    with context.database.write() as session:
        lead = Organisation(code="snv", name="Sở Nội vụ")
        session.add_all([lead, Organisation(code="stp", name="Sở Tư pháp")])
        session.flush()
        above = Topic(code="c", name="Cải cách", weight=1.0, position=1, lead_organisation_id=identity(lead))
        session.add(above)
        session.flush()
        session.add(Topic(code="c01", name="Một cửa", weight=1.0, position=2, parent_id=identity(above)))
        session.add(Topic(code="x", name="Khác", weight=1.0, position=3))


def said(title: str = "Một cửa", *, topic: str = "c01") -> NewSegment:
    return NewSegment(title=title, topic=topic, language="vi", column=None)


def arrive(context: Context, source: Path) -> Path:
    """The recording among the incoming files, as an upload leaves it."""
    place = context.incoming / f"arrived-{source.name}"
    shutil.copyfile(source, place)
    return place


def send(
    context: Context,
    source: Path,
    *,
    title: str = "Một cửa",
    topic: str = "c01",
    replaces: str | None = None,
    upload_id: str | None = None,
) -> int:
    """The version that a submission of the recording gives; nothing is done with it yet."""
    return submit(
        context,
        arrive(context, source),
        file_name=source.name,
        new=None if replaces else said(title, topic=topic),
        replaces=replaces,
        upload_id=upload_id,
    )


def tone(folder: Path, seed: int = 1, *, level: float = 0.3, seconds: float = 21.0) -> Path:
    return wav(folder / f"{seed}-{level}-{seconds}.wav", seed=seed, level=level, seconds=seconds)


def beginning(source: Path, *, seconds: float) -> Path:
    """The first seconds of a WAV file, as a file of its own."""
    cut = source.with_name(f"cut-{seconds}-{source.name}")
    with wave.open(str(source)) as whole, wave.open(str(cut), "wb") as part:
        part.setparams(whole.getparams())
        part.writeframes(whole.readframes(round(seconds * whole.getframerate())))
    return cut


def suicidal_ffmpeg(folder: Path, real: Path) -> tuple[Path, Path]:
    """An ffmpeg that passes its trial and is killed in the middle of its work as long as the second file is there."""
    script, deadly = folder / "ffmpeg", folder / "deadly"
    deadly.touch()
    script.write_text(
        f'#!/bin/sh\nif [ -e "{deadly}" ]; then case "$*" in *pipe:0*) ;; *) kill -9 $$ ;; esac; fi\nexec "{real}" "$@"\n'
    )
    script.chmod(0o755)
    return script, deadly


def ended_steps(context: Context, version_id: int) -> list[str]:
    return [str(entry["step"]) for entry in version_of(context, version_id).timeline if entry["ended_at"]]


def count(context: Context, table: type) -> int:
    with context.database.read() as session:
        return session.exec(select(func.count()).select_from(table)).one()


def version_of(context: Context, version_id: int) -> SegmentVersion:
    with context.database.read() as session:
        return session.get_one(SegmentVersion, version_id)


def actions(context: Context) -> list[str]:
    with context.database.read() as session:
        return list(session.exec(select(AuditEntry.action).order_by(AuditEntry.id)))  # type: ignore[arg-type]  # SQLModel's own column
