"""A station's air: at every step what is due is held against what sounds, and what sounds is put right.

Nothing here waits for a line, and nothing that goes wrong ends it: a player that fails is tried again from where it
was, a sound that is not there is missed and told, and the log is kept in memory while the disk takes nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from time import monotonic

from schedules.air_now import LATE, Air, Due, LaidOut, air_at, laid_out, passed_between
from schedules.instants import to_ms
from schedules.manifest import Manifest
from server.station.air_refusals import PlayerMissing
from server.station.clock import StationClock
from server.station.log import Airing, Log, day_before
from server.station.player import SILENCE_S, Player, Sounding

_KEEP_S = 1.0
_TICK_S = 0.05
_IDLE_S = 0.25
_LOOK_AGAIN_S = 1.0
_QUIET_S = 60.0
_PATIENCE_S = (0.2, 1.0, 3.0, 10.0)
# A player that fails sooner made no sound.
_NO_SOUND_MS = 1_000
_ASLEEP = timedelta(seconds=30)
_SOUNDS = {".mp3", ".opus", ".ogg", ".flac", ".wav", ".m4a", ".aac"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """Something that who watches the station should know: `what` names it, see `words.told`."""

    what: str
    title: str = ""
    detail: str = ""


@dataclass(slots=True, kw_only=True)
class _Now:
    due: Due
    airing: Airing
    sounding: Sounding
    heard_before_ms: int
    kept: float


@dataclass(slots=True, kw_only=True)
class _Trying:
    times: int = 0
    not_before: float = 0.0


@dataclass(kw_only=True)
class OnAir:
    """`manifest` and `sound` are asked at every step and remember for themselves; `relay` is "" where none is passed on,
    "line" where the station's own equipment does that and the player keeps silent meanwhile.
    """

    manifest: Callable[[], Manifest | None]
    sound: Callable[[str], Path | None]
    player: Callable[[], Player]
    log: Log
    clock: StationClock
    tell: Callable[[Told], None]
    relay: str = ""
    filler: Path | None = None

    _laid: LaidOut | None = None
    _laid_with: tuple[Manifest, frozenset[str]] | None = None
    _now: _Now | None = None
    _filling: Sounding | None = None
    _filled: int = 0
    _silent: set[str] = field(default_factory=set)
    _quiet: dict[str, float] = field(default_factory=dict)
    _over: set[str] = field(default_factory=set)
    _open: dict[str, Airing] = field(default_factory=dict)
    _trying: dict[str, _Trying] = field(default_factory=dict)
    _absent: dict[str, float] = field(default_factory=dict)
    _looked: datetime | None = None
    _urgent: datetime | None = None
    _told: set[tuple[str, str]] = field(default_factory=set)

    def __post_init__(self) -> None:
        for airing in self.log.since(day_before(self.clock.now())):
            if airing.state == "sounding":
                airing.why = airing.why or "killed"
                self._open[airing.id] = airing
            else:
                self._over.add(airing.id)

    @property
    def due(self) -> Due | None:
        return self._now.due if self._now is not None else None

    def step(self) -> float:
        """Puts the air right; in how many seconds it is to be asked again."""
        now = self.clock.now()
        manifest = self.manifest()
        if manifest is None:
            self._once("nothing_yet")
            self._end("replanned")
            return _IDLE_S
        laid = self._lay_out(manifest)
        self._hear()
        air = self._air(laid, now)
        if self._now is not None and (air.due is None or air.due.id != self._now.due.id):
            self._end(self._why_ended(laid, air, now))
            air = self._air(laid, now)
        if self._now is None and air.due is not None:
            self._begin(air.due, air.offset_ms)
        self._fill(wanted=air.gap and self._now is None)
        self._close_what_is_over(laid, now)
        self._note_missed(laid, now)
        if self._now is not None:
            return _TICK_S
        return _IDLE_S if air.then is None else min(max((air.then.starts_at - now).total_seconds(), 0.01), _IDLE_S)

    def stop(self) -> None:
        """The sound ends; whoever plays next goes on with it, if it is still due."""
        self._end("stopped")
        self._fill(wanted=False)

    def _lay_out(self, manifest: Manifest) -> LaidOut:
        made_of = (manifest, frozenset(self._silent))
        if self._laid is None or self._laid_with is None or not _same(self._laid_with, made_of):
            self._laid = laid_out(manifest, relays=bool(self.relay), silent=self._silent)
            self._laid_with = made_of
        return self._laid

    def _air(self, laid: LaidOut, now: datetime) -> Air:
        rests = {key for key, until in self._quiet.items() if monotonic() < until}
        return air_at(
            laid,
            now,
            has=self._has,
            over=self._over | rests,
            heard_ms={airing.id: airing.heard_ms for airing in self._open.values()},
            playing=self._now.due.id if self._now is not None else None,
            relays=bool(self.relay),
        )

    def _has(self, sha256: str) -> bool:
        """What is not there is looked for again after a moment: a bad copy is read whole to be found bad."""
        if monotonic() < self._absent.get(sha256, 0.0):
            return False
        if self.sound(sha256) is not None:
            return True
        self._absent[sha256] = monotonic() + _LOOK_AGAIN_S
        return False

    def _begin(self, due: Due, offset_ms: int) -> None:
        trying = self._trying.setdefault(due.id, _Trying())
        if monotonic() < trying.not_before:
            return
        airing = self._open.get(due.id) or Airing.of(due, self.clock.moment())
        if due.kind == "relay" and self.relay == "line":
            return
        try:
            player = self.player()
            if due.sha256 is None:
                sounding = player.relay(self.relay)
            elif offset_ms and not player.enters and due.emergency is None:
                self._once("cannot_enter", due)
                self._give_up(due, airing, "cannot_enter")
                return
            else:
                path = self.sound(due.sha256)
                if path is None:
                    return
                sounding = player.play(str(path.absolute()), offset_ms=offset_ms)
        except PlayerMissing as missing:
            self._once("player_missing", detail=", ".join(missing.looked))
            self._again_later(due)
            return
        if airing.heard_ms == 0 and offset_ms:
            airing.why = airing.why or "joined"
        self._now = _Now(due=due, airing=airing, sounding=sounding, heard_before_ms=airing.heard_ms, kept=monotonic())
        self._open[due.id] = airing
        self.log.keep(airing)
        self.tell(Told(what=f"begins_{due.kind}", title=due.title))

    def _hear(self) -> None:
        """What became of the sound that plays."""
        now = self._now
        if now is None:
            return
        now.airing.heard_ms = min(now.heard_before_ms + now.sounding.heard_ms, now.due.duration_ms)
        self._urgent = self.clock.now() if now.due.emergency is not None else self._urgent
        status = now.sounding.ended()
        if now.due.kind == "relay" and (status is not None or now.sounding.silent):
            self._relay_lost(now, silent=now.sounding.silent)
            return
        if status is None:
            if monotonic() - now.kept >= _KEEP_S:
                now.kept = monotonic()
                self.log.keep(now.airing)
            return
        whole = self._reached_end(now)
        if now.sounding.heard_ms < _NO_SOUND_MS and not now.airing.whole:
            now.airing.heard_ms = now.heard_before_ms
        if status == 0 and whole:
            self._now = None
            if now.airing.whole:
                now.airing.heard_ms, now.airing.why = now.due.duration_ms, ""
            elif now.airing.heard_ms == 0:
                now.airing.why = "player"
            self._finish(now.airing)
            return
        self._now = None
        now.airing.why = "player"
        self.log.keep(now.airing)
        self._once("player_failed", now.due, detail=now.sounding.said or str(status))
        self._again_later(now.due)

    def _reached_end(self, now: _Now) -> bool:
        """A player that ends in time, of a sound that it may have entered in its middle."""
        if now.due.kind == "emergency":
            return now.airing.whole
        left = now.due.ends_at - self.clock.now()
        return now.airing.whole or left <= timedelta(milliseconds=1_500)

    def _relay_lost(self, now: _Now, *, silent: bool) -> None:
        lost = SILENCE_S * 1000 if silent else 0
        now.airing.heard_ms = max(now.airing.heard_ms - lost, now.heard_before_ms)
        if not silent and now.sounding.heard_ms < _NO_SOUND_MS:
            now.airing.heard_ms = now.heard_before_ms
        now.sounding.stop()
        self._now = None
        now.airing.why = "relay_silent" if silent else "relay_lost"
        self.log.keep(now.airing)
        self._once(now.airing.why, now.due, detail=now.sounding.said)
        own = self._own_sounds(now.due.slot) if now.due.slot is not None else False
        if now.due.slot is not None and own:
            self._silent.add(now.due.slot)
            self._finish(now.airing)
        elif now.due.slot is None:
            self._quiet[now.due.id] = monotonic() + _QUIET_S
        else:
            self._again_later(now.due)

    def _own_sounds(self, key: str) -> bool:
        assert self._laid is not None  # noqa: S101 (something was due)
        slot = next((slot for slot in self._laid.manifest.slots if slot.key == key), None)
        return slot is not None and any(self._has(sound.sha256) for sound in slot.sounds)

    def _again_later(self, due: Due) -> None:
        trying = self._trying.setdefault(due.id, _Trying())
        trying.not_before = monotonic() + _PATIENCE_S[min(trying.times, len(_PATIENCE_S) - 1)]
        trying.times += 1

    def _end(self, why: str) -> None:
        """What sounds is cut; its time by the plan may not be over."""
        now = self._now
        if now is None:
            return
        self._now = None
        now.airing.heard_ms = min(now.heard_before_ms + now.sounding.heard_ms, now.due.duration_ms)
        now.sounding.stop()
        now.airing.why = why
        if why in {"recalled", "replanned"}:
            self._finish(now.airing)
        else:
            self.log.keep(now.airing)

    def _why_ended(self, laid: LaidOut, air: Air, now: datetime) -> str:
        assert self._now is not None  # noqa: S101 (asked by who ends it)
        due = self._now.due
        if air.due is not None and air.due.emergency is not None:
            return "emergency"
        if any(due.sha256 in recall.files for recall in laid.manifest.recalls):
            return "recalled"
        if now >= due.ends_at:
            return "joined" if self._now.airing.why == "joined" else "overran"
        return "slot" if due.slot is None and due.kind == "relay" else "replanned"

    def _finish(self, airing: Airing) -> None:
        airing.state = "over" if airing.heard_ms > 0 else "missed"
        if airing.whole:
            airing.why = ""
        self._open.pop(airing.id, None)
        self._over.add(airing.id)
        self.log.keep(airing)

    def _give_up(self, due: Due, airing: Airing, why: str) -> None:
        airing.why = why
        self._trying.pop(due.id, None)
        self._finish(airing)

    def _close_what_is_over(self, laid: LaidOut, now: datetime) -> None:
        playing = self._now.due.id if self._now is not None else None
        now_ms = to_ms(now - LATE)
        for airing in list(self._open.values()):
            if airing.id != playing and (airing.ends_ms <= now_ms or self._gone(laid, airing)):
                self._finish(airing)

    @staticmethod
    def _gone(laid: LaidOut, airing: Airing) -> bool:
        if airing.slot is None and airing.emergency is None:
            return False
        return all(due.id != airing.id for due in (*laid.sounds, *laid.emergencies))

    def _note_missed(self, laid: LaidOut, now: datetime) -> None:
        """What nobody began in its time, while this program was there to play it."""
        since, self._looked = self._looked or now, now
        if now - since > _ASLEEP:  # the machine slept, or its clock was set: what was aired meanwhile nobody here knows
            return
        for due in passed_between(laid, since, now):
            if due.id in self._over or due.id in self._open:
                continue
            if due.kind == "relay" and self.relay == "line":
                continue
            why = "lacking" if due.sha256 is not None and not self._has(due.sha256) else "player"
            if self._trying.get(due.id) is None and why == "player":
                why = "emergency" if self._urgent is not None and self._urgent >= due.starts_at else "other"
            self.tell(Told(what=f"missed_{why}", title=due.title))
            self._give_up(due, Airing.of(due, self.clock.moment()), why)

    def _fill(self, *, wanted: bool) -> None:
        if self._filling is not None and (not wanted or self._filling.ended() is not None):
            self._filling.stop()
            self._filling = None
        if not wanted or self._filling is not None or self.filler is None:
            return
        paths = _fillers(self.filler)
        if not paths:
            self._once("filler_missing", detail=str(self.filler))
            return
        try:
            self._filling = self.player().play(str(paths[self._filled % len(paths)].absolute()))
        except PlayerMissing as missing:
            self._once("player_missing", detail=", ".join(missing.looked))
        self._filled += 1

    def _once(self, what: str, due: Due | None = None, *, detail: str = "") -> None:
        mark = (what, due.id if due is not None else detail)
        if mark not in self._told:
            self._told.add(mark)
            self.tell(Told(what=what, title=due.title if due is not None else "", detail=detail))


def _same(one: tuple[Manifest, frozenset[str]], other: tuple[Manifest, frozenset[str]]) -> bool:
    return one[0] is other[0] and one[1] == other[1]


def _fillers(place: Path) -> list[Path]:
    if place.is_file():
        return [place]
    try:
        return sorted(path for path in place.iterdir() if path.suffix.lower() in _SOUNDS)
    except OSError:
        return []
