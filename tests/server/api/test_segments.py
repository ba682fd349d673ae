"""A segment's recordings over the API: their verdicts, the newer ones, what people decide, the copies."""

import asyncio
import io
import json
import wave
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from litestar.response import ServerSentEventMessage
from sqlmodel import select

from media.ffmpeg import Ffmpeg
from media.measure import measure, probe
from media.profile import Profile
from server.api.following import changes
from server.db.intake import SegmentVersion
from server.db.library import Segment, Topic
from server.db.records import AuditEntry
from server.db.registry import Organisation
from server.services import intake
from server.services.following import VersionProgress, newest_progress
from server.services.new_segments import NewSegment
from server.services.rows import identity
from tests.server.api.conftest import Client
from tests.server.sounds import wav
from tests.server.vetted import approve_all
from tests.server.worlds import World

FIELDS = {"title": "Một cửa điện tử", "topic": "mot-cua", "language": "vi"}
SEGMENTS = "/api/v1/segments"


@pytest.fixture(autouse=True)
def world(world: World) -> World:
    """Recordings of some seconds will do, and topics have a lead."""
    world.context.profile = Profile(shortest_ms=3_000)
    with world.change() as session:
        lead = Organisation(code="stp", name="Sở Tư pháp")
        session.add(lead)
        session.flush()
        for topic in session.exec(select(Topic)):
            topic.lead_organisation_id = identity(lead)
            session.add(topic)
    return world


def sound(folder: Path, *, seconds: float = 6, seed: int = 1) -> bytes:
    return wav(folder / f"{seed}-{seconds}.wav", seconds=seconds, seed=seed).read_bytes()


def cut(content: bytes, *, seconds: float) -> bytes:
    """The end of a recording."""
    with wave.open(io.BytesIO(content)) as whole:
        whole.setpos(whole.getnframes() - int(seconds * whole.getframerate()))
        rest = whole.readframes(whole.getnframes())
        made = io.BytesIO()
        with wave.open(made, "wb") as part:
            part.setparams(whole.getparams())
            part.writeframes(rest)
    return made.getvalue()


def upload(api: Client, content: bytes, **fields: str) -> Any:
    return api.post(SEGMENTS, data=FIELDS | fields, files={"file": ("bai.wav", content)})


def replace(api: Client, code: str, content: bytes) -> Any:
    return api.post(f"{SEGMENTS}/{code}/versions", files={"file": ("moi.wav", content)})


def test_an_accepted_recording_is_handed_in_with_its_checks_in_words(api: Client, tmp_path: Path) -> None:
    answer = upload(api, sound(tmp_path))
    assert answer.status_code == 201, answer.text
    made = answer.json()
    [version] = made["versions"]
    assert (made["state"], version["state"], version["step"], version["progress"]) == (
        "submitted",
        "submitted",
        "done",
        100,
    )
    assert (made["audio"], version["in_force"]) == (None, False)
    checks = {check["name"]: check for check in version["checks"]}
    assert checks["loudness"]["level"] == "pass"
    assert "LUFS" in checks["loudness"]["sentence"]
    assert {copy["kind"] for copy in version["audio"]["renditions"]} == {"broadcast", "light_opus", "light_mp3"}
    assert {copy["kind"]: api.get(copy["address"]).status_code for copy in version["audio"]["renditions"]} == {
        "broadcast": 200,
        "light_opus": 200,
        "light_mp3": 200,
    }


def test_a_rejected_recording_is_a_problem_with_the_reasons_and_the_place_of_its_record(
    api: Client, tmp_path: Path
) -> None:
    answer = upload(api, sound(tmp_path, seconds=2))
    assert (answer.status_code, answer.json()["code"]) == (422, "segment.unfit")
    assert "2 giây, ngắn hơn mức 3 giây" in answer.json()["detail"]
    record = api.get(answer.headers["location"]).json()
    [version] = record["versions"]
    assert (record["state"], version["state"], version["can_overrule"]) == ("rejected", "rejected", True)
    [failed] = [check for check in version["checks"] if check["level"] == "fail"]
    assert (failed["name"], failed["measured"], failed["limit"]) == ("duration", 2_000, 3_000)
    assert failed["mend"]


