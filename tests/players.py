"""Real players, started on a folder of audio and asked what they make of its playlists.

Each is started by name, reached on a socket of its own and ended by its process id; a missing one is an error.
"""

import json
import os
import re
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path


class PlayerFailed(AssertionError):
    """What the player said is the message."""


@contextmanager
def _running(command: list[str], folder: Path, said: Path) -> Iterator[subprocess.Popen[bytes]]:
    at_utc_plus_7 = {**os.environ, "TZ": "Asia/Ho_Chi_Minh"}
    with said.open("wb") as sink:
        process = subprocess.Popen(
            command, cwd=folder, env=at_utc_plus_7, stdin=subprocess.DEVNULL, stdout=sink, stderr=sink
        )
    try:
        yield process
    finally:
        process.kill()  # Liquidsoap may take a gentle signal and stay
        process.wait()


class _Mpd:
    """mpd's own protocol over its Unix socket."""

    def __init__(self, address: Path) -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.settimeout(60)
        self._socket.connect(str(address))
        self._lines = self._socket.makefile("r", encoding="utf-8", newline="\n")
        self._lines.readline()

    def ask(self, *words: str) -> list[tuple[str, str]]:
        quoted = ['"' + word.replace("\\", "\\\\").replace('"', '\\"') + '"' for word in words[1:]]
        self._socket.sendall((" ".join([words[0], *quoted]) + "\n").encode())
        answers: list[tuple[str, str]] = []
        for line in self._lines:
            if line == "OK\n":
                return answers
            if line.startswith("ACK"):
                raise PlayerFailed(f"mpd, asked {words}, said {line.strip()}")
            key, _, value = line.rstrip("\n").partition(": ")
            answers.append((key, value))
        raise PlayerFailed(f"mpd hung up on {words}")

    def close(self) -> None:
        self._lines.close()
        self._socket.close()


def _wait(what: str, seconds: float, ready: Callable[[], bool], told: Callable[[], str]) -> None:
    end = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > end:
            raise PlayerFailed(f"{what}: not within {seconds} s\n{told()}")
        time.sleep(0.02)


def _listens(address: Path) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as caller:
        return caller.connect_ex(str(address)) == 0


def _played(log: Path) -> list[str]:
    return re.findall(r'player: played "(.*)"', log.read_text(errors="replace"))


def _ended(mpd: _Mpd, log: Path, heard: int) -> bool:
    status = dict(mpd.ask("status"))
    if "error" in status:
        raise PlayerFailed(f"mpd: {status['error']}")
    return status["state"] == "stop" and len(_played(log)) > heard


def mpd_reads(
    folder: Path, playlist: str, *, play: bool = True, seconds: float = 60, keep_log: Path | None = None
) -> list[tuple[str, float]]:
    """What mpd lists for a playlist in a folder of audio, in order: the title it shows and how long it is.

    Of an M3U mpd shows the whole "artist - title" of `#EXTINF`. With `play` each track is played to its end
    into nowhere, faster than it sounds, within `seconds`; one that did not play is PlayerFailed. Its log is copied to
    `keep_log`.
    """
    with tempfile.TemporaryDirectory(prefix="mpd-") as own:
        address, log, settings = Path(own, "socket"), Path(own, "log"), Path(own, "mpd.conf")
        log_said = partial(log.read_text, errors="replace")
        log.touch()
        Path(own, "playlists").mkdir()
        settings.write_text(
            f'music_directory "{folder.resolve()}"\nplaylist_directory "{own}/playlists"\ndb_file "{own}/db"\n'
            f'bind_to_address "{address}"\nlog_file "{log}"\nlog_level "verbose"\nzeroconf_enabled "no"\n'
            'audio_output {\n type "null"\n name "nowhere"\n sync "no"\n}\n'
        )
        with _running(["mpd", "--no-daemon", str(settings)], folder, Path(own, "said")) as process:
            _wait("mpd starts", 20, lambda: _listens(address) or process.poll() is not None, log_said)
            if process.poll() is not None:
                raise PlayerFailed(Path(own, "said").read_text(errors="replace"))
            mpd = _Mpd(address)
            try:
                mpd.ask("update")
                _wait("mpd scans", 60, lambda: "updating_db" not in dict(mpd.ask("status")), log_said)
                mpd.ask("load", playlist)
                entries: list[dict[str, str]] = []
                for key, value in mpd.ask("playlistinfo"):
                    if key == "file":
                        entries.append({})
                    entries[-1][key] = value
                for entry in entries if play else ():
                    # One at a time: unthrottled, mpd now and then begins a short track a second time.
                    heard = len(_played(log))
                    mpd.ask("clear")
                    mpd.ask("add", entry["file"])
                    mpd.ask("play", "0")
                    ended = partial(_ended, mpd, log, heard)
                    _wait(f"mpd plays {entry['file']}", seconds, ended, log_said)
                    if set(_played(log)[heard:]) != {entry["file"]}:
                        raise PlayerFailed(log_said())
            finally:
                mpd.close()
        if keep_log is not None:
            shutil.copy(log, keep_log)
    return [(entry.get("Name") or entry.get("Title") or "", float(entry["duration"])) for entry in entries]


