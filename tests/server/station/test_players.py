"""mpv and ffplay as a station starts them: they really decode, begin within a sound, and hear a stream fall silent."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from time import monotonic, sleep

import pytest

from server.station.air_refusals import PlayerMissing
from server.station.player import SILENCE_S, Player, Sounding, find_player
from tests.server.station.sinks import ffmpeg
from tests.server.worlds import mp3


def player(name: str) -> Player:
    """As it is found, but for the sound card, which a machine for tests does not have."""
    found = find_player(name)
    if name == "mpv":
        card = ("--ao=null",)
        return replace(
            found,
            words=(found.words[0], *card, *found.words[1:]),
            relay_words=(found.relay_words[0], *card, *found.relay_words[1:]),
        )
    driver = ("env", "SDL_AUDIODRIVER=dummy")
    return replace(found, words=(*driver, *found.words), relay_words=(*driver, *found.relay_words))


def until(ready: Callable[[], bool], sounding: Sounding, *, seconds: float = 60) -> None:
    end = monotonic() + seconds
    while not ready():
        assert monotonic() < end, sounding.said
        sleep(0.05)


@contextmanager
def stream(content: bytes) -> Iterator[str]:
    """An address at which these bytes come as a stream does: no length, and nothing after them, but no end either."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "audio/mpeg")
            self.end_headers()
            self.wfile.write(content)
            self.wfile.flush()
            while not over:
                sleep(0.1)

        def log_message(self, *_words: object) -> None:
            pass

    over: list[bool] = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/air.mp3"
    finally:
        over.append(True)
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def tone(tmp_path: Path) -> Path:
    path = tmp_path / 'Bài "một", 50% & hơn.mp3'
    path.write_bytes(mp3(4, "tone"))
    return path


@pytest.mark.parametrize("name", ["mpv", "ffplay"])
def test_a_sound_is_played_to_its_end_and_a_part_of_it_sooner(name: str, tone: Path) -> None:
    took = []
    for offset_ms in (0, 3_000):
        sounding = player(name).play(str(tone), offset_ms=offset_ms)
        until(lambda: sounding.ended() is not None, sounding)  # noqa: B023 (asked at once)
        assert sounding.ended() == 0, sounding.said
        took.append(sounding.heard_ms)
    assert took[0] >= 3_900
    assert took[1] < took[0]


def test_what_is_no_sound_ends_mpv_with_what_it_says(tmp_path: Path) -> None:
    broken = tmp_path / "broken.mp3"
    broken.write_bytes(b"<html>" * 50)
    sounding = player("mpv").play(str(broken))
    until(lambda: sounding.ended() is not None, sounding)
    assert sounding.ended() == 2
    assert sounding.said


@pytest.mark.parametrize("name", ["mpv", "ffplay"])
def test_a_stream_that_falls_silent_is_noticed(name: str, tmp_path: Path) -> None:
    path = tmp_path / "stream.mp3"
    silence = f"apad=pad_dur={SILENCE_S + 15}"
    source = ["-f", "lavfi", "-i", "sine=440:duration=2", "-af", silence, "-b:a", "64k"]
    subprocess.run([ffmpeg(), "-v", "error", *source, str(path)], check=True)
    with stream(path.read_bytes()) as url:
        sounding = player(name).relay(url)
        try:
            until(lambda: sounding.silent, sounding)
            assert sounding.ended() is None
        finally:
            sounding.stop()


def test_a_player_dies_with_the_program_that_started_it() -> None:
    program = (
        "import sys, time\nfrom server.station.player import Sounding\n"
        "sounding = Sounding(['sleep', '600'])\nprint(sounding.pid, flush=True)\ntime.sleep(600)\n"
    )
    process = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    with process.stdout as said:
        pid = int(said.readline())
        process.kill()
        process.wait()
    end = monotonic() + 20
    while Path(f"/proc/{pid}/stat").exists() and Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z":
        assert monotonic() < end
        sleep(0.05)


def test_a_machine_without_the_player_that_is_wanted_says_which() -> None:
    with pytest.raises(PlayerMissing) as missing:
        find_player("/opt/no/such --file {file}")
    assert missing.value.looked == ["/opt/no/such"]


def test_only_a_command_with_a_start_can_begin_within_a_sound() -> None:
    assert find_player("cat {start} {file}").enters
    assert not find_player("cat {file}").enters
    assert find_player("mpv").enters
