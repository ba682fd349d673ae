"""What a run of `loa station sync` brings, tells and takes away, against the real service."""

from datetime import time, timedelta

import pytest
from sqlmodel import select

from server.db.delivering import RecallAnswer, StationCheckIn
from server.services.credential_issuing import list_credentials, revoke
from server.services.plans import make_plan, publish_plan
from server.services.segments import withdraw_segment
from server.station.clearing import GRACE
from server.station.lock import held
from server.station.refusals import (
    FolderBusy,
    FolderFull,
    SignedByAnother,
    TokenOfAnother,
    TokenRefused,
)
from server.station.settings import SyncSettings
from tests.server.machines import token
from tests.server.station.stations import Station, other_key
from tests.server.worlds import MONTH, World, local


def again(world: World) -> None:
    """Published anew, with what changed since."""
    world.now += timedelta(hours=1)
    make_plan(world.context, MONTH)
    publish_plan(world.context, MONTH)


def check_in_of(world: World, code: str = "h654") -> StationCheckIn:
    with world.context.database.read() as session:
        return session.exec(select(StationCheckIn).where(StationCheckIn.station_id == world.keys[code])).one()


def answers_of(world: World) -> list[str]:
    with world.context.database.read() as session:
        return [row.outcome for row in session.exec(select(RecallAnswer)).all()]


def planned_segment(station: Station) -> str:
    return next(sound.segment for slot in station.manifest.slots for sound in slot.sounds if sound.segment)


def test_the_first_run_brings_every_sound_that_is_yet_to_be_aired(station: Station) -> None:
    outcome = station.run()
    assert (outcome.renewed, outcome.lacking, outcome.trouble) == (True, [], None)
    assert outcome.fetched == len(station.manifest.files) == len(station.names())
    assert station.unverified() == []
    sounds = {sound.sha256 for slot in station.manifest.slots for sound in slot.sounds}
    found = {sha256: station.folder.sound(sha256) for sha256 in sounds}
    assert {sha256: path.stem for sha256, path in found.items() if path} == {sha256: sha256 for sha256 in sounds}


def test_a_second_run_fetches_nothing(station: Station) -> None:
    station.run()
    outcome = station.run()
    assert (outcome.renewed, outcome.fetched, outcome.received, outcome.lacking) == (False, 0, 0, [])


def test_the_server_is_told_what_is_here_and_how_the_station_stands(station: Station, world: World) -> None:
    station.ahead = timedelta(seconds=-90)
    outcome = station.run()
    told = check_in_of(world)
    assert (told.version, told.lacking, told.trouble, told.clock_offset_ms) == (outcome.version, 0, "", -90_000)
    assert told.free_bytes is not None
    assert told.program.startswith("loa-station/")
    assert station.state.told == {copy.sha256 for copy in station.copies().values()}
    assert outcome.clock_offset_ms == station.state.clock_offset_ms == -90_000


def test_after_a_republication_only_what_is_new_is_fetched(station: Station, world: World) -> None:
    station.run()
    before = station.names()
    world.add_segment("b0900", seconds=3, tone=True, priority="priority")
    again(world)
    outcome = station.run()
    assert (outcome.renewed, outcome.fetched, outcome.lacking) == (True, 1, [])
    assert len(station.names() - before) == 1


def test_what_no_manifest_refers_to_stays_for_a_while_and_then_goes(station: Station, world: World) -> None:
    station.run()
    stranger = station.folder.files / f"{'ab' * 32}.mp3"
    stranger.write_bytes(b"of an older month")
    station.run()
    assert stranger.exists()
    world.now += GRACE
    station.run()
    assert not stranger.exists()
    assert station.run().lacking == []


def test_a_recalled_segment_is_removed_at_once_and_answered_once(station: Station, world: World) -> None:
    station.run()
    code = planned_segment(station)
    gone = {sound.sha256 for slot in station.manifest.slots for sound in slot.sounds if sound.segment == code}
    withdraw_segment(world.context, code, reason="Số điện thoại sai")
    outcome = station.run()
    assert outcome.recalled == 1
    assert not gone & {path.stem for path in station.folder.there()}
    assert answers_of(world) == ["removed"]
    assert station.run().recalled == 0


def test_a_station_that_never_had_it_says_so(station: Station, world: World) -> None:
    station.run()
    code = planned_segment(station)
    withdraw_segment(world.context, code, reason="Số điện thoại sai")
    fresh = Station.of(world, station.door.server, station.folder.root.with_name("mới"))
    try:
        fresh.run()
    finally:
        fresh.close()
    assert answers_of(world) == ["never_had"]


def test_a_removal_that_a_power_cut_interrupted_is_still_answered_as_removed(station: Station, world: World) -> None:
    station.run()
    code = planned_segment(station)
    gone = {sound.sha256 for slot in station.manifest.slots for sound in slot.sounds if sound.segment == code}
    withdraw_segment(world.context, code, reason="Số điện thoại sai")
    for sha256 in gone:
        station.folder.sound(sha256).unlink()  # type: ignore[union-attr]  # it was fetched
    station.run()
    assert answers_of(world) == ["removed"]


