"""A small district in rows: its station, two communes that relay its evening, and a few segments.

Sounds are tones of some seconds, really encoded; segments whose sound does not matter have made-up hashes.
"""

import hashlib
import math
import struct
import subprocess
import wave
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import imageio_ffmpeg
from sqlmodel import Session, select

from schedules.folding import fold
from schedules.months import Month
from server.db.intake import SegmentVersion
from server.db.library import Audio, ProgrammeColumn, Rendition, Segment, Topic
from server.db.plans import AirtimeRule
from server.db.registry import BroadcastSession, Organisation, Station, Unit, UnitVersion
from server.services.context import Context
from server.services.local_time import ZONE
from server.services.rows import identity
from server.vietnamese import sort_key
from tests.server.databases import open_context

MONTH = Month(2026, 12)
# 08:00 on 20 November in Đắk Lắk: all of December is still free.
BEFORE = datetime(2026, 11, 20, 1, 0, tzinfo=UTC)


def local(text: str) -> datetime:
    """An aware time in Đắk Lắk, for example "2026-12-01 05:00"."""
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


@dataclass(kw_only=True)
class World:
    """`now` is the clock of `context`: set it to let time pass. `keys` are station and unit ids by code."""

    context: Context
    now: datetime
    keys: dict[str, int] = field(default_factory=dict)

    @contextmanager
    def change(self) -> Iterator[Session]:
        with self.context.database.write() as session:
            yield session

    def add_station(
        self,
        code: str,
        *,
        unit: str,
        name: str,
        tier: str = "commune",
        relays: str | None = None,
        languages: tuple[str, ...] = ("vi",),
        valid_from: date | None = None,
        valid_to: date | None = None,
    ) -> int:
        """05:00–06:30 daily, and 17:00–18:30, in which it may relay."""
        with self.change() as session:
            station = Station(
                code=code,
                tier=tier,
                unit_id=self.keys[unit],
                name=name,
                languages=list(languages),
                language_shares={},
                technology="fm",
                valid_from=valid_from,
                valid_to=valid_to,
                search=fold(f"{code} {name}"),
                sort_key=sort_key(name),
            )
            session.add(station)
            session.flush()
            key = identity(station)
            session.add(
                BroadcastSession(
                    station_id=key, code="s1", name="Sáng", weekdays=[1, 2, 3, 4, 5, 6, 7], starts="05:00", ends="06:30"
                )
            )
            session.add(
                BroadcastSession(
                    station_id=key,
                    code="s2",
                    name="Chiều",
                    weekdays=[1, 2, 3, 4, 5, 6, 7],
                    starts="17:00",
                    ends="18:30",
                    relays_station_id=self.keys[relays] if relays else None,
                )
            )
        self.keys[code] = key
        return key

    def add_unit(
        self,
        code: str,
        name: str,
        *,
        level: str = "commune",
        kind: str = "Xã",
        parent: str | None = None,
        valid_from: date | None = None,
        valid_to: date | None = None,
    ) -> int:
        with self.change() as session:
            unit = Unit()
            session.add(unit)
            session.flush()
            key = identity(unit)
            session.add(
                UnitVersion(
                    unit_id=key,
                    code=code,
                    level=level,
                    kind=kind,
                    name=name,
                    parent_id=self.keys[parent] if parent else None,
                    valid_from=valid_from,
                    valid_to=valid_to,
                    search=fold(name),
                    sort_key=sort_key(name),
                )
            )
        self.keys[code] = key
        return key

    def add_segment(
        self,
        code: str,
        *,
        title: str | None = None,
        topic: str = "mot-cua",
        seconds: float = 120,
        tone: bool = False,
        language: str = "vi",
        priority: str = "normal",
        valid_from: date = date(2026, 1, 1),
        valid_to: date | None = None,
        stations: list[str] | None = None,
    ) -> None:
        """With `tone` there are bytes to play, else a hash that nobody has bytes for."""
        with self.change() as session:
            audio = self._audio(session, code, seconds, tone=tone)
            chosen = session.exec(select(Topic).where(Topic.code == topic)).one()
            column = session.exec(select(ProgrammeColumn)).one()
            producer = session.exec(select(Organisation).where(Organisation.code == "snv")).one()
            segment = Segment(
                code=code,
                title=title or f"Bài {code}",
                topic_id=chosen.id or 0,
                column_id=column.id,
                language=language,
                producer_id=producer.id,
                audio_id=audio,
                priority=priority,
                valid_from=valid_from,
                valid_to=valid_to,
                stations=stations,
                created_at=self.now,
                search=fold(title or code),
                sort_key=sort_key(title or code),
            )
            session.add(segment)
            session.flush()
            session.add(
                SegmentVersion(
                    segment_id=identity(segment),
                    number=1,
                    state="ready",
                    step="done",
                    progress=100,
                    file_name=f"{code}.wav",
                    size=1,
                    audio_id=audio,
                    created_at=self.now,
                    updated_at=self.now,
                    ended_at=self.now,
                )
            )

    def add_rule(self, code: str, *, kind: str, ms: int, tier: str, **facts: object) -> None:
        with self.change() as session:
            column = session.exec(select(ProgrammeColumn)).one()
            rule = AirtimeRule(
                code=code,
                name=f"Quy định {code}",
                kind=kind,
                period="month",
                ms=ms,
                column_id=column.id or 0,
                tier=tier,
                legal_ground="Kế hoạch, mục III.4",
            )
            session.add(rule.sqlmodel_update(facts))

    def withdraw(self, code: str) -> None:
        """As of the world's clock: the last valid day is the day before."""
        with self.change() as session:
            segment = session.exec(select(Segment).where(Segment.code == code)).one()
            segment.state = "withdrawn"
            segment.withdrawn_at = self.now
            segment.withdrawn_reason = "Số liệu sai"
            segment.valid_to = self.now.astimezone(ZONE).date() - timedelta(days=1)
            session.add(segment)

    def _audio(self, session: Session, name: str, seconds: float, *, tone: bool) -> int:
        content = mp3(seconds, name) if tone else name.encode()
        sha256 = hashlib.sha256(content).hexdigest()
        if tone:
            path = self.context.scratch / f"{name}.mp3"
            path.write_bytes(content)
            self.context.store.put(path)
        ms = int(seconds * 1000)
        audio = Audio(
            sha256=hashlib.sha256(f"original {name}".encode()).hexdigest(),
            size=len(content),
            file_name=f"{name}.wav",
            container="wav",
            codec="pcm_s16le",
            channels=1,
            sample_rate=22_050,
            decoded_ms=ms,
            cue_in_ms=0,
            cue_out_ms=ms,
            duration_ms=ms,
            loudness_lufs=-23.0,
            loudness_range_lu=3.0,
            true_peak_dbtp=-2.0,
            ingested_at=self.now,
        )
        session.add(audio)
        session.flush()
        key = identity(audio)
        session.add(
            Rendition(
                audio_id=key,
                kind="broadcast",
                sha256=sha256,
                size=len(content),
                media_type="audio/mpeg",
                duration_ms=ms,
                loudness_lufs=-23.0,
                true_peak_dbtp=-2.0,
            )
        )
        return key

    def add_column(self, *, seconds: float, slot_min_ms: int, slot_max_ms: int, tone: bool) -> None:
        with self.change() as session:
            session.add(
                ProgrammeColumn(
                    code="cchc",
                    name="Tuyên truyền CCHC",
                    opening_audio_id=self._audio(session, "mo-dau", seconds, tone=tone),
                    closing_audio_id=self._audio(session, "ket-thuc", seconds, tone=tone),
                    slot_min_ms=slot_min_ms,
                    slot_max_ms=slot_max_ms,
                    max_slots_per_day=2,
                    separation_days=2,
                    max_per_month=4,
                )
            )


