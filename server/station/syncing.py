"""One run of `sync`: the newest manifest, what it recalls, what it needs, and what the server is told of it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from time import sleep
from zoneinfo import ZoneInfo

from schedules.manifest import Copy, Manifest, SealedChanges, SealedManifest, with_changes
from server.formats import moment
from server.station.checking_in import check_in, tell_files
from server.station.clearing import answers_due, clear, obey_recalls
from server.station.fetching import Fetcher
from server.station.folder import Folder
from server.station.line import Line
from server.station.lock import held
from server.station.refusals import (
    LINE_REFUSALS,
    DownloadBroken,
    FilesLacking,
    FolderFull,
    SealBroken,
    ServerOlder,
    StationRefusal,
)
from server.station.seals import require_sealed
from server.station.server_door import Offered, ServerDoor
from server.station.settings import SyncSettings
from server.station.state import StationState, read_state, write_state
from server.station.wanting import Manner, Need, Night, lightest, needs_of

CLOCK_WARNS_MS = 30_000

Telling = Callable[[StationRefusal], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """Where a run is: bytes of those to fetch, and the title of the sound that is on its way."""

    done: int
    all: int
    title: str


@dataclass(slots=True, kw_only=True)
class SyncOutcome:
    """`fetched` and `upgraded` files, `later` those that wait for the night, `lacking` all that are not here.

    `trouble` is what kept the first of the lacking ones away.
    """

    version: str = ""
    renewed: bool = False
    fetched: int = 0
    upgraded: int = 0
    received: int = 0
    later: int = 0
    lacking: list[Need] = field(default_factory=list)
    trouble: StationRefusal | None = None
    recalled: int = 0
    clock_offset_ms: int | None = None

    def refusal(self, zone: ZoneInfo, tell: Telling) -> StationRefusal | None:
        """What the whole run comes to where files are lacking that do not wait for the night."""
        if self.trouble is None:
            return None
        if not self.lacking:
            return self.trouble
        return FilesLacking(count=len(self.lacking), needed=moment(self.lacking[0].at, zone), reason=tell(self.trouble))


@dataclass(slots=True, kw_only=True)
class Syncing:
    """One station's, for one run or many. `tell` makes a refusal's sentence; `moved` hears how far it is; `wait` lets
    seconds pass.
    """

    folder: Folder
    door: ServerDoor
    settings: SyncSettings
    tell: Telling
    moved: Callable[[Moved], None] = lambda _moved: None
    wait: Callable[[float], None] = sleep

    def run(self) -> SyncOutcome:
        """What could be done was done, also where the outcome tells of trouble.

        Raises FolderBusy, FolderUnwritable, FolderFull, what the door refuses of the manifest, SignedByAnother,
        SealBroken, ManifestOfAnother.
        """
        self.folder.make()
        with held(self.folder.root / "sync.lock"):
            state = read_state(self.folder.state_path)
            outcome = SyncOutcome()
            try:
                manifest = self._renewed(state, outcome)
                obey_recalls(self.folder, manifest, state)
                outcome.recalled = len(list(answers_due(self.folder, manifest, state)))
                # Said before: the answer tells how wrong this clock is, and downloads may last the night.
                self._say(state, outcome)
                clear(self.folder, state, now=self._now(state))
                self._fetch_all(manifest, state, outcome)
                if outcome.fetched or outcome.upgraded or outcome.trouble is not None:
                    self._say(state, outcome)
            finally:
                write_state(self.folder.state_path, state)
            outcome.clock_offset_ms = state.clock_offset_ms
            return outcome

    def _renewed(self, state: StationState, outcome: SyncOutcome) -> Manifest:
        before = self.folder.sealed()
        known = before is not None and state.etag_of == before.manifest.version
        offered = self.door.manifest(
            etag=state.etag if known else None, since=before.manifest.version if before is not None else None
        )
        state.contacted_at = self.door.now()
        if offered is None and before is not None:
            outcome.version = before.manifest.version
            return before.manifest
        sealed = self.whole(offered, before)
        outcome.renewed = before is None or before.manifest.version != sealed.manifest.version
        if before != sealed:
            self._keep(sealed, state)
        state.etag, state.etag_of = offered.etag if offered is not None else None, sealed.manifest.version
        outcome.version = sealed.manifest.version
        return sealed.manifest

    def _keep(self, sealed: SealedManifest, state: StationState) -> None:
        try:
            self.folder.keep(sealed)
        except FolderFull:
            clear(self.folder, state, now=self._now(state), grace=timedelta(0))
            self.folder.keep(sealed)

    def whole(self, offered: Offered | None, before: SealedManifest | None) -> SealedManifest:
        """What was offered, changes laid over what is here; asked for anew where they do not fit."""
        sealed = offered.sealed if offered is not None else None
        if isinstance(sealed, SealedChanges) and before is not None:
            laid = SealedManifest(manifest=with_changes(before.manifest, sealed.manifest), seal=sealed.seal)
            try:
                require_sealed(laid, key=self.folder.key, station=self.folder.station, where=self.door.server)
            except SealBroken:
                sealed = None
            else:
                return laid
        if not isinstance(sealed, SealedManifest):
            again = self.door.manifest()
            sealed = again.sealed if again is not None and isinstance(again.sealed, SealedManifest) else None
        if sealed is None:
            raise SealBroken(where=self.door.server)
        require_sealed(sealed, key=self.folder.key, station=self.folder.station, where=self.door.server)
        return sealed

    def _fetch_all(self, manifest: Manifest, state: StationState, outcome: SyncOutcome) -> None:
        zone = ZoneInfo(manifest.timezone)
        now = self._now(state)
        line = Line(state.line, now=now, limit_kbit=self.settings.limit_kbit, wait=self.wait)
        round_ = _Round(
            syncing=self,
            state=state,
            outcome=outcome,
            line=line,
            manner=Manner(
                copies=self.settings.copies,
                night=Night(begins=self.settings.night[0], ends=self.settings.night[1])
                if self.settings.night
                else None,
                local=now.astimezone(zone),
            ),
        )
        needs = needs_of(manifest, now)
        try:
            round_.fetch(needs)
        finally:
            outcome.lacking = [need for need in needs if not round_.here(need)]
            state.line = line.measure(now)

    def _say(self, state: StationState, outcome: SyncOutcome) -> None:
        """The line may be gone again by now: what is not heard is said at the next run."""
        manifest = self.folder.manifest()
        needs = needs_of(manifest, self._now(state)) if manifest is not None else []
        lacking = sum(self.folder.sound(need.file.sha256) is None for need in needs)
        state.trouble = self.tell(outcome.trouble) if outcome.trouble is not None else ""
        try:
            tell_files(self.folder, self.door, state, now=self.door.now())
            check_in(self.folder, self.door, state, lacking=lacking, trouble=state.trouble)
        except ServerOlder:
            pass  # one that does not want to know
        except LINE_REFUSALS as error:
            outcome.trouble = outcome.trouble or error

    def _now(self, state: StationState) -> datetime:
        """By the server's clock where this one was far off: a wrong clock does not make all slots past."""
        now, offset = self.door.now(), state.clock_offset_ms
        return now - timedelta(milliseconds=offset) if offset is not None and abs(offset) > CLOCK_WARNS_MS else now


