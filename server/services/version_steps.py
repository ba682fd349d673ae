"""How a version moves from step to step: what is done stays done, what was cut off is done again, and all of it is told.

A step may run twice, also at once in two processes: its result counts once, and whoever is late changes nothing.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import takewhile
from typing import Any

from sqlalchemy import update
from sqlmodel import Session, col

from media import refusals as media
from media.refusals import MediaRefusal
from server.db.intake import SegmentVersion
from server.db.library import Segment
from server.services.audit import record
from server.services.context import Context
from server.services.disk import disk_refusals
from server.services.errand_refusals import LeftOff
from server.services.footing_refusals import DatabaseBusy
from server.services.recorded_refusals import as_record
from server.services.refusals import AudioIsFrame, RecordingDeadly, RecordingLost, SegmentExists, ServiceRefusal
from server.services.rows import identity
from server.services.segment_states import follow_versions
from server.services.vetting_steps import after_checks
from server.services.waiting_files import remove_waiting

STEPS = ("identify", "examine", "encode", "compare", "conclude")
# Where each step begins and ends on the whole way, in per cent; encoding is the long one.
_SPANS = {"identify": (0, 4), "examine": (4, 30), "encode": (30, 92), "compare": (92, 97), "conclude": (97, 100)}
# Seconds between two updates of the row: each is a commit that waits for the disk.
_PAUSE_S = 1.0
# Where a machine's trouble lasts for days, only the last tries are told.
_KEPT_ENTRIES = 40
# What ffmpeg dies of this often is the recording's fault, whoever kills it (a limit on time or memory does).
_MOST_FFMPEG_TRIES = 6
# And what the process itself dies of, which is whoever worked beside it at first: who is suspected works alone.
_MOST_DEATHS = 5
_SUSPECTED_FROM = 2

# What says nothing about the recording: tried again until it is no more.
_TROUBLES = (
    media.FfmpegMissing,
    media.FfmpegUnfit,
    media.FfmpegFailed,
    media.StoreUnwritable,
    media.StoreUnreachable,
    media.MissingAudio,
    media.CorruptAudio,
    media.AudioNotFound,
    media.AudioNotReadable,
    media.AudioChanged,
)

Tell = Callable[[float], None]
Change = Callable[[Session, SegmentVersion], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """One run of one step. `version` is its row as it was when the step began."""

    context: Context
    step: str
    version: SegmentVersion
    tell: Tell

    @property
    def version_id(self) -> int:
        return identity(self.version)

    def done(self, change: Change) -> None:
        """Writes the result and goes on to the next step, unless somebody else already did."""
        with self.context.database.write() as session:
            version = session.get_one(SegmentVersion, self.version_id)
            if version.state != "processing" or version.step != self.step:
                return
            at = self.context.clock()
            _end_entry(version, at)
            version.step = next_step(self.step)
            version.progress = _SPANS[self.step][1]
            version.refusal = None
            version.updated_at = at
            change(session, version)
            session.add(version)


def nobody_listens(_: float) -> None:
    """Progress that was not asked for."""


def next_step(step: str) -> str:
    return (*STEPS, "done")[STEPS.index(step) + 1]


@contextmanager
def step_of(context: Context, version_id: int, step: str, tell: Tell) -> Iterator[Work | None]:
    """One run of a step; None where it is not this step's turn (done already, or the version has its verdict).

    `tell` gets shares of the whole way, 0 to 1. What is wrong with the recording becomes its verdict here; what is
    wrong with the machine is told in the row and raised: DiskFull, StoreUnreachable, FfmpegFailed and such.
    """
    try:
        with disk_refusals(context.home):
            version = _begin(context, version_id, step)
            if version is None:
                yield None
                return
            deaths = _deaths(version) - 1
            if deaths >= _MOST_DEATHS:
                _reject(context, version_id, step, RecordingDeadly(step=step, times=deaths))
                yield None
                return
            yield Work(context=context, step=step, version=version, tell=_Teller(context, version, step, tell))
    except LeftOff:
        _note_left(context, version_id, step)
        raise
    except (MediaRefusal, ServiceRefusal) as refusal:
        if is_verdict(refusal) or _is_hopeless(context, version_id, step, refusal):
            with disk_refusals(context.home):
                _reject(context, version_id, step, refusal)
        else:
            note_trouble(context, version_id, refusal)
            raise
    except BaseException:
        _note_left(context, version_id, step)
        raise


def is_suspected(context: Context, version_id: int) -> bool:
    """Whether processes died again and again while they were at the version's step: others should not work beside it."""
    with context.database.read() as session:
        return _deaths(session.get_one(SegmentVersion, version_id)) >= _SUSPECTED_FROM


def is_verdict(refusal: MediaRefusal | ServiceRefusal) -> bool:
    """Whether it says something about the recording, rather than about this machine at this moment."""
    if isinstance(refusal, MediaRefusal):
        return not isinstance(refusal, _TROUBLES)
    return isinstance(refusal, SegmentExists | AudioIsFrame | RecordingLost)


def _reject(context: Context, version_id: int, step: str, refusal: MediaRefusal | ServiceRefusal) -> None:
    """The verdict without a measurement. What the store has stays there as evidence; what it has not goes.

    Somebody who was held up and comes back finds missing what others have taken along: that is no verdict any more.
    """
    with context.database.write() as session:
        version = session.get_one(SegmentVersion, version_id)
        if version.state != "processing" or version.step != step:
            return
        waiting, version.source = version.source, None
        version.refusal = as_record(refusal)
        said = refusal.facts.get("messages")
        if isinstance(said, list):
            version.messages = [str(line) for line in said]
        conclude_as(session, context, version, "rejected")
    if waiting is not None:
        remove_waiting(context, waiting)