_SCRIPT = """
settings.init.allow_root.set(true)
settings.log.stdout.set(false)
settings.log.file.set(true)
settings.log.file.path.set({log})
files = playlist.files({playlist})
print("FOUND #{{list.length(files)}}")
if list.length(files) == 0 then exit(1) end
started = ref(0)
radio = request.queue(interactive=false, prefetch=2, queue=list.map(request.create, files))
def started_track(facts)
  started := !started + 1
  print("STARTED " ^ json.stringify(compact=true, facts))
end
def stopped()
  if !started >= list.length(files) then
    print("ENDED")
    shutdown()
  end
end
radio = source.on_track(radio, started_track)
clock.assign_new(sync="none", [radio])
output.dummy(fallible=true, on_stop=stopped, radio)
"""


# What stations have: the script of a player, and after it what `schedules.logs.liquidsoap_log` asks them to add.
_STATION = """
settings.init.allow_root.set(true)
settings.log.stdout.set(false)
settings.log.file.set(true)
settings.log.file.path.set({log})
files = playlist.files({playlist})
radio = request.queue(id="radio", interactive=false, queue=list.map(request.create, files))
{added}
output.dummy(fallible=true, on_stop=shutdown, radio)
"""
_LOGS_ALL = """
def loa_track(m) = log.important(label="loa", json.stringify(compact=true, m)) end
radio = source.on_track(radio, loa_track)
"""


def _string(path: Path) -> str:
    return json.dumps(str(path), ensure_ascii=False)


def liquidsoap_plays(folder: Path, playlist: str, *, seconds: float = 120) -> list[str]:
    """What Liquidsoap airs of a playlist, in order, as fast as it decodes: the title, or else the file's name.

    That is about a minute of audio a second where the machine has nothing else to do: give it a day, not a month.
    It runs in `folder`, which is where the relative paths of `annotate:` lines are looked for. A track that
    does not play, or a playlist without one, is PlayerFailed with Liquidsoap's log.
    """
    with tempfile.TemporaryDirectory(prefix="liquidsoap-") as own:
        script, said, log = Path(own, "play.liq"), Path(own, "said"), Path(own, "log")
        log.touch()
        script.write_text(_SCRIPT.format(log=_string(log), playlist=_string(folder.resolve() / playlist)))
        with _running(["liquidsoap", str(script)], folder, said) as process:
            try:
                process.wait(seconds)
            except subprocess.TimeoutExpired:
                process.kill()
        lines = said.read_text(errors="replace").splitlines()
        if "ENDED" not in lines:
            raise PlayerFailed("\n".join([*lines, log.read_text(errors="replace")]))
    started = [dict(json.loads(line.removeprefix("STARTED "))) for line in lines if line.startswith("STARTED ")]
    return [facts.get("title") or facts.get("song") or Path(facts["filename"]).name for facts in started]


def liquidsoap_logs(folder: Path, playlist: str, *, all_it_knows: bool, seconds: float = 60) -> bytes:
    """The log of a station's Liquidsoap that plays the playlist once, as long as it sounds, then shuts down.

    With `all_it_knows` its script logs what it knows of each track; else the log is as Liquidsoap writes it.
    """
    with tempfile.TemporaryDirectory(prefix="liquidsoap-") as own:
        script, said, log = Path(own, "station.liq"), Path(own, "said"), Path(own, "log")
        log.touch()
        given = _string(folder.resolve() / playlist)
        script.write_text(_STATION.format(log=_string(log), playlist=given, added=_LOGS_ALL if all_it_knows else ""))
        with _running(["liquidsoap", str(script)], folder, said) as process:
            try:
                process.wait(seconds)
            except subprocess.TimeoutExpired:
                raise PlayerFailed(said.read_text(errors="replace") + log.read_text(errors="replace")) from None
        return log.read_bytes()


_OPENED = re.compile(r"main input debug: `(file://.*)' successfully opened")
_ITEM = re.compile(r"main playlist debug: resyncing on (.*)")


def vlc_plays(folder: Path, playlist: str, *, each: float | None = None, seconds: float = 120) -> list[tuple[str, str]]:
    """The titles that VLC shows of a playlist and the names of their files, in order, each played as long as it sounds or for `each` seconds.

    It sounds nowhere. A file that it can't open or play is PlayerFailed with its log. VLC starts for no root, so root
    has nobody start it, on a copy of the folder that everybody may read.
    """
    with tempfile.TemporaryDirectory(prefix="vlc-") as own:
        home, stick = Path(own, "home"), Path(own, "stick")
        home.mkdir()
        shutil.copytree(folder, stick)
        subprocess.run(["chmod", "-R", "a+rX", own], check=True)
        as_nobody = {"user": "nobody"} if os.geteuid() == 0 else {}
        if as_nobody:
            shutil.chown(home, user="nobody")
        command = ["cvlc", "--intf", "dummy", "-vv", "--no-color", "--ignore-config", "--no-media-library", "--no-dbus"]
        command += ["--no-metadata-network-access", "--no-auto-preparse", "--sout", "#dummy", "--play-and-exit"]
        command += ["--run-time", str(each)] if each is not None else []
        log = Path(own, "log")
        with log.open("wb") as sink:
            process = subprocess.Popen(
                [*command, playlist],
                cwd=stick,
                env={**os.environ, "HOME": str(home), "TZ": "Asia/Ho_Chi_Minh"},
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=sink,
                **as_nobody,
            )
            try:
                process.wait(seconds)
            finally:
                process.kill()
                process.wait()
        said = log.read_text(errors="replace")
    items, opened = _ITEM.findall(said)[1:], _OPENED.findall(said)[1:]  # the first of each is the playlist itself
    if process.returncode or not items or len(opened) != len(items) or "can't be opened" in said:
        raise PlayerFailed(said)
    return [(title, Path(file).name) for title, file in zip(items, opened, strict=True)]
