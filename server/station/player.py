"""Programs that make sounds: mpv, ffplay, or a command that the station names.

A player is a child process for each sound. It dies with the program that started it, so that a program that was killed
and started again never plays over itself (where the system can tell a child so: `setpriv` of Linux).
"""

import os
import shlex
import shutil
import subprocess
from collections import deque
from dataclasses import dataclass
from threading import Thread
from time import monotonic

from server.station.air_refusals import PlayerMissing

KNOWN = ("mpv", "ffplay")
# So much silence of a relayed station is no pause of a speaker.
SILENCE_S = 10
_SILENCE = f"silencedetect=noise=-50dB:d={SILENCE_S}"
_LINE_S = 10
_GENTLE_S = 0.5
_SHOWN_LINES = 5
_LONGEST_LINE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Player:
    """`words` have {file} for a path or address and, where the player can begin within a sound, {start} for seconds.

    `relay_words` are for a stream; `hears_silence`: they write "silence_start" when it is silent.
    """

    words: tuple[str, ...]
    relay_words: tuple[str, ...]
    hears_silence: bool

    @property
    def enters(self) -> bool:
        return any("{start}" in word for word in self.words)

    def play(self, path: str, *, offset_ms: int = 0) -> "Sounding":
        """Raises PlayerMissing."""
        return Sounding(_filled(self.words, path, offset_ms))

    def relay(self, url: str) -> "Sounding":
        """Raises PlayerMissing."""
        return Sounding(_filled(self.relay_words, url, 0))


def find_player(wanted: str) -> Player:
    """By the setting: auto, mpv, ffplay, or a command with {file}. Raises PlayerMissing."""
    names = KNOWN if wanted == "auto" else (shlex.split(wanted)[0],)
    found = next((name for name in names if shutil.which(name)), None)
    if found is None:
        raise PlayerMissing(looked=list(names))
    if wanted not in {"auto", *KNOWN}:
        words = tuple(shlex.split(wanted))
        return Player(words=words, relay_words=words, hears_silence=any("silencedetect" in word for word in words))
    return _mpv() if found == "mpv" else _ffplay()


class Sounding:
    """A player at work. `silent`: a stream that it passes on has been silent for SILENCE_S."""

    def __init__(self, command: list[str]) -> None:
        self.command = command
        self.silent = False
        self._said: deque[str] = deque(maxlen=_SHOWN_LINES)
        self._begun = monotonic()
        try:
            self._child = subprocess.Popen(  # noqa: S603 (the station's own command)
                _dying_with_us(command), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
            )
        except OSError as error:
            raise PlayerMissing(looked=[command[0]]) from error
        self._listener = Thread(target=self._listen, daemon=True)
        self._listener.start()

    @property
    def pid(self) -> int:
        return self._child.pid

    @property
    def said(self) -> str:
        return " · ".join(self._said)

    @property
    def heard_ms(self) -> int:
        """For how long it has been at work."""
        return round((monotonic() - self._begun) * 1000)

    def ended(self) -> int | None:
        """Its exit status, None while it sounds."""
        status = self._child.poll()
        if status is not None:
            self._listener.join(_GENTLE_S)
        return status

    def stop(self) -> None:
        self._child.terminate()
        try:
            self._child.wait(_GENTLE_S)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()
        self._listener.join(_GENTLE_S)

    def _listen(self) -> None:
        assert self._child.stdout is not None  # noqa: S101 (it was asked for)
        with self._child.stdout as output:
            while line := output.readline(_LONGEST_LINE):
                text = line.decode(errors="replace").strip()
                if "silence_start" in text:
                    self.silent = True
                elif "silence_end" in text:
                    self.silent = False
                elif text:
                    self._said.append(text)


def _mpv() -> Player:
    always = ("mpv", "--no-config", "--no-video", "--input-terminal=no", "--quiet")
    return Player(
        words=(*always, "--msg-level=all=error", "--start={start}", "--", "{file}"),
        relay_words=(
            *always,
            "--msg-level=all=error,ffmpeg=v",
            f"--network-timeout={_LINE_S}",
            f"--af=lavfi=[{_SILENCE}]",
            "--",
            "{file}",
        ),
        hears_silence=True,
    )


def _ffplay() -> Player:
    always = ("ffplay", "-nodisp", "-autoexit", "-hide_banner", "-nostats")
    return Player(
        words=(*always, "-loglevel", "error", "-ss", "{start}", "-i", "{file}"),
        relay_words=(
            *always,
            *("-loglevel", "info", "-rw_timeout", str(_LINE_S * 1_000_000), "-af", _SILENCE, "-i", "{file}"),
        ),
        hears_silence=True,
    )


def _filled(words: tuple[str, ...], what: str, offset_ms: int) -> list[str]:
    start = f"{offset_ms / 1000:.3f}"
    return [word.replace("{start}", start).replace("{file}", what) for word in words]


def _dying_with_us(command: list[str]) -> list[str]:
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        return command
    # Who has died before the signal is asked for sends none: a player that finds another parent does not begin.
    begun = ["/bin/sh", "-c", '[ "$PPID" = "$0" ] && exec "$@"', str(os.getpid()), *command]
    return [setpriv, "--pdeathsig", "KILL", "--", *begun]
