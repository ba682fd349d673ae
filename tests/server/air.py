"""A station's air as a recorder hears it: a small district whose segments are spoken, and recordings made of its plan."""

import subprocess
import wave
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from sqlmodel import select

import server
from media.ffmpeg import Ffmpeg
from media.recordings import RecordedAir, fingerprint_recording
from server.db.library import Audio, Segment
from server.services.plans import make_plan, publish_plan
from server.services.proof_views import AiredSlotView
from server.services.proofs import station_proof
from tests.server.worlds import MONTH, World, build_world

SPOKEN = ("cchc-01", "cchc-03", "cchc-04", "cchc-06", "cchc-07", "cchc-08")
STRANGER = "cchc-19"  # spoken too, and no segment of the district
# 08:00 on the day after the last of December in Đắk Lắk.
AFTERWARDS = datetime(2027, 1, 1, 1, 0, tzinfo=UTC)
LEAD_S = 20
# A phone beside a loudspeaker.
_ON_A_PHONE = "highpass=f=400,lowpass=f=3400,volume=-6dB"


def sound_of(name: str) -> Path:
    return Path(str(server.__file__)).parent / "sample" / "audio" / f"{name}.opus"


@cache
def spoken(name: str, scratch: Path) -> RecordedAir:
    return fingerprint_recording(Ffmpeg.find(), sound_of(name), scratch=scratch)


def spoken_world(home: Path) -> World:
    """December 2026 published; the segments b0001 and on are the SPOKEN ones."""
    world = build_world(home, segments=0, minimum_ms=600_000)
    for number, name in enumerate(SPOKEN, 1):
        air = spoken(name, world.context.scratch)
        code = f"b{number:04d}"
        world.add_segment(code, title=f"Bài {name}", seconds=air.duration_ms / 1000)
        with world.change() as session:
            segment = session.exec(select(Segment).where(Segment.code == code)).one()
            session.get_one(Audio, segment.audio_id).fingerprint = air.fingerprint
    make_plan(world.context, MONTH)
    publish_plan(world.context, MONTH)
    return world


def slots_of(world: World, station: str = "h654") -> list[AiredSlotView]:
    return station_proof(world.context, station, MONTH).slots


def recorded(slot: AiredSlotView, target: Path, *, instead: Sequence[str] = ()) -> Path:
    """The air from LEAD_S before the slot to as long after it; `instead` of its items other sounds by name."""
    names = list(instead) or [SPOKEN[int(item.segment[1:]) - 1] for item in slot.items]
    before_s = (slot.items[0].starts_at - slot.starts_at).total_seconds() + LEAD_S
    noise = "anoisesrc=c=pink:r=16000:a=0.05:seed={seed}:d={seconds}"
    inputs = ["-f", "lavfi", "-i", noise.format(seed=1, seconds=before_s)]
    for name in names:
        inputs += ["-i", str(sound_of(name))]
    inputs += ["-f", "lavfi", "-i", noise.format(seed=2, seconds=LEAD_S + 30)]
    count = len(names) + 2
    parts = "".join(f"[{number}:a]aresample=16000,aformat=channel_layouts=mono[p{number}];" for number in range(count))
    graph = f"{parts}{''.join(f'[p{number}]' for number in range(count))}concat=n={count}:v=0:a=1,{_ON_A_PHONE}[out]"
    options = ["-v", "error", "-y", "-nostdin", "-filter_complex_threads", "1"]
    coded = ["-map", "[out]", "-c:a", "libmp3lame", "-b:a", "32k", str(target)]
    executable = Ffmpeg.find().executable
    subprocess.run([executable, *options, *inputs, "-filter_complex", graph, *coded], check=True)
    return target


def silence(target: Path, *, seconds: int = 30, rate: int = 16_000) -> Path:
    with wave.open(str(target), "wb") as file:
        file.setparams((1, 1, rate, 0, "NONE", ""))
        file.writeframes(b"\x80" * (rate * seconds))
    return target