def conclude_as(session: Session, context: Context, version: SegmentVersion, state: str) -> None:
    """The verdict: the version ends as held, rejected or passed, which is draft or submitted; its segment follows."""
    at = context.clock()
    _end_entry(version, at)
    before = version.state
    segment = session.get_one(Segment, version.segment_id)
    if state == "passed":
        state = after_checks(session, context, segment, version, at=at)
    version.state = state
    version.step = "done"
    version.progress = 100
    version.ended_at = at
    version.updated_at = at
    session.add(version)
    session.flush()
    follow_versions(session, segment)
    facts: dict[str, Any] = {"number": version.number, "sha256": version.original_sha256}
    if version.refusal is not None:
        facts["refusal"] = version.refusal["code"]
    record(
        session,
        context,
        at=at,
        action=f"segment.{state}",
        subject=segment.code,
        before={"version": before},
        after={"version": state, "segment": segment.state},
        **facts,
    )


def note_trouble(context: Context, version_id: int, trouble: MediaRefusal | ServiceRefusal) -> None:
    """Told in the row of a version that is still being processed, until a step succeeds."""
    try:
        with disk_refusals(context.home), context.database.write() as session:
            version = session.get_one(SegmentVersion, version_id)
            if version.state == "processing":
                version.refusal = as_record(trouble)
                if version.timeline:
                    version.timeline = [*version.timeline[:-1], {**version.timeline[-1], "trouble": trouble.code}]
                version.updated_at = context.clock()
                session.add(version)
    except ServiceRefusal:
        # A disk that is full for the work may be full for this too; the work's own trouble is raised by the caller.
        return


def _note_left(context: Context, version_id: int, step: str) -> None:
    """Who leaves off on purpose did not die of it."""
    try:
        with disk_refusals(context.home), context.database.write() as session:
            version = session.get_one(SegmentVersion, version_id)
            if version.state == "processing" and version.step == step and version.timeline:
                version.timeline = [*version.timeline[:-1], {**version.timeline[-1], "left": True}]
                session.add(version)
    except ServiceRefusal:
        # The database may be what it leaves off for.
        return


def park(context: Context, version_id: int) -> None:
    """The trouble lasts: whoever waits for the version is told it, and it is taken up again in a while."""
    try:
        with disk_refusals(context.home), context.database.write() as session:
            version = session.get_one(SegmentVersion, version_id)
            if version.state == "processing" and version.refusal is not None:
                version.refusal = {**version.refusal, "parked": True}
                session.add(version)
    except ServiceRefusal:
        # As above.
        return


def _begin(context: Context, version_id: int, step: str) -> SegmentVersion | None:
    with context.database.write() as session:
        version = session.get_one(SegmentVersion, version_id)
        due = STEPS[0] if version.step == "received" else version.step
        if version.state != "processing" or due != step:
            return None
        at = context.clock()
        version.step = step
        begun: dict[str, object] = {"step": step, "started_at": at.isoformat(), "ended_at": None}
        version.timeline = [*version.timeline[-_KEPT_ENTRIES:], begun]
        version.updated_at = at
        session.add(version)
        return version


def _end_entry(version: SegmentVersion, at: datetime) -> None:
    if version.timeline and version.timeline[-1]["ended_at"] is None:
        version.timeline = [*version.timeline[:-1], {**version.timeline[-1], "ended_at": at.isoformat()}]


def _is_hopeless(context: Context, version_id: int, step: str, refusal: MediaRefusal | ServiceRefusal) -> bool:
    if not isinstance(refusal, media.FfmpegFailed):
        return False
    with context.database.read() as session:
        version = session.get_one(SegmentVersion, version_id)
    died = [entry for entry in version.timeline if entry["step"] == step and entry.get("trouble") == refusal.code]
    return len(died) + 1 >= _MOST_FFMPEG_TRIES


def _deaths(version: SegmentVersion) -> int:
    """The last entries of the step that is due without any end: neither done, nor in trouble, nor left."""
    died = takewhile(
        lambda entry: (
            entry["step"] == version.step and entry["ended_at"] is None and not entry.keys() & {"trouble", "left"}
        ),
        reversed(version.timeline),
    )
    return sum(1 for _ in died)


class _Teller:
    """Shares of one step become per cent of the whole way: all of them for the caller, some for the row."""

    def __init__(self, context: Context, version: SegmentVersion, step: str, tell: Tell) -> None:
        self._context = context
        self._version_id = identity(version)
        self._step = step
        self._tell = tell
        self._told = version.progress
        self._next_s = time.monotonic() + _PAUSE_S

    def __call__(self, share: float) -> None:
        begin, end = _SPANS[self._step]
        whole = begin + (end - begin) * min(1.0, max(0.0, share))
        self._tell(whole / 100)
        if int(whole) > self._told and time.monotonic() >= self._next_s:
            self._told = int(whole)
            self._next_s = time.monotonic() + _PAUSE_S
            self._write()

    def _write(self) -> None:
        try:
            with disk_refusals(self._context.home), self._context.database.write() as session:
                session.execute(
                    update(SegmentVersion)
                    .where(
                        col(SegmentVersion.id) == self._version_id,
                        col(SegmentVersion.state) == "processing",
                        col(SegmentVersion.step) == self._step,
                    )
                    .values(progress=self._told, updated_at=self._context.clock())
                )
        except DatabaseBusy:
            # A figure that nobody waits for: the next one is told a second later.
            return
