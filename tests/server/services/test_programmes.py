"""A slot as one file: what is in it, that it is made once, and that a player takes it."""

import subprocess
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from sqlmodel import select

from media.refusals import MissingAudio
from server.db.intake import RenderedProgramme
from server.db.records import AuditEntry
from server.services.audio_files import find_audio
from server.services.plans import station_month
from server.services.playlists import read_programme
from server.services.programmes import ProgrammeView, export_programmes, render
from server.services.refusals import BadField, NotPublished, UnknownSlot
from server.services.views import SlotView
from tests.players import mpd_reads
from tests.server.worlds import MONTH, World

RATE = 44_100
Samples = npt.NDArray[np.float64]


@pytest.fixture
def slot(sounding: World) -> SlotView:
    return station_month(sounding.context, "h654", MONTH).slots[0]


def decoded(world: World, sha256: str) -> Samples:
    """What is stored, mono at 44.1 kHz, by a bare command."""
    with world.context.store.local_path(sha256) as path:
        done = subprocess.run(
            [
                *(world.context.ffmpeg.executable, "-v", "error", "-i", f"file:{path}"),
                *("-ac", "1", "-ar", str(RATE), "-f", "s16le", "pipe:1"),
            ],
            capture_output=True,
            check=True,
        )
    return np.frombuffer(done.stdout, dtype="<i2").astype(np.float64)


def parts_of(world: World, slot: SlotView) -> list[Samples]:
    with world.context.database.read() as session:
        sounds = read_programme(session, "h654", MONTH, slot=slot.key).sounds
    return [decoded(world, sound.sha256) for sound in sounds]


def made_of(world: World, slot: SlotView) -> ProgrammeView:
    return render(world.context, "h654", MONTH, slot.key)


def level(samples: Samples) -> float:
    return float(np.sqrt(np.mean(samples**2)))


def crossings(samples: Samples) -> int:
    return int(np.sum((samples[:-1] < 0) & (samples[1:] >= 0)))


def test_it_is_the_opening_the_items_and_the_closing_in_a_row(sounding: World, slot: SlotView) -> None:
    made = made_of(sounding, slot)
    parts, whole = parts_of(sounding, slot), decoded(sounding, made.sha256)
    assert len(parts) == len(slot.items) + 2
    assert len(whole) == sum(len(part) for part in parts)
    assert made.duration_ms == round(len(whole) * 1000 / RATE)
    gains, at = [], 0
    for part in parts:
        # Each part is a tone of its own height: there are as many waves in its place as in the part itself.
        middle = slice(len(part) // 4, 3 * len(part) // 4)
        heard = whole[at : at + len(part)][middle]
        assert crossings(heard) == pytest.approx(crossings(part[middle]), abs=2)
        gains.append(level(heard) / level(part[middle]))
        at += len(part)
    assert max(gains) / min(gains) == pytest.approx(1, abs=0.02)
    assert made.loudness_lufs == pytest.approx(-23, abs=1)
    assert made.true_peak_dbtp <= -1


def test_it_is_made_once_also_when_it_is_asked_for_twice_at_a_time(sounding: World, slot: SlotView) -> None:
    with ThreadPoolExecutor(2) as askers:
        first, second = askers.map(lambda _: made_of(sounding, slot), range(2))
    third = made_of(sounding, slot)
    assert first == second == third
    with sounding.context.database.read() as session:
        assert len(session.exec(select(RenderedProgramme)).all()) == 1
        assert len(session.exec(select(AuditEntry).where(AuditEntry.action == "programme.rendered")).all()) == 1
    assert find_audio(sounding.context, first.sha256).size == first.size
    assert list(sounding.context.scratch.glob("ingest-*")) == []


def test_stations_that_air_the_same_share_the_file(sounding: World, slot: SlotView) -> None:
    relayed = next(
        each
        for each in station_month(sounding.context, "x24490", MONTH).slots
        if each.relayed_from == "h654" and each.starts_at == slot.starts_at
    )
    own = made_of(sounding, slot)
    theirs = render(sounding.context, "x24490", MONTH, relayed.key)
    assert (theirs.sha256, theirs.address) == (own.sha256, own.address)
    assert own.file_name == f"h654-{slot.starts_at:%Y-%m-%d-%H%M}.mp3"
    assert theirs.file_name.startswith("x24490-2026-12-")


def test_one_that_the_store_has_lost_is_made_again(sounding: World, slot: SlotView) -> None:
    first = made_of(sounding, slot)
    sounding.context.store.delete(first.sha256)
    again = made_of(sounding, slot)
    assert again == first
    assert sounding.context.store.verify(again.sha256).size == again.size


def test_what_is_not_published_or_not_there_is_refused(sounding: World, slot: SlotView) -> None:
    with pytest.raises(UnknownSlot):
        render(sounding.context, "h654", MONTH, "h654.20261201T0000")
    with pytest.raises(NotPublished):
        render(sounding.context, "h654", MONTH.next(), slot.key)
    sounding.context.store.delete(slot.items[0].sha256)
    with pytest.raises(MissingAudio) as refused:
        made_of(sounding, slot)
    assert refused.value.sha256 == slot.items[0].sha256
    assert list(sounding.context.scratch.glob("ingest-*")) == []


def test_a_day_is_exported_as_files_in_playing_order_that_mpd_plays(sounding: World, tmp_path: Path) -> None:
    slots = station_month(sounding.context, "h654", MONTH).slots
    day = slots[0].starts_at.date()
    wanted = [each for each in slots if each.starts_at.date() == day]
    moves: list[tuple[int, int]] = []
    done = export_programmes(
        sounding.context,
        "h654",
        MONTH,
        day=day,
        output=tmp_path / "ra",
        progress=lambda made, of: moves.append((made, of)),
    )
    files = sorted(path.name for path in (tmp_path / "ra").glob("*.mp3"))
    assert files == [
        f"{number:03d}-{each.starts_at:%Y-%m-%d-%H%M}-tuyen-truyen-cchc.mp3" for number, each in enumerate(wanted, 1)
    ]
    assert moves == [(number, len(wanted)) for number in range(1, len(wanted) + 1)]
    assert done.files == len(wanted)
    assert done.duration_ms == pytest.approx(sum(each.length_ms for each in wanted), abs=80 * len(wanted))
    read = mpd_reads(tmp_path / "ra", done.playlist)
    assert [round(seconds, 1) for _, seconds in read] == pytest.approx(
        [each.length_ms / 1000 for each in wanted], abs=0.2
    )
    assert wanted[0].items[0].title in read[0][0]


def test_a_day_without_slots_is_a_playlist_of_nothing(sounding: World, tmp_path: Path) -> None:
    days = {each.starts_at.date() for each in station_month(sounding.context, "h654", MONTH).slots}
    free = next(
        MONTH.first_date + timedelta(days=after)
        for after in range(31)
        if MONTH.first_date + timedelta(days=after) not in days
    )
    done = export_programmes(sounding.context, "h654", MONTH, day=free, output=tmp_path / "ra")
    assert (done.files, [path.name for path in (tmp_path / "ra").iterdir()]) == (0, [done.playlist])
    with pytest.raises(BadField):
        export_programmes(sounding.context, "h654", MONTH, day=MONTH.next().first_date, output=tmp_path / "khac")
