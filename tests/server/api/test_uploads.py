"""New segments by a plain multipart upload: in whole, or not at all."""

import asyncio
import tracemalloc
import unicodedata
from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from media.profile import Profile
from server.api.faults import RequestRefused
from server.api.uploads import FIELDS_MAX, receive_form
from server.services.upload_limits import UploadLimits
from server.services.upload_refusals import UploadTooLarge
from tests.server.api.conftest import Client
from tests.server.sounds import wav
from tests.server.worlds import World

LIMITS = UploadLimits()
FIELDS = {"title": "Một cửa điện tử", "topic": "mot-cua", "language": "vi"}


def upload(api: Client, content: bytes, *, name: str = "bai.wav", **fields: str) -> Any:
    return api.post("/api/v1/segments", data=FIELDS | fields, files={"file": (name, content)})


@pytest.fixture
def world(world: World) -> World:
    """A recording may be of seconds here: what is looked at is how it comes in."""
    world.context.profile = Profile(shortest_ms=1_000)
    return world


@pytest.fixture
def speech(tmp_path: Path) -> bytes:
    return wav(tmp_path / "speech.wav", seconds=3).read_bytes()


def test_an_upload_becomes_a_segment_that_can_be_heard(world: World, api: Client, speech: bytes) -> None:
    answer = upload(
        api, speech, valid_from="2026-12-01", valid_to="2026-12-31", tiers="district", note="thử", column=""
    )
    assert answer.status_code == 201
    made = answer.json()
    assert answer.headers["location"] == f"/api/v1/segments/{made['code']}"
    assert api.get(answer.headers["location"]).json() == made
    assert made["title"] == FIELDS["title"]
    assert (made["valid_from"], made["valid_to"]) == ("2026-12-01", "2026-12-31")
    assert made["tiers"] == ["district"]
    assert made["column"] is None
    assert api.get(f"/api/v1/audio/{made['versions'][0]['audio']['broadcast_sha256']}.mp3").status_code == 200
    assert list(world.context.scratch.glob("upload-*")) == []


def test_the_same_bytes_again_are_a_conflict_that_names_the_segment(api: Client, speech: bytes) -> None:
    first = upload(api, speech).json()
    answer = upload(api, speech, name="khac.wav")
    assert (answer.status_code, answer.json()["code"]) == (409, "segment.exists")
    assert answer.json()["facts"]["segment"] == first["code"]
    assert answer.headers["location"] == f"/api/v1/segments/{first['code']}"


@pytest.mark.parametrize(
    "name",
    [
        'ngoặc "kép".wav',
        "hai\ndòng.wav",
        "giờ: phút.wav",
        "🎙️.wav",
        unicodedata.normalize("NFD", "chương trình.wav"),
        "../../etc/passwd",
        "a" * 300 + ".wav",
    ],
)
def test_a_file_may_be_called_anything(world: World, api: Client, speech: bytes, name: str) -> None:
    answer = upload(api, speech, name=name)
    assert answer.status_code == 201, answer.text
    assert list(world.context.scratch.glob("upload-*")) == []


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"title": ""}, "title"),
        ({"topic": " "}, "topic"),
        ({"language": ""}, "language"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_a_field_that_is_missing_or_unknown_is_named(
    api: Client, speech: bytes, fields: dict[str, str], field: str
) -> None:
    answer = upload(api, speech, **fields)
    assert (answer.status_code, answer.json()["code"]) == (400, "request.invalid")
    assert answer.json()["facts"]["fields"][0]["field"] == field


@pytest.mark.parametrize(
    ("fields", "status", "code"),
    [
        ({"topic": "no-such"}, 404, "topic.unknown"),
        ({"valid_from": "01/12/2026"}, 400, "field.bad"),
        ({"valid_to": "2026-13-01"}, 400, "field.bad"),
        ({"priority": "huge"}, 400, "field.bad"),
        ({"stations": "h999"}, 404, "station.unknown"),
    ],
)
def test_a_field_that_can_not_be_taken_is_refused_before_anything_is_kept(
    world: World, api: Client, speech: bytes, *, fields: dict[str, str], status: int, code: str
) -> None:
    answer = upload(api, speech, **fields)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert api.get("/api/v1/segments").json()["total"] == 6
    assert list(world.context.scratch.glob("upload-*")) == []


@pytest.mark.parametrize(
    "content", [b"", b"Day la mot tep van ban.\n" * 200, b"RIFF\x00\x00\x00\x00WAVE", b"\xff\xfb" * 40]
)
def test_what_is_no_recording_is_refused_with_a_sentence(world: World, api: Client, content: bytes) -> None:
    answer = upload(api, content, name="bai.mp3")
    assert 400 <= answer.status_code < 500
    assert answer.json()["code"].startswith("audio.")
    assert answer.json()["detail"]
    record = api.get(answer.headers["location"]).json()
    assert (record["state"], record["audio"]) == ("rejected", None)
    assert record["versions"][0]["refusal"]["code"] == answer.json()["code"]
    assert list(world.context.scratch.glob("upload-*")) == []


def test_a_form_without_a_file_is_told_so(api: Client) -> None:
    answer = api.post("/api/v1/segments", files={name: (None, value) for name, value in FIELDS.items()})
    assert (answer.status_code, answer.json()["code"]) == (400, "request.invalid")
    assert answer.json()["facts"]["fields"] == [{"field": "file", "in": "body", "reason": "missing"}]


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("multipart/form-data", b"x"),
        ("multipart/form-data; boundary=b", b"x"),
        ("multipart/form-data; boundary=b", b'--b\r\nContent-Disposition: form-data; name="title"\r\n\r\nhalf'),
        (
            "multipart/form-data; boundary=b",
            b'--b\r\nContent-Disposition: form-data; name="title"\r\n\r\n\xff\r\n--b--\r\n',
        ),
    ],
)
def test_a_broken_form_is_malformed(reader: Client, content_type: str, body: bytes) -> None:
    answer = reader.post("/api/v1/segments", content=body, headers={"Content-Type": content_type})
    assert (answer.status_code, answer.json()["code"]) == (400, "request.malformed")


