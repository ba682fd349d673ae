"""A bundle unpacked onto a stick, read and played by the programs that stations have."""

import io
import zipfile
from pathlib import Path

import pytest

from server.services.bundle_plans import Per, days_named, read_plan
from server.services.bundle_rendering import render_slots
from server.services.bundles import Bundles
from tests.players import PlayerFailed, liquidsoap_plays, mpd_reads, vlc_plays
from tests.server.api.conftest import sounding_home, world  # noqa: F401  # fixtures of the small sounding district
from tests.server.worlds import World

MONTH_LIST = "h654-2026-12.m3u8"
DAY_LIST = "ngay-2026-12-13.m3u8"


def unpacked(world: World, per: Per, folder: Path) -> Path:  # noqa: F811  # the fixture above
    days = days_named("2026-12")
    render_slots(world.context, read_plan(world.context, "h654", days))
    bundles = Bundles(world.context)
    bundle = bundles.make("h654", days, per=per)
    with zipfile.ZipFile(io.BytesIO(b"".join(bundles.read(bundle, 0, bundle.archive.size)))) as opened:
        opened.extractall(folder)
    return folder


def listed(stick: Path, playlist: str) -> list[tuple[str, str]]:
    """The titles in the playlist and the names of their files."""
    lines = (stick / playlist).read_text("utf-8").splitlines()
    shown = [line.partition(",")[2] for line in lines if line.startswith("#EXTINF")]
    return list(zip(shown, [Path(line).name for line in lines if not line.startswith("#")], strict=True))


def same(seen: list[tuple[str, str]], wanted: list[tuple[str, str]]) -> bool:
    """VLC shows the title in the file where it has read that by then, which lacks artist and hour."""
    return [file for _, file in seen] == [file for _, file in wanted] and all(
        full.endswith(title) for (title, _), (full, _) in zip(seen, wanted, strict=True)
    )


@pytest.fixture(params=["slot", "item"])
def stick(world: World, tmp_path: Path, request: pytest.FixtureRequest) -> Path:  # noqa: F811
    return unpacked(world, request.param, tmp_path / "usb")


def test_mpd_plays_the_month_with_its_titles(stick: Path) -> None:
    played = mpd_reads(stick, MONTH_LIST)
    assert [title for title, _seconds in played] == [title for title, _file in listed(stick, MONTH_LIST)]
    assert all(seconds > 0.5 for _title, seconds in played)


def test_vlc_opens_all_of_the_month_and_plays_a_day_to_its_end(stick: Path) -> None:
    assert same(vlc_plays(stick, MONTH_LIST, each=0.2), listed(stick, MONTH_LIST))
    assert same(vlc_plays(stick, DAY_LIST), listed(stick, DAY_LIST))


def test_liquidsoap_airs_a_day(stick: Path) -> None:
    assert len(liquidsoap_plays(stick, DAY_LIST)) == len(listed(stick, DAY_LIST))


def test_a_file_that_is_missing_on_the_stick_does_not_pass_for_played(stick: Path) -> None:
    """That the tests above would see it: mpd leaves it out, VLC can't open it."""
    next((stick / "am-thanh").iterdir()).unlink()
    with pytest.raises(PlayerFailed):
        vlc_plays(stick, MONTH_LIST, each=0.2)
    assert len(mpd_reads(stick, MONTH_LIST, play=False)) < len(listed(stick, MONTH_LIST))