@dataclass(slots=True, kw_only=True)
class _Round:
    """The downloads of one run."""

    syncing: Syncing
    state: StationState
    outcome: SyncOutcome
    line: Line
    manner: Manner
    done: int = 0
    all: int = 0
    title: str = ""

    def here(self, need: Need) -> bool:
        return any(self.has(copy) for copy in need.file.copies)

    def has(self, copy: Copy) -> bool:
        return self.syncing.folder.whole(copy) is not None

    def fetch(self, needs: list[Need]) -> None:
        """First something to play for every slot, then better copies where the line allows."""
        lacking = [need for need in needs if not self.here(need)]
        self.all = sum(self.manner.best(need.file).size for need in lacking)
        for need in lacking:
            copy = self.manner.copy_of(need, good_line=self.line.good, seconds_for=self.line.seconds_for)
            if copy is None:
                self.outcome.later += 1
            elif not self._fetched(need, copy):
                return
        for need in needs:
            better = self.manner.better_of(need, self.has, good_line=self.line.good) if self.here(need) else None
            if better is not None and not self._upgraded(better, need.title):
                return

    def _fetched(self, need: Need, copy: Copy) -> bool:
        """Whether there is any use in going on with others."""
        self.all += copy.size - self.manner.best(need.file).size
        try:
            self._take(copy, need.title)
        except (DownloadBroken, FolderFull) as error:
            light = lightest(need.file)
            if self.manner.copies == "auto" and light != copy:
                return self._fetched(need, light)
            self.outcome.trouble = self.outcome.trouble or error
            return isinstance(error, DownloadBroken)
        except LINE_REFUSALS as error:
            self.outcome.trouble = error
            return False
        self.outcome.fetched += 1
        return True

    def _upgraded(self, copy: Copy, title: str) -> bool:
        """The same; nothing is lacking without it, so nothing is wrong where it does not come."""
        self.all += copy.size
        try:
            self._take(copy, title)
        except (*LINE_REFUSALS, FolderFull) as error:
            return isinstance(error, DownloadBroken)
        self.outcome.upgraded += 1
        return True

    def _take(self, copy: Copy, title: str) -> None:
        self.title = title
        fetcher = Fetcher(
            folder=self.syncing.folder,
            door=self.syncing.door,
            line=self.line,
            reserve=self.syncing.settings.reserve_mb * 1_000_000,
            tell=self._moved,
        )
        try:
            fetcher.fetch(copy, title)
        except FolderFull:
            # What no manifest refers to any more has to make room, whatever its age.
            clear(self.syncing.folder, self.state, now=self.syncing.door.now(), grace=timedelta(0))
            fetcher.fetch(copy, title)
        self.state.had.add(copy.sha256)
        self.outcome.received += copy.size

    def _moved(self, size: int) -> None:
        self.done += size
        self.syncing.moved(Moved(done=self.done, all=self.all, title=self.title))
