"""A server that is killed again and again loses nothing that it took, and does nothing twice that was done."""

import base64
import hashlib
import random
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
from sqlmodel import col, select

from media.ingest import prepare
from server.db.intake import SegmentVersion
from server.db.library import Audio, Rendition, Segment
from server.services.context import Context
from server.services.intake import STEPS
from tests.server.homes import copy_home, open_home
from tests.server.jobs.serving import Served
from tests.server.services.arriving import settle_in
from tests.server.sounds import wav

KILLS = 10
_PIECE = 64 * 1024
_TUS = {"Tus-Resumable": "1.0.0"}


@dataclass(kw_only=True)
class Sending:
    """One recording on its way, by a form or by tus; it goes on where it was, whatever happened to the server."""

    source: Path
    title: str
    resumable: bool
    place: str = ""  # of the upload on the server, once it was announced
    done: bool = False
    answers: list[int] = field(default_factory=list)

    def go_on(self, address: str, key: dict[str, str]) -> None:
        """As far as the server lives."""
        try:
            with httpx.Client(base_url=address, headers=key, timeout=60) as client:
                if self.resumable:
                    self._by_tus(client)
                else:
                    self._by_form(client)
        except (httpx.NetworkError, httpx.RemoteProtocolError):
            return

    def _by_form(self, client: httpx.Client) -> None:
        said = {"title": self.title, "topic": "c01", "language": "vi", "column": ""}
        with self.source.open("rb") as file:
            reply = client.post("/api/v1/segments", data=said, files={"file": (self.source.name, file)})
        self.answers.append(reply.status_code)
        # Taken now, or (where the answer was lost with the server) before.
        self.done = reply.status_code in {201, 409}

    def _by_tus(self, client: httpx.Client) -> None:
        size = self.source.stat().st_size
        if not self.place:
            said = {"filename": self.source.name, "title": self.title, "topic": "c01", "language": "vi", "column": ""}
            pairs = ",".join(
                f"{name} {base64.b64encode(value.encode()).decode()}".strip() for name, value in said.items()
            )
            headers = {**_TUS, "Upload-Length": str(size), "Upload-Metadata": pairs}
            reply = client.post("/api/v1/uploads", headers=headers)
            self.answers.append(reply.status_code)
            assert reply.status_code == 201, reply.text
            self.place = reply.headers["Location"].removeprefix(str(client.base_url).rstrip("/"))
        reply = client.head(self.place, headers=_TUS)
        self.answers.append(reply.status_code)
        offset = int(reply.headers["Upload-Offset"])
        if offset < size:
            headers = {**_TUS, "Upload-Offset": str(offset), "Content-Type": "application/offset+octet-stream"}
            reply = client.patch(self.place, headers=headers, content=self._rest(offset))
            self.answers.append(reply.status_code)
            offset = int(reply.headers["Upload-Offset"])
        self.done = offset == size

    def _rest(self, offset: int) -> Iterator[bytes]:
        with self.source.open("rb") as file:
            file.seek(offset)
            while piece := file.read(_PIECE):
                yield piece
                time.sleep(0.02)


def ready_states(context: Context) -> list[str]:
    with context.database.read() as session:
        return list(session.exec(select(SegmentVersion.state)))


def working_on_something(context: Context) -> bool:
    with context.database.read() as session:
        under_way = select(SegmentVersion.id).where(
            SegmentVersion.state == "processing", col(SegmentVersion.step).not_in(("received", "identify"))
        )
        return session.exec(under_way).first() is not None


def wait_for_work(context: Context, *, at_most_s: float) -> None:
    until = time.monotonic() + at_most_s
    while time.monotonic() < until and not working_on_something(context):
        time.sleep(0.02)