def test_a_damaged_file_is_fetched_anew(station: Station) -> None:
    station.run()
    victim = station.folder.there()[0]
    content = bytearray(victim.read_bytes())
    content[100] ^= 1
    victim.write_bytes(content)
    outcome = station.run()
    assert (outcome.fetched, outcome.lacking, station.unverified()) == (1, [], [])


def test_a_part_is_gone_on_with_from_where_it_stopped(station: Station) -> None:
    station.run()
    victim = station.folder.there()[0]
    content = victim.read_bytes()
    victim.unlink()
    part = station.folder.parts / f"{victim.stem}.part"
    part.write_bytes(content[:5000])
    outcome = station.run()
    assert victim.read_bytes() == content
    assert (outcome.fetched, part.exists()) == (1, False)


def test_a_part_with_other_bytes_is_thrown_away_and_fetched_anew(station: Station) -> None:
    station.run()
    victim = station.folder.there()[0]
    content = victim.read_bytes()
    victim.unlink()
    (station.folder.parts / f"{victim.stem}.part").write_bytes(b"\0" * 5000)
    assert station.run().lacking == []
    assert victim.read_bytes() == content


def test_a_clock_three_years_off_is_told_and_the_right_sounds_are_fetched(station: Station) -> None:
    station.ahead = timedelta(days=3 * 365)
    outcome = station.run()
    assert outcome.clock_offset_ms == 3 * 365 * 86_400_000
    assert outcome.fetched == len(station.manifest.files)


def test_light_copies_are_taken_where_the_settings_say_so(station: Station) -> None:
    station.sync = SyncSettings(copies="light_opus", reserve_mb=0)
    assert station.run().lacking == []
    assert {path.stem for path in station.folder.there()} == {
        each.sha256 for each in station.copies("light_opus").values()
    }
    first = next(iter(station.copies("light_opus").items()))
    assert station.folder.sound(first[0]) == station.folder.place(first[1])


def test_by_day_only_what_the_night_would_bring_too_late_is_fetched_as_light_copies(
    station: Station, world: World
) -> None:
    station.sync = SyncSettings(night=(time(22), time(5)), reserve_mb=0)
    world.now = local("2026-11-30 12:00")
    outcome = station.run()
    assert (outcome.fetched, outcome.trouble) == (0, None)
    assert outcome.later == len(outcome.lacking) == len(station.manifest.files)
    soon = next(slot for slot in station.manifest.slots if slot.starts_at.hour >= 6)
    world.now = soon.starts_at - timedelta(minutes=10)
    by_day = station.run()
    needed = {sound.sha256 for sound in soon.sounds}
    light = {station.copies("light_opus")[sha256].sha256 for sha256 in needed}
    assert by_day.fetched >= len(needed)
    assert light <= {path.stem for path in station.folder.there()}
    world.now = world.now.replace(hour=23)
    by_night = station.run()
    assert (by_night.later, by_night.lacking, by_night.trouble) == (0, [], None)
    assert by_night.upgraded > 0


def test_two_runs_at_once_do_not_meet(station: Station) -> None:
    station.folder.make()
    with held(station.folder.root / "sync.lock"), pytest.raises(FolderBusy):
        station.run()
    assert station.run().lacking == []


def test_a_manifest_signed_by_another_server_is_refused_and_what_is_kept_stays(station: Station) -> None:
    station.run()
    kept = station.folder.newest.read_bytes()
    pinned, station.folder.key = station.folder.key, other_key()
    with pytest.raises(SignedByAnother) as told:
        station.run()
    assert (told.value.found, told.value.pinned) == (pinned.name, other_key().name)
    assert station.folder.newest.read_bytes() == kept
    station.folder.key = pinned
    assert station.run().lacking == []


def test_a_revoked_token_is_told_and_what_is_kept_stays(station: Station, world: World) -> None:
    station.run()
    before = station.names()
    for each in list_credentials(world.context, "station", station=None, state="alive", limit=10).items:
        revoke(world.context, "station", each.id)
    with pytest.raises(TokenRefused):
        station.run()
    assert station.names() == before
    assert station.manifest.station == "h654"


def test_the_token_of_another_station_is_told(world: World, loa: str, station: Station) -> None:
    other = Station.of(world, loa, station.folder.root, code="x24490", secret=token(world.context, "h654"))
    with pytest.raises(TokenOfAnother):
        other.run()
    other.close()


def test_a_disk_without_room_is_told_before_anything_is_fetched(station: Station) -> None:
    station.sync = SyncSettings(reserve_mb=1_000_000_000)
    outcome = station.run()
    assert isinstance(outcome.trouble, FolderFull)
    assert (outcome.fetched, station.names()) == (0, set())
    assert len(outcome.lacking) == len(station.manifest.files)


def test_a_folder_is_made_where_there_is_none(station: Station) -> None:
    assert not station.folder.root.exists()
    station.run()
    assert station.folder.log_path.parent.is_dir()
