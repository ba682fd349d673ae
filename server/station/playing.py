"""The program that plays: alone, or with what brings manifests and sounds and takes the log away beside it."""

import contextlib
import contextvars
import shutil
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event, Thread
from time import monotonic

from schedules.instants import from_ms
from schedules.manifest import Manifest
from server.station.air_refusals import AlreadyPlaying
from server.station.clock import Measured, StationClock
from server.station.folder import Folder
from server.station.liquidsoap import folder_of, take_aired, write_schedule
from server.station.lock import held
from server.station.log import Airing, Log
from server.station.on_air import OnAir, Told
from server.station.player import Player, find_player
from server.station.refusals import FolderBusy, FolderFull, FolderUnwritable, StationRefusal
from server.station.reporting import CheckIn, EmergencyTold, check_in, report
from server.station.server_door import PROGRAM, ServerDoor
from server.station.settings import StationSettings
from server.station.state import read_state
from server.station.syncing import Moved, Syncing
from server.station.wanting import needs_of

_WAIT_S = 50
_LOOK_S = 5.0
_SYNC_S = 900.0
_CHECK_IN_S = 300.0
_PAUSES_S = (2.0, 5.0, 15.0, 30.0, 60.0)
_AFTER_FAULT_S = 60.0
_CLOCK_S = 60.0
_FRESH = timedelta(minutes=5)


class NewsCame(Exception):
    """Something more urgent than the download at hand."""


