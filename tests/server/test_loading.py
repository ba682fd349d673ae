"""The sample province as it lies in the database once it is loaded."""

import signal
import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest
from sqlmodel import col, func, select

from schedules.months import Month
from server.db.intake import SegmentVersion
from server.db.library import Audio, ProgrammeColumn, Rendition, Segment
from server.db.records import AuditEntry
from server.db.registry import (
    Blackout,
    BroadcastSession,
    SessionException,
    Station,
    StationState,
    UnitSuccession,
    UnitVersion,
)
from server.services.context import Context
from server.services.footing_refusals import DiskFull
from server.services.loading import is_empty, load_sample, place_sample, sample_is_loaded
from server.services.refusals import BadField, DatabaseInUse, UnknownSample
from tests.server.homes import MONTH, TODAY, linked_recordings, open_home, sample_home


def count(context: Context, table: type, *where: object) -> int:
    with context.database.read() as session:
        return session.exec(select(func.count()).select_from(table).where(*where)).one()  # type: ignore[arg-type]  # conditions of any column


def dump(context: Context) -> list[str]:
    with closing(sqlite3.connect(context.database.path)) as connection:
        return list(connection.iterdump())


def test_a_new_home_is_empty_and_has_no_sample(empty: Context) -> None:
    assert is_empty(empty)
    assert not sample_is_loaded(empty)


def test_the_sample_brings_15_districts_184_communes_and_28_segments(province: Context) -> None:
    assert not is_empty(province)
    assert sample_is_loaded(province)
    assert count(province, Station, Station.tier == "district") == 15
    assert count(province, Station, Station.tier == "commune") == 184
    assert count(province, Station, col(Station.sample).is_(False)) == 0
    assert count(province, UnitVersion) == 200
    assert count(province, Segment, col(Segment.sample).is_(True)) == 28
    assert count(province, Audio) == count(province, Rendition, Rendition.kind == "broadcast") == 30


def test_the_samples_recordings_are_first_versions_that_others_can_be_compared_with(province: Context) -> None:
    with province.database.read() as session:
        versions = session.exec(
            select(SegmentVersion, Segment, Audio)
            .join(Segment, col(Segment.id) == col(SegmentVersion.segment_id))
            .join(Audio, col(Audio.id) == col(SegmentVersion.audio_id))
        ).all()
    assert len(versions) == 28
    for version, segment, audio in versions:
        assert (version.number, version.state, version.step, version.progress) == (1, "ready", "done", 100)
        assert (version.audio_id, version.original_sha256) == (segment.audio_id, audio.sha256)
        assert audio.fingerprint
        assert audio.peaks
        assert audio.facts


def test_the_structure_of_2021_is_placed_without_end(province: Context) -> None:
    assert count(province, Station, col(Station.valid_to).is_not(None)) == 0
    assert count(province, UnitVersion, col(UnitVersion.valid_to).is_not(None)) == 0
    assert count(province, UnitSuccession) == 0


def test_the_structure_of_2025_has_communes_only_and_nobody_relays(province_2025: Context) -> None:
    assert count(province_2025, Station, Station.tier == "commune") == count(province_2025, Station) == 102
    assert count(province_2025, Station, Station.valid_from != date(2025, 7, 1)) == 0
    assert count(province_2025, BroadcastSession, col(BroadcastSession.relays_station_id).is_not(None)) == 0


def test_both_structures_stand_one_after_the_other_with_their_successions(both: Context) -> None:
    assert count(both, Station, Station.valid_to == date(2025, 7, 1)) == 199
    assert count(both, Station, Station.valid_from == date(2025, 7, 1)) == 102
    assert count(both, UnitSuccession) == 181
    with both.database.read() as session:
        province = session.exec(select(UnitVersion).where(UnitVersion.level == "province")).all()
    assert len({version.unit_id for version in province}) == 1
    assert sorted(str(version.valid_from) for version in province) == ["2025-07-01", "None"]


def test_a_commune_relays_its_own_district(both: Context) -> None:
    with both.database.read() as session:
        commune = session.exec(select(Station).where(Station.code == "x24490")).first()
        assert commune is not None
        relayed = session.exec(
            select(Station.code)
            .join(BroadcastSession, col(BroadcastSession.relays_station_id) == col(Station.id))
            .where(BroadcastSession.station_id == commune.id)
        ).all()
    assert relayed == ["h654"]


@pytest.mark.parametrize("month", [MONTH.previous(), MONTH, MONTH.next(), MONTH.next().next()], ids=str)
def test_one_station_in_twenty_is_broken_for_a_part_of_each_month_around_today(province: Context, month: Month) -> None:
    first, after = month.first_date, month.next().first_date
    within = (StationState.valid_from >= first, col(StationState.valid_to) <= after)
    assert count(province, StationState, StationState.state == "broken", *within) == 10
    assert count(province, SessionException, SessionException.on_date >= first, SessionException.on_date < after) == 3


def test_with_both_structures_only_those_that_are_there_are_broken(both: Context) -> None:
    with both.database.read() as session:
        broken = session.exec(select(Station).join(StationState)).all()
        dark = session.exec(select(Station).join(Blackout)).all()
    assert len(broken) == 4 * 5
    assert len(dark) == 4 * 2
    assert {station.valid_from for station in [*broken, *dark]} == {date(2025, 7, 1)}


def test_fresh_segments_are_dated_around_this_month_and_standing_ones_from_the_plan_on(province: Context) -> None:
    with province.database.read() as session:
        segments = session.exec(select(Segment)).all()
    standing = [segment for segment in segments if segment.valid_to is None]
    fresh = [segment for segment in segments if segment.valid_to is not None]
    assert {segment.valid_from for segment in standing} == {date(2021, 4, 1)}
    assert standing
    assert fresh
    assert max(segment.valid_from for segment in fresh) == MONTH.first_date
    assert all(segment.valid_to and segment.valid_to > MONTH.next().last_date for segment in fresh)