def open_world(home: Path, *, now: datetime, keys: dict[str, int]) -> World:
    world = World(context=open_context(home=home, clock=lambda: world.now), now=now, keys=keys)
    return world


def build_world(
    home: Path,
    *,
    now: datetime = BEFORE,
    segments: int = 6,
    minimum_ms: int = 900_000,
    tone: bool = False,
    column: bool = True,
) -> World:
    """Krông Pắc and two of its communes, topics of two kinds, the column, a minimum for the district and a target.

    With `tone` all sounds are real and short: segments of 2 to 3 seconds, a minimum of 20. Without `column` there are
    stations only.
    """
    world = open_world(home, now=now, keys={})
    with world.change() as session:
        session.add(Organisation(code="snv", name="Sở Nội vụ"))
        session.add(Topic(code="mot-cua", name="Một cửa", weight=2.0, position=1))
        session.add(Topic(code="the-che", name="Thể chế", weight=1.0, position=2))
    if tone and column:
        world.add_column(seconds=1, slot_min_ms=3_000, slot_max_ms=15_000, tone=True)
    elif column:
        world.add_column(seconds=10, slot_min_ms=180_000, slot_max_ms=900_000, tone=False)
    world.add_unit("66", "Tỉnh Đắk Lắk", level="province", kind="Tỉnh")
    world.add_unit("654", "Huyện Krông Pắc", level="district", kind="Huyện", parent="66")
    world.add_unit("24490", "Xã Ea Yông", parent="654")
    world.add_unit("24502", "Xã Ea Kly", parent="654")
    world.add_station("h654", unit="654", tier="district", name="Đài Truyền thanh - Truyền hình huyện Krông Pắc")
    world.add_station("x24490", unit="24490", name="Đài truyền thanh xã Ea Yông", relays="h654")
    world.add_station("x24502", unit="24502", name="Đài truyền thanh xã Ea Kly", relays="h654")
    if not column:
        return world
    for number in range(1, segments + 1):
        world.add_segment(
            f"b{number:04d}",
            title=f"Hỏi đáp số {number}: một cửa điện tử",
            topic="mot-cua" if number % 2 else "the-che",
            seconds=2 + number % 3 * 0.5 if tone else 90 + 15 * number,
            tone=tone,
        )
    world.add_rule("cchc-huyen", kind="min", ms=20_000 if tone else minimum_ms, tier="district")
    world.add_rule("cchc-xa", kind="target", ms=12_000 if tone else 600_000, tier="commune")
    return world


@cache
def mp3(seconds: float, name: str) -> bytes:
    """A tone whose height follows from the name."""
    height = 0.02 + int.from_bytes(hashlib.sha256(name.encode()).digest()[:2], "big") / 2**16 * 0.1
    with TemporaryDirectory() as folder:
        source, target = Path(folder, "tone.wav"), Path(folder, "tone.mp3")
        with wave.open(str(source), "wb") as tone:
            tone.setparams((1, 2, 22_050, 0, "NONE", ""))
            samples = (int(8000 * math.sin(step * height)) for step in range(int(22_050 * seconds)))
            tone.writeframes(b"".join(struct.pack("<h", sample) for sample in samples))
        command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-i", str(source), "-b:a", "64k", str(target)]
        subprocess.run(command, check=True)
        return target.read_bytes()
