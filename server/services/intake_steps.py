"""The steps between a file that has arrived and its verdict. Each may run again at any time: what it makes is written
aside first, and a step that is done is not done again.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from sqlmodel import Session, col, select

from media.bounds import SEGMENT_LIMITS
from media.cues import Cues
from media.refusals import AudioChanged, AudioEmpty
from media.stores import StoredFile, is_sha256
from server.db.intake import SegmentVersion
from server.db.library import Audio, Segment
from server.services.context import Context
from server.services.ingest import digest_of, encode_copies, keep_audio
from server.services.recording_tags import tags_of
from server.services.refusals import RecordingLost
from server.services.same_bytes import refuse_known
from server.services.version_steps import Tell, Work, conclude_as, nobody_listens, step_of
from server.services.waiting_files import remove_waiting, waiting_file

if TYPE_CHECKING:
    # What decodes and compares brings numpy along, which pages and most commands do without.
    from media.examine import Examination

# Fingerprints read from the database at once.
_BATCH = 200


def identify(context: Context, version_id: int, tell: Tell = nobody_listens) -> None:
    """The file gets its name, which is its digest, and goes from the incoming files into the store."""
    with step_of(context, version_id, "identify", tell) as work:
        if work is None:
            return
        with _waiting(work) as path:
            sha256 = _digest(work, path)
            with context.database.write() as session:
                # With cues of its own it is meant to be the same bytes.
                if _chosen_cues(work.version) is None:
                    refuse_known(session, sha256, besides=version_id)
                version = session.get_one(SegmentVersion, version_id)
                version.original_sha256 = sha256
                session.add(version)
            stored = _into_store(work, path, sha256)

        def change(_session: Session, version: SegmentVersion) -> None:
            version.source = None
            version.size = stored.size

        work.done(change)
        if work.version.source is not None:
            remove_waiting(context, work.version.source)


def examine(context: Context, version_id: int, tell: Tell = nobody_listens) -> None:
    """One decode, all facts."""
    with step_of(context, version_id, "examine", tell) as work:
        if work is None:
            return
        from media.examine import examine as examine_file

        with context.store.local_path(_original(work)) as path:
            found = examine_file(
                context.ffmpeg, path, scratch=context.scratch, limits=SEGMENT_LIMITS, on_progress=work.tell
            )
        found = replace(found, cues=_chosen_cues(work.version) or found.cues)

        def change(_session: Session, version: SegmentVersion) -> None:
            version.examination = msgspec.to_builtins(found)
            version.messages = list(found.messages)

        work.done(change)


def encode(context: Context, version_id: int, tell: Tell = nobody_listens) -> None:
    """The copies for air and for bad networks, measured again, in the store."""
    with step_of(context, version_id, "encode", tell) as work:
        if work is None:
            return
        with context.store.local_path(_original(work)) as path:
            made = encode_copies(context, path, _examination(work), tags=_tags(work), progress=work.tell)

        def change(_session: Session, version: SegmentVersion) -> None:
            version.renditions = [msgspec.to_builtins(rendition) for rendition in made]

        work.done(change)


def compare(context: Context, version_id: int, tell: Tell = nobody_listens) -> None:
    """The same sound in other segments, however it was encoded, cut or levelled."""
    with step_of(context, version_id, "compare", tell) as work:
        if work is None:
            return
        from media.fingerprints import search

        fingerprint = _examination(work).fingerprint
        with context.database.read() as session:
            found = search(
                fingerprint,
                _fingerprints(session, work.version.segment_id),
                similar_from=context.profile.similar_from,
            )
            owners = _owners(session, {likeness.key for likeness in found})
        best: dict[str, dict[str, object]] = {}
        for likeness in found:
            code = owners.get(likeness.key)
            if code is not None:
                best.setdefault(
                    code,
                    {
                        "segment": code,
                        "similarity": likeness.similarity,
                        "offset_ms": likeness.offset_ms,
                        "overlap_ms": likeness.overlap_ms,
                    },
                )

        def change(_session: Session, version: SegmentVersion) -> None:
            version.likenesses = list(best.values())

        work.done(change)


def conclude(context: Context, version_id: int, tell: Tell = nobody_listens) -> None:
    """All that was found becomes the verdict: passed, held for a likeness, or rejected for a check."""
    with step_of(context, version_id, "conclude", tell) as work:
        if work is None:
            return
        from media.checks import judge
        from media.ingest import StoredRendition

        examination = _examination(work)
        renditions = msgspec.convert(work.version.renditions, list[StoredRendition])
        broadcast = next(rendition for rendition in renditions if rendition.kind == "broadcast")
        checks = judge(examination, broadcast, context.profile)
        original = StoredFile(sha256=_original(work), size=work.version.size)
        for sha256 in (original.sha256, *(rendition.sha256 for rendition in renditions)):
            context.store.size(sha256)

        def change(session: Session, version: SegmentVersion) -> None:
            audio = keep_audio(
                session,
                original=original,
                examination=examination,
                renditions=renditions,
                file_name=version.file_name,
                at=context.clock(),
            )
            version.audio_id = audio.id
            version.checks = [msgspec.to_builtins(check) for check in checks]
            # The recording's own row has all of it now.
            version.examination = None
            version.renditions = None
            failed = any(check.level == "fail" for check in checks)
            conclude_as(session, context, version, "rejected" if failed else "held" if version.likenesses else "passed")

        work.done(change)


BY_NAME = {"identify": identify, "examine": examine, "encode": encode, "compare": compare, "conclude": conclude}


def _chosen_cues(version: SegmentVersion) -> Cues | None:
    if version.cue_in_ms is None or version.cue_out_ms is None:
        return None
    return Cues(cue_in_ms=version.cue_in_ms, cue_out_ms=version.cue_out_ms)


@contextmanager
def _waiting(work: Work) -> Iterator[Path | None]:
    if work.version.source is None:
        yield None
        return
    with waiting_file(work.context, work.version.source) as path:
        yield path


def _digest(work: Work, path: Path | None) -> str:
    """Of the file that waits; where the store has taken it already, what was found before."""
    if path is not None:
        if path.stat().st_size == 0:
            raise AudioEmpty
        return digest_of(path)
    source = work.version.source
    if source is not None and is_sha256(source):
        known: str | None = source
    else:
        with work.context.database.read() as session:
            # As it is now: another may have taken the file along since the step began here.
            known = session.get_one(SegmentVersion, work.version_id).original_sha256
    if known is None or not work.context.store.exists(known):
        raise RecordingLost(file_name=work.version.file_name)
    if work.version.size == 0:
        raise AudioEmpty
    return known


def _into_store(work: Work, path: Path | None, sha256: str) -> StoredFile:
    if path is not None and path.exists():
        stored = work.context.store.take(path)
        if stored.sha256 != sha256:
            raise AudioChanged(path=str(path))
        return stored
    return StoredFile(sha256=sha256, size=work.context.store.size(sha256))


def _original(work: Work) -> str:
    return str(work.version.original_sha256)


def _examination(work: Work) -> "Examination":
    from media.examine import Examination

    return msgspec.convert(work.version.examination, Examination)


def _tags(work: Work) -> dict[str, str]:
    with work.context.database.read() as session:
        return tags_of(session, session.get_one(Segment, work.version.segment_id))


def _fingerprints(session: Session, segment_id: int) -> Iterator[tuple[int, bytes]]:
    """Of all recordings of other segments, as they come from the database."""
    own = select(SegmentVersion.audio_id).where(
        SegmentVersion.segment_id == segment_id, col(SegmentVersion.audio_id).is_not(None)
    )
    by_versions = select(SegmentVersion.audio_id).where(SegmentVersion.segment_id != segment_id)
    in_force = select(Segment.audio_id).where(Segment.id != segment_id)
    rows = session.exec(
        select(Audio.id, Audio.fingerprint)
        .where(
            col(Audio.fingerprint).is_not(None),
            col(Audio.id).in_(by_versions) | col(Audio.id).in_(in_force),
            col(Audio.id).not_in(own),
        )
        .execution_options(yield_per=_BATCH)
    )
    for audio_id, fingerprint in rows:
        if audio_id is not None and fingerprint is not None:
            yield audio_id, fingerprint


def _owners(session: Session, audio_ids: set[int]) -> Mapping[int, str]:
    """The code of the segment that has each recording."""
    by_version = session.exec(
        select(SegmentVersion.audio_id, Segment.code)
        .join(Segment, col(Segment.id) == col(SegmentVersion.segment_id))
        .where(col(SegmentVersion.audio_id).in_(audio_ids))
    ).all()
    in_force = session.exec(select(Segment.audio_id, Segment.code).where(col(Segment.audio_id).in_(audio_ids))).all()
    return {audio_id: code for audio_id, code in [*by_version, *in_force] if audio_id is not None}