def test_the_topic_s_lead_overrules_with_a_reason_on_record(api: Client, world: World, tmp_path: Path) -> None:
    code = upload(api, sound(tmp_path, seconds=2)).headers["location"].rpartition("/")[2]
    for body, status, problem in (
        ({"reason": "", "lead": "stp"}, 400, "field.bad"),
        ({"reason": "Tin khẩn", "lead": "snv"}, 403, "topic.not_the_lead"),
        ({"reason": "Tin khẩn", "lead": 1}, 400, "request.invalid"),
        ({"reason": "Tin khẩn", "lead": "stp", "who": "tôi"}, 400, "request.invalid"),
    ):
        answer = api.post(f"{SEGMENTS}/{code}/overrule", json=body)
        assert (answer.status_code, answer.json()["code"]) == (status, problem), answer.text
    answer = api.post(f"{SEGMENTS}/{code}/overrule", json={"reason": "Tin khẩn", "lead": "stp"})
    assert answer.status_code == 200
    made = answer.json()
    assert (made["state"], made["versions"][0]["decision"]["action"]) == ("submitted", "overruled")
    assert made["versions"][0]["decision"]["lead"] == "stp"
    with world.context.database.read() as session:
        entry = session.exec(select(AuditEntry).where(AuditEntry.action == "segment.overruled")).one()
    assert (entry.subject, entry.origin, entry.facts["reason"]) == (code, "api", "Tin khẩn")
    again = api.post(f"{SEGMENTS}/{code}/overrule", json={"reason": "Tin khẩn", "lead": "stp"})
    assert again.status_code == 409


def test_what_sounds_like_another_is_held_until_the_producer_keeps_or_discards_it(api: Client, tmp_path: Path) -> None:
    whole = sound(tmp_path, seconds=24)
    first = upload(api, whole).json()
    shorter = upload(api, cut(whole, seconds=22))
    assert shorter.status_code == 201
    held = shorter.json()
    assert (held["state"], held["audio"]) == ("held", None)
    [likeness] = held["versions"][0]["likenesses"]
    assert (likeness["segment"], likeness["title"], likeness["state"]) == (first["code"], FIELDS["title"], "submitted")
    assert likeness["similarity"] > 0.9
    assert likeness["offset_ms"] == pytest.approx(-2_000, abs=150)
    kept = api.post(f"{SEGMENTS}/{held['code']}/keep", json={})
    assert (kept.status_code, kept.json()["state"]) == (200, "submitted")

    other = upload(api, cut(whole, seconds=20)).json()
    discarded = api.post(f"{SEGMENTS}/{other['code']}/discard", json={"reason": "Trùng"})
    assert (discarded.status_code, discarded.json()["state"]) == (200, "discarded")
    codes = {segment["code"] for segment in api.get(SEGMENTS).json()["items"]}
    assert {first["code"], held["code"]} <= codes
    assert other["code"] not in codes
    gone = api.get(f"{SEGMENTS}?state=discarded").json()
    assert [segment["code"] for segment in gone["items"]] == [other["code"]]


def test_a_newer_recording_takes_over_when_it_is_approved(api: Client, world: World, tmp_path: Path) -> None:
    code = upload(api, sound(tmp_path, seed=1)).json()["code"]
    approve_all(world.context)
    answer = replace(api, code, sound(tmp_path, seed=2))
    assert answer.status_code == 201, answer.text
    assert answer.headers["location"] == f"{SEGMENTS}/{code}"
    assert [version["state"] for version in answer.json()["versions"]] == ["submitted", "ready"]
    approve_all(world.context)
    after = api.get(f"{SEGMENTS}/{code}").json()
    versions = after["versions"]
    assert [(version["number"], version["state"], version["in_force"]) for version in versions] == [
        (2, "ready", True),
        (1, "ready", False),
    ]
    assert after["audio"]["original_sha256"] == versions[0]["audio"]["original_sha256"]
    assert api.get(SEGMENTS).json()["total"] == 7


def test_a_newer_recording_that_is_refused_leaves_the_older_one_in_force(
    api: Client, world: World, tmp_path: Path
) -> None:
    code = upload(api, sound(tmp_path)).json()["code"]
    approve_all(world.context)
    before = api.get(f"{SEGMENTS}/{code}").json()
    answer = replace(api, before["code"], b"Day la mot tep van ban.\n" * 200)
    assert (answer.status_code, answer.headers["location"]) == (422, f"{SEGMENTS}/{before['code']}")
    after = api.get(answer.headers["location"]).json()
    assert (after["state"], after["audio"]) == ("ready", before["audio"])
    assert [version["state"] for version in after["versions"]] == ["rejected", "ready"]


