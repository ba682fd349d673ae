"""A station's officer with a phone and a slow line, in a real browser, with script and without."""

import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from time import monotonic

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlmodel import select

from media.ffmpeg import Ffmpeg
from server.api.gate import SESSION_COOKIE
from server.db.library import Rendition
from server.services.proofs import station_proof
from server.services.sessions import end_all
from server.services.station_today import station_today
from tests.server.api.conftest import sounding_home, world  # noqa: F401  # fixtures of the same small district
from tests.server.people import Person, add_person
from tests.server.serving import served
from tests.server.web.conftest import PHONE
from tests.server.worlds import MONTH, World

PAGE = "/dai/h654/hom-nay"
MINUTES = 3
# What browsers' own tools call slow 3G: 400 kbit/s, two seconds until anything comes back.
SLOW = {"offline": False, "latency": 2000, "downloadThroughput": 50_000, "uploadThroughput": 50_000}


@pytest.fixture
def december(world: World) -> World:  # noqa: F811  # the fixture above
    """An hour before a slot of two items, whose sounds are minutes long in their light copies."""
    world.now = station_proof(world.context, "h654", MONTH).slots[1].starts_at.astimezone(UTC) - timedelta(hours=1)
    encoder = Ffmpeg.find().executable
    for number, sound in enumerate(station_today(world.context, "h654").sounds):
        seconds = 60 * MINUTES if number in {1, 2} else 3
        path = world.context.scratch / f"{number}.opus"
        noise = f"anoisesrc=c=pink:r=24000:a=0.1:seed={number}:d={seconds}"
        coded = ["-c:a", "libopus", "-b:a", "28k", "-frame_duration", "60", str(path)]
        subprocess.run([encoder, "-v", "error", "-nostdin", "-f", "lavfi", "-i", noise, *coded], check=True)
        stored = world.context.store.take(path)
        with world.change() as session:
            session.add(
                Rendition(
                    audio_id=session.exec(select(Rendition.audio_id).where(Rendition.sha256 == sound.mp3)).one(),
                    kind="light_opus",
                    sha256=stored.sha256,
                    size=stored.size,
                    media_type="audio/ogg",
                    duration_ms=1000 * seconds,
                    loudness_lufs=-23.0,
                    true_peak_dbtp=-2.0,
                )
            )
    return world
