"""What is to be fetched, which copy of it, and whether now: arithmetic over the manifest, soonest needed first."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from schedules.manifest import Copy, File, Manifest
from server.station.settings import Copies

# What is aired that soon after the night's begin would come too late then.
_EARLY = timedelta(hours=1)
_HURRY = timedelta(minutes=2)
_CHOICES: dict[str, tuple[str, ...]] = {
    "broadcast": ("broadcast",),
    "light_opus": ("light_opus", "light_mp3"),
    "light_mp3": ("light_mp3",),
}
_BIG = "broadcast"


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """A sound that is yet to be aired, first at `at`."""

    file: File
    title: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Night:
    """When large copies may be fetched: local times, over midnight or not."""

    begins: time
    ends: time

    def holds(self, local: datetime) -> bool:
        now = local.time()
        if self.begins < self.ends:
            return self.begins <= now < self.ends
        return now >= self.begins or now < self.ends

    def next_after(self, local: datetime) -> datetime:
        today = local.replace(hour=self.begins.hour, minute=self.begins.minute, second=0, microsecond=0)
        return today if today > local else today + timedelta(days=1)


def needs_of(manifest: Manifest, now: datetime) -> list[Need]:
    """Emergencies first, then by time; what was aired already is not fetched any more."""
    found: dict[str, Need] = {}
    for sha256, title, at in _mentions(manifest, now):
        file = manifest.file(sha256) if sha256 not in found else None
        if file is not None and file.copies:
            found[sha256] = Need(file=file, title=title, at=at)
    return list(found.values())


def _mentions(manifest: Manifest, now: datetime) -> Iterator[tuple[str, str, datetime]]:
    for call in manifest.emergencies:
        if call.until > now:
            yield call.sha256, call.title, call.approved_at
    for slot in manifest.slots:  # in order of time
        if slot.starts_at + timedelta(milliseconds=slot.length_ms) > now:
            for sound in slot.sounds:
                yield sound.sha256, sound.title, slot.starts_at + timedelta(milliseconds=sound.start_ms)


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """How this station fetches. `local` is now, in its zone."""

    copies: Copies
    night: Night | None
    local: datetime

    def copy_of(self, need: Need, *, good_line: bool, seconds_for: Callable[[int], float | None]) -> Copy | None:
        """For a sound of which there is no copy yet: the one to fetch now, none where it waits for the night."""
        by_day = self.night is not None and not self.night.holds(self.local)
        waits = by_day and self.night is not None and need.at >= self.night.next_after(self.local) + _EARLY
        best = self.best(need.file)
        if self.copies != "auto":
            return None if waits and best.kind == _BIG else best
        if waits:
            return None
        seconds = seconds_for(best.size)
        left = need.at - self.local - _HURRY
        hurried = seconds is not None and timedelta(seconds=seconds) > left
        return lightest(need.file) if by_day or hurried or not good_line else best

    def better_of(self, need: Need, has: Callable[[Copy], bool], *, good_line: bool) -> Copy | None:
        """For a sound of which some copy is here: the one that is to take its place now."""
        best = self.best(need.file)
        if has(best) or (self.copies == "auto" and not good_line):
            return None
        by_day = self.night is not None and not self.night.holds(self.local)
        return None if by_day and best.kind == _BIG else best

    def best(self, file: File) -> Copy:
        """What a station that fetches in this manner wants in the end."""
        choices = _CHOICES.get(self.copies, ("broadcast",))
        return next((copy for kind in choices for copy in file.copies if copy.kind == kind), file.copies[0])


def lightest(file: File) -> Copy:
    return min(file.copies, key=lambda copy: copy.size)