def test_codes_of_segments_count_up_from_one(province: Context) -> None:
    with province.database.read() as session:
        codes = session.exec(select(Segment.code).order_by(col(Segment.code))).all()
    assert codes == [f"b{number:04d}" for number in range(1, 29)]


def test_every_recording_is_in_the_store_at_broadcast_loudness(province: Context) -> None:
    with province.database.read() as session:
        pairs = session.exec(select(Audio, Rendition).join(Rendition, col(Rendition.audio_id) == col(Audio.id))).all()
    for audio, broadcast in pairs:
        assert province.store.size(audio.sha256) == audio.size
        assert province.store.size(broadcast.sha256) == broadcast.size
        assert abs(broadcast.loudness_lufs + 23) <= 1, audio.file_name
        assert broadcast.true_peak_dbtp <= -1, audio.file_name
        assert audio.duration_ms == audio.cue_out_ms - audio.cue_in_ms
        assert abs(broadcast.duration_ms - audio.duration_ms) <= 1, audio.file_name


def test_the_column_has_its_opening_and_its_closing(province: Context) -> None:
    with province.database.read() as session:
        column = session.exec(select(ProgrammeColumn)).one()
        names = {
            audio.id: audio.file_name
            for audio in session.exec(
                select(Audio).where(col(Audio.id).in_([column.opening_audio_id, column.closing_audio_id]))
            )
        }
    assert column.opening_audio_id is not None
    assert column.closing_audio_id is not None
    assert names[column.opening_audio_id] == "cchc-opening.opus"
    assert names[column.closing_audio_id] == "cchc-closing.opus"


def test_loading_is_on_the_trail(province: Context) -> None:
    assert count(province, AuditEntry, AuditEntry.action == "sample.loaded", AuditEntry.subject == "dak-lak") == 1
    assert count(province, AuditEntry, AuditEntry.action == "segment.added") == 28


def test_a_sample_goes_into_an_empty_database_only(province: Context) -> None:
    with pytest.raises(DatabaseInUse) as refused:
        load_sample(province, structure="2025", today=TODAY)
    assert refused.value.facts == {"stations": 199, "segments": 28}


@pytest.mark.of_sqlite("the most pages that its file may have stand for a full disk")
def test_a_full_disk_leaves_neither_rows_nor_recordings(empty: Context, sample_cache: Path) -> None:
    recordings = linked_recordings(sample_cache, empty.home)
    with empty.database.write() as session:
        connection = session.connection()
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages + 20}")
    with pytest.raises(DiskFull):
        place_sample(empty, recordings, name="dak-lak", structure="2021", month=MONTH)
    assert is_empty(empty)
    assert count(empty, AuditEntry) == 0
    assert [path for path in empty.store.root.rglob("*") if path.is_file()] == []


def test_a_start_that_was_killed_leaves_an_empty_home_that_loads_anew(empty: Context, sample_cache: Path) -> None:
    start = (
        "import os, signal, sys; from datetime import date; from pathlib import Path; "
        "from tests.server.databases import open_context; from server.services.loading import load_sample; "
        "load_sample(open_context(home=Path(sys.argv[1])), structure='2021', today=date(2026, 11, 24), "
        "progress=lambda phase, done, all_: os.kill(os.getpid(), signal.SIGKILL) if done == 2 else None)"
    )
    killed = subprocess.run([sys.executable, "-c", start, str(empty.home)], check=False, capture_output=True)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert [path for path in empty.store.root.rglob("*") if path.is_file()]
    assert is_empty(empty)
    recordings = linked_recordings(sample_cache, empty.home)
    loaded = place_sample(empty, recordings, name="dak-lak", structure="2025", month=MONTH)
    assert (loaded.units, loaded.stations, loaded.segments) == (103, {"commune": 102}, 28)
    assert sample_is_loaded(empty)


def test_two_starts_at_once_load_one_sample(empty: Context, sample_cache: Path) -> None:
    recordings = linked_recordings(sample_cache, empty.home)

    def start(structure: str) -> str:
        try:
            return place_sample(empty, recordings, name="dak-lak", structure=structure, month=MONTH).structure
        except DatabaseInUse:
            return "in use"

    with ThreadPoolExecutor(2) as starters:
        answers = list(starters.map(start, ["2021", "2025"]))
    assert "in use" in answers
    assert len(set(answers)) == 2
    assert count(empty, Segment) == 28
    with empty.database.read() as session:
        for sha256 in [*session.exec(select(Audio.sha256)), *session.exec(select(Rendition.sha256))]:
            empty.store.verify(sha256)


@pytest.mark.parametrize("structure", ["2021", "2025", "both"])
def test_two_machines_load_the_same_province(
    empty: Context, empty_home: Path, sample_cache: Path, tmp_path: Path, structure: str
) -> None:
    other = open_home(sample_home(sample_cache, tmp_path / "other", empty=empty_home, structure=structure))
    recordings = dict(sorted(linked_recordings(sample_cache, empty.home).items(), reverse=True))
    place_sample(empty, recordings, name="dak-lak", structure=structure, month=MONTH)
    assert dump(empty) == dump(other)
    other.close()


def test_an_unknown_sample_is_refused_with_those_there_are(empty: Context) -> None:
    with pytest.raises(UnknownSample) as refused:
        load_sample(empty, name="ha-noi", structure="2021", today=TODAY)
    assert refused.value.known == ["dak-lak"]


def test_an_unknown_structure_is_refused(empty: Context) -> None:
    with pytest.raises(BadField) as refused:
        load_sample(empty, structure="2030", today=TODAY)
    assert refused.value.field == "structure"