def test_a_form_for_a_newer_recording_has_a_file_and_nothing_else(api: Client, tmp_path: Path) -> None:
    content = sound(tmp_path)
    form = api.post(f"{SEGMENTS}/b0001/versions", data={"title": "Tên khác"}, files={"file": ("a.wav", content)})
    assert form.json()["facts"]["fields"] == [{"field": "title", "in": "body", "reason": "unknown field"}]
    assert api.post(f"{SEGMENTS}/b0001/versions", files={"file": (None, "x")}).status_code == 400
    assert replace(api, "b9999", content).json()["code"] == "segment.unknown"
    api.post(f"{SEGMENTS}/b0001/withdraw", json={"reason": "Cũ"})
    assert replace(api, "b0001", content).json()["code"] == "segment.already_withdrawn"


def test_a_push_says_what_it_touched(api: Client, world: World, tmp_path: Path) -> None:
    before = api.get("/api/v1/plans/2026-12/stations/h654").json()["slots"]
    held = [slot for slot in before if any(item["segment"] == "b0001" for item in slot["items"])]
    assert held
    length = next(item["duration_ms"] for item in held[0]["items"] if item["segment"] == "b0001")
    made = replace(api, "b0001", sound(tmp_path, seconds=length / 1000 + 1))
    assert made.status_code == 201, made.text
    approve_all(world.context)
    assert api.get("/api/v1/plans/2026-12/stations/h654").json()["slots"] == before
    done = api.post(f"{SEGMENTS}/b0001/push", json={"reason": "Sửa số điện thoại"})
    assert done.status_code == 200, done.text
    said = done.json()
    assert said["stations"] == 3
    assert said["slots"] >= len(held)
    assert [month["month"] for month in said["months"]] == ["2026-12"]
    newest = made.json()["versions"][0]["audio"]["broadcast_sha256"]
    after = api.get("/api/v1/plans/2026-12/stations/h654").json()["slots"]
    played = {item["sha256"] for slot in after for item in slot["items"] if item["segment"] == "b0001"}
    assert played <= {newest}
    assert newest in api.get("/api/v1/stations/h654/months/2026-12/playlist.m3u8").text or not played
    assert api.post(f"{SEGMENTS}/b0001/push", json={}).status_code == 400


def test_copies_are_reached_by_their_kind(api: Client, world: World, tmp_path: Path) -> None:
    made = upload(api, sound(tmp_path)).json()
    approve_all(world.context)
    for kind in ("broadcast", "light_opus", "light_mp3"):
        answer = api.get(f"{SEGMENTS}/{made['code']}/audio/{kind}", follow_redirects=False)
        copies = made["versions"][0]["audio"]["renditions"]
        address = next(copy["address"] for copy in copies if copy["kind"] == kind)
        assert (answer.status_code, answer.headers["location"]) == (307, address)
    unknown = api.get(f"{SEGMENTS}/{made['code']}/audio/vinyl")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "rendition.unknown")
    assert unknown.json()["facts"]["known"] == ["broadcast", "light_opus", "light_mp3", "flac"]
    # Recordings from before there were light copies.
    assert api.get(f"{SEGMENTS}/b0001/audio/light_opus").json()["code"] == "rendition.unknown"


def test_flac_is_made_when_it_is_first_asked_for_and_kept(api: Client, world: World, tmp_path: Path) -> None:
    made = upload(api, sound(tmp_path)).json()
    approve_all(world.context)
    place = f"{SEGMENTS}/{made['code']}/audio/flac"
    first = api.get(place, follow_redirects=False)
    assert first.status_code == 307, first.text
    assert first.headers["location"].endswith(".flac")
    heard = api.get(first.headers["location"], headers={"Range": "bytes=0-3"})
    assert (heard.status_code, heard.content, heard.headers["content-type"]) == (206, b"fLaC", "audio/flac")
    assert api.get(place, follow_redirects=False).headers["location"] == first.headers["location"]
    with world.context.database.read() as session:
        entries = session.exec(select(AuditEntry).where(AuditEntry.action == "rendition.made")).all()
    assert [(entry.subject, entry.facts["kind"]) for entry in entries] == [(made["code"], "flac")]
    told = {copy["kind"]: copy for copy in api.get(f"{SEGMENTS}/{made['code']}").json()["audio"]["renditions"]}
    with world.context.store.local_path(told["flac"]["sha256"]) as path:
        ffmpeg = Ffmpeg.find()
        measured = measure(ffmpeg, path, probe(ffmpeg, path))
    length = made["versions"][0]["audio"]["duration_ms"]
    assert measured.duration_ms == told["flac"]["duration_ms"] == length
    assert told["flac"]["loudness_lufs"] == pytest.approx(measured.loudness_lufs, abs=0.1)
    assert told["flac"]["loudness_lufs"] == pytest.approx(-23, abs=1)