@dataclass(kw_only=True)
class Station:
    """What the parts of a running program share. `tell` hears what people should know, `sentence_of` words a refusal.

    `news`: the server has another manifest; `to_tell`: something is to be told to the server at once.
    """

    settings: StationSettings
    tell: Callable[[Told], None]
    sentence_of: Callable[[StationRefusal], str]
    clock: StationClock = field(default_factory=StationClock)
    stopping: Event = field(default_factory=Event)
    news: Event = field(default_factory=Event)
    to_tell: Event = field(default_factory=Event)
    _said: dict[str, str] = field(default_factory=dict)
    _taken: bool = False

    def folder(self) -> Folder:
        """One for each thread: it remembers what it verified."""
        return Folder(self.settings.folder, key=self.settings.key, station=self.settings.station)

    def log(self) -> Log:
        """One for each thread."""
        return Log(self.folder().log_path, tell=lambda what, detail: self.tell(Told(what=f"log_{what}", detail=detail)))

    def door(self) -> ServerDoor:
        return ServerDoor(self.settings.server, self.settings.station, self.settings.token)

    def run(self) -> None:
        """All that a station does, until `stopping`; where Liquidsoap plays, all but that. Raises AlreadyPlaying."""
        self.beside()
        if self.settings.play.player == "liquidsoap":
            self.stopping.wait()
        else:
            self.play()

    @contextmanager
    def playing(self) -> Iterator[None]:
        """Alone: two players of one folder would speak at once. Raises AlreadyPlaying."""
        root = self.settings.folder
        with contextlib.ExitStack() as alone:
            try:
                root.mkdir(parents=True, exist_ok=True)
                alone.enter_context(held(root / "play.lock"))
            except FolderBusy as busy:
                raise AlreadyPlaying(path=str(root)) from busy
            except (OSError, FolderUnwritable, FolderFull):
                pass  # what can be read can be played
            yield

    def play(self) -> None:
        """Until `stopping`. Raises AlreadyPlaying."""
        play = self.settings.play
        with self.playing():
            folder, log = self.folder(), self.log()
            self.learn_kept(log)
            on_air = OnAir(
                manifest=folder.manifest,
                sound=folder.sound,
                player=_found_again(play.player),
                log=log,
                clock=self.clock,
                tell=self._told,
                relay=play.relay,
                filler=play.filler,
            )
            learned = monotonic()
            try:
                while not self.stopping.wait(on_air.step()):
                    if monotonic() - learned > _CLOCK_S:
                        learned = monotonic()
                        self.learn_kept(log)
            finally:
                on_air.stop()
                log.close()

    def learn_kept(self, log: Log) -> None:
        """The clock by what is kept of it: what this program measured, or `sync` since; and keeps how it is now."""
        clock = self.clock
        clock.measured = clock.measured or log.measured()
        state = read_state(self.folder().state_path)
        if state.clock_offset_ms is not None and state.clock_measured_at is not None:
            raw = from_ms(clock.moment().raw_ms, UTC)
            known = clock.measured is not None and clock.measured.boot == clock.boot
            if not known and abs(raw - state.clock_measured_at) < _FRESH:
                clock.learn(raw - timedelta(milliseconds=state.clock_offset_ms), round_trip_ms=1_000)
            elif clock.measured is None:
                clock.measured = Measured.by_wall_clock(state.clock_offset_ms)
        if (measured := clock.to_keep()) is not None:
            log.keep_measured(measured)

    def beside(self) -> None:
        """Starts what runs beside the player; it ends with the process."""
        for part in (self._watch, self._sync, self._report):
            context = contextvars.copy_context()
            Thread(target=context.run, args=(self._again_and_again, part), daemon=True, name=part.__name__).start()

    def _told(self, told: Told) -> None:
        self.tell(told)
        if told.what == "begins_emergency":
            self.to_tell.set()

    def _again_and_again(self, part: Callable[[], None]) -> None:
        while not self.stopping.is_set():
            try:
                part()
            except Exception:  # noqa: BLE001 (the air goes on whatever is wrong beside it; it is told, and tried again)
                traceback.print_exc(file=sys.stderr)
                self.stopping.wait(_AFTER_FAULT_S)

    def _watch(self) -> None:
        """Waits at the server for another manifest than the one that was taken, or is being taken."""
        folder = self.folder()
        etag: str | None = None
        failures = 0
        with self.door() as door:
            while not self.stopping.is_set():
                sealed = folder.sealed()
                state = read_state(folder.state_path)
                if etag is None and sealed is not None and state.etag_of == sealed.manifest.version:
                    etag = state.etag
                if sealed is None and self._taken:  # the folder was emptied under it: all is taken anew, at once
                    self._taken, etag = False, None
                    self.news.set()
                if sealed is None or etag is None:  # the first is taken by `_sync`
                    self.stopping.wait(_LOOK_S)
                    continue
                asked_at = monotonic()
                try:
                    offered = door.manifest(etag=etag, since=sealed.manifest.version, wait_s=0 if failures else _WAIT_S)
                except StationRefusal as refusal:
                    self._say("line", refusal)
                    self.stopping.wait(_pause(failures))
                    failures += 1
                    continue
                if failures:
                    self.news.set()
                    self.to_tell.set()
                failures = 0
                self._say("line", None)
                if offered is not None:
                    etag = offered.etag
                    self.news.set()
                elif monotonic() - asked_at < 1:  # who answers in the server's place, or ends, lets nobody wait
                    self.stopping.wait(_LOOK_S)

    def _sync(self) -> None:
        """At first, at every news, and now and then; again soon where something is lacking."""
        folder = self.folder()
        failures = 0
        with self.door() as door:
            syncing = Syncing(
                folder=folder, door=door, settings=self.settings.sync, tell=self.sentence_of, moved=self._moved
            )
            while not self.stopping.is_set():
                self.news.clear()
                refusal: StationRefusal | None = None
                before = {each.number for each in manifest.emergencies} if (manifest := folder.manifest()) else set()
                try:
                    outcome = syncing.run()
                    refusal = outcome.trouble
                except NewsCame:
                    continue
                except StationRefusal as error:
                    refusal = error
                manifest = folder.manifest()
                if manifest is not None:
                    self._taken = True
                    self._for_liquidsoap(manifest, folder)
                    if {each.number for each in manifest.emergencies} - before:
                        self.to_tell.set()
                self._say("sync", refusal)
                failures = failures + 1 if refusal is not None else 0
                self._wait_for(self.news, _pause(failures - 1) if failures else _SYNC_S)

    def _for_liquidsoap(self, manifest: Manifest, folder: Folder) -> None:
        """Where it was set up, it plays by the schedule that is written here."""
        if folder_of(self.settings).exists():
            write_schedule(self.settings, manifest, folder.sound, self.clock)

    def _moved(self, _moved: Moved) -> None:
        if self.news.is_set() or self.stopping.is_set():
            raise NewsCame

    def _report(self) -> None:
        log, folder = self.log(), self.folder()
        failures, told_at = 0, -_CHECK_IN_S
        received: dict[int, datetime] = {}
        sounded: set[int] = set()
        with self.door() as door:
            while not self.stopping.is_set():
                asked = self.to_tell.is_set()
                self.to_tell.clear()
                take_aired(self.settings, log, self.clock)
                try:
                    if (
                        asked
                        or log.to_send(1)
                        or monotonic() - told_at >= _CHECK_IN_S
                        or failures
                        or self._news_of(folder, received)
                        or _sounded(log).keys() - sounded
                    ):
                        sounded_now = set(_sounded(log))
                        self._check_in(door, folder, log, received)
                        told_at, sounded = monotonic(), sounded_now
                    done = report(log, self.clock, door)
                except StationRefusal as refusal:
                    self._say("report", refusal)
                    pause = _pause(failures)
                    failures += 1
                else:
                    failures, pause = 0, _LOOK_S
                    self._say("report", None)
                    for sentence in done.refused:
                        self.tell(Told(what="refused", detail=sentence))
                self._wait_for(self.to_tell, pause)

    def _news_of(self, folder: Folder, received: dict[int, datetime]) -> bool:
        manifest = folder.manifest()
        return manifest is not None and any(each.number not in received for each in manifest.emergencies)

    def _check_in(self, door: ServerDoor, folder: Folder, log: Log, received: dict[int, datetime]) -> None:
        trouble = " ".join(filter(None, self._said.values()))
        check_in(door, self.clock, standing(folder, log, self.clock, received, trouble=trouble))
        if (measured := self.clock.to_keep()) is not None:
            log.keep_measured(measured)
        if (manifest := folder.manifest()) is not None:  # its times are by this machine's clock
            self._for_liquidsoap(manifest, folder)

    def _say(self, part: str, refusal: StationRefusal | None) -> None:
        """Each trouble once, until it is another or over."""
        before, sentence = self._said.get(part, ""), self.sentence_of(refusal) if refusal is not None else ""
        self._said[part] = sentence
        if sentence and sentence not in {before, *(said for other, said in self._said.items() if other != part)}:
            self.tell(Told(what="said", detail=sentence))
        if before and not any(self._said.values()):
            self.tell(Told(what="line_back"))

    def _wait_for(self, event: Event, seconds: float) -> None:
        end = monotonic() + seconds
        while not self.stopping.is_set() and (left := end - monotonic()) > 0:
            if event.wait(min(left, 1.0)):
                return


