"""The service killed (SIGKILL) at random moments while tuspy, and a bare line, send to it: nothing told as kept is lost."""

import hashlib
import itertools
import os
import random
import threading
import time
from base64 import b64encode
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any, cast

import pytest
from tusclient.client import TusClient

from tests.server.api.test_tus import SAID, UPLOADS
from tests.server.api.tus_service import Service
from tests.server.homes import copy_home
from tests.server.sounds import wav
from tests.server.worlds import World

CHUNK = 64 * 1024


@pytest.fixture
def service(sounding_home: World, tmp_path: Path) -> Iterator[Service]:
    with Service(copy_home(sounding_home.context.home, tmp_path / "home")) as running:
        yield running


@pytest.fixture
def chance() -> random.Random:
    """`LOA_TEST_SEED` brings the same moments again."""
    seed = os.environ.get("LOA_TEST_SEED") or str(random.SystemRandom().randrange(10**6))
    print(f"LOA_TEST_SEED={seed}")  # noqa: T201 (shown where the test fails)
    return random.Random(seed)  # noqa: S311 (moments, not secrets)


def test_tuspy_sends_files(service: Service, tmp_path: Path) -> None:
    client = TusClient(f"{service.url}{UPLOADS}", headers=service.key)
    sent: dict[str, bytes] = {}
    for seed, (checksums, sizes) in enumerate(itertools.product((False, True), ({}, {"chunk_size": 300_000}))):
        content = wav(tmp_path / "a.wav", seconds=21, seed=seed).read_bytes()
        uploader: Any = client.uploader(
            file_stream=BytesIO(content), metadata=SAID, upload_checksum=checksums, **cast(dict[str, Any], sizes)
        )
        uploader.upload()
        sent[uploader.request.response_headers["loa-segment"]] = content
    assert len(sent) == 4
    for code, content in sent.items():
        segment = service.settled(code)
        assert (segment["state"], segment["title"]) == ("submitted", "chương trình")
        assert segment["versions"][0]["audio"]["original_sha256"] == hashlib.sha256(content).hexdigest()


class SlowStream(BytesIO):
    """A file on a slow disk, so that the moments are many."""

    def read(self, size: int | None = -1, /) -> bytes:
        time.sleep(0.01)
        return super().read(size)


@pytest.mark.parametrize(("kills", "checksums"), [(10, False), (4, True)], ids=["without checksums", "with checksums"])
def test_tuspy_goes_on_where_it_was_whenever_the_service_is_killed(
    service: Service, chance: random.Random, tmp_path: Path, *, kills: int, checksums: bool
) -> None:
    content = wav(tmp_path / "a.wav", seconds=60).read_bytes()
    stream = SlowStream(content)
    moments = sorted(chance.randrange(len(content)) for _ in range(kills))
    told: list[int] = []
    done = threading.Event()

    def murderer() -> None:
        for moment in moments:
            while (told[-1] if told else 0) < moment - CHUNK and not done.is_set():
                time.sleep(0.002)
            time.sleep(chance.uniform(0, 0.03))
            service.kill()
            service.start()

    client = TusClient(f"{service.url}{UPLOADS}", headers=service.key)
    uploader: Any = client.uploader(
        file_stream=stream,
        metadata={**SAID, "title": "Bị giết mười lần"},
        chunk_size=CHUNK,
        upload_checksum=checksums,
        retries=300,
        retry_delay=0.2,
    )
    uploader.set_url(uploader.create_url())
    thread = threading.Thread(target=murderer)
    thread.start()
    try:
        while uploader.offset < len(content):
            told.append(uploader.offset)
            uploader.upload_chunk()
            assert uploader.offset >= told[-1]
    finally:
        done.set()
        thread.join()
    code = uploader.request.response_headers.get("loa-segment") or _segment_of(uploader)
    segment = service.settled(code)
    assert segment["state"] == "submitted"
    assert segment["versions"][0]["audio"]["original_sha256"] == hashlib.sha256(content).hexdigest()
    assert segment["versions"][0]["audio"]["decoded_ms"] == 60_000
    assert [each["code"] for each in service.segments() if each["title"] == "Bị giết mười lần"] == [code]


def _segment_of(uploader: Any) -> str:
    """Whose last answer was lost asks."""
    import requests

    answer = requests.head(uploader.url, headers=uploader.get_headers(), timeout=30)
    return answer.headers["loa-segment"]


def test_one_long_request_keeps_what_came_before_each_kill(service: Service, chance: random.Random) -> None:
    content = chance.randbytes(12_000_000)
    upload = service.announce(len(content) + 1)
    offset = 0
    for _ in range(3):
        until = chance.randrange(offset, len(content))
        with upload.begin(offset=offset, **{"Content-Length": str(len(content) - offset)}) as line:
            for start in range(offset, until, CHUNK):
                line.send(content[start : min(start + CHUNK, until)])
            time.sleep(chance.uniform(0, 0.4))
            service.kill()
        service.start()
        before, offset = offset, upload.offset()
        assert before <= offset <= until
        assert upload.kept() == content[:offset]
    assert upload.append(content[offset:], offset=offset).status_code == 204
    assert upload.kept() == content


@pytest.mark.of_folder("what is on the disk while a request is under way")
def test_a_kill_leaves_no_byte_that_nobody_verified(service: Service, chance: random.Random) -> None:
    content = chance.randbytes(8_000_000)
    digest = b64encode(hashlib.sha256(content).digest()).decode()
    upload = service.announce(len(content) + 4)
    assert upload.append(b"123", offset=0).status_code == 204
    headers = {"Content-Length": str(len(content)), "Upload-Checksum": f"sha256 {digest}"}
    with upload.begin(offset=3, **headers) as line:
        line.send(content[: chance.randrange(3_000_000, len(content))])
        while upload.file.stat().st_size < 1_000_000:
            time.sleep(0.01)
        service.kill()
    assert upload.file.stat().st_size > 3
    service.start()
    assert upload.offset() == 3
    assert upload.kept() == b"123"