def test_a_flac_that_the_store_has_lost_is_made_again(api: Client, world: World, tmp_path: Path) -> None:
    code = upload(api, sound(tmp_path)).json()["code"]
    approve_all(world.context)
    address = api.get(f"{SEGMENTS}/{code}/audio/flac", follow_redirects=False).headers["location"]
    world.context.store.delete(Path(address).stem)
    assert api.get(address).status_code == 404
    again = api.get(f"{SEGMENTS}/{code}/audio/flac", follow_redirects=False).headers["location"]
    assert api.get(again).status_code == 200


def test_a_segment_without_a_recording_has_no_copies(api: Client, tmp_path: Path) -> None:
    code = upload(api, sound(tmp_path, seconds=2)).headers["location"].rpartition("/")[2]
    answer = api.get(f"{SEGMENTS}/{code}/audio/broadcast")
    assert (answer.status_code, answer.json()["code"]) == (409, "segment.no_recording")


# Following


def events_in(text: str) -> list[dict[str, Any]]:
    lines = [line for line in text.replace("\r\n", "\n").split("\n") if line.startswith("data: ")]
    return [json.loads(line.removeprefix("data: ")) for line in lines]


def test_events_of_what_is_settled_are_one_and_then_the_end(reader: Client) -> None:
    answer = reader.get(f"{SEGMENTS}/b0001/events")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert answer.headers["cache-control"] == "no-cache"
    assert events_in(answer.text) == [
        {"segment": "b0001", "number": 1, "state": "ready", "step": "done", "progress": 100, "trouble": None}
    ]
    assert reader.head(f"{SEGMENTS}/b0001/events").status_code == 200
    assert reader.get(f"{SEGMENTS}/b9999/events").json()["code"] == "segment.unknown"


def arriving(world: World) -> tuple[str, int]:
    """A recording that waits for its turn: its segment's code and the version's key."""
    source = wav(world.context.incoming / "cho.wav", seconds=6, seed=9)
    version_id = intake.submit(
        world.context,
        source,
        file_name="cho.wav",
        new=NewSegment(title="Bài chờ", topic="mot-cua", language="vi"),
        replaces=None,
        upload_id=None,
    )
    with world.context.database.read() as session:
        segment = session.get_one(Segment, session.get_one(SegmentVersion, version_id).segment_id)
    return segment.code, version_id


async def told(stream: AsyncIterator[ServerSentEventMessage]) -> list[VersionProgress]:
    return [msgspec.json.decode(str(message.data), type=VersionProgress) async for message in stream if message.data]


def test_events_follow_a_recording_to_its_verdict(world: World) -> None:
    code, version_id = arriving(world)
    context = world.context

    async def both() -> list[VersionProgress]:
        stream = changes(context, newest_progress(context, code), look_s=0.005)
        following = asyncio.create_task(told(stream))
        await asyncio.to_thread(intake.settle, context, version_id)
        return await following

    heard = asyncio.run(both())
    assert (heard[0].step, heard[0].state) == ("received", "processing")
    assert (heard[-1].state, heard[-1].step, heard[-1].progress) == ("submitted", "done", 100)
    assert {progress.state for progress in heard[:-1]} == {"processing"}
    assert [progress.progress for progress in heard] == sorted(progress.progress for progress in heard)
    assert len(heard) == len({msgspec.json.encode(progress) for progress in heard}) >= 4


def test_events_of_what_waits_end_after_a_while_so_that_nobody_is_listened_to_for_ever(world: World) -> None:
    code, _ = arriving(world)
    stream = changes(world.context, newest_progress(world.context, code), look_s=0.001, longest_s=0.05)
    assert [progress.state for progress in asyncio.run(told(stream))] == ["processing"]


def test_events_end_when_the_service_does(world: World) -> None:
    code, _ = arriving(world)

    class Ending:
        stopping = True

        def enqueue(self, session: object, version_id: int) -> None:
            """Nothing is queued any more."""

    world.context.jobs = Ending()
    stream = changes(world.context, newest_progress(world.context, code), look_s=0.001)
    assert len(asyncio.run(told(stream))) == 1