def standing(
    folder: Folder, log: Log, clock: StationClock, received: dict[int, datetime], *, trouble: str = ""
) -> CheckIn:
    """How the station stands, for the server. Emergencies that are new are noted in `received`."""
    manifest = folder.manifest()
    played = _sounded(log)
    emergencies = []
    for call in manifest.emergencies if manifest is not None else ():
        received.setdefault(call.number, clock.now())
        airing = played.get(call.number)
        emergencies.append(
            EmergencyTold(
                number=call.number,
                received_at=received[call.number],
                played_at=from_ms(clock.put_right(airing.begun), UTC) if airing is not None else None,
            )
        )
    needs = needs_of(manifest, clock.now()) if manifest is not None else []
    return CheckIn(
        program=PROGRAM,
        now=from_ms(clock.moment().raw_ms, UTC),
        version=manifest.version if manifest is not None else None,
        lacking=sum(folder.sound(need.file.sha256) is None for need in needs) if manifest is not None else None,
        free_bytes=_free(folder.root),
        trouble=f"{trouble} {log.trouble}".strip()[:500],
        emergencies=emergencies,
    )


def _sounded(log: Log) -> dict[int, Airing]:
    """Emergencies that were heard, by number: a player that was only started may fail before it makes a sound."""
    return {each.emergency: each for each in log.emergencies() if each.emergency is not None and each.heard_ms > 0}


def _pause(failures: int) -> float:
    return _PAUSES_S[min(failures, len(_PAUSES_S) - 1)]


def _free(root: Path) -> int | None:
    try:
        return shutil.disk_usage(root).free
    except OSError:
        return None


def _found_again(wanted: str) -> Callable[[], Player]:
    """Looked for at each sound: what was removed and put back is there again."""
    return lambda: find_player(wanted)