@pytest.mark.timeout(600)
def test_ten_kills_later_each_file_is_one_segment_with_the_right_facts(empty_home: Path, tmp_path: Path) -> None:
    seed = random.SystemRandom().randrange(10**6)
    chance = random.Random(seed)  # noqa: S311 (moments to kill at, to be repeated from the printed seed)
    print(f"moments of kills: seed {seed}")  # noqa: T201 (pytest shows it where the test fails)
    home = copy_home(empty_home, tmp_path / "home")
    context = open_home(home)
    settle_in(context)
    sendings = [
        Sending(
            source=wav(tmp_path / f"{number}.wav", seed=100 + number, seconds=20.5 + number),
            title=f"Bài {number}",
            resumable=number % 2 == 1,
        )
        for number in range(KILLS)
    ]
    for sending in sendings:
        with Served(home) as served:
            threads = [
                threading.Thread(target=one.go_on, args=(served.address, served.key))
                for one in sendings
                if not one.done
            ][: 2 + sendings.index(sending)]
            for thread in threads:
                thread.start()
            if chance.random() < 0.6:
                wait_for_work(context, at_most_s=6)
            time.sleep(chance.uniform(0, 0.8))
            served.kill()
            for thread in threads:
                thread.join()
    with Served(home) as served:
        deadline = time.monotonic() + 120
        while not all(sending.done for sending in sendings) or "processing" in ready_states(context):
            assert time.monotonic() < deadline, (ready_states(context), served.said_in.read_text())
            for sending in sendings:
                if not sending.done:
                    sending.go_on(served.address, served.key)
            time.sleep(0.1)
        assert served.stop() < 10
    assert {answer for sending in sendings for answer in sending.answers} <= {200, 201, 204, 409, 503}
    _each_is_one_segment(context, sendings)
    # An announcement whose answer was lost was made again: the first, without a byte, waits until it expires.
    left = [path for path in (home / "incoming").iterdir() if not path.name.startswith("recording-")]
    assert {path.stat().st_size for path in left} <= {0}
    context.close()


def _each_is_one_segment(context: Context, sendings: list[Sending]) -> None:
    with context.database.read() as session:
        rows = session.exec(
            select(Segment, SegmentVersion, Audio)
            .join(SegmentVersion, col(SegmentVersion.segment_id) == col(Segment.id))
            .join(Audio, col(Audio.id) == col(SegmentVersion.audio_id), isouter=True)
        ).all()
        copies = session.exec(select(Rendition)).all()
    kept = {audio.sha256: (segment, version, audio) for segment, version, audio in rows if audio is not None}
    # What was sent again because the answer was lost, while the first was still on its way, is refused as known.
    others = [version for _segment, version, audio in rows if audio is None]
    assert {(version.state, (version.refusal or {}).get("code")) for version in others} <= {
        ("rejected", "segment.exists")
    }
    assert len(kept) == len(sendings)
    for sending in sendings:
        segment, version, audio = kept[hashlib.sha256(sending.source.read_bytes()).hexdigest()]
        assert (segment.title, segment.state, segment.audio_id) == (sending.title, "submitted", None)
        assert (version.state, version.step, version.progress) == ("submitted", "done", 100)
        assert [entry["step"] for entry in version.timeline if entry["ended_at"]] == list(STEPS)
        direct = prepare(sending.source, ffmpeg=context.ffmpeg, store=context.store, scratch=context.scratch)
        measured, cues = direct.examination.measurement, direct.examination.cues
        assert (audio.decoded_ms, audio.cue_in_ms, audio.cue_out_ms, audio.loudness_lufs, audio.true_peak_dbtp) == (
            measured.duration_ms,
            cues.cue_in_ms,
            cues.cue_out_ms,
            measured.loudness_lufs,
            measured.true_peak_dbtp,
        )
        assert audio.fingerprint == direct.examination.fingerprint
        made = {copy.kind: copy for copy in copies if copy.audio_id == audio.id}
        assert set(made) == {"broadcast", "light_opus", "light_mp3"}
        assert (made["broadcast"].duration_ms, made["broadcast"].loudness_lufs) == (
            direct.broadcast.duration_ms,
            direct.broadcast.loudness_lufs,
        )
        for copy in made.values():
            context.store.verify(copy.sha256)
        context.store.verify(audio.sha256)