def test_an_upload_over_the_limit_is_refused_before_it_is_read(reader: Client) -> None:
    headers = {
        "Content-Type": "multipart/form-data; boundary=b",
        "Content-Length": str(LIMITS.max_size + FIELDS_MAX + 1),
    }
    answer = reader.post("/api/v1/segments", content=b"--b", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (413, "upload.too_large")


def test_a_file_of_another_type_than_the_settings_name_is_refused(reader: Client) -> None:
    files = {"file": ("a.html", b"<p>", "text/html")}
    answer = reader.post("/api/v1/segments", data=FIELDS, files=files)
    assert (answer.status_code, answer.json()["code"]) == (415, "upload.type")


def test_a_file_that_gets_larger_than_the_settings_allow_is_refused_where_it_does(tmp_path: Path) -> None:
    async def receive() -> None:
        form = _request(_long_form(1_000_000))
        limits = UploadLimits(max_size=500_000)
        async with receive_form(form, file_field="file", scratch=tmp_path, limits=limits):
            pass

    with pytest.raises(UploadTooLarge):
        asyncio.run(receive())
    assert list(tmp_path.iterdir()) == []


def test_text_fields_can_not_fill_the_memory(reader: Client) -> None:
    answer = reader.post("/api/v1/segments", data=FIELDS | {"text": "a" * 1_100_000}, files={"file": ("a.wav", b"x")})
    assert (answer.status_code, answer.json()["code"]) == (413, "body.too_large")


def _request(pieces: AsyncIterator[bytes]) -> Any:
    """As much of a request as receiving a form looks at."""
    return SimpleNamespace(content_type=("multipart/form-data", {"boundary": "b"}), headers={}, stream=lambda: pieces)


async def _long_form(size: int) -> AsyncIterator[bytes]:
    yield b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.wav"\r\n\r\n'
    piece = bytes(64 * 1024)
    for _ in range(size // len(piece)):
        yield piece
    yield b"\r\n--b--\r\n"


def test_a_large_file_goes_to_disk_with_flat_memory(tmp_path: Path) -> None:
    size = 48 * 1024 * 1024

    async def receive() -> tuple[int, int]:
        tracemalloc.start()
        try:
            async with receive_form(
                _request(_long_form(size)), file_field="file", scratch=tmp_path, limits=LIMITS
            ) as received:
                assert received.path is not None
                return received.path.stat().st_size, tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    kept, peak = asyncio.run(receive())
    assert kept == size
    assert peak < 4 * 1024 * 1024
    assert list(tmp_path.iterdir()) == []


def test_an_upload_that_breaks_off_leaves_nothing(tmp_path: Path) -> None:
    async def half() -> AsyncIterator[bytes]:
        yield b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.wav"\r\n\r\n' + bytes(100_000)

    async def receive() -> None:
        async with receive_form(_request(half()), file_field="file", scratch=tmp_path, limits=LIMITS):
            pass

    with pytest.raises(RequestRefused) as refused:
        asyncio.run(receive())
    assert refused.value.code == "request.malformed"
    assert list(tmp_path.iterdir()) == []
