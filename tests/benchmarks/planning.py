"""The province from rows to a stored draft, and on to a published revision: 199 stations, 300 segments.

Each measurement is a process of its own, so that its peak memory is that of one planning and nothing else.
"""

import json
import random
import resource
import subprocess
import sys
import tempfile
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from time import perf_counter

from sqlmodel import Session

from schedules.folding import fold
from schedules.months import Month
from server.db.library import Audio, Rendition, Segment
from server.sample import catalogue
from server.services import sample_rows
from server.services.context import Context, open_context
from server.services.rows import identity
from server.vietnamese import sort_key

MONTH = Month(2026, 12)
NOW = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
SEGMENTS = 300
DRAFT_LIMIT_S = 30
MEMORY_LIMIT_MB = 400


def run() -> list[dict[str, object]]:
    command = [sys.executable, "-m", "tests.benchmarks.planning"]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    measured = json.loads(said)
    return [
        {
            "name": f"province, rows to stored draft ({measured['stations']} stations, {measured['slots']} slots)",
            "value": measured["draft_s"],
            "unit": "s",
            "sense": "at most",
            "limit": DRAFT_LIMIT_S,
            "ratio_of": None,
        },
        {
            "name": "province, peak memory of planning and publishing",
            "value": measured["peak_mb"],
            "unit": "MB",
            "sense": "at most",
            "limit": MEMORY_LIMIT_MB,
            "ratio_of": None,
        },
        {
            "name": "province, storing alone (the draft's transaction and all around the planner)",
            "value": measured["around_s"],
            "unit": "s",
            "sense": "at most",
            "limit": 5,
            "ratio_of": None,
        },
        {
            "name": "province, publishing the draft",
            "value": measured["publish_s"],
            "unit": "s",
            "sense": "at most",
            "limit": 5,
            "ratio_of": None,
        },
    ]


def _measure(home: Path) -> dict[str, object]:
    from schedules.planner import make_plan as solve_instance
    from server.services.instances import build_instance
    from server.services.plans import make_plan, publish_plan

    context = open_context(home=home, clock=lambda: NOW)
    fill(context)
    begun = perf_counter()
    draft = make_plan(context, MONTH)
    draft_s = perf_counter() - begun
    begun = perf_counter()
    publish_plan(context, MONTH)
    publish_s = perf_counter() - begun
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    with context.database.read() as session:
        instance = build_instance(session, MONTH, as_of=NOW, below=1)
    begun = perf_counter()
    solve_instance(instance)
    planner_s = perf_counter() - begun
    context.close()
    return {
        "stations": draft.stations,
        "slots": draft.slots,
        "draft_s": round(draft_s, 2),
        "around_s": round(max(0.0, draft_s - planner_s), 2),
        "publish_s": round(publish_s, 2),
        "peak_mb": round(peak_mb),
    }


def fill(context: Context) -> None:
    """The sample's stations and rules, and made-up segments over all topics; nobody has their sound."""
    drawn = random.Random(7)  # noqa: S311 (a fixed seed is the point)
    [era] = sample_rows.eras("2021")
    with context.database.write() as session:
        [units] = sample_rows.add_units(session, [era])
        sample_rows.add_stations(session, era, units, [MONTH])
        organisations = sample_rows.add_organisations(session)
        topics = sample_rows.add_topics(session, organisations)
        frames = {frame.audio: made_up_audio(session, frame.audio, 8_000) for frame in catalogue.read_frames()}
        columns = sample_rows.add_columns(session, frames)
        sample_rows.add_rules(session, columns)
        for number in range(SEGMENTS):
            code = f"b{number:04d}"
            title = f"Hỏi đáp về cải cách hành chính, bài {number}"
            valid_from = date(2026, 12, 15) - timedelta(days=drawn.randrange(120))
            session.add(
                Segment(
                    code=code,
                    title=title,
                    topic_id=drawn.choice(list(topics.values())),
                    column_id=columns["cchc"],
                    language=drawn.choices(["vi", "rad", "cmo", "jra"], [20, 3, 1, 1])[0],
                    producer_id=drawn.choice(list(organisations.values())),
                    audio_id=made_up_audio(session, code, drawn.randrange(60_000, 360_000)),
                    valid_from=valid_from,
                    valid_to=valid_from + timedelta(days=drawn.randrange(20, 120)),
                    created_at=NOW,
                    search=fold(title),
                    sort_key=sort_key(title),
                )
            )


def made_up_audio(session: Session, name: str, duration_ms: int) -> int:
    audio = Audio(
        sha256=f"{name:0>64}",
        size=1,
        file_name=name,
        container="wav",
        codec="pcm_s16le",
        channels=1,
        sample_rate=22_050,
        decoded_ms=duration_ms,
        cue_in_ms=0,
        cue_out_ms=duration_ms,
        duration_ms=duration_ms,
        loudness_lufs=-23.0,
        loudness_range_lu=3.0,
        true_peak_dbtp=-2.0,
        ingested_at=NOW,
    )
    session.add(audio)
    session.flush()
    rendition = Rendition(
        audio_id=identity(audio),
        kind="broadcast",
        sha256=f"{name:1>64}",
        size=1,
        media_type="audio/mpeg",
        duration_ms=duration_ms,
        loudness_lufs=-23.0,
        true_peak_dbtp=-2.0,
    )
    session.add(rendition)
    return identity(audio)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        sys.stdout.write(json.dumps(_measure(Path(folder, "home"))))
